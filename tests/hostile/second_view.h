/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The guest's own mapping of the memory that it shares with a host of the same process. A guest may write where the
 * host reads, at any time; with a mapping of its own a thread sanitizer takes it for what it is, another machine, and
 * reports the host's own races alone.
 */
#ifndef PVGPU_TESTS_SECOND_VIEW_H
#define PVGPU_TESTS_SECOND_VIEW_H

#include "local_host.h"

/* End it with pvgpu_shared_memory_finish. */
static inline bool second_view_open(struct pvgpu_shared_memory *view, const struct local_host *host)
{
    return pvgpu_shared_memory_adopt(view, pvgpu_handle_duplicate(host->memory.handle), host->memory.size,
                                     PVGPU_POPULATE_NONE, &host->renderer.log);
}

/* A transport through that view; NULL: out of memory. */
static inline struct pvgpu_guest_transport *second_view_transport(const struct pvgpu_shared_memory *view,
                                                                  struct local_host *host)
{
    struct pvgpu_guest_transport *transport = local_host_transport(host);
    if (transport)
        transport->mapping = view->base;
    return transport;
}

#endif
