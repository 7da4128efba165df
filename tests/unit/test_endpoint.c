/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* POSIX endpoints: who may open and connect, what is left behind, and what reads and writes promise. */
#include "link_support.h"

#include "base/time.h"
#include "os/endpoint.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

static const struct pvgpu_log quiet_log = {.level = PVGPU_LOG_INFO, .target = "test"};

struct fixture {
    char folder[64];
    char path[96];
    char lock[112];
    int fds;
};

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    strcpy(fixture->folder, "/tmp/pvgpu-endpoint-XXXXXX");
    assert_non_null(mkdtemp(fixture->folder));
    snprintf(fixture->path, sizeof(fixture->path), "%s/sock", fixture->folder);
    snprintf(fixture->lock, sizeof(fixture->lock), "%s.lock", fixture->path);
    fixture->fds = count_fds();
    *state = fixture;
    return 0;
}

/* Every test leaves neither descriptors nor lock and socket behind. */
static int teardown(void **state)
{
    struct fixture *fixture = *state;
    int fds = count_fds();
    int removed = rmdir(fixture->folder);
    int result = fds == fixture->fds && removed == 0 ? 0 : -1;
    if (result)
        fprintf(stderr, "left behind: %d descriptors, rmdir %d\n", fds - fixture->fds, removed);
    free(fixture);
    return result;
}

static bool exists(const char *path)
{
    struct stat info;
    return lstat(path, &info) == 0;
}

static struct sockaddr_un address_of(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strcpy(address.sun_path, path);
    return address;
}

/* A listening socket that somebody else made, without our lock. */
static int foreign_socket(const char *path)
{
    struct sockaddr_un address = address_of(path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(fd, 1), 0);
    return fd;
}

/* Opening fails, with exactly one line, which contains `words`. */
static void expect_refusal(const char *path, const char *words)
{
    struct capture capture;
    begin_capture(&capture);
    struct pvgpu_listener *listener = pvgpu_listener_open(path, &quiet_log);
    const char *text = end_capture(&capture);
    assert_null(listener);
    if (!strstr(text, words))
        fail_msg("\"%s\" lacks \"%s\"", text, words);
    assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
}

static struct pvgpu_listener *open_listener(const char *path)
{
    struct pvgpu_listener *listener = pvgpu_listener_open(path, &quiet_log);
    assert_non_null(listener);
    return listener;
}

static void test_open_and_destroy(void **state)
{
    struct fixture *fixture = *state;
    mode_t old = umask(0);
    struct pvgpu_listener *listener = open_listener(fixture->path);
    umask(old);
    struct stat info;
    assert_int_equal(stat(fixture->path, &info), 0);
    assert_true(S_ISSOCK(info.st_mode));
    assert_int_equal(info.st_mode & 07777, 0600);
    assert_int_equal(stat(fixture->lock, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0600);
    char text[32] = "", expected[32];
    int fd = open(fixture->lock, O_RDONLY);
    assert_true(read(fd, text, sizeof(text) - 1) > 0);
    close(fd);
    snprintf(expected, sizeof(expected), "%d\n", (int)getpid());
    assert_string_equal(text, expected);
    pvgpu_listener_destroy(listener);
    assert_false(exists(fixture->path));
    assert_false(exists(fixture->lock));
    pvgpu_listener_destroy(NULL);
}

static void test_second_names_holder(void **state)
{
    struct fixture *fixture = *state;
    int ready[2], go[2];
    assert_int_equal(pipe(ready), 0);
    assert_int_equal(pipe(go), 0);
    pid_t child = fork();
    if (child == 0) {
        char byte = 1;
        struct pvgpu_listener *listener = pvgpu_listener_open(fixture->path, &quiet_log);
        bool fine = listener && write(ready[1], &byte, 1) == 1 && read(go[0], &byte, 1) == 1;
        pvgpu_listener_destroy(listener);
        _exit(fine ? 0 : 1);
    }
    char byte, words[64];
    assert_int_equal(read(ready[0], &byte, 1), 1);
    snprintf(words, sizeof(words), "in use by process %d", (int)child);
    expect_refusal(fixture->path, words);
    assert_int_equal(write(go[1], "x", 1), 1);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    for (int i = 0; i < 2; i++) {
        close(ready[i]);
        close(go[i]);
    }
    pvgpu_listener_destroy(open_listener(fixture->path));
}

static void test_killed_holder_is_replaced(void **state)
{
    struct fixture *fixture = *state;
    pid_t child = fork();
    if (child == 0) {
        if (!pvgpu_listener_open(fixture->path, &quiet_log))
            _exit(1);
        raise(SIGKILL);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_true(exists(fixture->path) && exists(fixture->lock));
    struct pvgpu_listener *listener = open_listener(fixture->path);
    struct pvgpu_stream *client = pvgpu_stream_connect(fixture->path, &quiet_log);
    assert_non_null(client);
    pvgpu_stream_destroy(client);
    pvgpu_listener_destroy(listener);
}

/* Children that have the socket, as renderers have that of frames, die a moment after a process that was killed. */
static void test_heirs_of_a_killed_holder_are_waited_for(void **state)
{
    struct fixture *fixture = *state;
    int told[2];
    pid_t heir = 0;
    assert_int_equal(pipe(told), 0);
    pid_t child = fork();
    if (child == 0) {
        struct pvgpu_listener *listener = pvgpu_listener_open(fixture->path, &quiet_log);
        int socket = listener ? (int)pvgpu_listener_wait_handle(listener) : -1;
        if (listener && fork() == 0) {
            /* Of everything that the holder had, the lock above all, the socket alone is left. */
            for (int fd = 3; fd < 256; fd++) {
                if (fd != socket && fd != told[1])
                    close(fd);
            }
            heir = getpid();
            ssize_t written = write(told[1], &heir, sizeof(heir));
            (void)written;
            pause();
            _exit(0);
        }
        raise(SIGKILL);
    }
    assert_int_equal(read(told[0], &heir, sizeof(heir)), sizeof(heir));
    assert_true(heir > 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    close(told[0]);
    close(told[1]);
    pid_t killer = fork();
    if (killer == 0) {
        pvgpu_time_sleep_ns(300 * PVGPU_NS_PER_MS);
        kill(heir, SIGKILL);
        _exit(0);
    }
    pvgpu_listener_destroy(open_listener(fixture->path));
    assert_int_equal(waitpid(killer, NULL, 0), killer);
}

static void test_living_socket_without_lock(void **state)
{
    struct fixture *fixture = *state;
    int fd = foreign_socket(fixture->path);
    expect_refusal(fixture->path, "another program listens there");
    assert_true(exists(fixture->path));
    close(fd);
    pvgpu_listener_destroy(open_listener(fixture->path)); /* nobody listens any more: replaced */
}

static void test_other_files_are_kept(void **state)
{
    struct fixture *fixture = *state;
    close(open(fixture->path, O_CREAT | O_WRONLY, 0600));
    expect_refusal(fixture->path, "not a socket");
    assert_true(exists(fixture->path));
    unlink(fixture->path);
    assert_int_equal(symlink("/nonexistent", fixture->path), 0);
    expect_refusal(fixture->path, "not a socket");
    unlink(fixture->path);
    assert_int_equal(symlink(fixture->path, fixture->lock), 0); /* must not be followed and made */
    expect_refusal(fixture->path, "lock file");
    assert_false(exists(fixture->path));
    unlink(fixture->lock);
    assert_int_equal(mkdir(fixture->lock, 0700), 0);
    expect_refusal(fixture->path, "lock file");
    rmdir(fixture->lock);
}

static void test_bad_paths(void **state)
{
    struct fixture *fixture = *state;
    char path[128];
    expect_refusal("", "empty");
    memset(path, 'a', sizeof(path));
    path[108] = '\0';
    expect_refusal(path, "too long: 108 bytes, at most 107");
    snprintf(path, sizeof(path), "%s/none/sock", fixture->folder);
    expect_refusal(path, "folder does not exist");
    /* The longest possible path works. */
    size_t length = strlen(fixture->folder);
    memset(path, 'a', sizeof(path));
    memcpy(path, fixture->folder, length);
    path[length] = '/';
    path[107] = '\0';
    pvgpu_listener_destroy(open_listener(path));
}

static void test_socket_of_another_is_not_removed(void **state)
{
    struct fixture *fixture = *state;
    struct pvgpu_listener *listener = open_listener(fixture->path);
    unlink(fixture->path);
    int fd = foreign_socket(fixture->path);
    pvgpu_listener_destroy(listener);
    assert_true(exists(fixture->path));
    close(fd);
    unlink(fixture->path);
}

static void test_accept(void **state)
{
    struct fixture *fixture = *state;
    struct pvgpu_listener *listener = open_listener(fixture->path);
    pvgpu_handle handle = pvgpu_listener_wait_handle(listener);
    assert_null(pvgpu_listener_accept(listener));
    assert_int_equal(pvgpu_handle_wait_any(&handle, 1, 0), 0);
    struct pvgpu_stream *client = pvgpu_stream_connect(fixture->path, &quiet_log);
    assert_non_null(client);
    assert_int_equal(pvgpu_handle_wait_any(&handle, 1, PVGPU_NS_PER_S), 1);
    struct pvgpu_stream *server = pvgpu_listener_accept(listener);
    assert_non_null(server);
    struct pvgpu_peer peer = {0};
    assert_true(pvgpu_stream_peer(server, &peer));
    assert_int_equal(peer.process_id, getpid());
    assert_int_equal(peer.uid, geteuid());
    assert_true(fcntl((int)pvgpu_stream_handle(server), F_GETFD) & FD_CLOEXEC);
    pvgpu_stream_destroy(client);
    pvgpu_stream_destroy(server);
    pvgpu_listener_destroy(listener);
    struct capture capture;
    begin_capture(&capture);
    client = pvgpu_stream_connect(fixture->path, &quiet_log);
    assert_non_null(strstr(end_capture(&capture), "Cannot connect"));
    assert_null(client);
}

static void test_other_user_is_turned_away(void **state)
{
    struct fixture *fixture = *state;
    if (geteuid() != 0) {
        print_message("skipped: other_user_is_turned_away: only root can play a second user\n");
        skip();
    }
    struct pvgpu_listener *listener = open_listener(fixture->path);
    chmod(fixture->folder, 0755);
    chmod(fixture->path, 0666); /* past the first lock, to see the second */
    pid_t child = fork();
    if (child == 0) {
        struct sockaddr_un address = address_of(fixture->path);
        int fd = socket(AF_UNIX, SOCK_STREAM, 0);
        char byte;
        if (setresuid(65534, 65534, 65534) != 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0)
            _exit(2);
        _exit(read(fd, &byte, 1) == 0 ? 0 : 1);
    }
    pvgpu_handle handle = pvgpu_listener_wait_handle(listener);
    assert_int_equal(pvgpu_handle_wait_any(&handle, 1, 10 * PVGPU_NS_PER_S), 1);
    struct capture capture;
    begin_capture(&capture);
    struct pvgpu_stream *stream = pvgpu_listener_accept(listener);
    const char *text = end_capture(&capture);
    assert_null(stream);
    assert_non_null(strstr(text, "user 65534 was turned away"));
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    pvgpu_listener_destroy(listener);
}

static void make_pair(struct pvgpu_stream **ours, struct pvgpu_stream **theirs)
{
    int fds[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    *ours = pvgpu_stream_adopt(fds[0]);
    *theirs = pvgpu_stream_adopt(fds[1]);
    assert_non_null(*ours);
    assert_non_null(*theirs);
}

static void test_read(void **state)
{
    (void)state;
    struct pvgpu_stream *ours, *theirs;
    make_pair(&ours, &theirs);
    char bytes[8];
    size_t moved = 99;
    assert_int_equal(pvgpu_stream_read(ours, bytes, sizeof(bytes), &moved), PVGPU_IO_AGAIN);
    assert_int_equal(moved, 0);
    assert_int_equal(pvgpu_stream_write(theirs, "abc", 3, 0), PVGPU_IO_DONE);
    assert_int_equal(pvgpu_stream_read(ours, bytes, 2, &moved), PVGPU_IO_DONE);
    assert_int_equal(moved, 2);
    assert_int_equal(pvgpu_stream_read(ours, bytes, sizeof(bytes), &moved), PVGPU_IO_AGAIN);
    assert_int_equal(moved, 1);
    assert_int_equal(bytes[0], 'c');
    uint64_t start = pvgpu_time_now_ns();
    assert_int_equal(pvgpu_stream_read_all(ours, bytes, 4, 20 * PVGPU_NS_PER_MS), PVGPU_IO_AGAIN);
    assert_true(pvgpu_time_now_ns() - start >= 20 * PVGPU_NS_PER_MS);
    assert_int_equal(pvgpu_stream_write(theirs, "defg", 4, 0), PVGPU_IO_DONE);
    assert_int_equal(pvgpu_stream_read_all(ours, bytes, 4, PVGPU_NS_PER_S), PVGPU_IO_DONE);
    assert_memory_equal(bytes, "defg", 4);
    pvgpu_stream_destroy(theirs);
    assert_int_equal(pvgpu_stream_read(ours, bytes, sizeof(bytes), &moved), PVGPU_IO_CLOSED);
    assert_int_equal(moved, 0);
    assert_int_equal(pvgpu_stream_read_all(ours, bytes, 4, PVGPU_NS_PER_S), PVGPU_IO_CLOSED);
    assert_int_equal(pvgpu_stream_write(ours, "x", 1, 0), PVGPU_IO_CLOSED); /* and no SIGPIPE */
    pvgpu_stream_destroy(ours);
}

static void test_write_on_a_full_socket(void **state)
{
    (void)state;
    struct pvgpu_stream *ours, *theirs;
    make_pair(&ours, &theirs);
    int size = 4096, written = 0, seen = 0;
    setsockopt((int)pvgpu_stream_handle(ours), SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
    uint32_t number = 0;
    while (pvgpu_stream_write(ours, &number, sizeof(number), 0) == PVGPU_IO_DONE)
        number = (uint32_t)++written;
    assert_in_range(written, 1, 100000);
    assert_int_equal(pvgpu_stream_write(ours, &number, sizeof(number), 10 * PVGPU_NS_PER_MS), PVGPU_IO_AGAIN);
    for (size_t moved; pvgpu_stream_read(theirs, &number, sizeof(number), &moved) == PVGPU_IO_DONE; seen++)
        assert_int_equal(number, seen); /* nothing of the refused ones is in the stream */
    assert_int_equal(seen, written);
    pvgpu_stream_destroy(ours);
    pvgpu_stream_destroy(theirs);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_open_and_destroy),
        TEST(test_second_names_holder),
        TEST(test_killed_holder_is_replaced),
        TEST(test_heirs_of_a_killed_holder_are_waited_for),
        TEST(test_living_socket_without_lock),
        TEST(test_other_files_are_kept),
        TEST(test_bad_paths),
        TEST(test_socket_of_another_is_not_removed),
        TEST(test_accept),
        TEST(test_other_user_is_turned_away),
        TEST(test_read),
        TEST(test_write_on_a_full_socket),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
