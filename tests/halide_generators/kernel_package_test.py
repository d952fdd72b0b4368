#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Who has the package of kernels for arm64 and nothing else of ours links it, and gets the bytes that x86-64 gets.

    kernel_package_test.py BUILD PATH_OF_KERNEL_USER

BUILD is the build tree, whose target kernel-package-arm-64-linux is made here; KERNEL_USER is the program of package/
linked against this build's kernels. Exit status 77 (skipped) without a cross compiler and an emulator (Debian:
g++-aarch64-linux-gnu, qemu-user).
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
COMPILER, EMULATOR = "aarch64-linux-gnu-g++", "qemu-aarch64"
SYSROOT = "/usr/aarch64-linux-gnu"
PACKAGE = "nightjar-kernels-arm-64-linux"
BUILD = ""
KERNEL_USER = ""


def run(*command):
    result = subprocess.run(command, capture_output=True, text=True, timeout=1000, check=False)
    if result.returncode != 0:
        raise AssertionError(f"{' '.join(command)}\n{result.stdout}{result.stderr}")
    return result.stdout


class KernelPackageTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        run("cmake", "--build", BUILD, "--target", "kernel-package-arm-64-linux")
        [archive] = [name for name in os.listdir(os.path.join(BUILD, "kernel-packages"))
                     if name.endswith("-arm-64-linux.tar.gz")]
        # As somebody unpacks it elsewhere.
        shutil.unpack_archive(os.path.join(BUILD, "kernel-packages", archive), folder.name)
        cls.package = os.path.join(folder.name, PACKAGE)
        cls.user = os.path.join(folder.name, "user")

    def test_links_and_gives_the_same_bytes(self):
        run("cmake", "-S", os.path.join(HERE, "package"), "-B", self.user, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release",
            "-DCMAKE_SYSTEM_NAME=Linux", "-DCMAKE_SYSTEM_PROCESSOR=aarch64", f"-DCMAKE_CXX_COMPILER={COMPILER}",
            f"-Dnightjar-kernels_ROOT={self.package}")
        run("cmake", "--build", self.user)
        emulated = run(EMULATOR, "-L", SYSROOT, os.path.join(self.user, "kernel_user"))
        self.assertEqual(len(emulated.splitlines()), 18)
        self.assertEqual(emulated, run(KERNEL_USER))

    def test_says_what_kernels_take(self):
        with open(os.path.join(self.package, "kernels.json"), encoding="utf-8") as stream:
            kernels = {kernel["name"]: kernel["arguments"] for kernel in json.load(stream)["kernels"]}
        headers = {name[:-2] for name in os.listdir(os.path.join(self.package, "include"))}
        self.assertEqual(set(kernels), headers - {"HalideRuntime", "HalideBuffer"})
        self.assertEqual(kernels["corner_score"],
                         [{"name": "gradient", "kind": "input_buffer", "type": "int16", "dimensions": 3},
                          {"name": "score", "kind": "output_buffer", "type": "float32", "dimensions": 2}])

    def test_brings_its_licences(self):
        for name in ("LICENSE", "LICENSE.Halide"):
            self.assertGreater(os.path.getsize(os.path.join(self.package, name)), 1000)


if __name__ == "__main__":
    if not (shutil.which(COMPILER) and shutil.which(EMULATOR)):
        print(f"skipped: no {COMPILER} or no {EMULATOR}")
        sys.exit(77)
    KERNEL_USER = sys.argv.pop(2)
    BUILD = sys.argv.pop(1)
    unittest.main()
