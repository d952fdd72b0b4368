#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""nightjar export from outside: the files are read here by readers of their own, each written from the format's
description alone, and the session's points must fall on the same pixels through them as through the session.

    export_command_test.py PATH_OF_NIGHTJAR PATH_OF_WRITE_RENDERED_LOG
"""
import csv
import gzip
import json
import math
import os
import re
import struct
import unittest

import command_case
from command_case import LogCase, content, read, run

TOLERANCE_PX = 0.01


def rotate(q, v):
    """q = (x, y, z, w) applied to v."""
    x, y, z, w = q
    tx, ty, tz = 2 * (y * v[2] - z * v[1]), 2 * (z * v[0] - x * v[2]), 2 * (x * v[1] - y * v[0])
    return (v[0] + w * tx + y * tz - z * ty, v[1] + w * ty + z * tx - x * tz, v[2] + w * tz + x * ty - y * tx)


def inverse(q):
    return (-q[0], -q[1], -q[2], q[3])


def minus(a, b):
    return tuple(x - y for x, y in zip(a, b))


def numbers(text):
    return [float(word) for word in text.split()]


def matrix(text):
    rows = [numbers(line) for line in text.strip().splitlines()]
    assert len(rows) == 4 and all(len(row) == 4 for row in rows), rows
    return rows


def into(c2w, point):
    """The point in the camera whose camera-to-world matrix this is."""
    d = [point[k] - c2w[k][3] for k in range(3)]
    return tuple(sum(c2w[k][axis] * d[k] for k in range(3)) for axis in range(3))


class Truth:
    """What the session itself says: points, and where each picture sees them."""

    def __init__(self, session):
        with gzip.open(os.path.join(session, "slam", "semidense_points.csv.gz"), "rt", encoding="utf-8") as stream:
            self.points = [tuple(float(row[k]) for k in ("px_world", "py_world", "pz_world"))
                           for row in csv.DictReader(stream)]
        self.packets = [json.loads(line) for line in read(os.path.join(session, "keyframes.jsonl")).splitlines()]
        self.pictured = [p for p in self.packets if any(cam["image_ref"] for cam in p["cams"])]

    @staticmethod
    def pixel(packet, point):
        cam = next(cam for cam in packet["cams"] if cam["image_ref"])
        pose, mount, ref = packet["T_world_device"], cam["T_device_camera"], cam["image_ref"]
        body = rotate(inverse(pose["q_xyzw"]), minus(point, pose["p"]))
        x, y, z = rotate(inverse(mount["q_xyzw"]), minus(body, mount["p"]))
        return (ref["focal_px"] * x / z + ref["cx"], ref["focal_px"] * y / z + ref["cy"]) if z > 0.3 else None


class ExportCommandTest(LogCase):
    SECONDS = "2"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        assert cls.result.returncode == 0, cls.result
        cls.truth_of = Truth(cls.session)
        assert len(cls.truth_of.pictured) >= 5 and len(cls.truth_of.points) >= 50

    def export(self, to, *more, session=None):
        out = os.path.join(self.folder, "export_" + to)
        result = run("export", session or self.session, "--to", to, "-o", out, "--json", *more)
        self.assertEqual(result.returncode, 0, result)
        self.assertLess(json.loads(result.stdout)["worst_px"], TOLERANCE_PX)
        return out

    def expect_same_pixels(self, project):
        """project(k, point): the pixel in the k-th picture, in our convention."""
        seen = 0
        for k, packet in enumerate(self.truth_of.pictured):
            for point in self.truth_of.points[::7]:
                expected = Truth.pixel(packet, point)
                if expected is None or max(map(abs, expected)) > 5000:
                    continue
                found = project(k, point)
                self.assertLess(math.dist(expected, found), TOLERANCE_PX, (k, point))
                seen += 1
        self.assertGreater(seen, 100)

    def test_colmap(self):
        out = self.export("colmap", "--images")
        sparse = os.path.join(out, "sparse", "0")
        cameras = {}
        for line in read(os.path.join(sparse, "cameras.txt")).splitlines():
            if not line.startswith("#"):
                number, model, _, _, *parameters = line.split()
                self.assertEqual(model, "PINHOLE")
                cameras[number] = list(map(float, parameters))
        lines = [line for line in read(os.path.join(sparse, "images.txt")).splitlines() if not line.startswith("#")]
        images = [line.split() for line in lines[::2]]
        self.assertEqual(set(lines[1::2]), {""})
        self.assertEqual(len(images), len(self.truth_of.pictured))

        def project(k, point):
            _, qw, qx, qy, qz, tx, ty, tz, camera, name = images[k]
            self.assertTrue(os.path.exists(os.path.join(out, "images", name)))
            fx, fy, cx, cy = cameras[camera]
            turned = rotate(tuple(map(float, (qx, qy, qz, qw))), point)
            x, y, z = (a + float(b) for a, b in zip(turned, (tx, ty, tz)))
            return fx * x / z + cx - 0.5, fy * y / z + cy - 0.5  # its first pixel's centre is (0.5, 0.5)

        self.expect_same_pixels(project)
        points = [list(map(float, line.split()[1:4])) for line in read(os.path.join(sparse, "points3D.txt")).splitlines()
                  if not line.startswith("#")]
        self.assertEqual(len(points), len(self.truth_of.points))
        self.assertLess(max(map(math.dist, points, self.truth_of.points)), 1e-8)

    def test_nerfstudio(self):
        out = self.export("nerfstudio", "--images")
        transforms = json.loads(read(os.path.join(out, "transforms.json")))
        frames = transforms["frames"]
        for frame in frames:
            self.assertTrue(os.path.exists(os.path.join(out, frame["file_path"])))

        def project(k, point):
            x, y, z = into(frames[k]["transform_matrix"], point)
            return (transforms["fl_x"] * x / -z + transforms["cx"] - 0.5,
                    transforms["fl_y"] * -y / -z + transforms["cy"] - 0.5)

        self.expect_same_pixels(project)

    def test_scannet(self):
        out = self.export("scannet", "--images")
        k_matrix = matrix(read(os.path.join(out, "intrinsic", "intrinsic_color.txt")))

        def project(k, point):
            x, y, z = into(matrix(read(os.path.join(out, "pose", f"{k}.txt"))), point)
            return k_matrix[0][0] * x / z + k_matrix[0][2], k_matrix[1][1] * y / z + k_matrix[1][2]

        self.expect_same_pixels(project)
        pictures = content(os.path.join(self.session, "images"))
        for k, packet in enumerate(self.truth_of.pictured):
            with open(os.path.join(out, "color", f"{k}.jpg"), "rb") as stream:
                self.assertEqual(stream.read(), pictures[f"cam0/{packet['t_ns']}.jpg"])

    def test_euroc(self):
        out = os.path.join(self.export("euroc", "--images"), "mav0")
        yaml = read(os.path.join(out, "cam0", "sensor.yaml"))

        def listed(key):
            return [float(word) for word in re.search(key + r":[^\[]*\[([^\]]*)\]", yaml).group(1).split(",")]

        t_bs, lens = listed("T_BS"), listed("intrinsics")
        mount = [t_bs[4 * row:4 * row + 4] for row in range(4)]
        states = {}
        for line in read(os.path.join(out, "state_groundtruth_estimate0", "data.csv")).splitlines()[1:]:
            row = line.split(",")
            self.assertEqual(len(row), 17)
            states[int(row[0])] = list(map(float, row[1:8]))

        def project(k, point):
            px, py, pz, qw, qx, qy, qz = states[self.truth_of.pictured[k]["t_ns"]]
            body = rotate(inverse((qx, qy, qz, qw)), minus(point, (px, py, pz)))
            x, y, z = into(mount, body)
            return lens[0] * x / z + lens[2], lens[1] * y / z + lens[3]

        self.expect_same_pixels(project)
        for line in read(os.path.join(out, "cam0", "data.csv")).splitlines()[1:]:
            self.assertTrue(os.path.exists(os.path.join(out, "cam0", "data", line.split(",")[1])))

    def test_tum(self):
        rows = [line.split() for line in read(self.export("tum")).splitlines() if not line.startswith("#")]
        poses = {round(float(row[0]) * 1e9 / 1000): list(map(float, row[1:])) for row in rows}
        for packet in self.truth_of.packets:
            pose = poses.get(round(packet["t_ns"] / 1000))
            if pose is None:
                continue
            self.assertLess(math.dist(pose[:3], packet["T_world_device"]["p"]), 1e-8)
            self.assertLess(math.dist(pose[3:], packet["T_world_device"]["q_xyzw"]), 1e-8)
        self.assertGreater(len(poses), 20)

    def test_ply(self):
        with open(self.export("ply"), "rb") as stream:
            header, body = stream.read().split(b"end_header\n", 1)
        self.assertIn(b"format binary_little_endian 1.0", header)
        count = int(re.search(rb"element vertex (\d+)", header).group(1))
        self.assertEqual(re.findall(rb"property (\w+) (\w+)", header),
                         [(b"double", b"x"), (b"double", b"y"), (b"double", b"z"),
                          (b"float", b"inv_dist_std"), (b"float", b"dist_std")])
        self.assertEqual(len(body), 32 * count)
        points = [struct.unpack_from("<3d", body, 32 * k) for k in range(count)]
        self.assertEqual(count, len(self.truth_of.points))
        self.assertLess(max(map(math.dist, points, self.truth_of.points)), 1e-12)

    def test_aria_mps_is_the_sessions_own_folder(self):
        ours = content(os.path.join(self.session, "slam"))
        theirs = content(os.path.join(self.export("aria-mps"), "slam"))
        self.assertEqual(set(ours), set(theirs))
        for name in set(ours) - {"summary.json"}:
            self.assertEqual(ours[name], theirs[name], name)

    def test_an_exported_aria_folder_is_taken_like_a_session(self):
        mps = self.export("aria-mps")
        out = self.export("tum", session=mps)
        rows = [line.split() for line in read(out).splitlines() if not line.startswith("#")]
        own = [line.split() for line in read(self.export("tum")).splitlines() if not line.startswith("#")]
        self.assertEqual(len(rows), len(own))
        for row, expected in zip(rows, own):
            self.assertLess(math.dist(list(map(float, row[1:4])), list(map(float, expected[1:4]))), 1e-8)
        self.assertIn("pictures", self.expect_error(4, "export", mps, "--to", "colmap", "-o", out + "_colmap"))

    def test_what_is_wrong_is_said(self):
        out = os.path.join(self.folder, "nowhere")
        self.expect_error(2, "export", self.session, "--to", "obj", "-o", out)
        self.expect_error(2, "export", self.folder, "--to", "tum", "-o", out)
        self.expect_error(4, "export", self.session, "--to", "tum", "--aligned", "-o", out)
        self.expect_error(2, "export", self.session, "--to", "colmap", "--images", "--privacy", "no-images", "-o", out)
        self.expect_error(2, "export", self.session, "--to", "colmap", "-o", self.log)
        self.assertFalse(os.path.exists(out))

    def test_nobodys_files_are_written_over(self):
        notes = os.path.join(self.folder, "notes.txt")
        with open(notes, "w", encoding="utf-8") as stream:
            stream.write("mine\n")
        before = content(self.session)
        for out in (notes, os.path.join(self.session, "session.json"), os.path.join(self.session, "new.tum")):
            self.assertIn(os.path.basename(out), self.expect_error(2, "export", self.session, "--to", "tum", "-o", out))
        self.expect_error(2, "export", self.session, "--to", "colmap", "-o", os.path.join(self.session, "colmap"))
        self.assertEqual(read(notes), "mine\n")
        self.assertEqual(content(self.session), before)
        self.export("tum")
        self.export("tum")  # an earlier export is replaced

    def test_an_edge_session_has_no_pictures(self):
        edge = os.path.join(self.folder, "edge")
        self.assertEqual(run("process", self.log, "-o", edge, "--profile", "edge").returncode, 0)
        out = os.path.join(self.folder, "nowhere")
        self.assertIn("--profile offline", self.expect_error(4, "export", edge, "--to", "colmap", "-o", out))
        self.export("tum", session=edge)

    def test_privacy_of_an_export_leaves_nothing_behind(self):
        stamps = [str(packet["t_ns"])[:13] for packet in self.truth_of.packets]
        identity = json.loads(read(os.path.join(self.session, "session.json")))
        for to in ("aria-mps", "tum"):
            out = self.export(to, "--privacy", "relative-only")
            files = content(out) if os.path.isdir(out) else {os.path.basename(out): read(out).encode()}
            everything = b"".join(gzip.decompress(text) if name.endswith(".gz") else text for name, text in files.items())
            for word in [*stamps, self.log, identity["input_identity"], identity["graph_uid"], identity["session_uid"],
                         str(identity["calibration"]["cameras"][0]["parameters"][0])]:
                self.assertNotIn(word.encode(), everything, word)
            self.assertIn(b"relative-only", everything)
        for to in ("colmap", "nerfstudio", "scannet", "euroc"):
            for name, text in content(self.export(to, "--privacy", "planes-only")).items():
                self.assertFalse(name.endswith((".jpg", ".png", ".ply")), name)
                self.assertNotIn(b"128 128 128 -1", text, "a point")

    def test_privacy_of_process_leaves_nothing_behind(self):
        stamps = [str(packet["t_ns"]) for packet in self.truth_of.packets]
        for privacy in ("no-images", "planes-only", "relative-only"):
            out = os.path.join(self.folder, privacy)
            result = run("process", self.log, "-o", out, "--privacy", privacy)
            self.assertEqual(result.returncode, 0, result)
            files = content(out)
            self.assertFalse([name for name in files if name.startswith(("images/", "depth/"))])
            self.assertEqual(json.loads(files["session.json"])["privacy"]["profile"], privacy)
            everything = b"".join(name.encode() + bytes_ if not name.endswith(".gz") else gzip.decompress(bytes_)
                                  for name, bytes_ in files.items())
            self.assertNotIn(b"\xff\xd8\xff", everything, "a JPEG")
            if privacy == "relative-only":
                self.assertNotIn(self.log.encode(), everything)
                self.assertNotIn(os.path.basename(self.folder).encode(), everything)
                for stamp in stamps:
                    self.assertNotIn(stamp.encode(), everything)
            if privacy != "no-images":
                points = gzip.decompress(files["slam/semidense_points.csv.gz"]).splitlines()
                self.assertEqual(len(points), 1, "the header alone")
        self.expect_error(2, "process", self.log, "-o", out, "--privacy", "none")


if __name__ == "__main__":
    command_case.main()
