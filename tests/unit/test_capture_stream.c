/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Streams of captured frames: every byte of what is written, and what ends them. */
#include "capture/sink.h"
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#ifdef _WIN32
#include <process.h>
#define getpid _getpid
#else
#include <unistd.h>
#endif

struct fixture {
    char path[64];
    struct capture_sink *sink;
};

static bool open_stream(struct fixture *fixture, enum capture_format format, enum capture_chroma chroma)
{
    snprintf(fixture->path, sizeof(fixture->path), "test-capture-stream-%d.tmp", (int)getpid());
    struct capture_stream_config config = {
        .path = fixture->path, .format = format, .chroma = chroma, .rate = 60000, .scale = 1001, .quiet = true};
    fixture->sink = capture_stream_create(&config);
    return fixture->sink != NULL;
}

/* Closes the stream, whose file must hold exactly these bytes. */
static void expect_file(struct check *check, struct fixture *fixture, const void *expected, size_t size)
{
    CHECK_EQ(fixture->sink->ops->finish(fixture->sink), CAPTURE_OK);
    char actual[512];
    FILE *file = fopen(fixture->path, "rb");
    if (CHECK(file != NULL)) {
        size_t count = fread(actual, 1, sizeof(actual), file);
        fclose(file);
        CHECK_EQ(count, size);
        CHECK(count == size && memcmp(actual, expected, size) == 0);
    }
    remove(fixture->path);
}

static enum capture_result put(struct fixture *fixture, uint32_t format, uint32_t width, uint32_t height,
                               const uint8_t *pixels)
{
    struct pvgpu_frame_info info = {.width = width, .height = height, .pitch = 16, .format = format};
    return fixture->sink->ops->write(fixture->sink, &info, pixels);
}

static const uint8_t three_by_two[32] = {
    255, 255, 255, 255, 0, 0, 0, 255, 255, 255, 255, 0, 9, 9, 9, 9, /* white, black, white, padding */
    0,   0,   0,   0,   0, 0, 0, 0,   0,   0,   0,   0, 9, 9, 9, 9,
};

/* Colour for every 2 x 2 pixels: 6 + 2 + 2 bytes; a repeated frame is the same again. */
static void y4m(struct check *check)
{
    static const char expected[] = "YUV4MPEG2 W3 H2 F60000:1001 Ip A1:1 C420mpeg2 XCOLORRANGE=LIMITED\n"
                                   "FRAME\n\xEB\x10\xEB\x10\x10\x10\x80\x80\x80\x80"
                                   "FRAME\n\xEB\x10\xEB\x10\x10\x10\x80\x80\x80\x80"
                                   "FRAME\n\xEB\x10\xEB\x10\x10\x10\x80\x80\x80\x80";
    struct fixture fixture;
    if (!CHECK(open_stream(&fixture, CAPTURE_Y4M, CAPTURE_CHROMA_420)))
        return;
    CHECK_EQ(put(&fixture, 28, 3, 2, three_by_two), CAPTURE_OK);
    CHECK_EQ(put(&fixture, 28, 3, 2, NULL), CAPTURE_OK);
    /* Another format is no other stream. */
    CHECK_EQ(put(&fixture, 87, 3, 2, three_by_two), CAPTURE_OK);
    expect_file(check, &fixture, expected, sizeof(expected) - 1);
}

static void y4m_full_colour(struct check *check)
{
    /* Blue: 32, 240, 118; red: 63, 102, 240. */
    static const char expected[] = "YUV4MPEG2 W2 H1 F60000:1001 Ip A1:1 C444 XCOLORRANGE=LIMITED\n"
                                   "FRAME\n\x20\x3F\xF0\x66\x76\xF0";
    static const uint8_t pixels[16] = {255, 0, 0, 0, 0, 0, 255, 0};
    struct fixture fixture;
    if (!CHECK(open_stream(&fixture, CAPTURE_Y4M, CAPTURE_CHROMA_444)))
        return;
    CHECK_EQ(put(&fixture, 87, 2, 1, pixels), CAPTURE_OK);
    expect_file(check, &fixture, expected, sizeof(expected) - 1);
}

/* Rows without their padding, all four bytes of a pixel; CR and LF are bytes like others. */
static void raw(struct check *check)
{
    static const uint8_t pixels[32] = {1, 2, 3, 4, 5, 10, 13, 8, 99, [16] = 9, 10, 11, 12, 13, 10, 15, 16, 99};
    static const uint8_t expected[] = {1, 2, 3, 4, 5, 10, 13, 8, 9, 10, 11, 12, 13, 10, 15, 16,
                                       1, 2, 3, 4, 5, 10, 13, 8, 9, 10, 11, 12, 13, 10, 15, 16};
    struct fixture fixture;
    if (!CHECK(open_stream(&fixture, CAPTURE_RAW, CAPTURE_CHROMA_420)))
        return;
    CHECK_EQ(put(&fixture, 24, 2, 2, pixels), CAPTURE_OK);
    CHECK_EQ(put(&fixture, 24, 2, 2, NULL), CAPTURE_OK);
    expect_file(check, &fixture, expected, sizeof(expected));
}

/* A frame of 8 bytes a pixel. */
static void raw_half_floats(struct check *check)
{
    struct fixture fixture;
    if (!CHECK(open_stream(&fixture, CAPTURE_RAW, CAPTURE_CHROMA_420)))
        return;
    CHECK_EQ(put(&fixture, 10, 1, 2, three_by_two), CAPTURE_OK);
    static const uint8_t expected[] = {255, 255, 255, 255, 0, 0, 0, 255, 0, 0, 0, 0, 0, 0, 0, 0};
    expect_file(check, &fixture, expected, sizeof(expected));
}

/* What does not fit is not written, and what was written stays whole. */
static void changes(struct check *check)
{
    struct fixture fixture;
    if (!CHECK(open_stream(&fixture, CAPTURE_RAW, CAPTURE_CHROMA_420)))
        return;
    CHECK_EQ(put(&fixture, 28, 1, 1, three_by_two), CAPTURE_OK);
    CHECK_EQ(put(&fixture, 28, 2, 1, three_by_two), CAPTURE_CHANGED);
    CHECK_EQ(put(&fixture, 28, 1, 2, three_by_two), CAPTURE_CHANGED);
    CHECK_EQ(put(&fixture, 87, 1, 1, three_by_two), CAPTURE_CHANGED);
    expect_file(check, &fixture, three_by_two, 4);

    if (!CHECK(open_stream(&fixture, CAPTURE_Y4M, CAPTURE_CHROMA_444)))
        return;
    CHECK_EQ(put(&fixture, 28, 1, 1, three_by_two), CAPTURE_OK);
    CHECK_EQ(put(&fixture, 28, 1, 2, three_by_two), CAPTURE_CHANGED);
    static const char expected[] = "YUV4MPEG2 W1 H1 F60000:1001 Ip A1:1 C444 XCOLORRANGE=LIMITED\nFRAME\n\xEB\x80\x80";
    expect_file(check, &fixture, expected, sizeof(expected) - 1);
}

static void cannot_open(struct check *check)
{
    struct capture_stream_config config = {.path = "no/such/folder/film", .format = CAPTURE_RAW};
    CHECK(capture_stream_create(&config) == NULL);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(y4m),     CHECK_CASE(y4m_full_colour), CHECK_CASE(raw), CHECK_CASE(raw_half_floats),
        CHECK_CASE(changes), CHECK_CASE(cannot_open),
    };
    return check_run(cases, sizeof(cases) / sizeof(cases[0]), argc, argv);
}
