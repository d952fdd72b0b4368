// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "data/simulator/float8.h"

namespace nightjar {

/// The state of an event camera's pixels, of one row: see EventCamera. Arrays of a multiple of
/// eight.
struct EventPixels {
  float* light_log2;           // at the end of the last step
  float* lag;                  // e-folds that the photoreceptor's output is behind the light
  float* difference;           // e-folds that the output is above the reference
  float* patience;             // shot-noise events to be expected until the next one comes
  const float* threshold_on;   // e-folds
  const float* threshold_off;  // idem, positive
  const float* blind_s;        // refractory time that is left
};

/// A step of time, the same for all pixels.
struct EventStep {
  float duration_s;
  float dark_lux;        // what is added to all light
  float turn_per_lux;    // 1 / (s lux): 2 pi times the photoreceptor's corner frequency
  float largest_turn;    // 1 / s
  float leak;            // e-folds that the difference rises by
  float dark_shots;      // shot-noise events to be expected in the dark
  float shots_halve_by;  // 1 / lux: at this light they are half as many
};

/// What happens to each pixel of a row in a step.
struct EventCourses {
  float* change;  // of the difference to the reference, evenly
  float* shots;   // shot-noise events to be expected
  int32_t* busy;  // 0: the pixel told nothing, and is through the step; -1: it is still to be taken
};

/// What takes the time of an event camera, compiled twice (event_pixels.inc) as TileLight is: the
/// results are the same.
struct EventKernels {
  /// Follows the light (lux, 1e-9 .. 1e12) of `count` pixels, a multiple of eight, through a step.
  void (*step)(const EventStep& step, const EventPixels& pixels, const float* lux, size_t count,
               const EventCourses& courses);
};

/// The one that this processor can run.
const EventKernels& FastestEventKernels();

}  // namespace nightjar
