// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include "core/event_packet.h"
#include "core/result.h"

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
  static Result<EventFileWriter> Create(const std::filesystem::path& file, SensorTime begin);

  EventFileWriter(EventFileWriter&&) noexcept;
  EventFileWriter& operator=(EventFileWriter&&) noexcept;
  ~EventFileWriter();

  /// Events by rising time, not before those of earlier calls; up to 71 min after `begin`.
  Status Add(const EventPacket& packet);

  /// Writes what is left and closes the file; nothing can be added any more.
  Status Finish();

 private:
  struct File;
  explicit EventFileWriter(std::unique_ptr<File> file);

  std::unique_ptr<File> file_;
};

}  // namespace nightjar
