// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "core/event_packet.h"
#include "core/image.h"
#include "core/result.h"

namespace nightjar {

/// What an event camera's pixels make of light. The defaults are of the order of a DAVIS346's; they
/// are not fitted to a recording.
struct EventCameraOptions {
  double threshold_on = 0.25;         // natural logarithm of brightness
  double threshold_off = 0.25;        // likewise, as a positive number
  double threshold_mismatch = 0.025;  // 1 sigma between pixels, of either threshold
  double refractory_s = 500e-6;       // after an event the pixel sees nothing
  double dark_lux = 0.02;             // what the dark current of the photodiode looks like
  /// The photoreceptor is a low-pass of first order; its corner frequency grows with the light on
  /// the pixel (Lichtsteiner, Posch, Delbruck, JSSC 43, 2008). The factor is our choice.
  double bandwidth_hz_per_lux = 30;  // lux: of a white surface in the scene
  double largest_bandwidth_hz = 3000;
  double leak_rate_hz = 0.1;  // on-events of a pixel in steady light
  /// Events of either sign from photon shot noise: in the dark there are more of them (v2e). That
  /// the rate falls as 1 / (1 + lux / shot_noise_lux) is our choice.
  double shot_noise_rate_hz = 2;  // of a pixel in the dark
  double shot_noise_lux = 5;

  /// Makes `hz` the corner frequency on a white surface at `lux`.
  void SetBandwidth(double hz, double lux) {
    bandwidth_hz_per_lux = hz / lux;
    largest_bandwidth_hz = std::max(largest_bandwidth_hz, hz);
  }
  /// Thresholds 0.02 .. 5, a bandwidth of up to 1 MHz. kUsage with the command's option that is
  /// wrong.
  Status Validate() const;
};

/// The pixels of an event camera: each follows the logarithm of its brightness (through its
/// photoreceptor) and tells by an event when it has changed by its threshold since the last one.
/// Hu, Liu, Delbruck, "v2e: from video frames to realistic DVS events", CVPRW 2021.
///
/// Pixels do not know of each other: rows can be worked on by several threads, with the same
/// result.
class EventCamera {
 public:
  EventCamera(const EventCameraOptions& options, int width, int height, uint64_t seed);

  /// What the pixels look at first: illuminance, lux, times the albedo of what each of them sees.
  void Begin(const Image<float>& lux);

  /// The light changes from what it was at `begin_s`, evenly on the logarithm's scale, to `lux` at
  /// `end_s` > `begin_s`: what the pixels of rows first_row .. last_row - 1 tell, in no order.
  /// Times of events count from 0 s, 0 <= end_s < 71 min. Calls for different rows may run at the
  /// same time.
  void Step(double begin_s, double end_s, const Image<float>& lux, int first_row, int last_row,
            std::vector<Event>& events);

  int width() const { return width_; }
  int height() const { return height_; }

 private:
  // What happens to one pixel in a step.
  struct Course {
    double begin_s;
    float duration_s;
    float from, to;     // output of the photoreceptor: straight between them
    float shots_per_s;  // expected rate of shot-noise events
  };
  void FollowLight(const float* lux, size_t first, float duration_s, float* from);
  void Tell(size_t pixel, const Course& course, Event event, std::vector<Event>& events);
  size_t First(int row) const { return static_cast<size_t>(row) * stride_; }

  EventCameraOptions options_;
  int width_, height_;
  size_t stride_;  // of a row, a multiple of 8
  uint64_t seed_;
  float leak_per_s_;  // that the reference sinks by, of the on-threshold
  // By pixel, at the end of the last step.
  std::vector<float> input_;      // logarithm of the light
  std::vector<float> output_;     // of the photoreceptor
  std::vector<float> reference_;  // what the output is compared with: its value after an event
  std::vector<float> threshold_on_, threshold_off_;
  std::vector<float> blind_s_;   // refractory time that is left
  std::vector<float> patience_;  // shot-noise events to be expected until the next one comes
  std::vector<uint32_t> shots_;  // shot-noise events so far
};

}  // namespace nightjar
