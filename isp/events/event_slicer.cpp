// SPDX-License-Identifier: Apache-2.0
#include "isp/events/event_slicer.h"

#include <algorithm>
#include <bit>

#include "isp/events/event_epoch.h"

namespace nightjar {
namespace {

constexpr int kMostEvents = 1 << 24;

bool IsDuration(double seconds) { return seconds >= 1e-5 && seconds <= 10; }

}  // namespace

Status EventSlicerOptions::Validate() const {
  if (!IsDuration(duration_s) || !IsDuration(longest_s))
    return Fail(ErrorKind::kUsage, "duration_s and longest_s of event slices must be 1e-5 to 10 s");
  if (count < 1 || count > kMostEvents)
    return Fail(ErrorKind::kUsage, "count of event slices must be 1 to 2^24");
  if (tile_px < 4 || tile_px > 128 || !std::has_single_bit(static_cast<unsigned>(tile_px)))
    return Fail(ErrorKind::kUsage, "tile_px of event slices must be a power of two of 4 to 128");
  if (events_per_tile < 8 || events_per_tile > 65535)
    return Fail(ErrorKind::kUsage, "events_per_tile of event slices must be 8 to 65535");
  if (!(full_share >= 0.01 && full_share <= 1))
    return Fail(ErrorKind::kUsage, "full_share of event slices must be 0.01 to 1");
  if (least_full_tiles >= 1 && least_full_tiles <= 65535) return {};
  return Fail(ErrorKind::kUsage, "least_full_tiles of event slices must be 1 to 65535");
}

EventSlicer::EventSlicer(const EventSlicerOptions& options, int width, int height)
    : options_(options),
      width_(width),
      height_(height),
      longest_us_(ToMicroseconds(options.by == EventSlicing::kTime ? options.duration_s
                                                                   : options.longest_s)) {
  if (options.by != EventSlicing::kAdaptive) return;
  tile_shift_ = std::countr_zero(static_cast<unsigned>(options.tile_px));
  tile_columns_ = ((width - 1) >> tile_shift_) + 1;
  tiles_.resize(static_cast<size_t>(tile_columns_) *
                static_cast<size_t>(((height - 1) >> tile_shift_) + 1));
}

void EventSlicer::Start(int64_t t_us) {
  begin_us_ = t_us;
  if (options_.by == EventSlicing::kTime && started_) {
    // The interval of the grid that the event is in.
    begin_us_ = end_us_ + (std::max(t_us - end_us_, int64_t{0}) / longest_us_) * longest_us_;
  }
  end_us_ = begin_us_ + longest_us_;
  started_ = true;
}

void EventSlicer::End(int64_t end_us, const Take& take) {
  const SensorTime begin = FromNanoseconds(begin_us_ * 1000);
  take({begin, FromNanoseconds(end_us * 1000), {begin, events_}});
  events_.clear();
  std::fill(tiles_.begin(), tiles_.end(), 0U);
  active_ = full_ = 0;
}

bool EventSlicer::Completes(const Event& event) {
  if (options_.by == EventSlicing::kCount)
    return events_.size() == static_cast<size_t>(options_.count);
  if (options_.by == EventSlicing::kTime) return false;
  const int tile = (event.y >> tile_shift_) * tile_columns_ + (event.x >> tile_shift_);
  const uint32_t count = ++tiles_[static_cast<size_t>(tile)];
  const auto full = static_cast<uint32_t>(options_.events_per_tile);
  if (count == (full + 7) / 8) ++active_;
  if (count != full) return false;
  ++full_;
  return full_ >= options_.least_full_tiles && full_ >= options_.full_share * active_;
}

void EventSlicer::Add(const EventSpan& packet, const Take& take) {
  const int64_t packet_us = FloorMicroseconds(packet.begin);
  for (Event event : packet.events) {
    if (event.x >= width_ || event.y >= height_) continue;
    const int64_t t_us = packet_us + event.time_us;
    if (!events_.empty() && (t_us >= end_us_ || events_.size() == kMostEvents)) {
      // In parts a slice of too many events ends where the next part begins.
      const bool over = t_us >= end_us_;
      End(over ? end_us_ : std::max(t_us, begin_us_), take);
      if (!over) begin_us_ = std::max(t_us, begin_us_);
    }
    if (events_.empty() && (!started_ || options_.by != EventSlicing::kTime || t_us >= end_us_))
      Start(t_us);
    event.time_us = static_cast<uint32_t>(std::max(t_us - begin_us_, int64_t{0}));
    events_.push_back(event);
    last_us_ = begin_us_ + event.time_us;
    if (!Completes(event)) continue;
    if (options_.by == EventSlicing::kCount)
      End(last_us_ + 1, take);
    else
      end_us_ = last_us_ + 1;  // what comes at the same time still belongs to it
  }
}

void EventSlicer::Finish(const Take& take) {
  if (!events_.empty()) End(std::min(end_us_, last_us_ + 1), take);
}

}  // namespace nightjar
