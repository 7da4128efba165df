/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A host in the test's own process: shared memory, the private page, and a renderer in a thread, without link and
 * session. The guest library drives it through local_host_transport. For tests of what the renderer does with a
 * stream, for fuzzing, and for measuring it alone.
 */
#ifndef PVGPU_TESTS_LOCAL_HOST_H
#define PVGPU_TESTS_LOCAL_HOST_H

#include "os/thread.h"
#include "pvgpu/guest.h"
#include "render/renderer.h"

enum local_host_gpu {
    LOCAL_HOST_NULL,
    LOCAL_HOST_D3D11,
};

struct local_host_config {
    enum local_host_gpu gpu;
    uint64_t shmem_bytes; /* 0: 64 MiB */
    bool vsync;
    uint32_t buffer_count; /* 0: 2 */
    bool no_backstop;
    bool needs_poll;
    struct pvgpu_limits limits; /* all 0: the defaults */
    enum pvgpu_log_level log_level; /* of the host; PVGPU_LOG_ERROR by default */
    struct pvgpu_frame_output *output; /* may be NULL; lent */
};

struct local_host {
    struct pvgpu_shared_memory memory, page_memory;
    struct pvgpu_control_region *region; /* what the guest sees */
    struct pvgpu_control_page *page;
    struct pvgpu_event wake, interrupt;
    struct pvgpu_gpu *gpu; /* may be replaced between init and start, by a wrapper */
    struct pvgpu_renderer_config renderer;
    /*
     * Set between init and start, makes the host play the session as well when the device is lost: the guest is told,
     * its commands go on being consumed, and its next reset destroys the renderer and gets what this returns. NULL:
     * the thread ends, as the renderer does.
     */
    struct pvgpu_gpu *(*renew)(void *user);
    void *renew_user;
    _Atomic bool draining; /* the device is lost and the guest has not reset yet */
    struct pvgpu_thread thread;
    _Atomic uint32_t stop;
    enum pvgpu_renderer_end end; /* after stop */
    bool started;
    uint64_t doorbells;
};

/* Memory and GPU. False: said why on stderr. */
bool local_host_init(struct local_host *host, const struct local_host_config *config);
/* The renderer's thread. */
bool local_host_start(struct local_host *host);
/* init and start. */
bool local_host_create(struct local_host *host, const struct local_host_config *config);
void local_host_stop(struct local_host *host);
/* Stops if need be and releases everything. */
void local_host_finish(struct local_host *host);

/* A transport for pvgpu_guest_create; the host outlives it. Interrupts are waited for. */
struct pvgpu_guest_transport *local_host_transport(struct local_host *host);

/* What a session does when the guest writes its reset register. */
void local_host_reset(struct local_host *host);

#endif
