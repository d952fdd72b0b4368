// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <memory>
#include <optional>
#include <tl/expected.hpp>

#include "calibration/rig.h"
#include "core/pyramid.h"
#include "core/result.h"
#include "isp/patch_tracker.h"

namespace nightjar {

struct StereoMatcherOptions {
  /// m, 0.01 .. 1000: nothing nearer is looked for. Arm's length is 0.6 m.
  double min_distance_m = 0.3;
  /// px, above 0 .. 100: how far a match may lie from its epipolar curve. Of a real rig's matches 9
  /// of 10 lie within 0.6.
  double epipolar_gate_px = 1.0;
  /// px, above 0 .. 100: a match followed back must return to where it came from within this.
  double return_gate_px = 0.5;
  /// Pyramid level that the epipolar curve is searched on, 0 .. 3. On level 2 the 170 px that 0.3 m
  /// makes at a focal length of 460 px and a baseline of 0.11 m are 42 candidates.
  int search_level = 2;
  /// Normalised correlation that a candidate on that level must have, -1 .. 1.
  double min_search_correlation = 0.6;

  Status Validate() const;
};

enum class StereoFailure {
  kOutOfView,    // the other camera does not see any of the curve, or the patch at its end
  kNotFound,     // nothing there looks like it
  kOffEpipolar,  // what looks like it lies off the curve, behind the camera or too near
  kNoReturn,     // followed back it ends elsewhere
};

struct StereoMatch {
  Eigen::Vector2d pixel = Eigen::Vector2d::Zero();  // px of the other camera
  Eigen::Matrix2d covariance =
      Eigen::Matrix2d::Identity();  // px^2, relative to the patch's own position
  double inverse_distance = 0;      // 1/m, along the ray from the first camera; >= 0
  double epipolar_error_px = 0;     // distance from the epipolar curve, >= 0
};

using StereoResult = tl::expected<StereoMatch, StereoFailure>;

/// Finds what one camera of a rig sees in another that exposed together with it. Where the other
/// exposed a little earlier or later, the geometry is that of the moment at which it did: `seen_at`
/// is then where the first camera would have seen the patch at that moment. Any camera models;
/// needs no rectification: the epipolar curve is the projection of the first camera's ray. Safe to
/// use from several threads.
class StereoMatcher {
 public:
  /// `options` must be valid.
  StereoMatcher(const RigCamera& from, const RigCamera& to, const StereoMatcherOptions& options,
                const PatchTracker& tracker);

  /// `patch` is a patch of `frame`, the first camera's; `other` the second camera's. Without
  /// knowing the distance: searches the curve on a coarse level, refines, and follows the match
  /// back.
  StereoResult Search(const FeaturePatch& patch, const Eigen::Vector2d& seen_at,
                      const TrackingPyramid& frame, const TrackingPyramid& other) const;
  StereoResult Search(const FeaturePatch& patch, const TrackingPyramid& frame,
                      const TrackingPyramid& other) const {
    return Search(patch, patch.pixel, frame, other);
  }

  /// The same beginning at a distance that is known to about 10 px of disparity (1/m, >= 0):
  /// several times cheaper.
  StereoResult MatchNear(const FeaturePatch& patch, const Eigen::Vector2d& seen_at,
                         const TrackingPyramid& other, double inverse_distance) const;
  StereoResult MatchNear(const FeaturePatch& patch, const TrackingPyramid& other,
                         double inverse_distance) const {
    return MatchNear(patch, patch.pixel, other, inverse_distance);
  }

  /// Where the second camera sees what the first one sees at `pixel`, at this distance along its
  /// ray (1/m, >= 0); nothing where it does not.
  std::optional<Eigen::Vector2d> Transfer(const Eigen::Vector2d& pixel,
                                          double inverse_distance) const;

 private:
  std::optional<Eigen::Vector2d> ProjectRay(const Eigen::Vector3d& bearing, double inverse_distance,
                                            Eigen::Vector2d* per_inverse_distance = nullptr) const;
  /// A point of the epipolar curve.
  struct CurvePoint {
    Eigen::Vector2d pixel;
    double inverse_distance;
  };
  std::optional<CurvePoint> BestOnCurve(const FeaturePatch& patch, const Eigen::Vector3d& bearing,
                                        const TrackingPyramid& other) const;
  StereoResult Refine(const FeaturePatch& patch, const Eigen::Vector3d& bearing,
                      const TrackingPyramid& other, const CurvePoint& start, int level) const;

  std::shared_ptr<const CameraModel> from_, to_;
  Se3 T_to_from_;
  StereoMatcherOptions options_;
  PatchTracker tracker_;
};

}  // namespace nightjar
