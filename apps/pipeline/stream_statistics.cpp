// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/stream_statistics.h"

#include <algorithm>
#include <cmath>

namespace nightjar {
namespace {

double QuantileOf(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  const double last = static_cast<double>(values.size() - 1);
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(std::lround(share * last));
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

}  // namespace

void BoundedSample::Add(double value) {
  if (seen_++ % stride_ != 0) return;
  values_.push_back(value);
  if (values_.size() < kMost) return;
  for (size_t i = 0; 2 * i < values_.size(); ++i) values_[i] = values_[2 * i];
  values_.resize((values_.size() + 1) / 2);
  stride_ *= 2;
}

double BoundedSample::Quantile(double share) const { return QuantileOf(values_, share); }

void StreamTimer::Add(SensorTime time) {
  if (count_++ == 0) {
    first_ = last_ = time;
    return;
  }
  const StreamGap interval{last_, ToSeconds(time - last_)};
  last_ = time;
  intervals_.Add(interval.duration_s);
  if (usual_s_ > 0) {
    Judge(interval);
    return;
  }
  first_intervals_.push_back(interval);
  if (first_intervals_.size() < kFirst) return;
  usual_s_ = intervals_.Quantile(0.5);
  for (const StreamGap& waiting : first_intervals_) Judge(waiting);
  first_intervals_.clear();
}

void StreamTimer::Judge(const StreamGap& interval) {
  if (!(interval.duration_s > kGapFactor * usual_s_)) return;
  ++gap_count_;
  gaps_.push_back(interval);
  if (gaps_.size() <= kMostGaps) return;
  gaps_.erase(std::min_element(gaps_.begin(), gaps_.end(), [](const auto& a, const auto& b) {
    return a.duration_s < b.duration_s;
  }));
}

StreamTiming StreamTimer::Timing() const {
  StreamTiming timing;
  timing.count = count_;
  timing.first = first_;
  timing.last = last_;
  timing.interval_s = intervals_.Quantile(0.5);
  StreamTimer judged = *this;  // a short stream's first intervals still wait
  if (judged.usual_s_ == 0) {
    judged.usual_s_ = timing.interval_s;
    for (const StreamGap& waiting : first_intervals_) judged.Judge(waiting);
  }
  timing.gap_count = judged.gap_count_;
  timing.gaps = judged.gaps_;
  std::vector<double> deviations;
  for (const double interval_s : intervals_.values()) {
    if (interval_s <= kGapFactor * timing.interval_s)
      deviations.push_back(std::abs(interval_s - timing.interval_s));
  }
  timing.jitter_p50_s = QuantileOf(deviations, 0.5);
  timing.jitter_p99_s = QuantileOf(deviations, 0.99);
  return timing;
}

}  // namespace nightjar
