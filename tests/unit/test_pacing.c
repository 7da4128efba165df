/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* When presents may complete, on a clock of the test's own. */
#include "render/pacing.h"

#include "check.h"

#define FRAMES 10000u

/* Work that takes `work_ns` a frame, one present at a time, woken up to `late_ns` late. Returns the mean period. */
static double mean_period_ns(uint32_t interval, uint32_t refresh, bool vsync, uint64_t work_ns, uint64_t late_ns)
{
    struct pvgpu_pacing pacing = {0};
    uint64_t start = 5 * PVGPU_NS_PER_S, now = start;
    uint32_t random = 1;
    for (uint32_t i = 0; i < FRAMES; i++) {
        now += work_ns;
        uint64_t due = pvgpu_pacing_due(&pacing, now, interval, refresh, vsync);
        random = random * 1664525u + 1013904223u;
        now = due > now ? due + (late_ns ? random % late_ns : 0) : now;
    }
    return (double)(now - start) / FRAMES;
}

static bool within(double value, double expected, double share)
{
    return value > expected * (1.0 - share) && value < expected * (1.0 + share);
}

static void refresh_rates(struct check *check)
{
    /* Half a period of work and wake-ups up to 1 ms late: the time line does not drift. */
    CHECK(within(mean_period_ns(1, 60, true, 8000000, 1000000), 1e9 / 60, 0.02));
    CHECK(within(mean_period_ns(1, 144, true, 3000000, 1000000), 1e9 / 144, 0.02));
    CHECK(within(mean_period_ns(2, 60, true, 8000000, 1000000), 2e9 / 60, 0.02));
    CHECK(within(mean_period_ns(4, 120, true, 1000000, 1000000), 4e9 / 120, 0.02));
}

static void never_faster(struct check *check)
{
    struct pvgpu_pacing pacing = {0};
    uint64_t last = pvgpu_pacing_due(&pacing, PVGPU_NS_PER_S, 1, 60, true);
    for (uint32_t i = 0; i < 1000; i++) {
        uint64_t due = pvgpu_pacing_due(&pacing, PVGPU_NS_PER_S, 1, 60, true);
        CHECK(due - last >= PVGPU_NS_PER_S / 60);
        last = due;
    }
}

static void unpaced(struct check *check)
{
    struct pvgpu_pacing pacing = {0};
    for (uint64_t now = 1; now < 1000; now++) {
        CHECK_EQ(pvgpu_pacing_due(&pacing, now, 0, 60, true), now);
        CHECK_EQ(pvgpu_pacing_due(&pacing, now, 1, 60, false), now);
    }
}

static void late_presents(struct check *check)
{
    /* One present a second late: the next is one period after it, and what was missed is not made up for. */
    struct pvgpu_pacing pacing = {0};
    uint64_t period = PVGPU_NS_PER_S / 60;
    uint64_t first = pvgpu_pacing_due(&pacing, PVGPU_NS_PER_S, 1, 60, true);
    uint64_t late = pvgpu_pacing_due(&pacing, first + PVGPU_NS_PER_S, 1, 60, true);
    CHECK_EQ(late, first + PVGPU_NS_PER_S);
    CHECK_EQ(pvgpu_pacing_due(&pacing, late + 1, 1, 60, true), late + period);
    CHECK_EQ(pvgpu_pacing_due(&pacing, late + 2, 1, 60, true), late + 2 * period);
    /* A slow guest is not slowed down further. */
    CHECK(within(mean_period_ns(1, 60, true, 20000000, 0), 20000000, 0.001));
}

static void hostile_refresh(struct check *check)
{
    static const uint32_t words[] = {0, 1001, 0x80000000u, UINT32_MAX};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        CHECK(within(mean_period_ns(1, words[i], true, 1000, 0), 1e9 / 60, 0.001));
    CHECK(within(mean_period_ns(1, 1, true, 1000, 0), 1e9, 0.001));
    CHECK(within(mean_period_ns(1, 1000, true, 1000, 0), 1e6, 0.01));
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(refresh_rates), CHECK_CASE(never_faster),    CHECK_CASE(unpaced),
        CHECK_CASE(late_presents), CHECK_CASE(hostile_refresh),
    };
    return check_run(cases, sizeof(cases) / sizeof(cases[0]), argc, argv);
}
