/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "os/console.h"

#include <io.h>

void pvgpu_console_write(const char *text, size_t length)
{
    (void)!_write(2, text, (unsigned)length);
}

bool pvgpu_console_is_journal(void)
{
    return false;
}
