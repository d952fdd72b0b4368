#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The command from outside: what it says about itself, its exit statuses, and that an error is one line.

    command_test.py PATH_OF_NIGHTJAR
"""
import os
import subprocess
import sys
import tempfile
import unittest

NIGHTJAR = ""


def run(*arguments, **keywords):
    return subprocess.run([NIGHTJAR, *arguments], capture_output=True, text=True, timeout=60, check=False, **keywords)


class CommandTest(unittest.TestCase):
    def expect_error(self, status, *arguments):
        result = run(*arguments)
        self.assertEqual(result.returncode, status, result)
        self.assertEqual(result.stdout, "")
        self.assertTrue(result.stderr.startswith("nightjar: "), result.stderr)
        self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
        return result.stderr

    def test_says_what_it_is(self):
        version = run("--version")
        self.assertEqual(version.returncode, 0)
        self.assertRegex(version.stdout, r"^\d+\.\d+\.\d+\n$")
        help_text = run("--help")
        self.assertEqual(help_text.returncode, 0)
        self.assertIn("process", help_text.stdout)
        self.assertIn("evaluate", help_text.stdout)
        self.assertEqual(run("process", "--help").returncode, 0)

    def test_wrong_usage_is_2(self):
        for arguments in ([], ["frobnicate"], ["process"], ["process", "log"], ["process", "log", "-o"],
                          ["process", "log", "-o", "out", "--threads", "0"],
                          ["process", "log", "-o", "out", "--profile", "fast"],
                          ["process", "log", "-o", "out", "--begin", "soon"],
                          ["evaluate"], ["evaluate", "session"], ["evaluate", "session", "--reference", "x", "--wat"]):
            with self.subTest(arguments=arguments):
                self.expect_error(2, *arguments)

    def test_what_does_not_exist_is_named(self):
        with tempfile.TemporaryDirectory() as folder:
            nowhere = os.path.join(folder, "nowhere")
            out = os.path.join(folder, "out")
            result = run("process", nowhere, "-o", out)
            self.assertIn(result.returncode, (2, 3))
            self.assertIn(nowhere, result.stderr)
            self.assertEqual(result.stderr.count("\n"), 1)
            self.assertFalse(os.path.exists(out))
            self.assertIn(nowhere, self.expect_error(2, "evaluate", nowhere, "--reference", nowhere))

    def test_does_not_overwrite_what_is_not_a_session(self):
        with tempfile.TemporaryDirectory() as folder:
            precious = os.path.join(folder, "precious")
            with open(precious, "w", encoding="utf-8") as stream:
                stream.write("precious")
            result = run("process", folder, "-o", folder)
            self.assertIn(result.returncode, (2, 3))
            self.assertEqual(os.listdir(folder), ["precious"])


if __name__ == "__main__":
    NIGHTJAR = sys.argv.pop(1)
    unittest.main()
