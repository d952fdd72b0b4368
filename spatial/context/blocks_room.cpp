// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <optional>
#include <string>

#include "core/portable_math.h"
#include "spatial/context/blocks.h"

namespace nightjar {

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

ContextBlock MapBlock(const ContextMoment& moment) {
  ContextBlock block{"map", {}};
  if (moment.plan().empty() || !moment.state()) return block;
  TextMapRequest request;
  request.place_world = moment.state()->state.T_world_body.translation.head<2>();
  request.yaw_frame_rad = moment.frame().Yaw(moment.look().yaw_rad);
  for (size_t k = moment.first_row_of_map(); k <= moment.row(); ++k) {
    const TrajectoryRow& row = moment.rows()[k];
    if (HasPlace(row.status))
      request.path_world.emplace_back(row.state.T_world_body.translation.head<2>());
  }
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
