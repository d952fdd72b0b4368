#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""nightjar events, driven from outside: events_command_test.py NIGHTJAR"""
import json
import os
import struct
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
        for view in ("histogram", "linear", "exponential", "speed-invariant", "intensity"):
            self.make(view, "--as", view, "--count", "200")
            picture = png(self.path(view + "/000003.png"))[2]
            self.assertGreater(len(set(picture[10])), 1, view)
        for name in ("hot-pixels", "flicker", "refractory", "background", "correlation", "trail", "on", "off"):
            answer = json.loads(self.make("filter_" + name, "--filter", name, "--json"))
            self.assertEqual(answer["filters"][0]["offered"], 1600)
            self.assertLessEqual(answer["filters"][-1]["passed"], 1600)
        self.assertEqual(answer["filters"][-1]["passed"], 800)

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


if __name__ == "__main__":
    command_case.NIGHTJAR = sys.argv[1]
    unittest.main(argv=sys.argv[:1])
