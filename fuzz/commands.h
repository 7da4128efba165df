/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Inputs that mean commands. An input is a head and then records of 16 bytes, each of them one call of the guest's
 * encoder about a small world (commands_world.c): what a record says is right by itself, unless the record asks for one
 * word of the finished command to be spoilt. Because records have one size, a mutator can move whole commands about.
 */
#ifndef PVGPU_FUZZ_COMMANDS_H
#define PVGPU_FUZZ_COMMANDS_H

#include "pvgpu/guest.h"

#define COMMANDS_RECORD_BYTES 16u
#define COMMANDS_PARAMETERS 12u

/* What a record does. The order is part of what seeds mean: new ones go to the end. */
enum commands_kind {
    COMMANDS_CREATE_RESOURCE, /* which of the world; a changed field */
    COMMANDS_CREATE_TARGET_VIEW, /* view, resource; format, mip, slices, dimension */
    COMMANDS_CREATE_DEPTH_VIEW,
    COMMANDS_CREATE_INPUT_VIEW,
    COMMANDS_CREATE_UNORDERED_VIEW,
    COMMANDS_CREATE_SHADER, /* which; by which of the two commands */
    COMMANDS_CREATE_LAYOUT, /* which; formats, slots and offsets */
    COMMANDS_CREATE_BLEND,
    COMMANDS_CREATE_RASTERIZER,
    COMMANDS_CREATE_DEPTH_STATE,
    COMMANDS_CREATE_SAMPLER,
    COMMANDS_DESTROY, /* type, which */
    COMMANDS_OPEN,
    COMMANDS_MAP, /* resource, subresource, mode, heap offset */
    COMMANDS_UNMAP,
    COMMANDS_UPDATE,
    COMMANDS_COPY,
    COMMANDS_COPY_REGION,
    COMMANDS_SET_TARGETS, /* count, views, depth view */
    COMMANDS_SET_VIEWPORT,
    COMMANDS_SET_SCISSOR,
    COMMANDS_SET_BLEND,
    COMMANDS_SET_RASTERIZER,
    COMMANDS_SET_DEPTH_STATE,
    COMMANDS_SET_SHADER, /* which shader, for its own stage */
    COMMANDS_SET_SAMPLER,
    COMMANDS_SET_CONSTANTS,
    COMMANDS_SET_VERTICES,
    COMMANDS_SET_INDICES,
    COMMANDS_SET_LAYOUT,
    COMMANDS_SET_TOPOLOGY,
    COMMANDS_SET_INPUTS,
    COMMANDS_SET_UNORDERED,
    COMMANDS_DRAW, /* which of the four draws */
    COMMANDS_DISPATCH,
    COMMANDS_CLEAR_TARGET,
    COMMANDS_CLEAR_DEPTH,
    COMMANDS_FENCE, /* how far the value rises */
    COMMANDS_PRESENT,
    COMMANDS_FLUSH,
    COMMANDS_WAIT_FENCE,
    COMMANDS_RESIZE,
    COMMANDS_ANY_OPCODE, /* an opcode of the table, over the record's own bytes */
    /* Not commands: these are about the guest's memory and about the host. */
    COMMANDS_HEAP_WORD, /* where, value */
    COMMANDS_SPOIL_SHADER, /* a word of a shader, its checksum put right again */
    COMMANDS_HOST_TROUBLE, /* out of memory at the next creation, no read-backs, a GPU that is busy */
    COMMANDS_RUN, /* publish what was encoded so far */
    COMMANDS_RESET, /* the guest resets the device */
    COMMANDS_KINDS
};

/* One record. The layout is what seeds are made of. */
struct commands_record {
    uint8_t kind; /* enum commands_kind, modulo its number */
    uint8_t spoil; /* below COMMANDS_SPOIL: as it is; above: how a word of the command is changed */
    uint8_t spoilt_word; /* which, modulo the words of the command */
    uint8_t spoilt_value;
    uint8_t parameters[COMMANDS_PARAMETERS];
};
_Static_assert(sizeof(struct commands_record) == COMMANDS_RECORD_BYTES, "as described above");
#define COMMANDS_SPOIL 0xE0u

/* First record of every input. */
struct commands_head {
    uint8_t options; /* COMMANDS_WORLD and others */
    uint8_t encoder_options; /* PVGPU_ENCODE_* */
    uint8_t reserved[14];
};
_Static_assert(sizeof(struct commands_head) == COMMANDS_RECORD_BYTES, "as described above");
#define COMMANDS_WORLD 0x1u /* every object of the world exists before the first record */
#define COMMANDS_BOUND 0x2u /* and a draw is possible */
#define COMMANDS_TIGHT 0x4u /* limits that the world nearly reaches */

/* ---- The world (commands_world.c) -------------------------------------------------------------------------------- */

#define WORLD_RESOURCES 40u
#define WORLD_SHADERS 11u
#define WORLD_NAMES 8u
#define WORLD_OBJECTS_OF_KIND 16u /* of everything but resources */

/* First id of each kind; an object's id is that plus its number. */
enum world_ids {
    WORLD_RESOURCE = 1,
    WORLD_TARGET_VIEW = WORLD_RESOURCE + WORLD_RESOURCES,
    WORLD_DEPTH_VIEW = WORLD_TARGET_VIEW + WORLD_OBJECTS_OF_KIND,
    WORLD_INPUT_VIEW = WORLD_DEPTH_VIEW + WORLD_OBJECTS_OF_KIND,
    WORLD_UNORDERED_VIEW = WORLD_INPUT_VIEW + WORLD_OBJECTS_OF_KIND,
    WORLD_SHADER = WORLD_UNORDERED_VIEW + WORLD_OBJECTS_OF_KIND,
    WORLD_LAYOUT = WORLD_SHADER + WORLD_OBJECTS_OF_KIND,
    WORLD_BLEND = WORLD_LAYOUT + WORLD_OBJECTS_OF_KIND,
    WORLD_RASTERIZER = WORLD_BLEND + WORLD_OBJECTS_OF_KIND,
    WORLD_DEPTH_STATE = WORLD_RASTERIZER + WORLD_OBJECTS_OF_KIND,
    WORLD_SAMPLER = WORLD_DEPTH_STATE + WORLD_OBJECTS_OF_KIND,
    WORLD_OPENED = WORLD_SAMPLER + WORLD_OBJECTS_OF_KIND,
    WORLD_ID_END = WORLD_OPENED + WORLD_OBJECTS_OF_KIND
};

/* The heap: semantic names, shaders, data. */
#define WORLD_HEAP_BYTES 0x40000u
#define WORLD_HEAP_NAMES 0x100u
#define WORLD_HEAP_NAME_STRIDE 0x20u
#define WORLD_HEAP_SHADERS 0x1000u
#define WORLD_HEAP_SHADER_STRIDE 0x2000u
#define WORLD_HEAP_DATA (WORLD_HEAP_SHADERS + WORLD_SHADERS * WORLD_HEAP_SHADER_STRIDE)

struct world_shader {
    const uint8_t *bytes;
    uint32_t size;
    enum pvgpu_stage stage;
};

extern const struct pvgpu_cmd_create_resource world_resources[WORLD_RESOURCES]; /* without header and data */
extern const struct world_shader world_shaders[WORLD_SHADERS];

void world_fill_heap(uint8_t *heap);
/* The number'th resource that has one of the bind bits, counted around. */
uint32_t world_resource_with(uint32_t bind, uint32_t number);
/* A format that a view with this bind bit can have: one of the typed ones where the resource is typeless, else 0. */
uint32_t world_view_format(const struct pvgpu_cmd_create_resource *resource, uint32_t bind, uint32_t number);
/* The dimension that fits a resource, in the numbers of the view with this bind bit; whole: not just a slice. */
uint32_t world_view_dimension(const struct pvgpu_cmd_create_resource *resource, uint32_t bind, bool whole);

/* ---- From records to commands (commands.c) ----------------------------------------------------------------------- */

struct commands_maker {
    struct pvgpu_encoder *encoder;
    uint64_t fence; /* last value given out */
};

/* Encodes what a record says; nothing for kinds that are no commands. The encoder must have room for the longest. */
void commands_encode(struct commands_maker *maker, const struct commands_record *record);

/* Encodes the whole world. */
void commands_encode_world(struct commands_maker *maker);

/* Binds what a draw needs. */
void commands_encode_bindings(struct commands_maker *maker);

#endif
