// SPDX-License-Identifier: Apache-2.0
#include "spatial/npy.h"

#include <bit>
#include <charconv>
#include <cstring>
#include <functional>
#include <numeric>
#include <optional>

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

std::string NpyInt8(std::span<const int8_t> values, const std::vector<size_t>& shape) {
  return Npy("|i1", values, shape);
}

namespace {

constexpr std::string_view kMagic("\x93NUMPY\x01\x00", 8);

// What stands between `before` and the next `end`.
std::optional<std::string_view> Between(std::string_view text, std::string_view before, char end) {
  const size_t begin = text.find(before);
  if (begin == std::string_view::npos) return std::nullopt;
  text.remove_prefix(begin + before.size());
  const size_t length = text.find(end);
  if (length == std::string_view::npos) return std::nullopt;
  return text.substr(0, length);
}

std::optional<std::vector<size_t>> ParseShape(std::string_view text) {
  std::vector<size_t> shape;
  while (true) {
    while (!text.empty() && (text.front() == ' ' || text.front() == ',')) text.remove_prefix(1);
    if (text.empty()) return shape;
    size_t extent = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), extent);
    // The largest that a session could hold, and that an int holds.
    if (error != std::errc() || extent >= (size_t{1} << 31) || shape.size() == 4)
      return std::nullopt;
    text.remove_prefix(static_cast<size_t>(end - text.data()));
    shape.push_back(extent);
  }
}

// Bytes of a number of a type that is written here; 0: another one.
size_t SizeOf(std::string_view type) {
  if (type == "<f8" || type == "<i8") return 8;
  if (type == "<f4") return 4;
  if (type == "<u2") return 2;
  return type == "|u1" || type == "|i1" ? 1 : 0;
}

// Whether `count` numbers of these extents and no more are `bytes` long, without overflow.
bool Fits(const std::vector<size_t>& shape, size_t size, size_t bytes) {
  size_t count = size;
  for (const size_t extent : shape) {
    if (extent != 0 && count > bytes / extent) return false;
    count *= extent;
  }
  return count == bytes;
}

}  // namespace

Result<NpyArray> ParseNpy(std::string_view file, const std::string& where) {
  const auto fail = [&where](const char* what) {
    return Fail(ErrorKind::kUnusableInput, what, where, "process the log again");
  };
  constexpr size_t kPreamble = 10;
  if (file.size() < kPreamble || file.substr(0, kMagic.size()) != kMagic)
    return fail("is not a NumPy array of format 1.0");
  const size_t length =
      static_cast<unsigned char>(file[8]) + size_t{256} * static_cast<unsigned char>(file[9]);
  if (file.size() < kPreamble + length) return fail("is cut in its header");
  const std::string_view header = file.substr(kPreamble, length);
  const auto type = Between(header, "'descr': '", '\'');
  const auto order = Between(header, "'fortran_order': ", ',');
  const auto extents = Between(header, "'shape': (", ')');
  const auto shape = extents ? ParseShape(*extents) : std::nullopt;
  if (!type || order != "False" || !shape || SizeOf(*type) == 0)
    return fail("is not an array as it is written here");
  NpyArray array{std::string(*type), *shape, file.substr(kPreamble + length)};
  if (!Fits(array.shape, SizeOf(array.type), array.bytes.size()))
    return fail("does not have as many bytes as its shape says");
  return array;
}

Result<std::vector<double>> ParseNpyFloat64(std::string_view file, const std::string& where,
                                            size_t dimensions, std::vector<size_t>& shape) {
  const Result<NpyArray> array = ParseNpy(file, where);
  if (!array) return tl::unexpected(array.error());
  if (array->type != "<f8" || array->shape.size() != dimensions) {
    return Fail(ErrorKind::kUnusableInput,
                "is not an array of float64 of " + std::to_string(dimensions) + " dimensions",
                where, "process the log again");
  }
  shape = array->shape;
  std::vector<double> values(array->bytes.size() / sizeof(double));
  if (!values.empty()) std::memcpy(values.data(), array->bytes.data(), array->bytes.size());
  return values;
}

}  // namespace nightjar
