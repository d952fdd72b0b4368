#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""nightjar events, driven from outside: events_command_test.py NIGHTJAR"""
import csv
import json
import math
import os
import signal
import struct
import subprocess
import sys
import tempfile
import unittest
import zlib

import command_case
from command_case import CommandCase, content, read, run, write


def png(path):
    """Width, height and rows of a grey PNG of 8 bits."""
    with open(path, "rb") as stream:
        data = stream.read()
    at, packed = 8, b""
    while at < len(data):
        length, = struct.unpack_from(">I", data, at)
        kind = data[at + 4:at + 8]
        if kind == b"IHDR":
            width, height, depth, colour = struct.unpack_from(">IIBB", data, at + 8)
            assert (depth, colour) == (8, 0)
        if kind == b"IDAT":
            packed += data[at + 8:at + 8 + length]
        at += 12 + length
    raw, rows, before = zlib.decompress(packed), [], bytes(width)
    for y in range(height):
        line = raw[y * (width + 1):(y + 1) * (width + 1)]
        assert line[0] in (0, 1), "none or Sub"
        row = bytearray(line[1:])
        if line[0] == 1:
            for x in range(1, width):
                row[x] = (row[x] + row[x - 1]) & 255
        rows.append(bytes(row))
    return width, height, rows


def npy(path):
    """Type, shape and numbers of a NumPy array, flat, the last index running fastest."""
    with open(path, "rb") as stream:
        data = stream.read()
    assert data[:8] == b"\x93NUMPY\x01\x00"
    length, = struct.unpack_from("<H", data, 8)
    header = eval(data[10:10 + length], {"__builtins__": {}})  # a literal, as NumPy writes it
    assert not header["fortran_order"] and (10 + length) % 64 == 0
    letter = {"|u1": "B", "<u2": "H", "<f4": "f"}[header["descr"]]
    count = math.prod(header["shape"])
    assert len(data) == 10 + length + struct.calcsize(letter) * count
    return header["descr"], header["shape"], struct.unpack_from(f"<{count}{letter}", data, 10 + length)


def unpack_lzw(packed, bits):
    """What GIF's compression holds (GIF89a, appendix F)."""
    clear, end = 1 << bits, (1 << bits) + 1
    out, at, buffer, held, width, before = bytearray(), 0, 0, 0, bits + 1, None
    table = []
    while True:
        while held < width:
            buffer |= packed[at] << held
            at, held = at + 1, held + 8
        code = buffer & ((1 << width) - 1)
        buffer, held = buffer >> width, held - width
        if code == end:
            return bytes(out)
        if code == clear:
            table = [bytes([i]) for i in range(clear)] + [b"", b""]
            width, before = bits + 1, None
            continue
        entry = table[code] if code < len(table) else before + before[:1]
        out += entry
        if before is not None and len(table) < 4096:
            table.append(before + entry[:1])
        if len(table) == 1 << width and width < 12:
            width += 1
        before = entry


def gif(path):
    """Width, height, and for each picture of a grey animation how long it is shown (1/100 s) and its pixels."""
    with open(path, "rb") as stream:
        data = stream.read()
    assert data[:6] == b"GIF89a"
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    assert flags & 0x87 == 0x87, "a palette of 256"
    assert data[13:13 + 768] == bytes(level for level in range(256) for _ in range(3))
    at, pictures, delay, forever = 13 + 768, [], None, False

    def blocks(at):
        joined = b""
        while data[at]:
            joined += data[at + 1:at + 1 + data[at]]
            at += 1 + data[at]
        return joined, at + 1

    while data[at] != 0x3B:
        if data[at] == 0x21:
            kind = data[at + 1]
            content_, at = blocks(at + 2)
            if kind == 0xF9:
                delay, = struct.unpack_from("<H", content_, 1)
            forever = forever or content_ == b"NETSCAPE2.0\x01\x00\x00"
        else:
            assert struct.unpack_from("<BHHHHB", data, at) == (0x2C, 0, 0, width, height, 0)
            packed, end = blocks(at + 11)
            pictures.append((delay, unpack_lzw(packed, data[at + 10])))
            at = end
    assert at == len(data) - 1 and forever
    return width, height, pictures


class EventsCommandTest(CommandCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        # An edge that moves to the right by a pixel each ms: on-events in front of it, off-events behind.
        lines = []
        for step in range(1, 41):
            for y in range(5, 25):
                lines.append(f"{1 + step * 1e-3:.6f} {step + 10} {y} 1")
                lines.append(f"{1 + step * 1e-3:.6f} {step + 5} {y} 0")
        write(self.path("edge.txt"), "\n".join(lines) + "\n")

    def tearDown(self):
        self.temporary.cleanup()

    def path(self, name):
        return os.path.join(self.temporary.name, name)

    def make(self, out, *options):
        result = run("events", self.path("edge.txt"), "-o", self.path(out), *options)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout

    def test_a_histogram_shows_what_became_brighter_and_darker(self):
        self.make("out", "--period", "10")
        rows = read(self.path("out/pictures.csv")).splitlines()
        self.assertEqual(rows[0], "#begin [us],end [us],events,file")
        self.assertEqual(rows[1], "1001000,1011000,400,000000.png")
        width, height, pixels = png(self.path("out/000000.png"))
        self.assertEqual((width, height), (51, 25), "as far as events reach")
        self.assertEqual(pixels[10][20], 159)  # one on-event
        self.assertEqual(pixels[10][6], 96)  # one off-event
        self.assertEqual(pixels[10][40], 128)
        self.assertEqual(pixels[2][20], 128)

    def test_every_view_and_every_filter_makes_pictures(self):
        for view in ("histogram", "linear", "exponential", "speed-invariant", "intensity", "voxel"):
            self.make(view, "--as", view, "--count", "200")
            picture = png(self.path(view + "/000003.png"))[2]
            self.assertGreater(len(set(picture[10])), 1, view)
            width, height, pictures = gif(self.path(view + "/pictures.gif"))
            self.assertEqual((height, len(pictures)), (25, 8))
            self.assertEqual(width, 51 * (5 if view == "voxel" else 1))
            self.assertEqual(pictures[3], (4, b"".join(picture)), view)
        for name in ("hot-pixels", "flicker", "refractory", "background", "correlation", "trail", "on", "off"):
            answer = json.loads(self.make("filter_" + name, "--filter", name, "--json"))
            self.assertEqual(answer["filters"][0]["offered"], 1600)
            self.assertLessEqual(answer["filters"][-1]["passed"], 1600)
        self.assertEqual(answer["filters"][-1]["passed"], 800)

    def test_arrays_have_the_values_as_they_are(self):
        kinds = {"histogram": ("<u2", 2), "linear": ("<f4", 2), "exponential": ("<f4", 2), "speed-invariant": ("|u1", 2),
                 "intensity": ("<f4", 1), "voxel": ("<f4", 5)}
        values = {}
        for view, (dtype, planes) in kinds.items():
            answer = json.loads(self.make(view, "--as", view, "--period", "10", "--format", "npy", "--no-gif", "--json"))
            self.assertEqual(set(content(self.path(view))), {"pictures.csv", *(f"{i:06}.npy" for i in range(4))})
            self.assertEqual(answer["written"][1],
                             {"file": "000000.npy", "last_file": "000003.npy", "pictures": 4,
                              "dtype": {"u2": "uint16", "f4": "float32", "u1": "uint8"}[dtype[1:]], "shape": [planes, 25, 51]})
            found, shape, values[view] = npy(self.path(view + "/000000.npy"))
            self.assertEqual((found, shape), (dtype, (planes, 25, 51)), view)

        def at(view, plane, y, x):
            return values[view][(plane * 25 + y) * 51 + x]

        # The first 10 ms: on-events at x = 11 .. 20, 1 ms apart, off-events 5 px behind them, rows 5 to 24.
        self.assertEqual([at("histogram", 1, 10, x) for x in (10, 11, 20, 21)], [0, 1, 1, 0])
        self.assertEqual([at("histogram", 0, 10, x) for x in (5, 6, 15, 16)], [0, 1, 1, 0])
        self.assertEqual(sum(values["histogram"]), 400)
        self.assertAlmostEqual(at("linear", 1, 10, 20), 1 - 1 / 30, 5)  # of an age of 1 ms
        self.assertAlmostEqual(at("linear", 0, 10, 6), 1 - 10 / 30, 5)
        self.assertAlmostEqual(at("exponential", 1, 10, 20), math.exp(-1 / 30), 5)
        # 9 of 10 ms, between planes 3 and 4 of 0 .. 4.
        for plane, share in enumerate((0, 0, 0, 0.4, 0.6)):
            self.assertAlmostEqual(at("voxel", plane, 10, 20), share, 5)
        # An on-event after 4 ms and an off-event after 9 ms.
        for plane, share in enumerate((0, 0.4, 0.6, -0.4, -0.6)):
            self.assertAlmostEqual(at("voxel", plane, 10, 15), share, 5)
        self.assertGreater(at("intensity", 0, 10, 20), 0)

    def test_an_animation_ends_at_some_time(self):
        answer = json.loads(self.make("many", "--count", "1", "--json"))
        self.assertEqual([(entry["file"], entry["pictures"]) for entry in answer["written"]],
                         [("pictures.csv", 1600), ("000000.png", 1600), ("pictures.gif", 1000)])
        self.assertEqual(len(gif(self.path("many/pictures.gif"))[2]), 1000)

    def test_the_same_bytes_twice(self):
        self.make("a", "--as", "exponential", "--filter", "correlation,refractory")
        self.make("b", "--as", "exponential", "--filter", "refractory,correlation")
        self.assertEqual(content(self.path("a")), content(self.path("b")))

    def test_what_cannot_be(self):
        edge, out = self.path("edge.txt"), self.path("x")
        for words, arguments in (("--as", [edge, "-o", out, "--as", "cubes"]), ("--filter", [edge, "-o", out, "--filter", "a"]),
                                 ("--window", [edge, "-o", out, "--window", "nan", "--as", "linear"]),
                                 ("", [edge, "-o", out, "--period", "nan"]), ("", [edge, "-o", out, "--period", "-1"]),
                                 ("", [edge, "-o", out, "--count", "-5"]), ("", [edge, "-o", out, "--count", "3", "--period", "1"]),
                                 ("--rig", [edge, "-o", out, "--as", "warped"]),
                                 ("--as warped", [edge, "-o", out, "--rig", edge]),
                                 ("--planes", [edge, "-o", out, "--as", "voxel", "--planes", "0"]),
                                 ("--format", [edge, "-o", out, "--format", "tiff"]),
                                 ("required", [edge])):
            self.assertIn(words, self.expect_error(2, "events", *arguments))
        write(self.path("empty.txt"), "")
        write(self.path("noise.bin"), "no events at all")
        for name in ("none.raw", "empty.txt", "noise.bin"):
            self.assertIn(name, self.expect_error(3, "events", self.path(name), "-o", out))
        os.mkdir(out)
        write(os.path.join(out, "mine"), "")
        self.assertIn("not empty", self.expect_error(2, "events", edge, "-o", out))
        self.assertEqual(os.listdir(out), ["mine"])

    def test_a_run_that_is_interrupted_leaves_nothing(self):
        with open(self.path("long.txt"), "w", encoding="utf-8") as stream:
            for i in range(200000):
                stream.write(f"{1 + i * 1e-6:.6f} {i % 97} {i % 61} {i % 2}\n")
        place = self.path("place")
        os.mkdir(place)
        arguments = [command_case.NIGHTJAR, "events", self.path("long.txt"), "-o", os.path.join(place, "out"), "--count", "10"]
        for number in (signal.SIGINT, signal.SIGTERM):
            process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            while process.poll() is None and not any(os.path.exists(os.path.join(place, name, "000009.png"))
                                                     for name in os.listdir(place)):
                pass
            process.send_signal(number)
            self.assertEqual(process.wait(timeout=100), -number)
            self.assertEqual(os.listdir(place), [])


class WarpedEventsTest(CommandCase):
    """A camera of 64 x 48 px turns to the right before bright posts: they move to the left."""

    FOCAL, CX, RATE, MIDDLE = 40.0, 31.5, 2.0, 1.05  # px, px, rad/s, s
    POSTS = (20, 31, 45)  # where they are in the middle, px

    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        events = []
        for post in self.POSTS:
            angle, seen = math.atan2(post - self.CX, self.FOCAL), None
            for t_us in range(1_000_000, 1_100_000, 50):
                x = round(self.CX + self.FOCAL * math.tan(angle - self.RATE * (1e-6 * t_us - self.MIDDLE)))
                if seen is not None and x != seen:
                    events += [(t_us, x, y) for y in range(4, 44)]
                seen = x
        self.rows = sorted(events)
        write(self.path("posts.txt"), "".join(f"{1e-6 * t:.6f} {x} {y} 1\n" for t, x, y in self.rows))
        # The body's z axis is the camera's y axis, about which it turns; its clock is half a second ahead.
        write(self.path("rig.yaml"), self.rig("events0"))
        self.write_imu("imu.csv", self.RATE, range(1400, 1701))

    def tearDown(self):
        self.temporary.cleanup()

    def path(self, name):
        return os.path.join(self.temporary.name, name)

    def rig(self, *names, resolution=(64, 48)):
        text = "version: 1\nimu: {name: imu0}\nevent_cameras:\n"
        for name in names:
            text += (f"  - name: {name}\n    resolution: [{resolution[0]}, {resolution[1]}]\n    model: none\n"
                     f"    intrinsics: [{self.FOCAL}, {self.FOCAL}, {self.CX}, 23.5]\n    distortion_coefficients: []\n"
                     "    T_body_camera: {translation_m: [0, 0, 0], quaternion_xyzw: [0.7071067811865476, 0, 0, 0.7071067811865476]}\n"
                     "    time_offset_s: 0.5\n")
        return text

    def write_imu(self, name, rate, times_ms):
        rows = "".join(f"{t}000000,0,0,{rate},0,0,9.81\n" for t in times_ms)
        write(self.path(name), "#timestamp [ns],w_x,w_y,w_z,a_x,a_y,a_z\n" + rows)

    def arguments(self, out, *more):
        return ("events", self.path("posts.txt"), "-o", self.path(out), "--as", "warped", "--period", "100", *more)

    def make(self, out, *more):
        result = run(*self.arguments(out, "--json", *more))
        self.assertEqual(result.returncode, 0, result.stderr)
        with open(self.path(out + "/pictures.csv"), encoding="utf-8") as stream:
            return json.loads(result.stdout), list(csv.DictReader(stream))

    def test_events_meet_where_the_camera_would_have_seen_them_at_once(self):
        answer, rows = self.make("right", "--rig", self.path("rig.yaml"), "--imu", self.path("imu.csv"), "--format", "npy")
        self.assertEqual((answer["width"], answer["height"], answer["pictures"]), (64, 48, 1))
        self.assertEqual(answer["warp"], {"focal_px": self.FOCAL, "cx_px": 31.5, "cy_px": 23.5, "gyro_samples": 301,
                                          "pictures_without_gyro": 0})
        dtype, shape, counts = npy(self.path("right/000000.npy"))
        self.assertEqual((dtype, shape), ("<f4", (1, 48, 64)))
        self.assertAlmostEqual(sum(counts), len(self.rows), delta=0.01 * len(self.rows))
        columns = [sum(counts[y * 64 + x] for y in range(48)) for x in range(64)]
        near = sum(columns[x] for post in self.POSTS for x in (post - 1, post, post + 1))
        self.assertGreater(near, 0.95 * sum(columns), columns)
        mean = sum(counts) / len(counts)
        variance = sum((count - mean) ** 2 for count in counts) / len(counts)
        self.assertAlmostEqual(float(rows[0]["variance"]), variance, delta=1e-4 * variance)
        # The other way round, and not at all, they do not.
        self.write_imu("back.csv", -self.RATE, range(1400, 1701))
        self.write_imu("still.csv", 0, range(1400, 1701))
        for name in ("back", "still"):
            blurred = self.make(name, "--rig", self.path("rig.yaml"), "--imu", self.path(name + ".csv"))[1]
            self.assertLess(1.5 * float(blurred[0]["variance"]), variance, name)

    def test_where_the_gyro_says_nothing_events_stay_as_they_are(self):
        self.write_imu("half.csv", self.RATE, range(1400, 1541))  # to 40 ms after the first event, 20 ms reach
        arguments = ("--rig", self.path("rig.yaml"), "--imu", self.path("half.csv"), "--period", "10")
        result = run("events", self.path("posts.txt"), "-o", self.path("half"), "--as", "warped", "--json", *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        answer = json.loads(result.stdout)
        rows = read(self.path("half/pictures.csv")).splitlines()[1:]
        first = int(rows[0].split(",")[0])
        late = sum(int(row.split(",")[1]) > 1_060_000 for row in rows)
        self.assertLess(first, 1_020_000)
        self.assertGreater(late, 0)
        self.assertEqual(answer["warp"]["pictures_without_gyro"], late)

    def test_what_cannot_be(self):
        rig, imu = self.path("rig.yaml"), self.path("imu.csv")
        write(self.path("two.yaml"), self.rig("left", "right"))
        self.write_imu("other.csv", self.RATE, range(5000, 5100))
        write(self.path("sized.txt"), "320 240\n" + read(self.path("posts.txt")))
        for status, words, more in ((2, "--camera: left, right", ("--rig", self.path("two.yaml"), "--imu", imu)),
                                    (2, "has no camera middle", ("--rig", rig, "--imu", imu, "--camera", "middle")),
                                    (3, "no gyro of its own", ("--rig", rig)),
                                    (3, "4.500000 to 4.599000 s", ("--rig", rig, "--imu", self.path("other.csv"))),
                                    (3, "none.csv", ("--rig", rig, "--imu", self.path("none.csv"))),
                                    (3, "none.yaml", ("--rig", self.path("none.yaml"), "--imu", imu))):
            self.assertIn(words, self.expect_error(status, *self.arguments("x", *more)))
        self.assertIn("320 x 240", self.expect_error(2, "events", self.path("sized.txt"), "-o", self.path("x"), "--as", "warped",
                                                     "--rig", rig, "--imu", imu))
        self.assertFalse(os.path.exists(self.path("x")))
        self.make("named", "--rig", self.path("two.yaml"), "--imu", imu, "--camera", "right")


if __name__ == "__main__":
    command_case.NIGHTJAR = sys.argv[1]
    unittest.main(argv=sys.argv[:1])
