// SPDX-License-Identifier: Apache-2.0
#include "data/npy_image.h"

#include <cctype>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

namespace nightjar {
namespace {

constexpr int64_t kMaxPixels = int64_t{1} << 27;  // a damaged header asks for no more
constexpr size_t kLongestHeader = 4096;           // bytes

tl::unexpected<Error> Unusable(const std::filesystem::path& file, const std::string& what) {
  return Fail(ErrorKind::kUnusableInput, what, file.string(),
              "needed is an array of two dimensions of uint8 or uint16");
}

// What follows 'key': in the header, a Python dictionary, up to the next comma outside of brackets.
std::string Value(const std::string& header, const std::string& key) {
  const size_t at = header.find("'" + key + "':");
  if (at == std::string::npos) return {};
  std::string value;
  int depth = 0;
  for (size_t i = at + key.size() + 3; i < header.size(); ++i) {
    const char c = header[i];
    if (c == '(') ++depth;
    if (c == ')') --depth;
    if (depth == 0 && (c == ',' || c == '}')) break;
    if (c != ' ') value += c;
  }
  return value;
}

// "(480,640)": rows and columns.
std::optional<std::pair<int64_t, int64_t>> Shape(const std::string& text) {
  int64_t sizes[2] = {0, 0};
  size_t count = 0;
  bool in_number = false;
  for (const char c : text) {
    if (std::isdigit(static_cast<unsigned char>(c)) == 0) {
      in_number = false;
      continue;
    }
    if (!in_number && ++count > 2) return std::nullopt;
    in_number = true;
    int64_t& size = sizes[count - 1];
    size = size * 10 + (c - '0');
    if (size > kMaxPixels) return std::nullopt;
  }
  if (count != 2) return std::nullopt;
  return std::pair(sizes[0], sizes[1]);
}

}  // namespace

Result<Image<uint16_t>> ReadNpy(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  unsigned char start[12] = {};
  if (!stream.read(reinterpret_cast<char*>(start), 10) || start[0] != 0x93 ||
      std::string(reinterpret_cast<char*>(start) + 1, 5) != "NUMPY")
    return Unusable(file, "not a NumPy array");
  size_t length = start[8] + 256U * start[9];
  if (start[6] >= 2) {
    if (!stream.read(reinterpret_cast<char*>(start) + 10, 2))
      return Unusable(file, "the array is truncated");
    length += 65536U * (start[10] + 256U * start[11]);
  }
  if (start[6] < 1 || start[6] > 3 || length > kLongestHeader)
    return Unusable(file, "a NumPy array of an unknown version");
  std::string header(length, ' ');
  if (!stream.read(header.data(), static_cast<std::streamsize>(length)))
    return Unusable(file, "the array is truncated");
  const std::string type = Value(header, "descr");
  const auto shape = Shape(Value(header, "shape"));
  const bool is_8_bit = type == "'|u1'", is_big = type == "'>u2'";
  if (!is_8_bit && !is_big && type != "'<u2'")
    return Unusable(file, "the array has the type " + type);
  if (!shape) return Unusable(file, "the array has the shape " + Value(header, "shape"));
  if (Value(header, "fortran_order") != "False")
    return Unusable(file, "the array has columns first");
  const auto [height, width] = *shape;
  if (width == 0 || height == 0 || width > kMaxPixels / height)
    return Unusable(file, "the array has the shape " + Value(header, "shape"));
  Image<uint16_t> image(static_cast<int>(width), static_cast<int>(height));
  std::vector<unsigned char> row(static_cast<size_t>(width) * (is_8_bit ? 1 : 2));
  for (int y = 0; y < image.height(); ++y) {
    if (!stream.read(reinterpret_cast<char*>(row.data()), static_cast<std::streamsize>(row.size())))
      return Unusable(file, "the array is truncated");
    for (int x = 0; x < image.width(); ++x) {
      const auto i = static_cast<size_t>(x);
      const int low = is_8_bit ? row[i] : row[2 * i + (is_big ? 1 : 0)];
      const int high = is_8_bit ? 0 : row[2 * i + (is_big ? 0 : 1)];
      image(x, y) = static_cast<uint16_t>(low + 256 * high);
    }
  }
  return image;
}

}  // namespace nightjar
