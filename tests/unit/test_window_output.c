/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The window as an output: which pictures are copied, what is drawn when, how it follows its window, what it does when
 * the host refuses. Neither a GPU nor a display: both are played here.
 */
#include "check.h"
#include "present/window_output.h"

#include "base/time.h"

#include <stdlib.h>

/* A renderer that counts. */
struct fake_gpu {
    struct pvgpu_gpu base;
    uint32_t textures, views; /* alive */
    uint32_t made, copies, surfaces, resizes, shows;
    struct pvgpu_surface_size size; /* of the surface */
    struct pvgpu_surface_picture shown;
    struct pvgpu_resource shown_texture;
    bool black; /* the last time nothing was shown */
    uint32_t interval;
    bool tears;
    uint32_t refused_format; /* no texture of it */
    bool refuses_surface, refuses_show;
};

static struct fake_gpu *fake_of(struct pvgpu_gpu *gpu)
{
    return (struct fake_gpu *)gpu;
}

static enum pvgpu_gpu_result create_resource(struct pvgpu_gpu *gpu, struct pvgpu_resource *resource,
                                             const struct pvgpu_subresource_data *initial)
{
    (void)initial;
    if (resource->format == fake_of(gpu)->refused_format)
        return PVGPU_GPU_REFUSED;
    resource->base.host = &fake_of(gpu)->textures;
    fake_of(gpu)->textures++;
    fake_of(gpu)->made++;
    return PVGPU_GPU_OK;
}

static enum pvgpu_gpu_result create_view(struct pvgpu_gpu *gpu, struct pvgpu_view *view)
{
    view->base.host = &fake_of(gpu)->views;
    fake_of(gpu)->views++;
    return PVGPU_GPU_OK;
}

static void release(struct pvgpu_gpu *gpu, void *host)
{
    (void)gpu;
    if (host)
        --*(uint32_t *)host;
}

static void copy_region(struct pvgpu_gpu *gpu, struct pvgpu_resource *destination, uint32_t destination_subresource,
                        uint32_t x, uint32_t y, uint32_t z, struct pvgpu_resource *source, uint32_t source_subresource,
                        const struct pvgpu_box *box)
{
    (void)destination;
    (void)destination_subresource;
    (void)x;
    (void)y;
    (void)z;
    (void)source;
    (void)source_subresource;
    (void)box;
    fake_of(gpu)->copies++;
}

static struct pvgpu_gpu_surface *surface_create(struct pvgpu_gpu *gpu, void *window,
                                                const struct pvgpu_surface_size *size)
{
    (void)window;
    struct fake_gpu *fake = fake_of(gpu);
    if (fake->refuses_surface)
        return NULL;
    fake->surfaces++;
    fake->size = *size;
    return (struct pvgpu_gpu_surface *)fake;
}

static enum pvgpu_gpu_result surface_resize(struct pvgpu_gpu *gpu, struct pvgpu_gpu_surface *surface,
                                            const struct pvgpu_surface_size *size)
{
    (void)surface;
    fake_of(gpu)->size = *size;
    fake_of(gpu)->resizes++;
    return PVGPU_GPU_OK;
}

static enum pvgpu_gpu_result surface_show(struct pvgpu_gpu *gpu, struct pvgpu_gpu_surface *surface,
                                          const struct pvgpu_surface_picture *picture, uint32_t sync_interval,
                                          bool tears)
{
    (void)surface;
    struct fake_gpu *fake = fake_of(gpu);
    fake->shows++;
    fake->black = !picture;
    fake->interval = sync_interval;
    fake->tears = tears;
    if (picture) {
        fake->shown = *picture;
        fake->shown_texture = *picture->view->resource;
    }
    return fake->refuses_show ? PVGPU_GPU_REFUSED : PVGPU_GPU_OK;
}

static void surface_destroy(struct pvgpu_gpu *gpu, struct pvgpu_gpu_surface *surface)
{
    if (surface)
        fake_of(gpu)->surfaces--;
}

static const struct pvgpu_gpu_ops gpu_ops = {
    .name = "fake",
    .create_resource = create_resource,
    .create_view = create_view,
    .release = release,
    .copy_region = copy_region,
    .surface_create = surface_create,
    .surface_resize = surface_resize,
    .surface_show = surface_show,
    .surface_destroy = surface_destroy,
};

struct stage {
    struct fake_gpu gpu;
    struct pvgpu_window window;
    struct pvgpu_frame_output *output;
    struct pvgpu_resource picture;
    uint64_t room_bytes;
};

static const struct pvgpu_log silent = {.level = PVGPU_LOG_ERROR, .target = "test"};

static bool stage_init(struct check *check, struct stage *stage, const struct pvgpu_window_output_config *wanted)
{
    const struct pvgpu_window_config window = {.title = "test", .log = silent};
    *stage = (struct stage){
        .gpu.base.ops = &gpu_ops,
        .picture = {.kind = PVGPU_KIND_TEXTURE_2D, .format = 28, .width = 640, .height = 360, .sample_count = 1},
        .room_bytes = UINT64_MAX,
    };
    pvgpu_window_init(&stage->window, &window);
    struct pvgpu_window_output_config config = *wanted;
    config.gpu = &stage->gpu.base;
    config.window = &stage->window;
    config.name = "vm7";
    config.buffer_count = config.buffer_count ? config.buffer_count : 2;
    config.log = silent;
    stage->output = pvgpu_window_output_create(&config);
    return CHECK(stage->output != NULL);
}

static void stage_finish(struct check *check, struct stage *stage)
{
    stage->output->ops->destroy(stage->output);
    CHECK_EQ(stage->gpu.textures, 0);
    CHECK_EQ(stage->gpu.views, 0);
    CHECK_EQ(stage->gpu.surfaces, 0);
    pvgpu_window_finish(&stage->window);
}

static uint64_t tend(struct stage *stage)
{
    uint64_t wake_ns = PVGPU_NO_TIMEOUT;
    stage->output->ops->tend(stage->output, &wake_ns);
    return wake_ns;
}

/* What is drawn again after a change of size is done with. */
static uint32_t wait_until_settled(struct stage *stage)
{
    uint32_t shows = stage->gpu.shows;
    for (uint64_t wake_ns; (wake_ns = tend(stage)) != PVGPU_NO_TIMEOUT;)
        pvgpu_time_sleep_ns(pvgpu_time_left_ns(wake_ns));
    return stage->gpu.shows - shows;
}

static const struct pvgpu_window_output_config defaults = {.vsync = true};

static void set_window(struct stage *stage, uint32_t width, uint32_t height, bool visible)
{
    const struct pvgpu_window_state state = {.width = width, .height = height, .visible = visible};
    pvgpu_window_change(&stage->window, &state, false);
    tend(stage);
}

static bool capture(struct stage *stage, uint64_t number)
{
    const struct pvgpu_presented presented = {
        .picture = &stage->picture,
        .format = stage->picture.format,
        .number = number,
        .room_bytes = stage->room_bytes,
    };
    return stage->output->ops->capture(stage->output, &presented);
}

static void publish(struct stage *stage, uint64_t number, uint32_t interval)
{
    const struct pvgpu_finished_frame frame = {
        .number = number,
        .width = stage->picture.width,
        .height = stage->picture.height,
        .format = stage->picture.format,
        .sync_interval = interval,
    };
    stage->output->ops->publish(stage->output, &frame);
}

/* Drawn when its turn has come, not when it was presented; fitted; kept and drawn again when the window changes. */
static void a_frame_is_shown_in_its_turn(struct check *check)
{
    struct stage stage;
    if (!stage_init(check, &stage, &defaults))
        return;
    tend(&stage);
    CHECK_EQ(stage.gpu.surfaces, 0); /* nothing to draw on yet */
    set_window(&stage, 1280, 725, true);
    CHECK_EQ(stage.gpu.surfaces, 1);
    CHECK_EQ(stage.gpu.size.width, 1280);
    CHECK_EQ(stage.gpu.size.height, 725);
    CHECK_EQ(stage.gpu.size.buffer_count, 2);
    CHECK(stage.gpu.black);
    CHECK(stage.output->used_context);
    stage.output->used_context = false;
    uint32_t shows = stage.gpu.shows;
    CHECK(capture(&stage, 1));
    CHECK_EQ(stage.gpu.copies, 1);
    CHECK_EQ(stage.gpu.shows, shows);
    CHECK(!stage.output->used_context);
    publish(&stage, 1, 1);
    CHECK_EQ(stage.gpu.shows, shows + 1);
    CHECK(stage.output->used_context);
    CHECK(!stage.gpu.black);
    CHECK_EQ(stage.gpu.shown.x, 0);
    CHECK_EQ(stage.gpu.shown.y, 2);
    CHECK_EQ(stage.gpu.shown.width, 1280);
    CHECK_EQ(stage.gpu.shown.height, 720);
    CHECK_EQ(stage.gpu.shown.scale, 2);
    tend(&stage);
    CHECK_EQ(stage.gpu.shows, shows + 1);
    set_window(&stage, 960, 540, true);
    CHECK_EQ(stage.gpu.resizes, 1);
    CHECK_EQ(stage.gpu.shows, shows + 2);
    CHECK_EQ(stage.gpu.shown.width, 960);
    CHECK_EQ(stage.gpu.shown.scale, 0);
    const struct pvgpu_window_state same = {.width = 960, .height = 540, .visible = true};
    pvgpu_window_change(&stage.window, &same, true); /* exposed */
    tend(&stage);
    CHECK_EQ(stage.gpu.resizes, 1);
    CHECK_EQ(stage.gpu.shows, shows + 3);
    stage_finish(check, &stage);
}

/* The first presents after a change of the window may be lost: a few more follow by themselves, then it is quiet. */
static void a_changed_window_settles(struct check *check)
{
    struct stage stage;
    if (!stage_init(check, &stage, &defaults))
        return;
    set_window(&stage, 640, 360, true);
    CHECK_EQ(wait_until_settled(&stage), 0);
    set_window(&stage, 800, 600, true);
    CHECK_EQ(wait_until_settled(&stage), 3);
    CHECK_EQ(wait_until_settled(&stage), 0);
    set_window(&stage, 640, 360, true);
    set_window(&stage, 640, 360, false);
    CHECK_EQ(wait_until_settled(&stage), 0); /* hidden: later */
    set_window(&stage, 640, 360, true);
    CHECK_EQ(wait_until_settled(&stage), 3);
    set_window(&stage, 640, 360, false);
    CHECK_EQ(wait_until_settled(&stage), 0);
    set_window(&stage, 640, 360, true);
    CHECK_EQ(wait_until_settled(&stage), 3); /* as large as before, but put back */
    stage_finish(check, &stage);
}

/* A PRESENT that failed after its picture was captured comes again with its number, as often as it likes. */
static void a_failed_present_holds_no_copy(struct check *check)
{
    struct stage stage;
    if (!stage_init(check, &stage, &defaults))
        return;
    set_window(&stage, 640, 360, true);
    for (int round = 0; round < 10; round++)
        CHECK(capture(&stage, 1));
    publish(&stage, 1, 1);
    CHECK(capture(&stage, 2) && capture(&stage, 3));
    stage_finish(check, &stage);
}

/* So many presents may be in flight, and the last one shown stays for redrawing; no texture is made anew for it. */
static void copies_are_used_again(struct check *check)
{
    for (uint32_t count = 2; count <= 3; count++) {
        struct stage stage;
        const struct pvgpu_window_output_config config = {.vsync = true, .buffer_count = count};
        if (!stage_init(check, &stage, &config))
            return;
        set_window(&stage, 640, 360, true);
        uint64_t next = 1, shown = 1;
        for (int round = 0; round < 20; round++) {
            while (next < shown + count)
                CHECK(capture(&stage, next++));
            publish(&stage, shown++, 1);
        }
        CHECK_EQ(stage.gpu.made, count + 1);
        CHECK_EQ(stage.output->held_bytes, (uint64_t)(count + 1) * 640 * 360 * 4);
        stage_finish(check, &stage);
    }
}

/* Source sizes and formats change from one present to the next. */
static void copies_follow_the_picture(struct check *check)
{
    static const struct {
        uint32_t given, copied;
        bool linear;
    } formats[] = {{27, 28, false}, {28, 28, false}, {29, 28, false}, {90, 87, false}, {91, 87, false},
                   {24, 24, false}, {23, 24, false}, {10, 10, true},  {9, 10, true},   {93, 88, false},
                   {39, 41, false}, {61, 61, false}, {2, 2, false},   {60, 61, false}, {26, 26, false}};
    struct stage stage;
    if (!stage_init(check, &stage, &defaults))
        return;
    set_window(&stage, 640, 360, true);
    for (uint32_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        stage.picture.format = formats[i].given;
        stage.picture.width = 100 + i;
        CHECK(capture(&stage, i + 1));
        publish(&stage, i + 1, 0);
        CHECK_EQ(stage.gpu.shown_texture.format, formats[i].copied);
        CHECK_EQ(stage.gpu.shown_texture.width, 100 + i);
        CHECK_EQ(stage.gpu.shown.linear_light, formats[i].linear);
        CHECK(stage.gpu.textures <= 3);
    }
    stage_finish(check, &stage);
}

static void what_has_no_texture_is_not_shown(struct check *check)
{
    struct stage stage;
    if (!stage_init(check, &stage, &defaults))
        return;
    set_window(&stage, 640, 360, true);
    CHECK(capture(&stage, 1));
    publish(&stage, 1, 0);
    uint32_t shows = stage.gpu.shows;
    stage.gpu.refused_format = 85;
    stage.picture.format = 85;
    CHECK(!capture(&stage, 2));
    publish(&stage, 2, 0);
    CHECK_EQ(stage.gpu.shows, shows);
    stage.picture.format = 28;
    stage.picture.width = 1000;
    stage.room_bytes = 1000; /* past the VM's limit */
    uint64_t held = stage.output->held_bytes;
    CHECK(!capture(&stage, 3));
    CHECK_EQ(stage.output->held_bytes, held);
    publish(&stage, 3, 0);
    CHECK_EQ(stage.gpu.shows, shows);
    stage.room_bytes = UINT64_MAX;
    CHECK(capture(&stage, 4));
    publish(&stage, 4, 0);
    CHECK_EQ(stage.gpu.shows, shows + 1);
    stage_finish(check, &stage);
}

static void how_presents_wait(struct check *check)
{
    static const struct {
        struct pvgpu_window_output_config config;
        uint32_t asked, interval;
        bool tears;
    } cases[] = {
        {{.vsync = true}, 0, 0, false},
        {{.vsync = true}, 2, 2, false},
        {{.vsync = false}, 2, 0, true},
        {{.vsync = true, .never_waits = true}, 2, 0, false},
        {{.vsync = false, .never_waits = true}, 2, 0, false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct stage stage;
        if (!stage_init(check, &stage, &cases[i].config))
            return;
        set_window(&stage, 640, 360, true);
        capture(&stage, 1);
        publish(&stage, 1, cases[i].asked);
        CHECK_EQ(stage.gpu.interval, cases[i].interval);
        CHECK_EQ(stage.gpu.tears, cases[i].tears);
        stage_finish(check, &stage);
    }
}

/* Nothing is drawn; the last frame is there when the window comes back, also one that was presented meanwhile. */
static void hidden_windows(struct check *check)
{
    struct stage stage;
    if (!stage_init(check, &stage, &defaults))
        return;
    set_window(&stage, 640, 360, true);
    set_window(&stage, 640, 360, false);
    uint32_t shows = stage.gpu.shows;
    stage.output->used_context = false;
    for (uint64_t number = 1; number <= 5; number++) {
        CHECK(capture(&stage, number));
        publish(&stage, number, 1);
    }
    set_window(&stage, 0, 0, true); /* minimised, as some hosts tell it */
    CHECK_EQ(stage.gpu.shows, shows);
    CHECK_EQ(stage.gpu.resizes, 0);
    CHECK(!stage.output->used_context);
    set_window(&stage, 640, 360, true);
    CHECK_EQ(stage.gpu.shows, shows + 1);
    CHECK(!stage.gpu.black);
    stage_finish(check, &stage);
}

/* The epoch is over: frames on their way do not come, nothing is held; what is drawn next is black. */
static void resets(struct check *check)
{
    struct stage stage;
    if (!stage_init(check, &stage, &defaults))
        return;
    set_window(&stage, 640, 360, true);
    capture(&stage, 1);
    publish(&stage, 1, 1);
    capture(&stage, 2);
    stage.output->ops->forget(stage.output);
    CHECK_EQ(stage.output->held_bytes, 0);
    CHECK_EQ(stage.gpu.textures, 0);
    uint32_t shows = stage.gpu.shows;
    publish(&stage, 2, 1);
    CHECK_EQ(stage.gpu.shows, shows);
    set_window(&stage, 641, 360, true);
    CHECK(stage.gpu.black);
    CHECK(capture(&stage, 1));
    publish(&stage, 1, 1);
    CHECK(!stage.gpu.black);
    stage_finish(check, &stage);
}

/* Nothing of the display is touched any more, and nothing is copied. */
static void a_lost_display(struct check *check)
{
    struct stage stage;
    if (!stage_init(check, &stage, &defaults))
        return;
    set_window(&stage, 640, 360, true);
    capture(&stage, 1);
    publish(&stage, 1, 1);
    const struct pvgpu_window_state lost = {.lost = true};
    pvgpu_window_change(&stage.window, &lost, false);
    CHECK_EQ(tend(&stage), PVGPU_NO_TIMEOUT);
    uint32_t shows = stage.gpu.shows, copies = stage.gpu.copies;
    CHECK_EQ(stage.output->held_bytes, 0);
    CHECK(!capture(&stage, 2));
    publish(&stage, 2, 1);
    CHECK_EQ(tend(&stage), PVGPU_NO_TIMEOUT);
    CHECK_EQ(stage.gpu.shows, shows);
    CHECK_EQ(stage.gpu.copies, copies);
    CHECK_EQ(stage.gpu.surfaces, 1); /* left behind, not destroyed */
    stage.gpu.surfaces = 0;
    stage_finish(check, &stage);
}

/* A host that refuses is asked again when the window changes, not with every frame. */
static void refusals(struct check *check)
{
    struct stage stage;
    if (!stage_init(check, &stage, &defaults))
        return;
    stage.gpu.refuses_surface = true;
    set_window(&stage, 640, 360, true);
    stage.gpu.refuses_surface = false;
    tend(&stage);
    capture(&stage, 1);
    publish(&stage, 1, 1);
    CHECK_EQ(stage.gpu.surfaces, 0);
    CHECK_EQ(stage.gpu.shows, 0);
    set_window(&stage, 641, 360, true);
    CHECK_EQ(stage.gpu.surfaces, 1);
    CHECK(!stage.gpu.black);
    stage.gpu.refuses_show = true;
    capture(&stage, 2);
    publish(&stage, 2, 1);
    CHECK_EQ(stage.gpu.surfaces, 0);
    stage.gpu.refuses_show = false;
    uint32_t shows = stage.gpu.shows;
    capture(&stage, 3);
    publish(&stage, 3, 1);
    CHECK_EQ(stage.gpu.shows, shows);
    set_window(&stage, 640, 360, true);
    CHECK_EQ(stage.gpu.surfaces, 1);
    CHECK_EQ(stage.gpu.shows, shows + 1);
    stage_finish(check, &stage);
}

/* RESIZE_BUFFERS says how many buffers there are, within what was configured. */
static void buffer_counts(struct check *check)
{
    static const uint32_t counts[][2] = {{1, 2}, {2, 2}, {0, 2}, {3, 3}, {16, 3}};
    const struct pvgpu_window_output_config config = {.vsync = true, .buffer_count = 3};
    struct stage stage;
    if (!stage_init(check, &stage, &config))
        return;
    set_window(&stage, 640, 360, true);
    CHECK_EQ(stage.gpu.size.buffer_count, 3);
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        const struct pvgpu_output_size size = {.width = 1, .height = 1, .buffer_count = counts[i][0]};
        stage.output->ops->resize(stage.output, &size);
        tend(&stage);
        CHECK_EQ(stage.gpu.size.buffer_count, counts[i][1]);
    }
    stage_finish(check, &stage);
}

/* Named at the first frame; counted about once a second, and once more after the last frame. */
static void titles(struct check *check)
{
    char title[PVGPU_WINDOW_TITLE_BYTES];
    struct stage stage;
    if (!stage_init(check, &stage, &defaults))
        return;
    set_window(&stage, 640, 360, true);
    CHECK_EQ(tend(&stage), PVGPU_NO_TIMEOUT);
    CHECK(!pvgpu_window_take_title(&stage.window, title));
    capture(&stage, 1);
    publish(&stage, 1, 1);
    CHECK(pvgpu_window_take_title(&stage.window, title) && strcmp(title, "vm7 - 640 x 360") == 0);
    CHECK(!pvgpu_window_take_title(&stage.window, title));
    uint64_t wake_ns = tend(&stage);
    CHECK(wake_ns != PVGPU_NO_TIMEOUT);
    while (wake_ns != PVGPU_NO_TIMEOUT) {
        pvgpu_time_sleep_ns(pvgpu_time_left_ns(wake_ns));
        wake_ns = tend(&stage);
    }
    CHECK(pvgpu_window_take_title(&stage.window, title) && strcmp(title, "vm7 - 640 x 360 - 0 frames/s") == 0);
    stage_finish(check, &stage);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(a_frame_is_shown_in_its_turn),
        CHECK_CASE(a_changed_window_settles),
        CHECK_CASE(a_failed_present_holds_no_copy),
        CHECK_CASE(copies_are_used_again),
        CHECK_CASE(copies_follow_the_picture),
        CHECK_CASE(what_has_no_texture_is_not_shown),
        CHECK_CASE(how_presents_wait),
        CHECK_CASE(hidden_windows),
        CHECK_CASE(resets),
        CHECK_CASE(a_lost_display),
        CHECK_CASE(refusals),
        CHECK_CASE(buffer_counts),
        CHECK_CASE(titles),
    };
    return check_run(cases, sizeof(cases) / sizeof(cases[0]), argc, argv);
}
