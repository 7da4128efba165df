/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The ivshmem-plain link and the file that it shares: which files are taken, who removes them, what comes of changes. */
#include "link_support.h"

#include "base/time.h"
#include "link/ivshmem_file.h"
#include "pvgpu/protocol.h"
#include "shm/control.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#define SHMEM_BYTES PVGPU_MIN_SHMEM_BYTES

static const struct pvgpu_log log_info = {.level = PVGPU_LOG_INFO, .target = "test"};

struct fixture {
    char folder[64];
    char path[96]; /* of the file; there is none at first */
    int open_fds; /* before the test */
    struct capture capture;
    struct recorder recorder;
};

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    strcpy(fixture->folder, "/dev/shm/pvgpu-test.XXXXXX");
    assert_non_null(mkdtemp(fixture->folder));
    snprintf(fixture->path, sizeof(fixture->path), "%s/file", fixture->folder);
    fixture->open_fds = count_fds();
    begin_capture(&fixture->capture);
    *state = fixture;
    return 0;
}

/* The folder is empty at the end of each test, apart from what the test itself made: then it removes that. */
static int teardown(void **state)
{
    struct fixture *fixture = *state;
    end_capture(&fixture->capture);
    int left = count_fds() - fixture->open_fds;
    if (left)
        fprintf(stderr, "left behind: %d descriptors\n", left);
    if (rmdir(fixture->folder) != 0) {
        fprintf(stderr, "left behind: files in %s\n", fixture->folder);
        left = 1;
    }
    free(fixture);
    return left ? -1 : 0;
}

/* The log so far has these words; it begins anew. */
static void expect_log(struct fixture *fixture, const char *words)
{
    const char *text = end_capture(&fixture->capture);
    bool found = strstr(text, words) != NULL;
    if (!found)
        fprintf(stderr, "not in the log: %s\n%s", words, text);
    begin_capture(&fixture->capture);
    assert_true(found);
}

static struct pvgpu_ivshmem_file *open_it(struct fixture *fixture)
{
    return pvgpu_ivshmem_file_open(fixture->path, SHMEM_BYTES, &log_info);
}

static struct pvgpu_ivshmem_file *must_open(struct fixture *fixture)
{
    struct pvgpu_ivshmem_file *file = open_it(fixture);
    assert_non_null(file);
    return file;
}

static void must_refuse(struct fixture *fixture, const char *words)
{
    bool exists;
    assert_null(open_it(fixture));
    expect_log(fixture, words);
    assert_false(pvgpu_ivshmem_file_check(fixture->path, SHMEM_BYTES, &exists, &log_info));
    assert_true(exists);
    expect_log(fixture, words);
}

static bool is_there(const struct fixture *fixture)
{
    struct stat info;
    return lstat(fixture->path, &info) == 0;
}

static mode_t mode_of(const struct fixture *fixture)
{
    struct stat info;
    assert_int_equal(stat(fixture->path, &info), 0);
    return info.st_mode & 07777;
}

/* As another program would. */
static void make_file(const struct fixture *fixture, mode_t mode, off_t size)
{
    int fd = open(fixture->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(fchmod(fd, mode), 0);
    assert_int_equal(ftruncate(fd, size), 0);
    close(fd);
}

static void write_at(const struct fixture *fixture, off_t at, uint32_t word)
{
    int fd = open(fixture->path, O_WRONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, &word, sizeof(word), at), sizeof(word));
    close(fd);
}

static uint32_t read_at(const struct fixture *fixture, off_t at)
{
    uint32_t word = 0;
    int fd = open(fixture->path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(pread(fd, &word, sizeof(word), at), sizeof(word));
    close(fd);
    return word;
}

/* Maps as QEMU does. */
static struct pvgpu_control_region *map_file(const struct fixture *fixture)
{
    int fd = open(fixture->path, O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0);
    void *base = mmap(NULL, SHMEM_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    assert_true(base != MAP_FAILED);
    close(fd);
    return base;
}

/* ---- Files that are made and removed -------------------------------------------------------------------------------- */

static void test_makes_and_removes(void **state)
{
    struct fixture *fixture = *state;
    bool exists = true;
    struct stat info;
    assert_true(pvgpu_ivshmem_file_check(fixture->path, SHMEM_BYTES, &exists, &log_info));
    assert_false(exists);
    assert_false(is_there(fixture)); /* looking makes nothing */
    mode_t mask = umask(0);
    struct pvgpu_ivshmem_file *file = must_open(fixture);
    umask(mask);
    assert_int_equal(stat(fixture->path, &info), 0);
    assert_true(S_ISREG(info.st_mode));
    assert_int_equal(info.st_mode & 07777, 0600);
    assert_int_equal(info.st_size, SHMEM_BYTES);
    assert_int_equal(info.st_uid, geteuid());
    assert_int_equal(info.st_blocks, SHMEM_BYTES / 512); /* all of it is reserved */
    assert_true(pvgpu_ivshmem_file_handle(file) >= 0);
    pvgpu_ivshmem_file_close(file);
    assert_false(is_there(fixture));
    pvgpu_ivshmem_file_close(NULL);
    expect_log(fixture, "64 MiB");
}

static void test_stays_while_others_have_it(void **state)
{
    struct fixture *fixture = *state;
    struct pvgpu_ivshmem_file *file = must_open(fixture);
    int fd = open(fixture->path, O_RDWR | O_CLOEXEC);
    pvgpu_ivshmem_file_close(file);
    assert_true(is_there(fixture));
    expect_log(fixture, "stays");
    close(fd);

    file = must_open(fixture);
    struct pvgpu_control_region *region = map_file(fixture); /* and closed, but for the mapping */
    pvgpu_ivshmem_file_close(file);
    assert_true(is_there(fixture));
    munmap(region, SHMEM_BYTES);

    pvgpu_ivshmem_file_close(must_open(fixture));
    assert_false(is_there(fixture));
}

/* Sessions and renderers have the same open file: they do not count as others. */
static void test_children_are_no_others(void **state)
{
    struct fixture *fixture = *state;
    struct pvgpu_ivshmem_file *file = must_open(fixture);
    pid_t child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        pause();
        _exit(0);
    }
    assert_true(pvgpu_ivshmem_file_is_unused(pvgpu_ivshmem_file_handle(file)));
    pvgpu_ivshmem_file_close(file);
    assert_false(is_there(fixture));
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
}

static void test_is_unused(void **state)
{
    struct fixture *fixture = *state;
    struct pvgpu_ivshmem_file *file = must_open(fixture);
    pvgpu_handle handle = pvgpu_ivshmem_file_handle(file);
    assert_true(pvgpu_ivshmem_file_is_unused(handle));
    int fd = open(fixture->path, O_RDWR | O_CLOEXEC); /* does not wait: the lease was given back */
    assert_false(pvgpu_ivshmem_file_is_unused(handle));
    close(fd);
    assert_true(pvgpu_ivshmem_file_is_unused(handle));
    pvgpu_ivshmem_file_close(file);
}

static void test_takes_what_is_there(void **state)
{
    struct fixture *fixture = *state;
    bool exists = false;
    make_file(fixture, 0600, SHMEM_BYTES);
    write_at(fixture, offsetof(struct pvgpu_control_region, magic), PVGPU_MAGIC);
    write_at(fixture, SHMEM_BYTES - 4, 0x12345678);
    assert_true(pvgpu_ivshmem_file_check(fixture->path, SHMEM_BYTES, &exists, &log_info));
    assert_true(exists);
    struct pvgpu_ivshmem_file *file = must_open(fixture);
    assert_int_equal(read_at(fixture, SHMEM_BYTES - 4), 0x12345678);
    pvgpu_ivshmem_file_close(file);
    assert_false(is_there(fixture));
}

/* One that was made in advance, for its group say, and one that QEMU has made. */
static void test_takes_empty_and_zeroed_files(void **state)
{
    struct fixture *fixture = *state;
    struct stat info;
    for (off_t size = 0; size <= (off_t)SHMEM_BYTES; size += SHMEM_BYTES) {
        make_file(fixture, 0600, size);
        struct pvgpu_ivshmem_file *file = must_open(fixture);
        assert_int_equal(stat(fixture->path, &info), 0);
        assert_int_equal(info.st_size, SHMEM_BYTES);
        assert_int_equal(info.st_blocks, SHMEM_BYTES / 512);
        pvgpu_ivshmem_file_close(file);
        assert_false(is_there(fixture));
    }
}

static void test_rights(void **state)
{
    static const struct {
        mode_t before, after;
    } rights[] = {{0644, 0600}, {0666, 0660}, {0660, 0660}, {0640, 0600}, {0777, 0660}, {0600, 0600}, {0400, 0600}};
    struct fixture *fixture = *state;
    for (size_t i = 0; i < sizeof(rights) / sizeof(rights[0]); i++) {
        if (rights[i].before == 0400 && geteuid() != 0)
            continue; /* its owner could not even open it */
        make_file(fixture, rights[i].before, SHMEM_BYTES);
        struct pvgpu_ivshmem_file *file = must_open(fixture);
        assert_int_equal(mode_of(fixture), rights[i].after);
        pvgpu_ivshmem_file_close(file);
        /* What a group was given stays for it. */
        assert_int_equal(is_there(fixture), rights[i].after == 0660);
        unlink(fixture->path);
    }
}

/* ---- Files that are not taken ----------------------------------------------------------------------------------------- */

static void test_refuses_other_sizes(void **state)
{
    static const off_t sizes[] = {1, 4096, SHMEM_BYTES - 1, SHMEM_BYTES + 1, 4 * (off_t)SHMEM_BYTES};
    struct fixture *fixture = *state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        char words[96];
        struct stat info;
        make_file(fixture, 0640, sizes[i]);
        snprintf(words, sizeof(words), "it has %lld bytes instead of 67108864; remove it", (long long)sizes[i]);
        must_refuse(fixture, words);
        assert_int_equal(stat(fixture->path, &info), 0); /* and is as it was */
        assert_int_equal(info.st_size, sizes[i]);
        assert_int_equal(info.st_mode & 07777, 0640);
        unlink(fixture->path);
    }
}

static void test_refuses_something_else(void **state)
{
    struct fixture *fixture = *state;
    make_file(fixture, 0600, SHMEM_BYTES);
    write_at(fixture, 4000, 1);
    must_refuse(fixture, "something else is in it");
    write_at(fixture, offsetof(struct pvgpu_control_region, magic), PVGPU_MAGIC); /* a guest may write anywhere else */
    pvgpu_ivshmem_file_close(must_open(fixture));
    assert_false(is_there(fixture));
}

static void test_refuses_links(void **state)
{
    struct fixture *fixture = *state;
    char other[128];
    snprintf(other, sizeof(other), "%s/other", fixture->folder);
    assert_int_equal(symlink(other, fixture->path), 0);
    must_refuse(fixture, "it is a symbolic link"); /* one that leads nowhere */
    assert_int_equal(access(other, F_OK), -1);
    int fd = open(other, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    assert_int_equal(ftruncate(fd, SHMEM_BYTES), 0);
    close(fd);
    must_refuse(fixture, "it is a symbolic link");
    unlink(fixture->path);
    assert_int_equal(link(other, fixture->path), 0);
    must_refuse(fixture, "the file has other names too");
    unlink(fixture->path);
    unlink(other);
}

static void test_refuses_other_kinds(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(mkdir(fixture->path, 0700), 0);
    must_refuse(fixture, "Is a directory");
    rmdir(fixture->path);
    assert_int_equal(mkfifo(fixture->path, 0600), 0);
    must_refuse(fixture, "it is no regular file");
    unlink(fixture->path);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strcpy(address.sun_path, fixture->path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
    must_refuse(fixture, "cannot be shared memory");
    close(fd);
    unlink(fixture->path);
}

static void test_refuses_another_user(void **state)
{
    struct fixture *fixture = *state;
    if (geteuid() != 0)
        skip();
    make_file(fixture, 0666, SHMEM_BYTES);
    assert_int_equal(chown(fixture->path, 12345, (gid_t)-1), 0);
    must_refuse(fixture, "it belongs to user 12345, the service is user 0");
    assert_int_equal(mode_of(fixture), 0666);
    unlink(fixture->path);
}

static void test_refuses_missing_folder(void **state)
{
    struct fixture *fixture = *state;
    char path[128];
    snprintf(path, sizeof(path), "%s/none/file", fixture->folder);
    assert_null(pvgpu_ivshmem_file_open(path, SHMEM_BYTES, &log_info));
    expect_log(fixture, "No such file or directory");
}

/* Nothing is left of a file that does not fit. */
static void test_no_room(void **state)
{
    struct fixture *fixture = *state;
    const uint64_t too_large = UINT64_C(1) << 50;
    bool exists;
    assert_null(pvgpu_ivshmem_file_open(fixture->path, too_large, &log_info));
    expect_log(fixture, "MiB are free there)");
    assert_false(is_there(fixture));
    assert_false(pvgpu_ivshmem_file_check(fixture->path, too_large, &exists, &log_info));
    expect_log(fixture, "MiB are free there");
    make_file(fixture, 0660, 0);
    assert_null(pvgpu_ivshmem_file_open(fixture->path, too_large, &log_info));
    assert_true(is_there(fixture)); /* not ours */
    unlink(fixture->path);
}

/* ---- One service at a time ------------------------------------------------------------------------------------------ */

/*
 * A process that has the file open as a service does. With `heirs` it leaves a child that has inherited it, and ends;
 * *heir is that one's id then.
 */
static pid_t start_holder(struct fixture *fixture, bool heirs, pid_t *heir)
{
    int told[2];
    pid_t ids[2] = {0, 0}; /* good, heir */
    assert_int_equal(pipe(told), 0);
    pid_t child = fork();
    if (child == 0) {
        ids[0] = open_it(fixture) ? 1 : 0;
        if (heirs && ids[0]) {
            ids[1] = fork();
            if (ids[1] == 0) {
                close(told[0]);
                close(told[1]);
                pause();
                _exit(0);
            }
        }
        ssize_t written = write(told[1], ids, sizeof(ids));
        if (heirs || written != (ssize_t)sizeof(ids))
            _exit(0);
        pause();
        _exit(0);
    }
    assert_int_equal(read(told[0], ids, sizeof(ids)), sizeof(ids));
    assert_int_equal(ids[0], 1);
    close(told[0]);
    close(told[1]);
    if (heir)
        *heir = ids[1];
    return child;
}

static void test_names_the_holder(void **state)
{
    struct fixture *fixture = *state;
    char words[64];
    pid_t holder = start_holder(fixture, false, NULL);
    snprintf(words, sizeof(words), "is in use by process %d", (int)holder);
    must_refuse(fixture, words);
    kill(holder, SIGKILL);
    waitpid(holder, NULL, 0);
    assert_true(is_there(fixture)); /* a service that is killed leaves it */
    pvgpu_ivshmem_file_close(must_open(fixture));
    assert_false(is_there(fixture));
}

/* A service was killed, and a child of it, with the same open file, is still there for a moment, or for longer. */
static void test_waits_for_heirs(void **state)
{
    struct fixture *fixture = *state;
    pid_t heir;
    pid_t holder = start_holder(fixture, true, &heir);
    waitpid(holder, NULL, 0);
    must_refuse(fixture, "is in use by another process");
    pid_t killer = fork();
    if (killer == 0) {
        pvgpu_time_sleep_ns(300 * PVGPU_NS_PER_MS);
        kill(heir, SIGKILL);
        _exit(0);
    }
    pvgpu_ivshmem_file_close(must_open(fixture));
    waitpid(killer, NULL, 0);
    assert_false(is_there(fixture));
}

/* ---- Renewal ----------------------------------------------------------------------------------------------------------- */

static void test_renewal(void **state)
{
    struct fixture *fixture = *state;
    struct pvgpu_ivshmem_file *file = must_open(fixture);
    pvgpu_handle before = pvgpu_handle_duplicate(pvgpu_ivshmem_file_handle(file));
    assert_true(pvgpu_ivshmem_file_renew(file));
    assert_true(pvgpu_ivshmem_file_has_name(before));

    assert_int_equal(truncate(fixture->path, 4096), 0);
    assert_false(pvgpu_ivshmem_file_renew(file));
    expect_log(fixture, "has 4096 bytes instead of 67108864: somebody has truncated it");
    assert_int_equal(truncate(fixture->path, SHMEM_BYTES), 0);
    assert_true(pvgpu_ivshmem_file_renew(file));
    struct stat info;
    assert_int_equal(stat(fixture->path, &info), 0);
    assert_int_equal(info.st_blocks, SHMEM_BYTES / 512); /* reserved again */

    unlink(fixture->path);
    assert_false(pvgpu_ivshmem_file_has_name(before));
    assert_true(pvgpu_ivshmem_file_renew(file));
    assert_true(is_there(fixture));
    expect_log(fixture, "was removed or replaced");

    unlink(fixture->path);
    make_file(fixture, 0600, 4096);
    assert_false(pvgpu_ivshmem_file_renew(file));
    assert_true(pvgpu_ivshmem_file_handle(file) == PVGPU_NO_HANDLE);
    unlink(fixture->path);
    assert_true(pvgpu_ivshmem_file_renew(file));
    pvgpu_handle_close(before);
    pvgpu_ivshmem_file_close(file);
    assert_false(is_there(fixture));
}

/* A path that leads to another file in the end is not removed. */
static void test_removes_its_own_alone(void **state)
{
    struct fixture *fixture = *state;
    struct pvgpu_ivshmem_file *file = must_open(fixture);
    unlink(fixture->path);
    make_file(fixture, 0600, SHMEM_BYTES);
    pvgpu_ivshmem_file_close(file);
    assert_true(is_there(fixture));
    unlink(fixture->path);
}

/* ---- The link ----------------------------------------------------------------------------------------------------------- */

static struct pvgpu_link *start_link(struct fixture *fixture, const struct pvgpu_ivshmem_file *file)
{
    fixture->recorder = (struct recorder){.client = -1};
    struct pvgpu_link_events events = recorder_events(&fixture->recorder);
    struct pvgpu_link *link = pvgpu_link_ivshmem_plain_create(pvgpu_handle_duplicate(pvgpu_ivshmem_file_handle(file)),
                                                              SHMEM_BYTES, &events, &log_info);
    assert_non_null(link);
    assert_true(link->ops->is_silent && !link->ops->is_device && link->ops->needs_poll);
    assert_true(link->ops->deadline_ns(link) == 0);
    return link;
}

/* Waits for the link's next look at its file, and lets it look. */
static enum pvgpu_link_state look(struct pvgpu_link *link)
{
    uint64_t due = link->ops->deadline_ns(link), left = pvgpu_time_left_ns(due);
    assert_true(due != PVGPU_NO_TIMEOUT && left <= 5 * PVGPU_NS_PER_S);
    while ((left = pvgpu_time_left_ns(due)))
        pvgpu_time_sleep_ns(left);
    return link->ops->dispatch(link);
}

static void test_initialises_a_new_file(void **state)
{
    struct fixture *fixture = *state;
    struct pvgpu_ivshmem_file *file = must_open(fixture);
    struct pvgpu_control_region *region = map_file(fixture);
    struct pvgpu_link *link = start_link(fixture, file);
    pvgpu_handle handles[2];
    assert_int_equal(region->magic, 0);
    assert_int_equal(link->ops->dispatch(link), PVGPU_LINK_OPEN);
    assert_int_equal(fixture->recorder.attached, 1);
    assert_int_equal(region->magic, PVGPU_MAGIC);
    assert_int_equal(region->heap_bytes, SHMEM_BYTES - PVGPU_DEFAULT_HEAP_OFFSET);
    assert_int_equal(region->extension.version, PVGPU_EXTENSION_1);
    assert_int_equal(region->extension.link, PVGPU_LINK_ID_IVSHMEM_PLAIN);
    assert_int_equal(region->extension.vectors, 0);
    assert_int_equal(region->extension.host_peer, 0);
    assert_int_equal(link->ops->wait_handles(link, handles), 0);
    link->ops->interrupt(link, PVGPU_VECTOR_FENCE); /* nobody to tell */
    assert_int_equal(look(link), PVGPU_LINK_OPEN);
    assert_int_equal(fixture->recorder.attached, 1);
    assert_int_equal(fixture->recorder.doorbells + fixture->recorder.resets, 0);
    link->ops->shutdown(link);
    link->ops->destroy(link);
    munmap(region, SHMEM_BYTES);
    pvgpu_ivshmem_file_close(file);
}

/* What a guest has there stays, for the session to look at; what makes no sense any more does not. */
static void test_keeps_what_makes_sense(void **state)
{
    struct fixture *fixture = *state;
    struct pvgpu_ivshmem_file *file = must_open(fixture);
    struct pvgpu_control_region *region = map_file(fixture);
    for (int i = 0; i < 3; i++) {
        region->producer = 4096;
        region->display_width = 1234;
        region->extension.generation = 77;
        region->extension.version = 0;
        if (i == 2)
            region->ring_bytes = 48; /* shorter than a command can be */
        struct pvgpu_link *link = start_link(fixture, file);
        assert_int_equal(link->ops->dispatch(link), PVGPU_LINK_OPEN);
        bool is_kept = i == 1;
        assert_int_equal(region->producer, is_kept ? 4096 : 0);
        assert_int_equal(region->display_width, is_kept ? 1234 : PVGPU_DEFAULT_DISPLAY_WIDTH);
        assert_int_equal(region->ring_bytes, PVGPU_DEFAULT_RING_BYTES);
        assert_int_equal(region->extension.generation, 77);
        assert_int_equal(region->extension.version, PVGPU_EXTENSION_1);
        link->ops->destroy(link);
    }
    munmap(region, SHMEM_BYTES);
    pvgpu_ivshmem_file_close(file);
}

static void test_session_refuses(void **state)
{
    struct fixture *fixture = *state;
    struct pvgpu_ivshmem_file *file = must_open(fixture);
    struct pvgpu_link *link = start_link(fixture, file);
    fixture->recorder.refuse = true;
    assert_int_equal(link->ops->dispatch(link), PVGPU_LINK_ENDED);
    link->ops->destroy(link);
    link = start_link(fixture, file); /* that never comes to anything */
    link->ops->destroy(link);
    pvgpu_ivshmem_file_close(file);
}

static void test_wrong_size_at_the_start(void **state)
{
    struct fixture *fixture = *state;
    struct pvgpu_ivshmem_file *file = must_open(fixture);
    assert_int_equal(truncate(fixture->path, 2 * (off_t)SHMEM_BYTES), 0);
    struct pvgpu_link *link = start_link(fixture, file);
    assert_int_equal(link->ops->dispatch(link), PVGPU_LINK_ENDED);
    assert_int_equal(fixture->recorder.attached, 0);
    expect_log(fixture, "has 134217728 bytes instead of 67108864");
    link->ops->destroy(link);
    pvgpu_ivshmem_file_close(file);
}

/* Truncated in a place that nobody touches: the link sees it. */
static void test_truncated(void **state)
{
    struct fixture *fixture = *state;
    struct pvgpu_ivshmem_file *file = must_open(fixture);
    struct pvgpu_link *link = start_link(fixture, file);
    assert_int_equal(link->ops->dispatch(link), PVGPU_LINK_OPEN);
    assert_int_equal(truncate(fixture->path, SHMEM_BYTES / 2), 0);
    assert_int_equal(look(link), PVGPU_LINK_ENDED);
    expect_log(fixture, "has 33554432 bytes instead of 67108864");
    link->ops->destroy(link);
    pvgpu_ivshmem_file_close(file);
}

/* A QEMU that runs keeps what it has mapped, whatever becomes of the name. */
static void test_removed(void **state)
{
    struct fixture *fixture = *state;
    struct pvgpu_ivshmem_file *file = must_open(fixture);
    struct pvgpu_control_region *region = map_file(fixture);
    struct pvgpu_link *link = start_link(fixture, file);
    assert_int_equal(link->ops->dispatch(link), PVGPU_LINK_OPEN);
    unlink(fixture->path);
    assert_int_equal(look(link), PVGPU_LINK_OPEN);
    expect_log(fixture, "The file was removed: a QEMU that starts now does not find it");
    assert_int_equal(look(link), PVGPU_LINK_OPEN);
    assert_string_equal(end_capture(&fixture->capture), ""); /* said once */
    begin_capture(&fixture->capture);
    munmap(region, SHMEM_BYTES);
    assert_int_equal(look(link), PVGPU_LINK_ENDED);
    expect_log(fixture, "Nobody has the removed file any more");
    link->ops->destroy(link);
    assert_true(pvgpu_ivshmem_file_renew(file));
    pvgpu_ivshmem_file_close(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_makes_and_removes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_stays_while_others_have_it, setup, teardown),
        cmocka_unit_test_setup_teardown(test_children_are_no_others, setup, teardown),
        cmocka_unit_test_setup_teardown(test_is_unused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_takes_what_is_there, setup, teardown),
        cmocka_unit_test_setup_teardown(test_takes_empty_and_zeroed_files, setup, teardown),
        cmocka_unit_test_setup_teardown(test_rights, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refuses_other_sizes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refuses_something_else, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refuses_links, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refuses_other_kinds, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refuses_another_user, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refuses_missing_folder, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_room, setup, teardown),
        cmocka_unit_test_setup_teardown(test_names_the_holder, setup, teardown),
        cmocka_unit_test_setup_teardown(test_waits_for_heirs, setup, teardown),
        cmocka_unit_test_setup_teardown(test_renewal, setup, teardown),
        cmocka_unit_test_setup_teardown(test_removes_its_own_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(test_initialises_a_new_file, setup, teardown),
        cmocka_unit_test_setup_teardown(test_keeps_what_makes_sense, setup, teardown),
        cmocka_unit_test_setup_teardown(test_session_refuses, setup, teardown),
        cmocka_unit_test_setup_teardown(test_wrong_size_at_the_start, setup, teardown),
        cmocka_unit_test_setup_teardown(test_truncated, setup, teardown),
        cmocka_unit_test_setup_teardown(test_removed, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
