/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Films of captured frames: known colours against values worked out by hand from Rec. ITU-R BT.709-6, sizes that are
 * odd, and the place of a 4:2:0 sample.
 */
#include "capture/yuv.h"
#include "check.h"

#include <stdlib.h>

struct colour {
    uint8_t red, green, blue;
    uint8_t y, cb, cr;
};

/*
 * Y = 16 + 219 (0.2126 R + 0.7152 G + 0.0722 B), Cb = 128 + 224 (B - luma) / 1.8556, Cr = 128 + 224 (R - luma) / 1.5748
 * with R, G, B and luma from 0 to 1.
 */
static const struct colour colours[] = {
    {0, 0, 0, 16, 128, 128},
    {255, 255, 255, 235, 128, 128},
    /* luma 0.2126: 62.56; -25.66: 102.34; 128 + 224 * 0.7874 / 1.5748 = 240 */
    {255, 0, 0, 63, 102, 240},
    /* luma 0.7152: 172.63; -86.34: 41.66; -101.73: 26.27 */
    {0, 255, 0, 173, 42, 26},
    /* luma 0.0722: 31.81; 240; -10.27: 117.73 */
    {0, 0, 255, 32, 240, 118},
    /* luma 0.9278: 219.19; 128 - 112 = 16; 128 + 224 * 0.0722 / 1.5748 = 138.27 */
    {255, 255, 0, 219, 16, 138},
    /* luma 0.7874: 188.44; 128 + 25.66; 16 */
    {0, 255, 255, 188, 154, 16},
    /* luma 0.2848: 78.37; 214.34; 229.73 */
    {255, 0, 255, 78, 214, 230},
    /* 128 / 255 of 219 is 109.93 */
    {128, 128, 128, 126, 128, 128},
    /* 1 / 255 of 219 is 0.86 */
    {1, 1, 1, 17, 128, 128},
    /* (100, 50, 200): luma 71.46 / 255 = 0.28024: 77.37; (0.78431 - 0.28024) / 1.8556 * 224 = 60.85: 188.85;
       (0.39216 - 0.28024) / 1.5748 * 224 = 15.92: 143.92 */
    {100, 50, 200, 77, 189, 144},
};

#define COLOURS (sizeof(colours) / sizeof(colours[0]))

static void set(uint8_t *rgba, const struct colour *colour)
{
    rgba[0] = colour->red;
    rgba[1] = colour->green;
    rgba[2] = colour->blue;
    rgba[3] = 77; /* must not matter */
}

static void known_colours(struct check *check)
{
    uint8_t rgba[4 * COLOURS], planes[3 * COLOURS];
    for (size_t i = 0; i < COLOURS; i++)
        set(rgba + 4 * i, &colours[i]);
    capture_yuv_convert(rgba, COLOURS, 1, CAPTURE_CHROMA_444, planes);
    for (size_t i = 0; i < COLOURS; i++) {
        CHECK_EQ(planes[i], colours[i].y);
        CHECK_EQ(planes[COLOURS + i], colours[i].cb);
        CHECK_EQ(planes[2 * COLOURS + i], colours[i].cr);
    }
}

/* Pictures of one colour have it everywhere, whatever their size. */
static void flat_pictures(struct check *check)
{
    for (uint32_t size = 0; size < 25; size++) {
        uint32_t width = size % 5 + 1, height = size / 5 + 1;
        const struct colour *colour = &colours[size % COLOURS];
        uint8_t rgba[4 * 25], planes[3 * 25 + 1];
        size_t count = (size_t)width * height;
        size_t half = (size_t)((width + 1) / 2) * ((height + 1) / 2);
        for (size_t i = 0; i < count; i++)
            set(rgba + 4 * i, colour);
        CHECK_EQ(capture_yuv_bytes(width, height, CAPTURE_CHROMA_420), count + 2 * half);
        CHECK_EQ(capture_yuv_bytes(width, height, CAPTURE_CHROMA_444), 3 * count);
        memset(planes, 0xA5, sizeof(planes));
        capture_yuv_convert(rgba, width, height, CAPTURE_CHROMA_420, planes);
        for (size_t i = 0; i < count + 2 * half; i++)
            CHECK_EQ(planes[i], i < count ? colour->y : i < count + half ? colour->cb : colour->cr);
        CHECK_EQ(planes[count + 2 * half], 0xA5);
    }
}

/* Greys have no colour, in either kind, and luma that never falls. */
static void greys(struct check *check)
{
    uint8_t before = 0;
    for (unsigned grey = 0; grey < 256; grey++) {
        uint8_t rgba[4] = {(uint8_t)grey, (uint8_t)grey, (uint8_t)grey, 0}, full[3], half[3];
        capture_yuv_convert(rgba, 1, 1, CAPTURE_CHROMA_444, full);
        capture_yuv_convert(rgba, 1, 1, CAPTURE_CHROMA_420, half);
        CHECK(full[0] >= before && full[0] == half[0]);
        CHECK(full[1] == 128 && full[2] == 128 && half[1] == 128 && half[2] == 128);
        before = full[0];
    }
}

static void fill_black(uint8_t *rgba, size_t count)
{
    memset(rgba, 0, 4 * count);
}

/*
 * One blue pixel in a black picture of 5 x 3 gives each sample its weight in eighths: Cb = 128 + 112 * weight.
 * Samples lie at columns 0, 2, 4 and between rows 0 and 1, and at row 2 (doubled: there is no row 3).
 */
static void weights(struct check *check)
{
    static const uint8_t eighths[5][3] = {
        {3, 0, 0}, /* column 0: itself twice, and as what is left of it */
        {1, 1, 0}, {0, 2, 0}, {0, 1, 1}, {0, 0, 3}, /* column 4: itself twice, and as what is right of it */
    };
    /* 128 + 14 * eighths */
    static const uint8_t expected[] = {128, 142, 156, 170, 184, 198, 212};
    for (uint32_t y = 0; y < 3; y++) {
        for (uint32_t x = 0; x < 5; x++) {
            uint8_t rgba[4 * 15], planes[15 + 2 * 6];
            fill_black(rgba, 15);
            rgba[4 * (5 * y + x) + 2] = 255;
            capture_yuv_convert(rgba, 5, 3, CAPTURE_CHROMA_420, planes);
            for (uint32_t sample = 0; sample < 3; sample++) {
                unsigned weight = eighths[x][sample];
                CHECK_EQ(planes[15 + sample], expected[y < 2 ? weight : 0]);
                CHECK_EQ(planes[15 + 3 + sample], expected[y < 2 ? 0 : 2 * weight]);
            }
        }
    }
}

static void sizes(struct check *check)
{
    CHECK_EQ(capture_yuv_bytes(640, 360, CAPTURE_CHROMA_420), 345600);
    CHECK_EQ(capture_yuv_bytes(333, 217, CAPTURE_CHROMA_420), 333 * 217 + 2 * 167 * 109);
    CHECK_EQ(capture_yuv_bytes(333, 217, CAPTURE_CHROMA_444), 3 * 333 * 217);
    CHECK_EQ(capture_yuv_bytes(16384, 16384, CAPTURE_CHROMA_444), 805306368);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(known_colours), CHECK_CASE(flat_pictures), CHECK_CASE(greys), CHECK_CASE(weights), CHECK_CASE(sizes),
    };
    return check_run(cases, sizeof(cases) / sizeof(cases[0]), argc, argv);
}
