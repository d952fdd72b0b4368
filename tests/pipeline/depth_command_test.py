#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""nightjar depth, driven from outside: depth_command_test.py NIGHTJAR"""
import json
import math
import os
import random
import struct
import sys
import tempfile
import unittest

import command_case
from command_case import CommandCase, run

WIDTH, HEIGHT, DISPARITY = 120, 90, 8


def light(x, y):
    return int(128 + 40 * math.sin(0.31 * x + 1.7 * math.sin(0.23 * y)) + 35 * math.sin(0.83 * x - 0.61 * y)
               + 30 * math.sin(0.47 * y + 0.9 * math.sin(0.17 * x + 0.4)))


def npy(path, values, width=WIDTH, height=HEIGHT):
    header = "{'descr': '<u2', 'fortran_order': False, 'shape': (%d, %d), }" % (height, width)
    header += " " * (63 - (10 + len(header)) % 64) + "\n"
    with open(path, "wb") as stream:
        stream.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode())
        stream.write(struct.pack("<%dH" % (width * height), *values))


def picture(shift, down=0, gain=16):
    return [gain * light(x + shift, y - down) for y in range(HEIGHT) for x in range(WIDTH)]


def pfm(path):
    """Rows from the top."""
    with open(path, "rb") as stream:
        data = stream.read()
    head = ("Pf\n%d %d\n-1" % (WIDTH, HEIGHT)).encode()
    assert data.startswith(head), data[:20]
    values = struct.unpack("<%df" % (WIDTH * HEIGHT), data[-4 * WIDTH * HEIGHT:])
    return [values[y * WIDTH:(y + 1) * WIDTH] for y in reversed(range(HEIGHT))]


class DepthCommandTest(CommandCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        npy(self.path("left.npy"), picture(0))
        npy(self.path("right.npy"), picture(DISPARITY))
        self.pair = ["--left", self.path("left.npy"), "--right", self.path("right.npy"), "-o", self.path("d.pfm"),
                     "--max-disparity", "32"]

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def against(self, right):
        npy(self.path("right.npy"), right)

    def test_disparity_sigma_and_view_of_a_wall(self):
        result = run("depth", *self.pair, "--sigma", self.path("s.pfm"), "--view", self.path("v.png"), "--json")
        self.assertEqual(result.returncode, 0, result)
        summary = json.loads(result.stdout)
        self.assertAlmostEqual(summary["median_disparity_px"], DISPARITY, delta=0.2)
        self.assertGreater(summary["density"], 0.85)
        self.assertAlmostEqual(summary["row_offset_px"], 0, delta=0.1)
        self.assertEqual(summary["warnings"], [])
        self.assertEqual(summary["white_level_dn"], 4095)
        disparities, sigmas = pfm(self.path("d.pfm")), pfm(self.path("s.pfm"))
        for row, errors in zip(disparities, sigmas):
            for value, sigma in zip(row, errors):
                self.assertEqual(math.isinf(value), math.isinf(sigma))
                self.assertGreater(sigma, 0)
            self.assertTrue(math.isinf(row[0]), "out of the right camera's view")
        with open(self.path("v.png"), "rb") as stream:
            self.assertEqual(struct.unpack(">IIBB", stream.read()[16:26]), (WIDTH, HEIGHT, 8, 2))

    def test_fill_leaves_no_hole_and_threads_change_nothing(self):
        self.assertEqual(run("depth", *self.pair, "--fill", "--threads", "1").returncode, 0)
        with open(self.path("d.pfm"), "rb") as stream:
            one = stream.read()
        self.assertTrue(all(math.isfinite(value) for row in pfm(self.path("d.pfm")) for value in row))
        self.assertEqual(run("depth", *self.pair, "--fill", "--threads", "2").returncode, 0)
        with open(self.path("d.pfm"), "rb") as stream:
            self.assertEqual(stream.read(), one)

    def test_a_noise_profile_is_used(self):
        clean = json.loads(run("depth", *self.pair, "--json").stdout)
        noisy = run("depth", *self.pair, "--noise-profile", "0.01,0.001", "--white", "4095", "--json")
        self.assertEqual(noisy.returncode, 0, noisy)
        self.assertNotEqual(json.loads(noisy.stdout)["median_sigma_px"], clean["median_sigma_px"])

    def test_noise_that_does_not_grow_with_light(self):
        result = run("depth", *self.pair, "--noise-profile", "0,0.0004", "--white", "4095", "--json")
        self.assertAlmostEqual(json.loads(result.stdout)["median_disparity_px"], DISPARITY, delta=0.2)

    def test_what_could_not_be_told_is_null_and_said(self):
        chance = random.Random(1)
        right = [chance.randrange(1900, 2100) for _ in range(WIDTH * HEIGHT)]
        for y in range(20):  # a little is a pair
            for x in range(60):
                right[y * WIDTH + x] = 1000 + light(x + DISPARITY, y)
        left = [chance.randrange(1900, 2100) for _ in range(WIDTH * HEIGHT)]
        for y in range(20):
            for x in range(8, 68):
                left[y * WIDTH + x] = 1000 + light(x, y)
        npy(self.path("left.npy"), left)
        self.against(right)
        result = run("depth", *self.pair, "--json")
        self.assertEqual(result.returncode, 0, result)
        summary = json.loads(result.stdout)
        self.assertIsNone(summary["row_offset_px"])
        self.assertIn("could not be told", summary["warnings"][0])
        self.assertLess(summary["density"], 0.2)

    def test_less_memory_gives_the_same_bytes(self):
        pair = [*self.pair[:-1], "128"]  # 1.4 MB of sums
        self.assertEqual(run("depth", *pair).returncode, 0)
        with open(self.path("d.pfm"), "rb") as stream:
            one = stream.read()
        self.assertEqual(run("depth", *pair, "--memory", "1MiB").returncode, 0)
        with open(self.path("d.pfm"), "rb") as stream:
            self.assertEqual(stream.read(), one)

    def expect_refused(self, status, *words, more=()):
        message = self.expect_error(status, "depth", *self.pair, *more)
        for word in words:
            self.assertIn(word, message)
        self.assertFalse(os.path.exists(self.path("d.pfm")))

    def test_rows_that_are_off_are_counted(self):
        self.against(picture(DISPARITY, down=4))
        self.expect_refused(3, "not rectified", "+4.0 px")

    def test_rows_that_are_far_off_are_counted(self):
        chance = random.Random(2)
        rows = [[chance.randrange(500, 3500) for _ in range(WIDTH + DISPARITY)] for _ in range(HEIGHT)]
        npy(self.path("left.npy"), [rows[y][x] for y in range(HEIGHT) for x in range(WIDTH)])
        self.against([rows[max(0, y - 15)][x + DISPARITY] for y in range(HEIGHT) for x in range(WIDTH)])
        self.expect_refused(3, "not rectified", "+15.0 px")

    def test_swapped(self):
        self.against(picture(-DISPARITY))
        self.expect_refused(3, "swapped")

    def test_other_size(self):
        npy(self.path("right.npy"), [100] * 80 * 90, 80, 90)
        self.expect_refused(3, "80 x 90", "120 x 90")

    def test_black_and_saturated(self):
        self.against([0] * WIDTH * HEIGHT)
        self.expect_refused(3, "black", "right.npy")
        self.against([4095 if i % 5 else 100 + i % 64 for i in range(WIDTH * HEIGHT)])
        self.expect_refused(3, "saturated", "right.npy")

    def test_wrong_usage(self):
        self.expect_refused(2, "noise", more=["--noise-profile", "0.01,0"])
        self.expect_refused(2, "--white", more=["--noise-profile", "0.01,0.001"])
        self.expect_refused(2, "most_bytes", more=["--memory", "1000"])
        message = self.expect_error(2, "depth", *self.pair[:-1], "256", "--memory", "1MiB")
        self.assertIn("is the least", message)
        self.expect_refused(2, "black level", more=["--black", "5000"])
        self.assertEqual(run("depth", *self.pair[:-1], "300").returncode, 2)
        self.assertEqual(run("depth", *self.pair, "--threads", "0").returncode, 2)
        self.assertEqual(run("depth", *self.pair[2:]).returncode, 2)

    def test_outputs_are_looked_at_first(self):
        left = self.path("left.npy")
        with open(left, "rb") as stream:
            before = stream.read()
        os.symlink(left, self.path("link.pfm"))
        os.link(left, self.path("hard.png"))
        os.symlink(self.folder.name, self.path("folder"))
        os.mkdir(self.path("v.png"))
        same = os.path.join(self.path("folder"), "d.pfm")  # d.pfm is not there yet
        for word, more in (("is an input", ["--sigma", self.path("link.pfm")]), ("is an input", ["--view", left]),
                           ("is an input", ["--view", self.path("hard.png")]), ("one file", ["--sigma", same]),
                           ("not a file", ["--view", self.path("v.png")]), (".png", ["--view", self.path("v.jpg")]),
                           (".pfm", ["--sigma", self.path("s.tiff")]),
                           ("not there", ["--sigma", self.path("none/s.pfm")])):
            self.expect_refused(2, word, more=more)
        self.assertFalse(os.path.exists(self.path("none")))
        with open(left, "rb") as stream:
            self.assertEqual(stream.read(), before)

    def test_every_file_is_named(self):
        files = [self.path(name) for name in ("d.pfm", "s.pfm", "v.png")]
        more = ["--sigma", files[1], "--view", files[2]]
        self.assertEqual(json.loads(run("depth", *self.pair, *more, "--json").stdout)["files"], files)
        text = run("depth", *self.pair, *more).stdout
        for file in files:
            self.assertIn("written     " + file, text)
        self.assertEqual([name for name in os.listdir(self.folder.name) if "partial" in name], [])

    def test_what_chance_finds_is_no_answer(self):
        chance = random.Random(3)
        self.against([chance.randrange(500, 3500) for _ in range(WIDTH * HEIGHT)])
        self.expect_refused(4, "chance")

    def test_the_same_picture(self):
        self.against(picture(0))
        self.expect_refused(3, "same picture")

    def test_nearer_than_the_range(self):
        self.against(picture(15))
        result = run("depth", *self.pair[:-1], "16", "--json")
        self.assertEqual(result.returncode, 4, result)  # all of it ends there
        self.assertIn("raise --max-disparity", result.stderr)
        # The upper half is a wall in range, the lower one nearer.
        near = picture(15)
        self.against(picture(DISPARITY)[:WIDTH * HEIGHT // 2] + near[WIDTH * HEIGHT // 2:])
        result = run("depth", *self.pair[:-1], "16", "--json")
        self.assertEqual(result.returncode, 0, result)
        self.assertIn("raise --max-disparity", " ".join(json.loads(result.stdout)["warnings"]))
        lower = pfm(self.path("d.pfm"))[HEIGHT // 2 + 5:]
        self.assertLess(sum(math.isfinite(value) for row in lower for value in row), 0.05 * WIDTH * len(lower))

    def test_missing_picture(self):
        os.remove(self.path("right.npy"))
        self.expect_refused(3, "right.npy")


if __name__ == "__main__":
    command_case.NIGHTJAR = sys.argv.pop(1)
    unittest.main()
