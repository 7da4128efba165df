/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The guest side of PVGPU: everything a program inside a VM (or a test that plays one) needs to drive the device.
 *
 * Four layers, each usable without the ones above it:
 *
 *   encoder    turns calls into command bytes in any memory; knows nothing of rings, transports or errors of the host
 *   heap       hands out ranges of the resource heap and takes them back when a fence has passed; pure bookkeeping
 *   transport  how this program reaches the device: BARs through sysfs or vfio, or a socket on the same machine
 *   guest      the producer side of the command ring on top of the three: batches, doorbells, fences, errors, reset
 *
 * Ownership: a guest owns its transport and everything it hands out. Threads: none of these objects has a lock; each
 * belongs to one thread at a time. Nothing here keeps mutable globals, so a process may drive several devices.
 *
 * Errors: functions return false, NULL or 0 and say why on stderr where the cause is known. A failure of the link is
 * sticky: after it, encoding and flushing fail until pvgpu_guest_reset() succeeds.
 */
#ifndef PVGPU_GUEST_H
#define PVGPU_GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pvgpu/protocol.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Encoder ---------------------------------------------------------------------------------------------------- */

/* Without options: the size field includes the padding, arrays end after the last used entry. Both options exist so
 * that tests can produce every form a decoder must take. */
#define PVGPU_ENCODE_FULL_ARRAYS 0x1u /* send arrays at full capacity, unused entries zero */
#define PVGPU_ENCODE_EXACT_SIZE 0x2u /* the size field excludes the padding */

/* Writes commands one after the other into memory of the caller. Commands start at multiples of 16 from `data`. */
struct pvgpu_encoder {
    uint8_t *data; /* not owned; any alignment */
    size_t capacity; /* bytes at data */
    size_t used; /* bytes written, a multiple of 16 unless raw bytes broke that */
    uint32_t options; /* PVGPU_ENCODE_* */
    bool failed; /* sticky: a command found no room; everything after it was refused */
    uint64_t commands; /* commands encoded since init */
    uint64_t draws; /* of these, draws of any kind */
    /* Called when a command needs `bytes` more than there is room for; must make `used` smaller, or return false.
     * May be NULL: then a full buffer sets `failed`. */
    bool (*make_room)(struct pvgpu_encoder *encoder, size_t bytes);
    void *owner; /* for make_room */
};

/* Starts an empty encoder over `capacity` bytes at `data`; no options, no make_room. */
void pvgpu_encoder_init(struct pvgpu_encoder *encoder, void *data, size_t capacity);

/* Appends raw bytes exactly as they are: no header, no padding, not counted. For malformed streams and replays.
 * Must fit into the capacity. */
bool pvgpu_encode_raw(struct pvgpu_encoder *encoder, const void *bytes, size_t size);

/*
 * Appends one whole command: `used_bytes` of it are taken from `command` (header included), zero padding follows to
 * the next multiple of 16. The header's opcode, id and flags are the caller's, its size field is written here.
 * `full_bytes` (>= used_bytes) is the size under PVGPU_ENCODE_FULL_ARRAYS; at least that much is readable.
 */
bool pvgpu_encode_command(struct pvgpu_encoder *encoder, const void *command, size_t used_bytes, size_t full_bytes);

/*
 * One function per command of protocol 1.0. Where a wire structure is passed, its header is ignored and filled in.
 * Counts above an array's capacity are encoded as given, with the array at its full size: judging is the host's work.
 * All return false (and set `failed`) if the command did not fit.
 */
bool pvgpu_encode_create_resource(struct pvgpu_encoder *encoder, uint32_t id,
                                  const struct pvgpu_cmd_create_resource *desc);
bool pvgpu_encode_destroy_resource(struct pvgpu_encoder *encoder, uint32_t id);
/* heap_offset: where read modes (1, 3) put the tightly packed bytes; ignored by write modes. */
bool pvgpu_encode_map_resource(struct pvgpu_encoder *encoder, uint32_t id, uint32_t subresource,
                               enum pvgpu_map_mode mode, uint32_t heap_offset);
/* data_bytes: how much of the tightly packed subresource is at heap_offset; 0: all of it. */
bool pvgpu_encode_unmap_resource(struct pvgpu_encoder *encoder, uint32_t id, uint32_t subresource, uint32_t heap_offset,
                                 uint32_t data_bytes);
bool pvgpu_encode_update_resource(struct pvgpu_encoder *encoder, const struct pvgpu_cmd_update_resource *desc);
bool pvgpu_encode_copy_resource(struct pvgpu_encoder *encoder, uint32_t destination, uint32_t source);
bool pvgpu_encode_copy_region(struct pvgpu_encoder *encoder, const struct pvgpu_cmd_copy_region *desc);
bool pvgpu_encode_open_resource(struct pvgpu_encoder *encoder, uint32_t id, const struct pvgpu_cmd_open_resource *desc);

bool pvgpu_encode_create_blend_state(struct pvgpu_encoder *encoder, const struct pvgpu_cmd_create_blend_state *desc);
bool pvgpu_encode_destroy_blend_state(struct pvgpu_encoder *encoder, uint32_t id);
bool pvgpu_encode_create_rasterizer_state(struct pvgpu_encoder *encoder,
                                          const struct pvgpu_cmd_create_rasterizer_state *desc);
bool pvgpu_encode_destroy_rasterizer_state(struct pvgpu_encoder *encoder, uint32_t id);
bool pvgpu_encode_create_depth_stencil_state(struct pvgpu_encoder *encoder,
                                             const struct pvgpu_cmd_create_depth_stencil_state *desc);
bool pvgpu_encode_destroy_depth_stencil_state(struct pvgpu_encoder *encoder, uint32_t id);
bool pvgpu_encode_create_sampler(struct pvgpu_encoder *encoder, const struct pvgpu_cmd_create_sampler *desc);
bool pvgpu_encode_destroy_sampler(struct pvgpu_encoder *encoder, uint32_t id);
/* Semantic names must lie in the heap at an offset other than 0. */
bool pvgpu_encode_create_input_layout(struct pvgpu_encoder *encoder, uint32_t id, uint32_t count,
                                      const struct pvgpu_input_element *elements);
bool pvgpu_encode_destroy_input_layout(struct pvgpu_encoder *encoder, uint32_t id);

bool pvgpu_encode_create_render_target_view(struct pvgpu_encoder *encoder,
                                            const struct pvgpu_cmd_create_render_target_view *desc);
bool pvgpu_encode_destroy_render_target_view(struct pvgpu_encoder *encoder, uint32_t id);
bool pvgpu_encode_create_depth_stencil_view(struct pvgpu_encoder *encoder,
                                            const struct pvgpu_cmd_create_depth_stencil_view *desc);
bool pvgpu_encode_destroy_depth_stencil_view(struct pvgpu_encoder *encoder, uint32_t id);
bool pvgpu_encode_create_shader_resource_view(struct pvgpu_encoder *encoder,
                                              const struct pvgpu_cmd_create_shader_resource_view *desc);
bool pvgpu_encode_destroy_shader_resource_view(struct pvgpu_encoder *encoder, uint32_t id);
bool pvgpu_encode_create_unordered_access_view(struct pvgpu_encoder *encoder,
                                               const struct pvgpu_cmd_create_unordered_access_view *desc);
bool pvgpu_encode_destroy_unordered_access_view(struct pvgpu_encoder *encoder, uint32_t id);

/* data_offset: heap-relative; the DXBC container must stay there until the consumer counter has passed the command. */
bool pvgpu_encode_create_shader(struct pvgpu_encoder *encoder, uint32_t id, enum pvgpu_stage stage,
                                uint32_t data_offset, uint32_t data_bytes);
bool pvgpu_encode_destroy_shader(struct pvgpu_encoder *encoder, uint32_t id);

bool pvgpu_encode_set_render_target(struct pvgpu_encoder *encoder, uint32_t count, const uint32_t *views,
                                    uint32_t depth_stencil_view);
bool pvgpu_encode_set_viewport(struct pvgpu_encoder *encoder, uint32_t count, const struct pvgpu_viewport *viewports);
bool pvgpu_encode_set_scissor(struct pvgpu_encoder *encoder, uint32_t count, const struct pvgpu_rect *rects);
/* factor: 4 floats, or NULL for 1, 1, 1, 1. */
bool pvgpu_encode_set_blend_state(struct pvgpu_encoder *encoder, uint32_t id, const float *factor,
                                  uint32_t sample_mask);
bool pvgpu_encode_set_rasterizer_state(struct pvgpu_encoder *encoder, uint32_t id);
bool pvgpu_encode_set_depth_stencil(struct pvgpu_encoder *encoder, uint32_t id, uint32_t stencil_ref);
bool pvgpu_encode_set_shader(struct pvgpu_encoder *encoder, enum pvgpu_stage stage, uint32_t id);
bool pvgpu_encode_set_sampler(struct pvgpu_encoder *encoder, enum pvgpu_stage stage, uint32_t first, uint32_t count,
                              const uint32_t *ids);
/* first_constant and constant_count in units of 16 bytes; 0, 0: the whole buffer. */
bool pvgpu_encode_set_constant_buffer(struct pvgpu_encoder *encoder, enum pvgpu_stage stage, uint32_t slot, uint32_t id,
                                      uint32_t first_constant, uint32_t constant_count);
bool pvgpu_encode_set_vertex_buffer(struct pvgpu_encoder *encoder, uint32_t first, uint32_t count,
                                    const struct pvgpu_vertex_buffer *buffers);
/* format: DXGI format 57 (16-bit indices) or 42 (32-bit). */
bool pvgpu_encode_set_index_buffer(struct pvgpu_encoder *encoder, uint32_t id, uint32_t format, uint32_t offset);
bool pvgpu_encode_set_input_layout(struct pvgpu_encoder *encoder, uint32_t id);
bool pvgpu_encode_set_primitive_topology(struct pvgpu_encoder *encoder, uint32_t topology);
bool pvgpu_encode_set_shader_resource(struct pvgpu_encoder *encoder, enum pvgpu_stage stage, uint32_t first,
                                      uint32_t count, const uint32_t *views);
/* initial_counts: as many as views, or NULL for PVGPU_KEEP_COUNTER in all. */
bool pvgpu_encode_set_unordered_access(struct pvgpu_encoder *encoder, enum pvgpu_stage stage, uint32_t first,
                                       uint32_t count, const uint32_t *views, const uint32_t *initial_counts);

bool pvgpu_encode_draw(struct pvgpu_encoder *encoder, uint32_t vertex_count, uint32_t first_vertex);
bool pvgpu_encode_draw_indexed(struct pvgpu_encoder *encoder, uint32_t index_count, uint32_t first_index,
                               int32_t base_vertex);
bool pvgpu_encode_draw_instanced(struct pvgpu_encoder *encoder, uint32_t vertex_count, uint32_t instance_count,
                                 uint32_t first_vertex, uint32_t first_instance);
bool pvgpu_encode_draw_indexed_instanced(struct pvgpu_encoder *encoder, uint32_t index_count, uint32_t instance_count,
                                         uint32_t first_index, int32_t base_vertex, uint32_t first_instance);
/* z = PVGPU_DISPATCH_INDIRECT: x is the argument buffer's id, y the byte offset in it. */
bool pvgpu_encode_dispatch(struct pvgpu_encoder *encoder, uint32_t x, uint32_t y, uint32_t z);
bool pvgpu_encode_clear_render_target(struct pvgpu_encoder *encoder, uint32_t view, const float color[4]);
/* flags: PVGPU_CLEAR_*. */
bool pvgpu_encode_clear_depth_stencil(struct pvgpu_encoder *encoder, uint32_t view, uint32_t flags, float depth,
                                      uint8_t stencil);

bool pvgpu_encode_fence(struct pvgpu_encoder *encoder, uint64_t value);
bool pvgpu_encode_present(struct pvgpu_encoder *encoder, uint32_t id, uint32_t sync_interval);
bool pvgpu_encode_flush(struct pvgpu_encoder *encoder);
/* value 0: the 16-byte form that waits for all earlier GPU work. */
bool pvgpu_encode_wait_fence(struct pvgpu_encoder *encoder, uint64_t value);
bool pvgpu_encode_resize_buffers(struct pvgpu_encoder *encoder, const struct pvgpu_cmd_resize_buffers *desc);

/* ---- Heap ------------------------------------------------------------------------------------------------------- */

#define PVGPU_HEAP_ALIGNMENT 256u /* default alignment: D3D11's coarsest, constant buffer windows of 16 constants */

/* A range of the resource heap. bytes is what was asked for, rounded up to 16; 0 means no block. */
struct pvgpu_heap_block {
    uint32_t offset; /* heap-relative, the value that goes into commands; never 0 */
    uint32_t bytes;
};

struct pvgpu_heap_range; /* private: heap.c */

/* Which ranges of a heap are free, which wait for a fence. Holds no pointer to the heap: works on numbers alone. */
struct pvgpu_heap {
    uint32_t bytes; /* of the heap */
    uint64_t free_bytes; /* allocatable now, perhaps not in one piece */
    struct pvgpu_heap_range *free_ranges; /* sorted by offset, never touching each other; owned */
    size_t free_count, free_capacity;
    struct pvgpu_heap_range *pending; /* given back, fence not yet passed; in order of giving back; owned */
    size_t pending_count, pending_capacity;
};

/* Starts with everything free but the first PVGPU_HEAP_ALIGNMENT bytes, which are never handed out since offset 0
 * means "none" in some commands. false: out of memory. pvgpu_heap_finish() releases; finishing twice is harmless. */
bool pvgpu_heap_init(struct pvgpu_heap *heap, uint32_t bytes);
void pvgpu_heap_finish(struct pvgpu_heap *heap);

/*
 * Hands out `bytes` (> 0) at a multiple of `alignment` (a power of two; 0: PVGPU_HEAP_ALIGNMENT; below 16 acts as 16).
 * The lowest range that fits is taken. Returns a block with bytes 0 if nothing fits or an argument is impossible.
 */
struct pvgpu_heap_block pvgpu_heap_alloc(struct pvgpu_heap *heap, uint64_t bytes, uint32_t alignment);

/*
 * Gives a block back for use once `fence` has completed (0: at once). Refuses, with false and no change, a block that
 * is not inside the heap or overlaps anything already given back: a double free never becomes an overlap.
 */
bool pvgpu_heap_free_after(struct pvgpu_heap *heap, struct pvgpu_heap_block block, uint64_t fence);

/* Makes all pending blocks whose fence is <= completed allocatable. */
void pvgpu_heap_reclaim(struct pvgpu_heap *heap, uint64_t completed);

/* The smallest fence a pending block waits for; 0: nothing is pending. */
uint64_t pvgpu_heap_oldest_fence(const struct pvgpu_heap *heap);

/* ---- Transport -------------------------------------------------------------------------------------------------- */

struct pvgpu_guest_transport;

/* What a way to the device must offer. All entries are called by the thread that owns the guest. */
struct pvgpu_guest_transport_ops {
    const char *name; /* for messages: "sysfs", "vfio", "pipe" */
    /* Tells the host that the producer counter has moved. Must not block for longer than a register write. */
    void (*doorbell)(struct pvgpu_guest_transport *transport);
    /* Blocks until an interrupt arrives or timeout_ns have passed. Returns the number of interrupts consumed (0:
     * timeout), or -1 if the link is gone. May be NULL: the library polls shared memory with short sleeps. */
    int (*wait_interrupt)(struct pvgpu_guest_transport *transport, uint64_t timeout_ns);
    /* Writes 1 to the RESET register. false: the device cannot be reached. */
    bool (*reset)(struct pvgpu_guest_transport *transport);
    /* The BAR0 status register, PVGPU_REG_STATUS_*; all ones when the device does not answer. Can cost a trap. */
    uint32_t (*read_status)(struct pvgpu_guest_transport *transport);
    void (*destroy)(struct pvgpu_guest_transport *transport); /* unmaps, closes, frees; never NULL */
};

/* Base of every transport; embedded as the first member. */
struct pvgpu_guest_transport {
    const struct pvgpu_guest_transport_ops *ops;
    void *mapping; /* shared memory, control region first; owned by the transport */
    uint64_t mapping_bytes;
};

/* Which PCI function to take, and how. All zeroes: 1AF4:10F0, MSI-X. */
struct pvgpu_guest_pci_options {
    uint16_t vendor, device; /* of a host that was told to say something else; 0, 0: 1AF4:10F0 */
    bool intx; /* the interrupt line instead of MSI-X; vfio only */
};

/* Linux, inside a VM: BARs of the first such function (NULL: 1AF4:10F0), mapped through sysfs. Needs root, and no driver
 * bound to the function. No interrupts. NULL if there is no device or it cannot be mapped, with the reason on stderr. */
struct pvgpu_guest_transport *pvgpu_guest_sysfs_open(const struct pvgpu_guest_pci_options *options);

/* Linux, inside a VM with an IOMMU: the same function through vfio-pci with interrupts. The vfio modules must be loaded
 * (or built in); the function is bound to vfio-pci by this call and stays bound. NULL on failure. */
struct pvgpu_guest_transport *pvgpu_guest_vfio_open(const struct pvgpu_guest_pci_options *options);

/*
 * Plays the virtual PCI device against a host on this machine: makes the shared memory, initialises the control region,
 * connects to `path` (Unix socket, or named pipe on Windows; NULL: the protocol's default endpoint) and shakes hands.
 * shmem_bytes: a power of two from PVGPU_MIN_SHMEM_BYTES to 2 GiB; 0: the default. Waits at most 10 s for the host's
 * acknowledgement. destroy says SHUTDOWN and removes the memory's name.
 */
struct pvgpu_guest_transport *pvgpu_guest_pipe_open(const char *path, uint64_t shmem_bytes);

/* On a pipe transport only: what a reset of the whole machine does. The control region is cleared and initialised anew,
 * display mode, status and errors included; the host is not told. The guest object must be re-created or reset
 * afterwards. */
void pvgpu_guest_pipe_system_reset(struct pvgpu_guest_transport *transport);

/* The feature bits of the host's acknowledgement on a pipe transport. */
uint64_t pvgpu_guest_pipe_features(const struct pvgpu_guest_transport *transport);

/* ---- Guest ------------------------------------------------------------------------------------------------------ */

#define PVGPU_GUEST_BATCH_BYTES 0x40000u /* staged before a flush is forced: what published guests use, 256 KiB */
#define PVGPU_GUEST_RING_TIMEOUT_NS 10000000000ull /* a host that takes nothing from a full ring for 10 s is gone */

enum pvgpu_wait_result {
    PVGPU_WAIT_DONE = 0,
    PVGPU_WAIT_TIMEOUT,
    PVGPU_WAIT_DEVICE_LOST, /* status bit 2: reset before anything is drawn again */
    PVGPU_WAIT_DISCONNECTED /* status bit 6, or the link itself ended */
};

/* Since create; never reset. */
struct pvgpu_guest_counters {
    uint64_t commands; /* encoded through the guest's own encoder */
    uint64_t draws;
    uint64_t batches; /* publications of the producer counter */
    uint64_t bytes; /* published, padding included */
    uint64_t doorbells; /* rung; batches - doorbells were suppressed */
    uint64_t interrupts; /* consumed while waiting */
    uint64_t ring_waits; /* times the ring was full */
    uint64_t fence_waits; /* waits whose fence had not yet completed at the call */
    uint64_t errors; /* errors of the host that pvgpu_guest_read_error() returned */
};

struct pvgpu_guest {
    struct pvgpu_guest_transport *transport; /* owned */
    struct pvgpu_control_region *control; /* in shared memory */
    uint8_t *ring; /* in shared memory, ring_bytes long */
    uint8_t *heap; /* in shared memory, heap_bytes long */
    uint32_t ring_bytes; /* checked copies: the control region is not asked again */
    uint32_t heap_bytes;
    struct pvgpu_encoder encoder; /* stages the current batch; encode into this one */
    uint8_t *batch; /* the encoder's memory, owned */
    uint64_t producer; /* what we published last */
    uint64_t fence_last; /* last value given out by pvgpu_guest_fence() */
    uint64_t ring_timeout_ns; /* PVGPU_GUEST_RING_TIMEOUT_NS; may be changed at any time */
    uint64_t status_checked_ns; /* when the transport's status was last looked at during a wait */
    uint32_t error_code, error_argument; /* the error returned last: how a known one is told from a new one */
    bool always_ring; /* ring the doorbell on every batch, to measure what suppression saves */
    bool connected_seen; /* BAR0 said "connected" at create: only then its absence means anything */
    enum pvgpu_wait_result link; /* sticky failure, PVGPU_WAIT_DONE while all is well */
    struct pvgpu_heap allocator; /* over the whole heap */
    struct pvgpu_guest_counters counters;
};

/*
 * Checks the control region (magic, major version, ring and heap inside the mapping, aligned, disjoint, neither
 * touching the control region) and takes over where its counters stand. Takes ownership of the transport, also on
 * failure. A region left behind by another program should be reset first thing: see pvgpu_guest_is_fresh().
 */
struct pvgpu_guest *pvgpu_guest_create(struct pvgpu_guest_transport *transport);
void pvgpu_guest_destroy(struct pvgpu_guest *guest); /* NULL is fine; does not flush */

/* True while nobody has submitted anything since the device's last reset, so ids and fences may start at 1. */
bool pvgpu_guest_is_fresh(const struct pvgpu_guest *guest);

/* Waits for the host to say that its renderer is up. Not required: commands queue until then. */
enum pvgpu_wait_result pvgpu_guest_wait_ready(struct pvgpu_guest *guest, uint64_t timeout_ns);

/* Stages raw bytes exactly as given, in pieces if they exceed a batch. Flushing is the caller's. */
bool pvgpu_guest_emit(struct pvgpu_guest *guest, const void *bytes, size_t size);

/*
 * Publishes the staged batch and rings the doorbell if the host had drained everything before it. Blocks while the ring
 * is full, at most ring_timeout_ns. False: the link failed, or an encode call before it had failed.
 */
bool pvgpu_guest_flush(struct pvgpu_guest *guest);

/* Stages a FENCE with the next value and returns that value, from 1; 0 on failure. Flush to submit it. */
uint64_t pvgpu_guest_fence(struct pvgpu_guest *guest);

/* Highest fence value the host has completed. */
uint64_t pvgpu_guest_completed(const struct pvgpu_guest *guest);

/*
 * Flushes what is staged, then waits until `value` has completed: a spin of a few microseconds, then interrupts or
 * sleeps of 50 to 200 us. timeout_ns 0 asks without waiting. A completed fence wins over a lost device. Reclaims heap
 * blocks.
 */
enum pvgpu_wait_result pvgpu_guest_wait(struct pvgpu_guest *guest, uint64_t value, uint64_t timeout_ns);

/* Stages a fence and waits for it: everything submitted before is finished when this returns PVGPU_WAIT_DONE. */
enum pvgpu_wait_result pvgpu_guest_finish(struct pvgpu_guest *guest, uint64_t timeout_ns);

/* Heap memory for bytes, waiting for the oldest pending block if the heap is full (at most timeout_ns a fence).
 * alignment as in pvgpu_heap_alloc(). A block with bytes 0 if it cannot be had. */
struct pvgpu_heap_block pvgpu_guest_alloc(struct pvgpu_guest *guest, uint64_t bytes, uint32_t alignment,
                                          uint64_t timeout_ns);

/* As pvgpu_guest_alloc() with the default alignment and 10 s, and copies `bytes` bytes from data. */
struct pvgpu_heap_block pvgpu_guest_upload(struct pvgpu_guest *guest, const void *data, uint64_t bytes);

/* Gives a block back once the next fence to be staged has completed. */
bool pvgpu_guest_release(struct pvgpu_guest *guest, struct pvgpu_heap_block block);

/*
 * The host's last error, if it differs from the one returned before. In 1.0 the host never clears its error words, so
 * an error is "cleared" by remembering it here; the same error twice in a row is seen once, and of several errors
 * between two calls only the last. code and argument may be NULL. Also true for an error that stood there before
 * create.
 */
bool pvgpu_guest_read_error(struct pvgpu_guest *guest, uint32_t *code, uint32_t *argument);
const char *pvgpu_error_name(uint32_t code);

/*
 * Resets the device: staged and queued commands are dropped, objects are gone, counters and fences restart, the whole
 * heap is free. Clears a sticky link failure. The caller must hold no heap block afterwards.
 */
bool pvgpu_guest_reset(struct pvgpu_guest *guest);

/* Counters with the encoder's own brought up to date. */
struct pvgpu_guest_counters pvgpu_guest_counters(const struct pvgpu_guest *guest);

#ifdef __cplusplus
}
#endif
#endif
