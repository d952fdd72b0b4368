#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Project Aria's own Python reader (projectaria-tools, from PyPI) reads our slam/ folder, and our numbers come back.

    aria_conformance_test.py PATH_OF_NIGHTJAR PATH_OF_WRITE_RENDERED_LOG

Where the package is not installed it is put into a folder of its own; exit status 77 (skipped) when that cannot be.
"""
import csv
import gzip
import json
import math
import os
import subprocess
import sys
import tempfile

from python_packages import SKIPPED, imported


def rows(path):
    with (gzip.open if path.endswith(".gz") else open)(path, "rt", encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def near(ours, theirs, tolerance, what):
    assert len(ours) == len(theirs), what
    assert math.dist(ours, list(map(float, theirs))) < tolerance, (what, ours, theirs)


def compare_trajectory(ours, theirs, frame, velocity_frame):
    assert len(ours) == len(theirs) > 20
    for row, pose in zip(ours, theirs):
        assert pose.tracking_timestamp.total_seconds() * 1e6 == float(row["tracking_timestamp_us"])
        transform = getattr(pose, f"transform_{frame}_device")
        quaternion_and_place = transform.to_quat_and_translation()[0]  # w x y z, x y z
        near([float(row[f"q{k}_{frame}_device"]) for k in "wxyz"], quaternion_and_place[:4], 1e-6, "quaternion")
        near([float(row[f"t{k}_{frame}_device"]) for k in "xyz"], quaternion_and_place[4:], 1e-6, "place")
        velocity = getattr(pose, f"device_linear_velocity_{velocity_frame}")
        near([float(row[f"device_linear_velocity_{k}_{velocity_frame}"]) for k in "xyz"], velocity, 1e-6, "velocity")
        near([float(row[f"angular_velocity_{k}_device"]) for k in "xyz"], pose.angular_velocity_device, 1e-6, "turn")
        assert abs(pose.quality_score - float(row["quality_score"])) < 1e-6


def compare_points(ours, theirs):
    assert len(ours) == len(theirs) > 20
    for row, point in zip(ours, theirs):
        assert int(row["uid"]) == point.uid and row["graph_uid"] == point.graph_uid
        near([float(row[f"p{k}_world"]) for k in "xyz"], point.position_world, 1e-5, "point")
        assert abs(float(row["inv_dist_std"]) - point.inverse_distance_std) < 1e-6
        assert abs(float(row["dist_std"]) - point.distance_std) < 1e-5


def compare_calibration(lines, theirs):
    assert len(lines) == len(theirs) > 3
    for line, read in zip(lines, theirs):
        ours = json.loads(line)
        assert read.tracking_timestamp.total_seconds() * 1e6 == ours["tracking_timestamp_us"]
        assert len(read.imu_calibs) == len(ours["ImuCalibrations"])
        bias = ours["ImuCalibrations"][0]["Gyroscope"]["Bias"]["Offset"]
        zero = read.imu_calibs[0].raw_to_rectified_gyro([0.0, 0.0, 0.0])  # minus the bias
        near([-value for value in bias], [float(value) for value in zero], 1e-9, "bias")


def main():
    nightjar, write_log = sys.argv[1:3]
    with tempfile.TemporaryDirectory() as folder:
        mps = imported("projectaria_tools.core.mps", os.path.join(folder, "packages"), "projectaria-tools==2.3.0", "numpy")
        if mps is None:
            return SKIPPED
        log, session = os.path.join(folder, "log"), os.path.join(folder, "session")
        subprocess.run([write_log, log, "2"], check=True, timeout=600)
        subprocess.run([nightjar, "process", log, "-o", session], check=True, timeout=600)
        slam = os.path.join(session, "slam")
        path = lambda name: os.path.join(slam, name)  # noqa: E731
        compare_trajectory(rows(path("closed_loop_trajectory.csv")),
                           mps.read_closed_loop_trajectory(path("closed_loop_trajectory.csv")), "world", "device")
        compare_trajectory(rows(path("open_loop_trajectory.csv")),
                           mps.read_open_loop_trajectory(path("open_loop_trajectory.csv")), "odometry", "odometry")
        compare_points(rows(path("semidense_points.csv.gz")),
                       mps.read_global_point_cloud(path("semidense_points.csv.gz"), mps.StreamCompressionMode.GZIP))
        with open(path("online_calibration.jsonl"), encoding="utf-8") as stream:
            compare_calibration(stream.read().splitlines(), mps.read_online_calibration(path("online_calibration.jsonl")))
        print("our numbers came back")
    return 0


if __name__ == "__main__":
    sys.exit(main())
