/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "present/window_output.h"

#include "base/checked.h"
#include "base/time.h"
#include "present/fit.h"
#include "present/frame_format.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS_MOST 4u /* for 3 presents in flight, and the one that is shown */
#define NONE SLOTS_MOST
#define SRV_TEXTURE_2D 4u /* D3D11_SRV_DIMENSION_TEXTURE2D */
#define TITLE_NS PVGPU_NS_PER_S
#define SETTLE_DRAWS 3u
#define SETTLE_NS (50 * PVGPU_NS_PER_MS)

/* A copy of a presented picture. */
struct slot {
    struct pvgpu_resource picture; /* bytes is 0 while there is no texture */
    struct pvgpu_view view; /* of it */
    uint64_t number; /* of the frame that it waits to be shown for; 0: it does not wait */
};

struct window_output {
    struct pvgpu_frame_output base;
    struct pvgpu_window_output_config config;
    struct pvgpu_log log;
    struct slot slots[SLOTS_MOST];
    uint32_t slot_count;
    uint32_t shown; /* index of the slot that the window shows; NONE: it is black */
    struct pvgpu_window_state state; /* as it was looked at last */
    struct pvgpu_gpu_surface *surface; /* NULL: not made yet, or given up */
    struct pvgpu_surface_size size; /* of the surface */
    uint32_t buffer_count; /* that it should have */
    uint32_t settle_draws; /* how often what is shown is still to be drawn again after a change of the window */
    uint64_t settle_ns; /* when the next time is */
    bool given_up; /* the host refused: no surface until the window changes */
    bool warned_of_format, warned_of_room;
    /* For the title. */
    uint32_t width, height; /* of the picture shown last; 0: none yet */
    uint64_t frames, counted_since_ns; /* since the title was made; 0: nothing is counted */
    char title[PVGPU_WINDOW_TITLE_BYTES];
};

static struct window_output *from(struct pvgpu_frame_output *output)
{
    return (struct window_output *)output;
}

/* ---- Copies of pictures ---- */

static void release_slot(struct window_output *this, struct slot *slot)
{
    struct pvgpu_gpu *gpu = this->config.gpu;
    gpu->ops->release(gpu, slot->view.base.host);
    gpu->ops->release(gpu, slot->picture.base.host);
    this->base.held_bytes -= slot->picture.bytes;
    *slot = (struct slot){0};
}

static void release_slots(struct window_output *this)
{
    for (uint32_t i = 0; i < this->slot_count; i++)
        release_slot(this, &this->slots[i]);
    this->shown = NONE;
}

/*
 * The format of a copy: of the same family, so that it can be copied, and one whose texels a shader reads as they are
 * to be shown. Bytes of sRGB formats are encoded already: they are neither decoded nor encoded again.
 */
static uint32_t copy_format(uint32_t format)
{
    switch (format) {
    case 1: /* R32G32B32A32 */
    case 5: /* R32G32B32 */
    case 9: /* R16G16B16A16 */
    case 15: /* R32G32 */
    case 23: /* R10G10B10A2 */
    case 27: /* R8G8B8A8 */
    case 33: /* R16G16 */
    case 48: /* R8G8 */
    case 53: /* R16 */
    case 60: /* R8 */
        return format + 1; /* typeless: the FLOAT or UNORM member comes next */
    case 39:
        return 41; /* R32_TYPELESS, R32_FLOAT */
    case 90: /* B8G8R8A8_TYPELESS */
    case PVGPU_FRAME_BGRA8_SRGB:
        return PVGPU_FRAME_BGRA8;
    case 92: /* B8G8R8X8_TYPELESS */
    case 93: /* B8G8R8X8_UNORM_SRGB */
        return 88;
    case PVGPU_FRAME_RGBA8_SRGB:
        return PVGPU_FRAME_RGBA8;
    default:
        return format;
    }
}

static bool fits(const struct slot *slot, uint32_t format, const struct pvgpu_resource *picture)
{
    return slot->picture.bytes && slot->picture.format == format && slot->picture.width == picture->width &&
           slot->picture.height == picture->height;
}

/* Makes texture and view. False: the host, or the VM's limit, does not have it. */
static bool make_copy(struct window_output *this, struct slot *slot, uint32_t format,
                      const struct pvgpu_presented *presented)
{
    struct pvgpu_gpu *gpu = this->config.gpu;
    const struct pvgpu_resource *picture = presented->picture;
    uint64_t bytes = (uint64_t)picture->width * picture->height * pvgpu_frame_format_bytes(format);
    uint64_t before = slot->picture.bytes;
    release_slot(this, slot);
    if (bytes > before && bytes - before > presented->room_bytes) {
        if (!this->warned_of_room)
            pvgpu_warn(&this->log, "A frame is not shown: its copy would lead past the VM's limit of memory");
        this->warned_of_room = true;
        return false;
    }
    slot->picture = (struct pvgpu_resource){
        .base = {.type = PVGPU_OBJECT_RESOURCE, .references = 1},
        .kind = PVGPU_KIND_TEXTURE_2D,
        .format = format,
        .width = picture->width,
        .height = picture->height,
        .depth = 1,
        .array_length = 1,
        .mip_count = 1,
        .sample_count = 1,
        .bind = PVGPU_BIND_SHADER_RESOURCE,
    };
    slot->view = (struct pvgpu_view){
        .base = {.type = PVGPU_OBJECT_SHADER_RESOURCE_VIEW, .references = 1},
        .resource = &slot->picture,
        .format = format,
        .dimension = SRV_TEXTURE_2D,
        .mip_count = 1,
    };
    if (gpu->ops->create_resource(gpu, &slot->picture, NULL) != PVGPU_GPU_OK ||
        gpu->ops->create_view(gpu, &slot->view) != PVGPU_GPU_OK) {
        release_slot(this, slot);
        if (!this->warned_of_format)
            pvgpu_warn(&this->log, "Frames of %ux%u %s are not shown: the host has no such texture", picture->width,
                       picture->height, pvgpu_frame_format_name(format));
        this->warned_of_format = true;
        return false;
    }
    slot->picture.bytes = bytes;
    this->base.held_bytes += bytes;
    return true;
}

/* A PRESENT may fail after its picture was captured: its number comes again. */
static void forget_number(struct window_output *this, uint64_t number)
{
    for (uint32_t i = 0; i < this->slot_count; i++) {
        if (this->slots[i].number == number)
            this->slots[i].number = 0;
    }
}

/* Neither shown nor waiting, if possible one that needs no new texture. */
static struct slot *free_slot(struct window_output *this, uint32_t format, const struct pvgpu_resource *picture)
{
    struct slot *found = NULL;
    for (uint32_t i = 0; i < this->slot_count; i++) {
        struct slot *slot = &this->slots[i];
        if (slot->number || i == this->shown)
            continue;
        if (fits(slot, format, picture))
            return slot;
        found = found ? found : slot;
    }
    return found;
}

static bool capture(struct pvgpu_frame_output *output, const struct pvgpu_presented *presented)
{
    struct window_output *this = from(output);
    struct pvgpu_gpu *gpu = this->config.gpu;
    uint32_t format = copy_format(presented->format);
    if (this->state.lost)
        return false;
    forget_number(this, presented->number);
    struct slot *slot = free_slot(this, format, presented->picture);
    if (!slot || (!fits(slot, format, presented->picture) && !make_copy(this, slot, format, presented)))
        return false;
    gpu->ops->copy_region(gpu, &slot->picture, 0, 0, 0, 0, presented->picture, 0, NULL);
    slot->number = presented->number;
    return true;
}

/* ---- The window ---- */

static void give_up(struct window_output *this)
{
    struct pvgpu_gpu *gpu = this->config.gpu;
    gpu->ops->surface_destroy(gpu, this->surface);
    this->surface = NULL;
    this->given_up = true;
}

/* Draws what is shown. */
static void show(struct window_output *this, uint32_t sync_interval)
{
    struct pvgpu_gpu *gpu = this->config.gpu;
    struct pvgpu_surface_picture picture = {0};
    if (!this->surface)
        return;
    if (this->shown != NONE) {
        struct slot *slot = &this->slots[this->shown];
        struct pvgpu_fit fit =
            pvgpu_fit_into(slot->picture.width, slot->picture.height, this->size.width, this->size.height);
        picture = (struct pvgpu_surface_picture){
            .view = &slot->view,
            .x = fit.x,
            .y = fit.y,
            .width = fit.width,
            .height = fit.height,
            .scale = fit.scale,
            .linear_light = slot->picture.format == PVGPU_FRAME_RGBA16F,
        };
    }
    uint32_t interval = this->config.vsync && !this->config.never_waits ? sync_interval : 0;
    bool tears = !this->config.vsync && !this->config.never_waits;
    enum pvgpu_gpu_result result =
        gpu->ops->surface_show(gpu, this->surface, this->shown == NONE ? NULL : &picture, interval, tears);
    this->base.used_context = true;
    if (result != PVGPU_GPU_OK && result != PVGPU_GPU_LOST)
        give_up(this);
}

static bool is_drawable(const struct window_output *this)
{
    const struct pvgpu_window_state *state = &this->state;
    return state->visible && !state->lost && state->width && state->height;
}

/*
 * A present that meets a window of another size than the host's images have may be lost, and so may the next one, by
 * which the host finds out (Vulkan's surfaces on X11 do that); and one that meets a window which the display has not
 * put back yet is lost as well. So what is shown is drawn again a few times.
 */
static void start_settling(struct window_output *this)
{
    this->settle_draws = SETTLE_DRAWS;
    this->settle_ns = pvgpu_time_deadline_ns(SETTLE_NS);
}

/* Gives the surface the window's size. True: what is shown must be drawn anew. */
static bool follow_size(struct window_output *this)
{
    struct pvgpu_gpu *gpu = this->config.gpu;
    const struct pvgpu_surface_size size = {this->state.width, this->state.height, this->buffer_count};
    if (this->given_up)
        return false;
    if (!this->surface) {
        this->surface = gpu->ops->surface_create(gpu, this->config.window->native, &size);
        this->given_up = !this->surface;
        if (this->given_up)
            pvgpu_warn(&this->log, "Nothing is shown until the window changes: the host makes no swapchain for it");
    } else if (size.width != this->size.width || size.height != this->size.height ||
               size.buffer_count != this->size.buffer_count) {
        if (gpu->ops->surface_resize(gpu, this->surface, &size) != PVGPU_GPU_OK)
            give_up(this);
        start_settling(this);
    } else {
        return false;
    }
    this->size = size;
    return this->surface;
}

/* Drivers may wait for an answer of the display when a surface goes: it is left behind, for the process's end. */
static void lose(struct window_output *this)
{
    pvgpu_warn(&this->log, "The display is gone: the VM goes on without a window");
    this->surface = NULL;
    release_slots(this);
}

static void look_at_window(struct window_output *this)
{
    struct pvgpu_window_state state = pvgpu_window_state(this->config.window), before = this->state;
    bool changed = state.width != before.width || state.height != before.height || state.visible != before.visible;
    this->state = state;
    this->given_up &= !changed;
    if (state.lost && !before.lost)
        lose(this);
    if (!is_drawable(this))
        return;
    if (this->surface && !before.visible)
        start_settling(this);
    if (follow_size(this) || changed || state.exposures != before.exposures)
        show(this, 0);
}

static void settle(struct window_output *this, uint64_t *wake_ns)
{
    if (!this->settle_draws || !is_drawable(this))
        return;
    if (pvgpu_time_left_ns(this->settle_ns) == 0) {
        this->settle_draws--;
        this->settle_ns = pvgpu_time_deadline_ns(SETTLE_NS);
        show(this, 0);
    }
    if (this->settle_draws && this->settle_ns < *wake_ns)
        *wake_ns = this->settle_ns;
}

/* ---- The title ---- */

static void make_title(struct window_output *this, uint64_t now)
{
    char title[PVGPU_WINDOW_TITLE_BYTES];
    uint64_t elapsed = now - this->counted_since_ns;
    uint64_t rate = (this->frames * PVGPU_NS_PER_S + elapsed / 2) / elapsed;
    snprintf(title, sizeof(title), "%.64s - %u x %u - %llu frames/s", this->config.name, this->width, this->height,
             (unsigned long long)rate);
    /* Once more after the last frame, to say that there are none. */
    this->counted_since_ns = this->frames ? now : 0;
    this->frames = 0;
    if (strcmp(title, this->title) == 0)
        return;
    memcpy(this->title, title, sizeof(title));
    pvgpu_window_set_title(this->config.window, title);
}

static void count_frame(struct window_output *this, const struct pvgpu_finished_frame *frame)
{
    bool first = !this->width;
    this->width = frame->width;
    this->height = frame->height;
    this->frames++;
    if (!this->counted_since_ns)
        this->counted_since_ns = pvgpu_time_now_ns();
    if (!first)
        return;
    snprintf(this->title, sizeof(this->title), "%.64s - %u x %u", this->config.name, this->width, this->height);
    pvgpu_window_set_title(this->config.window, this->title);
}

static void keep_title(struct window_output *this, uint64_t *wake_ns)
{
    if (!this->counted_since_ns || this->state.lost)
        return;
    uint64_t now = pvgpu_time_now_ns();
    if (now - this->counted_since_ns >= TITLE_NS)
        make_title(this, now);
    uint64_t due = this->counted_since_ns + TITLE_NS;
    if (this->counted_since_ns && due < *wake_ns)
        *wake_ns = due;
}

/* ---- The output ---- */

static enum pvgpu_output_result publish(struct pvgpu_frame_output *output, const struct pvgpu_finished_frame *frame)
{
    struct window_output *this = from(output);
    if (frame->repeated)
        return PVGPU_OUTPUT_TAKEN;
    count_frame(this, frame);
    for (uint32_t i = 0; i < this->slot_count; i++) {
        struct slot *slot = &this->slots[i];
        if (slot->number != frame->number)
            continue;
        slot->number = 0;
        this->shown = i;
        if (is_drawable(this))
            show(this, frame->sync_interval);
        break;
    }
    return PVGPU_OUTPUT_TAKEN;
}

static void resize(struct pvgpu_frame_output *output, const struct pvgpu_output_size *size)
{
    struct window_output *this = from(output);
    if (!size->buffer_count)
        return;
    uint32_t count = size->buffer_count < 2 ? 2 : size->buffer_count;
    this->buffer_count = count < this->config.buffer_count ? count : this->config.buffer_count;
}

static void forget(struct pvgpu_frame_output *output)
{
    release_slots(from(output));
}

static void tend(struct pvgpu_frame_output *output, uint64_t *wake_ns)
{
    struct window_output *this = from(output);
    look_at_window(this);
    settle(this, wake_ns);
    keep_title(this, wake_ns);
}

static void destroy(struct pvgpu_frame_output *output)
{
    struct window_output *this = from(output);
    if (!output)
        return;
    struct pvgpu_gpu *gpu = this->config.gpu;
    gpu->ops->surface_destroy(gpu, this->surface);
    release_slots(this);
    free(this);
}

static const struct pvgpu_frame_output_ops ops = {
    .capture = capture,
    .publish = publish,
    .resize = resize,
    .forget = forget,
    .tend = tend,
    .destroy = destroy,
};

struct pvgpu_frame_output *pvgpu_window_output_create(const struct pvgpu_window_output_config *config)
{
    struct window_output *this = calloc(1, sizeof(*this));
    if (!this) {
        pvgpu_error(&config->log, "No memory for the window");
        return NULL;
    }
    this->base.ops = &ops;
    this->config = *config;
    this->log = pvgpu_log_for(&config->log, "pvgpu_backend::window");
    this->slot_count = config->buffer_count + 1;
    this->buffer_count = config->buffer_count;
    this->shown = NONE;
    return &this->base;
}
