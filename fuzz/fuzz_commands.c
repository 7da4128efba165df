/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Structured command sequences: the input is a list of records (commands.h), each of which becomes one command, most of
 * them right. Goes where random bytes hardly come: into handlers whose ids, kinds, boxes and formats all have to fit.
 */
#include "commands.h"
#include "harness.h"
#include "wire/dxbc.h"

#include <stdlib.h>
#include <string.h>

#define STREAM_BYTES \
    (FUZZ_RING_BYTES / 2) /* encoded before it is published; a longest command fits behind half of it */
#define RECORDS_MOST 256u /* what an input of 4 KiB holds */

static const struct pvgpu_limits roomy = {
    .resource_bytes = 64 << 20, .one_resource_bytes = 16 << 20, .objects = 4096, .shaders = 256};
/* The world takes about 200 objects, 11 shaders and 500 KiB. */
static const struct pvgpu_limits tight = {
    .resource_bytes = 600 << 10, .one_resource_bytes = 96 << 10, .objects = 200, .shaders = 10};

struct state {
    struct fuzz_host host;
    struct pvgpu_encoder encoder;
    struct commands_maker maker;
    struct commands_head head;
    uint8_t stream[STREAM_BYTES];
};

/* Publishes what was encoded. Encoded streams keep their framing whatever is spoilt in them. */
static void publish(struct state *state)
{
    size_t used = state->encoder.used;
    state->encoder.used = 0;
    if (fuzz_host_feed(&state->host, state->stream, used, used) != PVGPU_RING_EMPTY)
        fuzz_fail("framing was lost in a stream of the encoder");
}

static void begin(struct state *state)
{
    state->maker.fence = 0;
    world_fill_heap(state->host.heap);
    if (state->head.options & COMMANDS_WORLD)
        commands_encode_world(&state->maker);
    if (state->head.options & COMMANDS_BOUND)
        commands_encode_bindings(&state->maker);
    publish(state);
}

static uint32_t word_at(const uint8_t *bytes)
{
    uint32_t word;
    memcpy(&word, bytes, sizeof(word));
    return word;
}

static void write_heap(struct state *state, const uint8_t *parameters)
{
    uint32_t value = word_at(parameters + 4);
    uint32_t at = word_at(parameters) % (WORLD_HEAP_BYTES - sizeof(value));
    memcpy(state->host.heap + at, &value, sizeof(value));
}

static void spoil_shader(struct state *state, const uint8_t *parameters)
{
    uint32_t number = parameters[0] % WORLD_SHADERS, size = world_shaders[number].size;
    uint8_t *at = state->host.heap + WORLD_HEAP_SHADERS + number * WORLD_HEAP_SHADER_STRIDE;
    uint32_t where = word_at(parameters + 4) % (size / 4) * 4, value = word_at(parameters + 8);
    if (parameters[1] & 1)
        value = word_at(at + where) ^ (UINT32_C(1) << (value & 31));
    memcpy(at + where, &value, sizeof(value));
    if (parameters[1] < 240)
        pvgpu_dxbc_checksum(at, size, at + PVGPU_DXBC_CHECKSUM_AT);
}

static void make_trouble(struct checking_gpu *gpu, uint8_t which)
{
    switch (which % 3) {
    case 0:
        atomic_store(&gpu->next_creation, PVGPU_GPU_NO_MEMORY);
        break;
    case 1:
        atomic_store(&gpu->no_readback, !atomic_load(&gpu->no_readback));
        break;
    default:
        atomic_store(&gpu->hold, true);
        break;
    }
}

static void play(struct state *state, const struct commands_record *record)
{
    switch (record->kind % COMMANDS_KINDS) {
    case COMMANDS_HEAP_WORD:
        publish(state);
        write_heap(state, record->parameters);
        break;
    case COMMANDS_SPOIL_SHADER:
        publish(state);
        spoil_shader(state, record->parameters);
        break;
    case COMMANDS_HOST_TROUBLE:
        publish(state);
        make_trouble(state->host.gpu, record->parameters[0]);
        break;
    case COMMANDS_RUN:
        publish(state);
        break;
    case COMMANDS_RESET:
        state->encoder.used = 0;
        fuzz_host_reset(&state->host, 0);
        begin(state);
        break;
    default:
        commands_encode(&state->maker, record);
        if (state->encoder.used > STREAM_BYTES / 2)
            publish(state);
        break;
    }
}

static void run(const uint8_t *data, size_t size)
{
    struct state *state = calloc(1, sizeof(*state));
    if (!state)
        fuzz_fail("out of memory");
    if (size >= sizeof(state->head))
        memcpy(&state->head, data, sizeof(state->head));
    fuzz_host_open(&state->host, state->head.options & COMMANDS_TIGHT ? &tight : &roomy, WORLD_HEAP_BYTES, true);
    pvgpu_encoder_init(&state->encoder, state->stream, sizeof(state->stream));
    state->encoder.options = state->head.encoder_options & (PVGPU_ENCODE_FULL_ARRAYS | PVGPU_ENCODE_EXACT_SIZE);
    state->maker.encoder = &state->encoder;
    begin(state);
    for (uint32_t i = 1; i < RECORDS_MOST && (i + 1) * sizeof(struct commands_record) <= size; i++) {
        struct commands_record record;
        memcpy(&record, data + i * sizeof(record), sizeof(record));
        play(state, &record);
    }
    publish(state);
    atomic_store(&state->host.gpu->no_readback, false);
    fuzz_host_check(&state->host);
    fuzz_host_close(&state->host);
    free(state);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_run_one(run, data, size);
}

/* ---- Mutation of whole records ----------------------------------------------------------------------------------- */

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size, uint8_t *out,
                                 size_t most, unsigned seed);

/* The next of a row of numbers, below `count`. */
static uint32_t below(unsigned *seed, uint32_t count)
{
    *seed = *seed * 1664525u + 1013904223u;
    return (uint32_t)((uint64_t)(*seed >> 8) * count >> 24);
}

static void new_record(struct commands_record *record, unsigned *seed)
{
    for (uint32_t i = 0; i < COMMANDS_PARAMETERS; i++)
        record->parameters[i] = (uint8_t)(below(seed, 2) ? below(seed, 16) : below(seed, 256));
    record->kind = (uint8_t)below(seed, COMMANDS_KINDS);
    record->spoil = (uint8_t)(below(seed, 8) ? 0 : 255 - below(seed, 256 - COMMANDS_SPOIL));
    record->spoilt_word = (uint8_t)below(seed, 32);
    record->spoilt_value = (uint8_t)below(seed, 256);
}

/* One change to a list of `count` records behind the head, with room for `room`; returns how many there are then. */
static uint32_t change_records(struct commands_record *records, uint32_t count, uint32_t room, unsigned *seed)
{
    struct commands_record kept;
    uint32_t at = below(seed, count ? count : 1), from = below(seed, count ? count : 1);
    switch (below(seed, 6)) {
    case 0: /* insert */
    case 1: /* duplicate */
        if (count == room)
            break;
        new_record(&kept, seed);
        if (count && below(seed, 3) == 0)
            kept = records[from];
        memmove(records + at + 1, records + at, (count - at) * sizeof(*records));
        records[at] = kept;
        return count + 1;
    case 2: /* delete */
        if (!count)
            break;
        memmove(records + at, records + at + 1, (count - at - 1) * sizeof(*records));
        return count - 1;
    case 3: /* swap */
        if (!count)
            break;
        kept = records[at];
        records[at] = records[from];
        records[from] = kept;
        break;
    case 4: /* spoil, or put right */
        if (!count)
            break;
        records[at].spoil = (uint8_t)(below(seed, 2) ? 0 : 255 - below(seed, 256 - COMMANDS_SPOIL));
        records[at].spoilt_word = (uint8_t)below(seed, 32);
        records[at].spoilt_value = (uint8_t)below(seed, 256);
        break;
    default: /* another parameter */
        if (count)
            records[at].parameters[below(seed, COMMANDS_PARAMETERS)] = (uint8_t)below(seed, 256);
        break;
    }
    return count;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed)
{
    const size_t record = sizeof(struct commands_record);
    if (most < 2 * record)
        return LLVMFuzzerMutate(data, size, most);
    if (size < record) {
        memset(data, 0, record);
        data[0] = COMMANDS_WORLD | COMMANDS_BOUND;
        size = record;
    }
    if (below(&seed, 4) == 0)
        return LLVMFuzzerMutate(data, size, most);
    struct commands_record *records = calloc(RECORDS_MOST, record);
    uint32_t room = (uint32_t)(most / record) - 1, count = (uint32_t)(size / record) - 1;
    if (!records)
        return size;
    room = room < RECORDS_MOST ? room : RECORDS_MOST;
    count = count < room ? count : room;
    memcpy(records, data + record, count * record);
    count = change_records(records, count, room, &seed);
    memcpy(data + record, records, count * record);
    free(records);
    return (1 + count) * record;
}

/* The beginning of one list, then the end of another. */
size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size, uint8_t *out,
                                 size_t most, unsigned seed)
{
    const size_t record = sizeof(struct commands_record);
    size_t first = record * (1 + below(&seed, (uint32_t)(a_size / record) + 1));
    size_t skipped = record * (1 + below(&seed, (uint32_t)(b_size / record) + 1));
    first = first < a_size ? first : a_size;
    first = first < most ? first : most;
    size_t rest = skipped < b_size ? b_size - skipped : 0;
    rest = rest < most - first ? rest : most - first;
    memcpy(out, a, first);
    if (rest)
        memcpy(out + first, b + skipped, rest);
    return first + rest;
}
