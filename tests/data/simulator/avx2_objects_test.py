#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What is compiled for AVX2 stays in its files.

A function that the linker may take from any of several files (weak: templates, inline functions that were not inlined)
would bring AVX2 to machines that have none, if it took the one from there.

    avx2_objects_test.py NM LIBRARY
"""
import re
import subprocess
import sys

nm, library = sys.argv[1:]
listing = subprocess.run([nm, "-C", library], capture_output=True, text=True, check=True).stdout
members = dict(re.findall(r"^(\S+\.o):\n(.*?)(?=^\S+\.o:$|\Z)", listing, re.M | re.S))
compiled = {member: text for member, text in members.items() if "_avx2" in member}
if not compiled:
    print("not compiled for this processor")
    sys.exit(77)
for constant in ("kEventKernelsAvx2", "kTileLightAvx2"):
    assert any(re.search(rf" [RD] .*{constant}", text) for text in compiled.values()), f"{constant} is missing"
for member, text in compiled.items():
    weak = re.findall(r"^\S* +[WVu] (.*)$", text, re.M)
    if weak:
        sys.exit(f"{member} has {len(weak)} weak functions, first {weak[0]}")
