/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Reading words that the host writes: each once, and before whatever is read after it. */
#ifndef PVGPU_GUEST_SHARED_WORDS_H
#define PVGPU_GUEST_SHARED_WORDS_H

#include <stdint.h>

static inline uint32_t load32(const uint32_t *word)
{
    return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

static inline uint64_t load64(const uint64_t *word)
{
    return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

#endif
