// SPDX-License-Identifier: Apache-2.0
#include "isp/events/complementary_filter.h"

#include <complementary_decay.h>

#include <algorithm>
#include <numbers>
#include <vector>

#include "core/portable_math.h"
#include "isp/events/exponential_decay.h"
#include "isp/frame_checks.h"
#include "isp/kernel_call.h"

namespace nightjar {
namespace {

float HalvingsPerMicrosecond(double hz) {
  return static_cast<float>(2 * std::numbers::pi * hz * kLog2OfE * 1e-6);
}

}  // namespace

Status ComplementaryFilterOptions::Validate() const {
  const auto is_threshold = [](double t) { return t >= 0.01 && t <= 5; };
  if (!is_threshold(threshold_on) || !is_threshold(threshold_off))
    return Fail(ErrorKind::kUsage, "thresholds of the complementary filter must be 0.01 to 5");
  if (!(crossover_hz >= 0.01 && crossover_hz <= 100)) {
    return Fail(ErrorKind::kUsage,
                "crossover_hz of the complementary filter must be 0.01 to 100 Hz");
  }
  if (!(clipped_share >= 0 && clipped_share <= 0.5))
    return Fail(ErrorKind::kUsage, "clipped_share of the complementary filter must be 0 to 0.5");
  if (clipped_trust >= 0 && clipped_trust <= 1) return {};
  return Fail(ErrorKind::kUsage, "clipped_trust of the complementary filter must be 0 to 1");
}

ComplementaryFilter::ComplementaryFilter(const ComplementaryFilterOptions& options, int width,
                                         int height)
    : options_(options),
      above_(FilledImage(width, height, 0.0F)),
      per_us_(FilledImage(width, height, HalvingsPerMicrosecond(options.crossover_hz))),
      frame_(FilledImage(width, height, 0.0F)),
      times_(FilledImage(width, height, EventEpoch::kNever)) {}

void ComplementaryFilter::MoveBack(int32_t by) {
  std::transform(times_.begin(), times_.end(), times_.begin(),
                 [by](int32_t t) { return EventEpoch::MovedBack(t, by); });
}

int64_t ComplementaryFilter::Add(const EventSpan& packet) {
  epoch_.Begin(packet.begin);
  const int width = above_.width(), height = above_.height();
  const float steps[2] = {static_cast<float>(-options_.threshold_off),
                          static_cast<float>(options_.threshold_on)};
  float* const above = above_.data();
  const float* const per_us = per_us_.data();
  int32_t* const times = times_.data();
  int64_t outside = 0;
  for (const Event event : packet.events) {
    if (event.x >= width || event.y >= height) [[unlikely]] {
      ++outside;
      continue;
    }
    const int32_t now = epoch_.At(event.time_us, [this](int32_t by) { MoveBack(by); });
    const ptrdiff_t pixel = event.y * static_cast<ptrdiff_t>(width) + event.x;
    const auto age = static_cast<float>(std::max(now - times[pixel], 0));
    above[pixel] = above[pixel] * ExponentialDecay(age * per_us[pixel]) + steps[event.on];
    times[pixel] = now;
  }
  return outside;
}

Status ComplementaryFilter::AddFrame(const MonoImage& frame, int white, SensorTime time) {
  if (Width(frame) != above_.width() || Height(frame) != above_.height())
    return Fail(ErrorKind::kUsage, "a frame of the complementary filter has another size");
  if (white < 1 || white > 65535)
    return Fail(ErrorKind::kUsage, "white of the complementary filter must be 1 to 65535");
  epoch_.Begin(time);
  const int32_t now = epoch_.At(0, [this](int32_t by) { MoveBack(by); });
  if (Status status = Show(time, shown_); !status) return status;

  std::vector<float> logs, rates;
  for (int value = 0; value <= white; ++value) {
    logs.push_back(static_cast<float>(portable::Log((value + 1.0) / (white + 1.0))));
    const double room = static_cast<double>(std::min(value, white - value)) / white;
    const double trust = room >= options_.clipped_share ? 1 : room / options_.clipped_share;
    rates.push_back(HalvingsPerMicrosecond(
        options_.crossover_hz * (options_.clipped_trust + (1 - options_.clipped_trust) * trust)));
  }
  std::visit(
      [&](const auto& pixels) {
        for (int y = 0; y < above_.height(); ++y) {
          for (int x = 0; x < above_.width(); ++x) {
            const auto value = static_cast<size_t>(std::min<int>(pixels(x, y), white));
            frame_(x, y) = logs[value];
            per_us_(x, y) = rates[value];
            // Of the light itself nothing else is known before the first frame.
            above_(x, y) = has_frame_ ? shown_(x, y) - logs[value] : 0.0F;
          }
        }
      },
      frame);
  has_frame_ = true;
  std::fill_n(times_.data(), times_.number_of_elements(), now);
  return {};
}

Status ComplementaryFilter::Show(SensorTime now, Image<float>& log_light) const {
  Fit(above_.width(), above_.height(), log_light);
  Image<float> above = above_, per_us = per_us_, frame = frame_;  // share the pixels
  Image<int32_t> times = times_;
  KernelCall call("complementary_decay");
  return call.Finish(complementary_decay(call.context(), frame, above, per_us, times,
                                         epoch_.FromSensorTime(now), log_light));
}

}  // namespace nightjar
