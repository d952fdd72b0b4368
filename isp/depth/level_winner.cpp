// SPDX-License-Identifier: Apache-2.0
#include "isp/depth/level_winner.h"

#include <algorithm>
#include <type_traits>

namespace nightjar {
namespace {

constexpr uint16_t kNone = 65535;

}  // namespace

LevelWinner::LevelWinner(const SweepPlan& plan, bool with_other, LevelMap& map)
    : plan_(&plan), with_other_(with_other), map_(&map) {
  const auto resize = [&plan](auto& image) {
    if (image.width() != plan.width || image.height() != plan.height)
      image = std::remove_reference_t<decltype(image)>(plan.width, plan.height);
  };
  for (Image<float>* image : {&map.level, &map.cost, &map.curvature, &map.margin}) resize(*image);
  if (with_other) resize(map.other_level);
}

LevelWinner::Scratch::Scratch(const SweepPlan& plan) {
  for (auto* row : {&level, &best, &below, &above, &second})
    row->resize(static_cast<size_t>(plan.width));
  for (auto* row : {&other_best, &other_level})
    row->resize(static_cast<size_t>(plan.width + plan.stride));
}

void LevelWinner::FindRow(int y, const uint8_t* costs, const uint8_t* sums,
                          const uint8_t* other_sums, Scratch& scratch) {
  const int width = plan_->width, paths = plan_->options.paths;
  WinnerRow row;
  row.width = width;
  row.stride = plan_->stride;
  row.costs = costs;
  row.sums = sums;
  row.other_sums = other_sums;
  row.shift = paths == 8 ? 3 : 2;
  row.behind = plan_->behind.data();
  row.level = scratch.level.data();
  row.best = scratch.best.data();
  row.below = scratch.below.data();
  row.above = scratch.above.data();
  row.second = scratch.second.data();
  if (with_other_) {
    std::ranges::fill(scratch.other_best, kNone);
    row.other_best = scratch.other_best.data();
    row.other_level = scratch.other_level.data();
  }
  plan_->kernels->winner(row);
  const float scale = 1.0F / static_cast<float>(paths);
  for (int x = 0; x < width; ++x) {
    const int best = row.best[x], below = row.below[x], above = row.above[x];
    float fraction = 0, curvature = 0;
    if (below != kNone && above != kNone) {
      const int bend = below + above - 2 * best;
      curvature = 0.5F * scale * static_cast<float>(bend);
      // The vertex of the parabola through the three.
      if (bend > 0) fraction = 0.5F * static_cast<float>(below - above) / static_cast<float>(bend);
    }
    map_->level(x, y) = static_cast<float>(row.level[x]) + fraction;
    map_->cost(x, y) = scale * static_cast<float>(best);
    map_->curvature(x, y) = curvature;
    map_->margin(x, y) = scale * static_cast<float>(row.second[x] - best);
  }
  for (int x = 0; with_other_ && x < width; ++x) {
    const size_t at = static_cast<size_t>(width - 1 - x);
    map_->other_level(x, y) = scratch.other_best[at] == kNone
                                  ? int16_t{-1}
                                  : static_cast<int16_t>(scratch.other_level[at]);
  }
}

}  // namespace nightjar
