/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "exact.h"

/* ---- The list ---- */

void exact_add(struct exact_list *list, void (*run)(struct exact_run *run, const void *row), const void *row,
               uint32_t flags, const char *name, ...)
{
    if (list->count == list->capacity) {
        list->capacity = list->capacity ? list->capacity * 2 : 256;
        struct exact_case *more = realloc(list->cases, list->capacity * sizeof(*more));
        if (!more)
            exit(3);
        list->cases = more;
    }
    struct exact_case *test = &list->cases[list->count++];
    *test = (struct exact_case){.run = run, .row = row, .flags = flags};
    va_list arguments;
    va_start(arguments, name);
    vsnprintf(test->name, sizeof(test->name), name, arguments);
    va_end(arguments);
    for (size_t i = 0; i + 1 < list->count; i++) {
        if (strcmp(list->cases[i].name, test->name) == 0) {
            fprintf(stderr, "exact: two cases are called '%s'\n", test->name);
            exit(3);
        }
    }
}

struct exact_list exact_all_cases(void)
{
    static void (*const parts[])(struct exact_list *) = {
        exact_add_formats,   exact_add_blends,   exact_add_depths,   exact_add_rasters, exact_add_inputs,
        exact_add_draws,     exact_add_samplers, exact_add_textures, exact_add_targets, exact_add_transfers,
        exact_add_constants, exact_add_stages,   exact_add_computes, exact_add_lives,   exact_add_syncs,
    };
    struct exact_list list = {0};
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        parts[i](&list);
    return list;
}

static bool is_selected(const struct exact_options *options, const struct exact_case *test)
{
    return !options->only || strstr(test->name, options->only);
}

bool exact_listed(const struct exact_options *options)
{
    if (!options->list)
        return false;
    struct exact_list list = exact_all_cases();
    for (size_t i = 0; i < list.count; i++) {
        if (is_selected(options, &list.cases[i]))
            puts(list.cases[i].name);
    }
    free(list.cases);
    return true;
}

/* ---- Options ---- */

static bool take_value(const char **value, const char *option, int *at, int argc, char **argv)
{
    if (strcmp(argv[*at], option) != 0 || *at + 1 >= argc)
        return false;
    *value = argv[++*at];
    return true;
}

bool exact_parse(struct exact_options *options, int argc, char **argv)
{
    *options = (struct exact_options){0};
    for (int i = 1; i < argc; i++) {
        if (take_value(&options->only, "--only", &i, argc, argv) ||
            take_value(&options->out, "--out", &i, argc, argv) ||
            take_value(&options->skips, "--skips", &i, argc, argv) ||
            take_value(&options->host, "--host", &i, argc, argv) ||
            take_value(&options->coverage, "--coverage", &i, argc, argv) ||
            take_value(&options->perturb, "--perturb", &i, argc, argv))
            continue;
        if (strcmp(argv[i], "--list") == 0)
            options->list = true;
        else if (strcmp(argv[i], "--summary") == 0)
            options->summary = true;
        else if (strcmp(argv[i], "--verbose") == 0)
            options->verbose = true;
        else {
            fprintf(stderr,
                    "usage: %s [--list] [--only TEXT] [--out FILE] [--summary] [--verbose] [--host NAME]\n"
                    "       exact-guest also: [--skips FILE] [--perturb OPCODE:OFFSET:XOR] [--coverage FILE]\n",
                    argv[0]);
            return false;
        }
    }
    return true;
}

/* ---- Results ---- */

/* What exact-direct could not do on this host: its lines "case NAME skipped 0 REASON". */
static bool is_skipped_there(const char *skips, size_t bytes, const char *name, char *reason, size_t room)
{
    char wanted[96];
    int length = snprintf(wanted, sizeof(wanted), "\ncase %s skipped 0 ", name);
    for (const char *at = skips; at && at + length < skips + bytes; at++) {
        if (memcmp(at, wanted, (size_t)length) != 0)
            continue;
        snprintf(reason, room, "%.*s", (int)strcspn(at + length, "\n"), at + length);
        return true;
    }
    return false;
}

static char *read_file(const char *path, size_t *bytes)
{
    FILE *file = path ? fopen(path, "rb") : NULL;
    *bytes = 0;
    if (!file)
        return NULL;
    size_t capacity = 1 << 16;
    char *content = malloc(capacity);
    while (content) {
        *bytes += fread(content + *bytes, 1, capacity - *bytes - 1, file);
        if (*bytes + 1 < capacity)
            break;
        capacity *= 2;
        char *more = realloc(content, capacity);
        if (!more)
            free(content);
        content = more;
    }
    fclose(file);
    if (content)
        content[*bytes] = 0;
    return content;
}

static uint64_t hash(uint64_t value, const void *data, size_t bytes)
{
    const uint8_t *at = data;
    for (size_t i = 0; i < bytes; i++)
        value = (value ^ at[i]) * 0x100000001B3u;
    return value;
}

static const char *status_of(const struct exact_run *run)
{
    return run->failed[0] ? "failed" : run->skipped[0] ? "skipped" : "ran";
}

static void write_result(FILE *file, const struct exact_run *run)
{
    fprintf(file, "case %s %s %u %s\n", run->test->name, status_of(run), run->output_count,
            run->failed[0] ? run->failed : run->skipped);
    for (uint32_t i = 0; i < run->output_count; i++) {
        const struct exact_output *o = &run->outputs[i];
        fprintf(file, "out %s %u %u %u %u %u %u\n", o->label, o->format, o->width, o->height, o->depth, o->row_bytes,
                o->bytes);
        fwrite(o->data, 1, o->bytes, file);
        fputc('\n', file);
    }
}

static uint64_t sum_outputs(const struct exact_run *run)
{
    uint64_t sum = 0xCBF29CE484222325u;
    for (uint32_t i = 0; i < run->output_count; i++) {
        const struct exact_output *o = &run->outputs[i];
        sum = hash(hash(sum, o->label, strlen(o->label)), o->data, o->bytes);
    }
    return sum;
}

uint64_t exact_sum(const struct exact_run *run)
{
    return hash(sum_outputs(run), run->failed, strlen(run->failed));
}

/* One line a case, equal exactly if outputs and errors are. */
static void print_summary(const struct exact_run *run)
{
    printf("%s %016" PRIx64 " %s %s\n", run->test->name, sum_outputs(run), status_of(run), run->failed);
}

/* A case whose every output is blank shows nothing, unless it said so. */
static void check_outputs(struct exact_run *run)
{
    bool blank = true;
    for (uint32_t i = 0; i < run->output_count; i++)
        blank = blank && run->outputs[i].is_blank;
    if (run->failed[0] || run->skipped[0])
        return;
    if (run->output_count == 0)
        exact_fail(run, "the case has no output");
    else if (blank && !(run->test->flags & (EXACT_UNIFORM | EXACT_UNCHANGED)))
        exact_fail(run, "every output is blank");
}

static void run_case(struct exact_run *run, const struct exact_back *back)
{
    if (back->begin(run)) {
        run->test->run(run, run->test->row);
        back->end(run);
    }
    check_outputs(run);
}

void exact_forget(struct exact_run *run)
{
    for (uint32_t i = 0; i < run->output_count; i++)
        free(run->outputs[i].data);
}

void exact_run_case(struct exact_run *run, const struct exact_case *test, const struct exact_back *back)
{
    memset(run, 0, sizeof(*run));
    run->test = test;
    run->next_id = 1;
    run->back = back->user;
    run_case(run, back);
}

struct totals {
    unsigned ran, failed, skipped, with_expectations;
};

static void report(const struct exact_options *options, const struct exact_run *run, FILE *out, struct totals *totals)
{
    if (run->failed[0]) {
        totals->failed++;
        if (!options->summary)
            printf("FAILED  %s: %s\n", run->test->name, run->failed);
    } else if (run->skipped[0]) {
        totals->skipped++;
    } else {
        totals->ran++;
        totals->with_expectations += run->expectations > 0;
        if (options->verbose)
            printf("ran     %s (%u outputs)\n", run->test->name, run->output_count);
    }
    if (options->summary)
        print_summary(run);
    if (out)
        write_result(out, run);
    fflush(stdout);
}

int exact_main(const struct exact_options *options, const struct exact_back *back)
{
    struct exact_list list = exact_all_cases();
    struct totals totals = {0};
    size_t skips_bytes;
    char *skips = read_file(options->skips, &skips_bytes);
    FILE *out = options->out ? fopen(options->out, "wb") : NULL;
    struct exact_run *run = malloc(sizeof(*run));
    if (!run || (options->out && !out) || (options->skips && !skips)) {
        fprintf(stderr, "exact: cannot open the files\n");
        exit(3);
    }
    if (out)
        fprintf(out, "exact 1 %s\n", exact_program());
    for (size_t i = 0; i < list.count; i++) {
        if (!is_selected(options, &list.cases[i]))
            continue;
        memset(run, 0, sizeof(*run));
        run->test = &list.cases[i];
        run->next_id = 1;
        run->back = back->user;
        const char *limit = exact_limit(options->host, run->test->name);
        if (limit)
            snprintf(run->skipped, sizeof(run->skipped), "%s", limit);
        else if (!is_skipped_there(skips, skips_bytes, run->test->name, run->skipped, sizeof(run->skipped)))
            run_case(run, back);
        report(options, run, out, &totals);
        exact_forget(run);
    }
    bool written = !out || fclose(out) == 0;
    if (!options->summary)
        printf("%s: %u ran, %u failed, %u skipped; %u have pixels worked out by hand\n", exact_program(), totals.ran,
               totals.failed, totals.skipped, totals.with_expectations);
    free(run);
    free(skips);
    free(list.cases);
    return totals.failed || !written || totals.ran + totals.skipped == 0;
}
