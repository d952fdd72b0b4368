// SPDX-License-Identifier: Apache-2.0
#include "data/events/evt3_file_writer.h"

#include <fmt/format.h>

#include <limits>

#include "data/events/evt3_words.h"

namespace nightjar {
namespace {

constexpr int kLargestSize = 2048;           // px
constexpr size_t kBuffer = size_t{1} << 20;  // bytes
// Upper parts of the time between two words of it: a step of half a period back, or more than a
// period on, would be read as another time.
constexpr int64_t kLargestStep = 1024;
constexpr uint32_t kVectorSpan = 32;  // pixels of the vectors behind one base: 12 + 12 + 8

// Words of vectors for pixels [0, last].
uint32_t VectorWords(uint32_t last) { return last < 12 ? 1 : last < 24 ? 2 : 3; }

}  // namespace

Evt3FileWriter::Evt3FileWriter(const std::filesystem::path& file, SensorTime begin, ImageSize size)
    : name_(file),
      stream_(file, std::ios::binary | std::ios::trunc),
      order_(file, begin, size, std::numeric_limits<int64_t>::max()) {}

Result<Evt3FileWriter> Evt3FileWriter::Create(const std::filesystem::path& file, SensorTime begin,
                                              ImageSize size) {
  if (size.width < 1 || size.height < 1 || size.width > kLargestSize ||
      size.height > kLargestSize) {
    return Fail(ErrorKind::kUsage,
                fmt::format("EVT 3.0 has no sensor of {} x {} px", size.width, size.height),
                file.string(), "write HDF5");
  }
  Evt3FileWriter writer(file, begin, size);
  writer.words_ =
      fmt::format("% evt 3.0\n% format EVT3;height={1};width={0}\n% geometry {0}x{1}\n% end\n",
                  size.width, size.height);
  writer.Put(evt3::kTimeHigh, 0);
  writer.Put(evt3::kTimeLow, 0);
  if (Status written = writer.Write(); !written) return tl::unexpected(written.error());
  return writer;
}

void Evt3FileWriter::Put(uint32_t type, uint32_t value) {
  const uint32_t word = type << 12 | value;
  words_ += static_cast<char>(word & 0xFF);
  words_ += static_cast<char>(word >> 8);
}

void Evt3FileWriter::PutTime(int64_t time_us) {
  const int64_t high = time_us >> 12;
  const auto low = static_cast<uint32_t>(time_us & 0xFFF);
  const bool new_high = high != high_;
  while (high_ < high) {
    high_ = high - high_ > kLargestStep ? high_ + kLargestStep : high;
    Put(evt3::kTimeHigh, static_cast<uint32_t>(high_ & 0xFFF));
  }
  if (new_high || low != low_) Put(evt3::kTimeLow, low);
  low_ = low;
}

void Evt3FileWriter::PutRun(const Event* run, size_t count) {
  const uint32_t on = run->on != 0 ? 0x800 : 0, base = run->x;
  const uint32_t last = run[count - 1].x - base;
  if (count <= 1 + VectorWords(last)) {
    for (size_t i = 0; i < count; ++i) Put(evt3::kAddrX, on | run[i].x);
    return;
  }
  uint32_t pixels = 0;
  for (size_t i = 0; i < count; ++i) pixels |= 1U << (run[i].x - base);
  Put(evt3::kVectBaseX, on | base);
  for (uint32_t begin = 0; begin <= last; begin += 12) {
    const bool short_one = begin == 24 || last - begin < 8;
    Put(short_one ? evt3::kVect8 : evt3::kVect12, (pixels >> begin) & (short_one ? 0xFF : 0xFFF));
  }
}

Status Evt3FileWriter::Add(const EventSpan& events) {
  if (Status fits = order_.Check(events); !fits) return fits;
  const int64_t shift_us = order_.Shift_us(events);
  const std::span<const Event> list = events.events;
  for (size_t i = 0; i < list.size();) {
    const Event& first = list[i];
    size_t count = 1;
    while (i + count < list.size()) {
      const Event &before = list[i + count - 1], &next = list[i + count];
      if (next.time_us != first.time_us || next.y != first.y || next.on != first.on ||
          next.x <= before.x || next.x >= first.x + kVectorSpan) {
        break;
      }
      ++count;
    }
    PutTime(shift_us + first.time_us);
    if (first.y != row_) Put(evt3::kAddrY, first.y);
    row_ = first.y;
    PutRun(&first, count);
    i += count;
    if (words_.size() >= kBuffer) {
      if (Status written = Write(); !written) return written;
    }
  }
  order_.Advance(events);
  return {};
}

Status Evt3FileWriter::Write() {
  stream_.write(words_.data(), static_cast<std::streamsize>(words_.size()));
  words_.clear();
  if (stream_) return {};
  return Fail(ErrorKind::kTryAgain, "events cannot be written", name_.string(),
              "free some space, or choose another output");
}

Status Evt3FileWriter::Finish() {
  if (Status written = Write(); !written) return written;
  stream_.close();
  return stream_ ? Status() : Write();
}

}  // namespace nightjar
