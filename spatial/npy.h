// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace nightjar {

/// NumPy array files, format 1.0 (numpy.lib.format): little-endian, the last index running fastest.
/// `values` holds as many numbers as the product of `shape`.
std::string NpyFloat64(std::span<const double> values, const std::vector<size_t>& shape);
std::string NpyFloat32(std::span<const float> values, const std::vector<size_t>& shape);
std::string NpyInt64(std::span<const int64_t> values, const std::vector<size_t>& shape);
std::string NpyUint16(std::span<const uint16_t> values, const std::vector<size_t>& shape);
std::string NpyUint8(std::span<const uint8_t> values, const std::vector<size_t>& shape);

}  // namespace nightjar
