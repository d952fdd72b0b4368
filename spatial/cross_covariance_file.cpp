// SPDX-License-Identifier: Apache-2.0
#include "spatial/cross_covariance_file.h"

#include <cstdint>

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

}  // namespace nightjar
