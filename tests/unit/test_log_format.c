/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Log lines: their forms, what becomes of bytes that have no place in them, and their way through a child's pipe. */
#include "base/log_format.h"
#include "base/log_frame.h"
#include "base/time.h"

#include "../check.h"

#include <stdlib.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* 2026-11-25T19:24:42.123456789Z */
#define TIME_NS (UINT64_C(1795634682) * PVGPU_NS_PER_S + 123456789)

static const struct pvgpu_log_field some_fields[] = {
    {.key = "code", .number = 3}, {.key = "name", .text = "CMD_DRAW"}, {.key = "text", .text = "a \"b\" \\"}, {0}};

static struct pvgpu_log_record record_of(const char *message)
{
    return (struct pvgpu_log_record){
        .time_ns = TIME_NS,
        .level = PVGPU_LOG_INFO,
        .target = "pvgpu_backend::session",
        .vm = "vm1",
        .pid = 4711,
        .message = message,
    };
}

static bool is_line(struct check *check, enum pvgpu_log_format format, const struct pvgpu_log_record *record,
                    const char *expected)
{
    char line[PVGPU_LOG_LINE_BYTES + 1];
    size_t length = pvgpu_log_format_line(line, format, record);
    line[length] = '\0';
    if (CHECK(length > 0 && line[length - 1] == '\n'))
        line[length - 1] = '\0';
    bool same = CHECK(strcmp(line, expected) == 0);
    if (!same)
        printf("  got      %s\n  expected %s\n", line, expected);
    return same;
}

static void text_has_its_forms(struct check *check)
{
    struct pvgpu_log_record record = record_of("Hello");
    is_line(check, PVGPU_LOG_FORMAT_TEXT, &record,
            "2026-11-25T19:24:42.123Z INFO  pvgpu_backend::session: [vm1] Hello");
    is_line(check, PVGPU_LOG_FORMAT_BARE, &record, "INFO  pvgpu_backend::session: [vm1] Hello");
    is_line(check, PVGPU_LOG_FORMAT_JOURNAL, &record, "<6>INFO  pvgpu_backend::session: [vm1] Hello");
    record.level = PVGPU_LOG_ERROR;
    record.vm = NULL;
    is_line(check, PVGPU_LOG_FORMAT_JOURNAL, &record, "<3>ERROR pvgpu_backend::session: Hello");
    record.level = PVGPU_LOG_WARN;
    record.fields = some_fields;
    is_line(check, PVGPU_LOG_FORMAT_JOURNAL, &record,
            "<4>WARN  pvgpu_backend::session: Hello code=3 name=CMD_DRAW text=\"a \\\"b\\\" \\\\\"");
    record.level = PVGPU_LOG_TRACE;
    record.fields = NULL;
    is_line(check, PVGPU_LOG_FORMAT_JOURNAL, &record, "<7>TRACE pvgpu_backend::session: Hello");
}

static void json_has_its_form(struct check *check)
{
    struct pvgpu_log_record record = record_of("Hello");
    is_line(check, PVGPU_LOG_FORMAT_JSON, &record,
            "{\"timestamp\":\"2026-11-25T19:24:42.123Z\",\"level\":\"INFO\",\"target\":\"pvgpu_backend::session\","
            "\"vm\":\"vm1\",\"pid\":4711,\"message\":\"Hello\"}");
    record.vm = NULL;
    record.pid = 0;
    record.fields = some_fields;
    is_line(check, PVGPU_LOG_FORMAT_JSON, &record,
            "{\"timestamp\":\"2026-11-25T19:24:42.123Z\",\"level\":\"INFO\",\"target\":\"pvgpu_backend::session\","
            "\"message\":\"Hello\",\"fields\":{\"code\":3,\"name\":\"CMD_DRAW\",\"text\":\"a \\\"b\\\" \\\\\"}}");
}

static void what_the_text_says_is_not_said_twice(struct check *check)
{
    static const struct pvgpu_log_field fields[] = {
        {.key = "draws", .number = 5, .is_said = true}, {.key = "bytes", .number = 7}, {.key = NULL}};
    struct pvgpu_log_record record = record_of("5 draws");
    record.fields = fields;
    is_line(check, PVGPU_LOG_FORMAT_BARE, &record, "INFO  pvgpu_backend::session: [vm1] 5 draws bytes=7");
    is_line(check, PVGPU_LOG_FORMAT_JSON, &record,
            "{\"timestamp\":\"2026-11-25T19:24:42.123Z\",\"level\":\"INFO\",\"target\":\"pvgpu_backend::session\","
            "\"vm\":\"vm1\",\"pid\":4711,\"message\":\"5 draws\",\"fields\":{\"draws\":5,\"bytes\":7}}");
}

static void times_are_right(struct check *check)
{
    static const struct {
        uint64_t seconds;
        const char *text;
    } rows[] = {
        {0, "1970-01-01T00:00:00.000Z"},           {68169599, "1972-02-28T23:59:59.000Z"},
        {68169600, "1972-02-29T00:00:00.000Z"},    {68256000, "1972-03-01T00:00:00.000Z"},
        {946684799, "1999-12-31T23:59:59.000Z"},   {951782400, "2000-02-29T00:00:00.000Z"},
        {951868800, "2000-03-01T00:00:00.000Z"},   {1735689599, "2024-12-31T23:59:59.000Z"},
        {4107542400, "2100-03-01T00:00:00.000Z"},  {4107542399, "2100-02-28T23:59:59.000Z"},
        {13569465600, "2400-01-01T00:00:00.000Z"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct pvgpu_log_record record = record_of("x");
        char expected[96];
        record.time_ns = rows[i].seconds * PVGPU_NS_PER_S;
        snprintf(expected, sizeof(expected), "%s INFO  pvgpu_backend::session: [vm1] x", rows[i].text);
        is_line(check, PVGPU_LOG_FORMAT_TEXT, &record, expected);
    }
}

static void json_escapes(struct check *check)
{
    static const struct {
        const char *message, *json;
    } rows[] = {
        {"a\"b\\c/", "a\\\"b\\\\c/"},
        {"\x01\n\r\t\x1F\x7F", "\\u0001\\u000a\\u000d\\u0009\\u001f\\u007f"},
        {"\xC3\xA4 \xE2\x82\xAC \xF0\x9F\x99\x82", "\xC3\xA4 \xE2\x82\xAC \xF0\x9F\x99\x82"},
        /* A byte that begins nothing, an end that is missing, a form that is too long, a surrogate, beyond the end. */
        {"a\x80z", "a\xEF\xBF\xBDz"},
        {"a\xC3", "a\xEF\xBF\xBD"},
        {"\xE2\x82", "\xEF\xBF\xBD\xEF\xBF\xBD"},
        {"\xC0\xAF", "\xEF\xBF\xBD\xEF\xBF\xBD"},
        {"\xE0\x80\xAF", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
        {"\xED\xA0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
        {"\xF4\x90\x80\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
        {"\xFF\xFE", "\xEF\xBF\xBD\xEF\xBF\xBD"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct pvgpu_log_record record = record_of(rows[i].message);
        char expected[512];
        snprintf(expected, sizeof(expected),
                 "{\"timestamp\":\"2026-11-25T19:24:42.123Z\",\"level\":\"INFO\",\"target\":\"pvgpu_backend::session\","
                 "\"vm\":\"vm1\",\"pid\":4711,\"message\":\"%s\"}",
                 rows[i].json);
        if (!is_line(check, PVGPU_LOG_FORMAT_JSON, &record, expected))
            printf("  row %zu\n", i);
    }
}

static void text_is_cleaned(struct check *check)
{
    char text[] = "a\x1B[0m\nb\x7F \xC3\xA4 \xC2\x9B \x9B \xE2\x82";
    pvgpu_log_clean(text, strlen(text));
    CHECK(strcmp(text, "a?[0m?b? \xC3\xA4 ?? ? ??") == 0);
}

/* As long as anything of ours can be, and of bytes that take the most room. */
static void long_lines_stay_whole(struct check *check)
{
    static const enum pvgpu_log_format formats[] = {PVGPU_LOG_FORMAT_TEXT, PVGPU_LOG_FORMAT_JSON,
                                                    PVGPU_LOG_FORMAT_JOURNAL};
    static char message[20000], field[5000];
    struct pvgpu_log_field fields[] = {
        {.key = "a", .text = field}, {.key = "b", .text = field}, {.key = "c", .number = 7}, {.key = NULL}};
    for (int byte = 1; byte < 256; byte += 31) {
        memset(message, byte, sizeof(message) - 1);
        memset(field, byte, sizeof(field) - 1);
        for (size_t i = 0; i < COUNT(formats); i++) {
            char line[PVGPU_LOG_LINE_BYTES];
            struct pvgpu_log_record record = record_of(message);
            record.fields = fields;
            size_t length = pvgpu_log_format_line(line, formats[i], &record);
            CHECK(length <= sizeof(line) && length > 100 && line[length - 1] == '\n');
            if (formats[i] == PVGPU_LOG_FORMAT_JSON)
                CHECK(line[length - 2] == '}' && (line[length - 3] == '}' || line[length - 3] == '"'));
        }
    }
    /* Fields that do not fit are left out, the next may. */
    struct pvgpu_log_record record = record_of("x");
    record.fields = fields;
    memset(field, 1, sizeof(field) - 1);
    memcpy(field, "\x7E", 2);
    is_line(check, PVGPU_LOG_FORMAT_BARE, &record, "INFO  pvgpu_backend::session: [vm1] x a=~ b=~ c=7");
}

/* ---- Frames ------------------------------------------------------------------------------------------------------ */

/* Lines that a splitter has found. */
struct found {
    char lines[64][PVGPU_LOG_FRAME_BYTES];
    size_t lengths[64];
    bool cut[64];
    size_t count;
};

static void on_line(void *user, char *line, size_t length, bool is_cut)
{
    struct found *found = user;
    if (found->count == COUNT(found->lines))
        return;
    memcpy(found->lines[found->count], line, length + 1);
    found->lengths[found->count] = length;
    found->cut[found->count++] = is_cut;
}

/* In parts of `step` bytes. */
static void split(struct found *found, const char *bytes, size_t count, size_t step)
{
    struct pvgpu_log_splitter splitter = {.used = 0};
    found->count = 0;
    for (size_t at = 0; at < count; at += step)
        pvgpu_log_splitter_feed(&splitter, bytes + at, count - at < step ? count - at : step, on_line, found);
    pvgpu_log_splitter_end(&splitter, on_line, found);
}

static bool frames_are_equal(struct check *check, const struct pvgpu_log_frame *frame,
                             const struct pvgpu_log_record *record)
{
    bool ok = CHECK_EQ(frame->record.time_ns, record->time_ns) && CHECK_EQ(frame->record.level, record->level) &&
              CHECK_EQ(frame->record.pid, record->pid) && CHECK(strcmp(frame->record.target, record->target) == 0) &&
              CHECK(strcmp(frame->record.message, record->message) == 0) && CHECK(frame->record.vm == NULL);
    size_t i = 0;
    for (; ok && record->fields && record->fields[i].key; i++) {
        const struct pvgpu_log_field *a = &frame->fields[i], *b = &record->fields[i];
        ok = CHECK(a->key && strcmp(a->key, b->key) == 0) && CHECK_EQ(a->number, b->number) &&
             CHECK_EQ(a->is_said, b->is_said) &&
             CHECK(!a->text == !b->text && (!a->text || strcmp(a->text, b->text) == 0));
    }
    return ok && CHECK(frame->fields[i].key == NULL);
}

static void records_come_through(struct check *check)
{
    static const struct pvgpu_log_field fields[] = {{.key = "empty", .text = ""},
                                                    {.key = "equals", .text = "a=b==#c"},
                                                    {.key = "most", .number = UINT64_MAX},
                                                    {.key = "said", .number = 1, .is_said = true},
                                                    {.key = "said_text", .text = "+", .is_said = true},
                                                    {.key = NULL}};
    static struct found found;
    struct pvgpu_log_record records[] = {record_of("Hello"), record_of(""), record_of("\xC3\xA4 = # <>")};
    records[0].fields = some_fields;
    records[1].level = PVGPU_LOG_ERROR;
    records[1].time_ns = UINT64_MAX;
    records[2].fields = fields;
    records[2].target = "driver";
    records[2].pid = INT64_MAX;
    for (size_t step = 1; step < 200; step += 13) {
        char stream[8 * PVGPU_LOG_FRAME_BYTES] = "dri";
        size_t used = 3; /* text without an end, in front of a record */
        for (size_t i = 0; i < COUNT(records); i++)
            used += pvgpu_log_frame_encode(stream + used, &records[i]);
        split(&found, stream, used, step);
        if (!CHECK_EQ(found.count, COUNT(records) + 1))
            return;
        CHECK(strcmp(found.lines[0], "dri") == 0);
        for (size_t i = 0; i < COUNT(records); i++) {
            struct pvgpu_log_frame frame;
            if (!CHECK(pvgpu_log_frame_decode(&frame, found.lines[i + 1], found.lengths[i + 1])))
                continue;
            frames_are_equal(check, &frame, &records[i]);
        }
    }
}

static void long_records_are_one_piece(struct check *check)
{
    static char message[PVGPU_LOG_MESSAGE_BYTES], text[PVGPU_LOG_FIELD_BYTES];
    struct pvgpu_log_field fields[PVGPU_LOG_FIELDS_MOST + 1] = {{0}};
    memset(message, 'm', sizeof(message) - 1);
    memset(text, 't', sizeof(text) - 1);
    for (size_t i = 0; i < PVGPU_LOG_FIELDS_MOST; i++)
        fields[i] = pvgpu_log_text("a_key_of_thirty_two_characters__", text);
    struct pvgpu_log_record record = record_of(message);
    record.fields = fields;
    char frame[PVGPU_LOG_FRAME_BYTES];
    static struct found found;
    struct pvgpu_log_frame decoded;
    size_t length = pvgpu_log_frame_encode(frame, &record);
    CHECK(length <= PVGPU_LOG_FRAME_BYTES);
    split(&found, frame, length, length);
    if (!CHECK_EQ(found.count, 1) || !CHECK(pvgpu_log_frame_decode(&decoded, found.lines[0], found.lengths[0])))
        return;
    CHECK(strcmp(decoded.record.message, message) == 0);
    CHECK(decoded.fields[10].key && !decoded.fields[12].key);
}

/* Writes RS as "^" and US as "|". */
static size_t raw(char *line, size_t size, const char *shown)
{
    int length = snprintf(line, size, "%s", shown);
    for (char *at = line; *at; at++)
        *at = *at == '^' ? '\x1E' : *at == '|' ? '\x1F' : *at;
    return (size_t)length;
}

/* Whoever writes to the pipe can write anything; each of these is a line of text, as it was. */
static void hostile_records_are_text(struct check *check)
{
    static const char *const rows[] = {
        "^",
        "^||||",
        "2|0|1|1|no RS",
        "^5|0|1|1|level too high",
        "^-1|0|1|1|level off",
        "^2|99|1|1|target beyond the table",
        "^2|pvgpu_backend|1|1|target by name",
        "^2|0|18446744073709551616|1|time too large",
        "^2|0|1|9223372036854775808|pid too large",
        "^2|0|1|-1|pid below zero",
        "^2|0|1|1",
        "^2|0|1||no pid",
        "^2|0| 1|1|a blank",
        "^2|0|1|1|m|",
        "^2|0|1|1|m|key",
        "^2|0|1|1|m|key=",
        "^2|0|1|1|m|key=#",
        "^2|0|1|1|m|key=#1x",
        "^2|0|1|1|m|key=+-1",
        "^2|0|1|1|m|key=value",
        "^2|0|1|1|m|==value",
        "^2|0|1|1|m|Key==value",
        "^2|0|1|1|m|\"}==value",
        "^2|0|1|1|m|a_key_of_thirty_three_characters_==value",
    };
    struct pvgpu_log_frame frame;
    char line[256], before[256];
    for (size_t i = 0; i < COUNT(rows); i++) {
        size_t length = raw(line, sizeof(line), rows[i]);
        memcpy(before, line, sizeof(before));
        if (!CHECK(!pvgpu_log_frame_decode(&frame, line, length)) || !CHECK(strcmp(line, before) == 0))
            printf("  row %zu\n", i);
    }
    size_t length = raw(line, sizeof(line), "^2|0|1|1|mzm");
    CHECK(pvgpu_log_frame_decode(&frame, line, length) && strcmp(frame.record.message, "mzm") == 0);
    length = raw(line, sizeof(line), "^2|0|1|1|mzm");
    line[length - 2] = '\0';
    CHECK(!pvgpu_log_frame_decode(&frame, line, length));
    CHECK(!pvgpu_log_frame_decode(&frame, line, 0));
    /* What is in the texts of a good one cannot end the line or drive a terminal. */
    length = raw(line, sizeof(line), "^2|0|1|1|\x1B[2J\r|key==\x07\xFF");
    if (CHECK(pvgpu_log_frame_decode(&frame, line, length))) {
        CHECK(strcmp(frame.record.message, "?[2J?") == 0);
        CHECK(strcmp(frame.fields[0].text, "??") == 0);
    }
}

static void hostile_lengths_are_bounded(struct check *check)
{
    static struct found found;
    static char stream[3 * PVGPU_LOG_FRAME_BYTES], line[2 * PVGPU_LOG_FRAME_BYTES];
    memset(stream, 'x', sizeof(stream));
    memcpy(stream + sizeof(stream) - 5, "\nnext", 5);
    split(&found, stream, sizeof(stream), 1000);
    CHECK_EQ(found.count, 2);
    CHECK_EQ(found.lengths[0], PVGPU_LOG_FRAME_BYTES - 1);
    CHECK(found.cut[0] && !found.cut[1] && strcmp(found.lines[1], "next") == 0);
    split(&found, "\n\r\n\n", 4, 1);
    CHECK_EQ(found.count, 0);
    split(&found, "one\r\ntwo\x1E", 10, 1);
    CHECK(found.count == 3 && strcmp(found.lines[0], "one") == 0 && strcmp(found.lines[2], "\x1E") == 0);

    /* More fields, a longer text or message than a record may have. */
    struct pvgpu_log_frame frame;
    size_t used = raw(line, sizeof(line), "^2|0|1|1|m");
    for (int i = 0; i <= PVGPU_LOG_FIELDS_MOST; i++)
        used += raw(line + used, sizeof(line) - used, "|k=#1");
    CHECK(!pvgpu_log_frame_decode(&frame, line, used));
    CHECK(pvgpu_log_frame_decode(&frame, line, used - 5));
    for (int more = 0; more < 2; more++) {
        used = raw(line, sizeof(line), "^2|0|1|1|m|k==");
        used += (size_t)snprintf(line + used, sizeof(line) - used, "%0*d", PVGPU_LOG_FIELD_BYTES - 1 + more, 1);
        CHECK_EQ(pvgpu_log_frame_decode(&frame, line, used), !more);
        used = raw(line, sizeof(line), "^2|0|1|1|");
        used += (size_t)snprintf(line + used, sizeof(line) - used, "%0*d", PVGPU_LOG_MESSAGE_BYTES - 1 + more, 1);
        CHECK_EQ(pvgpu_log_frame_decode(&frame, line, used), !more);
    }
}

/* Good records with bytes changed: nothing outside the line is touched, and what is accepted is clean. */
static void changed_records_do_no_harm(struct check *check)
{
    struct pvgpu_log_record record = record_of("Hello");
    record.fields = some_fields;
    unsigned seed = 1, accepted = 0;
    for (int round = 0; round < 20000; round++) {
        char encoded[PVGPU_LOG_FRAME_BYTES];
        size_t length = pvgpu_log_frame_encode(encoded, &record) - 1;
        char *line = malloc(length + 1); /* its own block, for the sanitizers */
        if (!CHECK(line != NULL))
            return;
        memcpy(line, encoded, length);
        line[length] = '\0';
        for (int i = 0; i < 3; i++) {
            seed = seed * 1103515245 + 12345;
            static const char bytes[] = "\x1E\x1F=#0129aA\x80\x01";
            line[(seed >> 8) % length] = bytes[(seed >> 20) % (sizeof(bytes) - 1)];
        }
        struct pvgpu_log_frame frame;
        if (pvgpu_log_frame_decode(&frame, line, length)) {
            accepted++;
            CHECK(frame.record.level <= PVGPU_LOG_TRACE && strpbrk(frame.record.message, "\x01\x1E\x1F\n\x80") == NULL);
        }
        free(line);
    }
    CHECK(accepted > 1000 && accepted < 19000);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(text_has_its_forms),
        CHECK_CASE(json_has_its_form),
        CHECK_CASE(what_the_text_says_is_not_said_twice),
        CHECK_CASE(times_are_right),
        CHECK_CASE(json_escapes),
        CHECK_CASE(text_is_cleaned),
        CHECK_CASE(long_lines_stay_whole),
        CHECK_CASE(records_come_through),
        CHECK_CASE(long_records_are_one_piece),
        CHECK_CASE(hostile_records_are_text),
        CHECK_CASE(hostile_lengths_are_bounded),
        CHECK_CASE(changed_records_do_no_harm),
    };
    return check_run(cases, COUNT(cases), argc, argv);
}
