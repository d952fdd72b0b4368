// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstdint>
#include <filesystem>

#include "apps/pipeline/work_progress.h"
#include "apps/pipeline/write_events.h"
#include "core/result.h"
#include "data/simulator/event_camera.h"
#include "data/simulator/frame_light.h"

namespace nightjar {

struct SimulateFramesOptions {
  std::filesystem::path frames;      // what ReadImageSequence reads
  std::filesystem::path trajectory;  // of the body, on the frames' clock; empty: no truth
  std::filesystem::path log;         // the folder to write; SensorLogWriter::Check
  double begin_s = 0;                // take frames from here on, s from the first one, >= 0
  double end_s = HUGE_VAL;           // and before here
  FrameLightOptions light;
  EventCameraOptions event_camera;
  uint64_t seed = 1;
  int threads = 2;        // 1 .. 256; the log does not depend on it
  WorkProgress progress;  // of frames
};

struct SimulateFramesSummary {
  int64_t frames = 0;
  int64_t steps = 0;  // instants at which the light was sampled
  EventCounts events;
  int64_t poses = 0;          // of the truth
  int width = 0, height = 0;  // px
  double log_s = 0;           // from the first frame to the last one
  double wall_s = 0;
};

/// Makes the events that an event camera would have told of an image sequence: between two frames
/// every pixel's light changes evenly on the logarithm's scale (data/simulator/frame_light.h), in
/// steps of at most 0.4 of the smaller threshold and 1 ms. Nothing that happens between two frames
/// is known, so what moves by more than a pixel or two from frame to frame is a cross-fade.
///
/// The log has log.yaml, events0 and, with a trajectory, truth/state.csv. kUsage for an option out
/// of its range; kUnusableInput for frames or a trajectory that cannot be used.
Result<SimulateFramesSummary> SimulateFrames(const SimulateFramesOptions& options);

}  // namespace nightjar
