/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "link/ivshmem_file.h"

#include "base/time.h"
#include "pvgpu/protocol.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#define ATTEMPTS 16 /* each failed one means that somebody removed or made the file in that very moment */
#define OPEN_FLAGS (O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK) /* a FIFO must not stop the start */
/* The processes of a service that was killed die with it, one after the other. */
#define LOCK_WAIT_NS (2 * PVGPU_NS_PER_S)
#define LOCK_POLL_NS (20 * PVGPU_NS_PER_MS)

struct pvgpu_ivshmem_file {
    int fd; /* -1: lost its file, and there was no other yet */
    uint64_t size; /* bytes */
    struct pvgpu_log log;
    char path[];
};

/* ---- What may be used ---------------------------------------------------------------------------------------------- */

static bool is_file_at(int fd, const char *path)
{
    struct stat opened, named;
    return fstat(fd, &opened) == 0 && lstat(path, &named) == 0 && opened.st_dev == named.st_dev &&
           opened.st_ino == named.st_ino;
}

/* Zeroes are a new file, also one that QEMU made. Anything that is not ours is left alone: a path may be mistyped. */
static bool holds_nothing_else(int fd)
{
    struct pvgpu_control_region region;
    const uint8_t *bytes = (const uint8_t *)&region;
    ssize_t got = pread(fd, &region, sizeof(region), 0);
    if (got != (ssize_t)sizeof(region))
        return got == 0;
    if (region.magic == PVGPU_MAGIC)
        return true;
    for (size_t i = 0; i < sizeof(region); i++) {
        if (bytes[i])
            return false;
    }
    return true;
}

/* Whether a file that is there may be the shared memory. */
static bool judge(int fd, const char *path, uint64_t size, const struct pvgpu_log *log)
{
    struct stat info;
    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode))
        pvgpu_error(log, "%s cannot be shared memory: it is no regular file", path);
    else if (info.st_uid != geteuid())
        pvgpu_error(log, "%s cannot be shared memory: it belongs to user %u, the service is user %u", path,
                    (unsigned)info.st_uid, (unsigned)geteuid());
    else if (info.st_nlink > 1)
        pvgpu_error(log, "%s cannot be shared memory: the file has other names too", path);
    else if (info.st_size != 0 && (uint64_t)info.st_size != size)
        pvgpu_error(log,
                    "%s cannot be shared memory: it has %" PRIu64 " bytes instead of %" PRIu64
                    "; remove it, or choose its size with shmem_size",
                    path, (uint64_t)info.st_size, size);
    else if (!holds_nothing_else(fd))
        pvgpu_error(log, "%s cannot be shared memory: something else is in it; remove it, or choose another path", path);
    else
        return true;
    return false;
}

static void log_open_failure(const char *path, int error, const struct pvgpu_log *log)
{
    if (error == ELOOP)
        pvgpu_error(log, "%s cannot be shared memory: it is a symbolic link", path);
    else
        pvgpu_error(log, "%s cannot be shared memory: %s", path, strerror(error));
}

/* ---- The lock ------------------------------------------------------------------------------------------------------ */

/*
 * Two locks. flock's belongs to the open file, which sessions and renderers inherit, so it is held until the last of them
 * is dead. fcntl's belongs to the service's process, and the system tells whose it is.
 */
static struct flock whole_file(void)
{
    return (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET};
}

/* The service that has the file; 0: none is alive, or it cannot be named. */
static long long holder_of(int fd)
{
    struct flock lock = whole_file();
    if (fcntl(fd, F_GETLK, &lock) != 0 || lock.l_type == F_UNLCK || lock.l_pid <= 0)
        return 0;
    return lock.l_pid;
}

static bool take_lock(int fd, const char *path, uint64_t wait_ns, const struct pvgpu_log *log)
{
    const struct timespec pause = {.tv_nsec = LOCK_POLL_NS};
    uint64_t deadline = pvgpu_time_deadline_ns(wait_ns);
    while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        int error = errno;
        long long holder = holder_of(fd);
        if (error != EWOULDBLOCK && error != EINTR)
            pvgpu_error(log, "%s cannot be locked: %s", path, strerror(error));
        else if (holder)
            pvgpu_error(log, "%s is in use by process %lld", path, holder);
        else if (pvgpu_time_left_ns(deadline) == 0)
            pvgpu_error(log, "%s is in use by another process", path);
        else if (nanosleep(&pause, NULL) == 0 || errno == EINTR)
            continue;
        return false;
    }
    return true;
}

/* ---- Opening ------------------------------------------------------------------------------------------------------- */

/* An open file that is locked and still the one of that name, or -1 (logged). */
static int open_locked(const char *path, bool *made, const struct pvgpu_log *log)
{
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        int fd = open(path, OPEN_FLAGS | O_CREAT | O_EXCL, 0600);
        bool is_there = fd < 0 && errno == EEXIST;
        *made = fd >= 0;
        if (is_there)
            fd = open(path, OPEN_FLAGS);
        if (fd < 0 && is_there && errno == ENOENT)
            continue;
        if (fd < 0) {
            log_open_failure(path, errno, log);
            return -1;
        }
        if (!take_lock(fd, path, LOCK_WAIT_NS, log)) {
            close(fd);
            return -1;
        }
        if (is_file_at(fd, path))
            return fd;
        close(fd);
    }
    pvgpu_error(log, "%s cannot be shared memory: it changes all the time", path);
    return -1;
}

/* A page that a file system has no room for ends whoever touches it, QEMU as well. An empty file grows. */
static bool reserve(int fd, const char *path, uint64_t size, const struct pvgpu_log *log)
{
    struct statvfs space;
    int error;
    if (ftruncate(fd, (off_t)size) != 0) {
        pvgpu_error(log, "%s cannot be made %" PRIu64 " bytes large: %s", path, size, strerror(errno));
        return false;
    }
    do
        error = fallocate(fd, 0, 0, (off_t)size) == 0 ? 0 : errno;
    while (error == EINTR);
    if (error == 0 || error == EOPNOTSUPP)
        return true;
    uint64_t left = fstatvfs(fd, &space) == 0 ? (uint64_t)space.f_bavail * space.f_frsize : 0;
    pvgpu_error(log, "%s cannot be made %" PRIu64 " MiB large: %s (%" PRIu64 " MiB are free there)", path, size >> 20,
                strerror(error), left >> 20);
    return false;
}

/* Others get no rights. A group keeps those to read and write: somebody wants a QEMU of another user to have the file. */
static bool restrict_access(int fd, const char *path, const struct pvgpu_log *log)
{
    struct stat info;
    mode_t wanted = 0600;
    if (fstat(fd, &info) == 0 && (info.st_mode & 0060) == 0060)
        wanted = 0660;
    if ((info.st_mode & 07777) == wanted || fchmod(fd, wanted) == 0)
        return true;
    pvgpu_error(log, "%s cannot be closed to other users: %s", path, strerror(errno));
    return false;
}

/* The file, ready for use, or -1 (logged). */
static int open_file(const char *path, uint64_t size, const struct pvgpu_log *log)
{
    struct flock lock = whole_file();
    bool made;
    int fd = open_locked(path, &made, log);
    if (fd < 0)
        return -1;
    if (judge(fd, path, size, log) && restrict_access(fd, path, log) && reserve(fd, path, size, log)) {
        fcntl(fd, F_SETLK, &lock); /* for its name; what counts is taken */
        pvgpu_info(log, made ? "Made %s, %" PRIu64 " MiB" : "Found %s, %" PRIu64 " MiB", path, size >> 20);
        return fd;
    }
    if (made)
        unlink(path);
    close(fd);
    return -1;
}

struct pvgpu_ivshmem_file *pvgpu_ivshmem_file_open(const char *path, uint64_t size, const struct pvgpu_log *log)
{
    size_t length = strlen(path);
    struct pvgpu_ivshmem_file *file = malloc(sizeof(*file) + length + 1);
    if (!file) {
        pvgpu_error(log, "No memory for %s", path);
        return NULL;
    }
    *file = (struct pvgpu_ivshmem_file){.size = size, .log = *log};
    memcpy(file->path, path, length + 1);
    file->fd = open_file(path, size, log);
    if (file->fd >= 0)
        return file;
    free(file);
    return NULL;
}

bool pvgpu_ivshmem_file_renew(struct pvgpu_ivshmem_file *file)
{
    if (file->fd >= 0 && !is_file_at(file->fd, file->path)) {
        pvgpu_warn(&file->log, "%s was removed or replaced; QEMUs that have it open are served no more", file->path);
        close(file->fd);
        file->fd = -1;
    }
    if (file->fd < 0)
        file->fd = open_file(file->path, file->size, &file->log);
    return file->fd >= 0 && pvgpu_ivshmem_file_has_size(file->fd, file->size, &file->log) &&
           reserve(file->fd, file->path, file->size, &file->log);
}

pvgpu_handle pvgpu_ivshmem_file_handle(const struct pvgpu_ivshmem_file *file)
{
    return file->fd;
}

/* ---- The end ------------------------------------------------------------------------------------------------------- */

/* Gets a lease for writing: nobody else has the file, and who opens it now waits until it is given back. */
static bool take_lease(int fd)
{
    /* The signal that asks for it back; SIGIO, unless another is named, would end the process. */
    return fcntl(fd, F_SETSIG, SIGURG) == 0 && fcntl(fd, F_SETLEASE, F_WRLCK) == 0;
}

static void give_lease_back(int fd)
{
    fcntl(fd, F_SETLEASE, F_UNLCK);
}

/* Group rights were given by somebody who will want to find them again. */
static bool is_ours_alone(int fd)
{
    struct stat info;
    return fstat(fd, &info) == 0 && (info.st_mode & 0077) == 0;
}

void pvgpu_ivshmem_file_close(struct pvgpu_ivshmem_file *file)
{
    if (!file)
        return;
    if (file->fd >= 0) {
        bool is_unused = take_lease(file->fd);
        if (!is_unused)
            pvgpu_info(&file->log, "%s stays: a process has it open, or the system does not tell", file->path);
        else if (!is_file_at(file->fd, file->path) || !is_ours_alone(file->fd))
            pvgpu_debug(&file->log, "%s is not removed: it was replaced, or its group has rights", file->path);
        else if (unlink(file->path) != 0)
            pvgpu_warn(&file->log, "%s cannot be removed: %s", file->path, strerror(errno));
        if (is_unused)
            give_lease_back(file->fd);
        close(file->fd);
    }
    free(file);
}

/* Whether a file of that size has room where the path leads. */
static bool has_room(const char *path, uint64_t size, const struct pvgpu_log *log)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash ? strndup(path, slash == path ? 1 : (size_t)(slash - path)) : strdup(".");
    struct statvfs space;
    bool is_known = folder && statvfs(folder, &space) == 0;
    uint64_t left = is_known ? (uint64_t)space.f_bavail * space.f_frsize : 0;
    free(folder);
    if (!is_known || left >= size)
        return true; /* whoever makes it will see */
    pvgpu_error(log, "%s cannot be made %" PRIu64 " MiB large: %" PRIu64 " MiB are free there", path, size >> 20,
                left >> 20);
    return false;
}

bool pvgpu_ivshmem_file_check(const char *path, uint64_t size, bool *exists, const struct pvgpu_log *log)
{
    int fd = open(path, OPEN_FLAGS);
    *exists = fd >= 0 || errno != ENOENT;
    if (fd < 0 && *exists)
        log_open_failure(path, errno, log);
    if (fd < 0)
        return !*exists && has_room(path, size, log);
    bool good = judge(fd, path, size, log) && take_lock(fd, path, 0, log);
    close(fd);
    return good;
}

/* ---- In a session -------------------------------------------------------------------------------------------------- */

bool pvgpu_ivshmem_file_has_size(pvgpu_handle handle, uint64_t size, const struct pvgpu_log *log)
{
    struct stat info = {0};
    if (fstat((int)handle, &info) == 0 && info.st_size >= 0 && (uint64_t)info.st_size == size)
        return true;
    pvgpu_error(log, "The file of the shared memory has %" PRId64 " bytes instead of %" PRIu64 ": somebody has truncated "
                     "it, or made it longer",
                (int64_t)info.st_size, size);
    return false;
}

bool pvgpu_ivshmem_file_has_name(pvgpu_handle handle)
{
    struct stat info;
    return fstat((int)handle, &info) == 0 && info.st_nlink > 0;
}

bool pvgpu_ivshmem_file_is_unused(pvgpu_handle handle)
{
    bool is_unused = take_lease((int)handle);
    if (is_unused)
        give_lease_back((int)handle);
    return is_unused;
}
