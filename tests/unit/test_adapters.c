/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The choice of an adapter, on hosts that are made up. */
#include "gpu/adapters.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define GIB (UINT64_C(1) << 30)
#define MIB (UINT64_C(1) << 20)
#define NO_DEVICE 0x887A0004u /* DXGI_ERROR_UNSUPPORTED */

static struct pvgpu_adapter_list host;
static char reason[PVGPU_ADAPTER_REASON_BYTES];

static struct pvgpu_adapter *add(const char *name, enum pvgpu_adapter_kind kind, uint64_t dedicated, uint64_t shared)
{
    struct pvgpu_adapter *adapter = &host.adapters[host.count];
    *adapter = (struct pvgpu_adapter){.index = host.count++,
                                      .kind = kind,
                                      .dedicated_bytes = dedicated,
                                      .shared_bytes = shared,
                                      .vendor_id = 0x10DE,
                                      .device_id = (uint32_t)strlen(name),
                                      .feature_level = 0xB100};
    snprintf(adapter->name, sizeof(adapter->name), "%s", name);
    return adapter;
}

static void break_adapter(struct pvgpu_adapter *adapter)
{
    adapter->failure = NO_DEVICE;
    adapter->feature_level = 0;
}

static int start(void **state)
{
    (void)state;
    memset(&host, 0, sizeof(host));
    return 0;
}

/* Two GPUs, the weaker one first; what most laptops look like. */
static void make_laptop(void)
{
    add("Intel(R) UHD Graphics", PVGPU_ADAPTER_INTEGRATED, 128 * MIB, 16 * GIB);
    add("NVIDIA GeForce RTX 3060 Laptop GPU", PVGPU_ADAPTER_DISCRETE, 6 * GIB, 16 * GIB);
    add("Microsoft Basic Render Driver", PVGPU_ADAPTER_SOFTWARE, 0, 16 * GIB);
}

static void expect_chosen(int32_t index, const char *name, uint32_t expected, const char *why)
{
    uint32_t chosen = 99;
    enum pvgpu_adapter_choice choice = pvgpu_adapter_choose(&host, index, name, &chosen, reason);
    if (choice != PVGPU_ADAPTER_CHOSEN)
        fail_msg("not chosen: %s", reason);
    assert_int_equal(chosen, expected);
    assert_string_equal(reason, why);
}

static void expect_refused(int32_t index, const char *name, enum pvgpu_adapter_choice expected, const char *why)
{
    uint32_t chosen = 99;
    assert_int_equal(pvgpu_adapter_choose(&host, index, name, &chosen, reason), expected);
    assert_int_equal(chosen, 99);
    assert_string_equal(reason, why);
}

static void test_laptop(void **state)
{
    (void)state;
    make_laptop();
    expect_chosen(-1, NULL, 1, "the only discrete one of 3");
    expect_chosen(0, NULL, 0, "asked for by index");
    expect_chosen(2, NULL, 2, "asked for by index");
    expect_chosen(-1, "intel", 0, "asked for by name");
    expect_chosen(-1, "GEFORCE rtx", 1, "asked for by name");
    expect_chosen(-1, "basic render driver", 2, "asked for by name");
}

static void test_laptop_with_a_broken_driver(void **state)
{
    (void)state;
    make_laptop();
    break_adapter(&host.adapters[1]);
    expect_chosen(-1, NULL, 0, "the only integrated one of 3");
    expect_refused(1, NULL, PVGPU_ADAPTER_UNUSABLE,
                   "adapter 1 \"NVIDIA GeForce RTX 3060 Laptop GPU\" is not usable: making a device failed with "
                   "0x887A0004");
    expect_refused(-1, "nvidia", PVGPU_ADAPTER_UNUSABLE,
                   "adapter 1 \"NVIDIA GeForce RTX 3060 Laptop GPU\" is not usable: making a device failed with "
                   "0x887A0004");
    break_adapter(&host.adapters[2]);
    expect_chosen(-1, NULL, 0, "the only usable one of 3");
    break_adapter(&host.adapters[0]);
    expect_refused(-1, NULL, PVGPU_ADAPTER_UNUSABLE,
                   "no adapter is usable: \"Intel(R) UHD Graphics\" failed with 0x887A0004, \"NVIDIA GeForce RTX 3060 "
                   "Laptop GPU\" failed with 0x887A0004, \"Microsoft Basic Render Driver\" failed with 0x887A0004");
}

static void test_equal_cards(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++)
        add("AMD Radeon PRO W6400", PVGPU_ADAPTER_DISCRETE, 4 * GIB, 8 * GIB)->luid = (uint64_t)i + 1;
    expect_chosen(-1, NULL, 0, "the first of 3 discrete ones with the most memory");
    expect_chosen(2, NULL, 2, "asked for by index");
    expect_chosen(-1, "radeon", 0, "the first of several equal ones of that name");
    break_adapter(&host.adapters[0]);
    expect_chosen(-1, NULL, 1, "the first of 2 discrete ones with the most memory");
    expect_chosen(-1, "radeon", 1, "the first of several equal ones of that name");
    host.adapters[2].device_id++;
    expect_refused(-1, "radeon", PVGPU_ADAPTER_WRONG,
                   "\"radeon\" is in the names of 3 adapters that differ; this host has 0 \"AMD Radeon PRO W6400\", "
                   "1 \"AMD Radeon PRO W6400\", 2 \"AMD Radeon PRO W6400\"");
}

static void test_most_memory(void **state)
{
    (void)state;
    add("Small", PVGPU_ADAPTER_DISCRETE, 4 * GIB, 64 * GIB);
    add("Large", PVGPU_ADAPTER_DISCRETE, 24 * GIB, 64 * GIB);
    add("Middle", PVGPU_ADAPTER_DISCRETE, 8 * GIB, 64 * GIB);
    add("Host", PVGPU_ADAPTER_INTEGRATED, 0, 128 * GIB);
    expect_chosen(-1, NULL, 1, "the most memory of 3 discrete ones");
    host.adapters[2].dedicated_bytes = 24 * GIB;
    expect_chosen(-1, NULL, 1, "the first of 2 discrete ones with the most memory");
}

static void test_only_software(void **state)
{
    (void)state;
    add("llvmpipe (LLVM 19.1.7, 256 bits)", PVGPU_ADAPTER_SOFTWARE, 24 * GIB, 24 * GIB);
    expect_chosen(-1, NULL, 0, "the only adapter");
    expect_chosen(0, NULL, 0, "asked for by index");
    expect_chosen(-1, "LLVM", 0, "asked for by name");
    expect_refused(1, NULL, PVGPU_ADAPTER_WRONG,
                   "there is no adapter 1; this host has 1: 0 \"llvmpipe (LLVM 19.1.7, 256 bits)\"");
}

static void test_none(void **state)
{
    (void)state;
    expect_refused(-1, NULL, PVGPU_ADAPTER_UNUSABLE, "this host has no adapter");
    expect_refused(0, NULL, PVGPU_ADAPTER_UNUSABLE, "this host has no adapter");
    expect_refused(-1, "x", PVGPU_ADAPTER_UNUSABLE, "this host has no adapter");
}

static void test_index_out_of_range(void **state)
{
    (void)state;
    make_laptop();
    expect_refused(3, NULL, PVGPU_ADAPTER_WRONG,
                   "there is no adapter 3; this host has 3: 0 \"Intel(R) UHD Graphics\", 1 \"NVIDIA GeForce RTX 3060 "
                   "Laptop GPU\", 2 \"Microsoft Basic Render Driver\"");
    expect_refused(INT32_MAX, NULL, PVGPU_ADAPTER_WRONG,
                   "there is no adapter 2147483647; this host has 3: 0 \"Intel(R) UHD Graphics\", 1 \"NVIDIA GeForce "
                   "RTX 3060 Laptop GPU\", 2 \"Microsoft Basic Render Driver\"");
}

static void test_names(void **state)
{
    (void)state;
    add("NVIDIA GeForce RTX 3060", PVGPU_ADAPTER_DISCRETE, 12 * GIB, 16 * GIB);
    add("NVIDIA GeForce RTX 3060 Ti", PVGPU_ADAPTER_DISCRETE, 8 * GIB, 16 * GIB);
    expect_chosen(-1, "nvidia geforce rtx 3060", 0, "asked for by name"); /* the whole name counts first */
    expect_chosen(-1, "Ti", 1, "asked for by name");
    expect_refused(-1, "3060", PVGPU_ADAPTER_WRONG,
                   "\"3060\" is in the names of 2 adapters that differ; this host has 0 \"NVIDIA GeForce RTX 3060\", "
                   "1 \"NVIDIA GeForce RTX 3060 Ti\"");
    expect_refused(-1, "4090", PVGPU_ADAPTER_WRONG,
                   "no adapter has \"4090\" in its name; this host has 0 \"NVIDIA GeForce RTX 3060\", 1 \"NVIDIA "
                   "GeForce RTX 3060 Ti\"");
    expect_refused(-1, "NVIDIA GeForce RTX 3060 Ti!", PVGPU_ADAPTER_WRONG,
                   "no adapter has \"NVIDIA GeForce RTX 3060 Ti!\" in its name; this host has 0 \"NVIDIA GeForce RTX "
                   "3060\", 1 \"NVIDIA GeForce RTX 3060 Ti\"");
}

/* Letters of ASCII are equal in both cases; nothing else is. */
static void test_letters(void **state)
{
    (void)state;
    add("AZ az @[`{ \xC3\x84", PVGPU_ADAPTER_DISCRETE, GIB, GIB);
    expect_chosen(-1, "az AZ @[`{ \xC3\x84", 0, "asked for by name");
    static const char *const others[] = {"`[", "@{", "\xC3\xA4", "\xE3\x84"};
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        uint32_t chosen;
        assert_int_equal(pvgpu_adapter_choose(&host, -1, others[i], &chosen, reason), PVGPU_ADAPTER_WRONG);
    }
}

/* As many as there can be, with the longest names: the sentence is cut, not more. */
static void test_long_names(void **state)
{
    (void)state;
    char name[PVGPU_ADAPTER_NAME_BYTES];
    uint32_t chosen = 99;
    memset(name, 'n', sizeof(name));
    name[sizeof(name) - 1] = '\0';
    while (host.count < PVGPU_ADAPTERS_MOST)
        break_adapter(add(name, PVGPU_ADAPTER_DISCRETE, 0, 0));
    memset(reason, 'x', sizeof(reason));
    assert_int_equal(pvgpu_adapter_choose(&host, 99, NULL, &chosen, reason), PVGPU_ADAPTER_WRONG);
    assert_int_equal(strlen(reason), sizeof(reason) - 1);
    memset(reason, 'x', sizeof(reason));
    assert_int_equal(pvgpu_adapter_choose(&host, -1, NULL, &chosen, reason), PVGPU_ADAPTER_UNUSABLE);
    assert_int_equal(strlen(reason), sizeof(reason) - 1);
    memset(reason, 'x', sizeof(reason));
    assert_int_equal(pvgpu_adapter_choose(&host, -1, "o", &chosen, reason), PVGPU_ADAPTER_WRONG);
    assert_int_equal(strlen(reason), sizeof(reason) - 1);
}

static void test_memory(void **state)
{
    (void)state;
    static const struct {
        uint64_t dedicated, shared, memory;
    } cases[] = {
        {8 * GIB, 16 * GIB, 8 * GIB},
        {256 * MIB, 16 * GIB, 256 * MIB},
        {256 * MIB - 1, 16 * GIB, 16 * GIB},
        {128 * MIB, 16 * GIB, 16 * GIB},
        {0, 16 * GIB, 16 * GIB},
        {128 * MIB, 0, 128 * MIB},
        {0, 0, 0},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct pvgpu_adapter adapter = {.dedicated_bytes = cases[i].dedicated, .shared_bytes = cases[i].shared};
        assert_true(pvgpu_adapter_memory_bytes(&adapter) == cases[i].memory);
    }
}

static void test_texts(void **state)
{
    (void)state;
    assert_string_equal(pvgpu_adapter_kind_name(PVGPU_ADAPTER_DISCRETE), "discrete");
    assert_string_equal(pvgpu_adapter_kind_name(PVGPU_ADAPTER_INTEGRATED), "integrated");
    assert_string_equal(pvgpu_adapter_kind_name(PVGPU_ADAPTER_SOFTWARE), "software");
    assert_string_equal(pvgpu_feature_level_name(0), "none");
    assert_string_equal(pvgpu_feature_level_name(0xB000), "11_0");
    assert_string_equal(pvgpu_feature_level_name(0xC100), "12_1");
    assert_string_equal(pvgpu_feature_level_name(0xB001), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_laptop, start),
        cmocka_unit_test_setup(test_laptop_with_a_broken_driver, start),
        cmocka_unit_test_setup(test_equal_cards, start),
        cmocka_unit_test_setup(test_most_memory, start),
        cmocka_unit_test_setup(test_only_software, start),
        cmocka_unit_test_setup(test_none, start),
        cmocka_unit_test_setup(test_index_out_of_range, start),
        cmocka_unit_test_setup(test_names, start),
        cmocka_unit_test_setup(test_letters, start),
        cmocka_unit_test_setup(test_long_names, start),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_texts),
    };
    return cmocka_run_group_tests_name("adapters", tests, NULL, NULL);
}
