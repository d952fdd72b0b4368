// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>

#include "core/event_packet.h"
#include "core/result.h"
#include "data/event_order.h"

namespace nightjar {

/// Writes events as Prophesee's RAW with EVT 3.0 words (data/events/evt3_decoder.h), which their
/// tools and OpenEventFile() read. Neighbours in a row at one time share words where that is
/// shorter; nothing changes its place. Times count from the file's begin: the format keeps no
/// other. The same events give the same bytes.
class Evt3FileWriter {
 public:
  /// Makes or truncates `file`. `begin`: what times count from. `size`: up to 2048 x 2048 px.
  static Result<Evt3FileWriter> Create(const std::filesystem::path& file, SensorTime begin,
                                       ImageSize size);

  /// Events by rising time, not before those of earlier calls or before `begin`, on pixels of the
  /// sensor. kUsage with the first event that is not; then nothing is added.
  Status Add(const EventSpan& events);

  /// Writes what is left and closes the file; nothing can be added any more.
  Status Finish();

 private:
  Evt3FileWriter(const std::filesystem::path& file, SensorTime begin, ImageSize size);

  void Put(uint32_t type, uint32_t value);
  void PutTime(int64_t time_us);
  // Writes `count` events of one time, row and polarity, by rising x.
  void PutRun(const Event* run, size_t count);
  Status Write();

  std::filesystem::path name_;
  std::ofstream stream_;
  EventOrder order_;
  std::string words_;  // not written yet
  int64_t high_ = 0;   // time, as a reader knows it by now, in units of 2^12 us and of 1 us
  uint32_t low_ = 0;
  int64_t row_ = -1;
};

}  // namespace nightjar
