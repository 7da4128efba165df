/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * What the measuring programs share: order statistics, page faults and processor time of whole process trees, a backend
 * service started for the measurement, and a description of the machine. Linux only. One thread.
 */
#ifndef PVGPU_BENCH_H
#define PVGPU_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* ---- Samples ----------------------------------------------------------------------------------------------------- */

/* Sorts in place. */
void bench_sort(double *values, size_t count);

/* Of sorted values (at least one); percent from 0 to 100, nearest rank. */
double bench_percentile(const double *sorted, size_t count, double percent);

/* Of at least one value; leaves the order alone. At most 1024 values. */
double bench_median(const double *values, size_t count);

/* ---- Processes --------------------------------------------------------------------------------------------------- */

#define BENCH_MOST_PROCESSES 16

/* A process and everything below it, as it is now; returns how many were stored. */
size_t bench_process_tree(pid_t root, pid_t pids[BENCH_MOST_PROCESSES]);

/* What a process and its threads have used since it started. */
struct bench_usage {
    uint64_t faults; /* page faults, minor and major */
    uint64_t cpu_ns; /* processor time of the threads that are alive */
    uint64_t switches; /* times that one of them went to sleep or lost its processor */
    uint32_t threads; /* alive */
};

/* Sums over processes; those that have ended count as 0. */
struct bench_usage bench_usage_of(const pid_t *pids, size_t count);

/* The role after "--role" on the command line of one of our processes ("session", "renderer"), or "supervisor". */
void bench_process_role(pid_t pid, char role[32]);

/*
 * A first touch of a page costs about this much on the virtual machines that this is developed on; used only to decide
 * which repetitions were disturbed by page faults.
 */
#define BENCH_FAULT_NS 11000.0

/* Whether that many faults make up more than a hundredth of the time. */
bool bench_is_disturbed(uint64_t faults, double elapsed_ns);

/* ---- The service ------------------------------------------------------------------------------------------------- */

struct bench_service {
    pid_t pid; /* the supervisor; 0 when there is none */
    char directory[64]; /* holds socket and log; owned */
    char socket[96];
    char log[96]; /* the service's standard error */
};

/*
 * Starts `backend` on an endpoint of its own: --pipe-path, or --vfio-user. `renderer` is "null" or "d3d11";
 * `completion` becomes PVGPU_COMPLETION (NULL: unset). Returns once the endpoint is there; false: said why on stderr.
 */
bool bench_service_start(struct bench_service *service, const char *backend, bool vfio_user, const char *renderer,
                         const char *completion);

/* SIGTERM, then after 5 s SIGKILL; removes the folder. Fine when there is none. */
void bench_service_stop(struct bench_service *service);

/* What the service's log says after "Renderer ready: "; "unknown" when it does not. */
void bench_service_adapter(const struct bench_service *service, char *text, size_t bytes);

/* Whether `text` stands in the service's log directly after `before`. */
bool bench_service_said(const struct bench_service *service, const char *before, const char *text);

/* pvgpu-backend of the build folder that the running program belongs to: ../pvgpu-backend beside it. */
void bench_default_backend(char *path, size_t bytes);

/* In a child, first thing: dies with its parent. */
void bench_follow_parent(pid_t parent);

/* ---- The machine ------------------------------------------------------------------------------------------------- */

/* Markdown lines: processor, number of processors, memory, kernel, load average. */
void bench_print_machine(void);

#endif
