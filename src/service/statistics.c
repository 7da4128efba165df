/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "service/statistics.h"

#include "base/time.h"
#include "wire/command.h"

#include <stdio.h>

#define ROW(field) {#field, offsetof(struct pvgpu_statistics, field)}
#define KIND(name, kind) {"bytes_" name, offsetof(struct pvgpu_statistics, bytes_by_kind[PVGPU_MEMORY_##kind])}
#define CODE(name, code) {"errors_" name, offsetof(struct pvgpu_statistics, errors_by_code[PVGPU_ERROR_##code])}

const struct pvgpu_statistic pvgpu_statistic_table[] = {
    ROW(commands),
    ROW(draws),
    ROW(dispatches),
    ROW(presents),
    ROW(frames_published),
    ROW(frames_dropped),
    ROW(textures_published),
    ROW(textures_dropped),
    ROW(fences),
    ROW(errors),
    ROW(refused_by_host),
    ROW(doorbells),
    ROW(interrupts),
    ROW(resets),
    ROW(sleeps),
    ROW(objects),
    ROW(bytes),
    ROW(uploads),
    ROW(upload_bytes),
    ROW(upload_copies),
    ROW(readback_bytes),
    ROW(ring_most_bytes),
    ROW(gpu_wait_ns),
    ROW(renderers),
    ROW(renderers_lost),
    KIND("buffers", BUFFERS),
    KIND("textures", TEXTURES),
    KIND("shaders", SHADERS),
    KIND("layouts", LAYOUTS),
    KIND("mappings", MAPPINGS),
    KIND("last_frame", LAST_FRAME),
    CODE("invalid_command", INVALID_COMMAND),
    CODE("invalid_id", INVALID_RESOURCE_ID),
    CODE("not_found", RESOURCE_NOT_FOUND),
    CODE("out_of_memory", OUT_OF_MEMORY),
    CODE("shader", SHADER_COMPILATION),
    CODE("device_lost", DEVICE_LOST),
    CODE("internal", INTERNAL),
};
const size_t pvgpu_statistic_count = sizeof(pvgpu_statistic_table) / sizeof(pvgpu_statistic_table[0]);

const char *const pvgpu_duration_names[PVGPU_DURATIONS] = {
    [PVGPU_DURATION_FRAME] = "frame_time",
    [PVGPU_DURATION_DOORBELL] = "doorbell_to_execution",
    [PVGPU_DURATION_PRESENT] = "present_to_complete",
};

#define LINE_BYTES 400u

static unsigned long long value_of(_Atomic uint64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

/* "name 12, other 3" of the counters that are not 0; "none" when all are. */
static void list(char line[LINE_BYTES], _Atomic uint64_t *counters, const char *const *names, size_t count)
{
    size_t used = 0;
    snprintf(line, LINE_BYTES, "none");
    for (size_t i = 0; i < count; i++) {
        unsigned long long value = value_of(&counters[i]);
        if (!value || !names[i] || used >= LINE_BYTES)
            continue;
        used += (size_t)snprintf(line + used, LINE_BYTES - used, "%s%s %llu", used ? ", " : "", names[i], value);
    }
}

static void log_summary(struct pvgpu_statistics *s, const char *what, const struct pvgpu_log *log)
{
    const struct pvgpu_log_field *fields = PVGPU_FIELDS(
        pvgpu_log_said(pvgpu_log_number("commands", value_of(&s->commands))),
        pvgpu_log_said(pvgpu_log_number("draws", value_of(&s->draws))),
        pvgpu_log_said(pvgpu_log_number("presents", value_of(&s->presents))),
        pvgpu_log_said(pvgpu_log_number("published", value_of(&s->frames_published))),
        pvgpu_log_said(pvgpu_log_number("dropped", value_of(&s->frames_dropped))),
        pvgpu_log_said(pvgpu_log_number("errors", value_of(&s->errors))),
        pvgpu_log_said(pvgpu_log_number("refused_by_host", value_of(&s->refused_by_host))),
        pvgpu_log_said(pvgpu_log_number("resets", value_of(&s->resets))),
        pvgpu_log_number("objects", value_of(&s->objects)), pvgpu_log_number("bytes", value_of(&s->bytes)));
    pvgpu_log_with(log, PVGPU_LOG_INFO, fields,
                   "%s: %llu commands, %llu draws, %llu presents, %llu frames published, %llu dropped, %llu errors, "
                   "%llu refused by the host, %llu resets, %llu doorbells, %llu interrupts",
                   what, value_of(&s->commands), value_of(&s->draws), value_of(&s->presents),
                   value_of(&s->frames_published), value_of(&s->frames_dropped), value_of(&s->errors),
                   value_of(&s->refused_by_host), value_of(&s->resets), value_of(&s->doorbells),
                   value_of(&s->interrupts));
    pvgpu_info(log,
               "Work: %llu dispatches, %llu fences, %llu uploads of %llu bytes, %llu copies on their way, "
               "%llu bytes read back, at most %llu bytes waiting in the ring, %.3f s of waiting for the GPU",
               value_of(&s->dispatches), value_of(&s->fences), value_of(&s->uploads), value_of(&s->upload_bytes),
               value_of(&s->upload_copies), value_of(&s->readback_bytes), value_of(&s->ring_most_bytes),
               (double)value_of(&s->gpu_wait_ns) / (double)PVGPU_NS_PER_S);
}

static void log_alive(struct pvgpu_statistics *s, const struct pvgpu_log *log)
{
    static const char *const types[PVGPU_STATISTICS_OBJECTS] = {
        "layouts for a shader",   "resources", "render target views", "depth-stencil views", "shader resource views",
        "unordered access views", "shaders",   "input layouts",       "blend states",        "rasterizer states",
        "depth-stencil states",   "samplers",  "further ids",
    };
    static const char *const kinds[PVGPU_MEMORY_KINDS] = {"buffers", "textures", "shaders",
                                                          "layouts", "mappings", "last frame"};
    char objects[LINE_BYTES], bytes[LINE_BYTES];
    list(objects, s->objects_by_type, types, PVGPU_STATISTICS_OBJECTS);
    list(bytes, s->bytes_by_kind, kinds, PVGPU_MEMORY_KINDS);
    pvgpu_info(log, "Alive: %llu objects (%s)", value_of(&s->objects), objects);
    pvgpu_info(log, "Alive: %llu bytes (%s)", value_of(&s->bytes), bytes);
}

static void log_errors(struct pvgpu_statistics *s, const struct pvgpu_log *log)
{
    static const char *const codes[PVGPU_STATISTICS_ERRORS] = {
        "none", "invalid command", "invalid id", "not found", "out of memory", "shader", "device lost", "internal",
    };
    char errors[LINE_BYTES];
    if (!value_of(&s->errors))
        return;
    list(errors, s->errors_by_code, codes, PVGPU_STATISTICS_ERRORS);
    pvgpu_info(log, "Errors: %s", errors);
}

static void log_commands(struct pvgpu_statistics *s, const struct pvgpu_log *log)
{
    if (!pvgpu_log_enabled(log, PVGPU_LOG_DEBUG))
        return;
    for (uint32_t i = 0; i <= PVGPU_COMMAND_COUNT; i++) {
        unsigned long long executed = value_of(&s->executed[i]);
        if (executed)
            pvgpu_debug(log, "Executed: %llu of %s", executed,
                        i < PVGPU_COMMAND_COUNT ? pvgpu_command_info(i)->name : "unknown opcodes");
    }
}

void pvgpu_statistics_log(struct pvgpu_statistics *statistics, const char *what, const struct pvgpu_log *log)
{
    log_summary(statistics, what, log);
    log_alive(statistics, log);
    log_errors(statistics, log);
    log_commands(statistics, log);
}
