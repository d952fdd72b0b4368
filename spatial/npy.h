// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <vector>

namespace nightjar {

/// A NumPy array file, format 1.0 (numpy.lib.format): float64, little-endian, the last index
/// running fastest. `values` holds as many numbers as the product of `shape`.
std::string NpyFloat64(std::span<const double> values, const std::vector<size_t>& shape);

}  // namespace nightjar
