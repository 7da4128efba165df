/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Who may open a named object of this process. Any thread. */
#ifndef PVGPU_OS_WIN32_SECURITY_H
#define PVGPU_OS_WIN32_SECURITY_H

#include "base/log.h"
#include "os/win32/windows_lean.h"

/*
 * A security descriptor that gives these rights (as SDDL spells them: L"GA" all, L"GR" reading) to the user of this
 * process and to SYSTEM, and none to anybody else. From the local heap: LocalFree. NULL: logged.
 */
PSECURITY_DESCRIPTOR pvgpu_security_create(const wchar_t *rights, const struct pvgpu_log *log);

#endif
