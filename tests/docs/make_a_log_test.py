#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The page docs/make-a-log.md, followed to the letter: a recording as it says, its script, its calibrations, the command.

    make_a_log_test.py PATH_OF_NIGHTJAR PATH_OF_WRITE_RENDERED_LOG PAGE

The recording is a rendered log, taken apart into what a user has: frames that are numbered, stamps in seconds of when the
exposure begins, degrees per second and g.
"""
import csv
import json
import math
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from decimal import Decimal

NIGHTJAR = ""
WRITE_LOG = ""
PAGE = ""
EXPOSURE_MS = 4
CAMERAS = ("cam0", "cam1")


def run(*arguments):
    return subprocess.run(arguments, capture_output=True, text=True, timeout=200, check=False)


def read(path):
    with open(path, encoding="utf-8") as stream:
        return stream.read()


def write(path, text):
    with open(path, "w", encoding="utf-8") as stream:
        stream.write(text)


def blocks(page):
    """The page's blocks of code that begin with their file's name: {"cam0.yaml": text}."""
    found = {}
    for body in re.findall(r"^```(?:python|yaml)\n(.*?)^```$", page, re.DOTALL | re.MULTILINE):
        name = re.match(r"# (\S+\.(?:py|yaml))\n", body)
        if name:
            found[name.group(1)] = body
    return found


def rows(path):
    with open(path, newline="", encoding="utf-8") as table:
        return [row for row in csv.reader(table) if row and not row[0].startswith("#")]


def seconds(nanoseconds):
    return f"{Decimal(nanoseconds) / 10**9:.9f}"


class MakeALogTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp()
        cls.rendered = os.path.join(cls.folder, "rendered")
        subprocess.run([WRITE_LOG, cls.rendered, "2"], check=True, timeout=100)
        cls.streams = os.path.join(cls.rendered, "mav0")
        cls.recording = os.path.join(cls.folder, "recording")
        os.mkdir(cls.recording)
        cls.blocks = blocks(read(PAGE))
        for name, text in cls.blocks.items():
            write(os.path.join(cls.folder if name.endswith(".py") else cls.recording, name), text)
        for camera in CAMERAS:
            cls.take_apart_camera(camera)
        cls.take_apart_imu()
        cls.log = os.path.join(cls.folder, "log")
        cls.made = run(sys.executable, "-B", os.path.join(cls.folder, "make_log.py"), cls.recording, cls.log)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    @classmethod
    def take_apart_camera(cls, camera):
        os.mkdir(os.path.join(cls.recording, camera))
        text = "time_s,exposure_ms\n"
        for number, (stamp, name) in enumerate(rows(os.path.join(cls.streams, camera, "data.csv")), 1):
            shutil.copy(os.path.join(cls.streams, camera, "data", name),
                        os.path.join(cls.recording, camera, f"{number:06d}.png"))
            text += f"{seconds(int(stamp) - EXPOSURE_MS * 500_000)},{EXPOSURE_MS}\n"
        write(os.path.join(cls.recording, camera + ".csv"), text)

    @classmethod
    def take_apart_imu(cls):
        text = "time_s,gyro_x,gyro_y,gyro_z,accel_x,accel_y,accel_z\n"
        for stamp, *values in rows(os.path.join(cls.streams, "imu0", "data.csv")):
            values = [float(value) for value in values]
            gyro = [math.degrees(value) for value in values[:3]]
            accel = [value / 9.80665 for value in values[3:]]
            text += ",".join([seconds(stamp), *map(repr, gyro + accel)]) + "\n"
        write(os.path.join(cls.recording, "imu.csv"), text)

    def test_the_page_has_all_that_it_speaks_of(self):
        self.assertEqual(set(self.blocks), {"make_log.py", "imu0.yaml", *(name + ".yaml" for name in CAMERAS)})

    def test_the_script_runs(self):
        self.assertEqual((self.made.returncode, self.made.stderr), (0, ""))

    def test_units_and_times_are_those_of_the_log(self):
        made = rows(os.path.join(self.log, "imu0", "data.csv"))
        given = rows(os.path.join(self.streams, "imu0", "data.csv"))
        self.assertEqual([row[0] for row in made], [row[0] for row in given])
        for ours, theirs in zip(made[::50], given[::50]):
            for a, b in zip(ours[1:], theirs[1:]):
                self.assertAlmostEqual(float(a), float(b), places=9)
        for camera in CAMERAS:
            made = rows(os.path.join(self.log, camera, "data.csv"))
            given = rows(os.path.join(self.streams, camera, "data.csv"))
            self.assertEqual([int(row[0]) + 2_000_000 for row in made], [int(row[0]) for row in given])
            self.assertEqual({row[2] for row in made}, {"4000000"})

    def test_the_log_gives_the_path_that_was_walked(self):
        session = os.path.join(self.folder, "session")
        result = run(NIGHTJAR, "process", self.log, "-o", session, "--json")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        summary = json.loads(result.stdout)
        self.assertEqual(summary["warnings"], [])
        self.assertEqual((summary["frames"], summary["coverage"]), (41, 1))
        # Times of the middle of the exposure, as the page's calibration says and the rendered log has them.
        with open(os.path.join(session, "slam", "open_loop_trajectory.csv"), newline="", encoding="utf-8") as table:
            times = [int(row["tracking_timestamp_us"]) for row in csv.DictReader(table)]
        given = [round(int(row[0]) / 1000) for row in rows(os.path.join(self.streams, "cam0", "data.csv"))]
        self.assertEqual(times, given)
        truth = os.path.join(self.rendered, "mav0", "groundtruth", "truth.txt")
        result = run(NIGHTJAR, "evaluate", session, "--reference", truth, "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        final = json.loads(result.stdout)["final"]
        self.assertTrue(0.001 < final["ate_rmse_m"] < 0.1, final)
        self.assertLess(final["attitude_rmse_deg"], 6)

    def test_the_checklists_columns_are_true(self):
        """The third column of T_BS is where the camera looks: forward, along the body's x; metres."""
        numbers = re.search(r"data: \[(.*?)\]", re.sub(r"#.*", "", self.blocks["cam0.yaml"]), re.DOTALL).group(1)
        T = [float(number) for number in numbers.split(",")]
        self.assertEqual([T[2], T[6], T[10]], [1, 0, 0])
        self.assertLess(max(abs(T[3]), abs(T[7]), abs(T[11])), 1)


if __name__ == "__main__":
    PAGE = sys.argv.pop(3)
    WRITE_LOG = sys.argv.pop(2)
    NIGHTJAR = sys.argv.pop(1)
    unittest.main()
