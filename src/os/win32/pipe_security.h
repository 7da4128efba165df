/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Who may open a named pipe, and who holds its name. Private to os/win32; used by the thread that owns a listener.
 */
#ifndef PVGPU_OS_WIN32_PIPE_SECURITY_H
#define PVGPU_OS_WIN32_PIPE_SECURITY_H

#include "base/log.h"
#include "os/win32/windows_lean.h"

/* Full access for the user of this process and for SYSTEM; none for anybody else. */
struct pvgpu_pipe_security {
    PSECURITY_DESCRIPTOR descriptor; /* owned; from the local heap */
};

/* False: logged. */
bool pvgpu_pipe_security_init(struct pvgpu_pipe_security *security, const struct pvgpu_log *log);
void pvgpu_pipe_security_finish(struct pvgpu_pipe_security *security);

/*
 * Takes the lock of a pipe: a file in the user's temporary folder that says which process listens, is open as long as
 * it does, and vanishes with it however it ends. `name` is the part of `path` after \\.\pipe\.
 * False when another process holds it: logged with that process's id. When the file cannot be made for other reasons
 * that is logged, *lock is INVALID_HANDLE_VALUE and the answer true: exclusive is what the pipe's first-instance flag
 * makes it, the lock only gives the holder a name.
 */
bool pvgpu_pipe_lock_take(HANDLE *lock, const char *path, const char *name, const struct pvgpu_log *log);

/* INVALID_HANDLE_VALUE is fine. */
void pvgpu_pipe_lock_release(HANDLE lock);

#endif
