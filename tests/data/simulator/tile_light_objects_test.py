#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What is compiled for AVX2 stays in its file.

A function that the linker may take from any of several files (weak: templates, inline functions that were not inlined)
would bring AVX2 to machines that have none, if it took the one from there.

    tile_light_objects_test.py NM LIBRARY
"""
import re
import subprocess
import sys

nm, library = sys.argv[1:]
listing = subprocess.run([nm, "-C", library], capture_output=True, text=True, check=True).stdout
members = dict(re.findall(r"^(\S+\.o):\n(.*?)(?=^\S+\.o:$|\Z)", listing, re.M | re.S))
name = next((member for member in members if member.startswith("tile_light_avx2")), None)
if name is None:
    print("not compiled for this processor")
    sys.exit(77)
weak = re.findall(r"^\S* +[WVu] (.*)$", members[name], re.M)
assert re.search(r" [RD] .*kTileLightAvx2", members[name]), f"{name} is not what it was"
if weak:
    sys.exit(f"{name} has {len(weak)} weak functions, first {weak[0]}")
