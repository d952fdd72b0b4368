// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include "core/event_packet.h"
#include "core/result.h"
#include "data/png_image.h"

namespace nightjar {

/// Writes events as HDF5 in the layout of the DSEC data set (Gehrig et al., RA-L 2021):
///
///     /events/{x, y: uint16, p: uint8 (1 = on), t: uint32, us since t_offset}
///     /ms_to_idx: uint64, per millisecond since t_offset the first event not before it
///     /t_offset: int64, us of sensor time
///
/// Columns are shuffled and deflated (level 1): filters that every build of HDF5 reads. The same
/// events give the same bytes. Memory does not grow with the file, but for 8 bytes a millisecond.
class EventFileWriter {
 public:
  /// Makes or truncates `file`. `begin`: what times are relative to; t_offset is its microsecond.
  /// `size`: of the sensor, up to 65536 x 32768.
  static Result<EventFileWriter> Create(const std::filesystem::path& file, SensorTime begin,
                                        ImageSize size);

  EventFileWriter(EventFileWriter&&) noexcept;
  EventFileWriter& operator=(EventFileWriter&&) noexcept;
  ~EventFileWriter();

  /// Events by rising time, not before those of earlier calls or before `begin`, up to 71 min after
  /// it, on pixels of the sensor. kUsage with the first event that is not; then nothing is added.
  Status Add(const EventSpan& packet);

  /// Writes what is left and closes the file; nothing can be added any more.
  Status Finish();

 private:
  struct File;
  explicit EventFileWriter(std::unique_ptr<File> file);

  std::unique_ptr<File> file_;
};

}  // namespace nightjar
