// SPDX-License-Identifier: Apache-2.0
#include "spatial/export/posed_pictures.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

namespace nightjar {
namespace {

const Keyframe* KeyframeAt(const std::vector<Keyframe>& keyframes, SensorTime time) {
  const auto found = std::lower_bound(
      keyframes.begin(), keyframes.end(), time,
      [](const Keyframe& keyframe, SensorTime t) { return keyframe.state.time < t; });
  return found != keyframes.end() && found->state.time == time ? &*found : nullptr;
}

PinholeView ViewOf(const KeyframeImage& image) {
  return {image.width, image.height, image.focal_px, image.cx, image.cy};
}

}  // namespace

Result<std::vector<PosedPicture>> PosedPictures(const Session& session) {
  // A picture and its depth map share geometry, time and camera.
  std::map<std::pair<SensorTime, int>, PosedPicture> pictures;
  for (const KeyframeImage& image : session.images) {
    PosedPicture& picture = pictures[{image.time, image.camera}];
    picture.image = image.file;
    picture.view = ViewOf(image);
  }
  for (const KeyframeDepth& depth : session.depth) {
    PosedPicture& picture = pictures[{depth.time, depth.camera}];
    picture.depth = depth.file;
    if (picture.image.empty()) picture.view = depth.view;
  }
  std::vector<PosedPicture> posed;
  for (auto& [key, picture] : pictures) {
    const Keyframe* keyframe = KeyframeAt(session.keyframes, key.first);
    const auto camera = static_cast<size_t>(key.second);
    if (keyframe == nullptr || camera >= session.rig.cameras.size()) continue;
    std::tie(picture.time, picture.camera) = key;
    picture.T_world_camera =
        keyframe->state.T_world_body * session.rig.cameras[camera].T_body_camera;
    posed.push_back(std::move(picture));
  }
  if (!posed.empty()) return posed;
  if (session.keyframes.empty()) {
    return Fail(ErrorKind::kNoAnswer, "the session has no keyframes, and so no posed pictures", {},
                "process the log with --profile offline");
  }
  return Fail(ErrorKind::kNoAnswer,
              "the session has neither pictures nor depth maps, whose geometry this format is of",
              {}, "process the log with --images");
}

std::optional<Eigen::Vector2d> Project(const PinholeView& view, const Se3& T_world_camera,
                                       const Eigen::Vector3d& point_world) {
  constexpr double kNearest = 0.05;  // m
  const Eigen::Vector3d p = T_world_camera.Inverse() * point_world;
  if (!(p.z() > kNearest)) return std::nullopt;
  const Eigen::Vector2d pixel(view.focal * p.x() / p.z() + view.cx,
                              view.focal * p.y() / p.z() + view.cy);
  const bool inside = pixel.x() >= -0.5 && pixel.y() >= -0.5 && pixel.x() <= view.width - 0.5 &&
                      pixel.y() <= view.height - 0.5;
  return inside ? std::optional(pixel) : std::nullopt;
}

Session LargestMapOf(Session session, int& maps) {
  std::map<int, std::pair<size_t, size_t>> sizes;  // keyframes, rows
  for (const TrajectoryRow& row : session.open_loop) ++sizes[row.map].second;
  for (const TrajectoryRow& row : session.closed_loop) ++sizes[row.map].second;
  for (const Keyframe& keyframe : session.keyframes) ++sizes[keyframe.map].first;
  maps = static_cast<int>(sizes.size());
  if (maps < 2) return session;
  const int largest =
      std::max_element(sizes.begin(), sizes.end(), [](const auto& a, const auto& b) {
        return a.second < b.second;
      })->first;
  const auto elsewhere = [largest](const auto& entry) { return entry.map != largest; };
  std::erase_if(session.open_loop, elsewhere);
  std::erase_if(session.closed_loop, elsewhere);
  session.pairs.clear();  // are by the places of keyframes, and of no export
  std::erase_if(session.keyframes, elsewhere);
  std::erase_if(session.landmarks, elsewhere);
  if (session.scene.map != largest) session.scene = {};
  session.scene.views.clear();  // are as the keyframes were
  return session;
}

std::vector<Landmark> PointsOf(const Session& session) {
  std::vector<Landmark> points = session.landmarks;
  points.insert(points.end(), session.scene.semidense.begin(), session.scene.semidense.end());
  return points;
}

}  // namespace nightjar
