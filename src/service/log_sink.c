/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "service/log_sink.h"

#include "base/time.h"
#include "os/console.h"
#include "os/process.h"

#include <stdio.h>

/* Writes a record of our own about the file. Locked by the caller. */
static void tell(struct pvgpu_log_sink *sink, bool to_file, const char *message)
{
    char line[PVGPU_LOG_LINE_BYTES];
    uint64_t lost;
    struct pvgpu_log_record record = {
        .time_ns = pvgpu_time_wall_ns(),
        .level = PVGPU_LOG_WARN,
        .target = "pvgpu_backend",
        .pid = pvgpu_process_id(),
        .message = message,
    };
    pvgpu_console_write(line, pvgpu_log_format_line(line, sink->console_format, &record));
    if (to_file)
        pvgpu_log_file_write(&sink->file, line, pvgpu_log_format_line(line, sink->file_format, &record), &lost);
}

static void write_to_file(struct pvgpu_log_sink *sink, const char *line, size_t length)
{
    char message[PVGPU_LOG_FILE_PATH_BYTES + 256];
    uint64_t lost = 0;
    switch (pvgpu_log_file_write(&sink->file, line, length, &lost)) {
    case PVGPU_LOG_FILE_FAILED:
        snprintf(message, sizeof(message), "The log file %s cannot be written: %s; lines are lost until it can",
                 sink->file.path, sink->file.reason);
        tell(sink, false, message);
        break;
    case PVGPU_LOG_FILE_RECOVERED:
        snprintf(message, sizeof(message), "The log file is written again; %llu lines before the last were lost: %s",
                 (unsigned long long)lost, sink->file.reason);
        tell(sink, true, message);
        break;
    case PVGPU_LOG_FILE_WRITTEN:
    case PVGPU_LOG_FILE_LOST:
        break;
    }
}

static void write_line(struct pvgpu_log_output *output, const struct pvgpu_log_record *record)
{
    struct pvgpu_log_sink *sink = (struct pvgpu_log_sink *)output;
    char line[PVGPU_LOG_LINE_BYTES];
    pvgpu_mutex_lock(&sink->lock);
    if (!sink->has_file || record->level == PVGPU_LOG_ERROR)
        pvgpu_console_write(line, pvgpu_log_format_line(line, sink->console_format, record));
    if (sink->has_file)
        write_to_file(sink, line, pvgpu_log_format_line(line, sink->file_format, record));
    pvgpu_mutex_unlock(&sink->lock);
}

static bool check_file(const struct pvgpu_log_sink_config *config, char *wrong, size_t wrong_size)
{
    if (config->most_bytes && config->most_bytes < PVGPU_LOG_FILE_LEAST_BYTES)
        snprintf(wrong, wrong_size, "a file of %llu bytes: expected at least %d, or 0",
                 (unsigned long long)config->most_bytes, PVGPU_LOG_FILE_LEAST_BYTES);
    else if (config->count < 1 || config->count > PVGPU_LOG_FILES_MOST)
        snprintf(wrong, wrong_size, "%u renamed files: expected 1 to %d", config->count, PVGPU_LOG_FILES_MOST);
    else
        return true;
    return false;
}

static bool open_file(struct pvgpu_log_sink *sink, const struct pvgpu_log_sink_config *config, char *wrong,
                      size_t wrong_size)
{
    if (!check_file(config, wrong, wrong_size))
        return false;
    struct pvgpu_log_file *file = &sink->file;
    *file = (struct pvgpu_log_file){
        .most_bytes = config->most_bytes, .count = config->count, .retry_ns = PVGPU_LOG_FILE_RETRY_NS};
    int length = snprintf(file->path, sizeof(file->path), "%s", config->path);
    if (length < 0 || (size_t)length >= sizeof(file->path)) {
        snprintf(wrong, wrong_size, "%.40s...: the path is too long", config->path);
        return false;
    }
    if (!pvgpu_log_file_open(file)) {
        snprintf(wrong, wrong_size, "%s: %s", file->path, file->reason);
        return false;
    }
    return true;
}

bool pvgpu_log_sink_init(struct pvgpu_log_sink *sink, const struct pvgpu_log_sink_config *config, char *wrong,
                         size_t wrong_size)
{
    sink->has_file = config->path != NULL;
    sink->file_format = sink->console_format = config->format;
    if (config->format == PVGPU_LOG_FORMAT_TEXT && pvgpu_console_is_journal())
        sink->console_format = PVGPU_LOG_FORMAT_JOURNAL;
    if (config->path && !open_file(sink, config, wrong, wrong_size))
        return false;
    pvgpu_mutex_init(&sink->lock);
    sink->output.write = write_line;
    sink->output.levels = &sink->levels;
    sink->sources = NULL;
    pvgpu_log_levels_set(&sink->levels, config->filter);
    return true;
}

void pvgpu_log_sink_set_filter(struct pvgpu_log_sink *sink, const struct pvgpu_log_filter *filter)
{
    pvgpu_log_levels_set(&sink->levels, filter);
    for (struct pvgpu_log_source *source = sink->sources; source; source = pvgpu_log_source_next(source))
        pvgpu_log_source_follow(source);
}

void pvgpu_log_sink_finish(struct pvgpu_log_sink *sink)
{
    if (sink->has_file)
        pvgpu_log_file_close(&sink->file);
    pvgpu_mutex_finish(&sink->lock);
}
