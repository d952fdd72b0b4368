#!/usr/bin/env python3
"""Frame, events and depth of simulated logs side by side: docs/simulate_streams.png.

    for lux in 300 0.5; do nightjar simulate -o lux$lux --motion look --rig mono --seconds 1 --lux $lux --seed 3 --events --depth sensor; done
    docs/simulate_pictures.py docs/simulate_streams.png lux300 lux0.5

A row for each log: a frame half a second in, every second pixel, stretched; the events of the 5 ms around it (on red,
off blue); depth, every second pixel, near bright, unknown black. Needs h5dump (hdf5-tools).
"""
import array
import csv
import os
import struct
import subprocess
import sys
import tempfile
import zlib

FRAME = 10
WIDTH, HEIGHT, GAP = 320, 240, 6 # of a picture, px
GREYS = 24
RED, BLUE, WHITE = GREYS, GREYS + 1, GREYS + 2
EVENT_WIDTH, EVENT_HEIGHT = 346, 260
EVENT_WINDOW_US = 5000


def unfiltered(data, height, stride, step):
    rows, previous = [], bytearray(stride)
    for y in range(height):
        kind, row = data[y * (stride + 1)], bytearray(data[y * (stride + 1) + 1:(y + 1) * (stride + 1)])
        for i in range(stride):
            left = row[i - step] if i >= step else 0
            up, corner = previous[i], previous[i - step] if i >= step else 0
            if kind == 4:
                nearest = min((abs(up - corner), 0, left), (abs(left - corner), 1, up),
                              (abs(left + up - 2 * corner), 2, corner))
                row[i] = (row[i] + nearest[2]) & 255
            else:
                row[i] = (row[i] + (0, left, up, (left + up) // 2)[kind]) & 255
        rows.append(row)
        previous = row
    return rows


def read_png(path):
    """Rows of the numbers of a grey PNG of 8 or 16 bits."""
    data, at, body = open(path, "rb").read(), 8, b""
    while at < len(data):
        size, name = struct.unpack_from(">I4s", data, at)
        if name == b"IHDR":
            width, height, bits = struct.unpack_from(">IIB", data, at + 8)
        if name == b"IDAT":
            body += data[at + 8:at + 8 + size]
        at += size + 12
    step = bits // 8
    rows = unfiltered(zlib.decompress(body), height, width * step, step)
    return [list(struct.unpack(f">{width}{'BH'[step - 1]}", row)) for row in rows]


def write_png(path, rows):
    def chunk(name, body):
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
    palette = bytes(v for grey in range(GREYS) for v in [255 * grey // (GREYS - 1)] * 3)
    palette += bytes([208, 32, 32, 32, 64, 208, 255, 255, 255])
    body = zlib.compress(b"".join(b"\0" + bytes(row) for row in rows), 9)
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", len(rows[0]), len(rows), 8, 3, 0, 0, 0)) +
                   chunk(b"PLTE", palette) + chunk(b"IDAT", body) + chunk(b"IEND", b""))


def stamp_and_file(log, stream):
    with open(os.path.join(log, stream, "data.csv")) as file:
        row = list(csv.reader(file))[1 + FRAME]
    return int(row[0]), os.path.join(log, stream, "data", row[1])


def middle(rows, step=1):
    rows = [row[::step] for row in rows[::step]]
    top, left = (len(rows) - HEIGHT) // 2, (len(rows[0]) - WIDTH) // 2
    return [row[left:left + WIDTH] for row in rows[top:top + HEIGHT]]


def stretched(rows, low, high):
    return [[min(GREYS - 1, max(0, round((GREYS - 1) * (v - low) / (high - low)))) for v in row] for row in rows]


def frame_picture(log):
    rows = middle(read_png(stamp_and_file(log, "cam0")[1]), 2)
    ordered = sorted(v for row in rows for v in row)
    return stretched(rows, ordered[len(ordered) // 100], ordered[-1 - len(ordered) // 100])


def depth_picture(log):
    rows = middle(read_png(stamp_and_file(log, "depth0")[1]), 2)
    inverse = [[1 / v if v else 0 for v in row] for row in rows]
    return stretched(inverse, 0, max(v for row in inverse for v in row))


def column(file, dataset, kind):
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "column")
        subprocess.run(["h5dump", "-d", dataset, "-b", "LE", "-o", out, file], check=True, stdout=subprocess.DEVNULL)
        numbers = array.array(kind)
        numbers.frombytes(open(out, "rb").read())
    return numbers


def event_picture(log):
    file = os.path.join(log, "events0", "events.h5")
    x, y, p, t = (column(file, "/events/" + name, kind) for name, kind in zip("xypt", "HHBI"))
    about = stamp_and_file(log, "cam0")[0] // 1000 - column(file, "/t_offset", "q")[0]
    rows = [[WHITE] * EVENT_WIDTH for _ in range(EVENT_HEIGHT)]
    for i, time in enumerate(t):
        if abs(time - about) <= EVENT_WINDOW_US // 2:
            rows[y[i]][x[i]] = RED if p[i] else BLUE
    return middle(rows)


def main(out, *logs):
    rows = []
    for log in logs:
        pictures = [frame_picture(log), event_picture(log), depth_picture(log)]
        rows += [[WHITE] * (3 * WIDTH + 2 * GAP)] * (GAP if rows else 0)
        for parts in zip(*pictures):
            rows.append([*parts[0], *[WHITE] * GAP, *parts[1], *[WHITE] * GAP, *parts[2]])
    write_png(out, rows)


main(*sys.argv[1:])
