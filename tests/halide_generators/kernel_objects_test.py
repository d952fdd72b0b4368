#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""No kernel is ever tied to one architecture: every build emits every generator's object for every foreign target.

    kernel_objects_test.py KERNELS GENERATORS TARGETS KERNEL:GENERATOR…

KERNELS holds one folder per target. GENERATORS are the paths of the generators' programs and TARGETS those of the
build's table, with commas between.
"""
import os
import struct
import subprocess
import sys
import unittest

FOLDER = ""
GENERATORS = []
TARGETS = []
KERNELS = {}
PROMISED_TARGETS = {"arm-64-linux", "arm-64-android"}

MACHINES = {"arm": 183}  # EM_AARCH64
SYMBOL_TABLE = 2  # SHT_SYMTAB
RELOCATABLE = 1  # ET_REL
GLOBAL = 1  # STB_GLOBAL
FUNCTION = 2  # STT_FUNC


class Elf:
    """As much of a 64-bit little-endian ELF object as it takes to name its functions (System V gABI, ch. 4)."""

    def __init__(self, path):
        with open(path, "rb") as stream:
            self.data = stream.read()
        if self.data[:6] != b"\x7fELF\x02\x01":
            raise ValueError(f"{path}: no 64-bit little-endian ELF")
        self.type, self.machine = struct.unpack_from("<HH", self.data, 16)
        offset, = struct.unpack_from("<Q", self.data, 40)
        size, count = struct.unpack_from("<HH", self.data, 58)
        # Of each section: type, offset, size and the section that it refers to.
        self.sections = [struct.unpack_from("<4xI16xQQI", self.data, offset + i * size) for i in range(count)]

    def functions(self):
        """Names of the global functions that are defined here and not empty."""
        names = set()
        for kind, offset, size, link in self.sections:
            if kind != SYMBOL_TABLE:
                continue
            text = self.sections[link][1]
            for name, info, section, length in struct.iter_unpack("<IBxH8xQ", self.data[offset:offset + size]):
                if info == (GLOBAL << 4 | FUNCTION) and section != 0 and length > 0:
                    begin = text + name
                    names.add(self.data[begin:self.data.index(b"\0", begin)].decode())
        return names


class KernelObjectsTest(unittest.TestCase):
    def test_the_promised_targets_are_in_the_table(self):
        self.assertLessEqual(PROMISED_TARGETS, set(TARGETS))

    def test_every_generator_has_a_kernel(self):
        generators = set()
        for program in GENERATORS:
            listed = subprocess.run([program], capture_output=True, text=True, timeout=60, check=False).stderr
            generators |= {line.strip() for line in listed.split("available Generators are:\n")[1].splitlines()}
        self.assertEqual(generators, set(KERNELS.values()))

    def test_every_kernel_is_there_for_every_target_under_its_name(self):
        self.assertTrue(KERNELS)
        for target in TARGETS:
            for kernel in KERNELS:
                with self.subTest(target=target, kernel=kernel):
                    elf = Elf(os.path.join(FOLDER, target, kernel + ".o"))
                    self.assertEqual((elf.type, elf.machine), (RELOCATABLE, MACHINES[target.split("-")[0]]))
                    self.assertIn(kernel, elf.functions())

    def test_a_runtime_is_there_for_every_target(self):
        for target in TARGETS:
            elf = Elf(os.path.join(FOLDER, target, "halide_runtime.o"))
            self.assertEqual(elf.machine, MACHINES[target.split("-")[0]])


if __name__ == "__main__":
    FOLDER = sys.argv[1]
    GENERATORS = sys.argv[2].split(",")
    TARGETS = sys.argv[3].split(",")
    KERNELS = dict(argument.split(":") for argument in sys.argv[4:])
    unittest.main(argv=sys.argv[:1])
