// SPDX-License-Identifier: Apache-2.0
#include <Eigen/Dense>
#include <algorithm>
#include <array>

#include "isp/noise_correlation.h"
#include "isp/patch.h"

namespace nightjar {
namespace {

constexpr int kReach = kNoiseReach;
constexpr int kStride = 4 * kPatchVectors + 2 * kReach;
constexpr int kRows = kPatchSide + 2 * kReach;

/// By distance, along one axis.
using Correlation = std::array<float, kReach + 1>;

/// The sum of C over a whole patch of ones, per pixel, in one dimension.
float OnesAlongOneAxis(const Correlation& correlation) {
  float sum = kPatchSide;
  for (int d = 1; d <= kReach; ++d) sum += 2 * static_cast<float>(kPatchSide - d) * correlation[d];
  return sum / kPatchSide;
}

/// C * values, separably, zero outside of the patch.
void Correlate(const Correlation& correlation, const PatchValues& values, PatchValues& out) {
  float grid[kRows * kStride] = {};
  float rows[kRows * kStride] = {};
  const float* from = reinterpret_cast<const float*>(values.data());
  for (int r = 0; r < kPatchSide; ++r) {
    std::copy_n(from + 4 * kPatchVectors * r, 4 * kPatchVectors,
                grid + (r + kReach) * kStride + kReach);
  }
  for (int i = kReach * kStride; i < (kReach + kPatchSide) * kStride; ++i) {
    float sum = grid[i];
    for (int d = 1; d <= kReach; ++d) sum += correlation[d] * (grid[i - d] + grid[i + d]);
    rows[i] = sum;
  }
  float* to = reinterpret_cast<float*>(out.data());
  for (int r = 0; r < kPatchSide; ++r) {
    const float* row = rows + (r + kReach) * kStride + kReach;
    for (int c = 0; c < 4 * kPatchVectors; ++c) {
      float sum = row[c];
      for (int d = 1; d <= kReach; ++d) {
        sum += correlation[d] * (row[c - d * kStride] + row[c + d * kStride]);
      }
      to[4 * kPatchVectors * r + c] = sum;
    }
  }
}

}  // namespace

Eigen::Matrix2d CovarianceShape(const LevelPatch& patch, int level) {
  const Correlation& correlation = kNoiseCorrelations[level];
  PatchValues spread;
  Correlate(correlation, patch.along_x, spread);
  const float xx = Dot(patch.along_x, spread);
  const float xy = Dot(patch.along_y, spread);
  Correlate(correlation, patch.along_y, spread);
  const float yy = Dot(patch.along_y, spread);
  Correlate(correlation, patch.values, spread);
  const float gain = Dot(patch.values, spread);
  const float offset = OnesAlongOneAxis(correlation) * OnesAlongOneAxis(correlation);

  Eigen::Matrix2d jcj;
  jcj << xx, xy, xy, yy;
  const Eigen::Matrix2d inverse = patch.inverse_hessian.cast<double>();
  const double explained = (inverse * jcj).trace() + gain + offset;
  const double left = std::max(kPatchPixels - explained, 0.25 * kPatchPixels);
  const Eigen::Matrix2d shape = inverse * jcj * inverse / left;
  return 0.5 * (shape + shape.transpose());
}

}  // namespace nightjar
