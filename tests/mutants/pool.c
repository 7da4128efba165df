/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "dxbc_mutate.h"
#include "good_shaders.h"
#include "mutants.h"
#include "shader_stages.h"

#include "shaders/exact/generated/all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    enum pvgpu_stage stage;
    const uint8_t *bytes;
    size_t size;
} exact[] = {
#define EXACT(name, stage, model, blob) {"exact/" #name, STAGE_##stage, blob, sizeof(blob)},
    PVGPU_SHADERS_OF_EXACT(EXACT)
#undef EXACT
};

static void add(struct pool *pool, const char *name, enum pvgpu_stage stage, const uint8_t *bytes, size_t size)
{
    struct pool_shader *shader = &pool->shaders[pool->count++];
    shader->name = name;
    shader->size = size;
    shader->bytes = malloc(size);
    if (!shader->bytes || pool->count == POOL_MOST)
        abort();
    memcpy(shader->bytes, bytes, size);
    enum pvgpu_dxbc_rule rule = pvgpu_dxbc_check(shader->bytes, size, stage, &shader->dxbc);
    if (rule) {
        fprintf(stderr, "mutants: %s is refused: %s\n", name, pvgpu_dxbc_rule_name(rule));
        exit(2);
    }
}

void pool_fill(struct pool *pool)
{
    uint8_t bytes[GOOD_SHADER_BYTES];
    pool->count = 0;
    for (uint32_t i = 0; i < good_shader_count(); i++) {
        enum pvgpu_stage stage;
        const char *name;
        size_t size = good_shader_make(i, bytes, sizeof(bytes), &stage, &name);
        add(pool, name, stage, bytes, size);
    }
    for (size_t i = 0; i < sizeof(exact) / sizeof(exact[0]); i++)
        add(pool, exact[i].name, exact[i].stage, exact[i].bytes, exact[i].size);
}

const struct pool_shader *pool_find(const struct pool *pool, const char *name)
{
    for (uint32_t i = 0; i < pool->count; i++) {
        if (strcmp(pool->shaders[i].name, name) == 0)
            return &pool->shaders[i];
    }
    fprintf(stderr, "mutants: there is no shader %s\n", name);
    exit(2);
}

/* Mixes numbers that differ little into generators that differ much; never 0. */
static uint64_t generator_of(uint64_t seed, enum pvgpu_stage stage, uint64_t index)
{
    uint64_t value = (seed * 8 + (uint64_t)stage) * UINT64_C(0xD1B54A32D192ED03) + index * UINT64_C(0x9E3779B97F4A7C15);
    value = (value ^ value >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    value = (value ^ value >> 27) * UINT64_C(0x94D049BB133111EB);
    return (value ^ value >> 31) | 1;
}

static uint32_t below(uint64_t *random, uint32_t limit)
{
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    return (uint32_t)(*random >> 33) % limit;
}

static const struct pool_shader *pick(const struct pool *pool, enum pvgpu_stage stage, uint64_t *random)
{
    for (;;) {
        const struct pool_shader *shader = &pool->shaders[below(random, pool->count)];
        if (shader->dxbc.stage == stage)
            return shader;
    }
}

static void change(struct mutant *mutant, enum pvgpu_stage stage, uint64_t *random, struct made *made)
{
    static uint8_t bytes[MUTANT_BYTES];
    struct pvgpu_dxbc dxbc;
    size_t size = dxbc_mutate(mutant->bytes, mutant->size, random, bytes, sizeof(bytes));
    enum pvgpu_dxbc_rule rule = size ? pvgpu_dxbc_check(bytes, size, stage, &dxbc) : PVGPU_DXBC_OK;
    if (made) {
        made->useless += size == 0;
        made->rules[rule] += size != 0;
    }
    if (size == 0 || rule)
        return;
    memcpy(mutant->bytes, bytes, size);
    mutant->size = size;
}

bool pool_mutate(const struct pool *pool, enum pvgpu_stage stage, uint64_t seed, uint64_t index, struct mutant *mutant,
                 struct made *made)
{
    uint64_t random = generator_of(seed, stage, index);
    const struct pool_shader *parent = pick(pool, stage, &random);
    mutant->parent = parent;
    mutant->size = parent->size;
    memcpy(mutant->bytes, parent->bytes, parent->size);
    for (uint32_t rounds = 1 + below(&random, 3); rounds; rounds--)
        change(mutant, stage, &random, made);
    if (mutant->size == parent->size && memcmp(mutant->bytes, parent->bytes, parent->size) == 0)
        return false;
    /* What points into the bytes must point into these. */
    return pvgpu_dxbc_check(mutant->bytes, mutant->size, stage, &mutant->dxbc) == PVGPU_DXBC_OK;
}
