// SPDX-License-Identifier: Apache-2.0
#include "spatial/aria_tables.h"

#include <algorithm>
#include <cmath>
#include <exception>
#include <limits>

#include "calibration/json_reader.h"
#include "spatial/csv_rows.h"
#include "spatial/json_fields.h"

namespace nightjar::aria {
namespace {

SensorTime Microseconds(const CsvRows& rows, size_t column) {
  constexpr int64_t kLargest = std::numeric_limits<int64_t>::max() / 1000;
  const int64_t t_us = rows.Integer(column);
  if (t_us < -kLargest || t_us > kLargest) rows.Throw("tracking_timestamp_us is no time");
  return FromNanoseconds(t_us * 1000);
}

TrackingStatus StatusOf(double quality_score) {
  if (quality_score >= 0.75) return TrackingStatus::kTracking;
  return quality_score >= 0.5 ? TrackingStatus::kDegraded : TrackingStatus::kLost;
}

// The columns that are read of each of the two trajectories, in one order.
const std::vector<const char*> kClosedLoopColumns = {"tracking_timestamp_us",
                                                     "graph_uid",
                                                     "tx_world_device",
                                                     "ty_world_device",
                                                     "tz_world_device",
                                                     "qx_world_device",
                                                     "qy_world_device",
                                                     "qz_world_device",
                                                     "qw_world_device",
                                                     "device_linear_velocity_x_device",
                                                     "device_linear_velocity_y_device",
                                                     "device_linear_velocity_z_device",
                                                     "angular_velocity_x_device",
                                                     "angular_velocity_y_device",
                                                     "angular_velocity_z_device",
                                                     "quality_score"};
const std::vector<const char*> kOpenLoopColumns = {"tracking_timestamp_us",
                                                   "session_uid",
                                                   "tx_odometry_device",
                                                   "ty_odometry_device",
                                                   "tz_odometry_device",
                                                   "qx_odometry_device",
                                                   "qy_odometry_device",
                                                   "qz_odometry_device",
                                                   "qw_odometry_device",
                                                   "device_linear_velocity_x_odometry",
                                                   "device_linear_velocity_y_odometry",
                                                   "device_linear_velocity_z_odometry",
                                                   "angular_velocity_x_device",
                                                   "angular_velocity_y_device",
                                                   "angular_velocity_z_device",
                                                   "quality_score"};

TrajectoryRow ReadRow(const CsvRows& rows, bool closed, FrameNames& frames) {
  TrajectoryRow row;
  row.state.time = Microseconds(rows, 0);
  row.map = frames.Of(rows.Text(1));
  row.state.T_world_body = {rows.Quaternion(5), rows.Vector3(2)};
  const Eigen::Vector3d velocity = rows.Vector3(9);
  row.state.velocity_world = closed ? row.state.T_world_body.rotation * velocity : velocity;
  row.angular_velocity_body = rows.Vector3(12);
  row.status = StatusOf(rows.Number(15));
  return row;
}

Trajectory ReadTrajectory(std::string_view csv, const std::string& where, bool closed,
                          FrameNames& frames) {
  CsvRows rows(csv, where, closed ? kClosedLoopColumns : kOpenLoopColumns);
  Trajectory trajectory;
  while (rows.Next()) {
    trajectory.push_back(ReadRow(rows, closed, frames));
    if (trajectory.size() > 1 &&
        !(trajectory.end()[-1].state.time > trajectory.end()[-2].state.time))
      rows.Throw("the row is not later than the one before");
  }
  if (trajectory.empty()) rows.Throw("has no rows");
  return trajectory;
}

std::vector<Landmark> ReadPoints(std::string_view csv, const std::string& where,
                                 FrameNames& frames) {
  CsvRows rows(
      csv, where,
      {"uid", "graph_uid", "px_world", "py_world", "pz_world", "inv_dist_std", "dist_std"});
  std::vector<Landmark> points;
  while (rows.Next()) {
    Landmark point;
    point.track = rows.Unsigned(0);
    point.map = frames.Of(rows.Text(1));
    point.position_world = rows.Vector3(2);
    point.inverse_distance_sigma = rows.Number(5);
    point.distance_sigma = rows.Number(6);
    if (point.inverse_distance_sigma < 0 || point.distance_sigma < 0)
      rows.Throw("a standard deviation is negative");
    points.push_back(point);
  }
  return points;
}

// What of a calibration line is read here.
class BiasReader : private JsonReader {
 public:
  explicit BiasReader(std::string where) : JsonReader(std::move(where)) {}

  OnlineBias Read(const Json& root, const std::string& label) const {
    const Json& t_us = Get(root, "tracking_timestamp_us", "");
    if (!t_us.is_number_integer()) Throw("tracking_timestamp_us", "is not a whole number");
    const Json& imus = List(root, "ImuCalibrations", "");
    for (size_t i = 0; i < imus.size(); ++i) {
      const std::string path = Index("ImuCalibrations", i);
      if (Get(imus[i], "Label", path) != label) continue;
      OnlineBias bias;
      bias.time = FromNanoseconds(t_us.get<int64_t>() * 1000);
      bias.gyro = Offset(imus[i], "Gyroscope", path);
      bias.accelerometer = Offset(imus[i], "Accelerometer", path);
      bias.T_device_imu = Pose(Get(imus[i], "T_Device_Imu", path), path + ".T_Device_Imu");
      return bias;
    }
    Throw("ImuCalibrations", "has no " + label);
  }

 private:
  Eigen::Vector3d Offset(const Json& imu, const std::string& sensor,
                         const std::string& path) const {
    const std::string full = path + '.' + sensor;
    const Json& bias = Get(Get(imu, sensor, path), "Bias", full);
    const auto offset = Numbers(Get(bias, "Offset", full + ".Bias"), full + ".Bias.Offset", 3);
    return {offset[0], offset[1], offset[2]};
  }

  Se3 Pose(const Json& pose, const std::string& path) const {
    const auto p = Numbers(Get(pose, "Translation", path), path + ".Translation", 3);
    const Json& q = Get(pose, "UnitQuaternion", path);
    if (!q.is_array() || q.size() != 2) Throw(path, "UnitQuaternion is not [w, [x, y, z]]");
    const auto v = Numbers(q[1], path + ".UnitQuaternion", 3);
    const Eigen::Quaterniond rotation(Number(q[0], path + ".UnitQuaternion"), v[0], v[1], v[2]);
    if (!(std::abs(rotation.norm() - 1) < 1e-3)) Throw(path, "UnitQuaternion's length is not 1");
    return {rotation.normalized(), {p[0], p[1], p[2]}};
  }
};

Result<OnlineBias> ReadBias(std::string_view line, const std::string& where,
                            const std::string& imu) {
  try {
    return BiasReader(where).Read(JsonReader::Json::parse(line), imu);
  } catch (const JsonError& error) {
    return tl::unexpected(error.error());
  } catch (const std::exception& error) {
    return Fail(ErrorKind::kUnusableInput, std::string("cannot be parsed: ") + error.what(), where);
  }
}

}  // namespace

int FrameNames::Of(std::string_view uid) {
  const auto found = std::find(names_.begin(), names_.end(), uid);
  if (found != names_.end()) return static_cast<int>(found - names_.begin());
  names_.emplace_back(uid);
  return static_cast<int>(names_.size()) - 1;
}

Result<Trajectory> ParseClosedLoopTrajectory(std::string_view csv, const std::string& where,
                                             FrameNames& frames) {
  return Guarded(where, [&] { return ReadTrajectory(csv, where, /*closed=*/true, frames); });
}

Result<Trajectory> ParseOpenLoopTrajectory(std::string_view csv, const std::string& where,
                                           FrameNames& frames) {
  return Guarded(where, [&] { return ReadTrajectory(csv, where, /*closed=*/false, frames); });
}

Result<std::vector<Landmark>> ParseSemidensePoints(std::string_view csv, const std::string& where,
                                                   FrameNames& frames) {
  return Guarded(where, [&] { return ReadPoints(csv, where, frames); });
}

Result<std::vector<OnlineBias>> ParseOnlineBiases(std::string_view lines, const std::string& where,
                                                  const std::string& imu) {
  std::vector<OnlineBias> biases;
  for (int64_t number = 1; !lines.empty(); ++number) {
    const size_t end = lines.find('\n');
    const std::string_view line = lines.substr(0, end);
    lines.remove_prefix(end == std::string_view::npos ? lines.size() : end + 1);
    if (line.empty()) continue;
    const Result<OnlineBias> bias = ReadBias(line, where + ':' + std::to_string(number), imu);
    if (!bias) return tl::unexpected(bias.error());
    biases.push_back(*bias);
  }
  return biases;
}

}  // namespace nightjar::aria
