/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * No wake-up is lost, and nobody wakes for nothing (decision D29). The back-stop poll is off: a host that goes to sleep
 * over a published command sleeps for ever.
 *
 *   test-wakeups [PUBLICATIONS [IDLE_SECONDS]]    1,000,000 and 10 by default
 *
 * Each publication is one command, with a doorbell only when the guest library finds that it is needed. After a burst
 * the guest rings no more and waits for the burst's fence by looking; between bursts it pauses for about as long as the
 * host looks around before it sleeps, so that many publications meet a host that is just falling asleep.
 */
#include "local_host.h"
#include "second_view.h"
#include "stream_maker.h"

#include "base/time.h"

#include "check.h"

#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

#define LOST_NS (20 * PVGPU_NS_PER_S)
#define LONGEST_BURST 400u
#define LONGEST_PAUSE_NS 150000u

/* Looks until the fence has completed; false: never. */
static bool watch(const struct pvgpu_guest *guest, uint64_t fence)
{
    uint64_t end = pvgpu_time_deadline_ns(LOST_NS);
    for (uint32_t looks = 0; pvgpu_guest_completed(guest) < fence; looks++) {
        pvgpu_cpu_relax();
        if (looks % 1024 == 1023) {
            if (!pvgpu_time_left_ns(end))
                return false;
            pvgpu_thread_yield(); /* there may be one processor for both */
        }
    }
    return true;
}

static void spin_for(uint64_t ns)
{
    uint64_t end = pvgpu_time_now_ns() + ns;
    while (pvgpu_time_now_ns() < end)
        pvgpu_cpu_relax();
}

/* Between bursts: nothing, a pause around the length of the host's last look, or a sleep that is surely longer. */
static void pause_a_while(struct stream_random *random)
{
    switch (stream_random_below(random, 8)) {
    case 0:
        pvgpu_time_sleep_ns(200000);
        break;
    case 1:
    case 2:
    case 3:
        spin_for(stream_random_below(random, LONGEST_PAUSE_NS));
        break;
    default:
        break;
    }
}

static void no_wake_up_is_lost(struct check *check, struct local_host *host, struct pvgpu_guest *guest,
                               uint64_t publications)
{
    struct stream_random random = {.state = 88172645463325252u};
    uint64_t before = guest->counters.batches, start = pvgpu_time_now_ns(), bursts = 0;
    while (guest->counters.batches - before < publications) {
        /* Short ones most of the time: it is the first publication after a silence that can be lost. */
        uint32_t burst = 1 + stream_random_below(&random, stream_random_below(&random, 2) ? LONGEST_BURST : 3);
        for (uint32_t i = 1; i < burst; i++) {
            pvgpu_encode_flush(&guest->encoder);
            if (!CHECK(pvgpu_guest_flush(guest)))
                return;
        }
        uint64_t fence = pvgpu_guest_fence(guest);
        if (!CHECK(pvgpu_guest_flush(guest)))
            return;
        bursts++;
        if (!CHECK(watch(guest, fence))) {
            printf("  lost: fence %llu, completed %llu, producer %llu, consumer %llu\n", (unsigned long long)fence,
                   (unsigned long long)pvgpu_guest_completed(guest), (unsigned long long)guest->producer,
                   (unsigned long long)guest->control->consumer);
            return;
        }
        pause_a_while(&random);
    }
    double seconds = (double)(pvgpu_time_now_ns() - start) / (double)PVGPU_NS_PER_S;
    uint64_t sleeps = atomic_load(&host->page->statistics.sleeps);
    printf("  %llu publications in %.1f s, %llu bursts, %llu doorbells, %llu sleeps of the host\n",
           (unsigned long long)(guest->counters.batches - before), seconds, (unsigned long long)bursts,
           (unsigned long long)guest->counters.doorbells, (unsigned long long)sleeps);
    CHECK_EQ(atomic_load(&host->page->statistics.commands), guest->counters.batches);
    CHECK_EQ(guest->counters.doorbells, host->doorbells);
    CHECK(sleeps > bursts / 50); /* it did sleep */
    CHECK(guest->counters.doorbells < guest->counters.batches); /* and doorbells were saved */
}

/* ---- Idle -------------------------------------------------------------------------------------------------------- */

#if defined(__SANITIZE_THREAD__)
#define SANITIZER_THREADS 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define SANITIZER_THREADS 1
#endif
#endif
#ifndef SANITIZER_THREADS
#define SANITIZER_THREADS 0
#endif

/* A line "key: number" of a status file; 0 if there is none. */
static uint64_t status_number(const char *task, const char *key)
{
    char path[300], line[256];
    uint64_t value = 0;
    snprintf(path, sizeof(path), "/proc/self/task/%s/status", task);
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof(line), file)) {
        if (strncmp(line, key, strlen(key)) == 0)
            value = strtoull(line + strlen(key), NULL, 10);
    }
    if (file)
        fclose(file);
    return value;
}

static bool is_render_thread(const char *task)
{
    char path[300], name[64] = "";
    snprintf(path, sizeof(path), "/proc/self/task/%s/comm", task);
    FILE *file = fopen(path, "r");
    if (file) {
        if (!fgets(name, sizeof(name), file))
            name[0] = 0;
        fclose(file);
    }
    return strcmp(name, "render\n") == 0;
}

/* How often threads other than this one (and the sanitizer's own) went to sleep so far, and how many there are. */
static uint64_t count_sleeps(unsigned *threads)
{
    DIR *directory = opendir("/proc/self/task");
    uint64_t sleeps = 0;
    *threads = 0;
    for (struct dirent *entry; directory && (entry = readdir(directory));) {
        if (entry->d_name[0] == '.' || atoi(entry->d_name) == (int)getpid())
            continue;
        if (SANITIZER_THREADS && !is_render_thread(entry->d_name))
            continue;
        sleeps += status_number(entry->d_name, "voluntary_ctxt_switches:");
        ++*threads;
    }
    if (directory)
        closedir(directory);
    return sleeps;
}

static void nobody_wakes_while_idle(struct check *check, struct local_host *host, double seconds)
{
    unsigned threads;
    pvgpu_time_sleep_ns(200 * PVGPU_NS_PER_MS); /* to fall asleep */
    uint64_t before = count_sleeps(&threads);
    uint64_t sleeps = atomic_load(&host->page->statistics.sleeps);
    CHECK_EQ(threads, 1);
    CHECK(before > 0);
    pvgpu_time_sleep_ns((uint64_t)(seconds * (double)PVGPU_NS_PER_S));
    CHECK_EQ(count_sleeps(&threads), before);
    CHECK_EQ(atomic_load(&host->page->statistics.sleeps), sleeps);
    printf("  idle for %.0f s: %u thread beside this one, woken %llu times\n", seconds, threads,
           (unsigned long long)(count_sleeps(&threads) - before));
}

int main(int argc, char **argv)
{
    uint64_t publications = argc > 1 ? strtoull(argv[1], NULL, 0) : 1000000;
    double idle = argc > 2 ? atof(argv[2]) : 10.0;
    int failed = 0;
    struct local_host host;
    const struct local_host_config config = {.gpu = LOCAL_HOST_NULL, .log_level = PVGPU_LOG_ERROR, .no_backstop = true};
    if (!local_host_create(&host, &config))
        return 1;
    struct pvgpu_shared_memory view;
    if (!second_view_open(&view, &host))
        return 1;
    struct pvgpu_guest *guest = pvgpu_guest_create(second_view_transport(&view, &host));
    if (!guest)
        return 1;

    struct check wakeups = {0}, idling = {0};
    no_wake_up_is_lost(&wakeups, &host, guest, publications);
    printf("%s no wake-up is lost\n", wakeups.failures ? "FAILED " : "passed ");
    fflush(stdout);
    nobody_wakes_while_idle(&idling, &host, idle);
    printf("%s nobody wakes while idle\n", idling.failures ? "FAILED " : "passed ");
    failed = (wakeups.failures != 0) + (idling.failures != 0);
    pvgpu_guest_destroy(guest);
    pvgpu_shared_memory_finish(&view);
    local_host_finish(&host);
    printf("%d passed, %d failed, 0 skipped\n", 2 - failed, failed);
    return failed != 0;
}
