/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "good_shaders.h"

#include "dxbc_builder.h"
#include "shader_stages.h"

#include "shaders/corpus/generated/all.h"
#include "shaders/generated/background_ps.h"
#include "shaders/generated/background_vs.h"
#include "shaders/generated/cube_ps.h"
#include "shaders/generated/cube_vs.h"
#include "shaders/generated/triangle_ps.h"
#include "shaders/generated/triangle_vs.h"

#include <string.h>

#define COUNT(array) ((uint32_t)(sizeof(array) / sizeof((array)[0])))

/* ---- Compiled ---------------------------------------------------------------------------------------------------- */

struct compiled {
    const char *name;
    const uint8_t *bytes;
    size_t size;
    enum pvgpu_stage stage;
};

#define COMPILED(name, stage, model, blob) {#name, blob, sizeof(blob), STAGE_##stage},
#define DEMO(name, stage) {#name, pvgpu_shader_##name, sizeof(pvgpu_shader_##name), STAGE_##stage}

static const struct compiled compiled[] = {
    PVGPU_SHADERS_OF_CORPUS(COMPILED) DEMO(background_ps, ps),
    DEMO(background_vs, vs),
    DEMO(cube_ps, ps),
    DEMO(cube_vs, vs),
    DEMO(triangle_ps, ps),
    DEMO(triangle_vs, vs),
};

/* ---- Assembled --------------------------------------------------------------------------------------------------- */

struct assembled {
    const char *name;
    enum pvgpu_stage stage;
    uint32_t model;
    const uint32_t *tokens;
    uint32_t count;
};

#define ROW(name, stage, model, ...) \
    {name, PVGPU_STAGE_##stage, model, (const uint32_t[]){__VA_ARGS__}, DXBC_COUNT(__VA_ARGS__)}

#define VS I(DCL_INPUT, MASK(INPUT, 0xF, 1), 0), I(DCL_OUTPUT_SIV, O(0), 1), TEMPS(3)
#define PS \
    IB(DCL_INPUT_PS_SIV, 4, MASK(INPUT, 0x3, 1), 0, 1), IB(DCL_INPUT_PS, 2, MASK(INPUT, 0xF, 1), 1), \
        I(DCL_OUTPUT, O(0)), TEMPS(4), DCL_S(0, 0), DCL_S(1, 1), DCL_T(0, TEXTURE2D), \
        IB(DCL_RESOURCE, PVGPU_DXBC_TEXTURE2DMS | 4 << 5, BARE(RESOURCE, 1), 1, 0x5555), DCL_T(2, TEXTURE2DARRAY)
#define DOUBLES(op) I(op, RD(0), R(1), R(2))
#define DOUBLE4 TOKEN(IMMEDIATE64, 0, 2, 1, 0), 0, 0x3FF00000, 0, 0x40000000
#define IMM_ATOMIC(op) I(op, RDX(0), BARE(UAV, 1), 0, R(1), RX(2))
#define ATOMIC(op) I(op, BARE(UAV, 1), 0, R(1), RX(2))
#define SATURATED(name, ...) IB(name, 4, __VA_ARGS__)
#define PRECISE(name, ...) IB(name, 0xF << 8, __VA_ARGS__)
#define NEGATED(i) SWIZZLE(TEMP, XYZW, 1) | EXTENDED, 1 | 1 << 6, i
#define MIN16(i) MASK(TEMP, 0xF, 1) | EXTENDED, 1 | 1 << 14, i

#define HS_STATE(in, out, domain, partitioning, output) \
    N(HS_DECLS), NB(DCL_INPUT_CONTROL_POINTS, in), NB(DCL_OUTPUT_CONTROL_POINTS, out), NB(DCL_TESS_DOMAIN, domain), \
        NB(DCL_TESS_PARTITIONING, partitioning), NB(DCL_TESS_OUTPUT, output)
#define HS_FACTOR(i, value) I(DCL_OUTPUT_SIV, MASK(OUTPUT, 1, 1), i, value)

static const struct assembled assembled[] = {
    ROW("doubles", VERTEX, 50, NB(DCL_GLOBAL_FLAGS, 0x43), VS, DOUBLES(DADD), DOUBLES(DMAX), DOUBLES(DMIN),
        DOUBLES(DMUL), DOUBLES(DDIV), I(DFMA, RD(0), R(1), R(2), R(0)), I(DRCP, RD(0), R(1)),
        I(DEQ, RDXY(0), R(1), R(2)), I(DLT, RDX(0), R(1), DOUBLE4), I(DMOV, RDXY(0), SWIZZLE(TEMP, 0xEE, 1), 1),
        I(DMOVC, RD(0), R(1), R(2), R(0)), I(DTOF, RDXY(0), R(1)), I(FTOD, RD(0), R(1)), I(DTOI, RDX(0), R(1)),
        I(DTOU, RDXY(0), R(1)), I(ITOD, RDXY(0), RX(1)), I(UTOD, RD(0), R(1)), I(DNE, RDX(0), R(1), R(2)),
        I(DGE, RDX(0), R(1), R(2)), I(MOV, O(0), R(0)), N(RET)),
    ROW("integers", VERTEX, 50, VS, I(BFREV, RD(0), R(1)), I(BFI, RD(0), R(1), R(2), R(0), V(0)),
        I(UBFE, RD(0), R(1), R(2), R(0)), I(IBFE, RD(0), R(1), R(2), R(0)), I(UADDC, RD(0), NOWHERE, R(1), R(2)),
        I(USUBB, RD(0), NOWHERE, R(1), R(2)), I(UMUL, NOWHERE, RD(0), R(1), R(2)),
        I(SWAPC, RD(0), RD(1), R(1), R(2), R(0)), I(MSAD, RD(0), R(1), R(2), R(0)), I(UDIV, NOWHERE, RD(1), R(1), R(2)),
        I(SINCOS, RD(0), NOWHERE, R(1)), I(COUNTBITS, RD(0), R(1)), I(FIRSTBIT_SHI, RD(0), R(1)),
        I(UMAD, RD(0), R(1), R(2), NEGATED(0)), SATURATED(MOV, O(0), R(0)), N(RET)),
    ROW("conditions", VERTEX, 50, VS, N(LOOP), I(BREAKC, RX(0)), I(IADD, RDX(0), RX(0), IMM(1)), I(CONTINUEC, RX(1)),
        I(IMAD, RDX(1), RX(0), RX(0), IMM(3)), N(BREAK), N(ENDLOOP), I(MOV, O(0), R(0)), N(RET)),
    ROW("functions", VERTEX, 40, VS, I(CALL, LABEL(0)), I(CALLC, RX(0), LABEL(1)), I(MOV, O(0), R(0)), N(RET),
        I(LABEL, LABEL(0)), I(CALL, LABEL(1)), N(RET), I(LABEL, LABEL(1)), I(ADD, RD(0), V(0), R(0)), I(RETC, RX(0)),
        N(RET)),
    ROW("data and nothing", VERTEX, 50, PVGPU_DXBC_OP_CUSTOMDATA, 4, 0x64636261, 0, VS,
        PVGPU_DXBC_OP_CUSTOMDATA | 2u << 11, 2, N(NOP), I(MOV, O(0), R(0)), PVGPU_DXBC_OP_CUSTOMDATA | 1u << 11, 3, 7,
        N(RET), N(NOP), PVGPU_DXBC_OP_CUSTOMDATA | 4u << 11, 2),
    ROW("constants", VERTEX, 50, DCL_ICB(0, 1, 2, 3, 4, 5, 6, 7), DCL_CB(13, 4096),
        IB(DCL_CONSTANT_BUFFER, 1, SWIZZLE(CONSTANT_BUFFER, XYZW, 2), 0, 0), VS, I(DCL_INDEXABLE_TEMP, 1, 8, 4),
        I(MOV, RD(0), CB(13, 4095)), I(MOV, RD(0), SWIZZLE(CONSTANT_BUFFER, XYZW, 2) | BOTH(1), 0, 5, RX(0)),
        I(MOV, RD(0), SWIZZLE(ICB, XYZW, 1) | BOTH(0), 1, SELECT(INPUT, 2, 1), 0),
        I(MOV, MASK(INDEXABLE, 1, 2) | BOTH(1), 1, 0, SELECT(INDEXABLE, 0, 2), 1, 7, R(0)),
        PRECISE(MAD, MIN16(0), NEGATED(1), R(2), IMM(5)), I(MOV, O(0), R(0)), N(RET)),
    ROW("an index range", VERTEX, 50, I(DCL_INPUT, MASK(INPUT, 0xF, 1), 2), I(DCL_INPUT, MASK(INPUT, 0xF, 1), 3),
        I(DCL_INPUT, MASK(INPUT, 0xF, 1), 4), I(DCL_INDEX_RANGE, MASK(INPUT, 0xF, 1), 2, 3), I(DCL_OUTPUT_SIV, O(0), 1),
        TEMPS(1), I(MOV, O(0), SWIZZLE(INPUT, XYZW, 1) | BOTH(0), 2, RX(0)), N(RET)),
    ROW("gathers", PIXEL, 50, PS, I(GATHER4, RD(0), V(1), T(0), SELECT(SAMPLER, 1, 1), 0),
        I(GATHER4_PO, RD(0), V(1), R(1), T(0), SELECT(SAMPLER, 0, 1), 0),
        I(GATHER4_PO_C, RD(0), V(1), R(1), T(2), SELECT(SAMPLER, 0, 1), 1, RX(0)),
        IX(GATHER4_C, 1 | 3 << 9, RD(0), V(1), T(0), SELECT(SAMPLER, 0, 1), 1, IMM(0)), I(MOV, O(0), R(0)), N(RET)),
    ROW("indexable tokens", PIXEL, 50, PS, ((uint32_t)PVGPU_DXBC_OP_SAMPLE | 12u << 24 | EXTENDED), 0x80000001,
        2u | 3 << 6 | EXTENDED, 3 | 0x5555 << 6, RD(0), V(1), T(0), S(0), I(MOV, O(0), R(0)), N(RET)),
    ROW("samples", PIXEL, 41, PS, I(LOD, RD(0), V(1), T(0), S(0)), I(SAMPLE_INFO, RD(0), T(1)),
        I(SAMPLE_POS, RD(0), T(1), RX(0)), IB(SAMPLE_INFO, 1, RD(1), SWIZZLE(RASTERIZER, XYZW, 0)),
        I(SAMPLE_POS, RD(0), SWIZZLE(RASTERIZER, XYZW, 0), RX(0)), IB(RESINFO, 2, RD(1), IMM(0), T(1)),
        I(LD_MS, RD(2), R(0), T(1), IMM(2)), I(MOV, O(0), R(0)), N(RET)),
    ROW("evaluation", PIXEL, 50, PS, I(EVAL_CENTROID, RD(0), V(1)), I(EVAL_SAMPLE_INDEX, RD(0), V(1), IMM(7)),
        I(EVAL_SNAPPED, RD(0), V(1), R(0)), I(DERIV_RTX_FINE, RD(1), R(0)), I(DERIV_RTY_COARSE, RD(1), R(0)),
        I(MOV, O(0), R(0)), N(RET)),
    ROW("coverage and depth", PIXEL, 50, NB(DCL_GLOBAL_FLAGS, 1), PS, I(DCL_INPUT, SCALAR(COVERAGE_IN)),
        I(DCL_OUTPUT, SCALAR(COVERAGE_OUT)), I(DCL_OUTPUT, SCALAR(DEPTH_LE)), I(MOV, SCALAR(DEPTH_LE), RX(0)),
        I(MOV, SCALAR(COVERAGE_OUT), SCALAR(COVERAGE_IN)), I(MOV, O(0), R(0)), N(RET)),
    ROW("counters", COMPUTE, 50, IB(DCL_UAV_STRUCTURED, 1 << 12, BARE(UAV, 1), 0, 16), TEMPS(3), DCL_GROUP(64, 1, 1),
        I(IMM_ATOMIC_ALLOC, RDX(0), BARE(UAV, 1), 0), I(STORE_STRUCTURED, UD(0, 0xF), RX(0), IMM(0), R(1)),
        I(IMM_ATOMIC_CONSUME, RDX(0), BARE(UAV, 1), 0), I(LD_STRUCTURED, RD(0), RX(0), IMM(4), U(0)),
        I(BUFINFO, RDX(0), U(0)), N(RET)),
    ROW("atomics", COMPUTE, 50, I(DCL_UAV_RAW, BARE(UAV, 1), 0), I(DCL_SHARED_RAW, BARE(SHARED, 1), 0, 32760),
        I(DCL_SHARED_STRUCTURED, BARE(SHARED, 1), 1, 4, 2), TEMPS(3), DCL_GROUP(16, 16, 4), IMM_ATOMIC(IMM_ATOMIC_IADD),
        IMM_ATOMIC(IMM_ATOMIC_AND), IMM_ATOMIC(IMM_ATOMIC_OR), IMM_ATOMIC(IMM_ATOMIC_XOR), IMM_ATOMIC(IMM_ATOMIC_EXCH),
        IMM_ATOMIC(IMM_ATOMIC_IMAX), IMM_ATOMIC(IMM_ATOMIC_IMIN), IMM_ATOMIC(IMM_ATOMIC_UMAX),
        IMM_ATOMIC(IMM_ATOMIC_UMIN), I(IMM_ATOMIC_CMP_EXCH, RDX(0), BARE(SHARED, 1), 1, R(1), RX(2), RX(0)),
        ATOMIC(ATOMIC_AND), ATOMIC(ATOMIC_OR), ATOMIC(ATOMIC_XOR), ATOMIC(ATOMIC_IADD), ATOMIC(ATOMIC_IMAX),
        ATOMIC(ATOMIC_IMIN), ATOMIC(ATOMIC_UMAX), ATOMIC(ATOMIC_UMIN),
        I(ATOMIC_CMP_STORE, BARE(SHARED, 1), 0, RX(1), RX(2), RX(0)), NB(SYNC, 3), NB(SYNC, 8), NB(SYNC, 7),
        I(LD_RAW, RD(0), RX(1), G(0)), I(STORE_RAW, MASK(SHARED, 7, 1), 0, RX(0), R(1)), N(RET)),
    ROW("streams", GEOMETRY, 50, I(DCL_GS_INSTANCES, 32), I(DCL_INPUT, BARE(GS_INSTANCE_ID, 0)),
        I(DCL_INPUT, BARE(PRIMITIVE_ID, 0)), I(DCL_INPUT_SIV, MASK(INPUT, 0xF, 2), 2, 0, 1), NB(DCL_GS_INPUT, 2),
        TEMPS(1), I(DCL_STREAM, STREAM(0)), NB(DCL_GS_OUTPUT, 1), I(DCL_OUTPUT_SIV, O(0), 1), I(DCL_OUTPUT, O(1)),
        I(DCL_STREAM, STREAM(3)), NB(DCL_GS_OUTPUT, 1), I(DCL_MAX_OUT, 128), I(MOV, RDX(0), SCALAR(GS_INSTANCE_ID)),
        I(MOV, O(0), SWIZZLE(INPUT, XYZW, 2) | RELATIVE(0), RX(0), 0), I(MOV, O(1), SCALAR(PRIMITIVE_ID)),
        I(EMIT_STREAM, STREAM(0)), I(CUT_STREAM, STREAM(0)), I(EMITTHENCUT_STREAM, STREAM(3)), N(RET)),
    ROW("a cut", GEOMETRY, 40, I(DCL_INPUT_SIV, MASK(INPUT, 0xF, 2), 3, 0, 1), NB(DCL_GS_INPUT, 3),
        NB(DCL_GS_OUTPUT, 5), I(DCL_OUTPUT_SIV, O(0), 1), I(DCL_MAX_OUT, 4),
        I(MOV, O(0), SWIZZLE(INPUT, XYZW, 2), 0, 0), N(EMIT), I(MOV, O(0), SWIZZLE(INPUT, XYZW, 2), 2, 0),
        N(EMITTHENCUT), N(RET)),
    ROW("a patch", GEOMETRY, 50, NB(DCL_GS_INPUT, 39), NB(DCL_GS_OUTPUT, 3), I(DCL_MAX_OUT, 1), N(RET)),
    ROW("phases", HULL, 50, HS_STATE(32, 32, 2, 4, 4), I(DCL_HS_MAX_TESSFACTOR, 0x42800000), DCL_CB(0, 2),
        N(HS_CONTROL_POINT_PHASE), TEMPS(1), I(DCL_INPUT, BARE(CONTROL_POINT_ID, 0)),
        I(DCL_INPUT, MASK(INPUT, 0xF, 2), 32, 0), I(DCL_OUTPUT, O(0)), I(MOV, RDX(0), SCALAR(CONTROL_POINT_ID)),
        I(MOV, O(0), SWIZZLE(INPUT, XYZW, 2) | RELATIVE(0), RX(0), 0), N(RET), N(HS_FORK_PHASE),
        I(DCL_HS_FORK_INSTANCES, 3), I(DCL_INPUT, BARE(FORK_ID, 0)), TEMPS(1), HS_FACTOR(0, 17), HS_FACTOR(1, 18),
        HS_FACTOR(2, 19), I(DCL_INDEX_RANGE, MASK(OUTPUT, 1, 1), 0, 3), I(MOV, RDX(0), SCALAR(FORK_ID)),
        I(MOV, MASK(OUTPUT, 1, 1) | RELATIVE(0), RX(0), SELECT(CONSTANT_BUFFER, 0, 2), 0, 1), N(RET), N(HS_FORK_PHASE),
        I(DCL_INPUT, MASK(CONTROL_POINT_IN, 0xF, 2), 32, 0), I(DCL_INPUT, MASK(CONTROL_POINT_OUT, 0xF, 2), 32, 0),
        I(DCL_OUTPUT, O(4)), I(MOV, O(4), SWIZZLE(CONTROL_POINT_OUT, XYZW, 2), 31, 0), N(RET), N(HS_JOIN_PHASE),
        I(DCL_HS_JOIN_INSTANCES, 2), I(DCL_INPUT, BARE(JOIN_ID, 0)), I(DCL_INPUT, MASK(PATCH_CONSTANT, 1, 1), 0),
        HS_FACTOR(3, 20), I(MOV, MASK(OUTPUT, 1, 1), 3, SELECT(PATCH_CONSTANT, 0, 1), 0), N(RET)),
    ROW("no control point phase", HULL, 50, HS_STATE(1, 1, 2, 1, 1), N(HS_FORK_PHASE), HS_FACTOR(0, 17),
        HS_FACTOR(1, 18), HS_FACTOR(2, 19), HS_FACTOR(3, 20), I(MOV, MASK(OUTPUT, 1, 1), 0, IMM(0)), N(RET)),
    ROW("a domain", DOMAIN, 50, NB(DCL_INPUT_CONTROL_POINTS, 3), NB(DCL_TESS_DOMAIN, 2),
        I(DCL_INPUT, MASK(DOMAIN_POINT, 7, 0)), I(DCL_INPUT, BARE(PRIMITIVE_ID, 0)),
        I(DCL_INPUT, MASK(PATCH_CONSTANT, 0xF, 1), 4), I(DCL_INPUT_SIV, MASK(PATCH_CONSTANT, 1, 1), 0, 17),
        I(DCL_INPUT, MASK(CONTROL_POINT_IN, 0xF, 2), 3, 0), I(DCL_OUTPUT_SIV, O(0), 1), TEMPS(1),
        I(MAD, RD(0), SWIZZLE(CONTROL_POINT_IN, XYZW, 2), 2, 0, SWIZZLE(DOMAIN_POINT, 0, 0),
          SWIZZLE(PATCH_CONSTANT, XYZW, 1), 4),
        I(MOV, O(0), R(0)), N(RET)),
};

uint32_t good_shader_count(void)
{
    return COUNT(compiled) + COUNT(assembled);
}

bool good_shader_is_compiled(uint32_t index)
{
    return index < COUNT(compiled);
}

size_t good_shader_make(uint32_t index, uint8_t *bytes, size_t capacity, enum pvgpu_stage *stage, const char **name)
{
    if (index >= COUNT(compiled)) {
        const struct assembled *row = &assembled[index - COUNT(compiled)];
        *stage = row->stage;
        *name = row->name;
        return dxbc_make(bytes, capacity, row->stage, row->model, row->tokens, row->count);
    }
    *stage = compiled[index].stage;
    *name = compiled[index].name;
    if (compiled[index].size > capacity)
        return 0;
    memcpy(bytes, compiled[index].bytes, compiled[index].size);
    return compiled[index].size;
}
