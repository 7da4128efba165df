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
    printf("%-16s %-16s %-12s %10s %12s %10s  %s\n", "VM", "LINK", "STATE", "PROCESS", "CONNECTED", "PRESENTS",
           "FRAMES");
    for (size_t i = 0; i < answer->vm_count; i++) {
        const struct ctl_vm *vm = &answer->vms[i];
        char uptime[32];
        uptime_text(vm->connected_ms, uptime);
        printf("%-16s %-16s %-12s %10" PRId64 " %12s %10" PRIu64 "  %s\n", vm->name, vm->link, vm->state, vm->peer,
               uptime, ctl_counter(vm, "presents"), vm->frames);
    }
}

/* "850 us", "16.7 ms", "2.50 s". */
static void time_text(uint64_t ns, char text[32])
{
    double us = (double)ns / (double)PVGPU_NS_PER_US;
    if (us < 1000)
        snprintf(text, 32, "%.0f us", us);
    else if (us < 1000000)
        snprintf(text, 32, "%.*f ms", us < 100000 ? 1 : 0, us / 1000);
    else
        snprintf(text, 32, "%.2f s", us / 1000000);
}

static void print_durations(const struct ctl_vm *vm)
{
    static const uint32_t percents[] = {50, 95, 99};
    printf("  %-22s %10s %9s %9s %9s %9s\n", "how long", "times", "p50", "p95", "p99", "max");
    for (size_t i = 0; i < vm->duration_count; i++) {
        const struct pvgpu_histogram_snapshot *lengths = &vm->durations[i].lengths;
        char text[32];
        printf("  %-22s %10" PRIu64, vm->durations[i].name, pvgpu_histogram_count(lengths));
        for (size_t k = 0; k < sizeof(percents) / sizeof(percents[0]); k++) {
            time_text(pvgpu_histogram_percentile_ns(lengths, percents[k]), text);
            printf(" %9s", text);
        }
        time_text(lengths->most_ns, text);
        printf(" %9s\n", text);
    }
}

static void print_averages(const struct ctl_vm *vm)
{
    double seconds = (double)vm->connected_ms / 1000;
    char uploads[32];
    if (seconds <= 0)
        return;
    bytes_text((uint64_t)((double)ctl_counter(vm, "upload_bytes") / seconds), uploads);
    printf("  on average: %.1f frames/s, %.0f commands/s, %.0f draws/s, %s/s of uploads\n",
           (double)ctl_counter(vm, "presents") / seconds, (double)ctl_counter(vm, "commands") / seconds,
           (double)ctl_counter(vm, "draws") / seconds, uploads);
}

void ctl_print_stats(const struct ctl_vm *vm)
{
    char uptime[32];
    uptime_text(vm->connected_ms, uptime);
    printf("%s: %s, over %s, connected for %s\n  processes: peer %" PRId64 ", session %" PRId64 ", renderer %" PRId64
           "\n  frames: %s\n",
           vm->name, vm->state, vm->link, uptime, vm->peer, vm->session, vm->renderer, vm->frames);
    print_averages(vm);
    print_durations(vm);
    for (size_t i = 0; i < vm->counter_count; i++)
        printf("  %-22s %10" PRIu64 "\n", vm->counters[i].name, vm->counters[i].value);
}

/* What a counter gained each second. */
static double rate(const struct ctl_vm *before, const struct ctl_vm *now, const char *name, double seconds)
{
    uint64_t old = ctl_counter(before, name), new = ctl_counter(now, name);
    return before && new >= old &&seconds > 0 ? (double)(new - old) / seconds : 0;
}

/* In five columns: three digits, and a letter for what they were divided by. */
static void short_text(double value, double step, char text[32])
{
    static const char *const letters[] = {"", "k", "M", "G", "T"};
    size_t letter = 0;
    for (; value >= 999.5 && letter < 4; letter++)
        value /= step;
    snprintf(text, 32, "%.*f%s", value == 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2, value, letters[letter]);
}

/* A percentile of what was recorded since the earlier answer, in milliseconds; "-" when nothing was. */
static void percentile_text(const struct ctl_vm *before, const struct ctl_vm *now, const char *name, uint32_t percent,
                            char text[32])
{
    const struct pvgpu_histogram_snapshot *later = ctl_duration(now, name), *earlier = ctl_duration(before, name);
    struct pvgpu_histogram_snapshot interval;
    snprintf(text, 32, "-");
    if (!later || !earlier)
        return;
    pvgpu_histogram_difference(later, earlier, &interval);
    if (pvgpu_histogram_count(&interval))
        short_text((double)pvgpu_histogram_percentile_ns(&interval, percent) / (double)PVGPU_NS_PER_MS, 1000, text);
}

/* One row in 80 columns, unless a name or a state is longer. */
static void print_row(const struct ctl_vm *before, const struct ctl_vm *now, double seconds)
{
    static const struct {
        const char *name;
        uint32_t percent;
    } times[] = {{"frame_time", 50}, {"frame_time", 99}, {"doorbell_to_execution", 50}, {"present_to_complete", 50}};
    char text[32];
    printf("%-9s %-11s", now->name, now->state);
    short_text(rate(before, now, "presents", seconds), 1000, text);
    printf(" %4s", text);
    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        percentile_text(before, now, times[i].name, times[i].percent, text);
        printf(" %5s", text);
    }
    short_text(rate(before, now, "commands", seconds), 1000, text);
    printf(" %5s", text);
    short_text(rate(before, now, "draws", seconds), 1000, text);
    printf(" %6s", text);
    short_text(rate(before, now, "upload_bytes", seconds), 1024, text);
    printf(" %5s", text);
    short_text((double)ctl_counter(now, "bytes"), 1024, text);
    printf(" %5s %4" PRIu64 "\n", text, ctl_counter(now, "errors"));
}

void ctl_print_rates(const struct ctl_answer *earlier, const struct ctl_answer *answer)
{
    double seconds = (double)(answer->time_ns - earlier->time_ns) / (double)PVGPU_NS_PER_S;
    printf("%-9s %-11s %4s %5s %5s %5s %5s %5s %6s %5s %5s %4s\n", "VM", "STATE", "FPS", "P50", "P99", "BELL", "GPU",
           "CMD/S", "DRAW/S", "UP/S", "MEM", "ERR");
    for (size_t i = 0; i < answer->vm_count; i++)
        print_row(ctl_find(earlier, answer->vms[i].name), &answer->vms[i], seconds);
    if (!answer->vm_count)
        printf("no VM is connected\n");
    fflush(stdout);
}

static void write_us(struct pvgpu_json *json, const char *key, uint64_t ns)
{
    pvgpu_json_key(json, key);
    pvgpu_json_double(json, (double)ns / (double)PVGPU_NS_PER_US);
}

static void write_durations(struct pvgpu_json *json, const struct ctl_vm *vm)
{
    pvgpu_json_key(json, "durations_us");
    pvgpu_json_begin_object(json);
    for (size_t i = 0; i < vm->duration_count; i++) {
        const struct pvgpu_histogram_snapshot *lengths = &vm->durations[i].lengths;
        pvgpu_json_key(json, vm->durations[i].name);
        pvgpu_json_begin_object(json);
        pvgpu_json_key(json, "count");
        pvgpu_json_u64(json, pvgpu_histogram_count(lengths));
        write_us(json, "p50", pvgpu_histogram_percentile_ns(lengths, 50));
        write_us(json, "p95", pvgpu_histogram_percentile_ns(lengths, 95));
        write_us(json, "p99", pvgpu_histogram_percentile_ns(lengths, 99));
        write_us(json, "max", lengths->most_ns);
        pvgpu_json_end(json);
    }
    pvgpu_json_end(json);
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
    write_durations(json, vm);
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
