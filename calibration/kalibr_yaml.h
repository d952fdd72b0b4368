// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "calibration/rig.h"
#include "core/result.h"

namespace nightjar {

/// Reads what Kalibr writes about cameras and an IMU: camchain-imucam.yaml. Its cameras cam0, cam1,
/// … keep these names; body is the IMU, named imu0, whose noise is unknown (0).
///
/// | Kalibr | here |
/// |---|---|
/// | pinhole + radtan, equidistant, none | radial-tangential, equidistant, radial-tangential with
/// zeros | | ds + none, intrinsics [xi, alpha, fu, fv, pu, pv] | double-sphere | | T_cam_imu (or
/// T_imu_cam); T_cn_cnm1 where neither is given | T_body_camera = T_cam_imu^-1 | |
/// timeshift_cam_imu: t_imu = t_cam + shift | time_offset_s |
///
/// Other keys are ignored. Errors: kUnusableInput with FILE:LINE, as ReadRigYaml; a further camera
/// model; poses that are there twice, as inverses or along the chain, and do not agree to 1 mm and
/// 1 mrad.
Result<Rig> ReadKalibrCamchain(const std::filesystem::path& file);

/// Reads an imu.yaml: the four noise keys of sensor.yaml and update_rate, at the top (Kalibr's
/// input) or under imu0 (its output). The name is imu0.
Result<RigImu> ReadKalibrImu(const std::filesystem::path& file);

/// The texts of camchain-imucam.yaml and imu.yaml. What Kalibr has no place for is named in
/// `notes`. kUnusableInput when a camera's model is none of Kalibr's.
Result<std::string> KalibrCamchainText(const Rig& rig, std::vector<std::string>& notes);
std::string KalibrImuText(const RigImu& imu);

}  // namespace nightjar
