// SPDX-License-Identifier: Apache-2.0
#include "spatial/npy.h"

#include <bit>
#include <functional>
#include <numeric>

#include "core/check.h"

namespace nightjar {
namespace {

template <typename T>
std::string Npy(const char* type, std::span<const T> values, const std::vector<size_t>& shape) {
  static_assert(std::endian::native == std::endian::little, "written as they lie in memory");
  const size_t count = std::accumulate(shape.begin(), shape.end(), size_t{1}, std::multiplies<>());
  NIGHTJAR_CHECK(count == values.size(), "the shape does not hold the values");

  std::string header = "{'descr': '" + std::string(type) + "', 'fortran_order': False, 'shape': (";
  for (const size_t extent : shape) header += std::to_string(extent) + ", ";
  header += "), }";
  // Magic, version, length and header together fill whole 64-byte blocks, and a line feed ends
  // them.
  constexpr size_t kPreamble = 10;
  constexpr size_t kAlignment = 64;
  const size_t unpadded = kPreamble + header.size() + 1;
  header.append((kAlignment - unpadded % kAlignment) % kAlignment, ' ');
  header += '\n';

  std::string bytes("\x93NUMPY\x01\x00", 8);
  bytes += static_cast<char>(header.size() & 0xff);
  bytes += static_cast<char>(header.size() >> 8);
  bytes += header;
  bytes.append(reinterpret_cast<const char*>(values.data()), values.size_bytes());
  return bytes;
}

}  // namespace

std::string NpyFloat64(std::span<const double> values, const std::vector<size_t>& shape) {
  return Npy("<f8", values, shape);
}

std::string NpyFloat32(std::span<const float> values, const std::vector<size_t>& shape) {
  return Npy("<f4", values, shape);
}

std::string NpyInt64(std::span<const int64_t> values, const std::vector<size_t>& shape) {
  return Npy("<i8", values, shape);
}

std::string NpyUint16(std::span<const uint16_t> values, const std::vector<size_t>& shape) {
  return Npy("<u2", values, shape);
}

std::string NpyUint8(std::span<const uint8_t> values, const std::vector<size_t>& shape) {
  return Npy("|u1", values, shape);
}

}  // namespace nightjar
