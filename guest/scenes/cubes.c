/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "scene_math.h"
#include "scenes.h"

#define CHAMFER 0.13 /* how far the edges are cut back, of the half size */
#define SPHERE_RADIUS 3.0
#define GOLDEN_TURN 0.38196601125010515 /* turns between neighbours on a sunflower spiral */
#define ORBIT_FRAMES 900.0 /* the camera's way once round */

/* ---- Mesh ---- */

/* Axes of face f: normal, and the two that its texture runs along; normal = u x v in a left-handed system. */
static void face_axes(int face, int normal[3], int u[3], int v[3])
{
    int axis = face / 2, sign = face % 2 ? -1 : 1;
    for (int i = 0; i < 3; i++) {
        normal[i] = i == axis ? sign : 0;
        u[i] = i == (axis + 1) % 3 ? sign : 0;
        v[i] = i == (axis + 2) % 3 ? 1 : 0;
    }
}

static int corner_index(int face, const int octant[3])
{
    int normal[3], u[3], v[3];
    face_axes(face, normal, u, v);
    int along_u = octant[0] * u[0] + octant[1] * u[1] + octant[2] * u[2];
    int along_v = octant[0] * v[0] + octant[1] * v[1] + octant[2] * v[2];
    return face * 4 + (along_u > 0 ? 1 : 0) + (along_v > 0 ? 2 : 0);
}

/* Adds a triangle, turned so that it is clockwise from outside: a convex body around the origin needs no more. */
static uint32_t add_triangle(const struct pvgpu_cube_vertex *vertices, uint16_t *indices, uint32_t count, int a, int b,
                             int c)
{
    struct pvgpu_vec3 p[3];
    const int corners[3] = {a, b, c};
    for (int i = 0; i < 3; i++) {
        const float *position = vertices[corners[i]].position;
        p[i] = (struct pvgpu_vec3){position[0], position[1], position[2]};
    }
    struct pvgpu_vec3 ab = pvgpu_scene_add(p[1], pvgpu_scene_scale(p[0], -1.0));
    struct pvgpu_vec3 ac = pvgpu_scene_add(p[2], pvgpu_scene_scale(p[0], -1.0));
    int flip = pvgpu_scene_dot(pvgpu_scene_cross(ab, ac), p[0]) < 0.0;
    indices[count] = (uint16_t)a;
    indices[count + 1] = (uint16_t)(flip ? c : b);
    indices[count + 2] = (uint16_t)(flip ? b : c);
    return count + 3;
}

static uint32_t add_edges(const struct pvgpu_cube_vertex *vertices, uint16_t *indices, uint32_t count)
{
    for (int edge = 0; edge < 12; edge++) {
        int along = edge / 4, first = (along + 1) % 3, second = (along + 2) % 3;
        int low[3], high[3];
        low[along] = -1;
        high[along] = 1;
        low[first] = high[first] = edge & 1 ? 1 : -1;
        low[second] = high[second] = edge & 2 ? 1 : -1;
        int face_a = first * 2 + (low[first] < 0), face_b = second * 2 + (low[second] < 0);
        int a0 = 24 + corner_index(face_a, low), a1 = 24 + corner_index(face_a, high);
        int b0 = 24 + corner_index(face_b, low), b1 = 24 + corner_index(face_b, high);
        count = add_triangle(vertices, indices, count, a0, a1, b0);
        count = add_triangle(vertices, indices, count, a1, b1, b0);
    }
    return count;
}

void pvgpu_scene_cubes_mesh(struct pvgpu_cube_vertex vertices[PVGPU_CUBES_VERTICES],
                            uint16_t indices[PVGPU_CUBES_INDICES])
{
    /* 24 vertices for the faces, the same 24 again for the chamfers, which show a plain texel of the texture's rim. */
    for (int i = 0; i < 24; i++) {
        int normal[3], u[3], v[3];
        face_axes(i / 4, normal, u, v);
        int su = i & 1 ? 1 : -1, sv = i & 2 ? 1 : -1;
        for (int k = 0; k < 3; k++) {
            double flat = (1.0 - CHAMFER) * (double)(su * u[k] + sv * v[k]);
            vertices[i].position[k] = (float)((double)normal[k] + flat);
            vertices[i].normal[k] = (float)normal[k];
        }
        vertices[i].uv[0] = su > 0 ? 1.0f : 0.0f;
        vertices[i].uv[1] = sv > 0 ? 0.0f : 1.0f;
        vertices[24 + i] = vertices[i];
        vertices[24 + i].uv[0] = 0.0f;
        vertices[24 + i].uv[1] = 0.0f;
    }
    uint32_t count = 0;
    for (int face = 0; face < 6; face++) {
        count = add_triangle(vertices, indices, count, face * 4, face * 4 + 1, face * 4 + 2);
        count = add_triangle(vertices, indices, count, face * 4 + 1, face * 4 + 3, face * 4 + 2);
    }
    count = add_edges(vertices, indices, count);
    for (int corner = 0; corner < 8; corner++) {
        int octant[3] = {corner & 1 ? 1 : -1, corner & 2 ? 1 : -1, corner & 4 ? 1 : -1}, at[3];
        for (int axis = 0; axis < 3; axis++) {
            at[axis] = 24 + corner_index(axis * 2 + (octant[axis] < 0), octant);
        }
        count = add_triangle(vertices, indices, count, at[0], at[1], at[2]);
    }
}

/* ---- Texture ---- */

/* 0 to 255: how much of a texel lies inside, `distance` (in 1/16 texels) being positive inside. */
static int coverage(int distance)
{
    int value = 128 + distance * 8;
    return value < 0 ? 0 : value > 255 ? 255 : value;
}

static void panel_texel(int x, int y, uint8_t rgba[4])
{
    const int size = (int)PVGPU_CUBES_TEXTURE_SIZE;
    int edge_x = x < size / 2 ? x : size - 1 - x, edge_y = y < size / 2 ? y : size - 1 - y;
    int edge = edge_x < edge_y ? edge_x : edge_y;
    /* Distance from the middle, in 1/16 texels. */
    double dx = (double)(2 * x + 1 - size) * 0.5, dy = (double)(2 * y + 1 - size) * 0.5;
    int radius = (int)(pvgpu_scene_sqrt(dx * dx + dy * dy) * 16.0);

    int shade = 236 + (int)(pvgpu_scene_random((uint32_t)(y * size + x), 9) * 12.0); /* a little grain */
    int groove = coverage(40 - (edge > 13 ? edge - 13 : 13 - edge) * 16);
    int ring = coverage(52 - (radius > 480 ? radius - 480 : 480 - radius));
    int dish = coverage(428 - radius);
    shade = shade * (255 - groove * 150 / 255) / 255;
    shade = shade * (255 - dish * 60 / 255) / 255;
    int glow = ring;
    if (edge_x >= 20 && edge_x < 26 && edge_y >= 20 && edge_y < 26) {
        glow = 130; /* a small lamp in each corner */
    }
    rgba[0] = (uint8_t)shade;
    rgba[1] = (uint8_t)shade;
    rgba[2] = (uint8_t)(shade + (255 - shade) / 12);
    rgba[3] = (uint8_t)glow;
}

void pvgpu_scene_cubes_texture(uint8_t texels[PVGPU_CUBES_TEXTURE_TEXELS * 4])
{
    uint32_t size = PVGPU_CUBES_TEXTURE_SIZE;
    for (uint32_t y = 0; y < size; y++) {
        for (uint32_t x = 0; x < size; x++) {
            panel_texel((int)x, (int)y, texels + (y * size + x) * 4);
        }
    }
    uint8_t *from = texels;
    while (size > 1) {
        uint8_t *to = from + size * size * 4;
        uint32_t half = size / 2;
        for (uint32_t y = 0; y < half; y++) {
            for (uint32_t x = 0; x < half; x++) {
                const uint8_t *block = from + (2 * y * size + 2 * x) * 4;
                for (uint32_t k = 0; k < 4; k++) {
                    uint32_t sum = block[k] + block[4 + k] + block[size * 4 + k] + block[size * 4 + 4 + k];
                    to[(y * half + x) * 4 + k] = (uint8_t)((sum + 2) / 4);
                }
            }
        }
        from = to;
        size = half;
    }
}

/* ---- Cubes ---- */

static uint8_t to_byte(double value)
{
    return (uint8_t)(value <= 0.0 ? 0 : value >= 1.0 ? 255 : (int)(value * 255.0 + 0.5));
}

/* Colours along a line of stops, from 0 to 1. */
static struct pvgpu_vec3 palette(double at)
{
    static const struct pvgpu_vec3 stops[6] = {
        {0.03, 0.24, 0.42}, {0.02, 0.52, 0.56}, {0.35, 0.22, 0.62},
        {0.85, 0.20, 0.42}, {1.00, 0.46, 0.22}, {1.00, 0.76, 0.34},
    };
    at = at < 0.0 ? 0.0 : at > 0.9999 ? 0.9999 : at;
    int index = (int)(at * 5.0);
    double part = at * 5.0 - (double)index;
    return pvgpu_scene_add(pvgpu_scene_scale(stops[index], 1.0 - part), pvgpu_scene_scale(stops[index + 1], part));
}

static void set_color(struct pvgpu_cube_instance *cube, struct pvgpu_vec3 color, double alpha)
{
    cube->color[0] = to_byte(color.x);
    cube->color[1] = to_byte(color.y);
    cube->color[2] = to_byte(color.z);
    cube->color[3] = to_byte(alpha);
}

static void set_place(struct pvgpu_cube_instance *cube, struct pvgpu_vec3 center, double half_size,
                      struct pvgpu_vec3 axis, double angle)
{
    const float place[4] = {(float)center.x, (float)center.y, (float)center.z, (float)half_size};
    const float facing[4] = {(float)axis.x, (float)axis.y, (float)axis.z, (float)angle};
    for (int i = 0; i < 4; i++) {
        cube->place[i] = place[i];
        cube->facing[i] = facing[i];
    }
}

void pvgpu_scene_cubes_opaque(struct pvgpu_cube_instance instances[PVGPU_CUBES_OPAQUE])
{
    for (uint32_t i = 0; i < PVGPU_CUBES_OPAQUE; i++) {
        double y = 1.0 - (2.0 * (double)i + 1.0) / (double)PVGPU_CUBES_OPAQUE;
        double around = pvgpu_scene_sqrt(1.0 - y * y), turns = (double)i * GOLDEN_TURN;
        struct pvgpu_vec3 out = {around * pvgpu_scene_cos(turns), y, around * pvgpu_scene_sin(turns)};
        double half = 0.112 + 0.038 * pvgpu_scene_random(i, 1);
        /* Bands that lean, with a little disorder. */
        double band = 0.5 + 0.38 * y + 0.13 * pvgpu_scene_sin(0.3 + 0.5 * out.x + 0.25 * out.z);
        set_place(&instances[i], pvgpu_scene_scale(out, SPHERE_RADIUS), half, out,
                  6.283185307179586 * 0.25 * pvgpu_scene_random(i, 2));
        set_color(&instances[i], palette(band + 0.10 * (pvgpu_scene_random(i, 3) - 0.5)), 1.0);
    }
}

static struct pvgpu_vec3 camera_position(uint32_t frame)
{
    double turns = (double)frame / ORBIT_FRAMES + 0.07;
    double height = 3.4 + 0.7 * pvgpu_scene_sin((double)frame / 700.0);
    return (struct pvgpu_vec3){11.0 * pvgpu_scene_sin(turns), height, -11.0 * pvgpu_scene_cos(turns)};
}

/* Where glass cube i is: three bands of a tilted disc, the inner ones faster. */
static struct pvgpu_vec3 glass_position(uint32_t i, uint32_t frame)
{
    double band = (double)(i % 3);
    double radius = 4.1 + 0.5 * band + 0.30 * (pvgpu_scene_random(i, 4) - 0.5);
    double speed = 1.0 / (620.0 + 190.0 * band);
    double turns = (double)(i / 3) / (double)(PVGPU_CUBES_GLASS / 3) + 0.006 * pvgpu_scene_random(i, 5) + 0.11 * band +
                   (double)frame * speed;
    double x = radius * pvgpu_scene_cos(turns), z = radius * pvgpu_scene_sin(turns);
    double y = 0.5 * (pvgpu_scene_random(i, 6) - 0.5) + 0.10 * pvgpu_scene_sin(3.0 * turns + (double)frame / 300.0);
    /* The tilt: sine and cosine of 20 degrees backwards about the axis (1, 0, 1). */
    struct pvgpu_vec3 flat = {x, y, z}, axis = {0.7071067811865476, 0.0, 0.7071067811865476};
    struct pvgpu_vec3 across = pvgpu_scene_cross(axis, flat);
    double along = pvgpu_scene_dot(axis, flat) * (1.0 - 0.9396926207859084);
    return pvgpu_scene_add(
        pvgpu_scene_add(pvgpu_scene_scale(flat, 0.9396926207859084), pvgpu_scene_scale(across, -0.3420201433256687)),
        pvgpu_scene_scale(axis, along));
}

static void make_glass(uint32_t i, struct pvgpu_vec3 center, uint32_t frame, struct pvgpu_cube_instance *cube)
{
    struct pvgpu_vec3 axis = {pvgpu_scene_random(i, 7) - 0.5, pvgpu_scene_random(i, 8) - 0.4,
                              pvgpu_scene_random(i, 10) - 0.5};
    double spin = (double)frame / (90.0 + 120.0 * pvgpu_scene_random(i, 11)) + pvgpu_scene_random(i, 12);
    /* Into one turn, so that a float still resolves it after hours. */
    spin = spin - (double)(int64_t)spin;
    double size = pvgpu_scene_random(i, 13);
    set_place(cube, center, 0.075 + 0.10 * size * size, pvgpu_scene_normalize(axis), 6.283185307179586 * spin);

    static const struct pvgpu_vec3 tints[3] = {{0.38, 0.94, 1.00}, {0.64, 0.54, 1.00}, {1.00, 0.74, 0.46}};
    set_color(cube, tints[i % 3], 0.30 + 0.25 * pvgpu_scene_random(i, 14));
}

void pvgpu_scene_cubes_glass(uint32_t frame, struct pvgpu_cube_instance instances[PVGPU_CUBES_GLASS])
{
    struct pvgpu_vec3 eye = camera_position(frame), center[PVGPU_CUBES_GLASS];
    double distance[PVGPU_CUBES_GLASS];
    uint32_t order[PVGPU_CUBES_GLASS];
    /* Insertion sort: stable and exact, and the order hardly changes from what the ring gives. */
    for (uint32_t i = 0; i < PVGPU_CUBES_GLASS; i++) {
        center[i] = glass_position(i, frame);
        struct pvgpu_vec3 away = pvgpu_scene_add(center[i], pvgpu_scene_scale(eye, -1.0));
        distance[i] = pvgpu_scene_dot(away, away);
        uint32_t at = i;
        while (at > 0 && distance[order[at - 1]] < distance[i]) {
            order[at] = order[at - 1];
            at--;
        }
        order[at] = i;
    }
    for (uint32_t k = 0; k < PVGPU_CUBES_GLASS; k++) {
        make_glass(order[k], center[order[k]], frame, &instances[k]);
    }
}

/* ---- Constants ---- */

void pvgpu_scene_cubes_camera(uint32_t frame, uint32_t width, uint32_t height, struct pvgpu_cubes_camera *camera)
{
    const double near_plane = 1.0, far_plane = 40.0, zoom = 2.25; /* 1 / tan of half the field of view, 48 degrees */
    struct pvgpu_vec3 eye = camera_position(frame);
    struct pvgpu_vec3 target = {0.0, -0.3, 0.0};
    struct pvgpu_vec3 forward = pvgpu_scene_normalize(pvgpu_scene_add(target, pvgpu_scene_scale(eye, -1.0)));
    struct pvgpu_vec3 right = pvgpu_scene_normalize(pvgpu_scene_cross((struct pvgpu_vec3){0.0, 1.0, 0.0}, forward));
    struct pvgpu_vec3 up = pvgpu_scene_cross(forward, right);
    double aspect = (double)width / (double)height;
    double zoom_x = aspect > 1.0 ? zoom / aspect : zoom, zoom_y = aspect > 1.0 ? zoom : zoom * aspect;
    double depth = far_plane / (far_plane - near_plane);

    struct pvgpu_vec3 axes[4] = {pvgpu_scene_scale(right, zoom_x), pvgpu_scene_scale(up, zoom_y),
                                 pvgpu_scene_scale(forward, depth), forward};
    const double offsets[4] = {0.0, 0.0, -near_plane * depth, 0.0};
    for (int row = 0; row < 4; row++) {
        camera->view_projection[row][0] = (float)axes[row].x;
        camera->view_projection[row][1] = (float)axes[row].y;
        camera->view_projection[row][2] = (float)axes[row].z;
        camera->view_projection[row][3] = (float)(offsets[row] - pvgpu_scene_dot(axes[row], eye));
    }
    const float eye_row[4] = {(float)eye.x, (float)eye.y, (float)eye.z, (float)((double)frame / 60.0)};
    const float screen[4] = {(float)width, (float)height, (float)aspect, 0.0f};
    for (int i = 0; i < 4; i++) {
        camera->eye[i] = eye_row[i];
        camera->screen[i] = screen[i];
    }
}

static float phase(uint32_t frame, double frames_per_turn)
{
    double turns = (double)frame / frames_per_turn;
    return (float)(6.283185307179586 * (turns - (double)(int64_t)turns));
}

void pvgpu_scene_cubes_light(uint32_t frame, struct pvgpu_cubes_light *light)
{
    struct pvgpu_vec3 key = pvgpu_scene_normalize((struct pvgpu_vec3){pvgpu_scene_sin((double)frame / 1100.0 - 0.1),
                                                                      0.85, -pvgpu_scene_cos((double)frame / 1100.0)});
    double pulse = 0.5 + 0.5 * pvgpu_scene_sin((double)frame / 150.0);
    *light = (struct pvgpu_cubes_light){
        .key_direction = {(float)key.x, (float)key.y, (float)key.z, 0.0f},
        .key_color = {2.30f, 2.05f, 1.80f, 0.0f},
        .sky_color = {0.11f, 0.16f, 0.30f, 0.0f},
        .ground_color = {0.10f, 0.04f, 0.07f, 0.0f},
        .core_color = {3.2f, 1.35f, 0.45f, (float)pulse},
        .wave = {phase(frame, 210.0), phase(frame, 290.0), phase(frame, 170.0), 0.028f},
    };
}
