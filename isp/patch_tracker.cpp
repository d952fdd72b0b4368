// SPDX-License-Identifier: Apache-2.0
#include "isp/patch_tracker.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>

#include "core/check.h"

namespace nightjar {
namespace {

/// px of the level: a patch that moves further than this on one level has lost what it was
/// following.
constexpr float kMaxTravel = kPatchRadius + 1;

enum class Outcome { kSettled, kLeft, kRanAway };

struct Alignment {
  Outcome outcome = Outcome::kRanAway;
  Eigen::Vector2f position;  // px of the level
  float correlation = -1;    // at `position`
  float initial_correlation = -1;
};

/// Gauss-Newton on one level. As the derivatives are orthogonal to 1 and to the patch, the step
/// needs no residuals: J' (image - patch) = J' image.
Alignment Align(const LevelPatch& patch, const PyramidLevel& level, const Eigen::Vector2f& start,
                const PatchTrackerOptions& options) {
  Alignment result;
  result.position = start;
  const auto tolerance = static_cast<float>(options.convergence_px);
  for (int i = 0; i <= options.max_iterations; ++i) {
    float contrast = 0;
    const auto image = SamplePatch(level, result.position.x(), result.position.y(), &contrast);
    if (!image) {
      result.outcome = Outcome::kLeft;
      return result;
    }
    result.correlation = Dot(*image, patch.values);
    if (i == 0) result.initial_correlation = result.correlation;
    const Eigen::Vector2f slope(Dot(*image, patch.along_x), Dot(*image, patch.along_y));
    const Eigen::Vector2f step = patch.inverse_hessian * slope;
    if (!(step.squaredNorm() < kMaxTravel * kMaxTravel)) return result;
    result.position -= step;
    if ((result.position - start).squaredNorm() > kMaxTravel * kMaxTravel) return result;
    if (step.squaredNorm() < tolerance * tolerance) {
      result.outcome = Outcome::kSettled;
      return result;
    }
  }
  return result;
}

/// A patch's own noise is in its derivatives too and makes the Hessian H too large by b: what
/// counts is the Hessian of the texture alone. Returns (H - b)^-1 H, so that A H^-1 = (H - b)^-1.
/// Half of the residuals are the patch's noise.
Eigen::Matrix2d NoiseAttenuation(const Eigen::Matrix2f& inverse_hessian, double squares) {
  // Variance of the derivative over that of the intensity, for white noise behind the 3x3 binomial
  // and Scharr's filter.
  constexpr double kDerivativeNoise = 0.327;
  const double b = 0.5 * kDerivativeNoise * squares;
  const Eigen::Matrix2d share = b * inverse_hessian.cast<double>();
  // Beyond half there is hardly any texture; the bound on sigma refuses such matches.
  const double scale = std::min(1.0, 0.5 / std::max(share.trace(), 1e-12));
  return (Eigen::Matrix2d::Identity() - scale * share).inverse();
}

}  // namespace

Status PatchTrackerOptions::Validate() const {
  const auto fail = [](const char* what) { return Fail(ErrorKind::kUsage, what); };
  if (max_iterations < 1 || max_iterations > 100) return fail("max_iterations must be 1 .. 100");
  if (!(convergence_px > 0 && convergence_px <= 1)) {
    return fail("convergence_px must be above 0 and at most 1");
  }
  if (!(min_correlation >= -1 && min_correlation <= 1))
    return fail("min_correlation must be -1 .. 1");
  if (!(min_contrast > 0 && min_contrast <= 16383)) {
    return fail("min_contrast must be above 0 and at most 16383");
  }
  if (!(sigma_floor_px >= 0 && sigma_floor_px <= 100)) {
    return fail("sigma_floor_px must be 0 .. 100");
  }
  if (!(max_sigma_px > 0 && max_sigma_px <= 100)) {
    return fail("max_sigma_px must be above 0 and at most 100");
  }
  return {};
}

PatchTracker::PatchTracker(const PatchTrackerOptions& options) : options_(options) {
  NIGHTJAR_CHECK(options.Validate().has_value(), "options are validated where they are read");
}

tl::expected<FeaturePatch, PatchFailure> PatchTracker::Extract(const TrackingPyramid& frame,
                                                               const Eigen::Vector2d& pixel) const {
  tl::expected<FeaturePatch, PatchFailure> patch;
  patch->pixel = pixel;
  for (int k = 0; k < kPyramidLevels; ++k) {
    const Eigen::Vector2f position = (pixel / (1 << k)).cast<float>();
    const PyramidLevel& level = frame.levels[k];
    patch->levels[k] = ExtractLevelPatch(level, position.x(), position.y(),
                                         static_cast<float>(options_.min_contrast));
    if (k == 0 && !patch->levels[0]) {
      float contrast = 0;
      const bool inside = SamplePatch(level, position.x(), position.y(), &contrast).has_value();
      return tl::unexpected(inside ? PatchFailure::kFlat : PatchFailure::kLeftImage);
    }
  }
  patch->covariance_shape = CovarianceShape(*patch->levels[0]);
  return patch;
}

PatchResult PatchTracker::Track(const FeaturePatch& patch, const TrackingPyramid& frame,
                                const Eigen::Vector2d& predicted, int coarsest_level) const {
  if (!predicted.allFinite()) return tl::unexpected(PatchFailure::kLeftImage);
  Eigen::Vector2d pixel = predicted;
  for (int k = std::min(coarsest_level, kPyramidLevels - 1); k > 0; --k) {
    if (!patch.levels[k]) continue;
    const Alignment found =
        Align(*patch.levels[k], frame.levels[k], (pixel / (1 << k)).cast<float>(), options_);
    // A coarse level only proposes: what does not look better than the prediction is not taken.
    if (found.outcome == Outcome::kSettled && found.correlation >= found.initial_correlation) {
      pixel = found.position.cast<double>() * (1 << k);
    }
  }
  const Alignment found = Align(*patch.levels[0], frame.levels[0], pixel.cast<float>(), options_);
  if (found.outcome == Outcome::kLeft) return tl::unexpected(PatchFailure::kLeftImage);
  if (found.outcome == Outcome::kRanAway) return tl::unexpected(PatchFailure::kNotConverged);
  if (!(found.correlation >= options_.min_correlation))
    return tl::unexpected(PatchFailure::kDissimilar);

  PatchMatch match;
  match.pixel = found.position.cast<double>();
  match.correlation = found.correlation;
  // Both patches have norm one: |image - patch|^2 = 2 - 2 correlation.
  const double squares = 2.0 * std::max(0.0, 1.0 - static_cast<double>(found.correlation));
  const Eigen::Matrix2d attenuation = NoiseAttenuation(patch.levels[0]->inverse_hessian, squares);
  match.covariance = squares * attenuation * patch.covariance_shape * attenuation.transpose();
  match.covariance.diagonal().array() += options_.sigma_floor_px * options_.sigma_floor_px;
  const double half_trace = 0.5 * match.covariance.trace();
  const double largest =
      half_trace +
      std::sqrt(std::max(0.0, half_trace * half_trace - match.covariance.determinant()));
  if (!(largest <= options_.max_sigma_px * options_.max_sigma_px))
    return tl::unexpected(PatchFailure::kFlat);
  return match;
}

}  // namespace nightjar
