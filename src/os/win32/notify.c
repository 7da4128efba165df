/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "os/notify.h"

void pvgpu_notify(const char *state)
{
    (void)state;
}

uint64_t pvgpu_notify_watchdog_ns(void)
{
    return 0;
}
