/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* pvgpu-ctl: asks a running pvgpu-backend about its VMs, and tells it what to do with them. One thread. */
#ifndef PVGPU_TOOLS_CTL_CTL_H
#define PVGPU_TOOLS_CTL_CTL_H

#include "base/histogram.h"
#include "service/control_server.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CTL_VMS_MOST 32u
#define CTL_COUNTERS_MOST 64u
#define CTL_DURATIONS_MOST 4u

/* Exit codes; documented in --help. */
enum ctl_exit {
    CTL_OK = 0,
    CTL_REFUSED = 1, /* the service said no, or something failed */
    CTL_USAGE = 2,
    CTL_NO_SERVICE = 3, /* nobody answers at the endpoint */
    CTL_NO_FRAME = 4, /* a screenshot of a VM that has presented nothing */
};

struct ctl_counter {
    const char *name;
    uint64_t value;
};

/* How long something took, and how often. */
struct ctl_duration {
    const char *name;
    struct pvgpu_histogram_snapshot lengths;
};

/* What the service said of a VM; texts are in the answer. */
struct ctl_vm {
    const char *name, *link, *state, *frames;
    int64_t peer, session, renderer; /* process ids; 0: none */
    uint64_t connected_ms;
    struct ctl_counter counters[CTL_COUNTERS_MOST];
    size_t counter_count;
    struct ctl_duration durations[CTL_DURATIONS_MOST];
    size_t duration_count;
};

/* What the service said of itself, in its order; texts are in the answer. */
#define CTL_FACTS_MOST 16u
struct ctl_fact {
    const char *name, *value;
};

struct ctl_answer {
    char text[PVGPU_CONTROL_ANSWER_BYTES + 1]; /* cut into texts */
    const char *verdict; /* "ok", or what is wrong */
    uint64_t time_ns; /* when it came */
    struct ctl_fact facts[CTL_FACTS_MOST];
    size_t fact_count;
    struct ctl_vm vms[CTL_VMS_MOST];
    size_t vm_count;
};

/* Asks and reads the answer. False: one line on standard error. */
bool ctl_ask(const char *endpoint, const char *request, struct ctl_answer *answer);

/* 0 when there is no such counter, or no VM. */
uint64_t ctl_counter(const struct ctl_vm *vm, const char *name);
/* NULL when there is none, or no VM. */
const struct pvgpu_histogram_snapshot *ctl_duration(const struct ctl_vm *vm, const char *name);
/* NULL when there is none. */
const struct ctl_vm *ctl_find(const struct ctl_answer *answer, const char *name);

/*
 * Writes the newest frame of a VM as a PNG file ("-": to standard output), or what is wrong, in one line, on standard
 * error. Waits for a frame for so many seconds.
 */
enum ctl_exit ctl_screenshot(const struct ctl_vm *vm, const char *file, uint32_t wait_seconds);

/* Of the service as a whole, for people or as JSON. False: it could not be written. */
bool ctl_print_service(const struct ctl_answer *answer, bool as_json);
/* Tables for people. */
void ctl_print_list(const struct ctl_answer *answer);
void ctl_print_stats(const struct ctl_vm *vm);
/* One row a VM, with what happened since an earlier answer. */
void ctl_print_rates(const struct ctl_answer *earlier, const struct ctl_answer *answer);
/* JSON for programs: an array of all VMs, or the object of one. False: it could not be written. */
bool ctl_print_json(const struct ctl_answer *answer);
bool ctl_print_vm_json(const struct ctl_vm *vm);

#endif
