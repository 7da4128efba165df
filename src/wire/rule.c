/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "wire/rule.h"

static const struct pvgpu_rule_info infos[PVGPU_RULE_COUNT] = {
    [PVGPU_RULE_NONE] = {"NONE", PVGPU_ERROR_NONE, "all is well", ""},
#define PVGPU_RULE(NAME, CODE, text, source) [PVGPU_RULE_##NAME] = {#NAME, PVGPU_ERROR_##CODE, text, source},
#include "wire/rules.inc"
#undef PVGPU_RULE
};

const struct pvgpu_rule_info *pvgpu_rule_info(enum pvgpu_rule rule)
{
    return &infos[rule];
}
