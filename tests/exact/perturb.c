/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "perturb.h"

#include <stdlib.h>
#include <string.h>

#include "pvgpu/protocol.h"

bool perturb_parse(struct perturb *perturb, const char *text)
{
    char *end;
    *perturb = (struct perturb){.opcode = (uint32_t)strtoul(text, &end, 0)};
    if (*end != ':')
        return false;
    perturb->offset = (uint32_t)strtoul(end + 1, &end, 0);
    if (*end != ':')
        return false;
    perturb->mask = (uint32_t)strtoul(end + 1, &end, 0);
    return *end == 0 && perturb->opcode != 0;
}

bool perturb_has_seen(const struct perturb *perturb, uint32_t opcode)
{
    return opcode >> 8 < 4 && (opcode & 0xFF) < 64 && perturb->seen[opcode >> 8] >> (opcode & 0xFF) & 1;
}

void perturb_apply(struct perturb *perturb, uint8_t *commands, size_t bytes)
{
    struct pvgpu_command_header header;
    for (size_t at = 0; at + sizeof(header) <= bytes;) {
        memcpy(&header, commands + at, sizeof(header));
        if (header.opcode >> 8 < 4 && (header.opcode & 0xFF) < 64)
            perturb->seen[header.opcode >> 8] |= UINT64_C(1) << (header.opcode & 0xFF);
        uint32_t word;
        if (perturb->opcode && header.opcode == perturb->opcode && perturb->offset + sizeof(word) <= header.size &&
            at + header.size <= bytes) {
            memcpy(&word, commands + at + perturb->offset, sizeof(word));
            word ^= perturb->mask;
            memcpy(commands + at + perturb->offset, &word, sizeof(word));
            perturb->changed++;
        }
        /* From the size that the encoder wrote: a changed one must not lead astray here. */
        at += (header.size + PVGPU_COMMAND_ALIGNMENT - 1) & ~(size_t)(PVGPU_COMMAND_ALIGNMENT - 1);
    }
}
