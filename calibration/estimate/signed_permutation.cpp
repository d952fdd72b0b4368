// SPDX-License-Identifier: Apache-2.0
#include "calibration/estimate/signed_permutation.h"

#include <Eigen/Geometry>
#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <numbers>

namespace nightjar {
namespace {

constexpr const char* kAxisNames[] = {"x", "y", "z"};

// Lower comes first: rotations before reflections, then by how many axes stay where they are.
int Rank(const Eigen::Matrix3d& P) {
  const double kept = P.cwiseAbs().trace();  // axes that stay, whatever their sign: 0, 1, 3
  return (P.determinant() > 0 ? 0 : 100) + (P.isIdentity() ? 0 : 10) - static_cast<int>(kept);
}

std::array<Eigen::Matrix3d, 48> MakeSignedPermutations() {
  std::array<Eigen::Matrix3d, 48> all;
  std::array<int, 3> axes = {0, 1, 2};
  size_t count = 0;
  do {
    for (int signs = 0; signs < 8; ++signs) {
      Eigen::Matrix3d P = Eigen::Matrix3d::Zero();
      for (int row = 0; row < 3; ++row)
        P(row, axes[static_cast<size_t>(row)]) = (signs >> row & 1) != 0 ? -1 : 1;
      all[count++] = P;
    }
  } while (std::next_permutation(axes.begin(), axes.end()));
  std::stable_sort(all.begin(), all.end(),
                   [](const auto& a, const auto& b) { return Rank(a) < Rank(b); });
  return all;
}

std::string AxisText(const Eigen::Vector3d& axis) {
  std::string text;
  for (int k = 0; k < 3; ++k) {
    if (std::abs(axis[k]) < 0.1) continue;
    text.append(axis[k] < 0 ? "-" : text.empty() ? "" : "+").append(kAxisNames[k]);
  }
  return text;
}

std::string DescribeReflection(const Eigen::Matrix3d& P) {
  std::string flipped, exchanged;
  for (int k = 0; k < 3; ++k) {
    if (P(k, k) == 0) exchanged += (exchanged.empty() ? "" : " and ") + std::string(kAxisNames[k]);
    if (P.row(k).sum() < 0)
      flipped += (flipped.empty() ? "" : " and ") + std::string(kAxisNames[k]);
  }
  std::string text;
  if (!exchanged.empty()) text = "the axes " + exchanged + " exchanged";
  if (!flipped.empty())
    text += (text.empty() ? "" : " and ") + std::string("the sign of ") + flipped + " flipped";
  return text;
}

}  // namespace

const std::array<Eigen::Matrix3d, 48>& SignedPermutations() {
  static const std::array<Eigen::Matrix3d, 48> kAll = MakeSignedPermutations();
  return kAll;
}

std::string AxesText(const Eigen::Matrix3d& P) {
  std::string text = "(";
  for (int row = 0; row < 3; ++row) {
    text += (row > 0 ? ", " : "") + AxisText(P.row(row).transpose());
  }
  return text + ")";
}

std::string DescribePermutation(const Eigen::Matrix3d& P) {
  if (P.determinant() < 0) return DescribeReflection(P);
  const Eigen::AngleAxisd turn(P);
  const auto degrees = std::lround(turn.angle() * 180 / std::numbers::pi);
  if (degrees == 0) return "as it should be";
  const std::string axis = AxisText(turn.axis());
  // A half turn is the same about either direction of its axis.
  const std::string shown = degrees == 180 && axis[0] == '-' ? AxisText(-turn.axis()) : axis;
  return "turned by " + std::to_string(degrees) + " deg about " + shown;
}

}  // namespace nightjar
