/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The service: opens the endpoints, accepts connections, starts a session process for each that turns out to be a VM.
 * What happens to a session or its VM touches neither the service nor the other endpoint. Main thread.
 */
#ifndef PVGPU_SERVICE_SUPERVISOR_H
#define PVGPU_SERVICE_SUPERVISOR_H

#include "service/config.h"
#include "service/log_sink.h"

/*
 * Serves until it is asked to end. What the processes of VMs say goes into `sink`, which is also `log`'s output. Returns
 * an exit code (enum pvgpu_exit).
 */
int pvgpu_supervisor_run(const struct pvgpu_config *config, struct pvgpu_log_sink *sink, const struct pvgpu_log *log);

#endif
