/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* pvgpu-capture: writes a VM's frames to picture files or to a stream. --help tells how. */
#include "base/time.h"
#include "common/attach.h"
#include "options.h"
#include "present/frame_format.h"
#include "writer.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef _WIN32
#define make_folder(path) mkdir(path)
#else
#define make_folder(path) mkdir(path, 0777)
#endif

#define ANSWER_MS 10000u /* for a producer that listens but has not answered: it may be starting */
#define MOST_WAIT_S (UINT64_MAX / PVGPU_NS_PER_S) /* five hundred years */
#define NO_FRAME UINT64_MAX

/* Read by the writer thread alone until it has been joined. */
struct progress {
    const struct capture_options *options;
    FILE *out; /* where people look: not where a stream goes */
    bool terminal;
    uint64_t written;
    uint64_t lowest, highest; /* frame numbers */
};

/* What a signal handler does, which has nowhere else to find it. */
enum phase {
    PHASE_ATTACHING, /* nothing to lose: ends the program */
    PHASE_CAPTURING, /* ends the capture */
    PHASE_FINISHING, /* nothing: it is ending already */
};
static volatile sig_atomic_t phase;
static volatile sig_atomic_t streaming; /* the second signal ends the program: a stream's reader may never read on */
static volatile sig_atomic_t signalled; /* there was a first */
static struct pvgpu_frames *volatile capturing_from;

static void stop(int signal_number)
{
#ifdef _WIN32
    signal(signal_number, stop); /* is back at its default after each */
#else
    (void)signal_number;
#endif
    if (phase == PHASE_ATTACHING || (streaming && signalled))
        _exit(STATUS_INTERRUPTED);
    if (phase == PHASE_CAPTURING)
        pvgpu_frames_interrupt(capturing_from);
    signalled = 1;
}

static void install_handlers(void)
{
#ifdef _WIN32
    signal(SIGINT, stop);
    signal(SIGTERM, stop);
#else
    struct sigaction action = {.sa_handler = stop};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGPIPE, SIG_IGN); /* a reader that goes is an error of the write */
#endif
}

/* Makes a folder and those above it. */
static bool make_folders(const char *path)
{
    char part[4096];
    size_t length = strlen(path);
    if (length == 0 || length >= sizeof(part) - 64) {
        fprintf(stderr, "pvgpu-capture: \"%s\" is no name for a folder\n", path);
        return false;
    }
    for (size_t i = 1; i <= length; i++) {
        if (path[i] != '/' && path[i] != '\0')
            continue;
        memcpy(part, path, i);
        part[i] = '\0';
        struct stat found;
        if (make_folder(part) != 0 && (stat(part, &found) != 0 || !S_ISDIR(found.st_mode)) && path[i] == '\0') {
            fprintf(stderr, "pvgpu-capture: cannot make the folder %s: %s\n", path, strerror(errno));
            return false;
        }
    }
    return true;
}

/* ---- Capturing ---- */

static void show_progress(void *context, const char *path, const struct pvgpu_frame_info *info, uint64_t written)
{
    struct progress *progress = context;
    progress->written = written;
    if (info->frame < progress->lowest)
        progress->lowest = info->frame;
    if (info->frame > progress->highest)
        progress->highest = info->frame;
    if (progress->options->quiet)
        return;
    if (!progress->terminal && progress->options->output)
        return; /* a line for every frame of a film says nothing */
    if (!progress->terminal)
        fprintf(progress->out, "%s: frame %llu, %ux%u %s\n", path, (unsigned long long)info->frame, info->width,
                info->height, pvgpu_frame_format_name(info->format));
    else if (progress->options->frames)
        fprintf(progress->out, "\r\033[Kpvgpu-capture: %llu of %llu, frame %llu", (unsigned long long)written,
                (unsigned long long)progress->options->frames, (unsigned long long)info->frame);
    else
        fprintf(progress->out, "\r\033[Kpvgpu-capture: %llu written, frame %llu", (unsigned long long)written,
                (unsigned long long)info->frame);
    fflush(progress->out);
}

static enum capture_status connect_status(enum pvgpu_frames_result result)
{
    switch (result) {
    case PVGPU_FRAMES_OK:
        return STATUS_DONE;
    case PVGPU_FRAMES_MISSING:
    case PVGPU_FRAMES_TIMEOUT:
        return STATUS_MISSING;
    case PVGPU_FRAMES_ENDED:
        return STATUS_ENDED;
    default:
        return STATUS_REFUSED;
    }
}

/* Attaches as soon as the endpoint is there. Whoever waits at it before its VM is there gets the VM's first frame. */
static enum capture_status attach(const struct capture_options *options, struct pvgpu_frames **frames)
{
    uint32_t flags = options->lossless ? PVGPU_FRAMES_LOSSLESS : 0;
    uint64_t seconds = options->wait_seconds < MOST_WAIT_S ? options->wait_seconds : MOST_WAIT_S;
    uint64_t deadline = pvgpu_time_deadline_ns(seconds * PVGPU_NS_PER_S);
    enum pvgpu_frames_result result = attach_to_frames(options->endpoint, flags, deadline, ANSWER_MS, frames);
    if (result != PVGPU_FRAMES_OK)
        fprintf(stderr, "pvgpu-capture: cannot attach to %s: %s\n", options->endpoint,
                pvgpu_frames_result_text(result));
    return connect_status(result);
}

static bool is_wanted(const struct capture_options *options, uint64_t number)
{
    if (number % options->every != 0)
        return false;
    if (options->number_count == 0)
        return true;
    return bsearch(&number, options->numbers, options->number_count, sizeof(number), capture_compare_numbers) != NULL;
}

static bool is_last(const struct capture_options *options, uint64_t number, uint64_t added)
{
    if (options->frames && added == options->frames)
        return true;
    return options->number_count > 0 && number >= options->numbers[options->number_count - 1];
}

/* How a capture ends that pvgpu_frames_next has no frame for. added: frames handed to the writer. */
static enum capture_status end_status(const struct capture_options *options, enum pvgpu_frames_result result,
                                      uint64_t added)
{
    bool unlimited = options->frames == 0 && options->number_count == 0;
    if (result == PVGPU_FRAMES_INTERRUPTED)
        return unlimited ? STATUS_DONE : STATUS_INTERRUPTED;
    if (result == PVGPU_FRAMES_ENDED)
        return unlimited && added > 0 ? STATUS_DONE : STATUS_ENDED;
    fprintf(stderr, "pvgpu-capture: %s\n", pvgpu_frames_result_text(result));
    return STATUS_REFUSED;
}

/* Captures frames as they come, until all is there or something ends it. */
static enum capture_status capture(const struct capture_options *options, struct pvgpu_frames *frames,
                                   struct capture_writer *writer)
{
    uint64_t added = 0;
    for (;;) {
        struct pvgpu_frame frame;
        enum pvgpu_frames_result result = pvgpu_frames_next(frames, PVGPU_FRAMES_FOREVER, &frame);
        if (result != PVGPU_FRAMES_OK)
            return end_status(options, result, added);
        uint64_t number = frame.info.frame;
        if (is_wanted(options, number)) {
            if (!capture_writer_add(writer, &frame))
                return STATUS_DONE; /* the writer tells why, when it is finished */
            added++;
        }
        pvgpu_frames_release(frames);
        if (is_last(options, number, added))
            return STATUS_DONE;
    }
}

/* When frame `index` of a constant stream is due, counted from the first. */
static uint64_t due_ns(const struct capture_options *options, uint64_t index)
{
    uint64_t ticks = index * options->scale;
    return ticks / options->rate * PVGPU_NS_PER_S + ticks % options->rate * PVGPU_NS_PER_S / options->rate;
}

/*
 * Captures what is there whenever a frame of the stream is due, or the one before again. When writing has held us up,
 * what is overdue follows at once, so that the stream as a whole keeps time.
 */
static enum capture_status capture_constant(const struct capture_options *options, struct pvgpu_frames *frames,
                                            struct capture_writer *writer)
{
    uint64_t start_ns = 0;
    for (uint64_t added = 0;; added++) {
        if (options->frames && added == options->frames)
            return STATUS_DONE;
        uint64_t passed_ns = pvgpu_time_now_ns() - start_ns;
        if (added > 0 && due_ns(options, added) > passed_ns)
            pvgpu_time_sleep_ns(due_ns(options, added) - passed_ns);
        struct pvgpu_frame frame;
        enum pvgpu_frames_result result = pvgpu_frames_next(frames, added > 0 ? 0 : PVGPU_FRAMES_FOREVER, &frame);
        if (added == 0)
            start_ns = pvgpu_time_now_ns();
        if (result != PVGPU_FRAMES_OK && result != PVGPU_FRAMES_TIMEOUT)
            return end_status(options, result, added);
        if (!(result == PVGPU_FRAMES_OK ? capture_writer_add(writer, &frame) : capture_writer_repeat(writer)))
            return STATUS_DONE; /* the writer tells why, when it is finished */
        pvgpu_frames_release(frames);
    }
}

static void summarize(const struct capture_options *options, const struct progress *progress, uint64_t missed)
{
    if (options->quiet)
        return;
    const char *to = options->output ? options->output : options->folder;
    if (progress->terminal)
        fprintf(progress->out, "\r\033[K");
    fprintf(progress->out, "pvgpu-capture: %llu frame%s written to %s", (unsigned long long)progress->written,
            progress->written == 1 ? "" : "s", strcmp(to, "-") == 0 ? "standard output" : to);
    if (progress->written > 0)
        fprintf(progress->out, ", frames %llu..%llu", (unsigned long long)progress->lowest,
                (unsigned long long)progress->highest);
    fprintf(progress->out, ", %llu dropped\n", (unsigned long long)missed);
}

/* What the writer's end makes of the status; it has told what was wrong. */
static enum capture_status writer_status(const struct capture_options *options, enum capture_result result,
                                         enum capture_status status)
{
    switch (result) {
    case CAPTURE_FAILED:
        return STATUS_FAILED;
    case CAPTURE_CLOSED:
        return options->frames == 0 && options->number_count == 0 ? STATUS_DONE : STATUS_CLOSED;
    case CAPTURE_CHANGED:
        return STATUS_CHANGED;
    default:
        return status;
    }
}

/* What remains to be said about the result, and the final status. */
static enum capture_status judge(const struct capture_options *options, const struct progress *progress,
                                 enum capture_status status, uint64_t missed)
{
    uint64_t asked = options->number_count ? options->number_count : options->frames;
    if (status == STATUS_ENDED)
        fprintf(stderr, "pvgpu-capture: the VM's renderer ended after %llu of the frames asked for\n",
                (unsigned long long)progress->written);
    else if (status == STATUS_INTERRUPTED)
        fprintf(stderr, "pvgpu-capture: interrupted after %llu of %llu frames\n", (unsigned long long)progress->written,
                (unsigned long long)asked);
    if (status != STATUS_DONE)
        return status;
    if (options->number_count && options->every == 1 && progress->written < options->number_count) {
        fprintf(stderr, "pvgpu-capture: %llu of %zu frames asked for had gone by before we attached, or were lost\n",
                (unsigned long long)(options->number_count - progress->written), options->number_count);
        return STATUS_LOST;
    }
    if (options->lossless && missed > 0) {
        fprintf(stderr, "pvgpu-capture: %llu frames were lost\n", (unsigned long long)missed);
        return STATUS_LOST;
    }
    return STATUS_DONE;
}

static struct capture_sink *open_sink(const struct capture_options *options)
{
    if (!options->output)
        return make_folders(options->folder) ? capture_files_create(options->folder, options->format) : NULL;
    const struct capture_stream_config config = {
        .path = options->output,
        .format = options->format,
        .chroma = options->chroma,
        .rate = options->rate,
        .scale = options->scale,
        .quiet = options->quiet,
    };
    return capture_stream_create(&config);
}

int main(int argc, char **argv)
{
    struct capture_options options;
    enum capture_status status;
    if (!capture_parse_options(&options, argc, argv, &status))
        return status;
    install_handlers();
    bool to_stdout = options.output && strcmp(options.output, "-") == 0;
    struct progress progress = {
        .options = &options,
        .out = to_stdout ? stderr : stdout,
        .terminal = isatty(to_stdout ? 2 : 1),
        .lowest = NO_FRAME,
    };
    struct capture_writer *writer = capture_writer_create(open_sink(&options), show_progress, &progress);
    if (!writer)
        return STATUS_FAILED;

    struct pvgpu_frames *frames;
    status = attach(&options, &frames);
    if (status != STATUS_DONE) {
        capture_writer_finish(writer);
        return status;
    }
    capturing_from = frames;
    streaming = options.output != NULL;
    phase = PHASE_CAPTURING;
    status = options.constant ? capture_constant(&options, frames, writer) : capture(&options, frames, writer);
    struct pvgpu_frames_stats stats;
    pvgpu_frames_stats(frames, &stats);
    phase = PHASE_FINISHING;
    /* First, so that the VM is not held up by what is still to be written. */
    pvgpu_frames_close(frames);
    enum capture_result written = capture_writer_finish(writer);
    summarize(&options, &progress, stats.missed);
    status = writer_status(&options, written, status);
    return written == CAPTURE_OK ? judge(&options, &progress, status, stats.missed) : status;
}
