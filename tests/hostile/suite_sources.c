/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Is there a lie for every reason? The sources know. */
#include "suite.h"

#include <ctype.h>
#include <dirent.h>
#include <stdlib.h>

#define REASON_CHARS 256

/* Given by nothing that a guest can do in this version; each with why. */
static const char *const unreachable[] = {
    "the box is empty", /* in UPDATE an extent of 0 means the rest; region copies, not executed yet, can name one */
    "a fault of the host", /* tests/loss makes it */
    "the vertex shader is not valid", /* it was checked when it was created, and its copy is private */
};

static bool is_unreachable(const char *reason)
{
    for (size_t i = 0; i < sizeof(unreachable) / sizeof(unreachable[0]); i++) {
        if (strcmp(unreachable[i], reason) == 0)
            return true;
    }
    return false;
}

static bool was_given(const struct suite *suite, const char *reason)
{
    for (size_t i = 0; i < suite->reason_count; i++) {
        if (strcmp(suite->reasons[i], reason) == 0)
            return true;
    }
    return false;
}

static char *read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return NULL;
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    rewind(file);
    char *text = calloc(1, (size_t)size + 1);
    size_t got = text ? fread(text, 1, (size_t)size, file) : 0;
    fclose(file);
    if (got != (size_t)size) {
        free(text);
        return NULL;
    }
    return text;
}

/* Skips a comment at `at`; the same position if there is none. */
static const char *skip_comment(const char *at)
{
    if (at[0] == '/' && at[1] == '*') {
        const char *end = strstr(at + 2, "*/");
        return end ? end + 2 : at + strlen(at);
    }
    return at;
}

/* Whether the statement (the text since the last ; { or }) hands its strings to a guest. */
static bool gives_reasons(const char *statement, size_t length)
{
    static const char *const others[] = {"pvgpu_debug(", "pvgpu_trace(",   "pvgpu_warn(", "pvgpu_info(",
                                         "pvgpu_error(", "pvgpu_log_for(", "#include"};
    static const char *const gives[] = {"return", "reason = ", "refuse(", "_fault(", "_check(", "lose_framing("};
    char text[4096];
    if (length >= sizeof(text))
        length = sizeof(text) - 1;
    memcpy(text, statement, length);
    text[length] = 0;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        if (strstr(text, others[i]))
            return false;
    }
    for (size_t i = 0; i < sizeof(gives) / sizeof(gives[0]); i++) {
        if (strstr(text, gives[i]))
            return true;
    }
    return false;
}

static bool is_blank(const char *from, const char *to)
{
    while (from < to && isspace((unsigned char)*from))
        from++;
    return from == to;
}

struct tally {
    size_t found, missing;
};

/* One literal that follows `statement`. */
static void judge(struct check *check, const struct suite *suite, const char *file, const char *reason,
                  struct tally *tally)
{
    tally->found++;
    if (is_unreachable(reason) || was_given(suite, reason))
        return;
    tally->missing++;
    check->failures++;
    printf("  %s: no lie has made the host say \"%s\"\n", file, reason);
}

static void scan(struct check *check, const struct suite *suite, const char *file, const char *text,
                 struct tally *tally)
{
    const char *statement = text;
    for (const char *at = text; *at;) {
        const char *after = skip_comment(at);
        if (after != at) {
            if (is_blank(statement, at))
                statement = after;
            at = after;
        } else if (*at == ';' || *at == '{' || *at == '}') {
            statement = ++at;
        } else if (*at == '\'') {
            at += at[1] == '\\' ? 4 : 3;
        } else if (*at == '"') {
            char reason[REASON_CHARS];
            size_t length = 0;
            bool wanted = gives_reasons(statement, (size_t)(at - statement));
            for (at++; *at && *at != '"'; at++) {
                if (*at == '\\')
                    at++;
                if (length + 1 < sizeof(reason))
                    reason[length++] = *at;
            }
            reason[length] = 0;
            at += *at == '"';
            if (wanted && length)
                judge(check, suite, file, reason, tally);
        } else {
            at++;
        }
    }
}

static bool is_wanted_file(const char *name, const char *prefix)
{
    size_t length = strlen(name);
    return strncmp(name, prefix, strlen(prefix)) == 0 && length > 2 && strcmp(name + length - 2, ".c") == 0;
}

static void scan_folder(struct check *check, const struct suite *suite, const char *project, const char *folder,
                        const char *prefix, struct tally *tally)
{
    char path[1024];
    snprintf(path, sizeof(path), "%s/%s", project, folder);
    DIR *directory = opendir(path);
    size_t files = 0;
    for (struct dirent *entry; directory && (entry = readdir(directory));) {
        if (!is_wanted_file(entry->d_name, prefix))
            continue;
        snprintf(path, sizeof(path), "%s/%s/%s", project, folder, entry->d_name);
        char *text = read_file(path);
        if (CHECK(text != NULL))
            scan(check, suite, entry->d_name, text, tally);
        free(text);
        files++;
    }
    if (directory)
        closedir(directory);
    CHECK(files > 0);
}

void suite_check_complete(struct check *check, const struct suite *suite, const char *folder)
{
    struct tally tally = {0};
    scan_folder(check, suite, folder, "src/wire", "validate", &tally);
    scan_folder(check, suite, folder, "src/render", "handle_", &tally);
    scan_folder(check, suite, folder, "src/render", "context", &tally);
    scan_folder(check, suite, folder, "src/render", "renderer", &tally);
    scan_folder(check, suite, folder, "src/shm", "layout", &tally);
    printf("  %zu reasons in the sources, %zu without a lie, %zu that no guest can reach\n", tally.found, tally.missing,
           sizeof(unreachable) / sizeof(unreachable[0]));
    CHECK(tally.found > 150);
}
