/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What a session has counted, as lines in the log. Any thread; the counters may move meanwhile. */
#ifndef PVGPU_SERVICE_STATISTICS_H
#define PVGPU_SERVICE_STATISTICS_H

#include "base/log.h"
#include "shm/control_page.h"

#include <stddef.h>

/* A counter by its name, for who lists them all; in the order of struct pvgpu_statistics. */
struct pvgpu_statistic {
    const char *name; /* as programs read it: "upload_bytes"; of arrays "bytes_textures", "errors_shader" */
    size_t at; /* offset in struct pvgpu_statistics */
};
extern const struct pvgpu_statistic pvgpu_statistic_table[];
extern const size_t pvgpu_statistic_count;

/* Durations by their names, as programs read them: "frame_time". */
extern const char *const pvgpu_duration_names[PVGPU_DURATIONS];

/* `what` opens the first line: "Session ended". Commands by opcode are logged at level debug, the rest at info. */
void pvgpu_statistics_log(struct pvgpu_statistics *statistics, const char *what, const struct pvgpu_log *log);

#endif
