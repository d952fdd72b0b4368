#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""COLMAP's own library (pycolmap, from PyPI) reads our export, and sees our points on the pixels on which the session has
them.

    colmap_conformance_test.py PATH_OF_NIGHTJAR PATH_OF_WRITE_RENDERED_LOG

Exit status 77 (skipped) where the package is not to be had.
"""
import math
import os
import subprocess
import sys
import tempfile

from export_command_test import TOLERANCE_PX, Truth
from python_packages import SKIPPED, imported


def compare(reconstruction, truth):
    images = {image.name: image for image in reconstruction.images.values()}
    assert len(images) == len(truth.pictured)
    assert len(reconstruction.points3D) == len(truth.points)
    seen = 0
    for packet in truth.pictured:
        image = images[f"{packet['t_ns']}.jpg"]
        camera = reconstruction.cameras[image.camera_id]
        for point in truth.points[::5]:
            expected = Truth.pixel(packet, point)
            if expected is None or max(map(abs, expected)) > 5000:
                continue
            found = camera.img_from_cam(image.cam_from_world() * list(point))
            # The centre of COLMAP's first pixel is (0.5, 0.5).
            assert math.dist(expected, (found[0] - 0.5, found[1] - 0.5)) < TOLERANCE_PX, (packet["kf"], point)
            seen += 1
    assert seen > 100, seen
    return seen


def main():
    nightjar, write_log = sys.argv[1:3]
    with tempfile.TemporaryDirectory() as folder:
        pycolmap = imported("pycolmap", os.path.join(folder, "packages"), "pycolmap==4.2.1", "numpy")
        if pycolmap is None:
            return SKIPPED
        log, session, out = (os.path.join(folder, name) for name in ("log", "session", "out"))
        subprocess.run([write_log, log, "2"], check=True, timeout=600)
        subprocess.run([nightjar, "process", log, "-o", session], check=True, timeout=600)
        subprocess.run([nightjar, "export", session, "--to", "colmap", "-o", out], check=True, timeout=600)
        seen = compare(pycolmap.Reconstruction(os.path.join(out, "sparse", "0")), Truth(session))
        print(f"{seen} projections agree")
    return 0


if __name__ == "__main__":
    sys.exit(main())
