// SPDX-License-Identifier: Apache-2.0
#include "spatial/consistency.h"

#include <Eigen/Cholesky>
#include <cmath>
#include <optional>

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

// e' P^-1 e, or nothing where P is not a covariance of three free directions.
std::optional<double> SquaredNormalised(const Eigen::Vector3d& error,
                                        const Eigen::Matrix3d& covariance) {
  const Eigen::LLT<Eigen::Matrix3d> factor(covariance);
  if (factor.info() != Eigen::Success) return std::nullopt;
  const double squared = error.dot(factor.solve(error));
  return std::isfinite(squared) ? std::optional(squared) : std::nullopt;
}

}  // namespace

Result<Consistency> CompareCovariances(std::span<const Keyframe> keyframes,
                                       std::span<const StampedPose> reference, double max_gap_s) {
  if (keyframes.empty()) return Fail(ErrorKind::kNoAnswer, "there are no keyframes to compare");
  const NavigationState& first = keyframes.front().state;
  const std::optional<Se3> truth_first = InterpolatePose(reference, first.time, max_gap_s);
  if (!truth_first)
    return Fail(ErrorKind::kNoAnswer, "the reference does not cover the first keyframe");
  const Se3 T_world_reference = AlignGauge(first.T_world_body, *truth_first);

  Consistency result;
  for (const Keyframe& keyframe : keyframes.subspan(1)) {
    const std::optional<Se3> truth = InterpolatePose(reference, keyframe.state.time, max_gap_s);
    if (!truth) continue;
    const Se3 expected = T_world_reference * *truth;
    const Se3& estimate = keyframe.state.T_world_body;
    // The sign does not matter to the square: estimate minus truth, R_truth = Exp(dr) R̂ has -dr
    // here.
    const std::optional<double> position = SquaredNormalised(
        estimate.translation - expected.translation, keyframe.covariance.block<3, 3>(0, 0));
    const std::optional<double> rotation =
        SquaredNormalised(so3::Log(estimate.rotation * expected.rotation.conjugate()),
                          keyframe.covariance.block<3, 3>(3, 3));
    if (!position || !rotation) continue;
    ++result.keyframes;
    result.position += *position;
    result.rotation += *rotation;
  }
  if (result.keyframes == 0) {
    return Fail(ErrorKind::kNoAnswer,
                "no keyframe after the first has both a reference and a covariance");
  }
  result.position /= static_cast<double>(result.keyframes);
  result.rotation /= static_cast<double>(result.keyframes);
  return result;
}

}  // namespace nightjar
