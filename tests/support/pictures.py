# SPDX-License-Identifier: MIT OR Apache-2.0
"""Readers of picture files for tests, from the formats' specifications: PNG (8-bit colour), Y4M, XWD. Standard library
only. They accept what the project's tools and X servers write, and refuse the rest."""

import struct
import zlib


class Picture:
    """rows: a list of bytes, 3 bytes a pixel: red, green, blue."""

    def __init__(self, width, height, rows):
        self.width, self.height, self.rows = width, height, rows


def read_png(path):
    data = open(path, "rb").read()
    if data[:8] != b"\x89PNG\r\n\x1a\n":
        raise ValueError(f"{path}: not a PNG file")
    at, packed, header = 8, b"", None
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        body = data[at + 8 : at + 8 + length]
        if struct.unpack(">I", data[at + 8 + length : at + 12 + length])[0] != zlib.crc32(kind + body):
            raise ValueError(f"{path}: wrong checksum")
        header = struct.unpack(">IIBBBBB", body) if kind == b"IHDR" else header
        packed += body if kind == b"IDAT" else b""
        at += 12 + length
    width, height = header[:2]
    if header[2:] != (8, 2, 0, 0, 0):
        raise ValueError(f"{path}: expected 8-bit colour without alpha")
    return Picture(width, height, unfilter(zlib.decompress(packed), width * 3, height))


def unfilter(data, pitch, height):
    rows, above = [], bytes(pitch)
    for y in range(height):
        kind, row = data[y * (pitch + 1)], bytearray(data[y * (pitch + 1) + 1 : (y + 1) * (pitch + 1)])
        for i in range(pitch if kind else 0):
            left, up, corner = (row[i - 3], above[i], above[i - 3]) if i >= 3 else (0, above[i], 0)
            if kind == 1:
                guess = left
            elif kind == 2:
                guess = up
            elif kind == 3:
                guess = (left + up) // 2
            else:
                distances = [(abs(left + up - corner - value), order) for order, value in enumerate((left, up, corner))]
                guess = (left, up, corner)[min(distances)[1]]
            row[i] = (row[i] + guess) & 255
        above = bytes(row)
        rows.append(above)
    return rows


class Film:
    """frames: a list of (Y, Cb, Cr), each bytes; chroma: "C420mpeg2" or "C444"."""

    def __init__(self, width, height, rate, chroma, colour_range, frames):
        self.width, self.height, self.rate = width, height, rate
        self.chroma, self.range, self.frames = chroma, colour_range, frames


def read_y4m(data):
    end = data.index(b"\n")
    words = data[:end].decode().split(" ")
    if words[0] != "YUV4MPEG2":
        raise ValueError("not a Y4M stream")
    tags = {word[0]: word[1:] for word in words[1:] if word[0] != "X"}
    extras = dict(word[1:].split("=") for word in words[1:] if word[0] == "X")
    width, height, chroma = int(tags["W"]), int(tags["H"]), "C" + tags["C"]
    if tags["I"] != "p" or tags["A"] != "1:1" or chroma not in ("C420mpeg2", "C444"):
        raise ValueError(f"unexpected header {words}")
    part = width * height if chroma == "C444" else (width + 1) // 2 * ((height + 1) // 2)
    frames, at = [], end + 1
    while at < len(data):
        if data[at : at + 6] != b"FRAME\n":
            raise ValueError(f"no frame at byte {at}")
        at += 6
        planes = [data[at : at + width * height]]
        at += width * height
        for _ in range(2):
            planes.append(data[at : at + part])
            at += part
        if at > len(data):
            raise ValueError("the last frame is cut off")
        frames.append(tuple(planes))
    return Film(width, height, tags["F"], chroma, extras.get("COLORRANGE"), frames)


def read_xwd(path):
    """A picture of an X server with true colour, in 32 bits or packed in 24."""
    data = open(path, "rb").read()
    fields = struct.unpack(">25I", data[:100])
    header_size, version, layout, depth, width, height = fields[:6]
    big_endian, bits, pitch = fields[7], fields[11], fields[12]
    masks, colours = fields[14:17], fields[19]
    if (version, layout, masks) != (7, 2, (0xFF0000, 0xFF00, 0xFF)) or depth < 24 or bits not in (24, 32):
        raise ValueError(f"{path}: unexpected kind of picture")
    size = bits // 8
    order = (size - 3, size - 2, size - 1) if big_endian else (2, 1, 0)
    at = header_size + colours * 12
    rows = []
    for y in range(height):
        row = data[at + y * pitch : at + y * pitch + width * size]
        pixels = bytearray(width * 3)
        for i in range(3):
            pixels[i::3] = row[order[i] :: size]
        rows.append(bytes(pixels))
    return Picture(width, height, rows)
