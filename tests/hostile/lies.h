/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A lie: one command in which one thing is wrong, and what the host must answer. The tables are in lies_objects.c and
 * lies_commands.c, with at least one row for each rule of wire/rules.inc that one
 * command can break.
 */
#ifndef PVGPU_TESTS_LIES_H
#define PVGPU_TESTS_LIES_H

#include "world.h"

struct lie {
    enum pvgpu_rule rule; /* the one that it breaks; NONE: see reason */
    const char *reason; /* without a rule: the host's words about a shader's bytecode */
    const char *detail; /* tells rows of one rule apart; may be NULL */
    uint32_t code, argument; /* what the guest must be told */
    const void *bytes; /* the command; its size field is filled in */
    uint32_t size; /* bytes that are sent */
    uint32_t claimed; /* size field; 0: size */
    void (*before)(struct world *world); /* encodes what the lie needs; may be NULL */
    void (*after)(struct world *world); /* undoes that; may be NULL */
};

struct lies {
    const struct lie *rows;
    size_t count;
};

struct lies lies_about_objects(void);
struct lies lies_about_commands(void);

/* A command by opcode name and layout name, with the fields that are given; the last of two values counts. */
#define COMMAND(OPCODE, layout, ...) \
    .bytes = &(const struct pvgpu_cmd_##layout){.header.opcode = PVGPU_##OPCODE, __VA_ARGS__}, \
    .size = sizeof(struct pvgpu_cmd_##layout)

#endif
