/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Four VMs on one service, 300 frames each; the renderer of one is killed in the middle. The other three complete every
 * fence in order, their presents are counted, and every tenth frame is read back and equals direct drawing.
 *
 *   test-four-vms BUILD-DIRECTORY
 */
#include "../../guest/demo/demo.h"
#include "base/time.h"
#include "os/thread.h"
#include "vm.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#define VMS 4u
#define FRAMES 300u
#define READ_EVERY 10u
#define KILL_AT 150u
#define SCENE_FRAME 3u /* loss_scene.c compares with this one */
#define RECORD_BYTES (256u << 10)
#define WAIT_NS (60 * PVGPU_NS_PER_S)

enum phase {
    BEFORE,
    DURING, /* the renderer is killed and its session has not said so yet */
    AFTER,
    PHASES
};

static _Atomic uint32_t phase;
static _Atomic bool started; /* all four are connected */

struct player {
    const struct loss_scene *scene;
    const char *socket;
    _Atomic uint32_t frame; /* which it is at */
    struct pvgpu_guest *guest;
    struct pvgpu_encoder encoder;
    uint8_t memory[RECORD_BYTES];
    struct demo demo;
    struct pvgpu_heap_block picture;
    uint32_t compared, different;
    bool in_order;
    bool lost; /* the device was, at some frame */
    uint64_t longest_ns[PHASES]; /* of a fence */
    bool finished;
};

static bool send_recorded(struct player *player)
{
    struct pvgpu_encoder *encoder = &player->encoder;
    bool good = !player->demo.failed && !encoder->failed;
    for (size_t at = 0; good && at < encoder->used;) {
        struct pvgpu_command_header header;
        memcpy(&header, encoder->data + at, sizeof(header));
        size_t size = (header.size + PVGPU_COMMAND_ALIGNMENT - 1u) & ~(size_t)(PVGPU_COMMAND_ALIGNMENT - 1u);
        good = pvgpu_guest_emit(player->guest, encoder->data + at, size);
        at += size;
    }
    pvgpu_encoder_init(encoder, player->memory, sizeof(player->memory));
    return good;
}

static bool open_player(struct player *player)
{
    struct pvgpu_guest_transport *transport = pvgpu_guest_pipe_open(player->socket, PVGPU_MIN_SHMEM_BYTES);
    player->guest = transport ? pvgpu_guest_create(transport) : NULL;
    if (!player->guest || pvgpu_guest_wait_ready(player->guest, WAIT_NS) != PVGPU_WAIT_DONE)
        return false;
    player->picture = pvgpu_guest_alloc(player->guest, LOSS_SCENE_BYTES, 0, WAIT_NS);
    pvgpu_encoder_init(&player->encoder, player->memory, sizeof(player->memory));
    player->demo = (struct demo){
        .guest = player->guest, .encoder = &player->encoder, .width = LOSS_SCENE_WIDTH, .height = LOSS_SCENE_HEIGHT};
    demo_scene_cubes.setup(&player->demo);
    return player->picture.bytes && send_recorded(player);
}

static void note_time(struct player *player, uint64_t took_ns)
{
    uint64_t *longest = &player->longest_ns[atomic_load(&phase)];
    *longest = took_ns > *longest ? took_ns : *longest;
}

/* Draws, presents and waits. False: the device is lost, or something is wrong. */
static bool play_frame(struct player *player, uint32_t frame)
{
    struct pvgpu_guest *guest = player->guest;
    bool reads = frame % READ_EVERY == 0;
    uint8_t *pixels = guest->heap + player->picture.offset;
    demo_scene_cubes.frame(&player->demo, SCENE_FRAME);
    if (reads) {
        memset(pixels, LOSS_SCENE_PATTERN, LOSS_SCENE_BYTES);
        pvgpu_encode_map_resource(&player->encoder, DEMO_ID_TARGET, 0, PVGPU_MAP_READ, player->picture.offset);
        pvgpu_encode_unmap_resource(&player->encoder, DEMO_ID_TARGET, 0, player->picture.offset, 0);
    }
    if (!send_recorded(player))
        return false;
    uint64_t before = pvgpu_guest_completed(guest), start = pvgpu_time_now_ns(), fence = pvgpu_guest_fence(guest);
    if (pvgpu_guest_wait(guest, fence, WAIT_NS) != PVGPU_WAIT_DONE)
        return false;
    note_time(player, pvgpu_time_now_ns() - start);
    player->in_order &= before < fence && pvgpu_guest_completed(guest) == fence;
    player->compared += reads;
    player->different += reads && memcmp(pixels, player->scene->direct, LOSS_SCENE_BYTES) != 0;
    return true;
}

static void play(void *argument)
{
    struct player *player = argument;
    player->in_order = true;
    if (!open_player(player))
        return;
    while (!atomic_load(&started))
        pvgpu_time_sleep_ns(PVGPU_NS_PER_MS);
    for (uint32_t frame = 1; frame <= FRAMES; frame++) {
        atomic_store(&player->frame, frame);
        if (play_frame(player, frame))
            continue;
        player->lost = true;
        break;
    }
    player->finished = !player->lost;
}

/* Process id of the first VM's renderer, from the log at level debug. */
static pid_t find_renderer(const struct backend *backend)
{
    static const char text[] = "[vm1] Renderer started (process ";
    char line[1024];
    long process = 0;
    FILE *log = fopen(backend->log, "r");
    while (log && fgets(line, sizeof(line), log)) {
        const char *found = strstr(line, text);
        if (found)
            process = strtol(found + sizeof(text) - 1, NULL, 10);
    }
    if (log)
        fclose(log);
    return (pid_t)process;
}

static struct player players[VMS];

static void start_players(struct check *check, struct backend *backend, const struct loss_scene *scene,
                          struct pvgpu_thread *threads)
{
    for (uint32_t i = 0; i < VMS; i++) {
        players[i].scene = scene;
        players[i].socket = backend->socket;
        CHECK(pvgpu_thread_start(&threads[i], "player", play, &players[i]));
        /* They are to be called vm1 to vm4 in this order. */
        CHECK(backend_wait_said(backend, "Renderer ready", i + 1));
    }
    atomic_store(&started, true);
}

static void check_survivor(struct check *check, const struct backend *backend, uint32_t i)
{
    const struct player *player = &players[i];
    char text[200];
    CHECK(player->finished && player->in_order);
    CHECK_EQ(player->compared, FRAMES / READ_EVERY);
    CHECK_EQ(player->different, 0);
    snprintf(text, sizeof(text), "[vm%u] Session ended: ", i + 1);
    CHECK(backend_wait_said(backend, text, 1));
    printf("  vm%u: longest fence %.1f ms before, %.1f ms while, %.1f ms after the kill\n", i + 1,
           (double)player->longest_ns[0] / 1e6, (double)player->longest_ns[1] / 1e6,
           (double)player->longest_ns[2] / 1e6);
}

static const char *build_directory;

static void one_of_four_is_killed(struct check *check)
{
    static const char *const options[] = {"--log-level", "debug", NULL};
    struct pvgpu_thread threads[VMS];
    struct backend backend;
    struct loss_scene scene;
    char program[512], direct[512];
    snprintf(program, sizeof(program), "%s/pvgpu-backend", build_directory);
    snprintf(direct, sizeof(direct), "%s/pvgpu-direct", build_directory);
    if (!CHECK(loss_scene_init(&scene, direct)) || !CHECK(backend_start(&backend, program, options, NULL)))
        return;
    start_players(check, &backend, &scene, threads);
    uint64_t end = pvgpu_time_deadline_ns(WAIT_NS);
    while (atomic_load(&players[0].frame) < KILL_AT && pvgpu_time_left_ns(end))
        pvgpu_time_sleep_ns(PVGPU_NS_PER_MS);
    pid_t renderer = find_renderer(&backend);
    if (CHECK(renderer > 0))
        CHECK(kill(renderer, SIGKILL) == 0);
    atomic_store(&phase, DURING);
    CHECK(backend_wait_said(&backend, "the renderer is gone (ended by signal 9", 1));
    atomic_store(&phase, AFTER);
    for (uint32_t i = 0; i < VMS; i++)
        pvgpu_thread_join(&threads[i]);
    CHECK(players[0].lost && !players[0].finished);
    for (uint32_t i = 0; i < VMS; i++)
        pvgpu_guest_destroy(players[i].guest);
    for (uint32_t i = 1; i < VMS; i++)
        check_survivor(check, &backend, i);
    CHECK(backend_comes_to_say(&backend, " draws, 300 presents, ", VMS - 1));
    CHECK(backend_comes_to_say(&backend, " 0 errors, ", VMS - 1));
    if (check->failures)
        backend_show_log(&backend);
    CHECK(backend_stop(&backend));
    loss_scene_finish(&scene);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {CHECK_CASE(one_of_four_is_killed)};
    build_directory = argc > 1 ? argv[1] : ".";
    return check_run(cases, 1, argc > 1 ? argc - 1 : argc, argv + (argc > 1));
}
