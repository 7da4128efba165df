/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The log as the user wants it, by option or environment. Main thread. */
#ifndef PVGPU_SERVICE_LOG_SETUP_H
#define PVGPU_SERVICE_LOG_SETUP_H

#include "base/log_filter.h"

#include <stdio.h>

/*
 * The filter: `option` (NULL: not given), else the variables PVGPU_LOG and RUST_LOG, else debug if PVGPU_DEBUG is 1, else
 * info. An empty variable is as good as none. False: one line on `errors` says which of them is wrong and how.
 */
bool pvgpu_log_setup_filter(struct pvgpu_log_filter *filter, const char *option, FILE *errors);

#endif
