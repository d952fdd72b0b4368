#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`nightjar simulate --frames` from outside: what it prints, and that an error is one line with its status.

    simulate_frames_command_test.py PATH_OF_NIGHTJAR
"""
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest
import zlib

NIGHTJAR = ""
WIDTH, HEIGHT = 40, 30


def png(value, colour_type=0, height=HEIGHT):
    """A PNG of 8 bits in one grey."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    row = b"\0" + bytes([value]) * (WIDTH * (3 if colour_type == 2 else 1))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", WIDTH, height, 8, colour_type, 0, 0, 0)) +
            chunk(b"IDAT", zlib.compress(row * height)) + chunk(b"IEND", b""))


class SimulateFrames(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.write("images.txt", b"1.0 a.png\n1.05 b.png\n")
        self.write("a.png", png(20))
        self.write("b.png", png(90))
        self.log = self.path("log")

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def write(self, name, data):
        with open(self.path(name), "wb") as stream:
            stream.write(data)

    def run_it(self, *arguments):
        return subprocess.run([NIGHTJAR, "simulate", "-o", self.log, *arguments], capture_output=True, text=True,
                              timeout=100, check=False)

    def simulate(self, *arguments):
        result = self.run_it("--frames", self.folder.name, "--json", *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        return json.loads(result.stdout)

    def expect_error(self, status, *arguments):
        result = self.run_it(*arguments)
        self.assertEqual(result.returncode, status, result)
        self.assertEqual(result.stdout, "")
        self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
        self.assertFalse(os.path.exists(self.log))
        return result.stderr

    def expect_unusable(self, *arguments):
        return self.expect_error(3, "--frames", self.folder.name, *arguments)

    def test_prints_what_it_made(self):
        made = self.simulate()
        self.assertEqual([made["frames"], made["width"], made["height"]], [2, WIDTH, HEIGHT])
        self.assertEqual(made["events"], made["events_on"] + made["events_off"])
        self.assertAlmostEqual(made["log_s"], 0.05)
        self.assertEqual(made["lux"], 300, "of frames, not of the simulated room")
        result = self.run_it("--frames", self.folder.name)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn(f"{made['events_on']} on", result.stdout)

    def test_options_reach_the_camera(self):
        plain = self.simulate()
        self.assertEqual(self.simulate("--events", "--lux", "300")["events"], plain["events"])
        self.assertLess(self.simulate("--event-threshold-on", "0.5")["events_on"], 0.6 * plain["events_on"])
        self.write("a.png", png(200))
        darker = self.simulate()
        self.assertLess(self.simulate("--event-threshold-off", "0.5")["events_off"], 0.6 * darker["events_off"])
        self.assertLess(self.simulate("--event-bandwidth-hz", "3")["events_off"], 0.6 * darker["events_off"])
        self.assertLess(self.simulate("--lux", "0.1")["events_off"], 0.6 * darker["events_off"])
        self.assertGreater(self.simulate("--gamma", "2.2")["events_off"], 1.2 * darker["events_off"])
        self.assertLess(self.simulate("--floor", "1")["events_off"], 0.6 * darker["events_off"])

    def test_what_says_nothing_of_frames(self):
        for option in (["--motion", "walk"], ["--rig", "mono"], ["--depth"], ["--moving", "1"], ["--imu-only"],
                       ["--tracks-only"], ["--seconds", "2"], ["--textures", "x"], ["--flicker", "0.1"],
                       ["--rolling-shutter-us", "1"], ["--imu-noise", "2"], ["--time-offset-ms", "1"]):
            error = self.expect_error(2, "--frames", self.folder.name, *option)
            self.assertIn(option[0] + " says nothing of --frames", error)
        self.assertIn("--gamma", self.expect_error(2, "--gamma", "2"))
        self.assertIn("--begin", self.expect_error(2, "--begin", "1"))
        self.assertIn("give --events or --frames", self.expect_error(2, "--event-threshold-on", "0.3"))
        self.assertIn("--gamma", self.expect_error(2, "--frames", self.folder.name, "--gamma", "0"))

    def test_what_cannot_be_used(self):
        self.assertIn("is missing", self.expect_error(3, "--frames", self.path("none")))
        self.write("b.png", png(9, height=HEIGHT + 1))
        self.assertIn("b.png", self.expect_unusable())
        self.write("b.png", png(9, colour_type=2))
        self.assertIn("not grey", self.expect_unusable())
        os.remove(self.path("b.png"))
        self.assertIn("images.txt:2", self.expect_unusable())
        self.write("images.txt", b"1.0 a.png\n")
        self.assertIn("needs two", self.expect_unusable())
        self.write("images.txt", b"1.0 a.png\n1.0 a.png\n")
        self.assertIn("does not rise", self.expect_unusable())

    def test_a_trajectory_must_cover_the_frames(self):
        self.write("poses.txt", b"0.9 0 0 0 0 0 0 1\n1.1 1 0 0 0 0 0 1\n")
        self.assertEqual(self.simulate("--trajectory", self.path("poses.txt"))["truth_poses"], 2)
        shutil.rmtree(self.log)
        self.write("poses.txt", b"0.9 0 0 0 0 0 0 1\n1.04 1 0 0 0 0 0 1\n")
        self.assertIn("--begin", self.expect_unusable("--trajectory", self.path("poses.txt")))
        self.write("poses.txt", b"0.9 0 0 0 0 0 0 1\n1.5 1 0 0 0 0 0 1\n")
        self.assertIn("gap", self.expect_unusable("--trajectory", self.path("poses.txt")))


if __name__ == "__main__":
    NIGHTJAR = sys.argv.pop(1)
    unittest.main()
