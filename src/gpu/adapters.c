/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "gpu/adapters.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define LEAST_DEDICATED_BYTES (UINT64_C(256) << 20) /* of an adapter that has video memory to draw with */

const char *pvgpu_adapter_kind_name(enum pvgpu_adapter_kind kind)
{
    static const char *const names[] = {"discrete", "integrated", "software"};
    return names[kind];
}

const char *pvgpu_feature_level_name(uint32_t level)
{
    static const struct {
        uint32_t level; /* D3D_FEATURE_LEVEL: the digits, 4 bits each, from bit 12 */
        const char *name;
    } names[] = {
        {0, "none"},      {0x9100, "9_1"},  {0x9200, "9_2"},  {0x9300, "9_3"},  {0xA000, "10_0"}, {0xA100, "10_1"},
        {0xB000, "11_0"}, {0xB100, "11_1"}, {0xC000, "12_0"}, {0xC100, "12_1"}, {0xC200, "12_2"},
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (names[i].level == level)
            return names[i].name;
    }
    return "unknown";
}

uint64_t pvgpu_adapter_memory_bytes(const struct pvgpu_adapter *adapter)
{
    if (adapter->dedicated_bytes >= LEAST_DEDICATED_BYTES || adapter->shared_bytes == 0)
        return adapter->dedicated_bytes;
    return adapter->shared_bytes;
}

struct text {
    char *bytes; /* PVGPU_ADAPTER_REASON_BYTES */
    size_t used;
};

PVGPU_PRINTF(2, 3) static void say(struct text *text, const char *format, ...)
{
    size_t left = PVGPU_ADAPTER_REASON_BYTES - text->used;
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text->bytes + text->used, left, format, arguments);
    va_end(arguments);
    if (length > 0)
        text->used += (size_t)length < left ? (size_t)length : left - 1;
}

static void say_names(struct text *text, const struct pvgpu_adapter_list *list)
{
    for (uint32_t i = 0; i < list->count; i++)
        say(text, "%s%" PRIu32 " \"%s\"", i ? ", " : "", i, list->adapters[i].name);
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Whether a text begins with a part, ASCII letters in either case. */
static bool begins(const char *text, const char *part)
{
    for (; *part; text++, part++) {
        if (lower(*text) != lower(*part))
            return false;
    }
    return true;
}

static bool contains(const char *text, const char *part)
{
    for (; *text; text++) {
        if (begins(text, part))
            return true;
    }
    return false;
}

static bool is_called(const struct pvgpu_adapter *adapter, const char *name)
{
    return strlen(adapter->name) == strlen(name) && begins(adapter->name, name);
}

static bool is_equal_card(const struct pvgpu_adapter *a, const struct pvgpu_adapter *b)
{
    return strcmp(a->name, b->name) == 0 && a->vendor_id == b->vendor_id && a->device_id == b->device_id;
}

static bool is_better(const struct pvgpu_adapter *a, const struct pvgpu_adapter *b)
{
    if (!a->failure != !b->failure)
        return !a->failure;
    if (a->kind != b->kind)
        return a->kind < b->kind;
    return pvgpu_adapter_memory_bytes(a) > pvgpu_adapter_memory_bytes(b);
}

/* Why the automatic order came to `best`, which is usable. */
static void say_why(struct text *text, const struct pvgpu_adapter_list *list, const struct pvgpu_adapter *best)
{
    uint32_t usable = 0, kin = 0, equals = 0; /* the latter two count `best` itself */
    for (uint32_t i = 0; i < list->count; i++) {
        const struct pvgpu_adapter *other = &list->adapters[i];
        bool is_kin = !other->failure && other->kind == best->kind;
        usable += !other->failure;
        kin += is_kin;
        equals += is_kin && pvgpu_adapter_memory_bytes(other) == pvgpu_adapter_memory_bytes(best);
    }
    const char *kind = pvgpu_adapter_kind_name(best->kind);
    if (list->count == 1)
        say(text, "the only adapter");
    else if (usable == 1)
        say(text, "the only usable one of %" PRIu32, list->count);
    else if (kin == 1)
        say(text, "the only %s one of %" PRIu32, kind, list->count);
    else if (equals == 1)
        say(text, "the most memory of %" PRIu32 " %s ones", kin, kind);
    else
        say(text, "the first of %" PRIu32 " %s ones with the most memory", equals, kind);
}

static enum pvgpu_adapter_choice choose_best(const struct pvgpu_adapter_list *list, uint32_t *chosen, struct text *text)
{
    uint32_t best = 0;
    for (uint32_t i = 1; i < list->count; i++) {
        if (is_better(&list->adapters[i], &list->adapters[best]))
            best = i;
    }
    if (list->adapters[best].failure) {
        say(text, "no adapter is usable:");
        for (uint32_t i = 0; i < list->count; i++)
            say(text, "%s \"%s\" failed with 0x%08" PRIX32, i ? "," : "", list->adapters[i].name,
                list->adapters[i].failure);
        return PVGPU_ADAPTER_UNUSABLE;
    }
    *chosen = best;
    say_why(text, list, &list->adapters[best]);
    return PVGPU_ADAPTER_CHOSEN;
}

/* The one that was asked for. */
static enum pvgpu_adapter_choice take(const struct pvgpu_adapter *adapter, uint32_t *chosen, struct text *text,
                                      const char *why)
{
    if (adapter->failure) {
        say(text, "adapter %" PRIu32 " \"%s\" is not usable: making a device failed with 0x%08" PRIX32, adapter->index,
            adapter->name, adapter->failure);
        return PVGPU_ADAPTER_UNUSABLE;
    }
    *chosen = adapter->index;
    say(text, "%s", why);
    return PVGPU_ADAPTER_CHOSEN;
}

static enum pvgpu_adapter_choice choose_named(const struct pvgpu_adapter_list *list, const char *name, uint32_t *chosen,
                                              struct text *text)
{
    for (int only_whole = 1; only_whole >= 0; only_whole--) {
        const struct pvgpu_adapter *best = NULL;
        uint32_t matches = 0;
        bool are_equal = true;
        for (uint32_t i = 0; i < list->count; i++) {
            const struct pvgpu_adapter *adapter = &list->adapters[i];
            if (only_whole ? !is_called(adapter, name) : !contains(adapter->name, name))
                continue;
            matches++;
            are_equal &= !best || is_equal_card(best, adapter);
            if (!best || is_better(adapter, best))
                best = adapter;
        }
        if (matches && are_equal)
            return take(best, chosen, text,
                        matches == 1 ? "asked for by name" : "the first of several equal ones of that name");
        if (matches) {
            say(text, "\"%s\" is in the names of %" PRIu32 " adapters that differ; this host has ", name, matches);
            say_names(text, list);
            return PVGPU_ADAPTER_WRONG;
        }
    }
    say(text, "no adapter has \"%s\" in its name; this host has ", name);
    say_names(text, list);
    return PVGPU_ADAPTER_WRONG;
}

enum pvgpu_adapter_choice pvgpu_adapter_choose(const struct pvgpu_adapter_list *list, int32_t index, const char *name,
                                               uint32_t *chosen, char reason[PVGPU_ADAPTER_REASON_BYTES])
{
    struct text text = {.bytes = reason};
    reason[0] = '\0';
    if (list->count == 0) {
        say(&text, "this host has no adapter");
        return PVGPU_ADAPTER_UNUSABLE;
    }
    if (name)
        return choose_named(list, name, chosen, &text);
    if (index < 0)
        return choose_best(list, chosen, &text);
    if ((uint32_t)index < list->count)
        return take(&list->adapters[index], chosen, &text, "asked for by index");
    say(&text, "there is no adapter %" PRId32 "; this host has %" PRIu32 ": ", index, list->count);
    say_names(&text, list);
    return PVGPU_ADAPTER_WRONG;
}
