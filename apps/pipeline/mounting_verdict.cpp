// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/mounting_verdict.h"

#include <fmt/format.h>

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
// Of the camera's rates, by those of the gyro. Where more is left, travel that passes for a turn
// leaves it: no noise, and sigmas made of it promise too much.
constexpr double kMinExplained = 0.9;
constexpr double kGivenMisfit = 0.03;  // sin^2 of 10 deg: a mounting to be calibrated, not another
constexpr double kMostMisfit = 0.06;   // sin^2 of 14 deg
constexpr double kKnownScale = 0.1;    // relative sigma
constexpr double kMostSigma = 1;       // deg, of a rotation that no hypothesis foresaw, and
constexpr double kFreeMisfit = 0.02;   // its misfit: it has three numbers to adapt
constexpr double kAsWell = 0.01;       // of misfit: two that explain the same
constexpr double kDegrees = 180 / std::numbers::pi;

// Several hypotheses that explain as much as the chosen one does.
std::string Alternative(const std::vector<MountingHypothesis>& all,
                        const MountingHypothesis& chosen, bool imu_is_right) {
  const std::string turned = imu_is_right ? "T_BS is " : "the IMU is ";
  for (const MountingHypothesis& other : all) {
    const bool same = other.kind == chosen.kind && other.imu_axes == chosen.imu_axes;
    if (same || other.misfit > chosen.misfit + kAsWell) continue;
    if (other.kind == Kind::kInverted) return "T_BS is inverted";
    if (other.kind != Kind::kAsGiven) return turned + DescribePermutation(other.imu_axes);
  }
  return {};
}

// What is known of a camera beside its own rotations.
struct Hints {
  std::optional<bool> is_inverted;  // by the images of two cameras
  bool imu_is_right = false;        // by another camera
};

bool Allows(const Hints& hints, const MountingHypothesis& h) {
  if (!(h.across > 0 && h.along > -h.along_sigma)) return false;
  if (hints.is_inverted && *hints.is_inverted != (h.kind == Kind::kInverted)) return false;
  return !(hints.imu_is_right && h.kind == Kind::kAxesReflected);
}

// The best of `all`, by rising chi2 and not empty. Of two mistakes that explain the same, T_BS
// inverted is the likelier one, unless the IMU may have been turned and it is by half a turn.
const MountingHypothesis& Choose(const std::vector<MountingHypothesis>& all, bool imu_is_right) {
  const auto inverted =
      std::find_if(all.begin(), all.end(), [](const auto& h) { return h.kind == Kind::kInverted; });
  const bool half_turn = all.front().kind == Kind::kImuTurned && all.front().imu_axes.trace() < 0;
  const bool as_good = (imu_is_right || !half_turn) && inverted != all.end() &&
                       inverted->misfit <= all.front().misfit + kAsWell;
  return as_good ? *inverted : all.front();
}

void Describe(const GyroCameraAlignment& alignment, const Eigen::Quaterniond& R_body_camera,
              const MountingHypothesis& best, MountingVerdict& verdict) {
  verdict.known = true;
  verdict.kind = best.kind;
  verdict.imu_axes = best.imu_axes;
  verdict.across = best.across;
  verdict.across_sigma = best.across_sigma;
  verdict.along = best.along;
  verdict.along_sigma = best.along_sigma;
  verdict.across_known = best.across_sigma < kKnownScale * best.across;
  verdict.along_known = best.along_sigma < kKnownScale * best.along;
  verdict.error_sigma_deg = MeasuredRotationSigma(alignment, best) * kDegrees;
  if (best.kind == Kind::kAsGiven || best.kind == Kind::kOtherwise) {
    verdict.error_deg = MeasuredRotation(alignment, best).angularDistance(R_body_camera) * kDegrees;
  } else if (best.kind == Kind::kInverted) {
    verdict.error_deg = R_body_camera.conjugate().angularDistance(R_body_camera) * kDegrees;
  } else if (best.kind == Kind::kImuTurned) {
    verdict.error_deg = Eigen::AngleAxisd(best.imu_axes).angle() * kDegrees;
  }
}

MountingVerdict Judge(const std::optional<GyroCameraAlignment>& alignment,
                      const Eigen::Quaterniond& R_body_camera, const Hints& hints) {
  MountingVerdict verdict;
  verdict.why_unknown =
      "camera and gyro can be followed together over less than 50 frames: give three seconds or "
      "more";
  if (!alignment) return verdict;
  verdict.why_unknown = "the log turns too little";
  if (alignment->camera_rate_rms < kMinRate) return verdict;
  verdict.why_unknown =
      "gyro and images do not turn alike: too little turn beside the travel, or an offset beyond "
      "0.25 s";
  if (alignment->explained < kMinExplained) return verdict;
  verdict.correlated = true;
  std::vector<MountingHypothesis> all = JudgeMountings(*alignment, R_body_camera);
  const auto given =
      std::find_if(all.begin(), all.end(), [](const auto& h) { return h.kind == Kind::kAsGiven; });
  if (given->misfit < kGivenMisfit && given->across > 0) {
    Describe(*alignment, R_body_camera, *given, verdict);
    return verdict;
  }
  std::erase_if(all, [&hints](const auto& h) { return !Allows(hints, h); });
  if (!all.empty() && Choose(all, hints.imu_is_right).misfit <= kMostMisfit) {
    const MountingHypothesis& best = Choose(all, hints.imu_is_right);
    Describe(*alignment, R_body_camera, best, verdict);
    verdict.alternative = Alternative(all, best, hints.imu_is_right);
  } else if (const MountingHypothesis free = MeasureMounting(*alignment);
             free.misfit <= kFreeMisfit &&
             MeasuredRotationSigma(*alignment, free) * kDegrees < kMostSigma) {
    Describe(*alignment, R_body_camera, free, verdict);
  } else {
    verdict.why_unknown = "no rotation explains how gyro and camera turn together";
  }
  return verdict;
}

}  // namespace

std::optional<bool> StereoVerdict::Inverts(size_t camera) const {
  if (kind != Kind::kFound || camera > 1) return std::nullopt;
  switch (hypothesis) {
    case StereoHypothesis::kGiven: return false;
    case StereoHypothesis::kSwapped: return std::nullopt;
    case StereoHypothesis::kInverted: return true;
    case StereoHypothesis::kFirstInverted: return camera == 0;
    case StereoHypothesis::kSecondInverted: return camera == 1;
  }
  return std::nullopt;
}

StereoVerdict JudgeStereoAgreement(const StereoAgreement& stereo) {
  if (stereo.corners < kMinCorners) return {};
  const StereoHypothesis best = stereo.Best();
  if (stereo.Share(best) < kMinShare) return {StereoVerdict::Kind::kNone};
  if (stereo.median_disparity_px < kMinDisparity) return {};
  const bool is_given = 2 * stereo.Found(StereoHypothesis::kGiven) >= stereo.Found(best);
  return {StereoVerdict::Kind::kFound, is_given ? StereoHypothesis::kGiven : best};
}

std::string DescribeStereoMistake(const StereoAgreement& stereo, StereoHypothesis hypothesis,
                                  const std::string& first, const std::string& second) {
  const double found = 100 * stereo.Share(hypothesis);
  const double as_it_is = 100 * stereo.Share(StereoHypothesis::kGiven);
  if (hypothesis == StereoHypothesis::kSwapped) {
    return fmt::format(
        "left and right are swapped: {:.0f} % of the corners are found with the calibrations of "
        "{} and {} exchanged, {:.0f} % as they are",
        found, first, second, as_it_is);
  }
  return fmt::format(
      "T_BS of {} is inverted: {:.0f} % of the corners are found with its inverse, {:.0f} % as it "
      "is",
      hypothesis == StereoHypothesis::kInverted        ? first + " and " + second
      : hypothesis == StereoHypothesis::kFirstInverted ? first
                                                       : second,
      found, as_it_is);
}

std::vector<MountingVerdict> JudgeAllMountings(
    const std::vector<std::optional<GyroCameraAlignment>>& alignments,
    const std::vector<Eigen::Quaterniond>& R_body_camera, StereoVerdict stereo) {
  std::vector<MountingVerdict> verdicts;
  for (size_t c = 0; c < alignments.size(); ++c)
    verdicts.push_back(Judge(alignments[c], R_body_camera[c], {stereo.Inverts(c), false}));
  const bool imu_is_right = std::any_of(verdicts.begin(), verdicts.end(),
                                        [](const auto& verdict) { return verdict.IsAsGiven(); });
  for (size_t c = 0; imu_is_right && c < alignments.size(); ++c) {
    if (verdicts[c].IsAsGiven()) continue;
    verdicts[c] = Judge(alignments[c], R_body_camera[c], {stereo.Inverts(c), true});
    verdicts[c].camera_is_wrong = verdicts[c].known;
  }
  return verdicts;
}

}  // namespace nightjar
