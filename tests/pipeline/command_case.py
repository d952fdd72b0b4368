# SPDX-License-Identifier: Apache-2.0
"""What tests share that drive the command from outside."""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

NIGHTJAR = ""
WRITE_LOG = ""


def run(*arguments, **keywords):
    return subprocess.run([NIGHTJAR, *arguments], capture_output=True, text=True, timeout=1000, check=False, **keywords)


def write(path, text):
    with open(path, "w", encoding="utf-8") as stream:
        stream.write(text)


def read(path):
    with open(path, encoding="utf-8") as stream:
        return stream.read()


def content(folder):
    """The bytes of every file, by its path."""
    files = {}
    for parent, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(parent, name)
            with open(path, "rb") as stream:
                files[os.path.relpath(path, folder)] = stream.read()
    return files


class CommandCase(unittest.TestCase):
    def expect_error(self, status, *arguments, **keywords):
        return self.expect_error_in(run(*arguments, **keywords), status)

    def expect_error_in(self, result, status):
        self.assertEqual(result.returncode, status, result)
        self.assertEqual(result.stdout, "")
        self.assertTrue(result.stderr.startswith("nightjar: "), result.stderr)
        self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
        self.assertTrue(result.stderr.endswith("\n"), result.stderr)
        self.assertNotIn("\x1b", result.stderr)
        return result.stderr


class LogCase(CommandCase):
    """On a rendered log, which is written and processed once for all tests; nobody may change either."""

    SECONDS = ""  # of log

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp()
        cls.log = os.path.join(cls.folder, "log")
        cls.truth = os.path.join(cls.log, "mav0", "groundtruth", "truth.txt")
        subprocess.run([WRITE_LOG, cls.log, cls.SECONDS], check=True, timeout=1000)
        cls.session = os.path.join(cls.folder, "session")
        cls.result = run("process", cls.log, "-o", cls.session, "--json")

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def copy(self, name):
        copy = os.path.join(self.folder, name)
        shutil.copytree(self.log, copy)
        self.addCleanup(shutil.rmtree, copy)
        return copy


def main():
    """Runs the tests of the script: NAME_test.py PATH_OF_NIGHTJAR PATH_OF_WRITE_RENDERED_LOG [unittest's arguments]"""
    global NIGHTJAR, WRITE_LOG
    WRITE_LOG = sys.argv.pop(2)
    NIGHTJAR = sys.argv.pop(1)
    unittest.main()
