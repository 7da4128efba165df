/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "service/control_answers.h"

#include "base/time.h"
#include "pvgpu/protocol.h"
#include "service/statistics.h"
#include "wire/command.h"

#include <inttypes.h>

static const char *state_of(struct pvgpu_control_page *page)
{
    if (!atomic_load(&page->attached))
        return "connecting";
    if (atomic_load(&page->held))
        return "held back";
    if (!atomic_load(&page->renderer_process))
        return "device lost";
    switch (atomic_load(&page->health)) {
    case PVGPU_RENDERER_STARTING:
        return "starting";
    case PVGPU_RENDERER_READY:
        return "running";
    case PVGPU_RENDERER_FAILED:
        return "failed";
    default:
        return "device lost";
    }
}

static void say_counters(struct pvgpu_control_answer *answer, struct pvgpu_statistics *statistics)
{
    for (size_t i = 0; i < pvgpu_statistic_count; i++) {
        _Atomic uint64_t *counter = (_Atomic uint64_t *)((char *)statistics + pvgpu_statistic_table[i].at);
        pvgpu_control_say(answer, "counter.%s %" PRIu64 "\n", pvgpu_statistic_table[i].name,
                          atomic_load_explicit(counter, memory_order_relaxed));
    }
}

/* The buckets themselves, so that whoever asks twice can tell what the time between was like. */
static void say_duration(struct pvgpu_control_answer *answer, const char *name, const struct pvgpu_histogram *histogram)
{
    struct pvgpu_histogram_snapshot snapshot;
    pvgpu_histogram_read(histogram, &snapshot);
    pvgpu_control_say(answer, "duration.%s %" PRIu64, name, snapshot.most_ns);
    for (uint32_t i = 0; i < PVGPU_HISTOGRAM_BUCKETS; i++) {
        if (snapshot.buckets[i])
            pvgpu_control_say(answer, " %" PRIu32 ":%" PRIu64, i, snapshot.buckets[i]);
    }
    pvgpu_control_say(answer, "\n");
}

void pvgpu_control_say_vm(struct pvgpu_control_answer *answer, const struct pvgpu_vm *vm)
{
    struct pvgpu_control_page *page = pvgpu_vm_page(vm);
    pvgpu_control_say(answer,
                      "vm %s\nlink %s\nstate %s\npeer %" PRId64 "\nsession %" PRId64 "\nrenderer %" PRId64
                      "\nconnected_ms %" PRIu64 "\nframes %s\n",
                      vm->name, pvgpu_link_kind_name(vm->link), state_of(page), vm->peer, vm->session.id,
                      atomic_load(&page->renderer_process), (pvgpu_time_now_ns() - vm->since_ns) / PVGPU_NS_PER_MS,
                      vm->frames_path);
    say_counters(answer, &page->statistics);
    for (size_t i = 0; i < PVGPU_DURATIONS; i++)
        say_duration(answer, pvgpu_duration_names[i], &page->statistics.durations[i]);
}
