/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Made by shaders/compile.sh: every blob of shaders/corpus/, by name. Do not edit. */
#ifndef PVGPU_SHADERS_CORPUS_H
#define PVGPU_SHADERS_CORPUS_H

#include "shaders/corpus/generated/adjacency_gs_40.h"
#include "shaders/corpus/generated/adjacency_gs_41.h"
#include "shaders/corpus/generated/adjacency_gs_50.h"
#include "shaders/corpus/generated/arrays_vs_40.h"
#include "shaders/corpus/generated/arrays_vs_50.h"
#include "shaders/corpus/generated/atomics_cs.h"
#include "shaders/corpus/generated/atomics_ps.h"
#include "shaders/corpus/generated/bits_vs.h"
#include "shaders/corpus/generated/buffers_vs.h"
#include "shaders/corpus/generated/depth_ps.h"
#include "shaders/corpus/generated/derivatives_ps.h"
#include "shaders/corpus/generated/discard_ps_40.h"
#include "shaders/corpus/generated/discard_ps_50.h"
#include "shaders/corpus/generated/flow_vs_40.h"
#include "shaders/corpus/generated/flow_vs_41.h"
#include "shaders/corpus/generated/flow_vs_50.h"
#include "shaders/corpus/generated/gather5_ps.h"
#include "shaders/corpus/generated/gather_ps_41.h"
#include "shaders/corpus/generated/gather_ps_50.h"
#include "shaders/corpus/generated/ids_gs_40.h"
#include "shaders/corpus/generated/ids_gs_50.h"
#include "shaders/corpus/generated/integers_vs_40.h"
#include "shaders/corpus/generated/integers_vs_41.h"
#include "shaders/corpus/generated/integers_vs_50.h"
#include "shaders/corpus/generated/isoline_ds.h"
#include "shaders/corpus/generated/isoline_hs.h"
#include "shaders/corpus/generated/nested_vs_40.h"
#include "shaders/corpus/generated/nested_vs_50.h"
#include "shaders/corpus/generated/odd_ds.h"
#include "shaders/corpus/generated/odd_hs.h"
#include "shaders/corpus/generated/outputs_ps_40.h"
#include "shaders/corpus/generated/outputs_ps_50.h"
#include "shaders/corpus/generated/points_gs_40.h"
#include "shaders/corpus/generated/points_gs_50.h"
#include "shaders/corpus/generated/quad_ds.h"
#include "shaders/corpus/generated/quad_hs.h"
#include "shaders/corpus/generated/raw_cs_40.h"
#include "shaders/corpus/generated/raw_cs_41.h"
#include "shaders/corpus/generated/raw_cs_50.h"
#include "shaders/corpus/generated/samples_ps_41.h"
#include "shaders/corpus/generated/samples_ps_50.h"
#include "shaders/corpus/generated/shared_cs_40.h"
#include "shaders/corpus/generated/shared_cs_41.h"
#include "shaders/corpus/generated/shared_cs_50.h"
#include "shaders/corpus/generated/sizes_ps.h"
#include "shaders/corpus/generated/streams_gs.h"
#include "shaders/corpus/generated/strip_gs.h"
#include "shaders/corpus/generated/textures_ps_40.h"
#include "shaders/corpus/generated/textures_ps_41.h"
#include "shaders/corpus/generated/textures_ps_50.h"
#include "shaders/corpus/generated/tri_ds.h"
#include "shaders/corpus/generated/tri_hs.h"
#include "shaders/corpus/generated/uav_ps.h"
#include "shaders/corpus/generated/views_cs.h"
#include "shaders/corpus/generated/words_cs.h"

/* PVGPU_SHADER(name, stage, model, blob): stage as in HLSL profiles, model 40, 41 or 50. */
#define PVGPU_SHADERS_OF_CORPUS(PVGPU_SHADER) \
    PVGPU_SHADER(adjacency_gs_40, gs, 40, pvgpu_shader_corpus_adjacency_gs_40) \
    PVGPU_SHADER(adjacency_gs_41, gs, 41, pvgpu_shader_corpus_adjacency_gs_41) \
    PVGPU_SHADER(adjacency_gs_50, gs, 50, pvgpu_shader_corpus_adjacency_gs_50) \
    PVGPU_SHADER(arrays_vs_40, vs, 40, pvgpu_shader_corpus_arrays_vs_40) \
    PVGPU_SHADER(arrays_vs_50, vs, 50, pvgpu_shader_corpus_arrays_vs_50) \
    PVGPU_SHADER(atomics_cs, cs, 50, pvgpu_shader_corpus_atomics_cs) \
    PVGPU_SHADER(atomics_ps, ps, 50, pvgpu_shader_corpus_atomics_ps) \
    PVGPU_SHADER(bits_vs, vs, 50, pvgpu_shader_corpus_bits_vs) \
    PVGPU_SHADER(buffers_vs, vs, 50, pvgpu_shader_corpus_buffers_vs) \
    PVGPU_SHADER(depth_ps, ps, 50, pvgpu_shader_corpus_depth_ps) \
    PVGPU_SHADER(derivatives_ps, ps, 50, pvgpu_shader_corpus_derivatives_ps) \
    PVGPU_SHADER(discard_ps_40, ps, 40, pvgpu_shader_corpus_discard_ps_40) \
    PVGPU_SHADER(discard_ps_50, ps, 50, pvgpu_shader_corpus_discard_ps_50) \
    PVGPU_SHADER(flow_vs_40, vs, 40, pvgpu_shader_corpus_flow_vs_40) \
    PVGPU_SHADER(flow_vs_41, vs, 41, pvgpu_shader_corpus_flow_vs_41) \
    PVGPU_SHADER(flow_vs_50, vs, 50, pvgpu_shader_corpus_flow_vs_50) \
    PVGPU_SHADER(gather5_ps, ps, 50, pvgpu_shader_corpus_gather5_ps) \
    PVGPU_SHADER(gather_ps_41, ps, 41, pvgpu_shader_corpus_gather_ps_41) \
    PVGPU_SHADER(gather_ps_50, ps, 50, pvgpu_shader_corpus_gather_ps_50) \
    PVGPU_SHADER(ids_gs_40, gs, 40, pvgpu_shader_corpus_ids_gs_40) \
    PVGPU_SHADER(ids_gs_50, gs, 50, pvgpu_shader_corpus_ids_gs_50) \
    PVGPU_SHADER(integers_vs_40, vs, 40, pvgpu_shader_corpus_integers_vs_40) \
    PVGPU_SHADER(integers_vs_41, vs, 41, pvgpu_shader_corpus_integers_vs_41) \
    PVGPU_SHADER(integers_vs_50, vs, 50, pvgpu_shader_corpus_integers_vs_50) \
    PVGPU_SHADER(isoline_ds, ds, 50, pvgpu_shader_corpus_isoline_ds) \
    PVGPU_SHADER(isoline_hs, hs, 50, pvgpu_shader_corpus_isoline_hs) \
    PVGPU_SHADER(nested_vs_40, vs, 40, pvgpu_shader_corpus_nested_vs_40) \
    PVGPU_SHADER(nested_vs_50, vs, 50, pvgpu_shader_corpus_nested_vs_50) \
    PVGPU_SHADER(odd_ds, ds, 50, pvgpu_shader_corpus_odd_ds) \
    PVGPU_SHADER(odd_hs, hs, 50, pvgpu_shader_corpus_odd_hs) \
    PVGPU_SHADER(outputs_ps_40, ps, 40, pvgpu_shader_corpus_outputs_ps_40) \
    PVGPU_SHADER(outputs_ps_50, ps, 50, pvgpu_shader_corpus_outputs_ps_50) \
    PVGPU_SHADER(points_gs_40, gs, 40, pvgpu_shader_corpus_points_gs_40) \
    PVGPU_SHADER(points_gs_50, gs, 50, pvgpu_shader_corpus_points_gs_50) \
    PVGPU_SHADER(quad_ds, ds, 50, pvgpu_shader_corpus_quad_ds) \
    PVGPU_SHADER(quad_hs, hs, 50, pvgpu_shader_corpus_quad_hs) \
    PVGPU_SHADER(raw_cs_40, cs, 40, pvgpu_shader_corpus_raw_cs_40) \
    PVGPU_SHADER(raw_cs_41, cs, 41, pvgpu_shader_corpus_raw_cs_41) \
    PVGPU_SHADER(raw_cs_50, cs, 50, pvgpu_shader_corpus_raw_cs_50) \
    PVGPU_SHADER(samples_ps_41, ps, 41, pvgpu_shader_corpus_samples_ps_41) \
    PVGPU_SHADER(samples_ps_50, ps, 50, pvgpu_shader_corpus_samples_ps_50) \
    PVGPU_SHADER(shared_cs_40, cs, 40, pvgpu_shader_corpus_shared_cs_40) \
    PVGPU_SHADER(shared_cs_41, cs, 41, pvgpu_shader_corpus_shared_cs_41) \
    PVGPU_SHADER(shared_cs_50, cs, 50, pvgpu_shader_corpus_shared_cs_50) \
    PVGPU_SHADER(sizes_ps, ps, 50, pvgpu_shader_corpus_sizes_ps) \
    PVGPU_SHADER(streams_gs, gs, 50, pvgpu_shader_corpus_streams_gs) \
    PVGPU_SHADER(strip_gs, gs, 50, pvgpu_shader_corpus_strip_gs) \
    PVGPU_SHADER(textures_ps_40, ps, 40, pvgpu_shader_corpus_textures_ps_40) \
    PVGPU_SHADER(textures_ps_41, ps, 41, pvgpu_shader_corpus_textures_ps_41) \
    PVGPU_SHADER(textures_ps_50, ps, 50, pvgpu_shader_corpus_textures_ps_50) \
    PVGPU_SHADER(tri_ds, ds, 50, pvgpu_shader_corpus_tri_ds) \
    PVGPU_SHADER(tri_hs, hs, 50, pvgpu_shader_corpus_tri_hs) \
    PVGPU_SHADER(uav_ps, ps, 50, pvgpu_shader_corpus_uav_ps) \
    PVGPU_SHADER(views_cs, cs, 50, pvgpu_shader_corpus_views_cs) \
    PVGPU_SHADER(words_cs, cs, 50, pvgpu_shader_corpus_words_cs)

#endif
