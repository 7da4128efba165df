/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The ivshmem links through the real service, with guests that do without a VM: pictures that equal direct drawing,
 * services, sessions and renderers that are killed and come back, files that are truncated, and guests that write into
 * the control region as fast as they can. vm1 is the file's VM, from the start of the service; others come after it.
 *
 *   test-ivshmem BUILD-DIRECTORY [CASE...]
 */
#include "vm.h"

#include "base/time.h"
#include "os/thread.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define WAIT_NS (60 * PVGPU_NS_PER_S)
#define REASON_RESET 0x887A0007u
#define REASON_REMOVED 0x887A0005u
#define ATTACK_NS (5 * PVGPU_NS_PER_S)

static const char *build_directory;

/* vm.guest is the guest of the file, or of the socket. */
struct stage {
    struct vm vm;
    char folder[64]; /* in /dev/shm, so that it outlives a service */
    char file[96], socket[96];
};

static uint32_t load32(const uint32_t *word)
{
    return atomic_load((const _Atomic uint32_t *)word);
}

static uint64_t load64(const uint64_t *word)
{
    return atomic_load((const _Atomic uint64_t *)word);
}

/* ---- The stage ---------------------------------------------------------------------------------------------------- */

static bool start_service(struct check *check, struct stage *stage)
{
    const char *const options[] = {"--ivshmem-plain",
                                   stage->file,
                                   "--ivshmem-doorbell",
                                   stage->socket,
                                   "--shmem-size",
                                   "64M",
                                   "--log-level",
                                   "info,pvgpu_backend::supervisor=debug,pvgpu_backend::session=debug",
                                   "--restart-limit",
                                   "3",
                                   NULL};
    char program[512];
    snprintf(program, sizeof(program), "%s/pvgpu-backend", build_directory);
    return CHECK(backend_start(&stage->vm.backend, program, options, NULL)) &&
           CHECK(backend_wait_said(&stage->vm.backend, "vm1 begins with", 1));
}

static bool open_stage(struct check *check, struct stage *stage)
{
    char direct[512];
    *stage = (struct stage){0};
    snprintf(direct, sizeof(direct), "%s/pvgpu-direct", build_directory);
    strcpy(stage->folder, "/dev/shm/pvgpu-loss.XXXXXX");
    if (!CHECK(mkdtemp(stage->folder) != NULL))
        return false;
    snprintf(stage->file, sizeof(stage->file), "%s/memory", stage->folder);
    snprintf(stage->socket, sizeof(stage->socket), "%s/vm.sock", stage->folder);
    return CHECK(loss_scene_init(&stage->vm.scene, direct)) && start_service(check, stage);
}

static struct pvgpu_guest *guest_of(struct check *check, struct pvgpu_guest_transport *transport)
{
    struct pvgpu_guest *guest = transport ? pvgpu_guest_create(transport) : NULL;
    if (CHECK(guest != NULL))
        CHECK_EQ(pvgpu_guest_wait_ready(guest, WAIT_NS), PVGPU_WAIT_DONE);
    return guest;
}

/* The control region is there once the session has said so. */
static bool open_file(struct check *check, struct stage *stage)
{
    if (!CHECK(backend_wait_said(&stage->vm.backend, "Serving whoever maps the file", 1)))
        return false;
    stage->vm.guest = guest_of(check, pvgpu_guest_ivshmem_file_open(stage->file));
    return stage->vm.guest != NULL;
}

static bool open_socket(struct check *check, struct stage *stage)
{
    stage->vm.guest = guest_of(check, pvgpu_guest_ivshmem_socket_open(stage->socket));
    return stage->vm.guest != NULL;
}

/* Nothing may be left by then. */
static void close_stage(struct check *check, struct stage *stage)
{
    static const char *const others[] = {"memory.frames", "memory.frames.lock", "vm.sock",
                                         "vm.sock.lock",  "vm.sock.frames",     "vm.sock.frames.lock"};
    vm_close(check, &stage->vm);
    CHECK(access(stage->file, F_OK) != 0);
    if (CHECK(rmdir(stage->folder) == 0))
        return;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        char path[160];
        snprintf(path, sizeof(path), "%s/%s", stage->folder, others[i]);
        unlink(path);
    }
    unlink(stage->file);
    rmdir(stage->folder);
}

/* The last number behind that text in the log; 0: it is not there. */
static long number_behind(const struct stage *stage, const char *text)
{
    char line[1024];
    long number = 0;
    FILE *log = fopen(stage->vm.backend.log, "r");
    while (log && fgets(line, sizeof(line), log)) {
        const char *found = strstr(line, text);
        if (found)
            number = strtol(found + strlen(text), NULL, 10);
    }
    if (log)
        fclose(log);
    return number;
}

/* False: it was not found. */
static bool kill_process(struct check *check, const struct stage *stage, const char *text)
{
    long process = number_behind(stage, text);
    return CHECK(process > 1) && CHECK(kill((pid_t)process, SIGKILL) == 0);
}

#define SESSION_OF_FILE "Session of vm1 started (process "
#define RENDERER_OF_FILE "[vm1] Renderer started (process "

static bool waits_for(struct check *check, struct pvgpu_guest *guest, enum pvgpu_wait_result expected)
{
    uint64_t end = pvgpu_time_deadline_ns(WAIT_NS);
    while (pvgpu_guest_check(guest) != expected && pvgpu_time_left_ns(end))
        pvgpu_time_sleep_ns(10 * PVGPU_NS_PER_MS);
    return CHECK_EQ(pvgpu_guest_check(guest), expected);
}

static bool heart_beats(struct check *check, const struct vm *vm)
{
    const uint64_t *word = &vm->guest->control->extension.host_heartbeat;
    uint64_t before = load64(word), end = pvgpu_time_deadline_ns(WAIT_NS);
    while (load64(word) < before + 3 && pvgpu_time_left_ns(end))
        pvgpu_time_sleep_ns(10 * PVGPU_NS_PER_MS);
    return CHECK(load64(word) >= before + 3);
}

static uint64_t generation_of(const struct vm *vm)
{
    return load64(&vm->guest->control->extension.generation);
}

/* The host is another, or has come back: the guest is told once, resets, and draws as before. */
static bool comes_back(struct check *check, struct stage *stage, uint64_t generation, uint32_t reason)
{
    struct vm *vm = &stage->vm;
    if (!CHECK_EQ(pvgpu_guest_wait_host(vm->guest, WAIT_NS), PVGPU_WAIT_DONE) ||
        !CHECK(generation_of(vm) != generation) || !CHECK(generation_of(vm) != 0) ||
        !vm_is_told_of_loss(check, vm, reason))
        return false;
    uint32_t asked = load32(&vm->guest->control->extension.reset_request);
    if (!vm_reset(check, vm) || !CHECK_EQ(load32(&vm->guest->control->extension.reset_request), asked + 1) ||
        !CHECK_EQ(load32(&vm->guest->control->extension.reset_done), asked + 1))
        return false;
    return vm_plays_well(check, vm) && heart_beats(check, vm);
}

/* ---- Drawing ------------------------------------------------------------------------------------------------------- */

static void draw_and_reset(struct check *check, struct stage *stage)
{
    struct vm *vm = &stage->vm;
    CHECK(pvgpu_guest_is_fresh(vm->guest));
    CHECK(generation_of(vm) != 0);
    uint64_t generation = generation_of(vm);
    for (uint32_t i = 0; i < 5 && !check->failures; i++) {
        vm_plays_well(check, vm);
        CHECK_EQ(load32(&vm->guest->control->extension.reset_done), i);
        vm_reset(check, vm);
        CHECK_EQ(load32(&vm->guest->control->extension.reset_done), i + 1);
        CHECK(pvgpu_guest_is_fresh(vm->guest));
    }
    vm_plays_well(check, vm);
    heart_beats(check, vm);
    CHECK(generation_of(vm) == generation);
    CHECK_EQ(backend_said(&stage->vm.backend, "ERROR"), 0);
    CHECK_EQ(backend_said(&stage->vm.backend, "WARN"), 0);
}

static void file_draws(struct check *check)
{
    struct stage stage;
    if (open_stage(check, &stage) && open_file(check, &stage)) {
        CHECK_EQ(load32(&stage.vm.guest->control->extension.link), PVGPU_LINK_ID_IVSHMEM_PLAIN);
        draw_and_reset(check, &stage);
        CHECK_EQ(pvgpu_guest_counters(stage.vm.guest).interrupts, 0);
        pvgpu_guest_destroy(stage.vm.guest); /* so that the service can remove the file */
        stage.vm.guest = NULL;
    }
    close_stage(check, &stage);
}

static void socket_draws(struct check *check)
{
    struct stage stage;
    if (open_stage(check, &stage) && open_socket(check, &stage)) {
        CHECK_EQ(load32(&stage.vm.guest->control->extension.link), PVGPU_LINK_ID_IVSHMEM_DOORBELL);
        draw_and_reset(check, &stage);
        CHECK(pvgpu_guest_counters(stage.vm.guest).interrupts > 0);
        CHECK(pvgpu_guest_counters(stage.vm.guest).doorbells > 0);
        CHECK(kill_process(check, &stage, "[vm2] Renderer started (process "));
        CHECK(vm_is_told_of_loss(check, &stage.vm, REASON_REMOVED));
        CHECK(vm_reset(check, &stage.vm) && vm_plays_well(check, &stage.vm));
    }
    close_stage(check, &stage);
}

/* A socket is one VM: the next waits, and gets memory of its own. */
static void socket_is_one_vm(struct check *check)
{
    struct stage stage;
    if (open_stage(check, &stage) && open_socket(check, &stage)) {
        vm_plays_well(check, &stage.vm);
        CHECK(kill_process(check, &stage, "Session of vm2 started (process ")); /* QEMU is not told but by its socket */
        CHECK(waits_for(check, stage.vm.guest, PVGPU_WAIT_DISCONNECTED));
        pvgpu_guest_destroy(stage.vm.guest);
        if (open_socket(check, &stage)) {
            CHECK(pvgpu_guest_is_fresh(stage.vm.guest));
            vm_plays_well(check, &stage.vm);
        }
        CHECK_EQ(backend_said(&stage.vm.backend, "vm3 connected"), 1);
    }
    close_stage(check, &stage);
}

/* ---- Hosts that go and come back ------------------------------------------------------------------------------------ */

static void killed_service_comes_back(struct check *check)
{
    struct stage stage;
    if (open_stage(check, &stage) && open_file(check, &stage)) {
        struct vm *vm = &stage.vm;
        for (int i = 0; i < 2 && !check->failures; i++) {
            vm_plays_well(check, vm);
            uint64_t generation = generation_of(vm);
            backend_kill(&vm->backend);
            CHECK(waits_for(check, vm->guest, PVGPU_WAIT_DISCONNECTED));
            CHECK(!(vm_status(vm) & PVGPU_STATUS_SHUTDOWN)); /* it could not say so */
            CHECK(access(stage.file, F_OK) == 0);
            if (start_service(check, &stage))
                comes_back(check, &stage, generation, REASON_RESET);
        }
        pvgpu_guest_destroy(vm->guest);
        vm->guest = NULL;
    }
    close_stage(check, &stage);
}

/* A reset that was asked for while nobody was there is carried out by whoever comes; nothing was lost then. */
static void reset_waits_for_a_host(struct check *check)
{
    struct stage stage;
    if (open_stage(check, &stage) && open_file(check, &stage)) {
        struct vm *vm = &stage.vm;
        vm_plays_well(check, vm);
        backend_kill(&vm->backend);
        CHECK(waits_for(check, vm->guest, PVGPU_WAIT_DISCONNECTED));
        uint32_t done = load32(&vm->guest->control->extension.reset_done);
        CHECK(!pvgpu_guest_reset(vm->guest));
        uint32_t asked = load32(&vm->guest->control->extension.reset_request);
        CHECK(asked != done);
        CHECK_EQ(load32(&vm->guest->control->extension.reset_done), done);
        if (start_service(check, &stage)) {
            CHECK_EQ(pvgpu_guest_wait_host(vm->guest, WAIT_NS), PVGPU_WAIT_DONE);
            CHECK_EQ(load32(&vm->guest->control->extension.reset_done), asked);
            CHECK_EQ(vm_status(vm) & (PVGPU_STATUS_DEVICE_LOST | PVGPU_STATUS_ERROR), 0);
            CHECK(vm_reset(check, vm) && vm_plays_well(check, vm));
        }
        pvgpu_guest_destroy(vm->guest);
        vm->guest = NULL;
    }
    close_stage(check, &stage);
}

/* A service that ends says so, and its file stays for the guest; the next one takes the goodbye back. */
static void ended_service_comes_back(struct check *check)
{
    struct stage stage;
    if (open_stage(check, &stage) && open_file(check, &stage)) {
        struct vm *vm = &stage.vm;
        vm_plays_well(check, vm);
        uint64_t generation = generation_of(vm);
        CHECK(backend_stop(&vm->backend));
        CHECK(vm_status(vm) & PVGPU_STATUS_SHUTDOWN);
        CHECK_EQ(pvgpu_guest_check(vm->guest), PVGPU_WAIT_DISCONNECTED);
        CHECK(access(stage.file, F_OK) == 0);
        if (start_service(check, &stage)) {
            CHECK_EQ(pvgpu_guest_wait_host(vm->guest, WAIT_NS), PVGPU_WAIT_DONE);
            CHECK(!(vm_status(vm) & PVGPU_STATUS_SHUTDOWN));
            comes_back(check, &stage, generation, REASON_RESET);
        }
        pvgpu_guest_destroy(vm->guest);
        vm->guest = NULL;
    }
    close_stage(check, &stage);
}

static void killed_session_is_followed(struct check *check)
{
    struct stage stage;
    if (open_stage(check, &stage) && open_file(check, &stage)) {
        for (int i = 0; i < 2 && !check->failures; i++) {
            uint64_t generation = generation_of(&stage.vm);
            vm_plays_well(check, &stage.vm);
            kill_process(check, &stage, SESSION_OF_FILE);
            CHECK(backend_wait_said(&stage.vm.backend, "vm1 begins with", (unsigned)i + 2));
            CHECK(waits_for(check, stage.vm.guest, PVGPU_WAIT_DEVICE_LOST));
            comes_back(check, &stage, generation, REASON_RESET);
        }
        pvgpu_guest_destroy(stage.vm.guest);
        stage.vm.guest = NULL;
    }
    close_stage(check, &stage);
}

/* With a host that stays: the guest resets by number, and gets a renderer. */
static void killed_renderer_is_followed(struct check *check)
{
    struct stage stage;
    if (open_stage(check, &stage) && open_file(check, &stage)) {
        struct vm *vm = &stage.vm;
        uint64_t generation = generation_of(vm);
        vm_plays_well(check, vm);
        kill_process(check, &stage, RENDERER_OF_FILE);
        CHECK(vm_is_told_of_loss(check, vm, REASON_REMOVED));
        uint64_t fence = pvgpu_guest_fence(vm->guest);
        CHECK(pvgpu_guest_flush(vm->guest) && loss_scene_wait_completed(vm->guest, fence)); /* without a renderer */
        CHECK(vm_reset(check, vm) && vm_plays_well(check, vm));
        CHECK(generation_of(vm) == generation);
        CHECK_EQ(backend_said(&vm->backend, "vm1 begins with"), 1);
        pvgpu_guest_destroy(vm->guest);
        vm->guest = NULL;
    }
    close_stage(check, &stage);
}

/* ---- Files that change ----------------------------------------------------------------------------------------------- */

/* The other VM of the same service. */
static struct pvgpu_guest *open_other(struct check *check, struct stage *stage)
{
    return guest_of(check, pvgpu_guest_pipe_open(stage->vm.backend.socket, PVGPU_MIN_SHMEM_BYTES));
}

static bool other_plays_well(struct check *check, struct stage *stage, struct pvgpu_guest *other)
{
    struct vm vm = {.backend = stage->vm.backend, .scene = stage->vm.scene, .guest = other};
    return other && vm_plays_well(check, &vm);
}

/* Truncated to `size`, and made as long as it was after the service has complained. */
static void truncate_and_repair(struct check *check, off_t size, const char *complaint)
{
    struct stage stage;
    struct pvgpu_guest *other = NULL;
    if (open_stage(check, &stage) && open_file(check, &stage)) {
        struct vm *vm = &stage.vm;
        vm_plays_well(check, vm);
        other = open_other(check, &stage);
        uint64_t generation = generation_of(vm);
        CHECK(truncate(stage.file, size) == 0);
        CHECK(backend_wait_said(&vm->backend, complaint, 1));
        CHECK(backend_wait_said(&vm->backend, "supervisor: The file of the shared memory has", 1));
        CHECK_EQ(backend_said(&vm->backend, "vm1 begins with"), 1);
        CHECK(other_plays_well(check, &stage, other));
        CHECK(truncate(stage.file, PVGPU_MIN_SHMEM_BYTES) == 0);
        CHECK(backend_wait_said(&vm->backend, "vm1 begins with", 2));
        CHECK_EQ(pvgpu_guest_wait_host(vm->guest, WAIT_NS), PVGPU_WAIT_DONE);
        CHECK(waits_for(check, vm->guest, PVGPU_WAIT_DEVICE_LOST));
        CHECK(generation_of(vm) != generation);
        CHECK(vm_reset(check, vm) && vm_plays_well(check, vm));
        CHECK_EQ(backend_said(&vm->backend, "[vm2] Renderer ready"), 1);
        pvgpu_guest_destroy(vm->guest);
        vm->guest = NULL;
    }
    pvgpu_guest_destroy(other);
    close_stage(check, &stage);
}

static void truncated_file_ends_a_session(struct check *check)
{
    truncate_and_repair(check, PVGPU_MIN_SHMEM_BYTES / 2,
                        "link: [vm1] The file of the shared memory has 33554432 bytes instead of 67108864");
}

/* Not even the control region is there: the session touches it and dies. */
static void emptied_file_ends_a_session(struct check *check)
{
    truncate_and_repair(check, 0, "ended abnormally (signal 7: its peer has truncated the shared memory)");
}

/* The name goes. A guest that has the file is served on; without one a new file is made. */
static void removed_file_is_made_anew(struct check *check)
{
    struct stage stage;
    if (open_stage(check, &stage) && open_file(check, &stage)) {
        struct vm *vm = &stage.vm;
        struct stat info;
        CHECK(unlink(stage.file) == 0);
        CHECK(backend_wait_said(&vm->backend, "The file was removed: a QEMU that starts now does not find it", 1));
        vm_plays_well(check, vm);
        CHECK_EQ(backend_said(&vm->backend, "vm1 begins with"), 1);
        pvgpu_guest_destroy(vm->guest);
        vm->guest = NULL;
        CHECK(backend_wait_said(&vm->backend, "vm1 begins with", 2));
        CHECK(backend_wait_said(&vm->backend, "Serving whoever maps the file", 2));
        CHECK(stat(stage.file, &info) == 0 && info.st_size == PVGPU_MIN_SHMEM_BYTES);
        if (open_file(check, &stage)) {
            CHECK(pvgpu_guest_is_fresh(vm->guest));
            vm_plays_well(check, vm);
            pvgpu_guest_destroy(vm->guest);
            vm->guest = NULL;
        }
    }
    close_stage(check, &stage);
}

/* ---- Guests that write as fast as they can --------------------------------------------------------------------------- */

struct attack {
    struct pvgpu_guest *guest;
    void (*strike)(struct attack *attack);
    uint64_t random;
    uint64_t strikes;
    _Atomic bool stop;
};

static uint32_t next_random(struct attack *attack)
{
    attack->random ^= attack->random << 13;
    attack->random ^= attack->random >> 7;
    attack->random ^= attack->random << 17;
    return (uint32_t)(attack->random >> 32);
}

static void ring(struct attack *attack)
{
    attack->guest->transport->ops->doorbell(attack->guest->transport);
}

/* One reset after the other, by its number alone. */
static void ask_for_resets(struct attack *attack)
{
    atomic_fetch_add((_Atomic uint32_t *)&attack->guest->control->extension.reset_request, 1);
    if (attack->strikes % 64 == 0)
        ring(attack);
}

/* Any word of the extension block, any value: version, link, numbers of resets, generation, heartbeats. */
static void scribble_extension(struct attack *attack)
{
    static const uint32_t values[] = {0, 1, 2, UINT32_MAX, 0x80000000u};
    uint32_t *words = (uint32_t *)(void *)&attack->guest->control->extension;
    uint32_t at = next_random(attack) % (sizeof(struct pvgpu_extension) / sizeof(uint32_t));
    uint32_t value = next_random(attack) % 2 ? next_random(attack) : values[next_random(attack) % 5];
    atomic_store((_Atomic uint32_t *)&words[at], value);
    if (attack->strikes % 64 == 0)
        ring(attack);
}

/* Any word of the whole control region, and now and then some commands that are none. */
static void scribble_everywhere(struct attack *attack)
{
    uint32_t *words = (uint32_t *)(void *)attack->guest->control;
    uint32_t at = next_random(attack) % (0x180 / sizeof(uint32_t));
    uint32_t value = next_random(attack) % 2 ? next_random(attack) : next_random(attack) % 4096 * 16;
    atomic_store((_Atomic uint32_t *)&words[at], value);
    if (attack->strikes % 64 == 0)
        ring(attack);
}

static void run_attack(void *argument)
{
    struct attack *attack = argument;
    while (!atomic_load_explicit(&attack->stop, memory_order_relaxed)) {
        attack->strike(attack);
        attack->strikes++;
    }
}

/* Lines that the service has written. */
static unsigned lines_of(const struct stage *stage)
{
    return backend_said(&stage->vm.backend, "\n");
}

/*
 * The service through an attack of some seconds: the other VM draws, the log stays small, no renderer is lost, the session
 * lives, and the guest can go on when it has come to reason.
 */
static void survive(struct check *check, struct stage *stage, void (*strike)(struct attack *attack))
{
    struct vm *vm = &stage->vm;
    struct attack attack = {.guest = vm->guest, .strike = strike, .random = 0x9E3779B97F4A7C15u};
    const struct pvgpu_control_region before = *vm->guest->control;
    struct pvgpu_guest *other = open_other(check, stage);
    struct pvgpu_thread thread;
    unsigned lines = lines_of(stage), renderers = backend_said(&vm->backend, "Renderer started (process ");
    uint64_t start = pvgpu_time_now_ns();
    if (!other || !CHECK(pvgpu_thread_start(&thread, "attack", run_attack, &attack)))
        return;
    unsigned rounds = 0;
    while (pvgpu_time_now_ns() - start < ATTACK_NS && !check->failures) {
        other_plays_well(check, stage, other);
        struct vm reset = {.guest = other};
        vm_reset(check, &reset);
        rounds++;
    }
    atomic_store(&attack.stop, true);
    pvgpu_thread_join(&thread);
    uint64_t took_ms = (pvgpu_time_now_ns() - start) / PVGPU_NS_PER_MS;
    /* What the device would have after its start; a guest that has scribbled over it can only hope. */
    struct pvgpu_control_region *region = vm->guest->control;
    region->magic = before.magic;
    region->version = before.version;
    region->ring_offset = before.ring_offset;
    region->ring_bytes = before.ring_bytes;
    region->heap_offset = before.heap_offset;
    region->heap_bytes = before.heap_bytes;
    region->extension.version = before.extension.version;
    region->extension.link = before.extension.link;
    region->extension.generation = before.extension.generation;
    CHECK(vm_reset(check, vm));
    /* It is the same host, whatever the words have said meanwhile. */
    vm->guest->liveness.generation = generation_of(vm);
    CHECK(vm_plays_well(check, vm));
    heart_beats(check, vm);
    unsigned said = lines_of(stage) - lines;
    printf("  %llu strikes and %u rounds of another VM in %llu ms: %u lines in the log\n",
           (unsigned long long)attack.strikes, rounds, (unsigned long long)took_ms, said);
    CHECK_EQ(backend_said(&vm->backend, "Renderer started (process "), renderers);
    CHECK_EQ(backend_said(&vm->backend, "vm1 begins with"), 1);
    /* Ten at once and one a second for each kind of message, of which there are a few; and the other VM's resets. */
    CHECK(said <= 60 + 8 * took_ms / 1000 + 4 * rounds);
    pvgpu_guest_destroy(other);
}

/* The resets that the log tells of at the session's end. */
static unsigned long resets_of(const struct stage *stage, const char *vm)
{
    char line[1024], tag[16];
    unsigned long resets = 0;
    FILE *log = fopen(stage->vm.backend.log, "r");
    snprintf(tag, sizeof(tag), "[%s]", vm);
    while (log && fgets(line, sizeof(line), log)) {
        const char *end = strstr(line, " resets");
        const char *from = end;
        while (from > line && from[-1] >= '0' && from[-1] <= '9')
            from--;
        if (end && strstr(line, tag) && strstr(line, "Statistics: "))
            resets = strtoul(from, NULL, 10);
    }
    if (log)
        fclose(log);
    return resets;
}

/* Resets at full speed are carried out at a hundred a second at most, however long that takes here. */
static void flood_of_resets(struct check *check, bool over_socket)
{
    struct stage stage;
    if (open_stage(check, &stage) && (over_socket ? open_socket(check, &stage) : open_file(check, &stage))) {
        uint64_t start = pvgpu_time_now_ns();
        survive(check, &stage, ask_for_resets);
        CHECK(kill(stage.vm.backend.pid, SIGUSR1) == 0);
        CHECK(backend_wait_said(&stage.vm.backend, over_socket ? "[vm2] Statistics: " : "[vm1] Statistics: ", 1));
        unsigned long resets = resets_of(&stage, over_socket ? "vm2" : "vm1");
        uint64_t took_ms = (pvgpu_time_now_ns() - start) / PVGPU_NS_PER_MS;
        printf("  %lu resets in %llu ms\n", resets, (unsigned long long)took_ms);
        CHECK(resets >= 2 && resets <= took_ms / 10 + 2);
        pvgpu_guest_destroy(stage.vm.guest);
        stage.vm.guest = NULL;
    }
    close_stage(check, &stage);
}

static void flood_of_resets_over_the_file(struct check *check)
{
    flood_of_resets(check, false);
}

static void flood_of_resets_over_the_socket(struct check *check)
{
    flood_of_resets(check, true);
}

static void scribble(struct check *check, bool over_socket, void (*strike)(struct attack *attack))
{
    struct stage stage;
    if (open_stage(check, &stage) && (over_socket ? open_socket(check, &stage) : open_file(check, &stage))) {
        survive(check, &stage, strike);
        pvgpu_guest_destroy(stage.vm.guest);
        stage.vm.guest = NULL;
    }
    close_stage(check, &stage);
}

static void scribbled_extension_of_the_file(struct check *check)
{
    scribble(check, false, scribble_extension);
}

static void scribbled_extension_of_the_socket(struct check *check)
{
    scribble(check, true, scribble_extension);
}

static void scribbled_region_of_the_file(struct check *check)
{
    scribble(check, false, scribble_everywhere);
}

static void scribbled_region_of_the_socket(struct check *check)
{
    scribble(check, true, scribble_everywhere);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(file_draws),
        CHECK_CASE(socket_draws),
        CHECK_CASE(socket_is_one_vm),
        CHECK_CASE(killed_service_comes_back),
        CHECK_CASE(reset_waits_for_a_host),
        CHECK_CASE(ended_service_comes_back),
        CHECK_CASE(killed_session_is_followed),
        CHECK_CASE(killed_renderer_is_followed),
        CHECK_CASE(truncated_file_ends_a_session),
        CHECK_CASE(emptied_file_ends_a_session),
        CHECK_CASE(removed_file_is_made_anew),
        CHECK_CASE(flood_of_resets_over_the_file),
        CHECK_CASE(flood_of_resets_over_the_socket),
        CHECK_CASE(scribbled_extension_of_the_file),
        CHECK_CASE(scribbled_extension_of_the_socket),
        CHECK_CASE(scribbled_region_of_the_file),
        CHECK_CASE(scribbled_region_of_the_socket),
    };
    if (argc < 2) {
        fprintf(stderr, "usage: test-ivshmem BUILD-DIRECTORY [CASE...]\n");
        return 2;
    }
    build_directory = argv[1];
    return check_run(cases, sizeof(cases) / sizeof(cases[0]), argc - 1, argv + 1);
}
