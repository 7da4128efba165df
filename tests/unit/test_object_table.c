/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The table of objects against a simple model, at its edges, and under ids that are chosen to collide; the pool. */
#include "base/pool.h"
#include "gpu/object_table.h"

#include "check.h"

#include <stdlib.h>

/* Any numbers will do but those that a test is about. */
static const struct pvgpu_hash_seed some_seed = {.first = UINT64_C(0x9E3779B97F4A7C15),
                                                 .second = UINT64_C(0xD1B54A32D192ED03),
                                                 .addend = UINT64_C(0x2545F4914F6CDD1D)};

static uint32_t next_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*state >> 32);
}

static bool add(struct pvgpu_object_table *table, struct pvgpu_object *object, uint32_t id)
{
    object->id = id;
    if (!pvgpu_object_table_reserve(table))
        return false;
    pvgpu_object_table_insert(table, object);
    return true;
}

static void empty(struct check *check)
{
    struct pvgpu_object_table table;
    pvgpu_object_table_init(&table, &some_seed);
    CHECK(pvgpu_object_table_find(&table, 1) == NULL);
    CHECK(pvgpu_object_table_find(&table, 0) == NULL);
    CHECK(pvgpu_object_table_remove(&table, 1) == NULL);
    CHECK(pvgpu_object_table_take_any(&table) == NULL);
    pvgpu_object_table_finish(&table);
    pvgpu_object_table_finish(&table);
}

static void ids_at_the_edges(struct check *check)
{
    static const uint32_t ids[] = {1, 2, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF};
    enum { COUNT = sizeof(ids) / sizeof(ids[0]) };
    struct pvgpu_object objects[COUNT] = {0};
    struct pvgpu_object_table table;
    pvgpu_object_table_init(&table, &some_seed);
    for (int i = 0; i < COUNT; i++)
        CHECK(add(&table, &objects[i], ids[i]));
    for (int i = 0; i < COUNT; i++)
        CHECK(pvgpu_object_table_find(&table, ids[i]) == &objects[i]);
    CHECK(pvgpu_object_table_find(&table, 0) == NULL);
    CHECK(pvgpu_object_table_find(&table, 3) == NULL);
    CHECK(pvgpu_object_table_find(&table, 0xFFFFFFFD) == NULL);
    for (int i = 0; i < COUNT; i++) {
        CHECK(pvgpu_object_table_remove(&table, ids[i]) == &objects[i]);
        CHECK(pvgpu_object_table_find(&table, ids[i]) == NULL);
        CHECK(pvgpu_object_table_remove(&table, ids[i]) == NULL);
    }
    CHECK_EQ(table.index.count, 0);
    pvgpu_object_table_finish(&table);
}

#define MODEL_IDS 20000u
#define STEPS 400000u

/* Ids of three sorts: small ones, the last ones, and some far apart. */
static uint32_t id_of(uint32_t which)
{
    if (which % 3 == 0)
        return which + 1;
    return which % 3 == 1 ? UINT32_MAX - which : which * 65536u + 3;
}

/* Random insertions, removals and searches; the model is an array of what is in. */
static void against_a_model(struct check *check)
{
    struct pvgpu_object_table table;
    struct pvgpu_object *objects = calloc(MODEL_IDS, sizeof(*objects));
    bool *is_in = calloc(MODEL_IDS, sizeof(*is_in));
    uint64_t random = 7;
    uint32_t count = 0;
    if (!CHECK(objects && is_in))
        return;
    pvgpu_object_table_init(&table, &some_seed);
    for (uint32_t step = 0; step < STEPS; step++) {
        uint32_t which = next_random(&random) % MODEL_IDS, id = id_of(which);
        /* Mostly insertions in the first half, mostly removals in the second. */
        bool wants_in = next_random(&random) % 4 != (step < STEPS / 2 ? 0 : step % 4);
        struct pvgpu_object *found = pvgpu_object_table_find(&table, id);
        if (!CHECK(found == (is_in[which] ? &objects[which] : NULL)))
            break;
        if (wants_in && !is_in[which]) {
            CHECK(add(&table, &objects[which], id));
            is_in[which] = true;
            count++;
        } else if (!wants_in) {
            CHECK(pvgpu_object_table_remove(&table, id) == found);
            count -= is_in[which];
            is_in[which] = false;
        }
        if (!CHECK_EQ(table.index.count, count))
            break;
    }
    for (uint32_t which = 0; which < MODEL_IDS; which++) {
        if (!CHECK(pvgpu_object_table_find(&table, id_of(which)) == (is_in[which] ? &objects[which] : NULL)))
            break;
    }
    pvgpu_object_table_finish(&table);
    free(is_in);
    free(objects);
}

/* Everything is there after every single step of growing, beyond several segments of heads. */
static void growth(struct check *check)
{
    enum { COUNT = 5000 };
    struct pvgpu_object_table table;
    struct pvgpu_object *objects = calloc(COUNT, sizeof(*objects));
    pvgpu_object_table_init(&table, &some_seed);
    for (uint32_t i = 0; i < COUNT; i++) {
        CHECK(add(&table, &objects[i], i * 977 + 1));
        for (uint32_t j = i % 50; j <= i; j += 50) {
            if (!CHECK(pvgpu_object_table_find(&table, j * 977 + 1) == &objects[j]))
                goto finish;
        }
    }
    /* One insertion divides at most two chains: at no step does the table take long. */
    CHECK(table.index.heads >= COUNT);
    CHECK(table.index.heads <= 2 * COUNT + PVGPU_HASH_SEGMENT_HEADS);

finish:
    pvgpu_object_table_finish(&table);
    free(objects);
}

/* Taking everything out one by one, while new objects come in and the table grows. */
static void growth_while_emptied(struct check *check)
{
    enum { COUNT = 3000, LATER = 4000 };
    struct pvgpu_object_table table;
    struct pvgpu_object *objects = calloc(COUNT + LATER, sizeof(*objects));
    uint32_t added = COUNT, taken = 0;
    pvgpu_object_table_init(&table, &some_seed);
    for (uint32_t i = 0; i < COUNT; i++)
        CHECK(add(&table, &objects[i], i + 1));
    for (struct pvgpu_object *object; (object = pvgpu_object_table_take_any(&table)); taken++) {
        CHECK(object->references == 0);
        object->references = 1;
        CHECK(pvgpu_object_table_find(&table, object->id) == NULL);
        for (int i = 0; i < 2 && added < COUNT + LATER; i++, added++)
            CHECK(add(&table, &objects[added], added + 1));
    }
    CHECK_EQ(taken, COUNT + LATER);
    CHECK_EQ(table.index.count, 0);
    for (uint32_t i = 0; i < COUNT + LATER; i++)
        CHECK_EQ(objects[i].references, 1);
    pvgpu_object_table_finish(&table);
    free(objects);
}

/* The inverse of an odd number modulo 2^32. */
static uint32_t inverse(uint32_t odd)
{
    uint32_t x = odd;
    for (int i = 0; i < 5; i++)
        x *= 2 - odd * x;
    return x;
}

/* The longest chain with so many ids of a sort. */
static uint32_t longest_chain(uint32_t (*id_at)(uint32_t), uint32_t count, const struct pvgpu_hash_seed *seed)
{
    struct pvgpu_object_table table;
    struct pvgpu_object *objects = calloc(count, sizeof(*objects));
    pvgpu_object_table_init(&table, seed);
    for (uint32_t i = 0; i < count; i++)
        add(&table, &objects[i], id_at(i));
    uint32_t longest = pvgpu_hash_longest_chain(&table.index);
    pvgpu_object_table_finish(&table);
    free(objects);
    return longest;
}

/* Their products with the multiplier of the usual multiplicative hash differ in the low bits alone, or in the high. */
static uint32_t colliding_in_high_bits(uint32_t i)
{
    return inverse(2654435769u) * (i + 1);
}

static uint32_t colliding_in_low_bits(uint32_t i)
{
    return inverse(2654435769u) * ((i + 1) << 16);
}

static uint32_t counting(uint32_t i)
{
    return i + 1;
}

static uint32_t far_apart(uint32_t i)
{
    return (i + 1) << 16;
}

static void ids_that_collide_elsewhere(struct check *check)
{
    static uint32_t (*const sorts[])(uint32_t) = {colliding_in_high_bits, colliding_in_low_bits, counting, far_apart};
    uint64_t random = 42;
    for (int round = 0; round < 20; round++) {
        struct pvgpu_hash_seed seed;
        for (size_t i = 0; i < 3; i++)
            (&seed.first)[i] = (uint64_t)next_random(&random) << 32 | next_random(&random);
        /* Half a node a chain on average: with independent values the longest of 30,000 has about eight. */
        for (size_t i = 0; i < sizeof(sorts) / sizeof(sorts[0]); i++)
            CHECK(longest_chain(sorts[i], 30000, &seed) <= 24);
    }
}

static uint32_t colliding_with_known_seed(uint32_t i)
{
    /* Multiples of 2^16, whose products with 2^16 have zeros in the bits that choose a chain. */
    return i << 16;
}

/* The check above can fail: ids that are made for a seed that is known are all in one chain. */
static void known_seed(struct check *check)
{
    const struct pvgpu_hash_seed weak = {.first = UINT64_C(1) << 48};
    CHECK_EQ(longest_chain(colliding_with_known_seed, 1000, &weak), 1000);
}

/* ---- The pool ---------------------------------------------------------------------------------------------------- */

static bool is_zero(const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (bytes[i])
            return false;
    }
    return true;
}

/* Cells of all sizes: aligned, zeroed also the second time, apart from each other. */
static void pool_cells(struct check *check)
{
    enum { MOST = 3000 };
    struct pvgpu_pool pool = {0};
    struct cell {
        uint8_t *bytes;
        size_t size;
        uint8_t mark;
    } *cells = calloc(MOST, sizeof(*cells));
    uint64_t random = 3;
    for (int step = 0; step < 60000; step++) {
        struct cell *cell = &cells[next_random(&random) % MOST];
        if (cell->bytes) {
            bool whole = cell->bytes[0] == cell->mark && cell->bytes[cell->size - 1] == cell->mark &&
                         cell->bytes[cell->size / 2] == cell->mark;
            if (!CHECK(whole))
                break;
            pvgpu_pool_give(&pool, cell->bytes, cell->size);
            cell->bytes = NULL;
            continue;
        }
        cell->size =
            next_random(&random) % 8 ? 1 + next_random(&random) % 300 : 1 + next_random(&random) % PVGPU_POOL_LARGEST;
        cell->bytes = pvgpu_pool_take(&pool, cell->size);
        cell->mark = (uint8_t)(1 + step % 255);
        if (!CHECK(cell->bytes != NULL) || !CHECK((uintptr_t)cell->bytes % 16 == 0) ||
            !CHECK(is_zero(cell->bytes, cell->size)))
            break;
        memset(cell->bytes, cell->mark, cell->size);
    }
    for (int i = 0; i < MOST; i++)
        pvgpu_pool_give(&pool, cells[i].bytes, cells[i].size);
    pvgpu_pool_finish(&pool);
    free(cells);
}

static void pool_edges(struct check *check)
{
    static const size_t sizes[] = {1, 15, 16, 17, 255, 256, 257, 511, 512, 513, 2816, 4095, 4096};
    enum { CELLS = 40 }; /* of the largest: more than one chunk */
    void *kept[CELLS];
    struct pvgpu_pool pool = {0};
    pvgpu_pool_give(&pool, NULL, 16);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        for (int n = 0; n < CELLS; n++) {
            uint8_t *bytes = pvgpu_pool_take(&pool, sizes[i]);
            if (!CHECK(bytes && is_zero(bytes, sizes[i])))
                return;
            memset(bytes, 0xFF, sizes[i]);
            kept[n] = bytes;
        }
        for (int n = 0; n < CELLS; n++)
            pvgpu_pool_give(&pool, kept[n], sizes[i]);
    }
    pvgpu_pool_finish(&pool);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(empty),      CHECK_CASE(ids_at_the_edges),     CHECK_CASE(against_a_model),
        CHECK_CASE(growth),     CHECK_CASE(growth_while_emptied), CHECK_CASE(ids_that_collide_elsewhere),
        CHECK_CASE(known_seed), CHECK_CASE(pool_cells),           CHECK_CASE(pool_edges),
    };
    return check_run(cases, sizeof(cases) / sizeof(cases[0]), argc, argv);
}
