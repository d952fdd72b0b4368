// SPDX-License-Identifier: Apache-2.0
#include "spatial/session_tables.h"

#include <algorithm>

#include "spatial/csv_rows.h"
#include "spatial/json_fields.h"
#include "spatial/time_limits.h"

namespace nightjar {
namespace {

TrackingStatus StatusOfQuality(double quality) {
  if (quality >= 1) return TrackingStatus::kTracking;
  return quality >= 0.5 ? TrackingStatus::kDegraded : TrackingStatus::kLost;
}

// Microseconds, within the limits of time.
SensorTime TimeOf(const CsvRows& rows, size_t column) {
  constexpr int64_t kLimit = kLatest_ns / 1000;
  const int64_t t_us = rows.Integer(column);
  if (t_us > kLimit || t_us < -kLimit) rows.Throw("the time is out of range");
  return FromNanoseconds(1000 * t_us);
}

// Columns from 2 on: pose, velocity, angular velocity, quality.
TrajectoryRow ParseRow(const CsvRows& rows) {
  TrajectoryRow row;
  row.state.time = TimeOf(rows, 0);
  row.state.T_world_body.translation = rows.Near(2);
  row.state.T_world_body.rotation = rows.Quaternion(5);
  row.state.velocity_world = rows.Near(9);
  row.angular_velocity_body = rows.Near(12);
  const double quality = rows.Number(15);
  if (!(quality >= 0 && quality <= 1)) rows.Throw("quality_score is not in 0 .. 1");
  row.status = StatusOfQuality(quality);
  return row;
}

void CheckOrder(const CsvRows& rows, const Trajectory& before, SensorTime time) {
  if (!before.empty() && time <= before.back().state.time) rows.Throw("the time does not rise");
}

int MapOf(const CsvRows& rows, MapNames& names) {
  const int map = names.Number(rows.Text(1));
  if (map >= MapNames::kMost) rows.Throw("is of one map more than can be read");
  return map;
}

}  // namespace

int MapNames::Number(std::string_view name) {
  const auto [entry, is_new] =
      numbers_.try_emplace(std::string(name), static_cast<int>(names_.size()));
  if (is_new) names_.emplace_back(name);
  return entry->second;
}

Trajectory ParseOpenLoopTrajectory(std::string_view text, const std::string& where,
                                   MapNames& session_uids) {
  CsvRows rows(text, where,
               {"tracking_timestamp_us", "session_uid", "tx_odometry_device", "ty_odometry_device",
                "tz_odometry_device", "qx_odometry_device", "qy_odometry_device",
                "qz_odometry_device", "qw_odometry_device", "device_linear_velocity_x_odometry",
                "device_linear_velocity_y_odometry", "device_linear_velocity_z_odometry",
                "angular_velocity_x_device", "angular_velocity_y_device",
                "angular_velocity_z_device", "quality_score"});
  Trajectory trajectory;
  while (rows.Next()) {
    TrajectoryRow row = ParseRow(rows);
    CheckOrder(rows, trajectory, row.state.time);
    row.map = MapOf(rows, session_uids);
    trajectory.push_back(row);
  }
  return trajectory;
}

Trajectory ParseClosedLoopTrajectory(std::string_view text, const std::string& where,
                                     MapNames& graph_uids) {
  CsvRows rows(
      text, where,
      {"tracking_timestamp_us", "graph_uid", "tx_world_device", "ty_world_device",
       "tz_world_device", "qx_world_device", "qy_world_device", "qz_world_device",
       "qw_world_device", "device_linear_velocity_x_device", "device_linear_velocity_y_device",
       "device_linear_velocity_z_device", "angular_velocity_x_device", "angular_velocity_y_device",
       "angular_velocity_z_device", "quality_score"});
  Trajectory trajectory;
  while (rows.Next()) {
    TrajectoryRow row = ParseRow(rows);
    CheckOrder(rows, trajectory, row.state.time);
    row.state.velocity_world = row.state.T_world_body.rotation * row.state.velocity_world;
    row.map = MapOf(rows, graph_uids);
    trajectory.push_back(row);
  }
  return trajectory;
}

std::vector<Landmark> ParseSemidensePoints(std::string_view text, const std::string& where,
                                           MapNames& graph_uids) {
  CsvRows rows(
      text, where,
      {"uid", "graph_uid", "px_world", "py_world", "pz_world", "inv_dist_std", "dist_std"});
  std::vector<Landmark> points;
  while (rows.Next()) {
    Landmark point;
    point.track = rows.Unsigned(0);
    point.map = MapOf(rows, graph_uids);
    // Landmarks of hardly any parallax lie far beyond what was walked.
    constexpr double kFarthest_m = 1e9;
    point.position_world = rows.Vector3(2);
    if (!(point.position_world.cwiseAbs().maxCoeff() <= kFarthest_m))
      rows.Throw("the place is out of range");
    point.inverse_distance_sigma = rows.SigmaOrInfinity(5);
    point.distance_sigma = rows.SigmaOrInfinity(6);
    points.push_back(point);
  }
  return points;
}

std::vector<NavigationState> ParseOnlineCalibration(std::string_view text,
                                                    const std::string& where) {
  std::vector<NavigationState> states;
  ForEachJsonLine(text, where, [&](const JsonFields& line) {
    const std::vector<JsonFields> imus = line.Objects("ImuCalibrations");
    if (imus.empty()) line.Throw("ImuCalibrations", "is empty");
    NavigationState state;
    state.time = line.Time("tracking_timestamp_us", 1000);
    state.gyro_bias = imus[0].Object("Gyroscope").Object("Bias").Vector3("Offset");
    state.accelerometer_bias = imus[0].Object("Accelerometer").Object("Bias").Vector3("Offset");
    states.push_back(state);
  });
  return states;
}

}  // namespace nightjar
