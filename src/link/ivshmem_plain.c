/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The link to a stock QEMU with -device ivshmem-plain: a file that both of us map, and nothing else. No connection tells
 * who is there, no doorbell rings, no interrupt can be raised. The renderer and the guest look for each other's counters,
 * and the session's heartbeat tells the guest that there is a host.
 *
 * Everybody who has the file may truncate it, and a touch beyond its end ends a process. What can be noticed in time is:
 * once a second the link looks at the file.
 */
#include "link/link.h"

#include "base/time.h"
#include "link/ivshmem_file.h"
#include "pvgpu/protocol.h"
#include "shm/control.h"
#include "shm/layout.h"

#include <inttypes.h>
#include <stdlib.h>

#define LOOK_NS (1 * PVGPU_NS_PER_S)

struct plain_link {
    struct pvgpu_link base;
    pvgpu_handle file; /* owned until attached; then it is the memory's */
    struct pvgpu_shared_memory memory;
    uint64_t shmem_bytes;
    bool attached;
    bool has_no_name; /* said so */
    uint64_t look_due_ns;
};

static struct plain_link *plain_link_from(struct pvgpu_link *link)
{
    return (struct plain_link *)link;
}

/* What a guest, or another program, has left is kept if it makes sense. */
static void prepare_control_region(struct plain_link *plain)
{
    struct pvgpu_layout_words words;
    struct pvgpu_layout layout;
    void *base = plain->memory.base;
    pvgpu_layout_read(base, &words);
    const char *wrong = pvgpu_layout_check(&words, plain->memory.size, &layout);
    if (wrong) {
        pvgpu_info(&plain->base.log, "The control region is initialised (%s)", wrong);
        pvgpu_control_init(base, plain->memory.size);
    }
    pvgpu_control_extend(base, PVGPU_LINK_ID_IVSHMEM_PLAIN, 0, 0);
}

static bool attach(struct plain_link *plain)
{
    const struct pvgpu_link *link = &plain->base;
    pvgpu_handle file = plain->file;
    if (!pvgpu_ivshmem_file_has_size(file, plain->shmem_bytes, &link->log))
        return false;
    plain->file = PVGPU_NO_HANDLE;
    if (!pvgpu_shared_memory_adopt(&plain->memory, file, plain->shmem_bytes, PVGPU_POPULATE_NONE, &link->log))
        return false;
    prepare_control_region(plain);
    plain->attached = link->events.attached(link->events.user, &plain->memory);
    plain->look_due_ns = pvgpu_time_deadline_ns(LOOK_NS);
    if (plain->attached)
        pvgpu_info(&link->log, "Serving whoever maps the file: %" PRIu64 " MB (ivshmem-plain)",
                   plain->memory.size >> 20);
    return plain->attached;
}

/* False: the file is of no use any more. */
static bool look_at_file(struct plain_link *plain)
{
    const struct pvgpu_log *log = &plain->base.log;
    plain->look_due_ns = pvgpu_time_deadline_ns(LOOK_NS);
    if (!pvgpu_ivshmem_file_has_size(plain->memory.handle, plain->shmem_bytes, log))
        return false;
    if (pvgpu_ivshmem_file_has_name(plain->memory.handle))
        return true;
    if (!plain->has_no_name)
        pvgpu_warn(log, "The file was removed: a QEMU that starts now does not find it");
    plain->has_no_name = true;
    if (!pvgpu_ivshmem_file_is_unused(plain->memory.handle))
        return true;
    pvgpu_info(log, "Nobody has the removed file any more");
    return false;
}

static size_t plain_wait_handles(struct pvgpu_link *link, pvgpu_handle handles[2])
{
    (void)link;
    (void)handles;
    return 0;
}

static uint64_t plain_deadline_ns(struct pvgpu_link *link)
{
    const struct plain_link *plain = plain_link_from(link);
    return plain->attached ? plain->look_due_ns : 0;
}

static enum pvgpu_link_state plain_dispatch(struct pvgpu_link *link)
{
    struct plain_link *plain = plain_link_from(link);
    if (!plain->attached)
        return attach(plain) ? PVGPU_LINK_OPEN : PVGPU_LINK_ENDED;
    if (pvgpu_time_left_ns(plain->look_due_ns) == 0 && !look_at_file(plain))
        return PVGPU_LINK_ENDED;
    return PVGPU_LINK_OPEN;
}

/* There is no way to. */
static void plain_interrupt(struct pvgpu_link *link, uint32_t vector)
{
    (void)link;
    (void)vector;
}

/* Status bit 6 of the control region tells the guest. */
static void plain_shutdown(struct pvgpu_link *link)
{
    (void)link;
}

static void plain_destroy(struct pvgpu_link *link)
{
    struct plain_link *plain = plain_link_from(link);
    pvgpu_shared_memory_finish(&plain->memory);
    pvgpu_handle_close(plain->file);
    free(plain);
}

static const struct pvgpu_link_ops plain_ops = {
    .name = "ivshmem-plain",
    .is_device = false,
    .needs_poll = true, /* nothing rings */
    .is_silent = true,
    .wait_handles = plain_wait_handles,
    .deadline_ns = plain_deadline_ns,
    .dispatch = plain_dispatch,
    .interrupt = plain_interrupt,
    .shutdown = plain_shutdown,
    .destroy = plain_destroy,
};

struct pvgpu_link *pvgpu_link_ivshmem_plain_create(pvgpu_handle file, uint64_t shmem_bytes,
                                                   const struct pvgpu_link_events *events, const struct pvgpu_log *log)
{
    struct plain_link *plain = calloc(1, sizeof(*plain));
    if (!plain) {
        pvgpu_handle_close(file);
        return NULL;
    }
    plain->base.ops = &plain_ops;
    plain->base.events = *events;
    plain->base.log = *log;
    plain->file = file;
    plain->memory.handle = PVGPU_NO_HANDLE;
    plain->shmem_bytes = shmem_bytes;
    return &plain->base;
}
