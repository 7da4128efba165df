/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The local client that plays the device, against a small host in a thread. POSIX. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "pvgpu/guest.h"

#define SHMEM_BYTES PVGPU_MIN_SHMEM_BYTES
#define SECOND_NS 1000000000ull

enum behaviour {
    SERVE, /* complete every published fence, one interrupt each */
    SERVE_IN_PIECES, /* the same, every byte of an interrupt on its own */
    ACK_ZERO, /* acknowledge with no feature bits at all */
    ACK_WITHOUT_D3D11,
    CLOSE_AT_HANDSHAKE,
    SHUTDOWN_AT_DOORBELL,
    CLOSE_AT_DOORBELL,
    LONG_PAYLOAD_AT_DOORBELL
};

/* The host. Its thread only records; the test's thread asserts, after joining it. */
struct host {
    enum behaviour behaviour; /* towards the first connection; those after it are served */
    int more; /* connections after the first */
    sem_t again; /* posted when the next one may be accepted */
    char path[108];
    int listener;
    pthread_t thread;
    struct pvgpu_handshake handshake;
    uint32_t handshake_bytes;
    mode_t mode; /* of the shared memory, 0: could not be opened */
    bool control_good; /* the control region was initialised before the handshake */
    int doorbells;
    bool shutdown_received;
};

static bool read_all(int fd, void *bytes, size_t size)
{
    return recv(fd, bytes, size, MSG_WAITALL) == (ssize_t)size;
}

static void write_message(int fd, uint32_t type, const void *payload, uint32_t bytes, bool in_pieces)
{
    uint8_t message[64];
    const struct pvgpu_message_header header = {type, bytes};
    memcpy(message, &header, sizeof header);
    if (bytes > 0) {
        memcpy(message + sizeof header, payload, bytes);
    }
    size_t size = sizeof header + bytes, step = in_pieces ? 1 : size;
    for (size_t at = 0; at < size; at += step) {
        (void)!send(fd, message + at, step, MSG_NOSIGNAL);
        if (in_pieces) {
            usleep(200);
        }
    }
}

static struct pvgpu_control_region *map_memory(struct host *host)
{
    struct stat info;
    int fd = shm_open(host->handshake.name, O_RDWR, 0);
    if (fd < 0 || fstat(fd, &info) != 0 || (uint64_t)info.st_size != host->handshake.shmem_bytes) {
        return NULL;
    }
    host->mode = info.st_mode & 07777;
    struct pvgpu_control_region *control =
        mmap(NULL, PVGPU_CONTROL_BYTES + PVGPU_DEFAULT_RING_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (control == MAP_FAILED) {
        return NULL;
    }
    host->control_good = control->magic == PVGPU_MAGIC && control->version == PVGPU_VERSION_1_0 &&
                         control->features == 0x9D && control->ring_offset == 0x1000 &&
                         control->ring_bytes == 0x1000000 && control->heap_offset == 0x1001000 &&
                         control->heap_bytes == SHMEM_BYTES - 0x1001000 && control->producer == 0 &&
                         control->display_width == 1920 && control->display_height == 1080 &&
                         control->display_refresh == 60 && control->display_format == 87 && control->status == 0;
    return control;
}

/* Executes what is published: only fences mean anything to this host. Looks at the producer once more after publishing
 * the consumer, as a guest that suppresses doorbells relies on. */
static void drain(int fd, struct host *host, struct pvgpu_control_region *control)
{
    uint64_t at = control->consumer, producer;
    while (at < (producer = __atomic_load_n(&control->producer, __ATOMIC_SEQ_CST))) {
        while (at < producer) {
            struct pvgpu_cmd_fence command;
            memcpy(&command, (uint8_t *)control + 0x1000 + at % control->ring_bytes, sizeof command);
            at += (command.header.size + 15) / 16 * 16;
            if (command.header.opcode == PVGPU_FENCE) {
                const uint32_t vector = 0;
                __atomic_store_n(&control->fence_completed, command.value, __ATOMIC_RELEASE);
                write_message(fd, PVGPU_MESSAGE_IRQ, &vector, 4, host->behaviour == SERVE_IN_PIECES);
            }
        }
        __atomic_store_n(&control->consumer, at, __ATOMIC_SEQ_CST);
    }
}

/* false: the connection is to be closed. */
static bool answer_doorbell(int fd, struct host *host, struct pvgpu_control_region *control)
{
    static const uint8_t junk[32] = {0};
    host->doorbells++;
    switch (host->behaviour) {
    case SHUTDOWN_AT_DOORBELL:
        write_message(fd, PVGPU_MESSAGE_SHUTDOWN, NULL, 0, false);
        return true;
    case CLOSE_AT_DOORBELL:
        return false;
    case LONG_PAYLOAD_AT_DOORBELL:
        write_message(fd, 99, junk, sizeof junk, false);
        return true;
    default:
        drain(fd, host, control);
        return true;
    }
}

static void serve(int fd, struct host *host)
{
    struct pvgpu_message_header header;
    if (!read_all(fd, &header, sizeof header) || header.type != PVGPU_MESSAGE_HANDSHAKE ||
        header.payload_bytes > sizeof host->handshake || !read_all(fd, &host->handshake, header.payload_bytes)) {
        return;
    }
    host->handshake_bytes = header.payload_bytes;
    struct pvgpu_control_region *control = map_memory(host);
    if (!control || host->behaviour == CLOSE_AT_HANDSHAKE) {
        return;
    }
    uint64_t features = host->behaviour == ACK_ZERO ? 0 : host->behaviour == ACK_WITHOUT_D3D11 ? 0x9C : 0x9F;
    write_message(fd, PVGPU_MESSAGE_HANDSHAKE_ACK, &features, 8, false);
    control->status = PVGPU_STATUS_READY;
    while (read_all(fd, &header, sizeof header)) {
        if (header.type == PVGPU_MESSAGE_SHUTDOWN) {
            host->shutdown_received = true;
        } else if (header.type == PVGPU_MESSAGE_DOORBELL && !answer_doorbell(fd, host, control)) {
            break;
        }
    }
    munmap(control, PVGPU_CONTROL_BYTES + PVGPU_DEFAULT_RING_BYTES);
}

static void *host_main(void *argument)
{
    struct host *host = argument;
    for (;;) {
        int fd = accept(host->listener, NULL, NULL);
        if (fd >= 0) {
            serve(fd, host);
            close(fd);
        }
        if (host->more-- == 0) {
            return NULL;
        }
        sem_wait(&host->again);
        host->behaviour = SERVE;
    }
}

static struct host *start_host_again(enum behaviour behaviour, int more)
{
    struct host *host = calloc(1, sizeof *host);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    host->behaviour = behaviour;
    host->more = more;
    sem_init(&host->again, 0, 0);
    snprintf(host->path, sizeof host->path, "/tmp/pvgpu-guest-test-%d-%d.sock", (int)getpid(), (int)behaviour);
    snprintf(address.sun_path, sizeof address.sun_path, "%s", host->path);
    unlink(host->path);
    host->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(host->listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(host->listener, 1), 0);
    assert_int_equal(pthread_create(&host->thread, NULL, host_main, host), 0);
    return host;
}

static struct host *start_host(enum behaviour behaviour)
{
    return start_host_again(behaviour, 0);
}

/* After the client has gone. The memory's name must have gone with it. */
static void finish_host(struct host *host)
{
    pthread_join(host->thread, NULL);
    close(host->listener);
    unlink(host->path);
    assert_int_equal(shm_open(host->handshake.name, O_RDWR, 0), -1);
    free(host);
}

static struct pvgpu_guest *connect_to(struct host *host)
{
    struct pvgpu_guest_transport *transport = pvgpu_guest_pipe_open(host->path, SHMEM_BYTES);
    assert_non_null(transport);
    struct pvgpu_guest *guest = pvgpu_guest_create(transport);
    assert_non_null(guest);
    return guest;
}

static void handshake_says_what_the_device_says(void **state)
{
    (void)state;
    struct host *host = start_host(SERVE);
    struct pvgpu_guest *guest = connect_to(host);
    assert_int_equal(pvgpu_guest_pipe_features(guest->transport), 0x9F);
    pvgpu_guest_destroy(guest);
    pthread_join(host->thread, NULL);
    assert_int_equal(host->handshake.shmem_bytes, SHMEM_BYTES);
    assert_int_equal(host->handshake_bytes, 8 + strlen(host->handshake.name) + 1);
    assert_memory_equal(host->handshake.name, "/pvgpu_shmem_", 13);
    assert_int_equal(strspn(host->handshake.name + 13, "0123456789abcdef"), strlen(host->handshake.name) - 13);
    assert_int_equal(host->mode, 0600);
    assert_true(host->control_good);
    assert_true(host->shutdown_received);
    assert_int_equal(shm_open(host->handshake.name, O_RDWR, 0), -1);
    close(host->listener);
    unlink(host->path);
    free(host);
}

static void run_fences(enum behaviour behaviour)
{
    struct host *host = start_host(behaviour);
    struct pvgpu_guest *guest = connect_to(host);
    assert_int_equal(pvgpu_guest_wait_ready(guest, SECOND_NS * 5), PVGPU_WAIT_DONE);
    for (int i = 1; i <= 300; i++) {
        pvgpu_encode_draw(&guest->encoder, 3, 0);
        assert_int_equal(pvgpu_guest_finish(guest, SECOND_NS * 10), PVGPU_WAIT_DONE);
        assert_int_equal(pvgpu_guest_completed(guest), i);
    }
    assert_true(guest->counters.doorbells > 0 && guest->counters.doorbells <= 300);
    assert_true(pvgpu_guest_reset(guest));
    assert_int_equal(guest->control->producer, 0);
    pvgpu_guest_destroy(guest);
    finish_host(host);
}

static void fences_complete_by_interrupts(void **state)
{
    (void)state;
    run_fences(SERVE);
}

static void interrupts_may_arrive_in_pieces(void **state)
{
    (void)state;
    run_fences(SERVE_IN_PIECES);
}

static void an_empty_acknowledgement_means_the_default(void **state)
{
    (void)state;
    struct host *host = start_host(ACK_ZERO);
    struct pvgpu_guest *guest = connect_to(host);
    assert_int_equal(pvgpu_guest_pipe_features(guest->transport), 0x9D);
    pvgpu_guest_destroy(guest);
    finish_host(host);
}

static void refusals_are_failures(void **state)
{
    (void)state;
    static const enum behaviour refusals[] = {ACK_WITHOUT_D3D11, CLOSE_AT_HANDSHAKE};
    for (int i = 0; i < 2; i++) {
        struct host *host = start_host(refusals[i]);
        assert_null(pvgpu_guest_pipe_open(host->path, SHMEM_BYTES));
        finish_host(host);
    }
    assert_null(pvgpu_guest_pipe_open("/tmp/x", SHMEM_BYTES - 1));
    assert_null(pvgpu_guest_pipe_open("/tmp/x", SHMEM_BYTES / 2));
    assert_null(pvgpu_guest_pipe_open("/tmp/x", SHMEM_BYTES + 4096));
    char path[200];
    memset(path, 'x', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    assert_null(pvgpu_guest_pipe_open(path, SHMEM_BYTES));
}

static void the_end_of_the_host_ends_waits(void **state)
{
    (void)state;
    static const enum behaviour ends[] = {SHUTDOWN_AT_DOORBELL, CLOSE_AT_DOORBELL, LONG_PAYLOAD_AT_DOORBELL};
    for (int i = 0; i < 3; i++) {
        struct host *host = start_host(ends[i]);
        struct pvgpu_guest *guest = connect_to(host);
        assert_int_equal(pvgpu_guest_finish(guest, SECOND_NS * 10), PVGPU_WAIT_DISCONNECTED);
        assert_false(pvgpu_guest_reset(guest));
        assert_int_equal(guest->transport->ops->read_status(guest->transport), PVGPU_REG_STATUS_READY);
        pvgpu_guest_destroy(guest);
        finish_host(host);
    }
}

static uint32_t status_of(struct pvgpu_guest *guest)
{
    return guest->transport->ops->read_status(guest->transport);
}

/* A lost host is a pause: no interrupts, no CONNECTED, until the next one is there; then a reset starts anew. */
static void a_host_may_come_back(void **state)
{
    (void)state;
    static const enum behaviour ends[] = {SHUTDOWN_AT_DOORBELL, CLOSE_AT_DOORBELL, LONG_PAYLOAD_AT_DOORBELL};
    for (int i = 0; i < 3; i++) {
        struct host *host = start_host_again(ends[i], 1);
        struct pvgpu_guest_transport *transport = pvgpu_guest_pipe_open_with(host->path, SHMEM_BYTES, 10);
        assert_non_null(transport);
        struct pvgpu_guest *guest = pvgpu_guest_create(transport);
        assert_non_null(guest);
        assert_int_equal(status_of(guest), PVGPU_REG_STATUS_READY | PVGPU_REG_STATUS_CONNECTED);
        transport->ops->doorbell(transport);
        while (status_of(guest) & PVGPU_REG_STATUS_CONNECTED) {
            assert_int_equal(transport->ops->wait_interrupt(transport, SECOND_NS), 0);
        }
        assert_int_equal(transport->ops->wait_interrupt(transport, SECOND_NS / 20), 0);
        assert_int_equal(status_of(guest), PVGPU_REG_STATUS_READY);
        assert_true(pvgpu_guest_reset(guest)); /* of the device, which is still there */
        sem_post(&host->again);
        while (!(status_of(guest) & PVGPU_REG_STATUS_CONNECTED)) {
            assert_int_equal(transport->ops->wait_interrupt(transport, SECOND_NS / 100), 0);
        }
        assert_true(pvgpu_guest_reset(guest));
        assert_int_equal(pvgpu_guest_finish(guest, SECOND_NS * 10), PVGPU_WAIT_DONE);
        assert_int_equal(guest->control->extension.reset_request, 3); /* the first at start */
        pvgpu_guest_destroy(guest);
        finish_host(host);
    }
}

static void a_system_reset_restores_everything(void **state)
{
    (void)state;
    struct host *host = start_host(SERVE);
    struct pvgpu_guest *guest = connect_to(host);
    assert_int_equal(pvgpu_guest_finish(guest, SECOND_NS * 10), PVGPU_WAIT_DONE);
    /* This host completes the fence before it publishes what it has consumed. */
    while (__atomic_load_n(&guest->control->consumer, __ATOMIC_ACQUIRE) != guest->producer) {
        sched_yield();
    }
    guest->control->display_width = 640;
    guest->control->status = PVGPU_STATUS_ERROR;
    guest->control->reserved1[5] = 9;
    pvgpu_guest_pipe_system_reset(guest->transport);
    assert_int_equal(guest->control->magic, PVGPU_MAGIC);
    assert_int_equal(guest->control->display_width, 1920);
    assert_int_equal(guest->control->status, 0);
    assert_int_equal(guest->control->reserved1[5], 0);
    assert_int_equal(guest->control->extension.version, PVGPU_EXTENSION_1);
    assert_int_equal(guest->control->extension.link, PVGPU_LINK_ID_PIPE);
    assert_int_equal(guest->control->extension.reset_request, 2);
    assert_true(pvgpu_guest_is_fresh(guest));
    pvgpu_guest_destroy(guest);
    finish_host(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(handshake_says_what_the_device_says),
        cmocka_unit_test(fences_complete_by_interrupts),
        cmocka_unit_test(interrupts_may_arrive_in_pieces),
        cmocka_unit_test(an_empty_acknowledgement_means_the_default),
        cmocka_unit_test(refusals_are_failures),
        cmocka_unit_test(the_end_of_the_host_ends_waits),
        cmocka_unit_test(a_host_may_come_back),
        cmocka_unit_test(a_system_reset_restores_everything),
    };
    return cmocka_run_group_tests_name("guest pipe", tests, NULL, NULL);
}
