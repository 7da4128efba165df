/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The endpoint at which pvgpu-ctl asks: a request is one line, the answer is text, then the connection ends. Only this
 * user's processes can connect. Nobody is waited for: a client that does not say its line in time is dropped, and so is
 * one that does not take its answer. Main thread of the service.
 *
 * Answers are for the pvgpu-ctl of the same release; its --json is what programs read.
 */
#ifndef PVGPU_SERVICE_CONTROL_SERVER_H
#define PVGPU_SERVICE_CONTROL_SERVER_H

#include "base/log.h"
#include "os/handle.h"

#include <stdbool.h>
#include <stddef.h>

#define PVGPU_CONTROL_REQUEST_BYTES 512u
/*
 * An answer: 24 VMs, each with 40 counters and 3 histograms of 418 buckets. Some 3 KiB each in practice, 35 KiB if a
 * renderer that was taken over fills every bucket with the largest number.
 */
#define PVGPU_CONTROL_ANSWER_BYTES (1u << 20)
#define PVGPU_CONTROL_CLIENTS 4u
#define PVGPU_CONTROL_HANDLES (1u + PVGPU_CONTROL_CLIENTS)

/* An answer that is being written. */
struct pvgpu_control_answer {
    char *text;
    size_t size; /* of the memory */
    size_t length;
};

/* Adds to an answer; what does not fit is cut. */
void pvgpu_control_say(struct pvgpu_control_answer *answer, const char *format, ...) PVGPU_PRINTF(2, 3);

/* Answers a request: a line without its end. */
typedef void (*pvgpu_control_handler)(void *user, const char *request, struct pvgpu_control_answer *answer);

struct pvgpu_control_server;

/* Opens the endpoint. NULL: logged. */
struct pvgpu_control_server *pvgpu_control_server_create(const char *path, pvgpu_control_handler handler, void *user,
                                                         const struct pvgpu_log *log);
void pvgpu_control_server_destroy(struct pvgpu_control_server *server);

/* What to wait for: PVGPU_CONTROL_HANDLES places; those that are not used get PVGPU_NO_HANDLE. */
void pvgpu_control_server_handles(struct pvgpu_control_server *server, pvgpu_handle *handles);

/* The time at which dispatch must be called at the latest; PVGPU_NO_TIMEOUT: none. */
uint64_t pvgpu_control_server_deadline_ns(const struct pvgpu_control_server *server);

/* Serves whoever is ready. Never waits longer than a tenth of a second. */
void pvgpu_control_server_dispatch(struct pvgpu_control_server *server);

#endif
