#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# Writes the tables of docs/ that have their source in the code: between markers "<!-- NAME:begin -->" and
# "<!-- NAME:end -->" the table of commands (src/wire/commands.inc), that of rules (src/wire/rules.inc) and that of rules
# for shaders (src/wire/dxbc_rules.inc). Run it after a change to one of them; tests compare.
import pathlib
import re

top = pathlib.Path(__file__).resolve().parent.parent


def rows_of(path, macro):
    """The arguments of every use of a macro in a .inc file, strings without their quotes."""
    text = re.sub(r'/\*.*?\*/', '', (top / path).read_text(), flags=re.S)
    for use in re.finditer(macro + r'\(((?:"(?:[^"\\]|\\.)*"|[^")])*)\)', text):
        yield [part.strip().strip('"') for part in re.findall(r'"(?:[^"\\]|\\.)*"|[^,"]+', use.group(1)) if part.strip()]


def opcode_of(name):
    header = (top / 'include/pvgpu/protocol.h').read_text()
    return int(re.search(r'PVGPU_%s = (0x[0-9A-Fa-f]+)' % name, header).group(1), 16)


def full_size(struct):
    header = (top / 'include/pvgpu/protocol.h').read_text()
    return int(re.search(r'PVGPU_ASSERT_SIZE\(struct pvgpu_cmd_%s, (\d+)\)' % struct, header).group(1))


def command_table():
    yield '| Opcode | Command | Least | Full |'
    yield '|---|---|---|---|'
    for name, _, struct, least in rows_of('src/wire/commands.inc', 'PVGPU_COMMAND'):
        yield '| 0x%04X | [%s](#%s) | %s | %d |' % (opcode_of(name), name, name.lower(), least, full_size(struct))


CODES = {'INVALID_COMMAND': 1, 'INVALID_RESOURCE_ID': 2, 'RESOURCE_NOT_FOUND': 3, 'OUT_OF_MEMORY': 4,
         'SHADER_COMPILATION': 5, 'INTERNAL': 7}


def rule_table():
    yield '| Rule | Error | What is wrong | Source |'
    yield '|---|---|---|---|'
    for name, code, text, source in rows_of('src/wire/rules.inc', 'PVGPU_RULE'):
        yield '| %s | %d | %s | %s |' % (name, CODES[code], text, source)


def shader_rule_table():
    yield '| Rule | What is wrong | Source |'
    yield '|---|---|---|'
    for name, text, source in rows_of('src/wire/dxbc_rules.inc', 'PVGPU_DXBC_RULE'):
        yield '| %s | %s | %s |' % (name, text, source)


def replace(path, name, lines):
    text = (top / path).read_text()
    begin, end = '<!-- %s:begin -->\n' % name, '<!-- %s:end -->' % name
    before, rest = text.split(begin)
    after = rest.split(end)[1]
    (top / path).write_text(before + begin + ''.join(line + '\n' for line in lines) + end + after)


replace('docs/protocol.md', 'commands', command_table())
replace('docs/protocol.md', 'rules', rule_table())
replace('docs/shaders.md', 'rules', shader_rule_table())
