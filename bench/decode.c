/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * bench-decode: how many small commands a second the renderer copies out of the ring, decodes, validates and executes
 * when nothing is behind it (null renderer), and how many allocations that takes.
 *
 * The ring is filled once with a mix of commands. Reading does not change it, so each round publishes the whole ring
 * again: nothing is encoded while the clock runs, and the consumer is all that is measured.
 */
#include "allocations.h"
#include "bench.h"
#include "rounds.h"
#include "scene.h"
#include "workload.h"

#include "../guest/demo/d3d11_numerals.h"
#include "../shaders/generated/triangle_vs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GOAL_PER_SECOND 10e6
#define MOST_ROUNDS 1024u

static uint32_t shader_offset; /* of a vertex shader in the heap */

struct mix {
    const char *name;
    void (*encode)(struct pvgpu_encoder *encoder, uint32_t index); /* the index-th group of commands */
    bool creates; /* objects are made: handlers take memory, from a pool that need not ask the system for more */
    bool allocates; /* memory is asked for as well: shows that the counters count, and is not held against the goal */
};

static void encode_draw(struct pvgpu_encoder *encoder, uint32_t index)
{
    pvgpu_encode_draw(encoder, 3, index % 16);
}

static void encode_constants(struct pvgpu_encoder *encoder, uint32_t index)
{
    pvgpu_encode_set_constant_buffer(encoder, PVGPU_STAGE_VERTEX, index / 2 % 4, SCENE_CONSTANTS + index % 2, 0, 0);
}

/* What a program sends for each thing that it draws. */
static void encode_object(struct pvgpu_encoder *encoder, uint32_t index)
{
    const uint32_t view = index % 2 ? SCENE_TEXTURE_VIEW : SCENE_OTHER_TEXTURE_VIEW;
    const struct pvgpu_vertex_buffer vertices = {
        .id = SCENE_VERTICES + index % 2,
        .stride = sizeof(struct pvgpu_triangle_vertex),
    };
    pvgpu_encode_set_constant_buffer(encoder, PVGPU_STAGE_VERTEX, 0, SCENE_CONSTANTS + index % 2, 0, 0);
    pvgpu_encode_set_shader_resource(encoder, PVGPU_STAGE_PIXEL, 0, 1, &view);
    pvgpu_encode_set_vertex_buffer(encoder, 0, 1, &vertices);
    pvgpu_encode_draw_indexed(encoder, 3, 0, 0);
}

/* Every state that a material may change. */
static void encode_material(struct pvgpu_encoder *encoder, uint32_t index)
{
    const uint32_t view = index % 2 ? SCENE_TEXTURE_VIEW : SCENE_OTHER_TEXTURE_VIEW, sampler = SCENE_SAMPLER;
    const struct pvgpu_vertex_buffer vertices = {
        .id = SCENE_VERTICES + index % 2,
        .stride = sizeof(struct pvgpu_triangle_vertex),
    };
    pvgpu_encode_set_rasterizer_state(encoder, SCENE_RASTERIZER + index % 2);
    pvgpu_encode_set_blend_state(encoder, SCENE_BLEND + index % 2, NULL, UINT32_MAX);
    pvgpu_encode_set_depth_stencil(encoder, 0, index % 256);
    pvgpu_encode_set_shader(encoder, PVGPU_STAGE_PIXEL, index % 2 ? SCENE_PIXEL_SHADER : 0);
    pvgpu_encode_set_constant_buffer(encoder, PVGPU_STAGE_VERTEX, 0, SCENE_CONSTANTS + index % 2, 0, 0);
    pvgpu_encode_set_shader_resource(encoder, PVGPU_STAGE_PIXEL, 0, 1, &view);
    pvgpu_encode_set_sampler(encoder, PVGPU_STAGE_PIXEL, 0, 1, &sampler);
    pvgpu_encode_set_vertex_buffer(encoder, 0, 1, &vertices);
    pvgpu_encode_set_index_buffer(encoder, SCENE_INDICES, FORMAT_R16_UINT, 0);
    pvgpu_encode_set_primitive_topology(encoder, TOPOLOGY_TRIANGLE_LIST);
    pvgpu_encode_draw_indexed(encoder, 3, 0, 0);
}

static void encode_update(struct pvgpu_encoder *encoder, uint32_t index)
{
    const struct pvgpu_cmd_update_resource update = {
        .id = SCENE_CONSTANTS + index % 2,
        .heap_offset = 4096,
        .data_bytes = WORKLOAD_CONSTANT_BYTES,
        .row_pitch = WORKLOAD_CONSTANT_BYTES,
        .depth_pitch = WORKLOAD_CONSTANT_BYTES,
    };
    pvgpu_encode_update_resource(encoder, &update);
    pvgpu_encode_draw(encoder, 3, 0);
}

/* As pvgpu_encode_fence, each value once and none of them new: the timeline is passed, nothing is published. */
static void encode_fence(struct pvgpu_encoder *encoder, uint32_t index)
{
    (void)index;
    pvgpu_encode_draw(encoder, 3, 0);
    pvgpu_encode_fence(encoder, 1);
}

/* An object of 40 bytes comes and goes. */
static void encode_creation(struct pvgpu_encoder *encoder, uint32_t index)
{
    const struct pvgpu_cmd_create_rasterizer_state rasterizer = {
        .id = 1000 + index % 100, .fill = FILL_SOLID, .cull = CULL_NONE, .depth_clip = 1};
    pvgpu_encode_create_rasterizer_state(encoder, &rasterizer);
    pvgpu_encode_destroy_rasterizer_state(encoder, rasterizer.id);
}

/* For comparison: what allocates is seen. Bytecode is copied before it is checked. */
static void encode_shader(struct pvgpu_encoder *encoder, uint32_t index)
{
    (void)index;
    pvgpu_encode_create_shader(encoder, 2000, PVGPU_STAGE_VERTEX, shader_offset, sizeof(pvgpu_shader_triangle_vs));
    pvgpu_encode_destroy_shader(encoder, 2000);
}

static const struct mix mixes[] = {
    {"draws of 32 bytes", encode_draw, false, false},
    {"constant buffer bindings", encode_constants, false, false},
    {"object: 3 SET_* and a draw", encode_object, false, false},
    {"material: 10 SET_* and a draw", encode_material, false, false},
    {"256-byte update and a draw", encode_update, false, false},
    {"draw and a fence that has passed", encode_fence, false, false},
    {"creating and destroying a state", encode_creation, true, false},
    {"(creating and destroying a shader)", encode_shader, true, true},
};
#define MIX_COUNT (sizeof(mixes) / sizeof(mixes[0]))

struct rates {
    double wall[MOST_ROUNDS], cpu[MOST_ROUNDS]; /* commands a second */
};

/* Measures one mix and prints its row. False: it failed, or allocated, or reported errors. */
static bool measure(struct local_host *host, struct pvgpu_guest *guest, const struct mix *mix, uint32_t rounds,
                    struct rates *rates, bool *slow)
{
    struct pvgpu_statistics *statistics = &host->page->statistics;
    uint64_t draws, commands = rounds_fill(guest, mix->encode, &draws);
    if (!commands || !rounds_play(host, guest)) /* the first round touches what has to be touched */
        return false;
    uint64_t errors = atomic_load(&statistics->errors);
    uint64_t by_handlers = atomic_load(&statistics->allocations), by_all = bench_allocations();
    uint64_t executed = atomic_load(&statistics->commands), drawn = atomic_load(&statistics->draws);
    for (uint32_t round = 0; round < rounds; round++) {
        uint64_t cpu = rounds_cpu_ns(host), wall = rounds_play(host, guest);
        cpu = rounds_cpu_ns(host) - cpu;
        if (!wall || !cpu) {
            fprintf(stderr, "bench-decode: the renderer does not consume \"%s\"\n", mix->name);
            return false;
        }
        rates->wall[round] = (double)commands * 1e9 / (double)wall;
        rates->cpu[round] = (double)commands * 1e9 / (double)cpu;
    }
    by_all = bench_allocations() - by_all;
    by_handlers = atomic_load(&statistics->allocations) - by_handlers;
    errors = atomic_load(&statistics->errors) - errors;
    executed = atomic_load(&statistics->commands) - executed;
    drawn = atomic_load(&statistics->draws) - drawn;
    bench_sort(rates->wall, rounds);
    bench_sort(rates->cpu, rounds);
    double best = rates->wall[rounds - 1], cpu_median = rates->cpu[rounds / 2];
    printf("| %-34s | %8.2f | %8.2f | %8.2f | %6.1f | %9llu | %8llu | %8llu |\n", mix->name,
           rates->wall[rounds / 2] / 1e6, best / 1e6, cpu_median / 1e6, 1e9 / cpu_median, (unsigned long long)executed,
           (unsigned long long)by_handlers, (unsigned long long)by_all);
    fflush(stdout);
    /* Other work on the machine takes processors away, but no processor time: that rate is the one to be judged. */
    *slow |= !mix->allocates && cpu_median < GOAL_PER_SECOND && best < GOAL_PER_SECOND;
    const char *wrong = NULL;
    if (errors)
        wrong = "reported errors";
    else if (executed != commands * rounds || drawn != draws * rounds)
        wrong = "did not execute every command";
    else if ((mix->creates && by_handlers == 0) || (mix->allocates && by_all == 0))
        wrong = "should have been seen to allocate";
    else if ((!mix->creates && by_handlers) || (!mix->allocates && by_all))
        wrong = "allocated";
    if (wrong)
        fprintf(stderr, "bench-decode: \"%s\" %s\n", mix->name, wrong);
    return !wrong;
}

static bool run(struct local_host *host, uint32_t rounds, const char *only)
{
    bool good = true, slow = false;
    struct rates *rates = malloc(sizeof(*rates));
    struct pvgpu_guest_transport *transport = local_host_transport(host);
    struct pvgpu_guest *guest = transport && rates ? pvgpu_guest_create(transport) : NULL;
    if (!guest || !scene_create(guest)) {
        fprintf(stderr, "bench-decode: the scene cannot be created\n");
        pvgpu_guest_destroy(guest);
        free(rates);
        return false;
    }
    shader_offset = pvgpu_guest_upload(guest, pvgpu_shader_triangle_vs, sizeof(pvgpu_shader_triangle_vs)).offset;
    printf("| %-34s | %8s | %8s | %8s | %6s | %9s | %8s | %8s |\n", "mix", "median", "best", "per CPU", "ns",
           "commands", "handlers", "all");
    printf("|------------------------------------|---------:|---------:|---------:|-------:|----------:|---------:|"
           "---------:|\n");
    for (size_t i = 0; i < MIX_COUNT; i++) {
        if (!only || strncmp(mixes[i].name, only, strlen(only)) == 0)
            good &= measure(host, guest, &mixes[i], rounds, rates, &slow);
    }
    printf("\nMillion commands a second of wall time (median, best of %u rounds) and of the render thread's processor "
           "time\n(median); nanoseconds a command; allocations by command handlers and by the whole program during all "
           "rounds.\nThe goal of %.0f million a second is %s.\n",
           rounds, GOAL_PER_SECOND / 1e6, slow ? "MISSED" : "met");
    pvgpu_guest_destroy(guest);
    free(rates);
    return good && !slow;
}

int main(int argc, char **argv)
{
    uint32_t rounds = 25;
    const char *only = NULL;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--quick") == 0) {
            rounds = 5;
        } else if (strcmp(argv[i], "--rounds") == 0 && i + 1 < argc && atoi(argv[i + 1]) > 0) {
            rounds = (uint32_t)atoi(argv[++i]);
            rounds = rounds < MOST_ROUNDS ? rounds : MOST_ROUNDS;
        } else if (strcmp(argv[i], "--only") == 0 && i + 1 < argc) {
            only = argv[++i];
        } else {
            fprintf(stderr, "usage: bench-decode [--quick] [--rounds N] [--only MIX]\n");
            return 2;
        }
    }
    struct local_host host;
    const struct local_host_config config = {.gpu = LOCAL_HOST_NULL};
    bool good = local_host_create(&host, &config) && run(&host, rounds, only);
    local_host_finish(&host);
    return good ? 0 : 1;
}
