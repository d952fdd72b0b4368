#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""nightjar events, given what somebody got wrong: events_mistakes_test.py NIGHTJAR"""
import json
import os
import random
import resource
import sys
import tempfile
import unittest

import command_case
from command_case import CommandCase, read, run, write


class EventsMistakesTest(CommandCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        numbers = random.Random(1)
        self.lines = [f"{1 + i * 1e-5:.6f} {numbers.randrange(240)} {numbers.randrange(180)} {i % 2}" for i in range(5000)]
        write(self.path("events.txt"), "\n".join(self.lines) + "\n")

    def tearDown(self):
        self.temporary.cleanup()

    def path(self, name):
        return os.path.join(self.temporary.name, name)

    def make(self, name, out, *options):
        result = run("events", self.path(name), "-o", self.path(out), "--no-gif", *options)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout

    def refused(self, status, name, *options, **keywords):
        error = self.expect_error(status, "events", self.path(name), "-o", self.path("none"), "--no-gif", *options, **keywords)
        self.assertFalse(os.path.exists(self.path("none")))
        return error

    def test_one_wrong_line_does_not_make_a_sensor(self):
        answer = json.loads(self.make("events.txt", "right", "--json"))
        self.assertEqual((answer["width"], answer["height"], answer["size_from"]), (240, 180, "events"))
        wrong = self.lines[:2500] + [f"{1 + 2500e-5:.6f} 12000 9000 1"] + self.lines[2500:]
        write(self.path("wrong.txt"), "\n".join(wrong) + "\n")
        answer = json.loads(self.make("wrong.txt", "wrong", "--json"))
        self.assertEqual((answer["width"], answer["height"]), (240, 180))
        self.assertEqual(answer["filters"][0], {"name": "sensor", "offered": 5001, "passed": 5000})
        self.assertEqual(read(self.path("wrong/pictures.csv")), read(self.path("right/pictures.csv")))
        self.assertIn("does not say the size of its sensor: events reach over 240 x 180 px", self.make("wrong.txt", "text"))

    def test_a_sensor_beyond_all_is_an_error_that_says_what_to_do(self):
        write(self.path("huge.txt"), "0.5 60000 20 1\n0.6 5 30000 0\n")
        limit = 2_000_000_000

        def small():
            resource.setrlimit(resource.RLIMIT_AS, (limit, limit))

        error = self.refused(3, "huge.txt", preexec_fn=small)
        self.assertIn("60001 x 30001 px", error)
        self.assertIn("--size", error)
        write(self.path("says.txt"), "60001 30001\n" + read(self.path("huge.txt")))
        self.assertIn("says that its sensor has 60001 x 30001 px", self.refused(3, "says.txt", preexec_fn=small))
        write(self.path("huge.txt"), read(self.path("huge.txt")) + "0.7 63 31 1\n")
        answer = json.loads(self.make("huge.txt", "given", "--size", "64x32", "--json"))
        self.assertEqual((answer["width"], answer["height"], answer["size_from"]), (64, 32, "option"))
        self.assertEqual(answer["filters"][0]["passed"], 1)

    def test_a_size_that_cannot_be(self):
        for size in ("12", "12x", "x3", "0x3", "-1x3", "12x3x4", "12,3", "70000x5", "5000x5000"):
            self.assertIn("--size", self.refused(2, "events.txt", "--size=" + size))
        write(self.path("says.txt"), "240 180\n" + read(self.path("events.txt")))
        self.assertIn("are of 240 x 180 px, not of 180 x 240", self.refused(2, "says.txt", "--size", "180x240"))
        self.assertEqual(json.loads(self.make("says.txt", "said", "--json"))["size_from"], "file")

    def test_numbers_beyond_their_range(self):
        for number in ("0", "-5", "nan", "0.009", "10001"):
            self.assertIn("--period: must be 0.01 to 10000 ms", self.refused(2, "events.txt", "--period=" + number))
        for number in ("0", "-1", "16777217"):
            self.assertIn("--count: must be 1 to 16777216 events", self.refused(2, "events.txt", "--count=" + number))
        error = self.refused(2, "events.txt", "--as", "voxel", "--planes", "64", "--size", "4000x4000")
        self.assertIn("--planes: must be 8 at most", error)

    def test_options_that_contradict_or_do_nothing(self):
        self.assertIn("--filter: on and off", self.refused(2, "events.txt", "--filter", "on,off"))
        for view in ("histogram", "speed-invariant", "intensity", "voxel"):
            self.assertIn("--window: has no effect on --as " + view, self.refused(2, "events.txt", "--as", view, "--window", "30"))
        for view in ("histogram", "linear"):
            self.assertIn("--planes: has no effect on --as " + view, self.refused(2, "events.txt", "--as", view, "--planes", "5"))

    def test_the_last_time_surface_is_not_empty(self):
        self.make("events.txt", "out", "--as", "linear", "--window", "10", "--period", "10000")
        begin, end, events, _ = read(self.path("out/pictures.csv")).splitlines()[1].split(",")
        self.assertEqual((int(begin), int(end), int(events)), (1000000, 1049991, 5000))

    def test_why_there_is_no_event(self):
        write(self.path("ns.txt"), "1700000000123456789 2 3 1\n" * 3)
        error = self.refused(3, "ns.txt")
        self.assertIn("has no event (times beyond what can be held: 3, first at line 1)", error)
        self.assertIn("t in microseconds", error)
        write(self.path("far.txt"), "0.5 100000 20 1\n")
        self.assertIn("(events beyond the addresses of the format: 1, first at line 1)", self.refused(3, "far.txt"))
        # EVT 2.0: a time and a trigger, type 0xA, for each ms.
        with open(self.path("triggers.raw"), "wb") as stream:
            stream.write(b"% evt 2.0\n% format EVT2;width=64;height=48\n% end\n")
            for ms in range(200):
                for word in (8 << 28 | (ms * 1000 >> 6), 0xA << 28 | (ms * 1000 & 63) << 22 | 1):
                    stream.write(word.to_bytes(4, "little"))
        self.assertIn("has no event (triggers: 200)", self.refused(3, "triggers.raw"))
        write(self.path("outside.txt"), "240 180\n0.5 300 20 1\n")
        self.assertIn("has no event on a sensor of 240 x 180 px, of 1", self.refused(3, "outside.txt"))
        write(self.path("off.txt"), "0.5 30 20 0\n")
        self.assertIn("no event that the filters let through, of 1;", self.refused(3, "off.txt", "--filter", "on"))

    def test_a_folder_is_told_which_file_of_it_is_meant(self):
        os.makedirs(self.path("log/events0"))
        error = self.refused(3, "log")
        self.assertIn("is a folder; give the path of an event file", error)
        file = self.path("log/events0/events.h5")
        write(file, "")
        for name in ("log", "log/events0"):
            self.assertIn(name + ": is a folder; give " + file, self.refused(3, name))
            error = self.expect_error(3, "inspect", self.path(name))
            self.assertIn("has no camera folder", error)
            self.assertIn(file, error)

    def test_rows_of_the_gyro_that_were_skipped_are_told(self):
        write(self.path("rig.yaml"), "version: 1\nimu: {name: imu0}\nevent_cameras:\n"
              "  - name: events0\n    resolution: [240, 180]\n    model: none\n    intrinsics: [200, 200, 120, 90]\n"
              "    distortion_coefficients: []\n    time_offset_s: 0\n"
              "    T_body_camera: {translation_m: [0, 0, 0], quaternion_xyzw: [0, 0, 0, 1]}\n")
        rows = [f"{t}000000,0,0,{'nan' if 1010 <= t < 1013 else 0.1},0,0,9.81" for t in range(990, 1070)]
        write(self.path("imu.csv"), "#timestamp [ns],w_x,w_y,w_z,a_x,a_y,a_z\n" + "\n".join(rows) + "\n")
        options = ("--as", "warped", "--rig", self.path("rig.yaml"), "--imu", self.path("imu.csv"))
        answer = json.loads(self.make("events.txt", "a", "--json", *options))
        self.assertEqual(answer["warp"]["gyro_samples"], 77)
        self.assertEqual(answer["size_from"], "rig")
        anomaly, = answer["anomalies"]
        self.assertEqual(anomaly["count"], 3)
        self.assertTrue(anomaly["where"].endswith("imu.csv:22"), anomaly)
        self.assertIn(anomaly["kind"] + ": 3, first at " + anomaly["where"] + "\n", self.make("events.txt", "b", *options))
        self.assertIn("--size: has no effect", self.refused(2, "events.txt", "--size", "240x180", *options))


if __name__ == "__main__":
    command_case.NIGHTJAR = sys.argv[1]
    unittest.main(argv=sys.argv[:1])
