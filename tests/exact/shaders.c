/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "exact.h"
#include "shaders/exact/generated/all.h"
#include "tests/support/shader_stages.h"

#define ROW(name, stage, model, blob) {#name, STAGE_##stage, blob, sizeof(blob)},
static const struct exact_shader shaders[] = {PVGPU_SHADERS_OF_EXACT(ROW)};

const struct exact_shader *exact_shader(const char *name)
{
    for (size_t i = 0; i < sizeof(shaders) / sizeof(shaders[0]); i++) {
        if (strcmp(shaders[i].name, name) == 0)
            return &shaders[i];
    }
    fprintf(stderr, "exact: there is no shader '%s'\n", name);
    exit(3);
}
