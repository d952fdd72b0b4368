// SPDX-License-Identifier: Apache-2.0
#include "bench/spatial/long_walk.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <utility>

#include "calibration/make_camera_model.h"
#include "core/random.h"
#include "core/so3.h"
#include "tests/spatial/query/asked_session.h"

namespace nightjar {
namespace {

using Eigen::Vector2d;
using Eigen::Vector3d;

constexpr int kColumns = 4, kRows = 3;
constexpr double kRoomX = 6, kRoomY = 16.0 / 3, kHeight = 2.6;
constexpr double kThick = 0.1, kDoor = 1.0, kSpeed = 0.7;
constexpr double kFarthest = 8.5;  // a little more than what the geometry uses

// One round through all rooms, as (column, row).
constexpr std::array<std::pair<int, int>, 12> kRound = {{{0, 0},
                                                         {1, 0},
                                                         {2, 0},
                                                         {3, 0},
                                                         {3, 1},
                                                         {3, 2},
                                                         {2, 2},
                                                         {2, 1},
                                                         {1, 1},
                                                         {1, 2},
                                                         {0, 2},
                                                         {0, 1}}};

bool HasDoor(std::pair<int, int> a, std::pair<int, int> b) {
  for (size_t k = 0; k < kRound.size(); ++k) {
    const auto from = kRound[k], to = kRound[(k + 1) % kRound.size()];
    if ((from == a && to == b) || (from == b && to == a)) return true;
  }
  return false;
}

Vector2d Middle(std::pair<int, int> room) {
  return {(room.first + 0.5) * kRoomX, (room.second + 0.5) * kRoomY};
}

PinholeView WalkView() { return {752, 480, 458, 375.5, 239.5}; }

}  // namespace

LongWalk::LongWalk() {
  storey_.size = {kColumns * kRoomX, kRows * kRoomY, kHeight};
  for (int row = 0; row < kRows; ++row) {
    for (int column = 0; column < kColumns; ++column) {
      if (column + 1 < kColumns)
        AddWall(column, row, false, HasDoor({column, row}, {column + 1, row}));
      if (row + 1 < kRows) AddWall(column, row, true, HasDoor({column, row}, {column, row + 1}));
      Furnish(column, row);
    }
  }
  for (size_t k = 0; k <= kRound.size(); ++k) corners_.push_back(Middle(kRound[k % kRound.size()]));
  length_m_ = {0};
  for (size_t k = 1; k < corners_.size(); ++k)
    length_m_.push_back(length_m_.back() + (corners_[k] - corners_[k - 1]).norm());
}

// The wall behind a room in x (or, along x, in y), with a gap in its middle.
void LongWalk::AddWall(int column, int row, bool along_x, bool door) {
  const double length = along_x ? kRoomX : kRoomY;
  const Vector3d begin = along_x ? Vector3d(column * kRoomX, (row + 1) * kRoomY - kThick / 2, 0)
                                 : Vector3d((column + 1) * kRoomX - kThick / 2, row * kRoomY, 0);
  const Vector3d along = along_x ? Vector3d::UnitX() : Vector3d::UnitY();
  const Vector3d across = kThick * (along_x ? Vector3d::UnitY() : Vector3d::UnitX());
  const auto add = [&](double from, double to) {
    storey_.boxes.push_back(
        {begin + from * along, begin + to * along + across + Vector3d(0, 0, kHeight)});
  };
  if (!door) return add(0, length);
  add(0, 0.5 * (length - kDoor));
  add(0.5 * (length + kDoor), length);
}

// In the corners, clear of the ways from the middle to the doors.
void LongWalk::Furnish(int column, int row) {
  const Vector3d corner(column * kRoomX, row * kRoomY, 0);
  const auto add = [&](const Vector3d& low, const Vector3d& high) {
    storey_.boxes.push_back({corner + low, corner + high});
  };
  add({0.2, 0.2, 0}, {0.7, 1.6, 1.8});                     // a cupboard
  add({4.4, 0.5, 0.71}, {5.6, 1.3, 0.75});                 // a table's top
  add({4.5, kRoomY - 1.6, 0}, {5.7, kRoomY - 0.6, 0.45});  // a couch
  add({0.4, kRoomY - 1.2 - 0.1 * column, 0}, {1.4, kRoomY - 0.8, 1.1 + 0.2 * row});  // a shelf
}

Se3 LongWalk::PoseAt(double seconds) const {
  const double along = std::fmod(kSpeed * seconds, length_m_.back());
  const auto place = [this](double at_m) {
    const double at = std::fmod(at_m, length_m_.back());
    const auto next = std::upper_bound(length_m_.begin(), length_m_.end(), at) - length_m_.begin();
    const auto k = static_cast<size_t>(next);
    const double share = (at - length_m_[k - 1]) / (length_m_[k] - length_m_[k - 1]);
    return Vector2d((1 - share) * corners_[k - 1] + share * corners_[k]);
  };
  const Vector2d here = place(along), ahead = place(along + 0.8) - here;
  const double yaw = std::atan2(ahead.y(), ahead.x()) + 1.2 * std::sin(0.9 * seconds);
  const double pitch = 0.15 + 0.35 * std::sin(0.41 * seconds);
  return LookAt(storey_, {here.x(), here.y(), 1.55 + 0.03 * std::sin(11 * seconds)}, yaw, pitch);
}

Session LongWalk::MakeSession(double seconds) const {
  Session session = AskedSession(static_cast<int>(20 * seconds));
  session.scene = {};
  const PinholeView view = WalkView();
  RigCamera& camera = session.rig.cameras.front();
  camera.T_body_camera = BoxRig().cameras.front().T_body_camera;  // that of DepthOf()
  camera.width = view.width;
  camera.height = view.height;
  camera.model =
      *MakeCameraModel("radial-tangential", {view.focal, view.focal, view.cx, view.cy, 0, 0, 0, 0});
  const SensorTime first = session.closed_loop.front().state.time;
  const auto move = [&](auto& entry) {
    constexpr double kStep = 1e-3;
    const double t = ToSeconds(entry.state.time - first) + kStep;
    const Se3 before = PoseAt(t - kStep), after = PoseAt(t + kStep);
    entry.state.T_world_body = PoseAt(t);
    entry.state.velocity_world = (after.translation - before.translation) / (2 * kStep);
    return Vector3d(so3::Log(before.rotation.conjugate() * after.rotation) / (2 * kStep));
  };
  for (TrajectoryRow& row : session.open_loop) row.angular_velocity_body = move(row);
  for (TrajectoryRow& row : session.closed_loop) row.angular_velocity_body = move(row);
  for (Keyframe& keyframe : session.keyframes) {
    move(keyframe);
    session.images.push_back(
        {keyframe.state.time, 0,
         "images/cam0/" + std::to_string(ToNanoseconds(keyframe.state.time)) + ".jpg", view.width,
         view.height, view.focal, view.cx, view.cy});
  }
  return session;
}

DepthMap LongWalk::DepthAt(const Keyframe& keyframe) const {
  const Eigen::Vector3d place = keyframe.state.T_world_body.translation;
  BoxRoom near = storey_;
  std::erase_if(near.boxes, [&place](const Eigen::AlignedBox3d& box) {
    return box.exteriorDistance(place) > kFarthest;
  });
  return DepthOf(near, keyframe, 0.004, 7, WalkView());
}

Image<uint8_t> LongWalk::Picture() {
  const PinholeView view = WalkView();
  Image<uint8_t> picture(view.width, view.height);
  RandomStream random(1, 2, 3);
  for (int y = 0; y < view.height; ++y)
    for (int x = 0; x < view.width; ++x)
      picture(x, y) = static_cast<uint8_t>(128 + 100 * std::clamp(random.Normal() / 3, -1.0, 1.0));
  return picture;
}

}  // namespace nightjar
