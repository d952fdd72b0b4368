// SPDX-License-Identifier: Apache-2.0
#include "fusion/batch_covariance.h"

#include <Eigen/Cholesky>
#include <Eigen/SparseCholesky>
#include <Eigen/SparseCore>
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

SparseSystem StateSystem(Window& window, const Rig& rig, double huber_threshold) {
  const WindowFactors factors(window, rig, huber_threshold);
  std::vector<int> columns;
  for (size_t s = 0; s < window.states.size(); ++s) {
    columns.push_back(static_cast<int>(s) * kStateTangentSize);
  }
  SparseSystem system(window.states.size());
  for (const auto& factor : factors.state_factors()) {
    system.Add(factors.Linear(factor, columns, false));
  }
  for (const auto& landmark : factors.landmarks()) {
    system.Add(factors.Linear(landmark, columns, false));
  }
  const double* first = window.states.front().value.pose.data();
  const GaugeCost gauge(PoseFromBlock(first));
  system.Add(Linearise({&gauge, nullptr, {{LinearBlock::Kind::kPose, 0, first, first}}}));
  return system;
}

// The gauge is exact; what its stiffness leaves is no information about anything.
void ClearGauge(Matrix15d& covariance) {
  for (const int k : {0, 1, 2, 5}) {
    covariance.row(k).setZero();
    covariance.col(k).setZero();
  }
}

}  // namespace

Result<std::vector<Matrix15d>> StateCovariances(Window& window, const Rig& rig,
                                                double huber_threshold) {
  const Eigen::SparseMatrix<double> H = StateSystem(window, rig, huber_threshold).Matrix();
  const Eigen::SimplicialLLT<Eigen::SparseMatrix<double>, Eigen::Lower> factor(H);
  if (factor.info() != Eigen::Success) {
    return Fail(ErrorKind::kNoAnswer, "the measurements do not determine every keyframe's state");
  }
  std::vector<Matrix15d> covariances;
  for (size_t s = 0; s < window.states.size(); ++s) {
    const auto from = static_cast<Eigen::Index>(s) * kStateTangentSize;
    Eigen::MatrixXd unit = Eigen::MatrixXd::Zero(H.rows(), kStateTangentSize);
    unit.middleRows<kStateTangentSize>(from).setIdentity();
    const Eigen::MatrixXd solved = factor.solve(unit);
    const Matrix15d tangent = solved.middleRows<kStateTangentSize>(from);
    covariances.push_back(StateWorldCovariance(PoseFromBlock(window.states[s].value.pose.data()),
                                               0.5 * (tangent + tangent.transpose())));
  }
  ClearGauge(covariances.front());
  return covariances;
}

std::vector<double> InverseDistanceSigmas(Window& window, const Rig& rig, double huber_threshold) {
  const WindowFactors factors(window, rig, huber_threshold);
  std::vector<double> sigmas;
  for (const auto& landmark : factors.landmarks()) {
    const double* value = landmark.landmark->value.data();
    Eigen::Matrix3d information = Eigen::Matrix3d::Zero();
    for (const auto& observation : landmark.observations) {
      const double* host = window.states[static_cast<size_t>(landmark.host)].value.pose.data();
      const double* target =
          window.states[static_cast<size_t>(observation.target)].value.pose.data();
      LinearFactor factor{observation.cost.get(), factors.loss(), {}};
      if (!observation.from_host) {
        factor.blocks.push_back({LinearBlock::Kind::kPose, 0, host, host});
        factor.blocks.push_back({LinearBlock::Kind::kPose, 0, target, target});
      }
      factor.blocks.push_back({LinearBlock::Kind::kLandmark, 0, value, value});
      information += Linearise(factor).H.bottomRightCorner<3, 3>();
    }
    const Eigen::LDLT<Eigen::Matrix3d> ldlt(information);
    const double variance = ldlt.solve(Eigen::Vector3d::UnitZ()).z();
    sigmas.push_back(ldlt.isPositive() && variance > 0 ? std::sqrt(variance)
                                                       : std::numeric_limits<double>::infinity());
  }
  return sigmas;
}

}  // namespace nightjar
