/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The adapters of this host, as far as the command line goes. Main thread; all return an exit code. */
#ifndef PVGPU_SERVICE_ADAPTERS_H
#define PVGPU_SERVICE_ADAPTERS_H

#include "service/options.h"

/* --list-adapters: prints them to standard output, and which one these options choose. Loads the GPU library. */
int pvgpu_adapters_list(const struct pvgpu_options *options, const struct pvgpu_log *log);

/* Whether --adapter or --adapter-index names an adapter of this host; one error line otherwise. Loads the library. */
int pvgpu_adapters_confirm(const struct pvgpu_options *options, const struct pvgpu_log *log);

/*
 * The same for the service itself, which loads no GPU library: a child with the role "adapters" looks. Nothing is done
 * when the choice is automatic, or there is nothing to draw with.
 */
int pvgpu_adapters_confirm_in_child(const struct pvgpu_options *options, const struct pvgpu_log *log);

#endif
