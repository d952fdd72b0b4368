// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>

namespace nightjar {

/// Rows of costs for one sweep, which takes them one after the other, downwards or upwards: what
/// two of them have in common is worked out once. For one thread.
class CostRowReader {
 public:
  virtual ~CostRowReader() = default;
  /// As CostRows::Row.
  virtual void Row(int y, int stride, uint8_t* costs) = 0;
};

/// Where matching costs come from, one row of pixels at a time: a rectified pair, a plane sweep
/// over posed frames, or anything else that has a cost for each pixel and each of some levels (of
/// disparity, of inverse depth).
class CostRows {
 public:
  virtual ~CostRows() = default;

  virtual int width() const = 0;   // px
  virtual int height() const = 0;  // px
  virtual int levels() const = 0;  // 2 .. kMostLevels

  /// Writes the costs of row y to `costs`: of the pixel in column x those of all levels, from
  /// costs[x * stride] on, each 0 (alike) .. kHighestCost. What lies between levels() and stride is
  /// free to be written. Called two or three times for each row, in any order, from several threads
  /// at once: gives the same for the same row.
  virtual void Row(int y, int stride, uint8_t* costs) const = 0;

  /// Gives what Row() gives. These costs outlive it.
  virtual std::unique_ptr<CostRowReader> Reader() const;
};

/// More would overflow the 8 bits of a path's cost (isp/depth/semi_global_aggregation.h).
inline constexpr int kHighestCost = 127;

inline constexpr int kMostLevels = 256;

}  // namespace nightjar
