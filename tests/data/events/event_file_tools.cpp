// SPDX-License-Identifier: Apache-2.0
#include "tests/data/events/event_file_tools.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <memory>
#include <ostream>

namespace nightjar {
namespace {

void Append(const EventBatch& batch, EventFileContent& content) {
  const EventSpan span = batch.events();
  const int64_t begin_us = ToNanoseconds(span.begin) / 1000;
  for (const Event& event : span.events)
    content.events.push_back({begin_us + event.time_us, event.x, event.y, event.on != 0});
  content.triggers.insert(content.triggers.end(), batch.triggers.begin(), batch.triggers.end());
  content.imu_samples.insert(content.imu_samples.end(), batch.imu_samples.begin(),
                             batch.imu_samples.end());
  content.frames.insert(content.frames.end(), batch.frames.begin(), batch.frames.end());
  content.largest_batch = std::max(content.largest_batch, static_cast<int64_t>(span.events.size()));
}

}  // namespace

void PrintTo(const TimedEvent& event, std::ostream* stream) {
  *stream << "{" << event.time_us << " us, " << event.x << ", " << event.y << ", "
          << (event.on ? "on" : "off") << "}";
}

int64_t EventFileContent::Anomaly(const std::string& kind) const {
  for (const EventAnomaly& anomaly : anomalies) {
    if (anomaly.kind == kind) return anomaly.count;
  }
  return 0;
}

int64_t EventFileContent::CountOn() const {
  return std::count_if(events.begin(), events.end(), [](const TimedEvent& e) { return e.on; });
}

EventFileContent ReadEventFile(const std::filesystem::path& file,
                               const EventReaderOptions& options) {
  EventFileContent content;
  auto reader = OpenEventFile(file, options);
  if (!reader) {
    content.error = reader.error().Message();
    return content;
  }
  EventBatch batch;
  while (true) {
    const Result<bool> more = (*reader)->Next(batch);
    if (!more) content.error = more.error().Message();
    if (!more || !*more) break;
    Append(batch, content);
  }
  content.info = (*reader)->info();
  content.anomalies = (*reader)->anomalies();
  return content;
}

EventFileContent Decode(EventDecoder& decoder, std::span<const uint8_t> bytes, size_t piece) {
  EventFileContent content;
  EventBatch batch;
  const auto empty = [&] {
    Append(batch, content);
    batch.Clear();
  };
  for (size_t begin = 0; begin < bytes.size() && content.error.empty();) {
    // Memory that ends with the piece: what is read behind it, a sanitizer sees.
    const auto part = bytes.subspan(begin, std::min(piece, bytes.size() - begin));
    const std::vector<uint8_t> copy(part.begin(), part.end());
    size_t given = 0;
    while (given < copy.size()) {
      const Result<size_t> taken =
          decoder.Feed(std::span<const uint8_t>(copy).subspan(given), batch);
      if (!taken) {
        content.error = taken.error().Message();
        break;
      }
      given += *taken;
      if (given < copy.size()) empty();
    }
    begin += part.size();
  }
  while (content.error.empty()) {
    const Result<bool> done = decoder.Finish(batch);
    if (!done) content.error = done.error().Message();
    empty();
    if (!done || *done) break;
  }
  empty();
  content.info = decoder.info();
  content.anomalies = decoder.anomalies();
  return content;
}

std::vector<uint8_t> FileBytes(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::vector<TimedEvent> MakeEvents(int count, int width, int height, int64_t begin_us,
                                   uint64_t seed) {
  uint64_t state = seed * 2 + 1;
  const auto draw = [&state](int below) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    return static_cast<int>((state >> 33) % static_cast<uint64_t>(below));
  };
  std::vector<TimedEvent> events;
  int64_t time_us = begin_us;
  while (static_cast<int>(events.size()) < count) {
    time_us += draw(20);
    const int y = draw(height), x = draw(width);
    const bool on = draw(2) == 1;
    const int run = draw(4) == 0 ? draw(40) : 1;  // pixels side by side, some left out
    for (int k = 0; k < run && x + k < width; ++k) {
      if (k == 0 || draw(3) > 0) events.push_back({time_us, x + k, y, on});
    }
  }
  events.resize(static_cast<size_t>(count));
  return events;
}

}  // namespace nightjar
