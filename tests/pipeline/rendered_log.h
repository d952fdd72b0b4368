// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <vector>

#include "calibration/rig.h"
#include "core/frame.h"
#include "core/imu_sample.h"
#include "core/result.h"
#include "core/trajectory.h"
#include "tests/fusion/scenario.h"

namespace nightjar {

struct RenderOptions {
  double seconds = 4;
  double frame_rate_hz = 20;
  double imu_rate_hz = 200;
  double start_s = 3;   // the motion's time at the first frame; the IMU begins 1 s before
  double noise_dn = 1;  // 1 sigma of a pixel
  SmoothMotion motion = {};
  uint64_t seed = 1;
  /// s, of the n-th frame of a camera. With it all cameras are triggered together and stamped at
  /// the start of the exposure; an image is that of the exposure's middle.
  std::function<double(size_t camera, int n)> exposure_s = {};
};

/// What a small stereo rig records along a SmoothMotion in a textured room, and where it was.
struct RenderedLog {
  Rig rig;
  std::vector<ImuSample> imu;      // with biases, white noise and random walk
  std::vector<Frame> frames;       // in the order of their triggers, cam0 before cam1; 8 bits
  std::vector<StampedPose> truth;  // exact, one per IMU sample
};

/// Half of ScenarioRig: 376x240, 230 px focal length, 11 cm baseline, radial-tangential distortion.
Rig HalfScenarioRig();

/// Casts a ray through every pixel onto the inside of a room of 8 x 8 x 4 m. Its walls carry smooth
/// noise of wavelengths from 12 cm up: several pixels at any distance, so that nothing is aliased.
/// Images are instantaneous: no exposure time, no rolling shutter. The same options give the same
/// log.
RenderedLog RenderLog(const RenderOptions& options = {});

/// How far the room's wall is from `origin` (inside) along `direction`, in lengths of `direction`.
double DistanceToWall(const Eigen::Vector3d& origin, const Eigen::Vector3d& direction);

/// Writes `log` as an ASL folder with its truth in groundtruth/truth.txt (TUM).
Status WriteRenderedLog(const RenderedLog& log, const std::filesystem::path& folder);

}  // namespace nightjar
