/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "os/random.h"

#include "base/time.h"
#include "os/win32/windows_lean.h"

#include <bcrypt.h>

void pvgpu_random_fill(void *bytes, size_t size)
{
    if (BCryptGenRandom(NULL, bytes, (ULONG)size, BCRYPT_USE_SYSTEM_PREFERRED_RNG) == 0)
        return;
    uint64_t state = pvgpu_time_now_ns() ^ (uint64_t)(uintptr_t)bytes;
    for (size_t i = 0; i < size; i++) {
        state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        ((uint8_t *)bytes)[i] = (uint8_t)(state >> 56);
    }
}
