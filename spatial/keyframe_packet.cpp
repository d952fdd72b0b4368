// SPDX-License-Identifier: Apache-2.0
#include "spatial/keyframe_packet.h"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <numbers>

#include "spatial/context/motion.h"
#include "spatial/scene_files.h"
#include "spatial/text_format.h"

namespace nightjar {
namespace {

constexpr const char* kSchema = "nightjar.ctx/1";

double Degrees(double radians) { return radians * (180 / std::numbers::pi); }

// People and models read these angles; six decimals hide how the last bits of atan2 differ between
// machines.
double Rounded(double value) { return std::round(value * 1e6) / 1e6; }

// Yaw of the body's x axis counter-clockwise about +z, its elevation above the horizon, and the
// roll about it.
Json YawPitchRollDegrees(const Se3& T_world_body) {
  const Eigen::Matrix3d R = T_world_body.RotationMatrix();
  const double pitch = std::asin(std::clamp(R(2, 0), -1.0, 1.0));
  return Json::array({Rounded(Degrees(std::atan2(R(1, 0), R(0, 0)))), Rounded(Degrees(pitch)),
                      Rounded(Degrees(std::atan2(R(2, 1), R(2, 2))))});
}

Json UpperTriangle(const Matrix15d& covariance) {
  Json numbers = Json::array();
  for (int row = 0; row < 6; ++row) {
    for (int column = row; column < 6; ++column) numbers.push_back(covariance(row, column));
  }
  return numbers;
}

// 1 sigma in the worst direction; null where the block is not a covariance.
Json WorstSigma(const Eigen::Matrix3d& covariance, double unit) {
  if (!covariance.allFinite()) return nullptr;
  const Eigen::SelfAdjointEigenSolver<Eigen::Matrix3d> solver(covariance, Eigen::EigenvaluesOnly);
  const double variance = solver.eigenvalues().maxCoeff();
  return variance >= 0 ? Json(unit * std::sqrt(variance)) : Json(nullptr);
}

template <typename Records, typename TimeOf>
auto FindAt(const Records& records, SensorTime time, TimeOf time_of) -> decltype(records.data()) {
  const auto found =
      std::lower_bound(records.begin(), records.end(), time,
                       [&](const auto& record, SensorTime t) { return time_of(record) < t; });
  return found != records.end() && time_of(*found) == time ? &*found : nullptr;
}

Json Motion(const Keyframe& keyframe, const TrajectoryRow* row, const MotionEstimate* motion) {
  Json json = {
      {"state", nullptr},
      {"prob", nullptr},
      {"speed_mps", keyframe.state.velocity_world.norm()},
      {"turn_rate_dps", row ? Json(Degrees(row->angular_velocity_body.norm())) : Json(nullptr)},
      {"step_hz", nullptr},
      {"since_ns", nullptr}};
  if (motion == nullptr) return json;
  json["state"] = MotionStateName(motion->state);
  json["prob"] = Rounded(motion->probability);
  if (motion->step_hz) json["step_hz"] = Rounded(*motion->step_hz);
  json["since_ns"] = ToNanoseconds(motion->since);
  return json;
}

Json Quality(const FrameHealth* health) {
  if (health == nullptr) return nullptr;
  Json inlier_ratio = nullptr;
  if (health->features > 0) inlier_ratio = static_cast<double>(health->inliers) / health->features;
  return {{"status", StatusName(health->status)},
          {"tracked", health->status == TrackingStatus::kTracking},
          {"inlier_ratio", inlier_ratio},
          {"n_tracks", health->features},
          {"imu_gap_ms", nullptr},
          {"light_lux_proxy", nullptr},
          {"blur", nullptr}};
}

// 0 is a global shutter or a readout that privacy removed: neither is told as a number.
Json ReadoutJson(const RigCamera& camera) {
  if (!(camera.readout_s > 0)) return nullptr;
  return static_cast<int64_t>(std::llround(1e9 * camera.readout_s));
}

// What the packets of all keyframes say of the cameras, but for the pictures.
Json Cameras(const Rig& rig) {
  Json cameras = Json::array();
  for (const RigCamera& camera : rig.cameras) {
    cameras.push_back({{"id", camera.name},
                       {"model", camera.model ? Json(camera.model->Name()) : Json(nullptr)},
                       {"params", camera.model ? Json(camera.model->Parameters()) : Json(nullptr)},
                       {"w", camera.width},
                       {"h", camera.height},
                       {"T_device_camera", ToJson(camera.T_body_camera)},
                       {"exposure_ns", nullptr},
                       {"rs_readout_ns", ReadoutJson(camera)},
                       {"image_ref", nullptr},
                       {"depth_ref", nullptr}});
  }
  return cameras;
}

// Pictures come by time: those of one keyframe, from `next` on, each under `key` of its camera.
template <typename Picture, typename ToReference>
void AddReferences(Json& cameras, const char* key, const std::vector<Picture>& pictures,
                   SensorTime time, size_t& next, const ToReference& reference) {
  while (next < pictures.size() && pictures[next].time < time) ++next;
  for (; next < pictures.size() && pictures[next].time == time; ++next)
    cameras[static_cast<size_t>(pictures[next].camera)][key] = reference(pictures[next]);
}

Json ImageReference(const KeyframeImage& image) {
  return {{"file", image.file},         {"w", image.width}, {"h", image.height},
          {"focal_px", image.focal_px}, {"cx", image.cx},   {"cy", image.cy}};
}

Json DepthReference(const KeyframeDepth& depth) {
  return {{"file", depth.file},     {"sigma_file", depth.sigma_file}, {"w", depth.view.width},
          {"h", depth.view.height}, {"focal_px", depth.view.focal},   {"cx", depth.view.cx},
          {"cy", depth.view.cy}};
}

// What the keyframe saw of the scene; null: nothing is known, as of another map than the scene's.
const KeyframeView* ViewOf(const Session& session, size_t k) {
  const Scene& scene = session.scene;
  return k < scene.views.size() && session.keyframes[k].map == scene.map ? &scene.views[k]
                                                                         : nullptr;
}

Json NoveltyJson(const KeyframeView& view) {
  return {{"new_voxels", view.new_voxels}, {"new_share", view.new_share}};
}

Json VisiblePoints(const Keyframe& keyframe) {
  return {{"n", keyframe.landmarks >= 0 ? Json(keyframe.landmarks) : Json(nullptr)},
          {"ref", nullptr}};
}

// The cameras' part of each packet, for times that rise.
class PicturedCameras {
 public:
  explicit PicturedCameras(const Session& session)
      : session_(session), cameras_(Cameras(session.rig)) {}

  Json Of(SensorTime time) {
    Json cameras = cameras_;
    AddReferences(cameras, "image_ref", session_.images, time, next_image_, ImageReference);
    AddReferences(cameras, "depth_ref", session_.depth, time, next_depth_, DepthReference);
    return cameras;
  }

 private:
  const Session& session_;
  Json cameras_;
  size_t next_image_ = 0, next_depth_ = 0;
};

}  // namespace

std::string KeyframePackets(const Session& session) {
  MapIds ids(session);
  size_t anchor = 0;  // the map's first keyframe
  PicturedCameras pictured(session);
  const std::vector<MotionEstimate> motion = EstimateMotion(session.closed_loop);
  std::string lines;
  for (size_t k = 0; k < session.keyframes.size(); ++k) {
    const Keyframe& keyframe = session.keyframes[k];
    if (k > 0 && keyframe.map != session.keyframes[k - 1].map) anchor = k;
    const SensorTime time = keyframe.state.time;
    const TrajectoryRow* row =
        FindAt(session.closed_loop, time, [](const TrajectoryRow& r) { return r.state.time; });
    const MotionEstimate* doing =
        FindAt(motion, time, [](const MotionEstimate& m) { return m.time; });
    const FrameHealth* health =
        FindAt(session.health, time, [](const FrameHealth& h) { return h.time; });
    const Eigen::Matrix3d position = keyframe.covariance.block<3, 3>(0, 0);
    const Eigen::Matrix3d rotation = keyframe.covariance.block<3, 3>(3, 3);
    const KeyframeView* view = ViewOf(session, k);
    Json omega = nullptr;
    if (row != nullptr) omega = ToJson(row->angular_velocity_body);
    const Json packet = {{"v", kSchema},
                         {"session", ids.Of(keyframe.map).session_uid},
                         {"map_id", ids.Of(keyframe.map).graph_uid},
                         {"kf", k},
                         {"t_ns", ToNanoseconds(time)},
                         {"utc_ns", -1},
                         {"T_world_device", ToJson(keyframe.state.T_world_body)},
                         {"ypr_deg", YawPitchRollDegrees(keyframe.state.T_world_body)},
                         {"cov", UpperTriangle(keyframe.covariance)},
                         {"cov_kind", "relative_to_anchor"},
                         {"anchor_kf", anchor},
                         {"sd_pos_m", WorstSigma(position, 1)},
                         {"sd_rot_deg", WorstSigma(rotation, Degrees(1))},
                         {"vel_world", ToJson(keyframe.state.velocity_world)},
                         {"omega_device", omega},
                         {"motion", Motion(keyframe, row, doing)},
                         {"quality", Quality(health)},
                         {"cams", pictured.Of(time)},
                         {"clearance", view ? ClearanceJson(*view) : Json(nullptr)},
                         {"surfaces", view ? Json(view->surfaces) : Json(nullptr)},
                         {"visible_points", VisiblePoints(keyframe)},
                         {"novelty", view ? NoveltyJson(*view) : Json(nullptr)}};
    lines += Dump(packet) + '\n';
  }
  return lines;
}

}  // namespace nightjar
