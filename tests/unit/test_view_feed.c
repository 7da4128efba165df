/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What pvgpu-view shows: newest pictures, whole ones, from one VM after the other. */
#include "frame_support.h"
#include "view/feed.h"

struct watcher {
    struct pvgpu_event woken;
    uint64_t wakes; /* atomic */
    struct view_feed *feed;
};

static void wake(void *context)
{
    struct watcher *watcher = context;
    __atomic_add_fetch(&watcher->wakes, 1, __ATOMIC_SEQ_CST);
    pvgpu_event_signal(&watcher->woken);
}

static void watch(struct watcher *watcher, const char *path)
{
    *watcher = (struct watcher){0};
    assert_true(pvgpu_event_init(&watcher->woken));
    watcher->feed = view_feed_start(path, wake, watcher);
    assert_non_null(watcher->feed);
}

/* For a feed that is attached; one that waits for an answer cannot be stopped. */
static void stop_watching(struct watcher *watcher)
{
    assert_true(view_feed_stop(watcher->feed));
    pvgpu_event_finish(&watcher->woken);
}

/* The next picture, whichever it is. */
static struct view_picture next_picture(struct watcher *watcher)
{
    struct view_picture picture;
    uint64_t deadline = pvgpu_time_deadline_ns(SOON_NS);
    while (!view_feed_take(watcher->feed, &picture)) {
        assert_true(pvgpu_time_left_ns(deadline) > 0);
        pvgpu_event_wait(&watcher->woken, pvgpu_time_left_ns(deadline));
    }
    return picture;
}

/* Whether a picture is frame `number` of the fixture: its bytes, red and blue exchanged. */
static bool is_frame(const struct view_picture *picture, uint64_t number)
{
    for (uint32_t y = 0; y < picture->height; y++) {
        for (uint32_t x = 0; x < picture->width; x++) {
            uint32_t shown, drawn = pixel(number, x, y);
            memcpy(&shown, picture->pixels + 4 * ((size_t)y * picture->width + x), 4);
            if (shown != ((drawn & 0xFF00FF00u) | (drawn & 0xFFu) << 16 | (drawn >> 16 & 0xFFu)))
                return false;
        }
    }
    return true;
}

static struct view_feed_status await_status(struct watcher *watcher, bool attached)
{
    struct view_feed_status status;
    uint64_t deadline = pvgpu_time_deadline_ns(SOON_NS);
    for (;;) {
        view_feed_status(watcher->feed, &status);
        if (status.attached == attached)
            return status;
        assert_true(pvgpu_time_left_ns(deadline) > 0);
        pvgpu_event_wait(&watcher->woken, pvgpu_time_left_ns(deadline));
    }
}

/* Until it has found that it cannot attach. */
static void await_vain_attempt(struct watcher *watcher)
{
    struct view_feed_status status;
    assert_true(pvgpu_event_wait(&watcher->woken, SOON_NS));
    view_feed_status(watcher->feed, &status);
    assert_false(status.attached);
    assert_int_equal(status.failure, PVGPU_FRAMES_OK);
}

static void test_pictures(void **state)
{
    (void)state;
    struct fixture fixture;
    struct watcher watcher;
    fixture_init(&fixture);
    open_channel(&fixture, 3);
    watch(&watcher, fixture.path);
    await_consumers(&fixture, 1);
    for (uint32_t number = 1; number <= 20; number++) {
        /* Sizes that grow and shrink, and one row or column. */
        uint32_t width = number * 37 % 61 + 1, height = number * 53 % 47 + 1;
        assert_int_equal(publish_frame(&fixture, number, width, height), PVGPU_FRAME_READY);
        struct view_picture picture = next_picture(&watcher);
        assert_int_equal(picture.width, width);
        assert_int_equal(picture.height, height);
        assert_int_equal(picture.present_ns, number * 100);
        assert_int_equal(picture.live, number > 1);
        assert_true(is_frame(&picture, number));
    }
    struct view_feed_status status = await_status(&watcher, true);
    assert_string_equal(status.vm_name, "vm1");
    assert_int_equal(status.failure, PVGPU_FRAMES_OK);
    struct view_picture again;
    assert_false(view_feed_take(watcher.feed, &again));
    stop_watching(&watcher);
    fixture_finish(&fixture);
}

/*
 * Who takes pictures only now and then gets whole ones that stay as they are, each newer than the one before, and the
 * last in the end.
 */
static void test_slow_screen(void **state)
{
    (void)state;
    const uint64_t last = 400;
    struct fixture fixture;
    struct watcher watcher;
    fixture_init(&fixture);
    open_channel(&fixture, 3);
    watch(&watcher, fixture.path);
    await_consumers(&fixture, 1);
    uint64_t before = 0;
    struct view_picture picture;
    for (uint64_t number = 1; number <= last; number++) {
        /* The feed holds at most one slot at a time: there is always another. */
        assert_int_equal(publish_frame(&fixture, number, 64, 64), PVGPU_FRAME_READY);
        if (before > 0)
            assert_true(is_frame(&picture, before / 100));
        if (number % 7 == 0 && view_feed_take(watcher.feed, &picture)) {
            assert_true(picture.present_ns > before && picture.present_ns <= number * 100);
            assert_true(is_frame(&picture, picture.present_ns / 100));
            before = picture.present_ns;
        }
    }
    while (before < last * 100) {
        picture = next_picture(&watcher);
        assert_true(picture.present_ns > before);
        assert_true(is_frame(&picture, picture.present_ns / 100));
        before = picture.present_ns;
    }
    stop_watching(&watcher);
    fixture_finish(&fixture);
}

/* A picture stays as it is until the next is taken, whatever comes meanwhile; then it is the newest's turn. */
static void test_lent_picture(void **state)
{
    (void)state;
    struct fixture fixture;
    struct watcher watcher;
    fixture_init(&fixture);
    open_channel(&fixture, 3);
    watch(&watcher, fixture.path);
    await_consumers(&fixture, 1);
    struct view_picture picture;
    for (uint64_t number = 1; number <= 12; number++) {
        assert_int_equal(publish_frame(&fixture, number, 16, 16), PVGPU_FRAME_READY);
        uint64_t deadline = pvgpu_time_deadline_ns(SOON_NS);
        while (__atomic_load_n(&watcher.wakes, __ATOMIC_SEQ_CST) < number) {
            assert_true(pvgpu_time_left_ns(deadline) > 0);
            pvgpu_event_wait(&watcher.woken, pvgpu_time_left_ns(deadline));
        }
        if (number > 1)
            assert_true(is_frame(&picture, (number - 2) / 4 * 4 + 1));
        if (number % 4 != 1)
            continue;
        assert_true(view_feed_take(watcher.feed, &picture));
        assert_true(is_frame(&picture, number));
    }
    stop_watching(&watcher);
    fixture_finish(&fixture);
}

/* The endpoint comes, goes and comes back. */
static void test_attaches_again(void **state)
{
    (void)state;
    struct fixture fixture;
    struct watcher watcher;
    fixture_init(&fixture);
    watch(&watcher, fixture.path);
    await_vain_attempt(&watcher);
    for (uint64_t number = 1; number <= 3; number++) {
        open_channel(&fixture, 3);
        await_consumers(&fixture, 1);
        assert_int_equal(publish_frame(&fixture, number, 16, 16), PVGPU_FRAME_READY);
        struct view_picture picture = next_picture(&watcher);
        assert_true(is_frame(&picture, number));
        assert_false(picture.live);
        await_status(&watcher, true);
        pvgpu_frame_channel_destroy(fixture.channel);
        fixture.channel = NULL;
        struct view_feed_status status = await_status(&watcher, false);
        assert_string_equal(status.vm_name, "vm1");
        assert_int_equal(status.failure, PVGPU_FRAMES_OK);
        /* What was shown last stays. */
        assert_true(is_frame(&picture, number));
    }
    stop_watching(&watcher);
    fixture_finish(&fixture);
}

/* Too many others: it tries again, and gets in when one has gone. */
static void test_waits_for_a_place(void **state)
{
    (void)state;
    struct fixture fixture;
    struct watcher watcher;
    fixture_init(&fixture);
    open_channel(&fixture, 3);
    struct pvgpu_frames *others[PVGPU_FRAMES_MAX_CONSUMERS];
    for (size_t i = 0; i < PVGPU_FRAMES_MAX_CONSUMERS; i++)
        others[i] = attach(&fixture, 0);
    watch(&watcher, fixture.path);
    await_vain_attempt(&watcher);
    assert_int_equal(publish(&fixture), PVGPU_FRAME_READY);
    pvgpu_frames_close(others[0]);
    struct view_picture picture = next_picture(&watcher);
    assert_true(is_frame(&picture, 1));
    for (size_t i = 1; i < PVGPU_FRAMES_MAX_CONSUMERS; i++)
        pvgpu_frames_close(others[i]);
    stop_watching(&watcher);
    fixture_finish(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pictures),          cmocka_unit_test(test_slow_screen),
        cmocka_unit_test(test_lent_picture),      cmocka_unit_test(test_attaches_again),
        cmocka_unit_test(test_waits_for_a_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
