/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The JSON writer: what it writes, and what it refuses to. The check of JSON that others wrote. */
#include "base/json.h"
#include "base/json_check.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char memory[4096];
static struct pvgpu_json json;

static void begin(uint32_t indent)
{
    memset(memory, 'x', sizeof(memory));
    pvgpu_json_begin_buffer(&json, memory, sizeof(memory), indent);
}

static void expect(const char *text)
{
    assert_true(pvgpu_json_finish(&json));
    assert_string_equal(memory, text);
    assert_int_equal(json.length, strlen(text));
}

static void expect_text(const char *text, size_t length, const char *expected)
{
    begin(0);
    pvgpu_json_text(&json, text, length);
    expect(expected);
}

static void expect_double(double value, const char *expected)
{
    begin(0);
    pvgpu_json_double(&json, value);
    expect(expected);
}

static void write_sample(void)
{
    pvgpu_json_begin_object(&json);
    pvgpu_json_key(&json, "none");
    pvgpu_json_begin_object(&json);
    pvgpu_json_end(&json);
    pvgpu_json_key(&json, "list");
    pvgpu_json_begin_array(&json);
    pvgpu_json_u64(&json, UINT64_MAX);
    pvgpu_json_i64(&json, INT64_MIN);
    pvgpu_json_begin_array(&json);
    pvgpu_json_end(&json);
    pvgpu_json_begin_object(&json);
    pvgpu_json_key(&json, "a\"b");
    pvgpu_json_null(&json);
    pvgpu_json_end(&json);
    pvgpu_json_end(&json);
    pvgpu_json_key(&json, "yes");
    pvgpu_json_bool(&json, true);
    pvgpu_json_key(&json, "no");
    pvgpu_json_bool(&json, false);
    pvgpu_json_key(&json, "text");
    pvgpu_json_format(&json, "%s-%d", "x", 7);
    pvgpu_json_key(&json, "nothing");
    pvgpu_json_string(&json, NULL);
    pvgpu_json_end(&json);
}

static const char sample[] = "{\"none\": {}, \"list\": [18446744073709551615, -9223372036854775808, [], "
                             "{\"a\\\"b\": null}], \"yes\": true, \"no\": false, \"text\": \"x-7\", "
                             "\"nothing\": null}";

static void test_nesting(void **state)
{
    (void)state;
    begin(0);
    write_sample();
    expect(sample);
}

/* What one container had does not count for the next on its level. */
static void test_siblings(void **state)
{
    (void)state;
    begin(0);
    pvgpu_json_begin_array(&json);
    for (int i = 0; i < 2; i++) {
        pvgpu_json_begin_array(&json);
        pvgpu_json_u64(&json, 1);
        pvgpu_json_u64(&json, 2);
        pvgpu_json_end(&json);
        pvgpu_json_begin_object(&json);
        pvgpu_json_key(&json, "k");
        pvgpu_json_u64(&json, 3);
        pvgpu_json_end(&json);
    }
    pvgpu_json_begin_array(&json);
    pvgpu_json_end(&json);
    pvgpu_json_end(&json);
    expect("[[1, 2], {\"k\": 3}, [1, 2], {\"k\": 3}, []]");
}

static void test_indented(void **state)
{
    (void)state;
    begin(2);
    write_sample();
    expect("{\n  \"none\": {},\n  \"list\": [\n    18446744073709551615,\n    -9223372036854775808,\n    [],\n    {\n"
           "      \"a\\\"b\": null\n    }\n  ],\n  \"yes\": true,\n  \"no\": false,\n  \"text\": \"x-7\",\n"
           "  \"nothing\": null\n}");
}

static void test_escapes(void **state)
{
    (void)state;
#define EXPECT_TEXT(text, expected) expect_text(text, sizeof(text) - 1, expected)
    EXPECT_TEXT("", "\"\"");
    EXPECT_TEXT("plain / text", "\"plain / text\"");
    EXPECT_TEXT("\"\\\b\f\n\r\t", "\"\\\"\\\\\\b\\f\\n\\r\\t\"");
    EXPECT_TEXT("a\0b", "\"a\\u0000b\"");
    EXPECT_TEXT("\x01\x1B\x1F\x7F", "\"\\u0001\\u001b\\u001f\\u007f\"");
    EXPECT_TEXT("\xC2\x80\xC2\x9F\xC2\xA0", "\"\\u0080\\u009f\xC2\xA0\"");
    EXPECT_TEXT("\xE2\x80\xA7\xE2\x80\xA8\xE2\x80\xA9", "\"\xE2\x80\xA7\\u2028\\u2029\"");
}

#define BAD "\xEF\xBF\xBD"

static void test_utf8(void **state)
{
    (void)state;
    /* The first and last of each length. */
    EXPECT_TEXT("\xC3\xA4\xDF\xBF", "\"\xC3\xA4\xDF\xBF\"");
    EXPECT_TEXT("\xE0\xA0\x80\xED\x9F\xBF\xEE\x80\x80\xEF\xBF\xBF",
                "\"\xE0\xA0\x80\xED\x9F\xBF\xEE\x80\x80\xEF\xBF\xBF\"");
    EXPECT_TEXT("\xF0\x90\x80\x80\xF4\x8F\xBF\xBF", "\"\xF0\x90\x80\x80\xF4\x8F\xBF\xBF\"");
    /* Too long forms, surrogates, beyond the last. */
    EXPECT_TEXT("\xC0\xAF", "\"" BAD BAD "\"");
    EXPECT_TEXT("\xC1\xBF", "\"" BAD BAD "\"");
    EXPECT_TEXT("\xE0\x9F\xBF", "\"" BAD BAD BAD "\"");
    EXPECT_TEXT("\xED\xA0\x80", "\"" BAD BAD BAD "\"");
    EXPECT_TEXT("\xF0\x8F\xBF\xBF", "\"" BAD BAD BAD BAD "\"");
    EXPECT_TEXT("\xF4\x90\x80\x80", "\"" BAD BAD BAD BAD "\"");
    EXPECT_TEXT("\xF5\x80\x80\x80", "\"" BAD BAD BAD BAD "\"");
    EXPECT_TEXT("\xF5\xFF\xFE", "\"" BAD BAD BAD "\"");
    /* Cut short: one for what was begun; what follows stays. */
    EXPECT_TEXT("\xE2\x82", "\"" BAD "\"");
    EXPECT_TEXT("\xE2\x82z", "\"" BAD "z\"");
    EXPECT_TEXT("\xF1\x80\x80\xE1\x80\xC2z\x80", "\"" BAD BAD BAD "z" BAD "\"");
    EXPECT_TEXT("\xC3\"", "\"" BAD "\\\"\"");
    /* Unicode 15, table 3-8. */
    EXPECT_TEXT("\xF0\x80\x80\x41", "\"" BAD BAD BAD "A\"");
    EXPECT_TEXT("\xE1\x80\xE2\xF0\x91\x92\xF1\xBF\x41", "\"" BAD BAD BAD BAD "A\"");
    /* A character that the end of the text cuts, although its rest is there in memory. */
    expect_text("\xE2\x82\xAC", 2, "\"" BAD "\"");
}

static void test_doubles(void **state)
{
    (void)state;
    expect_double(0, "0");
    expect_double(-1.5, "-1.5");
    expect_double(0.1, "0.1");
    expect_double(1.0 / 3, "0.3333333333333333");
    expect_double(0.1 + 0.2, "0.30000000000000004");
    expect_double(1e300, "1e+300");
    expect_double(16.666666666666668, "16.666666666666668");
    expect_double(INFINITY, "null");
    expect_double(-INFINITY, "null");
    expect_double(NAN, "null");
}

static void test_format_is_cut(void **state)
{
    (void)state;
    char text[2000];
    memset(text, 'y', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    begin(0);
    pvgpu_json_format(&json, "%s", text);
    assert_true(pvgpu_json_finish(&json));
    assert_int_equal(json.length, 1023 + 2);
}

/* Every size of memory: what fits is there and terminated, nothing beyond it is touched. */
static void test_small_memory(void **state)
{
    (void)state;
    size_t length = strlen(sample);
    for (size_t size = 1; size <= length + 2; size++) {
        memset(memory, 'x', sizeof(memory));
        pvgpu_json_begin_buffer(&json, memory, size, 0);
        write_sample();
        assert_int_equal(pvgpu_json_finish(&json), size > length);
        assert_int_equal(json.length, length);
        size_t kept = size > length ? length : size - 1;
        assert_memory_equal(memory, sample, kept);
        assert_int_equal(memory[kept], '\0');
        assert_int_equal(memory[size], 'x');
    }
}

static void test_depth(void **state)
{
    (void)state;
    for (int deepest = PVGPU_JSON_DEPTH; deepest <= PVGPU_JSON_DEPTH + 1; deepest++) {
        begin(0);
        for (int i = 0; i < deepest; i++)
            pvgpu_json_begin_array(&json);
        for (int i = 0; i < deepest; i++)
            pvgpu_json_end(&json);
        assert_int_equal(pvgpu_json_finish(&json), deepest == PVGPU_JSON_DEPTH);
    }
}

/* Letters: { [ . (the end) k (a key) v (a value). */
static bool is_accepted(const char *calls)
{
    begin(0);
    for (; *calls; calls++) {
        switch (*calls) {
        case '{':
            pvgpu_json_begin_object(&json);
            break;
        case '[':
            pvgpu_json_begin_array(&json);
            break;
        case '.':
            pvgpu_json_end(&json);
            break;
        case 'k':
            pvgpu_json_key(&json, "k");
            break;
        default:
            pvgpu_json_u64(&json, 1);
        }
    }
    return pvgpu_json_finish(&json);
}

static void test_order(void **state)
{
    (void)state;
    static const char *const good[] = {"v", "{.", "[.", "[vv.", "{kvk[.k{..", "[{.{kv.[.."};
    static const char *const bad[] = {"",      "vv",   "v{.",  "{.v",  "{",     "[",    "{kv",   ".",
                                      "v.",    "{..",  "k",    "kv",   "[k.",   "[kv.", "{v.",   "{k.",
                                      "{kkv.", "{[..", "{{..", "[v..", "{kvv.", "{.{.", "[{k..", "{k"};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        if (!is_accepted(good[i]))
            fail_msg("refused: %s", good[i]);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        if (is_accepted(bad[i]))
            fail_msg("accepted: %s gives %s", bad[i], memory);
    }
}

static void test_file(void **state)
{
    (void)state;
    char text[512];
    FILE *file = tmpfile();
    assert_non_null(file);
    pvgpu_json_begin_file(&json, file, 0);
    write_sample();
    assert_true(pvgpu_json_finish(&json));
    rewind(file);
    size_t length = fread(text, 1, sizeof(text), file);
    assert_int_equal(length, strlen(sample) + 1);
    assert_memory_equal(text, sample, length - 1);
    assert_int_equal(text[length - 1], '\n');
    fclose(file);
}

/* It fails at once without a buffer, and at the end with one. */
static void test_full_file(void **state)
{
    (void)state;
    for (int buffered = 0; buffered < 2; buffered++) {
        FILE *file = fopen("/dev/full", "w");
        if (!file) {
            print_message("skipped: JSON to a file that takes nothing: there is no /dev/full\n");
            skip();
        }
        if (!buffered)
            setvbuf(file, NULL, _IONBF, 0);
        pvgpu_json_begin_file(&json, file, 0);
        write_sample();
        assert_false(pvgpu_json_finish(&json));
        fclose(file);
    }
}

/* ---- The check ---------------------------------------------------------------------------------------------------- */

static void expect_object(const char *text, bool expected)
{
    /* In memory of exactly that size, so that a read past the end is found. */
    size_t size = strlen(text);
    char *exact = malloc(size ? size : 1);
    assert_non_null(exact);
    memcpy(exact, text, size);
    if (pvgpu_json_is_object(exact, size) != expected)
        fail_msg("%s: expected to be %s", text, expected ? "right" : "wrong");
    free(exact);
}

static void test_check_right(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "{}",
        " \t\r\n{ } \n",
        "{\"a\":1}",
        "{\"\":{}, \"b\" : [ ] , \"c\":[1,2 , {\"d\":null}]}",
        "{\"a\":true,\"b\":false,\"c\":null}",
        "{\"a\":0,\"b\":-0,\"c\":-1.5,\"d\":10e5,\"e\":1E+2,\"f\":0.1e-20,\"g\":123456789012345678901234567890}",
        "{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00aF\"}",
        "{\"a\":\"\x7F\xC2\x80\xDF\xBF\xE0\xA0\x80\xED\x9F\xBF\xEE\x80\x80\xF0\x90\x80\x80\xF4\x8F\xBF\xBF\"}",
        "{\"a\":1,\"a\":2}",
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        expect_object(texts[i], true);
}

static void test_check_wrong(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "", " ", "[]", "1", "\"a\"", "null", "{", "}", "{}x", "{}{}", "{,}", "{\"a\"}", "{\"a\":}", "{\"a\":1,}",
        "{\"a\":1 \"b\":2}", "{a:1}", "{'a':1}", "{\"a\":01}", "{\"a\":1.}", "{\"a\":.5}", "{\"a\":-}", "{\"a\":+1}",
        "{\"a\":1e}", "{\"a\":1e+}", "{\"a\":0x10}", "{\"a\":NaN}", "{\"a\":tru}", "{\"a\":True}", "{\"a\":truefalse}",
        "{\"a\":[1,]}", "{\"a\":[1 2]}", "{\"a\":[}", "{\"a\":[1}", "{\"a\":{]}", "{\"a\":\"}", "{\"a\":\"\n\"}",
        "{\"a\":\"\\x\"}", "{\"a\":\"\\u12\"}", "{\"a\":\"\\u12g4\"}", "{\"a\":\"\\", "{\"a\":\"\\u", "/* */{}",
        /* No UTF-8: alone, too short, longer than need be, a surrogate, past the end, cut off. */
        "{\"a\":\"\x80\"}", "{\"a\":\"\xC2\"}", "{\"a\":\"\xC0\x80\"}", "{\"a\":\"\xE0\x9F\xBF\"}",
        "{\"a\":\"\xED\xA0\x80\"}", "{\"a\":\"\xF0\x8F\xBF\xBF\"}", "{\"a\":\"\xF4\x90\x80\x80\"}",
        "{\"a\":\"\xF5\x80\x80\x80\"}", "{\"a\":\"\xE2\x82", "{\"a\":\"\xFF\"}", "{\"\xFE\":1}"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        expect_object(texts[i], false);
    assert_false(pvgpu_json_is_object("{}\0", 3));
    assert_false(pvgpu_json_is_object("{\"a\":\"\0\"}", 9));
}

static void test_check_depth(void **state)
{
    (void)state;
    for (size_t depth = PVGPU_JSON_CHECK_DEPTH - 1; depth < PVGPU_JSON_CHECK_DEPTH + 2; depth++) {
        char text[256] = "{\"a\":";
        size_t length = strlen(text);
        memset(text + length, '[', depth - 1);
        memset(text + length + depth - 1, ']', depth - 1);
        strcpy(text + length + 2 * (depth - 1), "}");
        expect_object(text, depth <= PVGPU_JSON_CHECK_DEPTH);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nesting),       cmocka_unit_test(test_siblings),     cmocka_unit_test(test_indented),
        cmocka_unit_test(test_escapes),       cmocka_unit_test(test_utf8),         cmocka_unit_test(test_doubles),
        cmocka_unit_test(test_format_is_cut), cmocka_unit_test(test_small_memory), cmocka_unit_test(test_depth),
        cmocka_unit_test(test_order),         cmocka_unit_test(test_file),         cmocka_unit_test(test_full_file),
        cmocka_unit_test(test_check_right),   cmocka_unit_test(test_check_wrong),  cmocka_unit_test(test_check_depth),
    };
    return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
