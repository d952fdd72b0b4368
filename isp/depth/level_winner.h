// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "isp/depth/path_sweep.h"
#include "isp/depth/semi_global_aggregation.h"

namespace nightjar {

/// Turns the sums of paths into the best level of each pixel, with its fraction and what tells how
/// sure it is. Rows in any order, several at once with a Scratch each.
class LevelWinner {
 public:
  /// Fills `map`, whose memory is used again where its size fits.
  LevelWinner(const SweepPlan& plan, bool with_other, LevelMap& map);

  struct Scratch {
    explicit Scratch(const SweepPlan& plan);
    std::vector<uint16_t> level, best, below, above, second, other_best, other_level;
  };

  /// `costs` of the row, and the sums of the sweeps down and up.
  void FindRow(int y, const uint8_t* costs, const uint8_t* sums, const uint8_t* other_sums,
               Scratch& scratch);

 private:
  const SweepPlan* plan_;
  bool with_other_;
  LevelMap* map_;
};

}  // namespace nightjar
