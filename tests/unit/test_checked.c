/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Checked arithmetic at and around its limits. */
#include "base/checked.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define MAX UINT64_MAX
#define UNTOUCHED UINT64_C(0x5555aaaa5555aaaa)

static void test_add(void **state)
{
    (void)state;
    static const struct {
        uint64_t a, b, sum;
        bool fits;
    } cases[] = {
        {0, 0, 0, true},
        {1, 2, 3, true},
        {MAX, 0, MAX, true},
        {0, MAX, MAX, true},
        {MAX - 1, 1, MAX, true},
        {MAX, 1, 0, false},
        {MAX - 1, 2, 0, false},
        {MAX, MAX, 0, false},
        {UINT64_C(1) << 63, UINT64_C(1) << 63, 0, false},
        {UINT64_C(1) << 63, (UINT64_C(1) << 63) - 1, MAX, true},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint64_t sum = UNTOUCHED;
        assert_int_equal(pvgpu_add_u64(cases[i].a, cases[i].b, &sum), cases[i].fits);
        assert_true(sum == (cases[i].fits ? cases[i].sum : UNTOUCHED));
    }
}

static void test_mul(void **state)
{
    (void)state;
    static const struct {
        uint64_t a, b, product;
        bool fits;
    } cases[] = {
        {0, 0, 0, true},
        {0, MAX, 0, true},
        {1, MAX, MAX, true},
        {MAX, 1, MAX, true},
        {2, MAX / 2, MAX - 1, true},
        {2, MAX / 2 + 1, 0, false},
        {UINT64_C(0xFFFFFFFF), UINT64_C(0xFFFFFFFF), UINT64_C(0xFFFFFFFE00000001), true},
        {UINT64_C(1) << 32, UINT64_C(0xFFFFFFFF), UINT64_C(0xFFFFFFFF00000000), true},
        {UINT64_C(1) << 32, UINT64_C(1) << 32, 0, false},
        {3, MAX / 3, MAX, true},
        {3, MAX / 3 + 1, 0, false},
        {MAX, MAX, 0, false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint64_t product = UNTOUCHED;
        assert_int_equal(pvgpu_mul_u64(cases[i].a, cases[i].b, &product), cases[i].fits);
        assert_true(product == (cases[i].fits ? cases[i].product : UNTOUCHED));
    }
}

static void test_range(void **state)
{
    (void)state;
    static const struct {
        uint64_t total, offset, size;
        bool fits;
    } cases[] = {
        {0, 0, 0, true},
        {0, 1, 0, false},
        {0, 0, 1, false},
        {100, 0, 100, true},
        {100, 0, 101, false},
        {100, 1, 100, false},
        {100, 1, 99, true},
        {100, 99, 1, true},
        {100, 100, 0, true},
        {100, 100, 1, false},
        {100, 101, 0, false},
        /* Sums that wrap around to something small. */
        {100, MAX, 2, false},
        {100, 2, MAX, false},
        {100, MAX, MAX, false},
        {100, UINT32_MAX, 2, false},
        {MAX, 0, MAX, true},
        {MAX, 1, MAX, false},
        {MAX, MAX, 0, true},
        {MAX, MAX - 1, 1, true},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(pvgpu_range_fits(cases[i].total, cases[i].offset, cases[i].size), cases[i].fits);

    /* Every small case against the definition. */
    for (uint64_t total = 0; total < 12; total++) {
        for (uint64_t offset = 0; offset < 14; offset++) {
            for (uint64_t size = 0; size < 14; size++)
                assert_int_equal(pvgpu_range_fits(total, offset, size), offset + size <= total);
        }
    }
}

static void test_round_up(void **state)
{
    (void)state;
    assert_true(pvgpu_round_up(0, 16) == 0);
    assert_true(pvgpu_round_up(1, 16) == 16);
    assert_true(pvgpu_round_up(15, 16) == 16);
    assert_true(pvgpu_round_up(16, 16) == 16);
    assert_true(pvgpu_round_up(17, 16) == 32);
    assert_true(pvgpu_round_up(12345, 1) == 12345);
    assert_true(pvgpu_round_up(UINT64_C(0xFFFFFFF1), 16) == UINT64_C(0x100000000));
    assert_true(pvgpu_round_up(MAX - 15, 16) == MAX - 15);
    assert_true(pvgpu_round_up(MAX - 4096, 4096) == MAX - 4095);
}

static void test_power_of_two(void **state)
{
    (void)state;
    assert_false(pvgpu_is_power_of_two(0));
    for (unsigned bit = 0; bit < 64; bit++) {
        uint64_t value = UINT64_C(1) << bit;
        assert_true(pvgpu_is_power_of_two(value));
        assert_int_equal(pvgpu_is_power_of_two(value + 1), bit == 0);
        assert_int_equal(pvgpu_is_power_of_two(value - 1), bit == 1);
    }
    assert_false(pvgpu_is_power_of_two(MAX));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_add),      cmocka_unit_test(test_mul),          cmocka_unit_test(test_range),
        cmocka_unit_test(test_round_up), cmocka_unit_test(test_power_of_two),
    };
    return cmocka_run_group_tests_name("checked", tests, NULL, NULL);
}
