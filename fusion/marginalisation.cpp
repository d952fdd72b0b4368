// SPDX-License-Identifier: Apache-2.0
#include "fusion/marginalisation.h"

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>
#include <Eigen/QR>
#include <cmath>
#include <utility>

#include "core/se3.h"
#include "fusion/pose_manifold.h"

namespace nightjar {
namespace {

// Of a symmetric matrix scaled to unit diagonal: what is below is rounding, not information.
constexpr double kRounding = 1e-11;

// 1 / sqrt(diagonal), 1 where there is nothing to scale.
Eigen::VectorXd UnitDiagonalScale(const Eigen::MatrixXd& H) {
  return H.diagonal().unaryExpr([](double d) { return d > 0 ? 1 / std::sqrt(d) : 1.0; });
}

// H^+ for a positive semi-definite H.
Eigen::MatrixXd PseudoInverse(const Eigen::MatrixXd& H) {
  const Eigen::VectorXd scale = UnitDiagonalScale(H);
  const Eigen::MatrixXd scaled = scale.asDiagonal() * H * scale.asDiagonal();
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> eigen(scaled);
  const Eigen::VectorXd inverse =
      eigen.eigenvalues().unaryExpr([](double v) { return v > kRounding ? 1 / v : 0.0; });
  return scale.asDiagonal() * eigen.eigenvectors() * inverse.asDiagonal() *
         eigen.eigenvectors().transpose() * scale.asDiagonal();
}

// An orthonormal basis of `directions`, in units in which the diagonal of H is one.
Eigen::MatrixXd UnitDirections(const Eigen::MatrixXd& directions, const Eigen::MatrixXd& H) {
  Eigen::MatrixXd scaled = UnitDiagonalScale(H).cwiseInverse().asDiagonal() * directions;
  // A column that nothing informs takes no part: mixing it in would inform it by rounding.
  for (Eigen::Index i = 0; i < H.rows(); ++i) {
    if (!(H(i, i) > 0)) scaled.row(i).setZero();
  }
  return Eigen::HouseholderQR<Eigen::MatrixXd>(scaled).householderQ() *
         Eigen::MatrixXd::Identity(scaled.rows(), scaled.cols());
}

// Projects `directions` out of the system, in units in which its diagonal is one.
void TakeOut(const Eigen::MatrixXd& directions, Eigen::MatrixXd& H, Eigen::VectorXd& b) {
  if (directions.cols() == 0) return;
  const Eigen::VectorXd scale = UnitDiagonalScale(H);
  const Eigen::MatrixXd Q = UnitDirections(directions, H);
  Eigen::MatrixXd unit = scale.asDiagonal() * H * scale.asDiagonal();
  unit -= Q * (Q.transpose() * unit);
  unit -= (unit * Q) * Q.transpose();
  H = scale.cwiseInverse().asDiagonal() * unit * scale.cwiseInverse().asDiagonal();
  H = (0.5 * (H + H.transpose())).eval();
  Eigen::VectorXd unit_b = scale.asDiagonal() * b;
  unit_b -= Q * (Q.transpose() * unit_b);
  b = scale.cwiseInverse().asDiagonal() * unit_b;
}

// The root of a system that is blind to `directions` to rounding is blind to them only to the root
// of rounding: takes them out of it as well.
void TakeOutOfRoot(const Eigen::MatrixXd& directions, const Eigen::MatrixXd& H,
                   Eigen::MatrixXd& J) {
  if (directions.cols() == 0) return;
  const Eigen::VectorXd scale = UnitDiagonalScale(H);
  const Eigen::MatrixXd Q = UnitDirections(directions, H);
  Eigen::MatrixXd unit = J * scale.asDiagonal();
  unit -= (unit * Q) * Q.transpose();
  J = unit * scale.cwiseInverse().asDiagonal();
}

// J and error with J^T J = H and J^T error = b, from a pivoted L D L^T of the scaled matrix.
void Factor(const Eigen::MatrixXd& H, const Eigen::VectorXd& b, Eigen::MatrixXd* J,
            Eigen::VectorXd* error) {
  const Eigen::VectorXd scale = UnitDiagonalScale(H);
  const Eigen::LDLT<Eigen::MatrixXd> ldlt(scale.asDiagonal() * H * scale.asDiagonal());
  const Eigen::VectorXd root =
      ldlt.vectorD().unaryExpr([](double d) { return d > kRounding ? std::sqrt(d) : 0.0; });
  // Applied from the left only: Eigen's product of a matrix with transpositions on its right does
  // not undo the order.
  const Eigen::MatrixXd lower = Eigen::MatrixXd(ldlt.matrixL()) * root.asDiagonal();
  const Eigen::MatrixXd scaled_root = ldlt.transpositionsP().transpose() * lower;
  *J = scaled_root.transpose() * scale.cwiseInverse().asDiagonal();
  Eigen::VectorXd y = ldlt.transpositionsP() * (scale.asDiagonal() * b);
  ldlt.matrixL().solveInPlace(y);
  *error = y.binaryExpr(root, [](double v, double d) { return d > 0 ? v / d : 0.0; });
}

}  // namespace

Eigen::MatrixXd GaugeDirections(const std::vector<StateBlocks>& states) {
  const auto size = kStateTangentSize * static_cast<Eigen::Index>(states.size());
  Eigen::MatrixXd directions = Eigen::MatrixXd::Zero(size, 4);
  for (size_t s = 0; s < states.size(); ++s) {
    const NavigationState at = FromBlocks(SensorTime(), states[s]);
    const Eigen::Matrix3d R_body_world = at.T_world_body.RotationMatrix().transpose();
    const Eigen::Vector3d up = Eigen::Vector3d::UnitZ();
    const auto row = kStateTangentSize * static_cast<Eigen::Index>(s);
    directions.block<3, 3>(row, 0) = R_body_world;
    directions.block<3, 1>(row, 3) = R_body_world * up.cross(at.T_world_body.translation);
    directions.block<3, 1>(row + 3, 3) = R_body_world * up;
    directions.block<3, 1>(row + 6, 3) = up.cross(at.velocity_world);
  }
  return directions;
}

StatePrior Marginalise(const LinearSystem& system, int dropped,
                       std::vector<StateBlocks> linearisation_of_kept,
                       const Eigen::MatrixXd& unobservable) {
  const auto kept = system.H().rows() - dropped;
  const auto H_kd = system.H().bottomLeftCorner(kept, dropped);
  const Eigen::MatrixXd H_dd = system.H().topLeftCorner(dropped, dropped);
  const Eigen::MatrixXd gain = H_kd * PseudoInverse(H_dd);
  Eigen::MatrixXd H = system.H().bottomRightCorner(kept, kept) - gain * H_kd.transpose();
  H = (0.5 * (H + H.transpose())).eval();
  Eigen::VectorXd b = system.b().tail(kept) - gain * system.b().head(dropped);
  TakeOut(unobservable, H, b);

  StatePrior prior;
  prior.linearisation = std::move(linearisation_of_kept);
  Factor(H, b, &prior.J, &prior.error);
  TakeOutOfRoot(unobservable, H, prior.J);
  return prior;
}

StatePriorCost::StatePriorCost(const StatePrior& prior) : prior_(prior) {
  set_num_residuals(static_cast<int>(prior.J.rows()));
  for (size_t i = 0; i < prior.linearisation.size(); ++i) {
    mutable_parameter_block_sizes()->push_back(kPoseSize);
    mutable_parameter_block_sizes()->push_back(kMotionSize);
  }
}

bool StatePriorCost::Evaluate(double const* const* parameters, double* residuals,
                              double** jacobians) const {
  using RowMajorMatrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const auto rows = prior_.J.rows();
  Eigen::VectorXd offset(prior_.J.cols());
  for (size_t i = 0; i < prior_.linearisation.size(); ++i) {
    const StateBlocks& x0 = prior_.linearisation[i];
    const auto column = kStateTangentSize * static_cast<Eigen::Index>(i);
    const Vector6d delta =
        se3::Log(PoseFromBlock(x0.pose.data()).Inverse() * PoseFromBlock(parameters[2 * i]));
    offset.segment<6>(column) = delta;
    offset.segment<9>(column + 6) =
        Eigen::Map<const Eigen::Matrix<double, 9, 1>>(parameters[2 * i + 1]) -
        Eigen::Map<const Eigen::Matrix<double, 9, 1>>(x0.motion.data());
    if (jacobians == nullptr) continue;
    if (jacobians[2 * i] != nullptr) {
      Eigen::Map<RowMajorMatrix>(jacobians[2 * i], rows, kPoseSize) =
          prior_.J.middleCols<6>(column) *
          (se3::RightJacobianInverse(delta) * PoseMinusJacobian(parameters[2 * i]));
    }
    if (jacobians[2 * i + 1] != nullptr) {
      Eigen::Map<RowMajorMatrix>(jacobians[2 * i + 1], rows, kMotionSize) =
          prior_.J.middleCols<9>(column + 6);
    }
  }
  Eigen::Map<Eigen::VectorXd>(residuals, rows) = prior_.error + prior_.J * offset;
  return true;
}

}  // namespace nightjar
