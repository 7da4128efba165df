/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * main() of a fuzz target without libFuzzer: every compiler and every sanitizer can run it, and the same arguments make
 * the same run. It needs LLVMFuzzerTestOneInput, and takes LLVMFuzzerCustomMutator if the target has one.
 *
 *   fuzz-NAME [ITERATIONS [SEED]]   replays the seeds, then so many inputs made from them (2,000 and seed 1 by default)
 *   fuzz-NAME PATH...               replays files, and what lies in folders, and nothing else
 *
 * The input that ends the process is left in fuzz-NAME.input in the working directory.
 */
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define INPUT_MOST 4096u /* inputs are small: what libFuzzer is told as well */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed) __attribute__((weak));
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most);
void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));

/* Freed memory is kept for a while by address sanitizers; less of it is enough here. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "quarantine_size_mb=8:malloc_context_size=8:handle_abort=0";
}

struct input {
    uint8_t *bytes; /* owned */
    size_t size;
};

struct pool {
    struct input *inputs; /* owned */
    size_t count, capacity;
};

/* The input that is running, for who has to write it down. Reached from a signal handler, and by mutators. */
static struct {
    const char *name;
    const uint8_t *data;
    size_t size;
    uint64_t random;
} now = {.random = 1};

/* ---- Findings ---------------------------------------------------------------------------------------------------- */

static void keep_input(void)
{
    char path[64] = {0};
    size_t used = 0;
    for (const char *part = now.name; *part && used < sizeof(path) - 8; part++)
        path[used++] = *part;
    memcpy(path + used, ".input", 6);
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (file < 0 || write(file, now.data, now.size) != (ssize_t)now.size)
        return;
    close(file);
    static const char text[] = "fuzz: the input was kept in the working directory, as ";
    if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0 || write(STDERR_FILENO, path, used + 6) < 0 ||
        write(STDERR_FILENO, "\n", 1) < 0)
        return;
}

static void on_abort(int number)
{
    signal(number, SIG_DFL);
    keep_input();
    raise(number);
}

static void run(const uint8_t *data, size_t size)
{
    /* A copy of exactly that size, so that a sanitizer sees a read beyond it. */
    uint8_t *copy = malloc(size ? size : 1);
    if (!copy)
        abort();
    memcpy(copy, data, size);
    now.data = copy;
    now.size = size;
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
}

/* ---- Seeds ------------------------------------------------------------------------------------------------------- */

static void pool_add(struct pool *pool, uint8_t *bytes, size_t size)
{
    if (pool->count == pool->capacity) {
        pool->capacity = pool->capacity ? pool->capacity * 2 : 64;
        pool->inputs = realloc(pool->inputs, pool->capacity * sizeof(*pool->inputs));
        if (!pool->inputs)
            abort();
    }
    pool->inputs[pool->count++] = (struct input){bytes, size};
}

static bool add_file(struct pool *pool, const char *path)
{
    FILE *file = fopen(path, "rb");
    uint8_t *bytes = file ? malloc(1 << 20) : NULL;
    if (bytes)
        pool_add(pool, bytes, fread(bytes, 1, 1 << 20, file));
    if (file)
        fclose(file);
    return bytes;
}

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* A file, or the files of a folder in the order of their names. */
static bool add_path(struct pool *pool, const char *path)
{
    struct stat status;
    struct dirent **entries;
    if (stat(path, &status) != 0)
        return false;
    if (!S_ISDIR(status.st_mode))
        return add_file(pool, path);
    int count = scandir(path, &entries, is_visible, alphasort);
    bool good = count >= 0;
    for (int i = 0; i < count; i++) {
        char file[4096];
        snprintf(file, sizeof(file), "%s/%s", path, entries[i]->d_name);
        good &= add_file(pool, file);
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
    return good;
}

static void pool_finish(struct pool *pool)
{
    for (size_t i = 0; i < pool->count; i++)
        free(pool->inputs[i].bytes);
    free(pool->inputs);
}

/* ---- Mutation ---------------------------------------------------------------------------------------------------- */

static uint32_t below(uint32_t count)
{
    now.random ^= now.random >> 12;
    now.random ^= now.random << 25;
    now.random ^= now.random >> 27;
    return (uint32_t)((now.random * UINT64_C(2685821657736338717) >> 32) * count >> 32);
}

/* One small change, as libFuzzer's function of this name makes. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most)
{
    static const uint32_t edges[] = {0,    1,      4,       16,         255,         256,
                                     4096, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000u, 0xFFFFFFFFu};
    if (size == 0) {
        data[0] = (uint8_t)below(256);
        return 1;
    }
    uint32_t at = below((uint32_t)size), length = 1 + below(16);
    switch (below(5)) {
    case 0:
        data[at] ^= (uint8_t)(1u << below(8));
        return size;
    case 1:
        data[at] = (uint8_t)below(256);
        return size;
    case 2:
        if (at + 4 <= size)
            memcpy(data + at, &edges[below(sizeof(edges) / sizeof(edges[0]))], 4);
        return size;
    case 3: /* less */
        if (at + length > size)
            length = (uint32_t)size - at;
        memmove(data + at, data + at + length, size - at - length);
        return size - length;
    default: /* more */
        if (size + length > most || at + length > size)
            return size;
        memmove(data + at + length, data + at, size - at);
        return size + length;
    }
}

static size_t mutate(const struct pool *pool, uint8_t *bytes)
{
    size_t size = 0;
    if (pool->count) {
        const struct input *seed = &pool->inputs[below((uint32_t)pool->count)];
        size = seed->size < INPUT_MOST ? seed->size : INPUT_MOST;
        memcpy(bytes, seed->bytes, size);
    }
    for (uint32_t changes = 1 + below(8); changes; changes--) {
        if (LLVMFuzzerCustomMutator)
            size = LLVMFuzzerCustomMutator(bytes, size, INPUT_MOST, below(UINT32_MAX));
        else
            size = LLVMFuzzerMutate(bytes, size, INPUT_MOST);
    }
    return size;
}

/* ---- Runs -------------------------------------------------------------------------------------------------------- */

static int replay(char **paths)
{
    struct pool pool = {0};
    for (; *paths; paths++) {
        if (!add_path(&pool, *paths)) {
            fprintf(stderr, "%s: cannot read %s\n", now.name, *paths);
            return 2;
        }
    }
    for (size_t i = 0; i < pool.count; i++)
        run(pool.inputs[i].bytes, pool.inputs[i].size);
    printf("%s: %zu inputs replayed, nothing found\n", now.name, pool.count);
    pool_finish(&pool);
    return 0;
}

static int fuzz(uint64_t iterations, uint64_t seed)
{
    static uint8_t bytes[INPUT_MOST];
    struct pool pool = {0};
    now.random = seed * UINT64_C(0x9E3779B97F4A7C15) | 1;
    printf("%s: seed %" PRIu64 "\n", now.name, seed);
    if (!add_path(&pool, PVGPU_FUZZ_SEEDS) || !pool.count) {
        printf("%s: no seeds in %s\n0 passed, 1 failed, 0 skipped\n", now.name, PVGPU_FUZZ_SEEDS);
        pool_finish(&pool);
        return 1;
    }
    for (size_t i = 0; i < pool.count; i++)
        run(pool.inputs[i].bytes, pool.inputs[i].size);
    for (uint64_t i = 0; i < iterations; i++)
        run(bytes, mutate(&pool, bytes));
    printf("%s: %zu seeds and %" PRIu64 " inputs made from them, nothing found\n", now.name, pool.count, iterations);
    pool_finish(&pool);
    printf("1 passed, 0 failed, 0 skipped\n");
    return 0;
}

int main(int argc, char **argv)
{
    const char *slash = strrchr(argv[0], '/');
    now.name = slash ? slash + 1 : argv[0];
    signal(SIGABRT, on_abort);
    if (__sanitizer_set_death_callback)
        __sanitizer_set_death_callback(keep_input);
    if (argc > 1 && !isdigit((unsigned char)argv[1][0]))
        return replay(argv + 1);
    return fuzz(argc > 1 ? strtoull(argv[1], NULL, 0) : 2000, argc > 2 ? strtoull(argv[2], NULL, 0) : 1);
}
