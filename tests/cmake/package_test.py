#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What cmake --install gives to others: installs the built tree beside it, builds a project of somebody else's against
that (tests/cmake/package) and runs it.

    package_test.py BUILD PATH_OF_WRITE_RENDERED_LOG CMAKE_OPTION…

BUILD holds everything built; the options are those that the user's build has to share with it.
"""
import os
import re
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = ""
WRITE_LOG = ""
OPTIONS = []
# What a user of kernels.h must not be made to have.
HEAVY = re.compile(r"ceres|opencv|halide|yaml|spng|glog", re.IGNORECASE)


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, timeout=1000, check=False)


class PackageTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = folder.name
        cls.prefix = os.path.join(cls.folder, "prefix")
        cls.user = os.path.join(cls.folder, "user")
        for command in (["cmake", "--install", BUILD, "--prefix", cls.prefix],
                        ["cmake", "-S", os.path.join(HERE, "package"), "-B", cls.user, "-G", "Ninja",
                         f"-DCMAKE_PREFIX_PATH={cls.prefix}", *OPTIONS],
                        ["cmake", "--build", cls.user]):
            result = run(*command)
            if result.returncode != 0:
                raise AssertionError(f"{' '.join(command)}\n{result.stdout}{result.stderr}")

    def installed(self):
        return sorted(os.path.relpath(os.path.join(folder, name), self.prefix)
                      for folder, _, names in os.walk(self.prefix) for name in names)

    def library(self, name):
        [path] = [path for path in self.installed() if re.search(rf"libnightjar_{name}\.so\.\d+\.\d+\.\d+$", path)]
        return os.path.join(self.prefix, path)

    def test_installs_the_command_two_headers_two_libraries_and_what_to_read(self):
        files = self.installed()
        self.assertEqual([f for f in files if f.startswith("bin/")], ["bin/nightjar"])
        self.assertEqual([f for f in files if f.startswith("include/")],
                         ["include/nightjar/kernels.h", "include/nightjar/pipeline.h"])
        libraries = {re.sub(r"\.so.*", "", os.path.basename(f)) for f in files if f.startswith("lib") and ".so" in f}
        self.assertEqual(libraries, {"libnightjar_kernels", "libnightjar_pipeline"})
        self.assertFalse([f for f in files if f.endswith(".a")])
        for name in ("LICENSE", "README.md", "docs/formats/session.md"):
            self.assertIn(f"share/doc/nightjar/{name}", files)
        for name in ("nightjarConfig.cmake", "nightjarConfigVersion.cmake"):
            self.assertEqual([os.path.basename(f) for f in files].count(name), 1)

    def test_the_command_runs_where_it_is_installed(self):
        result = run(os.path.join(self.prefix, "bin", "nightjar"), "--version")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertRegex(result.stdout, r"^\d+\.\d+\.\d+\n$")

    def test_headers_include_the_standard_library_only(self):
        for header in ("kernels.h", "pipeline.h"):
            with open(os.path.join(self.prefix, "include", "nightjar", header), encoding="utf-8") as stream:
                included = re.findall(r'^#\s*include\s*([<"][^>"]+[>"])', stream.read(), re.MULTILINE)
            self.assertTrue(included)
            for name in included:
                self.assertRegex(name, r"^<std(def|int)\.h>$" if header == "kernels.h" else r"^<[a-z]+>$")

    def test_libraries_show_nothing_but_their_interface(self):
        for name, own in (("kernels", r"^nightjar_"), ("pipeline", r"^nightjar::")):
            result = run("nm", "--dynamic", "--defined-only", "--demangle", "--format=posix", self.library(name))
            self.assertEqual(result.returncode, 0, result.stderr)
            # Templates of the standard library are everybody's.
            symbols = [line for line in result.stdout.splitlines() if "std::" not in line]
            self.assertTrue(symbols)
            for symbol in symbols:
                self.assertRegex(symbol, own)

    def test_c_program_gets_the_values_and_needs_little(self):
        program = os.path.join(self.user, "use_kernels")
        result = run(program)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        lines = result.stdout.splitlines()
        self.assertRegex(lines[0], r"^version \d+\.\d+\.\d+$")
        self.assertRegex(lines[1], r"^wrong levels: 2 black level 9 and white level 9 ")
        # use_kernels.c: 16383 * 80 / 255, 16383 * 2 / 255 and half of that, twice as much a level up.
        numbers = [int(number) for line in lines[2:] for number in line.split(") ")[1].split()]
        for number, expected in zip(numbers, (5139.8, 128.5, 64.2, 257.0, 128.5, 0), strict=True):
            self.assertAlmostEqual(number, expected, delta=1.6)
        needed = run("ldd", program).stdout
        self.assertIn("libnightjar_kernels.so", needed)
        self.assertIsNone(HEAVY.search(needed), needed)

    def test_cpp_program_processes_and_evaluates(self):
        log = os.path.join(self.folder, "log")
        subprocess.run([WRITE_LOG, log, "2"], check=True, timeout=1000)
        truth = os.path.join(log, "mav0", "groundtruth", "truth.txt")
        result = run(os.path.join(self.user, "use_pipeline"), log, os.path.join(self.folder, "session"), truth)
        self.assertEqual((result.returncode, result.stderr), (0, ""), result.stdout)
        lines = result.stdout.splitlines()
        self.assertRegex(lines[0], r"^version \d+\.\d+\.\d+$")
        self.assertEqual(lines[1], "wrong profile: 2 unknown profile 'leisurely'; use edge or offline")
        self.assertRegex(lines[2], r"^thrown: 1 .*stop")
        frames = re.match(r"^frames (\d+) progress (\d+)$", lines[3])
        self.assertTrue(frames and frames[1] == frames[2] and int(frames[1]) > 20, lines[3])
        score = re.match(r"^final ATE (\S+) m of (\d+) frames$", lines[4])
        self.assertEqual(score[2], frames[1])
        self.assertTrue(1e-6 < float(score[1]) < 0.05, lines[4])
        self.assertTrue(os.path.isfile(os.path.join(self.folder, "session", "session.json")))


if __name__ == "__main__":
    BUILD, WRITE_LOG = (os.path.abspath(path) for path in sys.argv[1:3])
    OPTIONS = sys.argv[3:]
    unittest.main(argv=sys.argv[:1])
