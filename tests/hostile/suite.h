/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What the parts of test_lies share. One thread. */
#ifndef PVGPU_TESTS_SUITE_H
#define PVGPU_TESTS_SUITE_H

#include "world.h"

#define SUITE_REASONS 512

struct suite {
    bool real; /* Direct3D 11 */
    char *reasons[SUITE_REASONS]; /* each that the host gave; owned */
    size_t reason_count;
};

struct suite_case {
    const char *name;
    void (*run)(struct check *check, struct suite *suite);
    bool null_only; /* needs the renderer that obeys orders */
};

struct suite_cases {
    const struct suite_case *cases;
    size_t count;
};

struct suite_cases suite_stream_cases(void); /* framing, counters, layouts */
struct suite_cases suite_object_cases(void); /* lifetimes, limits, binds, what is left unchanged */
struct suite_cases suite_shader_cases(void); /* what the check of shaders refuses and takes */
struct suite_cases suite_host_cases(void); /* refusals and lack of memory on the host's side */

/* world_open with what the suite says, and world_build unless `bare`. False: the check has failed. */
bool suite_open(struct check *check, struct suite *suite, struct world *world, const struct pvgpu_limits *limits,
                bool bare);
/* Notes the reasons, ends the world, and checks that nothing is left and that no rule was broken. */
void suite_close(struct check *check, struct suite *suite, struct world *world);

/* After world_sync: exactly `count` errors since `before`, the last of them this one. */
void suite_expect_error(struct check *check, const struct world *world, uint64_t before, uint64_t count, uint32_t code,
                        uint32_t argument);

/* Makes the host's counters current: creates and destroys something. */
bool suite_settle(struct check *check, struct world *world);

void suite_note_reason(void *suite, const char *reason);

/*
 * Reads the reasons out of the host's sources (folder: the project's) and checks that each was given at least once, or
 * is in the list of those that no guest can reach.
 */
void suite_check_complete(struct check *check, const struct suite *suite, const char *folder);

/* The nth allocation of any thread but the caller's fails, once. 0: none. In fail_allocation.c. */
void suite_fail_allocation(unsigned nth);
/* Whether it has happened. */
bool suite_allocation_failed(void);

#endif
