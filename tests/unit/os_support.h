/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * What the tests of os/ share: children of the test program, and a pair of connected streams.
 *
 * Several cases need a second process: the program again, with "child", the name of a role, the id of its parent and
 * what the role needs (text, then handles) as arguments. Everything a helper gives out is the case's to release.
 */
#ifndef PVGPU_TESTS_OS_SUPPORT_H
#define PVGPU_TESTS_OS_SUPPORT_H

#include "base/time.h"
#include "os/endpoint.h"
#include "os/event.h"
#include "os/process.h"

#include "../check.h"

#include <stdint.h>
#include <stdlib.h>

#ifdef _WIN32
#include "os/win32/windows_lean.h"
#else
#include <dirent.h>
#endif

#define MS PVGPU_NS_PER_MS
#define LONG_NS (10 * PVGPU_NS_PER_S) /* for what must happen; never waited out when all is well */

#define NAME_BYTES 96 /* of an endpoint or a memory object */

static const struct pvgpu_log log_all = {.level = PVGPU_LOG_INFO, .target = "test", .vm = NULL};

/* A place for an endpoint that no other run uses. */
static inline void endpoint_name(char *name, const char *suffix)
{
#ifdef _WIN32
    snprintf(name, NAME_BYTES, "\\\\.\\pipe\\pvgpu-test-%lld-%s", (long long)pvgpu_process_id(), suffix);
#else
    snprintf(name, NAME_BYTES, "/tmp/pvgpu-test-%lld-%s", (long long)pvgpu_process_id(), suffix);
#endif
}

/* Handles that this process has open. */
static inline long open_handles(void)
{
#ifdef _WIN32
    DWORD count = 0, flags;
    if (GetProcessHandleCount(GetCurrentProcess(), &count) && count > 0)
        return (long)count;
    /* Wine does not count: handle values are small multiples of 4, so every one that may be is tried. */
    for (uintptr_t value = 4; value <= 4 * 4096; value += 4)
        count += GetHandleInformation((HANDLE)value, &flags) != 0;
    return (long)count;
#else
    long count = 0;
    DIR *folder = opendir("/proc/self/fd");
    while (folder && readdir(folder))
        count++;
    if (folder)
        closedir(folder);
    return count;
#endif
}

/* Starts this program in a role, with handles as arguments after `text` (may be NULL). */
static inline bool start_child(struct pvgpu_process *child, const char *role, const char *text,
                               const pvgpu_handle *handles, size_t count)
{
    char own_id[24], numbers[4][24];
    const char *argv[10] = {"test", "child", role, own_id};
    size_t used = 4;
    snprintf(own_id, sizeof(own_id), "%lld", (long long)pvgpu_process_id());
    if (text)
        argv[used++] = text;
    for (size_t i = 0; i < count; i++) {
        snprintf(numbers[i], sizeof(numbers[i]), "%lld", (long long)pvgpu_process_child_handle(handles, i));
        argv[used++] = numbers[i];
    }
    return pvgpu_process_spawn_self(child, argv, handles, count, &log_all);
}

static inline int end_child(struct pvgpu_process *child)
{
    int code = -1000;
    if (!pvgpu_process_wait(child, LONG_NS, &code)) {
        pvgpu_process_kill(child);
        pvgpu_process_wait(child, LONG_NS, NULL);
        return -1000;
    }
    return code;
}

static inline struct pvgpu_stream *accept_one(struct pvgpu_listener *listener)
{
    uint64_t deadline_ns = pvgpu_time_deadline_ns(LONG_NS);
    struct pvgpu_stream *stream;
    while (!(stream = pvgpu_listener_accept(listener)) && pvgpu_time_left_ns(deadline_ns)) {
        pvgpu_handle ready = pvgpu_listener_wait_handle(listener);
        pvgpu_handle_wait_any(&ready, 1, pvgpu_time_left_ns(deadline_ns));
    }
    return stream;
}

/* A listener with one connection. */
struct pair {
    struct pvgpu_listener *listener;
    struct pvgpu_stream *client;
    struct pvgpu_stream *server;
};

static inline void finish_pair(struct pair *pair)
{
    pvgpu_stream_destroy(pair->client);
    pvgpu_stream_destroy(pair->server);
    pvgpu_listener_destroy(pair->listener);
}

/* False when something is missing: checked, and nothing is left to release. */
static inline bool init_pair(struct check *check, struct pair *pair, const char *suffix)
{
    char name[NAME_BYTES];
    endpoint_name(name, suffix);
    *pair = (struct pair){.listener = pvgpu_listener_open(name, &log_all)};
    if (!CHECK(pair->listener != NULL))
        return false;
    CHECK(pvgpu_listener_accept(pair->listener) == NULL);
    pair->client = pvgpu_stream_connect(name, &log_all);
    pair->server = pair->client ? accept_one(pair->listener) : NULL;
    if (CHECK(pair->client != NULL) && CHECK(pair->server != NULL))
        return true;
    finish_pair(pair);
    return false;
}

static inline bool is_pattern(const uint8_t *bytes, size_t size, unsigned seed)
{
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] != (uint8_t)(seed + i * 7 + (i >> 8)))
            return false;
    }
    return true;
}

static inline void fill_pattern(uint8_t *bytes, size_t size, unsigned seed)
{
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(seed + i * 7 + (i >> 8));
}

/* Stays until it is ended; says that it is there by an event. */
static inline int child_stay(int argc, char **argv)
{
    struct pvgpu_event here;
    if (argc < 1)
        return 1;
    pvgpu_event_adopt(&here, (pvgpu_handle)strtoll(argv[0], NULL, 10));
    pvgpu_event_signal(&here);
    pvgpu_time_sleep_ns(60 * PVGPU_NS_PER_S);
    return 3;
}

struct role {
    const char *name;
    int (*run)(int argc, char **argv); /* with the arguments after the parent's id; returns the exit code */
};

/* The main function of a child; 99 when it does not know its role. */
static inline int run_child(const struct role *roles, size_t count, int argc, char **argv)
{
    pvgpu_process_follow_parent(strtoll(argv[3], NULL, 10));
    for (size_t i = 0; i < count; i++) {
        if (strcmp(argv[2], roles[i].name) == 0)
            return roles[i].run(argc - 4, argv + 4);
    }
    return 99;
}

static inline bool is_child(int argc, char **argv)
{
    return argc >= 4 && strcmp(argv[1], "child") == 0;
}

#endif
