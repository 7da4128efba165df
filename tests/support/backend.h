/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The service as a child of a test, on an endpoint of its own. Linux. */
#ifndef PVGPU_TESTS_BACKEND_H
#define PVGPU_TESTS_BACKEND_H

#include <stdbool.h>
#include <sys/types.h>

struct backend {
    pid_t pid; /* 0: does not run */
    char directory[64]; /* holds socket and log; owned */
    char socket[96];
    char log[96]; /* what the service wrote */
};

/*
 * Starts `program` with --pipe-path, --no-vsync and --shader-cache none, and with `options` (NULL-terminated, at most
 * 16; may be NULL). `environment` as well ("NAME=value", may be NULL). True once the endpoint is there.
 */
bool backend_start(struct backend *backend, const char *program, const char *const *options,
                   const char *const *environment);

/* SIGTERM, after 10 s SIGKILL; removes the folder. Returns whether it ended when asked, with exit code 0. */
bool backend_stop(struct backend *backend);

/* SIGKILL: what a service needs that waits for a thread which never ends. */
void backend_kill(struct backend *backend);

/* How often a text stands in the log. */
unsigned backend_said(const struct backend *backend, const char *text);

/* Waits at most 60 s until it stands there that often. */
bool backend_wait_said(const struct backend *backend, const char *text, unsigned times);

/* Processes below the service whose role is "renderer". */
unsigned backend_renderers(const struct backend *backend);

/* Waits until it stands there so often: the log comes a moment after what it tells. False: it does not, or more often. */
bool backend_comes_to_say(const struct backend *backend, const char *text, unsigned times);

/* For who wants to see it on standard error. */
void backend_show_log(const struct backend *backend);

#endif
