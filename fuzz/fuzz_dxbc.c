/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Fuzzes the check of shaders: good ones, changed again and again by the grammar of their tokens and now and then by
 * bytes. Nothing may be read beyond the container, an answer must be a rule, and the same bytes get the same answer.
 *
 *   dxbc-mutants [ITERATIONS [SEED]]      a run that can be repeated; prints how often each rule was met
 *
 * With PVGPU_FUZZ_TARGET it is a libFuzzer target whose mutator is that of the grammar. The first byte of an input says
 * the stage, the others are the container.
 */
#include "dxbc_builder.h"
#include "dxbc_mutate.h"
#include "good_shaders.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CAPACITY 0x10000u

/* Checks a copy that is exactly as long, twice. */
static enum pvgpu_dxbc_rule check(const uint8_t *bytes, size_t size, enum pvgpu_stage stage)
{
    struct pvgpu_dxbc first, second;
    uint8_t *copy = malloc(size ? size : 1);
    if (!copy)
        abort();
    if (size)
        memcpy(copy, bytes, size);
    enum pvgpu_dxbc_rule rule = pvgpu_dxbc_check(copy, size, stage, &first);
    if (rule != pvgpu_dxbc_check(copy, size, stage, &second) || (rule && !pvgpu_dxbc_rule_text(rule)))
        abort();
    struct pvgpu_dxbc_element element;
    for (uint32_t i = 0; !rule && pvgpu_dxbc_signature_element(&first.inputs, i, &element); i++) {
        if (strlen(element.name) == 0 ||
            !pvgpu_dxbc_signature_find(&first.inputs, element.name, element.semantic_index, NULL))
            abort();
    }
    free(copy);
    return rule;
}

#ifdef PVGPU_FUZZ_TARGET

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A good shader, if the input is none that can be changed. */
static size_t start_anew(uint8_t *data, size_t max_size, uint32_t seed)
{
    enum pvgpu_stage stage;
    const char *name;
    size_t size = good_shader_make(seed % good_shader_count(), data + 1, max_size - 1, &stage, &name);
    data[0] = (uint8_t)stage;
    return size ? size + 1 : 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
    static uint8_t out[CAPACITY];
    uint64_t random = ((uint64_t)seed << 1 | 1) * UINT64_C(0x9E3779B97F4A7C15);
    if (max_size < 2)
        return size;
    /* The grammar is that of good shaders; what is not good any more is changed by bytes, or left for another. */
    struct pvgpu_dxbc found;
    enum pvgpu_stage stage = (enum pvgpu_stage)(data[0] % PVGPU_STAGE_COUNT);
    bool good = size > 1 && pvgpu_dxbc_check(data + 1, size - 1, stage, &found) == PVGPU_DXBC_OK;
    size_t made = good ? dxbc_mutate(data + 1, size - 1, &random, out, sizeof(out)) : 0;
    if ((made == 0 && (good || size < 2 || seed % 4)) || made + 1 > max_size || seed % 64 == 0)
        made = start_anew(data, max_size, seed / 64);
    else if (seed % 16 == 1 || !good)
        made = 1 + LLVMFuzzerMutate(data + 1, size - 1, max_size - 1);
    else {
        memcpy(data + 1, out, made);
        made++;
    }
    if (made > 20)
        pvgpu_dxbc_checksum(data + 1, made - 1, data + 1 + PVGPU_DXBC_CHECKSUM_AT);
    return made;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 1)
        check(data + 1, size - 1, (enum pvgpu_stage)(data[0] % PVGPU_STAGE_COUNT));
    return 0;
}

#else

struct run {
    uint64_t random;
    uint64_t accepted, refused, useless, hash;
    uint64_t *rules; /* by rule: how often */
};

static uint32_t next_random(struct run *run)
{
    run->random ^= run->random << 13;
    run->random ^= run->random >> 7;
    run->random ^= run->random << 17;
    return (uint32_t)(run->random >> 32);
}

static void note(struct run *run, enum pvgpu_dxbc_rule rule)
{
    run->rules[rule]++;
    run->accepted += rule == PVGPU_DXBC_OK;
    run->refused += rule != PVGPU_DXBC_OK;
    run->hash = (run->hash ^ rule) * UINT64_C(0x100000001B3);
}

/* One good shader and some generations of it: what is accepted is changed further. */
static uint64_t run_shader(struct run *run, uint8_t *bytes, uint8_t *mutant)
{
    enum pvgpu_stage stage;
    const char *name;
    uint32_t generations = 1 + next_random(run) % 16;
    size_t size = good_shader_make(next_random(run) % good_shader_count(), bytes, CAPACITY, &stage, &name);
    for (uint32_t i = 0; i < generations; i++) {
        size_t made = dxbc_mutate(bytes, size, &run->random, mutant, CAPACITY);
        if (made == 0) {
            run->useless++;
            continue;
        }
        if (next_random(run) % 32 == 0) {
            mutant[next_random(run) % made] ^= (uint8_t)(1u << next_random(run) % 8);
            if (next_random(run) % 4)
                dxbc_write_checksum(mutant, made);
        }
        if (next_random(run) % 64 == 0)
            stage = (enum pvgpu_stage)(next_random(run) % PVGPU_STAGE_COUNT);
        enum pvgpu_dxbc_rule rule = check(mutant, made, stage);
        note(run, rule);
        if (rule == PVGPU_DXBC_OK) {
            memcpy(bytes, mutant, made);
            size = made;
        }
    }
    return generations;
}

static uint32_t print_rules(const struct run *run)
{
    uint32_t met = 0;
    for (uint32_t rule = 1; rule <= PVGPU_DXBC_RULE_COUNT; rule++) {
        if (run->rules[rule])
            printf("%10" PRIu64 " %s\n", run->rules[rule], pvgpu_dxbc_rule_name((enum pvgpu_dxbc_rule)rule));
        met += run->rules[rule] != 0;
    }
    return met;
}

int main(int argc, char **argv)
{
    uint64_t iterations = argc > 1 ? strtoull(argv[1], NULL, 0) : 100000;
    uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;
    struct run run = {.random = (seed << 1 | 1) * UINT64_C(0x9E3779B97F4A7C15), .hash = UINT64_C(0xCBF29CE484222325)};
    run.rules = calloc((size_t)PVGPU_DXBC_RULE_COUNT + 1, sizeof(*run.rules));
    uint8_t *bytes = malloc(CAPACITY), *mutant = malloc(CAPACITY);
    if (!run.rules || !bytes || !mutant)
        abort();
    printf("seed %" PRIu64 "\n", seed);
    for (uint64_t done = 0; done < iterations;)
        done += run_shader(&run, bytes, mutant);
    uint32_t met = print_rules(&run);
    printf("%" PRIu64 " mutants accepted, %" PRIu64 " refused, %" PRIu64
           " not made; %u of %u rules met; hash %016" PRIx64 "\n",
           run.accepted, run.refused, run.useless, met, PVGPU_DXBC_RULE_COUNT, run.hash);
    bool good = run.accepted > iterations / 10 && run.refused > iterations / 10 && met > PVGPU_DXBC_RULE_COUNT / 2;
    printf("%d passed, %d failed, 0 skipped\n", good, !good);
    free(mutant);
    free(bytes);
    free(run.rules);
    return !good;
}

#endif
