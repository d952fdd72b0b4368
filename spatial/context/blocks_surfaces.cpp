// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "core/portable_math.h"
#include "spatial/context/blocks.h"
#include "spatial/geometry/clearance.h"
#include "spatial/query/outline.h"
#include "spatial/scene_files.h"

namespace nightjar {
namespace {

constexpr double kDegrees = 180 / std::numbers::pi;

// Of a surface's distance from where it should be, at its middle: var(n p - d).
double OffsetSigma(const Surface& surface, const Eigen::Vector3d& middle_world) {
  Eigen::Vector4d J;
  J << middle_world, -1;
  return SigmaOf(J.dot(surface.covariance * J));
}

Eigen::Vector3d MiddleOf(const Surface& surface) {
  Eigen::Vector3d sum = Eigen::Vector3d::Zero();
  for (const Eigen::Vector3d& point : surface.polygon_world) sum += point;
  return sum / static_cast<double>(surface.polygon_world.size());
}

// A wall as a line on the floor with a height.
struct Wall {
  Eigen::Vector3d a_world = Eigen::Vector3d::Zero(), b_world = a_world;  // lower corners
  double height_m = 0;
  double sigma_m = 0;
  double angle_sigma_rad = 0;  // about the vertical
};

Wall WallOf(const Surface& surface) {
  Wall wall;
  const Eigen::Vector3d along =
      Eigen::Vector3d(-surface.normal_world.y(), surface.normal_world.x(), 0).normalized();
  const Eigen::Vector3d middle = MiddleOf(surface);
  double first = HUGE_VAL, last = -HUGE_VAL, low = HUGE_VAL, high = -HUGE_VAL;
  for (const Eigen::Vector3d& point : surface.polygon_world) {
    const double s = along.dot(point - middle);
    first = std::min(first, s);
    last = std::max(last, s);
    low = std::min(low, point.z());
    high = std::max(high, point.z());
  }
  wall.a_world = middle + first * along;
  wall.b_world = middle + last * along;
  wall.a_world.z() = wall.b_world.z() = low;
  wall.height_m = high - low;
  wall.sigma_m = OffsetSigma(surface, middle);
  const Eigen::Matrix3d of_normal = surface.covariance.topLeftCorner<3, 3>();
  wall.angle_sigma_rad = SigmaOf(along.dot(of_normal * along));
  return wall;
}

// Where a place is, seen from the body.
struct Relation {
  double distance_m = 0;  // level
  RoundedText digits;
  double clockwise_rad = 0;

  // "2.1±0.1m away at 6 o'clock".
  std::string Text() const {
    return fmt::format("{}m away at {} o'clock", digits.Both(distance_m), ClockHour(clockwise_rad));
  }
};

Relation RelationOf(const ContextMoment& moment, const Eigen::Vector3d& place_world,
                    double sigma_m) {
  const Eigen::Vector3d d = place_world - moment.state()->state.T_world_body.translation;
  const double own = moment.position_sigma_m();
  return {d.head<2>().norm(), Metres(std::sqrt(sigma_m * sigma_m + own * own)),
          WrappedAngle(moment.look().yaw_rad - portable::Atan2(d.y(), d.x()))};
}

// The point of a level line nearest to the body.
Eigen::Vector3d NearestOn(const Wall& wall, const Eigen::Vector3d& body) {
  const Eigen::Vector3d span = wall.b_world - wall.a_world;
  const double length = span.squaredNorm();
  const double share =
      length > 0 ? std::clamp((body - wall.a_world).dot(span) / length, 0.0, 1.0) : 0;
  return wall.a_world + share * span;
}

// Where a surface ends is known to about a voxel.
constexpr double kEdge_m = 0.1;

// Digits of a coordinate of a wall's corner: of its offset across, of its end along.
RoundedText CornerDigits(const Wall& wall, double step, double length) {
  const double along = length > 0 ? step / length : 0;
  const double across = 1 - along * along;
  return Metres(SigmaOf(across * wall.sigma_m * wall.sigma_m + along * along * kEdge_m * kEdge_m));
}

ContextForm WallsForm(const ContextMoment& moment, const std::vector<const Surface*>& walls,
                      size_t count) {
  ContextForm form{"walls, SpatialLM: Wall(ax,ay,az,bx,by,bz,height,thickness)\n", Json::array()};
  for (size_t k = 0; k < count; ++k) {
    const Wall wall = WallOf(*walls[k]);
    const Eigen::Vector3d a = moment.frame().FromWorld(wall.a_world);
    const Eigen::Vector3d b = moment.frame().FromWorld(wall.b_world);
    const RoundedText m = Metres(wall.sigma_m), ends = Metres(kEdge_m);
    const RoundedText x = CornerDigits(wall, b.x() - a.x(), (b - a).head<2>().norm());
    const RoundedText y = CornerDigits(wall, b.y() - a.y(), (b - a).head<2>().norm());
    const RoundedText degrees = Degrees(wall.angle_sigma_rad * kDegrees);
    form.text += fmt::format("wall_{}=Wall({},{},{},{},{},{},{},0) # ±{}m ±{}deg", walls[k]->id,
                             x.Value(a.x()), y.Value(a.y()), ends.Value(a.z()), x.Value(b.x()),
                             y.Value(b.y()), ends.Value(b.z()), ends.Value(wall.height_m),
                             m.Sigma(), degrees.Sigma());
    Json json = {{"id", walls[k]->id},
                 {"a_m", {RoundedJson(a.x(), x), RoundedJson(a.y(), y), RoundedJson(a.z(), ends)}},
                 {"b_m", {RoundedJson(b.x(), x), RoundedJson(b.y(), y), RoundedJson(b.z(), ends)}},
                 {"height_m", RoundedJson(wall.height_m, ends)},
                 {"sigma_m", SigmaJson(m)},
                 {"sigma_deg", SigmaJson(degrees)}};
    if (moment.state()) {
      const Eigen::Vector3d nearest =
          NearestOn(wall, moment.state()->state.T_world_body.translation);
      const std::string relation = RelationOf(moment, nearest, wall.sigma_m).Text();
      form.text += fmt::format(", {}", relation);
      json["from_here"] = relation;
    }
    form.text += '\n';
    form.json.push_back(json);
  }
  return form;
}

// Nearest to the body first, so that a table at hand goes before a far wall (largest first where
// the body is lost); of walls or of all others.
std::vector<const Surface*> SurfacesOf(const ContextMoment& moment, bool walls) {
  std::vector<const Surface*> surfaces;
  for (const Surface& surface : moment.scene().surfaces) {
    if ((surface.kind == SurfaceKind::kWall) == walls && !surface.polygon_world.empty())
      surfaces.push_back(&surface);
  }
  if (!moment.state()) return surfaces;
  const Eigen::Vector3d body = moment.state()->state.T_world_body.translation;
  const auto distance = [&body](const Surface* surface) {
    return (NearestInOutline(*surface, body) - body).norm();
  };
  std::stable_sort(surfaces.begin(), surfaces.end(),
                   [&](const Surface* a, const Surface* b) { return distance(a) < distance(b); });
  return surfaces;
}

// Forms of the first few, more, and all of `count` things.
template <typename MakeForm>
void AddForms(ContextBlock& block, std::initializer_list<size_t> sizes, size_t count,
              const MakeForm& make) {
  for (const size_t size : sizes) {
    if (size < count) block.forms.push_back(make(size));
  }
  if (count > 0) block.forms.push_back(make(count));
}

std::string PointText(const Eigen::Vector3d& p, const RoundedText& m) {
  return fmt::format("({},{},{})", m.Value(p.x()), m.Value(p.y()), m.Value(p.z()));
}

void AppendSurface(const ContextMoment& moment, const Surface& surface, bool outline,
                   ContextForm& form) {
  const Eigen::Vector3d middle = MiddleOf(surface);
  const Eigen::Vector3d p = moment.frame().FromWorld(middle);
  const RoundedText m = Metres(OffsetSigma(surface, middle));
  const RoundedText sides = Metres(kEdge_m);
  Eigen::Vector3d low = Eigen::Vector3d::Constant(HUGE_VAL), high = -low;
  for (const Eigen::Vector3d& point : surface.polygon_world) {
    low = low.cwiseMin(moment.frame().FromWorld(point));
    high = high.cwiseMax(moment.frame().FromWorld(point));
  }
  const Eigen::Vector3d size = high - low;
  const bool upright = std::abs(surface.normal_world.z()) < 0.3;
  const std::string z =
      upright ? fmt::format("upright, z {} to {}m", sides.Value(low.z()), sides.Value(high.z()))
              : "z " + m.Both(p.z()) + "m";
  form.text += fmt::format("{} {}: {}, {}x{}m, {}m2, middle ({},{})", SurfaceKindName(surface.kind),
                           surface.id, z, sides.Value(size.x()), sides.Value(size.y()),
                           Fixed(surface.area_m2, 1), sides.Value(p.x()), sides.Value(p.y()));
  Json json = {{"id", surface.id},
               {"kind", SurfaceKindName(surface.kind)},
               {"z_m", upright ? Json(nullptr) : RoundedJson(p.z(), m)},
               {"z_from_to_m", {RoundedJson(low.z(), sides), RoundedJson(high.z(), sides)}},
               {"sigma_m", SigmaJson(m)},
               {"size_m", {RoundedJson(size.x(), sides), RoundedJson(size.y(), sides)}},
               {"area_m2", Json::parse(Fixed(surface.area_m2, 1))},
               {"middle_m", {RoundedJson(p.x(), sides), RoundedJson(p.y(), sides)}}};
  const bool below = surface.kind == SurfaceKind::kFloor || surface.kind == SurfaceKind::kCeiling;
  if (moment.state() && !below) {
    const Eigen::Vector3d nearest =
        NearestInOutline(surface, moment.state()->state.T_world_body.translation);
    const std::string relation = RelationOf(moment, nearest, kEdge_m).Text();
    form.text += fmt::format(", {}", relation);
    json["from_here"] = relation;
  }
  if (outline) {
    Json points = Json::array();
    form.text += ", outline";
    for (const Eigen::Vector3d& point : surface.polygon_world) {
      const Eigen::Vector3d q = moment.frame().FromWorld(point);
      form.text += fmt::format(" {}", PointText(q, sides));
      points.push_back(
          {RoundedJson(q.x(), sides), RoundedJson(q.y(), sides), RoundedJson(q.z(), sides)});
    }
    json["outline_m"] = points;
  }
  form.text += '\n';
  form.json.push_back(json);
}

}  // namespace

std::optional<LowObstacle> NearestLow(const ContextMoment& moment) {
  constexpr double kStep_m = 0.4;
  if (!moment.state() || !moment.frame().has_floor) return std::nullopt;
  const Eigen::Vector3d body = moment.state()->state.T_world_body.translation;
  const double band_z = body.z() - ClearanceOptions{}.half_band_m;
  std::optional<LowObstacle> low;
  for (const Surface* surface : SurfacesOf(moment, false)) {
    double top_z = -HUGE_VAL;
    for (const Eigen::Vector3d& point : surface->polygon_world) top_z = std::max(top_z, point.z());
    if (top_z < moment.frame().floor_z_m + kStep_m || top_z > band_z) continue;
    const Relation relation = RelationOf(moment, NearestInOutline(*surface, body), kEdge_m);
    if (!low || relation.distance_m < low->distance_m)
      low = {surface, relation.distance_m, relation.digits, relation.clockwise_rad};
  }
  return low;
}

ContextBlock WallsBlock(const ContextMoment& moment) {
  ContextBlock block{"walls", {}};
  const std::vector<const Surface*> walls = SurfacesOf(moment, true);
  AddForms(block, {4, 8, 16, 32}, walls.size(),
           [&](size_t count) { return WallsForm(moment, walls, count); });
  return block;
}

ContextBlock SurfacesBlock(const ContextMoment& moment) {
  ContextBlock block{"surfaces", {}};
  const std::vector<const Surface*> surfaces = SurfacesOf(moment, false);
  const auto form = [&](size_t count, bool outline) {
    ContextForm made{"", Json::array()};
    for (size_t k = 0; k < count; ++k) AppendSurface(moment, *surfaces[k], outline, made);
    return made;
  };
  AddForms(block, {2, 6, 14, 40}, surfaces.size(),
           [&](size_t count) { return form(count, false); });
  if (!surfaces.empty()) block.forms.push_back(form(surfaces.size(), true));
  return block;
}

}  // namespace nightjar
