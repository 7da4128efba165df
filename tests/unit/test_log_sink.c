/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The service's log: its file, what children write to it, and what becomes of those who write too much or lies. */
#include "base/log_frame.h"
#include "base/time.h"
#include "os/pipe.h"
#include "os/process.h"
#include "os/shared_memory.h"
#include "os/stop.h"
#include "service/log_child.h"
#include "service/log_sink.h"

#include "../check.h"

#include <stdlib.h>

#ifdef _WIN32
#include "os/win32/windows_lean.h"
#else
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#endif

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define LONG_NS (20 * PVGPU_NS_PER_S) /* for what must happen; never waited out when all is well */
#define PATH_BYTES 512

/* ---- Support ------------------------------------------------------------------------------------------------------- */

/* A name that no other run uses. */
static void make_path(char path[PATH_BYTES], const char *suffix)
{
#ifdef _WIN32
    char folder[256] = ".\\";
    GetTempPathA(sizeof(folder), folder);
#else
    const char *folder = "/tmp/";
#endif
    snprintf(path, PATH_BYTES, "%spvgpu-log-%lld%s", folder, (long long)pvgpu_process_id(), suffix);
}

/* A whole file, terminated; "" when it is not there. Free it. */
static char *read_file(const char *path)
{
    size_t used = 0, capacity = 1 << 20;
    char *text = calloc(1, capacity + 1);
    FILE *file = fopen(path, "rb");
    if (text && file)
        used = fread(text, 1, capacity, file);
    if (file)
        fclose(file);
    if (!text)
        abort();
    text[used] = '\0';
    return text;
}

static bool is_there(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file)
        fclose(file);
    return file != NULL;
}

static unsigned count_of(const char *text, const char *part)
{
    unsigned count = 0;
    for (const char *at = text; (at = strstr(at, part)) != NULL; at += strlen(part))
        count++;
    return count;
}

/* A sink whose file can be read back. */
struct world {
    char path[PATH_BYTES];
    struct pvgpu_log_filter filter;
    struct pvgpu_log_sink sink;
};

static bool begin(struct check *check, struct world *world, const char *filter, enum pvgpu_log_format format)
{
    char wrong[256] = "";
    make_path(world->path, ".log");
    remove(world->path);
    struct pvgpu_log_sink_config config = {
        .format = format, .filter = &world->filter, .path = world->path, .most_bytes = 0, .count = 5};
    bool ok = CHECK(pvgpu_log_filter_parse(&world->filter, filter, NULL)) &&
              CHECK(pvgpu_log_sink_init(&world->sink, &config, wrong, sizeof(wrong)));
    if (!ok)
        printf("  %s\n", wrong);
    return ok;
}

/* What is in the file by now; free it. */
static char *end(struct world *world)
{
    pvgpu_log_sink_finish(&world->sink);
    char *text = read_file(world->path);
    remove(world->path);
    return text;
}

static void say(const struct pvgpu_log_source *source, const char *text)
{
    if (!pvgpu_pipe_write(pvgpu_log_source_writer(source), text, strlen(text)))
        printf("  a write failed\n");
}

/* What stands in front of a record's message: of the service itself, at a level, long ago. */
#define RECORD(level) \
    "\x1E" level "\x1F" \
    "0\x1F" \
    "1\x1F" \
    "1\x1F"

/* A child's view of a source, in this process; its memory is to be finished. */
static bool be_child(struct check *check, const struct pvgpu_log_source *source, struct pvgpu_log_child *child,
                     struct pvgpu_shared_memory *memory)
{
    struct pvgpu_log log = {.level = PVGPU_LOG_ERROR, .target = "test"};
    pvgpu_handle board = pvgpu_handle_duplicate(pvgpu_log_source_board(source));
    if (!CHECK(pvgpu_shared_memory_adopt(memory, board, sizeof(struct pvgpu_log_board), PVGPU_POPULATE_NONE, &log)))
        return false;
    pvgpu_log_child_init(child, pvgpu_log_source_writer(source), memory->base);
    return true;
}

/* The text must be somewhere in the log; else it is shown. */
#define SAYS(text, part) (CHECK(strstr(text, part) != NULL) || (printf("  the log: %s\n", text), false))

/* ---- Files --------------------------------------------------------------------------------------------------------- */

static unsigned first_number(const char *text)
{
    const char *at = strstr(text, "line ");
    return at ? (unsigned)strtoul(at + 5, NULL, 10) : 0;
}

static unsigned last_number(const char *text)
{
    unsigned number = 0;
    for (const char *at = text; (at = strstr(at, "line ")) != NULL; at++)
        number = (unsigned)strtoul(at + 5, NULL, 10);
    return number;
}

static void files_are_renamed(struct check *check)
{
    enum { KEPT = 3, LINES = 600 };
    char path[PATH_BYTES], name[PATH_BYTES + 16];
    struct pvgpu_log_file file = {.most_bytes = 8192, .count = KEPT, .retry_ns = 0};
    make_path(path, ".rotated");
    snprintf(file.path, sizeof(file.path), "%s", path);
    if (!CHECK(pvgpu_log_file_open(&file)))
        return;
    for (int i = 1; i <= LINES; i++) {
        char line[128];
        uint64_t lost;
        int length = snprintf(line, sizeof(line), "line %d %0*d\n", i, 80, 0);
        CHECK_EQ(pvgpu_log_file_write(&file, line, (size_t)length, &lost), PVGPU_LOG_FILE_WRITTEN);
    }
    pvgpu_log_file_close(&file);
    /* Together the files hold the last lines, without a gap. */
    unsigned expected = LINES;
    for (int i = 0; i <= KEPT; i++) {
        snprintf(name, sizeof(name), i ? "%s.%d" : "%s", path, i);
        char *text = read_file(name);
        CHECK(strlen(text) <= 8192 && (i == 0 || strlen(text) > 8192 - 128));
        CHECK_EQ(last_number(text), expected);
        expected = first_number(text) - 1;
        free(text);
        remove(name);
    }
    CHECK(expected > 0);
    snprintf(name, sizeof(name), "%s.%d", path, KEPT + 1);
    CHECK(!is_there(name));
}

static void files_go_on_where_they_were(struct check *check)
{
    struct pvgpu_log_file file = {.most_bytes = 0, .count = 1};
    uint64_t lost;
    make_path(file.path, ".again");
    remove(file.path);
    for (int i = 0; i < 2; i++) {
        if (!CHECK(pvgpu_log_file_open(&file)))
            return;
        CHECK_EQ(file.bytes, 4 * (uint64_t)i);
        CHECK_EQ(pvgpu_log_file_write(&file, "abc\n", 4, &lost), PVGPU_LOG_FILE_WRITTEN);
        pvgpu_log_file_close(&file);
    }
    char *text = read_file(file.path);
    CHECK(strcmp(text, "abc\nabc\n") == 0);
    free(text);
    remove(file.path);
}

static void wrong_files_are_refused(struct check *check)
{
    struct pvgpu_log_filter filter;
    struct pvgpu_log_sink sink;
    char path[PATH_BYTES], wrong[256];
    make_path(path, ".none");
    CHECK(pvgpu_log_filter_parse(&filter, "info", NULL));
    struct pvgpu_log_sink_config config = {.filter = &filter, .path = path, .most_bytes = 100, .count = 5};
    CHECK(!pvgpu_log_sink_init(&sink, &config, wrong, sizeof(wrong)) && strstr(wrong, "expected at least 8192"));
    config.most_bytes = 0;
    config.count = 101;
    CHECK(!pvgpu_log_sink_init(&sink, &config, wrong, sizeof(wrong)) && strstr(wrong, "expected 1 to 100"));
    config.count = 1;
    CHECK(!is_there(path));
    make_path(path, ".none/log");
    CHECK(!pvgpu_log_sink_init(&sink, &config, wrong, sizeof(wrong)) && strstr(wrong, path));
#ifdef _WIN32
    config.path = "C:\\windows";
    CHECK(!pvgpu_log_sink_init(&sink, &config, wrong, sizeof(wrong)));
#else
    config.path = "/tmp";
    CHECK(!pvgpu_log_sink_init(&sink, &config, wrong, sizeof(wrong)));
    config.path = path;
    make_path(path, ".fifo");
    CHECK(mkfifo(path, 0600) == 0);
    CHECK(!pvgpu_log_sink_init(&sink, &config, wrong, sizeof(wrong)));
    remove(path);
    make_path(path, ".link");
    CHECK(symlink("/dev/null", path) == 0);
    CHECK(!pvgpu_log_sink_init(&sink, &config, wrong, sizeof(wrong)) && strstr(wrong, "symbolic link"));
    remove(path);
#endif
}

static void files_are_private(struct check *check)
{
#ifdef _WIN32
    CHECK_SKIP("who may read a file is inherited from its folder on Windows");
#else
    struct pvgpu_log_file file = {.count = 1};
    struct stat info;
    make_path(file.path, ".private");
    remove(file.path);
    mode_t before = umask(0);
    if (CHECK(pvgpu_log_file_open(&file))) {
        CHECK(stat(file.path, &info) == 0 && (info.st_mode & 0777) == 0600);
        pvgpu_log_file_close(&file);
    }
    umask(before);
    remove(file.path);
#endif
}

/* A limit on the size of files stands for a full disk: it can be taken away again. */
static void full_disks_lose_lines_and_recover(struct check *check)
{
#ifdef _WIN32
    CHECK_SKIP("Windows has no limit on the size of files");
#else
    struct pvgpu_log_file file = {.count = 1, .retry_ns = LONG_NS};
    struct rlimit before, small;
    uint64_t lost = 0;
    make_path(file.path, ".full");
    remove(file.path);
    pvgpu_stop_not_by_writes();
    if (!CHECK(getrlimit(RLIMIT_FSIZE, &before) == 0) || !CHECK(pvgpu_log_file_open(&file)))
        return;
    small = before;
    small.rlim_cur = 25;
    CHECK(setrlimit(RLIMIT_FSIZE, &small) == 0);
    CHECK_EQ(pvgpu_log_file_write(&file, "0123456789 first\n", 17, &lost), PVGPU_LOG_FILE_WRITTEN);
    CHECK_EQ(pvgpu_log_file_write(&file, "0123456789 second\n", 18, &lost), PVGPU_LOG_FILE_FAILED);
    CHECK(strstr(file.reason, "large") != NULL);
    /* Not tried again before it is time. */
    CHECK(setrlimit(RLIMIT_FSIZE, &before) == 0);
    for (int i = 0; i < 10; i++)
        CHECK_EQ(pvgpu_log_file_write(&file, "more\n", 5, &lost), PVGPU_LOG_FILE_LOST);
    file.retry_at_ns = 0;
    CHECK_EQ(pvgpu_log_file_write(&file, "after\n", 6, &lost), PVGPU_LOG_FILE_RECOVERED);
    CHECK_EQ(lost, 11);
    CHECK_EQ(pvgpu_log_file_write(&file, "well\n", 5, &lost), PVGPU_LOG_FILE_WRITTEN);
    pvgpu_log_file_close(&file);
    char *text = read_file(file.path);
    CHECK(strcmp(text, "0123456789 first\n01234567\nafter\nwell\n") == 0);
    free(text);
    remove(file.path);
#endif
}

static void a_disk_that_stays_full_is_told_once(struct check *check)
{
#ifdef __linux__
    struct pvgpu_log_file file = {.path = "/dev/full", .most_bytes = 8192, .count = 1, .retry_ns = 0};
    uint64_t lost = 0;
    if (!CHECK(pvgpu_log_file_open(&file)))
        return;
    CHECK_EQ(pvgpu_log_file_write(&file, "a\n", 2, &lost), PVGPU_LOG_FILE_FAILED);
    for (int i = 0; i < 5; i++)
        CHECK_EQ(pvgpu_log_file_write(&file, "a\n", 2, &lost), PVGPU_LOG_FILE_LOST);
    CHECK_EQ(file.lost, 6);
    pvgpu_log_file_close(&file);
#else
    CHECK_SKIP("needs /dev/full");
#endif
}

/* ---- Children ------------------------------------------------------------------------------------------------------ */

static void children_are_heard(struct check *check)
{
    struct world world;
    struct pvgpu_log_child child;
    struct pvgpu_shared_memory board;
    if (!begin(check, &world, "debug", PVGPU_LOG_FORMAT_TEXT))
        return;
    struct pvgpu_log_source *source = pvgpu_log_source_create(&world.sink, "vm7");
    if (!CHECK(source != NULL) || !be_child(check, source, &child, &board))
        return;
    struct pvgpu_log log = pvgpu_log_make(&child.output, "pvgpu_backend::frames", "another name");
    pvgpu_debug(&log, "A line of ours");
    pvgpu_trace(&log, "Not wanted");
    pvgpu_log_with(&log, PVGPU_LOG_WARN, PVGPU_FIELDS(pvgpu_log_number("code", 3), pvgpu_log_text("why", "a\nb")),
                   "With fields");
    say(source, "info:  DXVK: 3.1.1\nMESA: error: it broke\r\n\n");
    say(source, "WARN  pvgpu_backend: [vm1] a forged line\n");
    say(source, RECORD("0") "[vm1] a forged record\n");
    say(source, "an assertion's last words");
    pvgpu_shared_memory_finish(&board);
    pvgpu_log_source_destroy(source, LONG_NS);
    char *text = end(&world);
    SAYS(text, "DEBUG pvgpu_backend::frames: [vm7] A line of ours\n");
    SAYS(text, "WARN  pvgpu_backend::frames: [vm7] With fields code=3 why=a?b\n");
    SAYS(text, "INFO  driver: [vm7] info:  DXVK: 3.1.1\n");
    SAYS(text, "WARN  driver: [vm7] MESA: error: it broke\n");
    SAYS(text, "WARN  driver: [vm7] WARN  pvgpu_backend: [vm1] a forged line\n");
    SAYS(text, "ERROR pvgpu_backend: [vm7] [vm1] a forged record\n");
    SAYS(text, "WARN  driver: [vm7] an assertion's last words\n");
    CHECK(!strstr(text, "Not wanted") && !strstr(text, "another name"));
    CHECK_EQ(count_of(text, "\n"), 7);
    /* A time that cannot be true is the reader's. */
    CHECK(!strstr(text, "1970-"));
    free(text);
}

static void the_sink_holds_records_to_its_filter(struct check *check)
{
    struct world world;
    if (!begin(check, &world, "info,driver=error", PVGPU_LOG_FORMAT_JSON))
        return;
    struct pvgpu_log_source *source = pvgpu_log_source_create(&world.sink, "vm\"1");
    if (!CHECK(source != NULL))
        return;
    say(source, RECORD("4") "a trace\n");
    say(source, RECORD("2") "wanted\n");
    say(source, "text\n");
    pvgpu_log_source_destroy(source, LONG_NS);
    char *text = end(&world);
    CHECK_EQ(count_of(text, "\n"), 1);
    SAYS(text,
         "\"level\":\"INFO\",\"target\":\"pvgpu_backend\",\"vm\":\"vm\\\"1\",\"pid\":1,\"message\":\"wanted\"}\n");
    free(text);
}

static unsigned number_before(const char *text, const char *part)
{
    unsigned sum = 0;
    for (const char *at = text; (at = strstr(at, part)) != NULL; at++) {
        const char *start = at;
        while (start > text && start[-1] >= '0' && start[-1] <= '9')
            start--;
        sum += (unsigned)strtoul(start, NULL, 10);
    }
    return sum;
}

static void floods_are_limited(struct check *check)
{
    enum { LINES = 5000 };
    struct world world;
    if (!begin(check, &world, "info", PVGPU_LOG_FORMAT_TEXT))
        return;
    struct pvgpu_log_source *source = pvgpu_log_source_create(&world.sink, "vm1");
    if (!CHECK(source != NULL))
        return;
    static const char record[] = RECORD("2") "plenty\n";
    for (int i = 0; i < LINES; i++) {
        /* A reader that is slower than this loop is no failure. */
        while (!pvgpu_pipe_write(pvgpu_log_source_writer(source), "noise\n", 6))
            pvgpu_thread_yield();
        while (!pvgpu_pipe_write(pvgpu_log_source_writer(source), record, sizeof(record) - 1))
            pvgpu_thread_yield();
    }
    pvgpu_log_source_destroy(source, LONG_NS);
    char *text = end(&world);
    unsigned noise = count_of(text, "] noise\n"), plenty = count_of(text, "] plenty\n");
    CHECK(noise >= 1000 && noise < LINES && plenty >= 1000 && plenty < LINES);
    CHECK_EQ(noise + number_before(text, " lines of drivers and libraries were left out"), LINES);
    CHECK_EQ(plenty + number_before(text, " lines were left out"), LINES);
    free(text);
}

/* Nobody reads: writing goes on, and every record that did not go through is told of. */
static void a_full_pipe_holds_nobody_up(struct check *check)
{
    enum { RECORDS = 30000 };
    struct world world;
    static struct pvgpu_log_board board;
    struct pvgpu_log_child child;
    pvgpu_handle writer;
    if (!begin(check, &world, "info", PVGPU_LOG_FORMAT_TEXT))
        return;
    struct pvgpu_log own = pvgpu_log_make(&world.sink.output, "pvgpu_backend", NULL);
    struct pvgpu_pipe *pipe = pvgpu_pipe_create(&writer, &own);
    if (!CHECK(pipe != NULL))
        return;
    pvgpu_log_levels_set(&board.levels, &world.filter);
    atomic_store(&board.lost, 0);
    pvgpu_log_child_init(&child, writer, &board);
    struct pvgpu_log log = pvgpu_log_make(&child.output, "pvgpu_backend", NULL);
    for (int i = 0; i < RECORDS; i++)
        pvgpu_info(&log, "A line that is as long as others, number %d", i);
    uint64_t lost = board.lost, seen = 0;
    CHECK(lost > 0 && lost < RECORDS);
    char bytes[65536];
    size_t count;
    while (pvgpu_pipe_read(pipe, bytes, sizeof(bytes), &count) == PVGPU_IO_DONE) {
        for (size_t i = 0; i < count; i++)
            seen += bytes[i] == '\n';
    }
    CHECK_EQ(seen + lost, RECORDS);
    pvgpu_info(&log, "There is room again");
    CHECK_EQ(board.lost, lost);
    CHECK_EQ(pvgpu_pipe_read(pipe, bytes, sizeof(bytes), &count), PVGPU_IO_DONE);
    pvgpu_handle_close(writer);
    CHECK_EQ(pvgpu_pipe_read(pipe, bytes, sizeof(bytes), &count), PVGPU_IO_CLOSED);
    pvgpu_pipe_destroy(pipe);
    free(end(&world));
}

static void losses_are_told(struct check *check)
{
    struct world world;
    struct pvgpu_log_child child;
    struct pvgpu_shared_memory board;
    if (!begin(check, &world, "info", PVGPU_LOG_FORMAT_TEXT))
        return;
    struct pvgpu_log_source *source = pvgpu_log_source_create(&world.sink, "vm1");
    if (!CHECK(source != NULL) || !be_child(check, source, &child, &board))
        return;
    struct pvgpu_log log = pvgpu_log_make(&child.output, "pvgpu_backend", NULL);
    atomic_fetch_add(&child.board->lost, 5);
    pvgpu_info(&log, "After it");
    atomic_fetch_add(&child.board->lost, 6); /* the last that it does */
    pvgpu_shared_memory_finish(&board);
    pvgpu_log_source_destroy(source, LONG_NS);
    char *text = end(&world);
    /* In one line or in two, as the reader was quick. */
    CHECK_EQ(number_before(text, " lines were lost: "), 11);
    SAYS(text, "WARN  pvgpu_backend: [vm1] ");
    SAYS(text, "After it\n");
    free(text);
}

/* In this process and in children, without their doing anything. */
static void filters_change_while_it_runs(struct check *check)
{
    struct world world;
    struct pvgpu_log_child child;
    struct pvgpu_shared_memory board;
    if (!begin(check, &world, "info", PVGPU_LOG_FORMAT_TEXT))
        return;
    struct pvgpu_log_source *source = pvgpu_log_source_create(&world.sink, "vm1");
    if (!CHECK(source != NULL) || !be_child(check, source, &child, &board))
        return;
    struct pvgpu_log here = pvgpu_log_make(&world.sink.output, "pvgpu_backend::supervisor", NULL);
    struct pvgpu_log there = pvgpu_log_make(&child.output, "pvgpu_backend::frames", NULL);
    CHECK(!pvgpu_log_enabled(&here, PVGPU_LOG_DEBUG) && !pvgpu_log_enabled(&there, PVGPU_LOG_DEBUG));
    CHECK(pvgpu_log_filter_parse(&world.filter, "debug,pvgpu_backend::supervisor=off", NULL));
    pvgpu_log_sink_set_filter(&world.sink, &world.filter);
    CHECK(!pvgpu_log_enabled(&here, PVGPU_LOG_ERROR) && pvgpu_log_enabled(&there, PVGPU_LOG_DEBUG));
    pvgpu_debug(&there, "Wanted now");
    /* A VM that comes later begins with what holds. */
    struct pvgpu_log_source *later = pvgpu_log_source_create(&world.sink, "vm2");
    struct pvgpu_log_child later_child;
    struct pvgpu_shared_memory later_board;
    if (CHECK(later != NULL) && be_child(check, later, &later_child, &later_board)) {
        there = pvgpu_log_make(&later_child.output, "pvgpu_backend::frames", NULL);
        CHECK(pvgpu_log_enabled(&there, PVGPU_LOG_DEBUG));
        pvgpu_shared_memory_finish(&later_board);
    }
    pvgpu_shared_memory_finish(&board);
    pvgpu_log_source_destroy(source, LONG_NS);
    pvgpu_log_sink_set_filter(&world.sink, &world.filter); /* with one source less */
    pvgpu_log_source_destroy(later, LONG_NS);
    char *text = end(&world);
    SAYS(text, "DEBUG pvgpu_backend::frames: [vm1] Wanted now\n");
    free(text);
}

/* A process that does not end, in a driver say, keeps its end of the pipe: nobody waits for it. */
static void a_writer_that_stays_is_left(struct check *check)
{
    struct world world;
    pvgpu_stop_not_by_writes();
    if (!begin(check, &world, "info", PVGPU_LOG_FORMAT_TEXT))
        return;
    struct pvgpu_log_source *source = pvgpu_log_source_create(&world.sink, "vm1");
    if (!CHECK(source != NULL))
        return;
    pvgpu_handle second = pvgpu_handle_duplicate(pvgpu_log_source_writer(source));
    say(source, "one line\nand a half");
    pvgpu_log_source_given(source);
    pvgpu_log_source_destroy(source, 0);
    CHECK(!pvgpu_pipe_write(second, "late\n", 5));
    pvgpu_handle_close(second);
    char *text = end(&world);
    SAYS(text, "one line\n");
    SAYS(text, "and a half\n");
    CHECK(!strstr(text, "late"));
    free(text);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(files_are_renamed),
        CHECK_CASE(files_go_on_where_they_were),
        CHECK_CASE(wrong_files_are_refused),
        CHECK_CASE(files_are_private),
        CHECK_CASE(full_disks_lose_lines_and_recover),
        CHECK_CASE(a_disk_that_stays_full_is_told_once),
        CHECK_CASE(children_are_heard),
        CHECK_CASE(the_sink_holds_records_to_its_filter),
        CHECK_CASE(floods_are_limited),
        CHECK_CASE(a_full_pipe_holds_nobody_up),
        CHECK_CASE(losses_are_told),
        CHECK_CASE(filters_change_while_it_runs),
        CHECK_CASE(a_writer_that_stays_is_left),
    };
    return check_run(cases, COUNT(cases), argc, argv);
}
