// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "core/portable_math.h"
#include "spatial/context/blocks.h"
#include "spatial/scene_files.h"

namespace nightjar {
namespace {

constexpr double kDegrees = 180 / std::numbers::pi;

Json SigmaJson(const RoundedText& digits) {
  return digits.sigma < 0 ? Json(nullptr) : RoundedJson(digits.sigma, digits);
}

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

// Where a place is, seen from the body: "2.1±0.1m away at 6 o'clock".
std::string RelationText(const ContextMoment& moment, const Eigen::Vector3d& place_world,
                         double sigma_m) {
  const Eigen::Vector3d d = place_world - moment.state()->state.T_world_body.translation;
  const double distance = d.head<2>().norm();
  const double bearing = WrappedAngle(moment.look().yaw_rad - portable::Atan2(d.y(), d.x()));
  const double own = moment.position_sigma_m();
  const RoundedText digits = Metres(std::sqrt(sigma_m * sigma_m + own * own));
  return fmt::format("{}m away at {} o'clock", digits.Both(distance), ClockHour(bearing));
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
      const std::string relation = RelationText(moment, nearest, wall.sigma_m);
      form.text += fmt::format(", {}", relation);
      json["from_here"] = relation;
    }
    form.text += '\n';
    form.json.push_back(json);
  }
  return form;
}

// Largest first, of one kind or of all but walls.
std::vector<const Surface*> SurfacesOf(const Scene& scene, bool walls) {
  std::vector<const Surface*> surfaces;
  for (const Surface& surface : scene.surfaces) {
    if ((surface.kind == SurfaceKind::kWall) == walls && !surface.polygon_world.empty())
      surfaces.push_back(&surface);
  }
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
    const std::string relation = RelationText(moment, middle, kEdge_m);
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

ContextBlock RoomBlock(const ContextMoment& moment) {
  ContextBlock block{"room", {}};
  const auto& room = moment.scene().room;
  if (!room) return block;
  const Eigen::Vector3d size = room->max_aligned - room->min_aligned;
  static constexpr const char* kBy[] = {"x ", " by y ", " by height "};
  std::string text = "room ";
  Json json;
  for (int axis = 0; axis < 3; ++axis) {
    const double low = room->min_sigma_m[axis], high = room->max_sigma_m[axis];
    const RoundedText digits = Metres(std::sqrt(low * low + high * high));
    text += fmt::format("{}{}{}m", kBy[axis], std::isfinite(low + high) ? "" : "at least ",
                        digits.Both(size[axis]));
    json["size_m"].push_back(RoundedJson(size[axis], digits));
    json["sigma_m"].push_back(SigmaJson(digits));
  }
  text += fmt::format(", floor {}m2 seen", Fixed(room->floor_area_m2, 0));
  json["floor_area_m2"] = Json::parse(Fixed(room->floor_area_m2, 0));
  if (moment.state()) {
    const Eigen::Vector3d p =
        moment.frame().FromWorld(moment.state()->state.T_world_body.translation);
    static constexpr const char* kSides[] = {"+x", "-x", "+y", "-y"};
    text += "; from here to its sides";
    for (int side = 0; side < 4; ++side) {
      const int axis = side / 2;
      const bool upper = side % 2 == 0;
      const double distance =
          upper ? room->max_aligned[axis] - p[axis] : p[axis] - room->min_aligned[axis];
      const double sigma = upper ? room->max_sigma_m[axis] : room->min_sigma_m[axis];
      const double own = moment.position_sigma_m();
      // Where no surface bounds the room it may go on.
      if (!std::isfinite(sigma)) {
        text += fmt::format(" {} ?", kSides[side]);
        json["to_sides_m"][kSides[side]] = nullptr;
        continue;
      }
      const RoundedText digits = Metres(std::sqrt(sigma * sigma + own * own));
      text += fmt::format(" {} {}m", kSides[side], digits.Both(distance));
      json["to_sides_m"][kSides[side]] = RoundedJson(distance, digits);
    }
  }
  block.forms = {{text + "\n", json}};
  return block;
}

ContextBlock WallsBlock(const ContextMoment& moment) {
  ContextBlock block{"walls", {}};
  const std::vector<const Surface*> walls = SurfacesOf(moment.scene(), true);
  AddForms(block, {4, 8, 16, 32}, walls.size(),
           [&](size_t count) { return WallsForm(moment, walls, count); });
  return block;
}

ContextBlock SurfacesBlock(const ContextMoment& moment) {
  ContextBlock block{"surfaces", {}};
  const std::vector<const Surface*> surfaces = SurfacesOf(moment.scene(), false);
  const auto form = [&](size_t count, bool outline) {
    ContextForm made{"", Json::array()};
    for (size_t k = 0; k < count; ++k) AppendSurface(moment, *surfaces[k], outline, made);
    return made;
  };
  AddForms(block, {4, 12, 40}, surfaces.size(), [&](size_t count) { return form(count, false); });
  if (!surfaces.empty()) block.forms.push_back(form(surfaces.size(), true));
  return block;
}

ContextBlock MapBlock(const ContextMoment& moment) {
  ContextBlock block{"map", {}};
  if (moment.plan().empty() || !moment.state()) return block;
  TextMapRequest request;
  request.place_world = moment.state()->state.T_world_body.translation.head<2>();
  request.yaw_frame_rad = moment.frame().Yaw(moment.look().yaw_rad);
  for (size_t k = moment.first_row_of_map(); k <= moment.row(); ++k)
    request.path_world.emplace_back(moment.rows()[k].state.T_world_body.translation.head<2>());
  double last_cell = 0;
  for (const int largest : {16, 24, 40, 64, 100, 160}) {
    request.largest = largest;
    const TextMap map = DrawTextMap(moment.plan(), moment.frame(), request);
    // What was told by a smaller one already is no form of its own.
    if (map.cell_m == last_cell && !block.forms.empty() &&
        map.text.size() <= block.forms.back().text.size() - 100) {
      continue;
    }
    last_cell = map.cell_m;
    const Json top_left = {Json::parse(Fixed(map.top_left.x(), 2)),
                           Json::parse(Fixed(map.top_left.y(), 2))};
    block.forms.push_back(
        {fmt::format("map from above, cells {}m, top left ({},{}), +x right, +y up; # blocked, . "
                     "free, blank unknown, + walked, ^>v< you\n{}",
                     Fixed(map.cell_m, 2), Fixed(map.top_left.x(), 2), Fixed(map.top_left.y(), 2),
                     map.text),
         {{"cell_m", Json::parse(Fixed(map.cell_m, 2))},
          {"top_left_m", top_left},
          {"legend", "# blocked, . free, blank unknown, + walked, ^>v< you; +x right, +y up"},
          {"rows", map.text}}});
  }
  return block;
}

}  // namespace nightjar
