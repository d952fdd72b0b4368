// SPDX-License-Identifier: Apache-2.0
#include "data/simulator/event_camera.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>

#include "core/portable_math.h"
#include "core/random.h"
#include "data/simulator/float8.h"
#include "data/simulator/random_use.h"

namespace nightjar {
namespace {

constexpr int kLanes = 8;
constexpr float kLn2 = 0.69314718F;
constexpr float kLog2E = 1.44269504F;
constexpr float kNever = std::numeric_limits<float>::infinity();

Float8 At(const float* values) {
  Float8 lanes;
  std::memcpy(&lanes, values, sizeof lanes);
  return lanes;
}

// The wait for the next event of a Poisson process, in events to be expected.
float Patience(RandomStream& random) {
  return static_cast<float>(-portable::Log(random.Uniform()));
}

float WithMismatch(double threshold, double mismatch, RandomStream& random) {
  return static_cast<float>(std::max(0.1 * threshold, threshold + mismatch * random.Normal()));
}

bool IsIn(double value, double low, double high) { return value >= low && value <= high; }

}  // namespace

Status EventCameraOptions::Validate() const {
  constexpr const char* kThresholds = " must be 0.02 to 5 e-folds of brightness";
  if (!IsIn(threshold_on, 0.02, 5))
    return Fail(ErrorKind::kUsage, std::string("--event-threshold-on") + kThresholds);
  if (!IsIn(threshold_off, 0.02, 5))
    return Fail(ErrorKind::kUsage, std::string("--event-threshold-off") + kThresholds);
  if (!(bandwidth_hz_per_lux > 0) || !IsIn(largest_bandwidth_hz, 0.1, 1e6))
    return Fail(ErrorKind::kUsage, "--event-bandwidth-hz must be above 0, and at most 1000000");
  return {};
}

EventCamera::EventCamera(const EventCameraOptions& options, int width, int height, uint64_t seed)
    : options_(options),
      width_(width),
      height_(height),
      stride_(static_cast<size_t>((width + kLanes - 1) / kLanes * kLanes)),
      seed_(seed),
      leak_per_s_(static_cast<float>(options.leak_rate_hz * options.threshold_on)) {
  const size_t pixels = stride_ * static_cast<size_t>(height);
  input_.assign(pixels, 0);
  output_.assign(pixels, 0);
  blind_s_.assign(pixels, 0);
  shots_.assign(pixels, 0);
  RandomStream random(seed, StreamOf(RandomUse::kEventPixel));
  for (size_t i = 0; i < pixels; ++i) {
    threshold_on_.push_back(WithMismatch(options.threshold_on, options.threshold_mismatch, random));
    threshold_off_.push_back(
        WithMismatch(options.threshold_off, options.threshold_mismatch, random));
    // How far the last event before the begin is away.
    const auto share = static_cast<float>(random.Uniform());
    reference_.push_back(share * threshold_off_[i] - (1 - share) * threshold_on_[i]);
    patience_.push_back(Patience(random));
  }
}

void EventCamera::Begin(const Image<float>& lux) {
  for (int y = 0; y < height_; ++y) {
    for (int x = 0; x < width_; ++x) {
      const size_t i = First(y) + static_cast<size_t>(x);
      const float light = lux(x, y) + static_cast<float>(options_.dark_lux);
      input_[i] = output_[i] = kLn2 * Log2(All(light))[0];
      reference_[i] += output_[i];
    }
  }
}

// Eight pixels: their photoreceptors over one step. A low-pass of first order with the time
// constant T whose input rises by s per second is at input - s T + (what it lacked at first + s T)
// exp(-t/T).
void EventCamera::FollowLight(const float* lux, size_t first, float duration_s, float* from) {
  const Float8 light = At(lux) + All(static_cast<float>(options_.dark_lux));
  const Float8 turn =
      Clamped(All(static_cast<float>(2 * M_PI * options_.bandwidth_hz_per_lux)) * light, All(0.0F),
              All(static_cast<float>(2 * M_PI * options_.largest_bandwidth_hz)));  // 1 / T
  const Float8 input = At(&input_[first]);
  const Float8 output = At(&output_[first]);
  const Float8 next = All(kLn2) * Log2(light);
  const Float8 steps = turn * All(duration_s);  // the step's length in T
  const Float8 lag = (next - input) / steps;    // s T
  const Float8 decay = Exp2(Clamped(All(-kLog2E) * steps, All(-120.0F), All(0.0F)));
  const Float8 after = next - lag + (output - input + lag) * decay;
  std::memcpy(from, &output, sizeof output);
  std::memcpy(&input_[first], &next, sizeof next);
  std::memcpy(&output_[first], &after, sizeof after);
}

void EventCamera::Step(double begin_s, double end_s, const Image<float>& lux, int first_row,
                       int last_row, std::vector<Event>& events) {
  const auto duration_s = static_cast<float>(end_s - begin_s);
  std::vector<float> light(stride_, 0), from(stride_, 0);
  for (int y = first_row; y < last_row; ++y) {
    for (int x = 0; x < width_; ++x) light[static_cast<size_t>(x)] = lux(x, y);
    for (size_t x = 0; x < stride_; x += kLanes)
      FollowLight(&light[x], First(y) + x, duration_s, &from[x]);
    for (int x = 0; x < width_; ++x) {
      const auto column = static_cast<size_t>(x);
      const size_t i = First(y) + column;
      const Course course = {begin_s, duration_s, from[column], output_[i],
                             static_cast<float>(options_.shot_noise_rate_hz) /
                                 (1 + light[column] / static_cast<float>(options_.shot_noise_lux))};
      Event event;
      event.x = static_cast<uint16_t>(x);
      event.y = static_cast<uint16_t>(y) & 0x7FFF;
      Tell(i, course, event, events);
    }
  }
}

void EventCamera::Tell(size_t pixel, const Course& course, Event event,
                       std::vector<Event>& events) {
  float now = blind_s_[pixel];
  blind_s_[pixel] = std::max(0.0F, now - course.duration_s);
  if (now >= course.duration_s) {
    reference_[pixel] = course.to;
    return;
  }
  const float slope = (course.to - course.from) / course.duration_s;
  const float rise = slope + leak_per_s_;  // of the difference to the reference, per s
  // A pixel that was blind compares with what it sees then.
  float difference = now > 0 ? 0 : course.from - reference_[pixel];
  while (true) {
    // When the difference reaches a threshold, when shot noise does it.
    float told = kNever;
    if (rise > 0) told = now + std::max(0.0F, threshold_on_[pixel] - difference) / rise;
    if (rise < 0) told = now + std::max(0.0F, threshold_off_[pixel] + difference) / -rise;
    const float shot =
        course.shots_per_s > 0 ? now + patience_[pixel] / course.shots_per_s : kNever;
    const float next = std::min(told, shot);
    if (next > course.duration_s) {
      patience_[pixel] -= course.shots_per_s * (course.duration_s - now);
      difference += rise * (course.duration_s - now);
      break;
    }
    patience_[pixel] -= course.shots_per_s * (next - now);
    event.on = rise > 0;
    if (shot < told) {
      RandomStream random(seed_, StreamOf(RandomUse::kEventShot),
                          pixel | uint64_t{++shots_[pixel]} << 32);
      patience_[pixel] = Patience(random);
      event.on = random.Bits() & 1;
    }
    event.time_us = static_cast<uint32_t>((course.begin_s + static_cast<double>(next)) * 1e6);
    events.push_back(event);
    now = next + static_cast<float>(options_.refractory_s);
    difference = 0;
    if (now >= course.duration_s) {
      blind_s_[pixel] = now - course.duration_s;
      break;
    }
  }
  reference_[pixel] = course.to - difference;
}

}  // namespace nightjar
