// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <array>
#include <optional>
#include <tl/expected.hpp>

#include "core/pyramid.h"
#include "core/result.h"
#include "isp/patch.h"

namespace nightjar {

struct PatchTrackerOptions {
  /// Gauss-Newton steps per level, 1 .. 100.
  int max_iterations = 10;
  /// px of the level, above 0 .. 1: a step shorter than this ends a level. Smaller ones cost time
  /// and lose more patches than they sharpen.
  double convergence_px = 0.03;
  /// Normalised correlation that a match must have, -1 .. 1. Where the noise is known it is that of
  /// the texture alone.
  double min_correlation = 0.8;
  /// Standard deviation of the intensity (0 .. 16383) below which a patch is flat, above 0 ..
  /// 16383: 0.1 DN of 8 bits.
  double min_contrast = 6;
  /// px, 0 .. 100: added to the covariance on both axes, for what is not noise: interpolation,
  /// perspective.
  double sigma_floor_px = 0.03;
  /// px, above 0 .. 100: a match whose predicted sigma along any axis is larger than this says
  /// nothing (an edge, the dark).
  double max_sigma_px = 1.0;

  Status Validate() const;
};

/// Why a patch was not found.
enum class PatchFailure {
  kLeftImage,     // its square (11 x 11 px) leaves the image
  kFlat,          // no texture, or texture along one direction only
  kNotConverged,  // the iteration ran away or did not settle
  kDissimilar,    // what is there correlates too little
};

/// Where a patch was found.
struct PatchMatch {
  Eigen::Vector2d pixel = Eigen::Vector2d::Zero();  // px of level 0
  Eigen::Matrix2d covariance =
      Eigen::Matrix2d::Identity();  // px^2, of `pixel` relative to the patch's own position
  /// -1 .. 1; where the noise is known, what it would be without (CorrelationOfTexture).
  double correlation = 0;
};

using PatchResult = tl::expected<PatchMatch, PatchFailure>;

/// The appearance of a point of a frame at all levels at which its square lies inside the image.
struct FeaturePatch {
  Eigen::Vector2d pixel = Eigen::Vector2d::Zero();  // px of level 0
  std::array<std::optional<LevelPatch>, kPyramidLevels> levels;
  /// The level that says best where it is: 0, but for patches that are little more than noise or
  /// flat there.
  int finest = 0;
  Eigen::Matrix2d covariance_shape = Eigen::Matrix2d::Zero();  // of `finest`, see CovarianceShape
  Eigen::Vector2d blur = Eigen::Vector2d::Zero();              // that it was given, px of level 0
};

/// Finds patches again in other frames: inverse-compositional Gauss-Newton over the position
/// (Baker, Matthews, "Lucas-Kanade 20 years on", IJCV 2004), coarse to fine, on patches free of
/// gain and offset.
///
/// The covariance of a match follows from its own residuals: their sum of squares, the patch's
/// derivatives and the correlation that the pyramid leaves between neighbours (CovarianceShape),
/// plus the floor. Stateless; safe to use from several threads.
class PatchTracker {
 public:
  /// `options` must be valid.
  explicit PatchTracker(const PatchTrackerOptions& options = {});

  /// kLeftImage where level 0 has no room for it, kFlat where there is nothing to track. `blur`:
  /// what to blur it by (px of level 0), so that it looks as in a frame whose motion blur is larger
  /// (isp/motion_blur.h).
  tl::expected<FeaturePatch, PatchFailure> Extract(
      const TrackingPyramid& frame, const Eigen::Vector2d& pixel,
      const Eigen::Vector2d& blur = Eigen::Vector2d::Zero()) const;

  /// Looks for `patch` in `frame` around `predicted` (px of level 0), beginning at `coarsest_level`
  /// (0 .. 3): a prediction may be wrong by about 4 px * 2^coarsest_level. `blur`: what to blur
  /// `frame` by, where it is sharper than the patch.
  PatchResult Track(const FeaturePatch& patch, const TrackingPyramid& frame,
                    const Eigen::Vector2d& predicted, int coarsest_level = kPyramidLevels - 1,
                    const Eigen::Vector2d& blur = Eigen::Vector2d::Zero()) const;

 private:
  PatchTrackerOptions options_;
};

}  // namespace nightjar
