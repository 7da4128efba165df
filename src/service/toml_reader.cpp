/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "service/toml_reader.h"

/* The headers alone, whatever a package says of its library: the same on every host. */
#undef TOML_HEADER_ONLY
#undef TOML_SHARED_LIB
#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 0
/* Its assertions are met by files ("a = {{"); behind each stands an error that is reported. */
#undef NDEBUG
#define TOML_ASSERT(expression) static_cast<void>(0)
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.hpp>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <vector>

namespace {

struct Walk {
    pvgpu_toml_visit visit;
    void *user;
    pvgpu_toml_error *error;
};

void place(toml::source_position at, uint32_t &line, uint32_t &column)
{
    line = static_cast<uint32_t>(at.line);
    column = static_cast<uint32_t>(at.column);
}

void fail(const Walk &walk, toml::source_position at, const char *text)
{
    place(at, walk.error->line, walk.error->column);
    std::snprintf(walk.error->text, sizeof(walk.error->text), "%s", text);
    /* Names of the file's own may be in it, with anything in them. */
    for (char *c = walk.error->text; *c; c++) {
        if (static_cast<unsigned char>(*c) < 0x20 || *c == 0x7F)
            *c = '?';
    }
}

const char *kind_of(const toml::node &node)
{
    switch (node.type()) {
    case toml::node_type::string:
        return "a string";
    case toml::node_type::integer:
        return "an integer";
    case toml::node_type::floating_point:
        return "a number with a point";
    case toml::node_type::boolean:
        return "a boolean";
    case toml::node_type::array:
        return "an array";
    case toml::node_type::table:
        return "a table";
    default:
        return "a date or time";
    }
}

bool report(const Walk &walk, const char *table, const toml::key &key, const toml::node &node)
{
    pvgpu_toml_entry entry = {};
    std::string name(key.str());
    entry.table = table;
    entry.key = name.c_str();
    place(key.source().begin, entry.key_line, entry.key_column);
    place(node.source().begin, entry.line, entry.column);
    entry.kind = kind_of(node);
    entry.type = PVGPU_TOML_OTHER;
    if (const auto *text = node.as_string()) {
        if (std::strlen(text->get().c_str()) != text->get().size()) {
            fail(walk, node.source().begin, "a string with a NUL character in it");
            return false;
        }
        entry.type = PVGPU_TOML_STRING;
        entry.text = text->get().c_str();
    } else if (const auto *integer = node.as_integer()) {
        entry.type = PVGPU_TOML_INTEGER;
        entry.integer = integer->get();
    } else if (const auto *boolean = node.as_boolean()) {
        entry.type = PVGPU_TOML_BOOLEAN;
        entry.boolean = boolean->get();
    }
    return walk.visit(walk.user, &entry);
}

/* toml++ sorts keys by their letters; people read from top to bottom. */
using Entry = std::pair<const toml::key *, const toml::node *>;

std::vector<Entry> in_order(const toml::table &table)
{
    std::vector<Entry> entries;
    for (auto &&[key, node] : table)
        entries.emplace_back(&key, &node);
    std::sort(entries.begin(), entries.end(), [](const Entry &a, const Entry &b) {
        auto left = a.first->source().begin, right = b.first->source().begin;
        return left.line != right.line ? left.line < right.line : left.column < right.column;
    });
    return entries;
}

bool walk_tables(const Walk &walk, const char *name, const toml::array &tables)
{
    for (const toml::node &node : tables) {
        pvgpu_toml_entry begin = {};
        begin.table = name;
        begin.kind = "a table";
        begin.type = PVGPU_TOML_OTHER;
        place(node.source().begin, begin.line, begin.column);
        begin.key_line = begin.line;
        begin.key_column = begin.column;
        if (!walk.visit(walk.user, &begin))
            return false;
        for (const Entry &entry : in_order(*node.as_table())) {
            if (!report(walk, name, *entry.first, *entry.second))
                return false;
        }
    }
    return true;
}

bool is_tables(const toml::node &node)
{
    const toml::array *array = node.as_array();
    return array && !array->empty() && array->is_homogeneous<toml::table>();
}

} // namespace

extern "C" bool pvgpu_toml_read(const char *text, size_t length, pvgpu_toml_visit visit, void *user,
                                pvgpu_toml_error *error)
{
    Walk walk = {visit, user, error};
    *error = pvgpu_toml_error();
    toml::parse_result result = toml::parse(std::string_view(text, length));
    if (!result) {
        fail(walk, result.error().source().begin, std::string(result.error().description()).c_str());
        return false;
    }
    /* Plain values first: tables begin with what the service as a whole has. */
    std::vector<Entry> entries = in_order(result.table());
    for (const Entry &entry : entries) {
        if (!is_tables(*entry.second) && !report(walk, nullptr, *entry.first, *entry.second))
            return false;
    }
    for (const Entry &entry : entries) {
        std::string name(entry.first->str());
        if (is_tables(*entry.second) && !walk_tables(walk, name.c_str(), *entry.second->as_array()))
            return false;
    }
    return true;
}
