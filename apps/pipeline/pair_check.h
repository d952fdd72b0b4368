// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "isp/depth/pair_geometry.h"
#include "isp/depth/run_tasks.h"
#include "isp/depth/stereo_pictures.h"

namespace nightjar {

/// Share of a pair's pixels at the end of the range (DisparityMap::share_at_end) from which on it
/// is worth a warning: the search of a good pair ends there by chance.
inline constexpr double kManyAtEnd = 0.01;

/// What is wrong with how two pictures lie to each other that should be a rectified pair.
enum class PairFault {
  kNone,
  kRowsOff,  // a row of one is not the same row of the other
  kSwapped,  // the left one is the right one
};

struct PairVerdict {
  PairFault fault = PairFault::kNone;
  std::string why;   // what was found, as a clause; empty without a fault
  std::string note;  // what does no harm yet, or why nothing could be told; may be empty
  std::optional<double> row_offset_px;  // median; missing where it could not be told
};

/// Looks at prepared pairs (PrepareStereoPair) of the same two cameras whether they are rectified
/// and which is left: by patches that look alike (isp/depth/pair_geometry.h) and, where no single
/// patch tells, by how much is found again this way and the other way round.
class PairCheck {
 public:
  /// kUsage and kTryAgain as of MatchCoarsely. `disparities`: px that are looked for.
  Status Add(const StereoPair& pair, int disparities, const RunTasks& run);
  int pairs() const { return static_cast<int>(pairs_.size()); }
  int patches() const;  // of all pairs
  /// Of all pairs together. Rows are those of the second picture.
  PairVerdict Verdict() const;

 private:
  struct Pair {
    PairGeometry geometry;
    double density = 0, density_swapped = 0;  // share of pixels found again
  };
  /// Median over the pairs, each of as much weight as it has patches.
  double Weighted(double PairGeometry::*value) const;
  double ShareBehind() const;

  std::vector<Pair> pairs_;
};

}  // namespace nightjar
