#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# Pixels of windows, from pictures that xwd(1) took, against frames as pvgpu-capture and pvgpu-direct write them:
#
#   window_pixels.py png PICTURE.xwd FILE.png X Y WIDTH HEIGHT
#       that part of it, for people
#   window_pixels.py fit PICTURE.xwd FRAME.rgba WIDTH HEIGHT
#       the frame fills the window as far as its shape lets it. Whole scales: every pixel is the texel's. Others: every
#       pixel is within TOLERANCE of what bilinear filtering gives. The bars are black in every pixel.
#   window_pixels.py size PICTURE.xwd
#       width and height
#
# Exit status: 0 as expected, 1 not (the first difference is told).
import struct
import sys
import zlib

TOLERANCE = 3  # of 255: texture filters may have 8 bits of fraction


class Picture:
    def __init__(self, width, height, rows):
        self.width, self.height = width, height
        self.rows = rows  # bytes of red, green, blue

    def pixel(self, x, y):
        return tuple(self.rows[y][3 * x:3 * x + 3])


def channel_shift(mask):
    return (mask & -mask).bit_length() - 1


def read_xwd(path):
    """X11/XWDFile.h: 25 words of 4 bytes, the window's name, the colour map, the rows."""
    data = open(path, 'rb').read()
    words = struct.unpack('>25I', data[:100])
    header, width, height, order, bits, pitch = words[0], words[4], words[5], words[7], words[11], words[12]
    red, green, blue, colours = words[14], words[15], words[16], words[19]
    if words[1] != 7 or bits not in (24, 32) or any(mask not in (0xFF, 0xFF00, 0xFF0000) for mask in (red, green, blue)):
        sys.exit('%s: not a picture of 24 or 32 bits a pixel' % path)
    start = header + colours * 12
    size = bits // 8
    at = [channel_shift(mask) // 8 for mask in (red, green, blue)]
    if order == 1:  # most significant byte first
        at = [size - 1 - byte for byte in at]
    rows = []
    for y in range(height):
        line = data[start + y * pitch:start + y * pitch + width * size]
        row = bytearray(width * 3)
        for channel in range(3):
            row[channel::3] = line[at[channel]::size]
        rows.append(bytes(row))
    return Picture(width, height, rows)


def read_rgba(path, width, height):
    data = open(path, 'rb').read()
    if len(data) != width * height * 4:
        sys.exit('%s: %d bytes are not %d x %d pixels' % (path, len(data), width, height))
    rows = []
    for y in range(height):
        line = data[y * width * 4:(y + 1) * width * 4]
        row = bytearray(width * 3)
        for channel in range(3):
            row[channel::3] = line[channel::4]
        rows.append(bytes(row))
    return Picture(width, height, rows)


def write_png(picture, path):
    def chunk(kind, body):
        return struct.pack('>I', len(body)) + kind + body + struct.pack('>I', zlib.crc32(kind + body))
    # Each row less the one above (filter type 2), which smooth pictures are small by.
    above = bytes(3 * picture.width)
    body = b''
    for row in picture.rows:
        body += b'\2' + bytes(a - b & 0xFF for a, b in zip(row, above))
        above = row
    body = zlib.compress(body, 9)
    open(path, 'wb').write(b'\x89PNG\r\n\x1a\n' +
                           chunk(b'IHDR', struct.pack('>IIBBBBB', picture.width, picture.height, 8, 2, 0, 0, 0)) +
                           chunk(b'IDAT', body) + chunk(b'IEND', b''))


def part(picture, x, y, width, height):
    x, y = max(x, 0), max(y, 0)
    rows = [row[3 * x:3 * (x + width)] for row in picture.rows[y:y + height]]
    return Picture(len(rows[0]) // 3, len(rows), rows)


def scaled(a, b, c):
    return max(1, (2 * a * b + c) // (2 * c))


def fit(frame, window):
    """x, y, width, height of the frame in the window; written apart from src/present/fit.h on purpose."""
    if window.width / frame.width <= window.height / frame.height:
        width, height = window.width, scaled(frame.height, window.width, frame.width)
    else:
        width, height = scaled(frame.width, window.height, frame.height), window.height
    return (window.width - width) // 2, (window.height - height) // 2, width, height


def expect(window, x, y, value, tolerance):
    got = window.pixel(x, y)
    if any(abs(a - b) > tolerance for a, b in zip(got, value)):
        sys.exit('pixel %d, %d of the window (%d x %d) is %s, expected %s' %
                 (x, y, window.width, window.height, got, tuple(round(v) for v in value)))


def check_bars(window, left, top, width, height):
    black = b'\0\0\0'
    for y in range(window.height):
        row = window.rows[y]
        if top <= y < top + height:
            good = row[:3 * left] == black * left and \
                row[3 * (left + width):] == black * (window.width - left - width)
        else:
            good = row == black * window.width
        if not good:
            sys.exit('row %d of the window (%d x %d): the bars around %d x %d at %d, %d are not black' %
                     (y, window.width, window.height, width, height, left, top))


def check_sharp(window, frame, left, top, scale):
    for y in range(frame.height):
        row = frame.rows[y]
        wide = b''.join(row[3 * x:3 * x + 3] * scale for x in range(frame.width))
        for line in range(scale):
            at = top + y * scale + line
            got = window.rows[at][3 * left:3 * left + len(wide)]
            if got != wide:
                x = next(i for i in range(len(wide)) if got[i] != wide[i]) // 3
                expect(window, left + x, at, tuple(wide[3 * x:3 * x + 3]), 0)


def check_filtered(window, frame, left, top, width, height):
    """Bilinear, edges clamped; every 13th pixel of every 11th row, which meets every phase of a ratio."""
    for y in range(0, height, 11):
        v = (y + 0.5) * frame.height / height - 0.5
        y0 = min(max(int(v // 1), 0), frame.height - 1)
        y1 = min(max(int(v // 1) + 1, 0), frame.height - 1)
        fy = v - v // 1
        for x in range(0, width, 13):
            u = (x + 0.5) * frame.width / width - 0.5
            x0 = min(max(int(u // 1), 0), frame.width - 1)
            x1 = min(max(int(u // 1) + 1, 0), frame.width - 1)
            fx = u - u // 1
            corners = [frame.pixel(x0, y0), frame.pixel(x1, y0), frame.pixel(x0, y1), frame.pixel(x1, y1)]
            value = [(a * (1 - fx) + b * fx) * (1 - fy) + (c * (1 - fx) + d * fx) * fy
                     for a, b, c, d in zip(*corners)]
            expect(window, left + x, top + y, value, TOLERANCE)


def check_fit(window, frame):
    left, top, width, height = fit(frame, window)
    check_bars(window, left, top, width, height)
    if width % frame.width == 0 and height == frame.height * (width // frame.width):
        check_sharp(window, frame, left, top, width // frame.width)
    else:
        check_filtered(window, frame, left, top, width, height)
    print('%d x %d in %d x %d: %d x %d at %d, %d' %
          (frame.width, frame.height, window.width, window.height, width, height, left, top))


def main(arguments):
    if len(arguments) == 7 and arguments[0] == 'png':
        write_png(part(read_xwd(arguments[1]), *map(int, arguments[3:])), arguments[2])
    elif len(arguments) == 2 and arguments[0] == 'size':
        picture = read_xwd(arguments[1])
        print(picture.width, picture.height)
    elif len(arguments) == 5 and arguments[0] == 'fit':
        check_fit(read_xwd(arguments[1]), read_rgba(arguments[2], int(arguments[3]), int(arguments[4])))
    else:
        sys.exit(__doc__ or 'usage: see the head of this file')


main(sys.argv[1:])
