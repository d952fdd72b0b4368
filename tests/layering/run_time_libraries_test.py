#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What programs need at run time: neither the Halide compiler nor OpenCV, directly or through another library.

    run_time_libraries_test.py GENERATORS PROGRAM...

GENERATORS is the program that compiles the kernels: it needs the compiler's library, so this test has to find it there.
"""
import re
import subprocess
import sys
import unittest

HEAVY = re.compile(r"^lib(Halide|opencv|LLVM)", re.IGNORECASE)
GENERATORS = ""
PROGRAMS = []


def needed(program):
    """Names of all libraries that the dynamic linker loads for a program."""
    result = subprocess.run(["ldd", program], capture_output=True, text=True, timeout=60, check=True)
    return [line.split()[0] for line in result.stdout.splitlines() if "=>" in line]


class RunTimeLibrariesTest(unittest.TestCase):
    def test_sees_the_compiler_where_it_is_needed(self):
        self.assertTrue([name for name in needed(GENERATORS) if HEAVY.match(name)], GENERATORS)

    def test_programs_need_neither_the_halide_compiler_nor_opencv(self):
        for program in PROGRAMS:
            with self.subTest(program=program):
                libraries = needed(program)
                self.assertIn("libc.so.6", libraries, "read at all")
                self.assertEqual([name for name in libraries if HEAVY.match(name)], [])


if __name__ == "__main__":
    GENERATORS, *PROGRAMS = sys.argv[1:]
    unittest.main(argv=sys.argv[:1])
