#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Whether a Y4M stream shows a picture:  check_film.py FILM.y4m|- FRAMES RATE CHROMA PICTURE.png

The stream must have that many frames (and the rate and chroma given), all of them the picture: its luma and
differences are worked out here with real numbers, from the definitions in Rec. ITU-R BT.709, and may differ by what
rounding does. For C444 the colours that a player would show are compared too."""

import sys

import pictures


def differences(red, green, blue):
    luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return 16 + 219 * luma / 255, 128 + 224 * (blue - luma) / 1.8556 / 255, 128 + 224 * (red - luma) / 1.5748 / 255


def colour(y, cb, cr):
    luma = (y - 16) / 219
    red, blue = luma + 1.5748 * (cr - 128) / 224, luma + 1.8556 * (cb - 128) / 224
    green = (luma - 0.2126 * red - 0.0722 * blue) / 0.7152
    return [255 * min(max(channel, 0), 1) for channel in (red, green, blue)]


def pixel(picture, x, y):
    x, y = min(max(x, 0), picture.width - 1), min(y, picture.height - 1)
    return picture.rows[y][3 * x : 3 * x + 3]


def sample(picture, x, y):
    """What a C420mpeg2 sample stands for: between two rows, at the left of two columns, weights 1, 2, 1."""
    total = [0.0] * 3
    for row in (2 * y, 2 * y + 1):
        for column, weight in ((2 * x - 1, 1), (2 * x, 2), (2 * x + 1, 1)):
            for i, value in enumerate(pixel(picture, column, row)):
                total[i] += weight * value / 8
    return differences(*total)


def worst_differences(film, frame, picture):
    luma, cb, cr = frame
    worst = [0.0, 0.0]
    for y in range(picture.height):
        for x in range(picture.width):
            at = y * picture.width + x
            expected = differences(*pixel(picture, x, y))
            worst[0] = max(worst[0], abs(luma[at] - expected[0]))
            if film.chroma == "C444":
                worst[1] = max(worst[1], abs(cb[at] - expected[1]), abs(cr[at] - expected[2]))
                shown = colour(luma[at], cb[at], cr[at])
                if max(abs(a - b) for a, b in zip(shown, pixel(picture, x, y))) > 2.5:
                    raise SystemExit(f"({x}, {y}) would be shown as {shown}, not {list(pixel(picture, x, y))}")
    if film.chroma != "C444":
        columns = (picture.width + 1) // 2
        for y in range((picture.height + 1) // 2):
            for x in range(columns):
                expected = sample(picture, x, y)
                at = y * columns + x
                worst[1] = max(worst[1], abs(cb[at] - expected[1]), abs(cr[at] - expected[2]))
    return worst


def main():
    path, count, rate, chroma, png = sys.argv[1:]
    film = pictures.read_y4m(sys.stdin.buffer.read() if path == "-" else open(path, "rb").read())
    picture = pictures.read_png(png)
    header = (film.width, film.height, film.rate, film.chroma, film.range, len(film.frames))
    expected = (picture.width, picture.height, rate, chroma, "LIMITED", int(count))
    if header != expected:
        raise SystemExit(f"the film is {header}, expected {expected}")
    if any(frame != film.frames[0] for frame in film.frames):
        raise SystemExit("the frames are not all the same")
    luma, difference = worst_differences(film, film.frames[0], picture)
    print(f"{film.chroma} {film.width}x{film.height}: off by at most {luma:.3f} (luma), {difference:.3f} (differences)")
    if max(luma, difference) > 0.51:
        raise SystemExit("that is more than rounding does")


main()
