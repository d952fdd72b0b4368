# SPDX-License-Identifier: Apache-2.0
"""Packages of PyPI for conformance tests, which compare with somebody else's reader."""
import importlib
import importlib.util
import subprocess
import sys

SKIPPED = 77  # exit status of a test that cannot be run here


def imported(module, folder, *packages):
    """The module; where it is not installed, from packages that are put into `folder`. None: it is not to be had."""
    if importlib.util.find_spec(module.split(".", maxsplit=1)[0]) is None:
        got = subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", folder,
                              *packages], capture_output=True, text=True, timeout=600, check=False)
        if got.returncode != 0:
            print(f"no wheel of {packages[0]} for this Python: {got.stderr.strip()}")
            return None
        sys.path.insert(0, folder)
        importlib.invalidate_caches()
    return importlib.import_module(module)
