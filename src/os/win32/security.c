/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "os/win32/security.h"

#include <sddl.h>
#include <wchar.h>

/* A SID as text is at most 184 characters long: S-1-, an authority, and 15 numbers of 32 bits. */
#define SDDL_CHARACTERS 256

/* The user of this process as S-1-..., from the local heap; NULL on failure, GetLastError tells. */
static wchar_t *user_sid(void)
{
    HANDLE token;
    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token))
        return NULL;
    /* Aligned for the structure that the system puts at its start. */
    _Alignas(TOKEN_USER) unsigned char buffer[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
    DWORD size = 0;
    wchar_t *text = NULL;
    if (GetTokenInformation(token, TokenUser, buffer, sizeof(buffer), &size) &&
        !ConvertSidToStringSidW(((const TOKEN_USER *)(const void *)buffer)->User.Sid, &text))
        text = NULL;
    DWORD reason = GetLastError();
    CloseHandle(token);
    SetLastError(reason);
    return text;
}

PSECURITY_DESCRIPTOR pvgpu_security_create(const wchar_t *rights, const struct pvgpu_log *log)
{
    PSECURITY_DESCRIPTOR descriptor = NULL;
    wchar_t *sid = user_sid();
    if (!sid) {
        pvgpu_error(log, "Cannot tell the user of this process: error %lu", GetLastError());
        return NULL;
    }
    wchar_t text[SDDL_CHARACTERS];
    /* Protected: nothing is inherited. SY is SYSTEM. */
    int length = swprintf(text, SDDL_CHARACTERS, L"D:P(A;;%ls;;;%ls)(A;;%ls;;;SY)", rights, sid, rights);
    LocalFree(sid);
    if (length < 0 || !ConvertStringSecurityDescriptorToSecurityDescriptorW(text, SDDL_REVISION_1, &descriptor, NULL)) {
        pvgpu_error(log, "Cannot make a security descriptor: error %lu", GetLastError());
        return NULL;
    }
    return descriptor;
}
