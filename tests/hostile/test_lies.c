/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A guest that lies, once in each way there is. Every lie is told among commands that are right: the guest must learn
 * the right error, the commands around it must work, the fence behind it must complete, and nothing of it may stay.
 *
 *   test-lies                       on the null renderer, which is watched by checking_gpu
 *   test-lies --d3d11               on Direct3D 11
 *   test-lies ... TEXT              only cases whose name contains TEXT
 *
 * Every rule of wire/rules.inc has one case. Most are made of rows of lies_*.c; the others name the case of another part
 * of this program that breaks them.
 */
#include "lies.h"
#include "suite.h"

#include "shaders/generated/triangle_vs.h"

#include <stdlib.h>

_Static_assert(sizeof(pvgpu_shader_triangle_vs) == 1144, "SHADER_BYTES of lies_objects.c");

struct tally {
    int passed, failed, skipped;
    const char *only; /* NULL: all */
};

static void create_and_destroy(struct world *world)
{
    const struct pvgpu_cmd_create_resource buffer = {.kind = PVGPU_KIND_BUFFER, .width = 64, .bind = 1};
    pvgpu_encode_create_resource(world->e, ID_NEW + 1, &buffer);
    pvgpu_encode_destroy_resource(world->e, ID_NEW + 1);
}

bool suite_was_given(const struct suite *suite, const char *reason)
{
    for (size_t i = 0; i < suite->reason_count; i++) {
        if (strcmp(suite->reasons[i], reason) == 0)
            return true;
    }
    return false;
}

void suite_note_reason(void *user, const char *reason)
{
    struct suite *suite = user;
    if (suite_was_given(suite, reason))
        return;
    if (suite->reason_count < SUITE_REASONS)
        suite->reasons[suite->reason_count++] = strdup(reason);
}

bool suite_open(struct check *check, struct suite *suite, struct world *world, const struct pvgpu_limits *limits,
                bool bare)
{
    if (CHECK(world_open(world, suite->real, limits, !suite->real)) && (bare || world_build(check, world)))
        return true;
    world_close(world);
    return false;
}

void suite_close(struct check *check, struct suite *suite, struct world *world)
{
    world_each_reason(world, suite_note_reason, suite);
    local_host_stop(&world->host);
    CHECK_EQ(world_objects(world), 0);
    CHECK_EQ(world_bytes(world), 0);
    if (world->gpu) {
        CHECK_EQ(atomic_load(&world->gpu->broken_rules), 0);
        CHECK_EQ(atomic_load(&world->gpu->live), 0);
    } else {
        CHECK_EQ(atomic_load(&world->host.page->statistics.refused_by_host), 0);
    }
    world_close(world);
}

bool suite_settle(struct check *check, struct world *world)
{
    create_and_destroy(world);
    return world_sync(check, world);
}

void suite_expect_error(struct check *check, const struct world *world, uint64_t before, uint64_t count, uint32_t code,
                        uint32_t argument)
{
    CHECK_EQ(world_errors(world), before + count);
    CHECK_EQ(world_error_code(world), code);
    CHECK_EQ(world_error_argument(world), argument);
    CHECK(atomic_load((_Atomic uint32_t *)&world->host.region->status) & PVGPU_STATUS_ERROR);
}

/* One lie, in a world that is built. */
static void tell(struct check *check, struct world *world, const struct lie *lie)
{
    world_bind(world);
    world_draw(world);
    if (!suite_settle(check, world))
        return;
    uint64_t errors = world_errors(world), objects = world_objects(world), bytes = world_bytes(world);
    uint64_t draws = world_draws(world);

    create_and_destroy(world);
    world_draw(world);
    if (lie->before)
        lie->before(world);
    world_emit(world, lie->bytes, lie->size, lie->claimed);
    if (lie->after)
        lie->after(world);
    world_bind(world);
    world_draw(world);
    create_and_destroy(world);
    if (!world_sync(check, world))
        return;
    suite_expect_error(check, world, errors, 1, lie->code, lie->argument);
    CHECK_EQ(world_objects(world), objects);
    CHECK_EQ(world_bytes(world), bytes);
    CHECK_EQ(world_draws(world), draws + 2);
    CHECK(world_said(world, lie->rule ? pvgpu_rule_info(lie->rule)->text : lie->reason));
}

static bool is_wanted(const struct tally *tally, const char *name)
{
    return !tally->only || strstr(name, tally->only);
}

static void count(struct tally *tally, const struct check *check, const char *name)
{
    if (check->failures)
        tally->failed++;
    else if (check->skipped)
        tally->skipped++;
    else
        tally->passed++;
    if (check->failures || check->skipped)
        printf("%s %s%s%s\n", check->failures ? "FAILED " : "skipped:", name, check->skipped ? ": " : "",
               check->skipped ? check->skipped : "");
    fflush(stdout);
}

static void print_said(void *user, const char *reason)
{
    (void)user;
    printf("  the host said: %s\n", reason);
}

/* One lie, in the world that all share, or in one of its own (with the null renderer). */
static void tell_one(struct check *check, struct suite *suite, struct world *shared, const struct lie *lie)
{
    struct world fresh;
    int failures = check->failures;
    if (suite->real) {
        if (CHECK(shared && pvgpu_guest_reset(shared->guest)) && world_build(check, shared))
            tell(check, shared, lie);
    } else if (suite_open(check, suite, &fresh, NULL, false)) {
        tell(check, &fresh, lie);
        if (check->failures != failures)
            world_each_reason(&fresh, print_said, NULL);
        suite_close(check, suite, &fresh);
    }
    if (check->failures != failures)
        printf("  that was the lie \"%s\"\n", lie->detail ? lie->detail : "");
}

/* All lies that break a rule; how many there are. */
static size_t tell_rule(struct check *check, struct suite *suite, struct world *shared, enum pvgpu_rule rule)
{
    struct lies tables[] = {lies_about_objects(), lies_about_commands()};
    size_t told = 0;
    for (size_t t = 0; t < sizeof(tables) / sizeof(tables[0]); t++) {
        for (size_t i = 0; i < tables[t].count; i++) {
            if (tables[t].rows[i].rule != rule)
                continue;
            tell_one(check, suite, shared, &tables[t].rows[i]);
            told++;
        }
    }
    return told;
}

/* Rules that one command cannot break, and the case that breaks each. */
static const struct {
    enum pvgpu_rule rule;
    const char *name;
} elsewhere[] = {
    {PVGPU_RULE_HEADER_MALFORMED, "stream: size 0"},
    {PVGPU_RULE_COMMAND_UNFINISHED, "stream: half a command"},
    {PVGPU_RULE_LAYOUT_LACKS_INPUT, "state: layout that does not fit"},
    {PVGPU_RULE_HULL_DOMAIN_PAIR, "pipeline: stages that do not fit"},
    {PVGPU_RULE_HULL_PATCH, "pipeline: stages that do not fit"},
    {PVGPU_RULE_HULL_DOMAIN, "pipeline: stages that do not fit"},
    {PVGPU_RULE_GEOMETRY_PRIMITIVE, "pipeline: stages that do not fit"},
    {PVGPU_RULE_PATCH_ALONE, "pipeline: stages that do not fit"},
    {PVGPU_RULE_LIMIT_OBJECTS, "limits: objects"},
    {PVGPU_RULE_LIMIT_SHADERS, "limits: shaders"},
    {PVGPU_RULE_LIMIT_MAPPINGS, "limits: mappings"},
    {PVGPU_RULE_MEMORY_HOST, "host: GPU has no memory"},
    {PVGPU_RULE_MEMORY_OBJECT, "host: has no memory"},
    {PVGPU_RULE_MEMORY_BYTECODE, "host: has no memory"},
    {PVGPU_RULE_MEMORY_ELEMENTS, "host: has no memory"},
    {PVGPU_RULE_MEMORY_LAYOUT, "host: has no memory"},
    {PVGPU_RULE_MEMORY_INITIAL_DATA, "host: has no memory"},
    {PVGPU_RULE_MEMORY_READBACK, "host: no staging memory"},
    {PVGPU_RULE_MEMORY_FENCE, "host: has no memory"},
    {PVGPU_RULE_MEMORY_FRAME, "host: has no memory"},
    {PVGPU_RULE_MEMORY_RESIZE, "host: has no memory"},
    {PVGPU_RULE_SHADER_HOST, "host: refuses"},
    {PVGPU_RULE_HOST_RESOURCE, "host: refuses"},
    {PVGPU_RULE_HOST_VIEW, "host: refuses"},
    {PVGPU_RULE_HOST_STATE, "host: refuses"},
    {PVGPU_RULE_HOST_LAYOUT, "host: refuses"},
    {PVGPU_RULE_HOST_FAULT, "host: is at fault"},
};

/* The case that breaks a rule has run before; here only whether it did. The log tells, with the null renderer. */
static void was_broken(struct check *check, const struct suite *suite, enum pvgpu_rule rule)
{
    const char *name = NULL;
    for (size_t i = 0; i < sizeof(elsewhere) / sizeof(elsewhere[0]); i++) {
        if (elsewhere[i].rule == rule)
            name = elsewhere[i].name;
    }
    if (CHECK(name != NULL))
        CHECK(suite_was_given(suite, pvgpu_rule_info(rule)->text));
}

/* A case for every rule, in the order of the table. The null renderer is made anew for each lie; a Direct3D device takes
   its time, so its guest is reset instead. */
static void tell_all(struct tally *tally, struct suite *suite)
{
    struct world shared;
    struct check check = {0};
    uint32_t cases = 0;
    bool open = suite->real && suite_open(&check, suite, &shared, NULL, true);
    for (uint32_t rule = PVGPU_RULE_NONE; rule < PVGPU_RULE_COUNT; rule++) {
        char name[256];
        const struct pvgpu_rule_info *info = pvgpu_rule_info((enum pvgpu_rule)rule);
        snprintf(name, sizeof(name), "%s: %s", info->name, rule ? info->text : "what is wrong with bytecode");
        if (!is_wanted(tally, name))
            continue;
        check = (struct check){0};
        if (tell_rule(&check, suite, open ? &shared : NULL, (enum pvgpu_rule)rule) == 0) {
            if (suite->real || tally->only)
                continue;
            was_broken(&check, suite, (enum pvgpu_rule)rule);
        }
        count(tally, &check, name);
        cases += rule != PVGPU_RULE_NONE;
    }
    check = (struct check){0};
    if (open)
        suite_close(&check, suite, &shared);
    if (suite->real)
        count(tally, &check, "all lies together");
    if (suite->real || tally->only)
        return;
    check = (struct check){0};
    check_that(&check, cases == PVGPU_RULE_COUNT - 1, __FILE__, __LINE__, "as many cases as rules");
    printf("%u rules, %u cases\n", (unsigned)PVGPU_RULE_COUNT - 1, cases);
    count(tally, &check, "as many cases as rules");
}

static void run_cases(struct tally *tally, struct suite *suite, struct suite_cases cases)
{
    for (size_t i = 0; i < cases.count; i++) {
        struct check check = {0};
        if (!is_wanted(tally, cases.cases[i].name))
            continue;
        if (suite->real && cases.cases[i].null_only)
            check.skipped = "needs a renderer that obeys orders; runs on the null renderer";
        else
            cases.cases[i].run(&check, suite);
        count(tally, &check, cases.cases[i].name);
    }
}

int main(int argc, char **argv)
{
    struct suite suite = {0};
    struct tally tally = {0};
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--d3d11") == 0)
            suite.real = true;
        else
            tally.only = argv[i];
    }
    run_cases(&tally, &suite, suite_stream_cases());
    run_cases(&tally, &suite, suite_object_cases());
    run_cases(&tally, &suite, suite_alias_cases());
    run_cases(&tally, &suite, suite_output_cases());
    run_cases(&tally, &suite, suite_limit_cases());
    run_cases(&tally, &suite, suite_pipeline_cases());
    run_cases(&tally, &suite, suite_shader_cases());
    run_cases(&tally, &suite, suite_host_cases());
    tell_all(&tally, &suite);
    for (size_t i = 0; i < suite.reason_count; i++)
        free(suite.reasons[i]);
    printf("%d passed, %d failed, %d skipped\n", tally.passed, tally.failed, tally.skipped);
    return tally.failed || tally.passed == 0 ? 1 : 0;
}
