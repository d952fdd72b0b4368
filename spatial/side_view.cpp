// SPDX-License-Identifier: Apache-2.0
#include "spatial/side_view.h"

#include <fmt/format.h>

#include <cmath>
#include <vector>

#include "spatial/plan_layers.h"
#include "spatial/plan_projection.h"
#include "spatial/text_format.h"

namespace nightjar {
namespace {

using plan::Px;

constexpr double kWidthPx = 1200;
constexpr double kHeightPx = 440;

// The horizontal direction that is drawn to the right.
Eigen::Vector3d DirectionOf(const Session& session, const Trajectory& path) {
  const Scene& scene = session.scene;
  if (scene.aligned && scene.room) {
    const Eigen::Vector3d size = scene.room->max_aligned - scene.room->min_aligned;
    const double yaw = -scene.aligned->yaw_rad + (size.x() >= size.y() ? 0 : M_PI / 2);
    return {std::cos(yaw), std::sin(yaw), 0};
  }
  Eigen::Vector2d mean = Eigen::Vector2d::Zero();
  for (const TrajectoryRow& row : path) mean += row.state.T_world_body.translation.head<2>();
  mean /= static_cast<double>(path.size());
  Eigen::Matrix2d scatter = Eigen::Matrix2d::Zero();
  for (const TrajectoryRow& row : path) {
    const Eigen::Vector2d d = row.state.T_world_body.translation.head<2>() - mean;
    scatter += d * d.transpose();
  }
  const double direction = SigmaEllipse(scatter).direction_rad;
  return {std::cos(direction), std::sin(direction), 0};
}

// The world as a plan view takes it, with z where y is: what lies across is not drawn.
class FromTheSide {
 public:
  explicit FromTheSide(const Eigen::Vector3d& right) {
    J_.row(0) = right.transpose();
    J_.row(1) = Eigen::Vector3d::UnitZ().transpose();
    J_.row(2) = right.cross(Eigen::Vector3d::UnitZ()).transpose();
  }
  Eigen::Vector3d operator()(const Eigen::Vector3d& point_world) const { return J_ * point_world; }

  Trajectory Of(Trajectory path) const {
    for (TrajectoryRow& row : path)
      row.state.T_world_body.translation = J_ * row.state.T_world_body.translation;
    return path;
  }
  std::vector<Landmark> Of(std::vector<Landmark> landmarks) const {
    for (Landmark& landmark : landmarks) landmark.position_world = J_ * landmark.position_world;
    return landmarks;
  }
  std::vector<Keyframe> Of(std::vector<Keyframe> keyframes) const {
    for (Keyframe& keyframe : keyframes) {
      keyframe.state.T_world_body.translation = J_ * keyframe.state.T_world_body.translation;
      const Eigen::Matrix3d turned =
          J_ * keyframe.covariance.topLeftCorner<3, 3>() * J_.transpose();
      keyframe.covariance.topLeftCorner<3, 3>() = turned;
    }
    return keyframes;
  }

 private:
  Eigen::Matrix3d J_;
};

// A level line across the picture, with its name.
std::string Level(const PlanProjection& projection, double z_world, const char* name) {
  const double y = projection.ToPixel({0, z_world, 0}).y();
  if (!(y > 0 && y < kHeightPx)) return {};
  return fmt::format(
      "<path d=\"M0 {0}H{1}\" stroke=\"#8d9ab3\" stroke-dasharray=\"2 5\"/>\n<text x=\"{2}\" "
      "y=\"{3}\" text-anchor=\"end\" fill=\"#8d9ab3\" font-size=\"13\" "
      "class=\"halo\">{4}</text>\n",
      Px(y), kWidthPx, kWidthPx - 14, Px(y - 6), name);
}

std::string Levels(const Session& session, const PlanProjection& projection) {
  std::string svg;
  const auto& aligned = session.scene.aligned;
  if (!aligned || !std::isfinite(aligned->floor_z_sigma_m)) return svg;
  svg += Level(projection, aligned->floor_z_m, "floor");
  const auto& room = session.scene.room;
  if (room && std::isfinite(room->max_sigma_m.z()))
    svg += Level(projection, aligned->floor_z_m + room->max_aligned.z(), "ceiling");
  return svg;
}

}  // namespace

std::string SideViewSvg(const Session& session) {
  const bool in_map = !session.closed_loop.empty();
  const Trajectory& world_path = in_map ? session.closed_loop : session.open_loop;
  if (world_path.empty()) return {};
  const FromTheSide turned(DirectionOf(session, world_path));
  const Trajectory path = turned.Of(world_path);
  const std::vector<Landmark> landmarks =
      in_map ? turned.Of(session.landmarks) : std::vector<Landmark>{};
  const std::vector<Keyframe> keyframes =
      in_map ? turned.Of(session.keyframes) : std::vector<Keyframe>{};
  const PlanProjection projection = FitPlan(path, landmarks, {kWidthPx, kHeightPx});
  const std::vector<const Keyframe*> chosen = plan::EllipseKeyframes(keyframes);
  const double grid_m = RoundDown125(220 / projection.pixels_per_metre);
  size_t dots = 0;
  std::string svg = fmt::format(
      "<svg viewBox=\"0 0 {0} {1}\" role=\"img\" aria-label=\"The path from the side\">\n"
      "<rect width=\"{0}\" height=\"{1}\" rx=\"14\" fill=\"#101827\"/>\n",
      kWidthPx, kHeightPx);
  svg += plan::Grid(projection, grid_m) + plan::Dots(projection, landmarks, dots) +
         Levels(session, projection) +
         plan::Ellipses(projection, path, chosen, plan::Exaggeration(projection, chosen)) +
         plan::PathLines(projection, path);
  svg += fmt::format(
      "<text x=\"24\" y=\"{}\" fill=\"#8d9ab3\" font-size=\"13\">z up · one square is {:g} "
      "m</text>\n",
      kHeightPx - 16, grid_m);
  return svg + "</svg>\n";
}

}  // namespace nightjar
