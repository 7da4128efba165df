/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Arithmetic of the demo scenes. Frame N of a scene must have the same bytes on every compiler, C library and
 * processor, so only +, -, *, / and comparisons are used: IEEE 754 fixes their results to the last bit, which nothing
 * does for the functions of <math.h>. The files that include this are compiled with -ffp-contract=off.
 */
#ifndef PVGPU_SCENE_MATH_H
#define PVGPU_SCENE_MATH_H

#include <stdint.h>

struct pvgpu_vec3 {
    double x, y, z;
};

/* Sine and cosine of an angle in turns (1.0 is a full circle), |turns| < 2^31; error below 1e-9. */
double pvgpu_scene_sin(double turns);
double pvgpu_scene_cos(double turns);

/* Square root of a number from 1e-12 to 1e12, error below 1e-12 of it; 0 for anything that is not positive. */
double pvgpu_scene_sqrt(double value);

struct pvgpu_vec3 pvgpu_scene_add(struct pvgpu_vec3 a, struct pvgpu_vec3 b);
struct pvgpu_vec3 pvgpu_scene_scale(struct pvgpu_vec3 v, double factor);
double pvgpu_scene_dot(struct pvgpu_vec3 a, struct pvgpu_vec3 b);
struct pvgpu_vec3 pvgpu_scene_cross(struct pvgpu_vec3 a, struct pvgpu_vec3 b);
struct pvgpu_vec3 pvgpu_scene_normalize(struct pvgpu_vec3 v);

/* A number in [0, 1) that depends on both arguments and looks random. */
double pvgpu_scene_random(uint32_t index, uint32_t series);

#endif
