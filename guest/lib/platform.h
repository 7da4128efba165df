/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The few services the guest side needs from its operating system, on Linux (also static, as in an initramfs) and on
 * Windows through mingw. All functions are safe in any thread.
 */
#ifndef PVGPU_GUEST_PLATFORM_H
#define PVGPU_GUEST_PLATFORM_H

#include <inttypes.h>
#include <stdint.h>

#ifdef _WIN32
/* C99 conversions (%llu, %zu) and not those of an old msvcrt. */
#define PVGPU_PRINTF(format_at, args_at) __attribute__((format(gnu_printf, format_at, args_at)))
#else
#define PVGPU_PRINTF(format_at, args_at) __attribute__((format(printf, format_at, args_at)))
#endif

/* Monotonic clock, ns; the origin is arbitrary. */
uint64_t pvgpu_platform_now_ns(void);

/* Gives up the processor for about `ns`; may return early. On Windows at least one scheduler tick unless 0. */
void pvgpu_platform_sleep_ns(uint64_t ns);

/* One line on stderr with the library's prefix. */
void pvgpu_platform_log(const char *format, ...) PVGPU_PRINTF(1, 2);

/* Tells the processor that this is a spin loop. */
static inline void pvgpu_platform_relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#else
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
#endif
}

#endif
