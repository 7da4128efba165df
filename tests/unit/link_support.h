/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What the tests of links and endpoints share: a session that only records, descriptor counts, caught log lines. */
#ifndef TESTS_LINK_SUPPORT_H
#define TESTS_LINK_SUPPORT_H

#include "link/link.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

/* Stands where the session does. */
struct recorder {
    bool refuse; /* what attached() answers */
    int attached, doorbells, resets; /* calls */
    const struct pvgpu_shared_memory *memory; /* as attached() got it */
    int client; /* the other end of the socket, to look at what was sent before an event; -1: do not look */
    bool whole_device; /* of the last reset */
    bool replied_early; /* something had been sent when reset() or doorbell() was called */
};

static inline void recorder_look(struct recorder *recorder)
{
    char byte;
    if (recorder->client >= 0 && recv(recorder->client, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0)
        recorder->replied_early = true;
}

static inline bool recorder_attached(void *user, const struct pvgpu_shared_memory *memory)
{
    struct recorder *recorder = user;
    assert_int_equal(recorder->doorbells + recorder->resets, 0);
    recorder->attached++;
    recorder->memory = memory;
    return !recorder->refuse;
}

static inline void recorder_doorbell(void *user)
{
    struct recorder *recorder = user;
    recorder->doorbells++;
    recorder_look(recorder);
}

static inline void recorder_reset(void *user, bool whole_device)
{
    struct recorder *recorder = user;
    recorder->whole_device = whole_device;
    recorder->resets++;
    recorder_look(recorder);
}

static inline struct pvgpu_link_events recorder_events(struct recorder *recorder)
{
    return (struct pvgpu_link_events){
        .user = recorder,
        .attached = recorder_attached,
        .doorbell = recorder_doorbell,
        .reset = recorder_reset,
    };
}

/* Open descriptors of this process. */
static inline int count_fds(void)
{
    int count = 0;
    DIR *folder = opendir("/proc/self/fd");
    assert_non_null(folder);
    while (readdir(folder))
        count++;
    closedir(folder);
    return count;
}

/* Standard error goes into a memory file until end_capture. */
struct capture {
    int saved;
    int file;
    char text[8192];
};

static inline void begin_capture(struct capture *capture)
{
    capture->saved = dup(2);
    capture->file = memfd_create("stderr", MFD_CLOEXEC);
    assert_true(capture->saved >= 0 && capture->file >= 0);
    assert_int_equal(dup2(capture->file, 2), 2);
}

static inline const char *end_capture(struct capture *capture)
{
    assert_int_equal(dup2(capture->saved, 2), 2);
    close(capture->saved);
    ssize_t length = pread(capture->file, capture->text, sizeof(capture->text) - 1, 0);
    capture->text[length > 0 ? length : 0] = '\0';
    close(capture->file);
    return capture->text;
}

/* xorshift64*: the same numbers in every run. */
static inline uint32_t random_u32(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return (uint32_t)((*state * UINT64_C(2685821657736338717)) >> 32);
}

#endif
