// SPDX-License-Identifier: Apache-2.0
#include "fusion/linear_system.h"

#include <Eigen/QR>
#include <algorithm>
#include <cmath>

#include "core/check.h"
#include "fusion/landmark_parameters.h"
#include "fusion/parameter_blocks.h"
#include "fusion/pose_manifold.h"

namespace nightjar {
namespace {

using RowMajorMatrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

int TangentSize(LinearBlock::Kind kind) {
  switch (kind) {
    case LinearBlock::Kind::kPose: return kPoseTangentSize;
    case LinearBlock::Kind::kMotion: return kMotionSize;
    case LinearBlock::Kind::kLandmark: return kLandmarkSize;
  }
  return 0;
}

// value [-] linearisation in the block's tangent space.
Eigen::VectorXd Offset(const LinearBlock& block) {
  const int size = TangentSize(block.kind);
  if (block.kind != LinearBlock::Kind::kPose) {
    return Eigen::Map<const Eigen::VectorXd>(block.value, size) -
           Eigen::Map<const Eigen::VectorXd>(block.linearisation, size);
  }
  Eigen::VectorXd offset(size);
  PoseManifold().Minus(block.value, block.linearisation, offset.data());
  return offset;
}

struct LinearisedFactor {
  std::vector<Eigen::MatrixXd> jacobians;  // by the blocks' tangents, weighted
  Eigen::VectorXd residual;                // at the linearisation points, weighted
};

LinearisedFactor WeightedJacobians(const LinearFactor& factor) {
  const int rows = factor.cost->num_residuals();
  const std::vector<int32_t>& sizes = factor.cost->parameter_block_sizes();
  NIGHTJAR_CHECK(sizes.size() == factor.blocks.size(), "a factor names every block of its cost");

  std::vector<RowMajorMatrix> ambient(sizes.size());
  std::vector<const double*> values(sizes.size());
  std::vector<const double*> linearisations(sizes.size());
  std::vector<double*> jacobian_pointers(sizes.size());
  for (size_t i = 0; i < sizes.size(); ++i) {
    ambient[i].resize(rows, sizes[i]);
    values[i] = factor.blocks[i].value;
    linearisations[i] = factor.blocks[i].linearisation;
    jacobian_pointers[i] = ambient[i].data();
  }
  LinearisedFactor linear;
  linear.residual.resize(rows);
  Eigen::VectorXd unused(rows);
  bool ok = factor.cost->Evaluate(linearisations.data(), unused.data(), jacobian_pointers.data());
  ok = ok && factor.cost->Evaluate(values.data(), linear.residual.data(), nullptr);
  NIGHTJAR_CHECK(ok, "our cost functions always evaluate");

  double weight = 1;
  if (factor.loss != nullptr) {
    double rho[3];
    factor.loss->Evaluate(linear.residual.squaredNorm(), rho);
    weight = std::sqrt(std::max(rho[1], 0.0));
  }
  for (size_t i = 0; i < sizes.size(); ++i) {
    const LinearBlock& block = factor.blocks[i];
    Eigen::MatrixXd J;
    if (block.kind == LinearBlock::Kind::kPose) {
      Matrix76d plus;
      PoseManifold().PlusJacobian(block.linearisation, plus.data());
      J = ambient[i] * plus;
    } else {
      J = ambient[i];
    }
    if (block.value != block.linearisation) linear.residual -= J * Offset(block);
    linear.jacobians.push_back(weight * J);
  }
  linear.residual *= weight;
  return linear;
}

}  // namespace

NormalEquations Linearise(const LinearFactor& factor) {
  const LinearisedFactor linear = WeightedJacobians(factor);
  NormalEquations equations;
  int width = 0;
  for (const LinearBlock& block : factor.blocks) {
    equations.spans.push_back({block.column, width, TangentSize(block.kind)});
    width += TangentSize(block.kind);
  }
  Eigen::MatrixXd J(linear.residual.size(), width);
  for (size_t i = 0; i < factor.blocks.size(); ++i) {
    J.middleCols(equations.spans[i].from, equations.spans[i].size) = linear.jacobians[i];
  }
  equations.H = J.transpose() * J;
  equations.b = J.transpose() * linear.residual;
  return equations;
}

NormalEquations LineariseLandmark(std::span<const LinearFactor> factors) {
  NormalEquations equations;
  std::vector<int> columns;  // of the poses that see the landmark, in the order of their first use
  int rows = 0;
  for (const LinearFactor& factor : factors) {
    rows += factor.cost->num_residuals();
    for (const LinearBlock& block : factor.blocks) {
      if (block.kind == LinearBlock::Kind::kLandmark) continue;
      NIGHTJAR_CHECK(block.kind == LinearBlock::Kind::kPose, "landmarks connect poses only");
      if (std::find(columns.begin(), columns.end(), block.column) == columns.end()) {
        columns.push_back(block.column);
      }
    }
  }
  if (rows <= kLandmarkSize || columns.empty()) return equations;

  const int width = kPoseTangentSize * static_cast<int>(columns.size());
  Eigen::MatrixXd J_landmark = Eigen::MatrixXd::Zero(rows, kLandmarkSize);
  Eigen::MatrixXd rest =
      Eigen::MatrixXd::Zero(rows, width + 1);  // pose Jacobians, then the residual
  int row = 0;
  for (const LinearFactor& factor : factors) {
    const LinearisedFactor linear = WeightedJacobians(factor);
    const auto height = linear.residual.size();
    for (size_t i = 0; i < factor.blocks.size(); ++i) {
      const LinearBlock& block = factor.blocks[i];
      if (block.kind == LinearBlock::Kind::kLandmark) {
        J_landmark.middleRows(row, height) = linear.jacobians[i];
        continue;
      }
      const auto place = std::find(columns.begin(), columns.end(), block.column) - columns.begin();
      rest.block(row, kPoseTangentSize * place, height, kPoseTangentSize) += linear.jacobians[i];
    }
    rest.col(width).segment(row, height) = linear.residual;
    row += static_cast<int>(height);
  }
  const Eigen::HouseholderQR<Eigen::MatrixXd> qr(J_landmark);
  rest.applyOnTheLeft(qr.householderQ().adjoint());
  const auto reduced = rest.bottomRows(rows - kLandmarkSize);
  equations.H = reduced.leftCols(width).transpose() * reduced.leftCols(width);
  equations.b = reduced.leftCols(width).transpose() * reduced.col(width);
  for (size_t i = 0; i < columns.size(); ++i) {
    equations.spans.push_back(
        {columns[i], kPoseTangentSize * static_cast<int>(i), kPoseTangentSize});
  }
  return equations;
}

void LinearSystem::Add(const NormalEquations& equations) {
  for (const auto& i : equations.spans) {
    b_.segment(i.column, i.size) += equations.b.segment(i.from, i.size);
    for (const auto& j : equations.spans) {
      H_.block(i.column, j.column, i.size, j.size) +=
          equations.H.block(i.from, j.from, i.size, j.size);
    }
  }
}

}  // namespace nightjar
