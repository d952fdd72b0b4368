// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <array>
#include <string>

namespace nightjar {

/// Every way to take three axes for one another, with either sign: 48 matrices, the identity first,
/// then the half turns, the other rotations (24 in all), and the reflections.
const std::array<Eigen::Matrix3d, 48>& SignedPermutations();

/// What a vector would have to be made of to be right: "(x, -z, y)" are the rows of P * (x, y, z).
std::string AxesText(const Eigen::Matrix3d& P);

/// The turn that a signed permutation is, or what kind of reflection: "turned by 180 deg about z",
/// "x and y exchanged", "the sign of z flipped".
std::string DescribePermutation(const Eigen::Matrix3d& P);

}  // namespace nightjar
