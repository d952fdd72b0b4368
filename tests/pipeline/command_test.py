#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The command from outside: what it says about itself, its exit statuses, that an error is one line, and what it prints.

    command_test.py PATH_OF_NIGHTJAR PATH_OF_WRITE_RENDERED_LOG
"""
import json
import os
import pty
import re
import shutil
import subprocess
import tempfile
import unittest

import command_case
from command_case import CommandCase, LogCase, read, run, write


class UsageTest(CommandCase):
    def test_says_what_it_is(self):
        version = run("--version")
        self.assertEqual(version.returncode, 0)
        self.assertRegex(version.stdout, r"^\d+\.\d+\.\d+\n$")
        help_text = run("--help")
        self.assertEqual(help_text.returncode, 0)
        self.assertEqual(help_text.stderr, "")
        for word in ("process", "evaluate", "inspect", "Exit status"):
            self.assertIn(word, help_text.stdout)

    def test_a_command_that_is_not_there_is_named(self):
        self.assertIn("'proces'", self.expect_error(2, "proces", "somewhere"))

    def test_every_command_explains_every_option(self):
        options = {"inspect": ("PATH", "--threads", "--json", "Exit status"),
                   "process": ("LOG", "--output", "--profile", "--cameras", "--rig", "--begin", "--end", "--threads",
                               "--config", "--json"),
                   "evaluate": ("SESSION", "--reference", "--min-quality", "--max-causal-ate", "--max-final-ate",
                                "--json")}
        for command, words in options.items():
            result = run(command, "--help")
            self.assertEqual((result.returncode, result.stderr), (0, ""), command)
            for word in words:
                self.assertIn(word, result.stdout, command)

    def test_pictures_of_keyframes_that_nobody_makes_are_not_promised(self):
        message = self.expect_error(2, "process", "log", "-o", "out", "--images", "--profile", "edge")
        self.assertIn("--images: has no effect with --profile edge", message)
        self.assertNotIn("--images", self.expect_error(3, "process", "log", "-o", "out", "--no-images", "--profile", "edge"))

    def test_wrong_usage_is_2(self):
        for arguments in ([], ["frobnicate"], ["--frobnicate"], ["process"], ["process", "log"],
                          ["process", "log", "-o"], ["process", "log", "-o", "out", "more"],
                          ["process", "log", "-o", "out", "--threads", "0"],
                          ["process", "log", "-o", "out", "--threads", "257"],
                          ["process", "log", "-o", "out", "--threads", "two"],
                          ["process", "log", "-o", "out", "--profile", "fast"],
                          ["process", "log", "-o", "out", "--begin", "soon"],
                          ["process", "log", "-o", "out", "--profile", "edge", "--images"],
                          ["process", "log", "-o", "out", "--frobnicate"],
                          ["evaluate"], ["evaluate", "session"], ["evaluate", "session", "--reference", "x", "--wat"],
                          ["evaluate", "session", "--reference", "x", "--min-quality", "good"],
                          *(["evaluate", "session", "--reference", "x", f"--max-{part}-ate={bound}"]
                            for part in ("causal", "final") for bound in ("nan", "inf", "-1", "1 m", ""))):
            with self.subTest(arguments=arguments):
                self.expect_error(2, *arguments)

    def test_wrong_usage_names_the_help_of_its_own_command(self):
        for arguments, command in ((["simulate"], "nightjar simulate"), (["calibrate", "noise"], "nightjar calibrate noise"),
                                   (["nonsense"], "nightjar"), (["--nonsense"], "nightjar")):
            with self.subTest(arguments=arguments):
                self.assertIn(f"see '{command} --help'", self.expect_error(2, *arguments))

    def test_what_a_simulation_would_pass_over_is_2(self):
        events = ("--event-threshold-on 1", "--event-threshold-off 1", "--event-bandwidth-hz 9")
        light = ("--events", "--depth", "--depth sensor", "--lux 1", "--exposure-us 9", "--gain 2", "--flicker 1", "--flicker-hz 50", "--textures /",
                 *events)
        useless = {
            "--imu-only": (*light, "--tracks-only", "--rig mono", "--rolling-shutter-us 1", "--time-offset-ms 1",
                           "--moving 1", "--pixel-noise 1", "--outliers 0.1"),
            "--tracks-only": light,
            "--trajectory x": ("--motion walk",),
            "--rig-file x": ("--rig mono", "--rolling-shutter-us 1", "--time-offset-ms 1"),
            "--trajectory x --imu x": ("--imu-scale-ppm 1", "--imu-misalignment-mrad 1", "--imu-noise 1"),
            "--flicker 0": ("--flicker-hz 50",),
            "--trajectory x --imu x --imu-only": ("--seed 2",)}
        needed = {"--events": events, "--flicker": ("--flicker-hz 50",), "--trajectory": ("--imu x",),
                  "--tracks-only": ("--pixel-noise 1", "--outliers 0.1"),
                  "--frames": ("--gamma 2", "--floor 0.1", "--begin 1", "--end 2")}
        cases = [*((f"{given} {option}", f"{option.split()[0]} changes nothing with --")
                   for given, options in useless.items() for option in options),
                 *((option, f"{option.split()[0]} changes nothing without {other}")
                   for other, options in needed.items() for option in options)]
        with tempfile.TemporaryDirectory() as folder:
            log = os.path.join(folder, "log")
            for arguments, what in cases:
                with self.subTest(arguments=arguments):
                    self.assertIn(what, self.expect_error(2, "simulate", "-o", log, *arguments.split()))
            for seed in ("-1", "18446744073709551616", "1e3", "0x10", "1.0", "nan", ""):
                self.assertIn("--seed must be a whole number, 0 to 18446744073709551615",
                              self.expect_error(2, "simulate", "-o", log, "--seed", seed).replace(": ", " "))
            self.assertFalse(os.path.exists(log))

    def test_what_is_no_log_is_named_with_3(self):
        with tempfile.TemporaryDirectory() as folder:
            out = os.path.join(folder, "out")
            nowhere = os.path.join(folder, "nowhere")
            self.assertIn(nowhere, self.expect_error(3, "process", nowhere, "-o", out))
            empty = os.path.join(folder, "empty")
            os.mkdir(empty)
            self.assertIn(empty, self.expect_error(3, "process", empty, "-o", out))
            self.assertFalse(os.path.exists(out))

    def test_a_name_with_a_line_feed_is_still_one_line(self):
        self.expect_error(3, "process", "no\nwhere\r", "-o", "out")

    def test_evaluate_says_what_is_no_session(self):
        with tempfile.TemporaryDirectory() as folder:
            nowhere = os.path.join(folder, "nowhere")
            self.assertIn(nowhere, self.expect_error(2, "evaluate", nowhere, "--reference", nowhere))
            self.assertIn(folder, self.expect_error(2, "evaluate", folder, "--reference", nowhere))


class LogTest(LogCase):
    """On the rendered log of two seconds."""

    SECONDS = "2"

    def test_process_prints_its_summary(self):
        self.assertEqual((self.result.returncode, self.result.stderr), (0, ""), "no progress in a pipe")
        summary = json.loads(self.result.stdout)
        self.assertEqual(set(summary), {"session", "frames", "frames_used", "coverage", "length_m", "keyframes",
                                        "landmarks", "log_s", "wall_s", "real_time_factor", "depth", "warnings", "truth"})
        self.assertEqual((summary["frames"], summary["frames_used"], summary["coverage"]), (41, 41, 1))
        self.assertAlmostEqual(summary["log_s"], 2, places=6)
        self.assertGreater(summary["keyframes"], 5)
        self.assertEqual(summary["warnings"], [])
        self.assertEqual((summary["session"], summary["truth"]), (self.session, self.truth))

    def test_process_for_people_says_the_same(self):
        out = os.path.join(self.folder, "people")
        result = run("process", self.log, "-o", out, "--profile", "edge", "--end", "1")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertRegex(result.stdout, r"frames +20, \d+ usable")
        self.assertIn(out, result.stdout)

    def test_shows_progress_on_a_terminal_and_none_in_a_pipe(self):
        out = os.path.join(self.folder, "watched")
        process = [command_case.NIGHTJAR, "process", self.log, "-o", out, "--end", "0.5"]
        piped = subprocess.run(process, capture_output=True, timeout=100, check=True)
        self.assertEqual(piped.stderr, b"")
        terminal, theirs = pty.openpty()
        with open(terminal, "rb", buffering=0) as screen, \
                subprocess.Popen(process, stdout=subprocess.PIPE, stderr=theirs) as watched:
            os.close(theirs)
            shown = b""
            try:
                while chunk := screen.read(4096):
                    shown += chunk
            except OSError:  # how Linux says that nobody holds the other end any more
                pass
            answer, _ = watched.communicate(timeout=100)
        self.assertEqual(watched.returncode, 0)
        frames = [int(count) for count in re.findall(rb"\rtracking: (\d+) of \d+ frames\x1b\[K", shown)]
        self.assertEqual(frames, list(range(1, 11)), shown)
        self.assertTrue(shown.endswith(b"\r\x1b[K"), "the line is cleared at the end")
        self.assertNotIn(b"\n", shown)
        for text in (answer, piped.stdout):
            self.assertNotIn(b"\x1b", text)
            self.assertIn(b"frames      10", text)

    def test_every_json_file_of_a_session_parses(self):
        count = 0
        for folder, _, names in os.walk(self.session):
            for name in names:
                path = os.path.join(folder, name)
                if name.endswith(".json"):
                    json.loads(read(path))
                    count += 1
                if name.endswith(".jsonl"):
                    lines = read(path).splitlines()
                    self.assertGreater(len(lines), 5, path)
                    for line in lines:
                        json.loads(line)
                    count += 1
        self.assertGreaterEqual(count, 6)

    def test_evaluate_prints_figures_and_holds_to_bounds(self):
        arguments = ("evaluate", self.session, "--reference", self.truth)
        result = run(*arguments, "--json")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        figures = json.loads(result.stdout)
        self.assertEqual(set(figures), {"causal", "final", "nees", "nees_fitted_gauge"})
        self.assertEqual(set(figures["nees"]), {"position", "rotation", "keyframes", "expected"})
        self.assertEqual(set(figures["nees_fitted_gauge"]), set(figures["nees"]))
        self.assertNotEqual(figures["nees_fitted_gauge"], figures["nees"])
        for part in ("causal", "final"):
            self.assertEqual(figures[part]["frames"], 41)
            self.assertTrue(0.001 < figures[part]["ate_rmse_m"] < 0.1, figures)
            self.assertTrue(0.01 < figures[part]["attitude_rmse_deg"] < 6, figures)
        ate = figures["final"]["ate_rmse_m"]
        self.assertEqual(run(*arguments, "--max-final-ate", str(ate * 1.01)).returncode, 0)
        over = run(*arguments, "--max-final-ate", str(ate * 0.99))
        self.assertEqual(over.returncode, 4)
        self.assertEqual(over.stderr.count("\n"), 1, over.stderr)
        self.assertIn("ATE", run(*arguments).stdout)

    @unittest.skipUnless(os.path.exists("/dev/full"), "needs a device that is always full")
    def test_an_answer_that_is_lost_is_75(self):
        out = os.path.join(self.folder, "lost")
        evaluate = ["evaluate", self.session, "--reference", self.truth]
        for arguments in (["process", self.log, "-o", out, "--end", "0.3"], [*evaluate], [*evaluate, "--json"],
                          ["--help"], ["--version"]):
            with self.subTest(arguments=arguments), open("/dev/full", "w", encoding="utf-8") as full:
                result = subprocess.run([command_case.NIGHTJAR, *arguments], stdout=full, stderr=subprocess.PIPE,
                                        text=True, timeout=1000, check=False)
                self.assertEqual(result.returncode, 75, result)
                self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
                self.assertIn("standard output", result.stderr)
        self.assertTrue(os.path.exists(os.path.join(out, "session.json")), "the session itself is there")

    def test_inspect_prints_what_is_there(self):
        result = run("inspect", self.log, "--json")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        found = json.loads(result.stdout)
        self.assertEqual(list(found), ["format", "clock", "device_frame", "source", "duration_s", "events", "streams",
                                       "notes", "anomalies", "checks"])
        self.assertIsNone(found["events"])
        self.assertEqual([stream["name"] for stream in found["streams"]], ["imu0", "cam0", "cam1"])
        self.assertEqual(found["anomalies"], [])
        for check in found["checks"]:
            self.assertEqual(list(check), ["name", "where", "status", "value", "sigma", "expected", "what", "remedy"])
            self.assertIn(check["status"], ("ok", "unknown"), check)
        text = run("inspect", self.log)
        self.assertEqual((text.returncode, text.stderr), (0, ""))
        self.assertIn("cam1", text.stdout)
        self.expect_error(3, "inspect", os.path.join(self.folder, "nothing_here"))
        self.expect_error(2, "inspect", self.log, "--threads", "0")

    def test_inspect_tells_what_an_event_file_holds(self):
        path = os.path.join(self.folder, "no_name_that_says_it")
        with open(path, "w", encoding="utf-8") as stream:
            stream.write("4 3\n0.001 1 2 1\n0.003 2 1 0\n0.002 1 1 0\n")
        result = run("inspect", path, "--json")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        found = json.loads(result.stdout)
        self.assertEqual(list(found), ["format", "duration_s", "events", "streams", "anomalies"])
        self.assertEqual((found["format"], found["duration_s"]), ("text", 0.002))
        self.assertEqual(found["events"], {"count": 3, "on": 1, "off": 2, "width": 4, "height": 3, "x_max": 2,
                                           "y_max": 2, "first_us": 1000, "last_us": 3000,
                                           "rate_hz": {"mean": 1000.0, "p99": 1000.0}})
        self.assertEqual(found["anomalies"], [{"where": "line 4", "kind": "time steps back", "count": 1}])
        self.assertIn("time steps back", run("inspect", path).stdout)
        with open(path, "wb") as stream:
            stream.write(b"\x89HDF\r\n\x1a\n and nothing else")
        self.assertIn("HDF5 file is damaged", self.expect_error(3, "inspect", path))

    def test_a_log_without_imu_is_3(self):
        log = self.copy("without_imu")
        shutil.rmtree(os.path.join(log, "mav0", "imu0"))
        out = os.path.join(self.folder, "without_imu_out")
        self.assertIn("imu0", self.expect_error(3, "process", log, "-o", out))
        self.assertFalse(os.path.exists(out))

    def test_a_log_without_images_is_3(self):
        log = self.copy("without_images")
        for camera in ("cam0", "cam1"):
            folder = os.path.join(log, "mav0", camera, "data")
            for name in os.listdir(folder):
                os.remove(os.path.join(folder, name))
        out = os.path.join(self.folder, "without_images_out")
        self.expect_error(3, "process", log, "-o", out)
        self.assertEqual([name for name in os.listdir(self.folder) if "without_images_out" in name], [],
                         "neither a session nor the beginning of one")

    def test_what_the_log_does_not_have_is_2(self):
        out = os.path.join(self.folder, "absent")
        self.assertIn("cam5", self.expect_error(2, "process", self.log, "-o", out, "--cameras", "cam0,cam5"))
        self.expect_error(2, "process", self.log, "-o", out, "--begin", "1", "--end", "1")
        self.expect_error(2, "process", self.log, "-o", out, "--begin", "60")
        self.assertFalse(os.path.exists(out))

    def test_another_rig_is_used(self):
        plain, same, other = (os.path.join(self.folder, name) for name in ("rig_plain", "rig_same", "rig_other"))
        arguments = ("process", self.log, "--profile", "edge", "--end", "0.5", "-o")
        self.assertEqual(run(*arguments, plain).returncode, 0)
        self.assertEqual(run(*arguments, same, "--rig", self.log).returncode, 0)
        causal = os.path.join("slam", "open_loop_trajectory.csv")
        self.assertEqual(read(os.path.join(same, causal)), read(os.path.join(plain, causal)))
        # The log's own rig with the cameras further apart: another session, and a warning that says so.
        device = self.copy("device")
        sensor = os.path.join(device, "mav0", "cam1", "sensor.yaml")
        write(sensor, read(sensor).replace("-0.05", "-0.06"))
        result = run(*arguments, other, "--rig", device, "--json")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertIn("cam1/sensor.yaml", " ".join(json.loads(result.stdout)["warnings"]))
        self.assertNotEqual(read(os.path.join(other, causal)), read(os.path.join(plain, causal)))
        identities = [json.loads(read(os.path.join(session, "session.json")))["input_identity"]
                      for session in (plain, same, other)]
        self.assertEqual(len(set(identities)), 3)
        self.assertIn("no.yaml", self.expect_error(3, *arguments, other, "--rig", os.path.join(self.folder, "no.yaml")))

    def test_streams_that_are_not_read_are_named(self):
        log = self.copy("more_streams")
        for stream in ("events0", "depth0", "imu1"):
            os.mkdir(os.path.join(log, "mav0", stream))
        out = os.path.join(self.folder, "more_streams_out")
        self.assertEqual(run("process", log, "-o", out, "--profile", "edge", "--end", "0.3").returncode, 0)
        data = json.loads(read(os.path.join(out, "summary.json")))["stages"]["data"]
        self.assertEqual(data["info"], ["events0 is not used, it has no calibration: cannot be read", "imu1 is not read yet",
                                        "depth0 is not used"])
        self.assertEqual(data["warnings"], [])

    def test_a_configuration_is_used_and_its_errors_have_a_line(self):
        config = os.path.join(self.folder, "options.yaml")
        write(config, "estimator:\n  window_keyframes: 5\n")
        out = os.path.join(self.folder, "configured")
        self.assertEqual(run("process", self.log, "-o", out, "--end", "0.5", "--config", config).returncode, 0)
        used = json.loads(read(os.path.join(out, "session.json")))["config"]
        self.assertEqual(used["estimator"]["window_keyframes"], 5)
        write(config, "estimator:\n  window_keyframes: 500\n")
        self.assertIn(config + ":2", self.expect_error(2, "process", self.log, "-o", out, "--config", config))

    def test_does_not_touch_what_is_no_session(self):
        precious = os.path.join(self.folder, "precious")
        os.mkdir(precious)
        write(os.path.join(precious, "letter"), "dear")
        self.assertIn(precious, self.expect_error(2, "process", self.log, "-o", precious))
        self.assertEqual(os.listdir(precious), ["letter"])
        self.assertEqual(read(os.path.join(precious, "letter")), "dear")
        file = os.path.join(self.folder, "file")
        write(file, "dear")
        self.expect_error(2, "process", self.log, "-o", file)
        self.assertEqual(read(file), "dear")
        self.expect_error(2, "process", self.log, "-o", self.log)
        self.assertTrue(os.path.exists(self.truth))

    def test_replaces_a_session(self):
        out = os.path.join(self.folder, "again")
        for end, frames in (("0.3", 6), ("0.5", 10)):
            self.assertEqual(run("process", self.log, "-o", out, "--end", end).returncode, 0)
            self.assertEqual(len(read(os.path.join(out, "health.jsonl")).splitlines()), frames)

    def test_an_output_that_cannot_be_written_is_an_error(self):
        below_a_file = os.path.join(self.truth, "session")
        result = run("process", self.log, "-o", below_a_file, "--end", "0.3")
        self.assertNotEqual(result.returncode, 0)
        self.assertEqual(result.stderr.count("\n"), 1, result.stderr)


if __name__ == "__main__":
    command_case.main()
