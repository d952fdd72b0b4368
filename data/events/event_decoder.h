// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/result.h"
#include "data/events/event_reader.h"

namespace nightjar {

/// What decoders get over.
enum class EventAnomalyKind {
  kStepBack,
  kNoTime,
  kNoPixel,
  kBeyond,
  kTimeBeyond,
  kPadding,
  kVendor,
  kUnknown,
  kUnreadable,
  kDamaged,
  kOtherContent,
  kTruncated,
};

/// Counts it.
class EventAnomalyCounter {
 public:
  void Add(EventAnomalyKind kind, int64_t byte, int64_t count = 1) {
    Entry& entry = entries_[static_cast<size_t>(kind)];
    if (entry.count == 0) entry.first_byte = byte;
    entry.count += count;
  }
  std::vector<EventAnomaly> List() const;

 private:
  struct Entry {
    int64_t first_byte = 0;
    int64_t count = 0;
  };
  std::array<Entry, 12> entries_ = {};
};

/// Turns the bytes of a file into events: a state machine that does not mind where they are cut.
class EventDecoder {
 public:
  virtual ~EventDecoder() = default;

  /// Takes bytes from the front of `bytes` and adds to `batch` what they tell, until they are used
  /// up or the batch is full; returns how many were taken. Where it is fewer than there are, the
  /// batch is to be emptied and the rest given again. kUnusableInput is final.
  virtual Result<size_t> Feed(std::span<const uint8_t> bytes, EventBatch& batch) = 0;

  /// No byte comes any more. False when the batch is full and there is more to tell: call it again
  /// with an empty one.
  virtual Result<bool> Finish(EventBatch& batch) = 0;

  virtual const EventFileInfo& info() const = 0;
  virtual std::vector<EventAnomaly> anomalies() const = 0;
};

}  // namespace nightjar
