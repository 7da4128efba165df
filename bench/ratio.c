/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#define _GNU_SOURCE
/*
 * bench-ratio: the same workloads by direct Direct3D 11 in one process, and through the whole backend: a guest in this
 * process, the pipe link, session and renderer processes. Repetitions of the two alternate in one run, so that what the
 * machine does besides hits both. What each side leaves behind is compared byte for byte (by hash).
 */
#include "ratio.h"

#include "bench.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define WARM_UPS 2u
#define MOST_REPETITIONS 101u
#define LEAST_RATIO 0.8

struct workload {
    const char *name; /* for --only */
    const char *text;
    uint32_t count; /* operations of a repetition */
};

/* Counts make repetitions of about a tenth of a second on two slow cores. */
static const struct workload workloads[WORKLOAD_COUNT] = {
    [WORKLOAD_DRAW] = {"draw", "small draws", 100000},
    [WORKLOAD_CHURN] = {"churn", "5 state changes + draw", 10000},
    [WORKLOAD_UPDATE] = {"update", "256-byte UPDATE + draw", 40000},
    [WORKLOAD_DISCARD] = {"discard", "64 KiB UNMAP + draw", 4096},
    [WORKLOAD_BUFFER] = {"buffer", "1 MiB to a buffer", 64},
    [WORKLOAD_TEXTURE] = {"texture", "1 MiB to a texture", 64},
    [WORKLOAD_BUFFER_IN_PLACE] = {"in-place-buffer", "... buffer, bytes in the heap", 64},
    [WORKLOAD_TEXTURE_IN_PLACE] = {"in-place-texture", "... texture, bytes in the heap", 64},
    [WORKLOAD_READ] = {"read", "1 MiB read back", 64},
    [WORKLOAD_LATENCY] = {"latency", "draw + read of 4 x 4", 200},
};

enum side { DIRECT, BACKEND, SIDES };

struct measurement {
    double elapsed_us[SIDES][MOST_REPETITIONS]; /* an operation */
    double cpu_us[SIDES][MOST_REPETITIONS]; /* processor time of all the side's processes, an operation */
    double switches[SIDES][MOST_REPETITIONS]; /* of threads, an operation */
    uint64_t faults[SIDES][MOST_REPETITIONS];
    bool disturbed[MOST_REPETITIONS]; /* by page faults, on either side */
    uint64_t hash[SIDES];
};

struct bench {
    uint32_t repetitions, divisor;
    const char *only;
    pid_t direct;
    int requests, results; /* pipes to and from the direct child */
    struct ratio_guest *guest;
    pid_t pids[SIDES][BENCH_MOST_PROCESSES + 1];
    size_t pid_count[SIDES];
};

struct ratio_sources *ratio_sources_create(void)
{
    struct ratio_sources *sources = calloc(1, sizeof(*sources));
    if (!sources)
        return NULL;
    for (uint32_t i = 0; i < WORKLOAD_SOURCES; i++) {
        workload_constants(i, sources->constants[i]);
        workload_vertices(i, sources->vertices[i]);
        workload_pattern(i, sources->big[i], WORKLOAD_BIG_BYTES);
    }
    return sources;
}

/* ---- Sides ---- */

static bool start_direct(struct bench *bench)
{
    int requests[2], results[2];
    pid_t parent = getpid();
    if (pipe(requests) != 0 || pipe(results) != 0)
        return false;
    bench->direct = fork();
    if (bench->direct == 0) {
        bench_follow_parent(parent);
        close(requests[1]);
        close(results[0]);
        _exit(ratio_direct_serve(requests[0], results[1]));
    }
    close(requests[0]);
    close(results[1]);
    bench->requests = requests[1];
    bench->results = results[0];
    bench->pids[DIRECT][0] = bench->direct;
    bench->pid_count[DIRECT] = 1;
    return bench->direct > 0;
}

static void stop_direct(struct bench *bench)
{
    if (bench->direct <= 0)
        return;
    close(bench->requests);
    close(bench->results);
    waitpid(bench->direct, NULL, 0);
}

static bool play(struct bench *bench, enum side side, const struct ratio_request *request, struct ratio_result *result)
{
    *result = (struct ratio_result){0};
    if (side == BACKEND)
        ratio_guest_run(bench->guest, request, result);
    else if (write(bench->requests, request, sizeof(*request)) != (ssize_t)sizeof(*request) ||
             read(bench->results, result, sizeof(*result)) != (ssize_t)sizeof(*result))
        fprintf(stderr, "bench-ratio: the direct program is gone\n");
    return result->good;
}

/* ---- Repetitions ---- */

static bool repeat(struct bench *bench, enum side side, const struct ratio_request *request, uint32_t repetition,
                   struct measurement *m)
{
    struct ratio_result result;
    struct bench_usage before = bench_usage_of(bench->pids[side], bench->pid_count[side]);
    if (!play(bench, side, request, &result))
        return false;
    struct bench_usage after = bench_usage_of(bench->pids[side], bench->pid_count[side]);
    m->elapsed_us[side][repetition] = (double)result.elapsed_ns / 1e3 / request->count;
    m->cpu_us[side][repetition] = (double)(after.cpu_ns - before.cpu_ns) / 1e3 / request->count;
    m->switches[side][repetition] = (double)(after.switches - before.switches) / request->count;
    m->faults[side][repetition] = after.faults - before.faults;
    m->disturbed[repetition] |= bench_is_disturbed(after.faults - before.faults, (double)result.elapsed_ns);
    return true;
}

static bool measure(struct bench *bench, enum workload_kind kind, struct measurement *m)
{
    struct ratio_request request = {.kind = kind, .count = workloads[kind].count / bench->divisor};
    struct ratio_result result;
    *m = (struct measurement){0};
    request.wants_hash = 1;
    for (uint32_t i = 0; i < WARM_UPS * SIDES; i++) {
        if (!play(bench, i % SIDES, &request, &result))
            return false;
        m->hash[i % SIDES] = result.hash;
    }
    request.wants_hash = 0;
    for (uint32_t i = 0; i < bench->repetitions; i++) {
        enum side first = i % 2 ? BACKEND : DIRECT; /* neither always comes second */
        if (!repeat(bench, first, &request, i, m) || !repeat(bench, first == DIRECT ? BACKEND : DIRECT, &request, i, m))
            return false;
    }
    return true;
}

/* ---- The table ---- */

struct summary {
    double median[SIDES], best[SIDES], cpu[SIDES]; /* us an operation */
    double ratio; /* throughput of the backend over direct, median of the pairs */
    double best_ratio;
    double switches[SIDES]; /* an operation */
    double faults[SIDES]; /* median of a repetition */
    uint32_t used, disturbed;
};

/* Pairs without page faults count; all of them when fewer than half are without. */
static struct summary summarise(const struct measurement *m, uint32_t repetitions)
{
    struct summary s = {0};
    double values[MOST_REPETITIONS], ratios[MOST_REPETITIONS];
    for (uint32_t i = 0; i < repetitions; i++)
        s.disturbed += m->disturbed[i];
    bool all = s.disturbed * 2 > repetitions;
    for (int side = 0; side < SIDES; side++) {
        double cpu[MOST_REPETITIONS], faults[MOST_REPETITIONS], switches[MOST_REPETITIONS];
        s.used = 0;
        for (uint32_t i = 0; i < repetitions; i++) {
            if (!all && m->disturbed[i])
                continue;
            ratios[s.used] = m->elapsed_us[DIRECT][i] / m->elapsed_us[BACKEND][i];
            cpu[s.used] = m->cpu_us[side][i];
            switches[s.used] = m->switches[side][i];
            faults[s.used] = (double)m->faults[side][i];
            values[s.used++] = m->elapsed_us[side][i];
        }
        s.median[side] = bench_median(values, s.used);
        s.cpu[side] = bench_median(cpu, s.used);
        s.switches[side] = bench_median(switches, s.used);
        s.faults[side] = bench_median(faults, s.used);
        bench_sort(values, s.used);
        s.best[side] = values[0];
    }
    s.ratio = bench_median(ratios, s.used);
    s.best_ratio = s.best[DIRECT] / s.best[BACKEND];
    return s;
}

static void print_header(void)
{
    printf("| %-30s | %8s | %8s | %8s | %8s | %5s | %5s | %8s | %8s | %6s | %6s | %5s | %5s | %-7s | %-4s |\n",
           "workload", "direct", "best", "backend", "best", "ratio", "best", "CPU d", "CPU b", "sw d", "sw b", "flt d",
           "flt b", "flagged", "same");
    printf("|--------------------------------|---------:|---------:|---------:|---------:|------:|------:|---------:|"
           "---------:|-------:|-------:|------:|------:|---------|------|\n");
    fflush(stdout);
}

static void print_row(enum workload_kind kind, const struct summary *s, uint32_t repetitions, bool same)
{
    char flagged[16];
    snprintf(flagged, sizeof(flagged), "%u/%u", s->disturbed, repetitions);
    printf("| %-30s | %8.2f | %8.2f | %8.2f | %8.2f | %4.2f%s | %5.2f | %8.2f | %8.2f | %6.2f | %6.2f | %5.0f | %5.0f "
           "| %-7s | "
           "%-4s |\n",
           workloads[kind].text, s->median[DIRECT], s->best[DIRECT], s->median[BACKEND], s->best[BACKEND], s->ratio,
           s->ratio < LEAST_RATIO ? "<" : " ", s->best_ratio, s->cpu[DIRECT], s->cpu[BACKEND], s->switches[DIRECT],
           s->switches[BACKEND], s->faults[DIRECT], s->faults[BACKEND], flagged, same ? "yes" : "NO");
    fflush(stdout);
}

static bool run(struct bench *bench)
{
    bool good = true;
    struct measurement *m = malloc(sizeof(*m));
    if (!m)
        return false;
    print_header();
    for (uint32_t kind = 0; kind < WORKLOAD_COUNT; kind++) {
        if (bench->only && strcmp(workloads[kind].name, bench->only) != 0)
            continue;
        if (!measure(bench, (enum workload_kind)kind, m)) {
            fprintf(stderr, "bench-ratio: \"%s\" failed\n", workloads[kind].text);
            good = false;
            break;
        }
        struct summary s = summarise(m, bench->repetitions);
        bool same = m->hash[DIRECT] == m->hash[BACKEND];
        print_row((enum workload_kind)kind, &s, bench->repetitions, same);
        good &= same;
    }
    free(m);
    printf("\nMicroseconds an operation, median and best of %u alternating repetitions until the GPU is done.\n"
           "ratio: throughput of the backend over direct (1.00: equal; \"<\": below %.1f), median of pairs and of the "
           "best.\n"
           "CPU, sw: processor time and thread switches of all processes of a side, an operation.\n"
           "flt: their page faults in a repetition; flagged: pairs disturbed by them, left out unless most are.\n"
           "same: whether both sides left the same bytes.\n",
           bench->repetitions, LEAST_RATIO);
    return good;
}

int main(int argc, char **argv)
{
    char path[4096], adapter[256];
    const char *backend = path;
    struct bench bench = {.repetitions = 15, .divisor = 1};
    struct bench_service service = {0};
    bool good = false;
    bench_default_backend(path, sizeof(path));
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--quick") == 0) {
            bench.repetitions = 5;
            bench.divisor = 4;
        } else if (strcmp(argv[i], "--backend") == 0 && i + 1 < argc) {
            backend = argv[++i];
        } else if (strcmp(argv[i], "--only") == 0 && i + 1 < argc) {
            bench.only = argv[++i];
        } else if (strcmp(argv[i], "--repetitions") == 0 && i + 1 < argc && atoi(argv[i + 1]) > 0) {
            bench.repetitions = (uint32_t)atoi(argv[++i]);
            bench.repetitions = bench.repetitions < MOST_REPETITIONS ? bench.repetitions : MOST_REPETITIONS;
        } else {
            fprintf(stderr, "usage: bench-ratio [--quick] [--backend PATH] [--only WORKLOAD] [--repetitions N]\n");
            return 2;
        }
    }
    signal(SIGPIPE, SIG_IGN);
    if (start_direct(&bench) && bench_service_start(&service, backend, false, "d3d11", NULL) &&
        (bench.guest = ratio_guest_create(service.socket))) {
        bench.pid_count[BACKEND] = bench_process_tree(service.pid, bench.pids[BACKEND]);
        bench.pids[BACKEND][bench.pid_count[BACKEND]++] = getpid();
        bench_service_adapter(&service, adapter, sizeof(adapter));
        bench_print_machine();
        printf("- adapter: %s\n- backend: %zu processes with the guest\n\n", adapter, bench.pid_count[BACKEND]);
        good = run(&bench);
    }
    ratio_guest_destroy(bench.guest);
    bench_service_stop(&service);
    stop_direct(&bench);
    return good ? 0 : 1;
}
