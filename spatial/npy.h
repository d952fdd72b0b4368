// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace nightjar {

/// NumPy array files, format 1.0 (numpy.lib.format): little-endian, the last index running fastest.
/// `values` holds as many numbers as the product of `shape`.
std::string NpyFloat64(std::span<const double> values, const std::vector<size_t>& shape);
std::string NpyFloat32(std::span<const float> values, const std::vector<size_t>& shape);
std::string NpyInt64(std::span<const int64_t> values, const std::vector<size_t>& shape);
std::string NpyUint16(std::span<const uint16_t> values, const std::vector<size_t>& shape);
std::string NpyUint8(std::span<const uint8_t> values, const std::vector<size_t>& shape);
std::string NpyInt8(std::span<const int8_t> values, const std::vector<size_t>& shape);

/// What stands in such a file.
struct NpyArray {
  std::string type;  // "<f8", "|i1", …
  std::vector<size_t> shape;
  std::string_view bytes;  // into the file's, as many as the type and the shape ask for
};

/// Reads what the functions above write, and no other forms of the format: kUnusableInput, with
/// `where`, for a Fortran order, a big-endian type, and a file that is cut or too long.
Result<NpyArray> ParseNpy(std::string_view file, const std::string& where);

/// The numbers of a file of this type and number of dimensions.
Result<std::vector<double>> ParseNpyFloat64(std::string_view file, const std::string& where,
                                            size_t dimensions, std::vector<size_t>& shape);

}  // namespace nightjar
