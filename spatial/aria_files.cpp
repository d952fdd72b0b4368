// SPDX-License-Identifier: Apache-2.0
#include "spatial/aria_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "calibration/aria_calibration.h"
#include "core/imu_sample.h"
#include "spatial/text_format.h"

namespace nightjar::aria {
namespace {

constexpr int kPositionDecimals = 9;
constexpr int kQuaternionDecimals = 12;
constexpr int kRateDecimals = 9;

int64_t Microseconds(SensorTime time) {
  const int64_t t_ns = ToNanoseconds(time);
  return (t_ns + (t_ns >= 0 ? 500 : -500)) / 1000;
}

void AppendVector(std::string& line, const Eigen::Vector3d& v, int decimals) {
  for (int axis = 0; axis < 3; ++axis) line += ',' + Fixed(v[axis], decimals);
}

void AppendPose(std::string& line, const Se3& T) {
  AppendVector(line, T.translation, kPositionDecimals);
  const Eigen::Quaterniond q = Canonical(T.rotation);
  for (const double value : {q.x(), q.y(), q.z(), q.w()})
    line += ',' + Fixed(value, kQuaternionDecimals);
}

void AppendRates(std::string& line, const Eigen::Vector3d& velocity, const TrajectoryRow& row) {
  AppendVector(line, velocity, kRateDecimals);
  AppendVector(line, row.angular_velocity_body, kRateDecimals);
  AppendVector(line, kGravityWorld, 6);
  line += ',' + Fixed(QualityScore(row.status), 1) + '\n';
}

}  // namespace

std::string ClosedLoopTrajectoryCsv(const Session& session) {
  std::string csv =
      "graph_uid,tracking_timestamp_us,utc_timestamp_ns,tx_world_device,ty_world_device,tz_world_"
      "device,"
      "qx_world_device,qy_world_device,qz_world_device,qw_world_device,device_linear_velocity_x_"
      "device,"
      "device_linear_velocity_y_device,device_linear_velocity_z_device,angular_velocity_x_device,"
      "angular_velocity_y_device,angular_velocity_z_device,gravity_x_world,gravity_y_world,gravity_"
      "z_world,"
      "quality_score\n";
  MapIds ids(session);
  for (const TrajectoryRow& row : session.closed_loop) {
    const std::string& graph_uid = ids.Of(row.map).graph_uid;
    const Se3& T_world_body = row.state.T_world_body;
    csv += fmt::format("{},{},-1", graph_uid, Microseconds(row.state.time));
    AppendPose(csv, T_world_body);
    AppendRates(csv, T_world_body.rotation.conjugate() * row.state.velocity_world, row);
  }
  return csv;
}

std::string OpenLoopTrajectoryCsv(const Session& session) {
  std::string csv =
      "tracking_timestamp_us,utc_timestamp_ns,session_uid,tx_odometry_device,ty_odometry_device,"
      "tz_odometry_device,qx_odometry_device,qy_odometry_device,qz_odometry_device,qw_odometry_"
      "device,"
      "device_linear_velocity_x_odometry,device_linear_velocity_y_odometry,device_linear_velocity_"
      "z_odometry,"
      "angular_velocity_x_device,angular_velocity_y_device,angular_velocity_z_device,gravity_x_"
      "odometry,"
      "gravity_y_odometry,gravity_z_odometry,quality_score\n";
  MapIds ids(session);
  for (const TrajectoryRow& row : session.open_loop) {
    csv += fmt::format("{},-1,{}", Microseconds(row.state.time), ids.Of(row.map).session_uid);
    AppendPose(csv, row.state.T_world_body);
    AppendRates(csv, row.state.velocity_world, row);
  }
  return csv;
}

std::string SemidensePointsCsv(const Session& session) {
  std::string csv = "uid,graph_uid,px_world,py_world,pz_world,inv_dist_std,dist_std\n";
  MapIds ids(session);
  const auto append = [&](const std::vector<Landmark>& points) {
    for (const Landmark& point : points) {
      csv += fmt::format("{},{}", point.track, ids.Of(point.map).graph_uid);
      AppendVector(csv, point.position_world, kPositionDecimals);
      csv += ',' + Fixed(point.inverse_distance_sigma, kPositionDecimals);
      csv += ',' + Fixed(point.distance_sigma, kPositionDecimals) + '\n';
    }
  };
  append(session.landmarks);
  append(session.scene.semidense);
  return csv;
}

std::string OnlineCalibrationJsonl(const Session& session) {
  Rig known = session.rig, further = session.rig;
  std::erase_if(known.cameras, [](const RigCamera& camera) { return !IsAriaCamera(camera); });
  std::erase_if(further.cameras, IsAriaCamera);
  Json ours = nullptr;
  if (!further.cameras.empty()) {
    ours = AriaCalibrationJson(further, {}, /*calibrated=*/false);
    ours.erase("ImuCalibrations");
  }
  std::string lines;
  for (const Keyframe& keyframe : session.keyframes) {
    Json line = {{"utc_timestamp_ns", -1},
                 {"tracking_timestamp_us", Microseconds(keyframe.state.time)}};
    const ImuBias bias{keyframe.state.gyro_bias, keyframe.state.accelerometer_bias};
    line.update(AriaCalibrationJson(known, bias, /*calibrated=*/false));
    if (!ours.is_null()) line["Nightjar"] = ours;
    lines += Dump(line) + '\n';
  }
  return lines;
}

std::string SummaryJson(const Session& session) {
  const SessionStatistics statistics = Summarise(session);
  const int64_t total_us = std::llround(statistics.duration_s * 1e6);
  StageReport slam;
  slam.info.push_back(
      fmt::format("Recording total time: {}:{:02}:{:02}.{:06}; Trajectory total length: {}m",
                  total_us / 3'600'000'000, total_us / 60'000'000 % 60, total_us / 1'000'000 % 60,
                  total_us % 1'000'000, Fixed(statistics.length_m, 2)));
  for (const StageReport& stage : session.stages) {
    slam.outcome = std::max(slam.outcome, stage.outcome);
    for (const std::string& line : stage.warnings)
      slam.warnings.push_back(stage.name + ": " + line);
    for (const std::string& line : stage.errors) slam.errors.push_back(stage.name + ": " + line);
  }
  return Dump({{"SLAM", ToJson(slam)}, {"version", NIGHTJAR_VERSION}}, 2) + '\n';
}

}  // namespace nightjar::aria
