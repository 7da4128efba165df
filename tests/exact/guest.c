/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "exact.h"
#include "local_host.h"
#include "coverage.h"
#include "perturb.h"

#define TIMEOUT_NS 10000000000ull /* a host that takes longer for one of these cases is stuck */
#define PERTURBED_TIMEOUT_NS (700 * PVGPU_NS_PER_MS)
#define STAGED_BYTES 0x40000u
#define MAX_FRAMES 8u

/* Frames as an output of the host gets them, in the render thread; looked at once a later fence has completed. */
struct frame {
    uint32_t format, width, height;
    uint8_t *pixels; /* tightly packed, owned */
    uint32_t bytes;
};

struct taker {
    struct pvgpu_frame_output base;
    struct frame frames[MAX_FRAMES];
    uint32_t count;
};

struct guest {
    struct local_host host;
    struct pvgpu_guest *guest;
    struct taker taker;
    struct pvgpu_encoder encoder;
    uint8_t *staged;
    struct perturb perturb;
    uint64_t timeout_ns;
};

static struct guest *guest_of(struct exact_run *run)
{
    return run->back;
}

#define ENCODER(run) (&guest_of(run)->encoder)

/* ---- Frames ---- */

static bool is_watched(struct pvgpu_frame_output *output)
{
    (void)output;
    return true;
}

static bool wants_last(struct pvgpu_frame_output *output, uint64_t epoch, uint64_t number)
{
    (void)output;
    (void)epoch;
    (void)number;
    return false;
}

static enum pvgpu_output_result publish(struct pvgpu_frame_output *output, const struct pvgpu_finished_frame *from)
{
    struct taker *taker = (struct taker *)output;
    const struct exact_format *format = exact_format(from->format);
    if (taker->count == MAX_FRAMES || !format)
        return PVGPU_OUTPUT_TAKEN;
    struct frame frame = {from->format, from->width, from->height, NULL, 0};
    uint32_t row_bytes = from->width * format->block_bytes;
    frame.bytes = row_bytes * from->height;
    frame.pixels = malloc(frame.bytes ? frame.bytes : 1);
    for (uint32_t y = 0; frame.pixels && y < from->height; y++)
        memcpy(frame.pixels + (size_t)y * row_bytes, from->pixels.data + (size_t)y * from->pixels.row_pitch, row_bytes);
    if (frame.pixels)
        taker->frames[taker->count++] = frame;
    return PVGPU_OUTPUT_TAKEN;
}

static uint64_t retry_ns(struct pvgpu_frame_output *output)
{
    (void)output;
    return 0;
}

static void nothing(struct pvgpu_frame_output *output)
{
    (void)output;
}

static const struct pvgpu_frame_output_ops taker_ops = {
    .is_watched = is_watched, .wants_last = wants_last, .publish = publish, .retry_ns = retry_ns, .destroy = nothing};

static void drop_frames(struct taker *taker)
{
    for (uint32_t i = 0; i < taker->count; i++)
        free(taker->frames[i].pixels);
    taker->count = 0;
}

/* ---- The stream ---- */

/* From the encoder to the ring; what the field coverage tool changes is changed on the way. */
static bool hand_over(struct pvgpu_encoder *encoder, size_t bytes)
{
    struct guest *guest = encoder->owner;
    (void)bytes;
    perturb_apply(&guest->perturb, encoder->data, encoder->used);
    bool sent = pvgpu_guest_emit(guest->guest, encoder->data, encoder->used);
    encoder->used = 0;
    return sent;
}

static const char *wait_text(enum pvgpu_wait_result result)
{
    switch (result) {
    case PVGPU_WAIT_DONE:
        return "done";
    case PVGPU_WAIT_TIMEOUT:
        return "no answer";
    case PVGPU_WAIT_DEVICE_LOST:
        return "device lost";
    default:
        return "disconnected";
    }
}

/* The host's last error in this epoch; false: there is none. */
static bool note_error(struct exact_run *run)
{
    const struct pvgpu_control_region *region = guest_of(run)->host.region;
    if (!(__atomic_load_n(&region->status, __ATOMIC_ACQUIRE) & PVGPU_STATUS_ERROR))
        return false;
    uint32_t code = __atomic_load_n(&region->error_code, __ATOMIC_RELAXED);
    uint32_t argument = __atomic_load_n(&region->error_argument, __ATOMIC_RELAXED);
    exact_fail(run, "the host reports error %" PRIu32 " (0x%" PRIx32 ")", code, argument);
    return true;
}

/* Everything so far is executed and what it reads back is there. */
static bool finish(struct exact_run *run)
{
    struct guest *guest = guest_of(run);
    bool sent = !guest->encoder.failed && hand_over(&guest->encoder, 0);
    enum pvgpu_wait_result result =
        sent ? pvgpu_guest_finish(guest->guest, guest->timeout_ns) : PVGPU_WAIT_DISCONNECTED;
    note_error(run);
    if (result != PVGPU_WAIT_DONE)
        exact_fail(run, "waiting for the host: %s", wait_text(result));
    return result == PVGPU_WAIT_DONE;
}

/* Where commands that can carry their id in two places have it. */
static bool in_header(uint32_t id)
{
    return id % 2 == 1;
}

static void encode_map(struct exact_run *run, uint32_t id, uint32_t subresource, enum pvgpu_map_mode mode,
                       uint32_t heap_offset)
{
    const struct pvgpu_cmd_map_resource command = {
        .header = {.opcode = PVGPU_MAP_RESOURCE, .id = in_header(id) ? id : 0},
        .id = in_header(id) ? 0 : id,
        .subresource = subresource,
        .mode = mode,
        .heap_offset = heap_offset,
    };
    pvgpu_encode_command(ENCODER(run), &command, sizeof(command), sizeof(command));
}

static void encode_unmap(struct exact_run *run, uint32_t id, uint32_t subresource, uint32_t heap_offset, uint32_t bytes)
{
    const struct pvgpu_cmd_unmap_resource command = {
        .header = {.opcode = PVGPU_UNMAP_RESOURCE, .id = in_header(id) ? id : 0},
        .id = in_header(id) ? 0 : id,
        .subresource = subresource,
        .heap_offset = heap_offset,
        .data_bytes = bytes,
    };
    pvgpu_encode_command(ENCODER(run), &command, sizeof(command), sizeof(command));
}

/* Heap memory with a copy of these bytes; it stays the case's until the reset behind it. */
static uint32_t upload(struct exact_run *run, const void *data, uint32_t bytes)
{
    struct pvgpu_heap_block block = pvgpu_guest_upload(guest_of(run)->guest, data, bytes);
    if (!block.bytes)
        exact_fail(run, "the heap is full");
    return block.offset;
}

/* ---- Resources ---- */

void exact_call_create_resource(struct exact_run *run, const struct pvgpu_cmd_create_resource *desc, const void *data,
                                uint32_t bytes)
{
    struct pvgpu_cmd_create_resource command = *desc;
    if (data) {
        command.data_offset = upload(run, data, bytes);
        command.data_bytes = bytes;
    }
    pvgpu_encode_create_resource(ENCODER(run), desc->header.id, &command);
}

bool exact_call_read(struct exact_run *run, uint32_t id, uint32_t subresource, enum pvgpu_map_mode mode, uint8_t *to,
                     uint32_t bytes)
{
    struct pvgpu_guest *guest = guest_of(run)->guest;
    struct pvgpu_heap_block block = pvgpu_guest_alloc(guest, bytes, 0, TIMEOUT_NS);
    struct pvgpu_heap_block junk = pvgpu_guest_alloc(guest, bytes, 0, TIMEOUT_NS);
    if (!block.bytes || !junk.bytes) {
        exact_fail(run, "the heap is full");
        return false;
    }
    memset(guest->heap + block.offset, 0xA5, block.bytes);
    memset(guest->heap + junk.offset, 0x5A, junk.bytes);
    if (run->shapes[id].bind & PVGPU_BIND_DEPTH_STENCIL)
        mode = PVGPU_MAP_READ; /* nothing could be written back */
    encode_map(run, id, subresource, mode, block.offset);
    if (!finish(run))
        return false;
    memcpy(to, guest->heap + block.offset, bytes);
    /* After a read this copies nothing, after a read and write the bytes that are there anyway. */
    uint32_t back = mode == PVGPU_MAP_READ ? junk.offset : block.offset;
    encode_unmap(run, id, subresource, back, 0);
    return true;
}

void exact_open(struct exact_run *run, uint32_t id, uint32_t existing, uint32_t kind)
{
    struct pvgpu_cmd_open_resource command = {.existing = existing, .kind = kind};
    run->shapes[id] = run->shapes[existing];
    run->patterns[id] = run->patterns[existing];
    pvgpu_encode_open_resource(ENCODER(run), id, &command);
}

/* Half of the ids travel in the header, the others behind it: both are allowed. */
void exact_destroy(struct exact_run *run, enum pvgpu_opcode opcode, uint32_t id)
{
    struct pvgpu_cmd_destroy command = {.header = {.opcode = opcode}};
    if (in_header(id)) {
        command.header.id = id;
        pvgpu_encode_command(ENCODER(run), &command, sizeof(command.header), sizeof(command.header));
    } else {
        command.id = id;
        pvgpu_encode_command(ENCODER(run), &command, sizeof(command), sizeof(command));
    }
}

void exact_map_write(struct exact_run *run, uint32_t id, uint32_t subresource, enum pvgpu_map_mode mode,
                     const void *data, uint32_t bytes)
{
    struct exact_shape shape;
    if (!exact_shape_of(&run->shapes[id], subresource, &shape))
        return;
    uint32_t offset = upload(run, data, bytes ? bytes : shape.bytes);
    if (mode)
        encode_map(run, id, subresource, mode, offset);
    encode_unmap(run, id, subresource, offset, bytes);
}

void exact_update(struct exact_run *run, const struct pvgpu_cmd_update_resource *desc, const void *data, uint32_t bytes)
{
    struct pvgpu_cmd_update_resource command = *desc;
    command.heap_offset = upload(run, data, bytes);
    command.data_bytes = bytes;
    command.header = (struct pvgpu_command_header){.opcode = PVGPU_UPDATE_RESOURCE};
    if (in_header(desc->id)) {
        command.header.id = desc->id;
        command.id = 0;
    }
    pvgpu_encode_command(ENCODER(run), &command, sizeof(command), sizeof(command));
}

void exact_copy(struct exact_run *run, uint32_t destination, uint32_t source)
{
    pvgpu_encode_copy_resource(ENCODER(run), destination, source);
}

void exact_copy_region(struct exact_run *run, const struct pvgpu_cmd_copy_region *desc)
{
    pvgpu_encode_copy_region(ENCODER(run), desc);
}

/* ---- Objects ---- */

void exact_create_shader(struct exact_run *run, uint32_t id, const struct exact_shader *shader, bool as_resource)
{
    uint32_t offset = upload(run, shader->data, shader->bytes);
    struct pvgpu_cmd_create_resource command = {
        .kind = (uint32_t)PVGPU_KIND_VERTEX_SHADER + (uint32_t)shader->stage,
        .data_offset = offset,
        .data_bytes = shader->bytes,
    };
    if (as_resource)
        pvgpu_encode_create_resource(ENCODER(run), id, &command);
    else
        pvgpu_encode_create_shader(ENCODER(run), id, shader->stage, offset, shader->bytes);
}

void exact_create_input_layout(struct exact_run *run, uint32_t id, uint32_t count, const struct exact_element *elements)
{
    struct pvgpu_input_element wire[PVGPU_MAX_INPUT_ELEMENTS];
    for (uint32_t i = 0; i < count; i++) {
        const struct exact_element *e = &elements[i];
        wire[i] = (struct pvgpu_input_element){
            .name_offset = upload(run, e->name, (uint32_t)strlen(e->name) + 1),
            .semantic_index = e->semantic_index,
            .format = e->format,
            .slot = e->slot,
            .byte_offset = e->byte_offset,
            .classification = e->classification,
            .step_rate = e->step_rate,
        };
    }
    pvgpu_encode_create_input_layout(ENCODER(run), id, count, wire);
}

#define FORWARD(name, type) \
    void exact_##name(struct exact_run *run, const struct type *desc) \
    { \
        pvgpu_encode_##name(ENCODER(run), desc); \
    }
FORWARD(create_blend_state, pvgpu_cmd_create_blend_state)
FORWARD(create_rasterizer_state, pvgpu_cmd_create_rasterizer_state)
FORWARD(create_depth_stencil_state, pvgpu_cmd_create_depth_stencil_state)
FORWARD(create_sampler, pvgpu_cmd_create_sampler)
FORWARD(create_render_target_view, pvgpu_cmd_create_render_target_view)
FORWARD(create_depth_stencil_view, pvgpu_cmd_create_depth_stencil_view)
FORWARD(create_shader_resource_view, pvgpu_cmd_create_shader_resource_view)
FORWARD(create_unordered_access_view, pvgpu_cmd_create_unordered_access_view)

/* ---- State ---- */

void exact_set_render_targets(struct exact_run *run, uint32_t count, const uint32_t *views, uint32_t depth_view)
{
    pvgpu_encode_set_render_target(ENCODER(run), count, views, depth_view);
}

void exact_set_viewports(struct exact_run *run, uint32_t count, const struct pvgpu_viewport *viewports)
{
    pvgpu_encode_set_viewport(ENCODER(run), count, viewports);
}

void exact_set_scissors(struct exact_run *run, uint32_t count, const struct pvgpu_rect *rects)
{
    pvgpu_encode_set_scissor(ENCODER(run), count, rects);
}

void exact_set_blend_state(struct exact_run *run, uint32_t id, const float *factor, uint32_t sample_mask)
{
    pvgpu_encode_set_blend_state(ENCODER(run), id, factor, sample_mask);
}

void exact_set_rasterizer_state(struct exact_run *run, uint32_t id)
{
    pvgpu_encode_set_rasterizer_state(ENCODER(run), id);
}

void exact_set_depth_stencil_state(struct exact_run *run, uint32_t id, uint32_t reference)
{
    pvgpu_encode_set_depth_stencil(ENCODER(run), id, reference);
}

void exact_set_shader(struct exact_run *run, enum pvgpu_stage stage, uint32_t id)
{
    pvgpu_encode_set_shader(ENCODER(run), stage, id);
}

void exact_set_samplers(struct exact_run *run, enum pvgpu_stage stage, uint32_t first, uint32_t count,
                        const uint32_t *ids)
{
    pvgpu_encode_set_sampler(ENCODER(run), stage, first, count, ids);
}

void exact_set_constant_buffer(struct exact_run *run, enum pvgpu_stage stage, uint32_t slot, uint32_t id,
                               uint32_t first_constant, uint32_t constant_count)
{
    pvgpu_encode_set_constant_buffer(ENCODER(run), stage, slot, id, first_constant, constant_count);
}

void exact_set_vertex_buffers(struct exact_run *run, uint32_t first, uint32_t count,
                              const struct pvgpu_vertex_buffer *buffers)
{
    pvgpu_encode_set_vertex_buffer(ENCODER(run), first, count, buffers);
}

void exact_set_index_buffer(struct exact_run *run, uint32_t id, uint32_t format, uint32_t offset)
{
    pvgpu_encode_set_index_buffer(ENCODER(run), id, format, offset);
}

void exact_set_input_layout(struct exact_run *run, uint32_t id)
{
    const struct pvgpu_command_header bare = {.opcode = PVGPU_SET_INPUT_LAYOUT, .id = id};
    if (in_header(id))
        pvgpu_encode_command(ENCODER(run), &bare, sizeof(bare), sizeof(bare));
    else
        pvgpu_encode_set_input_layout(ENCODER(run), id);
}

void exact_set_topology(struct exact_run *run, uint32_t topology)
{
    pvgpu_encode_set_primitive_topology(ENCODER(run), topology);
}

void exact_set_shader_resources(struct exact_run *run, enum pvgpu_stage stage, uint32_t first, uint32_t count,
                                const uint32_t *views)
{
    pvgpu_encode_set_shader_resource(ENCODER(run), stage, first, count, views);
}

void exact_set_unordered_access(struct exact_run *run, uint32_t first, uint32_t count, const uint32_t *views,
                                const uint32_t *initial_counts)
{
    pvgpu_encode_set_unordered_access(ENCODER(run), PVGPU_STAGE_COMPUTE, first, count, views, initial_counts);
}

/* ---- Drawing ---- */

void exact_draw(struct exact_run *run, uint32_t vertex_count, uint32_t first_vertex)
{
    pvgpu_encode_draw(ENCODER(run), vertex_count, first_vertex);
}

void exact_draw_indexed(struct exact_run *run, uint32_t index_count, uint32_t first_index, int32_t base_vertex)
{
    pvgpu_encode_draw_indexed(ENCODER(run), index_count, first_index, base_vertex);
}

void exact_draw_instanced(struct exact_run *run, uint32_t vertex_count, uint32_t instance_count, uint32_t first_vertex,
                          uint32_t first_instance)
{
    pvgpu_encode_draw_instanced(ENCODER(run), vertex_count, instance_count, first_vertex, first_instance);
}

void exact_draw_indexed_instanced(struct exact_run *run, uint32_t index_count, uint32_t instance_count,
                                  uint32_t first_index, int32_t base_vertex, uint32_t first_instance)
{
    pvgpu_encode_draw_indexed_instanced(ENCODER(run), index_count, instance_count, first_index, base_vertex,
                                        first_instance);
}

void exact_dispatch(struct exact_run *run, uint32_t x, uint32_t y, uint32_t z)
{
    pvgpu_encode_dispatch(ENCODER(run), x, y, z);
}

void exact_clear_render_target(struct exact_run *run, uint32_t view, float red, float green, float blue, float alpha)
{
    const float color[4] = {red, green, blue, alpha};
    pvgpu_encode_clear_render_target(ENCODER(run), view, color);
}

void exact_clear_depth_stencil(struct exact_run *run, uint32_t view, uint32_t flags, float depth, uint8_t stencil)
{
    pvgpu_encode_clear_depth_stencil(ENCODER(run), view, flags, depth, stencil);
}

/* ---- Synchronisation ---- */

void exact_fence(struct exact_run *run, const char *label, uint64_t value)
{
    struct guest *guest = guest_of(run);
    pvgpu_encode_fence(&guest->encoder, value);
    if (!hand_over(&guest->encoder, 0) || !pvgpu_guest_flush(guest->guest))
        exact_fail(run, "%s: the ring is gone", label);
    enum pvgpu_wait_result result = pvgpu_guest_wait(guest->guest, value, guest->timeout_ns);
    uint64_t completed = pvgpu_guest_completed(guest->guest);
    if (result != PVGPU_WAIT_DONE)
        exact_fail(run, "%s: %s", label, wait_text(result));
    exact_output(run, label, 0, 8, 1, &completed, sizeof(completed));
    guest->guest->fence_last = value; /* the library's own fences go on from here */
}

void exact_wait_fence(struct exact_run *run, uint64_t value)
{
    pvgpu_encode_wait_fence(ENCODER(run), value);
}

void exact_flush(struct exact_run *run)
{
    pvgpu_encode_flush(ENCODER(run));
}

void exact_present(struct exact_run *run, const char *label, uint32_t id, uint32_t sync_interval, uint32_t texture,
                   uint32_t format)
{
    struct taker *taker = &guest_of(run)->taker;
    (void)texture;
    (void)format;
    uint32_t before = taker->count;
    pvgpu_encode_present(ENCODER(run), id, sync_interval);
    if (!finish(run) || taker->count != before + 1) {
        exact_fail(run, "%s: no frame", label);
        return;
    }
    const struct frame *frame = &taker->frames[before];
    exact_output(run, label, frame->format, frame->width, frame->height, frame->pixels, frame->bytes);
}

void exact_resize_buffers(struct exact_run *run, uint32_t width, uint32_t height, uint32_t format,
                          uint32_t buffer_count)
{
    const struct pvgpu_cmd_resize_buffers command = {
        .width = width,
        .height = height,
        .format = format,
        .buffer_count = buffer_count,
    };
    pvgpu_encode_resize_buffers(ENCODER(run), &command);
}

/* ---- What the host can do: exact-direct has found out ---- */

bool exact_needs_format(struct exact_run *run, uint32_t format, uint32_t support)
{
    (void)run;
    (void)format;
    (void)support;
    return true;
}

bool exact_needs_samples(struct exact_run *run, uint32_t format, uint32_t count)
{
    return exact_needs_format(run, format, count);
}

bool exact_needs_min_max_filter(struct exact_run *run)
{
    (void)run;
    return true;
}

const char *exact_program(void)
{
    return "guest";
}

/* ---- The program ---- */

static bool begin(struct exact_run *run)
{
    struct guest *guest = guest_of(run);
    if (!pvgpu_guest_reset(guest->guest)) {
        exact_fail(run, "the reset failed");
        return false;
    }
    drop_frames(&guest->taker);
    pvgpu_encoder_init(&guest->encoder, guest->staged, STAGED_BYTES);
    guest->encoder.make_room = hand_over;
    guest->encoder.owner = guest;
    return true;
}

static void end(struct exact_run *run)
{
    finish(run);
}

static bool open_guest(struct guest *guest, const struct exact_options *options)
{
    struct local_host_config config = {
        .gpu = LOCAL_HOST_D3D11,
        .log_level = options->verbose ? PVGPU_LOG_WARN : PVGPU_LOG_ERROR,
        .output = &guest->taker.base,
    };
    guest->taker.base.ops = &taker_ops;
    guest->staged = malloc(STAGED_BYTES);
    if (!guest->staged || !local_host_create(&guest->host, &config))
        return false;
    guest->guest = pvgpu_guest_create(local_host_transport(&guest->host));
    return guest->guest && pvgpu_guest_wait_ready(guest->guest, TIMEOUT_NS) == PVGPU_WAIT_DONE;
}

static uint64_t close_guest(struct guest *guest)
{
    uint64_t refused = atomic_load(&guest->host.page->statistics.refused_by_host);
    pvgpu_guest_destroy(guest->guest);
    local_host_finish(&guest->host);
    drop_frames(&guest->taker);
    free(guest->staged);
    return refused;
}

int main(int argc, char **argv)
{
    static struct guest guest;
    struct exact_options options;
    if (!exact_parse(&options, argc, argv))
        return 2;
    if (exact_listed(&options))
        return 0;
    if (options.perturb && !perturb_parse(&guest.perturb, options.perturb)) {
        fprintf(stderr, "exact-guest: --perturb takes OPCODE:OFFSET:XOR\n");
        return 2;
    }
    guest.timeout_ns = options.perturb || options.coverage ? PERTURBED_TIMEOUT_NS : TIMEOUT_NS;
    if (!open_guest(&guest, &options)) {
        fprintf(stderr, "exact-guest: no host\n");
        return 3;
    }
    const struct exact_back back = {.begin = begin, .end = end, .user = &guest};
    int code = options.coverage ? !coverage_run(options.coverage, options.host, &back, &guest.perturb)
                                : exact_main(&options, &back);
    uint64_t refused = close_guest(&guest);
    if (options.perturb)
        fprintf(stderr, "exact-guest: %" PRIu64 " commands changed\n", guest.perturb.changed);
    else if (!options.summary && !options.coverage)
        printf("guest: %" PRIu64 " host refusals\n", refused);
    return code ? code : refused && !options.perturb && !options.coverage;
}
