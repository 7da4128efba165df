/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Made by shaders/compile.sh: every blob of shaders/exact/, by name. Do not edit. */
#ifndef PVGPU_SHADERS_EXACT_H
#define PVGPU_SHADERS_EXACT_H

#include "shaders/exact/generated/all_cs.h"
#include "shaders/exact/generated/alpha_ps.h"
#include "shaders/exact/generated/arguments_cs.h"
#include "shaders/exact/generated/buffer_cs.h"
#include "shaders/exact/generated/buffer_ps.h"
#include "shaders/exact/generated/buffer_sint_ps.h"
#include "shaders/exact/generated/buffer_uint_ps.h"
#include "shaders/exact/generated/color_ps.h"
#include "shaders/exact/generated/color_vs.h"
#include "shaders/exact/generated/compare_ps.h"
#include "shaders/exact/generated/constant_ps.h"
#include "shaders/exact/generated/constants_ps.h"
#include "shaders/exact/generated/constants_vs.h"
#include "shaders/exact/generated/cube_ps.h"
#include "shaders/exact/generated/cubearray_ps.h"
#include "shaders/exact/generated/depth_ps.h"
#include "shaders/exact/generated/dual_ps.h"
#include "shaders/exact/generated/fetch_ds.h"
#include "shaders/exact/generated/fetch_gs.h"
#include "shaders/exact/generated/fetch_hs.h"
#include "shaders/exact/generated/fetch_vs.h"
#include "shaders/exact/generated/full_vs.h"
#include "shaders/exact/generated/gather_ps.h"
#include "shaders/exact/generated/instance_vs.h"
#include "shaders/exact/generated/layer_gs.h"
#include "shaders/exact/generated/layer_ps.h"
#include "shaders/exact/generated/line_ds.h"
#include "shaders/exact/generated/line_gs.h"
#include "shaders/exact/generated/line_hs.h"
#include "shaders/exact/generated/lineadj_gs.h"
#include "shaders/exact/generated/many_vs.h"
#include "shaders/exact/generated/ms_one_ps.h"
#include "shaders/exact/generated/ms_ps.h"
#include "shaders/exact/generated/msarray_ps.h"
#include "shaders/exact/generated/msdepth_ps.h"
#include "shaders/exact/generated/pass_vs.h"
#include "shaders/exact/generated/patch10_hs.h"
#include "shaders/exact/generated/patch11_hs.h"
#include "shaders/exact/generated/patch12_hs.h"
#include "shaders/exact/generated/patch13_hs.h"
#include "shaders/exact/generated/patch14_hs.h"
#include "shaders/exact/generated/patch15_hs.h"
#include "shaders/exact/generated/patch16_hs.h"
#include "shaders/exact/generated/patch17_hs.h"
#include "shaders/exact/generated/patch18_hs.h"
#include "shaders/exact/generated/patch19_hs.h"
#include "shaders/exact/generated/patch1_hs.h"
#include "shaders/exact/generated/patch20_hs.h"
#include "shaders/exact/generated/patch21_hs.h"
#include "shaders/exact/generated/patch22_hs.h"
#include "shaders/exact/generated/patch23_hs.h"
#include "shaders/exact/generated/patch24_hs.h"
#include "shaders/exact/generated/patch25_hs.h"
#include "shaders/exact/generated/patch26_hs.h"
#include "shaders/exact/generated/patch27_hs.h"
#include "shaders/exact/generated/patch28_hs.h"
#include "shaders/exact/generated/patch29_hs.h"
#include "shaders/exact/generated/patch2_hs.h"
#include "shaders/exact/generated/patch30_hs.h"
#include "shaders/exact/generated/patch31_hs.h"
#include "shaders/exact/generated/patch32_hs.h"
#include "shaders/exact/generated/patch3_hs.h"
#include "shaders/exact/generated/patch4_hs.h"
#include "shaders/exact/generated/patch5_hs.h"
#include "shaders/exact/generated/patch6_hs.h"
#include "shaders/exact/generated/patch7_hs.h"
#include "shaders/exact/generated/patch8_hs.h"
#include "shaders/exact/generated/patch9_hs.h"
#include "shaders/exact/generated/point_gs.h"
#include "shaders/exact/generated/position_vs.h"
#include "shaders/exact/generated/quad_ds.h"
#include "shaders/exact/generated/quad_hs.h"
#include "shaders/exact/generated/raw_cs.h"
#include "shaders/exact/generated/sample_ps.h"
#include "shaders/exact/generated/sint_ps.h"
#include "shaders/exact/generated/sint_vs.h"
#include "shaders/exact/generated/slots_ps.h"
#include "shaders/exact/generated/stage_ds.h"
#include "shaders/exact/generated/stencil_ps.h"
#include "shaders/exact/generated/system_ps.h"
#include "shaders/exact/generated/system_vs.h"
#include "shaders/exact/generated/targets_ps.h"
#include "shaders/exact/generated/tex1d_cs.h"
#include "shaders/exact/generated/tex1d_ps.h"
#include "shaders/exact/generated/tex1darray_cs.h"
#include "shaders/exact/generated/tex1darray_ps.h"
#include "shaders/exact/generated/tex2d_cs.h"
#include "shaders/exact/generated/tex2d_grad_ps.h"
#include "shaders/exact/generated/tex2d_load_mip_ps.h"
#include "shaders/exact/generated/tex2d_load_ps.h"
#include "shaders/exact/generated/tex2d_lod_ps.h"
#include "shaders/exact/generated/tex2d_ps.h"
#include "shaders/exact/generated/tex2d_sint_ps.h"
#include "shaders/exact/generated/tex2d_uint_ps.h"
#include "shaders/exact/generated/tex2darray_cs.h"
#include "shaders/exact/generated/tex2darray_ps.h"
#include "shaders/exact/generated/tex3d_cs.h"
#include "shaders/exact/generated/tex3d_ps.h"
#include "shaders/exact/generated/triangle_ds.h"
#include "shaders/exact/generated/triangle_gs.h"
#include "shaders/exact/generated/triangle_hs.h"
#include "shaders/exact/generated/triangleadj_gs.h"
#include "shaders/exact/generated/uint2d_cs.h"
#include "shaders/exact/generated/uint_ps.h"
#include "shaders/exact/generated/uint_vs.h"
#include "shaders/exact/generated/viewport_gs.h"

/* PVGPU_SHADER(name, stage, model, blob): stage as in HLSL profiles, model 40, 41 or 50. */
#define PVGPU_SHADERS_OF_EXACT(PVGPU_SHADER) \
    PVGPU_SHADER(all_cs, cs, 50, pvgpu_shader_exact_all_cs) \
    PVGPU_SHADER(alpha_ps, ps, 50, pvgpu_shader_exact_alpha_ps) \
    PVGPU_SHADER(arguments_cs, cs, 50, pvgpu_shader_exact_arguments_cs) \
    PVGPU_SHADER(buffer_cs, cs, 50, pvgpu_shader_exact_buffer_cs) \
    PVGPU_SHADER(buffer_ps, ps, 50, pvgpu_shader_exact_buffer_ps) \
    PVGPU_SHADER(buffer_sint_ps, ps, 50, pvgpu_shader_exact_buffer_sint_ps) \
    PVGPU_SHADER(buffer_uint_ps, ps, 50, pvgpu_shader_exact_buffer_uint_ps) \
    PVGPU_SHADER(color_ps, ps, 50, pvgpu_shader_exact_color_ps) \
    PVGPU_SHADER(color_vs, vs, 50, pvgpu_shader_exact_color_vs) \
    PVGPU_SHADER(compare_ps, ps, 50, pvgpu_shader_exact_compare_ps) \
    PVGPU_SHADER(constant_ps, ps, 50, pvgpu_shader_exact_constant_ps) \
    PVGPU_SHADER(constants_ps, ps, 50, pvgpu_shader_exact_constants_ps) \
    PVGPU_SHADER(constants_vs, vs, 50, pvgpu_shader_exact_constants_vs) \
    PVGPU_SHADER(cube_ps, ps, 50, pvgpu_shader_exact_cube_ps) \
    PVGPU_SHADER(cubearray_ps, ps, 50, pvgpu_shader_exact_cubearray_ps) \
    PVGPU_SHADER(depth_ps, ps, 50, pvgpu_shader_exact_depth_ps) \
    PVGPU_SHADER(dual_ps, ps, 50, pvgpu_shader_exact_dual_ps) \
    PVGPU_SHADER(fetch_ds, ds, 50, pvgpu_shader_exact_fetch_ds) \
    PVGPU_SHADER(fetch_gs, gs, 50, pvgpu_shader_exact_fetch_gs) \
    PVGPU_SHADER(fetch_hs, hs, 50, pvgpu_shader_exact_fetch_hs) \
    PVGPU_SHADER(fetch_vs, vs, 50, pvgpu_shader_exact_fetch_vs) \
    PVGPU_SHADER(full_vs, vs, 50, pvgpu_shader_exact_full_vs) \
    PVGPU_SHADER(gather_ps, ps, 50, pvgpu_shader_exact_gather_ps) \
    PVGPU_SHADER(instance_vs, vs, 50, pvgpu_shader_exact_instance_vs) \
    PVGPU_SHADER(layer_gs, gs, 50, pvgpu_shader_exact_layer_gs) \
    PVGPU_SHADER(layer_ps, ps, 50, pvgpu_shader_exact_layer_ps) \
    PVGPU_SHADER(line_ds, ds, 50, pvgpu_shader_exact_line_ds) \
    PVGPU_SHADER(line_gs, gs, 50, pvgpu_shader_exact_line_gs) \
    PVGPU_SHADER(line_hs, hs, 50, pvgpu_shader_exact_line_hs) \
    PVGPU_SHADER(lineadj_gs, gs, 50, pvgpu_shader_exact_lineadj_gs) \
    PVGPU_SHADER(many_vs, vs, 50, pvgpu_shader_exact_many_vs) \
    PVGPU_SHADER(ms_one_ps, ps, 50, pvgpu_shader_exact_ms_one_ps) \
    PVGPU_SHADER(ms_ps, ps, 50, pvgpu_shader_exact_ms_ps) \
    PVGPU_SHADER(msarray_ps, ps, 50, pvgpu_shader_exact_msarray_ps) \
    PVGPU_SHADER(msdepth_ps, ps, 50, pvgpu_shader_exact_msdepth_ps) \
    PVGPU_SHADER(pass_vs, vs, 50, pvgpu_shader_exact_pass_vs) \
    PVGPU_SHADER(patch10_hs, hs, 50, pvgpu_shader_exact_patch10_hs) \
    PVGPU_SHADER(patch11_hs, hs, 50, pvgpu_shader_exact_patch11_hs) \
    PVGPU_SHADER(patch12_hs, hs, 50, pvgpu_shader_exact_patch12_hs) \
    PVGPU_SHADER(patch13_hs, hs, 50, pvgpu_shader_exact_patch13_hs) \
    PVGPU_SHADER(patch14_hs, hs, 50, pvgpu_shader_exact_patch14_hs) \
    PVGPU_SHADER(patch15_hs, hs, 50, pvgpu_shader_exact_patch15_hs) \
    PVGPU_SHADER(patch16_hs, hs, 50, pvgpu_shader_exact_patch16_hs) \
    PVGPU_SHADER(patch17_hs, hs, 50, pvgpu_shader_exact_patch17_hs) \
    PVGPU_SHADER(patch18_hs, hs, 50, pvgpu_shader_exact_patch18_hs) \
    PVGPU_SHADER(patch19_hs, hs, 50, pvgpu_shader_exact_patch19_hs) \
    PVGPU_SHADER(patch1_hs, hs, 50, pvgpu_shader_exact_patch1_hs) \
    PVGPU_SHADER(patch20_hs, hs, 50, pvgpu_shader_exact_patch20_hs) \
    PVGPU_SHADER(patch21_hs, hs, 50, pvgpu_shader_exact_patch21_hs) \
    PVGPU_SHADER(patch22_hs, hs, 50, pvgpu_shader_exact_patch22_hs) \
    PVGPU_SHADER(patch23_hs, hs, 50, pvgpu_shader_exact_patch23_hs) \
    PVGPU_SHADER(patch24_hs, hs, 50, pvgpu_shader_exact_patch24_hs) \
    PVGPU_SHADER(patch25_hs, hs, 50, pvgpu_shader_exact_patch25_hs) \
    PVGPU_SHADER(patch26_hs, hs, 50, pvgpu_shader_exact_patch26_hs) \
    PVGPU_SHADER(patch27_hs, hs, 50, pvgpu_shader_exact_patch27_hs) \
    PVGPU_SHADER(patch28_hs, hs, 50, pvgpu_shader_exact_patch28_hs) \
    PVGPU_SHADER(patch29_hs, hs, 50, pvgpu_shader_exact_patch29_hs) \
    PVGPU_SHADER(patch2_hs, hs, 50, pvgpu_shader_exact_patch2_hs) \
    PVGPU_SHADER(patch30_hs, hs, 50, pvgpu_shader_exact_patch30_hs) \
    PVGPU_SHADER(patch31_hs, hs, 50, pvgpu_shader_exact_patch31_hs) \
    PVGPU_SHADER(patch32_hs, hs, 50, pvgpu_shader_exact_patch32_hs) \
    PVGPU_SHADER(patch3_hs, hs, 50, pvgpu_shader_exact_patch3_hs) \
    PVGPU_SHADER(patch4_hs, hs, 50, pvgpu_shader_exact_patch4_hs) \
    PVGPU_SHADER(patch5_hs, hs, 50, pvgpu_shader_exact_patch5_hs) \
    PVGPU_SHADER(patch6_hs, hs, 50, pvgpu_shader_exact_patch6_hs) \
    PVGPU_SHADER(patch7_hs, hs, 50, pvgpu_shader_exact_patch7_hs) \
    PVGPU_SHADER(patch8_hs, hs, 50, pvgpu_shader_exact_patch8_hs) \
    PVGPU_SHADER(patch9_hs, hs, 50, pvgpu_shader_exact_patch9_hs) \
    PVGPU_SHADER(point_gs, gs, 50, pvgpu_shader_exact_point_gs) \
    PVGPU_SHADER(position_vs, vs, 50, pvgpu_shader_exact_position_vs) \
    PVGPU_SHADER(quad_ds, ds, 50, pvgpu_shader_exact_quad_ds) \
    PVGPU_SHADER(quad_hs, hs, 50, pvgpu_shader_exact_quad_hs) \
    PVGPU_SHADER(raw_cs, cs, 50, pvgpu_shader_exact_raw_cs) \
    PVGPU_SHADER(sample_ps, ps, 50, pvgpu_shader_exact_sample_ps) \
    PVGPU_SHADER(sint_ps, ps, 50, pvgpu_shader_exact_sint_ps) \
    PVGPU_SHADER(sint_vs, vs, 50, pvgpu_shader_exact_sint_vs) \
    PVGPU_SHADER(slots_ps, ps, 50, pvgpu_shader_exact_slots_ps) \
    PVGPU_SHADER(stage_ds, ds, 50, pvgpu_shader_exact_stage_ds) \
    PVGPU_SHADER(stencil_ps, ps, 50, pvgpu_shader_exact_stencil_ps) \
    PVGPU_SHADER(system_ps, ps, 50, pvgpu_shader_exact_system_ps) \
    PVGPU_SHADER(system_vs, vs, 50, pvgpu_shader_exact_system_vs) \
    PVGPU_SHADER(targets_ps, ps, 50, pvgpu_shader_exact_targets_ps) \
    PVGPU_SHADER(tex1d_cs, cs, 50, pvgpu_shader_exact_tex1d_cs) \
    PVGPU_SHADER(tex1d_ps, ps, 50, pvgpu_shader_exact_tex1d_ps) \
    PVGPU_SHADER(tex1darray_cs, cs, 50, pvgpu_shader_exact_tex1darray_cs) \
    PVGPU_SHADER(tex1darray_ps, ps, 50, pvgpu_shader_exact_tex1darray_ps) \
    PVGPU_SHADER(tex2d_cs, cs, 50, pvgpu_shader_exact_tex2d_cs) \
    PVGPU_SHADER(tex2d_grad_ps, ps, 50, pvgpu_shader_exact_tex2d_grad_ps) \
    PVGPU_SHADER(tex2d_load_mip_ps, ps, 50, pvgpu_shader_exact_tex2d_load_mip_ps) \
    PVGPU_SHADER(tex2d_load_ps, ps, 50, pvgpu_shader_exact_tex2d_load_ps) \
    PVGPU_SHADER(tex2d_lod_ps, ps, 50, pvgpu_shader_exact_tex2d_lod_ps) \
    PVGPU_SHADER(tex2d_ps, ps, 50, pvgpu_shader_exact_tex2d_ps) \
    PVGPU_SHADER(tex2d_sint_ps, ps, 50, pvgpu_shader_exact_tex2d_sint_ps) \
    PVGPU_SHADER(tex2d_uint_ps, ps, 50, pvgpu_shader_exact_tex2d_uint_ps) \
    PVGPU_SHADER(tex2darray_cs, cs, 50, pvgpu_shader_exact_tex2darray_cs) \
    PVGPU_SHADER(tex2darray_ps, ps, 50, pvgpu_shader_exact_tex2darray_ps) \
    PVGPU_SHADER(tex3d_cs, cs, 50, pvgpu_shader_exact_tex3d_cs) \
    PVGPU_SHADER(tex3d_ps, ps, 50, pvgpu_shader_exact_tex3d_ps) \
    PVGPU_SHADER(triangle_ds, ds, 50, pvgpu_shader_exact_triangle_ds) \
    PVGPU_SHADER(triangle_gs, gs, 50, pvgpu_shader_exact_triangle_gs) \
    PVGPU_SHADER(triangle_hs, hs, 50, pvgpu_shader_exact_triangle_hs) \
    PVGPU_SHADER(triangleadj_gs, gs, 50, pvgpu_shader_exact_triangleadj_gs) \
    PVGPU_SHADER(uint2d_cs, cs, 50, pvgpu_shader_exact_uint2d_cs) \
    PVGPU_SHADER(uint_ps, ps, 50, pvgpu_shader_exact_uint_ps) \
    PVGPU_SHADER(uint_vs, vs, 50, pvgpu_shader_exact_uint_vs) \
    PVGPU_SHADER(viewport_gs, gs, 50, pvgpu_shader_exact_viewport_gs)

#endif
