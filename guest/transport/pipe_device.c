/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "pipe_device.h"

#include <string.h>

#include "pvgpu/protocol.h"

void pvgpu_pipe_init_control(void *mapping, uint64_t bytes)
{
    struct pvgpu_control_region *control = mapping;
    memset(control, 0, sizeof *control);
    control->version = PVGPU_VERSION_1_0;
    control->features = PVGPU_FEATURES_1_0;
    control->ring_offset = PVGPU_DEFAULT_RING_OFFSET;
    control->ring_bytes = PVGPU_DEFAULT_RING_BYTES;
    control->heap_offset = PVGPU_DEFAULT_HEAP_OFFSET;
    control->heap_bytes = (uint32_t)(bytes - PVGPU_DEFAULT_HEAP_OFFSET);
    control->display_width = PVGPU_DEFAULT_DISPLAY_WIDTH;
    control->display_height = PVGPU_DEFAULT_DISPLAY_HEIGHT;
    control->display_refresh = PVGPU_DEFAULT_DISPLAY_REFRESH;
    control->display_format = PVGPU_DEFAULT_DISPLAY_FORMAT;
    /* Last: whoever sees the magic sees the rest. */
    __atomic_store_n(&control->magic, PVGPU_MAGIC, __ATOMIC_RELEASE);
}

void pvgpu_pipe_reset_counters(void *mapping)
{
    struct pvgpu_control_region *control = mapping;
    __atomic_store_n(&control->producer, 0, __ATOMIC_SEQ_CST);
    __atomic_store_n(&control->consumer, 0, __ATOMIC_SEQ_CST);
    __atomic_store_n(&control->fence_request, 0, __ATOMIC_SEQ_CST);
    __atomic_store_n(&control->fence_completed, 0, __ATOMIC_SEQ_CST);
}

int pvgpu_pipe_parse(struct pvgpu_pipe_parser *parser, const uint8_t **from, size_t *size, uint32_t *type,
                     uint64_t *payload, uint32_t *payload_bytes)
{
    struct pvgpu_message_header header;
    for (;;) {
        size_t want = sizeof header;
        if (parser->have >= sizeof header) {
            memcpy(&header, parser->bytes, sizeof header);
            if (header.payload_bytes > sizeof parser->bytes - sizeof header) {
                return -1;
            }
            want += header.payload_bytes;
            if (parser->have == want) {
                *type = header.type;
                *payload = 0;
                *payload_bytes = header.payload_bytes;
                memcpy(payload, parser->bytes + sizeof header, header.payload_bytes);
                parser->have = 0;
                return 1;
            }
        }
        if (*size == 0) {
            return 0;
        }
        size_t piece = want - parser->have < *size ? want - parser->have : *size;
        memcpy(parser->bytes + parser->have, *from, piece);
        parser->have += piece;
        *from += piece;
        *size -= piece;
    }
}
