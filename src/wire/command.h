/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What is known of a command before it is executed: name and sizes, from wire/commands.inc. Pure; any thread. */
#ifndef PVGPU_WIRE_COMMAND_H
#define PVGPU_WIRE_COMMAND_H

#include "pvgpu/protocol.h"

#include <stdbool.h>

/* Dense numbers, in the order of the table; for handler tables and statistics. */
enum pvgpu_command_index {
#define PVGPU_COMMAND(NAME, name, struct_name, least) PVGPU_INDEX_##NAME,
#include "wire/commands.inc"
#undef PVGPU_COMMAND
    PVGPU_COMMAND_COUNT
};

struct pvgpu_command_info {
    uint32_t opcode; /* enum pvgpu_opcode */
    const char *name; /* "CREATE_RESOURCE" */
    uint16_t least; /* bytes: smallest size */
    uint16_t full; /* bytes: size of the layout */
};

/* By dense number, below PVGPU_COMMAND_COUNT. */
const struct pvgpu_command_info *pvgpu_command_info(uint32_t index);

/* The dense number of an opcode, or -1 for opcodes that 1.0 does not know. */
int pvgpu_command_find(uint32_t opcode);

/* The largest layout of the table: what reading a short command has to clear at most. */
#define PVGPU_COMMAND_LARGEST_LAYOUT 1024u

#endif
