// SPDX-License-Identifier: Apache-2.0
#include "isp/depth/disparity_sigma.h"

#include <algorithm>
#include <cmath>

#include "isp/depth/disparity_checks.h"
#include "isp/depth/disparity_map.h"
#include "isp/depth/sigma_law.h"

namespace nightjar {
namespace {

constexpr int kReach = 2;     // px, of roughness
constexpr float kSteps = 16;  // of a disparity to 1 px, where differences are counted
constexpr uint16_t kUnknown = 65535;

}  // namespace

SigmaEvidenceRows::SigmaEvidenceRows(const Image<float>& disparity_px, const LevelMap& levels,
                                     const Image<uint8_t>& source, const StereoPair& pair,
                                     const RowKernels& kernels)
    : disparity_px_(disparity_px),
      levels_(levels),
      source_(source),
      pair_(pair),
      kernels_(kernels) {
  const size_t width = static_cast<size_t>(disparity_px.width());
  for (auto& row : rows_) row.resize(width + 2 * kReach);
  sums_.resize(width);
  roughness_.resize(width);
  evidence_.resize(width);
}

void SigmaEvidenceRows::Fetch(int y) {
  const int width = disparity_px_.width();
  const float* from = &disparity_px_(0, std::clamp(y, 0, disparity_px_.height() - 1));
  std::vector<uint16_t>& row = rows_.back();
  uint16_t* to = row.data() + kReach;
  for (int x = 0; x < width; ++x) {
    // Also of +inf a number, as it is not used.
    const float steps = std::min(from[x] * kSteps + 0.5F, 60000.0F);
    to[x] = from[x] < kNoDisparity ? static_cast<uint16_t>(steps) : kUnknown;
  }
  std::fill_n(row.begin(), kReach, to[0]);
  std::fill_n(row.end() - kReach, kReach, to[width - 1]);
}

const std::vector<SigmaEvidence>& SigmaEvidenceRows::Row(int y) {
  const int width = disparity_px_.width();
  const int fetched = next_ == y ? kReach : -kReach;  // all, where the rows in memory are others
  for (int dy = fetched; dy <= kReach; ++dy) {
    std::ranges::rotate(rows_, rows_.begin() + 1);
    Fetch(y + dy);
  }
  next_ = y + 1;
  RoughRow rough;
  rough.width = width;
  rough.most = static_cast<uint16_t>(2 * kSteps);
  rough.square_of_unknown = static_cast<uint16_t>(kSteps * kSteps);
  for (size_t i = 0; i < rows_.size(); ++i) rough.rows[i] = rows_[i].data();
  rough.sums = sums_.data();
  kernels_.rough(rough);
  constexpr float kShare = 1 / (kSteps * (2 * kReach + 1));
  for (int x = 0; x < width; ++x) roughness_[x] = kShare * std::sqrt(static_cast<float>(sums_[x]));
  const bool noisy = pair_.left.noise.data() != nullptr && pair_.right.noise.data() != nullptr;
  for (int x = 0; x < width; ++x) {
    const float disparity = disparity_px_(x, y);
    if (!IsKnown(disparity)) continue;
    const PixelPlace from = SourceOf(source_, x, y);
    SigmaEvidence& evidence = evidence_[x];
    evidence.margin = levels_.margin(from.x, from.y);
    evidence.cost = levels_.cost(from.x, from.y);
    evidence.curvature = levels_.curvature(from.x, from.y);
    evidence.roughness = roughness_[x];
    if (!noisy) continue;
    const float left = pair_.left.noise(x, y);
    const float right = pair_.right.noise(std::max(0, x - static_cast<int>(disparity + 0.5F)), y);
    evidence.noise = std::sqrt(left * left + right * right) / 16;
  }
  return evidence_;
}

void FindDisparitySigma(const Image<float>& disparity_px, const LevelMap& levels,
                        const Image<uint8_t>& source, const StereoPair& pair, int first, int end,
                        Image<float>& sigma_px) {
  const SigmaLaw law(pair.noise);
  SigmaEvidenceRows rows(disparity_px, levels, source, pair);
  for (int y = first; y < end; ++y) {
    const std::vector<SigmaEvidence>& evidence = rows.Row(y);
    for (int x = 0; x < disparity_px.width(); ++x)
      sigma_px(x, y) = IsKnown(disparity_px(x, y)) ? law.Of(evidence[x]) : kNoDisparity;
  }
}

}  // namespace nightjar
