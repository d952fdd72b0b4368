// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace nightjar {

/// What the header of a record of a ROS bag, version 2.0, says (wiki.ros.org/Bags/Format/2.0).
struct RosBagHeader {
  enum Op : uint8_t {
    kMessage = 0x02,
    kBag = 0x03,
    kIndex = 0x04,
    kChunk = 0x05,
    kChunkInfo = 0x06,
    kConnection = 0x07
  };
  uint8_t op = 0;
  uint32_t connection = 0;       // of messages and connections
  uint32_t size = 0;             // of chunks: bytes when unpacked
  std::string_view compression;  // of chunks: none, bz2, lz4
  std::string_view topic;        // of connections
  std::string_view type;         // of a connection's data, which is written like a header
};

/// Nothing when it is no header.
std::optional<RosBagHeader> ParseRosBagHeader(std::span<const uint8_t> bytes);

/// A record that lies in memory.
struct RosBagRecord {
  RosBagHeader header;
  std::span<const uint8_t> data;
};

/// Takes a record from the front of `bytes`; nothing when there is no whole one.
std::optional<RosBagRecord> TakeRosBagRecord(std::span<const uint8_t>& bytes);

/// A message of type event_camera_msgs/EventPacket, serialised.
struct RosEventPacket {
  uint32_t width = 0, height = 0;
  std::string_view encoding;
  bool big_endian = false;
  std::span<const uint8_t> events;
};

/// Nothing when it is none.
std::optional<RosEventPacket> ParseRosEventPacket(std::span<const uint8_t> message);

}  // namespace nightjar
