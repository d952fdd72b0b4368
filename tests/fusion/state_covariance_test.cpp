// SPDX-License-Identifier: Apache-2.0
#include "fusion/state_covariance.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/so3.h"
#include "tests/numeric_jacobian.h"

namespace nightjar {
namespace {

using Vector15d = Eigen::Matrix<double, 15, 1>;

// Against the definition, numerically: what a tangent [rho, theta, v, bg, ba] changes in position,
// world-side rotation, velocity and biases. Blocks between the pose and the rest turn as well.
TEST(StateWorldCovariance, IsThatOfTheErrorsInTheOrderAndAxesOfFiles) {
  Matrix15d A;
  for (int i = 0; i < 225; ++i) A(i / 15, i % 15) = std::sin(1.3 * i + 0.4);
  const Matrix15d tangent = A * A.transpose();
  for (const double angle : {0.0, 0.3, 3.1}) {
    Vector6d at;
    at << 1, 2, -1, angle * Eigen::Vector3d(0.6, -0.48, 0.64);
    const Se3 T = se3::Exp(at);
    const auto f = [&](const Vector15d& d) {
      const Se3 moved = T * se3::Exp(d.head<6>());
      Vector15d error;
      error << moved.translation - T.translation, so3::Log(moved.rotation * T.rotation.conjugate()),
          d.tail<9>();
      return error;
    };
    const Matrix15d J = NumericJacobian<15, 15>(f, Vector15d(Vector15d::Zero()));
    const Matrix15d expected = J * tangent * J.transpose();
    const Matrix15d error = StateWorldCovariance(T, tangent) - expected;
    EXPECT_LT(error.cwiseAbs().maxCoeff(), 1e-8 * expected.cwiseAbs().maxCoeff()) << angle;
  }
}

}  // namespace
}  // namespace nightjar
