/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * DXBC: the container that carries a compiled shader. A driver trusts the offsets in it, a guest writes them, so
 * everything that says where something lies, how much there is of it or what it is gets checked here before a driver
 * sees the bytes: header, checksum, chunk table, signatures, and every token of the program (dxbc_program.h). The rules
 * are those of dxbc_rules.inc; docs/shaders.md explains them.
 *
 * All functions are pure and work on the host's own copy of the bytes, which the guest can no longer change. Nothing
 * is allocated: what the check returns points into those bytes and lives as long as they do. Any thread.
 *
 * Layouts are those that the Direct3D documentation and the published container parsers agree on.
 */
#ifndef PVGPU_WIRE_DXBC_H
#define PVGPU_WIRE_DXBC_H

#include "pvgpu/protocol.h"

#include <stdbool.h>

#define PVGPU_DXBC_MAX_BYTES 0x100000u /* 1 MiB: large real shaders are a tenth of it */
#define PVGPU_DXBC_MAX_CHUNKS 64u /* compilers write five to nine */
#define PVGPU_DXBC_MAX_ELEMENTS 128u /* of a signature: 32 registers of four components */
#define PVGPU_DXBC_MAX_REGISTERS 32u /* that a signature can name */
#define PVGPU_DXBC_MAX_NAME_CHARS 255u /* of a semantic name, without the NUL; keeps the work per element bounded */
#define PVGPU_DXBC_NO_REGISTER 0xFFFFFFFFu /* element that has no register of its own, such as SV_Depth */

/* Every way in which a shader can be refused. PVGPU_DXBC_OK is 0: it is not. */
#define PVGPU_DXBC_RULE(name, text, source) PVGPU_DXBC_##name,
enum pvgpu_dxbc_rule {
    PVGPU_DXBC_OK,
#include "wire/dxbc_rules.inc"
    PVGPU_DXBC_RULE_END
};
#undef PVGPU_DXBC_RULE

/* Rules are 1 to this; PVGPU_DXBC_OK is none of them. */
#define PVGPU_DXBC_RULE_COUNT ((uint32_t)PVGPU_DXBC_RULE_END - 1)

/* What is wrong, in English; where the rule is from; its name in dxbc_rules.inc. Static. NULL for what is no rule. */
const char *pvgpu_dxbc_rule_text(enum pvgpu_dxbc_rule rule);
const char *pvgpu_dxbc_rule_source(enum pvgpu_dxbc_rule rule);
const char *pvgpu_dxbc_rule_name(enum pvgpu_dxbc_rule rule);

/* D3D_REGISTER_COMPONENT_TYPE. */
enum pvgpu_dxbc_component {
    PVGPU_DXBC_COMPONENT_UNKNOWN = 0,
    PVGPU_DXBC_COMPONENT_UINT = 1,
    PVGPU_DXBC_COMPONENT_SINT = 2,
    PVGPU_DXBC_COMPONENT_FLOAT = 3,
};

/* The elements that a shader reads or writes by name. Filled by pvgpu_dxbc_check; count 0 if the chunk is absent. */
struct pvgpu_dxbc_signature {
    const uint8_t *chunk; /* the chunk's data, inside the container; NULL: absent */
    uint32_t chunk_bytes;
    uint32_t first; /* bytes from the start of the chunk's data to the first element */
    uint32_t stride; /* bytes of an element */
    uint32_t name_at; /* bytes from the start of an element to its name offset; before it there may be a stream */
    uint32_t count; /* elements */
};

struct pvgpu_dxbc_element {
    const char *name; /* NUL-terminated, at least one character; as the shader spells it; points into the container */
    uint32_t semantic_index;
    uint32_t system_value; /* D3D_NAME; 0: none */
    uint32_t component; /* enum pvgpu_dxbc_component */
    uint32_t reg; /* 0 to 31, or PVGPU_DXBC_NO_REGISTER */
    uint32_t stream; /* geometry shader outputs: 0 to 3; else 0 */
    uint8_t mask; /* components that the element has: bit 0 x to bit 3 w */
    uint8_t used_mask; /* inputs: components that are read; outputs: components that are never written */
};

/* What a program wants of the stages beside it. 0 where the stage has no such thing, or the program does not say. */
struct pvgpu_dxbc_needs {
    uint32_t primitive; /* geometry: D3D10_SB_PRIMITIVE, 1 point to 7 triangle with adjacency, 8 to 39 patches */
    uint32_t control_points_in; /* hull: of the patches it takes; domain: of those from the hull shader */
    uint32_t control_points_out; /* hull */
    uint32_t domain; /* hull, domain: D3D11_SB_TESSELLATOR_DOMAIN, 1 isoline, 2 triangle, 3 quad */
    uint32_t tess_output; /* hull: D3D11_SB_TESSELLATOR_OUTPUT_PRIMITIVE, 1 point, 2 line, 3 and 4 triangle */
};

struct pvgpu_dxbc {
    enum pvgpu_stage stage;
    uint32_t major, minor; /* shader model: 4.0, 4.1 or 5.0 */
    struct pvgpu_dxbc_signature inputs;
    struct pvgpu_dxbc_signature outputs;
    struct pvgpu_dxbc_signature patch_constants; /* hull shaders write them, domain shaders read them */
    struct pvgpu_dxbc_needs needs;
};

/*
 * Checks a container for a stage. Returns PVGPU_DXBC_OK and fills *out, or says which rule is broken and leaves *out
 * alone. `stage` is below PVGPU_STAGE_COUNT (the caller has checked it); bytes may be NULL only if size is 0. Needs some
 * 64 KiB of stack.
 */
enum pvgpu_dxbc_rule pvgpu_dxbc_check(const uint8_t *bytes, size_t size, enum pvgpu_stage stage,
                                      struct pvgpu_dxbc *out);

/* Whether two semantic names are the same: their case does not count. */
bool pvgpu_dxbc_names_match(const char *a, const char *b);

/* Element `index` of a signature that pvgpu_dxbc_check has filled. False: there are not that many. */
bool pvgpu_dxbc_signature_element(const struct pvgpu_dxbc_signature *signature, uint32_t index,
                                  struct pvgpu_dxbc_element *element);

/*
 * The first element with that name and semantic index; as in HLSL, ASCII letters match whatever their case. False if
 * there is none. `element` may be NULL.
 */
bool pvgpu_dxbc_signature_find(const struct pvgpu_dxbc_signature *signature, const char *name, uint32_t semantic_index,
                               struct pvgpu_dxbc_element *element);

#define PVGPU_DXBC_CHECKSUM_AT 4u /* bytes from the start of a container to its checksum */
#define PVGPU_DXBC_CHECKSUM_BYTES 16u

/* The checksum that a container of that size must carry. size is at least 20; the first 20 bytes do not enter it. */
void pvgpu_dxbc_checksum(const uint8_t *bytes, size_t size, uint8_t checksum[PVGPU_DXBC_CHECKSUM_BYTES]);

#endif
