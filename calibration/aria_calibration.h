// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "calibration/rig.h"
#include "core/result.h"

namespace nightjar {

/// Project Aria's calibration JSON: a device's factory calibration (the tag calib_json of a VRS
/// file) or a line of online_calibration.jsonl. Aria's *device* frame is that of a camera; body is
/// here, as everywhere, an IMU: imu-right where there is one (1 kHz; imu-left has 800 Hz), else the
/// first. Poses are re-expressed, T_body_camera = T_Device_Imu^-1 * T_Device_Camera; the other
/// IMUs are further_imus.
///
/// | Aria | here |
/// |---|---|
/// | FisheyeRadTanThinPrism: f cx cy k0..k5 p0 p1 s0..s3 | the same with fx = fy = f |
/// | KannalaBrandtK3: fx fy cx cy k0..k3 | equidistant |
/// | TimeOffsetSec_Device_Gyro d: t_device = t_gyro - d | time_offset_s of cameras: + d of the body
/// IMU | | TimeOffsetSec_Device_Camera c: t_device = t_camera - c | time_offset_s: - c | |
/// ImageSizes, ReadoutTimesSec, where the file has them | width, height, readout_s |
///
/// Without ImageSizes the sizes are those of the device's full resolution, to which the factory
/// calibration refers: camera-rgb 2880x2880, the others 640x480. A Rig has no place for an IMU's
/// bias and rectification: they are left out, with a note.
///
/// Cameras that are none of Aria's stand, in our own files, in an object "Nightjar" with the keys
/// CameraCalibrations, ImageSizes and ReadoutTimesSec; they come after Aria's.
///
/// Errors: kUnusableInput with FILE (and line, of a file of lines), and the path in the JSON.
Result<Rig> ReadAriaCalibration(const std::filesystem::path& file, std::vector<std::string>& notes);

/// JSON whose keys stay in the order in which they were written.
using OrderedJson = nlohmann::ordered_json;

/// An IMU's biases at one time, in its own frame.
struct ImuBias {
  Eigen::Vector3d gyro = Eigen::Vector3d::Zero();           // rad/s
  Eigen::Vector3d accelerometer = Eigen::Vector3d::Zero();  // m/s^2
};

/// The keys ImuCalibrations, CameraCalibrations, ImageSizes and ReadoutTimesSec for a rig, with
/// device = body and `bias` that of Rig::imu. A model that Aria does not know keeps our name and
/// parameters. `calibrated`: what "Calibrated" of cameras says.
OrderedJson AriaCalibrationJson(const Rig& rig, const ImuBias& bias, bool calibrated);

/// Whether Aria's own readers take a camera: they know their cameras by their labels, fail on any
/// other, and take a model that they do not know for one without distortion.
bool IsAriaCamera(const RigCamera& camera);

/// The text of a calibration file. Where the rig has a camera-slam-left, that is the device frame,
/// as Aria's library asks for, which then reads the file; else device = body, with a note.
std::string AriaCalibrationText(const Rig& rig, std::vector<std::string>& notes);

}  // namespace nightjar
