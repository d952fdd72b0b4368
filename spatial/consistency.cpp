// SPDX-License-Identifier: Apache-2.0
#include "spatial/consistency.h"

#include <Eigen/Cholesky>
#include <cmath>
#include <optional>
#include <vector>

#include "core/so3.h"
#include "spatial/trajectory_error.h"

namespace nightjar {
namespace {

// Moves the reference's world onto the estimate's by a translation and a turn about z, such that
// the error of `estimate` has neither a position nor a yaw: R_estimate * R_reference' = swing *
// twist about z, and the twist is what yaw is.
Se3 AlignGauge(const Se3& estimate, const Se3& reference) {
  const Eigen::Quaterniond error = estimate.rotation * reference.rotation.conjugate();
  Eigen::Quaterniond yaw(error.w(), 0, 0, error.z());
  // A half turn about a level axis has no yaw that is nearer than another.
  if (yaw.norm() < 1e-12) yaw = Eigen::Quaterniond::Identity();
  yaw.normalize();
  return {yaw, estimate.translation - yaw * reference.translation};
}

// The translation and the turn about z that bring the reference's positions nearest to the
// estimate's.
Se3 FitGauge(const std::vector<Se3>& estimate, const std::vector<Se3>& reference) {
  Eigen::Vector3d estimate_mean = Eigen::Vector3d::Zero();
  Eigen::Vector3d reference_mean = Eigen::Vector3d::Zero();
  for (size_t k = 0; k < estimate.size(); ++k) {
    estimate_mean += estimate[k].translation / static_cast<double>(estimate.size());
    reference_mean += reference[k].translation / static_cast<double>(estimate.size());
  }
  double along = 0;  // sums of |a| |b| cos and |a| |b| sin of the angles between level components
  double across = 0;
  for (size_t k = 0; k < estimate.size(); ++k) {
    const Eigen::Vector3d to = estimate[k].translation - estimate_mean;
    const Eigen::Vector3d from = reference[k].translation - reference_mean;
    along += from.x() * to.x() + from.y() * to.y();
    across += from.x() * to.y() - from.y() * to.x();
  }
  const Eigen::Quaterniond yaw(
      Eigen::AngleAxisd(std::atan2(across, along), Eigen::Vector3d::UnitZ()));
  return {yaw, estimate_mean - yaw * reference_mean};
}

// e' P^-1 e, or nothing where P is not a covariance of three free directions.
std::optional<double> SquaredNormalised(const Eigen::Vector3d& error,
                                        const Eigen::Matrix3d& covariance) {
  const Eigen::LLT<Eigen::Matrix3d> factor(covariance);
  if (factor.info() != Eigen::Success) return std::nullopt;
  const double squared = error.dot(factor.solve(error));
  return std::isfinite(squared) ? std::optional(squared) : std::nullopt;
}

// The squared errors of one keyframe against where it should be.
std::optional<Consistency::Nees> SquaredErrors(const Keyframe& keyframe, const Se3& expected) {
  const Se3& estimate = keyframe.state.T_world_body;
  // The sign does not matter to the square: estimate minus truth, R_truth = Exp(dr) R̂ has -dr here.
  const auto position = SquaredNormalised(estimate.translation - expected.translation,
                                          keyframe.covariance.block<3, 3>(0, 0));
  const auto rotation =
      SquaredNormalised(so3::Log(estimate.rotation * expected.rotation.conjugate()),
                        keyframe.covariance.block<3, 3>(3, 3));
  if (!position || !rotation) return std::nullopt;
  return Consistency::Nees{*position, *rotation};
}

void AddShare(const Consistency::Nees& nees, double share, Consistency::Nees& mean) {
  mean.position += share * nees.position;
  mean.rotation += share * nees.rotation;
}

}  // namespace

Result<Consistency> CompareCovariances(std::span<const Keyframe> keyframes,
                                       std::span<const StampedPose> reference, double max_gap_s) {
  if (keyframes.empty()) return Fail(ErrorKind::kNoAnswer, "there are no keyframes to compare");
  const NavigationState& first = keyframes.front().state;
  const std::optional<Se3> truth_first = InterpolatePose(reference, first.time, max_gap_s);
  if (!truth_first)
    return Fail(ErrorKind::kNoAnswer, "the reference does not cover the first keyframe");
  // Fitted to the keyframe of the gauge as well: it has a position like the others.
  std::vector<Se3> estimates = {first.T_world_body};
  std::vector<Se3> truths = {*truth_first};
  std::vector<const Keyframe*> compared;
  for (const Keyframe& keyframe : keyframes.subspan(1)) {
    const std::optional<Se3> truth = InterpolatePose(reference, keyframe.state.time, max_gap_s);
    if (!truth || !SquaredErrors(keyframe, keyframe.state.T_world_body)) continue;
    estimates.push_back(keyframe.state.T_world_body);
    truths.push_back(*truth);
    compared.push_back(&keyframe);
  }
  if (compared.empty()) {
    return Fail(ErrorKind::kNoAnswer,
                "no keyframe after the first has both a reference and a covariance");
  }
  const Se3 at_first = AlignGauge(first.T_world_body, *truth_first);
  const Se3 fitted = FitGauge(estimates, truths);
  Consistency result;
  result.keyframes = static_cast<int64_t>(compared.size());
  const double share = 1 / static_cast<double>(compared.size());
  for (size_t k = 0; k < compared.size(); ++k) {
    const Se3& truth = truths[k + 1];
    AddShare(SquaredErrors(*compared[k], at_first * truth).value(), share, result.first_gauge);
    AddShare(SquaredErrors(*compared[k], fitted * truth).value(), share, result.fitted_gauge);
  }
  return result;
}

}  // namespace nightjar
