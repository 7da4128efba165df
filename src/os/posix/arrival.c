/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "os/arrival.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

pvgpu_handle pvgpu_arrival_watch(pvgpu_handle socket)
{
    const struct f_owner_ex owner = {.type = F_OWNER_TID, .pid = gettid()};
    int file = (int)socket, flags = fcntl(file, F_GETFL);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGIO);
    /* Not blocked, it would end the process. */
    if (flags < 0 || pthread_sigmask(SIG_BLOCK, &set, NULL) != 0)
        return PVGPU_NO_HANDLE;
    int watch = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (watch < 0)
        return PVGPU_NO_HANDLE;
    if (fcntl(file, F_SETOWN_EX, &owner) != 0 || fcntl(file, F_SETFL, flags | O_ASYNC) != 0) {
        close(watch);
        return PVGPU_NO_HANDLE;
    }
    return watch;
}

void pvgpu_arrival_take(pvgpu_handle watch)
{
    struct signalfd_siginfo arrival;
    /* However many there were, they are one signal. */
    (void)!read((int)watch, &arrival, sizeof(arrival));
}
