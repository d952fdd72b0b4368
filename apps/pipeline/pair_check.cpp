// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/pair_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "isp/depth/coarse_match.h"

namespace nightjar {
namespace {

constexpr int kFewestPatches = 12;  // that tell how a pair lies
constexpr double kMostRows = 1;     // px, that rows may be off,
constexpr double kGoodRows = 0.4;   // and what costs nothing yet
constexpr double kSwappedShare = 0.7;
constexpr double kSwappedDensity = 1.5, kLeastDensity = 0.05;

}  // namespace

Status PairCheck::Add(const StereoPair& pair, int disparities, const RunTasks& run) {
  const auto own = MatchCoarsely(pair.left, pair.right, disparities, run);
  if (!own) return tl::unexpected(own.error());
  const auto other = MatchCoarsely(pair.right, pair.left, disparities, run);
  if (!other) return tl::unexpected(other.error());
  pairs_.push_back(
      {ExaminePair(pair.left.fine, pair.right.fine, disparities), own->density, other->density});
  return {};
}

int PairCheck::patches() const {
  int patches = 0;
  for (const Pair& pair : pairs_) patches += pair.geometry.patches;
  return patches;
}

double PairCheck::Weighted(double PairGeometry::*value) const {
  std::vector<std::pair<double, int>> values;
  for (const Pair& pair : pairs_) values.emplace_back(pair.geometry.*value, pair.geometry.patches);
  std::ranges::sort(values);
  int below = 0;
  for (const auto& [own, weight] : values) {
    below += weight;
    if (2 * below > patches()) return own;
  }
  return 0;
}

double PairCheck::ShareBehind() const {
  double behind = 0;
  for (const Pair& pair : pairs_) behind += pair.geometry.share_behind * pair.geometry.patches;
  return behind / std::max(patches(), 1);
}

PairVerdict PairCheck::Verdict() const {
  PairVerdict verdict;
  const auto fail = [&](PairFault fault, std::string why) {
    verdict.fault = fault;
    verdict.why = std::move(why);
    return verdict;
  };
  if (patches() < kFewestPatches) {
    verdict.note = fmt::format(
        "whether rows are off could not be told: only {} places were found in both pictures",
        patches());
  } else {
    verdict.row_offset_px = Weighted(&PairGeometry::row_offset);
    const double error = Weighted(&PairGeometry::row_error);
    if (error > kMostRows) {
      return fail(
          PairFault::kRowsOff,
          fmt::format(
              "rows of the right picture are off by {:+.1f} px in the middle, {:.1f} px as a rule",
              *verdict.row_offset_px, error));
    }
    if (error > kGoodRows)
      verdict.note = fmt::format(
          "rows of the right picture are off by {:.1f} px as a rule: rectify better, and more will "
          "match",
          error);
    if (ShareBehind() >= kSwappedShare) {
      return fail(PairFault::kSwapped,
                  fmt::format("{:.0f} % of what was found lies further right in the right one",
                              100 * ShareBehind()));
    }
  }
  double own = 0, other = 0;
  for (const Pair& pair : pairs_) {
    own += pair.density / pairs();
    other += pair.density_swapped / pairs();
  }
  if (other < kSwappedDensity * own + kLeastDensity) return verdict;
  return fail(PairFault::kSwapped,
              fmt::format("the other way round {:.0f} % are found again, this way {:.0f} %",
                          100 * other, 100 * own));
}

}  // namespace nightjar
