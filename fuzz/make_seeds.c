/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Writes the seeds of the targets control, stream and commands:
 *
 *   make-seeds DIRECTORY    fuzz/seeds; there must be a folder for each target
 *
 * The same program makes the same files. Files that begin with "found-" or "corpus-" are not its own: regressions, and
 * what long runs added.
 */
#include "commands.h"
#include "stream_maker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEED_MOST 4096u
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *directory;
static bool failed;

static void write_seed(const char *target, const char *name, const void *bytes, size_t size)
{
    char path[512];
    snprintf(path, sizeof(path), "%s/%s/%s", directory, target, name);
    FILE *file = fopen(path, "wb");
    bool good = file && size <= SEED_MOST && fwrite(bytes, 1, size, file) == size;
    if (file)
        good &= fclose(file) == 0;
    if (!good)
        fprintf(stderr, "make-seeds: %s: %zu bytes could not be written\n", path, size);
    failed |= !good;
}

/* ---- commands ---------------------------------------------------------------------------------------------------- */

struct sequence {
    const char *name;
    uint8_t options;
    uint8_t kinds[24]; /* enum commands_kind; ends with END */
    uint32_t rounds; /* times that the kinds are gone through, with other parameters */
};
#define END 0xFF
#define ALL (COMMANDS_WORLD | COMMANDS_BOUND)

static const struct sequence sequences[] = {
    {"empty-world", 0, {COMMANDS_CREATE_RESOURCE, COMMANDS_CREATE_SHADER, COMMANDS_CREATE_LAYOUT, END}, 20},
    {"resources", 0, {COMMANDS_CREATE_RESOURCE, COMMANDS_DESTROY, COMMANDS_OPEN, END}, 40},
    {"views",
     COMMANDS_WORLD,
     {COMMANDS_CREATE_TARGET_VIEW, COMMANDS_CREATE_DEPTH_VIEW, COMMANDS_CREATE_INPUT_VIEW,
      COMMANDS_CREATE_UNORDERED_VIEW, END},
     40},
    {"states",
     0,
     {COMMANDS_CREATE_BLEND, COMMANDS_CREATE_RASTERIZER, COMMANDS_CREATE_DEPTH_STATE, COMMANDS_CREATE_SAMPLER, END},
     20},
    {"bind-states",
     ALL,
     {COMMANDS_SET_BLEND, COMMANDS_SET_RASTERIZER, COMMANDS_SET_DEPTH_STATE, COMMANDS_SET_SAMPLER,
      COMMANDS_SET_VIEWPORT, COMMANDS_SET_SCISSOR, COMMANDS_DRAW, END},
     12},
    {"bind-inputs",
     ALL,
     {COMMANDS_SET_VERTICES, COMMANDS_SET_INDICES, COMMANDS_SET_LAYOUT, COMMANDS_SET_TOPOLOGY, COMMANDS_SET_INPUTS,
      COMMANDS_SET_CONSTANTS, COMMANDS_DRAW, END},
     12},
    {"bind-outputs",
     ALL,
     {COMMANDS_SET_TARGETS, COMMANDS_SET_INPUTS, COMMANDS_DRAW, COMMANDS_CLEAR_TARGET, COMMANDS_CLEAR_DEPTH,
      COMMANDS_PRESENT, END},
     16},
    {"stages", ALL, {COMMANDS_SET_SHADER, COMMANDS_SET_TOPOLOGY, COMMANDS_SET_CONSTANTS, COMMANDS_DRAW, END}, 24},
    {"compute",
     ALL,
     {COMMANDS_SET_UNORDERED, COMMANDS_SET_INPUTS, COMMANDS_DISPATCH, COMMANDS_MAP, COMMANDS_FENCE, END},
     20},
    {"transfers",
     COMMANDS_WORLD,
     {COMMANDS_UPDATE, COMMANDS_COPY, COMMANDS_COPY_REGION, COMMANDS_MAP, COMMANDS_UNMAP, COMMANDS_FENCE, END},
     24},
    {"orders",
     ALL,
     {COMMANDS_FENCE, COMMANDS_PRESENT, COMMANDS_WAIT_FENCE, COMMANDS_FLUSH, COMMANDS_RESIZE, COMMANDS_RUN, END},
     16},
    {"destroy-bound", ALL, {COMMANDS_DESTROY, COMMANDS_DRAW, COMMANDS_DESTROY, COMMANDS_CREATE_RESOURCE, END}, 30},
    {"limits", COMMANDS_TIGHT | ALL, {COMMANDS_CREATE_RESOURCE, COMMANDS_CREATE_SHADER, COMMANDS_DESTROY, END}, 40},
    {"trouble",
     ALL,
     {COMMANDS_HOST_TROUBLE, COMMANDS_CREATE_RESOURCE, COMMANDS_MAP, COMMANDS_PRESENT, COMMANDS_FENCE, END},
     16},
    {"spoilt-shaders",
     0,
     {COMMANDS_SPOIL_SHADER, COMMANDS_CREATE_SHADER, COMMANDS_CREATE_SHADER, COMMANDS_SET_SHADER, END},
     24},
    {"opcodes", ALL, {COMMANDS_ANY_OPCODE, COMMANDS_HEAP_WORD, COMMANDS_ANY_OPCODE, END}, 60},
    {"resets", ALL, {COMMANDS_DRAW, COMMANDS_MAP, COMMANDS_FENCE, COMMANDS_RESET, COMMANDS_PRESENT, END}, 6},
};

static void make_sequence(const struct sequence *sequence, uint32_t number)
{
    uint8_t bytes[SEED_MOST] = {sequence->options, (uint8_t)(number & 3)};
    struct stream_random random = {.state = UINT64_C(0x9E3779B97F4A7C15) * (number + 1)};
    size_t used = COMMANDS_RECORD_BYTES;
    for (uint32_t round = 0; round < sequence->rounds; round++) {
        for (const uint8_t *kind = sequence->kinds; *kind != END && used < SEED_MOST; kind++) {
            struct commands_record record = {.kind = *kind};
            for (uint32_t i = 0; i < COMMANDS_PARAMETERS; i++)
                record.parameters[i] = (uint8_t)stream_random_below(&random, 256);
            memcpy(bytes + used, &record, sizeof(record));
            used += sizeof(record);
        }
    }
    write_seed("commands", sequence->name, bytes, used);
}

/* Every kind once, each of its words spoilt in turn. */
static void make_spoilt(void)
{
    uint8_t bytes[SEED_MOST] = {ALL, 0};
    struct stream_random random = {.state = 1};
    for (uint32_t at = 1; at < SEED_MOST / COMMANDS_RECORD_BYTES; at++) {
        struct commands_record record = {.kind = (uint8_t)(at % COMMANDS_ANY_OPCODE)};
        for (uint32_t i = 0; i < COMMANDS_PARAMETERS; i++)
            record.parameters[i] = (uint8_t)stream_random_below(&random, 16);
        record.spoil = (uint8_t)(COMMANDS_SPOIL + at % 32);
        record.spoilt_word = (uint8_t)(at / COMMANDS_ANY_OPCODE + 2);
        record.spoilt_value = (uint8_t)at;
        memcpy(bytes + at * COMMANDS_RECORD_BYTES, &record, sizeof(record));
    }
    write_seed("commands", "spoilt", bytes, SEED_MOST);
}

/* ---- stream ------------------------------------------------------------------------------------------------------ */

/* As fuzz_stream.c has it. */
struct stream_head {
    uint8_t prepared, before_end;
    uint16_t heap_bytes, piece, claimed;
};

static void make_stream(const char *name, const struct stream_head *head, uint64_t seed, uint32_t options, size_t most)
{
    uint8_t bytes[SEED_MOST * 2];
    struct stream_maker maker;
    struct pvgpu_encoder encoder;
    memcpy(bytes, head, sizeof(*head));
    stream_maker_init(&maker, seed, STREAM_HEAP_LEAST);
    pvgpu_encoder_init(&encoder, bytes + sizeof(*head), SEED_MOST);
    encoder.options = options;
    while (encoder.used + 1100 < most)
        stream_maker_step(&maker, &encoder);
    write_seed("stream", name, bytes, sizeof(*head) + encoder.used);
}

/* A heap with one shader and its names, and the commands that use them: nothing is prepared. */
static void make_self_contained(void)
{
    static const char name[] = "POSITION";
    const struct world_shader *shader = &world_shaders[0];
    const uint32_t base = 0x100; /* where fuzz_stream.c puts the heap bytes */
    const struct pvgpu_input_element element = {.name_offset = base, .format = 16};
    const struct pvgpu_cmd_create_resource target = {
        .kind = 2, .format = 28, .width = 16, .height = 16, .mip_count = 1, .bind = PVGPU_BIND_RENDER_TARGET};
    const struct pvgpu_cmd_create_render_target_view view = {.id = 2, .resource = 1};
    const struct pvgpu_viewport viewport = {.width = 16, .height = 16, .max_depth = 1};
    const float color[4] = {1, 0, 0, 1};
    uint8_t bytes[SEED_MOST] = {0};
    struct pvgpu_encoder e;
    struct stream_head head = {.heap_bytes = (uint16_t)(32 + shader->size)};
    memcpy(bytes, &head, sizeof(head));
    memcpy(bytes + sizeof(head), name, sizeof(name));
    memcpy(bytes + sizeof(head) + 32, shader->bytes, shader->size);
    pvgpu_encoder_init(&e, bytes + sizeof(head) + head.heap_bytes, sizeof(bytes) - sizeof(head) - head.heap_bytes);
    pvgpu_encode_create_resource(&e, 1, &target);
    pvgpu_encode_create_render_target_view(&e, &view);
    pvgpu_encode_create_shader(&e, 3, PVGPU_STAGE_VERTEX, base + 32, shader->size);
    pvgpu_encode_create_input_layout(&e, 4, 1, &element);
    pvgpu_encode_set_render_target(&e, 1, &view.id, 0);
    pvgpu_encode_set_viewport(&e, 1, &viewport);
    pvgpu_encode_set_shader(&e, PVGPU_STAGE_VERTEX, 3);
    pvgpu_encode_set_input_layout(&e, 4);
    pvgpu_encode_set_primitive_topology(&e, 4);
    pvgpu_encode_clear_render_target(&e, 2, color);
    pvgpu_encode_draw(&e, 3, 0);
    pvgpu_encode_map_resource(&e, 1, 0, PVGPU_MAP_READ, 0x8000);
    pvgpu_encode_present(&e, 1, 0);
    pvgpu_encode_fence(&e, 1);
    write_seed("stream", "self-contained", bytes, sizeof(head) + head.heap_bytes + e.used);
}

static void make_streams(void)
{
    static const uint8_t noise[] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 15, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    make_self_contained();
    write_seed("stream", "bad-size", noise, sizeof(noise));
    make_stream("scene", &(struct stream_head){.prepared = 2}, 1, 0, 4000);
    make_stream("scene-full-arrays", &(struct stream_head){.prepared = 2}, 2, PVGPU_ENCODE_FULL_ARRAYS, 4000);
    make_stream("scene-exact-sizes", &(struct stream_head){.prepared = 2}, 3, PVGPU_ENCODE_EXACT_SIZE, 4000);
    make_stream("objects-only", &(struct stream_head){.prepared = 1}, 4, 0, 4000);
    make_stream("limits", &(struct stream_head){.prepared = 7}, 5, 0, 4000);
    make_stream("wrap", &(struct stream_head){.prepared = 1, .before_end = 40}, 6, 0, 3000);
    make_stream("wrap-in-header", &(struct stream_head){.prepared = 1, .before_end = 1}, 7, 0, 2000);
    make_stream("pieces", &(struct stream_head){.prepared = 2, .piece = 20}, 8, 0, 3000);
    make_stream("pieces-exact", &(struct stream_head){.prepared = 2, .piece = 100}, 9, PVGPU_ENCODE_EXACT_SIZE, 3000);
    make_stream("claims-more", &(struct stream_head){.prepared = 2, .claimed = 16}, 10, 0, 2000);
}

/* ---- control ----------------------------------------------------------------------------------------------------- */

/* As fuzz_control.c has them. */
struct control_step {
    uint8_t action, moment;
    uint16_t at;
    uint32_t reserved;
    uint64_t value;
};
enum { WRITE_64, WRITE_32, COMMAND, RING_BYTES, MOVE, RESET, RESET_UNANNOUNCED, LAYOUT, TIME, BUSY, REMOVED, DISTANCE };
enum { SLEEP, PEEK, LAYOUT_READ, CLOCK };

struct control_seed {
    const char *name;
    uint8_t options; /* 1: polls, 2: without a GPU, 4: the last reset is not announced */
    struct control_step steps[12]; /* ends with action STOP */
};
#define STOP 0xFF

#define DO(action, moment, at, value) {action, moment, at, 0, value}

static const struct control_seed control_seeds[] = {
    {"fences",
     0,
     {DO(COMMAND, SLEEP, 0, 1), DO(COMMAND, SLEEP, 0, 2), DO(COMMAND, 1, 2, 2), DO(COMMAND, 1, 0, 9),
      DO(STOP, 0, 0, 0)}},
    {"draws",
     1,
     {DO(COMMAND, SLEEP, 3, 0), DO(COMMAND, 1, 4, 0), DO(COMMAND, 1, 5, 7), DO(COMMAND, SLEEP, 0, 1),
      DO(STOP, 0, 0, 0)}},
    {"reset",
     0,
     {DO(COMMAND, SLEEP, 0, 5), DO(RESET, SLEEP, 0, 0), DO(COMMAND, SLEEP, 0, 1), DO(RESET, 1, 1, 0),
      DO(COMMAND, SLEEP, 0, 0), DO(STOP, 0, 0, 0)}},
    {"reset-in-command",
     0,
     {DO(COMMAND, SLEEP, 0, 5), DO(COMMAND, SLEEP, 0, 6), DO(RESET, PEEK, 0, 0), DO(COMMAND, SLEEP, 0, 1),
      DO(STOP, 0, 0, 0)}},
    {"reset-at-layout",
     0,
     {DO(RESET, SLEEP, 0, 0), DO(RESET, LAYOUT_READ, 1, 0), DO(LAYOUT, LAYOUT_READ, 3, 64), DO(COMMAND, SLEEP, 0, 0),
      DO(STOP, 0, 0, 0)}},
    {"unannounced",
     5,
     {DO(COMMAND, SLEEP, 0, 5), DO(RESET_UNANNOUNCED, SLEEP, 0, 0), DO(COMMAND, SLEEP, 0, 0),
      DO(RESET_UNANNOUNCED, SLEEP, 1, 0), DO(STOP, 0, 0, 0)}},
    {"counters",
     1,
     {DO(WRITE_64, SLEEP, 0x60, 3), DO(WRITE_64, SLEEP, 0xE0, 1), DO(WRITE_64, SLEEP, 0x20, ~UINT64_C(0)),
      DO(STOP, 0, 0, 0)}},
    {"status",
     1,
     {DO(WRITE_32, SLEEP, 0x120, 0), DO(COMMAND, SLEEP, 0, 0), DO(WRITE_32, SLEEP, 0x120, 0xFFFFFFFF),
      DO(COMMAND, SLEEP, 0, 0), DO(STOP, 0, 0, 0)}},
    {"layouts",
     1,
     {DO(LAYOUT, SLEEP, 2, 0), DO(RESET, SLEEP, 0, 0), DO(LAYOUT, SLEEP, 2, 0x1000), DO(LAYOUT, SLEEP, 3, 0xFFFFFFF0),
      DO(RESET, SLEEP, 0, 0), DO(LAYOUT, SLEEP, 3, 0x10000), DO(LAYOUT, SLEEP, 4, 0x2FFF0), DO(LAYOUT, SLEEP, 5, 0x10),
      DO(RESET, SLEEP, 0, 0), DO(COMMAND, SLEEP, 0, 0), DO(STOP, 0, 0, 0)}},
    {"partial",
     0,
     {DO(RING_BYTES, SLEEP, 0, 0x4000000301), DO(MOVE, SLEEP, 0, 32), DO(TIME, SLEEP, 0, 500), DO(MOVE, SLEEP, 0, 32),
      DO(STOP, 0, 0, 0)}},
    {"partial-too-long",
     0,
     {DO(RING_BYTES, SLEEP, 0, 0x4000000301), DO(MOVE, SLEEP, 0, 32), DO(TIME, SLEEP, 0, 2000), DO(STOP, 0, 0, 0)}},
    {"backwards",
     0,
     {DO(COMMAND, SLEEP, 0, 1), DO(MOVE, SLEEP, 0, 0xFFF8), DO(MOVE, SLEEP, 0, 0xFFE0), DO(COMMAND, SLEEP, 0, 0),
      DO(STOP, 0, 0, 0)}},
    {"distances",
     0,
     {DO(DISTANCE, SLEEP, 0, 0x10010), DO(RESET, SLEEP, 0, 0), DO(DISTANCE, SLEEP, 0, 0x10020), DO(RESET, SLEEP, 0, 0),
      DO(DISTANCE, SLEEP, 0, 0), DO(STOP, 0, 0, 0)}},
    {"busy",
     1,
     {DO(BUSY, SLEEP, 1, 0), DO(COMMAND, SLEEP, 0, 1), DO(COMMAND, SLEEP, 2, 1), DO(TIME, SLEEP, 0, 100),
      DO(BUSY, CLOCK, 0, 0), DO(STOP, 0, 0, 0)}},
    {"lost",
     0,
     {DO(COMMAND, SLEEP, 0, 1), DO(REMOVED, SLEEP, 0, 0), DO(COMMAND, SLEEP, 0, 2), DO(COMMAND, SLEEP, 3, 0),
      DO(RESET, SLEEP, 0, 0), DO(COMMAND, SLEEP, 0, 0), DO(STOP, 0, 0, 0)}},
    {"lost-unannounced",
     5,
     {DO(REMOVED, SLEEP, 0, 0), DO(COMMAND, SLEEP, 0, 2), DO(RESET_UNANNOUNCED, SLEEP, 0, 0), DO(COMMAND, SLEEP, 0, 0),
      DO(STOP, 0, 0, 0)}},
    {"without-gpu",
     3,
     {DO(COMMAND, SLEEP, 0, 1), DO(COMMAND, SLEEP, 3, 0), DO(COMMAND, SLEEP, 0, 3), DO(RESET_UNANNOUNCED, PEEK, 1, 0),
      DO(STOP, 0, 0, 0)}},
};

static void make_control(const struct control_seed *seed)
{
    uint8_t bytes[16 + sizeof(seed->steps)] = {seed->options};
    size_t count = 0;
    while (count < COUNT(seed->steps) && seed->steps[count].action != STOP)
        count++;
    memcpy(bytes + 16, seed->steps, count * sizeof(seed->steps[0]));
    write_seed("control", seed->name, bytes, 16 + count * sizeof(seed->steps[0]));
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: make-seeds DIRECTORY\n");
        return 2;
    }
    directory = argv[1];
    for (uint32_t i = 0; i < COUNT(sequences); i++)
        make_sequence(&sequences[i], i);
    make_spoilt();
    make_streams();
    for (size_t i = 0; i < COUNT(control_seeds); i++)
        make_control(&control_seeds[i]);
    return failed;
}
