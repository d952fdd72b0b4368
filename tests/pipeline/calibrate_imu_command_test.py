#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`nightjar calibrate imu` from outside: what it says, what it writes, and what it refuses.

    calibrate_imu_command_test.py PATH_OF_NIGHTJAR
"""
import json
import os
import sys
import tempfile
import unittest

import command_case
from command_case import CommandCase, read, run, write


class CalibrateImuTest(CommandCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.log = os.path.join(cls.folder.name, "log")
        made = run("simulate", "-o", cls.log, "--imu-only", "--motion", "stand", "--seconds", "1500")
        assert made.returncode == 0, made.stderr

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def test_measures_what_was_simulated(self):
        result = run("calibrate", "imu", self.log, "--json", "-o", self.path("rig.yaml"), "--svg", self.path("a.svg"))
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        noise = json.loads(result.stdout)
        for name, truth, bound in (("gyro_noise_density_rad_per_s_sqrt_hz", 1.7e-4, 0.02),
                                   ("gyro_random_walk_rad_per_s2_sqrt_hz", 2e-5, 0.25),
                                   ("accelerometer_noise_density_m_per_s2_sqrt_hz", 2e-3, 0.02),
                                   ("accelerometer_random_walk_m_per_s3_sqrt_hz", 3e-4, 0.25)):
            self.assertLess(abs(noise[name] / truth - 1), bound, name)
            self.assertLess(abs(noise[name] - truth), 5 * noise[name + "_sigma"], name)
            self.assertIn(name, noise["axes"]["z"])
        self.assertTrue(read(self.path("a.svg")).endswith("</svg>\n"))
        rig = json.loads(run("rig", self.path("rig.yaml"), "--json").stdout)
        self.assertEqual(rig["imu"]["gyro_noise_density"], noise["gyro_noise_density_rad_per_s_sqrt_hz"])
        self.assertIn("accelerometer_random_walk_sigma:", read(self.path("rig.yaml")))

    def test_the_rig_has_the_same_bytes_where_libm_rounds_otherwise(self):
        rigs = []
        for tunables in ("", "glibc.cpu.hwcaps=-AVX2,-FMA,-FMA4"):
            made = run("calibrate", "imu", self.log, "-o", self.path("bytes.yaml"),
                       env=dict(os.environ, GLIBC_TUNABLES=tunables))
            self.assertEqual(made.returncode, 0, made.stderr)
            rigs.append(read(self.path("bytes.yaml")))
            os.remove(self.path("bytes.yaml"))
        self.assertEqual(*rigs)

    def test_a_short_log_keeps_the_rigs_random_walk_or_writes_nothing(self):
        table = os.path.join(self.log, "imu0", "data.csv")
        error = self.expect_error(4, "calibrate", "imu", table, "--end", "60", "-o", self.path("none.yaml"))
        self.assertIn("too short for the random walk of the gyro", error)
        self.assertFalse(os.path.exists(self.path("none.yaml")))
        kept = run("calibrate", "imu", self.log, "--end", "60", "-o", self.path("kept.yaml"))
        self.assertEqual(kept.returncode, 0, kept.stderr)
        self.assertIn("the rig keeps its random walk of the gyro: 2e-05", kept.stdout)
        self.assertIn("gyroscope_random_walk: 2", read(self.path("kept.yaml")))

    def test_refuses_what_is_not_still_or_not_there(self):
        moving = self.path("moving")
        run("simulate", "-o", moving, "--imu-only", "--motion", "walk", "--seconds", "30")
        self.assertIn("the IMU was moved at 0 s", self.expect_error(3, "calibrate", "imu", moving))
        self.assertIn("is missing", self.expect_error(3, "calibrate", "imu", self.path("nothing")))
        write(self.path("few.csv"), "5,0,0,0,0,0,9.8\n7,nan,0,0,0,0,9.8\n")
        self.assertIn("too few", self.expect_error(3, "calibrate", "imu", self.path("few.csv")))
        self.expect_error(2, "calibrate", "imu", self.log, "--begin", "9", "--end", "3")
        self.expect_error(2, "calibrate")


if __name__ == "__main__":
    command_case.NIGHTJAR = sys.argv.pop(1)
    unittest.main()
