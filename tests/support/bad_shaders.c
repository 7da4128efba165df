/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Bad shaders whose program is wrong. Signatures are those of dxbc_signatures_of. */
#include "bad_shaders.h"
#include "dxbc_builder.h"

#include <stdlib.h>
#include <string.h>

#define COUNT(array) ((uint32_t)(sizeof(array) / sizeof((array)[0])))

struct row {
    enum pvgpu_dxbc_rule rule;
    const char *detail;
    enum pvgpu_stage stage;
    uint32_t model;
    const uint32_t *tokens;
    uint32_t count;
};

#define ROW(name, detail, stage, model, ...) \
    {PVGPU_DXBC_##name, detail, PVGPU_STAGE_##stage, model, (const uint32_t[]){__VA_ARGS__}, DXBC_COUNT(__VA_ARGS__)}

/* Declarations that come before. */
#define VS \
    I(DCL_INPUT, MASK(INPUT, 0xF, 1), 0), I(DCL_INPUT_SGV, MASK(INPUT, 0x1, 1), 1, 6), I(DCL_OUTPUT_SIV, O(0), 1), \
        I(DCL_OUTPUT, MASK(OUTPUT, 0x7, 1), 1), TEMPS(2), DCL_CB(1, 4), I(DCL_INDEXABLE_TEMP, 0, 4, 4)
#define PS \
    IB(DCL_INPUT_PS_SIV, 4, MASK(INPUT, 0x3, 1), 0, 1), IB(DCL_INPUT_PS, 2, MASK(INPUT, 0xF, 1), 1), \
        I(DCL_OUTPUT, O(0)), TEMPS(2), DCL_S(0, 0), DCL_T(0, TEXTURE2D)
#define CS DCL_GROUP(8, 8, 1), TEMPS(2)
#define GS_STATE NB(DCL_GS_INPUT, 3), NB(DCL_GS_OUTPUT, 5), I(DCL_MAX_OUT, 3)
#define GS I(DCL_INPUT_SIV, MASK(INPUT, 0xF, 2), 3, 0, 1), I(DCL_OUTPUT_SIV, O(0), 1), TEMPS(2), GS_STATE
#define HS_STATE(in, out, domain, partitioning, output) \
    N(HS_DECLS), NB(DCL_INPUT_CONTROL_POINTS, in), NB(DCL_OUTPUT_CONTROL_POINTS, out), NB(DCL_TESS_DOMAIN, domain), \
        NB(DCL_TESS_PARTITIONING, partitioning), NB(DCL_TESS_OUTPUT, output)
#define HS HS_STATE(3, 3, 2, 1, 3)
#define HS_POINT \
    N(HS_CONTROL_POINT_PHASE), I(DCL_INPUT, BARE(CONTROL_POINT_ID, 0)), I(DCL_INPUT, MASK(INPUT, 0xF, 2), 3, 0), \
        I(DCL_OUTPUT, O(0)), I(MOV, O(0), SWIZZLE(INPUT, XYZW, 2), 2, 0), N(RET)
#define HS_FACTOR(i, value) I(DCL_OUTPUT_SIV, MASK(OUTPUT, 1, 1), i, value)
#define HS_FACTORS HS_FACTOR(0, 17), HS_FACTOR(1, 18), HS_FACTOR(2, 19), HS_FACTOR(3, 20)
#define HS_FORK N(HS_FORK_PHASE), HS_FACTORS, I(MOV, MASK(OUTPUT, 1, 1), 0, IMM(0x3F800000)), N(RET)
#define DS NB(DCL_TESS_DOMAIN, 2), I(DCL_INPUT, MASK(CONTROL_POINT_IN, 0xF, 2), 3, 0), I(DCL_OUTPUT_SIV, O(0), 1)

#define IF I(IF, RX(0))

static const struct row rows[] = {
    /* The program as a whole. */
    ROW(NO_END, "nothing", VERTEX, 50, VS),
    ROW(NO_END, "no ret", VERTEX, 50, VS, I(MOV, RD(0), R(1))),
    ROW(NO_END, "ret inside", VERTEX, 50, VS, IF, N(RET), N(ENDIF)),
    ROW(NO_END, "a function", VERTEX, 50, VS, N(RET), I(LABEL, LABEL(0))),
    ROW(NO_END, "a label before ret", VERTEX, 50, VS, I(LABEL, LABEL(0)), N(RET)),
    ROW(NO_END, "a phase", HULL, 50, HS, HS_POINT, N(HS_FORK_PHASE), HS_FACTORS, N(HS_FORK_PHASE), N(RET)),
    ROW(AFTER_END, "ret", VERTEX, 50, VS, N(RET), N(RET)),
    ROW(AFTER_END, "a declaration", VERTEX, 50, VS, N(RET), TEMPS(1)),

    /* Instructions. */
    ROW(INSTRUCTION_LENGTH, "0", VERTEX, 50, VS, PVGPU_DXBC_OP_RET),
    ROW(INSTRUCTION_LENGTH, "beyond", VERTEX, 50, VS, N(RET), PVGPU_DXBC_OP_NOP | 2u << 24),
    ROW(INSTRUCTION_LENGTH, "data of 1", VERTEX, 50, VS, N(RET), PVGPU_DXBC_OP_CUSTOMDATA, 1),
    ROW(INSTRUCTION_LENGTH, "data without length", VERTEX, 50, VS, N(RET), PVGPU_DXBC_OP_CUSTOMDATA),
    ROW(INSTRUCTION_LENGTH, "data beyond", VERTEX, 50, VS, N(RET), PVGPU_DXBC_OP_CUSTOMDATA, 0xFFFFFFFF),
    ROW(INSTRUCTION_OVERRUN, "operand", VERTEX, 50, VS, I(MOV, RD(0)), N(RET)),
    ROW(INSTRUCTION_OVERRUN, "index", VERTEX, 50, VS, I(MOV, RD(0), SWIZZLE(TEMP, XYZW, 1)), N(RET)),
    ROW(INSTRUCTION_OVERRUN, "immediate", VERTEX, 50, VS, I(MOV, RD(0), TOKEN(IMMEDIATE, 0, 2, 1, 0), 1, 2, 3), N(RET)),
    ROW(INSTRUCTION_OVERRUN, "extended token", VERTEX, 50, VS, N(MOV) | EXTENDED, N(RET)),
    ROW(INSTRUCTION_OVERRUN, "declaration", VERTEX, 50, VS, N(DCL_TEMPS), N(RET)),
    ROW(INSTRUCTION_REST, "mov", VERTEX, 50, VS, I(MOV, RD(0), R(1), 0), N(RET)),
    ROW(INSTRUCTION_REST, "ret", VERTEX, 50, VS, I(RET, 0)),
    ROW(INSTRUCTION_REST, "a declaration", VERTEX, 50, I(DCL_TEMPS, 1, 1), N(RET)),
    ROW(OPCODE_UNKNOWN, "107", VERTEX, 50, VS, 107 | 1u << 24, N(RET)),
    ROW(OPCODE_UNKNOWN, "debug break", VERTEX, 50, VS, 208 | 1u << 24, N(RET)),
    ROW(OPCODE_UNKNOWN, "tiled", VERTEX, 50, VS, 223 | 1u << 24, N(RET)),
    ROW(OPCODE_UNKNOWN, "2047", VERTEX, 50, VS, 2047 | 1u << 24, N(RET)),
    ROW(OPCODE_MODEL, "rcp", VERTEX, 41, VS, I(RCP, RD(0), R(1)), N(RET)),
    ROW(OPCODE_MODEL, "gather4", PIXEL, 40, PS, I(GATHER4, RD(0), V(1), T(0), S(0)), N(RET)),
    ROW(OPCODE_MODEL, "a view in a pixel shader", PIXEL, 41, PS, I(DCL_UAV_RAW, BARE(UAV, 1), 1), N(RET)),
    ROW(OPCODE_MODEL, "a cube array", PIXEL, 40, PS, DCL_T(1, TEXTURECUBEARRAY), N(RET)),
    ROW(OPCODE_STAGE, "a derivative", VERTEX, 50, VS, I(DERIV_RTX, RD(0), R(1)), N(RET)),
    ROW(OPCODE_STAGE, "discard", VERTEX, 50, VS, I(DISCARD, RX(0)), N(RET)),
    ROW(OPCODE_STAGE, "emit", PIXEL, 50, PS, N(EMIT), N(RET)),
    ROW(OPCODE_STAGE, "a thread group", VERTEX, 50, DCL_GROUP(1, 1, 1), N(RET)),
    ROW(OPCODE_STAGE, "a phase", VERTEX, 50, VS, N(RET), N(HS_FORK_PHASE)),
    ROW(OPCODE_STAGE, "a view", VERTEX, 50, I(DCL_UAV_RAW, BARE(UAV, 1), 0), N(RET)),
    ROW(OPCODE_INTERFACE, "dcl_interface", VERTEX, 50, I(DCL_INTERFACE, 0, 1, 0x10001, 0), N(RET)),
    ROW(OPCODE_INTERFACE, "dcl_function_table", VERTEX, 50, I(DCL_FUNCTION_TABLE, 0, 0xFFFFFFFF), N(RET)),
    ROW(OPCODE_INTERFACE, "dcl_function_body", VERTEX, 50, I(DCL_FUNCTION_BODY, 0xFFFFFFFF), N(RET)),
    ROW(OPCODE_INTERFACE, "fcall", VERTEX, 50, VS, I(INTERFACE_CALL, 0, 0), N(RET)),
    ROW(EXTENDED_OPCODE, "unknown", VERTEX, 50, VS, IX(MOV, 9, RD(0), R(1)), N(RET)),
    ROW(EXTENDED_OPCODE, "twice", PIXEL, 50, PS, IX(SAMPLE, 1 | EXTENDED, 1, RD(0), V(1), T(0), S(0)), N(RET)),
    ROW(EXTENDED_OFFSET, "mov", VERTEX, 50, VS, IX(MOV, 1, RD(0), R(1)), N(RET)),
    ROW(EXTENDED_OFFSET, "gather4_po", PIXEL, 50, PS, IX(GATHER4_PO, 1, RD(0), V(1), R(1), T(0), S(0)), N(RET)),
    ROW(EXTENDED_RESOURCE, "dimension", PIXEL, 50, PS, IX(SAMPLE, 2 | 13 << 6, RD(0), V(1), T(0), S(0)), N(RET)),
    ROW(EXTENDED_RESOURCE, "type", PIXEL, 50, PS, IX(SAMPLE, 3 | 0x5955 << 6, RD(0), V(1), T(0), S(0)), N(RET)),
    ROW(RESINFO_TYPE, "3", PIXEL, 50, PS, IB(RESINFO, 3, RD(0), IMM(0), T(0)), N(RET)),
    ROW(SATURATE, "an integer", VERTEX, 50, VS, IB(IADD, 4, RD(0), R(0), R(1)), N(RET)),
    ROW(SATURATE, "a load", VERTEX, 50, VS, I(DCL_RESOURCE_RAW, BARE(RESOURCE, 1), 0),
        IB(LD_RAW, 4, RD(0), RX(0), T(0)), N(RET)),
    ROW(SYNC_FLAGS, "none", COMPUTE, 50, CS, N(SYNC), N(RET)),
    ROW(SYNC_FLAGS, "both scopes", COMPUTE, 50, CS, NB(SYNC, 12), N(RET)),
    ROW(SYNC_FLAGS, "unknown", COMPUTE, 50, CS, NB(SYNC, 17), N(RET)),
    ROW(SYNC_FLAGS, "a group in a pixel shader", PIXEL, 50, PS, NB(SYNC, 9), N(RET)),
    ROW(DATA_CLASS, "6", VERTEX, 50, VS, PVGPU_DXBC_OP_CUSTOMDATA | 6u << 11, 2, N(RET)),

    /* Operands. */
    ROW(OPERAND_TYPE, "43", VERTEX, 50, VS, I(MOV, RD(0), 0x46 | 43 << 12), N(RET)),
    ROW(OPERAND_TYPE, "cycles", VERTEX, 50, VS, I(MOV, RD(0), 0x46 | 40 << 12), N(RET)),
    ROW(OPERAND_TYPE, "a constant written", VERTEX, 50, VS, I(MOV, MASK(CONSTANT_BUFFER, 0xF, 2), 1, 0, R(0)), N(RET)),
    ROW(OPERAND_TYPE, "an output read", VERTEX, 50, VS, I(MOV, RD(0), SWIZZLE(OUTPUT, XYZW, 1), 0), N(RET)),
    ROW(OPERAND_TYPE, "null written", VERTEX, 50, VS, I(MOV, NOWHERE, R(0)), N(RET)),
    ROW(OPERAND_TYPE, "a resource in add", PIXEL, 50, PS, I(ADD, RD(0), T(0), R(0)), N(RET)),
    ROW(OPERAND_TYPE, "a register as resource", PIXEL, 50, PS, I(SAMPLE, RD(0), V(1), R(0), S(0)), N(RET)),
    ROW(OPERAND_TYPE, "a register as sampler", PIXEL, 50, PS, I(SAMPLE, RD(0), V(1), T(0), R(0)), N(RET)),
    ROW(OPERAND_TYPE, "a double in add", VERTEX, 50, VS,
        I(ADD, RD(0), R(1), TOKEN(IMMEDIATE64, 0, 2, 1, 0), 0, 0, 0, 0), N(RET)),
    ROW(OPERAND_TYPE, "an output declared as input", VERTEX, 50, I(DCL_INPUT, O(0)), N(RET)),
    ROW(OPERAND_TYPE, "a temporary declared as input", VERTEX, 50, I(DCL_INPUT, RD(0)), N(RET)),
    ROW(OPERAND_TYPE, "a sampler declared as resource", PIXEL, 50, IB(DCL_RESOURCE, 3, BARE(SAMPLER, 1), 0, 0x5555),
        N(RET)),
    ROW(OPERAND_TYPE, "eval of a temporary", PIXEL, 50, PS, I(EVAL_CENTROID, RD(0), R(0)), N(RET)),
    ROW(OPERAND_TYPE, "a range of temporaries", VERTEX, 50, VS, I(DCL_INDEX_RANGE, RD(0), 2), N(RET)),
    ROW(OPERAND_STAGE, "depth in a vertex shader", VERTEX, 50, VS, I(MOV, SCALAR(DEPTH), RX(0)), N(RET)),
    ROW(OPERAND_STAGE, "a thread in a pixel shader", PIXEL, 50, PS, I(MOV, RD(0), SWIZZLE(THREAD_ID, XYZW, 0)), N(RET)),
    ROW(OPERAND_STAGE, "an input in a compute shader", COMPUTE, 50, CS, I(MOV, RD(0), V(0)), N(RET)),
    ROW(OPERAND_STAGE, "this", VERTEX, 50, VS, I(MOV, RD(0), SWIZZLE(THIS, XYZW, 2), 0, 0), N(RET)),
    ROW(OPERAND_STAGE, "fork id in a control point phase", HULL, 50, HS, N(HS_CONTROL_POINT_PHASE),
        I(DCL_INPUT, BARE(FORK_ID, 0)), N(RET)),
    ROW(OPERAND_STAGE, "input in a fork phase", HULL, 50, HS, HS_POINT, N(HS_FORK_PHASE), HS_FACTORS, TEMPS(1),
        I(MOV, RD(0), SWIZZLE(INPUT, XYZW, 2), 0, 0), N(RET)),
    ROW(OPERAND_COMPONENTS, "n", VERTEX, 50, VS, I(MOV, RD(0), TOKEN(TEMP, 1, 3, 1, 0), 0), N(RET)),
    ROW(OPERAND_COMPONENTS, "none", VERTEX, 50, VS, I(MOV, BARE(TEMP, 1), 0, R(0)), N(RET)),
    ROW(OPERAND_COMPONENTS, "a scalar register", VERTEX, 50, VS, I(MOV, RD(0), TOKEN(TEMP, 1, 1, 0, 0), 0), N(RET)),
    ROW(OPERAND_COMPONENTS, "an empty immediate", VERTEX, 50, VS, I(MOV, RD(0), TOKEN(IMMEDIATE, 0, 0, 0, 0)), N(RET)),
    ROW(OPERAND_COMPONENTS, "a resource", PIXEL, 50, PS, I(SAMPLE, RD(0), V(1), BARE(RESOURCE, 1), 0, S(0)), N(RET)),
    ROW(OPERAND_COMPONENTS, "a scalar sampler", PIXEL, 50, PS,
        I(SAMPLE, RD(0), V(1), T(0), TOKEN(SAMPLER, 1, 1, 0, 0), 0), N(RET)),
    ROW(OPERAND_COMPONENTS, "a declaration", VERTEX, 50, I(DCL_INPUT, BARE(INPUT, 1), 0), N(RET)),
    ROW(OPERAND_COMPONENTS, "null", VERTEX, 50, VS, I(SINCOS, NOWHERE | 2 | 1 << 4, RD(0), R(1)), N(RET)),
    ROW(OPERAND_COMPONENTS, "four of a case", VERTEX, 50, VS, I(SWITCH, RX(0)), I(CASE, IMM4(0, 0, 0, 0)), N(ENDSWITCH),
        N(RET)),
    ROW(OPERAND_SELECTION, "mode 3", VERTEX, 50, VS, I(MOV, RD(0), TOKEN(TEMP, 1, 2, 3, 0), 0), N(RET)),
    ROW(OPERAND_SELECTION, "a mask read", VERTEX, 50, VS, I(MOV, RD(0), RD(1)), N(RET)),
    ROW(OPERAND_SELECTION, "a swizzle written", VERTEX, 50, VS, I(MOV, R(0), R(1)), N(RET)),
    ROW(OPERAND_SELECTION, "nothing written", VERTEX, 50, VS, I(MOV, MASK(TEMP, 0, 1), 0, R(1)), N(RET)),
    ROW(OPERAND_SELECTION, "nothing declared", VERTEX, 50, I(DCL_INPUT, MASK(INPUT, 0, 1), 0), N(RET)),
    ROW(OPERAND_SELECTION, "a typed store of one", COMPUTE, 50, CS, DCL_U(0, BUFFER),
        I(STORE_UAV_TYPED, UD(0, 1), R(0), R(1)), N(RET)),
    ROW(OPERAND_SELECTION, "a raw store of y", COMPUTE, 50, CS, I(DCL_UAV_RAW, BARE(UAV, 1), 0),
        I(STORE_RAW, UD(0, 2), RX(0), R(1)), N(RET)),
    ROW(OPERAND_DIMENSION, "none", VERTEX, 50, VS, I(MOV, RD(0), SWIZZLE(TEMP, XYZW, 0)), N(RET)),
    ROW(OPERAND_DIMENSION, "two", VERTEX, 50, VS, I(MOV, RD(0), SWIZZLE(TEMP, XYZW, 2), 0, 0), N(RET)),
    ROW(OPERAND_DIMENSION, "three", VERTEX, 50, VS, I(MOV, RD(0), SWIZZLE(CONSTANT_BUFFER, XYZW, 3), 1, 0, 0), N(RET)),
    ROW(OPERAND_DIMENSION, "an immediate", VERTEX, 50, VS, I(MOV, RD(0), TOKEN(IMMEDIATE, 1, 1, 0, 0), 0, 0), N(RET)),
    ROW(OPERAND_DIMENSION, "one of a vertex", GEOMETRY, 50, GS, I(MOV, RD(0), V(0)), N(RET)),
    ROW(OPERAND_INDEX, "a relative temporary", VERTEX, 50, VS,
        I(MOV, RD(0), SWIZZLE(TEMP, XYZW, 1) | RELATIVE(0), RX(1)), N(RET)),
    ROW(OPERAND_INDEX, "64 bits", VERTEX, 50, VS, I(MOV, RD(0), SWIZZLE(TEMP, XYZW, 1) | 1u << 22, 0, 0), N(RET)),
    ROW(OPERAND_INDEX, "an unknown form", VERTEX, 50, VS, I(MOV, RD(0), SWIZZLE(ICB, XYZW, 1) | 7u << 22, 0), N(RET)),
    ROW(OPERAND_INDEX, "a relative buffer", VERTEX, 50, VS,
        I(MOV, RD(0), SWIZZLE(CONSTANT_BUFFER, XYZW, 2) | RELATIVE(0), RX(1), 0), N(RET)),
    ROW(OPERAND_INDEX, "a relative declaration", VERTEX, 50, TEMPS(1),
        I(DCL_INPUT, MASK(INPUT, 0xF, 1) | RELATIVE(0), RX(0)), N(RET)),
    ROW(OPERAND_EXTENDED, "unknown", VERTEX, 50, VS, I(MOV, RD(0), SWIZZLE(TEMP, XYZW, 1) | EXTENDED, 2, 0), N(RET)),
    ROW(OPERAND_EXTENDED, "two", VERTEX, 50, VS, I(MOV, RD(0), SWIZZLE(TEMP, XYZW, 1) | EXTENDED, 1 | EXTENDED, 1, 0),
        N(RET)),
    ROW(OPERAND_MODIFIER, "4", VERTEX, 50, VS, I(MOV, RD(0), SWIZZLE(TEMP, XYZW, 1) | EXTENDED, 1 | 4 << 6, 0), N(RET)),
    ROW(OPERAND_MODIFIER, "written", VERTEX, 50, VS, I(MOV, MASK(TEMP, 1, 1) | EXTENDED, 1 | 1 << 6, 0, R(0)), N(RET)),
    ROW(OPERAND_MODIFIER, "a resource", PIXEL, 50, PS,
        I(SAMPLE, RD(0), V(1), SWIZZLE(RESOURCE, XYZW, 1) | EXTENDED, 1 | 1 << 6, 0, S(0)), N(RET)),
    ROW(OPERAND_PRECISION, "3", VERTEX, 50, VS, I(MOV, RD(0), SWIZZLE(TEMP, XYZW, 1) | EXTENDED, 1 | 3 << 14, 0),
        N(RET)),
    ROW(OPERAND_PRECISION, "7", VERTEX, 50, VS, I(MOV, RD(0), SWIZZLE(TEMP, XYZW, 1) | EXTENDED, 1 | 7 << 14, 0),
        N(RET)),
    ROW(OPERAND_DOUBLE, "x written", VERTEX, 50, VS, I(DMOV, RDX(0), R(1)), N(RET)),
    ROW(OPERAND_DOUBLE, "yz written", VERTEX, 50, VS, I(DMOV, MASK(TEMP, 6, 1), 0, R(1)), N(RET)),
    ROW(OPERAND_DOUBLE, "x read", VERTEX, 50, VS, I(DMOV, RDXY(0), RX(1)), N(RET)),
    ROW(OPERAND_DOUBLE, "yx read", VERTEX, 50, VS, I(DMOV, RDXY(0), SWIZZLE(TEMP, 0xE1, 1), 1), N(RET)),
    ROW(OPERAND_DOUBLE, "three compared", VERTEX, 50, VS, I(DLT, MASK(TEMP, 7, 1), 0, R(1), R(1)), N(RET)),
    ROW(RESULTS, "none", VERTEX, 50, VS, I(IMUL, NOWHERE, NOWHERE, R(0), R(1)), N(RET)),
    ROW(CARRY, "umul", VERTEX, 50, VS, I(UMUL, RDX(0), NOWHERE, R(0), R(1)), N(RET)),
    ROW(CARRY, "imul", VERTEX, 50, VS, I(IMUL, RD(0), RD(1), R(0), R(1)), N(RET)),
    ROW(CARRY, "uaddc", VERTEX, 50, VS, I(UADDC, RDX(0), RDX(1), R(0), R(1)), N(RET)),
    ROW(CARRY, "usubb", VERTEX, 50, VS, I(USUBB, NOWHERE, RDX(1), R(0), R(1)), N(RET)),
    ROW(SAMPLE_NUMBER, "computed", PIXEL, 50, PS, I(EVAL_SAMPLE_INDEX, RD(0), V(1), RX(0)), N(RET)),
    ROW(SAMPLE_NUMBER, "8", PIXEL, 50, PS, I(EVAL_SAMPLE_INDEX, RD(0), V(1), IMM(8)), N(RET)),
    ROW(RELATIVE_NESTED, "a constant", VERTEX, 50, VS,
        I(MOV, RD(0), SWIZZLE(CONSTANT_BUFFER, XYZW, 2) | RELATIVE(1), 1, SELECT(INDEXABLE, 0, 2) | RELATIVE(1), 0,
          RX(0)),
        N(RET)),
    ROW(RELATIVE_TYPE, "an immediate", VERTEX, 50, VS,
        I(MOV, RD(0), SWIZZLE(CONSTANT_BUFFER, XYZW, 2) | RELATIVE(1), 1, IMM(0)), N(RET)),
    ROW(RELATIVE_TYPE, "an output", VERTEX, 50, VS,
        I(MOV, RD(0), SWIZZLE(CONSTANT_BUFFER, XYZW, 2) | RELATIVE(1), 1, SELECT(OUTPUT, 0, 1), 0), N(RET)),
    ROW(RELATIVE_COMPONENT, "four", VERTEX, 50, VS,
        I(MOV, RD(0), SWIZZLE(CONSTANT_BUFFER, XYZW, 2) | RELATIVE(1), 1, R(0)), N(RET)),
    ROW(TEMP_RANGE, "read", VERTEX, 50, VS, I(MOV, RD(0), R(2)), N(RET)),
    ROW(TEMP_RANGE, "written", VERTEX, 50, VS, I(MOV, RD(0xFFFFFFFF), R(0)), N(RET)),
    ROW(TEMP_RANGE, "an index", VERTEX, 50, VS,
        I(MOV, RD(0), SWIZZLE(CONSTANT_BUFFER, XYZW, 2) | RELATIVE(1), 1, RX(2)), N(RET)),
    ROW(TEMP_RANGE, "of another phase", HULL, 50, HS, N(HS_CONTROL_POINT_PHASE), TEMPS(4), N(RET), N(HS_FORK_PHASE),
        I(MOV, RD(0), IMM(0)), N(RET)),
    ROW(INDEXABLE_RANGE, "a register", VERTEX, 50, VS, I(MOV, RD(0), SWIZZLE(INDEXABLE, XYZW, 2), 1, 0), N(RET)),
    ROW(INDEXABLE_RANGE, "an element", VERTEX, 50, VS, I(MOV, RD(0), SWIZZLE(INDEXABLE, XYZW, 2), 0, 4), N(RET)),
    ROW(INDEXABLE_RANGE, "a base", VERTEX, 50, VS, I(MOV, MASK(INDEXABLE, 0xF, 2) | BOTH(1), 0, 4, RX(0), R(0)),
        N(RET)),
    ROW(CONSTANT_BUFFER_RANGE, "slot 0", VERTEX, 50, VS, I(MOV, RD(0), CB(0, 0)), N(RET)),
    ROW(CONSTANT_BUFFER_RANGE, "slot 14", VERTEX, 50, VS, I(MOV, RD(0), CB(14, 0)), N(RET)),
    ROW(CONSTANT_RANGE, "4", VERTEX, 50, VS, I(MOV, RD(0), CB(1, 4)), N(RET)),
    ROW(CONSTANT_RANGE, "4096 of a size that is not known", VERTEX, 50, VS, DCL_CB(2, 0), I(MOV, RD(0), CB(2, 4096)),
        N(RET)),
    ROW(ICB_RANGE, "none", VERTEX, 50, VS, I(MOV, RD(0), SWIZZLE(ICB, XYZW, 1), 0), N(RET)),
    ROW(ICB_RANGE, "1", VERTEX, 50, VS, DCL_ICB(1, 2, 3, 4), I(MOV, RD(0), SWIZZLE(ICB, XYZW, 1), 1), N(RET)),
    ROW(SAMPLER_RANGE, "1", PIXEL, 50, PS, I(SAMPLE, RD(0), V(1), T(0), S(1)), N(RET)),
    ROW(SAMPLER_RANGE, "32", PIXEL, 50, PS, I(SAMPLE, RD(0), V(1), T(0), S(32)), N(RET)),
    ROW(RESOURCE_RANGE, "1", PIXEL, 50, PS, I(SAMPLE, RD(0), V(1), T(1), S(0)), N(RET)),
    ROW(RESOURCE_RANGE, "128", PIXEL, 50, PS, I(SAMPLE, RD(0), V(1), T(128), S(0)), N(RET)),
    ROW(UAV_RANGE, "1", COMPUTE, 50, CS, DCL_U(0, BUFFER), I(LD_UAV_TYPED, RD(0), R(1), U(1)), N(RET)),
    ROW(UAV_RANGE, "8", COMPUTE, 50, CS, DCL_U(0, BUFFER), I(LD_UAV_TYPED, RD(0), R(1), U(8)), N(RET)),
    ROW(SHARED_RANGE, "0", COMPUTE, 50, CS, I(LD_RAW, RD(0), RX(1), G(0)), N(RET)),
    ROW(SHARED_RANGE, "1024", COMPUTE, 50, CS, I(LD_RAW, RD(0), RX(1), G(1024)), N(RET)),
    ROW(RESOURCE_KIND, "sample of a buffer", PIXEL, 50, PS, DCL_T(1, BUFFER), I(SAMPLE, RD(0), V(1), T(1), S(0)),
        N(RET)),
    ROW(RESOURCE_KIND, "load of a cube", PIXEL, 50, PS, DCL_T(1, TEXTURECUBE), I(LD, RD(0), R(1), T(1)), N(RET)),
    ROW(RESOURCE_KIND, "compare in a volume", PIXEL, 50, PS, DCL_T(1, TEXTURE3D),
        I(SAMPLE_C, RD(0), V(1), T(1), S(0), RX(0)), N(RET)),
    ROW(RESOURCE_KIND, "samples of one", PIXEL, 50, PS, I(LD_MS, RD(0), R(1), T(0), IMM(0)), N(RET)),
    ROW(RESOURCE_KIND, "gather in a volume", PIXEL, 50, PS, DCL_T(1, TEXTURE3D), I(GATHER4, RD(0), V(1), T(1), S(0)),
        N(RET)),
    ROW(RESOURCE_KIND, "raw load of a texture", PIXEL, 50, PS, I(LD_RAW, RD(0), RX(1), T(0)), N(RET)),
    ROW(RESOURCE_KIND, "structured load of a raw buffer", VERTEX, 50, VS, I(DCL_RESOURCE_RAW, BARE(RESOURCE, 1), 0),
        I(LD_STRUCTURED, RD(0), RX(0), IMM(0), T(0)), N(RET)),
    ROW(RESOURCE_KIND, "typed store to a raw view", COMPUTE, 50, CS, I(DCL_UAV_RAW, BARE(UAV, 1), 0),
        I(STORE_UAV_TYPED, UD(0, 0xF), R(0), R(1)), N(RET)),
    ROW(RESOURCE_KIND, "a counter of a raw view", COMPUTE, 50, CS, I(DCL_UAV_RAW, BARE(UAV, 1), 0),
        I(IMM_ATOMIC_ALLOC, RDX(0), BARE(UAV, 1), 0), N(RET)),
    ROW(RESOURCE_KIND, "the size of a buffer as of a texture", PIXEL, 50, PS, DCL_T(1, BUFFER),
        I(RESINFO, RD(0), IMM(0), T(1)), N(RET)),
    ROW(RESOURCE_KIND, "the size of a texture as of a buffer", PIXEL, 50, PS, I(BUFINFO, RD(0), T(0)), N(RET)),
    ROW(RESOURCE_KIND, "the samples of one", PIXEL, 50, PS, I(SAMPLE_INFO, RD(0), T(0)), N(RET)),
    ROW(REGISTER_RANGE, "input", VERTEX, 50, VS, I(MOV, RD(0), V(2)), N(RET)),
    ROW(REGISTER_RANGE, "input 32", VERTEX, 50, VS, I(MOV, RD(0), V(32)), N(RET)),
    ROW(REGISTER_RANGE, "output", VERTEX, 50, VS, I(MOV, O(2), R(0)), N(RET)),
    ROW(REGISTER_RANGE, "patch constant", DOMAIN, 50, DS, I(MOV, O(0), SWIZZLE(PATCH_CONSTANT, XYZW, 1), 4), N(RET)),
    ROW(REGISTER_COMPONENT, "read", VERTEX, 50, VS, I(MOV, RD(0), SELECT(INPUT, 1, 1), 1), N(RET)),
    ROW(REGISTER_COMPONENT, "written", VERTEX, 50, VS, I(MOV, O(1), R(0)), N(RET)),
    ROW(REGISTER_VERTEX, "3 of a triangle", GEOMETRY, 50, GS, I(MOV, RD(0), SWIZZLE(INPUT, XYZW, 2), 3, 0), N(RET)),
    ROW(REGISTER_VERTEX, "control point 3", DOMAIN, 50, DS, I(MOV, O(0), SWIZZLE(CONTROL_POINT_IN, XYZW, 2), 3, 0),
        N(RET)),
    ROW(REGISTER_VERTEX, "2^32 - 1", DOMAIN, 50, DS, I(MOV, O(0), SWIZZLE(CONTROL_POINT_IN, XYZW, 2), 0xFFFFFFFF, 0),
        N(RET)),
    ROW(REGISTER_RELATIVE, "input", VERTEX, 50, VS, I(MOV, RD(0), SWIZZLE(INPUT, XYZW, 1) | RELATIVE(0), RX(0)),
        N(RET)),
    ROW(REGISTER_RELATIVE, "output", VERTEX, 50, VS, I(MOV, MASK(OUTPUT, 1, 1) | BOTH(0), 1, RX(0), R(0)), N(RET)),
    ROW(SPECIAL_UNDECLARED, "depth", PIXEL, 50, PS, I(MOV, SCALAR(DEPTH), RX(0)), N(RET)),
    ROW(SPECIAL_UNDECLARED, "thread", COMPUTE, 50, CS, I(MOV, RD(0), SWIZZLE(THREAD_ID, XYZW, 0)), N(RET)),
    ROW(SPECIAL_UNDECLARED, "an index", GEOMETRY, 50, GS,
        I(MOV, RD(0), SWIZZLE(INPUT, XYZW, 2) | RELATIVE(0), SCALAR(GS_INSTANCE_ID), 0), N(RET)),
    ROW(STREAM_RANGE, "none", GEOMETRY, 50, GS, I(EMIT_STREAM, STREAM(0)), N(RET)),
    ROW(STREAM_RANGE, "1", GEOMETRY, 50, I(DCL_STREAM, STREAM(0)), GS_STATE, I(CUT_STREAM, STREAM(1)), N(RET)),
    ROW(STREAM_RANGE, "32", GEOMETRY, 50, I(DCL_STREAM, STREAM(0)), GS_STATE, I(EMIT_STREAM, STREAM(32)), N(RET)),

    /* Declarations. */
    ROW(DECLARATION_ORDER, "temporaries", VERTEX, 50, N(LOOP), TEMPS(1), N(BREAK), N(ENDLOOP), N(RET)),
    ROW(DECLARATION_ORDER, "a resource", PIXEL, 50, PS, I(MOV, RD(0), R(1)), DCL_T(1, TEXTURE2D), N(RET)),
    ROW(DECLARATION_ORDER, "constants", VERTEX, 50, VS, I(MOV, RD(0), R(1)), DCL_ICB(1, 2, 3, 4), N(RET)),
    ROW(DECLARATION_PHASE, "the domain", HULL, 50, HS, HS_POINT, N(HS_FORK_PHASE), NB(DCL_TESS_DOMAIN, 2), N(RET)),
    ROW(DECLARATION_PHASE, "instances of join", HULL, 50, HS, HS_POINT, N(HS_FORK_PHASE), I(DCL_HS_JOIN_INSTANCES, 2),
        N(RET)),
    ROW(DECLARATION_PHASE, "an instruction", HULL, 50, HS, N(RET)),
    ROW(DECLARED_TWICE, "temporaries", VERTEX, 50, TEMPS(1), TEMPS(1), N(RET)),
    ROW(DECLARED_TWICE, "a buffer", VERTEX, 50, DCL_CB(0, 1), DCL_CB(0, 1), N(RET)),
    ROW(DECLARED_TWICE, "a sampler", PIXEL, 50, PS, DCL_S(0, 0), N(RET)),
    ROW(DECLARED_TWICE, "a resource", PIXEL, 50, PS, DCL_T(0, TEXTURE2D), N(RET)),
    ROW(DECLARED_TWICE, "a view", COMPUTE, 50, CS, DCL_U(0, BUFFER), DCL_U(0, BUFFER), N(RET)),
    ROW(DECLARED_TWICE, "an array", VERTEX, 50, VS, I(DCL_INDEXABLE_TEMP, 0, 4, 4), N(RET)),
    ROW(DECLARED_TWICE, "constants", VERTEX, 50, DCL_ICB(1, 2, 3, 4), DCL_ICB(1, 2, 3, 4), N(RET)),
    ROW(DECLARED_TWICE, "an input", VERTEX, 50, VS, I(DCL_INPUT, MASK(INPUT, 1, 1), 0), N(RET)),
    ROW(DECLARED_TWICE, "an output", VERTEX, 50, VS, I(DCL_OUTPUT, MASK(OUTPUT, 1, 1), 1), N(RET)),
    ROW(DECLARED_TWICE, "depth", PIXEL, 50, PS, I(DCL_OUTPUT, SCALAR(DEPTH)), I(DCL_OUTPUT, SCALAR(DEPTH_GE)), N(RET)),
    ROW(DECLARED_TWICE, "a group", COMPUTE, 50, CS, DCL_GROUP(1, 1, 1), N(RET)),
    ROW(DECLARED_TWICE, "flags", VERTEX, 50, NB(DCL_GLOBAL_FLAGS, 1), NB(DCL_GLOBAL_FLAGS, 1), N(RET)),
    ROW(DECLARED_TWICE, "a stream", GEOMETRY, 50, I(DCL_STREAM, STREAM(0)), I(DCL_STREAM, STREAM(0)), GS_STATE, N(RET)),
    ROW(DECLARED_TWICE, "shared memory", COMPUTE, 50, CS, I(DCL_SHARED_RAW, BARE(SHARED, 1), 0, 4),
        I(DCL_SHARED_RAW, BARE(SHARED, 1), 0, 4), N(RET)),
    ROW(DECLARED_TWICE, "instances", HULL, 50, HS, HS_POINT, N(HS_FORK_PHASE), HS_FACTORS, I(DCL_HS_FORK_INSTANCES, 2),
        I(DCL_HS_FORK_INSTANCES, 2), N(RET)),
    ROW(DECLARATION_MISSING, "a group", COMPUTE, 50, TEMPS(1), N(RET)),
    ROW(DECLARATION_MISSING, "a primitive", GEOMETRY, 50, NB(DCL_GS_OUTPUT, 5), I(DCL_MAX_OUT, 3), N(RET)),
    ROW(DECLARATION_MISSING, "a topology", GEOMETRY, 50, NB(DCL_GS_INPUT, 3), I(DCL_MAX_OUT, 3), N(RET)),
    ROW(DECLARATION_MISSING, "a maximum", GEOMETRY, 50, NB(DCL_GS_INPUT, 3), NB(DCL_GS_OUTPUT, 5), N(RET)),
    ROW(DECLARATION_MISSING, "the domain", DOMAIN, 50, N(RET)),
    ROW(DECLARATION_MISSING, "all", HULL, 50, N(HS_DECLS), N(HS_FORK_PHASE), HS_FACTORS, N(RET)),
    ROW(DECLARATION_MISSING, "partitioning", HULL, 50, N(HS_DECLS), NB(DCL_INPUT_CONTROL_POINTS, 3),
        NB(DCL_OUTPUT_CONTROL_POINTS, 3), NB(DCL_TESS_DOMAIN, 2), NB(DCL_TESS_OUTPUT, 3), HS_POINT, HS_FORK),
    ROW(GLOBAL_FLAGS, "unknown", VERTEX, 50, NB(DCL_GLOBAL_FLAGS, 0x100), N(RET)),
    ROW(GLOBAL_FLAGS, "early depth", VERTEX, 50, NB(DCL_GLOBAL_FLAGS, 4), N(RET)),
    ROW(TEMP_COUNT, "4097", VERTEX, 50, TEMPS(4097), N(RET)),
    ROW(TEMP_COUNT, "2^32 - 1", VERTEX, 50, TEMPS(0xFFFFFFFF), N(RET)),
    ROW(TEMP_COUNT, "with arrays", VERTEX, 50, TEMPS(4000), I(DCL_INDEXABLE_TEMP, 0, 97, 4), N(RET)),
    ROW(INDEXABLE_SIZE, "0", VERTEX, 50, I(DCL_INDEXABLE_TEMP, 0, 0, 4), N(RET)),
    ROW(INDEXABLE_SIZE, "4097", VERTEX, 50, I(DCL_INDEXABLE_TEMP, 0, 4097, 4), N(RET)),
    ROW(INDEXABLE_SIZE, "number 4096", VERTEX, 50, I(DCL_INDEXABLE_TEMP, 4096, 1, 4), N(RET)),
    ROW(INDEXABLE_SIZE, "number 2^32 - 1", VERTEX, 50, I(DCL_INDEXABLE_TEMP, 0xFFFFFFFF, 1, 4), N(RET)),
    ROW(INDEXABLE_SIZE, "5 components", VERTEX, 50, I(DCL_INDEXABLE_TEMP, 0, 1, 5), N(RET)),
    ROW(ICB_SIZE, "none", VERTEX, 50, PVGPU_DXBC_OP_CUSTOMDATA | 3u << 11, 2, N(RET)),
    ROW(ICB_SIZE, "odd", VERTEX, 50, DCL_ICB(1, 2, 3), N(RET)),
    ROW(CONSTANT_BUFFER_SLOT, "14", VERTEX, 50, DCL_CB(14, 1), N(RET)),
    ROW(CONSTANT_BUFFER_SIZE, "4097", VERTEX, 50, DCL_CB(0, 4097), N(RET)),
    ROW(SAMPLER_SLOT, "16", PIXEL, 50, DCL_S(16, 0), N(RET)),
    ROW(SAMPLER_MODE, "3", PIXEL, 50, DCL_S(0, 3), N(RET)),
    ROW(RESOURCE_SLOT, "128", PIXEL, 50, DCL_T(128, TEXTURE2D), N(RET)),
    ROW(RESOURCE_SLOT, "raw", PIXEL, 50, I(DCL_RESOURCE_RAW, BARE(RESOURCE, 1), 0xFFFFFFFF), N(RET)),
    ROW(RESOURCE_DIMENSION, "0", PIXEL, 50, IB(DCL_RESOURCE, 0, BARE(RESOURCE, 1), 0, 0x5555), N(RET)),
    ROW(RESOURCE_DIMENSION, "11", PIXEL, 50, IB(DCL_RESOURCE, 11, BARE(RESOURCE, 1), 0, 0x5555), N(RET)),
    ROW(RESOURCE_TYPE, "0", PIXEL, 50, IB(DCL_RESOURCE, 3, BARE(RESOURCE, 1), 0, 0x5550), N(RET)),
    ROW(RESOURCE_TYPE, "double", PIXEL, 50, IB(DCL_RESOURCE, 3, BARE(RESOURCE, 1), 0, 0x7777), N(RET)),
    ROW(RESOURCE_TYPE, "9", PIXEL, 50, IB(DCL_RESOURCE, 3, BARE(RESOURCE, 1), 0, 0x9555), N(RET)),
    ROW(STRUCTURE_STRIDE, "0", VERTEX, 50, I(DCL_RESOURCE_STRUCTURED, BARE(RESOURCE, 1), 0, 0), N(RET)),
    ROW(STRUCTURE_STRIDE, "6", VERTEX, 50, I(DCL_RESOURCE_STRUCTURED, BARE(RESOURCE, 1), 0, 6), N(RET)),
    ROW(STRUCTURE_STRIDE, "2052", COMPUTE, 50, CS, I(DCL_UAV_STRUCTURED, BARE(UAV, 1), 0, 2052), N(RET)),
    ROW(UAV_SLOT, "8", COMPUTE, 50, CS, DCL_U(8, BUFFER), N(RET)),
    ROW(UAV_SLOT, "1 of shader model 4", COMPUTE, 40, CS, I(DCL_UAV_RAW, BARE(UAV, 1), 1), N(RET)),
    ROW(UAV_DIMENSION, "a cube", COMPUTE, 50, CS, DCL_U(0, TEXTURECUBE), N(RET)),
    ROW(UAV_DIMENSION, "samples", COMPUTE, 50, CS, DCL_U(0, TEXTURE2DMS), N(RET)),
    ROW(SHARED_REGISTER, "1024", COMPUTE, 50, CS, I(DCL_SHARED_RAW, BARE(SHARED, 1), 1024, 4), N(RET)),
    ROW(SHARED_SIZE, "0", COMPUTE, 50, CS, I(DCL_SHARED_RAW, BARE(SHARED, 1), 0, 0), N(RET)),
    ROW(SHARED_SIZE, "6", COMPUTE, 50, CS, I(DCL_SHARED_RAW, BARE(SHARED, 1), 0, 6), N(RET)),
    ROW(SHARED_SIZE, "32 KiB and 4", COMPUTE, 50, CS, I(DCL_SHARED_RAW, BARE(SHARED, 1), 0, 32772), N(RET)),
    ROW(SHARED_SIZE, "32 KiB and 4 together", COMPUTE, 50, CS, I(DCL_SHARED_RAW, BARE(SHARED, 1), 0, 32768),
        I(DCL_SHARED_RAW, BARE(SHARED, 1), 1, 4), N(RET)),
    ROW(SHARED_SIZE, "a product of 2^32", COMPUTE, 50, CS,
        I(DCL_SHARED_STRUCTURED, BARE(SHARED, 1), 0, 0x10000, 0x10000), N(RET)),
    ROW(SHARED_SIZE, "20 KiB in shader model 4", COMPUTE, 40, CS, I(DCL_SHARED_RAW, BARE(SHARED, 1), 0, 20480), N(RET)),
    ROW(THREAD_GROUP, "0", COMPUTE, 50, DCL_GROUP(1, 0, 1), N(RET)),
    ROW(THREAD_GROUP, "1025", COMPUTE, 50, DCL_GROUP(1025, 1, 1), N(RET)),
    ROW(THREAD_GROUP, "65 deep", COMPUTE, 50, DCL_GROUP(1, 1, 65), N(RET)),
    ROW(THREAD_GROUP, "1056", COMPUTE, 50, DCL_GROUP(33, 32, 1), N(RET)),
    ROW(THREAD_GROUP, "2 deep in shader model 4", COMPUTE, 40, DCL_GROUP(1, 1, 2), N(RET)),
    ROW(REGISTER_NUMBER, "input 32", VERTEX, 50, I(DCL_INPUT, MASK(INPUT, 0xF, 1), 32), N(RET)),
    ROW(REGISTER_NUMBER, "target 8", PIXEL, 50, I(DCL_OUTPUT, O(8)), N(RET)),
    ROW(REGISTER_NOT_IN_SIGNATURE, "input", VERTEX, 50, I(DCL_INPUT, MASK(INPUT, 0xF, 1), 5), N(RET)),
    ROW(REGISTER_NOT_IN_SIGNATURE, "a component", VERTEX, 50, I(DCL_INPUT, MASK(INPUT, 0x3, 1), 1), N(RET)),
    ROW(REGISTER_NOT_IN_SIGNATURE, "output", VERTEX, 50, I(DCL_OUTPUT, O(2)), N(RET)),
    ROW(REGISTER_NOT_IN_SIGNATURE, "stream 1", GEOMETRY, 50, I(DCL_STREAM, STREAM(1)), I(DCL_OUTPUT, O(1)), GS_STATE,
        N(RET)),
    ROW(REGISTER_ARRAY, "0", GEOMETRY, 50, I(DCL_INPUT, MASK(INPUT, 0xF, 2), 0, 1), GS_STATE, N(RET)),
    ROW(REGISTER_ARRAY, "33", DOMAIN, 50, I(DCL_INPUT, MASK(CONTROL_POINT_IN, 0xF, 2), 33, 0), N(RET)),
    ROW(REGISTER_ARRAY, "two lengths", GEOMETRY, 50, GS, I(DCL_INPUT, MASK(INPUT, 0xF, 2), 4, 1), N(RET)),
    ROW(REGISTER_ARRAY, "not that of the primitive", GEOMETRY, 50, I(DCL_INPUT, MASK(INPUT, 0xF, 2), 2, 1), GS_STATE,
        N(RET)),
    ROW(REGISTER_ARRAY, "of a range", GEOMETRY, 50, GS, I(DCL_INDEX_RANGE, MASK(INPUT, 0xF, 2), 4, 0, 1), N(RET)),
    ROW(REGISTER_SYSTEM_VALUE, "0", VERTEX, 50, I(DCL_OUTPUT_SIV, O(0), 0), N(RET)),
    ROW(REGISTER_SYSTEM_VALUE, "23", VERTEX, 50, I(DCL_OUTPUT_SIV, O(0), 23), N(RET)),
    ROW(REGISTER_SYSTEM_VALUE, "of a colour", VERTEX, 50, I(DCL_OUTPUT_SIV, O(1), 1), N(RET)),
    ROW(REGISTER_SYSTEM_VALUE, "another factor", HULL, 50, HS, HS_POINT, N(HS_FORK_PHASE), HS_FACTOR(3, 17), N(RET)),
    ROW(INTERPOLATION, "8", PIXEL, 50, IB(DCL_INPUT_PS, 8, MASK(INPUT, 0xF, 1), 1), N(RET)),
    ROW(INDEX_RANGE, "0", VERTEX, 50, VS, I(DCL_INDEX_RANGE, MASK(INPUT, 0xF, 1), 0, 0), N(RET)),
    ROW(INDEX_RANGE, "2^32 - 1", VERTEX, 50, VS, I(DCL_INDEX_RANGE, MASK(INPUT, 0xF, 1), 1, 0xFFFFFFFF), N(RET)),
    ROW(INDEX_RANGE, "not declared", VERTEX, 50, VS, I(DCL_INDEX_RANGE, MASK(INPUT, 1, 1), 0, 3), N(RET)),
    ROW(INDEX_RANGE, "overlap", VERTEX, 50, VS, I(DCL_INDEX_RANGE, MASK(INPUT, 1, 1), 0, 2),
        I(DCL_INDEX_RANGE, MASK(INPUT, 1, 1), 1, 1), N(RET)),
    ROW(GS_INPUT, "0", GEOMETRY, 50, NB(DCL_GS_INPUT, 0), N(RET)),
    ROW(GS_INPUT, "40", GEOMETRY, 50, NB(DCL_GS_INPUT, 40), N(RET)),
    ROW(GS_INPUT, "a patch in shader model 4", GEOMETRY, 40, NB(DCL_GS_INPUT, 8), N(RET)),
    ROW(GS_OUTPUT, "2", GEOMETRY, 50, NB(DCL_GS_OUTPUT, 2), N(RET)),
    ROW(GS_OUTPUT, "triangles into two streams", GEOMETRY, 50, GS, I(DCL_STREAM, STREAM(0)), I(DCL_STREAM, STREAM(1)),
        N(RET)),
    ROW(GS_VERTICES, "0", GEOMETRY, 50, I(DCL_MAX_OUT, 0), N(RET)),
    ROW(GS_VERTICES, "1025", GEOMETRY, 50, I(DCL_MAX_OUT, 1025), N(RET)),
    ROW(GS_SCALARS, "129 of 8", GEOMETRY, 50, NB(DCL_GS_INPUT, 3), NB(DCL_GS_OUTPUT, 5), I(DCL_MAX_OUT, 129), N(RET)),
    ROW(GS_INSTANCES, "0", GEOMETRY, 50, GS, I(DCL_GS_INSTANCES, 0), N(RET)),
    ROW(GS_INSTANCES, "33", GEOMETRY, 50, GS, I(DCL_GS_INSTANCES, 33), N(RET)),
    ROW(GS_STREAM, "4", GEOMETRY, 50, I(DCL_STREAM, STREAM(4)), N(RET)),
    ROW(GS_STREAM, "32", GEOMETRY, 50, I(DCL_STREAM, STREAM(32)), N(RET)),
    ROW(CONTROL_POINTS, "none in", HULL, 50, HS_STATE(0, 3, 2, 1, 3), HS_POINT, HS_FORK),
    ROW(CONTROL_POINTS, "33 out", HULL, 50, HS_STATE(3, 33, 2, 1, 3), HS_POINT, HS_FORK),
    ROW(CONTROL_POINTS, "33 in a domain shader", DOMAIN, 50, NB(DCL_INPUT_CONTROL_POINTS, 33), DS, N(RET)),
    ROW(TESS_DOMAIN, "0", HULL, 50, HS_STATE(3, 3, 0, 1, 3), HS_POINT, HS_FORK),
    ROW(TESS_DOMAIN, "0 in a domain shader", DOMAIN, 50, NB(DCL_TESS_DOMAIN, 0), N(RET)),
    ROW(TESS_PARTITIONING, "0", HULL, 50, HS_STATE(3, 3, 2, 0, 3), HS_POINT, HS_FORK),
    ROW(TESS_PARTITIONING, "5", HULL, 50, HS_STATE(3, 3, 2, 5, 3), HS_POINT, HS_FORK),
    ROW(TESS_OUTPUT, "0", HULL, 50, HS_STATE(3, 3, 2, 1, 0), HS_POINT, HS_FORK),
    ROW(TESS_OUTPUT, "5", HULL, 50, HS_STATE(3, 3, 2, 1, 5), HS_POINT, HS_FORK),
    ROW(TESS_OUTPUT, "lines of triangles", HULL, 50, HS_STATE(3, 3, 2, 1, 2), HS_POINT, HS_FORK),
    ROW(TESS_MAXIMUM, "0.5", HULL, 50, HS, I(DCL_HS_MAX_TESSFACTOR, 0x3F000000), HS_POINT, HS_FORK),
    ROW(TESS_MAXIMUM, "65", HULL, 50, HS, I(DCL_HS_MAX_TESSFACTOR, 0x42820000), HS_POINT, HS_FORK),
    ROW(TESS_MAXIMUM, "not a number", HULL, 50, HS, I(DCL_HS_MAX_TESSFACTOR, 0x7FC00000), HS_POINT, HS_FORK),
    ROW(TESS_FACTORS, "no inside", HULL, 50, HS, HS_POINT, N(HS_FORK_PHASE), HS_FACTOR(0, 17), HS_FACTOR(1, 18),
        HS_FACTOR(2, 19), N(RET)),
    ROW(TESS_FACTORS, "no phase", HULL, 50, HS, HS_POINT),
    ROW(TESS_DOMAIN_FACTORS, "quads", HULL, 50, HS_STATE(3, 3, 3, 1, 3), HS_POINT, HS_FORK),
    ROW(HS_PHASE, "no declarations", HULL, 50, N(HS_FORK_PHASE), N(RET)),
    ROW(HS_PHASE, "an instruction first", HULL, 50, TEMPS(1), N(RET)),
    ROW(HS_PHASE, "declarations twice", HULL, 50, HS, HS),
    ROW(HS_PHASE, "two of control points", HULL, 50, HS, HS_POINT, HS_POINT, HS_FORK),
    ROW(HS_PHASE, "fork behind join", HULL, 50, HS, HS_POINT, N(HS_JOIN_PHASE), HS_FACTORS, N(RET), N(HS_FORK_PHASE),
        N(RET)),
    ROW(HS_INSTANCES, "0", HULL, 50, HS, HS_POINT, N(HS_FORK_PHASE), HS_FACTORS, I(DCL_HS_FORK_INSTANCES, 0), N(RET)),
    ROW(HS_INSTANCES, "129", HULL, 50, HS, HS_POINT, N(HS_FORK_PHASE), HS_FACTORS, I(DCL_HS_FORK_INSTANCES, 129),
        N(RET)),
    ROW(HS_INSTANCES, "2^32 - 1", HULL, 50, HS, HS_POINT, N(HS_JOIN_PHASE), HS_FACTORS,
        I(DCL_HS_JOIN_INSTANCES, 0xFFFFFFFF), N(RET)),
    ROW(HS_PASS_THROUGH, "another number", HULL, 50, HS_STATE(4, 3, 2, 1, 3), HS_FORK),

    /* Control flow. */
    ROW(FLOW_UNBALANCED, "if", VERTEX, 50, VS, IF, N(RET)),
    ROW(FLOW_UNBALANCED, "endif", VERTEX, 50, VS, N(ENDIF), N(RET)),
    ROW(FLOW_UNBALANCED, "else", VERTEX, 50, VS, N(ELSE), N(RET)),
    ROW(FLOW_UNBALANCED, "two of else", VERTEX, 50, VS, IF, N(ELSE), N(ELSE), N(ENDIF), N(RET)),
    ROW(FLOW_UNBALANCED, "crossed", VERTEX, 50, VS, IF, N(LOOP), N(ENDIF), N(ENDLOOP), N(RET)),
    ROW(FLOW_UNBALANCED, "endloop of a switch", VERTEX, 50, VS, I(SWITCH, RX(0)), N(DEFAULT), N(ENDLOOP), N(RET)),
    ROW(FLOW_UNBALANCED, "endswitch", VERTEX, 50, VS, N(ENDSWITCH), N(RET)),
    ROW(FLOW_UNBALANCED, "a label inside", VERTEX, 50, VS, IF, I(LABEL, LABEL(0)), N(RET)),
    ROW(FLOW_BREAK, "nowhere", VERTEX, 50, VS, N(BREAK), N(RET)),
    ROW(FLOW_BREAK, "in an if", VERTEX, 50, VS, IF, I(BREAKC, RX(0)), N(ENDIF), N(RET)),
    ROW(FLOW_CONTINUE, "nowhere", VERTEX, 50, VS, N(CONTINUE), N(RET)),
    ROW(FLOW_CONTINUE, "in a switch", VERTEX, 50, VS, I(SWITCH, RX(0)), N(DEFAULT), I(CONTINUEC, RX(0)), N(ENDSWITCH),
        N(RET)),
    ROW(SWITCH_START, "mov", VERTEX, 50, VS, I(SWITCH, RX(0)), I(MOV, RD(0), R(1)), N(DEFAULT), N(ENDSWITCH), N(RET)),
    ROW(SWITCH_START, "empty", VERTEX, 50, VS, I(SWITCH, RX(0)), N(ENDSWITCH), N(RET)),
    ROW(SWITCH_CASE, "nowhere", VERTEX, 50, VS, I(CASE, IMM(0)), N(RET)),
    ROW(SWITCH_CASE, "default in an if", VERTEX, 50, VS, IF, N(DEFAULT), N(ENDIF), N(RET)),
    ROW(SWITCH_CASE, "a register", VERTEX, 50, VS, I(SWITCH, RX(0)), I(CASE, RX(1)), N(BREAK), N(ENDSWITCH), N(RET)),
    ROW(SWITCH_TWICE, "case", VERTEX, 50, VS, I(SWITCH, RX(0)), I(CASE, IMM(7)), N(BREAK), I(CASE, IMM(7)), N(BREAK),
        N(ENDSWITCH), N(RET)),
    ROW(SWITCH_TWICE, "default", VERTEX, 50, VS, I(SWITCH, RX(0)), N(DEFAULT), N(BREAK), N(DEFAULT), N(BREAK),
        N(ENDSWITCH), N(RET)),
    ROW(LABEL_NUMBER, "128", VERTEX, 50, VS, I(CALL, LABEL(128)), N(RET)),
    ROW(LABEL_NUMBER, "2^32 - 1", VERTEX, 50, VS, N(RET), I(LABEL, LABEL(0xFFFFFFFF)), N(RET)),
    ROW(LABEL_TWICE, "0", VERTEX, 50, VS, N(RET), I(LABEL, LABEL(0)), N(RET), I(LABEL, LABEL(0)), N(RET)),
    ROW(LABEL_UNDEFINED, "1", VERTEX, 50, VS, I(CALL, LABEL(1)), N(RET), I(LABEL, LABEL(0)), N(RET)),
    ROW(LABEL_HULL, "call", HULL, 50, HS, HS_POINT, N(HS_FORK_PHASE), HS_FACTORS, I(CALL, LABEL(0)), N(RET)),
    ROW(LABEL_HULL, "label", HULL, 50, HS, HS_POINT, HS_FORK, I(LABEL, LABEL(0)), N(RET)),
    ROW(CALL_DEPTH, "itself", VERTEX, 50, VS, I(CALL, LABEL(0)), N(RET), I(LABEL, LABEL(0)), I(CALL, LABEL(0)), N(RET)),
    ROW(CALL_DEPTH, "two in a circle", VERTEX, 50, VS, N(RET), I(LABEL, LABEL(0)), I(CALLC, RX(0), LABEL(1)), N(RET),
        I(LABEL, LABEL(1)), I(CALL, LABEL(0)), N(RET)),
};

/* Programs that are long: a part of them is repeated. */
struct long_row {
    enum pvgpu_dxbc_rule rule;
    const char *detail;
    enum pvgpu_stage stage;
    uint32_t head, body, repeat; /* tokens of `tokens` before and in what is repeated; the rest comes behind */
    const uint32_t *tokens;
    uint32_t count;
    bool numbered; /* the last token of the body counts up */
};

#define TOKENS(...) (const uint32_t[]){__VA_ARGS__}, DXBC_COUNT(__VA_ARGS__)
#define LONG(name, detail, stage, head, body, repeat, numbered, ...) \
    {PVGPU_DXBC_##name, detail, PVGPU_STAGE_##stage, head, body, repeat, TOKENS(__VA_ARGS__), numbered}

static const struct long_row long_rows[] = {
    LONG(TOO_MANY_INSTRUCTIONS, "65,537", VERTEX, 0, 1, 65536, false, N(NOP), N(RET)),
    LONG(FLOW_DEPTH, "65 of if", VERTEX, DXBC_COUNT(TEMPS(1)), DXBC_COUNT(IF), 65, false, TEMPS(1), IF),
    LONG(FLOW_DEPTH, "65 of loop", VERTEX, 0, 1, 65, false, N(LOOP)),
    LONG(ICB_SIZE, "4,097 constants", VERTEX, 2, 4, 4097, false, PVGPU_DXBC_OP_CUSTOMDATA | 3u << 11, 2 + 4 * 4097, 0,
         0, 0, 0, N(RET)),
    LONG(SWITCH_CASES, "1,025", VERTEX, DXBC_COUNT(TEMPS(1), I(SWITCH, RX(0))), DXBC_COUNT(I(CASE, IMM(0))), 1025, true,
         TEMPS(1), I(SWITCH, RX(0)), I(CASE, IMM(0))),
    LONG(HS_PHASE, "257 of fork", HULL, DXBC_COUNT(HS, HS_POINT), DXBC_COUNT(HS_FORK), 257, false, HS, HS_POINT,
         HS_FORK),
    LONG(HS_INSTANCES, "1,032 together", HULL, DXBC_COUNT(HS, HS_POINT),
         DXBC_COUNT(N(HS_FORK_PHASE), I(DCL_HS_FORK_INSTANCES, 128), N(RET)), 9, false, HS, HS_POINT, N(HS_FORK_PHASE),
         I(DCL_HS_FORK_INSTANCES, 128), N(RET)),
};

static size_t make_long(const struct long_row *row, uint8_t *bytes, size_t capacity)
{
    uint32_t rest = row->count - row->head - row->body, at = row->head;
    uint32_t count = row->head + row->body * row->repeat + rest;
    uint32_t *tokens = malloc(count * sizeof(*tokens));
    if (!tokens)
        return 0;
    memcpy(tokens, row->tokens, row->head * sizeof(*tokens));
    for (uint32_t i = 0; i < row->repeat; i++, at += row->body) {
        memcpy(tokens + at, row->tokens + row->head, row->body * sizeof(*tokens));
        if (row->numbered)
            tokens[at + row->body - 1] = i;
    }
    memcpy(tokens + at, row->tokens + row->head + row->body, rest * sizeof(*tokens));
    size_t size = dxbc_make(bytes, capacity, row->stage, 50, tokens, count);
    free(tokens);
    return size;
}

/* Functions that call each other in a chain: each the next one `times` times. */
struct chain {
    enum pvgpu_dxbc_rule rule;
    const char *detail;
    uint32_t functions, times;
};

static const struct chain chains[] = {
    {PVGPU_DXBC_CALL_DEPTH, "33 in a chain", 33, 1},
    {PVGPU_DXBC_CALL_SIZE, "2^20", 20, 2},
};

static size_t make_chain(const struct chain *chain, uint8_t *bytes, size_t capacity)
{
    static const uint32_t call[] = {I(CALL, LABEL(0))}, label[] = {I(LABEL, LABEL(0))};
    uint32_t tokens[1024], count = 0;
    for (uint32_t f = 0; f <= chain->functions; f++) {
        if (f > 0) {
            memcpy(tokens + count, label, sizeof(label));
            count += COUNT(label);
            tokens[count - 1] = f - 1;
        }
        for (uint32_t i = 0; i < chain->times && f < chain->functions; i++) {
            memcpy(tokens + count, call, sizeof(call));
            count += COUNT(call);
            tokens[count - 1] = f;
        }
        tokens[count++] = N(RET);
    }
    return dxbc_make(bytes, capacity, PVGPU_STAGE_VERTEX, 50, tokens, count);
}

uint32_t bad_shader_count(void)
{
    return bad_container_count() + COUNT(rows) + COUNT(long_rows) + COUNT(chains);
}

size_t bad_shader_make(uint32_t index, uint8_t *bytes, size_t capacity, enum pvgpu_stage *stage,
                       enum pvgpu_dxbc_rule *rule, const char **detail)
{
    if (index < bad_container_count())
        return bad_container_make(index, bytes, capacity, stage, rule, detail);
    index -= bad_container_count();
    if (index < COUNT(rows)) {
        const struct row *row = &rows[index];
        *stage = row->stage;
        *rule = row->rule;
        *detail = row->detail;
        return dxbc_make(bytes, capacity, row->stage, row->model, row->tokens, row->count);
    }
    index -= COUNT(rows);
    if (index < COUNT(long_rows)) {
        *stage = long_rows[index].stage;
        *rule = long_rows[index].rule;
        *detail = long_rows[index].detail;
        return make_long(&long_rows[index], bytes, capacity);
    }
    const struct chain *chain = &chains[index - COUNT(long_rows)];
    *stage = PVGPU_STAGE_VERTEX;
    *rule = chain->rule;
    *detail = chain->detail;
    return make_chain(chain, bytes, capacity);
}
