// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "core/event_packet.h"
#include "core/result.h"

namespace nightjar {

enum class EventSlicing { kTime, kCount, kAdaptive };

/// Where a stream of events is cut into slices that become frames.
struct EventSlicerOptions {
  EventSlicing by = EventSlicing::kAdaptive;
  double duration_s = 10e-3;  // kTime: of every slice, 1e-5 .. 10 s
  int count = 20000;          // kCount: events of every slice, 1 .. 2^24
  /// kAdaptive: squares of this side, a power of two of 4 .. 128 px. A tile is full when it has
  /// events_per_tile (8 .. 65535) events, active from an eighth of that on: an edge through 16 px
  /// that has moved by 2 px makes 32. What does not move leaves its tiles out of the account.
  int tile_px = 16;
  int events_per_tile = 32;
  /// A slice ends when this share (0.01 .. 1) of the active tiles is full: half, the median ...
  double full_share = 0.5;
  /// ... and at least so many, 1 .. 65535: hot pixels are fewer.
  int least_full_tiles = 8;
  /// kCount, kAdaptive: a slice ends by then at the latest, 1e-5 .. 10 s: the slowest rate of
  /// frames.
  double longest_s = 50e-3;
  Status Validate() const;  // kUsage
};

/// Events of [begin, end), at least one.
struct EventSlice {
  SensorTime begin, end;
  EventSpan events;  // valid until the slicer is used again
};

/// Cuts a stream into slices that follow each other: by time, on a grid from the first event on;
/// by count; or when the scene has moved enough to be seen, whatever its texture and speed: by the
/// events of tiles, after Liu, Delbruck, "Adaptive time-slice block-matching optical flow algorithm
/// for dynamic vision sensors", BMVC 2018, who end a slice with the first tile that is full.
///
/// Events of one microsecond are in one slice: some cameras' clocks tick once a millisecond, and
/// the order in which their files have a tick's events says nothing. But for slices by count, which
/// have their count whatever the time: the next one may begin in the last microsecond of the one
/// before. Likewise the parts of a slice of more than 2^24 events.
///
/// Events outside of the sensor are dropped. A slice without events is not told.
class EventSlicer {
 public:
  using Take = std::function<void(const EventSlice&)>;

  /// `options` are valid; a sensor of 1 x 1 to 65536 x 32768 px.
  EventSlicer(const EventSlicerOptions& options, int width, int height);

  /// By rising time, also from packet to packet. Calls `take` for each slice that ends.
  void Add(const EventSpan& packet, const Take& take);
  /// What is left, up to its last event: nothing is known of the time behind that.
  void Finish(const Take& take);

 private:
  void Start(int64_t t_us);
  void End(int64_t end_us, const Take& take);
  /// Whether the slice is complete with this event.
  bool Completes(const Event& event);

  EventSlicerOptions options_;
  int width_, height_;
  int64_t longest_us_;
  bool started_ = false;
  int64_t begin_us_ = 0, end_us_ = 0;  // of the slice, us of sensor time; the end at the latest
  int64_t last_us_ = 0;                // its last event
  std::vector<Event> events_;          // of the slice, from its begin
  int tile_shift_ = 0, tile_columns_ = 0;
  std::vector<uint32_t> tiles_;  // their events
  int active_ = 0, full_ = 0;    // tiles
};

}  // namespace nightjar
