// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/result.h"
#include "core/trajectory.h"

namespace nightjar {

struct StandingTailOptions {
  double search_s = 2;    // the stop is the calmest frame of this last part of the log
  double tail_s = 20;     // how long the body stands after it
  double stop_s = 0.02;   // how long it takes to come to rest
  double noise_dn = 1.5;  // 1 sigma of a pixel, drawn anew for every frame
  uint64_t seed = 1;
};

/// A log that ends in motion, made to end standing: up to its calmest frame near the end it is the
/// log itself, and from there on that moment lasts. The images of the last exposure are repeated
/// with fresh noise; the IMU comes to rest and measures gravity and the biases that it had, which
/// follow from `truth`, with white noise of the rig's density.
///
/// `cameras`: as SensorLogOptions has it. Writes an ASL folder and returns the time of the stop.
Result<SensorTime> WriteStandingTail(const std::filesystem::path& log,
                                     const std::vector<std::string>& cameras,
                                     const std::vector<StampedPose>& truth,
                                     const std::filesystem::path& folder,
                                     const StandingTailOptions& options = {});

}  // namespace nightjar
