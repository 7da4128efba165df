/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "exact.h"

uint32_t exact_id(struct exact_run *run)
{
    if (run->next_id >= EXACT_MAX_ID) {
        exact_fail(run, "out of ids");
        return EXACT_MAX_ID;
    }
    return run->next_id++;
}

void exact_fail(struct exact_run *run, const char *text, ...)
{
    if (run->failed[0])
        return;
    va_list arguments;
    va_start(arguments, text);
    vsnprintf(run->failed, sizeof(run->failed), text, arguments);
    va_end(arguments);
}

/* ---- Shapes ---- */

static uint32_t extent(uint32_t size, uint32_t mip)
{
    uint32_t value = size >> mip;
    return value ? value : 1;
}

static uint32_t slices_of(const struct pvgpu_cmd_create_resource *r)
{
    return r->kind == PVGPU_KIND_TEXTURE_3D || r->kind == PVGPU_KIND_BUFFER || !r->depth_or_array ? 1
                                                                                                  : r->depth_or_array;
}

uint32_t exact_mip_count(const struct pvgpu_cmd_create_resource *r)
{
    if (r->kind == PVGPU_KIND_BUFFER)
        return 1;
    if (r->mip_count || r->sample_count > 1)
        return r->mip_count ? r->mip_count : 1;
    uint32_t largest = r->width, count = 1;
    if (r->kind != PVGPU_KIND_TEXTURE_1D && r->height > largest)
        largest = r->height;
    if (r->kind == PVGPU_KIND_TEXTURE_3D && r->depth_or_array > largest)
        largest = r->depth_or_array;
    while (largest >>= 1)
        count++;
    return count;
}

uint32_t exact_subresource_count(const struct pvgpu_cmd_create_resource *r)
{
    return exact_mip_count(r) * slices_of(r);
}

bool exact_shape_of(const struct pvgpu_cmd_create_resource *r, uint32_t subresource, struct exact_shape *shape)
{
    if (subresource >= exact_subresource_count(r))
        return false;
    if (r->kind == PVGPU_KIND_BUFFER) {
        *shape = (struct exact_shape){r->width, 1, 1, r->width, 1, r->width};
        return true;
    }
    const struct exact_format *format = exact_format(r->format);
    if (!format)
        return false;
    uint32_t mip = subresource % exact_mip_count(r);
    shape->width = extent(r->width, mip);
    shape->height = r->kind == PVGPU_KIND_TEXTURE_1D ? 1 : extent(r->height, mip);
    shape->depth = r->kind == PVGPU_KIND_TEXTURE_3D ? extent(r->depth_or_array, mip) : 1;
    shape->row_bytes = (shape->width + format->block_width - 1) / format->block_width * format->block_bytes;
    shape->rows = (shape->height + format->block_height - 1) / format->block_height;
    shape->bytes = shape->row_bytes * shape->rows * shape->depth;
    return true;
}

uint32_t exact_resource_bytes(const struct pvgpu_cmd_create_resource *r)
{
    uint32_t bytes = 0;
    for (uint32_t i = 0; i < exact_subresource_count(r); i++) {
        struct exact_shape shape;
        if (exact_shape_of(r, i, &shape))
            bytes += shape.bytes;
    }
    return bytes;
}

void exact_pattern(uint8_t *bytes, size_t count, uint32_t seed)
{
    uint32_t state = seed * 2654435761u + 12345u;
    for (size_t i = 0; i < count; i++) {
        state = state * 1664525u + 1013904223u;
        bytes[i] = (uint8_t)(state >> 24);
    }
}

/* ---- Resources ---- */

void exact_create_resource(struct exact_run *run, const struct pvgpu_cmd_create_resource *desc, const void *data)
{
    uint32_t id = desc->header.id;
    run->shapes[id] = *desc;
    run->patterns[id] = 0;
    exact_call_create_resource(run, desc, data, data ? exact_resource_bytes(desc) : 0);
}

void exact_create_filled(struct exact_run *run, const struct pvgpu_cmd_create_resource *desc)
{
    uint32_t bytes = exact_resource_bytes(desc), id = desc->header.id;
    uint8_t *content = malloc(bytes);
    if (!content) {
        exact_fail(run, "no memory");
        return;
    }
    exact_pattern(content, bytes, id);
    exact_create_resource(run, desc, content);
    run->patterns[id] = id;
    free(content);
}

/* ---- Outputs ---- */

struct exact_output *exact_output(struct exact_run *run, const char *label, uint32_t format, uint32_t width,
                                  uint32_t height, const void *data, uint32_t bytes)
{
    if (run->output_count == EXACT_MAX_OUTPUTS) {
        exact_fail(run, "too many outputs");
        return NULL;
    }
    struct exact_output *output = &run->outputs[run->output_count];
    *output = (struct exact_output){.format = format, .width = width, .height = height, .depth = 1, .bytes = bytes};
    output->row_bytes = bytes / (height ? height : 1);
    output->rows = height;
    output->data = malloc(bytes ? bytes : 1);
    if (!output->data) {
        exact_fail(run, "no memory");
        return NULL;
    }
    snprintf(output->label, sizeof(output->label), "%s", label);
    if (data)
        memcpy(output->data, data, bytes);
    run->output_count++;
    return output;
}

/* Where a subresource starts in the pattern that its resource was filled with. */
static bool holds_pattern(const struct exact_run *run, uint32_t id, uint32_t subresource,
                          const struct exact_output *output)
{
    const struct pvgpu_cmd_create_resource *desc = &run->shapes[id];
    if (!run->patterns[id])
        return false;
    uint32_t total = exact_resource_bytes(desc), at = 0;
    uint8_t *pattern = malloc(total);
    if (!pattern)
        return false;
    exact_pattern(pattern, total, run->patterns[id]);
    for (uint32_t i = 0; i < subresource; i++) {
        struct exact_shape before;
        if (exact_shape_of(desc, i, &before))
            at += before.bytes;
    }
    bool same = at + output->bytes <= total && memcmp(pattern + at, output->data, output->bytes) == 0;
    free(pattern);
    return same;
}

static bool is_one_value(const struct exact_output *output, uint32_t unit)
{
    if (output->bytes <= unit)
        return false; /* a single texel or block says nothing */
    for (uint32_t i = unit; i < output->bytes; i++) {
        if (output->data[i] != output->data[i % unit])
            return false;
    }
    return true;
}

const struct exact_output *exact_read(struct exact_run *run, uint32_t id, uint32_t subresource, const char *label)
{
    struct exact_shape shape;
    if (run->failed[0])
        return NULL; /* nothing more would be learnt */
    if (!exact_shape_of(&run->shapes[id], subresource, &shape)) {
        exact_fail(run, "%s: no such subresource", label);
        return NULL;
    }
    uint32_t format = run->shapes[id].kind == PVGPU_KIND_BUFFER ? 0 : run->shapes[id].format;
    struct exact_output *output = exact_output(run, label, format, shape.width, shape.height, NULL, shape.bytes);
    if (!output)
        return NULL;
    output->depth = shape.depth;
    output->row_bytes = shape.row_bytes;
    output->rows = shape.rows;
    enum pvgpu_map_mode mode = run->output_count % 2 ? PVGPU_MAP_READ : PVGPU_MAP_READ_WRITE;
    if (!exact_call_read(run, id, subresource, mode, output->data, shape.bytes)) {
        memset(output->data, 0, shape.bytes);
        exact_fail(run, "%s: reading back failed", label);
        return NULL;
    }
    uint32_t unit = format ? exact_format(format)->block_bytes : 4;
    output->is_blank = holds_pattern(run, id, subresource, output) || is_one_value(output, unit);
    return output;
}

void exact_read_all(struct exact_run *run, uint32_t id, const char *label)
{
    for (uint32_t i = 0; i < exact_subresource_count(&run->shapes[id]); i++) {
        char name[48];
        snprintf(name, sizeof(name), "%s.%u", label, i);
        exact_read(run, id, i, name);
    }
}

/* ---- Expectations ---- */

void exact_expect(struct exact_run *run, const struct exact_output *output, uint32_t x, uint32_t y, const void *bytes,
                  uint32_t count)
{
    if (!output)
        return;
    run->expectations++;
    uint64_t at = (uint64_t)y * output->row_bytes + (uint64_t)x * count;
    if (at + count > output->bytes) {
        exact_fail(run, "%s has no texel %u, %u", output->label, x, y);
        return;
    }
    const uint8_t *found = output->data + at, *wanted = bytes;
    if (memcmp(found, wanted, count) == 0)
        return;
    char have[40] = "", want[40] = "";
    for (uint32_t i = 0; i < count && i < 16; i++) {
        snprintf(have + 2 * i, sizeof(have) - 2 * i, "%02x", found[i]);
        snprintf(want + 2 * i, sizeof(want) - 2 * i, "%02x", wanted[i]);
    }
    exact_fail(run, "%s at %u, %u is %s, expected %s", output->label, x, y, have, want);
}

void exact_expect_rgba8(struct exact_run *run, const struct exact_output *output, uint32_t x, uint32_t y, uint8_t red,
                        uint8_t green, uint8_t blue, uint8_t alpha)
{
    const uint8_t bytes[4] = {red, green, blue, alpha};
    exact_expect(run, output, x, y, bytes, 4);
}

void exact_expect_u32(struct exact_run *run, const struct exact_output *output, uint32_t x, uint32_t y, uint32_t value)
{
    exact_expect(run, output, x, y, &value, 4);
}

void exact_expect_float(struct exact_run *run, const struct exact_output *output, uint32_t x, uint32_t y, float value)
{
    exact_expect(run, output, x, y, &value, 4);
}
