// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "core/result.h"
#include "spatial/consistency.h"
#include "spatial/trajectory_error.h"

namespace nightjar {

struct EvaluateOptions {
  std::filesystem::path session;
  /// A trajectory of the same body on the same clock: TUM, EuRoC or Project Aria form
  /// (data/trajectory_file.h).
  std::filesystem::path reference;
  /// Compares only rows with this quality score or better, 0 .. 1. Coverage always counts 0.5 and
  /// better.
  std::optional<double> min_quality;

  Status Validate() const;
};

/// Accuracy and coverage of one trajectory of a session: one is not to be had without the other.
struct TrajectoryEvaluation {
  TrajectoryError error;
  int64_t frames = 0;   // rows of the trajectory: the frames that were offered
  double coverage = 0;  // share of them that were compared or could be: in the map that was, with a
                        // quality score of 0.5 or more
  int64_t maps = 1;     // only the one with most usable rows was compared
};

struct Evaluation {
  TrajectoryEvaluation causal;
  std::optional<TrajectoryEvaluation> final;  // nothing: the session has no closed loop
  std::optional<Consistency> nees;            // nothing: no keyframe could be compared
};

/// Compares a session with a reference. Errors: kUsage for a session that does not exist,
/// kUnusableInput for files that cannot be read, kNoAnswer when they do not overlap
/// or no row has a quality score of 0.5.
Result<Evaluation> Evaluate(const EvaluateOptions& options);

}  // namespace nightjar
