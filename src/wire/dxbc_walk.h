/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * What the parts of the program check share: the state of one walk over a token stream. Private to src/wire/dxbc_*.c;
 * others use dxbc.h.
 *
 * Everything has a fixed size that follows from Direct3D's limits (some 60 KiB in all); nothing is allocated, and no
 * function calls itself. Every step of a walk is short, so the whole is linear in the tokens but for the cases of
 * switches, whose number is bounded.
 */
#ifndef PVGPU_WIRE_DXBC_WALK_H
#define PVGPU_WIRE_DXBC_WALK_H

#include "wire/dxbc.h"

#define PVGPU_DXBC_MAX_TEMPS 4096u /* D3D11_COMMONSHADER_TEMP_REGISTER_COUNT, of both kinds together */
#define PVGPU_DXBC_MAX_CONSTANTS 4096u /* D3D11_REQ_CONSTANT_BUFFER_ELEMENT_COUNT */
#define PVGPU_DXBC_MAX_BUFFERS 14u /* D3D11_COMMONSHADER_CONSTANT_BUFFER_API_SLOT_COUNT */
#define PVGPU_DXBC_MAX_RESOURCES 128u /* D3D11_COMMONSHADER_INPUT_RESOURCE_SLOT_COUNT */
#define PVGPU_DXBC_MAX_SAMPLERS 16u /* D3D11_COMMONSHADER_SAMPLER_SLOT_COUNT */
#define PVGPU_DXBC_MAX_UAVS 8u /* D3D11_PS_CS_UAV_REGISTER_COUNT */
#define PVGPU_DXBC_MAX_SHARED 1024u /* registers; each variable of a program has one */
#define PVGPU_DXBC_MAX_STREAMS 4u
#define PVGPU_DXBC_MAX_STRIDE 2048u /* D3D11_REQ_MULTI_ELEMENT_STRUCTURE_SIZE_IN_BYTES */
#define PVGPU_DXBC_MAX_INSTRUCTIONS 65536u /* more than fit into 1 MiB in practice */
#define PVGPU_DXBC_MAX_DEPTH 64u /* of control flow: the specification's number */
#define PVGPU_DXBC_MAX_CASES 1024u
#define PVGPU_DXBC_MAX_LABELS 128u
#define PVGPU_DXBC_MAX_CALLS 32u /* depth */
#define PVGPU_DXBC_MAX_PHASES 256u /* of a hull shader: two for each of 128 patch constants */
#define PVGPU_DXBC_MAX_PHASE_INSTANCES 128u /* one for each patch constant */
#define PVGPU_DXBC_MAX_ALL_INSTANCES 1024u /* the hosts make a call of each */

/* Operand types: D3D10_SB_OPERAND_TYPE, D3D11_SB_OPERAND_TYPE. */
enum pvgpu_dxbc_type {
    PVGPU_DXBC_TEMP = 0,
    PVGPU_DXBC_INPUT = 1,
    PVGPU_DXBC_OUTPUT = 2,
    PVGPU_DXBC_INDEXABLE = 3,
    PVGPU_DXBC_IMMEDIATE = 4,
    PVGPU_DXBC_IMMEDIATE64 = 5,
    PVGPU_DXBC_SAMPLER = 6,
    PVGPU_DXBC_RESOURCE = 7,
    PVGPU_DXBC_CONSTANT_BUFFER = 8,
    PVGPU_DXBC_ICB = 9,
    PVGPU_DXBC_LABEL = 10,
    PVGPU_DXBC_PRIMITIVE_ID = 11,
    PVGPU_DXBC_DEPTH = 12,
    PVGPU_DXBC_NULL = 13,
    PVGPU_DXBC_RASTERIZER = 14,
    PVGPU_DXBC_COVERAGE_OUT = 15,
    PVGPU_DXBC_STREAM = 16,
    PVGPU_DXBC_FUNCTION_BODY = 17, /* 17 to 21 and 29: interfaces */
    PVGPU_DXBC_CONTROL_POINT_ID = 22,
    PVGPU_DXBC_FORK_ID = 23,
    PVGPU_DXBC_JOIN_ID = 24,
    PVGPU_DXBC_CONTROL_POINT_IN = 25,
    PVGPU_DXBC_CONTROL_POINT_OUT = 26,
    PVGPU_DXBC_PATCH_CONSTANT = 27,
    PVGPU_DXBC_DOMAIN_POINT = 28,
    PVGPU_DXBC_THIS = 29,
    PVGPU_DXBC_UAV = 30,
    PVGPU_DXBC_SHARED = 31,
    PVGPU_DXBC_THREAD_ID = 32,
    PVGPU_DXBC_GROUP_ID = 33,
    PVGPU_DXBC_THREAD_IN_GROUP = 34,
    PVGPU_DXBC_COVERAGE_IN = 35,
    PVGPU_DXBC_THREAD_INDEX = 36,
    PVGPU_DXBC_GS_INSTANCE_ID = 37,
    PVGPU_DXBC_DEPTH_GE = 38,
    PVGPU_DXBC_DEPTH_LE = 39,
    PVGPU_DXBC_TYPE_COUNT = 40, /* 40 counts cycles; 41 and 42 are newer than Direct3D 11.1 */
};

/* What an instruction is, as far as the walk minds. */
enum pvgpu_dxbc_kind {
    PVGPU_DXBC_UNKNOWN_OPCODE = 0,
    PVGPU_DXBC_PLAIN,
    PVGPU_DXBC_FLOW,
    PVGPU_DXBC_DECLARE,
    PVGPU_DXBC_PHASE,
    PVGPU_DXBC_DATA,
    PVGPU_DXBC_NOTHING,
    PVGPU_DXBC_INTERFACE,
};

struct pvgpu_dxbc_opcode {
    const char *operands; /* one letter each, see dxbc_operand.c */
    uint8_t kind; /* enum pvgpu_dxbc_kind */
    uint8_t model; /* 40, 41 or 50 */
    uint8_t stages; /* bit: enum pvgpu_stage */
};

#define PVGPU_DXBC_OPCODE_LIMIT 218u
/* Entry `number` of the table; kind PVGPU_DXBC_UNKNOWN_OPCODE if there is none. number < PVGPU_DXBC_OPCODE_LIMIT */
const struct pvgpu_dxbc_opcode *pvgpu_dxbc_opcode(uint32_t number);

/* Opcode numbers by name. */
#define OP(number, name, model, stages, kind, operands) PVGPU_DXBC_OP_##name = (number),
enum pvgpu_dxbc_opcode_number {
#include "wire/dxbc_opcodes.inc"
};
#undef OP

/* How an operand's components are told. */
enum pvgpu_dxbc_selection {
    PVGPU_DXBC_MASK = 0,
    PVGPU_DXBC_SWIZZLE = 1,
    PVGPU_DXBC_SELECT = 2,
};

struct pvgpu_dxbc_operand {
    uint32_t type; /* enum pvgpu_dxbc_type */
    uint32_t components; /* 0, 1 or 4 */
    uint32_t mode; /* with 4 components: enum pvgpu_dxbc_selection */
    uint32_t selection; /* mask, swizzle or component number */
    uint32_t dimensions; /* 0 to 3 */
    uint32_t index[3]; /* the immediate part; 0 if there is none */
    bool relative[3];
    uint32_t modifier; /* 0 none, 1 negate, 2 absolute, 3 both */
    uint32_t immediate; /* the first dword, if it is one */
};

/* Dimensions of resources: D3D10_SB_RESOURCE_DIMENSION, D3D11_SB_... */
enum pvgpu_dxbc_dimension {
    PVGPU_DXBC_BUFFER = 1,
    PVGPU_DXBC_TEXTURE1D = 2,
    PVGPU_DXBC_TEXTURE2D = 3,
    PVGPU_DXBC_TEXTURE2DMS = 4,
    PVGPU_DXBC_TEXTURE3D = 5,
    PVGPU_DXBC_TEXTURECUBE = 6,
    PVGPU_DXBC_TEXTURE1DARRAY = 7,
    PVGPU_DXBC_TEXTURE2DARRAY = 8,
    PVGPU_DXBC_TEXTURE2DMSARRAY = 9,
    PVGPU_DXBC_TEXTURECUBEARRAY = 10,
    PVGPU_DXBC_RAW_BUFFER = 11,
    PVGPU_DXBC_STRUCTURED_BUFFER = 12,
};

/* Register files that signatures describe. */
enum pvgpu_dxbc_file {
    PVGPU_DXBC_FILE_INPUT,
    PVGPU_DXBC_FILE_CONTROL_POINT_IN,
    PVGPU_DXBC_FILE_OUTPUT,
    PVGPU_DXBC_FILE_CONTROL_POINT_OUT,
    PVGPU_DXBC_FILE_PATCH_CONSTANT,
    PVGPU_DXBC_FILE_COUNT
};

enum pvgpu_dxbc_phase {
    PVGPU_DXBC_PHASE_NONE, /* not a hull shader, or before hs_decls */
    PVGPU_DXBC_PHASE_DECLARATIONS,
    PVGPU_DXBC_PHASE_CONTROL_POINT,
    PVGPU_DXBC_PHASE_FORK,
    PVGPU_DXBC_PHASE_JOIN,
};

/* What is declared for one phase of a hull shader, or for the whole program of another. */
struct pvgpu_dxbc_phase_state {
    bool temps_declared, instances_declared;
    uint32_t temps; /* r# */
    uint32_t all_temps; /* with those of x# */
    uint16_t indexable[PVGPU_DXBC_MAX_TEMPS]; /* length of x#; 0: not declared */
    uint8_t masks[PVGPU_DXBC_FILE_COUNT][PVGPU_DXBC_MAX_REGISTERS]; /* declared components */
    uint8_t ranges[PVGPU_DXBC_FILE_COUNT][PVGPU_DXBC_MAX_REGISTERS]; /* number of the index range; 0: none */
    uint8_t range_count;
    uint8_t vertices[PVGPU_DXBC_FILE_COUNT]; /* length of the arrays; 0: not declared yet */
    uint64_t specials; /* bit: enum pvgpu_dxbc_type of a register without a number */
};

struct pvgpu_dxbc_flow {
    uint8_t kind; /* opcode that opened it: if, else, loop, switch */
    bool has_default;
    uint16_t first_case; /* where its cases start in `cases` */
};

struct pvgpu_dxbc_function {
    bool defined, called;
    uint8_t depth; /* of calls below it */
    uint32_t instructions; /* its own */
    uint16_t calls[PVGPU_DXBC_MAX_LABELS]; /* how often it calls each; stops at 65535 */
};

struct pvgpu_dxbc_walk {
    const uint8_t *code; /* the program, its two header tokens included */
    uint32_t count; /* dwords */
    uint32_t at; /* next dword to read */
    uint32_t end; /* of the current instruction */
    enum pvgpu_stage stage;
    uint32_t model; /* 40, 41 or 50 */
    const struct pvgpu_dxbc *container; /* signatures */

    uint32_t opcode, token; /* of the current instruction */
    uint32_t instructions;
    bool in_code; /* an instruction other than declarations has been seen (in this phase) */
    bool ended; /* the last instruction was a ret outside of all control flow */

    uint32_t declared[(PVGPU_DXBC_OPCODE_LIMIT + 31) / 32]; /* opcodes of single declarations that have been */
    uint32_t icb; /* constants; 0: none */
    uint16_t constant_buffers[PVGPU_DXBC_MAX_BUFFERS]; /* size + 1; 0: not declared */
    uint8_t resources[PVGPU_DXBC_MAX_RESOURCES]; /* enum pvgpu_dxbc_dimension; 0: not declared */
    uint8_t uavs[PVGPU_DXBC_MAX_UAVS];
    uint32_t samplers; /* bit: slot */
    uint8_t shared[PVGPU_DXBC_MAX_SHARED]; /* raw or structured; 0: not declared */
    uint32_t shared_bytes;
    struct pvgpu_dxbc_phase_state state;

    uint32_t streams; /* bit: declared */
    uint32_t gs_primitive, gs_primitive_vertices, gs_max_vertices;
    bool gs_not_points; /* a topology other than points has been declared */
    uint32_t control_points_in, control_points_out;
    uint32_t domain, tess_output;
    uint32_t tess_factors; /* bit: system value of D3D11_SB_NAME that a fork or join phase declares */
    enum pvgpu_dxbc_phase phase;
    uint32_t phases, instances;
    bool has_control_point_phase;

    struct pvgpu_dxbc_flow flow[PVGPU_DXBC_MAX_DEPTH];
    uint32_t depth, loops, switches;
    uint32_t cases[PVGPU_DXBC_MAX_CASES];
    uint32_t case_count;
    bool after_switch; /* the next instruction must be a case */
    uint32_t function; /* label + 1; 0: main */
    struct pvgpu_dxbc_function functions[PVGPU_DXBC_MAX_LABELS + 1];
};

/* How many of the four components a mask has. */
static inline uint32_t pvgpu_dxbc_count_components(uint32_t mask)
{
    return (mask & 1) + (mask >> 1 & 1) + (mask >> 2 & 1) + (mask >> 3 & 1);
}

/* D3D_MIN_PRECISION. */
static inline bool pvgpu_dxbc_is_precision(uint32_t value)
{
    return value <= 5 && value != 3;
}

/* Whether the walk is in a phase of a hull shader that makes patch constants. */
static inline bool pvgpu_dxbc_in_patch_phase(const struct pvgpu_dxbc_walk *walk)
{
    return walk->phase == PVGPU_DXBC_PHASE_FORK || walk->phase == PVGPU_DXBC_PHASE_JOIN;
}

/* The next token of the current instruction. False: it has no more. */
bool pvgpu_dxbc_take(struct pvgpu_dxbc_walk *walk, uint32_t *token);

/* ---- dxbc_operand.c ---- */
/* Reads an operand of the current instruction, checks its form and its relative indices. */
enum pvgpu_dxbc_rule pvgpu_dxbc_read_operand(struct pvgpu_dxbc_walk *walk, struct pvgpu_dxbc_operand *operand);
/* Reads and checks all operands of an instruction that is no declaration. The last operand is left in *last. */
enum pvgpu_dxbc_rule pvgpu_dxbc_check_operands(struct pvgpu_dxbc_walk *walk, const char *letters,
                                               struct pvgpu_dxbc_operand *last);

/* ---- dxbc_register.c ---- */
/* Whether the stage (and phase) has registers of that type. */
bool pvgpu_dxbc_type_exists(const struct pvgpu_dxbc_walk *walk, uint32_t type);
/* The register file of a type; PVGPU_DXBC_FILE_COUNT if it has none. */
enum pvgpu_dxbc_file pvgpu_dxbc_file_of(uint32_t type);
/* Whether registers of that type are arrays over vertices in this stage and phase. */
bool pvgpu_dxbc_has_vertices(const struct pvgpu_dxbc_walk *walk, uint32_t type);
/* Whether the operand's indices are inside of what was declared. `written`: components; 0 for a source. */
enum pvgpu_dxbc_rule pvgpu_dxbc_check_register(const struct pvgpu_dxbc_walk *walk,
                                               const struct pvgpu_dxbc_operand *operand, uint32_t written);
/* The number of indices of a register of that type; its immediate-only ones as bits. */
uint32_t pvgpu_dxbc_dimensions(const struct pvgpu_dxbc_walk *walk, uint32_t type, uint32_t *fixed);

/* ---- dxbc_declare.c, dxbc_declare_io.c ---- */
/* Checks and notes a declaration. */
enum pvgpu_dxbc_rule pvgpu_dxbc_declare(struct pvgpu_dxbc_walk *walk);
/* DCL_INPUT to DCL_OUTPUT_SIV, DCL_INDEX_RANGE. */
enum pvgpu_dxbc_rule pvgpu_dxbc_declare_register(struct pvgpu_dxbc_walk *walk);
enum pvgpu_dxbc_rule pvgpu_dxbc_declare_range(struct pvgpu_dxbc_walk *walk);
/* Reads a declaration's operand: a register with immediate indices alone. */
enum pvgpu_dxbc_rule pvgpu_dxbc_read_declared(struct pvgpu_dxbc_walk *walk, uint32_t type,
                                              struct pvgpu_dxbc_operand *operand);
/* The declarations of tessellation and of geometry shaders. */
enum pvgpu_dxbc_rule pvgpu_dxbc_declare_stage(struct pvgpu_dxbc_walk *walk);
/* Whether all that the stage needs has been declared, and fits together. */
enum pvgpu_dxbc_rule pvgpu_dxbc_check_declared(const struct pvgpu_dxbc_walk *walk);
/* HS_DECLS and the phases. */
enum pvgpu_dxbc_rule pvgpu_dxbc_begin_phase(struct pvgpu_dxbc_walk *walk);
bool pvgpu_dxbc_was_declared(const struct pvgpu_dxbc_walk *walk, uint32_t opcode);

/* ---- dxbc_flow.c ---- */
/* `operand`: the instruction's last. */
enum pvgpu_dxbc_rule pvgpu_dxbc_check_flow(struct pvgpu_dxbc_walk *walk, const struct pvgpu_dxbc_operand *operand);
/* At the end of a program or of a phase. */
enum pvgpu_dxbc_rule pvgpu_dxbc_check_end(const struct pvgpu_dxbc_walk *walk);
/* Whether calls are bounded and all labels defined. */
enum pvgpu_dxbc_rule pvgpu_dxbc_check_calls(struct pvgpu_dxbc_walk *walk);

#endif
