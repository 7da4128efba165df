#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# Compares what exact-direct and exact-guest read back, byte for byte:
#
#   compare.py DIRECT GUEST [--verbose]   one line a case that is not identical, then the totals
#   compare.py --png FOLDER RESULT [TEXT]                 outputs of cases whose names contain TEXT, as pictures
#
# A case passes when it ran in both programs, without a failure in either, and all its outputs are the same.
import pathlib
import struct
import sys
import zlib

class Case:
    def __init__(self, status, reason):
        self.status, self.reason, self.outputs = status, reason, []


def read_results(path):
    """Case by name, in order, of one result file."""
    data = pathlib.Path(path).read_bytes()
    at = data.index(b'\n') + 1
    cases = {}
    while at < len(data):
        end = data.index(b'\n', at)
        word, name, status, count, reason = data[at:end].decode(errors='replace').split(' ', 4)
        assert word == 'case', data[at:end]
        case = cases[name] = Case(status, reason)
        at = end + 1
        for _ in range(int(count)):
            end = data.index(b'\n', at)
            fields = data[at:end].decode().split(' ')
            numbers = [int(field) for field in fields[-6:]]
            label = ' '.join(fields[1:-6])
            case.outputs.append((label, numbers, data[end + 1:end + 1 + numbers[5]]))
            at = end + 1 + numbers[5] + 1
    return cases


def difference(direct, guest):
    """What differs between two cases that ran; None: nothing."""
    if len(direct.outputs) != len(guest.outputs):
        return '%d outputs directly, %d by the guest' % (len(direct.outputs), len(guest.outputs))
    for (label, shape, a), (other, other_shape, b) in zip(direct.outputs, guest.outputs):
        if label != other or shape != other_shape:
            return 'output %s %s directly, %s %s by the guest' % (label, shape, other, other_shape)
        if a != b:
            first = next(i for i in range(len(a)) if a[i] != b[i])
            count = sum(1 for x, y in zip(a, b) if x != y)
            return 'DIFFERENT: %s, first at byte %d (row %d): 0x%02x directly, 0x%02x by the guest; %d of %d bytes' % (
                label, first, first // max(1, shape[4]), a[first], b[first], count, len(a))
    return None


def compare(direct_path, guest_path, verbose):
    direct, guest = read_results(direct_path), read_results(guest_path)
    passed = failed = skipped = 0
    for name in list(direct) + [name for name in guest if name not in direct]:
        a, b = direct.get(name), guest.get(name)
        if a and a.status == 'skipped' and a.reason:
            skipped += 1
            print('skipped: %s: %s' % (name, a.reason))
            continue
        if not a or not b:
            problem = 'ran in one program only'
        elif a.status != 'ran':
            problem = 'direct: ' + a.reason
        elif b.status != 'ran':
            problem = 'guest: ' + b.reason
        else:
            problem = difference(a, b)
        if problem:
            failed += 1
            print('FAILED: %s: %s' % (name, problem))
        else:
            passed += 1
            if verbose:
                print('identical: %s (%d outputs)' % (name, len(a.outputs)))
    print('%d passed, %d failed, %d skipped' % (passed, failed, skipped))
    return 0 if passed and not failed else 1


def rgba(shape, data):
    """Rows of RGBA8 to look at, roughly; None for what is no picture."""
    form, width, height, depth, row_bytes, size = shape
    if form in (28, 29, 30, 27):
        pixels = data
    elif form in (87, 88, 91):
        pixels = b''.join(bytes((data[i + 2], data[i + 1], data[i], data[i + 3])) for i in range(0, size, 4))
    elif form == 2:
        values = struct.unpack('<%df' % (size // 4), data)
        pixels = bytes(int(max(0.0, min(1.0, v if v == v else 0.0)) * 255 + 0.5) for v in values)
    elif form in (40, 41):
        values = struct.unpack('<%df' % (size // 4), data)
        pixels = b''.join(bytes((g, g, g, 255)) for g in (int(max(0.0, min(1.0, v)) * 255) for v in values))
    elif form in (44, 45):
        words = struct.unpack('<%dI' % (size // 4), data)
        pixels = b''.join(bytes(((w >> 16) & 255, (w >> 16) & 255, w >> 24, 255)) for w in words)
    else:
        return None
    return width, height * depth, pixels


def write_png(path, width, height, pixels, scale=8):
    rows = []
    for y in range(height):
        row = b''.join(pixels[(y * width + x) * 4:(y * width + x) * 4 + 3] * scale for x in range(width))
        rows.extend([b'\0' + row] * scale)
    def chunk(kind, body):
        return struct.pack('>I', len(body)) + kind + body + struct.pack('>I', zlib.crc32(kind + body))
    path.write_bytes(b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', width * scale, height * scale, 8, 2, 0, 0, 0)) +
                     chunk(b'IDAT', zlib.compress(b''.join(rows))) + chunk(b'IEND', b''))


def pictures(folder, result, text):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name, case in read_results(result).items():
        if text not in name:
            continue
        for label, shape, data in case.outputs:
            picture = rgba(shape, data)
            if picture:
                write_png(folder / ('%s.%s.png' % (name.replace('/', '_'), label)), *picture)


def main(arguments):
    if arguments[:1] == ['--png'] and len(arguments) in (3, 4):
        return pictures(arguments[1], arguments[2], arguments[3] if len(arguments) == 4 else '')
    verbose = '--verbose' in arguments
    if verbose:
        arguments.remove('--verbose')
    if len(arguments) != 2:
        sys.exit('usage: compare.py DIRECT GUEST [--verbose] | --png FOLDER RESULT [TEXT]')
    return compare(arguments[0], arguments[1], verbose)


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
