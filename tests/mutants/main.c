/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * mutants: see README.md.
 *
 *   mutants STAGE COUNT SEED FOLDER    draws COUNT accepted mutants of a stage (vs, ps, gs, hs, ds, cs); what a child
 *                                      process does not survive is kept in FOLDER
 *   mutants STAGE FILE...              draws these files, each in a process of its own
 */
#include "mutants.h"

#include "base/time.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define ALONE_SECONDS 6u /* what is still at work then, alone, hangs */
#define RULES_SHOWN 10u
#define SAID_BYTES 4096u

static const char *const stage_names[PVGPU_STAGE_COUNT] = {"vs", "ps", "gs", "hs", "ds", "cs"};

struct tally {
    uint64_t deaths, hangs, losses;
    uint64_t slow; /* no progress for a moment, but alone it ended */
    uint64_t unconfirmed; /* of the deaths: no mutant kills a process alone */
};

static struct pool pool;

/* ---- Reproducers ------------------------------------------------------------------------------------------------- */

/* The end of what the child said. */
static void copy_said(FILE *to, const char *folder)
{
    char path[512], said[SAID_BYTES];
    snprintf(path, sizeof(path), "%s/child.log", folder);
    FILE *file = fopen(path, "rb");
    if (!file)
        return;
    if (fseek(file, -(long)sizeof(said), SEEK_END) != 0)
        fseek(file, 0, SEEK_SET);
    size_t size = fread(said, 1, sizeof(said), file);
    fwrite(said, 1, size, to);
    fclose(file);
}

static void keep(const struct job *job, const char *what, uint64_t index, const struct mutant *mutant, int signal)
{
    char path[512];
    snprintf(path, sizeof(path), "%s/%s-%" PRIu64 "-%" PRIu64 ".dxbc", job->folder, what, job->seed, index);
    FILE *file = fopen(path, "wb");
    bool good = file && fwrite(mutant->bytes, 1, mutant->size, file) == mutant->size;
    if (file)
        good &= fclose(file) == 0;
    memcpy(path + strlen(path) - 4, "text", 4);
    file = fopen(path, "w");
    if (file) {
        fprintf(file, "%s, mutant %" PRIu64 " of seed %" PRIu64 ", made from %s; signal %d\n", what, index, job->seed,
                mutant->parent->name, signal);
        copy_said(file, job->folder);
        good &= fclose(file) == 0;
    }
    if (!good || !file)
        fprintf(stderr, "mutants: %s could not be written\n", path);
    printf("mutants: %s: %s at %" PRIu64 ", made from %s, signal %d\n", stage_names[job->stage], what, index,
           mutant->parent->name, signal);
}

/* ---- Who was it? ------------------------------------------------------------------------------------------------- */

static enum child_end try_alone(const struct job *job, uint64_t index, struct mutant *mutant, int *signal)
{
    struct progress progress = {0}, *shared = job->progress;
    if (!pool_mutate(&pool, job->stage, job->seed, index, mutant, NULL))
        return CHILD_DONE;
    progress = *shared; /* what is done alone does not count */
    enum child_end end = child_run_alone(job, mutant, ALONE_SECONDS, signal);
    *shared = progress;
    return end;
}

/* Drivers compile in threads of their own, so the guilty one may be a little older than the last. */
static void find_guilty(const struct job *job, enum child_end end, int signal, struct tally *tally)
{
    static struct mutant mutant;
    const struct progress *progress = job->progress;
    uint64_t last = progress->index, count = progress->recent_count;
    int alone_signal = 0;
    for (uint32_t i = 0; i <= RECENT && i <= count; i++) {
        uint64_t index = i == 0 ? last : progress->recent[(count - i) % RECENT];
        enum child_end alone = try_alone(job, index, &mutant, &alone_signal);
        if (alone == CHILD_DONE && end == CHILD_HUNG)
            break; /* older ones were done */
        if (alone == CHILD_DONE || alone == CHILD_NO_HOST)
            continue;
        tally->deaths += alone == CHILD_DIED;
        tally->hangs += alone == CHILD_HUNG;
        tally->losses += alone == CHILD_LOST;
        keep(job, alone == CHILD_DIED ? "death" : alone == CHILD_HUNG ? "hang" : "lost", index, &mutant, alone_signal);
        return;
    }
    if (end == CHILD_HUNG) {
        tally->slow++;
        return;
    }
    tally->deaths++;
    tally->unconfirmed++;
    if (pool_mutate(&pool, job->stage, job->seed, last, &mutant, NULL))
        keep(job, "unconfirmed", last, &mutant, signal);
}

/* The host should refuse nothing that the check accepts. */
static void keep_refused(const struct job *job)
{
    static struct mutant mutant;
    const struct progress *progress = job->progress;
    for (uint64_t i = 0; i < progress->results[SCENE_REFUSED] && i < REFUSED_MOST; i++) {
        if (pool_mutate(&pool, job->stage, job->seed, progress->refused[i], &mutant, NULL))
            keep(job, "refused", progress->refused[i], &mutant, 0);
    }
}

/* ---- A run ------------------------------------------------------------------------------------------------------- */

static void print_rules(const struct made *made)
{
    bool shown[256] = {false};
    for (uint32_t i = 0; i < RULES_SHOWN; i++) {
        uint32_t most = 0;
        for (uint32_t rule = 1; rule <= PVGPU_DXBC_RULE_COUNT && rule < 256; rule++) {
            if (!shown[rule] && (most == 0 || made->rules[rule] > made->rules[most]))
                most = rule;
        }
        if (most == 0 || made->rules[most] == 0)
            return;
        shown[most] = true;
        printf("    %8" PRIu64 " %s\n", made->rules[most], pvgpu_dxbc_rule_name((enum pvgpu_dxbc_rule)most));
    }
}

static void print_tally(const struct job *job, const struct tally *tally, double seconds)
{
    const struct progress *p = job->progress;
    uint64_t refused = 0;
    for (uint32_t rule = 1; rule < 256; rule++)
        refused += p->made.rules[rule];
    printf("%s: changes tried %" PRIu64 ", refused by a rule %" PRIu64 "; mutants made %" PRIu64 ", accepted %" PRIu64
           "\n    drawn %" PRIu64 ", created only %" PRIu64 ", refused by the host %" PRIu64 ", deaths %" PRIu64
           " (unconfirmed %" PRIu64 "), hangs %" PRIu64 ", device lost %" PRIu64 ", slow %" PRIu64
           "; %.0f s\n  rules that refused most:\n",
           stage_names[job->stage], refused + p->made.rules[0] + p->made.useless, refused, p->index, p->accepted,
           p->results[SCENE_DRAWN], p->results[SCENE_UNDRAWN], p->results[SCENE_REFUSED], tally->deaths,
           tally->unconfirmed, tally->hangs, tally->losses, tally->slow, seconds);
    print_rules(&p->made);
}

static int run(const struct job *job)
{
    struct tally tally = {0};
    uint64_t start = pvgpu_time_now_ns(), first = 0;
    for (;;) {
        int signal;
        job->progress->recent_count = 0;
        enum child_end end = child_run(job, first, &signal);
        if (end == CHILD_NO_HOST) {
            fprintf(stderr, "mutants: no Direct3D: see %s/child.log\n", job->folder);
            return 3;
        }
        if (end == CHILD_DONE)
            break;
        find_guilty(job, end, signal, &tally);
        first = job->progress->index + 1;
    }
    keep_refused(job);
    print_tally(job, &tally, (double)(pvgpu_time_now_ns() - start) / (double)PVGPU_NS_PER_S);
    printf("%d passed, %d failed, 0 skipped\n", tally.deaths == 0, tally.deaths != 0);
    return tally.deaths != 0;
}

/* ---- Replays ----------------------------------------------------------------------------------------------------- */

static bool read_mutant(struct mutant *mutant, const char *path, enum pvgpu_stage stage)
{
    FILE *file = fopen(path, "rb");
    if (!file) {
        printf("%s: cannot be read\n", path);
        return false;
    }
    mutant->size = fread(mutant->bytes, 1, sizeof(mutant->bytes), file);
    fclose(file);
    enum pvgpu_dxbc_rule rule = pvgpu_dxbc_check(mutant->bytes, mutant->size, stage, &mutant->dxbc);
    if (rule)
        printf("%s: refused: %s\n", path, pvgpu_dxbc_rule_name(rule));
    return rule == PVGPU_DXBC_OK;
}

static int replay(const struct job *job, char **paths)
{
    static const char *const ends[] = {"survived", "death", "hang", "device lost", "no Direct3D"};
    static struct mutant mutant;
    int bad = 0, signal;
    for (; *paths; paths++) {
        if (!read_mutant(&mutant, *paths, job->stage))
            continue;
        memset(job->progress, 0, sizeof(*job->progress));
        enum child_end end = child_run_alone(job, &mutant, ALONE_SECONDS, &signal);
        const char *what = job->progress->results[SCENE_DRAWN]     ? "drawn"
                           : job->progress->results[SCENE_REFUSED] ? "refused by the host"
                                                                   : "not drawn";
        printf("%s: %s, %s, signal %d\n", *paths, ends[end], what, signal);
        bad |= end != CHILD_DONE;
    }
    return bad;
}

static struct progress *share_progress(void)
{
    void *memory = mmap(NULL, sizeof(struct progress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        abort();
    return memory;
}

int main(int argc, char **argv)
{
    struct job job = {.pool = &pool, .folder = "/tmp"};
    uint32_t stage = 0;
    while (argc > 1 && stage < PVGPU_STAGE_COUNT && strcmp(argv[1], stage_names[stage]) != 0)
        stage++;
    if (argc < 3 || stage == PVGPU_STAGE_COUNT) {
        fprintf(stderr, "usage: mutants STAGE COUNT SEED FOLDER, or mutants STAGE FILE...\n");
        return 2;
    }
    pool_fill(&pool);
    job.stage = (enum pvgpu_stage)stage;
    job.progress = share_progress();
    if (argc != 5 || !isdigit((unsigned char)argv[2][0]))
        return replay(&job, argv + 2);
    job.wanted = strtoull(argv[2], NULL, 0);
    job.seed = strtoull(argv[3], NULL, 0);
    job.folder = argv[4];
    return run(&job);
}
