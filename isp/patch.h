// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <array>
#include <optional>

#include "core/pyramid.h"

namespace nightjar {

/// Four floats that are computed together on every machine: sums over lanes have one order,
/// whatever the vector width.
using FloatLanes = float __attribute__((vector_size(16)));

inline constexpr int kPatchRadius = 5;  // px of the level: 11 x 11 pixels
inline constexpr int kPatchSide = 2 * kPatchRadius + 1;
inline constexpr int kPatchPixels = kPatchSide * kPatchSide;
inline constexpr int kPatchVectors = 3;  // per row; the lanes past the patch are zero
static_assert(kPatchSide <= 4 * kPatchVectors && kPatchSide > 4 * (kPatchVectors - 1));

/// One value per pixel of a patch, row by row.
using PatchValues = std::array<FloatLanes, kPatchSide * kPatchVectors>;

/// A square patch of one level whose appearance is free of gain and offset: mean zero, norm one.
struct LevelPatch {
  PatchValues values;
  /// d values / d (patch position), the change of mean and norm taken out: orthogonal to 1 and to
  /// `values`.
  PatchValues along_x, along_y;
  Eigen::Matrix2f inverse_hessian;  // of (along_x, along_y), px^2
  float contrast = 0;               // standard deviation of the intensity
  float mean = 0;                   // of the intensity
  double texture = 1;               // TextureShare
};

/// A patch of an image to compare with another.
struct PatchSample {
  PatchValues values;  // mean zero, norm one; all zero where there is no contrast
  float contrast = 0;  // standard deviation of the intensity
  float mean = 0;      // of the intensity
};

/// How many places along a blur, in px, a patch is averaged over; 1: none.
int BlurTaps(const Eigen::Vector2f& blur);

/// The patch around (x, y) of `level` (px of the level) as it looks when it moves evenly by `blur`
/// (px of the level) in the time of the exposure, or nothing where that does not lie inside.
std::optional<PatchSample> SamplePatch(const PyramidLevel& level, float x, float y,
                                       const Eigen::Vector2f& blur = Eigen::Vector2f::Zero());

/// The same with its derivatives; nothing also where the contrast is below `min_contrast` or there
/// is no texture in some direction (the Hessian is singular to single precision).
std::optional<LevelPatch> ExtractLevelPatch(const PyramidLevel& level, float x, float y,
                                            float min_contrast,
                                            const Eigen::Vector2f& blur = Eigen::Vector2f::Zero());

/// Sum over all pixels of a * b.
float Dot(const PatchValues& a, const PatchValues& b);

/// What a registration by `patch` makes of image noise: the covariance of the position (px^2 of the
/// level) for a sum of squared residuals of one. Image noise is taken as white *before* the
/// pyramid's 3x3 binomial and interpolation, so neighbouring residuals are correlated; taking them
/// as independent would promise a sigma that is far too small. With J the derivatives and
/// C the correlation: (J'J)^-1 J'CJ (J'J)^-1 / (n - dimensions that the fit explains).
Eigen::Matrix2d CovarianceShape(const LevelPatch& patch, int level);

}  // namespace nightjar
