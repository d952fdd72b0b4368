#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Same request, same bytes: on any number of threads, and with either of the two sets of sin, exp and so on that
glibc picks from by what the processor can do (with fused multiply-adds or without; they round differently).

    simulate_bytes_test.py PATH_OF_NIGHTJAR
"""
import os
import shlex
import subprocess
import sys
import tempfile
import unittest

import command_case
from command_case import content, run

WITHOUT_FMA = dict(os.environ, GLIBC_TUNABLES="glibc.cpu.hwcaps=-AVX2,-FMA,-FMA4")
ROUNDING = "import math, sys; [print(math.sin(i * 0.37).hex(), math.exp(i / 999).hex()) for i in range(5000)]"
EVERYTHING = ("--events", "--depth", "sensor", "--rig", "stereo-bayer", "--rolling-shutter-us", "10000", "--moving", "2",
              "--flicker", "0.3", "--imu-scale-ppm", "300", "--imu-misalignment-mrad", "1", "--time-offset-ms", "3")


def rounds_differently():
    """Whether this machine has both sets, so that there is something to tell apart."""
    outputs = {subprocess.run([sys.executable, "-c", ROUNDING], env=environment, capture_output=True, check=True).stdout
               for environment in (os.environ, WITHOUT_FMA)}
    return len(outputs) == 2


class SimulateBytesTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def made(self, name, *arguments, **keywords):
        log = os.path.join(self.folder.name, name)
        result = run("simulate", "-o", log, *arguments, **keywords)
        self.assertEqual(result.returncode, 0, result.stderr)
        return content(log)

    def expect_same(self, log, other):
        self.assertEqual(sorted(log), sorted(other))
        self.assertEqual([name for name in log if log[name] != other[name]], [])

    def expect_same_without_fma(self, *arguments):
        if not rounds_differently():
            self.skipTest("this machine's sin and exp are the same with and without FMA")
        log = self.made("log", *arguments)
        self.assertGreater(len(log), 2, list(log))
        self.expect_same(log, self.made("without_fma", *arguments, env=WITHOUT_FMA))

    def test_a_log_of_every_sensor(self):
        self.expect_same_without_fma("--seconds", "0.15", *EVERYTHING)

    def test_a_log_of_every_motion(self):
        # The two sets differ in few arguments, in the last bit: only a long log is sure to meet them.
        for motion in ("walk", "look", "desk", "stand", "fast"):
            with self.subTest(motion=motion):
                self.expect_same_without_fma("--seconds", "60", "--motion", motion, "--imu-only")

    def test_a_log_of_tracks(self):
        self.expect_same_without_fma("--seconds", "10", "--rig", "mono", "--tracks-only", "--outliers", "0.1")

    def test_a_log_on_a_given_trajectory(self):
        self.made("source", "--seconds", "20", "--imu-only")
        truth = os.path.join(self.folder.name, "source", "truth", "state.csv")
        self.expect_same_without_fma("--trajectory", truth, "--imu-only")

    def test_a_log_can_be_made_again_from_its_own_log_yaml(self):
        self.made("the source's", "--seconds", "3", "--imu-only")
        truth = os.path.join(self.folder.name, "the source's", "truth", "state.csv")
        imu = os.path.join(self.folder.name, "the source's", "imu0", "data.csv")
        self.made("the rig's", "--seconds", "0.1", "--tracks-only", "--rig", "glasses", "--rolling-shutter-us", "3000")
        rig = os.path.join(self.folder.name, "the rig's", "rig.yaml")
        for arguments in (("--seconds", "0.1", *EVERYTHING, "--event-threshold-on", "0.3", "--event-bandwidth-hz", "77.7"),
                          ("--seconds", "0.1", "--rig", "mono", "--depth", "--flicker", "0.2", "--flicker-hz", "120",
                           "--time-offset-ms", "1.1", "--rolling-shutter-us", "0.3", "--seed", "18446744073709551615"),
                          ("--seconds", "1", "--tracks-only", "--outliers", "0.1", "--motion", "look", "--moving", "1"),
                          ("--trajectory", truth, "--imu-only", "--imu-noise", "1.1"),
                          ("--trajectory", truth, "--imu", imu, "--imu-only"),
                          ("--seconds", "0.1", "--rig-file", rig, "--lux", "0", "--exposure-us", "3001", "--gain", "1.7"),
                          ("--seconds", "1", "--rig-file", rig, "--tracks-only")):
            with self.subTest(arguments=arguments):
                log = self.made("log", *arguments)
                lines = [line for line in log["log.yaml"].decode().splitlines() if line.startswith("command: '")]
                self.assertEqual(len(lines), 1)
                words = shlex.split(lines[0][len("command: '"):-1].replace("''", "'"))
                self.assertEqual(words[:2], ["nightjar", "simulate"])
                self.expect_same(log, self.made("again", *words[2:]))

    def test_any_number_of_threads(self):
        one = self.made("log1", "--seconds", "0.15", "--threads", "1", *EVERYTHING)
        for threads in ("2", "8"):
            self.expect_same(one, self.made("log" + threads, "--seconds", "0.15", "--threads", threads, *EVERYTHING))


if __name__ == "__main__":
    command_case.NIGHTJAR = sys.argv.pop(1)
    unittest.main()
