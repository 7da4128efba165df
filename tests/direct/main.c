/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
#endif
#include <stb_image_write.h>
#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif

#include "direct.h"

#define MAX_FRAMES 4096u
#define MAX_SIZE 16384u /* D3D11's largest 2D texture */

struct options {
    const struct direct_scene *scene;
    uint32_t width, height;
    const char *out; /* may hold one %d, replaced by the frame number */
    uint32_t frames[MAX_FRAMES];
    uint32_t frame_count;
};

static const char usage[] =
    "usage: pvgpu-direct [options] --out FILE\n"
    "Draws frames of a demo scene by direct Direct3D 11 calls.\n"
    "  --scene NAME     clear, triangle or cubes (default cubes)\n"
    "  --width PIXELS   default 640\n"
    "  --height PIXELS  default 360\n"
    "  --frame LIST     frame numbers from 1, as 1,5,30 or 1-10; repeatable (default 1)\n"
    "  --out FILE       .png, or .rgba for the bare bytes; %d or %04d in it becomes the frame number\n"
    "  --help           this text\n";

static bool parse_number(const char *text, uint32_t max, uint32_t *value)
{
    char *end;
    unsigned long parsed = strtoul(text, &end, 10);
    if (*text < '0' || *text > '9' || *end != '\0' || parsed < 1 || parsed > max) {
        fprintf(stderr, "pvgpu-direct: '%s' is not a number from 1 to %" PRIu32 "\n", text, max);
        return false;
    }
    *value = (uint32_t)parsed;
    return true;
}

static bool parse_frames(const char *list, struct options *options)
{
    while (*list) {
        char *end;
        unsigned long first = strtoul(list, &end, 10), last = first;
        if (end != list && *end == '-') {
            list = end + 1;
            last = strtoul(list, &end, 10);
        }
        if (end == list || (*end != '\0' && *end != ',') || first < 1 || last < first || last > UINT32_MAX ||
            last - first >= MAX_FRAMES - options->frame_count) {
            fprintf(stderr, "pvgpu-direct: bad frame list at '%s'\n", list);
            return false;
        }
        for (unsigned long frame = first; frame <= last; frame++) {
            options->frames[options->frame_count++] = (uint32_t)frame;
        }
        list = *end ? end + 1 : end;
    }
    return true;
}

/* One option and its value. */
static bool parse_option(const char *name, const char *value, struct options *options)
{
    static const struct direct_scene *const scenes[] = {&direct_scene_clear, &direct_scene_triangle,
                                                        &direct_scene_cubes};
    if (strcmp(name, "--scene") == 0) {
        for (size_t i = 0; i < sizeof scenes / sizeof scenes[0]; i++) {
            if (strcmp(value, scenes[i]->name) == 0) {
                options->scene = scenes[i];
                return true;
            }
        }
        fprintf(stderr, "pvgpu-direct: unknown scene '%s'\n", value);
        return false;
    }
    if (strcmp(name, "--width") == 0) {
        return parse_number(value, MAX_SIZE, &options->width);
    }
    if (strcmp(name, "--height") == 0) {
        return parse_number(value, MAX_SIZE, &options->height);
    }
    if (strcmp(name, "--frame") == 0) {
        return parse_frames(value, options);
    }
    if (strcmp(name, "--out") == 0) {
        options->out = value;
        return true;
    }
    fprintf(stderr, "pvgpu-direct: unknown option '%s'\n%s", name, usage);
    return false;
}

/* Replaces %d or %0Nd by the frame number; the name is never used as a format string. */
static bool make_name(const char *pattern, uint32_t frame, char *name, size_t name_bytes)
{
    const char *percent = strchr(pattern, '%');
    int written, width = 0;
    if (!percent) {
        written = snprintf(name, name_bytes, "%s", pattern);
        return written >= 0 && (size_t)written < name_bytes;
    }
    const char *after = percent + 1;
    if (*after == '0') {
        while (*after >= '0' && *after <= '9' && width < 100) {
            width = width * 10 + *after++ - '0';
        }
    }
    if (*after != 'd') {
        return false;
    }
    written = snprintf(name, name_bytes, "%.*s%0*" PRIu32 "%s", (int)(percent - pattern), pattern, width ? width : 1,
                       frame, after + 1);
    return written >= 0 && (size_t)written < name_bytes;
}

static bool write_raw(const char *name, const uint8_t *pixels, size_t bytes)
{
    FILE *file = fopen(name, "wb");
    if (!file) {
        return false;
    }
    bool written = fwrite(pixels, 1, bytes, file) == bytes;
    return fclose(file) == 0 && written;
}

static bool write_frame(const struct options *options, uint32_t frame, const uint8_t *pixels)
{
    char name[4096];
    if (!make_name(options->out, frame, name, sizeof name)) {
        fprintf(stderr, "pvgpu-direct: cannot make a file name from '%s'\n", options->out);
        return false;
    }
    size_t length = strlen(name);
    bool raw = length > 5 && strcmp(name + length - 5, ".rgba") == 0;
    bool written =
        raw ? write_raw(name, pixels, (size_t)options->width * options->height * 4)
            : stbi_write_png(name, (int)options->width, (int)options->height, 4, pixels, (int)options->width * 4) != 0;
    if (!written) {
        fprintf(stderr, "pvgpu-direct: cannot write %s\n", name);
        return false;
    }
    printf("%s\n", name);
    return true;
}

static bool run(const struct options *options)
{
    struct direct_device direct;
    if (!direct_device_init(&direct, options->width, options->height)) {
        return false;
    }
    void *state = NULL;
    size_t bytes = (size_t)options->width * options->height * 4;
    uint8_t *pixels = malloc(bytes);
    bool good = pixels && options->scene->init(&direct, &state);
    for (uint32_t i = 0; good && i < options->frame_count; i++) {
        /* A pattern first, so that a read-back that did nothing is never taken for a frame. */
        memset(pixels, 0xA5, bytes);
        good = options->scene->draw(&direct, state, options->frames[i]) && direct_device_read(&direct, pixels) &&
               write_frame(options, options->frames[i], pixels);
    }
    options->scene->finish(state);
    free(pixels);
    direct_device_finish(&direct);
    return good;
}

int main(int argc, char **argv)
{
    struct options options = {.scene = &direct_scene_cubes, .width = 640, .height = 360};
    for (int i = 1; i < argc; i += 2) {
        if (strcmp(argv[i], "--help") == 0) {
            fputs(usage, stdout);
            return 0;
        }
        if (i + 1 >= argc) {
            fprintf(stderr, "pvgpu-direct: '%s' needs a value\n%s", argv[i], usage);
            return 2;
        }
        if (!parse_option(argv[i], argv[i + 1], &options)) {
            return 2;
        }
    }
    if (!options.out) {
        fprintf(stderr, "pvgpu-direct: no --out\n%s", usage);
        return 2;
    }
    if (options.frame_count == 0) {
        options.frames[options.frame_count++] = 1;
    }
    return run(&options) ? 0 : 1;
}
