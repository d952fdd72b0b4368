// SPDX-License-Identifier: Apache-2.0
#include "isp/depth/coarse_match.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include "isp/depth/disparity_checks.h"
#include "isp/depth/disparity_map.h"
#include "isp/depth/semi_global_aggregation.h"
#include "isp/depth/stereo_costs.h"

namespace nightjar {
namespace {

constexpr int kWidth = 150, kMostShrink = 4;
constexpr float kLeastMargin = 3;  // units of a cost
constexpr int kLightStep = 16;

// Sums over squares, times `gain` over `divisor`, rounded.
template <typename T>
Image<uint16_t> Shrink(const Image<T>& image, int shrink, int gain, int divisor) {
  Image<uint16_t> out(image.width() / shrink, image.height() / shrink);
  std::vector<uint32_t> sums(static_cast<size_t>(out.width()));
  for (int y = 0; y < out.height(); ++y) {
    std::ranges::fill(sums, 0);
    for (int v = 0; v < shrink; ++v) {
      const T* row = &image(0, y * shrink + v);
      for (int x = 0; x < out.width(); ++x) {
        for (int u = 0; u < shrink; ++u) sums[x] += row[x * shrink + u];
      }
    }
    for (int x = 0; x < out.width(); ++x)
      out(x, y) = static_cast<uint16_t>((sums[x] * gain + divisor / 2) / divisor);
  }
  return out;
}

StereoPicture ShrinkFine(const StereoPicture& picture, int shrink) {
  StereoPicture out;
  out.fine = Shrink(picture.fine, shrink, 1, shrink * shrink);
  // Light of no meaning: it must not decide.
  out.light = FilledImage<uint8_t>(out.fine.width(), out.fine.height(), 0);
  return out;
}

double DensityOf(const Image<float>& disparity_px, int first) {
  int64_t known = 0, all = 0;
  for (int y = 0; y < disparity_px.height(); ++y) {
    for (int x = first; x < disparity_px.width(); ++x, ++all) known += IsKnown(disparity_px(x, y));
  }
  return all > 0 ? static_cast<double>(known) / static_cast<double>(all) : 0;
}

// Of the values at seven shares of all: where one picture has the first, the other has the second.
struct Knot {
  double from, to;
};

// How often each light comes.
using Histogram = std::vector<int>;

double ValueAt(const Histogram& counts, int64_t rank) {
  size_t value = 0;
  for (int64_t below = counts[0]; below <= rank; below += counts[++value]) {
  }
  return static_cast<double>(value) / kLightStep;
}

std::vector<Knot> FindKnots(const Histogram& from, const Histogram& to, int64_t pixels) {
  std::vector<Knot> knots;
  for (const int percent : {2, 10, 25, 50, 75, 90, 98}) {
    const int64_t rank = pixels * percent / 100;
    const Knot knot = {ValueAt(from, rank), ValueAt(to, rank)};
    if (knots.empty() || knot.from >= knots.back().from + 1) knots.push_back(knot);
  }
  return knots;
}

// Straight between knots, and beyond them as the line through the first and the last one.
std::array<uint8_t, 256> CurveThrough(const std::vector<Knot>& knots) {
  const Knot &first = knots.front(), &last = knots.back();
  const double slope = (last.to - first.to) / (last.from - first.from);
  std::array<uint8_t, 256> curve = {};
  size_t next = 1;
  for (int i = 0; i < 256; ++i) {
    double to = 0;
    if (i < first.from) {
      to = first.to + slope * (i - first.from);
    } else if (i >= last.from) {
      to = last.to + slope * (i - last.from);
    } else {
      while (i >= knots[next].from) ++next;
      const Knot &a = knots[next - 1], &b = knots[next];
      to = a.to + (b.to - a.to) * (i - a.from) / (b.from - a.from);
    }
    curve[i] = static_cast<uint8_t>(std::lrint(std::clamp(to, 0.0, 255.0)));
  }
  return curve;
}

}  // namespace

Result<CoarseMatch> MatchCoarsely(const StereoPicture& left, const StereoPicture& right,
                                  int disparities, const RunTasks& run) {
  CoarseMatch match;
  match.shrink = std::clamp(left.fine.width() / kWidth, 1, kMostShrink);
  const StereoPicture lefts = ShrinkFine(left, match.shrink),
                      rights = ShrinkFine(right, match.shrink);
  const int levels = std::clamp(disparities / match.shrink + 1, 4, kMostLevels);
  LargeBlock memory;
  const StereoCosts costs(lefts, rights, levels, 0, memory, run);
  const auto found = AggregateSemiGlobally(costs, lefts.light, {}, true, run);
  if (!found) return tl::unexpected(found.error());
  match.disparity_px = found->level;
  match.disparity_px.for_each_element([&](int x, int y) {
    if (found->margin(x, y) < kLeastMargin) match.disparity_px(x, y) = kNoDisparity;
  });
  KeepWhatBothSee(found->other_level, 1, match.disparity_px);
  const int pixels = match.shrink * match.shrink;
  match.left_light = Shrink(left.light, match.shrink, kLightStep, pixels);
  match.right_light = Shrink(right.light, match.shrink, kLightStep, pixels);
  match.density = DensityOf(match.disparity_px, std::min(levels, match.disparity_px.width() / 2));
  return match;
}

void EqualiseLight(const CoarseMatch& match, StereoPicture& right) {
  constexpr int64_t kFewest = 200;
  constexpr double kLeastDifference = 2;  // steps of light
  Histogram from(256 * kLightStep), to(from.size());
  int64_t pixels = 0;
  match.disparity_px.for_each_element([&](int x, int y) {
    const float disparity = match.disparity_px(x, y);
    if (!IsKnown(disparity)) return;
    ++from[match.right_light(x - static_cast<int>(disparity + 0.5F), y)];
    ++to[match.left_light(x, y)];
    ++pixels;
  });
  if (pixels < kFewest) return;
  const std::vector<Knot> knots = FindKnots(from, to, pixels);
  const bool alike = std::ranges::all_of(
      knots, [](const Knot& knot) { return std::abs(knot.from - knot.to) < kLeastDifference; });
  if (alike || knots.size() < 2) return;
  const std::array<uint8_t, 256> curve = CurveThrough(knots);
  right.light.for_each_value([&](uint8_t& value) { value = curve[value]; });
}

}  // namespace nightjar
