#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Whether a screen shows a picture, every pixel of it:  find_picture.py SCREEN.xwd PICTURE.png [SCALE]

With a scale of N each pixel of the picture is N x N of the screen. Prints where."""

import sys

import pictures


def enlarge(picture, scale):
    rows = []
    for row in picture.rows:
        wide = bytearray(len(row) * scale)
        for copy in range(scale):
            for channel in range(3):
                wide[3 * copy + channel :: 3 * scale] = row[channel::3]
        rows += [bytes(wide)] * scale
    return rows


def find(screen, rows):
    # The row with the most to it first: black ones are everywhere.
    key = max(range(len(rows)), key=lambda y: len(set(rows[y])))
    for y in range(key, screen.height - (len(rows) - 1 - key)):
        at = screen.rows[y].find(rows[key])
        while at >= 0:
            if at % 3 == 0 and all(
                screen.rows[y - key + i][at : at + len(row)] == row for i, row in enumerate(rows)
            ):
                return at // 3, y - key
            at = screen.rows[y].find(rows[key], at + 1)
    return None


def main():
    screen, picture = pictures.read_xwd(sys.argv[1]), pictures.read_png(sys.argv[2])
    scale = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    place = find(screen, enlarge(picture, scale))
    if not place:
        raise SystemExit(f"{sys.argv[2]} is not on the screen")
    print(f"{picture.width} x {picture.height}, {scale} to 1, at {place[0]}, {place[1]}")


main()
