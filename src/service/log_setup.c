/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "service/log_setup.h"

#include <stdlib.h>
#include <string.h>

bool pvgpu_log_setup_filter(struct pvgpu_log_filter *filter, const char *option, FILE *errors)
{
    static const char *const variables[] = {"PVGPU_LOG", "RUST_LOG"};
    const char *debug = getenv("PVGPU_DEBUG"), *from = "--log-level", *text = option;
    char wrong[PVGPU_LOG_FILTER_WRONG_BYTES];
    for (size_t i = 0; !text && i < sizeof(variables) / sizeof(variables[0]); i++) {
        const char *value = getenv(variables[i]);
        from = variables[i];
        text = value && *value ? value : NULL;
    }
    if (!text)
        text = debug && strcmp(debug, "1") == 0 ? "debug" : "info";
    if (pvgpu_log_filter_parse(filter, text, wrong))
        return true;
    fprintf(errors, "pvgpu-backend: %s: %s\n", from, wrong);
    return false;
}
