// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "calibration/make_camera_model.h"
#include "core/so3.h"
#include "tests/spatial/synthetic_scene.h"
#include "tests/spatial/synthetic_session.h"

namespace nightjar {

/// Variance that the errors of position (m^2) and rotation (rad^2) gain each second, per axis.
inline constexpr double kPositionWalk = 4e-6;
inline constexpr double kRotationWalk = 1e-6;

/// SyntheticSession() in its room, with a camera that looks along the body's x axis and errors of
/// the poses that are random walks: of two times the earlier one's are in the later one's, so that
/// the way between them is as uncertain as the time between them is long.
inline Session AskedSession(int frames = 200) {
  Session session = SyntheticSession(frames);
  RigCamera& camera = session.rig.cameras.front();
  Eigen::Matrix3d R_body_camera;
  R_body_camera << 0, 0, 1, -1, 0, 0, 0, -1, 0;
  camera.T_body_camera = {Eigen::Quaterniond(R_body_camera), {0.01, 0.02, 0.03}};
  camera.model = *MakeCameraModel("radial-tangential", {320, 320, 319.5, 239.5, 0, 0, 0, 0});
  session.rig.imu.noise = {1e-4, 1e-5, 1e-3, 1e-4};
  std::vector<Matrix6d> covariances;
  for (Keyframe& keyframe : session.keyframes) {
    const double t = ToSeconds(keyframe.state.time - session.keyframes.front().state.time);
    Vector6d variance;
    variance << kPositionWalk * t * Eigen::Vector3d::Ones(),
        kRotationWalk * t * Eigen::Vector3d::Ones();
    keyframe.covariance = 1e-8 * Matrix15d::Identity();
    keyframe.covariance.topLeftCorner<6, 6>() = variance.asDiagonal();
    covariances.push_back(variance.asDiagonal());
  }
  session.pairs.clear();
  for (const auto& [a, b] : PairsToKeep(static_cast<int>(session.keyframes.size())))
    session.pairs.push_back({a, b, covariances[static_cast<size_t>(a)]});
  session.scene = SyntheticScene(session);
  return session;
}

}  // namespace nightjar
