/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "ctl.h"

#include "base/json.h"
#include "base/time.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void uptime_text(uint64_t ms, char text[32])
{
    uint64_t seconds = ms / 1000;
    if (seconds < 60)
        snprintf(text, 32, "%" PRIu64 " s", seconds);
    else if (seconds < 60 * 60)
        snprintf(text, 32, "%" PRIu64 " min", seconds / 60);
    else if (seconds < 48 * 60 * 60)
        snprintf(text, 32, "%" PRIu64 " h %" PRIu64 " min", seconds / 3600, seconds / 60 % 60);
    else
        snprintf(text, 32, "%" PRIu64 " d %" PRIu64 " h", seconds / 86400, seconds / 3600 % 24);
}

static void bytes_text(uint64_t bytes, char text[32])
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB"};
    double value = (double)bytes;
    unsigned unit = 0;
    while (value >= 1024 && unit < 3) {
        value /= 1024;
        unit++;
    }
    snprintf(text, 32, unit ? "%.1f %s" : "%.0f %s", value, units[unit]);
}

void ctl_print_list(const struct ctl_answer *answer)
{
    if (!answer->vm_count) {
        printf("no VM is connected\n");
        return;
    }
    printf("%-16s %-10s %-12s %10s %12s %10s  %s\n", "VM", "LINK", "STATE", "PROCESS", "CONNECTED", "PRESENTS",
           "FRAMES");
    for (size_t i = 0; i < answer->vm_count; i++) {
        const struct ctl_vm *vm = &answer->vms[i];
        char uptime[32];
        uptime_text(vm->connected_ms, uptime);
        printf("%-16s %-10s %-12s %10" PRId64 " %12s %10" PRIu64 "  %s\n", vm->name, vm->link, vm->state, vm->peer,
               uptime, ctl_counter(vm, "presents"), vm->frames);
    }
}

void ctl_print_stats(const struct ctl_vm *vm)
{
    char uptime[32];
    uptime_text(vm->connected_ms, uptime);
    printf("%s: %s, over %s, connected for %s\n  processes: peer %" PRId64 ", session %" PRId64 ", renderer %" PRId64
           "\n  frames: %s\n",
           vm->name, vm->state, vm->link, uptime, vm->peer, vm->session, vm->renderer, vm->frames);
    for (size_t i = 0; i < vm->counter_count; i++)
        printf("  %-18s %" PRIu64 "\n", vm->counters[i].name, vm->counters[i].value);
}

/* What a counter gained each second. */
static double rate(const struct ctl_vm *before, const struct ctl_vm *now, const char *name, double seconds)
{
    uint64_t old = ctl_counter(before, name), new = ctl_counter(now, name);
    return before && new >= old &&seconds > 0 ? (double)(new - old) / seconds : 0;
}

void ctl_print_rates(const struct ctl_answer *earlier, const struct ctl_answer *answer)
{
    double seconds = (double)(answer->time_ns - earlier->time_ns) / (double)PVGPU_NS_PER_S;
    printf("%-16s %-12s %9s %12s %10s %12s %12s %8s\n", "VM", "STATE", "FRAMES/S", "COMMANDS/S", "DRAWS/S", "UPLOADS/S",
           "MEMORY", "ERRORS");
    for (size_t i = 0; i < answer->vm_count; i++) {
        const struct ctl_vm *now = &answer->vms[i], *before = ctl_find(earlier, now->name);
        char memory[32], uploads[32];
        bytes_text(ctl_counter(now, "bytes"), memory);
        bytes_text((uint64_t)rate(before, now, "upload_bytes", seconds), uploads);
        printf("%-16s %-12s %9.1f %12.0f %10.0f %12s %12s %8" PRIu64 "\n", now->name, now->state,
               rate(before, now, "presents", seconds), rate(before, now, "commands", seconds),
               rate(before, now, "draws", seconds), uploads, memory, ctl_counter(now, "errors"));
    }
    if (!answer->vm_count)
        printf("no VM is connected\n");
    fflush(stdout);
}

static void write_vm(struct pvgpu_json *json, const struct ctl_vm *vm)
{
    pvgpu_json_begin_object(json);
    const struct {
        const char *key, *text;
    } texts[] = {{"name", vm->name}, {"link", vm->link}, {"state", vm->state}, {"frames", vm->frames}};
    const struct {
        const char *key;
        int64_t number;
    } numbers[] = {{"peer", vm->peer}, {"session", vm->session}, {"renderer", vm->renderer}};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        pvgpu_json_key(json, texts[i].key);
        pvgpu_json_string(json, texts[i].text);
    }
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        pvgpu_json_key(json, numbers[i].key);
        pvgpu_json_i64(json, numbers[i].number);
    }
    pvgpu_json_key(json, "connected_ms");
    pvgpu_json_u64(json, vm->connected_ms);
    pvgpu_json_key(json, "counters");
    pvgpu_json_begin_object(json);
    for (size_t i = 0; i < vm->counter_count; i++) {
        pvgpu_json_key(json, vm->counters[i].name);
        pvgpu_json_u64(json, vm->counters[i].value);
    }
    pvgpu_json_end(json);
    pvgpu_json_end(json);
}

bool ctl_print_service(const struct ctl_answer *answer, bool as_json)
{
    struct pvgpu_json json;
    if (!as_json) {
        for (size_t i = 0; i < answer->fact_count; i++)
            printf("%-16s %s\n", answer->facts[i].name, answer->facts[i].value);
        return true;
    }
    pvgpu_json_begin_file(&json, stdout, 2);
    pvgpu_json_begin_object(&json);
    for (size_t i = 0; i < answer->fact_count; i++) {
        pvgpu_json_key(&json, answer->facts[i].name);
        const char *value = answer->facts[i].value;
        if (*value && value[strspn(value, "0123456789")] == '\0')
            pvgpu_json_u64(&json, strtoull(value, NULL, 10));
        else
            pvgpu_json_string(&json, value);
    }
    pvgpu_json_end(&json);
    return pvgpu_json_finish(&json);
}

bool ctl_print_json(const struct ctl_answer *answer)
{
    struct pvgpu_json json;
    pvgpu_json_begin_file(&json, stdout, 2);
    pvgpu_json_begin_array(&json);
    for (size_t i = 0; i < answer->vm_count; i++)
        write_vm(&json, &answer->vms[i]);
    pvgpu_json_end(&json);
    return pvgpu_json_finish(&json);
}

bool ctl_print_vm_json(const struct ctl_vm *vm)
{
    struct pvgpu_json json;
    pvgpu_json_begin_file(&json, stdout, 2);
    write_vm(&json, vm);
    return pvgpu_json_finish(&json);
}
