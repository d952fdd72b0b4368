// SPDX-License-Identifier: Apache-2.0
#include "calibration/estimate/relative_rotation.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <vector>

#include "core/so3.h"

namespace nightjar {
namespace {

constexpr size_t kMinPairs = 12;
constexpr int kRotationSteps = 8;
constexpr int kFirstSteps = 3;  // from every direction of travel
constexpr size_t kKept = 2;     // of the directions, for
constexpr int kFurtherSteps = 8;
constexpr double kSigmaFloor = 1e-5;  // rad; far below what any camera resolves

using Matrix5d = Eigen::Matrix<double, 5, 5>;
using Vector5d = Eigen::Matrix<double, 5, 1>;

// R_current_previous and the direction of travel in the current frame.
struct Motion {
  Eigen::Quaterniond R;
  Eigen::Vector3d t;
};

struct EpipolarTerm {
  Eigen::Vector3d turned;  // R * previous
  double algebraic = 0;
  double along_turned = 0, along_current = 0;  // of the direction of travel
  double scale = 0;                            // error / algebraic
  double error = 0;                            // rad
};

double Median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// Standard deviation of what is not an outlier.
double RobustSigma(std::vector<double> absolute_errors) {
  return std::max(1.4826 * Median(std::move(absolute_errors)), kSigmaFloor);
}

double CauchyWeight(double error, double sigma) {
  const double relative = error / (2 * sigma);
  return 1 / (1 + relative * relative);
}

// The turn alone, as if the camera had not travelled: a start.
Eigen::Quaterniond RotationOnly(std::span<const BearingPair> pairs) {
  Eigen::Quaterniond R = Eigen::Quaterniond::Identity();
  std::vector<double> errors(pairs.size());
  for (int step = 0; step < kRotationSteps; ++step) {
    for (size_t i = 0; i < pairs.size(); ++i)
      errors[i] = (pairs[i].current - R * pairs[i].previous).norm();
    const double sigma = RobustSigma(errors);
    Eigen::Matrix3d H = 1e-12 * Eigen::Matrix3d::Identity();
    Eigen::Vector3d g = Eigen::Vector3d::Zero();
    for (size_t i = 0; i < pairs.size(); ++i) {
      const Eigen::Vector3d turned = R * pairs[i].previous;
      const Eigen::Matrix3d J = -so3::Hat(turned);
      const double weight = CauchyWeight(errors[i], sigma);
      H += weight * J.transpose() * J;
      g += weight * J.transpose() * (pairs[i].current - turned);
    }
    R = (so3::Exp(H.ldlt().solve(g)) * R).normalized();
  }
  return R;
}

EpipolarTerm EpipolarError(const BearingPair& pair, const Motion& motion) {
  EpipolarTerm result;
  result.turned = motion.R * pair.previous;
  result.algebraic = motion.t.dot(result.turned.cross(pair.current));
  // The squared gradients with respect to either bearing, each in its tangent plane: of t x turned
  // what is across `current`, of current x t what is across `turned`.
  result.along_turned = motion.t.dot(result.turned);
  result.along_current = motion.t.dot(pair.current);
  const double squared = 2 - std::pow(result.along_turned, 2) - std::pow(result.along_current, 2) -
                         2 * std::pow(result.algebraic, 2);
  result.scale = 1 / std::sqrt(std::max(squared, 1e-6));
  result.error = result.algebraic * result.scale;
  return result;
}

// An orthonormal basis of the plane across `t`.
Eigen::Matrix<double, 3, 2> Across(const Eigen::Vector3d& t) {
  Eigen::Matrix<double, 3, 2> basis;
  basis.col(0) = t.unitOrthogonal();
  basis.col(1) = t.cross(basis.col(0));
  return basis;
}

void Step(std::span<const BearingPair> pairs, double sigma, Motion& motion) {
  Matrix5d H = 1e-9 * Matrix5d::Identity();
  Vector5d g = Vector5d::Zero();
  const Eigen::Matrix<double, 3, 2> basis = Across(motion.t);
  for (const BearingPair& pair : pairs) {
    const EpipolarTerm at = EpipolarError(pair, motion);
    Vector5d J_algebraic, J_squared;
    J_algebraic << at.turned.cross(pair.current.cross(motion.t)),
        basis.transpose() * at.turned.cross(pair.current);
    J_squared << at.along_turned * at.turned.cross(motion.t),
        basis.transpose() * (at.along_turned * at.turned + at.along_current * pair.current);
    J_squared += 2 * at.algebraic * J_algebraic;
    // Without the second term, the change of the normalisation, outliers pull for ever.
    const Vector5d J = at.scale * (J_algebraic + at.error * at.scale * J_squared);
    const double weight = CauchyWeight(at.error, sigma);
    H += weight * J * J.transpose();
    g -= weight * at.error * J;
  }
  const Vector5d delta = H.ldlt().solve(g);
  motion.R = (so3::Exp(delta.head<3>()) * motion.R).normalized();
  motion.t = (motion.t + basis * delta.tail<2>()).normalized();
}

std::vector<double> AbsoluteErrors(std::span<const BearingPair> pairs, const Motion& motion) {
  std::vector<double> errors;
  errors.reserve(pairs.size());
  for (const BearingPair& pair : pairs)
    errors.push_back(std::abs(EpipolarError(pair, motion).error));
  return errors;
}

// Thirteen lines, no direction further than 28 deg from one: those through the faces, edges and
// corners of a cube.
std::vector<Eigen::Vector3d> TravelStarts() {
  std::vector<Eigen::Vector3d> starts;
  for (int code = 14; code < 27; ++code)
    starts.push_back(Eigen::Vector3d(code / 9 - 1, code / 3 % 3 - 1, code % 3 - 1).normalized());
  return starts;
}

struct Candidate {
  Motion motion;
  double sigma = 0;
};

Candidate Descend(std::span<const BearingPair> pairs, Candidate candidate, int steps) {
  for (int step = 0; step < steps; ++step) {
    Step(pairs, candidate.sigma, candidate.motion);
    candidate.sigma = RobustSigma(AbsoluteErrors(pairs, candidate.motion));
  }
  return candidate;
}

}  // namespace

std::optional<RelativeRotation> EstimateRelativeRotation(std::span<const BearingPair> pairs) {
  if (pairs.size() < kMinPairs) return std::nullopt;
  const Eigen::Quaterniond start = RotationOnly(pairs);
  std::vector<Candidate> candidates;
  for (const Eigen::Vector3d& travel : TravelStarts()) {
    const Motion motion{start, travel};
    candidates.push_back(
        Descend(pairs, {motion, RobustSigma(AbsoluteErrors(pairs, motion))}, kFirstSteps));
  }
  const auto smaller = [](const Candidate& a, const Candidate& b) { return a.sigma < b.sigma; };
  std::stable_sort(candidates.begin(), candidates.end(), smaller);
  candidates.resize(kKept);
  for (Candidate& candidate : candidates) candidate = Descend(pairs, candidate, kFurtherSteps);
  const auto [best, best_sigma] = *std::min_element(candidates.begin(), candidates.end(), smaller);
  const std::vector<double> errors = AbsoluteErrors(pairs, best);
  const auto inliers =
      std::count_if(errors.begin(), errors.end(),
                    [limit = 3 * best_sigma](double error) { return error < limit; });
  if (2 * static_cast<size_t>(inliers) < pairs.size()) return std::nullopt;
  return RelativeRotation{best.R.conjugate(), static_cast<int>(inliers), best_sigma};
}

}  // namespace nightjar
