/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Completion against a device that is made up: it finishes work when the test says so, hangs, or is lost. What it must
 * show is that hanging and loss end, too.
 */
#include "base/time.h"
#include "gpu/d3d11/completion.h"
#include "os/thread.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* Device, context and fence in one; every interface pointer leads back to it. */
struct fake {
    ID3D11Device5 device; /* first, so that its pointer is the fake's */
    ID3D11DeviceContext4 context;
    ID3D11Fence fence;
    ID3D11Query query; /* all queries are this one: done when the GPU has finished everything */
    ID3D11QueryVtbl query_calls;
    ID3D11Device5Vtbl device_calls;
    ID3D11DeviceContext4Vtbl context_calls;
    ID3D11FenceVtbl fence_calls;
    struct pvgpu_event change; /* the GPU finished something, or was lost */
    _Atomic uint64_t signalled; /* highest value in the queue */
    _Atomic uint64_t finished;
    _Atomic HRESULT removed;
    atomic_int waits; /* calls of SetEventOnCompletion */
    HRESULT signal_result, query_result, data_result; /* what Signal, CreateQuery and GetData say; S_OK: they work */
    atomic_bool follows; /* work is finished as soon as it is flushed */
};

/*
 * C code calls a method through whichever of the interface's ancestors it has at hand; clang's check of indirect calls
 * would report that for functions that it compiled, as it cannot for a real library's.
 */
#ifdef __clang__
#define FAKE __attribute__((no_sanitize("function"))) STDMETHODCALLTYPE
#else
#define FAKE STDMETHODCALLTYPE
#endif

/* The thread that is left behind on purpose is no leak; both only matter where a sanitizer is linked in. */
const char *__tsan_default_options(void);
const char *__tsan_default_options(void)
{
    return "report_thread_leaks=0";
}
#ifndef _WIN32
void __lsan_ignore_object(const void *object) __attribute__((weak));
#endif

static void leave_behind(const void *object)
{
#ifndef _WIN32
    if (__lsan_ignore_object)
        __lsan_ignore_object(object);
#else
    (void)object;
#endif
}

#define FAKE_OF(pointer, member) ((struct fake *)((char *)(pointer) - offsetof(struct fake, member)))

static ULONG FAKE device_count(ID3D11Device5 *device)
{
    (void)device;
    return 1;
}

static ULONG FAKE context_count(ID3D11DeviceContext4 *context)
{
    (void)context;
    return 1;
}

static ULONG FAKE fence_count(ID3D11Fence *fence)
{
    (void)fence;
    return 1;
}

static HRESULT FAKE device_query(ID3D11Device5 *device, REFIID id, void **other)
{
    (void)id;
    *other = device;
    return S_OK;
}

static HRESULT FAKE context_query(ID3D11DeviceContext4 *context, REFIID id, void **other)
{
    (void)id;
    *other = context;
    return S_OK;
}

static HRESULT FAKE create_fence(ID3D11Device5 *device, UINT64 initial, D3D11_FENCE_FLAG flags, REFIID id, void **fence)
{
    (void)initial;
    (void)flags;
    (void)id;
    *fence = &FAKE_OF(device, device)->fence;
    return S_OK;
}

static HRESULT FAKE removed_reason(ID3D11Device5 *device)
{
    return FAKE_OF(device, device)->removed;
}

static HRESULT FAKE signal_fence(ID3D11DeviceContext4 *context, ID3D11Fence *fence, UINT64 value)
{
    (void)fence;
    if (FAILED(FAKE_OF(context, context)->signal_result))
        return FAKE_OF(context, context)->signal_result;
    FAKE_OF(context, context)->signalled = value;
    return S_OK;
}

static ULONG FAKE query_count(ID3D11Query *query)
{
    (void)query;
    return 1;
}

static HRESULT FAKE create_query(ID3D11Device5 *device, const D3D11_QUERY_DESC *desc, ID3D11Query **query)
{
    (void)desc;
    if (FAILED(FAKE_OF(device, device)->query_result))
        return FAKE_OF(device, device)->query_result;
    *query = &FAKE_OF(device, device)->query;
    return S_OK;
}

static void FAKE end_query(ID3D11DeviceContext4 *context, ID3D11Asynchronous *query)
{
    (void)context;
    (void)query;
}

static HRESULT FAKE get_data(ID3D11DeviceContext4 *context, ID3D11Asynchronous *query, void *data, UINT size,
                             UINT flags)
{
    struct fake *fake = FAKE_OF(context, context);
    (void)query;
    (void)data;
    (void)size;
    (void)flags;
    if (FAILED(fake->data_result))
        return fake->data_result;
    return fake->finished || fake->follows ? S_OK : S_FALSE;
}

static void FAKE flush(ID3D11DeviceContext4 *context)
{
    struct fake *fake = FAKE_OF(context, context);
    if (fake->follows) {
        fake->finished = fake->signalled;
        pvgpu_event_signal(&fake->change);
    }
}

static UINT64 FAKE completed_value(ID3D11Fence *fence)
{
    struct fake *fake = FAKE_OF(fence, fence);
    return fake->removed ? UINT64_MAX : fake->finished;
}

static HRESULT FAKE wait_for_value(ID3D11Fence *fence, UINT64 value, HANDLE event)
{
    struct fake *fake = FAKE_OF(fence, fence);
    assert_null(event);
    fake->waits++;
    while (fake->finished < value && !fake->removed)
        pvgpu_event_wait(&fake->change, PVGPU_NO_TIMEOUT);
    return S_OK;
}

struct fixture {
    struct fake fake;
    struct pvgpu_event wake;
    struct pvgpu_completion *completion;
};

static const struct pvgpu_log quiet = {.level = PVGPU_LOG_ERROR, .target = "test"};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    struct fake *fake = &f->fake;
    assert_true(pvgpu_event_init(&f->wake) && pvgpu_event_init(&fake->change));
    fake->device.lpVtbl = &fake->device_calls;
    fake->context.lpVtbl = &fake->context_calls;
    fake->fence.lpVtbl = &fake->fence_calls;
    fake->query.lpVtbl = &fake->query_calls;
    fake->query_calls.AddRef = fake->query_calls.Release = query_count;
    fake->device_calls.QueryInterface = device_query;
    fake->device_calls.AddRef = fake->device_calls.Release = device_count;
    fake->device_calls.CreateFence = create_fence;
    fake->device_calls.CreateQuery = create_query;
    fake->device_calls.GetDeviceRemovedReason = removed_reason;
    fake->context_calls.QueryInterface = context_query;
    fake->context_calls.AddRef = fake->context_calls.Release = context_count;
    fake->context_calls.Signal = signal_fence;
    fake->context_calls.End = end_query;
    fake->context_calls.GetData = get_data;
    fake->context_calls.Flush = flush;
    fake->fence_calls.AddRef = fake->fence_calls.Release = fence_count;
    fake->fence_calls.GetCompletedValue = completed_value;
    fake->fence_calls.SetEventOnCompletion = wait_for_value;
    f->completion = pvgpu_completion_create((ID3D11Device *)&fake->device, (ID3D11DeviceContext1 *)&fake->context,
                                            &f->wake, &quiet);
    assert_non_null(f->completion);
    assert_int_equal(pvgpu_completion_mode(f->completion), PVGPU_COMPLETION_FENCE_THREAD);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    pvgpu_event_finish(&f->wake);
    pvgpu_event_finish(&f->fake.change);
    free(f);
    return 0;
}

static void finish_work(struct fixture *f, uint64_t value)
{
    f->fake.finished = value;
    pvgpu_event_signal(&f->fake.change);
}

static void destroy_when_the_gpu_follows(struct fixture *f)
{
    f->fake.follows = true;
    assert_true(pvgpu_completion_destroy(f->completion, 5 * PVGPU_NS_PER_S));
}

static void each_rise_wakes_once_it_is_there(void **state)
{
    struct fixture *f = *state;
    for (uint64_t number = 1; number <= 5; number++)
        pvgpu_completion_submit(f->completion, number);
    assert_false(pvgpu_event_wait(&f->wake, 20 * PVGPU_NS_PER_MS));
    assert_int_equal(pvgpu_completion_completed(f->completion), 0);
    finish_work(f, 2);
    assert_true(pvgpu_event_wait(&f->wake, 5 * PVGPU_NS_PER_S));
    assert_int_equal(pvgpu_completion_completed(f->completion), 2);
    assert_false(pvgpu_event_wait(&f->wake, 20 * PVGPU_NS_PER_MS));
    finish_work(f, 5);
    assert_true(pvgpu_event_wait(&f->wake, 5 * PVGPU_NS_PER_S));
    assert_int_equal(pvgpu_completion_completed(f->completion), 5);
    destroy_when_the_gpu_follows(f);
}

static void nobody_waits_for_nothing(void **state)
{
    struct fixture *f = *state;
    pvgpu_completion_submit(f->completion, 1);
    finish_work(f, 1);
    assert_true(pvgpu_event_wait(&f->wake, 5 * PVGPU_NS_PER_S));
    pvgpu_time_sleep_ns(50 * PVGPU_NS_PER_MS);
    assert_int_equal(f->fake.waits, 1);
    destroy_when_the_gpu_follows(f);
}

static void a_lost_device_wakes_and_ends(void **state)
{
    struct fixture *f = *state;
    pvgpu_completion_submit(f->completion, 1);
    finish_work(f, 1);
    assert_true(pvgpu_event_wait(&f->wake, 5 * PVGPU_NS_PER_S));
    assert_int_equal(pvgpu_completion_completed(f->completion), 1);
    pvgpu_completion_submit(f->completion, 2);
    f->fake.removed = DXGI_ERROR_DEVICE_HUNG;
    pvgpu_event_signal(&f->fake.change);
    assert_true(pvgpu_event_wait(&f->wake, 5 * PVGPU_NS_PER_S));
    assert_int_equal(pvgpu_completion_completed(f->completion), 1); /* what was not done is never said to be */
    uint64_t start_ns = pvgpu_time_now_ns();
    assert_true(pvgpu_completion_destroy(f->completion, 5 * PVGPU_NS_PER_S));
    assert_true(pvgpu_time_now_ns() - start_ns < PVGPU_NS_PER_S);
}

static void queries_make_up_for_a_signal_that_fails(void **state)
{
    struct fixture *f = *state;
    struct pvgpu_completion_failure failure;
    pvgpu_completion_submit(f->completion, 1);
    assert_false(pvgpu_completion_take_failure(f->completion, &failure));
    f->fake.signal_result = E_FAIL;
    pvgpu_completion_submit(f->completion, 2);
    assert_true(pvgpu_completion_take_failure(f->completion, &failure));
    assert_int_equal(failure.result, E_FAIL);
    assert_false(failure.is_final);
    assert_false(pvgpu_completion_take_failure(f->completion, &failure)); /* told once */
    assert_int_equal(pvgpu_completion_mode(f->completion), PVGPU_COMPLETION_QUERY);
    assert_int_equal(pvgpu_completion_completed(f->completion), 0);
    finish_work(f, 1);
    assert_int_equal(pvgpu_completion_completed(f->completion), 2);
    pvgpu_completion_submit(f->completion, 3);
    assert_int_equal(pvgpu_completion_completed(f->completion), 3);
    assert_false(pvgpu_completion_take_failure(f->completion, &failure));
    destroy_when_the_gpu_follows(f);
}

static void nothing_makes_up_for_queries_that_fail(void **state)
{
    struct fixture *f = *state;
    struct pvgpu_completion_failure failure;
    f->fake.signal_result = E_FAIL;
    pvgpu_completion_submit(f->completion, 1);
    assert_true(pvgpu_completion_take_failure(f->completion, &failure));
    f->fake.data_result = E_FAIL;
    assert_int_equal(pvgpu_completion_completed(f->completion), 0);
    assert_true(pvgpu_completion_take_failure(f->completion, &failure));
    assert_true(failure.is_final);
    f->fake.data_result = S_OK;
    destroy_when_the_gpu_follows(f);
}

static void without_queries_a_failing_signal_is_final(void **state)
{
    struct fixture *f = *state;
    struct pvgpu_completion_failure failure;
    f->fake.signal_result = E_FAIL;
    f->fake.query_result = E_OUTOFMEMORY;
    pvgpu_completion_submit(f->completion, 1);
    assert_true(pvgpu_completion_take_failure(f->completion, &failure));
    assert_int_equal(failure.result, E_OUTOFMEMORY);
    assert_true(failure.is_final);
    f->fake.signal_result = S_OK;
    destroy_when_the_gpu_follows(f);
}

static void a_hanging_gpu_holds_nobody(void **state)
{
    struct fixture *f = *state;
    leave_behind(f->completion);
    leave_behind(f);
    pvgpu_completion_submit(f->completion, 1);
    uint64_t start_ns = pvgpu_time_now_ns();
    assert_false(pvgpu_completion_destroy(f->completion, 200 * PVGPU_NS_PER_MS));
    uint64_t took_ns = pvgpu_time_now_ns() - start_ns;
    assert_true(took_ns >= 150 * PVGPU_NS_PER_MS && took_ns < 2 * PVGPU_NS_PER_S);
    while (pvgpu_event_wait(&f->wake, 0)) {
    }
    finish_work(f, 2);
    assert_false(pvgpu_event_wait(&f->wake, 100 * PVGPU_NS_PER_MS)); /* its owner may be gone */
}

static int teardown_hang(void **state)
{
    (void)state; /* the abandoned thread may still be using the fake */
    return 0;
}

int main(void)
{
#ifdef _WIN32
    _putenv_s("PVGPU_COMPLETION", "fence-thread");
#else
    setenv("PVGPU_COMPLETION", "fence-thread", 1);
#endif
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_rise_wakes_once_it_is_there, setup, teardown),
        cmocka_unit_test_setup_teardown(nobody_waits_for_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(a_lost_device_wakes_and_ends, setup, teardown),
        cmocka_unit_test_setup_teardown(queries_make_up_for_a_signal_that_fails, setup, teardown),
        cmocka_unit_test_setup_teardown(nothing_makes_up_for_queries_that_fail, setup, teardown),
        cmocka_unit_test_setup_teardown(without_queries_a_failing_signal_is_final, setup, teardown),
        cmocka_unit_test_setup_teardown(a_hanging_gpu_holds_nobody, setup, teardown_hang),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
