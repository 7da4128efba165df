/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Standard error. Any thread. */
#ifndef PVGPU_OS_CONSOLE_H
#define PVGPU_OS_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>

/* Writes in one call of the system; what cannot be written is lost. */
void pvgpu_console_write(const char *text, size_t length);

/*
 * Whether the journal of systemd reads standard error: JOURNAL_STREAM (systemd.exec(5)) names its device and inode.
 * False on Windows.
 */
bool pvgpu_console_is_journal(void);

#endif
