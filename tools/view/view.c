/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* pvgpu-view: shows a VM's frames in a window. --help tells how. */
#include "base/time.h"
#include "common/endpoint_path.h"
#include "common/number.h"
#include "feed.h"
#include "window.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define TITLE_BYTES 1024
#define FIRST_WIDTH 640u /* of the window before there is a picture */
#define FIRST_HEIGHT 360u
#define MAX_SCALE 16u
#define TITLE_NS (VIEW_TICK_MS * PVGPU_NS_PER_MS)

enum status {
    STATUS_DONE = 0,
    STATUS_FAILED = 1,
    STATUS_USAGE = 2,
    STATUS_NO_DISPLAY = 3,
    STATUS_REFUSED = 6,
};

static const char help[] =
    "usage: pvgpu-view [OPTION...]\n"
    "\n"
    "Shows a VM's frames in a window: always the newest one, without ever holding the VM up. Waits for the endpoint "
    "if\n"
    "it is not there, and attaches again when the VM comes back. The title tells the VM's name, the size of its "
    "frames,\n"
    "how many were shown in a second and how long that took from the VM's PRESENT on.\n"
    "\n"
    "  --endpoint PATH  socket (Linux) or pipe, such as \\\\.\\pipe\\NAME (Windows), of the VM's frames; also\n"
    "                   --frames-path (default: that of a pvgpu-backend without options)\n"
    "  --scale N        the window shows a frame's pixel as N x N, 1 to 16 (default: 1)\n"
    "  --frames N       end after N frames were shown (default: go on)\n"
    "  --version        print the version and end\n"
    "  --help           print this text and end\n"
    "\n"
    "F11 or Alt+Enter: full screen and back. Esc, or closing the window: end. The picture keeps its shape when the\n"
    "window has another; it is sharp where a pixel covers a whole number of the screen's, and smoothed otherwise.\n"
    "Frames in linear light (16-bit float) are encoded as sRGB, 10 bits are rounded to 8, alpha is not shown.\n"
    "\n"
    "Exit status: 0 ended by the user, or --frames were shown; 1 failure; 2 wrong usage; 3 there is no display;\n"
    "6 the endpoint refused us.\n";

struct options {
    char default_endpoint[ENDPOINT_PATH_BYTES];
    const char *endpoint;
    uint64_t scale;
    uint64_t frames; /* 0: no limit */
};

struct view {
    const struct options *options;
    struct view_window *window;
    struct view_feed *feed;
    enum status status;
    uint32_t width, height; /* of the last picture; 0 before the first */
    uint64_t shown; /* pictures */
    /* Since the title was last made. */
    uint64_t since_ns;
    uint64_t shown_then;
    uint64_t latency_ns, latency_count; /* sum; of the pictures that are live */
    bool attached;
    char title[TITLE_BYTES];
};

/* ---- Options ---- */

static bool take_number(const char *option, const char *text, uint64_t most, uint64_t *value)
{
    const char *end;
    if (parse_number(text, &end, value) && *end == '\0' && *value >= 1 && *value <= most)
        return true;
    fprintf(stderr, "pvgpu-view: --%s needs a whole number from 1 to %" PRIu64 ", not \"%s\"\n", option, most, text);
    return false;
}

static bool take_option(struct options *options, int letter, const char *value, enum status *status)
{
    switch (letter) {
    case 'e':
        options->endpoint = value;
        return true;
    case 's':
        return take_number("scale", value, MAX_SCALE, &options->scale);
    case 'n':
        return take_number("frames", value, INT64_MAX, &options->frames);
    case 'v':
        printf("pvgpu-view %s (frame channel %u)\n", PVGPU_RELEASE, PVGPU_FRAMES_LAYOUT_VERSION);
        *status = STATUS_DONE;
        return false;
    case 'h':
        fputs(help, stdout);
        *status = STATUS_DONE;
        return false;
    default:
        return false; /* getopt has said what is wrong */
    }
}

/* False: the program ends with *status. */
static bool parse_options(struct options *options, int argc, char **argv, enum status *status)
{
    static const struct option known[] = {
        {"endpoint", required_argument, NULL, 'e'},
        {"frames-path", required_argument, NULL, 'e'},
        {"scale", required_argument, NULL, 's'},
        {"frames", required_argument, NULL, 'n'},
        {"version", no_argument, NULL, 'v'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    *options = (struct options){.scale = 1};
    *status = STATUS_USAGE;
    int letter;
    while ((letter = getopt_long(argc, argv, "", known, NULL)) != -1) {
        if (!take_option(options, letter, optarg, status))
            return false;
    }
    if (optind < argc) {
        fprintf(stderr, "pvgpu-view: \"%s\" is no option; see --help\n", argv[optind]);
        return false;
    }
    if (!options->endpoint && !default_endpoint_path(options->default_endpoint)) {
        fprintf(stderr, "pvgpu-view: the runtime folder's path is too long; name an endpoint with --endpoint\n");
        return false;
    }
    if (!options->endpoint)
        options->endpoint = options->default_endpoint;
    return true;
}

/* ---- Showing ---- */

static bool show(struct view *view, const struct view_picture *picture)
{
    if (picture->width != view->width || picture->height != view->height) {
        uint32_t scale = (uint32_t)view->options->scale;
        view_window_resize(view->window, picture->width * scale, picture->height * scale);
        view->width = picture->width;
        view->height = picture->height;
    }
    if (!view_window_show(view->window, picture->pixels, picture->width, picture->height)) {
        view->status = STATUS_FAILED;
        return false;
    }
    uint64_t now_ns = pvgpu_time_now_ns();
    view->shown++;
    if (picture->live && now_ns > picture->present_ns) {
        view->latency_ns += now_ns - picture->present_ns;
        view->latency_count++;
    }
    return view->options->frames == 0 || view->shown < view->options->frames;
}

static void make_title(const struct view *view, const struct view_feed_status *feed, uint64_t passed_ns,
                       char title[TITLE_BYTES])
{
    if (view->width == 0) {
        snprintf(title, TITLE_BYTES, "pvgpu-view - waiting for %s", view->options->endpoint);
        return;
    }
    int length = snprintf(title, TITLE_BYTES, "pvgpu-view - %s - %u x %u - ", feed->vm_name, view->width, view->height);
    if (!feed->attached) {
        snprintf(title + length, TITLE_BYTES - (size_t)length, "waiting for the VM");
        return;
    }
    uint64_t shown = view->shown - view->shown_then;
    length += snprintf(title + length, TITLE_BYTES - (size_t)length, "%.0f frames/s",
                       (double)shown * PVGPU_NS_PER_S / (double)passed_ns);
    if (view->latency_count > 0)
        snprintf(title + length, TITLE_BYTES - (size_t)length, " - %.1f ms",
                 (double)view->latency_ns / (double)view->latency_count / PVGPU_NS_PER_MS);
}

/* Once a second, and when the VM comes or goes. */
static void update_title(struct view *view, const struct view_feed_status *feed)
{
    uint64_t now_ns = pvgpu_time_now_ns();
    uint64_t passed_ns = now_ns - view->since_ns;
    if (passed_ns < TITLE_NS && feed->attached == view->attached)
        return;
    char title[TITLE_BYTES];
    make_title(view, feed, passed_ns > 0 ? passed_ns : 1, title);
    view->since_ns = now_ns;
    view->shown_then = view->shown;
    view->latency_ns = view->latency_count = 0;
    view->attached = feed->attached;
    if (strcmp(title, view->title) == 0)
        return;
    memcpy(view->title, title, sizeof(title));
    view_window_set_title(view->window, title);
}

static bool tick(void *context)
{
    struct view *view = context;
    struct view_picture picture;
    if (view_feed_take(view->feed, &picture) && !show(view, &picture))
        return false;
    struct view_feed_status feed;
    view_feed_status(view->feed, &feed);
    if (feed.failure != PVGPU_FRAMES_OK) {
        fprintf(stderr, "pvgpu-view: cannot attach to %s: %s\n", view->options->endpoint,
                pvgpu_frames_result_text(feed.failure));
        view->status = feed.failure == PVGPU_FRAMES_NO_MEMORY ? STATUS_FAILED : STATUS_REFUSED;
        return false;
    }
    update_title(view, &feed);
    return true;
}

static void wake(void *context)
{
    view_window_wake(context);
}

int main(int argc, char **argv)
{
    struct options options;
    enum status status;
    if (!parse_options(&options, argc, argv, &status))
        return status;

    struct view view = {.options = &options, .status = STATUS_DONE, .since_ns = pvgpu_time_now_ns()};
    make_title(&view, NULL, 1, view.title);
    view.window = view_window_create(view.title, FIRST_WIDTH, FIRST_HEIGHT);
    if (!view.window)
        return STATUS_NO_DISPLAY;
    view.feed = view_feed_start(options.endpoint, wake, view.window);
    if (!view.feed) {
        fprintf(stderr, "pvgpu-view: out of memory\n");
        view_window_destroy(view.window);
        return STATUS_FAILED;
    }
    view_window_run(view.window, tick, &view);
    if (!view_feed_stop(view.feed))
        _exit(view.status); /* the end of the process closes the window and the connection */
    view_window_destroy(view.window);
    return view.status;
}
