// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "data/events/event_decoder.h"
#include "data/events/event_reader.h"

namespace nightjar {

/// An event with a time of its own.
struct TimedEvent {
  int64_t time_us = 0;
  int x = 0, y = 0;
  bool on = false;
  bool operator==(const TimedEvent&) const = default;
};
void PrintTo(const TimedEvent& event, std::ostream* stream);

/// All that a file or a decoder gave.
struct EventFileContent {
  EventFileInfo info;
  std::vector<TimedEvent> events;
  std::vector<EventTrigger> triggers;
  std::vector<ImuSample> imu_samples;
  std::vector<Frame> frames;
  std::vector<EventAnomaly> anomalies;
  std::string error;  // empty: it came to the end
  int64_t largest_batch = 0;

  /// How often something of this kind was got over.
  int64_t Anomaly(const std::string& kind) const;
  int64_t CountOn() const;
};

EventFileContent ReadEventFile(const std::filesystem::path& file,
                               const EventReaderOptions& options = {});

/// Feeds a decoder with bytes in pieces of `piece`, each from memory of its own size.
EventFileContent Decode(EventDecoder& decoder, std::span<const uint8_t> bytes,
                        size_t piece = SIZE_MAX);

std::vector<uint8_t> FileBytes(const std::filesystem::path& file);

/// Events of a moving edge and of noise, by rising time, some at the same time in one row:
/// everything that encodings treat differently. On `width` x `height` px.
std::vector<TimedEvent> MakeEvents(int count, int width, int height, int64_t begin_us,
                                   uint64_t seed);

}  // namespace nightjar
