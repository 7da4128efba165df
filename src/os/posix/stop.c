/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "os/stop.h"

#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

pvgpu_handle pvgpu_stop_watch(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
        return PVGPU_NO_HANDLE;
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

void pvgpu_stop_ignore(void)
{
    signal(SIGTERM, SIG_IGN);
    signal(SIGINT, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
}

void pvgpu_stop_not_by_writes(void)
{
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
}

pvgpu_handle pvgpu_report_watch(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
        return PVGPU_NO_HANDLE;
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

void pvgpu_report_take(pvgpu_handle handle)
{
    struct signalfd_siginfo request;
    while (read((int)handle, &request, sizeof(request)) == (ssize_t)sizeof(request))
        ;
}
