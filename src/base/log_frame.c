/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "base/log_frame.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define RS '\x1E'
#define US '\x1F'

#define KEY_CHARACTERS 32

/* ---- Writing ----------------------------------------------------------------------------------------------------- */

static char kind_of(const struct pvgpu_log_field *field)
{
    return field->text ? (field->is_said ? '~' : '=') : field->is_said ? '+' : '#';
}

/* Appends a field if it fits with the LF behind it. */
static size_t encode_field(char *frame, size_t used, const struct pvgpu_log_field *field)
{
    char *at = frame + used;
    size_t left = PVGPU_LOG_FRAME_BYTES - 1 - used;
    int length = field->text ? snprintf(at, left, "%c%s=%c%s", US, field->key, kind_of(field), field->text)
                             : snprintf(at, left, "%c%s=%c%" PRIu64, US, field->key, kind_of(field), field->number);
    return length < 0 || (size_t)length >= left ? used : used + (size_t)length;
}

size_t pvgpu_log_frame_encode(char frame[PVGPU_LOG_FRAME_BYTES], const struct pvgpu_log_record *record)
{
    int length = snprintf(frame, PVGPU_LOG_FRAME_BYTES - 1, "%c%d%c%zu%c%" PRIu64 "%c%" PRId64 "%c%.*s", RS,
                          (int)record->level, US, pvgpu_log_target_index(record->target), US, record->time_ns, US,
                          record->pid, US, PVGPU_LOG_MESSAGE_BYTES - 1, record->message);
    size_t used = length < 0 ? 0 : (size_t)length;
    for (const struct pvgpu_log_field *field = record->fields; field && field->key; field++)
        used = encode_field(frame, used, field);
    frame[used++] = '\n';
    return used;
}

/* ---- Reading ----------------------------------------------------------------------------------------------------- */

/* Part of a line between two separators. */
struct span {
    char *text;
    size_t length;
};

/* Takes what is in front of the next US, or all that is left; false at the end of the line. */
static bool take(struct span *rest, struct span *part)
{
    if (!rest->text)
        return false;
    char *end = memchr(rest->text, US, rest->length);
    *part = (struct span){rest->text, end ? (size_t)(end - rest->text) : rest->length};
    rest->length -= end ? part->length + 1 : part->length;
    rest->text = end ? end + 1 : NULL;
    return true;
}

/* Digits alone, without a sign, at most `most`. */
static bool to_number(const struct span *part, uint64_t most, uint64_t *number)
{
    uint64_t value = 0;
    for (size_t i = 0; i < part->length; i++) {
        unsigned digit = (unsigned)part->text[i] - '0';
        if (digit > 9 || digit > most || value > (most - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *number = value;
    return part->length > 0;
}

static bool take_number(struct span *rest, uint64_t most, uint64_t *number)
{
    struct span part;
    return take(rest, &part) && to_number(&part, most, number);
}

static bool is_key(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        char c = text[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'))
            return false;
    }
    return length > 0 && length <= KEY_CHARACTERS;
}

/* The parts are not terminated yet: that happens when the whole line has turned out well. */
static bool decode_field(struct pvgpu_log_field *field, const struct span *part)
{
    char *equals = memchr(part->text, '=', part->length);
    size_t key = equals ? (size_t)(equals - part->text) : 0;
    if (!equals || !is_key(part->text, key) || part->length < key + 2)
        return false;
    struct span value = {equals + 2, part->length - key - 2};
    char kind = equals[1];
    *field = (struct pvgpu_log_field){.key = part->text, .is_said = kind == '~' || kind == '+'};
    if (kind == '=' || kind == '~') {
        field->text = value.text;
        return value.length < PVGPU_LOG_FIELD_BYTES;
    }
    return (kind == '#' || kind == '+') && to_number(&value, UINT64_MAX, &field->number);
}

/* Ends the texts, whose ends are the separators that now become zeros. */
static void terminate(char *line, size_t length, const struct pvgpu_log_field *fields)
{
    for (size_t i = 0; i < length; i++) {
        if (line[i] == US)
            line[i] = '\0';
    }
    line[length] = '\0';
    for (; fields->key; fields++)
        *strchr(fields->key, '=') = '\0';
}

bool pvgpu_log_frame_decode(struct pvgpu_log_frame *frame, char *line, size_t length)
{
    struct span rest = {line + 1, length ? length - 1 : 0}, part;
    uint64_t level, target, time_ns, pid;
    size_t count = 0;
    if (!length || line[0] != RS || memchr(line, '\0', length) || !take_number(&rest, PVGPU_LOG_TRACE, &level) ||
        !take_number(&rest, PVGPU_LOG_TARGETS - 1, &target) || !take_number(&rest, UINT64_MAX, &time_ns) ||
        !take_number(&rest, INT64_MAX, &pid))
        return false;
    struct span message;
    if (!take(&rest, &message) || message.length >= PVGPU_LOG_MESSAGE_BYTES)
        return false;
    while (take(&rest, &part)) {
        if (count == PVGPU_LOG_FIELDS_MOST || !decode_field(&frame->fields[count++], &part))
            return false;
    }
    frame->fields[count] = (struct pvgpu_log_field){.key = NULL};
    terminate(line, length, frame->fields);
    pvgpu_log_clean(message.text, message.length);
    for (size_t i = 0; i < count; i++) {
        if (frame->fields[i].text)
            pvgpu_log_clean((char *)(uintptr_t)frame->fields[i].text, strlen(frame->fields[i].text));
    }
    frame->record = (struct pvgpu_log_record){
        .time_ns = time_ns,
        .level = (enum pvgpu_log_level)level,
        .target = pvgpu_log_target_name((size_t)target),
        .pid = (int64_t)pid,
        .message = message.text,
        .fields = frame->fields,
    };
    return true;
}

/* ---- Lines ------------------------------------------------------------------------------------------------------- */

static void end_line(struct pvgpu_log_splitter *splitter, pvgpu_log_line_fn on_line, void *user)
{
    size_t length = splitter->used;
    if (length && splitter->line[length - 1] == '\r')
        length--;
    splitter->line[length] = '\0';
    if (length)
        on_line(user, splitter->line, length, splitter->is_cut);
    splitter->used = 0;
    splitter->is_cut = false;
}

void pvgpu_log_splitter_feed(struct pvgpu_log_splitter *splitter, const char *bytes, size_t count,
                             pvgpu_log_line_fn on_line, void *user)
{
    for (size_t i = 0; i < count; i++) {
        if (bytes[i] == '\n' || bytes[i] == RS)
            end_line(splitter, on_line, user);
        if (bytes[i] == '\n')
            continue;
        if (splitter->used < sizeof(splitter->line) - 1)
            splitter->line[splitter->used++] = bytes[i];
        else
            splitter->is_cut = true;
    }
}

void pvgpu_log_splitter_end(struct pvgpu_log_splitter *splitter, pvgpu_log_line_fn on_line, void *user)
{
    end_line(splitter, on_line, user);
}
