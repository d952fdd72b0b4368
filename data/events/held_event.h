// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "data/events/event_batch.h"

namespace nightjar {

/// Holds the event that no longer went into a batch, for the decoders whose bytes cannot be given
/// back.
class HeldEvent {
 public:
  /// False when the batch is full; then the event is held, and no other may be put before Flush().
  bool Put(int64_t time_us, uint16_t x, uint16_t y, bool on, EventBatch& batch) {
    if (batch.Add(time_us, x, y, on)) return true;
    held_ = Held{time_us, x, y, on};
    return false;
  }
  /// Whether nothing is held any more.
  bool Flush(EventBatch& batch) {
    if (held_ && !batch.Add(held_->time_us, held_->x, held_->y, held_->on)) return false;
    held_.reset();
    return true;
  }

 private:
  struct Held {
    int64_t time_us;
    uint16_t x, y;
    bool on;
  };
  std::optional<Held> held_;
};

}  // namespace nightjar
