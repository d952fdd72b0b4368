// SPDX-License-Identifier: Apache-2.0
#include "fusion/batch_covariance.h"

#include <Eigen/Cholesky>
#include <Eigen/SparseCholesky>
#include <Eigen/SparseCore>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

#include "fusion/start_cost.h"
#include "fusion/state_covariance.h"
#include "fusion/window_factors.h"

namespace nightjar {
namespace {

using StateBlock = Matrix15d;

// The lower triangle of a symmetric system of 15-column blocks.
class SparseSystem {
 public:
  explicit SparseSystem(size_t states) : states_(states) {}

  void Add(const NormalEquations& equations) {
    for (const auto& i : equations.spans) {
      for (const auto& j : equations.spans) {
        const int row = i.column / kStateTangentSize;
        const int column = j.column / kStateTangentSize;
        if (row < column) continue;
        auto [place, fresh] = blocks_.try_emplace({column, row}, StateBlock::Zero());
        place->second.block(i.column % kStateTangentSize, j.column % kStateTangentSize, i.size,
                            j.size) += equations.H.block(i.from, j.from, i.size, j.size);
      }
    }
  }

  Eigen::SparseMatrix<double> Matrix() const {
    std::vector<Eigen::Triplet<double>> triplets;
    triplets.reserve(blocks_.size() * kStateTangentSize * kStateTangentSize);
    for (const auto& [place, block] : blocks_) {
      const auto [column, row] = place;
      for (int c = 0; c < kStateTangentSize; ++c) {
        for (int r = row == column ? c : 0; r < kStateTangentSize; ++r) {
          triplets.emplace_back(row * kStateTangentSize + r, column * kStateTangentSize + c,
                                block(r, c));
        }
      }
    }
    const auto size = static_cast<Eigen::Index>(states_) * kStateTangentSize;
    Eigen::SparseMatrix<double> matrix(size, size);
    matrix.setFromTriplets(triplets.begin(), triplets.end());
    return matrix;
  }

 private:
  size_t states_;
  std::map<std::pair<int, int>, StateBlock> blocks_;  // by (column, row)
};

SparseSystem StateSystem(const WindowFactors& factors, const std::vector<int>& columns) {
  const Window& window = factors.window();
  SparseSystem system(window.states.size());
  for (const auto& factor : factors.state_factors()) {
    system.Add(factors.Linear(factor, columns, false));
  }
  for (const auto& landmark : factors.landmarks()) {
    system.Add(factors.Linear(landmark, columns, false));
  }
  const double* first = window.states.front().value.pose.data();
  const GaugeCost gauge(PoseFromBlock(first), kCovarianceGaugeSigma);
  system.Add(Linearise({&gauge, nullptr, {{LinearBlock::Kind::kPose, 0, first, first}}}));
  return system;
}

// The gauge is exact; what its stiffness leaves is no information about anything.
constexpr int kGaugeRows[] = {0, 1, 2, 5};

void ClearGauge(WindowCovariance& covariance) {
  for (const int k : kGaugeRows) {
    covariance.states.front().row(k).setZero();
    covariance.states.front().col(k).setZero();
    for (KeyframePair& pair : covariance.pairs) {
      if (pair.first == 0) pair.cross_covariance.row(k).setZero();
    }
  }
}

using Factor = Eigen::SimplicialLLT<Eigen::SparseMatrix<double>, Eigen::Lower>;

// Block columns of the inverse: of each the block on the diagonal, and those of the pairs in it.
void AddStateCovariances(const Window& window, const Factor& factor, WindowCovariance& covariance) {
  std::vector<Se3> poses;
  for (const WindowState& state : window.states)
    poses.push_back(PoseFromBlock(state.value.pose.data()));
  const auto places = PairsToKeep(static_cast<int>(poses.size()));
  auto place = places.begin();
  for (size_t s = 0; s < poses.size(); ++s) {
    const auto from = static_cast<Eigen::Index>(s) * kStateTangentSize;
    Eigen::MatrixXd unit = Eigen::MatrixXd::Zero(factor.rows(), kStateTangentSize);
    unit.middleRows<kStateTangentSize>(from).setIdentity();
    const Eigen::MatrixXd solved = factor.solve(unit);
    const Matrix15d tangent = solved.middleRows<kStateTangentSize>(from);
    covariance.states.push_back(
        StateWorldCovariance(poses[s], 0.5 * (tangent + tangent.transpose())));
    const Matrix6d to_world = se3::WorldFromPerturbation(poses[s]);
    for (; place != places.end() && place->first == static_cast<int>(s); ++place) {
      const auto other = static_cast<size_t>(place->second);
      const Matrix6d block =
          solved.block<6, 6>(static_cast<Eigen::Index>(other) * kStateTangentSize, 0);
      covariance.pairs.push_back(
          {place->first, place->second,
           to_world * block.transpose() * se3::WorldFromPerturbation(poses[other]).transpose()});
    }
  }
  ClearGauge(covariance);
}

// With H_ll, H_xl the landmark's blocks and P the states' covariance, that of the landmark is
// H_ll^-1 + H_ll^-1 H_lx P H_xl H_ll^-1; of it the entry of the inverse distance.
double InverseDistanceSigma(const WindowFactors& factors, const std::vector<int>& columns,
                            const WindowFactors::LandmarkFactors& landmark, const Factor& factor) {
  Eigen::Matrix3d H_ll = Eigen::Matrix3d::Zero();
  Eigen::MatrixXd H_xl = Eigen::MatrixXd::Zero(factor.rows(), kLandmarkSize);
  for (const NormalEquations& equations : factors.LinearWithLandmark(landmark, columns)) {
    const NormalEquations::Span& own = equations.spans.back();
    H_ll += equations.H.block<kLandmarkSize, kLandmarkSize>(own.from, own.from);
    for (const NormalEquations::Span& span : equations.spans) {
      if (span.from == own.from) continue;
      H_xl.middleRows(span.column, span.size) +=
          equations.H.block(span.from, own.from, span.size, kLandmarkSize);
    }
  }
  const Eigen::LDLT<Eigen::Matrix3d> inverse(H_ll);
  const Eigen::Vector3d column = inverse.solve(Eigen::Vector3d::UnitZ());
  if (!inverse.isPositive() || !(column.z() > 0)) return std::numeric_limits<double>::infinity();
  const Eigen::VectorXd lever = H_xl * column;
  return std::sqrt(column.z() + lever.dot(factor.solve(lever).eval()));
}

}  // namespace

Result<WindowCovariance> ComputeCovariance(Window& window, const Rig& rig, double huber_threshold) {
  const WindowFactors factors(window, rig, huber_threshold);
  std::vector<int> columns;
  for (size_t s = 0; s < window.states.size(); ++s) {
    columns.push_back(static_cast<int>(s) * kStateTangentSize);
  }
  const Factor factor(StateSystem(factors, columns).Matrix());
  if (factor.info() != Eigen::Success) {
    return Fail(ErrorKind::kNoAnswer, "the measurements do not determine every keyframe's state");
  }
  WindowCovariance covariance;
  AddStateCovariances(window, factor, covariance);
  for (const auto& landmark : factors.landmarks()) {
    covariance.inverse_distance_sigmas.push_back(
        InverseDistanceSigma(factors, columns, landmark, factor));
  }
  return covariance;
}

}  // namespace nightjar
