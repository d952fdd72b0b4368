// SPDX-License-Identifier: Apache-2.0
#include "data/simulator/event_camera.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
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
constexpr float kLn2 = 0.69314718F;
constexpr float kLog2E = 1.44269504F;
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

// The eight from `values` on, and the way back.
Float8 At(const float* values) {
  Float8 lanes;
  std::memcpy(&lanes, values, sizeof lanes);
  return lanes;
}
void Put(Float8 lanes, float* values) { std::memcpy(values, &lanes, sizeof lanes); }

// What a low-pass of first order does in `steps` of its time constants.
struct LowPass {
  Float8 decay;  // share of a lag that is left at the end
  Float8 lag;    // share of an even change of the input that the output has not followed
};

LowPass LowPassOf(Float8 steps) {
  // (1 - exp(-s)) / s: its series where s is small, since the difference is then Exp2's error.
  const Float8 series =
      All(1.0F) -
      steps * (All(0.5F) - steps * (All(1.0F / 6) -
                                    steps * (All(1.0F / 24) -
                                             steps * (All(1.0F / 120) - steps * All(1.0F / 720)))));
  const Float8 decay = Exp2(Clamped(All(-kLog2E) * steps, All(-60.0F), All(0.0F)));
  const Int8 is_short = Less(steps, All(0.5F));
  return {Choose(is_short, All(1.0F) - steps * series, decay),
          Choose(is_short, series, (All(1.0F) - decay) / steps)};
}

// 0 in place of what is next to nothing: denormal numbers cost a hundred times as much.
Float8 WithoutDenormals(Float8 x) { return x + All(1e-20F) - All(1e-20F); }

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
      const Float8 light = At(&row[x]) + All(static_cast<float>(options_.dark_lux));
      Put(Log2(light), &light_log2_[First(y) + x]);
    }
  }
}

// Eight pixels: by how much the output of their photoreceptors changes in a step. A low-pass lags
// behind an input that changes evenly: d lag / dt = d input / dt - lag / T.
Float8 EventCamera::FollowLight(Float8 lux, size_t first, float duration_s) {
  const Float8 before = At(&light_log2_[first]);
  const Float8 lag = At(&lag_[first]);
  const Float8 now = Log2(lux + All(static_cast<float>(options_.dark_lux)));
  const Float8 mean_lux = Exp2(All(0.5F) * (before + now));
  const Float8 turn =
      Clamped(All(static_cast<float>(2 * M_PI * options_.bandwidth_hz_per_lux)) * mean_lux,
              All(0.0F), All(static_cast<float>(2 * M_PI * options_.largest_bandwidth_hz)));  // 1/T
  const LowPass low_pass = LowPassOf(turn * All(duration_s));
  const Float8 change = All(kLn2) * (now - before);
  const Float8 lag_after = WithoutDenormals(lag * low_pass.decay + change * low_pass.lag);
  const Float8 output_change = change + (lag - lag_after);
  Put(now, &light_log2_[first]);
  Put(lag_after, &lag_[first]);
  return output_change;
}

void EventCamera::Step(double begin_s, double end_s, const Image<float>& lux, int first_row,
                       int last_row, std::vector<Event>& events) {
  const Interval interval = {begin_s, end_s, static_cast<float>(end_s - begin_s)};
  const Float8 leak = All(leak_per_s_ * interval.duration_s);
  const Float8 dark_shots =
      All(static_cast<float>(options_.shot_noise_rate_hz) * interval.duration_s);
  const Float8 per_shot_lux = All(static_cast<float>(1 / options_.shot_noise_lux));
  std::vector<float> row(stride_, 0);
  for (int y = first_row; y < last_row; ++y) {
    CopyRow(lux, y, row);
    for (int x = 0; x < width_; x += kLanes) {
      const size_t first = First(y) + static_cast<size_t>(x);
      const Float8 light = At(&row[static_cast<size_t>(x)]);
      const Float8 change = FollowLight(light, first, interval.duration_s) + leak;
      const Float8 shots = dark_shots / (All(1.0F) + light * per_shot_lux);
      const Int8 busy = ~PassQuietly(first, change, shots);
      if (!AnyOf(busy)) continue;
      for (int k = 0; k < kLanes && x + k < width_; ++k) {
        if (busy[k] == 0) continue;
        Event event;
        event.x = static_cast<uint16_t>(x + k);
        event.y = static_cast<uint16_t>(y) & 0x7FFF;
        Tell(first + static_cast<size_t>(k), interval, {change[k], shots[k]}, event, events);
      }
    }
  }
}

// Eight pixels: takes those through a step that tell nothing in it, as Tell() would, and says which
// they are. Hardly any pixel tells anything in a step.
Int8 EventCamera::PassQuietly(size_t first, Float8 change, Float8 shots) {
  const Float8 difference = At(&difference_[first]);
  const Float8 patience = At(&patience_[first]);
  const Float8 after = difference + change;
  const Int8 is_blind = Less(All(0.0F), At(&blind_s_[first]));
  const Int8 quiet = Less(after, At(&threshold_on_[first])) &
                     Less(-At(&threshold_off_[first]), after) & Less(shots, patience) & ~is_blind;
  Put(Choose(quiet, after, difference), &difference_[first]);
  Put(Choose(quiet, patience - shots, patience), &patience_[first]);
  return quiet;
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
