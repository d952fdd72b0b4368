// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/focal_search.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "calibration/make_camera_model.h"
#include "core/so3.h"

namespace nightjar {
namespace {

// Steps of the logarithm of the scale: 1.26, then 1.12, then 1.06.
constexpr double kCoarse = 0.2310490601866484;  // ln 2 / 3
constexpr int kCoarseSteps = 3;                 // to either side: half to double
// Unexplained share of the camera's rates with which the calibrated focal length needs no rivals
// but its neighbours. Of slow motion, a map and an offset that are wrong explain 98 %.
constexpr double kContent = 0.01;
// By how much another focal length has to be better. Where the calibrated one is right, the best
// one's gain is a few per cent; an error of a tenth multiplies what is unexplained by 3 and more.
constexpr double kClearly = 1.5;

struct Trial {
  double log_scale = 0;
  std::optional<GyroCameraAlignment> alignment;
  double Unexplained() const { return alignment ? 1 - alignment->explained : 1; }
};

bool Less(const Trial& a, const Trial& b) { return a.Unexplained() < b.Unexplained(); }

std::shared_ptr<const CameraModel> Scaled(const CameraModel& model, double scale) {
  const std::vector<double> p = model.Parameters();
  const auto scaled = MakeCameraModel(model.Name(), {scale * p[0], scale * p[1], p[2], p[3]},
                                      {p.begin() + 4, p.end()});
  return scaled ? *scaled : nullptr;
}

// Where the parabola through three points at equal distances is lowest.
double Vertex(const std::array<Trial, 3>& at) {
  const double bend = at[0].Unexplained() - 2 * at[1].Unexplained() + at[2].Unexplained();
  const double step = at[2].log_scale - at[1].log_scale;
  if (!(bend > 0)) return at[1].log_scale;
  const double shift = 0.5 * (at[0].Unexplained() - at[2].Unexplained()) / bend;
  return at[1].log_scale + std::clamp(shift, -1.0, 1.0) * step;
}

}  // namespace

std::vector<BearingPair> Unproject(const CameraModel& model, std::span<const PixelPair> pairs) {
  std::vector<BearingPair> bearings;
  for (const PixelPair& pair : pairs) {
    const auto previous = model.Unproject(pair.previous);
    const auto current = model.Unproject(pair.current);
    if (previous && current) bearings.push_back({*previous, *current});
  }
  return bearings;
}

void FocalSearch::Add(int64_t number, double interval_s, std::vector<PixelPair> pairs) {
  if (number % stride_ != 0) return;
  kept_.push_back({number, interval_s, std::move(pairs)});
  if (kept_.size() <= kMost) return;
  stride_ *= 2;
  std::erase_if(kept_, [this](const Kept& kept) { return kept.number % stride_ != 0; });
}

std::optional<GyroCameraAlignment> FocalSearch::Align(std::span<const RotationInterval> intervals,
                                                      double scale) const {
  const auto model = Scaled(*model_, scale);
  if (!model) return std::nullopt;
  std::vector<RotationInterval> again;
  auto interval = intervals.begin();
  for (const Kept& kept : kept_) {
    while (interval != intervals.end() && interval->number < kept.number) ++interval;
    if (interval == intervals.end()) break;
    if (interval->number != kept.number) continue;  // the gyro was not there
    const auto turned = EstimateRelativeRotation(Unproject(*model, kept.pairs));
    if (!turned) continue;
    again.push_back(*interval);
    again.back().angular_velocity_camera = so3::Log(turned->R_previous_current) / kept.interval_s;
  }
  return AlignGyroAndCamera(again);
}

std::optional<CameraAlignment> FocalSearch::Search(
    std::span<const RotationInterval> intervals) const {
  const auto attempt = [&](double log_scale) {
    return Trial{log_scale, Align(intervals, std::exp(log_scale))};
  };
  const Trial calibrated = attempt(0);
  if (!calibrated.alignment) return std::nullopt;
  std::array<Trial, 3> around = {attempt(-kCoarse / 2), calibrated, attempt(kCoarse / 2)};
  const auto is_lowest = [&around] {
    return !Less(around[0], around[1]) && !Less(around[2], around[1]);
  };
  if (is_lowest() && calibrated.Unexplained() < kContent) return std::nullopt;
  Trial best = calibrated;
  for (int k = -kCoarseSteps; k <= kCoarseSteps; ++k)
    best = k == 0 ? best : std::min(best, attempt(k * kCoarse), Less);
  for (const double step : {kCoarse / 2, kCoarse / 4}) {
    around = {attempt(best.log_scale - step), best, attempt(best.log_scale + step)};
    best = *std::min_element(around.begin(), around.end(), Less);
  }
  if (is_lowest()) best = std::min(best, attempt(Vertex(around)), Less);
  if (best.Unexplained() * kClearly > calibrated.Unexplained()) return std::nullopt;
  return CameraAlignment{*best.alignment, std::exp(best.log_scale)};
}

}  // namespace nightjar
