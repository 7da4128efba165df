/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "os/handle.h"

#include "base/time.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>

void pvgpu_handle_close(pvgpu_handle handle)
{
    if (handle != PVGPU_NO_HANDLE)
        close((int)handle);
}

pvgpu_handle pvgpu_handle_duplicate(pvgpu_handle handle)
{
    return fcntl((int)handle, F_DUPFD_CLOEXEC, 3);
}

uint64_t pvgpu_handle_wait_any(const pvgpu_handle *handles, size_t count, uint64_t timeout_ns)
{
    struct pollfd fds[PVGPU_WAIT_MAX];
    if (count > PVGPU_WAIT_MAX)
        count = PVGPU_WAIT_MAX;
    for (size_t i = 0; i < count; i++)
        fds[i] = (struct pollfd){.fd = (int)handles[i], .events = POLLIN};

    uint64_t deadline = pvgpu_time_deadline_ns(timeout_ns);
    for (;;) {
        uint64_t left = pvgpu_time_left_ns(deadline);
        struct timespec spec = {
            .tv_sec = (time_t)(left / PVGPU_NS_PER_S),
            .tv_nsec = (long)(left % PVGPU_NS_PER_S),
        };
        int ready = ppoll(fds, count, deadline == PVGPU_NO_TIMEOUT ? NULL : &spec, NULL);
        if (ready < 0 && errno == EINTR)
            continue;
        uint64_t mask = 0;
        for (size_t i = 0; ready > 0 && i < count; i++) {
            if (fds[i].revents)
                mask |= UINT64_C(1) << i;
        }
        return mask;
    }
}
