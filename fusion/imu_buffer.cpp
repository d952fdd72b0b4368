// SPDX-License-Identifier: Apache-2.0
#include "fusion/imu_buffer.h"

#include <algorithm>

namespace nightjar {
namespace {

bool IsBefore(const ImuSample& sample, SensorTime time) { return sample.time < time; }
bool IsAfter(SensorTime time, const ImuSample& sample) { return time < sample.time; }

bool IsClipped(const ClippedAxes& clipped, size_t axis) {
  return axis < 3 ? clipped.angular_velocity[axis] : clipped.specific_force[axis - 3];
}

}  // namespace

std::vector<PerAxis> ClippedRuns(std::span<const ImuSample> samples) {
  std::vector<PerAxis> runs(samples.empty() ? 0 : samples.size() - 1, PerAxis::Zero());
  for (size_t axis = 0; axis < 6; ++axis) {
    const auto clipped = [&](size_t step) {
      return IsClipped(samples[step].clipped, axis) || IsClipped(samples[step + 1].clipped, axis);
    };
    for (size_t begin = 0; begin < runs.size(); ++begin) {
      size_t end = begin;
      while (end < runs.size() && clipped(end)) ++end;
      const double length_s = ToSeconds(samples[end].time - samples[begin].time);
      for (; begin < end; ++begin) runs[begin][static_cast<Eigen::Index>(axis)] = length_s;
    }
  }
  return runs;
}

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
    sample.clipped |= before.clipped;
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
  signal.clipped_s = ClippedRunsThrough(signal.samples);
  return signal;
}

// With the measurements before and after, as far as a run may go on there: it ends only where two
// in a row are not clipped.
std::vector<PerAxis> ImuBuffer::ClippedRunsThrough(std::span<const ImuSample> cut) const {
  const auto first_inside =
      std::lower_bound(samples_.begin(), samples_.end(), cut.front().time, IsBefore);
  const auto first_after =
      std::upper_bound(samples_.begin(), samples_.end(), cut.back().time, IsAfter);
  auto from = first_inside;
  for (bool clipped = cut.front().clipped.Any(); from != samples_.begin();) {
    const bool before = (from - 1)->clipped.Any();
    if (!clipped && !before) break;
    clipped = before;
    --from;
  }
  auto to = first_after;
  for (bool clipped = cut.back().clipped.Any(); to != samples_.end(); ++to) {
    const bool after = to->clipped.Any();
    if (!clipped && !after) break;
    clipped = after;
  }
  std::vector<ImuSample> around(from, first_inside);
  around.insert(around.end(), cut.begin(), cut.end());
  around.insert(around.end(), first_after, to);
  const std::vector<PerAxis> runs = ClippedRuns(around);
  const auto begin = runs.begin() + (first_inside - from);
  return {begin, begin + static_cast<std::ptrdiff_t>(cut.size()) - 1};
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

bool ImuBuffer::AnyClipped(SensorTime begin, SensorTime end) const {
  auto first = std::upper_bound(samples_.begin(), samples_.end(), begin, IsAfter);
  if (first != samples_.begin()) --first;
  auto last = std::lower_bound(first, samples_.end(), end, IsBefore);
  if (last != samples_.end()) ++last;
  return std::any_of(first, last, [](const ImuSample& sample) { return sample.clipped.Any(); });
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
