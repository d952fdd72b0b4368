# SPDX-License-Identifier: Apache-2.0
"""nightjar context, driven from outside: budgets, times, messages, privacy, mistakes."""
import base64
import json
import os

import command_case
from command_case import LogCase, run


class ContextCommandTest(LogCase):
    SECONDS = "3"

    def context(self, *words):
        result = run("context", self.session, *words)
        self.assertEqual(result.returncode, 0, result)
        return result.stdout

    def test_budgets_are_kept(self):
        for budget in (0, 1, 40, 256, 1024, 4096, 65536):
            text = self.context("--max-bytes", str(budget))
            self.assertLessEqual(len(text.encode()), budget)
            self.assertEqual(text, self.context("--max-bytes", str(budget)))
            self.assertLessEqual(len(self.context("--json", "--max-bytes", str(budget)).encode()), budget)
        self.assertLessEqual(len(self.context().encode()), 4096)
        self.assertIn("looking yaw", self.context("--max-bytes", "256"))

    def test_times_are_seconds_or_the_logs_clock(self):
        first = None
        with open(os.path.join(self.session, "health.jsonl"), encoding="utf-8") as lines:
            first = json.loads(lines.readline())["t_ns"]
        at = json.loads(self.context("--json", "--at", "1.5"))
        self.assertEqual(at["pose"]["t_s"], 1.5)
        self.assertEqual(at, json.loads(self.context("--json", "--at", f"{first + 1500000000}ns")))
        window = json.loads(self.context("--json", "--window", "0.5:1.5", "--max-bytes", "65536"))
        self.assertEqual(window["pose"], at["pose"])
        self.assertGreaterEqual(window["segments"][0]["begin_s"], 0.4)

    def test_wrong_times_say_which_are_right(self):
        for words in (("--at", "99"), ("--at", "-1"), ("--at", "1ns"), ("--window", "0:99")):
            error = self.expect_error(2, "context", self.session, *words)
            self.assertIn("outside of the session", error)
            self.assertRegex(error, r"from 0 to [0-9.]+ s")
        for words in (("--at", "noon"), ("--at", "nan"), ("--at", ""), ("--window", "1"), ("--window", "2:1"),
                      ("--window", ":"), ("--at", "1e300"), ("--at", "99999999999999999999ns")):
            self.expect_error(2, "context", self.session, *words)

    def test_messages_hold_pictures_only_where_asked(self):
        parts = json.loads(self.context("--messages"))
        self.assertEqual([part["type"] for part in parts], ["text"])
        parts = json.loads(self.context("--messages", "--images", "2"))
        self.assertEqual([part["type"] for part in parts], ["text", "text", "image_url", "text", "image_url"])
        for part in parts[2::2]:
            self.assertTrue(os.path.isfile(os.path.join(self.session, part["image_url"]["url"])))
        embedded = json.loads(self.context("--messages", "--images", "1", "--embed"))
        url = embedded[2]["image_url"]["url"]
        self.assertTrue(url.startswith("data:image/jpeg;base64,"))
        with open(os.path.join(self.session, parts[2]["image_url"]["url"]), "rb") as stream:
            self.assertEqual(base64.b64decode(url.split(",", 1)[1]), stream.read())

    def test_privacy_holds(self):
        parts = json.loads(self.context("--messages", "--images", "2", "--privacy", "no-images"))
        self.assertEqual([part["type"] for part in parts], ["text", "text"])
        self.assertIn("0 of 2 that were asked for", parts[1]["text"])
        self.assertIn("looking yaw", self.context("--privacy", "relative-only"))
        self.expect_error(2, "context", self.session, "--privacy", "somewhat")

    def test_mistakes_are_one_line(self):
        self.expect_error(2, "context", self.folder)
        self.expect_error(2, "context", self.session, "--max-bytes", "-1")
        self.expect_error(2, "context", self.session, "--images", "2")
        for option in ("--at", "--window", "--max-bytes", "--images"):
            error = self.expect_error(2, "context", self.session, "--messages", option, "")
            self.assertIn(option, error)
            self.assertIn("empty", error)
        self.expect_error(2, "context", self.session, "--json", "--messages")
        self.expect_error(2, "context", self.session, "--at", "1", "--window", "1:2")


if __name__ == "__main__":
    command_case.main()
