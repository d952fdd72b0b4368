// SPDX-License-Identifier: Apache-2.0
#include "spatial/trajectory_error.h"

#include <Eigen/SVD>
#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

namespace nightjar {
namespace {

struct Pair {
  double seconds = 0;
  Se3 estimate;
  Se3 reference;
};

double Degrees(double radians) { return radians * (180 / std::numbers::pi); }

double AngleDegrees(const Eigen::Quaterniond& q) {
  return Degrees(2 * std::atan2(q.vec().norm(), std::abs(q.w())));
}

double RootMeanSquare(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value * value;
  return std::sqrt(sum / static_cast<double>(values.size()));
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : 0.5 * (values[half - 1] + values[half]);
}

// Seconds as whoever reads a trajectory's microseconds into a double has them. Frames exactly one
// second apart are a tie of the RPE that rounding decides; agreeing with other tools about it
// matters more than either answer.
double SecondsOf(SensorTime time) {
  const int64_t t_ns = ToNanoseconds(time);
  return static_cast<double>(t_ns / 1000) * 1e-6 + static_cast<double>(t_ns % 1000) * 1e-9;
}

Eigen::Quaterniond Slerp(Eigen::Quaterniond a, Eigen::Quaterniond b, double u) {
  double cosine = a.dot(b);
  if (cosine < 0) {
    b.coeffs() = -b.coeffs();
    cosine = -cosine;
  }
  // Below 3.6 degrees between the two, the chord is the arc to 1e-4 degrees, and free of
  // cancellation.
  double weight_a = 1 - u;
  double weight_b = u;
  if (cosine <= 0.9995) {
    const double angle = std::acos(cosine);
    weight_a = std::sin((1 - u) * angle) / std::sin(angle);
    weight_b = std::sin(u * angle) / std::sin(angle);
  }
  a.coeffs() = weight_a * a.coeffs() + weight_b * b.coeffs();
  return a.normalized();
}

std::vector<Pair> Associate(std::span<const StampedPose> estimate,
                            std::span<const StampedPose> reference, double max_gap_s) {
  std::vector<Pair> pairs;
  for (const StampedPose& pose : estimate) {
    // A pose at the reference's very first time has no interval before it: other evaluators leave
    // it out, and so do we.
    if (reference.empty() || pose.time <= reference.front().time) continue;
    const std::optional<Se3> truth = InterpolatePose(reference, pose.time, max_gap_s);
    if (truth) pairs.push_back({SecondsOf(pose.time), pose.T_world_body, *truth});
  }
  return pairs;
}

// The rotation R that minimises sum |a - R b|^2 over the pairs whose sum of a b' is `correlation`
// (Umeyama, eq. 40).
Eigen::Matrix3d BestRotation(const Eigen::Matrix3d& correlation) {
  const Eigen::JacobiSVD<Eigen::Matrix3d> svd(correlation,
                                              Eigen::ComputeFullU | Eigen::ComputeFullV);
  Eigen::Vector3d sign(1, 1, 1);
  if ((svd.matrixU() * svd.matrixV().transpose()).determinant() < 0) sign.z() = -1;
  return svd.matrixU() * sign.asDiagonal() * svd.matrixV().transpose();
}

Se3 AlignPositions(const std::vector<Pair>& pairs) {
  Eigen::Vector3d mean_estimate = Eigen::Vector3d::Zero();
  Eigen::Vector3d mean_reference = Eigen::Vector3d::Zero();
  for (const Pair& pair : pairs) {
    mean_estimate += pair.estimate.translation;
    mean_reference += pair.reference.translation;
  }
  mean_estimate /= static_cast<double>(pairs.size());
  mean_reference /= static_cast<double>(pairs.size());
  Eigen::Matrix3d correlation = Eigen::Matrix3d::Zero();
  for (const Pair& pair : pairs) {
    correlation += (pair.reference.translation - mean_reference) *
                   (pair.estimate.translation - mean_estimate).transpose();
  }
  const Eigen::Quaterniond rotation(BestRotation(correlation));
  return {rotation, mean_reference - rotation * mean_estimate};
}

Eigen::Quaterniond AlignAttitudes(const std::vector<Pair>& pairs) {
  Eigen::Matrix3d correlation = Eigen::Matrix3d::Zero();
  for (const Pair& pair : pairs) {
    correlation += pair.reference.RotationMatrix() * pair.estimate.RotationMatrix().transpose();
  }
  return Eigen::Quaterniond(BestRotation(correlation));
}

struct RelativeError {
  std::optional<double> translation_m;
  std::optional<double> rotation_deg;
};

// `measure` is a cumulative length or time per pair, non-decreasing.
RelativeError CompareSteps(const std::vector<Pair>& pairs, const std::vector<double>& measure) {
  std::vector<double> translation;
  std::vector<double> rotation;
  for (size_t i = 0; i < pairs.size(); ++i) {
    const auto later = std::lower_bound(measure.begin(), measure.end(), measure[i] + 1.0);
    if (later == measure.end()) break;
    const size_t j = static_cast<size_t>(later - measure.begin());
    const Se3 step_estimate = pairs[i].estimate.Inverse() * pairs[j].estimate;
    const Se3 step_reference = pairs[i].reference.Inverse() * pairs[j].reference;
    translation.push_back((step_estimate.translation - step_reference.translation).norm());
    rotation.push_back(AngleDegrees(step_reference.rotation.conjugate() * step_estimate.rotation));
  }
  if (translation.empty()) return {};
  return {RootMeanSquare(translation), RootMeanSquare(rotation)};
}

void FillAbsoluteErrors(const std::vector<Pair>& pairs, TrajectoryError& error) {
  error.T_reference_estimate = AlignPositions(pairs);
  const Eigen::Quaterniond R_reference_estimate = AlignAttitudes(pairs);
  std::vector<double> position;
  std::vector<double> attitude;
  std::vector<double> tilt;
  for (const auto& [seconds, estimate, reference] : pairs) {
    position.push_back(
        (error.T_reference_estimate * estimate.translation - reference.translation).norm());
    attitude.push_back(
        AngleDegrees(reference.rotation.conjugate() * R_reference_estimate * estimate.rotation));
    const Eigen::Vector3d up_estimate = estimate.rotation.conjugate() * Eigen::Vector3d::UnitZ();
    const Eigen::Vector3d up_reference = reference.rotation.conjugate() * Eigen::Vector3d::UnitZ();
    tilt.push_back(
        Degrees(std::atan2(up_estimate.cross(up_reference).norm(), up_estimate.dot(up_reference))));
  }
  error.ate_rmse_m = RootMeanSquare(position);
  error.ate_median_m = Median(position);
  error.ate_max_m = *std::max_element(position.begin(), position.end());
  error.attitude_rmse_deg = RootMeanSquare(attitude);
  error.tilt_rmse_deg = RootMeanSquare(tilt);
}

}  // namespace

Status TrajectoryErrorOptions::Validate() const {
  if (!(max_gap_s > 0)) return Fail(ErrorKind::kUsage, "max_gap_s must be positive");
  return {};
}

std::optional<Se3> InterpolatePose(std::span<const StampedPose> reference, SensorTime time,
                                   double max_gap_s) {
  const auto after =
      std::lower_bound(reference.begin(), reference.end(), time,
                       [](const StampedPose& pose, SensorTime t) { return pose.time < t; });
  if (after == reference.end()) return std::nullopt;
  if (after == reference.begin()) {
    return after->time == time ? std::optional(after->T_world_body) : std::nullopt;
  }
  const StampedPose& a = *std::prev(after);
  const StampedPose& b = *after;
  const double gap_s = ToSeconds(b.time - a.time);
  if (gap_s > max_gap_s) return std::nullopt;
  const double u = ToSeconds(time - a.time) / gap_s;
  return Se3{Slerp(a.T_world_body.rotation, b.T_world_body.rotation, u),
             (1 - u) * a.T_world_body.translation + u * b.T_world_body.translation};
}

Result<TrajectoryError> CompareTrajectories(std::span<const StampedPose> estimate,
                                            std::span<const StampedPose> reference,
                                            const TrajectoryErrorOptions& options) {
  if (Status valid = options.Validate(); !valid) return tl::unexpected(valid.error());
  const std::vector<Pair> pairs = Associate(estimate, reference, options.max_gap_s);
  if (pairs.size() < 3) {
    return Fail(ErrorKind::kNoAnswer,
                "fewer than 3 estimated poses lie inside the reference's span", {},
                "check that both use the same clock");
  }
  TrajectoryError error;
  error.poses = static_cast<int64_t>(estimate.size());
  error.compared = static_cast<int64_t>(pairs.size());
  FillAbsoluteErrors(pairs, error);

  std::vector<double> travelled = {0};
  std::vector<double> seconds = {pairs.front().seconds};
  for (size_t k = 1; k < pairs.size(); ++k) {
    travelled.push_back(
        travelled.back() +
        (pairs[k].reference.translation - pairs[k - 1].reference.translation).norm());
    seconds.push_back(pairs[k].seconds);
  }
  error.length_m = travelled.back();
  const RelativeError per_metre = CompareSteps(pairs, travelled);
  const RelativeError per_second = CompareSteps(pairs, seconds);
  error.rpe_1m_m = per_metre.translation_m;
  error.rpe_1m_deg = per_metre.rotation_deg;
  error.rpe_1s_m = per_second.translation_m;
  error.rpe_1s_deg = per_second.rotation_deg;
  return error;
}

}  // namespace nightjar
