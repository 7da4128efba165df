/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A guest that lies, once in each way there is. Every lie is told among commands that are right: the guest must learn
 * the right error, the commands around it must work, the fence behind it must complete, and nothing of it may stay.
 *
 *   test-lies                       on the null renderer, which is watched by checking_gpu
 *   test-lies --d3d11               on Direct3D 11
 *   test-lies --sources FOLDER      also checks that no reason in the project's sources goes without a lie
 *   test-lies ... TEXT              only cases whose name contains TEXT
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

void suite_note_reason(void *user, const char *reason)
{
    struct suite *suite = user;
    for (size_t i = 0; i < suite->reason_count; i++) {
        if (strcmp(suite->reasons[i], reason) == 0)
            return;
    }
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
    CHECK(!lie->reason || world_said(world, lie->reason));
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

static bool begin_anew(struct check *check, struct world *world, bool open)
{
    return CHECK(open && pvgpu_guest_reset(world->guest));
}

/* The null renderer is made anew for each lie; a Direct3D device takes its time, so its guest is reset instead. */
static void tell_all(struct tally *tally, struct suite *suite, const struct lies *lies)
{
    struct world shared;
    struct check check = {0};
    bool open = suite->real && suite_open(&check, suite, &shared, NULL, true);
    for (size_t i = 0; i < lies->count; i++) {
        char name[256];
        struct world fresh, *world = suite->real ? &shared : &fresh;
        const struct lie *lie = &lies->rows[i];
        snprintf(name, sizeof(name), "%s%s%s%s", lie->reason ? lie->reason : "", lie->detail ? " (" : "",
                 lie->detail ? lie->detail : "", lie->detail ? ")" : "");
        if (!is_wanted(tally, name))
            continue;
        check = (struct check){0};
        if (suite->real) {
            if (begin_anew(&check, world, open) && world_build(&check, world))
                tell(&check, world, lie);
        } else if (suite_open(&check, suite, world, NULL, false)) {
            tell(&check, world, lie);
            if (check.failures)
                world_each_reason(world, print_said, NULL);
            suite_close(&check, suite, world);
        }
        count(tally, &check, name);
    }
    check = (struct check){0};
    if (open)
        suite_close(&check, suite, &shared);
    if (suite->real)
        count(tally, &check, "all lies together");
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
    const char *sources = NULL;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--d3d11") == 0)
            suite.real = true;
        else if (strcmp(argv[i], "--sources") == 0 && i + 1 < argc)
            sources = argv[++i];
        else
            tally.only = argv[i];
    }
    struct lies objects = lies_about_objects(), commands = lies_about_commands();
    tell_all(&tally, &suite, &objects);
    tell_all(&tally, &suite, &commands);
    run_cases(&tally, &suite, suite_stream_cases());
    run_cases(&tally, &suite, suite_object_cases());
    run_cases(&tally, &suite, suite_host_cases());
    run_cases(&tally, &suite, suite_shader_cases());
    if (sources && !suite.real && !tally.only) {
        struct check check = {0};
        suite_check_complete(&check, &suite, sources);
        count(&tally, &check, "a lie for every reason in the sources");
    }
    for (size_t i = 0; i < suite.reason_count; i++)
        free(suite.reasons[i]);
    printf("%d passed, %d failed, %d skipped\n", tally.passed, tally.failed, tally.skipped);
    return tally.failed || tally.passed == 0 ? 1 : 0;
}
