// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "core/event_packet.h"
#include "core/image.h"
#include "core/result.h"
#include "core/time.h"
#include "isp/events/event_epoch.h"

namespace nightjar {

struct ComplementaryFilterOptions {
  double threshold_on = 0.25;   // of the sensor's pixels, natural logarithm, 0.01 .. 5
  double threshold_off = 0.25;  // likewise, as a positive number
  /// What is slower comes from frames, what is faster from events, 0.01 .. 100. Frames of 20 Hz are
  /// better than a second of events, whose thresholds are not known well.
  double crossover_hz = 1;
  /// Frames are trusted less near black and white, where they are clipped: the crossover falls from
  /// its value at this distance from either, a share of the range, 0 .. 0.5,
  double clipped_share = 0.05;
  double clipped_trust = 0.1;  // to this much of it at black and at white, 0 .. 1
  Status Validate() const;     // kUsage
};

/// The light on each pixel at any instant, from frames and events together: frames through a
/// low-pass and events through the complementary high-pass of first order,
///
///     dL/dt = E(t) - a (L - F(t)),   a = 2 pi crossover_hz,
///
/// where E are steps by the threshold and F is the logarithm of the last frame. Scheerlinck,
/// Barnes, Mahony, "Continuous-time intensity estimation using event cameras", ACCV 2018. Without
/// frames F = 0 and it is a high-pass of the events; the first frame is taken as it is.
///
/// Between two events of a pixel the equation is solved exactly. Events and frames come in the
/// order of time.
class ComplementaryFilter {
 public:
  /// `options` are valid; a sensor of 1 x 1 to 65536 x 32768 px.
  ComplementaryFilter(const ComplementaryFilterOptions& options, int width, int height);

  /// Returns how many events lay outside of the sensor.
  int64_t Add(const EventSpan& packet);

  /// A frame of the sensor's size whose values are proportional to light, up to `white` (1 ..
  /// 65535, in its counts; more counts as that), seen at `time`. F is ln((value + 1) / (white +
  /// 1)). kUsage when size or white are wrong.
  Status AddFrame(const MonoImage& frame, int white, SensorTime time);

  /// L at `now`, which is not before the last event: relative to ln(white). Made anew where its
  /// size differs.
  Status Show(SensorTime now, Image<float>& log_light) const;

 private:
  void MoveBack(int32_t by);

  ComplementaryFilterOptions options_;
  EventEpoch epoch_;
  bool has_frame_ = false;
  // By pixel: L - F at `times_`, how fast it decays (halvings per us), F.
  Image<float> above_, per_us_, frame_;
  Image<int32_t> times_;  // of the last event or frame
  Image<float> shown_;    // when the last frame came
};

}  // namespace nightjar
