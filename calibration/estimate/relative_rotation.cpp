// SPDX-License-Identifier: Apache-2.0
#include "calibration/estimate/relative_rotation.h"

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "core/so3.h"

namespace nightjar {
namespace {

constexpr size_t kMinPairs = 12;
constexpr int kRotationSteps = 8;
constexpr int kEpipolarSteps = 12;
constexpr double kSigmaFloor = 1e-5;  // rad; far below what any camera resolves

using Matrix5d = Eigen::Matrix<double, 5, 5>;
using Vector5d = Eigen::Matrix<double, 5, 1>;

// R_current_previous and the direction of travel in the current frame.
struct Motion {
  Eigen::Quaterniond R;
  Eigen::Vector3d t;
};

struct Weighted {
  Eigen::Vector3d turned;  // R * previous
  double error = 0;        // rad
  double scale = 0;        // error / algebraic error
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

Weighted EpipolarError(const BearingPair& pair, const Motion& motion) {
  Weighted result;
  result.turned = motion.R * pair.previous;
  // Of t . (turned x current), the gradients with respect to either bearing, each in its tangent
  // plane.
  const double algebraic = motion.t.dot(result.turned.cross(pair.current));
  Eigen::Vector3d by_current = motion.t.cross(result.turned);
  Eigen::Vector3d by_previous = pair.current.cross(motion.t);
  by_current -= by_current.dot(pair.current) * pair.current;
  by_previous -= by_previous.dot(result.turned) * result.turned;
  const double squared = by_current.squaredNorm() + by_previous.squaredNorm();
  result.scale = 1 / std::sqrt(std::max(squared, 1e-6));
  result.error = algebraic * result.scale;
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
    const Weighted at = EpipolarError(pair, motion);
    Vector5d J;
    J.head<3>() = at.scale * at.turned.cross(pair.current.cross(motion.t));
    J.tail<2>() = at.scale * basis.transpose() * at.turned.cross(pair.current);
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

// The principal axes of what the turn leaves unexplained: across the smallest lies the flow.
Eigen::Matrix3d TravelStarts(std::span<const BearingPair> pairs, const Eigen::Quaterniond& R) {
  Eigen::Matrix3d scatter = Eigen::Matrix3d::Zero();
  for (const BearingPair& pair : pairs) {
    const Eigen::Vector3d normal = (R * pair.previous).cross(pair.current);
    scatter += normal * normal.transpose();
  }
  return Eigen::SelfAdjointEigenSolver<Eigen::Matrix3d>(scatter).eigenvectors();
}

}  // namespace

std::optional<RelativeRotation> EstimateRelativeRotation(std::span<const BearingPair> pairs) {
  if (pairs.size() < kMinPairs) return std::nullopt;
  const Eigen::Quaterniond start = RotationOnly(pairs);
  const Eigen::Matrix3d travel = TravelStarts(pairs, start);
  double best_sigma = std::numeric_limits<double>::infinity();
  Motion best{start, Eigen::Vector3d::UnitZ()};
  for (int k = 0; k < 3; ++k) {
    Motion motion{start, travel.col(k)};
    for (int step = 0; step < kEpipolarSteps; ++step) {
      Step(pairs, RobustSigma(AbsoluteErrors(pairs, motion)), motion);
    }
    const double sigma = RobustSigma(AbsoluteErrors(pairs, motion));
    if (sigma < best_sigma) {
      best_sigma = sigma;
      best = motion;
    }
  }
  const std::vector<double> errors = AbsoluteErrors(pairs, best);
  const auto inliers = std::count_if(errors.begin(), errors.end(),
                                     [&](double error) { return error < 3 * best_sigma; });
  if (2 * static_cast<size_t>(inliers) < pairs.size()) return std::nullopt;
  return RelativeRotation{best.R.conjugate(), static_cast<int>(inliers), best_sigma};
}

}  // namespace nightjar
