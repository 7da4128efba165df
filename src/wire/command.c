/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "wire/command.h"

#define PVGPU_COMMAND(NAME, name, struct_name, least) \
    _Static_assert(sizeof(struct pvgpu_cmd_##struct_name) <= PVGPU_COMMAND_LARGEST_LAYOUT, #NAME); \
    _Static_assert((least) <= sizeof(struct pvgpu_cmd_##struct_name) && (least) % 4 == 0, #NAME);
#include "wire/commands.inc"
#undef PVGPU_COMMAND

static const struct pvgpu_command_info infos[PVGPU_COMMAND_COUNT] = {
#define PVGPU_COMMAND(NAME, name, struct_name, least) \
    [PVGPU_INDEX_##NAME] = {PVGPU_##NAME, #NAME, least, sizeof(struct pvgpu_cmd_##struct_name)},
#include "wire/commands.inc"
#undef PVGPU_COMMAND
};

/* Opcodes lie in four blocks (objects, state, drawing, synchronisation) of at most 64. */
#define BLOCKS 4
#define BLOCK_SIZE 64

static const uint8_t find[BLOCKS][BLOCK_SIZE] = {
#define PVGPU_COMMAND(NAME, name, struct_name, least) [PVGPU_##NAME >> 8][PVGPU_##NAME & 0xFF] = PVGPU_INDEX_##NAME + 1,
#include "wire/commands.inc"
#undef PVGPU_COMMAND
};

const struct pvgpu_command_info *pvgpu_command_info(uint32_t index)
{
    return &infos[index];
}

int pvgpu_command_find(uint32_t opcode)
{
    if (opcode >> 8 >= BLOCKS || (opcode & 0xFF) >= BLOCK_SIZE)
        return -1;
    return find[opcode >> 8][opcode & 0xFF] - 1;
}
