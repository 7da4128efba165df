/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The exactness suite: small cases, each written once against the calls below and run by two programs.
 *
 *   exact-direct   makes plain Direct3D 11 calls (direct*.c); links nothing of src/
 *   exact-guest    encodes commands (guest.c) for a host in the same process: ring, renderer, Direct3D 11
 *
 * Both read back the same outputs into a result file each; compare.py wants them equal byte for byte. Cases also state
 * pixels that were worked out by hand (exact_expect_*), which hold in both programs.
 *
 * Descriptions are the wire structures, since they use Direct3D 11's own terms and numbers; what a field means is
 * docs/protocol.md's matter, and exact-direct follows that page on its own. Ids are the case's to choose, from 1.
 *
 * One thread, apart from what the renderer does behind exact-guest.
 */
#ifndef PVGPU_TESTS_EXACT_H
#define PVGPU_TESTS_EXACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "pvgpu/protocol.h"

#define EXACT_MAX_ID 4096u /* highest id that a case may use */
#define EXACT_MAX_OUTPUTS 96u

/* ---- Shaders ---------------------------------------------------------------------------------------------------- */

/* A compiled shader of shaders/exact/. */
struct exact_shader {
    const char *name; /* as its file: "color_vs" */
    enum pvgpu_stage stage;
    const uint8_t *data; /* DXBC container */
    uint32_t bytes;
};

/* The shader with that file name, without ".hlsl". Ends the program if there is none. */
const struct exact_shader *exact_shader(const char *name);

/* ---- Formats ---------------------------------------------------------------------------------------------------- */

/* DXGI formats as the suite knows them: a table of its own, not the backend's. */
struct exact_format {
    uint32_t number;
    const char *name; /* "R8G8B8A8_UNORM" */
    uint8_t block_bytes;
    uint8_t block_width, block_height; /* texels */
    char type; /* 't' typeless, 'f' float, 'u' UNORM, 'n' SNORM, 's' sRGB, 'i' UINT, 'j' SINT, 'd' depth, 'x' other */
    uint32_t family; /* number of the typeless format, or its own */
};

const struct exact_format *exact_format(uint32_t number); /* NULL: unknown */
extern const struct exact_format exact_formats[];
extern const size_t exact_format_count;

/* ---- A running case --------------------------------------------------------------------------------------------- */

/* What is read back and compared. */
struct exact_output {
    char label[48];
    uint32_t format; /* 0: a buffer or numbers */
    uint32_t width, height, depth; /* texels of the subresource, or bytes x 1 x 1 */
    uint32_t row_bytes, rows; /* of blocks; rows of one slice */
    uint32_t bytes;
    uint8_t *data; /* owned */
    bool is_blank; /* holds what it was filled with, or nothing but one value */
};

struct exact_run;

/* Flags of a case: why it may leave only blank outputs. */
#define EXACT_UNIFORM 0x1u /* what it writes is one value everywhere */
#define EXACT_UNCHANGED 0x2u /* nothing must change */

struct exact_case {
    char name[64];
    void (*run)(struct exact_run *run, const void *row);
    const void *row; /* of the case's table; may be NULL */
    uint32_t flags; /* EXACT_* */
};

struct exact_list {
    struct exact_case *cases; /* owned */
    size_t count, capacity;
};

/* Adds a case; name is printf's. Ends the program when memory is short or a name is given twice. */
#if defined(__MINGW32__)
__attribute__((format(gnu_printf, 5, 6)))
#else
__attribute__((format(printf, 5, 6)))
#endif
void exact_add(struct exact_list *list, void (*run)(struct exact_run *run, const void *row), const void *row,
               uint32_t flags, const char *name, ...);

/* One function a file of cases. */
void exact_add_formats(struct exact_list *list);
void exact_add_blends(struct exact_list *list);
void exact_add_depths(struct exact_list *list);
void exact_add_rasters(struct exact_list *list);
void exact_add_inputs(struct exact_list *list);
void exact_add_draws(struct exact_list *list);
void exact_add_samplers(struct exact_list *list);
void exact_add_textures(struct exact_list *list);
void exact_add_targets(struct exact_list *list);
void exact_add_transfers(struct exact_list *list);
void exact_add_constants(struct exact_list *list);
void exact_add_stages(struct exact_list *list);
void exact_add_computes(struct exact_list *list);
void exact_add_lives(struct exact_list *list);
void exact_add_syncs(struct exact_list *list);

struct exact_run {
    const struct exact_case *test;
    uint32_t next_id; /* given out by exact_id */
    struct exact_output outputs[EXACT_MAX_OUTPUTS];
    uint32_t output_count;
    char skipped[160]; /* why the host cannot do it; "" when it can */
    char failed[240]; /* the first failure; "" when there is none */
    /* What resources were created as, and with which pattern (0: none), to know their shapes and what is blank. */
    struct pvgpu_cmd_create_resource shapes[EXACT_MAX_ID + 1];
    uint32_t patterns[EXACT_MAX_ID + 1];
    uint32_t expectations; /* stated by hand and looked at */
    void *back; /* the program's own */
};

uint32_t exact_id(struct exact_run *run);

/* Notes a failure; the first one is kept. */
#if defined(__MINGW32__)
__attribute__((format(gnu_printf, 2, 3)))
#else
__attribute__((format(printf, 2, 3)))
#endif
void exact_fail(struct exact_run *run, const char *text, ...);

/* ---- Resources and outputs (shared by both programs: record.c) ------------------------------------------------------ */

/* Shape of one subresource, from what the resource was created as. False: there is no such subresource. */
struct exact_shape {
    uint32_t width, height, depth; /* texels, or bytes x 1 x 1 */
    uint32_t row_bytes, rows; /* tightly packed */
    uint32_t bytes; /* all slices */
};
bool exact_shape_of(const struct pvgpu_cmd_create_resource *resource, uint32_t subresource, struct exact_shape *shape);
uint32_t exact_mip_count(const struct pvgpu_cmd_create_resource *resource);
uint32_t exact_subresource_count(const struct pvgpu_cmd_create_resource *resource);
/* Tightly packed, all subresources. */
uint32_t exact_resource_bytes(const struct pvgpu_cmd_create_resource *resource);

/* Bytes that look like nothing that a case draws; the same for the same seed. */
void exact_pattern(uint8_t *bytes, size_t count, uint32_t seed);

/* header.id is the new id. data may be NULL: no initial content. */
void exact_create_resource(struct exact_run *run, const struct pvgpu_cmd_create_resource *desc, const void *data);
/* The same, filled with a pattern: for outputs. */
void exact_create_filled(struct exact_run *run, const struct pvgpu_cmd_create_resource *desc);

/* Reads subresources back as outputs; a label of its own for each. */
const struct exact_output *exact_read(struct exact_run *run, uint32_t id, uint32_t subresource, const char *label);
void exact_read_all(struct exact_run *run, uint32_t id, const char *label);
/* An output that is no subresource. */
struct exact_output *exact_output(struct exact_run *run, const char *label, uint32_t format, uint32_t width,
                                  uint32_t height, const void *data, uint32_t bytes);

/* The texel or block at (x, y) of an output is exactly these bytes. output may be NULL (a failed read). */
void exact_expect(struct exact_run *run, const struct exact_output *output, uint32_t x, uint32_t y, const void *bytes,
                  uint32_t count);
void exact_expect_rgba8(struct exact_run *run, const struct exact_output *output, uint32_t x, uint32_t y, uint8_t red,
                        uint8_t green, uint8_t blue, uint8_t alpha);
void exact_expect_u32(struct exact_run *run, const struct exact_output *output, uint32_t x, uint32_t y, uint32_t value);
void exact_expect_float(struct exact_run *run, const struct exact_output *output, uint32_t x, uint32_t y, float value);

/* ---- Calls (each program has its own: direct*.c, guest.c) ----------------------------------------------------------- */

/* Whether the host can do what a case is about; if not, the case is skipped and should return. exact-guest says yes and
 * is told by exact-direct's results which cases to leave out. */
#define EXACT_SUPPORT_BUFFER 0x1u /* D3D11_FORMAT_SUPPORT */
#define EXACT_SUPPORT_VERTEX 0x2u
#define EXACT_SUPPORT_TEXTURE_1D 0x10u
#define EXACT_SUPPORT_TEXTURE_2D 0x20u
#define EXACT_SUPPORT_TEXTURE_3D 0x40u
#define EXACT_SUPPORT_CUBE 0x80u
#define EXACT_SUPPORT_LOAD 0x100u
#define EXACT_SUPPORT_SAMPLE 0x200u
#define EXACT_SUPPORT_RENDER 0x4000u
#define EXACT_SUPPORT_BLEND 0x8000u
#define EXACT_SUPPORT_DEPTH 0x10000u
#define EXACT_SUPPORT_TYPED_UAV 0x2000000u
bool exact_needs_format(struct exact_run *run, uint32_t format, uint32_t support);
bool exact_needs_samples(struct exact_run *run, uint32_t format, uint32_t count);
bool exact_needs_min_max_filter(struct exact_run *run);
/* SV_RenderTargetArrayIndex and so on are always there; this one is the program's name for a message: "direct". */
const char *exact_program(void);

void exact_call_create_resource(struct exact_run *run, const struct pvgpu_cmd_create_resource *desc, const void *data,
                                uint32_t bytes);
/* Reads `bytes` bytes of a subresource, tightly packed; mode: PVGPU_MAP_READ or PVGPU_MAP_READ_WRITE. */
bool exact_call_read(struct exact_run *run, uint32_t id, uint32_t subresource, enum pvgpu_map_mode mode, uint8_t *to,
                     uint32_t bytes);

/* as_resource: through CREATE_RESOURCE's kinds 5 to 10. */
void exact_create_shader(struct exact_run *run, uint32_t id, const struct exact_shader *shader, bool as_resource);
void exact_create_blend_state(struct exact_run *run, const struct pvgpu_cmd_create_blend_state *desc);
void exact_create_rasterizer_state(struct exact_run *run, const struct pvgpu_cmd_create_rasterizer_state *desc);
void exact_create_depth_stencil_state(struct exact_run *run, const struct pvgpu_cmd_create_depth_stencil_state *desc);
void exact_create_sampler(struct exact_run *run, const struct pvgpu_cmd_create_sampler *desc);

struct exact_element {
    const char *name;
    uint32_t semantic_index;
    uint32_t format;
    uint32_t slot;
    uint32_t byte_offset; /* or PVGPU_APPEND_ALIGNED */
    uint32_t classification;
    uint32_t step_rate;
};
void exact_create_input_layout(struct exact_run *run, uint32_t id, uint32_t count,
                               const struct exact_element *elements);
void exact_create_render_target_view(struct exact_run *run, const struct pvgpu_cmd_create_render_target_view *desc);
void exact_create_depth_stencil_view(struct exact_run *run, const struct pvgpu_cmd_create_depth_stencil_view *desc);
void exact_create_shader_resource_view(struct exact_run *run, const struct pvgpu_cmd_create_shader_resource_view *desc);
void exact_create_unordered_access_view(struct exact_run *run,
                                        const struct pvgpu_cmd_create_unordered_access_view *desc);
/* opcode: the DESTROY command that fits the object. */
void exact_destroy(struct exact_run *run, enum pvgpu_opcode opcode, uint32_t id);

void exact_map_write(struct exact_run *run, uint32_t id, uint32_t subresource, enum pvgpu_map_mode mode,
                     const void *data, uint32_t bytes /* 0: all of the subresource */);
/* The heap words of desc are ignored. */
void exact_update(struct exact_run *run, const struct pvgpu_cmd_update_resource *desc, const void *data,
                  uint32_t bytes);
void exact_copy(struct exact_run *run, uint32_t destination, uint32_t source);
void exact_copy_region(struct exact_run *run, const struct pvgpu_cmd_copy_region *desc);
void exact_open(struct exact_run *run, uint32_t id, uint32_t existing, uint32_t kind);

void exact_set_render_targets(struct exact_run *run, uint32_t count, const uint32_t *views, uint32_t depth_view);
void exact_set_viewports(struct exact_run *run, uint32_t count, const struct pvgpu_viewport *viewports);
void exact_set_scissors(struct exact_run *run, uint32_t count, const struct pvgpu_rect *rects);
void exact_set_blend_state(struct exact_run *run, uint32_t id, const float *factor, uint32_t sample_mask);
void exact_set_rasterizer_state(struct exact_run *run, uint32_t id);
void exact_set_depth_stencil_state(struct exact_run *run, uint32_t id, uint32_t reference);
void exact_set_shader(struct exact_run *run, enum pvgpu_stage stage, uint32_t id);
void exact_set_samplers(struct exact_run *run, enum pvgpu_stage stage, uint32_t first, uint32_t count,
                        const uint32_t *ids);
void exact_set_constant_buffer(struct exact_run *run, enum pvgpu_stage stage, uint32_t slot, uint32_t id,
                               uint32_t first_constant, uint32_t constant_count);
void exact_set_vertex_buffers(struct exact_run *run, uint32_t first, uint32_t count,
                              const struct pvgpu_vertex_buffer *buffers);
void exact_set_index_buffer(struct exact_run *run, uint32_t id, uint32_t format, uint32_t offset);
void exact_set_input_layout(struct exact_run *run, uint32_t id);
void exact_set_topology(struct exact_run *run, uint32_t topology);
void exact_set_shader_resources(struct exact_run *run, enum pvgpu_stage stage, uint32_t first, uint32_t count,
                                const uint32_t *views);
/* initial_counts may be NULL: keep. */
void exact_set_unordered_access(struct exact_run *run, uint32_t first, uint32_t count, const uint32_t *views,
                                const uint32_t *initial_counts);

void exact_draw(struct exact_run *run, uint32_t vertex_count, uint32_t first_vertex);
void exact_draw_indexed(struct exact_run *run, uint32_t index_count, uint32_t first_index, int32_t base_vertex);
void exact_draw_instanced(struct exact_run *run, uint32_t vertex_count, uint32_t instance_count, uint32_t first_vertex,
                          uint32_t first_instance);
void exact_draw_indexed_instanced(struct exact_run *run, uint32_t index_count, uint32_t instance_count,
                                  uint32_t first_index, int32_t base_vertex, uint32_t first_instance);
void exact_dispatch(struct exact_run *run, uint32_t x, uint32_t y, uint32_t z);
void exact_clear_render_target(struct exact_run *run, uint32_t view, float red, float green, float blue, float alpha);
void exact_clear_depth_stencil(struct exact_run *run, uint32_t view, uint32_t flags, float depth, uint8_t stencil);

/* Ends what was recorded with this fence value, waits, and outputs the value that the guest then sees completed. Values
 * rise within a case. */
void exact_fence(struct exact_run *run, const char *label, uint64_t value);
/* WAIT_FENCE in the stream; value 0: for all earlier work. */
void exact_wait_fence(struct exact_run *run, uint64_t value);
void exact_flush(struct exact_run *run);
/* Outputs the frame. texture: the picture that is expected to be shown, `format` how. */
void exact_present(struct exact_run *run, const char *label, uint32_t id, uint32_t sync_interval, uint32_t texture,
                   uint32_t format);
void exact_resize_buffers(struct exact_run *run, uint32_t width, uint32_t height, uint32_t format,
                          uint32_t buffer_count);

/* ---- The programs (main.c) -------------------------------------------------------------------------------------- */

/* What a program does around each case. */
struct exact_back {
    bool (*begin)(struct exact_run *run); /* false: noted with exact_fail */
    void (*end)(struct exact_run *run); /* finishes, and notes errors with exact_fail */
    void *user;
};

/* Options that both programs have, and those that exact-guest adds. */
struct exact_options {
    const char *only; /* part of a name; NULL: all */
    const char *out; /* result file; NULL: none */
    const char *skips; /* exact-direct's result file: what it skipped is skipped; NULL: nothing */
    const char *host; /* whose limits (limits.c) are left out: "dxvk", "wine"; NULL: nobody's */
    const char *perturb; /* OPCODE:OFFSET:XOR; NULL: nothing */
    const char *coverage; /* exact-guest: fields to change, a line each; NULL: none */
    bool list, summary, verbose;
};

/* Why a case is left out on a host; NULL: it is not (limits.c). host may be NULL. */
const char *exact_limit(const char *host, const char *name);

/* Parses arguments; false: said why on stderr. */
bool exact_parse(struct exact_options *options, int argc, char **argv);
/* All cases, or those that the options select. The program's exit code: 0 when no case failed. */
int exact_main(const struct exact_options *options, const struct exact_back *back);
/* All cases of the suite. The caller frees list.cases. */
struct exact_list exact_all_cases(void);
/* Runs one case into *run, whatever was there before; exact_forget releases its outputs. */
void exact_run_case(struct exact_run *run, const struct exact_case *test, const struct exact_back *back);
void exact_forget(struct exact_run *run);
/* A number that is equal exactly if outputs and failures are. */
uint64_t exact_sum(const struct exact_run *run);

/* Prints the names, if asked to. */
bool exact_listed(const struct exact_options *options);

#endif
