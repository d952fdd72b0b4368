// SPDX-License-Identifier: Apache-2.0
#include "isp/stereo_matcher.h"

#include <algorithm>
#include <cmath>

#include "core/check.h"

namespace nightjar {
namespace {

constexpr int kMaxCandidates = 512;
constexpr int kTriangulationSteps = 5;

}  // namespace

Status StereoMatcherOptions::Validate() const {
  const auto fail = [](const char* what) { return Fail(ErrorKind::kUsage, what); };
  if (!(min_distance_m >= 0.01 && min_distance_m <= 1000)) {
    return fail("min_distance_m must be 0.01 .. 1000");
  }
  if (!(epipolar_gate_px > 0 && epipolar_gate_px <= 100)) {
    return fail("epipolar_gate_px must be above 0 and at most 100");
  }
  if (!(return_gate_px > 0 && return_gate_px <= 100)) {
    return fail("return_gate_px must be above 0 and at most 100");
  }
  if (search_level < 0 || search_level >= kPyramidLevels)
    return fail("search_level must be 0 .. 3");
  if (!(min_search_correlation >= -1 && min_search_correlation <= 1)) {
    return fail("min_search_correlation must be -1 .. 1");
  }
  return {};
}

StereoMatcher::StereoMatcher(const RigCamera& from, const RigCamera& to,
                             const StereoMatcherOptions& options, const PatchTracker& tracker)
    : from_(from.model),
      to_(to.model),
      T_to_from_(to.T_body_camera.Inverse() * from.T_body_camera),
      options_(options),
      tracker_(tracker) {
  NIGHTJAR_CHECK(options.Validate().has_value(), "options are validated where they are read");
}

std::optional<Eigen::Vector2d> StereoMatcher::ProjectRay(
    const Eigen::Vector3d& bearing, double inverse_distance,
    Eigen::Vector2d* per_inverse_distance) const {
  // A point at distance d is d * bearing; dividing by d keeps infinity finite and changes no pixel.
  const Eigen::Vector3d point =
      T_to_from_.rotation * bearing + inverse_distance * T_to_from_.translation;
  Matrix23d J_pixel_point;
  const auto pixel =
      to_->Project(point, per_inverse_distance != nullptr ? &J_pixel_point : nullptr);
  if (pixel && per_inverse_distance != nullptr)
    *per_inverse_distance = J_pixel_point * T_to_from_.translation;
  return pixel;
}

std::optional<StereoMatcher::CurvePoint> StereoMatcher::BestOnCurve(
    const FeaturePatch& patch, const Eigen::Vector3d& bearing, const TrackingPyramid& other) const {
  const int k = options_.search_level;
  if (!patch.levels[k]) return std::nullopt;
  const PatchValues& wanted = patch.levels[k]->values;
  const double scale = 1.0 / (1 << k);
  const double end = 1.0 / options_.min_distance_m;
  double best = options_.min_search_correlation;
  std::optional<CurvePoint> best_point;
  double inverse_distance = 0;
  for (int i = 0; i < kMaxCandidates && inverse_distance <= end; ++i) {
    Eigen::Vector2d per_inverse_distance;
    const auto pixel = ProjectRay(bearing, inverse_distance, &per_inverse_distance);
    // Steps of one px of the level; where the curve has no pixel, a hundredth of it.
    double step = 0.01 * end;
    if (pixel) {
      step = std::clamp(1.0 / std::max(per_inverse_distance.norm() * scale, 1e-9), 1e-3 * end, end);
      const Eigen::Vector2f at = (*pixel * scale).cast<float>();
      const auto sample = SamplePatch(other.levels[k], at.x(), at.y());
      const double correlation = sample ? Dot(sample->values, wanted) : -1.0F;
      if (correlation > best) {
        best = correlation;
        best_point = CurvePoint{*pixel, inverse_distance};
      }
    }
    inverse_distance += step;
  }
  return best_point;
}

StereoResult StereoMatcher::Refine(const FeaturePatch& patch, const Eigen::Vector3d& bearing,
                                   const TrackingPyramid& other, const CurvePoint& start,
                                   int level) const {
  const PatchResult found = tracker_.Track(patch, other, start.pixel, level);
  if (!found) {
    return tl::unexpected(found.error() == PatchFailure::kLeftImage ? StereoFailure::kOutOfView
                                                                    : StereoFailure::kNotFound);
  }
  // The nearest point of the curve: Gauss-Newton over the inverse distance, from where the patch
  // was looked for. Steps that together reach across all distances that are allowed.
  double inverse_distance = start.inverse_distance;
  const double longest_step = 2 / (kTriangulationSteps * options_.min_distance_m);
  Eigen::Vector2d error;
  for (int i = 0; i <= kTriangulationSteps; ++i) {
    Eigen::Vector2d slope;
    const auto pixel = ProjectRay(bearing, inverse_distance, &slope);
    if (!pixel) return tl::unexpected(StereoFailure::kOffEpipolar);
    error = found->pixel - *pixel;
    const double squared = slope.squaredNorm();
    if (i == kTriangulationSteps || !(squared > 0)) break;
    inverse_distance += std::clamp(slope.dot(error) / squared, -longest_step, longest_step);
    // Noise puts far points beyond infinity; the error then says whether that is noise.
    inverse_distance = std::max(inverse_distance, 0.0);
  }
  if (error.norm() > options_.epipolar_gate_px || inverse_distance * options_.min_distance_m > 1) {
    return tl::unexpected(StereoFailure::kOffEpipolar);
  }
  return StereoMatch{found->pixel, found->covariance, inverse_distance, error.norm()};
}

std::optional<Eigen::Vector2d> StereoMatcher::Transfer(const Eigen::Vector2d& pixel,
                                                       double inverse_distance) const {
  const auto bearing = from_->Unproject(pixel);
  if (!bearing) return std::nullopt;
  return ProjectRay(*bearing, inverse_distance);
}

StereoResult StereoMatcher::MatchNear(const FeaturePatch& patch, const Eigen::Vector2d& seen_at,
                                      const TrackingPyramid& other, double inverse_distance) const {
  const auto bearing = from_->Unproject(seen_at);
  if (!bearing) return tl::unexpected(StereoFailure::kOutOfView);
  const auto start = ProjectRay(*bearing, inverse_distance);
  if (!start) return tl::unexpected(StereoFailure::kOutOfView);
  return Refine(patch, *bearing, other, {*start, inverse_distance}, 1);
}

StereoResult StereoMatcher::Search(const FeaturePatch& patch, const Eigen::Vector2d& seen_at,
                                   const TrackingPyramid& frame,
                                   const TrackingPyramid& other) const {
  const auto bearing = from_->Unproject(seen_at);
  if (!bearing) return tl::unexpected(StereoFailure::kOutOfView);
  const auto start = BestOnCurve(patch, *bearing, other);
  if (!start) return tl::unexpected(StereoFailure::kNotFound);
  StereoResult match = Refine(patch, *bearing, other, *start, options_.search_level);
  if (!match) return match;
  // One point of the other image belongs to one point of this one: a repeated texture rarely
  // returns.
  const auto back_patch = tracker_.Extract(other, match->pixel);
  if (!back_patch) return tl::unexpected(StereoFailure::kNotFound);
  const PatchResult back = tracker_.Track(*back_patch, frame, patch.pixel, 1);
  if (!back || (back->pixel - patch.pixel).norm() > options_.return_gate_px) {
    return tl::unexpected(StereoFailure::kNoReturn);
  }
  return match;
}

}  // namespace nightjar
