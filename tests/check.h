/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A test runner in one header, for programs that run on every host.
 *
 * A case is a function `static void name(struct check *check)`. Inside it, CHECK, CHECK_EQ and CHECK_SKIP use that
 * parameter; the first two go on after a failure and return whether they held, so that a case can give up:
 *     if (!CHECK(stream != NULL))
 *         return;
 * A program lists its cases in an array and returns check_run(...) from main. Arguments are names of cases to run
 * instead of all. A case is failed if any check in it failed, else skipped if it said so, else passed. One thread.
 */
#ifndef PVGPU_TESTS_CHECK_H
#define PVGPU_TESTS_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* What one running case has found. */
struct check {
    int failures;
    const char *skipped; /* why; NULL when it was not */
};

struct check_case {
    const char *name;
    void (*run)(struct check *check);
};

#define CHECK_CASE(function) {.name = #function, .run = (function)}

#define CHECK(condition) check_that(check, (condition), __FILE__, __LINE__, #condition)
#define CHECK_EQ(actual, expected) \
    check_equal(check, (long long)(actual), (long long)(expected), __FILE__, __LINE__, #actual " == " #expected)
#define CHECK_SKIP(reason) ((void)(check->skipped = (reason)))

static inline bool check_that(struct check *check, bool held, const char *file, int line, const char *text)
{
    if (!held) {
        check->failures++;
        printf("  %s:%d: %s\n", file, line, text);
    }
    return held;
}

static inline bool check_equal(struct check *check, long long actual, long long expected, const char *file, int line,
                               const char *text)
{
    if (actual != expected) {
        check->failures++;
        printf("  %s:%d: %s: %lld (0x%llx), expected %lld (0x%llx)\n", file, line, text, actual,
               (unsigned long long)actual, expected, (unsigned long long)expected);
    }
    return actual == expected;
}

static inline bool check_is_named(const char *name, int argc, char *const *argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], name) == 0)
            return true;
    }
    return argc <= 1;
}

/* Runs the cases and prints the result of each, then "N passed, N failed, N skipped". The exit code of the program. */
static inline int check_run(const struct check_case *cases, size_t count, int argc, char *const *argv)
{
    int passed = 0, failed = 0, skipped = 0;
    for (size_t i = 0; i < count; i++) {
        if (!check_is_named(cases[i].name, argc, argv))
            continue;
        struct check check = {.failures = 0, .skipped = NULL};
        cases[i].run(&check);
        if (check.failures) {
            failed++;
            printf("FAILED  %s\n", cases[i].name);
        } else if (check.skipped) {
            skipped++;
            printf("skipped: %s: %s\n", cases[i].name, check.skipped);
        } else {
            passed++;
            printf("passed  %s\n", cases[i].name);
        }
        fflush(stdout);
    }
    printf("%d passed, %d failed, %d skipped\n", passed, failed, skipped);
    /* A misspelt name must not look like success. */
    return failed || passed + skipped == 0 ? 1 : 0;
}

#endif
