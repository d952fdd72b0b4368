// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "core/result.h"
#include "data/simulator/head_motion.h"

namespace nightjar {

/// What the development of frames does for the trajectory: the same simulated walks, looks and
/// hours at a desk in four lights, processed with every stage of it.
struct DevelopmentStudy {
  std::vector<double> lux = {300, 30, 3, 0.5};
  std::vector<HeadMotion> motions = {HeadMotion::kWalk, HeadMotion::kLook, HeadMotion::kDesk};
  int seeds = 4;
  double seconds = 8;
  /// Logs and sessions are made here and removed when they have been scored; results_*.jsonl
  /// stays, and what is in it is not done again by the same build.
  std::filesystem::path work;
  std::function<void(const std::string&)> progress;  // one line for each log
};

/// A setting of the development on one log.
struct DevelopmentScore {
  std::string setting;
  double lux = 0;
  std::string motion;
  int seed = 0;
  bool lost = false;  // no answer, or usable frames are fewer than half
  double coverage = 0;
  double causal_mm = 0, final_mm = 0;                               // ATE
  double nees_position = std::numeric_limits<double>::quiet_NaN();  // not known
  double tracks_per_frame = 0, frames_per_track = 0, within_pixel = 0;
};

/// All settings on all logs, in order.
Result<std::vector<DevelopmentScore>> Run(const DevelopmentStudy& study);

/// A table of medians with quartiles, of runs that were not lost, by light and setting; beneath it
/// the ratios of the same motion and seed to the brightest light, of each setting.
std::string Markdown(const std::vector<DevelopmentScore>& scores);

}  // namespace nightjar
