/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Listeners and streams of the host that the program runs on, within a process and between two. */
#include "os_support.h"

#ifdef _WIN32
#include <io.h>
#else
#include <unistd.h>
#endif

#define MESSAGE_BYTES 512
#define BIG_BYTES (4096 + 904) /* crosses a page and a read of the system */

/* Sends every message back as it came: 4 bytes of length, then as many bytes. */
static int serve_echo(struct pvgpu_stream *stream)
{
    static uint8_t bytes[65536];
    for (;;) {
        uint32_t size;
        enum pvgpu_io result = pvgpu_stream_read_all(stream, &size, sizeof(size), LONG_NS);
        if (result == PVGPU_IO_CLOSED)
            return 0;
        if (result != PVGPU_IO_DONE || size > sizeof(bytes))
            return 11;
        if (pvgpu_stream_read_all(stream, bytes, size, LONG_NS) != PVGPU_IO_DONE)
            return 12;
        if (pvgpu_stream_write(stream, &size, sizeof(size), LONG_NS) != PVGPU_IO_DONE ||
            pvgpu_stream_write(stream, bytes, size, LONG_NS) != PVGPU_IO_DONE)
            return 13;
    }
}

static void talk_to_echo(struct check *check, struct pvgpu_stream *stream)
{
    static const uint32_t sizes[] = {1, 4, 8, 100, 4095, 4096, 4097, BIG_BYTES, 20000, 65536};
    static uint8_t bytes[65536];
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        uint32_t size = 0;
        fill_pattern(bytes, sizes[i], (unsigned)i);
        CHECK_EQ(pvgpu_stream_write(stream, &sizes[i], sizeof(sizes[i]), LONG_NS), PVGPU_IO_DONE);
        CHECK_EQ(pvgpu_stream_write(stream, bytes, sizes[i], LONG_NS), PVGPU_IO_DONE);
        memset(bytes, 0xA5, sizeof(bytes));
        if (!CHECK_EQ(pvgpu_stream_read_all(stream, &size, sizeof(size), LONG_NS), PVGPU_IO_DONE) ||
            !CHECK_EQ(size, sizes[i]) || !CHECK_EQ(pvgpu_stream_read_all(stream, bytes, size, LONG_NS), PVGPU_IO_DONE))
            return;
        CHECK(is_pattern(bytes, size, (unsigned)i));
    }
}

static int child_client(int argc, char **argv)
{
    struct pvgpu_stream *stream = argc == 1 ? pvgpu_stream_connect(argv[0], &log_all) : NULL;
    if (!stream)
        return 1;
    int code = serve_echo(stream);
    pvgpu_stream_destroy(stream);
    return code;
}

static int child_server(int argc, char **argv)
{
    struct pvgpu_stream *stream = argc == 1 ? pvgpu_stream_adopt((pvgpu_handle)strtoll(argv[0], NULL, 10)) : NULL;
    if (!stream)
        return 1;
    int code = serve_echo(stream);
    pvgpu_stream_destroy(stream);
    return code;
}

static void messages_cross_processes(struct check *check)
{
    char name[NAME_BYTES];
    endpoint_name(name, "echo");
    struct pvgpu_listener *listener = pvgpu_listener_open(name, &log_all);
    struct pvgpu_process child;
    if (!CHECK(listener != NULL) || !CHECK(start_child(&child, "client", name, NULL, 0)))
        return;
    struct pvgpu_stream *stream = accept_one(listener);
    if (CHECK(stream != NULL)) {
        struct pvgpu_peer peer = {0};
        CHECK(pvgpu_stream_peer(stream, &peer));
        CHECK_EQ(peer.process_id, child.id);
        talk_to_echo(check, stream);
    }
    pvgpu_stream_destroy(stream);
    CHECK_EQ(end_child(&child), 0);
    pvgpu_listener_destroy(listener);
}

static void a_connection_can_be_passed_on(struct check *check)
{
    struct pair pair;
    struct pvgpu_process child;
    if (!init_pair(check, &pair, "pass"))
        return;
    struct pvgpu_peer peer = {0};
    CHECK(pvgpu_stream_peer(pair.client, &peer));
    CHECK_EQ(peer.process_id, pvgpu_process_id());
    /* What comes after the handle was taken must arrive at the process that gets it, whoever waited for it before. */
    static const uint32_t one = 1;
    uint32_t size = 0;
    uint8_t byte = 0x5A;
    pvgpu_handle ready = pvgpu_stream_wait_handle(pair.server);
    CHECK_EQ(pvgpu_handle_wait_any(&ready, 1, 0), 0);
    pvgpu_handle handle = pvgpu_stream_handle(pair.server);
    CHECK_EQ(pvgpu_stream_write(pair.client, &one, sizeof(one), 0), PVGPU_IO_DONE);
    if (!CHECK(start_child(&child, "server", NULL, &handle, 1)))
        goto out;
    pvgpu_stream_destroy(pair.server);
    pair.server = NULL;
    CHECK_EQ(pvgpu_stream_write(pair.client, &byte, 1, 0), PVGPU_IO_DONE);
    byte = 0;
    CHECK_EQ(pvgpu_stream_read_all(pair.client, &size, sizeof(size), LONG_NS), PVGPU_IO_DONE);
    CHECK_EQ(pvgpu_stream_read_all(pair.client, &byte, 1, LONG_NS), PVGPU_IO_DONE);
    CHECK_EQ(size, 1);
    CHECK_EQ(byte, 0x5A);
    talk_to_echo(check, pair.client);
    pvgpu_stream_destroy(pair.client);
    pair.client = NULL;
    CHECK_EQ(end_child(&child), 0);
out:
    finish_pair(&pair);
}

static void reads_take_what_is_there(struct check *check)
{
    struct pair pair;
    if (!init_pair(check, &pair, "reads"))
        return;
    uint8_t bytes[8] = {0};
    size_t moved = 99;
    CHECK_EQ(pvgpu_stream_read(pair.server, bytes, sizeof(bytes), &moved), PVGPU_IO_AGAIN);
    CHECK_EQ(moved, 0);
    pvgpu_handle ready = pvgpu_stream_wait_handle(pair.server);
    CHECK_EQ(pvgpu_handle_wait_any(&ready, 1, 5 * MS), 0);
    CHECK_EQ(pvgpu_stream_write(pair.client, "abcde", 5, 0), PVGPU_IO_DONE);
    CHECK_EQ(pvgpu_handle_wait_any(&ready, 1, LONG_NS), 1);
    CHECK_EQ(pvgpu_stream_read(pair.server, bytes, 2, &moved), PVGPU_IO_DONE);
    CHECK(moved == 2 && memcmp(bytes, "ab", 2) == 0);
    ready = pvgpu_stream_wait_handle(pair.server);
    CHECK_EQ(pvgpu_handle_wait_any(&ready, 1, LONG_NS), 1); /* three are left */
    CHECK_EQ(pvgpu_stream_read(pair.server, bytes, sizeof(bytes), &moved), PVGPU_IO_AGAIN);
    CHECK(moved == 3 && memcmp(bytes, "cde", 3) == 0);
    ready = pvgpu_stream_wait_handle(pair.server);
    CHECK_EQ(pvgpu_handle_wait_any(&ready, 1, 5 * MS), 0);
    uint64_t start_ns = pvgpu_time_now_ns();
    CHECK_EQ(pvgpu_stream_read_all(pair.server, bytes, sizeof(bytes), 10 * MS), PVGPU_IO_AGAIN);
    CHECK(pvgpu_time_now_ns() - start_ns >= 10 * MS);
    finish_pair(&pair);
}

/* What a function writes to standard error. */
static void capture_open(const char *name, char *text, size_t size, struct pvgpu_listener **listener)
{
    FILE *file = tmpfile();
    fflush(stderr);
    int saved = dup(2);
    if (file)
        dup2(fileno(file), 2);
    *listener = pvgpu_listener_open(name, &log_all);
    fflush(stderr);
    dup2(saved, 2);
    close(saved);
    size_t length = 0;
    if (file) {
        rewind(file);
        length = fread(text, 1, size - 1, file);
        fclose(file);
    }
    text[length] = '\0';
}

/* Holds an endpoint until it is ended. */
static int child_hold(int argc, char **argv)
{
    if (argc != 2)
        return 1;
    struct pvgpu_listener *listener = pvgpu_listener_open(argv[0], &log_all);
    if (!listener)
        return 2;
    return child_stay(1, argv + 1);
}

static void a_second_listener_is_told_who_has_it(struct check *check)
{
    char name[NAME_BYTES], line[512], id[24];
    struct pvgpu_event here;
    struct pvgpu_process child;
    struct pvgpu_listener *listener;
    endpoint_name(name, "first");
    if (!CHECK(pvgpu_event_init(&here)) || !CHECK(start_child(&child, "hold", name, &here.handle, 1)))
        return;
    CHECK(pvgpu_event_wait(&here, LONG_NS));
    capture_open(name, line, sizeof(line), &listener);
    CHECK(listener == NULL);
    snprintf(id, sizeof(id), "process %lld", (long long)child.id);
    if (!CHECK(strstr(line, id) != NULL && strstr(line, name) != NULL))
        printf("  the line: %s\n", line);
    pvgpu_listener_destroy(listener);

    /* What a dead process left behind is replaced. */
    pvgpu_process_kill(&child);
    CHECK(end_child(&child) != 3);
    listener = pvgpu_listener_open(name, &log_all);
    CHECK(listener != NULL);
    capture_open(name, line, sizeof(line), &(struct pvgpu_listener *){NULL});
    snprintf(id, sizeof(id), "process %lld", (long long)pvgpu_process_id());
    CHECK(strstr(line, id) != NULL);
    pvgpu_listener_destroy(listener);
    listener = pvgpu_listener_open(name, &log_all);
    CHECK(listener != NULL);
    pvgpu_listener_destroy(listener);
    pvgpu_listener_destroy(NULL);
    pvgpu_event_finish(&here);
}

static void bad_endpoints_are_refused(struct check *check)
{
    char name[400], missing[NAME_BYTES];
    endpoint_name(name, "long");
    size_t length = strlen(name);
    memset(name + length, 'x', sizeof(name) - 1 - length);
    name[sizeof(name) - 1] = '\0';
    endpoint_name(missing, "missing");
    CHECK(pvgpu_listener_open(name, &log_all) == NULL);
    CHECK(pvgpu_listener_open("", &log_all) == NULL);
    CHECK(pvgpu_stream_connect(name, &log_all) == NULL);
    CHECK(pvgpu_stream_connect(missing, &log_all) == NULL);
}

static void a_peer_may_vanish_in_mid_message(struct check *check)
{
    struct pair pair;
    if (!init_pair(check, &pair, "vanish"))
        return;
    uint8_t bytes[8] = {0};
    size_t moved = 0;
    CHECK_EQ(pvgpu_stream_write(pair.client, "head", 4, 0), PVGPU_IO_DONE);
    pvgpu_stream_destroy(pair.client);
    pair.client = NULL;
    /* What was sent can still be read; then comes the end, for ever. */
    CHECK_EQ(pvgpu_stream_read_all(pair.server, bytes, 2, LONG_NS), PVGPU_IO_DONE);
    CHECK_EQ(pvgpu_stream_read_all(pair.server, bytes, sizeof(bytes), LONG_NS), PVGPU_IO_CLOSED);
    pvgpu_handle ready = pvgpu_stream_wait_handle(pair.server);
    CHECK_EQ(pvgpu_handle_wait_any(&ready, 1, LONG_NS), 1);
    CHECK_EQ(pvgpu_stream_read(pair.server, bytes, 1, &moved), PVGPU_IO_CLOSED);
    CHECK_EQ(pvgpu_stream_read(pair.server, bytes, 1, &moved), PVGPU_IO_CLOSED);
    CHECK_EQ(pvgpu_stream_write(pair.server, "x", 1, 0), PVGPU_IO_CLOSED);
    CHECK_EQ(pvgpu_stream_write(pair.server, "x", 1, 5 * MS), PVGPU_IO_CLOSED);
    finish_pair(&pair);
}

static void writes_never_wait_for_a_peer(struct check *check)
{
    struct pair pair;
    if (!init_pair(check, &pair, "silent"))
        return;
    uint8_t bytes[MESSAGE_BYTES];
    uint32_t sent = 0, received = 0;
    uint64_t longest_ns = 0;
    enum pvgpu_io result = PVGPU_IO_DONE;
    while (result == PVGPU_IO_DONE && sent < 1000000) {
        fill_pattern(bytes, sizeof(bytes), sent);
        uint64_t start_ns = pvgpu_time_now_ns();
        result = pvgpu_stream_write(pair.server, bytes, sizeof(bytes), 0);
        uint64_t took_ns = pvgpu_time_now_ns() - start_ns;
        longest_ns = took_ns > longest_ns ? took_ns : longest_ns;
        sent += result == PVGPU_IO_DONE;
    }
    CHECK_EQ(result, PVGPU_IO_AGAIN);
    CHECK(sent > 4);
    CHECK(longest_ns < 500 * MS);
    uint64_t start_ns = pvgpu_time_now_ns();
    CHECK_EQ(pvgpu_stream_write(pair.server, bytes, sizeof(bytes), 20 * MS), PVGPU_IO_AGAIN);
    CHECK(pvgpu_time_now_ns() - start_ns >= 20 * MS);
    /* Everything that was taken arrives, in order, once; what was refused does not. */
    for (; received < sent; received++) {
        if (!CHECK_EQ(pvgpu_stream_read_all(pair.client, bytes, sizeof(bytes), LONG_NS), PVGPU_IO_DONE) ||
            !CHECK(is_pattern(bytes, sizeof(bytes), received)))
            break;
    }
    CHECK_EQ(pvgpu_stream_read_all(pair.client, bytes, 1, 20 * MS), PVGPU_IO_AGAIN);
    CHECK_EQ(pvgpu_stream_write(pair.server, "again", 5, 0), PVGPU_IO_DONE);
    CHECK_EQ(pvgpu_stream_read_all(pair.client, bytes, 5, LONG_NS), PVGPU_IO_DONE);
    CHECK(memcmp(bytes, "again", 5) == 0);
    finish_pair(&pair);
}

static void a_full_connection_can_be_closed(struct check *check)
{
    struct pair pair;
    if (!init_pair(check, &pair, "full"))
        return;
    static const uint8_t bytes[MESSAGE_BYTES];
    while (pvgpu_stream_write(pair.server, bytes, sizeof(bytes), 0) == PVGPU_IO_DONE)
        continue;
    uint64_t start_ns = pvgpu_time_now_ns();
    pvgpu_stream_destroy(pair.server);
    pair.server = NULL;
    CHECK(pvgpu_time_now_ns() - start_ns < PVGPU_NS_PER_S);
    finish_pair(&pair);
}

static void rounds_leave_no_handles(struct check *check)
{
    enum { ROUNDS = 1000 };
    char name[NAME_BYTES];
    endpoint_name(name, "rounds");
    struct pvgpu_listener *listener = pvgpu_listener_open(name, &log_all);
    if (!CHECK(listener != NULL))
        return;
    long before = 0;
    for (int i = 0; i < ROUNDS; i++) {
        struct pvgpu_stream *client = pvgpu_stream_connect(name, &log_all);
        struct pvgpu_stream *server = client ? accept_one(listener) : NULL;
        char byte = 0;
        bool ok = server && pvgpu_stream_write(client, "x", 1, 0) == PVGPU_IO_DONE &&
                  pvgpu_stream_read_all(server, &byte, 1, LONG_NS) == PVGPU_IO_DONE && byte == 'x';
        /* Each end is the first to go in turn. */
        pvgpu_stream_destroy(i % 2 ? client : server);
        pvgpu_stream_destroy(i % 2 ? server : client);
        if (!CHECK(ok))
            break;
        if (i == 10)
            before = open_handles();
    }
    CHECK(open_handles() <= before);
    /* Clients that leave before anybody looks at them, then one that stays. */
    for (int i = 0; i < 3; i++) {
        pvgpu_stream_destroy(pvgpu_stream_connect(name, &log_all));
        pvgpu_stream_destroy(accept_one(listener));
    }
    struct pvgpu_stream *client = pvgpu_stream_connect(name, &log_all);
    struct pvgpu_stream *server = client ? accept_one(listener) : NULL;
    CHECK(server != NULL);
    pvgpu_stream_destroy(client);
    pvgpu_stream_destroy(server);
    CHECK(open_handles() <= before);
    pvgpu_listener_destroy(listener);
}

#ifdef _WIN32
/* A program that does not know of the lock, and has the name. */
static void a_pipe_of_others_is_refused(struct check *check)
{
    char name[NAME_BYTES];
    endpoint_name(name, "others");
    HANDLE pipe =
        CreateNamedPipeA(name, PIPE_ACCESS_DUPLEX, PIPE_TYPE_BYTE, PIPE_UNLIMITED_INSTANCES, 4096, 4096, 0, NULL);
    CHECK(pipe != INVALID_HANDLE_VALUE);
    HANDLE second = CreateNamedPipeA(name, PIPE_ACCESS_DUPLEX | FILE_FLAG_FIRST_PIPE_INSTANCE, PIPE_TYPE_BYTE,
                                     PIPE_UNLIMITED_INSTANCES, 4096, 4096, 0, NULL);
    if (second != INVALID_HANDLE_VALUE) {
        CHECK_SKIP("this host does not know the first-instance flag (Wine)");
        CloseHandle(second);
        CloseHandle(pipe);
        return;
    }
    struct pvgpu_listener *listener = pvgpu_listener_open(name, &log_all);
    CHECK(listener == NULL);
    pvgpu_listener_destroy(listener);
    CloseHandle(pipe);
}

static void a_pipe_is_for_its_user_alone(struct check *check)
{
    struct pair pair;
    if (!init_pair(check, &pair, "access"))
        return;
    _Alignas(8) unsigned char buffer[1024];
    DWORD size = 0;
    BOOL present = FALSE, defaulted = TRUE;
    ACL *list = NULL;
    if (CHECK(GetKernelObjectSecurity((HANDLE)pvgpu_stream_handle(pair.server), DACL_SECURITY_INFORMATION, buffer,
                                      sizeof(buffer), &size)) &&
        CHECK(GetSecurityDescriptorDacl(buffer, &present, &list, &defaulted)) && CHECK(present && list != NULL)) {
        bool system = false;
        CHECK_EQ(list->AceCount, 2); /* this user and SYSTEM */
        for (DWORD i = 0; i < list->AceCount; i++) {
            ACCESS_ALLOWED_ACE *entry;
            CHECK(GetAce(list, i, (void **)&entry));
            CHECK_EQ(entry->Header.AceType, ACCESS_ALLOWED_ACE_TYPE);
            CHECK(!IsWellKnownSid(&entry->SidStart, WinWorldSid));
            CHECK(!IsWellKnownSid(&entry->SidStart, WinAuthenticatedUserSid));
            CHECK(!IsWellKnownSid(&entry->SidStart, WinBuiltinAdministratorsSid));
            system |= IsWellKnownSid(&entry->SidStart, WinLocalSystemSid);
        }
        CHECK(system);
    }
    DWORD flags = 0;
    CHECK(GetNamedPipeInfo((HANDLE)pvgpu_stream_handle(pair.client), &flags, NULL, NULL, NULL));
    CHECK(flags & PIPE_TYPE_MESSAGE);
    finish_pair(&pair);
}

/* The 1.0 device: a synchronous handle in message mode, header and payload taken by one read call each. */
static void a_message_client_gets_messages(struct check *check)
{
    char name[NAME_BYTES], bytes[16];
    endpoint_name(name, "message");
    struct pvgpu_listener *listener = pvgpu_listener_open(name, &log_all);
    if (!CHECK(listener != NULL))
        return;
    HANDLE device = CreateFileA(name, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
    struct pvgpu_stream *stream = accept_one(listener);
    DWORD mode = PIPE_READMODE_MESSAGE, moved = 0;
    if (CHECK(device != INVALID_HANDLE_VALUE) && CHECK(stream != NULL) &&
        CHECK(SetNamedPipeHandleState(device, &mode, NULL, NULL))) {
        CHECK_EQ(pvgpu_stream_write(stream, "8 bytes.", 8, 0), PVGPU_IO_DONE);
        CHECK_EQ(pvgpu_stream_write(stream, "four", 4, 0), PVGPU_IO_DONE);
        CHECK(ReadFile(device, bytes, sizeof(bytes), &moved, NULL));
        CHECK_EQ(moved, 8);
        CHECK(ReadFile(device, bytes, sizeof(bytes), &moved, NULL));
        CHECK_EQ(moved, 4);
        /* Its messages may be taken in other portions, and an empty one is neither data nor the end. */
        CHECK(WriteFile(device, "12345678", 8, &moved, NULL));
        CHECK(WriteFile(device, "", 0, &moved, NULL));
        CHECK(WriteFile(device, "abcd", 4, &moved, NULL));
        CHECK_EQ(pvgpu_stream_read_all(stream, bytes, 5, LONG_NS), PVGPU_IO_DONE);
        CHECK_EQ(pvgpu_stream_read_all(stream, bytes, 7, LONG_NS), PVGPU_IO_DONE);
        CHECK(memcmp(bytes, "678abcd", 7) == 0);
    }
    CloseHandle(device);
    pvgpu_stream_destroy(stream);
    pvgpu_listener_destroy(listener);
}
#endif

int main(int argc, char **argv)
{
    static const struct role roles[] = {
        {"client", child_client},
        {"server", child_server},
        {"hold", child_hold},
    };
    static const struct check_case cases[] = {
        CHECK_CASE(messages_cross_processes),       CHECK_CASE(a_connection_can_be_passed_on),
        CHECK_CASE(reads_take_what_is_there),       CHECK_CASE(a_second_listener_is_told_who_has_it),
        CHECK_CASE(bad_endpoints_are_refused),      CHECK_CASE(a_peer_may_vanish_in_mid_message),
        CHECK_CASE(writes_never_wait_for_a_peer),   CHECK_CASE(a_full_connection_can_be_closed),
        CHECK_CASE(rounds_leave_no_handles),
#ifdef _WIN32
        CHECK_CASE(a_pipe_of_others_is_refused),    CHECK_CASE(a_pipe_is_for_its_user_alone),
        CHECK_CASE(a_message_client_gets_messages),
#endif
    };
    if (is_child(argc, argv))
        return run_child(roles, sizeof(roles) / sizeof(roles[0]), argc, argv);
    return check_run(cases, sizeof(cases) / sizeof(cases[0]), argc, argv);
}
