#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`nightjar calibrate noise` from outside: what it prints and writes, and that an error is one line.

    calibrate_noise_command_test.py PATH_OF_NIGHTJAR
"""
import json
import os
import random
import struct
import subprocess
import sys
import tempfile
import unittest
import zlib

NIGHTJAR = ""
SIDE = 48
GAIN, BLACK, DARK_SIGMA = 0.5, 100, 2.0  # DN per electron, DN, DN


def png(samples):
    """A grey 16-bit PNG of SIDE x SIDE samples."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    rows = b"".join(b"\0" + struct.pack(f">{SIDE}H", *samples[y * SIDE:(y + 1) * SIDE]) for y in range(SIDE))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", SIDE, SIDE, 16, 0, 0, 0, 0)) +
            chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def run(*arguments):
    return subprocess.run([NIGHTJAR, "calibrate", "noise", *arguments], capture_output=True, text=True, timeout=1000,
                          check=False)


class CalibrateNoiseTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.folder = cls.temporary.name
        numbers = random.Random(1)
        for name, signal in (("dark/0", 0), ("light/1", 100), ("light/2", 800), ("light/3", 2000), ("light/4", 9000)):
            os.makedirs(cls.path(name))
            for frame in range(2):
                # A normal number for a Poisson one: its variance is what counts here.
                sigma = (GAIN * signal + DARK_SIGMA ** 2) ** 0.5
                samples = [min(4095, max(0, round(BLACK + signal + numbers.gauss(0, sigma)))) for _ in range(SIDE * SIDE)]
                with open(cls.path(name, f"{frame}.png"), "wb") as stream:
                    stream.write(png(samples))

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    @classmethod
    def path(cls, *names):
        return os.path.join(cls.folder, *names)

    def expect_error(self, status, *arguments):
        result = run(*arguments)
        self.assertEqual(result.returncode, status, result)
        self.assertEqual(result.stdout, "")
        self.assertTrue(result.stderr.startswith("nightjar: "), result.stderr)
        self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
        return result.stderr

    def test_light_is_not_dark(self):
        message = self.expect_error(2, self.path("light"), "--dark", os.path.join(self.path("dark"), "..", "light"))
        self.assertIn("as light and as dark", message)

    def test_json_has_every_number_with_its_sigma(self):
        result = run(self.path("light"), "--dark", self.path("dark"), "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        answer = json.loads(result.stdout)
        for key, truth in (("gain_dn_per_e", GAIN), ("dark_variance_dn2", DARK_SIGMA ** 2 + 1 / 12),
                           ("black_level_dn", BLACK), ("dark_noise_e", DARK_SIGMA / GAIN),
                           ("full_well_e", (4095 - BLACK) / GAIN), ("noise_scale", GAIN / (4095 - BLACK))):
            self.assertLess(abs(answer[key] - truth), 4 * answer[key + "_sigma"], key)
            self.assertLess(answer[key + "_sigma"], 0.1 * truth, key)
        self.assertEqual(answer["saturation_dn"], 4095)
        self.assertIsNone(answer["dark_current_e_per_s"])
        self.assertEqual([answer["black_level"], answer["white_level"], answer["gain"]], [BLACK, 4095, 1])
        self.assertEqual([level["channels"][0]["use"] for level in answer["levels"]], ["used"] * 4 + ["saturated"])
        self.assertEqual([level["dark"] for level in answer["levels"]], [True] + [False] * 4)
        self.assertEqual(answer["defective_pixels"], [])

    def test_text_and_file_of_a_bayer_sensor(self):
        result = run(self.path("light"), "--dark", self.path("dark"), "--cfa", "rggb", "--gain", "2", "-o",
                     self.path("noise.yaml"))
        self.assertEqual(result.returncode, 0, result.stderr)
        for word in ("channel        gb", "DN/e-", "saturated", "100 to 4095 DN at gain 2"):
            self.assertIn(word, result.stdout)
        with open(self.path("noise.yaml"), encoding="utf-8") as stream:
            text = stream.read()
        self.assertIn("cfa: rggb\nblack_level: 100\nwhite_level: 4095\n", text)
        self.assertIn("{gain: 2, scale: [", text)

    def test_keys_of_a_camera_take_the_place_of_earlier_ones_and_of_nothing_else(self):
        output, frames = self.path("again.yaml"), (self.path("light"), "--dark", self.path("dark"))
        for gain in ("2", "4"):
            result = run(*frames, "--gain", gain, "-o", output)
            self.assertEqual(result.returncode, 0, result.stderr)
            with open(output, encoding="utf-8") as stream:
                self.assertEqual(stream.read().count("gain: "), 1)
        with open(output, "w", encoding="utf-8") as stream:
            stream.write("mine: 1\n")
        self.expect_error(3, *frames, "-o", output)
        with open(output, encoding="utf-8") as stream:
            self.assertEqual(stream.read(), "mine: 1\n")

    def test_errors_are_one_line_and_leave_nothing(self):
        output = self.path("none.yaml")
        self.assertIn("black level", self.expect_error(3, self.path("light"), "-o", output))
        self.assertIn("no such file", self.expect_error(3, self.path("nothing"), "-o", output))
        self.assertIn("--rig", self.expect_error(2, self.path("light"), "--camera", "cam0", "-o", output))
        self.assertIn("gain", self.expect_error(2, self.path("light"), "--gain", "-1", "-o", output))
        self.expect_error(2, self.path("light"), "--bits", "33")
        self.expect_error(2)
        self.assertFalse(os.path.exists(output))


class SimulatedSensorTest(unittest.TestCase):
    """Logs of one simulated sensor, two gains, several exposures and the dark: its noise is known exactly."""
    RANGE, FULL_WELL, READ_NOISE, BLACK = 1023 - 64, 10000, 2.5, 64

    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.light, cls.dark = [], []
        for gain in (2, 4):
            for lux, exposures in ((60, (250, 1000, 4000)), (0, (1000, 8000, 16000))):
                for exposure in exposures:
                    log = os.path.join(cls.temporary.name, f"{gain}-{lux}-{exposure}")
                    subprocess.run([NIGHTJAR, "simulate", "-o", log, "--motion", "stand", "--rig", "mono", "--seconds", "0.1",
                                    "--lux", str(lux), "--exposure-us", str(exposure), "--gain", str(gain)],
                                   check=True, capture_output=True, timeout=100)
                    (cls.light if lux else cls.dark).append(os.path.join(log, "cam0"))
        cls.rig = os.path.join(cls.temporary.name, "2-0-1000", "rig.yaml")

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    def calibrate(self, *arguments):
        return run(*self.light, "--dark", *self.dark, *arguments)

    def test_every_gain_is_what_it_is(self):
        out = os.path.join(self.temporary.name, "out.yaml")
        for gain in (2, 4):
            result = self.calibrate("--gain", str(gain), "--json", "-o", out, "--rig", self.rig)
            self.assertEqual(result.returncode, 0, result.stderr)
            answer = json.loads(result.stdout)
            dn_per_e = gain * self.RANGE / self.FULL_WELL
            scale = dn_per_e / self.RANGE
            # Rows and pixels whose black is not quite 64 DN have the noise of the dark there, not at 64.
            offset = (((dn_per_e * self.READ_NOISE) ** 2 + 1 / 12) / self.RANGE ** 2 -
                      scale * (answer["black_level_dn"] - self.BLACK) / self.RANGE)
            for key, truth, least in (("noise_scale", scale, 0.004), ("noise_offset", offset, 0.004),
                                      ("dark_noise_e", self.READ_NOISE, 0.004), ("dark_current_e_per_s", 2, 0.5)):
                self.assertLess(abs(answer[key] - truth), 4 * answer[key + "_sigma"], key)
                self.assertLess(answer[key + "_sigma"], least * truth, key)
            self.assertEqual((answer["gain"], answer["black_level"], answer["white_level"]), (gain, 64, 1023))
            self.assertEqual(answer["notes"], ["6 levels of other gains: left out"])

    def test_several_gains_are_not_mixed(self):
        result = self.calibrate()
        self.assertEqual(result.returncode, 2, result)
        self.assertIn("the frames were taken with gains of 2, 4; choose one with --gain", result.stderr)
        result = self.calibrate("--gain", "3")
        self.assertEqual(result.returncode, 3, result)
        self.assertIn("no frame was taken with a gain of 3", result.stderr)

    def test_one_gain_need_not_be_named(self):
        of_two = [cam for cam in self.light + self.dark if os.sep + "2-" in cam]
        result = run(*of_two[:3], "--dark", *of_two[3:], "--json")
        self.assertEqual(json.loads(result.stdout)["gain"], 2, result.stderr)

    def test_a_row_without_exposure_is_named(self):
        folder = os.path.join(self.temporary.name, "bad")
        os.makedirs(os.path.join(folder, "data"))
        with open(os.path.join(folder, "data.csv"), "w", encoding="utf-8") as stream:
            stream.write("#timestamp [ns],filename,exposure [ns],gain\n1000,a.png\n")
        result = run(folder)
        self.assertEqual(result.returncode, 3, result)
        self.assertIn("data.csv:2: does not say", result.stderr)


if __name__ == "__main__":
    NIGHTJAR = sys.argv.pop(1)
    unittest.main()
