// SPDX-License-Identifier: Apache-2.0
#include "isp/patch_tracker.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>

#include "core/check.h"
#include "isp/motion_blur.h"
#include "isp/patch_noise.h"

namespace nightjar {
namespace {

/// px of the level: a patch that moves further than this on one level has lost what it was
/// following.
constexpr float kMaxTravel = kPatchRadius + 1;

/// Patches whose squared contrast is texture to less than this are flat: noise alone seems to be a
/// quarter texture as often as not.
constexpr double kLeastTexture = 0.3;

/// Of a blur that was added, what it is wrong by: motion is not quite even.
constexpr double kBlurError = 0.03;

double Square(double value) { return value * value; }

/// Patches whose noise is a smaller share of them are tracked there: it does not limit them.
constexpr double kClearNoise = 0.2;
/// The coarsest level that says where a patch is; on level 2 it is 44 px wide.
constexpr int kCoarsestFinest = 2;

enum class Outcome { kSettled, kLeft, kRanAway };

struct Alignment {
  Outcome outcome = Outcome::kRanAway;
  Eigen::Vector2f position;  // px of the level
  float correlation = -1;    // at `position`
  float initial_correlation = -1;
  float contrast = 0;  // of the image there, and its mean
  float mean = 0;
};

/// Gauss-Newton on one level. As the derivatives are orthogonal to 1 and to the patch, the step
/// needs no residuals: J' (image - patch) = J' image.
Alignment Align(const LevelPatch& patch, const PyramidLevel& level, const Eigen::Vector2f& start,
                const Eigen::Vector2f& blur, const PatchTrackerOptions& options) {
  Alignment result;
  result.position = start;
  const auto tolerance = static_cast<float>(options.convergence_px);
  for (int i = 0; i <= options.max_iterations; ++i) {
    const auto image = SamplePatch(level, result.position.x(), result.position.y(), blur);
    if (!image) {
      result.outcome = Outcome::kLeft;
      return result;
    }
    result.correlation = Dot(image->values, patch.values);
    result.contrast = image->contrast;
    result.mean = image->mean;
    if (i == 0) result.initial_correlation = result.correlation;
    const Eigen::Vector2f slope(Dot(image->values, patch.along_x),
                                Dot(image->values, patch.along_y));
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

/// What noise leaves of the correlation of 1 with the same texture. A place of hardly any contrast
/// does not get away with its noise: the patch's own texture would stand out of it.
double ExpectedCorrelation(const LevelPatch& patch, const IntensityNoise& noise, int level,
                           const Eigen::Vector2f& blur, const Alignment& found) {
  const double variance = PatchNoise(noise, level, found.position, found.mean, blur);
  if (variance == 0) return std::sqrt(patch.texture);
  const double texture = patch.texture * Square(patch.contrast);
  const double expected = texture / (texture + variance);
  return std::sqrt(patch.texture * std::max(expected, TextureShare(found.contrast, variance)));
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

/// Sets the level on which noise moves the patch least, with its shape; false where no level has
/// texture.
bool ChooseLevel(FeaturePatch& patch) {
  double least = 0;
  bool found = false;
  for (int k = 0; k <= kCoarsestFinest; ++k) {
    if (!patch.levels[k]) continue;
    const LevelPatch& level = *patch.levels[k];
    const Eigen::Matrix2d shape = CovarianceShape(level, k);
    // What it is compared with is as noisy as it was before it was blurred.
    const double noise = (1 - level.texture) / LeftByBlur(k, (patch.blur / (1 << k)).cast<float>());
    const double squares = 2 * noise;
    const Eigen::Matrix2d attenuation = NoiseAttenuation(level.inverse_hessian, squares);
    const double variance =
        (1 << 2 * k) * squares * (attenuation * shape * attenuation.transpose()).trace();
    if (found && !(variance < least)) continue;
    found = true;
    least = variance;
    patch.finest = k;
    patch.covariance_shape = shape;
    if (noise < kClearNoise) break;
  }
  return found;
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
                                                               const Eigen::Vector2d& pixel,
                                                               const Eigen::Vector2d& blur) const {
  if (!SamplePatch(frame.levels[0], static_cast<float>(pixel.x()), static_cast<float>(pixel.y()),
                   blur.cast<float>())) {
    return tl::unexpected(PatchFailure::kLeftImage);
  }
  tl::expected<FeaturePatch, PatchFailure> patch;
  patch->pixel = pixel;
  patch->blur = blur;
  for (int k = 0; k < kPyramidLevels; ++k) {
    const Eigen::Vector2f position = (pixel / (1 << k)).cast<float>();
    const Eigen::Vector2f blur_of_level = (blur / (1 << k)).cast<float>();
    std::optional<LevelPatch> level =
        ExtractLevelPatch(frame.levels[k], position.x(), position.y(),
                          static_cast<float>(options_.min_contrast), blur_of_level);
    if (!level) continue;
    const double variance = PatchNoise(frame.noise, k, position, level->mean, blur_of_level);
    level->texture = TextureShare(level->contrast, variance);
    if (level->texture >= kLeastTexture) patch->levels[k] = level;
  }
  if (!ChooseLevel(*patch)) return tl::unexpected(PatchFailure::kFlat);
  return patch;
}

PatchResult PatchTracker::Track(const FeaturePatch& patch, const TrackingPyramid& frame,
                                const Eigen::Vector2d& predicted, int coarsest_level,
                                const Eigen::Vector2d& blur) const {
  if (!predicted.allFinite()) return tl::unexpected(PatchFailure::kLeftImage);
  Eigen::Vector2d pixel = predicted;
  for (int k = std::min(coarsest_level, kPyramidLevels - 1); k > patch.finest; --k) {
    if (!patch.levels[k]) continue;
    const Alignment found =
        Align(*patch.levels[k], frame.levels[k], (pixel / (1 << k)).cast<float>(),
              (blur / (1 << k)).cast<float>(), options_);
    // A coarse level only proposes: what does not look better than the prediction is not taken.
    if (found.outcome == Outcome::kSettled && found.correlation >= found.initial_correlation) {
      pixel = found.position.cast<double>() * (1 << k);
    }
  }
  const int finest = patch.finest;
  const double scale = 1 << finest;
  const LevelPatch& wanted = *patch.levels[finest];
  const Eigen::Vector2f finest_blur = (blur / scale).cast<float>();
  const Alignment found =
      Align(wanted, frame.levels[finest], (pixel / scale).cast<float>(), finest_blur, options_);
  if (found.outcome == Outcome::kLeft) return tl::unexpected(PatchFailure::kLeftImage);
  if (found.outcome == Outcome::kRanAway) return tl::unexpected(PatchFailure::kNotConverged);
  const double expected = ExpectedCorrelation(wanted, frame.noise, finest, finest_blur, found);

  PatchMatch match;
  match.pixel = scale * found.position.cast<double>();
  match.correlation = CorrelationOfTexture(found.correlation, expected);
  if (!(match.correlation >= options_.min_correlation))
    return tl::unexpected(PatchFailure::kDissimilar);
  // Both patches have norm one: |image - patch|^2 = 2 - 2 correlation. Chance may make them more
  // alike than noise allows, which makes the match no better.
  const double alike = std::min(static_cast<double>(found.correlation), expected);
  const double squares = 2.0 * std::max(0.0, 1.0 - alike);
  const Eigen::Matrix2d attenuation = NoiseAttenuation(wanted.inverse_hessian, squares);
  // Blurring takes away noise, which each image's share of the squares gets back; and a blurred
  // match errs by more than noise, as no motion is quite even. Taken as if taps did not share
  // noise, it is twice what noise alone would be, and what such matches are wrong by
  // (docs/maths/tracking.md).
  const auto taps = [&](const Eigen::Vector2d& px) { return BlurTaps((px / scale).cast<float>()); };
  const double together = 2 / (1.0 / taps(patch.blur) + 1.0 / taps(blur));
  match.covariance = scale * scale * together * squares * attenuation * patch.covariance_shape *
                     attenuation.transpose();
  match.covariance.diagonal().array() += Square(scale * options_.sigma_floor_px);
  for (const Eigen::Vector2d& added : {patch.blur, blur})
    match.covariance += Square(kBlurError) * added * added.transpose();
  const double half_trace = 0.5 * match.covariance.trace();
  const double largest =
      half_trace +
      std::sqrt(std::max(0.0, half_trace * half_trace - match.covariance.determinant()));
  const double longest_blur = std::max(patch.blur.norm(), blur.norm());
  if (!(largest <= Square(options_.max_sigma_px + kBlurAllowance * longest_blur)))
    return tl::unexpected(PatchFailure::kFlat);
  return match;
}

}  // namespace nightjar
