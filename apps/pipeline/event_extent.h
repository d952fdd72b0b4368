// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "core/event_packet.h"
#include "data/png_image.h"

namespace nightjar {

/// Where events lie, of a file that does not say the size of its sensor.
///
/// One damaged line must not make a sensor of 60000 px: the last of 100 events, in x and in y, do
/// not count where they lie apart, that is, where a gap of 16 px and a quarter of the way so far is
/// before them. Noise alone reaches the border of a real sensor in smaller steps.
class EventExtent {
 public:
  EventExtent();

  void Add(const EventSpan& events);

  /// What all events lie in but those that lie apart; 0 x 0 without any.
  ImageSize size() const;
  int64_t events() const { return events_; }

 private:
  std::vector<int64_t> columns_, rows_;  // their events
  int64_t events_ = 0;
};

}  // namespace nightjar
