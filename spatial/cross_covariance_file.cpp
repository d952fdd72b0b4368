// SPDX-License-Identifier: Apache-2.0
#include "spatial/cross_covariance_file.h"

#include <cstdint>
#include <cstring>
#include <optional>
#include <utility>

#include "spatial/npy.h"
#include "spatial/stored_zip.h"

namespace nightjar {

std::string CrossCovarianceNpz(std::span<const KeyframePair> pairs) {
  std::vector<int64_t> places;
  std::vector<double> values;
  places.reserve(pairs.size() * 2);
  values.reserve(pairs.size() * 36);
  for (const KeyframePair& pair : pairs) {
    places.push_back(pair.first);
    places.push_back(pair.second);
    for (int row = 0; row < 6; ++row) {
      for (int column = 0; column < 6; ++column)
        values.push_back(pair.cross_covariance(row, column));
    }
  }
  return StoredZip({{"pairs.npy", NpyInt64(places, {pairs.size(), 2})},
                    {"covariance.npy", NpyFloat64(values, {pairs.size(), 6, 6})}});
}

Result<std::vector<KeyframePair>> ParseCrossCovarianceNpz(std::string_view file,
                                                          const std::string& where,
                                                          size_t keyframes) {
  const auto members = ParseStoredZip(file, where);
  if (!members) return tl::unexpected(members.error());
  const auto fail = [&where](const char* what) {
    return Fail(ErrorKind::kUnusableInput, what, where, "process the log again");
  };
  std::optional<NpyArray> places, values;
  for (const auto& [name, bytes] : *members) {
    if (name != "pairs.npy" && name != "covariance.npy") continue;
    const Result<NpyArray> array = ParseNpy(bytes, where + "/" + name);
    if (!array) return tl::unexpected(array.error());
    (name == "pairs.npy" ? places : values) = *array;
  }
  if (!places || places->type != "<i8" || places->shape.size() != 2 || places->shape[1] != 2)
    return fail("has no 'pairs', int64 (M, 2)");
  const size_t count = places->shape[0];
  if (!values || values->type != "<f8" || values->shape != std::vector<size_t>{count, 6, 6})
    return fail("has no 'covariance', float64 (M, 6, 6)");
  std::vector<KeyframePair> pairs(count);
  std::pair<int64_t, int64_t> last{-1, -1};
  for (size_t m = 0; m < count; ++m) {
    std::pair<int64_t, int64_t> place;
    std::memcpy(&place.first, places->bytes.data() + 16 * m, 8);
    std::memcpy(&place.second, places->bytes.data() + 16 * m + 8, 8);
    if (place <= last || place.first < 0 || place.first >= place.second ||
        place.second >= static_cast<int64_t>(keyframes)) {
      return fail("names keyframes that are not there, or not in order");
    }
    last = place;
    pairs[m].first = static_cast<int>(place.first);
    pairs[m].second = static_cast<int>(place.second);
    Eigen::Matrix<double, 6, 6, Eigen::RowMajor> block;
    std::memcpy(block.data(), values->bytes.data() + sizeof(block) * m, sizeof(block));
    pairs[m].cross_covariance = block;
  }
  return pairs;
}

}  // namespace nightjar
