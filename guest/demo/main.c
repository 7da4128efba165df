/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/platform.h"
#include "demo.h"

#define FRAMES_IN_FLIGHT 2u
#define READY_TIMEOUT_NS 60000000000ull /* a renderer may compile its driver's shaders first */
#define FENCE_TIMEOUT_NS 60000000000ull
#define PROGRESS_INTERVAL_NS 1000000000ull

struct options {
    const struct demo_scene *scene;
    const char *link;
    const char *pipe_path; /* NULL: the protocol's default */
    uint16_t vendor, device; /* of the PCI function; 0, 0: the protocol's */
    bool intx;
    uint64_t frames, start_frame, width, height, sync_interval, hold_seconds, shmem_bytes, recover, resize_every;
    bool help;
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
    {"--recover", "how often a lost device is reset and the scene played anew (default 0)",
     offsetof(struct options, recover), 0, 1000},
    {"--resize-every", "frames between changes of the outputs' size and number of buffers (default 0: none)",
     offsetof(struct options, resize_every), 0, 100000000},
};

static const struct demo_scene *const scenes[] = {&demo_scene_clear, &demo_scene_triangle, &demo_scene_bound,
                                                  &demo_scene_cubes};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void print_help(void)
{
    printf("usage: pvgpu-demo [options]\n"
           "Plays a scene through the PVGPU device and counts what it took.\n"
           "  %-15s  %s\n  %-15s  %s\n  %-15s  %s\n  %-15s  %s\n  %-15s  %s\n",
           "--scene", "clear, triangle, bound (the same, bound once) or cubes (default)", "--link",
           "sysfs or vfio (inside a Linux VM), or pipe (plays the device itself; default)", "--pipe-path",
           "socket, or named pipe on Windows, of the host", "--device-id",
           "VENDOR:DEVICE of the function to take in a VM (default 1AF4:10F0)", "--interrupts",
           "msix (default) or intx, for the vfio link");
    for (size_t i = 0; i < COUNT(number_options); i++) {
        printf("  %-15s  %s\n", number_options[i].name, number_options[i].help);
    }
    printf("  %-15s  %s\n", "--help", "this text");
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
    options->vendor = (uint16_t)vendor;
    options->device = (uint16_t)device;
    return good;
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
        if (strcmp(value, "sysfs") == 0 || strcmp(value, "vfio") == 0 || strcmp(value, "pipe") == 0) {
            options->link = value;
            return true;
        }
        fprintf(stderr, "pvgpu-demo: no link '%s': sysfs, vfio or pipe\n", value);
    } else if (strcmp(name, "--pipe-path") == 0) {
        options->pipe_path = value;
        return true;
    } else if (strcmp(name, "--device-id") == 0) {
        return parse_device_id(value, options);
    } else if (strcmp(name, "--interrupts") == 0) {
        options->intx = strcmp(value, "intx") == 0;
        if (options->intx || strcmp(value, "msix") == 0) {
            return true;
        }
        fprintf(stderr, "pvgpu-demo: no interrupts '%s': msix or intx\n", value);
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

static struct pvgpu_guest *open_guest(const struct options *options)
{
    struct pvgpu_guest_transport *transport = NULL;
    if (strcmp(options->link, "pipe") == 0) {
        transport = pvgpu_guest_pipe_open(options->pipe_path, options->shmem_bytes);
    } else {
#ifdef __linux__
        const struct pvgpu_guest_pci_options pci = {
            .vendor = options->vendor, .device = options->device, .intx = options->intx};
        transport = strcmp(options->link, "sysfs") == 0 ? pvgpu_guest_sysfs_open(&pci) : pvgpu_guest_vfio_open(&pci);
#else
        fprintf(stderr, "pvgpu-demo: the %s link is for Linux guests\n", options->link);
#endif
    }
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
        /* Fences go on completing without a renderer, so fast that no wait need see the loss. */
        if (code == PVGPU_ERROR_DEVICE_LOST) {
            demo->failed = demo->lost = true;
        }
    }
}

static bool wait_for(struct demo *demo, uint64_t fence, const char *what)
{
    enum pvgpu_wait_result result = pvgpu_guest_wait(demo->guest, fence, FENCE_TIMEOUT_NS);
    report_errors(demo);
    if (result != PVGPU_WAIT_DONE) {
        fprintf(stderr, "pvgpu-demo: waiting for %s: %s\n", what, wait_text(result));
        demo->failed = true;
        demo->lost = result == PVGPU_WAIT_DEVICE_LOST;
    }
    return result == PVGPU_WAIT_DONE && !demo->failed;
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
    for (uint64_t i = 0; i < options->frames && !demo->failed; i++) {
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
    if (!demo->failed && wait_for(demo, demo->guest->fence_last, "the last frame")) {
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

/*
 * After a lost device: how long a register read takes while the renderer is gone (the median of a few, since other work
 * on the machine delays single ones), then the reset that brings a new renderer.
 */
static bool recover(struct demo *demo)
{
    uint32_t code, argument, status = 0;
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
    fflush(stdout);
    if (!pvgpu_guest_reset(demo->guest)) {
        fprintf(stderr, "pvgpu-demo: the device cannot be reset\n");
        return false;
    }
    /* The error that told of the loss is dealt with. */
    pvgpu_guest_read_error(demo->guest, &code, &argument);
    demo->failed = demo->lost = false;
    return true;
}

/* false: the scene was not played to its end, or the host reported an error. */
static bool run(struct demo *demo, const struct options *options)
{
    uint64_t errors = pvgpu_guest_counters(demo->guest).errors;
    enum pvgpu_wait_result ready = pvgpu_guest_wait_ready(demo->guest, READY_TIMEOUT_NS);
    if (ready != PVGPU_WAIT_DONE) {
        fprintf(stderr, "pvgpu-demo: waiting for the renderer: %s\n", wait_text(ready));
        return false;
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

int main(int argc, char **argv)
{
    struct options options = {
        .scene = &demo_scene_cubes,
        .link = "pipe",
        .frames = 120,
        .start_frame = 1,
        .width = 640,
        .height = 360,
    };
    if (!parse_options(argc, argv, &options)) {
        return 2;
    }
    if (options.help) {
        print_help();
        return 0;
    }
    struct demo demo = {
        .guest = open_guest(&options),
        .width = (uint32_t)options.width,
        .height = (uint32_t)options.height,
        .sync_interval = (uint32_t)options.sync_interval,
    };
    if (!demo.guest) {
        return 1;
    }
    demo.encoder = &demo.guest->encoder;
    bool good = run(&demo, &options);
    for (uint64_t left = options.recover; !good && left > 0 && demo.lost; left--) {
        good = recover(&demo) && run(&demo, &options);
    }
    pvgpu_guest_destroy(demo.guest);
    return good ? 0 : 1;
}
