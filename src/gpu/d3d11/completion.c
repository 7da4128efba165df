/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "gpu/d3d11/completion.h"

#include "base/time.h"
#include "os/thread.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/*
 * Queries in flight. A caller keeps a few submissions outstanding; when it makes more without looking, the newest two
 * share a query, which only makes the older one of them complete later.
 */
#define MAX_QUERIES 64u

struct pending_query {
    uint64_t number;
    ID3D11Query *query; /* holds a reference; kept for reuse after it was taken from the queue */
};

/* What the waiting thread works on. Shared with it, and left to it when the GPU hangs at the end. */
struct waiter {
    struct pvgpu_thread thread;
    struct pvgpu_event kick; /* render thread to waiter: there is something to wait for, or to stop for */
    struct pvgpu_event finished; /* waiter to render thread: the thread touches nothing any more */
    struct pvgpu_event *wake; /* valid while not abandoned; may be NULL */
    struct pvgpu_mutex mutex; /* for `abandoned`, so that no wake event is signalled after its owner has gone */
    bool abandoned;
    ID3D11Fence *fence; /* holds a reference */
    ID3D11Device *device; /* holds a reference */
    _Atomic uint64_t submitted; /* render thread stores with release, waiter loads with acquire */
    _Atomic int64_t failure; /* HRESULT of a wait that failed, once; the render thread takes it */
    atomic_bool stop; /* same */
    atomic_bool idle; /* the waiter is about to sleep on `kick`: whoever clears it must signal */
};

struct completion_ops {
    const char *name;
    enum pvgpu_gpu_completion mode;
    bool (*start)(struct pvgpu_completion *completion); /* logs nothing: another way may be tried */
    void (*submit)(struct pvgpu_completion *completion, uint64_t number); /* without the flush */
    uint64_t (*poll)(struct pvgpu_completion *completion); /* highest finished, or anything lower */
    bool (*stop)(struct pvgpu_completion *completion, uint64_t deadline_ns); /* false: something must be left behind */
};

struct pvgpu_completion {
    const struct completion_ops *ops;
    const struct completion_ops *left; /* what was in use before queries had to replace it; NULL: nothing */
    struct pvgpu_completion_failure failure; /* to be taken; result S_OK: none */
    struct pvgpu_log log;
    ID3D11Device *device; /* holds a reference, like all COM pointers here */
    ID3D11DeviceContext1 *context;
    struct pvgpu_event *wake;
    uint64_t submitted; /* highest number */
    uint64_t completed; /* highest number ever reported */

    ID3D11DeviceContext4 *signaller; /* fence modes */
    ID3D11Fence *fence; /* fence modes */
    struct waiter *waiter; /* fence-thread */

    struct pending_query queries[MAX_QUERIES]; /* query mode: a ring */
    uint32_t query_head, query_count;
};

/* The last failure is kept; one that is final stays so. */
static void fail(struct pvgpu_completion *completion, HRESULT result, const char *call, bool is_final)
{
    is_final |= completion->failure.is_final;
    completion->failure = (struct pvgpu_completion_failure){.result = result, .call = call, .is_final = is_final};
}

static void fall_back(struct pvgpu_completion *completion, uint64_t number, HRESULT result, const char *call);

/* ---- Fences ---- */

static bool make_fence(struct pvgpu_completion *completion)
{
    ID3D11Device5 *device = pvgpu_d3d11_query(completion->device, &IID_ID3D11Device5);
    completion->signaller = pvgpu_d3d11_query(completion->context, &IID_ID3D11DeviceContext4);
    if (device && completion->signaller) {
        void *fence = NULL;
        if (SUCCEEDED(ID3D11Device5_CreateFence(device, 0, D3D11_FENCE_FLAG_NONE, &IID_ID3D11Fence, &fence)))
            completion->fence = fence;
    }
    PVGPU_RELEASE(device);
    if (!completion->fence)
        PVGPU_RELEASE(completion->signaller);
    return completion->fence != NULL;
}

static uint64_t poll_fence(struct pvgpu_completion *completion)
{
    uint64_t value = ID3D11Fence_GetCompletedValue(completion->fence);
    return value == UINT64_MAX ? 0 : value; /* all ones is how a removed device answers */
}

/* Signals the fence, or goes over to queries. */
static bool signal_fence(struct pvgpu_completion *completion, uint64_t number)
{
    HRESULT result = ID3D11DeviceContext4_Signal(completion->signaller, completion->fence, number);
    if (SUCCEEDED(result))
        return true;
    fall_back(completion, number, result, "ID3D11DeviceContext4::Signal");
    return false;
}

#ifdef _WIN32

static bool start_fence_event(struct pvgpu_completion *completion)
{
    return completion->wake && make_fence(completion);
}

static void submit_fence_event(struct pvgpu_completion *completion, uint64_t number)
{
    if (!signal_fence(completion, number))
        return;
    HRESULT result = ID3D11Fence_SetEventOnCompletion(completion->fence, number, (HANDLE)completion->wake->handle);
    if (FAILED(result))
        fall_back(completion, number, result, "ID3D11Fence::SetEventOnCompletion");
}

#else

static bool start_fence_event(struct pvgpu_completion *completion)
{
    (void)completion; /* there are no event handles that a D3D11 library could signal */
    return false;
}

static void submit_fence_event(struct pvgpu_completion *completion, uint64_t number)
{
    signal_fence(completion, number);
}

#endif

/* An event that a removed or hanging GPU may still want to signal is the caller's risk; the fence itself is counted. */
static bool stop_fence_event(struct pvgpu_completion *completion, uint64_t deadline_ns)
{
    (void)completion;
    (void)deadline_ns;
    return true;
}

/* ---- Fence and thread ---- */

static void wake_owner(struct waiter *waiter)
{
    pvgpu_mutex_lock(&waiter->mutex);
    if (!waiter->abandoned && waiter->wake)
        pvgpu_event_signal(waiter->wake);
    pvgpu_mutex_unlock(&waiter->mutex);
}

/*
 * Sleeps until something newer than `done` was submitted (true), or the end was asked for (false). The idle flag is
 * raised before the second look, so a submission that the look misses sees the flag and signals.
 */
static bool wait_for_work(struct waiter *waiter, uint64_t done)
{
    for (;;) {
        if (atomic_load(&waiter->submitted) > done)
            return true;
        if (atomic_load(&waiter->stop))
            return false;
        atomic_store(&waiter->idle, true);
        if (atomic_load(&waiter->submitted) <= done && !atomic_load(&waiter->stop))
            pvgpu_event_wait(&waiter->kick, PVGPU_NO_TIMEOUT);
        atomic_store(&waiter->idle, false);
    }
}

static void waiter_main(void *argument)
{
    struct waiter *waiter = argument;
    uint64_t done = 0;
    bool told = false;
    while (wait_for_work(waiter, done)) {
        /* Blocks without a timeout; the next number, so that every rise is told, however many are queued. */
        HRESULT result = ID3D11Fence_SetEventOnCompletion(waiter->fence, done + 1, NULL);
        uint64_t value = ID3D11Fence_GetCompletedValue(waiter->fence);
        HRESULT removed = ID3D11Device_GetDeviceRemovedReason(waiter->device);
        if (FAILED(removed) || value == UINT64_MAX) {
            wake_owner(waiter); /* once: the owner reads the reason; nothing completes any more */
            while (!atomic_load(&waiter->stop))
                pvgpu_event_wait(&waiter->kick, PVGPU_NO_TIMEOUT);
            break;
        }
        if (value > done) {
            done = value;
            wake_owner(waiter);
        } else if (FAILED(result) || !atomic_load(&waiter->stop)) {
            if (FAILED(result) && !told) {
                told = true;
                atomic_store(&waiter->failure, result);
                wake_owner(waiter);
            }
            pvgpu_time_sleep_ns(PVGPU_NS_PER_MS); /* a wait that failed without a lost device: not in a hot loop */
        } else {
            break;
        }
    }
    pvgpu_event_signal(&waiter->finished);
}

static void kick_waiter(struct waiter *waiter)
{
    if (atomic_exchange(&waiter->idle, false))
        pvgpu_event_signal(&waiter->kick);
}

static void free_waiter(struct waiter *waiter)
{
    pvgpu_event_finish(&waiter->kick);
    pvgpu_event_finish(&waiter->finished);
    pvgpu_mutex_finish(&waiter->mutex);
    PVGPU_RELEASE(waiter->fence);
    PVGPU_RELEASE(waiter->device);
    free(waiter);
}

static bool start_fence_thread(struct pvgpu_completion *completion)
{
    struct waiter *waiter = NULL;
    if (!make_fence(completion))
        return false;
    waiter = calloc(1, sizeof(*waiter));
    if (!waiter)
        goto error_fence;
    if (!pvgpu_event_init(&waiter->kick))
        goto error_waiter;
    if (!pvgpu_event_init(&waiter->finished))
        goto error_kick;
    pvgpu_mutex_init(&waiter->mutex);
    waiter->wake = completion->wake;
    waiter->fence = completion->fence;
    ID3D11Fence_AddRef(waiter->fence);
    waiter->device = completion->device;
    ID3D11Device_AddRef(waiter->device);
    if (!pvgpu_thread_start(&waiter->thread, "gpu-wait", waiter_main, waiter)) {
        free_waiter(waiter);
        goto error_fence;
    }
    completion->waiter = waiter;
    return true;

error_kick:
    pvgpu_event_finish(&waiter->kick);
error_waiter:
    free(waiter);
error_fence:
    PVGPU_RELEASE(completion->fence);
    PVGPU_RELEASE(completion->signaller);
    return false;
}

static void submit_fence_thread(struct pvgpu_completion *completion, uint64_t number)
{
    /* The signal is in the queue before the thread waits for it: a wait for a value that never comes has no end. */
    if (!signal_fence(completion, number)) {
        wake_owner(completion->waiter); /* who then asks for the reason, or polls */
        return;
    }
    atomic_store(&completion->waiter->submitted, number);
    kick_waiter(completion->waiter);
}

static bool stop_fence_thread(struct pvgpu_completion *completion, uint64_t deadline_ns)
{
    struct waiter *waiter = completion->waiter;
    atomic_store(&waiter->stop, true);
    pvgpu_event_signal(&waiter->kick);
    if (pvgpu_event_wait(&waiter->finished, pvgpu_time_left_ns(deadline_ns))) {
        pvgpu_thread_join(&waiter->thread);
        free_waiter(waiter);
        return true;
    }
    pvgpu_mutex_lock(&waiter->mutex);
    waiter->abandoned = true;
    pvgpu_mutex_unlock(&waiter->mutex);
    return false;
}

/* ---- Event queries ---- */

static bool stop_query(struct pvgpu_completion *completion, uint64_t deadline_ns)
{
    (void)deadline_ns;
    for (uint32_t i = 0; i < MAX_QUERIES; i++)
        PVGPU_RELEASE(completion->queries[i].query);
    return true;
}

static bool start_query(struct pvgpu_completion *completion)
{
    D3D11_QUERY_DESC desc = {.Query = D3D11_QUERY_EVENT};
    for (uint32_t i = 0; i < MAX_QUERIES; i++) {
        HRESULT result = ID3D11Device_CreateQuery(completion->device, &desc, &completion->queries[i].query);
        if (FAILED(result)) {
            fail(completion, result, "ID3D11Device::CreateQuery", true);
            stop_query(completion, 0);
            return false;
        }
    }
    return true;
}

static uint64_t poll_query(struct pvgpu_completion *completion)
{
    uint64_t done = completion->completed;
    while (completion->query_count) {
        struct pending_query *pending = &completion->queries[completion->query_head];
        HRESULT result = ID3D11DeviceContext1_GetData(completion->context, (ID3D11Asynchronous *)pending->query, NULL,
                                                      0, D3D11_ASYNC_GETDATA_DONOTFLUSH);
        if (FAILED(result))
            fail(completion, result, "ID3D11DeviceContext::GetData", true);
        if (result != S_OK)
            break;
        done = pending->number;
        completion->query_head = (completion->query_head + 1) % MAX_QUERIES;
        completion->query_count--;
    }
    return done;
}

static void submit_query(struct pvgpu_completion *completion, uint64_t number)
{
    if (completion->query_count == MAX_QUERIES)
        pvgpu_completion_completed(completion);
    if (completion->query_count < MAX_QUERIES)
        completion->query_count++;
    uint32_t newest = (completion->query_head + completion->query_count - 1) % MAX_QUERIES;
    struct pending_query *pending = &completion->queries[newest];
    pending->number = number;
    ID3D11DeviceContext1_End(completion->context, (ID3D11Asynchronous *)pending->query);
}

/* ---- All ---- */

static const struct completion_ops fence_event = {
    .name = "fence-event",
    .mode = PVGPU_COMPLETION_FENCE_EVENT,
    .start = start_fence_event,
    .submit = submit_fence_event,
    .poll = poll_fence,
    .stop = stop_fence_event,
};

static const struct completion_ops fence_thread = {
    .name = "fence-thread",
    .mode = PVGPU_COMPLETION_FENCE_THREAD,
    .start = start_fence_thread,
    .submit = submit_fence_thread,
    .poll = poll_fence,
    .stop = stop_fence_thread,
};

static const struct completion_ops event_query = {
    .name = "query",
    .mode = PVGPU_COMPLETION_QUERY,
    .start = start_query,
    .submit = submit_query,
    .poll = poll_query,
    .stop = stop_query,
};

/*
 * Queries for everything from submission `number` on, as the call for it failed. An event query also covers what was
 * submitted before. A removed device needs none.
 */
static void fall_back(struct pvgpu_completion *completion, uint64_t number, HRESULT result, const char *call)
{
    fail(completion, result, call, false);
    if (FAILED(ID3D11Device_GetDeviceRemovedReason(completion->device)) || !start_query(completion))
        return;
    completion->left = completion->ops;
    completion->ops = &event_query;
    submit_query(completion, number);
}

/* In order of preference: the first that starts is taken. */
static const struct completion_ops *const all_ops[] = {&fence_event, &fence_thread, &event_query};
#define OPS_COUNT (sizeof(all_ops) / sizeof(all_ops[0]))

static bool start_any(struct pvgpu_completion *completion, const char *wanted)
{
    for (size_t i = 0; i < OPS_COUNT; i++) {
        if (wanted && strcmp(wanted, all_ops[i]->name) != 0)
            continue;
        completion->ops = all_ops[i];
        if (completion->ops->start(completion))
            return true;
    }
    return false;
}

struct pvgpu_completion *pvgpu_completion_create(ID3D11Device *device, ID3D11DeviceContext1 *context,
                                                 struct pvgpu_event *wake, const struct pvgpu_log *log)
{
    struct pvgpu_completion *completion = calloc(1, sizeof(*completion));
    if (!completion) {
        pvgpu_error(log, "out of memory");
        return NULL;
    }
    completion->log = *log;
    completion->device = device;
    completion->context = context;
    completion->wake = wake;

    const char *wanted = getenv("PVGPU_COMPLETION");
    bool started = wanted && *wanted && start_any(completion, wanted);
    if (wanted && *wanted && !started)
        pvgpu_warn(log, "PVGPU_COMPLETION=%.32s: this host cannot do that", wanted);
    if (!started && !start_any(completion, NULL)) {
        pvgpu_error(log, "the device has neither fences nor event queries");
        free(completion);
        return NULL;
    }
    completion->failure.result = S_OK; /* of ways that were tried */
    completion->failure.is_final = false;
    ID3D11Device_AddRef(device);
    ID3D11DeviceContext1_AddRef(context);
    return completion;
}

enum pvgpu_gpu_completion pvgpu_completion_mode(const struct pvgpu_completion *completion)
{
    return completion->ops->mode;
}

const char *pvgpu_completion_name(const struct pvgpu_completion *completion)
{
    return completion->ops->name;
}

void pvgpu_completion_submit(struct pvgpu_completion *completion, uint64_t number)
{
    completion->submitted = number;
    completion->ops->submit(completion, number);
    ID3D11DeviceContext1_Flush(completion->context);
}

uint64_t pvgpu_completion_completed(struct pvgpu_completion *completion)
{
    if (completion->completed < completion->submitted) {
        uint64_t value = completion->ops->poll(completion);
        if (value > completion->completed)
            completion->completed = value;
    }
    return completion->completed;
}

bool pvgpu_completion_take_failure(struct pvgpu_completion *completion, struct pvgpu_completion_failure *failure)
{
    HRESULT waited = completion->waiter ? (HRESULT)atomic_exchange(&completion->waiter->failure, S_OK) : S_OK;
    if (FAILED(waited))
        fail(completion, waited, "ID3D11Fence::SetEventOnCompletion", false);
    if (!FAILED(completion->failure.result))
        return false;
    *failure = completion->failure;
    completion->failure = (struct pvgpu_completion_failure){.result = S_OK};
    return true;
}

/* Waits for the last submission. True also when the device is lost: then nothing runs any more. */
static bool wait_until_done(struct pvgpu_completion *completion, uint64_t deadline_ns)
{
    while (pvgpu_completion_completed(completion) < completion->submitted) {
        if (FAILED(ID3D11Device_GetDeviceRemovedReason(completion->device)))
            return true;
        if (pvgpu_time_left_ns(deadline_ns) == 0)
            return false;
        pvgpu_time_sleep_ns(PVGPU_NS_PER_MS / 4);
    }
    return true;
}

bool pvgpu_completion_destroy(struct pvgpu_completion *completion, uint64_t timeout_ns)
{
    if (!completion)
        return true;
    uint64_t deadline_ns = pvgpu_time_deadline_ns(timeout_ns);
    pvgpu_completion_submit(completion, completion->submitted + 1);
    bool done = wait_until_done(completion, deadline_ns);
    /* The thread ends at once when the GPU is done; the extra time covers its being scheduled. */
    uint64_t stop_ns = done ? pvgpu_time_deadline_ns(timeout_ns) : deadline_ns;
    if (!completion->ops->stop(completion, stop_ns) ||
        (completion->left && !completion->left->stop(completion, stop_ns)) || !done) {
        pvgpu_warn(&completion->log, "the GPU did not finish within %" PRIu64 " ms; its objects are left behind",
                   timeout_ns / PVGPU_NS_PER_MS);
        return false;
    }
    PVGPU_RELEASE(completion->fence);
    PVGPU_RELEASE(completion->signaller);
    PVGPU_RELEASE(completion->context);
    PVGPU_RELEASE(completion->device);
    free(completion);
    return true;
}
