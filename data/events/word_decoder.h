// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstring>
#include <span>
#include <utility>
#include <vector>

#include "data/events/event_clock.h"
#include "data/events/event_decoder.h"

namespace nightjar {

static_assert(std::endian::native == std::endian::little, "words are taken from files as they are");

/// What the formats made of little-endian words of one size share: words that come in pieces.
template <typename Word>
class WordDecoder : public EventDecoder {
 public:
  Result<size_t> Feed(std::span<const uint8_t> bytes, EventBatch& batch) final {
    size_t taken = 0;
    if (held_ > 0) {
      while (held_ < sizeof(Word) && taken < bytes.size()) piece_[held_++] = bytes[taken++];
      if (held_ < sizeof(Word) || !DecodePiece(batch)) return taken;
    }
    const size_t whole = (bytes.size() - taken) / sizeof(Word);
    const size_t done = Decode(bytes.data() + taken, whole, batch);
    taken += done * sizeof(Word);
    position_ += static_cast<int64_t>(done * sizeof(Word));
    if (done < whole) return taken;
    while (taken < bytes.size()) piece_[held_++] = bytes[taken++];
    return taken;
  }

  Result<bool> Finish(EventBatch& batch) final {
    if (held_ == sizeof(Word) && !DecodePiece(batch)) return false;
    if (held_ > 0) anomalies_.Add(EventAnomalyKind::kTruncated, position_);
    held_ = 0;
    return true;
  }

  const EventFileInfo& info() const final { return info_; }
  std::vector<EventAnomaly> anomalies() const final { return anomalies_.List(); }

 protected:
  /// The first byte that is fed is at `position` of the file.
  WordDecoder(EventFileInfo info, int64_t position) : info_(std::move(info)), position_(position) {}

  /// Decodes words until they are done or the batch is full; how many it did.
  virtual size_t Decode(const uint8_t* words, size_t count, EventBatch& batch) = 0;

  static Word Load(const uint8_t* word) {
    Word value;
    std::memcpy(&value, word, sizeof value);
    return value;
  }
  /// Counts something about the word that is `index` words behind the first one of this Decode().
  void Count(EventAnomalyKind kind, size_t index, int64_t count = 1) {
    anomalies_.Add(kind, position_ + static_cast<int64_t>(index * sizeof(Word)), count);
  }

 private:
  bool DecodePiece(EventBatch& batch) {
    if (Decode(piece_, 1, batch) == 0) return false;
    position_ += static_cast<int64_t>(sizeof(Word));
    held_ = 0;
    return true;
  }

  EventFileInfo info_;
  int64_t position_;
  uint8_t piece_[sizeof(Word)] = {};
  size_t held_ = 0;
  EventAnomalyCounter anomalies_;
};

}  // namespace nightjar
