// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>

#include "core/result.h"
#include "data/simulator/simulation.h"

namespace nightjar {

struct SimulateOptions {
  SimulationOptions simulation;
  std::filesystem::path log;  // the folder to write; a log that this made is replaced
  bool depth = false;         // the true depth of every frame: streams depthN
  bool depth_sensor = false;  // with `depth`: depthN as a sensor gives it, truth in truth/depthN
  int threads = 2;            // 1 .. 256; the log does not depend on it
  /// Called from the caller's thread after every few frames.
  std::function<void(int64_t frames_done, int64_t frames_total)> progress;
  /// Asked as often; true ends the work with kNoAnswer and leaves nothing behind.
  std::function<bool()> cancelled;
};

/// How far a smooth motion passes by the poses that it was made from.
struct TrajectoryResidual {
  double rms_mm = 0, largest_mm = 0;
  double rms_deg = 0, largest_deg = 0;
};

struct SimulateSummary {
  int64_t frames = 0;
  int64_t observations = 0;  // of landmarks
  int64_t imu_samples = 0;
  int64_t events = 0;
  double log_s = 0;
  double wall_s = 0;
  double electrons_at_white = 0;
  std::optional<TrajectoryResidual> residual = {};  // of a trajectory that was followed
};

/// Makes a sensor log with exact truth. kUsage for options that contradict each other.
Result<SimulateSummary> Simulate(const SimulateOptions& options);

}  // namespace nightjar
