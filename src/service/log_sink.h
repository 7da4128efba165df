/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The log of the whole service: standard error, or a file that is renamed when it has grown (service/log_file.h), as
 * text or JSON. The supervisor's own loggers write to it from any thread; what the processes of a VM say comes through a
 * source, a pipe with a thread that reads it.
 *
 * With a file, errors go to standard error as well, and so does what concerns the file itself.
 */
#ifndef PVGPU_SERVICE_LOG_SINK_H
#define PVGPU_SERVICE_LOG_SINK_H

#include "base/log_filter.h"
#include "base/log_format.h"
#include "os/thread.h"
#include "service/log_file.h"

struct pvgpu_log_sink_config {
    enum pvgpu_log_format format; /* TEXT or JSON */
    const struct pvgpu_log_filter *filter; /* copied */
    const char *path; /* of the file; NULL: standard error */
    uint64_t most_bytes; /* as in struct pvgpu_log_file */
    uint32_t count;
};

struct pvgpu_log_sink {
    struct pvgpu_log_output output; /* first: loggers point at it */
    struct pvgpu_log_levels levels;
    struct pvgpu_log_source *sources; /* main thread; a list */
    struct pvgpu_mutex lock; /* of all below */
    enum pvgpu_log_format file_format, console_format;
    bool has_file;
    struct pvgpu_log_file file;
};

/*
 * False: the file cannot be had, and `wrong` says why in one line, as "PATH: it is a symbolic link"; the sink is not to
 * be finished then. Main thread, before loggers of it exist.
 */
bool pvgpu_log_sink_init(struct pvgpu_log_sink *sink, const struct pvgpu_log_sink_config *config, char *wrong,
                         size_t wrong_size);

/* After its sources and loggers. */
void pvgpu_log_sink_finish(struct pvgpu_log_sink *sink);

/* Changes what is logged from now on, by this process and by those of all VMs. Main thread. */
void pvgpu_log_sink_set_filter(struct pvgpu_log_sink *sink, const struct pvgpu_log_filter *filter);

/* What the processes of one VM say. Main thread. */
struct pvgpu_log_source;

/*
 * Makes a pipe for the processes of the VM (a name, copied; cut at 63 bytes) and a thread that reads it. Lines of ours
 * keep their level, target and fields, and are held to the sink's filter once more; any other is one of target "driver",
 * a warning unless it begins as DXVK's notes do. The VM's name comes from the source, whatever a line says. Both kinds
 * are limited, so that one VM cannot drive all others out of the log. NULL: logged.
 */
struct pvgpu_log_source *pvgpu_log_source_create(struct pvgpu_log_sink *sink, const char *vm);

/* The end for children (pvgpu_process_spawn_self_to). Lent, until pvgpu_log_source_given. */
pvgpu_handle pvgpu_log_source_writer(const struct pvgpu_log_source *source);

/* Memory with a struct pvgpu_log_board, for children as well. Lent. */
pvgpu_handle pvgpu_log_source_board(const struct pvgpu_log_source *source);

/* For the sink: takes over its levels. */
void pvgpu_log_source_follow(struct pvgpu_log_source *source);

/* For the sink: the next source of its list. */
struct pvgpu_log_source *pvgpu_log_source_next(const struct pvgpu_log_source *source);

/* The children have it: closes ours, so that their end is the end of the source. */
void pvgpu_log_source_given(struct pvgpu_log_source *source);

/*
 * Waits until the last process has ended and all that it said is in the log, but no longer than timeout_ns; then takes
 * what is there and ends the thread. NULL is fine.
 */
void pvgpu_log_source_destroy(struct pvgpu_log_source *source, uint64_t timeout_ns);

#endif
