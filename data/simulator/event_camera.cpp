// SPDX-License-Identifier: Apache-2.0
#include "data/simulator/event_camera.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "core/portable_math.h"
#include "core/random.h"
#include "data/simulator/float8.h"
#include "data/simulator/option_range.h"
#include "data/simulator/random_use.h"
#include "data/simulator/simulate_ranges.h"

namespace nightjar {
namespace {

constexpr int kLanes = 8;
constexpr float kNever = std::numeric_limits<float>::infinity();
constexpr float kDarkest_lux = 1e-9F, kBrightest_lux = 1e12F;

// The wait for the next event of a Poisson process, in events to be expected.
float Patience(RandomStream& random) {
  return static_cast<float>(-portable::Log(random.Uniform()));
}

float WithMismatch(double threshold, double mismatch, RandomStream& random) {
  return static_cast<float>(std::max(0.1 * threshold, threshold + mismatch * random.Normal()));
}

// Light that has a logarithm, also of NaN: all that follows is finite then.
float Usable(float lux) {
  return lux > kDarkest_lux ? std::min(lux, kBrightest_lux) : kDarkest_lux;
}

}  // namespace

Status EventCameraOptions::Validate() const {
  constexpr const char* kThreshold = " e-folds of brightness";
  namespace range = simulate_range;
  if (Status in = range::kThresholdOn.Check(threshold_on, kThreshold); !in) return in;
  if (Status in = range::kThresholdOff.Check(threshold_off, kThreshold); !in) return in;
  if (Status in = range::kBandwidth.Check(largest_bandwidth_hz); !in) return in;
  return CheckRanges({{"threshold_mismatch", threshold_mismatch, 0, 5, kThreshold},
                      {"refractory_s", refractory_s, 0, 1},
                      {"dark_lux", dark_lux, 0, 1e5},
                      {"--event-bandwidth-hz divided by --lux", bandwidth_hz_per_lux, 1e-8, 1e8},
                      {"leak_rate_hz", leak_rate_hz, 0, 1e4},
                      {"shot_noise_rate_hz", shot_noise_rate_hz, 0, 1e5},
                      {"shot_noise_lux", shot_noise_lux, 1e-6, 1e9}});
}

std::string DescribeEventPixels(const EventCameraOptions& options) {
  const std::pair<const char*, double> lines[] = {
      {"threshold_on", options.threshold_on},
      {"threshold_off", options.threshold_off},
      {"threshold_mismatch", options.threshold_mismatch},
      {"refractory_s", options.refractory_s},
      {"dark_lux", options.dark_lux},
      {"bandwidth_hz_per_lux", options.bandwidth_hz_per_lux},
      {"largest_bandwidth_hz", options.largest_bandwidth_hz},
      {"leak_rate_hz", options.leak_rate_hz},
      {"shot_noise_rate_hz", options.shot_noise_rate_hz},
      {"shot_noise_lux", options.shot_noise_lux}};
  std::string text = "event_pixels:\n";
  for (const auto& [name, value] : lines) text += fmt::format("  {}: {}\n", name, value);
  return text;
}

EventCamera::EventCamera(const EventCameraOptions& options, int width, int height, uint64_t seed)
    : options_(options),
      width_(width),
      height_(height),
      stride_(static_cast<size_t>((width + kLanes - 1) / kLanes * kLanes)),
      seed_(seed),
      leak_per_s_(static_cast<float>(options.leak_rate_hz * options.threshold_on)) {
  const size_t pixels = stride_ * static_cast<size_t>(height);
  light_log2_.assign(pixels, 0);
  lag_.assign(pixels, 0);
  blind_s_.assign(pixels, 0);
  shots_.assign(pixels, 0);
  RandomStream random(seed, StreamOf(RandomUse::kEventPixel));
  for (size_t i = 0; i < pixels; ++i) {
    threshold_on_.push_back(WithMismatch(options.threshold_on, options.threshold_mismatch, random));
    threshold_off_.push_back(
        WithMismatch(options.threshold_off, options.threshold_mismatch, random));
    // How far the last event before the begin is away.
    const auto share = static_cast<float>(random.Uniform());
    difference_.push_back((1 - share) * threshold_on_[i] - share * threshold_off_[i]);
    patience_.push_back(Patience(random));
  }
}

void EventCamera::CopyRow(const Image<float>& lux, int y, std::vector<float>& row) const {
  for (int x = 0; x < width_; ++x) row[static_cast<size_t>(x)] = Usable(lux(x, y));
}

void EventCamera::Begin(const Image<float>& lux) {
  std::vector<float> row(stride_, 0);
  for (int y = 0; y < height_; ++y) {
    CopyRow(lux, y, row);
    for (size_t x = 0; x < stride_; x += kLanes) {
      const Float8 light = Load8(&row[x]) + All(static_cast<float>(options_.dark_lux));
      Store8(Log2(light), &light_log2_[First(y) + x]);
    }
  }
}

void EventCamera::Step(double begin_s, double end_s, const Image<float>& lux, int first_row,
                       int last_row, std::vector<Event>& events) {
  const Interval interval = {begin_s, end_s, static_cast<float>(end_s - begin_s)};
  const EventStep step = {interval.duration_s,
                          static_cast<float>(options_.dark_lux),
                          static_cast<float>(2 * M_PI * options_.bandwidth_hz_per_lux),
                          static_cast<float>(2 * M_PI * options_.largest_bandwidth_hz),
                          leak_per_s_ * interval.duration_s,
                          static_cast<float>(options_.shot_noise_rate_hz) * interval.duration_s,
                          static_cast<float>(1 / options_.shot_noise_lux)};
  std::vector<float> row(stride_, 0), change(stride_), shots(stride_);
  std::vector<int32_t> busy(stride_);
  for (int y = first_row; y < last_row; ++y) {
    const size_t first = First(y);
    CopyRow(lux, y, row);
    kernels_.step(step,
                  {&light_log2_[first], &lag_[first], &difference_[first], &patience_[first],
                   &threshold_on_[first], &threshold_off_[first], &blind_s_[first]},
                  row.data(), stride_, {change.data(), shots.data(), busy.data()});
    for (int x = 0; x < width_; ++x) {
      const auto i = static_cast<size_t>(x);
      if (busy[i] == 0) continue;
      Event event;
      event.x = static_cast<uint16_t>(x);
      event.y = static_cast<uint16_t>(y) & 0x7FFF;
      Tell(first + i, interval, {change[i], shots[i]}, event, events);
    }
  }
}

// Times are shares of the step.
void EventCamera::Tell(size_t pixel, const Interval& interval, const Course& course, Event event,
                       std::vector<Event>& events) {
  float& blind_s = blind_s_[pixel];
  float& difference = difference_[pixel];
  float& patience = patience_[pixel];
  float now = blind_s / interval.duration_s;
  if (now > 0) difference = 0;  // a pixel that was blind compares with what it sees then
  blind_s = std::max(0.0F, blind_s - interval.duration_s);
  while (now < 1) {
    // When the difference reaches a threshold, when shot noise does it.
    float told = kNever;
    if (course.change > 0)
      told = now + std::max(0.0F, threshold_on_[pixel] - difference) / course.change;
    if (course.change < 0)
      told = now + std::max(0.0F, threshold_off_[pixel] + difference) / -course.change;
    const float shot = course.shots > 0 ? now + std::max(0.0F, patience) / course.shots : kNever;
    const float next = std::min(told, shot);
    if (next > 1) {
      patience -= course.shots * (1 - now);
      difference += course.change * (1 - now);
      return;
    }
    patience -= course.shots * (next - now);
    event.on = course.change > 0;
    if (shot < told) {
      RandomStream random(seed_, StreamOf(RandomUse::kEventShot),
                          pixel | uint64_t{++shots_[pixel]} << 32);
      patience = Patience(random);
      event.on = random.Bits() & 1;
    }
    const double time_s =
        interval.begin_s + static_cast<double>(next) * (interval.end_s - interval.begin_s);
    event.time_us = Microsecond(std::min(time_s, interval.end_s));
    events.push_back(event);
    difference = 0;
    const auto refractory_s = static_cast<float>(options_.refractory_s);
    now = next + refractory_s / interval.duration_s;
    if (now >= 1) blind_s = (now - 1) * interval.duration_s;
  }
}

}  // namespace nightjar
