// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "spatial/query/timeline.h"

namespace nightjar {

struct RevisitOptions {
  double within_m = 0.5;  // of the place
  double left_m = 1.5;    // that one was away from it in between
  double after_s = 5;     // at the earliest
  double step_s = 0.25;   // how finely is looked
};

/// A return to a place where the body was before.
struct Revisit {
  size_t row = 0;      // of the timeline, where it comes nearest
  size_t earlier = 0;  // the row whose place that was
  double distance_m = 0;
  double sigma_m = 0;  // of the distance, from the errors of both together; infinite: not known
};

/// Returns within rows first .. last (included) of one map, in time order: one per stay, each to
/// the place of all those that was nearest. Takes time with the square of the duration.
std::vector<Revisit> FindRevisits(const Timeline& timeline, size_t first, size_t last,
                                  const RevisitOptions& options = {});

}  // namespace nightjar
