// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/mounting_verdict.h"

#include <algorithm>
#include <numbers>

#include "calibration/estimate/signed_permutation.h"

namespace nightjar {
namespace {

using Kind = MountingHypothesis::Kind;

constexpr int kMinCorners = 100;
constexpr double kMinShare = 0.2;      // of the corners: that many are seen by both cameras
constexpr double kMinDisparity = 1.5;  // px; below, every hypothesis finds everything
constexpr double kMinRate = 0.03;      // rad/s: below, camera rates are their own noise
constexpr double kMinExplained = 0.6;  // of the camera's rates, by those of the gyro
constexpr double kGivenMisfit = 0.03;  // sin^2 of 10 deg: a mounting to be calibrated, not another
constexpr double kMostMisfit = 0.06;   // sin^2 of 14 deg
constexpr double kKnownScale = 0.1;    // relative sigma
constexpr double kDegrees = 180 / std::numbers::pi;

bool StereoAllows(Kind kind, StereoVerdict stereo) {
  if (stereo == StereoVerdict::kGiven) return kind != Kind::kInverted;
  if (stereo == StereoVerdict::kInverted) return kind == Kind::kInverted;
  return true;
}

// Several hypotheses that explain as much as the best does.
std::string Alternative(const std::vector<MountingHypothesis>& all,
                        const MountingHypothesis& chosen) {
  for (const MountingHypothesis& other : all) {
    const bool same = other.kind == chosen.kind && other.imu_axes == chosen.imu_axes;
    if (same || other.misfit > chosen.misfit + 0.01) continue;
    if (other.kind == Kind::kInverted) return "T_BS is inverted";
    if (other.kind != Kind::kAsGiven) return "the IMU is " + DescribePermutation(other.imu_axes);
  }
  return {};
}

}  // namespace

StereoVerdict JudgeStereoAgreement(const StereoAgreement& stereo) {
  if (stereo.corners < kMinCorners) return StereoVerdict::kUnknown;
  const int best = std::max({stereo.given, stereo.swapped, stereo.inverted});
  if (stereo.Share(best) < kMinShare) return StereoVerdict::kNone;
  if (stereo.median_disparity_px < kMinDisparity) return StereoVerdict::kUnknown;
  if (2 * stereo.given >= best) return StereoVerdict::kGiven;
  return stereo.swapped == best ? StereoVerdict::kSwapped : StereoVerdict::kInverted;
}

MountingVerdict JudgeMountingOf(const std::optional<GyroCameraAlignment>& alignment,
                                const Eigen::Quaterniond& R_body_camera, StereoVerdict stereo) {
  MountingVerdict verdict;
  verdict.why_unknown = "too few intervals in which both camera and gyro can be followed";
  if (!alignment) return verdict;
  verdict.why_unknown = "the log turns too little";
  if (alignment->camera_rate_rms < kMinRate) return verdict;
  verdict.why_unknown = "the gyro does not turn as the images do, at no offset within 0.25 s";
  if (alignment->explained < kMinExplained) return verdict;
  verdict.correlated = true;
  std::vector<MountingHypothesis> all = JudgeMountings(*alignment, R_body_camera);
  const auto given =
      std::find_if(all.begin(), all.end(), [](const auto& h) { return h.kind == Kind::kAsGiven; });
  const MountingHypothesis as_given = *given;
  std::erase_if(all, [&](const auto& h) {
    return !StereoAllows(h.kind, stereo) || !(h.across > 0 && h.along > -h.along_sigma);
  });
  verdict.why_unknown = "no turn of the IMU's axes explains the rotation that the camera sees";
  const bool is_given = as_given.misfit < kGivenMisfit && as_given.across > 0;
  if (!is_given && (all.empty() || all.front().misfit > kMostMisfit)) return verdict;
  const MountingHypothesis& best = is_given ? as_given : all.front();
  verdict.known = true;
  verdict.kind = best.kind;
  verdict.imu_axes = best.imu_axes;
  verdict.across = best.across;
  verdict.across_sigma = best.across_sigma;
  verdict.along = best.along;
  verdict.along_sigma = best.along_sigma;
  verdict.across_known = best.across_sigma < kKnownScale * best.across;
  verdict.along_known = best.along_sigma < kKnownScale * best.along;
  verdict.error_sigma_deg = MeasuredRotationSigma(*alignment, best) * kDegrees;
  if (best.kind == Kind::kAsGiven) {
    verdict.error_deg =
        MeasuredRotation(*alignment, best).angularDistance(R_body_camera) * kDegrees;
  } else if (best.kind == Kind::kInverted) {
    verdict.error_deg = R_body_camera.conjugate().angularDistance(R_body_camera) * kDegrees;
  } else if (best.kind == Kind::kImuTurned) {
    verdict.error_deg = Eigen::AngleAxisd(best.imu_axes).angle() * kDegrees;
  }
  if (!is_given) verdict.alternative = Alternative(all, best);
  return verdict;
}

}  // namespace nightjar
