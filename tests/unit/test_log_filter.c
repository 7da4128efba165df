/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What filters mean, and what is said about those that mean nothing. */
#include "base/log_filter.h"

#include "../check.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define E PVGPU_LOG_ERROR
#define W PVGPU_LOG_WARN
#define I PVGPU_LOG_INFO
#define D PVGPU_LOG_DEBUG
#define T PVGPU_LOG_TRACE
#define OFF PVGPU_LOG_OFF

static void filters_mean(struct check *check)
{
    static const struct {
        const char *text;
        enum pvgpu_log_level root, session, commands, frames, driver;
    } rows[] = {
        {"debug", D, D, D, D, D},
        {"off", OFF, OFF, OFF, OFF, OFF},
        {"WaRn", W, W, W, W, W},
        {"pvgpu_backend::command_processor=trace,info", I, I, T, I, I},
        {"warn,pvgpu_backend::frames=debug", W, W, W, D, W},
        /* Without a bare level the rest has error. */
        {"pvgpu_backend::frames=debug", E, E, E, D, E},
        {"pvgpu_backend=debug", D, D, D, D, E},
        /* The longest prefix wins, wherever it stands. */
        {"pvgpu_backend::frames=off,pvgpu_backend=debug,driver=trace,error", D, D, D, OFF, T},
        {"pvgpu_backend=trace,pvgpu_backend::session=warn", T, W, T, T, E},
        /* Prefixes end at a "::". */
        {"info,pvgpu=trace,pvgpu_backend::frame=trace,pvgpu_backend::=trace,driv=trace", I, I, I, I, I},
        {"info,hyper=debug,some_crate::part=trace", I, I, I, I, I},
        /* The later of two that are the same. */
        {"info,debug", D, D, D, D, D},
        {"driver=trace,driver=off,warn", W, W, W, W, OFF},
        /* Names alone. */
        {"pvgpu_backend::frames", E, E, E, T, E},
        {"warn,pvgpu_backend", T, T, T, T, W},
        /* Blanks and empty entries. */
        {" , info ,,\tdriver=OFF ,", I, I, I, I, OFF},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct pvgpu_log_filter filter;
        char wrong[PVGPU_LOG_FILTER_WRONG_BYTES];
        if (!CHECK(pvgpu_log_filter_parse(&filter, rows[i].text, wrong))) {
            printf("  %s: %s\n", rows[i].text, wrong);
            continue;
        }
        bool ok = CHECK_EQ(pvgpu_log_filter_level(&filter, "pvgpu_backend"), rows[i].root);
        ok &= CHECK_EQ(pvgpu_log_filter_level(&filter, "pvgpu_backend::session"), rows[i].session);
        ok &= CHECK_EQ(pvgpu_log_filter_level(&filter, "pvgpu_backend::command_processor"), rows[i].commands);
        ok &= CHECK_EQ(pvgpu_log_filter_level(&filter, "pvgpu_backend::frames"), rows[i].frames);
        ok &= CHECK_EQ(pvgpu_log_filter_level(&filter, "driver"), rows[i].driver);
        if (!ok)
            printf("  filter %s\n", rows[i].text);
    }
}

static void wrong_filters_are_refused(struct check *check)
{
    static const struct {
        const char *text, *says;
    } rows[] = {
        {"loud", "\"loud\": expected a level (off, error, warn, info, debug or trace) or TARGET=LEVEL"},
        {"info,pvgpu_backend::fames", "\"pvgpu_backend::fames\": expected a level"},
        {"pvgpu_backend:", "\"pvgpu_backend:\": expected a level"},
        {"frames=loud", "\"frames=loud\": expected a level (off, error, warn, info, debug or trace) after the ="},
        {"frames=", "\"frames=\": expected a level"},
        {"frames=debug=info", "after the ="},
        {"=debug", "\"=debug\": expected"},
        {"in fo", "\"in fo\": expected"},
        {"target[span{field=1}]=info", "after the ="},
        {"info/regex", "\"info/regex\": expected"},
        {"information", "\"information\""},
        {"inf", "\"inf\""},
        {"4", "\"4\""},
        {"", "expected a level"},
        {" , ,", "expected a level"},
        {"info,\x1B[31m", "\"?[31m\""},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct pvgpu_log_filter filter;
        char wrong[PVGPU_LOG_FILTER_WRONG_BYTES] = "nothing";
        bool ok = CHECK(!pvgpu_log_filter_parse(&filter, rows[i].text, wrong));
        ok &= CHECK(strstr(wrong, rows[i].says) != NULL);
        if (!ok)
            printf("  filter \"%s\" said: %s\n", rows[i].text, wrong);
        CHECK(!pvgpu_log_filter_parse(&filter, rows[i].text, NULL));
    }
}

static void filters_have_bounds(struct check *check)
{
    struct pvgpu_log_filter filter;
    char text[PVGPU_LOG_FILTER_BYTES + 1], wrong[PVGPU_LOG_FILTER_WRONG_BYTES];
    memset(text, ',', sizeof(text));
    memcpy(text, "info", 4);
    text[PVGPU_LOG_FILTER_BYTES - 1] = '\0';
    CHECK(pvgpu_log_filter_parse(&filter, text, wrong));
    text[PVGPU_LOG_FILTER_BYTES - 1] = ',';
    text[PVGPU_LOG_FILTER_BYTES] = '\0';
    CHECK(!pvgpu_log_filter_parse(&filter, text, wrong));
    CHECK(strstr(wrong, "1024") != NULL);
    for (int rules = PVGPU_LOG_FILTER_RULES; rules <= PVGPU_LOG_FILTER_RULES + 1; rules++) {
        size_t used = 0;
        for (int i = 0; i < rules; i++)
            used += (size_t)snprintf(text + used, sizeof(text) - used, "x%d=info,", i);
        CHECK_EQ(pvgpu_log_filter_parse(&filter, text, wrong), rules == PVGPU_LOG_FILTER_RULES);
    }
    CHECK(strstr(wrong, "64") != NULL);
}

static void write_nothing(struct pvgpu_log_output *output, const struct pvgpu_log_record *record)
{
    (void)output;
    (void)record;
}

static void loggers_follow_their_output(struct check *check)
{
    struct pvgpu_log_levels levels;
    struct pvgpu_log_output output = {.levels = &levels, .write = write_nothing};
    struct pvgpu_log_filter filter;
    CHECK(pvgpu_log_filter_parse(&filter, "warn,pvgpu_backend::frames=debug", NULL));
    pvgpu_log_levels_set(&levels, &filter);
    struct pvgpu_log log = pvgpu_log_make(&output, "pvgpu_backend", "vm1");
    struct pvgpu_log frames = pvgpu_log_for(&log, "pvgpu_backend::frames");
    struct pvgpu_log below = pvgpu_log_for(&log, "pvgpu_backend::frames::port");
    struct pvgpu_log other = pvgpu_log_for(&log, "pvgpu_backend::something_new");
    CHECK(pvgpu_log_enabled(&log, W) && !pvgpu_log_enabled(&log, I));
    CHECK(pvgpu_log_enabled(&frames, D) && !pvgpu_log_enabled(&frames, T));
    CHECK(pvgpu_log_enabled(&below, D) && !pvgpu_log_enabled(&below, T));
    CHECK(pvgpu_log_enabled(&other, W) && !pvgpu_log_enabled(&other, I));
    CHECK(strcmp(frames.vm, "vm1") == 0 && strcmp(frames.target, "pvgpu_backend::frames") == 0);
    /* While they are in use. */
    CHECK(pvgpu_log_filter_parse(&filter, "off,pvgpu_backend::frames=trace", NULL));
    pvgpu_log_levels_set(&levels, &filter);
    CHECK(!pvgpu_log_enabled(&log, E));
    CHECK(pvgpu_log_enabled(&frames, T));
}

static void loggers_without_output_have_a_level(struct check *check)
{
    struct pvgpu_log log = {.level = PVGPU_LOG_WARN, .target = "test"};
    struct pvgpu_log other = pvgpu_log_for(&log, "pvgpu_backend::frames");
    CHECK(pvgpu_log_enabled(&other, W) && !pvgpu_log_enabled(&other, I));
    log.level = PVGPU_LOG_OFF;
    CHECK(!pvgpu_log_enabled(&log, E));
}

/* A target that differs from another by its end alone, or one that no filter can name, would be a trap. */
static void targets_are_sound(struct check *check)
{
    for (size_t i = 0; i < PVGPU_LOG_TARGETS; i++) {
        struct pvgpu_log_filter filter;
        char text[128];
        CHECK_EQ(pvgpu_log_target_index(pvgpu_log_target_name(i)), i);
        snprintf(text, sizeof(text), "off,%s=info", pvgpu_log_target_name(i));
        CHECK(pvgpu_log_filter_parse(&filter, text, NULL));
        CHECK_EQ(pvgpu_log_filter_level(&filter, pvgpu_log_target_name(i)), I);
    }
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(filters_mean),
        CHECK_CASE(wrong_filters_are_refused),
        CHECK_CASE(filters_have_bounds),
        CHECK_CASE(loggers_follow_their_output),
        CHECK_CASE(loggers_without_output_have_a_level),
        CHECK_CASE(targets_are_sound),
    };
    return check_run(cases, COUNT(cases), argc, argv);
}
