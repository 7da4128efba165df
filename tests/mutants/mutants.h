/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Mutants of shaders that the check accepts, created and drawn on Direct3D 11 in processes that may die of it
 * (README.md). The parts: pool.c has good shaders and makes mutants of them, scene.c draws them through the guest
 * library and a renderer, declared.c binds what they declare, child.c runs them in a process and watches it, main.c
 * counts.
 */
#ifndef PVGPU_TESTS_MUTANTS_H
#define PVGPU_TESTS_MUTANTS_H

#include "local_host.h"
#include "wire/dxbc.h"

#define MUTANT_BYTES 0x10000u
#define POOL_MOST 512u
#define RECENT 8u /* mutants before the last that may be the guilty one: drivers compile in threads of their own */

#define REFUSED_MOST 16u /* refusals of the host that are kept */

/* ---- pool.c ---- */

struct pool_shader {
    const char *name;
    uint8_t *bytes; /* owned */
    size_t size;
    struct pvgpu_dxbc dxbc; /* of these bytes */
};

struct pool {
    struct pool_shader shaders[POOL_MOST];
    uint32_t count;
};

struct mutant {
    uint8_t bytes[MUTANT_BYTES];
    size_t size;
    const struct pool_shader *parent; /* NULL: read from a file */
    struct pvgpu_dxbc dxbc; /* of these bytes */
};

/* How often each rule was met while mutants were made; [0]: changes that were accepted. */
struct made {
    uint64_t rules[256];
    uint64_t useless; /* changes that could not be made */
};

/* Corpus, demo and exactness shaders, and some that are assembled. Ends the program if one of them is refused. */
void pool_fill(struct pool *pool);
/* The shader of that name; ends the program if there is none. */
const struct pool_shader *pool_find(const struct pool *pool, const char *name);
/*
 * Mutant `index` of a stage: one to three rounds of changes of some shader, each accepted one changed further. The same
 * numbers make the same mutant. False: the check refused them all. `made` may be NULL.
 */
bool pool_mutate(const struct pool *pool, enum pvgpu_stage stage, uint64_t seed, uint64_t index, struct mutant *mutant,
                 struct made *made);

/* ---- scene.c ---- */

enum scene_result {
    SCENE_DRAWN,
    SCENE_UNDRAWN, /* created, but no shader of the pool fits beside it, or its inputs cannot be fed */
    SCENE_REFUSED, /* the host would not create it */
    SCENE_LOST, /* the device was lost, or there is no answer */
};

struct scene {
    struct local_host host;
    struct pvgpu_guest *guest;
    const struct pool *pool;
    bool created[POOL_MOST]; /* shaders of the pool that the host has */
    uint32_t next_id;
};

bool scene_open(struct scene *scene, const struct pool *pool);
/* Creates it, draws or dispatches with it, waits for the end, destroys it. */
enum scene_result scene_draw(struct scene *scene, const struct mutant *mutant);
/* Waits for the driver's threads as well. */
void scene_close(struct scene *scene);

/* ---- declared.c ---- */

/* Objects of every kind that a shader can declare. */
void declared_create(struct pvgpu_encoder *encoder);
/* Binds a fitting one to each slot that the program declares. Constants and samplers are bound by scene_open. */
void declared_bind(struct pvgpu_encoder *encoder, const struct mutant *mutant, enum pvgpu_stage stage);
/* Unbinds all of it. */
void declared_unbind(struct pvgpu_encoder *encoder, enum pvgpu_stage stage);

/* ---- child.c ---- */

enum child_end {
    CHILD_DONE,
    CHILD_DIED,
    CHILD_HUNG, /* no progress for as long as was allowed */
    CHILD_LOST, /* the device was lost */
    CHILD_NO_HOST, /* there is no Direct3D here */
};

/* In memory that the child shares with its parent. */
struct progress {
    uint64_t index; /* mutant that is at work; those after `recent` were drawn before it */
    uint64_t recent[RECENT]; /* ring of what was drawn, the newest at [count % RECENT - 1] */
    uint64_t recent_count;
    uint64_t beats; /* rises with every step */
    uint64_t accepted, results[SCENE_LOST + 1];
    uint64_t refused[REFUSED_MOST]; /* the first mutants that the host refused, of results[SCENE_REFUSED] */
    struct made made;
};

struct job {
    const struct pool *pool;
    enum pvgpu_stage stage;
    uint64_t seed;
    uint64_t wanted; /* accepted mutants */
    const char *folder; /* for what the child says, and for reproducers */
    struct progress *progress;
};

/* Draws mutants from `first` on until progress->accepted is `wanted`, in a process of its own. *signal: what ended it. */
enum child_end child_run(const struct job *job, uint64_t first, int *signal);
/* Draws one alone and ends properly. seconds: how long it may take. */
enum child_end child_run_alone(const struct job *job, const struct mutant *mutant, uint32_t seconds, int *signal);

#endif
