/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What the tests of the frame channel share: a channel on an endpoint of its own, frames that can be recognised. */
#ifndef PVGPU_TESTS_FRAME_SUPPORT_H
#define PVGPU_TESTS_FRAME_SUPPORT_H

#include "base/time.h"
#include "present/frame_channel.h"

#include <dirent.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define SOON_MS 5000u /* far more than anything here takes; only a failure lasts that long */
#define SOON_NS (SOON_MS * PVGPU_NS_PER_MS)

static const struct pvgpu_log quiet = {.level = PVGPU_LOG_ERROR, .target = "test"};

struct fixture {
    char path[64];
    struct pvgpu_event wake;
    struct pvgpu_frame_channel *channel;
    uint64_t frame; /* number of the last frame published or tried */
};

static inline unsigned count_fds(void)
{
    unsigned count = 0;
    DIR *folder = opendir("/proc/self/fd");
    while (readdir(folder))
        count++;
    closedir(folder);
    return count;
}

static inline void open_channel(struct fixture *fixture, uint32_t slots)
{
    struct pvgpu_frame_channel_config config = {
        .vm = "vm1",
        .slot_count = slots,
        .max_bytes = 64 << 20,
        .listener = PVGPU_NO_HANDLE,
        .path = fixture->path,
        .wake = &fixture->wake,
        .log = quiet,
    };
    fixture->channel = pvgpu_frame_channel_create(&config);
    assert_non_null(fixture->channel);
}

static inline void fixture_init(struct fixture *fixture)
{
    static unsigned serial;
    *fixture = (struct fixture){0};
    snprintf(fixture->path, sizeof(fixture->path), "/tmp/pvgpu-frames-test-%d-%u", (int)getpid(), serial++);
    assert_true(pvgpu_event_init(&fixture->wake));
}

static inline void fixture_finish(struct fixture *fixture)
{
    pvgpu_frame_channel_destroy(fixture->channel);
    pvgpu_event_finish(&fixture->wake);
    assert_int_equal(access(fixture->path, F_OK), -1);
}

static inline struct pvgpu_frames *attach(struct fixture *fixture, uint32_t flags)
{
    struct pvgpu_frames *frames;
    assert_int_equal(pvgpu_frames_connect(fixture->path, flags, SOON_MS, &frames), PVGPU_FRAMES_OK);
    return frames;
}

/* The value of pixel (x, y) of a frame: all different. */
static inline uint32_t pixel(uint64_t frame, uint32_t x, uint32_t y)
{
    return (uint32_t)(frame * 2654435761u) ^ (y << 16 | x);
}

static inline void fill(const struct pvgpu_frame_slot *slot)
{
    for (uint32_t y = 0; y < slot->info.height; y++) {
        uint32_t *row = (uint32_t *)((uint8_t *)slot->pixels + (size_t)y * slot->pitch);
        for (uint32_t x = 0; x < slot->info.width; x++)
            row[x] = pixel(slot->info.frame, x, y);
    }
}

static inline bool is_filled(const struct pvgpu_frame *frame)
{
    for (uint32_t y = 0; y < frame->info.height; y++) {
        const uint32_t *row = (const uint32_t *)((const uint8_t *)frame->pixels + (size_t)y * frame->info.pitch);
        for (uint32_t x = 0; x < frame->info.width; x++) {
            if (row[x] != pixel(frame->info.frame, x, y))
                return false;
        }
    }
    return true;
}

static inline struct pvgpu_frame_info make_info(uint64_t frame, uint32_t width, uint32_t height)
{
    return (struct pvgpu_frame_info){
        .frame = frame,
        .epoch = 3,
        .fence = frame * 10,
        .present_ns = frame * 100,
        .width = width,
        .height = height,
        .format = 28,
        .colour_space = 0,
    };
}

/* Tries to publish frame `number`. */
static inline enum pvgpu_frame_begin publish_frame(struct fixture *fixture, uint64_t number, uint32_t width,
                                                   uint32_t height)
{
    struct pvgpu_frame_info info = make_info(number, width, height);
    struct pvgpu_frame_slot slot;
    enum pvgpu_frame_begin result = pvgpu_frame_channel_begin(fixture->channel, &info, &slot);
    if (result == PVGPU_FRAME_READY) {
        assert_int_equal(slot.pitch % PVGPU_FRAMES_PITCH_ALIGNMENT, 0);
        assert_true(slot.pitch >= width * 4);
        fill(&slot);
        pvgpu_frame_channel_end(fixture->channel, &slot, number * 100 + 7);
    }
    return result;
}

static inline enum pvgpu_frame_begin publish(struct fixture *fixture)
{
    return publish_frame(fixture, ++fixture->frame, 32, 16);
}

/* Takes a frame and checks everything about it. */
static inline struct pvgpu_frame expect(struct pvgpu_frames *frames, uint64_t number, uint64_t missed)
{
    struct pvgpu_frame frame;
    assert_int_equal(pvgpu_frames_next(frames, SOON_MS, &frame), PVGPU_FRAMES_OK);
    assert_int_equal(frame.info.frame, number);
    assert_int_equal(frame.missed, missed);
    assert_int_equal(frame.info.epoch, 3);
    assert_int_equal(frame.info.fence, number * 10);
    assert_int_equal(frame.info.present_ns, number * 100);
    assert_int_equal(frame.info.complete_ns, number * 100 + 7);
    assert_int_equal(frame.info.format, 28);
    assert_true(is_filled(&frame));
    return frame;
}

static inline void expect_nothing(struct pvgpu_frames *frames)
{
    struct pvgpu_frame frame;
    assert_int_equal(pvgpu_frames_next(frames, 20, &frame), PVGPU_FRAMES_TIMEOUT);
}

/* Waits until the channel knows of `count` consumers. */
static inline void await_consumers(struct fixture *fixture, uint32_t count)
{
    uint64_t deadline = pvgpu_time_deadline_ns(SOON_NS);
    while (pvgpu_frame_channel_consumers(fixture->channel) != count) {
        assert_true(pvgpu_time_left_ns(deadline) > 0);
        pvgpu_event_wait(&fixture->wake, pvgpu_time_left_ns(deadline));
    }
}

/* What a render thread does with a frame. */
static inline bool publish_patiently(struct fixture *fixture, uint64_t number, uint32_t width, uint32_t height)
{
    for (;;) {
        struct pvgpu_frame_info info = make_info(number, width, height);
        struct pvgpu_frame_slot slot;
        switch (pvgpu_frame_channel_begin(fixture->channel, &info, &slot)) {
        case PVGPU_FRAME_READY:
            fill(&slot);
            pvgpu_frame_channel_end(fixture->channel, &slot, number * 100 + 7);
            return true;
        case PVGPU_FRAME_WAIT:
            pvgpu_event_wait(&fixture->wake, pvgpu_time_left_ns(slot.wait_deadline_ns));
            break;
        case PVGPU_FRAME_DROPPED:
            return false;
        }
    }
}

/* A child that is killed with the test and never returns into cmocka. */
static inline pid_t fork_child(void)
{
    pid_t parent = getpid();
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent)
            _exit(99);
    }
    return child;
}

static inline int exit_status(pid_t child)
{
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static inline struct pvgpu_frames *connect_when_there(const char *path, uint32_t flags)
{
    struct pvgpu_frames *frames = NULL;
    for (int i = 0; i < 1000; i++) {
        enum pvgpu_frames_result result = pvgpu_frames_connect(path, flags, SOON_MS, &frames);
        if (result != PVGPU_FRAMES_MISSING)
            return frames;
        usleep(5000);
    }
    return NULL;
}

#endif
