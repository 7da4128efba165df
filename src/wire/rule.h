/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The rules that a guest can break, from wire/rules.inc. Pure; any thread. */
#ifndef PVGPU_WIRE_RULE_H
#define PVGPU_WIRE_RULE_H

#include "pvgpu/protocol.h"

enum pvgpu_rule {
    PVGPU_RULE_NONE, /* all is well */
#define PVGPU_RULE(NAME, CODE, text, source) PVGPU_RULE_##NAME,
#include "wire/rules.inc"
#undef PVGPU_RULE
    PVGPU_RULE_COUNT
};

struct pvgpu_rule_info {
    const char *name; /* "BOX_EMPTY" */
    uint32_t code; /* enum pvgpu_error: what the guest is told */
    const char *text; /* what is wrong, in English */
    const char *source; /* where the rule comes from */
};

/* By rule, below PVGPU_RULE_COUNT. */
const struct pvgpu_rule_info *pvgpu_rule_info(enum pvgpu_rule rule);

#endif
