#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The ranges that docs/formats/simulate.md gives of numeric options are those that `nightjar simulate` says and checks.

    simulate_ranges_test.py PATH_OF_NIGHTJAR PATH_OF_SIMULATE_MD
"""
import math
import os
import re
import subprocess
import sys
import tempfile
import unittest

NIGHTJAR = ""
PAGE = ""
# What an option says something of only.
BESIDE = {"--flicker-hz": ("--flicker", "0.5"), "--pixel-noise": ("--tracks-only",), "--outliers": ("--tracks-only",),
          "--event-threshold-on": ("--events",), "--event-threshold-off": ("--events",),
          "--event-bandwidth-hz": ("--events",), "--gamma": ("--frames", "x"), "--floor": ("--frames", "x")}


def documented():
    with open(PAGE, encoding="utf-8") as stream:
        rows = re.findall(r"^\| `(--[a-z-]+)` \| (\S+) to (\S+) \|", stream.read(), re.MULTILINE)
    return {option: (low, high) for option, low, high in rows}


class SimulateRangesTest(unittest.TestCase):
    def test_the_page_says_what_help_says(self):
        text = subprocess.run([NIGHTJAR, "simulate", "--help"], capture_output=True, text=True, check=True).stdout
        entries = re.split(r"\n  (?=-)", text)
        said = [(*re.findall(r"--[a-z-]+", entry)[:1], *ends) for entry in entries
                for ends in re.findall(r"\(([-\d.]+) to ([-\d.]+)\)$", entry)]
        self.assertGreater(len(said), 15)
        self.assertEqual(documented(), {option: (low, high) for option, low, high in said})

    def test_what_is_beyond_is_refused_with_the_range(self):
        with tempfile.TemporaryDirectory() as folder:
            log = os.path.join(folder, "log")
            for option, (low, high) in documented().items():
                whole = option in ("--moving", "--exposure-us")
                beyond = [str(int(low) - 1), str(int(high) + 1)] if whole else [
                    repr(math.nextafter(float(low), -math.inf) if float(low) else -1e-300),
                    repr(float(high) * (1 + 1e-9)), "inf", "nan"]
                for value in beyond:
                    with self.subTest(option=option, value=value):
                        result = subprocess.run([NIGHTJAR, "simulate", "-o", log, *BESIDE.get(option, ()), option, value],
                                                capture_output=True, text=True, timeout=60, check=False)
                        self.assertEqual(result.returncode, 2, result)
                        self.assertIn(f"{option} must be {low} to {high}", result.stderr)
            self.assertFalse(os.path.exists(log))


if __name__ == "__main__":
    PAGE = sys.argv.pop(2)
    NIGHTJAR = sys.argv.pop(1)
    unittest.main()
