/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * bench-fences: how long a guest waits for a fence. It waits for each of many, one after the other: empty ones, and
 * ones behind a clear and a small draw. For every completion mode that this host has; in the guest's own process (a
 * renderer thread, no link) and through the service over the pipe link (two more processes).
 *
 * Each configuration runs in a child of its own, so that a D3D11 library starts afresh in each.
 */
#include "bench.h"
#include "local_host.h"
#include "scene.h"

#include "base/time.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define WARM_UP 200u
#define FENCE_TIMEOUT_NS (10 * PVGPU_NS_PER_S)

struct configuration {
    const char *name;
    bool service; /* through the service; else in process */
    enum local_host_gpu gpu;
    const char *completion; /* PVGPU_COMPLETION, NULL for the null renderer */
};

static const struct configuration configurations[] = {
    {"null, immediate, in process", false, LOCAL_HOST_NULL, NULL},
    {"null, immediate, service", true, LOCAL_HOST_NULL, NULL},
    {"d3d11, fence-thread, in process", false, LOCAL_HOST_D3D11, "fence-thread"},
    {"d3d11, fence-thread, service", true, LOCAL_HOST_D3D11, "fence-thread"},
    {"d3d11, query, in process", false, LOCAL_HOST_D3D11, "query"},
    {"d3d11, query, service", true, LOCAL_HOST_D3D11, "query"},
};
#define CONFIGURATION_COUNT (sizeof(configurations) / sizeof(configurations[0]))

struct options {
    uint32_t fences;
    const char *backend, *only;
};

/* Waits for each fence; prints one row. */
static bool measure(struct pvgpu_guest *guest, const struct configuration *configuration, bool draws,
                    const struct options *options, pid_t service)
{
    static const float black[4] = {0.0f, 0.0f, 0.0f, 1.0f};
    double *times = malloc(options->fences * sizeof(*times));
    pid_t pids[BENCH_MOST_PROCESSES + 1];
    size_t count = service ? bench_process_tree(service, pids) : 0;
    struct bench_usage before = {0};
    struct pvgpu_guest_counters counters = {0};
    bool good = times != NULL;
    pids[count++] = getpid();
    for (uint32_t i = 0; good && i < WARM_UP + options->fences; i++) {
        if (i == WARM_UP) {
            before = bench_usage_of(pids, count);
            counters = pvgpu_guest_counters(guest);
        }
        uint64_t start = pvgpu_time_now_ns();
        if (draws) {
            pvgpu_encode_clear_render_target(&guest->encoder, SCENE_TARGET_VIEW, black);
            pvgpu_encode_draw(&guest->encoder, 3, 0);
        }
        uint64_t fence = pvgpu_guest_fence(guest);
        enum pvgpu_wait_result result = pvgpu_guest_wait(guest, fence, FENCE_TIMEOUT_NS);
        if (result != PVGPU_WAIT_DONE) {
            fprintf(stderr, "bench-fences: %s: fence %llu: wait result %d\n", configuration->name,
                    (unsigned long long)fence, (int)result);
            good = false;
        }
        if (i >= WARM_UP)
            times[i - WARM_UP] = (double)(pvgpu_time_now_ns() - start) / 1e3;
    }
    if (good) {
        struct bench_usage after = bench_usage_of(pids, count);
        struct pvgpu_guest_counters now = pvgpu_guest_counters(guest);
        double total = 0;
        for (uint32_t i = 0; i < options->fences; i++)
            total += times[i];
        uint64_t faults = after.faults - before.faults;
        bench_sort(times, options->fences);
        printf("| %-31s | %-12s | %8.1f | %8.1f | %8.1f | %8.1f | %6.2f | %6.2f | %6llu%s |\n", configuration->name,
               draws ? "clear + draw" : "empty", times[0], bench_percentile(times, options->fences, 50),
               bench_percentile(times, options->fences, 99), times[options->fences - 1],
               (double)(now.doorbells - counters.doorbells) / options->fences,
               (double)(now.interrupts - counters.interrupts) / options->fences, (unsigned long long)faults,
               bench_is_disturbed(faults, total * 1e3) ? " !" : "");
        fflush(stdout);
    }
    free(times);
    return good;
}

/* The mode that was asked for must be the one that is measured. */
static bool is_mode_right(const struct configuration *configuration, const struct local_host *host)
{
    enum pvgpu_gpu_completion wanted = !configuration->completion ? PVGPU_COMPLETION_IMMEDIATE
                                       : strcmp(configuration->completion, "query") == 0
                                           ? PVGPU_COMPLETION_QUERY
                                           : PVGPU_COMPLETION_FENCE_THREAD;
    return host->gpu->caps.completion == wanted;
}

static bool measure_both(struct pvgpu_guest_transport *transport, const struct configuration *configuration,
                         const struct options *options, pid_t service)
{
    struct pvgpu_guest *guest = transport ? pvgpu_guest_create(transport) : NULL;
    bool good = guest && scene_create(guest) && measure(guest, configuration, false, options, service) &&
                measure(guest, configuration, true, options, service);
    pvgpu_guest_destroy(guest);
    return good;
}

static bool run_in_process(const struct configuration *configuration, const struct options *options)
{
    struct local_host host;
    const struct local_host_config config = {.gpu = configuration->gpu};
    bool good = false;
    if (configuration->completion)
        setenv("PVGPU_COMPLETION", configuration->completion, 1);
    if (local_host_create(&host, &config)) {
        if (is_mode_right(configuration, &host))
            good = measure_both(local_host_transport(&host), configuration, options, 0);
        else
            printf("| %-31s | not available on this host\n", configuration->name);
    }
    local_host_finish(&host);
    return good;
}

static bool run_service(const struct configuration *configuration, const struct options *options)
{
    struct bench_service service;
    const char *renderer = configuration->gpu == LOCAL_HOST_NULL ? "null" : "d3d11";
    if (!bench_service_start(&service, options->backend, false, renderer, configuration->completion))
        return false;
    bool good = measure_both(pvgpu_guest_pipe_open(service.socket, 0), configuration, options, service.pid);
    if (good && configuration->completion &&
        !bench_service_said(&service, "completion by ", configuration->completion)) {
        fprintf(stderr, "bench-fences: %s: the service used another completion mode\n", configuration->name);
        good = false;
    }
    bench_service_stop(&service);
    return good;
}

static bool run_in_child(const struct configuration *configuration, const struct options *options)
{
    int status = 1;
    pid_t parent = getpid(), child = fork();
    if (child == 0) {
        bench_follow_parent(parent);
        bool good =
            configuration->service ? run_service(configuration, options) : run_in_process(configuration, options);
        fflush(stdout);
        _exit(good ? 0 : 1); /* without the handlers of libraries that leave threads behind */
    }
    if (child > 0)
        waitpid(child, &status, 0);
    if (status != 0)
        fprintf(stderr, "bench-fences: %s failed (status %d)\n", configuration->name, status);
    return status == 0;
}

int main(int argc, char **argv)
{
    char backend[4096];
    struct options options = {.fences = 10000, .backend = backend};
    bench_default_backend(backend, sizeof(backend));
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--quick") == 0) {
            options.fences = 1000;
        } else if (strcmp(argv[i], "--backend") == 0 && i + 1 < argc) {
            options.backend = argv[++i];
        } else if (strcmp(argv[i], "--only") == 0 && i + 1 < argc) {
            options.only = argv[++i];
        } else {
            fprintf(stderr, "usage: bench-fences [--quick] [--backend PATH] [--only PART-OF-NAME]\n");
            return 2;
        }
    }
    printf("| %-31s | %-12s | %8s | %8s | %8s | %8s | %6s | %6s | %8s |\n", "configuration", "before it", "least",
           "p50", "p99", "most", "bells", "ints", "faults");
    printf("|---------------------------------|--------------|---------:|---------:|---------:|---------:|-------:|"
           "-------:|---------:|\n");
    fflush(stdout);
    bool good = true;
    for (size_t i = 0; i < CONFIGURATION_COUNT; i++) {
        if (!options.only || strstr(configurations[i].name, options.only))
            good &= run_in_child(&configurations[i], &options);
    }
    printf(
        "\nMicroseconds from the first encoded byte to the wait's return, %u fences each; doorbells and interrupts a "
        "fence;\npage faults of all processes (\"!\": they took more than a hundredth of the time).\n",
        options.fences);
    return good ? 0 : 1;
}
