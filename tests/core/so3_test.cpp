// SPDX-License-Identifier: Apache-2.0
#include "core/so3.h"

#include <gtest/gtest.h>

#include <Eigen/Geometry>
#include <cmath>
#include <random>
#include <vector>

#include "tests/numeric_jacobian.h"

namespace nightjar {
namespace {

using Eigen::Matrix3d;
using Eigen::Quaterniond;
using Eigen::Vector3d;

// Rotation vectors where the formulas change: zero, the series' range and both sides of its end,
// and near pi.
std::vector<Vector3d> RotationVectors() {
  std::mt19937 generator(7);
  std::uniform_real_distribution<double> uniform(-1, 1);
  std::vector<Vector3d> vectors = {Vector3d::Zero()};
  for (double angle : {1e-12, 1e-8, 1e-5, 0.999e-3, 1.001e-3, 2.1e-3, 9.99e-3, 1.001e-2, 0.1, 1.0,
                       2.0, 3.0, 3.14, M_PI - 1e-6}) {
    for (int i = 0; i < 3; ++i) {
      const Vector3d axis =
          Vector3d(uniform(generator), uniform(generator), uniform(generator)).normalized();
      vectors.push_back(angle * axis);
    }
  }
  return vectors;
}

TEST(So3Test, HatIsTheCrossProduct) {
  const Vector3d v(1, -2, 3);
  const Vector3d w(0.5, 4, -1);
  EXPECT_EQ(so3::Hat(v) * w, v.cross(w));
}

TEST(So3Test, ExpTurnsCounterClockwise) {
  const Vector3d turned = so3::Exp(Vector3d(0, 0, M_PI / 2)) * Vector3d::UnitX();
  EXPECT_LT((turned - Vector3d::UnitY()).norm(), 1e-15);
}

TEST(So3Test, ExpAgreesWithAngleAxis) {
  for (const Vector3d& theta : RotationVectors()) {
    const double angle = theta.norm();
    const Vector3d axis = angle > 0 ? Vector3d(theta / angle) : Vector3d::UnitX();
    const Matrix3d expected = Eigen::AngleAxisd(angle, axis).toRotationMatrix();
    EXPECT_LT((so3::Exp(theta).toRotationMatrix() - expected).cwiseAbs().maxCoeff(), 1e-15)
        << theta.transpose();
    EXPECT_NEAR(so3::Exp(theta).norm(), 1, 4e-16);
  }
}

TEST(So3Test, LogUndoesExp) {
  for (const Vector3d& theta : RotationVectors()) {
    EXPECT_LT((so3::Log(so3::Exp(theta)) - theta).norm(), 4e-15 * (1 + theta.norm()))
        << theta.transpose();
    // A relative bound: what is tiny must not be lost.
    if (theta.norm() > 0 && theta.norm() < 1) {
      EXPECT_LT((so3::Log(so3::Exp(theta)) - theta).norm() / theta.norm(), 1e-13)
          << theta.transpose();
    }
  }
}

TEST(So3Test, LogTakesTheShortWayForBothSignsOfTheQuaternion) {
  for (const Vector3d& theta : RotationVectors()) {
    const Quaterniond q = so3::Exp(theta);
    const Quaterniond minus(-q.w(), -q.x(), -q.y(), -q.z());
    EXPECT_LE(so3::Log(minus).norm(), M_PI);
    EXPECT_LT((so3::Log(minus) - theta).norm(), 1e-14);
  }
  const Vector3d beyond(0, 0, M_PI + 0.1);
  EXPECT_LT((so3::Log(so3::Exp(beyond)) - Vector3d(0, 0, 0.1 - M_PI)).norm(), 1e-14);
}

TEST(So3Test, LogAtExactlyPiIsFinite) {
  const Vector3d log = so3::Log(Quaterniond(0, 0.6, 0, 0.8));
  EXPECT_LT((log - M_PI * Vector3d(0.6, 0, 0.8)).norm(), 1e-15);
}

TEST(So3Test, LeftJacobianAgreesWithDifferences) {
  for (const Vector3d& theta : RotationVectors()) {
    const auto f = [&](const Vector3d& d) {
      return so3::Log(so3::Exp(theta + d) * so3::Exp(theta).conjugate());
    };
    const Matrix3d numeric = NumericJacobian<3, 3>(f, Vector3d(Vector3d::Zero()));
    EXPECT_LT((so3::LeftJacobian(theta) - numeric).cwiseAbs().maxCoeff(), 1e-10)
        << theta.transpose();
  }
}

TEST(So3Test, RightJacobianAgreesWithDifferences) {
  for (const Vector3d& theta : RotationVectors()) {
    const auto f = [&](const Vector3d& d) {
      return so3::Log(so3::Exp(theta).conjugate() * so3::Exp(theta + d));
    };
    const Matrix3d numeric = NumericJacobian<3, 3>(f, Vector3d(Vector3d::Zero()));
    EXPECT_LT((so3::RightJacobian(theta) - numeric).cwiseAbs().maxCoeff(), 1e-10)
        << theta.transpose();
  }
}

TEST(So3Test, JacobianInversesAreInverses) {
  for (const Vector3d& theta : RotationVectors()) {
    const Matrix3d left = so3::LeftJacobian(theta) * so3::LeftJacobianInverse(theta);
    const Matrix3d right = so3::RightJacobian(theta) * so3::RightJacobianInverse(theta);
    EXPECT_LT((left - Matrix3d::Identity()).cwiseAbs().maxCoeff(), 1e-11) << theta.transpose();
    EXPECT_LT((right - Matrix3d::Identity()).cwiseAbs().maxCoeff(), 1e-11) << theta.transpose();
  }
}

// A wrong series term shows as a step where the closed form takes over.
TEST(So3Test, JacobiansAreContinuousWhereTheSeriesEnd) {
  const Vector3d axis = Vector3d(1, -2, 0.5).normalized();
  for (double angle : {1e-3, 1e-2}) {
    const Vector3d below = angle * (1 - 1e-9) * axis;
    const Vector3d above = angle * (1 + 1e-9) * axis;
    const double step = 2e-9 * angle;  // what the function itself may move
    EXPECT_LT((so3::LeftJacobian(above) - so3::LeftJacobian(below)).cwiseAbs().maxCoeff(),
              step + 1e-14);
    EXPECT_LT(
        (so3::LeftJacobianInverse(above) - so3::LeftJacobianInverse(below)).cwiseAbs().maxCoeff(),
        step + 1e-13);
  }
}

}  // namespace
}  // namespace nightjar
