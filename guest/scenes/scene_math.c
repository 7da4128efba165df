/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "scene_math.h"

double pvgpu_scene_sin(double turns)
{
    double whole = (double)(int64_t)turns;
    double part = turns - whole; /* (-1, 1) */
    if (part > 0.5) {
        part = part - 1.0;
    } else if (part < -0.5) {
        part = part + 1.0;
    }
    /* Fold to a quarter turn on either side, where the Taylor series to x^13 is short of 1e-9. */
    if (part > 0.25) {
        part = 0.5 - part;
    } else if (part < -0.25) {
        part = -0.5 - part;
    }
    double x = part * 6.283185307179586;
    double square = x * x;
    double sum = 1.0 / 6227020800.0;
    sum = sum * square - 1.0 / 39916800.0;
    sum = sum * square + 1.0 / 362880.0;
    sum = sum * square - 1.0 / 5040.0;
    sum = sum * square + 1.0 / 120.0;
    sum = sum * square - 1.0 / 6.0;
    sum = sum * square + 1.0;
    return sum * x;
}

double pvgpu_scene_cos(double turns)
{
    return pvgpu_scene_sin(turns + 0.25);
}

double pvgpu_scene_sqrt(double value)
{
    if (!(value > 0.0)) {
        return 0.0;
    }
    /* Bring the number into [0.25, 1), where Newton's method from 1 settles in six steps. */
    double scale = 1.0;
    while (value >= 1.0) {
        value = value * 0.25;
        scale = scale * 2.0;
    }
    while (value < 0.25) {
        value = value * 4.0;
        scale = scale * 0.5;
    }
    double root = 1.0;
    for (int i = 0; i < 6; i++) {
        root = 0.5 * (root + value / root);
    }
    return root * scale;
}

struct pvgpu_vec3 pvgpu_scene_add(struct pvgpu_vec3 a, struct pvgpu_vec3 b)
{
    return (struct pvgpu_vec3){a.x + b.x, a.y + b.y, a.z + b.z};
}

struct pvgpu_vec3 pvgpu_scene_scale(struct pvgpu_vec3 v, double factor)
{
    return (struct pvgpu_vec3){v.x * factor, v.y * factor, v.z * factor};
}

double pvgpu_scene_dot(struct pvgpu_vec3 a, struct pvgpu_vec3 b)
{
    return a.x * b.x + a.y * b.y + a.z * b.z;
}

struct pvgpu_vec3 pvgpu_scene_cross(struct pvgpu_vec3 a, struct pvgpu_vec3 b)
{
    return (struct pvgpu_vec3){a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}

struct pvgpu_vec3 pvgpu_scene_normalize(struct pvgpu_vec3 v)
{
    double length = pvgpu_scene_sqrt(pvgpu_scene_dot(v, v));
    return length > 0.0 ? pvgpu_scene_scale(v, 1.0 / length) : v;
}

double pvgpu_scene_random(uint32_t index, uint32_t series)
{
    uint32_t bits = index * 0x9E3779B1u ^ (series + 1u) * 0x85EBCA77u;
    for (int i = 0; i < 3; i++) {
        bits ^= bits >> 15;
        bits *= 0x2C1B3C6Du;
        bits ^= bits >> 13;
    }
    return (double)bits / 4294967296.0;
}
