/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The frame channel: how other programs get at a VM's frames, without a window and without a copy.
 *
 * Every VM has a frame endpoint (a Unix stream socket, or a named pipe on Windows). A consumer connects; over the
 * connection it is given three objects:
 *   - the frames mapping: one header page and a few slots of pixels. Read-only: sealed against writing by others
 *     (Linux), or a handle without write access (Windows);
 *   - its event: ready whenever there may be a new frame;
 *   - its hold page: the only memory that it may write. It says which slot the consumer is looking at.
 * The end of the connection, however it comes about, detaches the consumer and releases what it held.
 *
 * Part 1 is the consumer library, which is all that most programs need. Part 2 is the layout behind it, for consumers
 * that want to do it themselves. The header stands alone and needs C11 or C++11.
 */
#ifndef PVGPU_FRAMES_H
#define PVGPU_FRAMES_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#define PVGPU_FRAMES_ASSERT_(condition, text) static_assert(condition, text)
#else
#define PVGPU_FRAMES_ASSERT_(condition, text) _Static_assert(condition, text)
#endif

/* ---- Part 1: the consumer library --------------------------------------------------------------------------------
 *
 *     struct pvgpu_frames *frames;
 *     if (pvgpu_frames_connect("/run/pvgpu/vm1.frames", 0, 5000, &frames) != PVGPU_FRAMES_OK)
 *         return;
 *     struct pvgpu_frame frame;
 *     while (pvgpu_frames_next(frames, PVGPU_FRAMES_FOREVER, &frame) == PVGPU_FRAMES_OK) {
 *         use(frame.pixels, frame.info.pitch, frame.info.width, frame.info.height, frame.info.format);
 *         pvgpu_frames_release(frames);
 *     }
 *     pvgpu_frames_close(frames);
 *
 * Threads: an object is used by one thread at a time; pvgpu_frames_interrupt alone may be called from any thread and
 * from a signal handler. Different objects are independent of each other. No function changes process-wide state
 * (signal handlers, umask, working directory).
 */

enum pvgpu_frames_result {
    PVGPU_FRAMES_OK = 0,
    PVGPU_FRAMES_TIMEOUT, /* nothing happened in the time given */
    /*
     * The producer has closed the connection or died; only close is of use now. A frame that was complete before is
     * delivered first, unless the mapping it lies in had not been handed to this consumer yet.
     */
    PVGPU_FRAMES_ENDED,
    PVGPU_FRAMES_INTERRUPTED, /* pvgpu_frames_interrupt was called */
    PVGPU_FRAMES_MISSING, /* connect: there is no such endpoint, or nobody listens there */
    PVGPU_FRAMES_DENIED, /* connect: the endpoint belongs to another user */
    PVGPU_FRAMES_BUSY, /* connect: PVGPU_FRAMES_MAX_CONSUMERS are attached already */
    PVGPU_FRAMES_VERSION, /* connect: the producer speaks another version of the channel */
    PVGPU_FRAMES_NO_MEMORY, /* no memory, no address space or no handles left */
    PVGPU_FRAMES_BROKEN, /* the producer sent something that is not well-formed; only close is of use now */
};

/* Flags of pvgpu_frames_connect. */

/*
 * "Wait for me": the producer does not replace a frame before this consumer has taken it, so that no frame is lost;
 * the guest is slowed down to the consumer's pace instead. It waits at most PVGPU_FRAMES_LOSSLESS_WAIT_MS for one
 * frame; then it goes on without, and waits for this consumer again only after it has taken another frame.
 */
#define PVGPU_FRAMES_LOSSLESS 0x1u

#define PVGPU_FRAMES_LOSSLESS_WAIT_MS 1000u
#define PVGPU_FRAMES_FOREVER UINT32_MAX /* a timeout that never passes */
#define PVGPU_FRAMES_MAX_CONSUMERS 8u /* of one VM; bounds what consumers can pin and what a publication costs */

struct pvgpu_frames; /* one attachment */

struct pvgpu_frame_info {
    uint64_t frame; /* number of this PRESENT in its epoch, from 1 */
    uint64_t epoch; /* reset epoch of the VM; frame numbers start again with each */
    uint64_t fence; /* highest fence value submitted before the PRESENT */
    uint64_t present_ns; /* monotonic clock when the PRESENT was executed */
    uint64_t complete_ns; /* monotonic clock when the pixels were complete */
    uint32_t width; /* pixels, at least 1 */
    uint32_t height; /* pixels, at least 1 */
    uint32_t pitch; /* bytes from one row to the next */
    uint32_t format; /* DXGI_FORMAT; one of those that are published as they are, see docs on formats below */
    uint32_t colour_space; /* DXGI_COLOR_SPACE_TYPE */
    uint32_t reserved; /* 0 */
};

/*
 * Published formats: R8G8B8A8_UNORM (28), R8G8B8A8_UNORM_SRGB (29), B8G8R8A8_UNORM (87), B8G8R8A8_UNORM_SRGB (91),
 * R10G10B10A2_UNORM (24), R16G16B16A16_FLOAT (10). Whatever else a guest presents is converted to 28 or 29 first.
 */
struct pvgpu_frame {
    const void *pixels; /* first row on top; read-only; `pitch * height` bytes; 4,096-byte aligned */
    struct pvgpu_frame_info info;
    uint64_t missed; /* frames presented since the last one taken (since attaching, for the first) that were not got */
};

struct pvgpu_frames_stats {
    uint64_t taken; /* frames that next has returned */
    uint64_t missed; /* frames presented while attached and not got, because of a slow consumer or no free slot */
    uint64_t mappings; /* how often the frames mapping was replaced, the first not counted */
    uint64_t retries; /* takes that collided with the producer and were repeated */
};

/*
 * Attaches to the endpoint at `path` (socket path, or \\.\pipe\NAME) and waits up to timeout_ms for the producer's
 * answer. On PVGPU_FRAMES_OK *frames is set and owned by the caller; otherwise it is NULL.
 * The last presented frame is delivered even if the guest draws nothing more.
 */
enum pvgpu_frames_result pvgpu_frames_connect(const char *path, uint32_t flags, uint32_t timeout_ms,
                                              struct pvgpu_frames **frames);

/*
 * Waits up to timeout_ms for a frame newer than the last one returned and takes the newest there is.
 * The pixels stay as they are until pvgpu_frames_release, the next pvgpu_frames_next or pvgpu_frames_close: one frame
 * is held at a time, and a call of next ends the hold before it, even if it returns without a frame.
 * Results: OK, TIMEOUT, ENDED, INTERRUPTED, NO_MEMORY, BROKEN. A change of size or format needs nothing from the
 * caller; it shows in the frame's info.
 */
enum pvgpu_frames_result pvgpu_frames_next(struct pvgpu_frames *frames, uint32_t timeout_ms, struct pvgpu_frame *frame);

/* Ends the hold. The pixels of the last frame must not be touched any more. Without a held frame nothing happens. */
void pvgpu_frames_release(struct pvgpu_frames *frames);

/* Makes a pvgpu_frames_next that runs now, or else the next one, return PVGPU_FRAMES_INTERRUPTED. */
void pvgpu_frames_interrupt(struct pvgpu_frames *frames);

void pvgpu_frames_stats(const struct pvgpu_frames *frames, struct pvgpu_frames_stats *stats);

/* The VM's name as the producer gave it; valid until close; empty before the first frame. */
const char *pvgpu_frames_vm_name(const struct pvgpu_frames *frames);

/* Detaches and frees. NULL is fine. */
void pvgpu_frames_close(struct pvgpu_frames *frames);

/* A short English text for a result, such as "no such endpoint". Static. */
const char *pvgpu_frames_result_text(enum pvgpu_frames_result result);

/* ---- Part 2: the layout ------------------------------------------------------------------------------------------
 *
 * All integers are little-endian. Fields marked "atomic" are read and written with the ordering stated; everything
 * else is plain memory that is written before an atomic that publishes it.
 *
 * How a slot is protected. Several consumers may look at a slot while the producer looks for one to write. For a slot
 * s the two sides run:
 *
 *     consumer                                          producer
 *     C1  n = newest (acquire): publication, slot s     P1  slot[s].sequence = odd (seq_cst)
 *     C2  q = slot[s].sequence (seq_cst); odd: retry    P2  for every consumer: read hold (seq_cst)
 *     C3  hold = s in this generation (seq_cst)         P3  one of them is s: sequence = its old even value (release),
 *     C4  slot[s].sequence (seq_cst) still q?               look at another slot
 *         no: retry. yes: s is held, read it            P4  write info and pixels
 *     C5  hold = 0 (seq_cst) when done                  P5  sequence = next even value (release)
 *                                                       P6  newest = (publication, s) (seq_cst); signal the events
 *
 * Why it is right: C3, C4, P1 and P2 are sequentially consistent, so they have one order for everybody. If C3 comes
 * before P2, the producer sees the hold and leaves the slot alone. Otherwise P1, which is before P2, is before C3 and
 * hence before C4: the consumer sees the odd value or a later even one, never q (values of a slot only grow), and
 * gives up. So the producer never writes what a consumer believes to hold. The reverse danger, that the producer
 * writes while a consumer that has let go is still reading, is excluded because C5 releases the reads before it and
 * P2 acquires them. What a consumer reads after C4 was written before P5; C2 or C4 acquires it.
 * When P3 gives up on the slot that is the newest, P1 may have turned a consumer away at C2: the producer then signals
 * the events once more, so nobody waits for a frame that is there.
 *
 * Holds name the generation of the mapping. When the mapping is replaced, the old one is never written again, so a
 * hold in it needs no protection, and is none in the new one.
 *
 * What a consumer can do wrong. It writes only its own hold page, of which the producer reads three words and
 * believes nothing: a hold that is no slot of this generation counts as none. A consumer that always claims to hold
 * something pins one slot; with N slots, N of them can pin all. Then frames are dropped for everybody and counted
 * until one lets go or disconnects. With fewer holders than slots there is always a slot to write (the newest one,
 * if nobody holds it, when there is no other), so two consumers can never starve a third with three or more slots.
 *
 * No free slot. The frame is dropped for everybody, `starved` is set, and a consumer that lets go of a slot while it
 * is set sends PVGPU_FRAMES_WAKE over the connection. So the producer can still publish the last frame of a guest that
 * has fallen silent. The pair is safe for the same reason as above: producer sets `starved`, then reads the holds;
 * consumer clears its hold, then reads `starved`; all four seq_cst.
 *
 * Lossless consumers store `taken` = the publication they hold (seq_cst) after C4 and then read `starved` likewise; a
 * producer that waits for them sets `starved` and reads `taken` again before it sleeps.
 */

#define PVGPU_FRAMES_MAGIC 0x52465650u /* in memory: "PVFR" */
#define PVGPU_FRAMES_LAYOUT_VERSION 1u
#define PVGPU_FRAMES_HEADER_BYTES 4096u /* slot 0 follows */
#define PVGPU_FRAMES_MAX_SLOTS 8u
#define PVGPU_FRAMES_PITCH_ALIGNMENT 256u /* bytes; every row starts on one, which suits uploads to any GPU */
#define PVGPU_FRAMES_VM_NAME_BYTES 64u

/* What is known of one slot. Valid while the slot is held, or while its sequence is even and unchanged. */
struct pvgpu_frames_slot {
    uint64_t sequence; /* atomic: odd while the producer writes; grows by 2 with each frame */
    uint64_t publication; /* counts what this channel has published, from 1, over all epochs; 0: nothing to see */
    uint64_t dropped; /* presents that could not be published before this one, since the channel was made */
    struct pvgpu_frame_info info;
    uint8_t reserved[40];
};
PVGPU_FRAMES_ASSERT_(sizeof(struct pvgpu_frame_info) == 64, "pvgpu_frame_info must be 64 bytes");
PVGPU_FRAMES_ASSERT_(offsetof(struct pvgpu_frame_info, epoch) == 8, "info.epoch must be at 8");
PVGPU_FRAMES_ASSERT_(offsetof(struct pvgpu_frame_info, fence) == 16, "info.fence must be at 16");
PVGPU_FRAMES_ASSERT_(offsetof(struct pvgpu_frame_info, present_ns) == 24, "info.present_ns must be at 24");
PVGPU_FRAMES_ASSERT_(offsetof(struct pvgpu_frame_info, complete_ns) == 32, "info.complete_ns must be at 32");
PVGPU_FRAMES_ASSERT_(offsetof(struct pvgpu_frame_info, width) == 40, "info.width must be at 40");
PVGPU_FRAMES_ASSERT_(offsetof(struct pvgpu_frame_info, height) == 44, "info.height must be at 44");
PVGPU_FRAMES_ASSERT_(offsetof(struct pvgpu_frame_info, pitch) == 48, "info.pitch must be at 48");
PVGPU_FRAMES_ASSERT_(offsetof(struct pvgpu_frame_info, format) == 52, "info.format must be at 52");
PVGPU_FRAMES_ASSERT_(offsetof(struct pvgpu_frame_info, colour_space) == 56, "info.colour_space must be at 56");
PVGPU_FRAMES_ASSERT_(sizeof(struct pvgpu_frames_slot) == 128, "pvgpu_frames_slot must be 128 bytes");
PVGPU_FRAMES_ASSERT_(offsetof(struct pvgpu_frames_slot, publication) == 8, "slot.publication must be at 8");
PVGPU_FRAMES_ASSERT_(offsetof(struct pvgpu_frames_slot, dropped) == 16, "slot.dropped must be at 16");
PVGPU_FRAMES_ASSERT_(offsetof(struct pvgpu_frames_slot, info) == 24, "slot.info must be at 24");
PVGPU_FRAMES_ASSERT_(offsetof(struct pvgpu_frames_slot, reserved) == 88, "slot.reserved must be at 88");

/* First page of the frames mapping; written by the producer alone. Pixels of slot s: header_bytes + s * slot_stride. */
struct pvgpu_frames_header {
    uint32_t magic; /* PVGPU_FRAMES_MAGIC */
    uint32_t version; /* PVGPU_FRAMES_LAYOUT_VERSION */
    uint32_t header_bytes; /* PVGPU_FRAMES_HEADER_BYTES */
    uint32_t slot_count; /* 2 to PVGPU_FRAMES_MAX_SLOTS */
    uint64_t slot_stride; /* bytes, a multiple of 4,096 */
    uint32_t generation; /* of this mapping, from 1 */
    uint32_t reserved0;
    char vm_name[PVGPU_FRAMES_VM_NAME_BYTES]; /* NUL-terminated UTF-8 */
    uint8_t reserved1[32];
    uint64_t newest; /* atomic: PVGPU_FRAMES_NEWEST(publication, slot) of the newest frame; 0: none */
    uint8_t reserved2[56];
    uint32_t retired; /* atomic: not 0 once another generation has taken over; PVGPU_FRAMES_MAPPING tells more */
    uint32_t starved; /* atomic: not 0 while the producer wants a WAKE when something is taken or let go */
    uint8_t reserved3[56];
    struct pvgpu_frames_slot slots[PVGPU_FRAMES_MAX_SLOTS];
    uint8_t reserved4[2816];
};
PVGPU_FRAMES_ASSERT_(sizeof(struct pvgpu_frames_header) == PVGPU_FRAMES_HEADER_BYTES, "header must be one page");
PVGPU_FRAMES_ASSERT_(offsetof(struct pvgpu_frames_header, slot_count) == 12, "slot_count must be at 12");
PVGPU_FRAMES_ASSERT_(offsetof(struct pvgpu_frames_header, slot_stride) == 16, "slot_stride must be at 16");
PVGPU_FRAMES_ASSERT_(offsetof(struct pvgpu_frames_header, generation) == 24, "generation must be at 24");
PVGPU_FRAMES_ASSERT_(offsetof(struct pvgpu_frames_header, vm_name) == 32, "vm_name must be at 32");
PVGPU_FRAMES_ASSERT_(offsetof(struct pvgpu_frames_header, newest) == 128, "newest must be at 128");
PVGPU_FRAMES_ASSERT_(offsetof(struct pvgpu_frames_header, retired) == 192, "retired must be at 192");
PVGPU_FRAMES_ASSERT_(offsetof(struct pvgpu_frames_header, starved) == 196, "starved must be at 196");
PVGPU_FRAMES_ASSERT_(offsetof(struct pvgpu_frames_header, slots) == 256, "slots must be at 256");

#define PVGPU_FRAMES_NEWEST(publication, slot) (((uint64_t)(publication) << 8) | ((uint64_t)(slot) + 1u))
#define PVGPU_FRAMES_NEWEST_SLOT(newest) ((uint32_t)((newest) & 0xFFu) - 1u) /* of a newest that is not 0 */
#define PVGPU_FRAMES_NEWEST_PUBLICATION(newest) ((newest) >> 8)

/* The hold page; written by its consumer alone, one page of 4,096 bytes, zero at first. */
struct pvgpu_frames_hold {
    uint64_t held; /* atomic: PVGPU_FRAMES_HOLD(generation, slot); 0: nothing */
    uint64_t taken; /* atomic: publication last taken; only looked at for lossless consumers */
    uint8_t reserved[48];
};
#define PVGPU_FRAMES_HOLD_BYTES 4096u
#define PVGPU_FRAMES_HOLD(generation, slot) (((uint64_t)(generation) << 32) | ((uint64_t)(slot) + 1u))
PVGPU_FRAMES_ASSERT_(sizeof(struct pvgpu_frames_hold) == 64, "pvgpu_frames_hold must be 64 bytes");
PVGPU_FRAMES_ASSERT_(offsetof(struct pvgpu_frames_hold, taken) == 8, "taken must be at 8");

/*
 * The connection. The consumer speaks first: HELLO. The answer is WELCOME or REFUSED. Then MAPPING follows, at once if
 * there is a mapping and again whenever it is replaced; the consumer answers each with MAPPED. No second MAPPING is
 * sent before that answer, so a consumer that does not listen keeps at most two mappings alive.
 */
enum pvgpu_frames_request_type {
    PVGPU_FRAMES_HELLO = 1, /* value: PVGPU_FRAMES_LAYOUT_VERSION; flags: PVGPU_FRAMES_LOSSLESS */
    PVGPU_FRAMES_MAPPED = 2, /* value: the generation that is now mapped */
    PVGPU_FRAMES_WAKE = 3, /* something was taken or let go while `starved` was set */
};

struct pvgpu_frames_request {
    uint32_t magic; /* PVGPU_FRAMES_MAGIC */
    uint32_t type; /* enum pvgpu_frames_request_type */
    uint32_t value;
    uint32_t flags;
};
PVGPU_FRAMES_ASSERT_(sizeof(struct pvgpu_frames_request) == 16, "pvgpu_frames_request must be 16 bytes");

enum pvgpu_frames_reply_type {
    PVGPU_FRAMES_WELCOME = 1, /* handles: hold page, event; publications and dropped: so far */
    PVGPU_FRAMES_REFUSED = 2, /* value: enum pvgpu_frames_refusal; the connection ends */
    PVGPU_FRAMES_MAPPING = 3, /* value: generation; bytes: size of the mapping; handles: the mapping */
};

enum pvgpu_frames_refusal {
    PVGPU_FRAMES_REFUSED_BUSY = 1,
    PVGPU_FRAMES_REFUSED_VERSION = 2, /* bytes: the version that the producer speaks */
    PVGPU_FRAMES_REFUSED_RESOURCES = 3, /* the producer has no memory or no handles left */
};

/*
 * Handles travel as SCM_RIGHTS with the first byte of the message (Linux), and are then 0 here; or are handles already
 * duplicated into the consumer's process (Windows).
 * The event is, on Linux, one end of a stream socket pair: readable means signalled; whoever waits reads it empty. (An
 * eventfd would do, but its receiver could make the producer's writes block.) On Windows it is an auto-reset event.
 */
struct pvgpu_frames_reply {
    uint32_t magic; /* PVGPU_FRAMES_MAGIC */
    uint32_t type; /* enum pvgpu_frames_reply_type */
    uint32_t version; /* PVGPU_FRAMES_LAYOUT_VERSION */
    uint32_t value;
    uint64_t bytes;
    uint64_t publications;
    uint64_t dropped;
    uint64_t handles[2];
};
PVGPU_FRAMES_ASSERT_(sizeof(struct pvgpu_frames_reply) == 56, "pvgpu_frames_reply must be 56 bytes");
PVGPU_FRAMES_ASSERT_(offsetof(struct pvgpu_frames_reply, bytes) == 16, "bytes must be at 16");

#ifdef __cplusplus
}
#endif

#endif
