/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "base/log_frame.h"
#include "base/time.h"
#include "os/event.h"
#include "os/pipe.h"
#include "os/shared_memory.h"
#include "service/log_child.h"
#include "service/log_sink.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define READ_BYTES 4096
/* Before the request to end is looked at again. */
#define READS 16
/* Reads after the request to end: more than the pipe holds. */
#define LAST_READS 512
/* A child's clock is ours; a time that is further away is not true. */
#define CLOCK_SLACK_NS (60 * PVGPU_NS_PER_S)

struct pvgpu_log_source {
    struct pvgpu_log_sink *sink;
    struct pvgpu_log_source *next; /* of the sink's list */
    struct pvgpu_shared_memory board; /* struct pvgpu_log_board */
    char vm[64];
    struct pvgpu_pipe *pipe;
    pvgpu_handle writer; /* PVGPU_NO_HANDLE once it is given */
    struct pvgpu_event quit;
    struct pvgpu_event ended; /* by itself: nobody can write any more */
    struct pvgpu_thread thread;
    /* Of the thread. */
    struct pvgpu_log_splitter splitter;
    struct pvgpu_log_limit record_limit; /* levels error to info; what is asked for to debug is not limited */
    struct pvgpu_log_limit text_limit;
};

/* ---- What lines become --------------------------------------------------------------------------------------------- */

static void write_record(struct pvgpu_log_source *source, struct pvgpu_log_record *record)
{
    size_t target = pvgpu_log_target_index(record->target);
    int most = atomic_load_explicit(&source->sink->levels.of[target], memory_order_relaxed);
    record->vm = source->vm;
    if ((int)record->level <= most)
        source->sink->output.write(&source->sink->output, record);
}

static void tell_dropped(struct pvgpu_log_source *source, uint64_t count, const char *what)
{
    struct pvgpu_log log = pvgpu_log_make(&source->sink->output, "pvgpu_backend", source->vm);
    if (count)
        pvgpu_log_with(&log, PVGPU_LOG_WARN, PVGPU_FIELDS(pvgpu_log_said(pvgpu_log_number("lost", count))), "%llu %s",
                       (unsigned long long)count, what);
}

static const char pipe_was_full[] = "lines were lost: they came faster than the log could take them";
static const char records_left_out[] = "lines were left out: there were too many in a short time";
static const char texts_left_out[] =
    "lines of drivers and libraries were left out: there were too many in a short time";

static void on_record(struct pvgpu_log_source *source, struct pvgpu_log_frame *frame)
{
    struct pvgpu_log_record *record = &frame->record;
    uint64_t now = pvgpu_time_wall_ns(), dropped;
    if (record->time_ns > now || now - record->time_ns > CLOCK_SLACK_NS)
        record->time_ns = now;
    if (record->level <= PVGPU_LOG_INFO) {
        if (!pvgpu_log_limit_pass(&source->record_limit, &dropped))
            return;
        tell_dropped(source, dropped, records_left_out);
    }
    write_record(source, record);
}

static bool begins_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

/* DXVK's "info:  Game: ..." and the like; who says less is rarely heard without a reason. */
static enum pvgpu_log_level level_of_text(const char *text)
{
    return begins_with(text, "info:") || begins_with(text, "debug:") || begins_with(text, "trace:") ? PVGPU_LOG_INFO
                                                                                                    : PVGPU_LOG_WARN;
}

static void on_text(struct pvgpu_log_source *source, char *text, size_t length, bool is_cut)
{
    static const char mark[] = "...";
    uint64_t dropped;
    if (!pvgpu_log_limit_pass(&source->text_limit, &dropped))
        return;
    tell_dropped(source, dropped, texts_left_out);
    if (length >= PVGPU_LOG_MESSAGE_BYTES || is_cut) {
        size_t most = PVGPU_LOG_MESSAGE_BYTES - sizeof(mark);
        memcpy(text + (length < most ? length : most), mark, sizeof(mark));
    }
    /* Also a zero, which would hide what is behind it. */
    for (size_t i = 0; i < length && i < PVGPU_LOG_MESSAGE_BYTES - sizeof(mark); i++)
        text[i] = text[i] ? text[i] : '?';
    pvgpu_log_clean(text, strlen(text));
    struct pvgpu_log_record record = {
        .time_ns = pvgpu_time_wall_ns(),
        .level = level_of_text(text),
        .target = "driver",
        .message = text,
    };
    write_record(source, &record);
}

static void on_line(void *user, char *line, size_t length, bool is_cut)
{
    struct pvgpu_log_source *source = user;
    struct pvgpu_log_frame frame;
    if (!is_cut && pvgpu_log_frame_decode(&frame, line, length))
        on_record(source, &frame);
    else
        on_text(source, line, length, is_cut);
}

/* ---- The thread ---------------------------------------------------------------------------------------------------- */

static struct pvgpu_log_board *board_of(const struct pvgpu_log_source *source)
{
    return source->board.base;
}

static enum pvgpu_io read_some(struct pvgpu_log_source *source, int rounds)
{
    char bytes[READ_BYTES];
    enum pvgpu_io result = PVGPU_IO_DONE;
    for (int i = 0; i < rounds && result == PVGPU_IO_DONE; i++) {
        size_t count;
        result = pvgpu_pipe_read(source->pipe, bytes, sizeof(bytes), &count);
        pvgpu_log_splitter_feed(&source->splitter, bytes, count, on_line, source);
    }
    /* Told when the pipe has run empty: while it is full, the count only grows. */
    if (result != PVGPU_IO_DONE)
        tell_dropped(source, atomic_exchange_explicit(&board_of(source)->lost, 0, memory_order_relaxed), pipe_was_full);
    return result;
}

static void run(void *argument)
{
    struct pvgpu_log_source *source = argument;
    enum { QUIT, PIPE, COUNT };
    for (;;) {
        pvgpu_handle handles[COUNT] = {[QUIT] = source->quit.handle, [PIPE] = pvgpu_pipe_wait_handle(source->pipe)};
        uint32_t ready = pvgpu_handle_wait_any(handles, COUNT, PVGPU_NO_TIMEOUT);
        bool quits = ready & UINT32_C(1) << QUIT;
        if (read_some(source, quits ? LAST_READS : READS) == PVGPU_IO_CLOSED || quits)
            break;
    }
    pvgpu_log_splitter_end(&source->splitter, on_line, source);
    tell_dropped(source, source->record_limit.dropped, records_left_out);
    tell_dropped(source, source->text_limit.dropped, texts_left_out);
    pvgpu_event_signal(&source->ended);
}

/* ---- Its life ------------------------------------------------------------------------------------------------------ */

struct pvgpu_log_source *pvgpu_log_source_create(struct pvgpu_log_sink *sink, const char *vm)
{
    struct pvgpu_log log = pvgpu_log_make(&sink->output, "pvgpu_backend::supervisor", NULL);
    struct pvgpu_log_source *source = calloc(1, sizeof(*source));
    if (!source)
        goto error_source;
    source->sink = sink;
    source->record_limit = (struct pvgpu_log_limit){.burst = 1000, .per_second = 200};
    source->text_limit = (struct pvgpu_log_limit){.burst = 1000, .per_second = 100}; /* DXVK opens with 300 lines */
    snprintf(source->vm, sizeof(source->vm), "%s", vm);
    source->pipe = pvgpu_pipe_create(&source->writer, &log);
    if (!source->pipe)
        goto error_source;
    if (!pvgpu_shared_memory_create(&source->board, "pvgpu-log", sizeof(struct pvgpu_log_board), PVGPU_POPULATE_WRITE,
                                    &log))
        goto error_pipe;
    pvgpu_log_source_follow(source);
    if (!pvgpu_event_init(&source->quit))
        goto error_board;
    if (!pvgpu_event_init(&source->ended))
        goto error_quit;
    if (!pvgpu_thread_start(&source->thread, "log", run, source))
        goto error_ended;
    source->next = sink->sources;
    sink->sources = source;
    return source;

error_ended:
    pvgpu_event_finish(&source->ended);
error_quit:
    pvgpu_event_finish(&source->quit);
error_board:
    pvgpu_shared_memory_finish(&source->board);
error_pipe:
    pvgpu_handle_close(source->writer);
    pvgpu_pipe_destroy(source->pipe);
error_source:
    free(source);
    pvgpu_error(&log, "What the processes of %s say cannot be collected: no more memory, files or threads", vm);
    return NULL;
}

pvgpu_handle pvgpu_log_source_writer(const struct pvgpu_log_source *source)
{
    return source->writer;
}

pvgpu_handle pvgpu_log_source_board(const struct pvgpu_log_source *source)
{
    return source->board.handle;
}

void pvgpu_log_source_follow(struct pvgpu_log_source *source)
{
    for (size_t i = 0; i < PVGPU_LOG_TARGETS; i++) {
        int level = atomic_load_explicit(&source->sink->levels.of[i], memory_order_relaxed);
        atomic_store_explicit(&board_of(source)->levels.of[i], level, memory_order_relaxed);
    }
}

struct pvgpu_log_source *pvgpu_log_source_next(const struct pvgpu_log_source *source)
{
    return source->next;
}

void pvgpu_log_source_given(struct pvgpu_log_source *source)
{
    pvgpu_handle_close(source->writer);
    source->writer = PVGPU_NO_HANDLE;
}

void pvgpu_log_source_destroy(struct pvgpu_log_source *source, uint64_t timeout_ns)
{
    if (!source)
        return;
    struct pvgpu_log_source **link = &source->sink->sources;
    while (*link != source)
        link = &(*link)->next;
    *link = source->next;
    pvgpu_log_source_given(source);
    pvgpu_event_wait(&source->ended, timeout_ns);
    pvgpu_event_signal(&source->quit);
    pvgpu_thread_join(&source->thread);
    pvgpu_event_finish(&source->ended);
    pvgpu_event_finish(&source->quit);
    pvgpu_pipe_destroy(source->pipe);
    pvgpu_shared_memory_finish(&source->board);
    free(source);
}
