// SPDX-License-Identifier: Apache-2.0
#include "spatial/aria_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <limits>
#include <numbers>
#include <optional>
#include <string>
#include <system_error>
#include <tuple>
#include <utility>
#include <vector>

#include "calibration/aria_calibration.h"
#include "spatial/aria_biases.h"
#include "spatial/geometry/point_scene.h"
#include "spatial/gzip.h"
#include "spatial/json_fields.h"
#include "spatial/session_tables.h"

namespace nightjar {
namespace {

namespace fs = std::filesystem;

constexpr const char* kClosedLoop = "closed_loop_trajectory.csv";
constexpr const char* kOpenLoop = "open_loop_trajectory.csv";
constexpr const char* kCalibration = "online_calibration.jsonl";
constexpr const char* kAhead = "camera-rgb";

constexpr double kFastestKeptHz = 100;
constexpr double kThinnedHz = 20;
constexpr double kKeyframeDistanceM = 0.25;
constexpr double kKeyframeTurnRad = 15 * std::numbers::pi / 180;
constexpr double kKeyframePauseS = 5;

bool IsFile(const fs::path& file) {
  std::error_code ignored;
  return fs::is_regular_file(file, ignored);
}

// The folder with the trajectories; empty: there is none.
fs::path FindFolder(const fs::path& folder) {
  for (const char* inside : {"", "slam", "trajectory"}) {
    const fs::path place = *inside == '\0' ? folder : folder / inside;
    if (IsFile(place / kClosedLoop) || IsFile(place / kOpenLoop)) return place;
  }
  return {};
}

Result<std::string> ReadText(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
  if (!stream && !stream.eof())
    return Fail(ErrorKind::kUnusableInput, "cannot be read", file.string(),
                "check its permissions");
  return text;
}

// At most kThinnedHz where rows come faster than kFastestKeptHz, by their mean interval.
Trajectory Thinned(const Trajectory& rows) {
  if (rows.size() < 3) return rows;
  const double span_s = ToSeconds(rows.back().state.time - rows.front().state.time);
  if (span_s * kFastestKeptHz >= static_cast<double>(rows.size() - 1)) return rows;
  const Duration period = FromSeconds(1 / kThinnedHz);
  Trajectory thinned;
  for (const TrajectoryRow& row : rows) {
    if (thinned.empty() || row.map != thinned.back().map ||
        row.state.time - thinned.back().state.time >= period) {
      thinned.push_back(row);
    }
  }
  return thinned;
}

bool IsNext(const TrajectoryRow& row, const Keyframe& last) {
  if (row.map != last.map) return true;
  const Se3 moved = last.state.T_world_body.Inverse() * row.state.T_world_body;
  const double turned_rad = Eigen::AngleAxisd(moved.rotation).angle();
  return moved.translation.norm() >= kKeyframeDistanceM || turned_rad >= kKeyframeTurnRad ||
         ToSeconds(row.state.time - last.state.time) >= kKeyframePauseS;
}

std::vector<Keyframe> KeyframesByMotion(const Trajectory& rows) {
  std::vector<Keyframe> keyframes;
  for (const TrajectoryRow& row : rows) {
    if (QualityScore(row.status) < 0.5) continue;
    if (!keyframes.empty() && !IsNext(row, keyframes.back())) continue;
    Keyframe keyframe;
    keyframe.state = row.state;
    keyframe.covariance.setConstant(std::numeric_limits<double>::quiet_NaN());
    keyframe.map = row.map;
    keyframe.landmarks = -1;
    keyframes.push_back(keyframe);
  }
  return keyframes;
}

// The biases that held at a time: of the last line at or before it, else of the first.
void SetBiases(NavigationState& state, const std::vector<aria::OnlineBias>& biases) {
  if (biases.empty()) return;
  const auto after = std::upper_bound(
      biases.begin(), biases.end(), state.time,
      [](SensorTime time, const aria::OnlineBias& bias) { return time < bias.time; });
  const aria::OnlineBias& held = after == biases.begin() ? *after : *std::prev(after);
  state.gyro_bias = held.gyro;
  state.accelerometer_bias = held.accelerometer;
}

// From the body being the IMU to the body being Aria's device.
void MoveToDevice(Rig& rig, const Se3& T_device_imu) {
  rig.imu.T_body_imu = T_device_imu;
  for (RigImu& imu : rig.further_imus) imu.T_body_imu = T_device_imu * imu.T_body_imu;
  for (RigCamera& camera : rig.cameras) camera.T_body_camera = T_device_imu * camera.T_body_camera;
  std::stable_partition(rig.cameras.begin(), rig.cameras.end(),
                        [](const RigCamera& camera) { return camera.name == kAhead; });
}

// With the path taken as exact: how wrong it may be is not known, and without it nothing could be
// said of a wall.
Scene SceneInItsOwnMap(const Session& session) {
  std::vector<Keyframe> exact = session.keyframes;
  for (Keyframe& keyframe : exact) keyframe.covariance.setZero();
  return BuildSceneFromPoints(session.rig, exact, session.landmarks);
}

// Reads one folder; each part tells the stage what became of it.
class AriaFolder {
 public:
  explicit AriaFolder(fs::path folder) : folder_(std::move(folder)) {}

  Status ReadCalibration(Session& session) {
    const fs::path file = folder_ / kCalibration;
    if (!IsFile(file)) {
      stage_.outcome = StageReport::Outcome::kWarning;
      stage_.warnings.push_back(std::string("no ") + kCalibration + ": no camera is known");
      return {};
    }
    std::vector<std::string> notes;
    auto rig = ReadAriaCalibration(file, notes);
    if (!rig) return tl::unexpected(rig.error());
    session.rig = *std::move(rig);
    const Result<std::string> text = ReadText(file);
    if (!text) return tl::unexpected(text.error());
    auto biases = aria::ParseOnlineBiases(*text, file.string(), session.rig.imu.name);
    if (!biases) return tl::unexpected(biases.error());
    biases_ = *std::move(biases);
    if (biases_.empty()) return Fail(ErrorKind::kUnusableInput, "has no lines", file.string());
    MoveToDevice(session.rig, biases_.front().T_device_imu);
    return {};
  }

  Status ReadTrajectory(const char* name, bool closed, Trajectory& into) {
    const fs::path file = folder_ / name;
    if (!IsFile(file)) return {};
    const Result<std::string> text = ReadText(file);
    if (!text) return tl::unexpected(text.error());
    const auto rows = Guarded(file.string(), [&] {
      return closed ? ParseClosedLoopTrajectory(*text, file.string(), graph_uids_)
                    : ParseOpenLoopTrajectory(*text, file.string(), session_uids_);
    });
    if (!rows) return tl::unexpected(rows.error());
    into = Thinned(*rows);
    for (TrajectoryRow& row : into) SetBiases(row.state, biases_);
    if (into.size() < rows->size()) {
      stage_.info.push_back(fmt::format("{}: {} of {} rows, thinned to at most {} Hz", name,
                                        into.size(), rows->size(), kThinnedHz));
    }
    return {};
  }

  Status ReadPoints(Session& session) {
    for (const char* name : {"semidense_points.csv.gz", "global_points.csv.gz"}) {
      const fs::path file = folder_ / name;
      if (!IsFile(file)) continue;
      const Result<std::string> packed = ReadText(file);
      if (!packed) return tl::unexpected(packed.error());
      const Result<std::string> text = Gunzip(*packed, file.string());
      if (!text) return tl::unexpected(text.error());
      auto points = Guarded(
          file.string(), [&] { return ParseSemidensePoints(*text, file.string(), graph_uids_); });
      if (!points) return tl::unexpected(points.error());
      session.landmarks = *std::move(points);
      return {};
    }
    return {};
  }

  // As they are called in the files; a name that one of the two kinds of files lacks is empty.
  std::vector<SessionIds> Ids() const {
    std::vector<SessionIds> ids(std::max(graph_uids_.names().size(), session_uids_.names().size()));
    for (size_t k = 0; k < graph_uids_.names().size(); ++k)
      ids[k].graph_uid = graph_uids_.names()[k];
    for (size_t k = 0; k < session_uids_.names().size(); ++k)
      ids[k].session_uid = session_uids_.names()[k];
    return ids;
  }
  StageReport& stage() { return stage_; }

 private:
  fs::path folder_;
  MapNames graph_uids_, session_uids_;
  std::vector<aria::OnlineBias> biases_;
  StageReport stage_{"aria", StageReport::Outcome::kSuccess, {}, {}, {}};
};

}  // namespace

bool IsAriaFolder(const fs::path& folder) {
  // With either file it is a session of ours, or what is left of one.
  return !IsFile(folder / "session.json") && !IsFile(folder / "keyframes.jsonl") &&
         !FindFolder(folder).empty();
}

Result<Session> ReadAriaFolder(const fs::path& folder) {
  const fs::path place = FindFolder(folder);
  if (place.empty()) {
    return Fail(ErrorKind::kUsage, "holds neither a session nor files of Project Aria",
                folder.string(),
                std::string("give a folder with session.json or with ") + kClosedLoop);
  }
  Session session;
  AriaFolder files(place);
  if (Status read = files.ReadCalibration(session); !read) return tl::unexpected(read.error());
  for (const auto& [name, closed, rows] : {std::tuple(kClosedLoop, true, &session.closed_loop),
                                           std::tuple(kOpenLoop, false, &session.open_loop)}) {
    if (Status read = files.ReadTrajectory(name, closed, *rows); !read)
      return tl::unexpected(read.error());
  }
  if (Status read = files.ReadPoints(session); !read) return tl::unexpected(read.error());
  session.keyframes = KeyframesByMotion(session.closed_loop);
  auto scene = Guarded(place.string(), [&] { return SceneInItsOwnMap(session); });
  if (!scene) return tl::unexpected(scene.error());
  session.scene = *std::move(scene);
  files.stage().warnings.emplace_back(
      "how sure poses are is not in these files: sigmas of the surroundings are those of the "
      "points "
      "alone, as if the path were exact");
  session.effective_config_json = "{}";
  session.ids = files.Ids();
  if (!session.ids.empty()) session.input_identity = session.ids.front().graph_uid;
  files.stage().info.push_back(fmt::format("{} keyframes by motion, {} points",
                                           session.keyframes.size(), session.landmarks.size()));
  session.stages.push_back(std::move(files.stage()));
  return session;
}

}  // namespace nightjar
