/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The graphics adapters of this host, as plain data, and the choice among them. Only pvgpu_gpu_d3d11_list_adapters
 * touches a GPU; the rest is pure.
 */
#ifndef PVGPU_GPU_ADAPTERS_H
#define PVGPU_GPU_ADAPTERS_H

#include "base/log.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PVGPU_ADAPTERS_MOST 32 /* more than a host has slots for; what comes after is left out, with a warning */
#define PVGPU_ADAPTER_NAME_BYTES 512 /* 128 characters of DXGI at up to 4 bytes, with the terminator */
#define PVGPU_ADAPTER_REASON_BYTES 1024

/* In the order of preference. */
enum pvgpu_adapter_kind {
    PVGPU_ADAPTER_DISCRETE, /* has video memory of its own */
    PVGPU_ADAPTER_INTEGRATED, /* shares the system's memory */
    PVGPU_ADAPTER_SOFTWARE, /* the processor draws */
};

struct pvgpu_adapter {
    uint32_t index; /* place in the host's enumeration, which --adapter-index means */
    char name[PVGPU_ADAPTER_NAME_BYTES]; /* UTF-8 without control characters */
    char driver[256]; /* for people, UTF-8 as well: the library, and what it tells of the driver and its version */
    enum pvgpu_adapter_kind kind;
    uint64_t dedicated_bytes; /* video memory of its own */
    uint64_t shared_bytes; /* of the system's memory, at most */
    uint32_t vendor_id, device_id; /* of PCI, when vendor_id is below 0x10000 */
    uint64_t luid; /* as one number; tells apart equal cards until the next boot; DXVK may have made it up */
    uint32_t feature_level; /* D3D_FEATURE_LEVEL; 0: not tried, or unusable */
    uint32_t failure; /* HRESULT of making a device; 0: usable, or not tried */
};

struct pvgpu_adapter_list {
    struct pvgpu_adapter adapters[PVGPU_ADAPTERS_MOST]; /* adapters[i].index is i */
    uint32_t count;
};

enum pvgpu_adapter_choice {
    PVGPU_ADAPTER_CHOSEN,
    PVGPU_ADAPTER_WRONG, /* there is none, or more than one, of what was asked for: a matter of configuration */
    PVGPU_ADAPTER_UNUSABLE, /* the host has none, or cannot use what was asked for */
};

/*
 * Chooses one. `name` (may be NULL): the one whose name contains this text, upper and lower case of ASCII being equal;
 * if there are several, one that is called exactly so, or else they must be equal cards (same name and ids), of which
 * the automatic order picks. Else `index` from 0: the one there. Else automatic: of the usable ones, discrete before
 * integrated before software, then the most memory, then the host's order.
 *
 * reason (PVGPU_ADAPTER_REASON_BYTES) becomes why, for the log ("the only discrete one of 2"), or else a sentence for
 * the user that says what was wrong and what there is.
 */
enum pvgpu_adapter_choice pvgpu_adapter_choose(const struct pvgpu_adapter_list *list, int32_t index, const char *name,
                                               uint32_t *chosen, char reason[PVGPU_ADAPTER_REASON_BYTES]);

/* "discrete", "integrated", "software". */
const char *pvgpu_adapter_kind_name(enum pvgpu_adapter_kind kind);

/* "11_1", or "none" for 0. Static texts; "unknown" for a level without a name. */
const char *pvgpu_feature_level_name(uint32_t level);

/*
 * Memory to draw with: dedicated, or shared where there is no dedicated memory to speak of (below 256 MiB: adapters
 * that share the system's memory may have a little of their own for their firmware). 0: not known.
 */
uint64_t pvgpu_adapter_memory_bytes(const struct pvgpu_adapter *adapter);

/*
 * What Direct3D 11 finds here; makes a device on each and releases it at once. After pvgpu_gpu_d3d11_prepare, on the
 * same thread; takes a tenth of a second an adapter or so. False: logged, with what to install when it is the library.
 */
bool pvgpu_gpu_d3d11_list_adapters(struct pvgpu_adapter_list *list, const struct pvgpu_log *log);

#endif
