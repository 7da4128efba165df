/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Shared textures: how other programs get at a VM's frames on the GPU (Windows, headless mode).
 *
 * The backend keeps a few Direct3D 11 textures for a VM, each with a name, an NT handle and a keyed mutex, and a page of
 * shared memory that says which of them holds the newest complete frame. This header is the layout of that page and
 * the rules for both sides; it stands alone, needs C11 or C++11, and can be followed in any language. Everything in
 * it is little-endian.
 *
 * Names, of the VM "vm1". All are in the namespace of the backend's own session:
 *
 *     PVGPU_vm1                    the page: a section of PVGPU_SHARED_TEXTURE_BYTES that consumers can only read
 *     PVGPU_vm1_<epoch>_<n>        texture n of an epoch, as it stands in the page
 *     PVGPU_vm1_consumer_<k>       an event that a consumer makes, k below PVGPU_SHARED_TEXTURE_MAX_CONSUMERS
 *     Global\PVGPU_FrameEvent      an auto-reset event that the backend makes and signals for its first VM alone; for
 *                                  one program that knows no other
 *
 * The user of the backend and SYSTEM may open them, nobody else. Characters of a VM's name that are not ASCII letters,
 * digits, "-", "_" or "." stand as "_" in names.
 *
 * Attaching:
 *
 *   1. Open and map the page. If it is not there, the backend does not run, or its host shares no textures.
 *   2. Open the process `process_id` with SYNCHRONIZE. When it ends, without a word perhaps, close everything and start
 *      again at 1: the page of a process that is gone is never written any more, and its successor cannot make its own
 *      while anybody holds the old one.
 *   3. Make a Direct3D 11.1 device on the adapter `luid_low`, `luid_high`: textures do not cross adapters.
 *   4. Make an event to be woken by: CreateEvent, auto-reset, of the name PVGPU_vm1_consumer_0; if that exists already,
 *      close it again and try the next number. The event is the consumer's: it goes with it, and needs no goodbye.
 *
 * For each frame:
 *
 *   a. Take a snapshot of the page (below). `state` is not PVGPU_SHARED_TEXTURE_ACTIVE, or `newest` is 0: there is
 *      nothing to see now, wait for the event. PVGPU_SHARED_TEXTURE_ENDED: close everything.
 *   b. If `epoch` is not the one whose textures are open, close those. Open what is needed with
 *      ID3D11Device1::OpenSharedResourceByName, read and write access, which the mutex needs. If it fails, the epoch
 *      has just changed: go to a.
 *   c. IDXGIKeyedMutex::AcquireSync with key 0 and some 100 ms on the newest texture. WAIT_TIMEOUT: go to a.
 *      WAIT_ABANDONED, or a failure: close the textures and go to a.
 *   d. Take another snapshot. If the epoch is another one, ReleaseSync and go to a. Otherwise the entry of that texture
 *      says which frame it holds, maybe a newer one than a said; nobody writes texture or entry while the mutex is
 *      held.
 *   e. Copy the texture to one of your own, or draw with it; ReleaseSync with key 0, soon: a texture that is held
 *      cannot take a frame. Wait for the event.
 *
 * The snapshot. The page changes as a whole; `sequence` is odd while it does:
 *
 *     do {
 *         before = sequence            (load, acquire)
 *         copy the whole page          (8 bytes at a time, each an acquire load; volatile reads on x86)
 *         after = sequence             (load)
 *     } while (before is odd or after differs from before)
 *
 * A page that stays odd for 1,000 tries belongs to a process that died while it wrote: see 2. In the copy, `magic`,
 * `version` and `texture_count` are checked before anything else is used.
 *
 * What the producer does, in this order. At a PRESENT it acquires a texture with key 0 without waiting (one that is
 * held is passed over for the next, oldest frame first and the newest last; if all are held the frame is dropped and
 * counted), sets the entry's `publication` to 0, and `newest` to 0 if it was that one, and queues a copy of the picture.
 * When the GPU has finished the copy it writes the entry and `newest`, releases the texture with key 0, and then
 * signals the consumers' events.
 *
 * Epochs. A mutex that is found abandoned (its holder died), another size or format and a new device lead to new
 * textures with new names, and `epoch` grows. The page goes over to them with the first frame that is complete in them;
 * the old names are gone from then on, while whoever has an old texture open keeps it. A texture that is let go while it
 * waits to be filled turns up as abandoned on the consumer's side.
 *
 * What a consumer can do wrong. It cannot write the page; the producer reads nothing from it. It can hold textures,
 * and write pictures into them, both of which other consumers of the VM see, and it can abandon them, for which new ones
 * are made no more often than every few frames.
 */
#ifndef PVGPU_SHARED_TEXTURE_H
#define PVGPU_SHARED_TEXTURE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define PVGPU_SHARED_TEXTURE_ASSERT_(condition, text) static_assert(condition, text)
#else
#define PVGPU_SHARED_TEXTURE_ASSERT_(condition, text) _Static_assert(condition, text)
#endif

#define PVGPU_SHARED_TEXTURE_MAGIC 0x58545650u /* in memory: "PVTX" */
#define PVGPU_SHARED_TEXTURE_VERSION 1u
#define PVGPU_SHARED_TEXTURE_BYTES 4096u
#define PVGPU_SHARED_TEXTURE_MAX_TEXTURES 8u
#define PVGPU_SHARED_TEXTURE_MAX_CONSUMERS 8u /* that can be woken; a further one has to look at the page by itself */
#define PVGPU_SHARED_TEXTURE_NAME_BYTES 128u
#define PVGPU_SHARED_TEXTURE_VM_NAME_BYTES 64u
#define PVGPU_SHARED_TEXTURE_KEY 0u /* of the keyed mutexes, on both sides */

enum pvgpu_shared_texture_state {
    PVGPU_SHARED_TEXTURE_WAITING = 0, /* there are no textures: nothing was presented yet, or they are being remade */
    PVGPU_SHARED_TEXTURE_ACTIVE = 1, /* the textures of `epoch` are there */
    PVGPU_SHARED_TEXTURE_ENDED = 2, /* the producer has ended in good order */
};

/* One texture, and the frame that it holds. */
struct pvgpu_shared_texture_entry {
    uint64_t publication; /* counts the frames published, from 1, over all epochs; 0: holds no frame */
    uint64_t frame; /* number of the PRESENT since the VM's last reset, from 1 */
    uint64_t reset_epoch; /* reset epoch of the VM; frame numbers start again with each */
    uint64_t fence; /* highest fence value submitted before the PRESENT */
    uint64_t present_ns; /* the backend's monotonic clock when the PRESENT was executed */
    uint64_t complete_ns; /* the same when the frame was complete */
    uint64_t reserved[2]; /* 0 */
    char name[PVGPU_SHARED_TEXTURE_NAME_BYTES]; /* NUL-terminated ASCII */
};
PVGPU_SHARED_TEXTURE_ASSERT_(sizeof(struct pvgpu_shared_texture_entry) == 192, "an entry must be 192 bytes");
PVGPU_SHARED_TEXTURE_ASSERT_(offsetof(struct pvgpu_shared_texture_entry, frame) == 8, "frame must be at 8");
PVGPU_SHARED_TEXTURE_ASSERT_(offsetof(struct pvgpu_shared_texture_entry, reset_epoch) == 16,
                             "reset_epoch must be at 16");
PVGPU_SHARED_TEXTURE_ASSERT_(offsetof(struct pvgpu_shared_texture_entry, fence) == 24, "fence must be at 24");
PVGPU_SHARED_TEXTURE_ASSERT_(offsetof(struct pvgpu_shared_texture_entry, present_ns) == 32, "present_ns must be at 32");
PVGPU_SHARED_TEXTURE_ASSERT_(offsetof(struct pvgpu_shared_texture_entry, complete_ns) == 40,
                             "complete_ns must be at 40");
PVGPU_SHARED_TEXTURE_ASSERT_(offsetof(struct pvgpu_shared_texture_entry, name) == 64, "name must be at 64");

/* The page. Before its first frame all but the first words, `luid`, `process_id` and `vm_name` is 0. */
struct pvgpu_shared_texture_page {
    uint32_t magic; /* PVGPU_SHARED_TEXTURE_MAGIC; 0: not written yet */
    uint32_t version; /* PVGPU_SHARED_TEXTURE_VERSION */
    uint32_t bytes; /* PVGPU_SHARED_TEXTURE_BYTES */
    uint32_t texture_count; /* entries in use, at most PVGPU_SHARED_TEXTURE_MAX_TEXTURES; 0: there are no textures */
    uint64_t sequence; /* atomic: odd while the page is being written */
    uint64_t epoch; /* of the textures, from 1; grows; 0: there are none */
    uint64_t newest; /* PVGPU_SHARED_TEXTURE_NEWEST(publication, index) of the newest frame; 0: none */
    uint64_t dropped; /* presents so far, as of the newest frame, that no consumer could ever see */
    uint32_t luid_low; /* LUID of the adapter that the textures live on */
    int32_t luid_high;
    uint32_t width; /* pixels, of every texture of the epoch */
    uint32_t height; /* pixels */
    uint32_t format; /* DXGI_FORMAT: 10, 24, 28, 29, 87, 88, 91 or 93 */
    uint32_t colour_space; /* DXGI_COLOR_SPACE_TYPE */
    uint32_t state; /* enum pvgpu_shared_texture_state */
    uint32_t process_id; /* of the producer */
    uint8_t reserved0[48]; /* 0 */
    char vm_name[PVGPU_SHARED_TEXTURE_VM_NAME_BYTES]; /* NUL-terminated, as it stands in names */
    uint8_t reserved1[64]; /* 0 */
    struct pvgpu_shared_texture_entry textures[PVGPU_SHARED_TEXTURE_MAX_TEXTURES];
    uint8_t reserved2[2304]; /* 0 */
};
PVGPU_SHARED_TEXTURE_ASSERT_(sizeof(struct pvgpu_shared_texture_page) == PVGPU_SHARED_TEXTURE_BYTES,
                             "the page must be 4096 bytes");
PVGPU_SHARED_TEXTURE_ASSERT_(offsetof(struct pvgpu_shared_texture_page, texture_count) == 12,
                             "texture_count must be at 12");
PVGPU_SHARED_TEXTURE_ASSERT_(offsetof(struct pvgpu_shared_texture_page, sequence) == 16, "sequence must be at 16");
PVGPU_SHARED_TEXTURE_ASSERT_(offsetof(struct pvgpu_shared_texture_page, epoch) == 24, "epoch must be at 24");
PVGPU_SHARED_TEXTURE_ASSERT_(offsetof(struct pvgpu_shared_texture_page, newest) == 32, "newest must be at 32");
PVGPU_SHARED_TEXTURE_ASSERT_(offsetof(struct pvgpu_shared_texture_page, dropped) == 40, "dropped must be at 40");
PVGPU_SHARED_TEXTURE_ASSERT_(offsetof(struct pvgpu_shared_texture_page, luid_low) == 48, "luid_low must be at 48");
PVGPU_SHARED_TEXTURE_ASSERT_(offsetof(struct pvgpu_shared_texture_page, luid_high) == 52, "luid_high must be at 52");
PVGPU_SHARED_TEXTURE_ASSERT_(offsetof(struct pvgpu_shared_texture_page, width) == 56, "width must be at 56");
PVGPU_SHARED_TEXTURE_ASSERT_(offsetof(struct pvgpu_shared_texture_page, height) == 60, "height must be at 60");
PVGPU_SHARED_TEXTURE_ASSERT_(offsetof(struct pvgpu_shared_texture_page, format) == 64, "format must be at 64");
PVGPU_SHARED_TEXTURE_ASSERT_(offsetof(struct pvgpu_shared_texture_page, colour_space) == 68,
                             "colour_space must be at 68");
PVGPU_SHARED_TEXTURE_ASSERT_(offsetof(struct pvgpu_shared_texture_page, state) == 72, "state must be at 72");
PVGPU_SHARED_TEXTURE_ASSERT_(offsetof(struct pvgpu_shared_texture_page, process_id) == 76, "process_id must be at 76");
PVGPU_SHARED_TEXTURE_ASSERT_(offsetof(struct pvgpu_shared_texture_page, vm_name) == 128, "vm_name must be at 128");
PVGPU_SHARED_TEXTURE_ASSERT_(offsetof(struct pvgpu_shared_texture_page, textures) == 256, "textures must be at 256");

#define PVGPU_SHARED_TEXTURE_NEWEST(publication, index) (((uint64_t)(publication) << 8) | ((uint64_t)(index) + 1u))
#define PVGPU_SHARED_TEXTURE_NEWEST_INDEX(newest) ((uint32_t)((newest) & 0xFFu) - 1u) /* of a newest that is not 0 */
#define PVGPU_SHARED_TEXTURE_NEWEST_PUBLICATION(newest) ((newest) >> 8)

#endif
