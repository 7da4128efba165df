/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "coverage.h"

#include <stdlib.h>
#include <string.h>

#define SPREAD 24u /* cases that are tried when none is named */

/* A case as it is when nothing is changed; found out when it is needed. */
struct plain {
    bool known, usable; /* usable: it runs on this host */
    uint64_t sum;
    uint64_t seen[4]; /* struct perturb's */
};

struct coverage {
    const char *host;
    const struct exact_back *back;
    struct perturb *perturb;
    struct exact_list list;
    struct plain *plain; /* one a case */
    struct exact_run *run;
};

static const struct plain *plain_of(struct coverage *coverage, size_t index)
{
    struct plain *plain = &coverage->plain[index];
    const struct exact_case *test = &coverage->list.cases[index];
    if (plain->known)
        return plain;
    plain->known = true;
    if (exact_limit(coverage->host, test->name))
        return plain;
    *coverage->perturb = (struct perturb){0};
    exact_run_case(coverage->run, test, coverage->back);
    plain->usable = !coverage->run->failed[0] && !coverage->run->skipped[0];
    plain->sum = exact_sum(coverage->run);
    memcpy(plain->seen, coverage->perturb->seen, sizeof(plain->seen));
    exact_forget(coverage->run);
    return plain;
}

/* Whether the case runs here and sends such a command. */
static bool is_concerned(struct coverage *coverage, size_t index, const struct perturb *change)
{
    const struct plain *plain = plain_of(coverage, index);
    struct perturb seen = {0};
    memcpy(seen.seen, plain->seen, sizeof(seen.seen));
    return plain->usable && perturb_has_seen(&seen, change->opcode);
}

static bool is_noticed(struct coverage *coverage, size_t index, const struct perturb *change)
{
    const struct plain *plain = plain_of(coverage, index);
    if (!is_concerned(coverage, index, change))
        return false;
    *coverage->perturb = *change;
    exact_run_case(coverage->run, &coverage->list.cases[index], coverage->back);
    bool noticed = coverage->perturb->changed && exact_sum(coverage->run) != plain->sum;
    exact_forget(coverage->run);
    *coverage->perturb = (struct perturb){0};
    return noticed;
}

/* Some of the cases that are concerned, from a place that depends on the change. */
static const char *find_among_few(struct coverage *coverage, const struct perturb *change)
{
    size_t concerned = 0, nth = 0;
    for (size_t i = 0; i < coverage->list.count; i++)
        concerned += is_concerned(coverage, i, change);
    size_t step = concerned / SPREAD + 1, start = (change->mask ^ change->mask >> 7 ^ change->mask >> 21) % step;
    for (size_t i = 0; i < coverage->list.count; i++) {
        if (is_concerned(coverage, i, change) && nth++ % step == start && is_noticed(coverage, i, change))
            return coverage->list.cases[i].name;
    }
    return "-";
}

/* The first case that notices: among `cases` (names, each between spaces), or among all if that is " ! ". */
static const char *find_case(struct coverage *coverage, const struct perturb *change, const char *cases)
{
    for (size_t i = 0; i < coverage->list.count; i++) {
        const char *name = coverage->list.cases[i].name;
        char wanted[80];
        snprintf(wanted, sizeof(wanted), " %s ", name);
        if ((strcmp(cases, " ! ") == 0 || strstr(cases, wanted)) && is_noticed(coverage, i, change))
            return name;
    }
    return "-";
}

static bool judge_line(struct coverage *coverage, char *line)
{
    char cases[512] = "";
    struct perturb change;
    char *rest = strchr(line, ' ');
    if (rest) {
        snprintf(cases, sizeof(cases), "%s ", rest);
        *rest = 0;
    }
    if (!perturb_parse(&change, line)) {
        fprintf(stderr, "exact-guest: '%s' is not OPCODE:OFFSET:XOR\n", line);
        return false;
    }
    printf("%s %s\n", line, cases[0] ? find_case(coverage, &change, cases) : find_among_few(coverage, &change));
    fflush(stdout);
    return true;
}

bool coverage_run(const char *path, const char *host, const struct exact_back *back, struct perturb *perturb)
{
    struct coverage coverage = {.host = host, .back = back, .perturb = perturb, .list = exact_all_cases()};
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "r");
    coverage.plain = calloc(coverage.list.count, sizeof(*coverage.plain));
    coverage.run = malloc(sizeof(*coverage.run));
    bool right = file && coverage.plain && coverage.run;
    char line[640];
    while (right && fgets(line, sizeof(line), file)) {
        line[strcspn(line, "\r\n")] = 0;
        if (line[0] && line[0] != '#')
            right = judge_line(&coverage, line);
    }
    if (!file)
        fprintf(stderr, "exact-guest: cannot open %s\n", path);
    else if (file != stdin)
        fclose(file);
    free(coverage.run);
    free(coverage.plain);
    free(coverage.list.cases);
    return right;
}
