/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "wire/md5.h"

#include "base/bytes.h"

/* RFC 1321: the integer part of 2^32 * |sin(i + 1)|. */
static const uint32_t sines[64] = {
    0xd76aa478u, 0xe8c7b756u, 0x242070dbu, 0xc1bdceeeu, 0xf57c0fafu, 0x4787c62au, 0xa8304613u, 0xfd469501u,
    0x698098d8u, 0x8b44f7afu, 0xffff5bb1u, 0x895cd7beu, 0x6b901122u, 0xfd987193u, 0xa679438eu, 0x49b40821u,
    0xf61e2562u, 0xc040b340u, 0x265e5a51u, 0xe9b6c7aau, 0xd62f105du, 0x02441453u, 0xd8a1e681u, 0xe7d3fbc8u,
    0x21e1cde6u, 0xc33707d6u, 0xf4d50d87u, 0x455a14edu, 0xa9e3e905u, 0xfcefa3f8u, 0x676f02d9u, 0x8d2a4c8au,
    0xfffa3942u, 0x8771f681u, 0x6d9d6122u, 0xfde5380cu, 0xa4beea44u, 0x4bdecfa9u, 0xf6bb4b60u, 0xbebfbc70u,
    0x289b7ec6u, 0xeaa127fau, 0xd4ef3085u, 0x04881d05u, 0xd9d4d039u, 0xe6db99e5u, 0x1fa27cf8u, 0xc4ac5665u,
    0xf4292244u, 0x432aff97u, 0xab9423a7u, 0xfc93a039u, 0x655b59c3u, 0x8f0ccc92u, 0xffeff47du, 0x85845dd1u,
    0x6fa87e4fu, 0xfe2ce6e0u, 0xa3014314u, 0x4e0811a1u, 0xf7537e82u, 0xbd3af235u, 0x2ad7d2bbu, 0xeb86d391u,
};

/* Rotations repeat every four steps, and differ between the four rounds. */
static const uint8_t rotations[4][4] = {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};

static uint32_t rotate_left(uint32_t value, unsigned bits)
{
    return value << bits | value >> (32 - bits);
}

void pvgpu_md5_init(struct pvgpu_md5 *md5)
{
    *md5 = (struct pvgpu_md5){{0x67452301u, 0xefcdab89u, 0x98badcfeu, 0x10325476u}};
}

void pvgpu_md5_block(struct pvgpu_md5 *md5, const uint8_t *block)
{
    uint32_t input[16];
    for (unsigned i = 0; i < 16; i++)
        input[i] = pvgpu_read_u32(block + 4 * i);

    uint32_t a = md5->words[0], b = md5->words[1], c = md5->words[2], d = md5->words[3];
    for (unsigned step = 0; step < 64; step++) {
        uint32_t mixed;
        unsigned word;
        switch (step / 16) {
        case 0:
            mixed = (b & c) | (~b & d);
            word = step;
            break;
        case 1:
            mixed = (b & d) | (c & ~d);
            word = 5 * step + 1;
            break;
        case 2:
            mixed = b ^ c ^ d;
            word = 3 * step + 5;
            break;
        default:
            mixed = c ^ (b | ~d);
            word = 7 * step;
            break;
        }
        uint32_t sum = a + mixed + sines[step] + input[word % 16];
        a = d;
        d = c;
        c = b;
        b += rotate_left(sum, rotations[step / 16][step % 4]);
    }
    md5->words[0] += a;
    md5->words[1] += b;
    md5->words[2] += c;
    md5->words[3] += d;
}

void pvgpu_md5_digest(const struct pvgpu_md5 *md5, uint8_t digest[PVGPU_MD5_DIGEST_BYTES])
{
    for (unsigned i = 0; i < PVGPU_MD5_DIGEST_BYTES; i++)
        digest[i] = (uint8_t)(md5->words[i / 4] >> (8 * (i % 4)));
}
