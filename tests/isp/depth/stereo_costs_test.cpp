// SPDX-License-Identifier: Apache-2.0
// Costs of every instruction set beside plain loops, bit by bit.
#include "isp/depth/stereo_costs.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>
#include <random>
#include <vector>

#include "isp/depth/row_kernels.h"
#include "isp/depth/smoothed_costs.h"
#include "tests/isp/depth/plain_aggregation.h"

namespace nightjar {
namespace {

StereoPicture RandomPicture(int width, int height, uint32_t seed) {
  std::mt19937 random(seed);
  StereoPicture picture{Image<uint16_t>(width, height), Image<uint8_t>(width, height), {}};
  // Of few values, so that many neighbours are near the dead zone.
  picture.fine.for_each_value([&](uint16_t& value) { value = random() % 40 * 1638; });
  picture.light.for_each_value([&](uint8_t& value) { value = random() % 256; });
  return picture;
}

bool IsDarker(const Image<uint16_t>& fine, int x, int y, int dx, int dy, int dead_zone) {
  const int u = std::clamp(x + dx, 0, fine.width() - 1);
  const int v = std::clamp(y + dy, 0, fine.height() - 1);
  return fine(u, v) < fine(x, y) - dead_zone;
}

int PlainCost(const StereoPicture& left, const StereoPicture& right, int x, int y, int d,
              int dead_zone) {
  const int seen = std::max(0, x - d);
  int cost = std::min(20, std::abs(left.light(x, y) - right.light(seen, y))) / 2;
  for (int dy = -2; dy <= 2; ++dy) {
    for (int dx = -2; dx <= 2; ++dx)
      cost += IsDarker(left.fine, x, y, dx, dy, dead_zone) !=
              IsDarker(right.fine, seen, y, dx, dy, dead_zone);
  }
  return cost;
}

TEST(StereoCosts, OfEveryKernelArePlainOnes) {
  constexpr int kHeight = 7;
  for (const int width : {1, 2, 5, 7, 8, 15, 16, 17, 31, 33, 65, 130}) {
    const StereoPicture left = RandomPicture(width, kHeight, 1),
                        right = RandomPicture(width, kHeight, 2);
    for (const auto& [levels, dead_zone] : {std::pair{2, 0}, {64, 1638}, {65, 5000}, {256, 100}}) {
      const int stride = (levels + 63) / 64 * 64;
      std::vector<uint8_t> row(static_cast<size_t>(width * stride));
      const RowKernelList list = AvailableRowKernels();
      for (int k = 0; k < list.count; ++k) {
        LargeBlock memory;
        const StereoCosts costs(left, right, levels, dead_zone, memory, RunInTurn,
                                *list.kernels[k]);
        for (int y = 0; y < kHeight; ++y) {
          costs.Row(y, stride, row.data());
          for (int x = 0; x < width; ++x) {
            for (int d = 0; d < levels; ++d) {
              ASSERT_EQ(row[x * stride + d], PlainCost(left, right, x, y, d, dead_zone))
                  << list.kernels[k]->name << ", " << width << " wide, at " << x << ", " << y
                  << ", level " << d;
            }
          }
        }
      }
    }
  }
}

// The mean as numbers go; the kernels multiply by its share in 1/65536, which is up to 0.12 off.
double PlainMean(const RandomCosts& costs, int radius, int x, int y, int d) {
  double sum = 0;
  for (int dy = -radius; dy <= radius; ++dy) {
    for (int dx = -radius; dx <= radius; ++dx)
      sum += costs.At(std::clamp(x + dx, 0, costs.width() - 1),
                      std::clamp(y + dy, 0, costs.height() - 1), d);
  }
  return sum / ((2 * radius + 1) * (2 * radius + 1));
}

TEST(SmoothedCosts, AreMeansInWhateverOrderRowsAreRead) {
  constexpr int kWidth = 19, kHeight = 21, kLevels = 70, kStride = 128;
  const RandomCosts costs(kWidth, kHeight, kLevels, 3);
  std::vector<int> order;
  for (int y = 0; y < kHeight; ++y) order.push_back(y);
  for (int y = kHeight - 1; y >= 4; --y) order.push_back(y);
  for (const int y : {5, 6, 5, 6, 7, 0, 20, 20, 19}) order.push_back(y);
  std::vector<uint8_t> row(kWidth * kStride), other(row.size());
  for (const int radius : {0, 1, 4, 5, 7}) {
    const RowKernelList list = AvailableRowKernels();
    for (int k = 0; k < list.count; ++k) {
      const SmoothedCosts smoothed(costs, radius, *list.kernels[k]);
      const SmoothedCosts plain(costs, radius, PlainRowKernels());
      const auto reader = smoothed.Reader();
      for (const int y : order) {
        reader->Row(y, kStride, row.data());
        plain.Row(y, kStride, other.data());
        for (int x = 0; x < kWidth; ++x) {
          for (int d = 0; d < kLevels; ++d) {
            const int at = x * kStride + d;
            ASSERT_NEAR(row[at], PlainMean(costs, radius, x, y, d), 0.65)
                << list.kernels[k]->name << ", radius " << radius << " at " << x << ", " << y;
            ASSERT_EQ(row[at], other[at]) << list.kernels[k]->name;
          }
        }
      }
    }
  }
}

TEST(RoughRow, OfEveryKernelIsAPlainSum) {
  std::mt19937 random(5);
  for (const int width : {1, 7, 8, 16, 31, 32, 33, 70}) {
    std::vector<uint16_t> rows[5];
    RoughRow row;
    for (int i = 0; i < 5; ++i) {
      for (int x = 0; x < width + 4; ++x)
        rows[i].push_back(random() % 5 == 0 ? 65535 : static_cast<uint16_t>(random() % 90));
      row.rows[i] = rows[i].data();
    }
    row.width = width;
    row.most = 32;
    row.square_of_unknown = 256;
    const RowKernelList list = AvailableRowKernels();
    for (int k = 0; k < list.count; ++k) {
      std::vector<uint16_t> sums(static_cast<size_t>(width));
      row.sums = sums.data();
      list.kernels[k]->rough(row);
      for (int x = 0; x < width; ++x) {
        int sum = 0;
        for (int i = 0; i < 25; ++i) {
          const int there = rows[i / 5][x + i % 5];
          const int step = std::min(32, std::abs(there - rows[2][x + 2]));
          sum += there == 65535 ? 256 : step * step;
        }
        ASSERT_EQ(sums[x], sum) << list.kernels[k]->name << ", " << width << " wide, at " << x;
      }
    }
  }
}

}  // namespace
}  // namespace nightjar
