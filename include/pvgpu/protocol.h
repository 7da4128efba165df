/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * PVGPU wire protocol 1.0: everything that guest and host must agree on byte for byte.
 *
 * Three areas share one mapping (BAR2 of the PCI function): the control region at offset 0, the command ring and the
 * resource heap. The guest writes commands into the ring and bulk data into the heap; the host executes them and
 * publishes how far it came. All integers are little-endian; there is no implicit padding anywhere: every size and
 * every offset below is asserted at compile time. docs/protocol.md explains the meaning; this header is the layout.
 *
 * The header stands alone, needs C11 or C++11, and is used by guests, by the backend and by tests alike.
 */
#ifndef PVGPU_PROTOCOL_H
#define PVGPU_PROTOCOL_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define PVGPU_ASSERT_(condition, text) static_assert(condition, text)
#else
#define PVGPU_ASSERT_(condition, text) _Static_assert(condition, text)
#endif
#define PVGPU_ASSERT_SIZE(type, bytes) PVGPU_ASSERT_(sizeof(type) == (bytes), #type " must be " #bytes " bytes")
#define PVGPU_ASSERT_AT(type, field, at) \
    PVGPU_ASSERT_(offsetof(type, field) == (at), #type "." #field " must be at " #at)

/* ---- Identity ------------------------------------------------------------------------------------------------- */

#define PVGPU_MAGIC 0x50564750u /* in memory: 50 47 56 50, "PGVP" */
#define PVGPU_VERSION_1_0 0x00010000u /* major in the high half, minor in the low */
#define PVGPU_VERSION_MAJOR(version) ((version) >> 16)
#define PVGPU_VERSION_MINOR(version) ((version) & 0xFFFFu)

#define PVGPU_PCI_VENDOR 0x1AF4u
#define PVGPU_PCI_DEVICE 0x10F0u
#define PVGPU_PCI_SUBSYSTEM_VENDOR 0x1AF4u
#define PVGPU_PCI_SUBSYSTEM 0x0001u
#define PVGPU_PCI_REVISION 0x01u
#define PVGPU_PCI_CLASS 0x030200u /* display controller, 3D */

/* Feature bits: BAR0 registers 0x04/0x08, control region 0x008, HANDSHAKE_ACK. */
#define PVGPU_FEATURE_D3D11 0x001u /* mandatory */
#define PVGPU_FEATURE_D3D12 0x002u
#define PVGPU_FEATURE_COMPUTE 0x004u
#define PVGPU_FEATURE_GEOMETRY 0x008u
#define PVGPU_FEATURE_TESSELLATION 0x010u
#define PVGPU_FEATURE_MULTISAMPLE 0x020u
#define PVGPU_FEATURE_HDR 0x040u
#define PVGPU_FEATURE_VSYNC 0x080u
#define PVGPU_FEATURE_TRIPLE_BUFFER 0x100u
#define PVGPU_FEATURES_1_0 0x9Du /* what every 1.0 device shows its guest */

/* ---- Shared memory -------------------------------------------------------------------------------------------- */

#define PVGPU_CONTROL_BYTES 0x1000u
#define PVGPU_DEFAULT_RING_OFFSET 0x1000u
#define PVGPU_DEFAULT_RING_BYTES 0x1000000u /* 16 MiB */
#define PVGPU_DEFAULT_HEAP_OFFSET 0x1001000u
#define PVGPU_DEFAULT_SHMEM_BYTES 0x10000000u /* 256 MiB */
#define PVGPU_MIN_SHMEM_BYTES 0x4000000u /* 64 MiB, and a power of two: it is a PCI BAR */

#define PVGPU_DEFAULT_DISPLAY_WIDTH 1920u
#define PVGPU_DEFAULT_DISPLAY_HEIGHT 1080u
#define PVGPU_DEFAULT_DISPLAY_REFRESH 60u /* Hz */
#define PVGPU_DEFAULT_DISPLAY_FORMAT 87u /* DXGI_FORMAT_B8G8R8A8_UNORM */

/* Which way leads to the host: pvgpu_extension.link. */
enum pvgpu_link_id {
    PVGPU_LINK_ID_NONE = 0, /* not said */
    PVGPU_LINK_ID_PIPE = 1, /* the pvgpu device of QEMU, or what plays it */
    PVGPU_LINK_ID_VFIO_USER = 2,
    PVGPU_LINK_ID_IVSHMEM_DOORBELL = 3,
    PVGPU_LINK_ID_IVSHMEM_PLAIN = 4
};

/*
 * At 0x140 of the control region: what a link without registers and without notices needs to be as good as one that has
 * them. Whoever initialises the control region sets `version`; a reader ignores the block while that is 0, and a block of
 * a higher version begins with the same words.
 *
 * Generation and heartbeat say whether the host lives, and whether it is still the same one. A reset is a request by
 * number: the guest (or the device, when its RESET register is written) sets producer to 0 and adds 1 to reset_request;
 * the host gives up all objects, sets consumer and completed fence to 0 and copies the number to reset_done. Because the
 * number changes, a reset is seen even where every counter was 0 before it.
 */
struct pvgpu_extension {
    uint32_t version; /* 0: there is no block; PVGPU_EXTENSION_1 */
    uint32_t link; /* enum pvgpu_link_id */
    uint32_t vectors; /* ivshmem-doorbell: interrupt vectors of each side; else 0 */
    uint32_t host_peer; /* ivshmem-doorbell: the id whose doorbell is the host's; else 0 */
    uint64_t generation; /* host: changes whenever another host takes over the memory; 0: none has yet */
    uint64_t host_heartbeat; /* host: changes every PVGPU_HEARTBEAT_MS; stays 0 on links that report a host's end */
    uint64_t guest_heartbeat; /* guest: changes while a program uses the device; may stay 0 */
    uint32_t reset_request; /* guest or device: how many resets were asked for, modulo 2^32 */
    uint32_t reset_done; /* host: the last request that was carried out */
    uint8_t reserved[16];
};
PVGPU_ASSERT_SIZE(struct pvgpu_extension, 0x40);
PVGPU_ASSERT_AT(struct pvgpu_extension, generation, 0x10);
PVGPU_ASSERT_AT(struct pvgpu_extension, host_heartbeat, 0x18);
PVGPU_ASSERT_AT(struct pvgpu_extension, guest_heartbeat, 0x20);
PVGPU_ASSERT_AT(struct pvgpu_extension, reset_request, 0x28);
PVGPU_ASSERT_AT(struct pvgpu_extension, reset_done, 0x2C);

#define PVGPU_EXTENSION_1 1u
#define PVGPU_HEARTBEAT_MS 100u
#define PVGPU_HEARTBEAT_STOPPED_MS 2000u /* a host whose heartbeat stands still for so long counts as gone */

/*
 * The control region, at offset 0 of the mapping. "host" and "guest" say who writes a field after initialisation; the
 * device (or the host, where it is the device) initialises the whole region at start and at every system reset.
 * Counters are free-running byte counts that never wrap in practice: ring position = counter % ring_bytes.
 */
struct pvgpu_control_region {
    uint32_t magic; /* PVGPU_MAGIC */
    uint32_t version; /* PVGPU_VERSION_1_0 */
    uint64_t features; /* feature bits the guest sees */
    uint32_t ring_offset; /* bytes from the start of the mapping */
    uint32_t ring_bytes;
    uint32_t heap_offset; /* bytes from the start of the mapping */
    uint32_t heap_bytes;
    uint64_t producer; /* guest: bytes published; stored with release, after the bytes */
    uint8_t pad0[56];
    uint64_t consumer; /* host: bytes consumed; stored with release, after the last read of ring and heap */
    uint8_t pad1[56];
    uint64_t fence_request; /* unused in 1.0 */
    uint8_t pad2[56];
    uint64_t fence_completed; /* host: highest fence value that has completed */
    uint8_t pad3[56];
    uint32_t status; /* host: PVGPU_STATUS_* */
    uint32_t error_code; /* host: last error, enum pvgpu_error; valid while PVGPU_STATUS_ERROR is set */
    uint32_t error_argument; /* host: meaning depends on the code */
    uint32_t reserved0;
    uint32_t display_width; /* guest: pixels of the current mode */
    uint32_t display_height;
    uint32_t display_refresh; /* guest: Hz */
    uint32_t display_format; /* DXGI format */
    struct pvgpu_extension extension; /* all zero from devices that do not know it */
    uint8_t reserved1[0xE80]; /* later protocol versions */
};

PVGPU_ASSERT_SIZE(struct pvgpu_control_region, PVGPU_CONTROL_BYTES);
PVGPU_ASSERT_AT(struct pvgpu_control_region, magic, 0x000);
PVGPU_ASSERT_AT(struct pvgpu_control_region, version, 0x004);
PVGPU_ASSERT_AT(struct pvgpu_control_region, features, 0x008);
PVGPU_ASSERT_AT(struct pvgpu_control_region, ring_offset, 0x010);
PVGPU_ASSERT_AT(struct pvgpu_control_region, ring_bytes, 0x014);
PVGPU_ASSERT_AT(struct pvgpu_control_region, heap_offset, 0x018);
PVGPU_ASSERT_AT(struct pvgpu_control_region, heap_bytes, 0x01C);
PVGPU_ASSERT_AT(struct pvgpu_control_region, producer, 0x020);
PVGPU_ASSERT_AT(struct pvgpu_control_region, consumer, 0x060);
PVGPU_ASSERT_AT(struct pvgpu_control_region, fence_request, 0x0A0);
PVGPU_ASSERT_AT(struct pvgpu_control_region, fence_completed, 0x0E0);
PVGPU_ASSERT_AT(struct pvgpu_control_region, status, 0x120);
PVGPU_ASSERT_AT(struct pvgpu_control_region, error_code, 0x124);
PVGPU_ASSERT_AT(struct pvgpu_control_region, error_argument, 0x128);
PVGPU_ASSERT_AT(struct pvgpu_control_region, display_width, 0x130);
PVGPU_ASSERT_AT(struct pvgpu_control_region, display_height, 0x134);
PVGPU_ASSERT_AT(struct pvgpu_control_region, display_refresh, 0x138);
PVGPU_ASSERT_AT(struct pvgpu_control_region, display_format, 0x13C);
PVGPU_ASSERT_AT(struct pvgpu_control_region, extension, 0x140);
PVGPU_ASSERT_AT(struct pvgpu_control_region, reserved1, 0x180);

/* Bits of pvgpu_control_region.status. Not to be confused with the BAR0 status register. */
#define PVGPU_STATUS_READY 0x01u /* the renderer is up */
#define PVGPU_STATUS_ERROR 0x02u /* error_code and error_argument hold an error */
#define PVGPU_STATUS_DEVICE_LOST 0x04u /* nothing is drawn until the guest resets the device */
#define PVGPU_STATUS_BUSY 0x08u
#define PVGPU_STATUS_RESIZING 0x10u /* a RESIZE_BUFFERS is being carried out */
#define PVGPU_STATUS_RECOVERING 0x20u
#define PVGPU_STATUS_SHUTDOWN 0x40u /* the host is going away */

enum pvgpu_error {
    PVGPU_ERROR_NONE = 0,
    PVGPU_ERROR_INVALID_COMMAND = 1, /* argument: opcode, or the id the command is about (docs/protocol.md) */
    PVGPU_ERROR_INVALID_RESOURCE_ID = 2, /* an object of another kind, or 0; argument: the id */
    PVGPU_ERROR_RESOURCE_NOT_FOUND = 3, /* argument: the id */
    PVGPU_ERROR_OUT_OF_MEMORY = 4, /* or past a limit; argument: the new id, 0 if there is none */
    PVGPU_ERROR_SHADER_COMPILATION = 5, /* argument: the shader id */
    PVGPU_ERROR_DEVICE_LOST = 6, /* with PVGPU_STATUS_DEVICE_LOST; argument: HRESULT */
    PVGPU_ERROR_INTERNAL = 7 /* argument: HRESULT or 0 */
};

/* ---- BAR0 registers ------------------------------------------------------------------------------------------- */

#define PVGPU_BAR0_BYTES 0x1000u
#define PVGPU_REG_VERSION 0x00u /* R */
#define PVGPU_REG_FEATURES_LOW 0x04u /* R */
#define PVGPU_REG_FEATURES_HIGH 0x08u /* R */
#define PVGPU_REG_STATUS 0x0Cu /* R, bit 1 write-1-to-clear: PVGPU_REG_STATUS_* */
#define PVGPU_REG_DOORBELL 0x10u /* W, any value: the producer counter has moved */
#define PVGPU_REG_IRQ_PENDING 0x14u /* R, write-1-to-clear: PVGPU_IRQ_* */
#define PVGPU_REG_IRQ_ENABLE 0x18u /* RW: PVGPU_IRQ_* */
#define PVGPU_REG_SHMEM_BYTES 0x1Cu /* R */
#define PVGPU_REG_RING_BYTES 0x20u /* R */
#define PVGPU_REG_RESET 0x24u /* W: writing 1 resets the protocol state */

#define PVGPU_REG_STATUS_READY 0x1u
#define PVGPU_REG_STATUS_ERROR 0x2u
#define PVGPU_REG_STATUS_CONNECTED 0x4u

#define PVGPU_IRQ_FENCE 0x1u
#define PVGPU_IRQ_ERROR 0x2u

#define PVGPU_MSIX_VECTORS 2u
#define PVGPU_VECTOR_FENCE 0u
#define PVGPU_VECTOR_ERROR 1u

/*
 * The PCI function of the ivshmem links is QEMU's own: BAR0 has these registers, BAR2 is the shared memory. It is ours
 * if the control region at its start has PVGPU_MAGIC.
 */
#define PVGPU_IVSHMEM_VENDOR 0x1AF4u
#define PVGPU_IVSHMEM_DEVICE 0x1110u
#define PVGPU_IVSHMEM_REG_ID 0x8u /* R: the guest's own peer id; 0 or meaningless on ivshmem-plain */
#define PVGPU_IVSHMEM_REG_DOORBELL 0xCu /* W: peer id << 16 | vector; does nothing on ivshmem-plain */

/* ---- Messages between the QEMU device and the host (the "pipe" link) --------------------------------------------- */

/* Precedes every message. Header and payload travel as two writes; nothing follows a payload length of 0. */
struct pvgpu_message_header {
    uint32_t type; /* enum pvgpu_message */
    uint32_t payload_bytes;
};
PVGPU_ASSERT_SIZE(struct pvgpu_message_header, 8);
PVGPU_ASSERT_AT(struct pvgpu_message_header, payload_bytes, 4);

enum pvgpu_message {
    PVGPU_MESSAGE_HANDSHAKE = 1, /* device to host: struct pvgpu_handshake, name cut after its NUL */
    PVGPU_MESSAGE_HANDSHAKE_ACK = 2, /* host to device: u64 feature bits, exactly 8 bytes */
    PVGPU_MESSAGE_DOORBELL = 3, /* device to host: no payload */
    PVGPU_MESSAGE_IRQ = 4, /* host to device: u32 vector, exactly 4 bytes */
    PVGPU_MESSAGE_SHUTDOWN = 5 /* either way: no payload */
};

#define PVGPU_SHMEM_NAME_CHARS 63u /* without the NUL */
#define PVGPU_SHMEM_NAME_PREFIX "pvgpu_shmem_" /* after "/" on POSIX, "Global\" or "Local\" on Windows */

struct pvgpu_handshake {
    uint64_t shmem_bytes;
    char name[PVGPU_SHMEM_NAME_CHARS + 1u]; /* NUL-terminated */
};
PVGPU_ASSERT_SIZE(struct pvgpu_handshake, 72);
PVGPU_ASSERT_AT(struct pvgpu_handshake, name, 8);
#define PVGPU_HANDSHAKE_MIN_BYTES 10u /* u64, one character, NUL */
#define PVGPU_HANDSHAKE_ACK_BYTES 8u
#define PVGPU_IRQ_PAYLOAD_BYTES 4u

/* ---- Commands --------------------------------------------------------------------------------------------------- */

#define PVGPU_COMMAND_ALIGNMENT 16u /* every command starts at a multiple of this */
#define PVGPU_COMMAND_MAX_BYTES 0x10000u /* largest size field in 1.0 */

enum pvgpu_opcode {
    PVGPU_CREATE_RESOURCE = 0x0001,
    PVGPU_DESTROY_RESOURCE = 0x0002,
    PVGPU_MAP_RESOURCE = 0x0003,
    PVGPU_UNMAP_RESOURCE = 0x0004,
    PVGPU_UPDATE_RESOURCE = 0x0005,
    PVGPU_COPY_RESOURCE = 0x0006,
    PVGPU_OPEN_RESOURCE = 0x0007,
    PVGPU_CREATE_BLEND_STATE = 0x0010,
    PVGPU_DESTROY_BLEND_STATE = 0x0011,
    PVGPU_CREATE_RASTERIZER_STATE = 0x0012,
    PVGPU_DESTROY_RASTERIZER_STATE = 0x0013,
    PVGPU_CREATE_DEPTH_STENCIL_STATE = 0x0014,
    PVGPU_DESTROY_DEPTH_STENCIL_STATE = 0x0015,
    PVGPU_CREATE_SAMPLER = 0x0016,
    PVGPU_DESTROY_SAMPLER = 0x0017,
    PVGPU_CREATE_INPUT_LAYOUT = 0x0018,
    PVGPU_DESTROY_INPUT_LAYOUT = 0x0019,
    PVGPU_CREATE_RENDER_TARGET_VIEW = 0x0020,
    PVGPU_DESTROY_RENDER_TARGET_VIEW = 0x0021,
    PVGPU_CREATE_DEPTH_STENCIL_VIEW = 0x0022,
    PVGPU_DESTROY_DEPTH_STENCIL_VIEW = 0x0023,
    PVGPU_CREATE_SHADER_RESOURCE_VIEW = 0x0024,
    PVGPU_DESTROY_SHADER_RESOURCE_VIEW = 0x0025,
    PVGPU_CREATE_UNORDERED_ACCESS_VIEW = 0x0026,
    PVGPU_DESTROY_UNORDERED_ACCESS_VIEW = 0x0027,
    PVGPU_CREATE_SHADER = 0x0030,
    PVGPU_DESTROY_SHADER = 0x0031,
    PVGPU_SET_RENDER_TARGET = 0x0101,
    PVGPU_SET_VIEWPORT = 0x0102,
    PVGPU_SET_SCISSOR = 0x0103,
    PVGPU_SET_BLEND_STATE = 0x0104,
    PVGPU_SET_RASTERIZER_STATE = 0x0105,
    PVGPU_SET_DEPTH_STENCIL = 0x0106,
    PVGPU_SET_SHADER = 0x0107,
    PVGPU_SET_SAMPLER = 0x0108,
    PVGPU_SET_CONSTANT_BUFFER = 0x0109,
    PVGPU_SET_VERTEX_BUFFER = 0x010A,
    PVGPU_SET_INDEX_BUFFER = 0x010B,
    PVGPU_SET_INPUT_LAYOUT = 0x010C,
    PVGPU_SET_PRIMITIVE_TOPOLOGY = 0x010D,
    PVGPU_SET_SHADER_RESOURCE = 0x010E,
    PVGPU_SET_UNORDERED_ACCESS = 0x010F,
    PVGPU_DRAW = 0x0201,
    PVGPU_DRAW_INDEXED = 0x0202,
    PVGPU_DRAW_INSTANCED = 0x0203,
    PVGPU_DRAW_INDEXED_INSTANCED = 0x0204,
    PVGPU_DISPATCH = 0x0205,
    PVGPU_CLEAR_RENDER_TARGET = 0x0206,
    PVGPU_CLEAR_DEPTH_STENCIL = 0x0207,
    PVGPU_FENCE = 0x0301,
    PVGPU_PRESENT = 0x0302,
    PVGPU_FLUSH = 0x0303,
    PVGPU_WAIT_FENCE = 0x0304,
    PVGPU_RESIZE_BUFFERS = 0x0305
};

/* First 16 bytes of every command. */
struct pvgpu_command_header {
    uint32_t opcode; /* enum pvgpu_opcode */
    uint32_t size; /* bytes, header included; with or without the padding to the next multiple of 16 */
    uint32_t id; /* object id, for commands that carry it here; else 0 */
    uint32_t flags; /* not examined in 1.0 */
};
PVGPU_ASSERT_SIZE(struct pvgpu_command_header, 16);
PVGPU_ASSERT_AT(struct pvgpu_command_header, size, 4);
PVGPU_ASSERT_AT(struct pvgpu_command_header, id, 8);
PVGPU_ASSERT_AT(struct pvgpu_command_header, flags, 12);

/* CREATE_RESOURCE kinds. Shaders may be created this way too: stage = kind - PVGPU_KIND_VERTEX_SHADER. */
enum pvgpu_kind {
    PVGPU_KIND_TEXTURE_1D = 1,
    PVGPU_KIND_TEXTURE_2D = 2,
    PVGPU_KIND_TEXTURE_3D = 3,
    PVGPU_KIND_BUFFER = 4,
    PVGPU_KIND_VERTEX_SHADER = 5,
    PVGPU_KIND_PIXEL_SHADER = 6,
    PVGPU_KIND_GEOMETRY_SHADER = 7,
    PVGPU_KIND_HULL_SHADER = 8,
    PVGPU_KIND_DOMAIN_SHADER = 9,
    PVGPU_KIND_COMPUTE_SHADER = 10,
    PVGPU_KIND_INPUT_LAYOUT = 11,
    PVGPU_KIND_BLEND_STATE = 12,
    PVGPU_KIND_RASTERIZER_STATE = 13,
    PVGPU_KIND_DEPTH_STENCIL_STATE = 14,
    PVGPU_KIND_SAMPLER = 15,
    PVGPU_KIND_RENDER_TARGET_VIEW = 16,
    PVGPU_KIND_DEPTH_STENCIL_VIEW = 17,
    PVGPU_KIND_SHADER_RESOURCE_VIEW = 18,
    PVGPU_KIND_UNORDERED_ACCESS_VIEW = 19
};

enum pvgpu_stage {
    PVGPU_STAGE_VERTEX = 0,
    PVGPU_STAGE_PIXEL = 1,
    PVGPU_STAGE_GEOMETRY = 2,
    PVGPU_STAGE_HULL = 3,
    PVGPU_STAGE_DOMAIN = 4,
    PVGPU_STAGE_COMPUTE = 5
};
#define PVGPU_STAGE_COUNT 6u

/* Bind bits, Direct3D 11's numerals. */
#define PVGPU_BIND_VERTEX_BUFFER 0x01u
#define PVGPU_BIND_INDEX_BUFFER 0x02u
#define PVGPU_BIND_CONSTANT_BUFFER 0x04u
#define PVGPU_BIND_SHADER_RESOURCE 0x08u
#define PVGPU_BIND_STREAM_OUTPUT 0x10u
#define PVGPU_BIND_RENDER_TARGET 0x20u
#define PVGPU_BIND_DEPTH_STENCIL 0x40u
#define PVGPU_BIND_UNORDERED_ACCESS 0x80u

/* MAP modes, D3D11_MAP's numerals. */
enum pvgpu_map_mode {
    PVGPU_MAP_READ = 1,
    PVGPU_MAP_WRITE = 2,
    PVGPU_MAP_READ_WRITE = 3,
    PVGPU_MAP_WRITE_DISCARD = 4,
    PVGPU_MAP_WRITE_NO_OVERWRITE = 5
};

/* How many entries a command can carry, and how many slots there are. */
#define PVGPU_MAX_RENDER_TARGETS 8u
#define PVGPU_MAX_VIEWPORTS 16u
#define PVGPU_MAX_SAMPLERS 16u
#define PVGPU_MAX_CONSTANT_BUFFERS 14u
#define PVGPU_MAX_VERTEX_BUFFERS_PER_COMMAND 16u
#define PVGPU_MAX_VERTEX_BUFFERS 32u
#define PVGPU_MAX_SHADER_RESOURCES 128u
#define PVGPU_MAX_UNORDERED_ACCESS 8u
#define PVGPU_MAX_INPUT_ELEMENTS 32u

#define PVGPU_APPEND_ALIGNED 0xFFFFFFFFu /* input element offset: directly after the previous element */
#define PVGPU_ALL_REMAINING 0xFFFFFFFFu /* view counts: to the end; 0 means the same */
#define PVGPU_UAV_RAW 0x1u /* D3D11_BUFFER_UAV_FLAG_RAW; the others are for structured buffers, which 1.0 lacks */
#define PVGPU_KEEP_COUNTER 0xFFFFFFFFu /* unordered access initial count */
#define PVGPU_DISPATCH_INDIRECT 0xFFFFFFFFu /* DISPATCH z: x is an argument buffer, y a byte offset */

#define PVGPU_DSV_READ_ONLY_DEPTH 0x1u
#define PVGPU_DSV_READ_ONLY_STENCIL 0x2u
#define PVGPU_CLEAR_DEPTH 0x1u
#define PVGPU_CLEAR_STENCIL 0x2u

/* header.id: the new object. Also creates shaders, for which only kind and the two data fields matter. */
struct pvgpu_cmd_create_resource {
    struct pvgpu_command_header header;
    uint32_t kind; /* enum pvgpu_kind, 1 to 10 */
    uint32_t format; /* DXGI format; 0 for buffers */
    uint32_t width; /* texels, or bytes of a buffer */
    uint32_t height; /* texels */
    uint32_t depth_or_array; /* 3D: depth; 1D and 2D: array length, 0 means 1 */
    uint32_t mip_count; /* 0: the full chain */
    uint32_t sample_count; /* 0 means 1 */
    uint32_t sample_quality;
    uint32_t bind; /* PVGPU_BIND_* */
    uint32_t misc; /* D3D11_RESOURCE_MISC_FLAG */
    uint32_t data_offset; /* heap-relative: initial data (tightly packed, subresources in order) or bytecode */
    uint32_t data_bytes; /* 0: no initial data */
};
PVGPU_ASSERT_SIZE(struct pvgpu_cmd_create_resource, 64);
PVGPU_ASSERT_AT(struct pvgpu_cmd_create_resource, kind, 16);
PVGPU_ASSERT_AT(struct pvgpu_cmd_create_resource, format, 20);
PVGPU_ASSERT_AT(struct pvgpu_cmd_create_resource, width, 24);
PVGPU_ASSERT_AT(struct pvgpu_cmd_create_resource, height, 28);
PVGPU_ASSERT_AT(struct pvgpu_cmd_create_resource, depth_or_array, 32);
PVGPU_ASSERT_AT(struct pvgpu_cmd_create_resource, mip_count, 36);
PVGPU_ASSERT_AT(struct pvgpu_cmd_create_resource, sample_count, 40);
PVGPU_ASSERT_AT(struct pvgpu_cmd_create_resource, sample_quality, 44);
PVGPU_ASSERT_AT(struct pvgpu_cmd_create_resource, bind, 48);
PVGPU_ASSERT_AT(struct pvgpu_cmd_create_resource, misc, 52);
PVGPU_ASSERT_AT(struct pvgpu_cmd_create_resource, data_offset, 56);
PVGPU_ASSERT_AT(struct pvgpu_cmd_create_resource, data_bytes, 60);

/* All DESTROY commands: the id is in the header, or at 16 when the header's is 0 (DESTROY_SHADER: at 16 first). */
struct pvgpu_cmd_destroy {
    struct pvgpu_command_header header;
    uint32_t id;
    uint32_t reserved[3];
};
PVGPU_ASSERT_SIZE(struct pvgpu_cmd_destroy, 32);
PVGPU_ASSERT_AT(struct pvgpu_cmd_destroy, id, 16);
PVGPU_ASSERT_AT(struct pvgpu_cmd_destroy, reserved, 20);

/* MAP, UNMAP and UPDATE: the resource is the payload's id, or the header's when that is 0. */
struct pvgpu_cmd_map_resource {
    struct pvgpu_command_header header;
    uint32_t id;
    uint32_t subresource; /* mip + slice * mip count */
    uint32_t mode; /* enum pvgpu_map_mode */
    uint32_t map_flags;
    uint32_t heap_offset; /* where read modes put the bytes, tightly packed */
    uint32_t reserved[3];
};
PVGPU_ASSERT_SIZE(struct pvgpu_cmd_map_resource, 48);
PVGPU_ASSERT_AT(struct pvgpu_cmd_map_resource, id, 16);
PVGPU_ASSERT_AT(struct pvgpu_cmd_map_resource, subresource, 20);
PVGPU_ASSERT_AT(struct pvgpu_cmd_map_resource, mode, 24);
PVGPU_ASSERT_AT(struct pvgpu_cmd_map_resource, map_flags, 28);
PVGPU_ASSERT_AT(struct pvgpu_cmd_map_resource, heap_offset, 32);
PVGPU_ASSERT_AT(struct pvgpu_cmd_map_resource, reserved, 36);

struct pvgpu_cmd_unmap_resource {
    struct pvgpu_command_header header;
    uint32_t id;
    uint32_t subresource;
    uint32_t heap_offset;
    uint32_t data_bytes; /* bytes to copy into the resource; 0: the whole subresource */
};
PVGPU_ASSERT_SIZE(struct pvgpu_cmd_unmap_resource, 32);
PVGPU_ASSERT_AT(struct pvgpu_cmd_unmap_resource, id, 16);
PVGPU_ASSERT_AT(struct pvgpu_cmd_unmap_resource, subresource, 20);
PVGPU_ASSERT_AT(struct pvgpu_cmd_unmap_resource, heap_offset, 24);
PVGPU_ASSERT_AT(struct pvgpu_cmd_unmap_resource, data_bytes, 28);

struct pvgpu_cmd_update_resource {
    struct pvgpu_command_header header;
    uint32_t id;
    uint32_t subresource;
    uint32_t heap_offset;
    uint32_t data_bytes;
    uint32_t x, y, z; /* texels, or bytes of a buffer */
    uint32_t width, height, depth; /* 0: to the end of that axis */
    uint32_t row_pitch; /* bytes from one row (of blocks) of the source to the next */
    uint32_t depth_pitch; /* bytes from one slice of the source to the next */
};
PVGPU_ASSERT_SIZE(struct pvgpu_cmd_update_resource, 64);
PVGPU_ASSERT_AT(struct pvgpu_cmd_update_resource, id, 16);
PVGPU_ASSERT_AT(struct pvgpu_cmd_update_resource, subresource, 20);
PVGPU_ASSERT_AT(struct pvgpu_cmd_update_resource, heap_offset, 24);
PVGPU_ASSERT_AT(struct pvgpu_cmd_update_resource, data_bytes, 28);
PVGPU_ASSERT_AT(struct pvgpu_cmd_update_resource, x, 32);
PVGPU_ASSERT_AT(struct pvgpu_cmd_update_resource, y, 36);
PVGPU_ASSERT_AT(struct pvgpu_cmd_update_resource, z, 40);
PVGPU_ASSERT_AT(struct pvgpu_cmd_update_resource, width, 44);
PVGPU_ASSERT_AT(struct pvgpu_cmd_update_resource, height, 48);
PVGPU_ASSERT_AT(struct pvgpu_cmd_update_resource, depth, 52);
PVGPU_ASSERT_AT(struct pvgpu_cmd_update_resource, row_pitch, 56);
PVGPU_ASSERT_AT(struct pvgpu_cmd_update_resource, depth_pitch, 60);

/* COPY_RESOURCE has two forms; a size of at least 72 selects the second. */
struct pvgpu_cmd_copy_resource {
    struct pvgpu_command_header header;
    uint32_t destination;
    uint32_t source;
    uint32_t reserved[2];
};
PVGPU_ASSERT_SIZE(struct pvgpu_cmd_copy_resource, 32);
PVGPU_ASSERT_AT(struct pvgpu_cmd_copy_resource, destination, 16);
PVGPU_ASSERT_AT(struct pvgpu_cmd_copy_resource, source, 20);
PVGPU_ASSERT_AT(struct pvgpu_cmd_copy_resource, reserved, 24);

struct pvgpu_cmd_copy_region {
    struct pvgpu_command_header header;
    uint32_t destination;
    uint32_t destination_subresource;
    uint32_t x, y, z;
    uint32_t source;
    uint32_t source_subresource;
    uint32_t has_box; /* 1: the box below; 0: the whole source subresource */
    uint32_t left, top, front;
    uint32_t right, bottom, back; /* exclusive */
};
PVGPU_ASSERT_SIZE(struct pvgpu_cmd_copy_region, 72);
PVGPU_ASSERT_AT(struct pvgpu_cmd_copy_region, destination, 16);
PVGPU_ASSERT_AT(struct pvgpu_cmd_copy_region, destination_subresource, 20);
PVGPU_ASSERT_AT(struct pvgpu_cmd_copy_region, x, 24);
PVGPU_ASSERT_AT(struct pvgpu_cmd_copy_region, y, 28);
PVGPU_ASSERT_AT(struct pvgpu_cmd_copy_region, z, 32);
PVGPU_ASSERT_AT(struct pvgpu_cmd_copy_region, source, 36);
PVGPU_ASSERT_AT(struct pvgpu_cmd_copy_region, source_subresource, 40);
PVGPU_ASSERT_AT(struct pvgpu_cmd_copy_region, has_box, 44);
PVGPU_ASSERT_AT(struct pvgpu_cmd_copy_region, left, 48);
PVGPU_ASSERT_AT(struct pvgpu_cmd_copy_region, top, 52);
PVGPU_ASSERT_AT(struct pvgpu_cmd_copy_region, front, 56);
PVGPU_ASSERT_AT(struct pvgpu_cmd_copy_region, right, 60);
PVGPU_ASSERT_AT(struct pvgpu_cmd_copy_region, bottom, 64);
PVGPU_ASSERT_AT(struct pvgpu_cmd_copy_region, back, 68);

/* header.id: the new id for the existing resource. */
struct pvgpu_cmd_open_resource {
    struct pvgpu_command_header header;
    uint32_t existing;
    uint32_t kind; /* 0: as the existing one */
    uint32_t format;
    uint32_t width;
    uint32_t height;
    uint32_t bind;
    uint32_t misc;
};
PVGPU_ASSERT_SIZE(struct pvgpu_cmd_open_resource, 44);
PVGPU_ASSERT_AT(struct pvgpu_cmd_open_resource, existing, 16);
PVGPU_ASSERT_AT(struct pvgpu_cmd_open_resource, kind, 20);
PVGPU_ASSERT_AT(struct pvgpu_cmd_open_resource, format, 24);
PVGPU_ASSERT_AT(struct pvgpu_cmd_open_resource, width, 28);
PVGPU_ASSERT_AT(struct pvgpu_cmd_open_resource, height, 32);
PVGPU_ASSERT_AT(struct pvgpu_cmd_open_resource, bind, 36);
PVGPU_ASSERT_AT(struct pvgpu_cmd_open_resource, misc, 40);

struct pvgpu_blend_target {
    uint32_t enable; /* 0 or 1 */
    uint32_t source, destination; /* D3D11_BLEND */
    uint32_t operation; /* D3D11_BLEND_OP */
    uint32_t source_alpha, destination_alpha; /* D3D11_BLEND without the colour factors */
    uint32_t operation_alpha;
    uint32_t write_mask; /* 0 to 15 */
};
PVGPU_ASSERT_SIZE(struct pvgpu_blend_target, 32);
PVGPU_ASSERT_AT(struct pvgpu_blend_target, source, 4);
PVGPU_ASSERT_AT(struct pvgpu_blend_target, destination, 8);
PVGPU_ASSERT_AT(struct pvgpu_blend_target, operation, 12);
PVGPU_ASSERT_AT(struct pvgpu_blend_target, source_alpha, 16);
PVGPU_ASSERT_AT(struct pvgpu_blend_target, destination_alpha, 20);
PVGPU_ASSERT_AT(struct pvgpu_blend_target, operation_alpha, 24);
PVGPU_ASSERT_AT(struct pvgpu_blend_target, write_mask, 28);

struct pvgpu_cmd_create_blend_state {
    struct pvgpu_command_header header;
    uint32_t id;
    uint32_t alpha_to_coverage; /* 0 or 1 */
    uint32_t independent; /* 0: target 0 serves all eight */
    struct pvgpu_blend_target targets[PVGPU_MAX_RENDER_TARGETS];
};
PVGPU_ASSERT_SIZE(struct pvgpu_cmd_create_blend_state, 284);
PVGPU_ASSERT_AT(struct pvgpu_cmd_create_blend_state, id, 16);
PVGPU_ASSERT_AT(struct pvgpu_cmd_create_blend_state, alpha_to_coverage, 20);
PVGPU_ASSERT_AT(struct pvgpu_cmd_create_blend_state, independent, 24);
PVGPU_ASSERT_AT(struct pvgpu_cmd_create_blend_state, targets, 28);

struct pvgpu_cmd_create_rasterizer_state {
    struct pvgpu_command_header header;
    uint32_t id;
    uint32_t fill; /* D3D11_FILL_MODE: 2 wireframe, 3 solid */
    uint32_t cull; /* D3D11_CULL_MODE: 1 none, 2 front, 3 back */
    uint32_t front_counter_clockwise; /* 0 or 1 */
    int32_t depth_bias;
    float depth_bias_clamp;
    float slope_scaled_depth_bias;
    uint32_t depth_clip; /* 0 or 1, like the three below */
    uint32_t scissor;
    uint32_t multisample;
    uint32_t antialiased_line;
};
PVGPU_ASSERT_SIZE(struct pvgpu_cmd_create_rasterizer_state, 60);
PVGPU_ASSERT_AT(struct pvgpu_cmd_create_rasterizer_state, id, 16);
PVGPU_ASSERT_AT(struct pvgpu_cmd_create_rasterizer_state, fill, 20);
PVGPU_ASSERT_AT(struct pvgpu_cmd_create_rasterizer_state, cull, 24);
PVGPU_ASSERT_AT(struct pvgpu_cmd_create_rasterizer_state, front_counter_clockwise, 28);
PVGPU_ASSERT_AT(struct pvgpu_cmd_create_rasterizer_state, depth_bias, 32);
PVGPU_ASSERT_AT(struct pvgpu_cmd_create_rasterizer_state, depth_bias_clamp, 36);
PVGPU_ASSERT_AT(struct pvgpu_cmd_create_rasterizer_state, slope_scaled_depth_bias, 40);
PVGPU_ASSERT_AT(struct pvgpu_cmd_create_rasterizer_state, depth_clip, 44);
PVGPU_ASSERT_AT(struct pvgpu_cmd_create_rasterizer_state, scissor, 48);
PVGPU_ASSERT_AT(struct pvgpu_cmd_create_rasterizer_state, multisample, 52);
PVGPU_ASSERT_AT(struct pvgpu_cmd_create_rasterizer_state, antialiased_line, 56);

struct pvgpu_stencil_face {
    uint32_t fail; /* D3D11_STENCIL_OP, like the two below */
    uint32_t depth_fail;
    uint32_t pass;
    uint32_t compare; /* D3D11_COMPARISON_FUNC */
};
PVGPU_ASSERT_SIZE(struct pvgpu_stencil_face, 16);
PVGPU_ASSERT_AT(struct pvgpu_stencil_face, depth_fail, 4);
PVGPU_ASSERT_AT(struct pvgpu_stencil_face, pass, 8);
PVGPU_ASSERT_AT(struct pvgpu_stencil_face, compare, 12);

struct pvgpu_cmd_create_depth_stencil_state {
    struct pvgpu_command_header header;
    uint32_t id;
    uint32_t depth_enable; /* 0 or 1 */
    uint32_t depth_write; /* 0 or 1 */
    uint32_t depth_compare; /* D3D11_COMPARISON_FUNC */
    uint32_t stencil_enable; /* 0 or 1 */
    uint32_t stencil_read_mask; /* low 8 bits */
    uint32_t stencil_write_mask; /* low 8 bits */
    struct pvgpu_stencil_face front;
    struct pvgpu_stencil_face back;
};
PVGPU_ASSERT_SIZE(struct pvgpu_cmd_create_depth_stencil_state, 76);
PVGPU_ASSERT_AT(struct pvgpu_cmd_create_depth_stencil_state, id, 16);
PVGPU_ASSERT_AT(struct pvgpu_cmd_create_depth_stencil_state, depth_enable, 20);
PVGPU_ASSERT_AT(struct pvgpu_cmd_create_depth_stencil_state, depth_write, 24);
PVGPU_ASSERT_AT(struct pvgpu_cmd_create_depth_stencil_state, depth_compare, 28);
PVGPU_ASSERT_AT(struct pvgpu_cmd_create_depth_stencil_state, stencil_enable, 32);
PVGPU_ASSERT_AT(struct pvgpu_cmd_create_depth_stencil_state, stencil_read_mask, 36);
PVGPU_ASSERT_AT(struct pvgpu_cmd_create_depth_stencil_state, stencil_write_mask, 40);
PVGPU_ASSERT_AT(struct pvgpu_cmd_create_depth_stencil_state, front, 44);
PVGPU_ASSERT_AT(struct pvgpu_cmd_create_depth_stencil_state, back, 60);

struct pvgpu_cmd_create_sampler {
    struct pvgpu_command_header header;
    uint32_t id;
    uint32_t filter; /* D3D11_FILTER */
    uint32_t address_u, address_v, address_w; /* D3D11_TEXTURE_ADDRESS_MODE */
    float mip_lod_bias;
    uint32_t max_anisotropy; /* 1 to 16 */
    uint32_t compare; /* D3D11_COMPARISON_FUNC */
    float border[4];
    float min_lod;
    float max_lod;
};
PVGPU_ASSERT_SIZE(struct pvgpu_cmd_create_sampler, 72);
PVGPU_ASSERT_AT(struct pvgpu_cmd_create_sampler, id, 16);
PVGPU_ASSERT_AT(struct pvgpu_cmd_create_sampler, filter, 20);
PVGPU_ASSERT_AT(struct pvgpu_cmd_create_sampler, address_u, 24);
PVGPU_ASSERT_AT(struct pvgpu_cmd_create_sampler, address_v, 28);
PVGPU_ASSERT_AT(struct pvgpu_cmd_create_sampler, address_w, 32);
PVGPU_ASSERT_AT(struct pvgpu_cmd_create_sampler, mip_lod_bias, 36);
PVGPU_ASSERT_AT(struct pvgpu_cmd_create_sampler, max_anisotropy, 40);
PVGPU_ASSERT_AT(struct pvgpu_cmd_create_sampler, compare, 44);
PVGPU_ASSERT_AT(struct pvgpu_cmd_create_sampler, border, 48);
PVGPU_ASSERT_AT(struct pvgpu_cmd_create_sampler, min_lod, 64);
PVGPU_ASSERT_AT(struct pvgpu_cmd_create_sampler, max_lod, 68);

struct pvgpu_input_element {
    uint32_t name_offset; /* heap-relative, NUL-terminated semantic name; 0: none */
    uint32_t semantic_index;
    uint32_t format; /* DXGI format */
    uint32_t slot; /* vertex buffer slot */
    uint32_t byte_offset; /* in the vertex, or PVGPU_APPEND_ALIGNED */
    uint32_t classification; /* 0 per vertex, 1 per instance */
    uint32_t step_rate; /* instances per element; 0 for per-vertex data */
};
PVGPU_ASSERT_SIZE(struct pvgpu_input_element, 28);
PVGPU_ASSERT_AT(struct pvgpu_input_element, semantic_index, 4);
PVGPU_ASSERT_AT(struct pvgpu_input_element, format, 8);
PVGPU_ASSERT_AT(struct pvgpu_input_element, slot, 12);
PVGPU_ASSERT_AT(struct pvgpu_input_element, byte_offset, 16);
PVGPU_ASSERT_AT(struct pvgpu_input_element, classification, 20);
PVGPU_ASSERT_AT(struct pvgpu_input_element, step_rate, 24);

struct pvgpu_cmd_create_input_layout {
    struct pvgpu_command_header header;
    uint32_t id;
    uint32_t count; /* 0 to 32 */
    struct pvgpu_input_element elements[PVGPU_MAX_INPUT_ELEMENTS];
};
PVGPU_ASSERT_SIZE(struct pvgpu_cmd_create_input_layout, 920);
PVGPU_ASSERT_AT(struct pvgpu_cmd_create_input_layout, id, 16);
PVGPU_ASSERT_AT(struct pvgpu_cmd_create_input_layout, count, 20);
PVGPU_ASSERT_AT(struct pvgpu_cmd_create_input_layout, elements, 24);

struct pvgpu_cmd_create_render_target_view {
    struct pvgpu_command_header header;
    uint32_t id;
    uint32_t resource;
    uint32_t format; /* DXGI format; 0: the resource's */
    uint32_t dimension; /* D3D11_RTV_DIMENSION; 0: default view of the resource */
    uint32_t mip;
    uint32_t first_slice; /* array slice or W */
    uint32_t slice_count; /* 0 or PVGPU_ALL_REMAINING: to the end */
};
PVGPU_ASSERT_SIZE(struct pvgpu_cmd_create_render_target_view, 44);
PVGPU_ASSERT_AT(struct pvgpu_cmd_create_render_target_view, id, 16);
PVGPU_ASSERT_AT(struct pvgpu_cmd_create_render_target_view, resource, 20);
PVGPU_ASSERT_AT(struct pvgpu_cmd_create_render_target_view, format, 24);
PVGPU_ASSERT_AT(struct pvgpu_cmd_create_render_target_view, dimension, 28);
PVGPU_ASSERT_AT(struct pvgpu_cmd_create_render_target_view, mip, 32);
PVGPU_ASSERT_AT(struct pvgpu_cmd_create_render_target_view, first_slice, 36);
PVGPU_ASSERT_AT(struct pvgpu_cmd_create_render_target_view, slice_count, 40);

struct pvgpu_cmd_create_depth_stencil_view {
    struct pvgpu_command_header header;
    uint32_t id;
    uint32_t resource;
    uint32_t format;
    uint32_t dimension; /* D3D11_DSV_DIMENSION; 0: default view */
    uint32_t flags; /* PVGPU_DSV_READ_ONLY_* */
    uint32_t mip;
    uint32_t first_slice;
    uint32_t slice_count; /* 0 or PVGPU_ALL_REMAINING: to the end */
};
PVGPU_ASSERT_SIZE(struct pvgpu_cmd_create_depth_stencil_view, 48);
PVGPU_ASSERT_AT(struct pvgpu_cmd_create_depth_stencil_view, id, 16);
PVGPU_ASSERT_AT(struct pvgpu_cmd_create_depth_stencil_view, resource, 20);
PVGPU_ASSERT_AT(struct pvgpu_cmd_create_depth_stencil_view, format, 24);
PVGPU_ASSERT_AT(struct pvgpu_cmd_create_depth_stencil_view, dimension, 28);
PVGPU_ASSERT_AT(struct pvgpu_cmd_create_depth_stencil_view, flags, 32);
PVGPU_ASSERT_AT(struct pvgpu_cmd_create_depth_stencil_view, mip, 36);
PVGPU_ASSERT_AT(struct pvgpu_cmd_create_depth_stencil_view, first_slice, 40);
PVGPU_ASSERT_AT(struct pvgpu_cmd_create_depth_stencil_view, slice_count, 44);

struct pvgpu_cmd_create_shader_resource_view {
    struct pvgpu_command_header header;
    uint32_t id;
    uint32_t resource;
    uint32_t format;
    uint32_t dimension; /* D3D11_SRV_DIMENSION; 0: default view */
    uint32_t first; /* first mip, or first element of a buffer */
    uint32_t count; /* mips or elements; 0 or PVGPU_ALL_REMAINING: to the end */
    uint32_t first_slice;
    uint32_t slice_count; /* 0 or PVGPU_ALL_REMAINING: to the end */
};
PVGPU_ASSERT_SIZE(struct pvgpu_cmd_create_shader_resource_view, 48);
PVGPU_ASSERT_AT(struct pvgpu_cmd_create_shader_resource_view, id, 16);
PVGPU_ASSERT_AT(struct pvgpu_cmd_create_shader_resource_view, resource, 20);
PVGPU_ASSERT_AT(struct pvgpu_cmd_create_shader_resource_view, format, 24);
PVGPU_ASSERT_AT(struct pvgpu_cmd_create_shader_resource_view, dimension, 28);
PVGPU_ASSERT_AT(struct pvgpu_cmd_create_shader_resource_view, first, 32);
PVGPU_ASSERT_AT(struct pvgpu_cmd_create_shader_resource_view, count, 36);
PVGPU_ASSERT_AT(struct pvgpu_cmd_create_shader_resource_view, first_slice, 40);
PVGPU_ASSERT_AT(struct pvgpu_cmd_create_shader_resource_view, slice_count, 44);

struct pvgpu_cmd_create_unordered_access_view {
    struct pvgpu_command_header header;
    uint32_t id;
    uint32_t resource;
    uint32_t format;
    uint32_t dimension; /* D3D11_UAV_DIMENSION; 0: default view */
    uint32_t first; /* mip slice, or first element of a buffer */
    uint32_t count; /* elements of a buffer; 0: the rest */
    uint32_t first_slice; /* slice or W */
    uint32_t slice_count_or_flags; /* textures: slice or W count; buffers: D3D11_BUFFER_UAV_FLAG */
};
PVGPU_ASSERT_SIZE(struct pvgpu_cmd_create_unordered_access_view, 48);
PVGPU_ASSERT_AT(struct pvgpu_cmd_create_unordered_access_view, id, 16);
PVGPU_ASSERT_AT(struct pvgpu_cmd_create_unordered_access_view, resource, 20);
PVGPU_ASSERT_AT(struct pvgpu_cmd_create_unordered_access_view, format, 24);
PVGPU_ASSERT_AT(struct pvgpu_cmd_create_unordered_access_view, dimension, 28);
PVGPU_ASSERT_AT(struct pvgpu_cmd_create_unordered_access_view, first, 32);
PVGPU_ASSERT_AT(struct pvgpu_cmd_create_unordered_access_view, count, 36);
PVGPU_ASSERT_AT(struct pvgpu_cmd_create_unordered_access_view, first_slice, 40);
PVGPU_ASSERT_AT(struct pvgpu_cmd_create_unordered_access_view, slice_count_or_flags, 44);

struct pvgpu_cmd_create_shader {
    struct pvgpu_command_header header;
    uint32_t id;
    uint32_t stage; /* enum pvgpu_stage */
    uint32_t data_bytes; /* of the DXBC container */
    uint32_t data_offset; /* heap-relative */
};
PVGPU_ASSERT_SIZE(struct pvgpu_cmd_create_shader, 32);
PVGPU_ASSERT_AT(struct pvgpu_cmd_create_shader, id, 16);
PVGPU_ASSERT_AT(struct pvgpu_cmd_create_shader, stage, 20);
PVGPU_ASSERT_AT(struct pvgpu_cmd_create_shader, data_bytes, 24);
PVGPU_ASSERT_AT(struct pvgpu_cmd_create_shader, data_offset, 28);

struct pvgpu_cmd_set_render_target {
    struct pvgpu_command_header header;
    uint32_t count; /* 0 to 8; slots from count on become unbound */
    uint32_t depth_stencil_view; /* 0: none */
    uint32_t views[PVGPU_MAX_RENDER_TARGETS]; /* 0: empty slot */
};
PVGPU_ASSERT_SIZE(struct pvgpu_cmd_set_render_target, 56);
PVGPU_ASSERT_AT(struct pvgpu_cmd_set_render_target, count, 16);
PVGPU_ASSERT_AT(struct pvgpu_cmd_set_render_target, depth_stencil_view, 20);
PVGPU_ASSERT_AT(struct pvgpu_cmd_set_render_target, views, 24);

struct pvgpu_viewport {
    float x, y; /* pixels */
    float width, height;
    float min_depth, max_depth; /* 0 to 1 */
};
PVGPU_ASSERT_SIZE(struct pvgpu_viewport, 24);
PVGPU_ASSERT_AT(struct pvgpu_viewport, y, 4);
PVGPU_ASSERT_AT(struct pvgpu_viewport, width, 8);
PVGPU_ASSERT_AT(struct pvgpu_viewport, height, 12);
PVGPU_ASSERT_AT(struct pvgpu_viewport, min_depth, 16);
PVGPU_ASSERT_AT(struct pvgpu_viewport, max_depth, 20);

struct pvgpu_cmd_set_viewport {
    struct pvgpu_command_header header;
    uint32_t count; /* 0 to 16 */
    struct pvgpu_viewport viewports[PVGPU_MAX_VIEWPORTS];
};
PVGPU_ASSERT_SIZE(struct pvgpu_cmd_set_viewport, 404);
PVGPU_ASSERT_AT(struct pvgpu_cmd_set_viewport, count, 16);
PVGPU_ASSERT_AT(struct pvgpu_cmd_set_viewport, viewports, 20);

struct pvgpu_rect {
    int32_t left, top;
    int32_t right, bottom; /* exclusive */
};
PVGPU_ASSERT_SIZE(struct pvgpu_rect, 16);
PVGPU_ASSERT_AT(struct pvgpu_rect, top, 4);
PVGPU_ASSERT_AT(struct pvgpu_rect, right, 8);
PVGPU_ASSERT_AT(struct pvgpu_rect, bottom, 12);

struct pvgpu_cmd_set_scissor {
    struct pvgpu_command_header header;
    uint32_t count; /* 0 to 16 */
    struct pvgpu_rect rects[PVGPU_MAX_VIEWPORTS];
};
PVGPU_ASSERT_SIZE(struct pvgpu_cmd_set_scissor, 276);
PVGPU_ASSERT_AT(struct pvgpu_cmd_set_scissor, count, 16);
PVGPU_ASSERT_AT(struct pvgpu_cmd_set_scissor, rects, 20);

struct pvgpu_cmd_set_blend_state {
    struct pvgpu_command_header header;
    uint32_t id; /* 0: default state */
    float factor[4];
    uint32_t sample_mask;
    uint32_t reserved;
};
PVGPU_ASSERT_SIZE(struct pvgpu_cmd_set_blend_state, 44);
PVGPU_ASSERT_AT(struct pvgpu_cmd_set_blend_state, id, 16);
PVGPU_ASSERT_AT(struct pvgpu_cmd_set_blend_state, factor, 20);
PVGPU_ASSERT_AT(struct pvgpu_cmd_set_blend_state, sample_mask, 36);
PVGPU_ASSERT_AT(struct pvgpu_cmd_set_blend_state, reserved, 40);

struct pvgpu_cmd_set_rasterizer_state {
    struct pvgpu_command_header header;
    uint32_t id; /* 0: default state */
    uint32_t reserved[3];
};
PVGPU_ASSERT_SIZE(struct pvgpu_cmd_set_rasterizer_state, 32);
PVGPU_ASSERT_AT(struct pvgpu_cmd_set_rasterizer_state, id, 16);
PVGPU_ASSERT_AT(struct pvgpu_cmd_set_rasterizer_state, reserved, 20);

struct pvgpu_cmd_set_depth_stencil {
    struct pvgpu_command_header header;
    uint32_t id; /* 0: default state */
    uint32_t stencil_ref;
    uint32_t reserved[2];
};
PVGPU_ASSERT_SIZE(struct pvgpu_cmd_set_depth_stencil, 32);
PVGPU_ASSERT_AT(struct pvgpu_cmd_set_depth_stencil, id, 16);
PVGPU_ASSERT_AT(struct pvgpu_cmd_set_depth_stencil, stencil_ref, 20);
PVGPU_ASSERT_AT(struct pvgpu_cmd_set_depth_stencil, reserved, 24);

struct pvgpu_cmd_set_shader {
    struct pvgpu_command_header header;
    uint32_t stage; /* enum pvgpu_stage */
    uint32_t id; /* 0: unbind */
};
PVGPU_ASSERT_SIZE(struct pvgpu_cmd_set_shader, 24);
PVGPU_ASSERT_AT(struct pvgpu_cmd_set_shader, stage, 16);
PVGPU_ASSERT_AT(struct pvgpu_cmd_set_shader, id, 20);

struct pvgpu_cmd_set_sampler {
    struct pvgpu_command_header header;
    uint32_t stage;
    uint32_t first;
    uint32_t count; /* first + count <= 16 */
    uint32_t ids[PVGPU_MAX_SAMPLERS]; /* 0: unbind */
};
PVGPU_ASSERT_SIZE(struct pvgpu_cmd_set_sampler, 92);
PVGPU_ASSERT_AT(struct pvgpu_cmd_set_sampler, stage, 16);
PVGPU_ASSERT_AT(struct pvgpu_cmd_set_sampler, first, 20);
PVGPU_ASSERT_AT(struct pvgpu_cmd_set_sampler, count, 24);
PVGPU_ASSERT_AT(struct pvgpu_cmd_set_sampler, ids, 28);

struct pvgpu_cmd_set_constant_buffer {
    struct pvgpu_command_header header;
    uint32_t stage;
    uint32_t slot; /* 0 to 13 */
    uint32_t id; /* 0: unbind */
    uint32_t first_constant; /* units of 16 bytes */
    uint32_t constant_count; /* units of 16 bytes; 0: the whole buffer */
};
PVGPU_ASSERT_SIZE(struct pvgpu_cmd_set_constant_buffer, 36);
PVGPU_ASSERT_AT(struct pvgpu_cmd_set_constant_buffer, stage, 16);
PVGPU_ASSERT_AT(struct pvgpu_cmd_set_constant_buffer, slot, 20);
PVGPU_ASSERT_AT(struct pvgpu_cmd_set_constant_buffer, id, 24);
PVGPU_ASSERT_AT(struct pvgpu_cmd_set_constant_buffer, first_constant, 28);
PVGPU_ASSERT_AT(struct pvgpu_cmd_set_constant_buffer, constant_count, 32);

struct pvgpu_vertex_buffer {
    uint32_t id; /* 0: unbind */
    uint32_t stride; /* bytes */
    uint32_t offset; /* bytes */
};
PVGPU_ASSERT_SIZE(struct pvgpu_vertex_buffer, 12);
PVGPU_ASSERT_AT(struct pvgpu_vertex_buffer, stride, 4);
PVGPU_ASSERT_AT(struct pvgpu_vertex_buffer, offset, 8);

struct pvgpu_cmd_set_vertex_buffer {
    struct pvgpu_command_header header;
    uint32_t first;
    uint32_t count; /* 0 to 16, first + count <= 32 */
    struct pvgpu_vertex_buffer buffers[PVGPU_MAX_VERTEX_BUFFERS_PER_COMMAND];
};
PVGPU_ASSERT_SIZE(struct pvgpu_cmd_set_vertex_buffer, 216);
PVGPU_ASSERT_AT(struct pvgpu_cmd_set_vertex_buffer, first, 16);
PVGPU_ASSERT_AT(struct pvgpu_cmd_set_vertex_buffer, count, 20);
PVGPU_ASSERT_AT(struct pvgpu_cmd_set_vertex_buffer, buffers, 24);

struct pvgpu_cmd_set_index_buffer {
    struct pvgpu_command_header header;
    uint32_t id; /* 0: unbind */
    uint32_t format; /* 57 R16_UINT or 42 R32_UINT */
    uint32_t offset; /* bytes */
    uint32_t reserved;
};
PVGPU_ASSERT_SIZE(struct pvgpu_cmd_set_index_buffer, 32);
PVGPU_ASSERT_AT(struct pvgpu_cmd_set_index_buffer, id, 16);
PVGPU_ASSERT_AT(struct pvgpu_cmd_set_index_buffer, format, 20);
PVGPU_ASSERT_AT(struct pvgpu_cmd_set_index_buffer, offset, 24);
PVGPU_ASSERT_AT(struct pvgpu_cmd_set_index_buffer, reserved, 28);

/* A bare header is allowed too; then header.id is the layout. */
struct pvgpu_cmd_set_input_layout {
    struct pvgpu_command_header header;
    uint32_t id; /* 0: unbind */
    uint32_t reserved[3];
};
PVGPU_ASSERT_SIZE(struct pvgpu_cmd_set_input_layout, 32);
PVGPU_ASSERT_AT(struct pvgpu_cmd_set_input_layout, id, 16);
PVGPU_ASSERT_AT(struct pvgpu_cmd_set_input_layout, reserved, 20);

struct pvgpu_cmd_set_primitive_topology {
    struct pvgpu_command_header header;
    uint32_t topology; /* D3D11_PRIMITIVE_TOPOLOGY */
    uint32_t reserved[3];
};
PVGPU_ASSERT_SIZE(struct pvgpu_cmd_set_primitive_topology, 32);
PVGPU_ASSERT_AT(struct pvgpu_cmd_set_primitive_topology, topology, 16);
PVGPU_ASSERT_AT(struct pvgpu_cmd_set_primitive_topology, reserved, 20);

struct pvgpu_cmd_set_shader_resource {
    struct pvgpu_command_header header;
    uint32_t stage;
    uint32_t first;
    uint32_t count; /* first + count <= 128 */
    uint32_t views[PVGPU_MAX_SHADER_RESOURCES]; /* 0: unbind */
};
PVGPU_ASSERT_SIZE(struct pvgpu_cmd_set_shader_resource, 540);
PVGPU_ASSERT_AT(struct pvgpu_cmd_set_shader_resource, stage, 16);
PVGPU_ASSERT_AT(struct pvgpu_cmd_set_shader_resource, first, 20);
PVGPU_ASSERT_AT(struct pvgpu_cmd_set_shader_resource, count, 24);
PVGPU_ASSERT_AT(struct pvgpu_cmd_set_shader_resource, views, 28);

struct pvgpu_cmd_set_unordered_access {
    struct pvgpu_command_header header;
    uint32_t stage; /* PVGPU_STAGE_COMPUTE in 1.0 */
    uint32_t first;
    uint32_t count; /* first + count <= 8 */
    uint32_t views[PVGPU_MAX_UNORDERED_ACCESS]; /* 0: unbind */
    uint32_t initial_counts[PVGPU_MAX_UNORDERED_ACCESS]; /* or PVGPU_KEEP_COUNTER */
};
PVGPU_ASSERT_SIZE(struct pvgpu_cmd_set_unordered_access, 92);
PVGPU_ASSERT_AT(struct pvgpu_cmd_set_unordered_access, stage, 16);
PVGPU_ASSERT_AT(struct pvgpu_cmd_set_unordered_access, first, 20);
PVGPU_ASSERT_AT(struct pvgpu_cmd_set_unordered_access, count, 24);
PVGPU_ASSERT_AT(struct pvgpu_cmd_set_unordered_access, views, 28);
PVGPU_ASSERT_AT(struct pvgpu_cmd_set_unordered_access, initial_counts, 60);

struct pvgpu_cmd_draw {
    struct pvgpu_command_header header;
    uint32_t vertex_count;
    uint32_t first_vertex;
    uint32_t reserved[2];
};
PVGPU_ASSERT_SIZE(struct pvgpu_cmd_draw, 32);
PVGPU_ASSERT_AT(struct pvgpu_cmd_draw, vertex_count, 16);
PVGPU_ASSERT_AT(struct pvgpu_cmd_draw, first_vertex, 20);
PVGPU_ASSERT_AT(struct pvgpu_cmd_draw, reserved, 24);

struct pvgpu_cmd_draw_indexed {
    struct pvgpu_command_header header;
    uint32_t index_count;
    uint32_t first_index;
    int32_t base_vertex;
    uint32_t reserved;
};
PVGPU_ASSERT_SIZE(struct pvgpu_cmd_draw_indexed, 32);
PVGPU_ASSERT_AT(struct pvgpu_cmd_draw_indexed, index_count, 16);
PVGPU_ASSERT_AT(struct pvgpu_cmd_draw_indexed, first_index, 20);
PVGPU_ASSERT_AT(struct pvgpu_cmd_draw_indexed, base_vertex, 24);
PVGPU_ASSERT_AT(struct pvgpu_cmd_draw_indexed, reserved, 28);

struct pvgpu_cmd_draw_instanced {
    struct pvgpu_command_header header;
    uint32_t vertex_count; /* of each instance */
    uint32_t instance_count;
    uint32_t first_vertex;
    uint32_t first_instance;
};
PVGPU_ASSERT_SIZE(struct pvgpu_cmd_draw_instanced, 32);
PVGPU_ASSERT_AT(struct pvgpu_cmd_draw_instanced, vertex_count, 16);
PVGPU_ASSERT_AT(struct pvgpu_cmd_draw_instanced, instance_count, 20);
PVGPU_ASSERT_AT(struct pvgpu_cmd_draw_instanced, first_vertex, 24);
PVGPU_ASSERT_AT(struct pvgpu_cmd_draw_instanced, first_instance, 28);

struct pvgpu_cmd_draw_indexed_instanced {
    struct pvgpu_command_header header;
    uint32_t index_count; /* of each instance */
    uint32_t instance_count;
    uint32_t first_index;
    int32_t base_vertex;
    uint32_t first_instance;
    uint32_t reserved[3];
};
PVGPU_ASSERT_SIZE(struct pvgpu_cmd_draw_indexed_instanced, 48);
PVGPU_ASSERT_AT(struct pvgpu_cmd_draw_indexed_instanced, index_count, 16);
PVGPU_ASSERT_AT(struct pvgpu_cmd_draw_indexed_instanced, instance_count, 20);
PVGPU_ASSERT_AT(struct pvgpu_cmd_draw_indexed_instanced, first_index, 24);
PVGPU_ASSERT_AT(struct pvgpu_cmd_draw_indexed_instanced, base_vertex, 28);
PVGPU_ASSERT_AT(struct pvgpu_cmd_draw_indexed_instanced, first_instance, 32);
PVGPU_ASSERT_AT(struct pvgpu_cmd_draw_indexed_instanced, reserved, 36);

struct pvgpu_cmd_dispatch {
    struct pvgpu_command_header header;
    uint32_t x, y; /* thread groups, 0 to 65535; indirect: argument buffer id and byte offset */
    uint32_t z; /* thread groups, or PVGPU_DISPATCH_INDIRECT */
    uint32_t reserved;
};
PVGPU_ASSERT_SIZE(struct pvgpu_cmd_dispatch, 32);
PVGPU_ASSERT_AT(struct pvgpu_cmd_dispatch, x, 16);
PVGPU_ASSERT_AT(struct pvgpu_cmd_dispatch, y, 20);
PVGPU_ASSERT_AT(struct pvgpu_cmd_dispatch, z, 24);
PVGPU_ASSERT_AT(struct pvgpu_cmd_dispatch, reserved, 28);

struct pvgpu_cmd_clear_render_target {
    struct pvgpu_command_header header;
    uint32_t view;
    float color[4]; /* red, green, blue, alpha */
};
PVGPU_ASSERT_SIZE(struct pvgpu_cmd_clear_render_target, 36);
PVGPU_ASSERT_AT(struct pvgpu_cmd_clear_render_target, view, 16);
PVGPU_ASSERT_AT(struct pvgpu_cmd_clear_render_target, color, 20);

struct pvgpu_cmd_clear_depth_stencil {
    struct pvgpu_command_header header;
    uint32_t view;
    uint32_t flags; /* PVGPU_CLEAR_DEPTH, PVGPU_CLEAR_STENCIL */
    float depth;
    uint8_t stencil;
    uint8_t reserved[3];
};
PVGPU_ASSERT_SIZE(struct pvgpu_cmd_clear_depth_stencil, 32);
PVGPU_ASSERT_AT(struct pvgpu_cmd_clear_depth_stencil, view, 16);
PVGPU_ASSERT_AT(struct pvgpu_cmd_clear_depth_stencil, flags, 20);
PVGPU_ASSERT_AT(struct pvgpu_cmd_clear_depth_stencil, depth, 24);
PVGPU_ASSERT_AT(struct pvgpu_cmd_clear_depth_stencil, stencil, 28);
PVGPU_ASSERT_AT(struct pvgpu_cmd_clear_depth_stencil, reserved, 29);

struct pvgpu_cmd_fence {
    struct pvgpu_command_header header;
    uint64_t value; /* appears in fence_completed when all work before it is done */
};
PVGPU_ASSERT_SIZE(struct pvgpu_cmd_fence, 24);
PVGPU_ASSERT_AT(struct pvgpu_cmd_fence, value, 16);

struct pvgpu_cmd_present {
    struct pvgpu_command_header header;
    uint32_t id; /* texture or render target view; 0: the texture behind render target slot 0 */
    uint32_t sync_interval; /* 0 to 4 refreshes */
    uint32_t flags; /* 0 in 1.0 */
    uint32_t reserved;
};
PVGPU_ASSERT_SIZE(struct pvgpu_cmd_present, 32);
PVGPU_ASSERT_AT(struct pvgpu_cmd_present, id, 16);
PVGPU_ASSERT_AT(struct pvgpu_cmd_present, sync_interval, 20);
PVGPU_ASSERT_AT(struct pvgpu_cmd_present, flags, 24);
PVGPU_ASSERT_AT(struct pvgpu_cmd_present, reserved, 28);

struct pvgpu_cmd_flush {
    struct pvgpu_command_header header;
};
PVGPU_ASSERT_SIZE(struct pvgpu_cmd_flush, 16);

/* A bare header waits for all earlier GPU work. */
struct pvgpu_cmd_wait_fence {
    struct pvgpu_command_header header;
    uint64_t value;
};
PVGPU_ASSERT_SIZE(struct pvgpu_cmd_wait_fence, 24);
PVGPU_ASSERT_AT(struct pvgpu_cmd_wait_fence, value, 16);

struct pvgpu_cmd_resize_buffers {
    struct pvgpu_command_header header;
    uint32_t swapchain; /* 0: the default one */
    uint32_t width, height; /* pixels */
    uint32_t format; /* DXGI format; 0: keep */
    uint32_t buffer_count; /* 0: keep */
    uint32_t flags;
    uint32_t reserved[2];
};
PVGPU_ASSERT_SIZE(struct pvgpu_cmd_resize_buffers, 48);
PVGPU_ASSERT_AT(struct pvgpu_cmd_resize_buffers, swapchain, 16);
PVGPU_ASSERT_AT(struct pvgpu_cmd_resize_buffers, width, 20);
PVGPU_ASSERT_AT(struct pvgpu_cmd_resize_buffers, height, 24);
PVGPU_ASSERT_AT(struct pvgpu_cmd_resize_buffers, format, 28);
PVGPU_ASSERT_AT(struct pvgpu_cmd_resize_buffers, buffer_count, 32);
PVGPU_ASSERT_AT(struct pvgpu_cmd_resize_buffers, flags, 36);
PVGPU_ASSERT_AT(struct pvgpu_cmd_resize_buffers, reserved, 40);

#endif
