/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The slot protocol alone: producer's and consumers' side on the same addresses, so that ThreadSanitizer sees every
 * access of both.
 */
#include "../../lib/frames/take.h"
#include "present/frame_slots.h"

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define WIDTH 16u
#define HEIGHT 16u
#define PITCH 64u
#define PIXEL_WORDS (PITCH * HEIGHT / 8)
#define MAX_READERS 4

struct stage {
    void *memory;
    struct pvgpu_frame_slots slots;
    struct pvgpu_frames_hold *pages; /* one for each reader */
    const struct pvgpu_frames_hold *holds[MAX_READERS];
    struct pvgpu_frames_view views[MAX_READERS];
};

static void stage_init(struct stage *stage, uint32_t slot_count, size_t readers)
{
    uint64_t stride;
    uint64_t bytes = pvgpu_frame_slots_bytes(slot_count, PITCH * HEIGHT, &stride);
    stage->memory = aligned_alloc(4096, bytes);
    memset(stage->memory, 0, bytes);
    stage->pages = calloc(readers, sizeof(*stage->pages));
    pvgpu_frame_slots_init(&stage->slots, stage->memory, slot_count, stride, 7, "vm");
    for (size_t i = 0; i < readers; i++) {
        stage->holds[i] = &stage->pages[i];
        stage->views[i].hold = &stage->pages[i];
        assert_true(pvgpu_frames_view_init(&stage->views[i], stage->memory, bytes, 7));
    }
}

static void stage_finish(struct stage *stage)
{
    free(stage->pages);
    free(stage->memory);
}

static struct pvgpu_frame_info make_info(uint64_t frame)
{
    return (struct pvgpu_frame_info){
        .frame = frame, .epoch = 1, .width = WIDTH, .height = HEIGHT, .pitch = PITCH, .format = 28};
}

/* Every word of a frame tells its publication. */
static void fill(void *pixels, uint64_t publication)
{
    uint64_t *words = pixels;
    for (size_t i = 0; i < PIXEL_WORDS; i++)
        words[i] = publication << 16 | i;
}

static bool is_filled(const void *pixels, uint64_t publication)
{
    const uint64_t *words = pixels;
    for (size_t i = 0; i < PIXEL_WORDS; i++) {
        if (words[i] != (publication << 16 | i))
            return false;
    }
    return true;
}

static uint32_t open_slot(struct stage *stage, size_t readers)
{
    bool disturbed;
    return pvgpu_frame_slots_open(&stage->slots, stage->holds, readers, &disturbed);
}

static void publish(struct stage *stage, size_t readers, uint64_t publication)
{
    uint32_t slot = open_slot(stage, readers);
    assert_int_not_equal(slot, PVGPU_FRAME_NO_SLOT);
    fill(pvgpu_frame_slots_pixels(&stage->slots, slot), publication);
    struct pvgpu_frame_info info = make_info(publication);
    pvgpu_frame_slots_publish(&stage->slots, slot, publication, 0, &info);
}

static void takes_the_newest_once(void **state)
{
    (void)state;
    struct stage stage;
    stage_init(&stage, 3, 1);
    struct pvgpu_frames_taken taken;
    uint64_t retries = 0;
    assert_int_equal(pvgpu_frames_take_newest(&stage.views[0], 0, &taken, &retries), PVGPU_FRAMES_TAKE_NONE);
    for (uint64_t n = 1; n <= 20; n++) {
        publish(&stage, 1, n);
        assert_int_equal(pvgpu_frames_take_newest(&stage.views[0], n - 1, &taken, &retries), PVGPU_FRAMES_TAKE_DONE);
        assert_int_equal(taken.publication, n);
        assert_int_equal(taken.info.frame, n);
        assert_true(is_filled(taken.pixels, n));
        assert_int_equal(stage.pages[0].held, PVGPU_FRAMES_HOLD(7, taken.slot));
        assert_int_equal(stage.pages[0].taken, n);
        assert_int_equal(pvgpu_frames_take_newest(&stage.views[0], n, &taken, &retries), PVGPU_FRAMES_TAKE_NONE);
        assert_int_equal(stage.pages[0].held, 0);
    }
    assert_int_equal(retries, 0);
    stage_finish(&stage);
}

static void never_opens_a_held_slot(void **state)
{
    (void)state;
    struct stage stage;
    stage_init(&stage, 3, 3);
    struct pvgpu_frames_taken taken[3];
    uint64_t retries = 0;
    publish(&stage, 3, 1);
    pvgpu_frames_take_newest(&stage.views[0], 0, &taken[0], &retries);
    for (uint64_t n = 2; n < 30; n++)
        publish(&stage, 3, n);
    assert_true(is_filled(taken[0].pixels, 1));
    pvgpu_frames_take_newest(&stage.views[1], 0, &taken[1], &retries);
    assert_int_equal(taken[1].publication, 29);
    for (uint64_t n = 30; n < 60; n++)
        publish(&stage, 3, n); /* two held: the third slot again and again, although it is the newest */
    pvgpu_frames_take_newest(&stage.views[2], 0, &taken[2], &retries);
    assert_int_equal(taken[2].publication, 59);
    assert_int_equal(open_slot(&stage, 3), PVGPU_FRAME_NO_SLOT);
    assert_true(is_filled(taken[0].pixels, 1));
    assert_true(is_filled(taken[1].pixels, 29));
    assert_true(is_filled(taken[2].pixels, 59));
    pvgpu_frames_let_go(&stage.views[1]);
    assert_int_equal(open_slot(&stage, 3), taken[1].slot);
    pvgpu_frame_slots_cancel(&stage.slots, taken[1].slot);
    stage_finish(&stage);
}

static void ignores_holds_that_name_nothing(void **state)
{
    (void)state;
    static const uint64_t garbage[] = {UINT64_MAX,  1,           4,           0x700000000,
                                       0x700000004, 0x600000001, 0x800000001, 0x7000000FF};
    struct stage stage;
    stage_init(&stage, 3, 1);
    for (size_t i = 0; i < sizeof(garbage) / sizeof(garbage[0]); i++) {
        stage.pages[0].held = garbage[i];
        for (uint64_t n = 1; n <= 6; n++)
            publish(&stage, 1, i * 6 + n);
    }
    stage_finish(&stage);
}

static void a_cancelled_frame_is_never_seen(void **state)
{
    (void)state;
    struct stage stage;
    stage_init(&stage, 2, 2);
    struct pvgpu_frames_taken taken;
    uint64_t retries = 0;
    publish(&stage, 2, 1);
    assert_int_equal(pvgpu_frames_take_newest(&stage.views[0], 0, &taken, &retries), PVGPU_FRAMES_TAKE_DONE);
    publish(&stage, 2, 2);
    /* The only free slot is the newest one. */
    uint32_t slot = open_slot(&stage, 2);
    assert_int_not_equal(slot, taken.slot);
    uint64_t stale = stage.slots.newest;
    assert_int_equal(pvgpu_frames_take_newest(&stage.views[1], 0, &taken, &retries), PVGPU_FRAMES_TAKE_NONE);
    pvgpu_frame_slots_cancel(&stage.slots, slot);
    assert_int_equal(pvgpu_frames_take_newest(&stage.views[1], 0, &taken, &retries), PVGPU_FRAMES_TAKE_NONE);
    /* A consumer that read `newest` before the slot was opened. */
    stage.slots.header->newest = stale;
    assert_int_equal(pvgpu_frames_take_newest(&stage.views[1], 0, &taken, &retries), PVGPU_FRAMES_TAKE_NONE);
    assert_int_equal(stage.pages[1].held, 0);
    stage_finish(&stage);
}

static void checks_what_the_producer_says(void **state)
{
    (void)state;
    struct stage stage;
    stage_init(&stage, 3, 1);
    struct pvgpu_frames_header *header = stage.slots.header;
    uint64_t bytes = PVGPU_FRAMES_HEADER_BYTES + 3 * stage.slots.stride;
    struct pvgpu_frames_view view = {0};
    const struct pvgpu_frames_header good = *header;

    assert_false(pvgpu_frames_view_init(&view, header, bytes, 8));
    assert_false(pvgpu_frames_view_init(&view, header, bytes - 1, 7));
    assert_false(pvgpu_frames_view_init(&view, header, 100, 7));
    const struct {
        size_t offset;
        uint64_t value;
    } bad[] = {
        {offsetof(struct pvgpu_frames_header, magic), 0},
        {offsetof(struct pvgpu_frames_header, version), 2},
        {offsetof(struct pvgpu_frames_header, header_bytes), 8192},
        {offsetof(struct pvgpu_frames_header, slot_count), 1},
        {offsetof(struct pvgpu_frames_header, slot_count), 9},
        {offsetof(struct pvgpu_frames_header, slot_count), 4},
        {offsetof(struct pvgpu_frames_header, slot_stride), 0},
        {offsetof(struct pvgpu_frames_header, slot_stride), 4095},
        {offsetof(struct pvgpu_frames_header, slot_stride), 8192},
        {offsetof(struct pvgpu_frames_header, slot_stride), UINT32_MAX - 4095},
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        uint32_t value = (uint32_t)bad[i].value;
        memcpy((uint8_t *)header + bad[i].offset, &value, sizeof(value));
        assert_false(pvgpu_frames_view_init(&view, header, bytes, 7));
        *header = good;
    }
    assert_true(pvgpu_frames_view_init(&view, header, bytes, 7));

    struct pvgpu_frame_info infos[6];
    for (int i = 0; i < 6; i++)
        infos[i] = make_info(1);
    infos[0].width = 0;
    infos[1].height = 0;
    infos[2].format = 71;
    infos[3].pitch = WIDTH * 4 - 1;
    infos[4].height = (uint32_t)(stage.slots.stride / PITCH) + 1;
    infos[5].pitch = UINT32_MAX;
    struct pvgpu_frames_taken taken;
    uint64_t retries = 0;
    for (uint64_t i = 0; i < 6; i++) {
        pvgpu_frame_slots_publish(&stage.slots, open_slot(&stage, 1), i + 1, 0, &infos[i]);
        assert_int_equal(pvgpu_frames_take_newest(&stage.views[0], i, &taken, &retries), PVGPU_FRAMES_TAKE_BROKEN);
        assert_int_equal(stage.pages[0].held, 0);
    }
    header->newest = PVGPU_FRAMES_NEWEST(100, 3);
    assert_int_equal(pvgpu_frames_take_newest(&stage.views[0], 0, &taken, &retries), PVGPU_FRAMES_TAKE_BROKEN);
    stage_finish(&stage);
}

/* ---- Threads ---- */

#define LEAST_FRAMES 20000u
#define LEAST_SEEN 3000u /* by each reader */
#define MOST_SECONDS 120 /* on a machine where four readers share what is left of two processors */

struct reader {
    struct stage *stage;
    uint32_t index;
    bool failed; /* saw a torn, stale or wrong frame */
    uint64_t seen; /* atomic */
    uint64_t retries;
    bool *done;
};

static void *read_frames(void *argument)
{
    struct reader *reader = argument;
    struct pvgpu_frames_view *view = &reader->stage->views[reader->index];
    uint64_t last = 0;
    for (;;) {
        struct pvgpu_frames_taken taken;
        enum pvgpu_frames_take take = pvgpu_frames_take_newest(view, last, &taken, &reader->retries);
        if (take != PVGPU_FRAMES_TAKE_DONE) {
            reader->failed |= take == PVGPU_FRAMES_TAKE_BROKEN;
            if (__atomic_load_n(reader->done, __ATOMIC_ACQUIRE) &&
                pvgpu_frames_take_newest(view, last, &taken, &reader->retries) == PVGPU_FRAMES_TAKE_NONE)
                break;
            continue;
        }
        reader->failed |= taken.publication <= last || taken.info.frame != taken.publication;
        reader->failed |= !is_filled(taken.pixels, taken.publication);
        /* One that dawdles. Not every time: on a busy machine each yield costs it a whole time slice. */
        if (reader->index == 1 && reader->seen % 16 == 0)
            sched_yield();
        reader->failed |= !is_filled(taken.pixels, taken.publication);
        last = taken.publication;
        __atomic_fetch_add(&reader->seen, 1, __ATOMIC_RELAXED);
        if (taken.publication % 3)
            pvgpu_frames_let_go(view);
    }
    pvgpu_frames_let_go(view);
    return NULL;
}

static bool is_enough(struct reader *readers, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (__atomic_load_n(&readers[i].seen, __ATOMIC_RELAXED) < LEAST_SEEN)
            return false;
    }
    return true;
}

static void no_reader_ever_sees_a_torn_frame(uint32_t slot_count, uint32_t readers)
{
    struct stage stage;
    stage_init(&stage, slot_count, readers);
    pthread_t threads[MAX_READERS];
    struct reader contexts[MAX_READERS];
    bool done = false;
    for (uint32_t i = 0; i < readers; i++) {
        contexts[i] = (struct reader){.stage = &stage, .index = i, .done = &done};
        assert_int_equal(pthread_create(&threads[i], NULL, read_frames, &contexts[i]), 0);
    }
    uint64_t refused = 0;
    time_t end = time(NULL) + MOST_SECONDS;
    uint64_t n = 1;
    for (; n < LEAST_FRAMES || (!is_enough(contexts, readers) && time(NULL) < end); n++) {
        uint32_t slot = open_slot(&stage, readers);
        if (slot == PVGPU_FRAME_NO_SLOT) {
            refused++;
            sched_yield();
            continue;
        }
        fill(pvgpu_frame_slots_pixels(&stage.slots, slot), n);
        struct pvgpu_frame_info info = make_info(n);
        pvgpu_frame_slots_publish(&stage.slots, slot, n, 0, &info);
    }
    __atomic_store_n(&done, true, __ATOMIC_RELEASE);
    uint64_t retries = 0;
    bool torn = false;
    for (uint32_t i = 0; i < readers; i++) {
        pthread_join(threads[i], NULL);
        torn |= contexts[i].failed;
        retries += contexts[i].retries;
        print_message("reader %u: %llu frames%s\n", i, (unsigned long long)contexts[i].seen,
                      contexts[i].failed ? ", WRONG" : "");
    }
    assert_false(torn); /* of all readers, before anything else is judged */
    for (uint32_t i = 0; i < readers; i++)
        assert_true(contexts[i].seen >= LEAST_SEEN);
    print_message("%u slots, %u readers: %llu frames, %llu collisions, %llu without a slot\n", slot_count, readers,
                  (unsigned long long)n, (unsigned long long)retries, (unsigned long long)refused);
    if (readers < slot_count - 1)
        assert_int_equal(refused, 0);
    stage_finish(&stage);
}

static void threads_three_slots_one_reader(void **state)
{
    (void)state;
    no_reader_ever_sees_a_torn_frame(3, 1);
}

static void threads_two_slots_one_reader(void **state)
{
    (void)state;
    no_reader_ever_sees_a_torn_frame(2, 1);
}

static void threads_three_slots_four_readers(void **state)
{
    (void)state;
    no_reader_ever_sees_a_torn_frame(3, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_the_newest_once),           cmocka_unit_test(never_opens_a_held_slot),
        cmocka_unit_test(ignores_holds_that_name_nothing), cmocka_unit_test(a_cancelled_frame_is_never_seen),
        cmocka_unit_test(checks_what_the_producer_says),   cmocka_unit_test(threads_three_slots_one_reader),
        cmocka_unit_test(threads_two_slots_one_reader),    cmocka_unit_test(threads_three_slots_four_readers),
    };
    return cmocka_run_group_tests_name("frame slots", tests, NULL, NULL);
}
