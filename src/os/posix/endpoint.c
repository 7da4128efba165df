/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "os/endpoint.h"

#include "base/time.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define LOCK_SUFFIX ".lock"
#define LOCK_ATTEMPTS 16 /* each failed one means that another process left in that very moment */
#define BACKLOG 16
/* The children of a process that was killed may have its socket, and die a moment after it. */
#define HEIRS_WAIT_NS (2 * PVGPU_NS_PER_S)
#define HEIRS_POLL_NS (20 * PVGPU_NS_PER_MS)

struct pvgpu_listener {
    int fd;
    int lock_fd;
    int spare_fd; /* given up for a moment to turn a client away when there are no descriptors left; -1: none */
    dev_t device; /* identity of our socket file */
    ino_t inode;
    struct pvgpu_log log;
    struct pvgpu_log_limit lines; /* of clients that do not get in */
    char *lock_path;
    char path[]; /* NUL-terminated */
};

struct pvgpu_stream {
    int fd;
};

/* Who holds a lock file, 0 when it does not say. */
static long long lock_holder(int fd)
{
    char text[32];
    ssize_t length = pread(fd, text, sizeof(text) - 1, 0);
    if (length <= 0)
        return 0;
    text[length] = '\0';
    long long id = strtoll(text, NULL, 10);
    return id > 0 ? id : 0;
}

static void log_lock_failure(const struct pvgpu_log *log, const char *path, int error)
{
    if (error == ENOENT || error == ENOTDIR)
        pvgpu_error(log, "Cannot open %s: its folder does not exist", path);
    else
        pvgpu_error(log, "Cannot open %s: its lock file: %s", path, strerror(error));
}

static bool same_file(int fd, const char *path)
{
    struct stat opened, named;
    return fstat(fd, &opened) == 0 && S_ISREG(opened.st_mode) && lstat(path, &named) == 0 &&
           opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

/* The held lock file, or -1 (logged). */
static int take_lock(const char *path, const char *lock_path, const struct pvgpu_log *log)
{
    for (int attempt = 0; attempt < LOCK_ATTEMPTS; attempt++) {
        int fd = open(lock_path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
        if (fd < 0) {
            log_lock_failure(log, path, errno);
            return -1;
        }
        if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
            long long holder = lock_holder(fd);
            if (holder)
                pvgpu_error(log, "%s is in use by process %lld", path, holder);
            else
                pvgpu_error(log, "%s is in use by another process", path);
            close(fd);
            return -1;
        }
        /* A holder that leaves removes the file, so what we locked may have no name any more. */
        if (same_file(fd, lock_path)) {
            if (ftruncate(fd, 0) != 0 || dprintf(fd, "%lld\n", (long long)getpid()) < 0)
                pvgpu_warn(log, "Cannot write our process id into %s: %s", lock_path, strerror(errno));
            return fd;
        }
        close(fd);
    }
    pvgpu_error(log, "Cannot open %s: %s is not a lock file, or changes all the time", path, lock_path);
    return -1;
}

/* Whether somebody listens at the address: 0, or why not. */
static int try_connect(const struct sockaddr_un *address)
{
    int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (probe < 0)
        return errno;
    int error = connect(probe, (const struct sockaddr *)address, sizeof(*address)) == 0 ? 0 : errno;
    close(probe);
    return error == EAGAIN ? 0 : error; /* its queue is full */
}

/* Makes room for our socket: removes one that nobody listens on, refuses anything else. False: logged. */
static bool clear_path(const char *path, const struct sockaddr_un *address, const struct pvgpu_log *log)
{
    struct stat found;
    if (lstat(path, &found) != 0)
        return true; /* bind tells if it is something else than absence */
    if (!S_ISSOCK(found.st_mode)) {
        pvgpu_error(log, "Cannot open %s: there is a file of that name which is not a socket", path);
        return false;
    }
    uint64_t deadline = pvgpu_time_deadline_ns(HEIRS_WAIT_NS);
    int error;
    while ((error = try_connect(address)) == 0 && pvgpu_time_left_ns(deadline))
        pvgpu_time_sleep_ns(HEIRS_POLL_NS);
    if (error == 0) {
        pvgpu_error(log, "Cannot open %s: another program listens there", path);
        return false;
    }
    if (error != ECONNREFUSED || unlink(path) != 0) {
        pvgpu_error(log, "Cannot replace the socket %s: %s", path, strerror(error == ECONNREFUSED ? errno : error));
        return false;
    }
    pvgpu_debug(log, "Replaced the socket %s that an ended process left behind", path);
    return true;
}

static bool make_address(struct sockaddr_un *address, const char *path, const struct pvgpu_log *log)
{
    size_t length = strlen(path);
    memset(address, 0, sizeof(*address));
    address->sun_family = AF_UNIX;
    if (length == 0) {
        pvgpu_error(log, "The path of a socket is empty");
        return false;
    }
    if (length >= sizeof(address->sun_path)) {
        pvgpu_error(log, "The socket path %.40s... is too long: %zu bytes, at most %zu are possible", path, length,
                    sizeof(address->sun_path) - 1);
        return false;
    }
    memcpy(address->sun_path, path, length);
    return true;
}

/* Binds and listens; the file belongs to this user alone from its first moment. False: logged. */
static bool bind_socket(struct pvgpu_listener *listener, const struct sockaddr_un *address)
{
    listener->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    /* bind makes the file with the mode that the socket has, less the umask: no window in which it is wider. */
    if (listener->fd < 0 || fchmod(listener->fd, 0600) != 0 ||
        bind(listener->fd, (const struct sockaddr *)address, sizeof(*address)) != 0) {
        pvgpu_error(&listener->log, "Cannot open %s: %s", listener->path, strerror(errno));
        return false;
    }
    struct stat made;
    if (lstat(listener->path, &made) != 0 || listen(listener->fd, BACKLOG) != 0) {
        pvgpu_error(&listener->log, "Cannot listen on %s: %s", listener->path, strerror(errno));
        unlink(listener->path);
        return false;
    }
    listener->device = made.st_dev;
    listener->inode = made.st_ino;
    return true;
}

static void free_listener(struct pvgpu_listener *listener)
{
    if (listener->fd >= 0)
        close(listener->fd);
    if (listener->spare_fd >= 0)
        close(listener->spare_fd);
    if (listener->lock_fd >= 0) {
        /* Removed while it is held: whoever gets the lock next sees that the name has gone and makes a new file. */
        unlink(listener->lock_path);
        close(listener->lock_fd);
    }
    free(listener->lock_path);
    free(listener);
}

struct pvgpu_listener *pvgpu_listener_open(const char *path, const struct pvgpu_log *log)
{
    struct sockaddr_un address;
    if (!make_address(&address, path, log))
        return NULL;
    size_t length = strlen(path);
    struct pvgpu_listener *listener = calloc(1, sizeof(*listener) + length + 1);
    char *lock_path = malloc(length + sizeof(LOCK_SUFFIX));
    if (!listener || !lock_path) {
        pvgpu_error(log, "Cannot open %s: out of memory", path);
        free(listener);
        free(lock_path);
        return NULL;
    }
    memcpy(listener->path, path, length + 1);
    memcpy(lock_path, path, length);
    memcpy(lock_path + length, LOCK_SUFFIX, sizeof(LOCK_SUFFIX));
    listener->lock_path = lock_path;
    listener->log = *log;
    listener->lines = (struct pvgpu_log_limit){.burst = 10, .per_second = 1};
    listener->fd = -1;
    listener->spare_fd = -1;
    listener->lock_fd = take_lock(path, lock_path, log);
    if (listener->lock_fd < 0 || !clear_path(path, &address, log) || !bind_socket(listener, &address)) {
        free_listener(listener);
        return NULL;
    }
    listener->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    return listener;
}

void pvgpu_listener_destroy(struct pvgpu_listener *listener)
{
    if (!listener)
        return;
    struct stat found;
    if (lstat(listener->path, &found) == 0 && found.st_dev == listener->device && found.st_ino == listener->inode)
        unlink(listener->path);
    free_listener(listener);
}

pvgpu_handle pvgpu_listener_wait_handle(struct pvgpu_listener *listener)
{
    return listener->fd;
}

/* Whoever cannot get in may try again at once. */
static bool may_warn(struct pvgpu_listener *listener)
{
    return pvgpu_log_may(&listener->log, PVGPU_LOG_WARN, &listener->lines, "clients that were turned away");
}

static void warn_of_failure(struct pvgpu_listener *listener, int error)
{
    if (may_warn(listener))
        pvgpu_warn(&listener->log, "Cannot accept a client of %s: %s", listener->path, strerror(error));
}

/* Out of descriptors a waiting client would keep the listener ready for ever: take it with the spare one, drop it. */
static void turn_away_without_descriptor(struct pvgpu_listener *listener)
{
    if (may_warn(listener))
        pvgpu_warn(&listener->log, "A client of %s was turned away: no file descriptors left", listener->path);
    if (listener->spare_fd < 0)
        return;
    close(listener->spare_fd);
    int fd = accept4(listener->fd, NULL, NULL, SOCK_CLOEXEC);
    if (fd >= 0)
        close(fd);
    listener->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

struct pvgpu_stream *pvgpu_listener_accept(struct pvgpu_listener *listener)
{
    int fd;
    do {
        fd = accept4(listener->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    } while (fd < 0 && errno == EINTR);
    if (fd < 0) {
        if (errno == EMFILE || errno == ENFILE)
            turn_away_without_descriptor(listener);
        else if (errno != EAGAIN && errno != ECONNABORTED)
            warn_of_failure(listener, errno);
        return NULL;
    }
    struct pvgpu_stream *stream = pvgpu_stream_adopt(fd);
    if (!stream)
        return NULL;
    struct pvgpu_peer peer;
    bool known = pvgpu_stream_peer(stream, &peer);
    if (!known || (peer.uid != geteuid() && peer.uid != 0)) {
        bool may_log = may_warn(listener);
        if (may_log && known)
            pvgpu_warn(&listener->log, "Process %lld of user %u was turned away from %s", (long long)peer.process_id,
                       peer.uid, listener->path);
        else if (may_log)
            pvgpu_warn(&listener->log, "A client without credentials was turned away from %s", listener->path);
        pvgpu_stream_destroy(stream);
        return NULL;
    }
    return stream;
}

struct pvgpu_stream *pvgpu_stream_connect(const char *path, const struct pvgpu_log *log)
{
    struct sockaddr_un address;
    if (!make_address(&address, path, log))
        return NULL;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0) {
        const char *reason = errno == EAGAIN ? "too many clients are waiting" : strerror(errno);
        pvgpu_error(log, "Cannot connect to %s: %s", path, reason);
        if (fd >= 0)
            close(fd);
        return NULL;
    }
    struct pvgpu_stream *stream = pvgpu_stream_adopt(fd);
    if (!stream)
        pvgpu_error(log, "Cannot connect to %s: out of memory", path);
    return stream;
}

struct pvgpu_stream *pvgpu_stream_adopt(pvgpu_handle handle)
{
    struct pvgpu_stream *stream = malloc(sizeof(*stream));
    if (!stream) {
        pvgpu_handle_close(handle);
        return NULL;
    }
    /* Blocking or not is a matter of each call here (MSG_DONTWAIT): the flag belongs to every holder of the socket. */
    stream->fd = (int)handle;
    fcntl(stream->fd, F_SETFD, FD_CLOEXEC);
    return stream;
}

void pvgpu_stream_destroy(struct pvgpu_stream *stream)
{
    if (!stream)
        return;
    close(stream->fd);
    free(stream);
}

pvgpu_handle pvgpu_stream_handle(struct pvgpu_stream *stream)
{
    return stream->fd;
}

pvgpu_handle pvgpu_stream_wait_handle(struct pvgpu_stream *stream)
{
    return stream->fd;
}

bool pvgpu_stream_peer(struct pvgpu_stream *stream, struct pvgpu_peer *peer)
{
    struct ucred credentials;
    socklen_t size = sizeof(credentials);
    if (getsockopt(stream->fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0)
        return false;
    peer->process_id = credentials.pid;
    peer->uid = credentials.uid;
    return true;
}

/* Waits until the socket is ready or broken; false when the deadline has passed. */
static bool wait_ready(int fd, short events, uint64_t deadline_ns)
{
    for (;;) {
        uint64_t left = pvgpu_time_left_ns(deadline_ns);
        if (left == 0)
            return false;
        struct timespec wait = {.tv_sec = (time_t)(left / PVGPU_NS_PER_S), .tv_nsec = (long)(left % PVGPU_NS_PER_S)};
        struct pollfd watched = {.fd = fd, .events = events};
        if (ppoll(&watched, 1, deadline_ns == PVGPU_NO_TIMEOUT ? NULL : &wait, NULL) > 0)
            return true;
    }
}

enum pvgpu_io pvgpu_stream_read(struct pvgpu_stream *stream, void *data, size_t size, size_t *moved)
{
    *moved = 0;
    if (size == 0)
        return PVGPU_IO_DONE;
    ssize_t count;
    do {
        count = recv(stream->fd, data, size, MSG_DONTWAIT);
    } while (count < 0 && errno == EINTR);
    if (count < 0)
        return errno == EAGAIN ? PVGPU_IO_AGAIN : PVGPU_IO_CLOSED;
    if (count == 0)
        return PVGPU_IO_CLOSED;
    *moved = (size_t)count;
    return *moved == size ? PVGPU_IO_DONE : PVGPU_IO_AGAIN;
}

enum pvgpu_io pvgpu_stream_peek(struct pvgpu_stream *stream, void *data, size_t size, size_t *copied, size_t *available)
{
    ssize_t count;
    int there = 0;
    *copied = *available = 0;
    do {
        count = recv(stream->fd, data, size, MSG_DONTWAIT | MSG_PEEK);
    } while (count < 0 && errno == EINTR);
    if (count < 0)
        return errno == EAGAIN ? PVGPU_IO_AGAIN : PVGPU_IO_CLOSED;
    if (count == 0)
        return PVGPU_IO_CLOSED;
    *copied = (size_t)count;
    *available = ioctl(stream->fd, FIONREAD, &there) == 0 && there > count ? (size_t)there : *copied;
    return *copied == size ? PVGPU_IO_DONE : PVGPU_IO_AGAIN;
}

enum pvgpu_io pvgpu_stream_read_all(struct pvgpu_stream *stream, void *data, size_t size, uint64_t timeout_ns)
{
    uint64_t deadline_ns = pvgpu_time_deadline_ns(timeout_ns);
    size_t have = 0;
    for (;;) {
        size_t moved;
        enum pvgpu_io result = pvgpu_stream_read(stream, (uint8_t *)data + have, size - have, &moved);
        have += moved;
        if (result != PVGPU_IO_AGAIN)
            return result;
        if (!wait_ready(stream->fd, POLLIN, deadline_ns))
            return PVGPU_IO_AGAIN;
    }
}

enum pvgpu_io pvgpu_stream_write(struct pvgpu_stream *stream, const void *data, size_t size, uint64_t timeout_ns)
{
    uint64_t deadline_ns = timeout_ns ? pvgpu_time_deadline_ns(timeout_ns) : 0;
    for (;;) {
        ssize_t count = send(stream->fd, data, size, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (count >= 0)
            return (size_t)count == size ? PVGPU_IO_DONE : PVGPU_IO_CLOSED;
        if (errno == EINTR)
            continue;
        if (errno != EAGAIN)
            return PVGPU_IO_CLOSED;
        if (timeout_ns == 0 || !wait_ready(stream->fd, POLLOUT, deadline_ns))
            return PVGPU_IO_AGAIN;
    }
}
