/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/platform.h"
#include "demo.h"

#define FRAMES_IN_FLIGHT 2u
#define READY_TIMEOUT_NS 60000000000ull /* a renderer may compile its driver's shaders first */
#define FENCE_TIMEOUT_NS 60000000000ull
#define PIPE_RECONNECT_MS 200u
#define HOST_TIMEOUT_NS 60000000000ull /* for a host that is being restarted */
#define PROGRESS_INTERVAL_NS 1000000000ull

/* Exit codes. docs/errors.md says the same. */
enum {
    EXIT_PLAYED = 0,
    EXIT_FAILED = 1, /* the host reported an error, or does not get on */
    EXIT_USAGE = 2,
    EXIT_NO_DEVICE = 3, /* there is none, or it cannot be opened */
    EXIT_HOST_GONE = 4, /* and did not come back, if that was waited for */
    EXIT_DEVICE_LOST = 5 /* once more than --recover allows */
};

struct options {
    const struct demo_scene *scene;
    const char *link; /* NULL: auto in a VM that has the device, else pipe */
    const char *pipe_path; /* NULL: the protocol's default */
    struct pvgpu_guest_pci_options pci; /* in a VM */
    uint64_t frames, start_frame, width, height, sync_interval, hold_seconds, shmem_bytes, recover, resize_every,
        reset_at, doorbells;
    bool help, probe;
};

struct number_option {
    const char *name, *help;
    size_t offset; /* of the uint64_t in struct options */
    uint64_t low, high;
};

static const struct number_option number_options[] = {
    {"--frames", "how many to draw (default 120)", offsetof(struct options, frames), 1, 100000000},
    {"--start-frame", "number of the first one (default 1)", offsetof(struct options, start_frame), 1, 1000000000},
    {"--width", "pixels (default 640)", offsetof(struct options, width), 1, 16384},
    {"--height", "pixels (default 360)", offsetof(struct options, height), 1, 16384},
    {"--sync-interval", "refreshes a frame stays, 0 to 4 (default 0)", offsetof(struct options, sync_interval), 0, 4},
    {"--shmem-size", "bytes of shared memory for the pipe link, or as 256M (default 256M)",
     offsetof(struct options, shmem_bytes), PVGPU_MIN_SHMEM_BYTES, 0x80000000u},
    {"--hold-seconds", "keep the last frame for so long before ending (default 0)",
     offsetof(struct options, hold_seconds), 0, 86400},
    {"--recover", "how often the scene is played anew after a lost device or host (default 0)",
     offsetof(struct options, recover), 0, 1000},
    {"--resize-every", "frames between changes of the outputs' size and number of buffers (default 0: none)",
     offsetof(struct options, resize_every), 0, 100000000},
    {"--reset-at", "once, reset the device behind that frame, unfinished as it is, and play anew (default 0: never)",
     offsetof(struct options, reset_at), 0, 100000000},
    {"--measure-doorbell", "ring the doorbell so often, print what it takes, and draw nothing (default 0: draw)",
     offsetof(struct options, doorbells), 0, 1000000},
};

static const struct demo_scene *const scenes[] = {&demo_scene_clear, &demo_scene_triangle, &demo_scene_bound,
                                                  &demo_scene_cubes};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void print_help(void)
{
    printf("usage: pvgpu-demo [options]\n"
           "Plays a scene through the PVGPU device and counts what it took.\n"
           "  %-18s  %s\n  %-18s  %s\n  %-18s  %s\n  %-18s  %s\n  %-18s  %s\n  %-18s  %s\n  %-18s  %s\n",
           "--probe", "print what PVGPU devices this VM has, whether they work and what to do if not, and end",
           "--scene", "clear, triangle, bound (the same, bound once) or cubes (default)", "--link",
           "auto, sysfs (polls), vfio or uio (interrupts) inside a Linux VM; pipe, ivshmem-doorbell or", "",
           "ivshmem-plain: plays the device itself (default: auto if this machine has it, else pipe)", "--pipe-path",
           "endpoint of the host: socket, named pipe on Windows, or the file of ivshmem-plain", "--device-id",
           "VENDOR:DEVICE of the function to take in a VM (default 1AF4:10F0, or ivshmem)", "--interrupts",
           "msix (default) or intx, for the links auto and vfio");
    for (size_t i = 0; i < COUNT(number_options); i++) {
        printf("  %-18s  %s\n", number_options[i].name, number_options[i].help);
    }
    printf("  %-18s  %s\n", "--help", "this text");
    printf("Exit codes: 0 played to the end without an error; 1 the host reported an error or did not get on;\n"
           "2 wrong usage; 3 there is no device, or it cannot be opened; 4 the host is gone and did not come back;\n"
           "5 the device was lost, once more than --recover allows.\n"
           "Of --probe: 0 every device can be used; 1 one cannot be looked at; 2 wrong usage; 3 there is none;\n"
           "4 one has no host.\n");
}

static bool parse_number(const struct number_option *option, const char *text, struct options *options)
{
    char *end = NULL;
    unsigned long long value = *text >= '0' && *text <= '9' ? strtoull(text, &end, 10) : 0;
    if (end && option->offset == offsetof(struct options, shmem_bytes) && (*end == 'M' || *end == 'm') && end[1] == 0 &&
        value < 1u << 20) {
        value <<= 20;
        end++;
    }
    if (!end || *end != '\0' || value < option->low || value > option->high) {
        fprintf(stderr, "pvgpu-demo: %s takes a number from %" PRIu64 " to %" PRIu64 ", not '%s'\n", option->name,
                option->low, option->high, text);
        return false;
    }
    *(uint64_t *)(void *)((char *)options + option->offset) = value;
    return true;
}

/* Four hexadecimal digits, a colon, four more. */
static bool parse_device_id(const char *text, struct options *options)
{
    unsigned vendor = 0, device = 0;
    int length = 0;
    bool good = strspn(text, "0123456789abcdefABCDEF") == 4 && text[4] == ':' &&
                strspn(text + 5, "0123456789abcdefABCDEF") == 4 &&
                sscanf(text, "%4x:%4x%n", &vendor, &device, &length) == 2 && text[length] == '\0';
    if (!good) {
        fprintf(stderr, "pvgpu-demo: --device-id takes VENDOR:DEVICE in hexadecimal, as 1AF4:10F0, not '%s'\n", text);
    }
    options->pci.vendor = (uint16_t)vendor;
    options->pci.device = (uint16_t)device;
    return good;
}

static bool parse_link(const char *value, struct options *options)
{
    static const char *const links[] = {"auto", "sysfs", "vfio", "uio", "pipe", "ivshmem-doorbell", "ivshmem-plain"};
    for (size_t i = 0; i < COUNT(links); i++) {
        if (strcmp(value, links[i]) == 0) {
            options->link = links[i];
            return true;
        }
    }
    fprintf(stderr, "pvgpu-demo: no link '%s': auto, sysfs, vfio, uio, pipe, ivshmem-doorbell or ivshmem-plain\n",
            value);
    return false;
}

static bool parse_option(const char *name, const char *value, struct options *options)
{
    for (size_t i = 0; i < COUNT(number_options); i++) {
        if (strcmp(name, number_options[i].name) == 0) {
            return parse_number(&number_options[i], value, options);
        }
    }
    if (strcmp(name, "--scene") == 0) {
        for (size_t i = 0; i < COUNT(scenes); i++) {
            if (strcmp(value, scenes[i]->name) == 0) {
                options->scene = scenes[i];
                return true;
            }
        }
        fprintf(stderr, "pvgpu-demo: no scene '%s': clear, triangle, bound or cubes\n", value);
    } else if (strcmp(name, "--link") == 0) {
        return parse_link(value, options);
    } else if (strcmp(name, "--device-id") == 0) {
        return parse_device_id(value, options);
    } else if (strcmp(name, "--interrupts") == 0) {
        options->pci.intx = strcmp(value, "intx") == 0;
        if (options->pci.intx || strcmp(value, "msix") == 0) {
            return true;
        }
        fprintf(stderr, "pvgpu-demo: no interrupts '%s': msix or intx\n", value);
    } else if (strcmp(name, "--pipe-path") == 0) {
        options->pipe_path = value;
        return true;
    } else {
        fprintf(stderr, "pvgpu-demo: unknown option '%s'; try --help\n", name);
    }
    return false;
}

static bool parse_options(int argc, char **argv, struct options *options)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            options->help = true;
            return true;
        }
        if (strcmp(argv[i], "--probe") == 0) {
            options->probe = true;
            continue;
        }
        const char *name = argv[i];
        if (i + 1 == argc) {
            fprintf(stderr, "pvgpu-demo: '%s' needs a value; try --help\n", name);
            return false;
        }
        if (!parse_option(name, argv[++i], options)) {
            return false;
        }
    }
    return true;
}

/* In a VM that has the device one need not say so. */
static const char *choose_link(const struct options *options)
{
    if (options->link) {
        return options->link;
    }
#ifdef __linux__
    if (!options->pipe_path && options->shmem_bytes == 0 && pvgpu_guest_probe(&options->pci, NULL, 0) > 0) {
        return "auto";
    }
#endif
    return "pipe";
}

static struct pvgpu_guest_transport *open_transport(const struct options *options)
{
    const char *link = choose_link(options);
    if (strcmp(link, "pipe") == 0) {
        return pvgpu_guest_pipe_open_with(options->pipe_path, options->shmem_bytes,
                                          options->recover ? PIPE_RECONNECT_MS : 0);
    }
#ifdef __linux__
    if (strcmp(link, "auto") == 0) {
        return pvgpu_guest_open(&options->pci);
    }
    if (strcmp(link, "sysfs") == 0) {
        return pvgpu_guest_sysfs_open(&options->pci);
    }
    if (strcmp(link, "uio") == 0) {
        return pvgpu_guest_uio_open(&options->pci);
    }
    if (strcmp(link, "vfio") == 0) {
        return pvgpu_guest_vfio_open(&options->pci);
    }
    if (!options->pipe_path) {
        fprintf(stderr, "pvgpu-demo: --link %s needs --pipe-path\n", link);
        return NULL;
    }
    return strcmp(link, "ivshmem-plain") == 0 ? pvgpu_guest_ivshmem_file_open(options->pipe_path)
                                              : pvgpu_guest_ivshmem_socket_open(options->pipe_path);
#else
    fprintf(stderr, "pvgpu-demo: the %s link is for Linux\n", link);
    return NULL;
#endif
}

static struct pvgpu_guest *open_guest(const struct options *options)
{
    struct pvgpu_guest_transport *transport = open_transport(options);
    struct pvgpu_guest *guest = transport ? pvgpu_guest_create(transport) : NULL;
    if (!guest) {
        return NULL;
    }
    /* Another program went before: its objects and fences are not ours. */
    if (!pvgpu_guest_is_fresh(guest) && !pvgpu_guest_reset(guest)) {
        pvgpu_guest_destroy(guest);
        return NULL;
    }
    return guest;
}

static const char *wait_text(enum pvgpu_wait_result result)
{
    static const char *const texts[] = {"done", "timed out", "device lost", "the host is gone"};
    return texts[result];
}

static void report_errors(struct demo *demo)
{
    uint32_t code, argument;
    if (pvgpu_guest_read_error(demo->guest, &code, &argument)) {
        fprintf(stderr, "pvgpu-demo: the host reports error %" PRIu32 " (%s), argument %" PRIu32 " (%#" PRIx32 ")\n",
                code, pvgpu_error_name(code), argument, argument);
    }
}

static bool wait_for(struct demo *demo, uint64_t fence, const char *what)
{
    enum pvgpu_wait_result result = pvgpu_guest_wait(demo->guest, fence, FENCE_TIMEOUT_NS);
    report_errors(demo);
    if (result != PVGPU_WAIT_DONE) {
        fprintf(stderr, "pvgpu-demo: waiting for %s: %s\n", what, wait_text(result));
        demo->failed = true;
        demo->end = result;
    }
    return result == PVGPU_WAIT_DONE;
}

/* A fence of a lost device completes as well: the device is asked besides. */
static bool is_working(struct demo *demo)
{
    enum pvgpu_wait_result result = demo->failed ? PVGPU_WAIT_DONE : pvgpu_guest_check(demo->guest);
    if (result != PVGPU_WAIT_DONE) {
        fprintf(stderr, "pvgpu-demo: %s\n", wait_text(result));
        demo->failed = true;
        demo->end = result;
    }
    return !demo->failed;
}

/* What a guest does when its mode changes, though the pictures stay as they are. */
static void resize_outputs(struct demo *demo, uint64_t count)
{
    const struct pvgpu_cmd_resize_buffers size = {
        .width = demo->width,
        .height = demo->height,
        .buffer_count = count % 3 + 1,
    };
    pvgpu_encode_resize_buffers(demo->encoder, &size);
}

/* Draws all frames; returns how many were completed by the device. */
static uint64_t play(struct demo *demo, const struct options *options)
{
    uint64_t fences[FRAMES_IN_FLIGHT] = {0}, shown_ns = pvgpu_platform_now_ns();
    uint64_t done = 0;
    bool in_line = false;
    for (uint64_t i = 0; i < options->frames && is_working(demo); i++) {
        uint64_t *slot = &fences[i % FRAMES_IN_FLIGHT];
        if (*slot != 0) {
            if (!wait_for(demo, *slot, "a frame")) {
                break;
            }
            done++;
        }
        if (options->resize_every && (i + 1) % options->resize_every == 0) {
            resize_outputs(demo, (i + 1) / options->resize_every);
        }
        options->scene->frame(demo, (uint32_t)(options->start_frame + i));
        *slot = pvgpu_guest_fence(demo->guest);
        if (*slot == 0 || !pvgpu_guest_flush(demo->guest)) {
            fprintf(stderr, "pvgpu-demo: frame %" PRIu64 " could not be submitted\n", options->start_frame + i);
            demo->failed = true;
            break;
        }
        if (options->reset_at == i + 1 && !demo->was_reset) {
            demo->wants_reset = demo->failed = true;
            break;
        }
        uint64_t now = pvgpu_platform_now_ns();
        if (now - shown_ns >= PROGRESS_INTERVAL_NS) {
            shown_ns = now;
            printf("\rframe %" PRIu64 " of %" PRIu64, i + 1, options->frames);
            fflush(stdout);
            in_line = true;
        }
    }
    if (in_line) {
        printf("\n"); /* so that the summary starts its own line */
    }
    if (!demo->failed && wait_for(demo, demo->guest->fence_last, "the last frame") && is_working(demo)) {
        done = options->frames;
    }
    return done;
}

#define REGISTER_READS 9u

static int compare_times(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* How long a register read takes while the renderer is gone: the median of a few, since other work on the machine delays
 * single ones. */
static void time_register(struct demo *demo)
{
    uint32_t status = 0;
    uint64_t took[REGISTER_READS];
    for (unsigned i = 0; i < REGISTER_READS; i++) {
        uint64_t start = pvgpu_platform_now_ns();
        status = demo->guest->transport->ops->read_status(demo->guest->transport);
        took[i] = pvgpu_platform_now_ns() - start;
    }
    qsort(took, REGISTER_READS, sizeof(took[0]), compare_times);
    printf("pvgpu-demo: device lost; register status %#" PRIx32 " read in %" PRIu64 " us (slowest %" PRIu64
           " us); resetting\n",
           status, took[REGISTER_READS / 2] / 1000, took[REGISTER_READS - 1] / 1000);
}

/* After a lost device or a lost host: waits for a host, and resets the device, which brings a new renderer. */
static bool recover(struct demo *demo)
{
    uint32_t code, argument;
    uint64_t give_up_ns = pvgpu_platform_now_ns() + HOST_TIMEOUT_NS;
    if (demo->end == PVGPU_WAIT_DEVICE_LOST) {
        time_register(demo);
    } else {
        printf("pvgpu-demo: the host is gone; waiting for one\n");
    }
    fflush(stdout);
    do {
        uint64_t now = pvgpu_platform_now_ns();
        if (now >= give_up_ns || pvgpu_guest_wait_host(demo->guest, give_up_ns - now) != PVGPU_WAIT_DONE) {
            fprintf(stderr, "pvgpu-demo: the host is gone and did not come back\n");
            demo->end = PVGPU_WAIT_DISCONNECTED;
            return false;
        }
    } while (!pvgpu_guest_reset(demo->guest));
    if (demo->end == PVGPU_WAIT_DISCONNECTED) {
        printf("pvgpu-demo: a host is there again\n");
        fflush(stdout);
    }
    /* The error that told of the loss is dealt with. */
    pvgpu_guest_read_error(demo->guest, &code, &argument);
    demo->failed = false;
    demo->end = PVGPU_WAIT_DONE;
    return true;
}

/* false: the scene was not played to its end, or the host reported an error. */
static bool run_once(struct demo *demo, const struct options *options)
{
    uint64_t errors = pvgpu_guest_counters(demo->guest).errors;
    enum pvgpu_wait_result ready = pvgpu_guest_wait_ready(demo->guest, READY_TIMEOUT_NS);
    if (ready != PVGPU_WAIT_DONE) {
        fprintf(stderr, "pvgpu-demo: waiting for the renderer: %s\n", wait_text(ready));
        demo->end = ready;
        return false;
    }
    if (options->doorbells > 0) {
        return demo_measure_doorbells(demo, options->doorbells);
    }
    printf("pvgpu-demo: %s, frames %" PRIu64 " to %" PRIu64 ", %" PRIu32 "x%" PRIu32 " over %s\n", options->scene->name,
           options->start_frame, options->start_frame + options->frames - 1, demo->width, demo->height,
           demo->guest->transport->ops->name);
    fflush(stdout);
    options->scene->setup(demo);
    uint64_t setup = pvgpu_guest_fence(demo->guest);
    if (demo->failed || setup == 0 || !wait_for(demo, setup, "the scene's objects")) {
        return false;
    }

    struct pvgpu_guest_counters before = pvgpu_guest_counters(demo->guest);
    uint64_t start = pvgpu_platform_now_ns();
    uint64_t done = play(demo, options);
    double seconds = (double)(pvgpu_platform_now_ns() - start) / 1e9;
    struct pvgpu_guest_counters after = pvgpu_guest_counters(demo->guest);

    printf("pvgpu-demo: frames=%" PRIu64 " seconds=%.3f commands=%" PRIu64 " draws=%" PRIu64 " doorbells=%" PRIu64
           " interrupts=%" PRIu64 " bytes=%" PRIu64 " waits=%" PRIu64 " errors=%" PRIu64 "\n",
           done, seconds, after.commands - before.commands, after.draws - before.draws,
           after.doorbells - before.doorbells, after.interrupts - before.interrupts, after.bytes - before.bytes,
           after.fence_waits - before.fence_waits, after.errors - errors);
    fflush(stdout);
    if (!demo->failed && options->hold_seconds > 0) {
        pvgpu_platform_sleep_ns(options->hold_seconds * 1000000000u);
    }
    return !demo->failed && after.errors == errors;
}

static bool run(struct demo *demo, const struct options *options)
{
    bool good = run_once(demo, options);
    /* Recording fails first where the heap or the ring waits for a host. */
    if (!good && demo->end == PVGPU_WAIT_DONE) {
        demo->end = pvgpu_guest_check(demo->guest);
    }
    return good;
}

/* In mid-frame, as a driver that is loaded anew does. */
static bool reset(struct demo *demo)
{
    printf("pvgpu-demo: resetting the device\n");
    fflush(stdout);
    demo->wants_reset = demo->failed = false;
    demo->was_reset = true;
    return pvgpu_guest_reset(demo->guest);
}

static int exit_code(const struct demo *demo, bool good)
{
    if (good) {
        return EXIT_PLAYED;
    }
    return demo->end == PVGPU_WAIT_DISCONNECTED  ? EXIT_HOST_GONE
           : demo->end == PVGPU_WAIT_DEVICE_LOST ? EXIT_DEVICE_LOST
                                                 : EXIT_FAILED;
}

int main(int argc, char **argv)
{
    struct options options = {
        .scene = &demo_scene_cubes,
        .frames = 120,
        .start_frame = 1,
        .width = 640,
        .height = 360,
    };
    if (!parse_options(argc, argv, &options)) {
        return EXIT_USAGE;
    }
    if (options.help) {
        print_help();
        return 0;
    }
    if (options.probe) {
        return demo_probe(&options.pci);
    }
    struct demo demo = {
        .guest = open_guest(&options),
        .width = (uint32_t)options.width,
        .height = (uint32_t)options.height,
        .sync_interval = (uint32_t)options.sync_interval,
    };
    if (!demo.guest) {
        return EXIT_NO_DEVICE;
    }
    demo.encoder = &demo.guest->encoder;
    bool good = run(&demo, &options);
    if (demo.wants_reset) {
        good = reset(&demo) && run(&demo, &options);
    }
    for (uint64_t left = options.recover; !good && left > 0 && demo.end > PVGPU_WAIT_TIMEOUT; left--) {
        if (!recover(&demo)) {
            break;
        }
        good = run(&demo, &options);
    }
    int code = exit_code(&demo, good);
    pvgpu_guest_destroy(demo.guest);
    return code;
}
