// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "core/event_packet.h"
#include "core/image.h"
#include "core/result.h"
#include "data/simulator/event_pixels.h"

namespace nightjar {

/// What an event camera's pixels make of light. The defaults are of the order of a DAVIS346's; they
/// are not fitted to a recording.
struct EventCameraOptions {
  double threshold_on = 0.25;         // natural logarithm of brightness, 0.02 .. 5
  double threshold_off = 0.25;        // likewise, as a positive number
  double threshold_mismatch = 0.025;  // 1 sigma between pixels, of either threshold, 0 .. 5
  double refractory_s = 500e-6;       // after an event the pixel sees nothing, 0 .. 1
  double dark_lux = 0.02;  // what the dark current of the photodiode looks like, 0 .. 100000
  /// The photoreceptor is a low-pass of first order; its corner frequency grows with the light on
  /// the pixel (Lichtsteiner, Posch, Delbruck, JSSC 43, 2008). The factor is our choice.
  double bandwidth_hz_per_lux = 30;    // lux: of a white surface in the scene, 1e-8 .. 1e8
  double largest_bandwidth_hz = 3000;  // 0.1 .. 1e6
  double leak_rate_hz = 0.1;           // on-events of a pixel in steady light, 0 .. 10000
  /// Events of either sign from photon shot noise: in the dark there are more of them (v2e). That
  /// the rate falls as 1 / (1 + lux / shot_noise_lux) is our choice.
  double shot_noise_rate_hz = 2;  // of a pixel in the dark, 0 .. 100000
  double shot_noise_lux = 5;      // 1e-6 .. 1e9

  /// Makes `hz` the corner frequency on a white surface at `lux`.
  void SetBandwidth(double hz, double lux) {
    bandwidth_hz_per_lux = hz / lux;
    largest_bandwidth_hz = std::max(largest_bandwidth_hz, hz);
  }
  /// kUsage with the field that is out of its range, or the command's option for it.
  Status Validate() const;
};

/// Lines of an event camera's sensor.yaml that say what its pixels do (docs/formats/sensor-log.md).
std::string DescribeEventPixels(const EventCameraOptions& options);

/// The pixels of an event camera: each follows the logarithm of its brightness (through its
/// photoreceptor) and tells by an event when it has changed by its threshold since the last one.
/// Hu, Liu, Delbruck, "v2e: from video frames to realistic DVS events", CVPRW 2021.
///
/// Pixels do not know of each other: rows can be worked on by several threads, with the same
/// result.
class EventCamera {
 public:
  /// `options` are valid.
  EventCamera(const EventCameraOptions& options, int width, int height, uint64_t seed);

  /// What the pixels look at first: illuminance, lux, times the albedo of what each of them sees.
  /// Here and in Step() light below 1e-9 lux or that is no number counts as 1e-9 lux, light above
  /// 1e12 lux as that.
  void Begin(const Image<float>& lux);

  /// The light changes from what it was at `begin_s`, evenly on the logarithm's scale, to `lux` at
  /// `end_s` > `begin_s`: what the pixels of rows first_row .. last_row - 1 tell, in no order.
  /// Times of events are Microsecond()s of their step, end_s < 71 min. Calls for different rows may
  /// run at the same time.
  ///
  /// The photoreceptor is a low-pass of first order. Its time constant follows the light; a step is
  /// solved exactly for the one that belongs to the geometric mean of the light at both ends, so
  /// that a rise and the fall back take equally long.
  void Step(double begin_s, double end_s, const Image<float>& lux, int first_row, int last_row,
            std::vector<Event>& events);

  /// The whole microsecond since 0 s that a time below 71 min falls into; 0 for those before 0.
  static uint32_t Microsecond(double t_s) {
    return static_cast<uint32_t>(std::max(0.0, t_s) * 1e6);
  }

  int width() const { return width_; }
  int height() const { return height_; }

 private:
  // A step's time.
  struct Interval {
    double begin_s, end_s;
    float duration_s;
  };
  // What happens to one pixel in a step.
  struct Course {
    float change;  // of the difference to the reference, evenly
    float shots;   // shot-noise events to be expected
  };
  void CopyRow(const Image<float>& lux, int y, std::vector<float>& row) const;
  void Tell(size_t pixel, const Interval& interval, const Course& course, Event event,
            std::vector<Event>& events);
  size_t First(int row) const { return static_cast<size_t>(row) * stride_; }

  EventCameraOptions options_;
  const EventKernels& kernels_ = FastestEventKernels();
  int width_, height_;
  size_t stride_;  // of a row, a multiple of 8
  uint64_t seed_;
  float leak_per_s_;  // that the reference sinks by, of the on-threshold
  // By pixel, at the end of the last step.
  std::vector<float> light_log2_;
  std::vector<float> lag_;  // e-folds that the photoreceptor's output is behind the light
  /// e-folds that the output is above the reference, its value after the last event. Kept in place
  /// of both: leak changes it by 1e-6 in a short step, which is lost beside their 5 to 10.
  std::vector<float> difference_;
  std::vector<float> threshold_on_, threshold_off_;
  std::vector<float> blind_s_;   // refractory time that is left
  std::vector<float> patience_;  // shot-noise events to be expected until the next one comes
  std::vector<uint32_t> shots_;  // shot-noise events so far
};

}  // namespace nightjar
