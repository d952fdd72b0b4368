// SPDX-License-Identifier: Apache-2.0
#include "data/simulator/rig_of_file.h"

#include <cmath>
#include <string>
#include <utility>

#include "calibration/read_rig.h"
#include "data/simulator/simulate_ranges.h"

namespace nightjar {
namespace {

constexpr double kLowestRate_hz = 0.1, kHighestRate_hz = 1000;  // of cameras

std::string WhyUnusable(const RigCamera& camera, double rate_hz) {
  namespace range = simulate_range;
  if (camera.model == nullptr) return "has no model";
  if (!(camera.rate_hz >= kLowestRate_hz && camera.rate_hz <= kHighestRate_hz))
    return "needs a rate_hz of 0.1 to 1000";
  if (camera.rate_hz != rate_hz) return "has another rate_hz than the first camera";
  if (!range::kRollingShutter.Check(1e6 * camera.readout_s)) return "has a readout above 50 ms";
  if (!range::kTimeOffset.Check(1e3 * camera.time_offset_s)) return "has an offset above 0.5 s";
  return {};
}

RigCamera OnlyGeometry(const RigCamera& from, size_t number) {
  RigCamera camera = from;
  camera.name = "cam" + std::to_string(number);
  camera.sensor = CameraSensor();
  camera.sensor.colour_filter = from.sensor.colour_filter;
  camera.parameter_sigmas.clear();
  camera.readout_sigma_s.reset();
  camera.mount_sigma = {};
  return camera;
}

RigEventCamera OnlyGeometry(const RigEventCamera& from) {
  RigEventCamera camera = from;
  camera.name = "events0";
  camera.parameter_sigmas.clear();
  camera.mount_sigma = {};
  return camera;
}

Eigen::Quaterniond Upright(const Eigen::Vector3d& forward, const Eigen::Vector3d& down) {
  Eigen::Matrix3d R_body_head;
  R_body_head.col(0) = forward.normalized();
  R_body_head.col(1) = down.cross(forward).normalized() * -1;
  R_body_head.col(2) = R_body_head.col(0).cross(R_body_head.col(1));
  return Eigen::Quaterniond(R_body_head).conjugate().normalized();
}

}  // namespace

Result<Rig> RigOfFile(const std::filesystem::path& file, bool events) {
  const Result<Rig> read = ReadRig(file);
  if (!read) return tl::unexpected(read.error());
  const auto unusable = [&file](const std::string& what) {
    return Fail(ErrorKind::kUnusableInput, what, file.string(), "see docs/formats/simulate.md");
  };
  if (read->cameras.empty()) return unusable("has no camera");
  Rig rig;
  for (const RigCamera& camera : read->cameras) {
    if (const std::string why = WhyUnusable(camera, read->cameras.front().rate_hz); !why.empty())
      return unusable(camera.name + " " + why);
    rig.cameras.push_back(OnlyGeometry(camera, rig.cameras.size()));
  }
  rig.imu.name = "imu0";
  rig.imu.rate_hz = read->imu.rate_hz;
  rig.imu.noise = read->imu.noise;
  if (!(rig.imu.rate_hz > 0 && rig.imu.noise.IsKnown()))
    return unusable("does not say rate and noise of the IMU");
  if (!events) return rig;
  if (read->event_cameras.empty() || read->event_cameras.front().model == nullptr)
    return unusable("has no event camera with a model");
  rig.event_cameras = {OnlyGeometry(read->event_cameras.front())};
  return rig;
}

Eigen::Quaterniond HeldUpright(const Rig& rig) {
  constexpr double kNoAverage = 0.1;  // of directions of length 1
  const Eigen::Matrix3d first = rig.cameras.front().T_body_camera.rotation.toRotationMatrix();
  Eigen::Matrix3d mean = Eigen::Matrix3d::Zero();
  for (const RigCamera& camera : rig.cameras)
    mean +=
        camera.T_body_camera.rotation.toRotationMatrix() / static_cast<double>(rig.cameras.size());
  const Eigen::Vector3d down = mean.col(1), forward = mean.col(2);
  if (down.cross(forward).norm() < kNoAverage) return Upright(first.col(2), first.col(1));
  return Upright(forward, down);
}

}  // namespace nightjar
