/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * MD5's compression function (RFC 1321), without its padding rule: DXBC containers use the rounds of MD5 but arrange
 * the last blocks in a way of their own (wire/dxbc.c). Detects damage; protects against nobody. Pure; any thread.
 */
#ifndef PVGPU_WIRE_MD5_H
#define PVGPU_WIRE_MD5_H

#include <stdint.h>

#define PVGPU_MD5_BLOCK_BYTES 64u
#define PVGPU_MD5_DIGEST_BYTES 16u

struct pvgpu_md5 {
    uint32_t words[4]; /* the digest is these, little-endian, once every block went in */
};

void pvgpu_md5_init(struct pvgpu_md5 *md5);

/* Takes in 64 bytes; any alignment. */
void pvgpu_md5_block(struct pvgpu_md5 *md5, const uint8_t *block);

/* Writes the state out as 16 bytes. */
void pvgpu_md5_digest(const struct pvgpu_md5 *md5, uint8_t digest[PVGPU_MD5_DIGEST_BYTES]);

#endif
