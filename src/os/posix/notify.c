/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "os/notify.h"

#include "base/time.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

void pvgpu_notify(const char *state)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = path ? strlen(path) : 0;
    /* A path, or a name in the abstract space, which is written with an "@" for its NUL. */
    if (!length || (path[0] != '/' && path[0] != '@') || length >= sizeof(address.sun_path))
        return;
    memcpy(address.sun_path, path, length);
    if (path[0] == '@')
        address.sun_path[0] = '\0';
    int file = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (file < 0)
        return;
    (void)!sendto(file, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&address,
                  (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length));
    close(file);
}

uint64_t pvgpu_notify_watchdog_ns(void)
{
    const char *period = getenv("WATCHDOG_USEC"), *process = getenv("WATCHDOG_PID");
    if (!period || (process && strtoll(process, NULL, 10) != getpid()))
        return 0;
    errno = 0;
    unsigned long long microseconds = strtoull(period, NULL, 10);
    return errno || microseconds > UINT64_MAX / PVGPU_NS_PER_US ? 0 : microseconds * PVGPU_NS_PER_US;
}
