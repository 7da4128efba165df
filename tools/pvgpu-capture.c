/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* pvgpu-capture: writes a VM's frames to picture files. --help tells how. */
#include "capture_writer.h"
#include "present/frame_format.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#ifdef _WIN32
#define make_folder(path) mkdir(path)
#else
#define make_folder(path) mkdir(path, 0777)
#endif

#define MAX_NUMBERS 1024u /* of --numbers: a list that is typed or generated, not a whole film */
#define RETRY_MS 20 /* between looks for an endpoint that is not there yet */
#define ANSWER_MS 10000u /* for a producer that listens but has not answered: it may be starting */
#define NO_FRAME UINT64_MAX

enum status {
    STATUS_DONE = 0,
    STATUS_FAILED = 1, /* files */
    STATUS_USAGE = 2,
    STATUS_MISSING = 3,
    STATUS_ENDED = 4,
    STATUS_INTERRUPTED = 5,
    STATUS_REFUSED = 6,
    STATUS_LOST = 7,
};

static const char help[] =
    "usage: pvgpu-capture --endpoint PATH [OPTION...]\n"
    "\n"
    "Attaches to a VM's frame endpoint and writes its frames to files FOLDER/frame-NUMBER.png. NUMBER is the frame's\n"
    "number: 1 is the first PRESENT after the VM's reset. Files of a later reset epoch begin with epoch-N-.\n"
    "\n"
    "  --endpoint PATH    socket (Linux) or pipe, such as \\\\.\\pipe\\NAME (Windows), of the VM's frames\n"
    "  --out FOLDER       where files go; made if it is missing (default: the current folder)\n"
    "  --frames N         stop after N files (default: go on until interrupted or until the VM ends)\n"
    "  --every K          only frames whose number is a multiple of K\n"
    "  --numbers A,B,...  only these frames; stop after the last of them; implies --all\n"
    "  --all              lose no frame: the VM is slowed down to the pace of the files, at most 1 s a frame\n"
    "  --format FORMAT    png (red, green, blue; default) or rgba (bare pixels, 4 bytes each)\n"
    "  --wait SECONDS     how long to wait for the endpoint to appear (default: 10)\n"
    "  --quiet            print errors only\n"
    "  --help             print this\n"
    "\n"
    "Exit status: 0 all was captured, or stopped by SIGINT or SIGTERM when no number was asked for; 1 a file could\n"
    "not be written; 2 wrong usage; 3 no endpoint; 4 the VM or its renderer ended too early; 5 interrupted too early;\n"
    "6 the endpoint refused us; 7 frames were lost although --all or --numbers asked for all of them.\n";

struct options {
    const char *endpoint;
    const char *folder;
    uint64_t frames; /* files to write; 0: no limit */
    uint64_t every; /* 1: all */
    uint64_t numbers[MAX_NUMBERS]; /* ascending */
    size_t number_count;
    bool lossless;
    enum capture_format format;
    uint64_t wait_seconds;
    bool quiet;
};

/* Read by the writer thread alone until it has been joined. */
struct progress {
    const struct options *options;
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
static struct pvgpu_frames *volatile capturing_from;

static void stop(int signal_number)
{
    (void)signal_number;
    if (phase == PHASE_ATTACHING)
        _exit(STATUS_INTERRUPTED);
    if (phase == PHASE_CAPTURING)
        pvgpu_frames_interrupt(capturing_from);
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
#endif
}

/* ---- Options ---- */

static bool parse_number(const char *text, const char **end, uint64_t *value)
{
    if (*text < '0' || *text > '9')
        return false;
    char *after;
    errno = 0;
    *value = strtoull(text, &after, 10);
    *end = after;
    return errno == 0;
}

static bool parse_whole(const char *option, const char *text, uint64_t least, uint64_t *value)
{
    const char *end;
    if (parse_number(text, &end, value) && *end == '\0' && *value >= least && *value < NO_FRAME)
        return true;
    fprintf(stderr, "pvgpu-capture: --%s needs a whole number of at least %llu, not \"%s\"\n", option,
            (unsigned long long)least, text);
    return false;
}

static int compare_numbers(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left;
    uint64_t b = *(const uint64_t *)right;
    return a < b ? -1 : a > b;
}

static bool parse_list(struct options *options, const char *text)
{
    const char *at = text;
    for (;;) {
        uint64_t value;
        if (options->number_count == MAX_NUMBERS || !parse_number(at, &at, &value) || value == 0 ||
            (*at != ',' && *at != '\0')) {
            fprintf(stderr, "pvgpu-capture: --numbers needs up to %u frame numbers with commas between, not \"%s\"\n",
                    MAX_NUMBERS, text);
            return false;
        }
        options->numbers[options->number_count++] = value;
        if (*at == '\0')
            break;
        at++;
    }
    qsort(options->numbers, options->number_count, sizeof(options->numbers[0]), compare_numbers);
    size_t kept = 1;
    for (size_t i = 1; i < options->number_count; i++) {
        if (options->numbers[i] != options->numbers[kept - 1])
            options->numbers[kept++] = options->numbers[i];
    }
    options->number_count = kept;
    return true;
}

static bool parse_format(struct options *options, const char *text)
{
    if (strcmp(text, "png") == 0)
        options->format = CAPTURE_PNG;
    else if (strcmp(text, "rgba") == 0)
        options->format = CAPTURE_RGBA;
    else
        fprintf(stderr, "pvgpu-capture: --format is png or rgba, not \"%s\"\n", text);
    return strcmp(text, "png") == 0 || strcmp(text, "rgba") == 0;
}

/* False: the program ends with *status. */
static bool parse_options(struct options *options, int argc, char **argv, enum status *status)
{
    static const struct option known[] = {
        {"endpoint", required_argument, NULL, 'e'},
        {"out", required_argument, NULL, 'o'},
        {"frames", required_argument, NULL, 'n'},
        {"every", required_argument, NULL, 'k'},
        {"numbers", required_argument, NULL, 'l'},
        {"all", no_argument, NULL, 'a'},
        {"format", required_argument, NULL, 'f'},
        {"wait", required_argument, NULL, 'w'},
        {"quiet", no_argument, NULL, 'q'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    *options = (struct options){.folder = ".", .every = 1, .format = CAPTURE_PNG, .wait_seconds = 10};
    *status = STATUS_USAGE;
    int letter;
    while ((letter = getopt_long(argc, argv, "", known, NULL)) != -1) {
        bool good = true;
        switch (letter) {
        case 'e':
            options->endpoint = optarg;
            break;
        case 'o':
            options->folder = optarg;
            break;
        case 'n':
            good = parse_whole("frames", optarg, 1, &options->frames);
            break;
        case 'k':
            good = parse_whole("every", optarg, 1, &options->every);
            break;
        case 'l':
            good = parse_list(options, optarg);
            break;
        case 'a':
            options->lossless = true;
            break;
        case 'f':
            good = parse_format(options, optarg);
            break;
        case 'w':
            good = parse_whole("wait", optarg, 0, &options->wait_seconds);
            break;
        case 'q':
            options->quiet = true;
            break;
        case 'h':
            fputs(help, stdout);
            *status = STATUS_DONE;
            return false;
        default:
            good = false;
            break; /* getopt has said what is wrong */
        }
        if (!good)
            return false;
    }
    if (optind < argc || !options->endpoint) {
        if (optind < argc)
            fprintf(stderr, "pvgpu-capture: \"%s\" is no option; see --help\n", argv[optind]);
        else
            fprintf(stderr, "pvgpu-capture: --endpoint is missing; see --help\n");
        return false;
    }
    options->lossless |= options->number_count > 0;
    return true;
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
    if (!progress->terminal)
        printf("%s: frame %llu, %ux%u %s\n", path, (unsigned long long)info->frame, info->width, info->height,
               pvgpu_frame_format_name(info->format));
    else if (progress->options->frames)
        printf("\r\033[Kpvgpu-capture: %llu of %llu, frame %llu", (unsigned long long)written,
               (unsigned long long)progress->options->frames, (unsigned long long)info->frame);
    else
        printf("\r\033[Kpvgpu-capture: %llu written, frame %llu", (unsigned long long)written,
               (unsigned long long)info->frame);
    fflush(stdout);
}

static enum status connect_status(enum pvgpu_frames_result result)
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

/* Attaches as soon as the endpoint is there. */
static enum status attach(const struct options *options, struct pvgpu_frames **frames)
{
    uint32_t flags = options->lossless ? PVGPU_FRAMES_LOSSLESS : 0;
    time_t start = time(NULL);
    for (;;) {
        /* The endpoint is there before its VM: whoever waits at it gets the VM's first frame. */
        uint64_t passed = (uint64_t)(time(NULL) - start);
        uint64_t left_ms = passed < options->wait_seconds ? (options->wait_seconds - passed) * 1000 : 0;
        uint32_t answer_ms = left_ms < ANSWER_MS ? ANSWER_MS : left_ms > INT32_MAX ? INT32_MAX : (uint32_t)left_ms;
        enum pvgpu_frames_result result = pvgpu_frames_connect(options->endpoint, flags, answer_ms, frames);
        if (result == PVGPU_FRAMES_OK)
            return STATUS_DONE;
        bool again = result == PVGPU_FRAMES_MISSING || result == PVGPU_FRAMES_ENDED;
        if (!again || (uint64_t)(time(NULL) - start) >= options->wait_seconds) {
            fprintf(stderr, "pvgpu-capture: cannot attach to %s: %s\n", options->endpoint,
                    pvgpu_frames_result_text(result));
            return connect_status(result);
        }
        struct timespec pause = {.tv_nsec = RETRY_MS * 1000000L};
        nanosleep(&pause, NULL);
    }
}

static bool is_wanted(const struct options *options, uint64_t number)
{
    if (number % options->every != 0)
        return false;
    if (options->number_count == 0)
        return true;
    return bsearch(&number, options->numbers, options->number_count, sizeof(number), compare_numbers) != NULL;
}

static bool is_last(const struct options *options, uint64_t number, uint64_t added)
{
    if (options->frames && added == options->frames)
        return true;
    return options->number_count > 0 && number >= options->numbers[options->number_count - 1];
}

/* Captures until all is there or something ends it. *added: frames handed to the writer. */
static enum status capture(const struct options *options, struct pvgpu_frames *frames, struct capture_writer *writer,
                           uint64_t *added)
{
    bool unlimited = options->frames == 0 && options->number_count == 0;
    for (;;) {
        struct pvgpu_frame frame;
        enum pvgpu_frames_result result = pvgpu_frames_next(frames, PVGPU_FRAMES_FOREVER, &frame);
        if (result == PVGPU_FRAMES_INTERRUPTED)
            return unlimited ? STATUS_DONE : STATUS_INTERRUPTED;
        if (result == PVGPU_FRAMES_ENDED)
            return unlimited && *added > 0 ? STATUS_DONE : STATUS_ENDED;
        if (result != PVGPU_FRAMES_OK) {
            fprintf(stderr, "pvgpu-capture: %s\n", pvgpu_frames_result_text(result));
            return STATUS_REFUSED;
        }
        uint64_t number = frame.info.frame;
        if (is_wanted(options, number)) {
            if (!capture_writer_add(writer, &frame))
                return STATUS_FAILED;
            ++*added;
        }
        pvgpu_frames_release(frames);
        if (is_last(options, number, *added))
            return STATUS_DONE;
    }
}

static void summarize(const struct options *options, const struct progress *progress, uint64_t missed)
{
    if (options->quiet)
        return;
    if (progress->terminal)
        printf("\r\033[K");
    printf("pvgpu-capture: %llu frame%s written to %s", (unsigned long long)progress->written,
           progress->written == 1 ? "" : "s", options->folder);
    if (progress->written > 0)
        printf(", frames %llu..%llu", (unsigned long long)progress->lowest, (unsigned long long)progress->highest);
    printf(", %llu dropped\n", (unsigned long long)missed);
}

/* What remains to be said about the result, and the final status. */
static enum status judge(const struct options *options, const struct progress *progress, enum status status,
                         uint64_t missed)
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

int main(int argc, char **argv)
{
    struct options options;
    enum status status;
    if (!parse_options(&options, argc, argv, &status))
        return status;
    install_handlers();
    if (!make_folders(options.folder))
        return STATUS_FAILED;

    struct pvgpu_frames *frames;
    status = attach(&options, &frames);
    if (status != STATUS_DONE)
        return status;
    capturing_from = frames;
    phase = PHASE_CAPTURING;

    struct progress progress = {.options = &options, .terminal = isatty(1), .lowest = NO_FRAME};
    struct capture_writer *writer = capture_writer_create(options.folder, options.format, show_progress, &progress);
    uint64_t added = 0;
    status = writer ? capture(&options, frames, writer, &added) : STATUS_FAILED;
    struct pvgpu_frames_stats stats;
    pvgpu_frames_stats(frames, &stats);
    phase = PHASE_FINISHING;
    /* First, so that the VM is not held up by what is still to be written. */
    pvgpu_frames_close(frames);
    if (writer && !capture_writer_finish(writer))
        status = STATUS_FAILED;
    summarize(&options, &progress, stats.missed);
    return judge(&options, &progress, status, stats.missed);
}
