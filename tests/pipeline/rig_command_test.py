#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`nightjar rig` from outside: what it prints, what it writes, and that an error is one line and leaves nothing behind.

    rig_command_test.py PATH_OF_NIGHTJAR
"""
import json
import os
import subprocess
import sys
import tempfile
import unittest

NIGHTJAR = ""

CAMCHAIN = """cam0:
  T_cam_imu:
  - [0.0, 1.0, 0.0, 0.06]
  - [-1.0, 0.0, 0.0, -0.02]
  - [0.0, 0.0, 1.0, -0.01]
  - [0.0, 0.0, 0.0, 1.0]
  camera_model: pinhole
  distortion_coeffs: [0, 0, 0, 0]
  distortion_model: radtan
  intrinsics: [400.0, 400.0, 400.0, 240.0]
  resolution: [801, 480]
  timeshift_cam_imu: -0.005
"""

IMU = """accelerometer_noise_density: 0.002
accelerometer_random_walk: 0.003
gyroscope_noise_density: 0.00017
gyroscope_random_walk: 1.9e-05
update_rate: 200.0
"""


def run(*arguments):
    return subprocess.run([NIGHTJAR, "rig", *arguments], capture_output=True, text=True, timeout=1000, check=False)


class RigTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.camchain = self.write("chain.yaml", CAMCHAIN)

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as stream:
            stream.write(text)
        return self.path(name)

    def expect_error(self, status, *arguments):
        before = sorted(os.listdir(self.folder.name))
        result = run(*arguments)
        self.assertEqual(result.returncode, status, result)
        self.assertEqual(result.stdout, "")
        self.assertTrue(result.stderr.startswith("nightjar: "), result.stderr)
        self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
        self.assertEqual(sorted(os.listdir(self.folder.name)), before)
        return result.stderr

    def test_says_what_is_in_a_rig(self):
        result = run(self.camchain)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        # 800 px at a focal length of 400 px: 2 atan(1) = 90 degrees.
        self.assertIn("cam0        801x480, radial-tangential, 90 degrees wide, at (-20.0, -60.0, 10.0) mm, -5.000 ms",
                      result.stdout)
        self.assertIn("noise unknown, the body", result.stdout)

    def test_prints_one_object(self):
        result = run(self.camchain, "--imu", self.write("imu.yml", IMU), "--json")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        rig = json.loads(result.stdout)
        self.assertEqual(rig["format"], "kalibr")
        self.assertEqual(rig["imu"]["gyro_noise_density"], 0.00017)
        self.assertEqual(rig["imu"]["rate_hz"], 200)
        self.assertEqual(rig["cameras"][0]["time_offset_s"], -0.005)
        self.assertIsNone(rig["cameras"][0]["rate_hz"])

    def test_converts_to_every_format_and_back(self):
        imu = self.write("imu.yml", IMU)
        for form in ("rig", "asl", "kalibr", "aria"):
            out = self.path("out-" + form)
            written = run(self.camchain, "--imu", imu, "--to", form, "-o", out)
            self.assertEqual((written.returncode, written.stderr), (0, ""), form)
            rig = json.loads(run(out, "--json").stdout)
            self.assertEqual(rig["format"], form)
            self.assertEqual(rig["cameras"][0]["time_offset_s"], -0.005)
            for value, expected in zip(rig["cameras"][0]["T_body_camera"]["p"], (-0.02, -0.06, 0.01)):
                self.assertAlmostEqual(value, expected, 12)

    def test_a_bad_file_is_one_line_with_its_place(self):
        self.assertIn("chain.yaml:10: intrinsics has a focal length that is not positive",
                      self.expect_error(3, self.write("chain.yaml", CAMCHAIN.replace("[400.0,", "[-400.0,")),
                                        "-o", self.path("out")))
        self.assertIn("nothing.yaml: cannot be read", self.expect_error(3, self.path("nothing.yaml")))

    def test_what_cannot_be_written_leaves_nothing(self):
        self.assertIn("the noise is unknown", self.expect_error(3, self.camchain, "--to", "asl", "-o", self.path("o")))
        os.mkdir(self.path("full"))
        self.write("full/x", "")
        self.assertIn("it has files in it", self.expect_error(2, self.camchain, "--to", "kalibr", "-o", self.path("full")))
        self.expect_error(2, self.camchain, "--to", "ros")
        self.expect_error(2, self.camchain, "--to", "kalibr")  # and where to?
        self.expect_error(2)

    def test_explains_every_option(self):
        help_text = run("--help").stdout
        for option in ("IN", "--imu", "--to", "--output", "--json"):
            self.assertIn(option, help_text)


if __name__ == "__main__":
    NIGHTJAR = sys.argv.pop(1)
    unittest.main()
