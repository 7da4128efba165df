#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# Field coverage: every field of every command, changed on its way to the host, must make some case of the exactness
# suite go red. The fields come from include/pvgpu/protocol.h and src/wire/commands.inc, so that a new one cannot be
# forgotten; coverage.txt remembers which case noticed each.
#
#   coverage.py fields               prints all fields
#   coverage.py find PROGRAM HOST    looks for cases and rewrites coverage.txt (some minutes)
#   coverage.py check PROGRAM HOST   every line of coverage.txt must still hold, every field must be in it
#
# PROGRAM is exact-guest; HOST is whose limits are left out (dxvk, wine).
import pathlib
import re
import subprocess
import sys

here = pathlib.Path(__file__).resolve().parent
top = here.parent.parent
REMEMBERED = here / 'coverage.txt'

# Members of the entries of arrays: (bytes of an entry, names of its words). The first and the last entry are changed.
ENTRIES = {
    ('create_blend_state', 'targets'): (32, 'enable source destination operation source_alpha destination_alpha '
                                            'operation_alpha write_mask'),
    ('create_input_layout', 'elements'): (28, 'name_offset semantic_index format slot byte_offset classification '
                                              'step_rate'),
    ('set_viewport', 'viewports'): (24, 'x y width height min_depth max_depth'),
    ('set_scissor', 'rects'): (16, 'left top right bottom'),
    ('set_vertex_buffer', 'buffers'): (12, 'id stride offset'),
    ('create_depth_stencil_state', 'front'): (16, 'fail depth_fail pass compare'),
    ('create_depth_stencil_state', 'back'): (16, 'fail depth_fail pass compare'),
}

# What nobody looks at, by the protocol, and why.
NOT_EXAMINED = {
    ('*', 'header.flags'): 'flags of the header mean nothing in 1.0',
    ('map_resource', 'map_flags'): 'not examined in 1.0',
    ('present', 'flags'): 'not examined in 1.0',
    ('resize_buffers', 'flags'): 'not examined in 1.0',
    ('set_unordered_access', 'initial_counts'): 'for views with counters, which 1.0 cannot make',
}

# Commands whose id is in the header, or may be.
ID_IN_HEADER = ('create_resource', 'open_resource', 'map_resource', 'unmap_resource', 'update_resource', 'destroy',
                'set_input_layout')


def opcodes():
    """[(opcode, struct)] in the order of the command table."""
    numbers = dict(re.findall(r'PVGPU_(\w+) = (0x[0-9A-Fa-f]+)', (top / 'include/pvgpu/protocol.h').read_text()))
    for name, struct in re.findall(r'^PVGPU_COMMAND\((\w+), \w+, (\w+), \d+\)',
                                   (top / 'src/wire/commands.inc').read_text(), re.M):
        yield int(numbers[name], 16), name, struct


def layout(struct):
    """[(field, first byte, end)] of a command's payload."""
    header = (top / 'include/pvgpu/protocol.h').read_text()
    size = int(re.search(r'PVGPU_ASSERT_SIZE\(struct pvgpu_cmd_%s, (\d+)\)' % struct, header).group(1))
    found = [(name, int(at)) for name, at in
             re.findall(r'PVGPU_ASSERT_AT\(struct pvgpu_cmd_%s, (\w+), (\d+)\)' % struct, header)]
    ends = [at for _, at in found[1:]] + [size]
    return [(name, at, end) for (name, at), end in zip(found, ends)]


def words(struct, name, at, end):
    """[(label, offset)] of the words of a field that are to be changed."""
    if (struct, name) in ENTRIES:
        size, members = ENTRIES[struct, name]
        starts = sorted({at, at + (end - at) // size * size - size})
        return [('%s[%d].%s' % (name, (start - at) // size, member), start + 4 * i)
                for start in starts for i, member in enumerate(members.split())]
    if end - at <= 4:
        return [(name, at)]
    if end - at == 8 and name == 'value':
        return [(name + '.low', at), (name + '.high', at + 4)]
    return [('%s[%d]' % (name, (offset - at) // 4), offset) for offset in sorted({at, end - 4})]


def reason_not(struct, name):
    base = name.split('[')[0]
    if base.startswith('reserved'):
        return 'reserved'
    if base == 'header.id' and struct not in ID_IN_HEADER:
        return 'the id is in the payload'
    return NOT_EXAMINED.get((struct, base)) or NOT_EXAMINED.get(('*', base))


def fields():
    """[(opcode, command, label, offset, why it is not examined or None)]"""
    for opcode, command, struct in opcodes():
        listed = [('header.id', 8), ('header.flags', 12)]
        if opcode == 1:
            listed.insert(0, ('header.size', 4))  # framing is the same for all
        if struct != 'flush':
            for name, at, end in layout(struct):
                listed += words(struct, name, at, end)
        for label, offset in listed:
            yield opcode, command, label, offset, reason_not(struct, label)


MASKS = (0x1, 0x2, 0x4, 0x10, 0x3, 0x8, 0x7, 0x20, 0x40, 0x100, 0x400000, 0x800000, 0x3F800000, 0x80000000, 0x10000)


class Guest:
    """exact-guest, which answers lines "OPCODE:OFFSET:XOR [CASE... | !]" with the case that notices."""

    def __init__(self, program, host):
        self.process = subprocess.Popen([program, '--host', host, '--coverage', '-'], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, bufsize=1)

    def ask(self, line):
        self.process.stdin.write(line + '\n')
        self.process.stdin.flush()
        for answer in self.process.stdout:
            if answer.startswith('0x'):
                return answer.split()[1]
        sys.exit('coverage: exact-guest ended at "%s"' % line)

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def find(program, host):
    guest, remembered = Guest(program, host), []
    left = [field for field in fields() if not field[4]]
    for mask, how in [(mask, '') for mask in MASKS] + [(1, ' !'), (2, ' !'), (16, ' !')]:
        print('coverage: XOR 0x%x%s: %d fields to go' % (mask, ' in all cases' if how else '', len(left)), flush=True)
        still = []
        for field in left:
            change = '0x%04x:%d:0x%x' % (field[0], field[3], mask)
            case = guest.ask(change + how)
            if case == '-':
                still.append(field)
            else:
                remembered.append((field, change, case))
        left = still
    guest.end()
    order = {(f[0], f[3]): i for i, f in enumerate(fields())}
    remembered.sort(key=lambda row: order[row[0][0], row[0][3]])
    with REMEMBERED.open('w') as out:
        out.write('# SPDX-License-Identifier: MIT OR Apache-2.0\n# Made by coverage.py: what is changed on its way, the '
                  'case that notices, the field.\n')
        for field, change, case in remembered:
            out.write('%s %s %s.%s\n' % (change, case, field[1], field[2]))
    return tell(len(remembered), left)


def tell(noticed, unnoticed):
    reserved = [field for field in fields() if field[4]]
    for field in unnoticed:
        print('FAILED  nobody notices %s.%s (offset %d)' % (field[1], field[2], field[3]))
    print('coverage: %d fields noticed, %d that nobody notices, %d not examined by the protocol' % (
        noticed, len(unnoticed), len(reserved)))
    return not unnoticed


def check(program, host):
    rows = [line.split() for line in REMEMBERED.read_text().splitlines() if line and not line.startswith('#')]
    known = {(int(change.split(':')[0], 16), int(change.split(':')[1])) for change, _, _ in rows}
    missing = [field for field in fields() if not field[4] and (field[0], field[3]) not in known]
    # The same cases, with what is not examined changed: nothing may happen.
    by_opcode = {}
    for change, case, _ in rows:
        by_opcode.setdefault(int(change.split(':')[0], 16), case)
    idle = [field for field in fields() if field[4] and field[0] in by_opcode]
    guest, right = Guest(program, host), tell(len(rows), missing)
    for change, case, label in rows:
        if guest.ask('%s %s' % (change, case)) == '-':
            print('FAILED  %s no longer notices %s (%s)' % (case, label, change))
            right = False
    for field in idle:
        case = by_opcode[field[0]]
        if guest.ask('0x%04x:%d:0x1 %s' % (field[0], field[3], case)) != '-':
            print('FAILED  %s notices %s.%s, which is not examined (%s)' % (case, field[1], field[2], field[4]))
            right = False
    guest.end()
    return right


if sys.argv[1:] == ['fields']:
    for row in fields():
        print('0x%04X %-28s %-28s %4d %s' % (row[0], row[1], row[2], row[3], row[4] or ''))
elif len(sys.argv) == 4 and sys.argv[1] in ('find', 'check'):
    sys.exit(0 if {'find': find, 'check': check}[sys.argv[1]](sys.argv[2], sys.argv[3]) else 1)
else:
    sys.exit('usage: coverage.py fields | find PROGRAM HOST | check PROGRAM HOST')
