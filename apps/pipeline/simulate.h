// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "apps/pipeline/work_progress.h"
#include "core/result.h"
#include "data/simulator/depth_sensor.h"
#include "data/simulator/simulation.h"

namespace nightjar {

struct SimulateOptions {
  SimulationOptions simulation;
  std::filesystem::path log;  // the folder to write; SensorLogWriter::Check
  bool depth = false;         // the true depth of every frame: streams depthN
  /// With `depth`: depthN as this sensor gives it, the truth in truth/depthN.
  std::optional<DepthSensorOptions> depth_sensor = {};
  int threads = 2;        // 1 .. 256; the log does not depend on it
  WorkProgress progress;  // of frames, then of the events' ms
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
