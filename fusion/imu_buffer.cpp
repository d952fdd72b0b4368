// SPDX-License-Identifier: Apache-2.0
#include "fusion/imu_buffer.h"

#include <algorithm>

namespace nightjar {
namespace {

bool IsBefore(const ImuSample& sample, SensorTime time) { return sample.time < time; }
bool IsAfter(SensorTime time, const ImuSample& sample) { return time < sample.time; }

}  // namespace

void ImuBuffer::Add(const ImuSample& sample) {
  if (!samples_.empty() && sample.time <= samples_.back().time) return;
  samples_.push_back(sample);
}

ImuSample ImuBuffer::At(SensorTime time) const {
  const auto after = std::lower_bound(samples_.begin(), samples_.end(), time, IsBefore);
  ImuSample sample = after == samples_.end() ? samples_.back() : *after;
  if (after != samples_.end() && after != samples_.begin() && after->time != time) {
    const ImuSample& before = *(after - 1);
    const double share = ToSeconds(time - before.time) / ToSeconds(after->time - before.time);
    sample.angular_velocity_body =
        (1 - share) * before.angular_velocity_body + share * after->angular_velocity_body;
    sample.specific_force_body =
        (1 - share) * before.specific_force_body + share * after->specific_force_body;
  }
  sample.time = time;
  return sample;
}

ImuSignal ImuBuffer::Between(SensorTime begin, SensorTime end) const {
  ImuSignal signal;
  if (samples_.empty()) return signal;
  signal.samples.push_back(At(begin));
  const auto first = std::upper_bound(samples_.begin(), samples_.end(), begin, IsAfter);
  const auto last = std::lower_bound(samples_.begin(), samples_.end(), end, IsBefore);
  if (first < last) signal.samples.insert(signal.samples.end(), first, last);
  signal.samples.push_back(At(end));
  for (size_t i = 1; i < signal.samples.size(); ++i) {
    signal.spacing_s.push_back(SpacingAround(signal.samples[i - 1].time, signal.samples[i].time));
  }
  return signal;
}

// From the measurement at or before `begin` to the one at or after `end`; where there is none, to
// that end itself.
double ImuBuffer::SpacingAround(SensorTime begin, SensorTime end) const {
  const auto after_begin = std::upper_bound(samples_.begin(), samples_.end(), begin, IsAfter);
  const auto at_end = std::lower_bound(samples_.begin(), samples_.end(), end, IsBefore);
  const SensorTime from = after_begin == samples_.begin() ? begin : (after_begin - 1)->time;
  const SensorTime to = at_end == samples_.end() ? end : at_end->time;
  return ToSeconds(to - from);
}

SensorTime ImuBuffer::UnbrokenSince(SensorTime begin, SensorTime time, Duration longest) const {
  SensorTime since = time;
  auto sample = std::upper_bound(samples_.begin(), samples_.end(), time, IsAfter);
  while (sample != samples_.begin() && since > begin) {
    --sample;
    if (since - sample->time > longest) return since;
    since = std::max(sample->time, begin);
  }
  return since;
}

Duration ImuBuffer::LongestGap(SensorTime begin, SensorTime end) const {
  Duration longest{0};
  const auto first = std::upper_bound(samples_.begin(), samples_.end(), begin, IsAfter);
  SensorTime previous = first == samples_.begin() ? begin : (first - 1)->time;
  for (auto sample = first; sample != samples_.end() && sample->time < end; ++sample) {
    longest = std::max(longest, sample->time - previous);
    previous = sample->time;
  }
  return std::max(longest, end - previous);
}

}  // namespace nightjar
