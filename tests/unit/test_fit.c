/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Where a picture lies in a window. */
#include "check.h"
#include "present/fit.h"

struct example {
    uint32_t width, height, window_width, window_height;
    struct pvgpu_fit fit; /* x, y, width, height, scale */
};

static void run(struct check *check, const struct example *examples, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct example *e = &examples[i];
        struct pvgpu_fit fit = pvgpu_fit_into(e->width, e->height, e->window_width, e->window_height);
        bool good = CHECK_EQ(fit.x, e->fit.x);
        good &= CHECK_EQ(fit.y, e->fit.y);
        good &= CHECK_EQ(fit.width, e->fit.width);
        good &= CHECK_EQ(fit.height, e->fit.height);
        good &= CHECK_EQ(fit.scale, e->fit.scale);
        if (!good)
            printf("  %u x %u in %u x %u\n", e->width, e->height, e->window_width, e->window_height);
    }
}

#define RUN(...) \
    do { \
        const struct example examples[] = {__VA_ARGS__}; \
        run(check, examples, sizeof(examples) / sizeof(examples[0])); \
    } while (0)

static void whole_scales(struct check *check)
{
    RUN({640, 360, 640, 360, {0, 0, 640, 360, 1}}, /* 1:1 */
        {640, 360, 1280, 720, {0, 0, 1280, 720, 2}}, /* 2:1 */
        {640, 360, 1920, 1080, {0, 0, 1920, 1080, 3}}, /* 3:1 */
        {640, 360, 1281, 720, {0, 0, 1280, 720, 2}}, /* one column more: to the right */
        {640, 360, 1280, 725, {0, 2, 1280, 720, 2}}, /* bars of 2 above and 3 below */
        {640, 480, 1920, 960, {320, 0, 1280, 960, 2}}, /* bars left and right */
        {1, 1, 7, 5, {1, 0, 5, 5, 5}});
}

static void other_scales(struct check *check)
{
    RUN({640, 360, 960, 540, {0, 0, 960, 540, 0}}, /* 1.5:1 */
        {640, 360, 960, 600, {0, 30, 960, 540, 0}}, {640, 360, 1000, 540, {20, 0, 960, 540, 0}},
        {640, 360, 320, 180, {0, 0, 320, 180, 0}}, /* smaller: filtered too */
        {640, 360, 1300, 731, {0, 0, 1300, 731, 0}}, /* 731.25 */
        {640, 360, 1299, 731, {0, 0, 1299, 731, 0}}, /* 730.69 */
        {3, 2, 4, 100, {0, 48, 4, 3, 0}}); /* 2.67 */
}

static void long_shapes(struct check *check)
{
    RUN({100, 1000, 1000, 1000, {450, 0, 100, 1000, 1}}, /* tall */
        {100, 2000, 1000, 1000, {475, 0, 50, 1000, 0}}, {2000, 100, 1000, 1000, {0, 475, 1000, 50, 0}},
        {16384, 1, 640, 360, {0, 179, 640, 1, 0}}, /* never less than a pixel */
        {1, 16384, 640, 360, {319, 0, 1, 360, 0}});
}

static void tiny_windows(struct check *check)
{
    RUN({1920, 1080, 1, 1, {0, 0, 1, 1, 0}}, {1920, 1080, 2, 1, {0, 0, 2, 1, 0}}, {1, 1, 1, 1, {0, 0, 1, 1, 1}});
}

static void nothing_to_see(struct check *check)
{
    RUN({0, 1, 1, 1, {0, 0, 0, 0, 0}}, {1, 0, 1, 1, {0, 0, 0, 0, 0}}, {1, 1, 0, 1, {0, 0, 0, 0, 0}},
        {1, 1, 1, 0, {0, 0, 0, 0, 0}}, {0, 0, 0, 0, {0, 0, 0, 0, 0}});
}

static void huge_sizes(struct check *check)
{
    const uint32_t most = UINT32_MAX;
    RUN({most, most, most, most, {0, 0, most, most, 1}}, {1, 1, most, most, {0, 0, most, most, most}},
        {most, 1, most, most, {0, most / 2, most, 1, 1}}, {1, most, most, most, {most / 2, 0, 1, most, 1}},
        {most, most, 1, most, {0, most / 2, 1, 1, 0}}, {16384, 16384, most, 1, {most / 2, 0, 1, 1, 0}});
}

/* Whatever the sizes: inside the window, in its middle, touching two sides, shape kept to within half a pixel. */
static void any_sizes(struct check *check)
{
    uint64_t state = 1;
    for (int i = 0; i < 200000; i++) {
        uint32_t sizes[4];
        for (int k = 0; k < 4; k++) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            sizes[k] = 1 + (uint32_t)(state >> 33) % (i % 2 ? 16384u : 40u);
        }
        struct pvgpu_fit fit = pvgpu_fit_into(sizes[0], sizes[1], sizes[2], sizes[3]);
        uint32_t right = sizes[2] - fit.width - fit.x, below = sizes[3] - fit.height - fit.y;
        bool inside = fit.width && fit.height && fit.x + fit.width <= sizes[2] && fit.y + fit.height <= sizes[3];
        bool centred = (right == fit.x || right == fit.x + 1) && (below == fit.y || below == fit.y + 1);
        bool large = fit.width == sizes[2] || fit.height == sizes[3];
        double x = (double)fit.width / sizes[0], y = (double)fit.height / sizes[1];
        double exact = fit.width == sizes[2] && (fit.height != sizes[3] || x <= y) ? x : y;
        bool shape = fit.width == 1 || fit.height == 1 ||
                     ((double)fit.width - exact * sizes[0] <= 0.51 && exact * sizes[0] - fit.width <= 0.51 &&
                      (double)fit.height - exact * sizes[1] <= 0.51 && exact * sizes[1] - fit.height <= 0.51);
        bool sharp = !fit.scale || (fit.width == sizes[0] * fit.scale && fit.height == sizes[1] * fit.scale);
        if (!CHECK(inside && centred && large && shape && sharp)) {
            printf("  %u x %u in %u x %u: %u x %u at %u, %u, scale %u\n", sizes[0], sizes[1], sizes[2], sizes[3],
                   fit.width, fit.height, fit.x, fit.y, fit.scale);
            return;
        }
    }
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(whole_scales),   CHECK_CASE(other_scales), CHECK_CASE(long_shapes), CHECK_CASE(tiny_windows),
        CHECK_CASE(nothing_to_see), CHECK_CASE(huge_sizes),   CHECK_CASE(any_sizes),
    };
    return check_run(cases, sizeof(cases) / sizeof(cases[0]), argc, argv);
}
