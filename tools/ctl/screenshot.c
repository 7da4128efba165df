/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "ctl.h"

#include "base/time.h"
#include "common/attach.h"
#include "common/frame_pixels.h"
#include "common/png.h"
#include "common/whole_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef _WIN32
#include <fcntl.h>
#include <io.h>
#endif

/* Attaches and takes the newest frame, from the next renderer if one ends meanwhile. The caller closes *frames. */
static enum pvgpu_frames_result take(const char *path, uint64_t deadline_ns, struct pvgpu_frames **frames,
                                     struct pvgpu_frame *frame)
{
    for (;;) {
        enum pvgpu_frames_result result = attach_to_frames(path, 0, deadline_ns, 1, frames);
        if (result == PVGPU_FRAMES_OK)
            result = pvgpu_frames_next(*frames, attach_left_ms(deadline_ns), frame);
        if (result != PVGPU_FRAMES_ENDED || !pvgpu_time_left_ns(deadline_ns))
            return result;
        pvgpu_frames_close(*frames);
        pvgpu_time_sleep_ns(ATTACH_PAUSE_NS);
    }
}

/* A PNG file's content; NULL: no memory. */
static uint8_t *make_png(const struct pvgpu_frame *frame, size_t *size)
{
    size_t pitch = (size_t)frame->info.width * 4;
    struct frame_pixels *pixels = frame_pixels_create();
    uint8_t *rgba = malloc(pitch * frame->info.height), *png = NULL;
    if (pixels && rgba) {
        frame_pixels_convert(pixels, &frame->info, frame->pixels, rgba, pitch, FRAME_RGBA);
        png = png_encode(rgba, frame->info.width, frame->info.height, size);
    }
    free(rgba);
    frame_pixels_destroy(pixels);
    return png;
}

/* 0, or the error as errno has it. */
static int write_to(const char *file, const uint8_t *png, size_t size)
{
    if (strcmp(file, "-") != 0)
        return write_whole_file(file, png, size);
#ifdef _WIN32
    _setmode(_fileno(stdout), _O_BINARY);
#endif
    errno = EIO; /* for C libraries that fail without saying why */
    return fwrite(png, 1, size, stdout) == size && fflush(stdout) == 0 ? 0 : errno;
}

static enum ctl_exit save(const struct ctl_vm *vm, const struct pvgpu_frame *frame, const char *file)
{
    bool to_stdout = strcmp(file, "-") == 0;
    size_t size;
    uint8_t *png = make_png(frame, &size);
    int error = png ? write_to(file, png, size) : ENOMEM;
    free(png);
    if (error) {
        fprintf(stderr, "pvgpu-ctl: cannot write %s: %s\n", to_stdout ? "standard output" : file, strerror(error));
        return CTL_REFUSED;
    }
    if (!to_stdout)
        printf("%s: frame %llu of %s, %u x %u\n", file, (unsigned long long)frame->info.frame, vm->name,
               frame->info.width, frame->info.height);
    return CTL_OK;
}

enum ctl_exit ctl_screenshot(const struct ctl_vm *vm, const char *file, uint32_t wait_seconds)
{
    struct pvgpu_frames *frames;
    struct pvgpu_frame frame;
    enum ctl_exit code = CTL_REFUSED;
    uint64_t deadline = pvgpu_time_deadline_ns(wait_seconds * PVGPU_NS_PER_S);
    enum pvgpu_frames_result result = take(vm->frames, deadline, &frames, &frame);
    switch (result) {
    case PVGPU_FRAMES_OK:
        code = save(vm, &frame, file);
        break;
    case PVGPU_FRAMES_TIMEOUT:
    case PVGPU_FRAMES_MISSING:
    case PVGPU_FRAMES_ENDED:
        fprintf(stderr, "pvgpu-ctl: %s (%s) has presented no frame within %u s\n", vm->name, vm->state, wait_seconds);
        code = CTL_NO_FRAME;
        break;
    default:
        fprintf(stderr, "pvgpu-ctl: cannot take a frame from %s: %s\n", vm->frames, pvgpu_frames_result_text(result));
        break;
    }
    pvgpu_frames_close(frames);
    return code;
}
