/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * How records become numbers, for commands*.c. Each call takes what comes next, so calls must be in an order that C
 * defines: never two of them among the arguments of one function.
 */
#ifndef PVGPU_FUZZ_PARAMETERS_H
#define PVGPU_FUZZ_PARAMETERS_H

#include "commands.h"

/* Reads a record's parameters one after the other; behind the last it starts over, with other values. */
struct parameters {
    const uint8_t *bytes;
    uint32_t used;
};

static inline uint32_t byte(struct parameters *p)
{
    uint32_t value = p->bytes[p->used % COMMANDS_PARAMETERS] + p->used / COMMANDS_PARAMETERS * 37;
    p->used++;
    return value & 0xFF;
}

static inline uint32_t below(struct parameters *p, uint32_t count)
{
    return byte(p) % count;
}

static inline bool bit(struct parameters *p)
{
    return byte(p) & 1;
}

static inline uint32_t pair(struct parameters *p)
{
    uint32_t low = byte(p);
    return low | byte(p) << 8;
}

static inline uint32_t pick(struct parameters *p, const uint32_t *values, size_t count)
{
    return values[byte(p) % count];
}
#define PICK(p, ...) \
    pick(p, (const uint32_t[]){__VA_ARGS__}, sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t))

static inline uint32_t id(struct parameters *p, enum world_ids first)
{
    return first + below(p, WORLD_OBJECTS_OF_KIND);
}

/* A resource, now and then by the name that OPEN_RESOURCE gave it. */
static inline uint32_t resource(struct parameters *p)
{
    uint32_t number = byte(p);
    return number >= 240 ? WORLD_OPENED + number - 240 : WORLD_RESOURCE + number % WORLD_RESOURCES;
}

/* One that can be viewed or bound with that bit, seldom any other. */
static inline uint32_t resource_with(struct parameters *p, uint32_t bind)
{
    uint32_t number = byte(p);
    return number >= 248 ? number - 248 : world_resource_with(bind, number);
}

static inline uint32_t data_offset(struct parameters *p)
{
    return WORLD_HEAP_DATA + pair(p) * 2 / 4 * 4 % (WORLD_HEAP_BYTES - WORLD_HEAP_DATA);
}

static inline float real(struct parameters *p, float most)
{
    return most * (float)byte(p) / 255.0f;
}

/* One function a kind of record: encodes its command. */
void commands_create_resource(struct commands_maker *maker, struct parameters *p);
void commands_open_resource(struct commands_maker *maker, struct parameters *p);
void commands_map(struct commands_maker *maker, struct parameters *p);
void commands_unmap(struct commands_maker *maker, struct parameters *p);
void commands_update(struct commands_maker *maker, struct parameters *p);
void commands_copy_region(struct commands_maker *maker, struct parameters *p);
void commands_create_target_view(struct commands_maker *maker, struct parameters *p);
void commands_create_depth_view(struct commands_maker *maker, struct parameters *p);
void commands_create_input_view(struct commands_maker *maker, struct parameters *p);
void commands_create_unordered_view(struct commands_maker *maker, struct parameters *p);
void commands_create_shader(struct commands_maker *maker, struct parameters *p);
void commands_create_layout(struct commands_maker *maker, struct parameters *p);
void commands_create_blend(struct commands_maker *maker, struct parameters *p);
void commands_create_rasterizer(struct commands_maker *maker, struct parameters *p);
void commands_create_depth_state(struct commands_maker *maker, struct parameters *p);
void commands_create_sampler(struct commands_maker *maker, struct parameters *p);
void commands_destroy(struct commands_maker *maker, struct parameters *p);

#endif
