// SPDX-License-Identifier: Apache-2.0
#include "spatial/privacy.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <utility>

#include "core/portable_math.h"
#include "core/so3.h"
#include "spatial/aria_files.h"
#include "spatial/moved_map.h"

namespace nightjar {
namespace {

constexpr std::array<const char*, 4> kNames = {"full", "no-images", "planes-only", "relative-only"};

// What a session that says so had removed; an unknown name, of a later version, as the strictest.
Privacy AlreadyRemoved(const Session& session) {
  const Result<Privacy> profile = ParsePrivacy(session.privacy.profile);
  return profile ? *profile : Privacy::kRelativeOnly;
}

void Note(Session& session, const char* removed) {
  std::vector<std::string>& list = session.privacy.removed;
  if (std::find(list.begin(), list.end(), removed) == list.end()) list.emplace_back(removed);
}

void RemoveImages(Session& session) {
  session.images.clear();
  session.depth.clear();
  for (const char* what : {"images", "depth"}) Note(session, what);
}

// A side of the smallest rectangle around an outline: it lies along a side of the convex hull
// (Freeman and Shapira, 1975). From a corner of the hull the next one is that which has none on
// the right of the way there; what that gives for other corners is no smaller.
Eigen::Vector3d SideOfLeastBox(const std::vector<Eigen::Vector3d>& outline,
                               const Eigen::Vector3d& normal) {
  Eigen::Vector3d best = normal.unitOrthogonal();
  double least = std::numeric_limits<double>::infinity();
  for (const Eigen::Vector3d& from : outline) {
    Eigen::Vector3d side = Eigen::Vector3d::Zero();
    for (const Eigen::Vector3d& to : outline) {
      const double left = normal.dot(side.cross(to - from));
      if ((to - from).norm() > 0 && (side.isZero(0) || left < 0)) side = to - from;
    }
    if (side.isZero(0)) continue;
    const Eigen::Vector3d u = side.normalized(), v = normal.cross(u);
    Eigen::AlignedBox2d box;
    for (const Eigen::Vector3d& corner : outline)
      box.extend(Eigen::Vector2d(u.dot(corner), v.dot(corner)));
    if (box.volume() < least) {
      least = box.volume();
      best = u;
    }
  }
  return best;
}

// Along which one side of a surface's rectangle lies: level where the surface is not, else along
// the walls, else as makes it smallest.
Eigen::Vector3d SideOfRectangle(const Surface& surface, const std::optional<AlignedFrame>& walls) {
  const Eigen::Vector3d& n = surface.normal_world;
  if (std::abs(n.z()) <= 0.9) return Eigen::Vector3d::UnitZ().cross(n).normalized();
  if (!walls || !std::isfinite(walls->yaw_sigma_rad))
    return SideOfLeastBox(surface.polygon_world, n);
  const auto [sine, cosine] = portable::SinCos(walls->yaw_rad);
  return Eigen::Vector3d(sine, cosine, 0).cross(n).normalized();
}

// The rectangle around a surface's outline. Its area stays what was seen of it.
void KeepRectangle(Surface& surface, const std::optional<AlignedFrame>& walls) {
  if (surface.polygon_world.empty()) return;
  const Eigen::Vector3d& n = surface.normal_world;
  const Eigen::Vector3d u = SideOfRectangle(surface, walls);
  const Eigen::Vector3d v = n.cross(u);
  Eigen::AlignedBox2d box;
  for (const Eigen::Vector3d& corner : surface.polygon_world)
    box.extend(Eigen::Vector2d(u.dot(corner), v.dot(corner)));
  const auto at = [&](double a, double b) { return (a * u + b * v + surface.offset_m * n).eval(); };
  surface.polygon_world = {at(box.min().x(), box.min().y()), at(box.max().x(), box.min().y()),
                           at(box.max().x(), box.max().y()), at(box.min().x(), box.max().y())};
}

// Rectangles around rectangles would differ from them by rounding, and grow where the walls' frame
// has moved since: of a session that has them already they stay.
void KeepPlanesOnly(Session& session, bool has_rectangles) {
  session.landmarks.clear();
  Scene& scene = session.scene;
  scene.semidense.clear();
  scene.occupancy = {};
  if (scene.surfaces.size() > kMostReleasedPlanes) scene.surfaces.resize(kMostReleasedPlanes);
  if (!has_rectangles) {
    for (Surface& surface : scene.surfaces) KeepRectangle(surface, scene.aligned);
  }
  const auto kept = static_cast<int>(scene.surfaces.size());
  for (KeyframeView& view : scene.views) {
    view.clearance.reset();
    std::erase_if(view.surfaces, [kept](int id) { return id >= kept; });
  }
  for (const char* what :
       {"points", "occupancy", "clearance", "outlines of surfaces", "smaller surfaces"})
    Note(session, what);
}

// The turn about z that is nearest to a rotation.
double YawOf(const Se3& T) {
  const Eigen::Matrix3d R = T.RotationMatrix();
  return portable::Atan2(R(1, 0) - R(0, 1), R(0, 0) + R(1, 1));
}

// From a world to the one in which this pose is at the origin and has no yaw.
Se3 StartingAt(const Se3& T_world_body) {
  const Eigen::Quaterniond turn = so3::Exp({0, 0, -YawOf(T_world_body)});
  return {turn, -(turn * T_world_body.translation)};
}

void StartEveryMapAtItsOrigin(Session& session) {
  std::map<int, Se3> starts;  // of the final map: its first keyframe, or its first row
  for (const Keyframe& keyframe : session.keyframes)
    starts.emplace(keyframe.map, StartingAt(keyframe.state.T_world_body));
  for (const TrajectoryRow& row : session.closed_loop)
    starts.emplace(row.map, StartingAt(row.state.T_world_body));
  for (const auto& [map, T_new_world] : starts) MoveMap(session, map, T_new_world);

  std::map<int, Se3> odometry;
  for (TrajectoryRow& row : session.open_loop) {
    const Se3& T_new_world =
        odometry.emplace(row.map, StartingAt(row.state.T_world_body)).first->second;
    row.state.T_world_body = T_new_world * row.state.T_world_body;
    row.state.velocity_world = T_new_world.rotation * row.state.velocity_world;
  }
}

void TellTimesFromTheStart(Session& session) {
  const Trajectory& rows = session.open_loop.empty() ? session.closed_loop : session.open_loop;
  if (rows.empty()) return;
  const Duration start = rows.front().state.time.time_since_epoch();
  for (TrajectoryRow& row : session.open_loop) row.state.time -= start;
  for (TrajectoryRow& row : session.closed_loop) row.state.time -= start;
  for (Keyframe& keyframe : session.keyframes) keyframe.state.time -= start;
  for (FrameHealth& health : session.health) health.time -= start;
  for (Surface& surface : session.scene.surfaces) {
    surface.first_seen -= start;
    surface.last_seen -= start;
  }
}

// Calibrated to a dozen digits a lens is as good as a serial number. Mounts are kept to a
// centimetre and about a degree: which way a camera looks is asked for.
void RemoveDevice(Session& session) {
  const auto round = [](double value) { return std::round(value * 100) / 100; };
  for (RigCamera& camera : session.rig.cameras) {
    camera.model.reset();
    camera.time_offset_s = camera.readout_s = 0;
    camera.T_body_camera.translation = camera.T_body_camera.translation.unaryExpr(round);
    Eigen::Quaterniond& q = camera.T_body_camera.rotation;
    q.coeffs() = q.coeffs().unaryExpr(round);
    q.normalize();
  }
  session.rig.event_cameras.clear();
  session.rig.further_imus.clear();
  session.rig.imu.T_body_imu = {};
  session.rig.imu.noise = {};
  session.rig.imu.time_offset_s = 0;
}

// The offsets of an inertial sensor, its own to many digits, tell it from others of its kind. Zero,
// like their variance, is how a session says that there are none.
void RemoveBiases(Session& session) {
  const auto remove = [](NavigationState& state) {
    state.gyro_bias.setZero();
    state.accelerometer_bias.setZero();
  };
  for (TrajectoryRow& row : session.open_loop) remove(row.state);
  for (TrajectoryRow& row : session.closed_loop) remove(row.state);
  for (Keyframe& keyframe : session.keyframes) {
    remove(keyframe.state);
    keyframe.covariance.bottomRows<6>().setZero();
    keyframe.covariance.rightCols<6>().setZero();
  }
}

// Names that must differ between sessions are made of what is released and of nothing else.
std::string IdentityOfWhatIsLeft(const Session& session) {
  uint64_t hash = 0xcbf29ce484222325u;  // FNV-1a
  for (const std::string& text :
       {aria::OpenLoopTrajectoryCsv(session), aria::ClosedLoopTrajectoryCsv(session)}) {
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  }
  return fmt::format("{:016x}", hash);
}

void RemoveLog(Session& session) {
  // How fast the host is and how many records the log had name both. How long it was stays, as
  // times from the start do.
  RunReport run;
  run.log_s = session.run.log_s;
  session.run = run;
  session.counts.clear();
  for (SessionAnomaly& anomaly : session.anomalies) anomaly.where.clear();
  for (StageReport& stage : session.stages) {
    // They may quote names of files and times.
    stage.info.clear();
    stage.warnings.clear();
    stage.errors.clear();
  }
  session.input_identity.clear();
  session.ids.clear();
}

void KeepRelativeOnly(Session& session) {
  StartEveryMapAtItsOrigin(session);
  TellTimesFromTheStart(session);
  RemoveDevice(session);
  RemoveBiases(session);
  RemoveLog(session);
  session.input_identity = IdentityOfWhatIsLeft(session);
  for (const char* what : {"place and heading of the start", "times but those from the start",
                           "identity of the log", "paths", "lenses", "biases of the IMU",
                           "reports of the stages", "counts of records", "timings of the host"})
    Note(session, what);
}

}  // namespace

const char* PrivacyName(Privacy privacy) { return kNames[static_cast<size_t>(privacy)]; }

Result<Privacy> ParsePrivacy(std::string_view name) {
  for (size_t k = 0; k < kNames.size(); ++k) {
    if (name == kNames[k]) return static_cast<Privacy>(k);
  }
  return Fail(ErrorKind::kUsage, "unknown privacy '" + std::string(name) + "'", {},
              "use full, no-images, planes-only or relative-only");
}

Session WithPrivacy(Session session, Privacy privacy) {
  const Privacy before = AlreadyRemoved(session);
  const Privacy wanted = std::max(before, privacy);
  if (wanted >= Privacy::kNoImages) RemoveImages(session);
  if (wanted >= Privacy::kPlanesOnly) KeepPlanesOnly(session, before >= Privacy::kPlanesOnly);
  if (wanted >= Privacy::kRelativeOnly && before < Privacy::kRelativeOnly)
    KeepRelativeOnly(session);
  session.privacy.profile = PrivacyName(wanted);
  return session;
}

}  // namespace nightjar
