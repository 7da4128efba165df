/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * On which adapter a device is made. The same software driver is given to Vulkan twice, which makes two adapters that
 * differ in their LUID alone.
 */
#include "gpu/adapters.h"
#include "gpu/d3d11/device.h"

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const struct pvgpu_log quiet = {.level = PVGPU_LOG_ERROR, .target = "test"};

static uint64_t luid_of(ID3D11Device *device)
{
    IDXGIDevice *dxgi = pvgpu_d3d11_query(device, &IID_IDXGIDevice);
    IDXGIAdapter *adapter = NULL;
    DXGI_ADAPTER_DESC desc;
    assert_non_null(dxgi);
    assert_true(SUCCEEDED(IDXGIDevice_GetAdapter(dxgi, &adapter)));
    assert_true(SUCCEEDED(IDXGIAdapter_GetDesc(adapter, &desc)));
    PVGPU_RELEASE(adapter);
    PVGPU_RELEASE(dxgi);
    return (uint64_t)(uint32_t)desc.AdapterLuid.HighPart << 32 | (uint32_t)desc.AdapterLuid.LowPart;
}

static void expect_on(const struct pvgpu_adapter *adapter, int32_t index, const char *name)
{
    struct pvgpu_event wake;
    assert_true(pvgpu_event_init(&wake));
    struct pvgpu_gpu_config config = {.adapter_index = index, .adapter_name = name, .wake = &wake};
    struct pvgpu_gpu *gpu = pvgpu_gpu_d3d11_create(&config, &quiet);
    assert_non_null(gpu);
    assert_true(luid_of(pvgpu_d3d11_from(gpu)->device) == adapter->luid);
    assert_string_equal(gpu->caps.adapter, adapter->name);
    assert_true(gpu->caps.memory_bytes == pvgpu_adapter_memory_bytes(adapter));
    gpu->ops->destroy(gpu);
    pvgpu_event_finish(&wake);
}

static void test_device_is_made_on_the_chosen_one(void **state)
{
    (void)state;
    struct pvgpu_adapter_list list;
    assert_true(pvgpu_gpu_d3d11_list_adapters(&list, &quiet));
    assert_int_equal(list.count, 2);
    assert_true(list.adapters[0].luid != list.adapters[1].luid);
    for (int32_t i = 0; i < 2; i++) {
        assert_int_equal(list.adapters[i].kind, PVGPU_ADAPTER_SOFTWARE);
        assert_int_equal(list.adapters[i].failure, 0);
        assert_true(list.adapters[i].feature_level >= 0xB000);
        assert_non_null(strstr(list.adapters[i].driver, ", driver "));
        expect_on(&list.adapters[i], i, NULL);
    }
    expect_on(&list.adapters[0], -1, NULL);
    expect_on(&list.adapters[0], -1, "llvmpipe");
}

static void test_unknown_ones_are_refused(void **state)
{
    (void)state;
    struct pvgpu_log_catch errors = {0};
    struct pvgpu_log log = quiet;
    struct pvgpu_event wake;
    log.errors = &errors;
    assert_true(pvgpu_event_init(&wake));
    struct pvgpu_gpu_config config = {.adapter_index = 2, .wake = &wake};
    assert_null(pvgpu_gpu_d3d11_create(&config, &log));
    assert_non_null(strstr(errors.text, "there is no adapter 2; this host has 2: "));
    errors.text[0] = '\0';
    config = (struct pvgpu_gpu_config){.adapter_index = -1, .adapter_name = "no such", .wake = &wake};
    assert_null(pvgpu_gpu_d3d11_create(&config, &log));
    assert_non_null(strstr(errors.text, "no adapter has \"no such\" in its name"));
    pvgpu_event_finish(&wake);
}

/* Gives the driver to Vulkan, and a second time under another name. False: there is none. */
static bool double_the_driver(const char *second)
{
    char drivers[1024];
    glob_t found;
    bool made = false;
    if (glob("/usr/share/vulkan/icd.d/lvp_icd*.json", 0, NULL, &found) == 0) {
        int length = snprintf(drivers, sizeof(drivers), "%s:%s", found.gl_pathv[0], second);
        made = (size_t)length < sizeof(drivers) && symlink(found.gl_pathv[0], second) == 0 &&
               setenv("VK_DRIVER_FILES", drivers, 1) == 0;
    }
    globfree(&found);
    return made;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_device_is_made_on_the_chosen_one),
        cmocka_unit_test(test_unknown_ones_are_refused),
    };
    char folder[] = "/tmp/pvgpu-adapters.XXXXXX", second[64];
    if (!mkdtemp(folder))
        return 1;
    snprintf(second, sizeof(second), "%s/second.json", folder);
    int failed = 0;
    if (!double_the_driver(second)) {
        printf("skipped: devices on one of several adapters: there is no lavapipe to make them of\n"
               "0 passed, 0 failed, 1 skipped\n");
    } else {
        failed = !pvgpu_gpu_d3d11_prepare(NULL, false, &quiet) ||
                 cmocka_run_group_tests_name("adapters of the host", tests, NULL, NULL);
        pvgpu_gpu_d3d11_unprepare();
    }
    unlink(second);
    rmdir(folder);
    return failed;
}
