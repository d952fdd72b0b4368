// SPDX-License-Identifier: Apache-2.0
#include "core/se3.h"

#include <gtest/gtest.h>

#include <Eigen/Cholesky>
#include <cmath>
#include <random>
#include <vector>

#include "core/so3.h"
#include "tests/numeric_jacobian.h"

namespace nightjar {
namespace {

using Eigen::Matrix3d;
using Eigen::Vector3d;

// [rho, theta] with angles at zero, tiny, on both sides of the switches at 1e-3, 0.01 and 0.05,
// random, and near pi.
std::vector<Vector6d> Deltas() {
  std::mt19937 generator(11);
  std::normal_distribution<double> normal;
  std::vector<Vector6d> deltas = {Vector6d::Zero()};
  for (double angle :
       {0.0, 1e-8, 0.99e-3, 1.01e-3, 0.0099, 0.0101, 0.0499, 0.0501, 0.3, 1.5, 3.0, M_PI - 1e-4}) {
    for (int i = 0; i < 3; ++i) {
      Vector6d delta;
      for (int k = 0; k < 6; ++k) delta[k] = normal(generator);
      delta.tail<3>() *= angle / delta.tail<3>().norm();
      deltas.push_back(delta);
    }
  }
  return deltas;
}

double Distance(const Se3& a, const Se3& b) {
  return (a.RotationMatrix() - b.RotationMatrix()).norm() + (a.translation - b.translation).norm();
}

TEST(Se3Test, MapsPointsByRotatingFirst) {
  const Se3 T{so3::Exp(Vector3d(0, 0, M_PI / 2)), Vector3d(1, 2, 3)};
  EXPECT_LT((T * Vector3d(1, 0, 0) - Vector3d(1, 3, 3)).norm(), 1e-15);
}

TEST(Se3Test, CompositionMapsPointsThroughBoth) {
  const Vector3d point(0.3, -1, 2);
  const std::vector<Vector6d> deltas = Deltas();
  for (size_t i = 0; i + 1 < deltas.size(); ++i) {
    const Se3 a = se3::Exp(deltas[i]);
    const Se3 b = se3::Exp(deltas[i + 1]);
    EXPECT_LT(((a * b) * point - a * (b * point)).norm(), 1e-14);
    EXPECT_LT(Distance(a * a.Inverse(), Se3{}), 1e-14);
    EXPECT_LT(Distance((a * b).Inverse(), b.Inverse() * a.Inverse()), 1e-14);
  }
}

TEST(Se3Test, LogUndoesExp) {
  for (const Vector6d& delta : Deltas()) {
    EXPECT_LT((se3::Log(se3::Exp(delta)) - delta).norm(), 1e-11) << delta.transpose();
  }
}

// The definition itself: Exp is the limit of many small steps along a constant twist, translation
// first in the vector.
TEST(Se3Test, ExpIsTheFlowOfAConstantTwist) {
  for (const Vector6d& delta : Deltas()) {
    constexpr int kHalvings = 30;
    Vector6d small = delta;
    for (int i = 0; i < kHalvings; ++i) small *= 0.5;
    Se3 T{so3::Exp(small.tail<3>()), small.head<3>()};  // first order; its error is squared away
    for (int i = 0; i < kHalvings; ++i) T = T * T;
    EXPECT_LT(Distance(T, se3::Exp(delta)), 1e-6) << delta.transpose();
  }
}

TEST(Se3Test, RightJacobianInverseAgreesWithDifferences) {
  for (const Vector6d& delta : Deltas()) {
    // Closer to pi the logarithm wraps around inside the step.
    if (delta.tail<3>().norm() > 3.1) continue;
    const auto f = [&](const Vector6d& d) { return se3::Log(se3::Exp(delta) * se3::Exp(d)); };
    const Matrix6d numeric = NumericJacobian<6, 6>(f, Vector6d(Vector6d::Zero()));
    EXPECT_LT((se3::RightJacobianInverse(delta) - numeric).cwiseAbs().maxCoeff(), 2e-9)
        << delta.transpose();
  }
}

TEST(Se3Test, RightJacobianInverseIsContinuousWhereTheSeriesEnd) {
  Vector6d direction;
  direction << 1, -2, 0.7, 0.3, -0.5, 0.8;
  for (double angle : {0.01, 0.05}) {
    Vector6d below = direction;
    Vector6d above = direction;
    below.tail<3>() *= angle * (1 - 1e-10) / direction.tail<3>().norm();
    above.tail<3>() *= angle * (1 + 1e-10) / direction.tail<3>().norm();
    const Matrix6d step = se3::RightJacobianInverse(above) - se3::RightJacobianInverse(below);
    EXPECT_LT(step.cwiseAbs().maxCoeff(), 1e-9) << angle;
  }
}

Matrix6d SomeCovariance() {
  Matrix6d A;
  for (int i = 0; i < 36; ++i) A(i / 6, i % 6) = std::sin(1.3 * i + 0.4);
  Matrix6d covariance = A * A.transpose() + 0.1 * Matrix6d::Identity();
  return 1e-6 * covariance;  // about 2 mm and 2 mrad: first order holds
}

// Against the definition, numerically: the change [dp, dr] of position and world-side rotation that
// a right perturbation makes.
TEST(Se3Test, WorldFromPerturbationIsTheJacobianOfTheWorldSideErrors) {
  for (const Vector6d& delta : Deltas()) {
    const Se3 T = se3::Exp(delta);
    const auto f = [&](const Vector6d& d) {
      const Se3 moved = T * se3::Exp(d);
      Vector6d error;
      error << moved.translation - T.translation, so3::Log(moved.rotation * T.rotation.conjugate());
      return error;
    };
    const Matrix6d J = NumericJacobian<6, 6>(f, Vector6d(Vector6d::Zero()));
    const Matrix6d error = se3::WorldFromPerturbation(T) - J;
    EXPECT_LT(error.cwiseAbs().maxCoeff(), 1e-9);
  }
}

TEST(Se3Test, CovarianceInWorldAxesMatchesSamples) {
  Vector6d delta;
  delta << 1, 2, -1, 0.7, -0.4, 1.1;
  const Se3 T = se3::Exp(delta);
  const Matrix6d L = SomeCovariance().llt().matrixL();
  std::mt19937 generator(3);
  std::normal_distribution<double> normal;
  constexpr int kSamples = 40000;
  Matrix6d sum = Matrix6d::Zero();
  for (int i = 0; i < kSamples; ++i) {
    Vector6d white;
    for (int k = 0; k < 6; ++k) white[k] = normal(generator);
    const Se3 sample = T * se3::Exp(L * white);
    Vector6d error;
    error << sample.translation - T.translation, so3::Log(sample.rotation * T.rotation.conjugate());
    sum += error * error.transpose();
  }
  const Matrix6d to_world = se3::WorldFromPerturbation(T);
  const Matrix6d predicted = to_world * SomeCovariance() * to_world.transpose();
  for (int i = 0; i < 6; ++i) {
    for (int k = 0; k < 6; ++k) {
      // The standard deviation of a sampled covariance is about sqrt(2 Pii Pkk / n): five of them.
      const double bound = 5 * std::sqrt(2 * predicted(i, i) * predicted(k, k) / kSamples);
      EXPECT_NEAR(sum(i, k) / kSamples, predicted(i, k), bound) << i << "," << k;
    }
  }
}

}  // namespace
}  // namespace nightjar
