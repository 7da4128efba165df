/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* When a renderer counts as hanging. */
#include "shm/progress.h"

#include "../check.h"

#define TIMEOUT_NS (10 * PVGPU_NS_PER_S)

/* Whether it is due `after_ns` after now, give or take what this test takes itself. */
static bool is_due_after(struct check *check, struct pvgpu_progress *progress, uint64_t after_ns)
{
    uint64_t due = pvgpu_progress_due_ns(progress, TIMEOUT_NS), now = pvgpu_time_now_ns();
    return CHECK(due <= now + after_ns) && CHECK(due + 5 * PVGPU_NS_PER_S > now + after_ns);
}

/* A word that was written so long ago. */
static void age(_Atomic uint64_t *word, uint64_t by_ns)
{
    atomic_fetch_sub(word, by_ns);
}

static void nothing_outstanding_is_never_due(struct check *check)
{
    struct pvgpu_progress progress = {0};
    pvgpu_progress_init(&progress);
    CHECK(pvgpu_progress_due_ns(&progress, TIMEOUT_NS) == PVGPU_NO_TIMEOUT);
    pvgpu_progress_begin_round(&progress);
    pvgpu_progress_submitted(&progress);
    pvgpu_progress_end_round(&progress);
    pvgpu_progress_completed(&progress, false);
    CHECK(pvgpu_progress_due_ns(&progress, TIMEOUT_NS) == PVGPU_NO_TIMEOUT);
}

static void the_older_word_counts(struct check *check)
{
    struct pvgpu_progress progress = {0};
    pvgpu_progress_init(&progress);
    pvgpu_progress_submitted(&progress);
    age(&progress.gpu_since_ns, 8 * PVGPU_NS_PER_S);
    pvgpu_progress_begin_round(&progress);
    is_due_after(check, &progress, 2 * PVGPU_NS_PER_S);
    pvgpu_progress_submitted(&progress); /* more work is no progress */
    is_due_after(check, &progress, 2 * PVGPU_NS_PER_S);
    pvgpu_progress_completed(&progress, true); /* something was done */
    is_due_after(check, &progress, 10 * PVGPU_NS_PER_S);
    age(&progress.call_since_ns, 20 * PVGPU_NS_PER_S);
    CHECK(pvgpu_progress_due_ns(&progress, TIMEOUT_NS) < pvgpu_time_now_ns());
}

static void compiling_does_not_count(struct check *check)
{
    struct pvgpu_progress progress = {0};
    pvgpu_progress_init(&progress);
    pvgpu_progress_begin_round(&progress);
    pvgpu_progress_submitted(&progress);
    pvgpu_progress_begin_compiling(&progress);
    age(&progress.call_since_ns, 15 * PVGPU_NS_PER_S);
    age(&progress.gpu_since_ns, 15 * PVGPU_NS_PER_S);
    is_due_after(check, &progress, 55 * PVGPU_NS_PER_S);
    pvgpu_progress_end_compiling(&progress);
    is_due_after(check, &progress, 10 * PVGPU_NS_PER_S);
    /* But a compiler that never ends does. */
    pvgpu_progress_begin_compiling(&progress);
    age(&progress.call_since_ns, 71 * PVGPU_NS_PER_S);
    CHECK(pvgpu_progress_due_ns(&progress, TIMEOUT_NS) < pvgpu_time_now_ns());
}

static void first_uses_are_granted_time(struct check *check)
{
    struct pvgpu_progress progress = {0};
    pvgpu_progress_init(&progress);
    pvgpu_progress_grant(&progress, 100000);
    pvgpu_progress_submitted(&progress);
    is_due_after(check, &progress, 30 * PVGPU_NS_PER_S);
    for (int i = 0; i < 100; i++)
        pvgpu_progress_grant(&progress, UINT32_MAX);
    is_due_after(check, &progress, 70 * PVGPU_NS_PER_S);
    pvgpu_progress_end_grants(&progress);
    is_due_after(check, &progress, 10 * PVGPU_NS_PER_S);
}

static void a_session_that_does_not_watch_is_signalled_once(struct check *check)
{
    struct pvgpu_progress progress = {0};
    pvgpu_progress_init(&progress);
    CHECK(pvgpu_progress_begin_round(&progress));
    CHECK(!pvgpu_progress_begin_round(&progress)); /* it was */
    CHECK(pvgpu_progress_relax(&progress, TIMEOUT_NS) != PVGPU_NO_TIMEOUT); /* watches now */
    pvgpu_progress_end_round(&progress);
    CHECK(!pvgpu_progress_begin_round(&progress));
    pvgpu_progress_end_round(&progress);
    CHECK(pvgpu_progress_relax(&progress, TIMEOUT_NS) == PVGPU_NO_TIMEOUT);
    CHECK(pvgpu_progress_submitted(&progress));
    pvgpu_progress_completed(&progress, false);
    pvgpu_progress_watch(&progress);
    CHECK(!pvgpu_progress_submitted(&progress));
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(nothing_outstanding_is_never_due),
        CHECK_CASE(the_older_word_counts),
        CHECK_CASE(compiling_does_not_count),
        CHECK_CASE(first_uses_are_granted_time),
        CHECK_CASE(a_session_that_does_not_watch_is_signalled_once),
    };
    return check_run(cases, sizeof(cases) / sizeof(cases[0]), argc, argv);
}
