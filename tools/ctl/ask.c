/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "ctl.h"

#include "base/time.h"
#include "os/endpoint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ANSWER_TIMEOUT_NS (5 * PVGPU_NS_PER_S)

/* Until the service closes the connection. */
static bool read_text(struct pvgpu_stream *stream, struct ctl_answer *answer)
{
    uint64_t deadline = pvgpu_time_deadline_ns(ANSWER_TIMEOUT_NS);
    size_t length = 0;
    for (;;) {
        size_t moved;
        enum pvgpu_io io = pvgpu_stream_read(stream, answer->text + length, sizeof(answer->text) - 1 - length, &moved);
        length += moved;
        answer->text[length] = '\0';
        if (io == PVGPU_IO_CLOSED || length == sizeof(answer->text) - 1)
            return length > 0;
        if (moved)
            continue;
        pvgpu_handle ready = pvgpu_stream_wait_handle(stream);
        if (!pvgpu_handle_wait_any(&ready, 1, pvgpu_time_left_ns(deadline)))
            return false;
    }
}

/* "MOST BUCKET:COUNT...". Buckets that cannot be are left out. */
static void take_duration(struct ctl_vm *vm, const char *name, char *value)
{
    struct ctl_duration *duration = &vm->durations[vm->duration_count++];
    char *at = value;
    duration->name = name;
    duration->lengths.most_ns = strtoull(at, &at, 10);
    while (*at == ' ') {
        uint64_t bucket = strtoull(at, &at, 10);
        if (*at != ':')
            return;
        uint64_t count = strtoull(at + 1, &at, 10);
        if (bucket < PVGPU_HISTOGRAM_BUCKETS)
            duration->lengths.buckets[bucket] = count;
    }
}

static void take_line(struct ctl_answer *answer, const char *key, char *value)
{
    struct ctl_vm *vm = answer->vm_count ? &answer->vms[answer->vm_count - 1] : NULL;
    if (strcmp(key, "vm") == 0 && answer->vm_count < CTL_VMS_MOST) {
        answer->vms[answer->vm_count++] = (struct ctl_vm){.name = value, .link = "", .state = "", .frames = ""};
        return;
    }
    if (!vm) {
        if (answer->fact_count < CTL_FACTS_MOST)
            answer->facts[answer->fact_count++] = (struct ctl_fact){key, value};
        return;
    }
    if (strcmp(key, "link") == 0)
        vm->link = value;
    else if (strcmp(key, "state") == 0)
        vm->state = value;
    else if (strcmp(key, "frames") == 0)
        vm->frames = value;
    else if (strcmp(key, "peer") == 0)
        vm->peer = strtoll(value, NULL, 10);
    else if (strcmp(key, "session") == 0)
        vm->session = strtoll(value, NULL, 10);
    else if (strcmp(key, "renderer") == 0)
        vm->renderer = strtoll(value, NULL, 10);
    else if (strcmp(key, "connected_ms") == 0)
        vm->connected_ms = strtoull(value, NULL, 10);
    else if (strncmp(key, "counter.", 8) == 0 && vm->counter_count < CTL_COUNTERS_MOST)
        vm->counters[vm->counter_count++] = (struct ctl_counter){key + 8, strtoull(value, NULL, 10)};
    else if (strncmp(key, "duration.", 9) == 0 && vm->duration_count < CTL_DURATIONS_MOST)
        take_duration(vm, key + 9, value);
}

static void parse(struct ctl_answer *answer)
{
    char *next = answer->text;
    answer->verdict = NULL;
    answer->vm_count = answer->fact_count = 0;
    while (*next) {
        char *line = next, *end = strchr(line, '\n');
        if (!end)
            return; /* cut */
        *end = '\0';
        next = end + 1;
        if (!answer->verdict) {
            answer->verdict = line;
            continue;
        }
        char *space = strchr(line, ' ');
        if (space)
            *space = '\0';
        take_line(answer, line, space ? space + 1 : end);
    }
}

bool ctl_ask(const char *endpoint, const char *request, struct ctl_answer *answer)
{
    struct pvgpu_log_catch caught = {0};
    struct pvgpu_log log = {.level = PVGPU_LOG_ERROR, .target = "pvgpu_ctl", .errors = &caught};
    char line[600];
    int length = snprintf(line, sizeof(line), "%s\n", request);
    struct pvgpu_stream *stream = pvgpu_stream_connect(endpoint, &log);
    if (!stream) {
        fprintf(stderr, "pvgpu-ctl: %s: expected a running pvgpu-backend: %s\n", endpoint, caught.text);
        return false;
    }
    bool good =
        pvgpu_stream_write(stream, line, (size_t)length, PVGPU_NS_PER_S) == PVGPU_IO_DONE && read_text(stream, answer);
    pvgpu_stream_destroy(stream);
    answer->time_ns = pvgpu_time_now_ns();
    if (good)
        parse(answer);
    if (good && answer->verdict)
        return true;
    fprintf(stderr, "pvgpu-ctl: %s: the service gave no answer\n", endpoint);
    return false;
}

uint64_t ctl_counter(const struct ctl_vm *vm, const char *name)
{
    for (size_t i = 0; vm && i < vm->counter_count; i++) {
        if (strcmp(vm->counters[i].name, name) == 0)
            return vm->counters[i].value;
    }
    return 0;
}

const struct pvgpu_histogram_snapshot *ctl_duration(const struct ctl_vm *vm, const char *name)
{
    for (size_t i = 0; vm && i < vm->duration_count; i++) {
        if (strcmp(vm->durations[i].name, name) == 0)
            return &vm->durations[i].lengths;
    }
    return NULL;
}

const struct ctl_vm *ctl_find(const struct ctl_answer *answer, const char *name)
{
    for (size_t i = 0; answer && i < answer->vm_count; i++) {
        if (strcmp(answer->vms[i].name, name) == 0)
            return &answer->vms[i];
    }
    return NULL;
}
