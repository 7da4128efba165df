/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The frame channel with its consumers in one process: what is delivered, dropped, waited for. */
#include "frame_support.h"

#include <pthread.h>

/* ---- One consumer ---- */

static void delivers_pixels_and_counts_what_was_missed(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture);
    open_channel(&fixture, 3);
    assert_false(pvgpu_frame_channel_wants_frames(fixture.channel));
    assert_int_equal(publish(&fixture), PVGPU_FRAME_DROPPED); /* nobody there */

    struct pvgpu_frames *frames = attach(&fixture, 0);
    await_consumers(&fixture, 1);
    assert_true(pvgpu_frame_channel_wants_frames(fixture.channel));
    expect_nothing(frames);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(publish(&fixture), PVGPU_FRAME_READY);
        expect(frames, fixture.frame, 0);
    }
    assert_string_equal(pvgpu_frames_vm_name(frames), "vm1");
    for (int i = 0; i < 5; i++)
        assert_int_equal(publish(&fixture), PVGPU_FRAME_READY);
    expect(frames, fixture.frame, 4);
    expect_nothing(frames);

    struct pvgpu_frames_stats seen;
    pvgpu_frames_stats(frames, &seen);
    assert_int_equal(seen.taken, 11);
    assert_int_equal(seen.missed, 4);
    assert_int_equal(seen.mappings, 0);
    struct pvgpu_frame_channel_stats stats;
    pvgpu_frame_channel_stats(fixture.channel, &stats);
    assert_int_equal(stats.published, 15);
    assert_int_equal(stats.dropped, 0);
    assert_int_equal(stats.mappings, 1);
    assert_int_equal(stats.attached, 1);
    pvgpu_frames_close(frames);
    await_consumers(&fixture, 0);
    fixture_finish(&fixture);
}

static void a_held_frame_is_left_alone(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture);
    open_channel(&fixture, 3);
    struct pvgpu_frames *frames = attach(&fixture, 0);
    publish(&fixture);
    struct pvgpu_frame held = expect(frames, 1, 0);
    for (int i = 0; i < 50; i++) {
        assert_int_equal(publish(&fixture), PVGPU_FRAME_READY);
        assert_true(is_filled(&held));
    }
    pvgpu_frames_release(frames);
    pvgpu_frames_release(frames); /* harmless */
    expect(frames, 51, 49);
    pvgpu_frames_close(frames);
    fixture_finish(&fixture);
}

static void follows_changes_of_size(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture);
    open_channel(&fixture, 3);
    struct pvgpu_frames *frames = attach(&fixture, 0);
    assert_int_equal(publish_frame(&fixture, 1, 640, 360), PVGPU_FRAME_READY);
    struct pvgpu_frame held = expect(frames, 1, 0);
    /* Smaller: the same mapping. Larger, much smaller: a new one; what is held stays as it was. */
    assert_int_equal(publish_frame(&fixture, 2, 600, 300), PVGPU_FRAME_READY);
    assert_int_equal(publish_frame(&fixture, 3, 641, 361), PVGPU_FRAME_READY);
    assert_true(is_filled(&held));
    struct pvgpu_frame frame = expect(frames, 3, 1);
    assert_int_equal(frame.info.width, 641);
    assert_int_equal(publish_frame(&fixture, 4, 16, 16), PVGPU_FRAME_READY);
    frame = expect(frames, 4, 0);
    assert_int_equal(frame.info.height, 16);
    assert_int_equal(publish_frame(&fixture, 5, 1, 1), PVGPU_FRAME_READY);
    expect(frames, 5, 0);
    struct pvgpu_frame_channel_stats stats;
    pvgpu_frame_channel_stats(fixture.channel, &stats);
    assert_int_equal(stats.mappings, 3);
    /* Too large for the limit, and senseless ones. */
    assert_int_equal(publish_frame(&fixture, 6, 8192, 8192), PVGPU_FRAME_DROPPED);
    assert_int_equal(publish_frame(&fixture, 7, 0, 1), PVGPU_FRAME_DROPPED);
    assert_int_equal(publish_frame(&fixture, 8, 1, 16385), PVGPU_FRAME_DROPPED);
    struct pvgpu_frame_info info = make_info(9, 16, 16);
    struct pvgpu_frame_slot slot;
    info.format = 2; /* would have to be converted */
    assert_int_equal(pvgpu_frame_channel_begin(fixture.channel, &info, &slot), PVGPU_FRAME_DROPPED);
    assert_int_equal(publish_frame(&fixture, 10, 16, 16), PVGPU_FRAME_READY);
    expect(frames, 10, 4);
    pvgpu_frames_close(frames);
    fixture_finish(&fixture);
}

static void a_cancelled_frame_does_not_show(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture);
    open_channel(&fixture, 3);
    struct pvgpu_frames *frames = attach(&fixture, 0);
    struct pvgpu_frame_info info = make_info(1, 16, 16);
    struct pvgpu_frame_slot slot;
    assert_int_equal(pvgpu_frame_channel_begin(fixture.channel, &info, &slot), PVGPU_FRAME_READY);
    pvgpu_frame_channel_cancel(fixture.channel, &slot);
    expect_nothing(frames);
    assert_int_equal(publish_frame(&fixture, 2, 16, 16), PVGPU_FRAME_READY);
    expect(frames, 2, 0);
    pvgpu_frames_close(frames);
    fixture_finish(&fixture);
}

static void *interrupt_later(void *argument)
{
    pvgpu_time_sleep_ns(20 * PVGPU_NS_PER_MS);
    pvgpu_frames_interrupt(argument);
    return NULL;
}

static void can_be_interrupted(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture);
    open_channel(&fixture, 3);
    struct pvgpu_frames *frames = attach(&fixture, 0);
    struct pvgpu_frame frame;
    pvgpu_frames_interrupt(frames);
    assert_int_equal(pvgpu_frames_next(frames, PVGPU_FRAMES_FOREVER, &frame), PVGPU_FRAMES_INTERRUPTED);
    pthread_t thread;
    pthread_create(&thread, NULL, interrupt_later, frames);
    assert_int_equal(pvgpu_frames_next(frames, PVGPU_FRAMES_FOREVER, &frame), PVGPU_FRAMES_INTERRUPTED);
    pthread_join(thread, NULL);
    publish(&fixture);
    expect(frames, 1, 0);
    pvgpu_frames_close(frames);
    fixture_finish(&fixture);
}

/* ---- Attaching late, and no room ---- */

static void a_newcomer_gets_the_last_frame(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture);
    open_channel(&fixture, 3);
    assert_false(pvgpu_frame_channel_wants_last(fixture.channel, 3, 8)); /* nobody has come yet */
    struct pvgpu_frames *first = attach(&fixture, 0);
    assert_true(pvgpu_event_wait(&fixture.wake, SOON_NS));
    assert_true(pvgpu_frame_channel_wants_last(fixture.channel, 3, 8));
    assert_false(pvgpu_frame_channel_wants_last(fixture.channel, 3, 8)); /* once */
    publish_frame(&fixture, 8, 32, 16);
    expect(first, 8, 0);

    /* The second finds it there: no second read-back. */
    struct pvgpu_frames *second = attach(&fixture, 0);
    assert_true(pvgpu_event_wait(&fixture.wake, SOON_NS));
    assert_false(pvgpu_frame_channel_wants_last(fixture.channel, 3, 8));
    expect(second, 8, 0);
    expect_nothing(first);

    /* Nobody watches while 9 to 20 are presented: what was published is old news for the third. */
    pvgpu_frames_close(first);
    pvgpu_frames_close(second);
    await_consumers(&fixture, 0);
    struct pvgpu_frames *third = attach(&fixture, 0);
    await_consumers(&fixture, 1);
    expect_nothing(third);
    assert_true(pvgpu_frame_channel_wants_last(fixture.channel, 3, 20));
    publish_frame(&fixture, 20, 32, 16);
    expect(third, 20, 0);
    pvgpu_frames_close(third);

    /* There is nothing to read back before the first PRESENT. */
    await_consumers(&fixture, 0);
    struct pvgpu_frames *fourth = attach(&fixture, 0);
    await_consumers(&fixture, 1);
    assert_false(pvgpu_frame_channel_wants_last(fixture.channel, 4, 0));
    pvgpu_frames_close(fourth);
    fixture_finish(&fixture);
}

static void a_frame_without_a_slot_is_dropped_and_can_be_made_up_for(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture);
    open_channel(&fixture, 2);
    struct pvgpu_frames *first = attach(&fixture, 0);
    struct pvgpu_frames *second = attach(&fixture, 0);
    await_consumers(&fixture, 2);
    assert_false(pvgpu_frame_channel_wants_last(fixture.channel, 3, 0));
    publish(&fixture);
    struct pvgpu_frame one = expect(first, 1, 0);
    publish(&fixture);
    struct pvgpu_frame two = expect(second, 2, 1);
    assert_int_equal(publish(&fixture), PVGPU_FRAME_DROPPED);
    assert_int_equal(publish(&fixture), PVGPU_FRAME_DROPPED);
    assert_int_equal(publish(&fixture), PVGPU_FRAME_DROPPED);
    assert_true(is_filled(&one));
    assert_true(is_filled(&two));
    while (pvgpu_event_wait(&fixture.wake, 0))
        ;
    assert_false(pvgpu_frame_channel_wants_last(fixture.channel, 3, 5));

    /* The guest has fallen silent; the release alone brings frame 5 out. */
    pvgpu_frames_release(first);
    assert_true(pvgpu_event_wait(&fixture.wake, SOON_NS));
    assert_true(pvgpu_frame_channel_wants_last(fixture.channel, 3, 5));
    assert_int_equal(publish_frame(&fixture, 5, 32, 16), PVGPU_FRAME_READY);
    expect(first, 5, 3); /* 2, 3, 4 */
    expect(second, 5, 2); /* 3, 4 */
    struct pvgpu_frame_channel_stats stats;
    pvgpu_frame_channel_stats(fixture.channel, &stats);
    assert_int_equal(stats.dropped, 2);

    /* No wake-up when nobody is starved. */
    while (pvgpu_event_wait(&fixture.wake, 0))
        ;
    pvgpu_frames_release(first);
    assert_false(pvgpu_event_wait(&fixture.wake, 20 * PVGPU_NS_PER_MS));
    pvgpu_frames_close(first);
    pvgpu_frames_close(second);
    fixture_finish(&fixture);
}

/* ---- Lossless ---- */

static void waits_for_a_lossless_consumer(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture);
    open_channel(&fixture, 3);
    struct pvgpu_frames *frames = attach(&fixture, PVGPU_FRAMES_LOSSLESS);
    await_consumers(&fixture, 1);
    while (pvgpu_event_wait(&fixture.wake, 0))
        ;
    struct pvgpu_frame_info info = make_info(2, 32, 16);
    struct pvgpu_frame_slot slot;
    assert_int_equal(publish_frame(&fixture, 1, 32, 16), PVGPU_FRAME_READY);
    assert_int_equal(pvgpu_frame_channel_begin(fixture.channel, &info, &slot), PVGPU_FRAME_WAIT);
    uint64_t now = pvgpu_time_now_ns();
    assert_true(slot.wait_deadline_ns > now);
    assert_true(slot.wait_deadline_ns <= now + PVGPU_FRAMES_LOSSLESS_WAIT_MS * PVGPU_NS_PER_MS);
    assert_false(pvgpu_event_wait(&fixture.wake, 20 * PVGPU_NS_PER_MS));

    expect(frames, 1, 0); /* taking it is enough, and wakes the renderer */
    assert_true(pvgpu_event_wait(&fixture.wake, SOON_NS));
    assert_int_equal(publish_frame(&fixture, 2, 32, 16), PVGPU_FRAME_READY);

    /* A larger frame, which replaces the mapping, waits as well. */
    assert_int_equal(publish_frame(&fixture, 3, 640, 160), PVGPU_FRAME_WAIT);
    expect(frames, 2, 0);
    assert_int_equal(publish_frame(&fixture, 3, 640, 160), PVGPU_FRAME_READY);
    expect(frames, 3, 0);
    pvgpu_frames_close(frames);
    fixture_finish(&fixture);
}

static void does_not_wait_for_ever(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture);
    open_channel(&fixture, 3);
    struct pvgpu_frames *frames = attach(&fixture, PVGPU_FRAMES_LOSSLESS);
    await_consumers(&fixture, 1);
    assert_int_equal(publish_frame(&fixture, 1, 32, 16), PVGPU_FRAME_READY);
    uint64_t start = pvgpu_time_now_ns();
    while (publish_frame(&fixture, 2, 32, 16) == PVGPU_FRAME_WAIT) {
        struct pvgpu_frame_info info = make_info(2, 32, 16);
        struct pvgpu_frame_slot slot;
        assert_int_equal(pvgpu_frame_channel_begin(fixture.channel, &info, &slot), PVGPU_FRAME_WAIT);
        pvgpu_event_wait(&fixture.wake, pvgpu_time_left_ns(slot.wait_deadline_ns));
    }
    uint64_t passed = pvgpu_time_now_ns() - start;
    assert_in_range(passed / PVGPU_NS_PER_MS, PVGPU_FRAMES_LOSSLESS_WAIT_MS - 1, 3 * PVGPU_FRAMES_LOSSLESS_WAIT_MS);
    /* Not again for one who sleeps ... */
    for (uint64_t n = 3; n < 10; n++)
        assert_int_equal(publish_frame(&fixture, n, 32, 16), PVGPU_FRAME_READY);
    /* ... but once it is back. */
    expect(frames, 9, 8);
    assert_int_equal(publish_frame(&fixture, 10, 32, 16), PVGPU_FRAME_READY);
    assert_int_equal(publish_frame(&fixture, 11, 32, 16), PVGPU_FRAME_WAIT);
    /* The end of the consumer ends the wait. */
    while (pvgpu_event_wait(&fixture.wake, 0))
        ;
    pvgpu_frames_close(frames);
    assert_true(pvgpu_event_wait(&fixture.wake, SOON_NS));
    assert_int_equal(publish_frame(&fixture, 11, 32, 16), PVGPU_FRAME_DROPPED);
    fixture_finish(&fixture);
}

#define STREAM_FRAMES 400u

struct stream_reader {
    const char *path;
    uint32_t flags;
    uint64_t taken;
    uint64_t missed;
    bool failed;
};

/* Reads until the last frame of the stream. */
static void *read_stream(void *argument)
{
    struct stream_reader *reader = argument;
    struct pvgpu_frames *frames;
    if (pvgpu_frames_connect(reader->path, reader->flags, SOON_MS, &frames) != PVGPU_FRAMES_OK) {
        reader->failed = true;
        return NULL;
    }
    uint64_t last = 0;
    while (last < STREAM_FRAMES) {
        struct pvgpu_frame frame;
        if (pvgpu_frames_next(frames, SOON_MS, &frame) != PVGPU_FRAMES_OK) {
            reader->failed = true;
            break;
        }
        reader->failed |= frame.info.frame != last + 1 + frame.missed || !is_filled(&frame);
        last = frame.info.frame;
    }
    struct pvgpu_frames_stats stats;
    pvgpu_frames_stats(frames, &stats);
    reader->taken = stats.taken;
    reader->missed = stats.missed;
    pvgpu_frames_close(frames);
    return NULL;
}

static void three_consumers_at_once(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture);
    open_channel(&fixture, 3);
    struct stream_reader readers[3] = {
        {.path = fixture.path, .flags = PVGPU_FRAMES_LOSSLESS},
        {.path = fixture.path},
        {.path = fixture.path, .flags = PVGPU_FRAMES_LOSSLESS},
    };
    pthread_t threads[3];
    for (int i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, read_stream, &readers[i]);
    await_consumers(&fixture, 3);
    for (uint64_t n = 1; n <= STREAM_FRAMES; n++) {
        uint32_t width = n < STREAM_FRAMES / 2 ? 64 : 64 + (uint32_t)(n % 7) * 300; /* many new mappings */
        assert_true(publish_patiently(&fixture, n, width, 8));
    }
    for (int i = 0; i < 3; i++) {
        pthread_join(threads[i], NULL);
        assert_false(readers[i].failed);
        assert_int_equal(readers[i].taken + readers[i].missed, STREAM_FRAMES);
    }
    assert_int_equal(readers[0].missed, 0);
    assert_int_equal(readers[2].missed, 0);
    fixture_finish(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(delivers_pixels_and_counts_what_was_missed),
        cmocka_unit_test(a_held_frame_is_left_alone),
        cmocka_unit_test(follows_changes_of_size),
        cmocka_unit_test(a_cancelled_frame_does_not_show),
        cmocka_unit_test(can_be_interrupted),
        cmocka_unit_test(a_newcomer_gets_the_last_frame),
        cmocka_unit_test(a_frame_without_a_slot_is_dropped_and_can_be_made_up_for),
        cmocka_unit_test(waits_for_a_lossless_consumer),
        cmocka_unit_test(does_not_wait_for_ever),
        cmocka_unit_test(three_consumers_at_once),
    };
    return cmocka_run_group_tests_name("frame channel", tests, NULL, NULL);
}
