// SPDX-License-Identifier: Apache-2.0
#include "spatial/moved_map.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "core/portable_math.h"
#include "core/so3.h"

namespace nightjar {
namespace {

using Matrix15 = Eigen::Matrix<double, 15, 15>;

void MoveState(NavigationState& state, const Se3& T_new_world) {
  state.T_world_body = T_new_world * state.T_world_body;
  state.velocity_world = T_new_world.rotation * state.velocity_world;
}

// Position, rotation and velocity are in world axes; biases in those of the body.
Matrix15 MovedCovariance(const Matrix15& covariance, const Eigen::Matrix3d& R_new_world) {
  Matrix15 J = Matrix15::Identity();
  for (const Eigen::Index block : {0, 3, 6}) J.block<3, 3>(block, block) = R_new_world;
  const Matrix15 moved = J * covariance * J.transpose();
  return 0.5 * (moved + moved.transpose());
}

// Of two poses, both in world axes.
Matrix6d MovedCross(const Matrix6d& covariance, const Eigen::Matrix3d& R_new_world) {
  Matrix6d J = Matrix6d::Identity();
  for (const Eigen::Index block : {0, 3}) J.block<3, 3>(block, block) = R_new_world;
  return J * covariance * J.transpose();
}

// n' = R n, d' = d + n' . t
void MoveSurface(Surface& surface, const Se3& T_new_world) {
  const Eigen::Matrix3d R = T_new_world.RotationMatrix();
  Eigen::Matrix4d J = Eigen::Matrix4d::Identity();
  J.block<3, 3>(0, 0) = R;
  J.block<1, 3>(3, 0) = T_new_world.translation.transpose() * R;
  surface.normal_world = R * surface.normal_world;
  surface.offset_m += surface.normal_world.dot(T_new_world.translation);
  const Eigen::Matrix4d moved = J * surface.covariance * J.transpose();
  surface.covariance = 0.5 * (moved + moved.transpose());
  for (Eigen::Vector3d& corner : surface.polygon_world) corner = T_new_world * corner;
}

// A quarter turn counter-clockwise of a box with a sigma for each side: (x, y) -> (-y, x).
void TurnQuarter(RoomExtent& room) {
  const RoomExtent before = room;
  room.min_aligned.x() = -before.max_aligned.y();
  room.max_aligned.x() = -before.min_aligned.y();
  room.min_aligned.y() = before.min_aligned.x();
  room.max_aligned.y() = before.max_aligned.x();
  room.min_sigma_m.x() = before.max_sigma_m.y();
  room.max_sigma_m.x() = before.min_sigma_m.y();
  room.min_sigma_m.y() = before.min_sigma_m.x();
  room.max_sigma_m.y() = before.max_sigma_m.x();
}

// The walls stay where they are: the frame along them is turned about another origin, and by
// quarters as far as its yaw has to stay in [-pi/4, pi/4).
void MoveAlignedFrame(Scene& scene, const Se3& T_new_world) {
  if (!scene.aligned) return;
  constexpr double kQuarter = std::numbers::pi / 2;
  AlignedFrame& frame = *scene.aligned;
  const Eigen::Matrix3d R = T_new_world.RotationMatrix();
  const double turned = frame.yaw_rad - portable::Atan2(R(1, 0), R(0, 0));
  int quarters = -static_cast<int>(std::floor(turned / kQuarter + 0.5));
  frame.yaw_rad = turned + quarters * kQuarter;
  frame.floor_z_m =
      std::isfinite(frame.floor_z_sigma_m) ? frame.floor_z_m + T_new_world.translation.z() : 0.0;
  if (!scene.room) return;
  for (quarters = (quarters % 4 + 4) % 4; quarters > 0; --quarters) TurnQuarter(*scene.room);
  Eigen::Vector3d shift =
      so3::Exp({0, 0, frame.yaw_rad}) *
      Eigen::Vector3d(T_new_world.translation.x(), T_new_world.translation.y(), 0);
  // Without a floor z of the aligned frame is that of the world.
  if (!std::isfinite(frame.floor_z_sigma_m)) shift.z() = T_new_world.translation.z();
  scene.room->min_aligned += shift;
  scene.room->max_aligned += shift;
}

}  // namespace

Se3 AlignedFromWorld(const AlignedFrame& aligned) {
  return {so3::Exp({0, 0, aligned.yaw_rad}), {0, 0, -aligned.floor_z_m}};
}

void MoveMap(Session& session, int map, const Se3& T_new_world) {
  const Eigen::Matrix3d R = T_new_world.RotationMatrix();
  for (TrajectoryRow& row : session.closed_loop) {
    if (row.map == map) MoveState(row.state, T_new_world);
  }
  for (Keyframe& keyframe : session.keyframes) {
    if (keyframe.map != map) continue;
    MoveState(keyframe.state, T_new_world);
    keyframe.covariance = MovedCovariance(keyframe.covariance, R);
  }
  for (KeyframePair& pair : session.pairs) {
    if (session.keyframes[static_cast<size_t>(pair.first)].map == map)
      pair.cross_covariance = MovedCross(pair.cross_covariance, R);
  }
  for (Landmark& landmark : session.landmarks) {
    if (landmark.map == map) landmark.position_world = T_new_world * landmark.position_world;
  }
  if (session.scene.map != map) return;
  for (Landmark& point : session.scene.semidense) {
    point.position_world = T_new_world * point.position_world;
  }
  for (Surface& surface : session.scene.surfaces) MoveSurface(surface, T_new_world);
  MoveAlignedFrame(session.scene, T_new_world);
  session.scene.occupancy = {};
}

}  // namespace nightjar
