// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <memory>
#include <optional>
#include <vector>

#include "calibration/depth_noise.h"
#include "calibration/rig.h"
#include "core/depth_frame.h"
#include "core/depth_map.h"
#include "core/se3.h"
#include "isp/depth/depth_warp.h"

namespace nightjar {

/// Gives what a depth sensor recorded a sigma, and brings it into the view of a camera. Immutable;
/// safe to use from several threads.
class SensedDepth {
 public:
  /// `view` is one of `camera`, index `index` into Rig::cameras, without a turn.
  SensedDepth(const RigCamera& sensor, const DepthNoise& noise, const RigCamera& camera, int index,
              const PinholeView& view);

  /// As seen at `time`, when the body had moved by `T_body_now_then` since the frame was taken
  /// (points of then to now); the identity where they are of one time. Frames of another size than
  /// the sensor's give nothing.
  ///
  /// Sigma is the sensor's noise at the surface's slant, which the depths around tell, and what
  /// `wrong` says that the motion is wrong by. Left out is
  /// what lies within the fraying of an outline, where nobody knows which surface was seen: beside
  /// it depths differ by more than six sigmas and a tenth.
  DepthMap InView(const DepthFrame& frame, SensorTime time, const Se3& T_body_now_then = {},
                  const MoveSigma& wrong = {}) const;

  /// What the sensor, at the same time, says of one direction of the camera's frame (z > 0): where
  /// it meets the plane of what the sensor's nearest pixel sees. Nothing where it knows nothing, or
  /// near an outline.
  struct Along {
    double depth_m, sigma_m;  // along the camera's z axis
  };
  std::optional<Along> LookAlong(const DepthFrame& frame, const Eigen::Vector3d& bearing) const;

 private:
  Eigen::Vector3d Point(const Image<uint16_t>& depth_mm, int x, int y) const;
  /// In the sensor's frame, with the noise at its slant.
  SurfacePoint Seen(const Image<uint16_t>& depth_mm, int x, int y) const;
  bool IsAtOutline(const Image<uint16_t>& depth_mm, int x, int y) const;

  int width_, height_, index_;
  DepthNoise noise_;
  Se3 T_body_camera_, T_body_sensor_;
  PinholeView view_;
  std::shared_ptr<const CameraModel> sensor_model_;
  std::vector<Eigen::Vector3d> rays_;  // of the sensor's pixels, z = 1; zero where there is none
};

}  // namespace nightjar
