/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Where pvgpu-view puts a picture. */
#include "check.h"
#include "view/fit.h"

struct sample {
    uint32_t picture[2], window[2];
    struct view_rect rect;
};

static const struct sample samples[] = {
    {{640, 360}, {640, 360}, {0, 0, 640, 360, true}},
    {{640, 360}, {1280, 720}, {0, 0, 1280, 720, true}},
    {{640, 360}, {1280, 1024}, {0, 152, 1280, 720, true}}, /* bars above and below */
    {{640, 360}, {3000, 720}, {860, 0, 1280, 720, true}}, /* bars at the sides */
    {{640, 360}, {1000, 1000}, {0, 218, 1000, 563, false}}, /* 562.5 */
    {{640, 360}, {320, 180}, {0, 0, 320, 180, false}}, /* smaller is never sharp */
    {{333, 217}, {334, 217}, {0, 0, 333, 217, true}},
    {{333, 217}, {999, 651}, {0, 0, 999, 651, true}},
    {{1, 1}, {1, 1}, {0, 0, 1, 1, true}},
    {{1, 16384}, {100, 100}, {49, 0, 1, 100, false}}, /* never thinner than a pixel */
    {{16384, 1}, {100, 100}, {0, 49, 100, 1, false}},
    {{1, 3}, {10, 10}, {3, 0, 3, 10, false}}, /* three times as wide, but not as high */
    {{3, 1}, {2, 2}, {0, 0, 2, 1, false}},
    {{2147483647, 2147483647}, {2147483647, 1}, {1073741823, 0, 1, 1, false}},
};

static void places(struct check *check)
{
    for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
        const struct sample *sample = &samples[i];
        struct view_rect rect = view_fit(sample->picture[0], sample->picture[1], sample->window[0], sample->window[1]);
        CHECK_EQ(rect.x, sample->rect.x);
        CHECK_EQ(rect.y, sample->rect.y);
        CHECK_EQ(rect.width, sample->rect.width);
        CHECK_EQ(rect.height, sample->rect.height);
        CHECK_EQ(rect.sharp, sample->rect.sharp);
    }
}

/* Inside the window, touching two of its sides, of the picture's shape to within half a pixel. */
static void shapes(struct check *check)
{
    for (uint32_t i = 0; i < 20000; i++) {
        uint32_t width = i * 7919 % 97 + 1, height = i * 104729 % 89 + 1;
        uint32_t room_width = i * 15485863 % 211 + 1, room_height = i * 32452843 % 199 + 1;
        struct view_rect rect = view_fit(width, height, room_width, room_height);
        CHECK(rect.width >= 1 && rect.x + rect.width <= room_width);
        CHECK(rect.height >= 1 && rect.y + rect.height <= room_height);
        CHECK(rect.width == room_width || rect.height == room_height);
        int64_t off = (int64_t)rect.width * height - (int64_t)rect.height * width;
        bool thin = rect.width == 1 || rect.height == 1;
        CHECK(thin || 2 * (off < 0 ? -off : off) <= (width > height ? width : height));
    }
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {CHECK_CASE(places), CHECK_CASE(shapes)};
    return check_run(cases, sizeof(cases) / sizeof(cases[0]), argc, argv);
}
