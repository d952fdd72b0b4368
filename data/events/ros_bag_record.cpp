// SPDX-License-Identifier: Apache-2.0
#include "data/events/ros_bag_record.h"

#include <cstring>

namespace nightjar {
namespace {

// Takes things from the front of bytes; once there are too few, nothing is right any more.
class Taker {
 public:
  explicit Taker(std::span<const uint8_t> bytes) : rest_(bytes) {}

  template <typename T>
  T Number() {
    const std::span<const uint8_t> bytes = Bytes(sizeof(T));
    T value = 0;
    if (bytes.size() == sizeof(T)) std::memcpy(&value, bytes.data(), sizeof(T));
    return value;
  }
  std::span<const uint8_t> Bytes(size_t count) {
    if (count > rest_.size()) fine_ = false;
    if (!fine_) return {};
    const std::span<const uint8_t> bytes = rest_.first(count);
    rest_ = rest_.subspan(count);
    return bytes;
  }
  /// With its length in front.
  std::span<const uint8_t> Counted() { return Bytes(Number<uint32_t>()); }
  std::string_view Text() {
    const std::span<const uint8_t> bytes = Counted();
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }

  bool fine() const { return fine_; }
  std::span<const uint8_t> rest() const { return rest_; }

 private:
  std::span<const uint8_t> rest_;
  bool fine_ = true;
};

template <typename T>
void SetNumber(std::string_view value, T& number) {
  if (value.size() == sizeof(T)) std::memcpy(&number, value.data(), sizeof(T));
}

}  // namespace

std::optional<RosBagHeader> ParseRosBagHeader(std::span<const uint8_t> bytes) {
  RosBagHeader header;
  Taker taker(bytes);
  while (!taker.rest().empty()) {
    const std::string_view field = taker.Text();
    const size_t equals = field.find('=');
    if (!taker.fine() || equals == std::string_view::npos) return std::nullopt;
    const std::string_view name = field.substr(0, equals), value = field.substr(equals + 1);
    if (name == "op") SetNumber(value, header.op);
    if (name == "conn") SetNumber(value, header.connection);
    if (name == "size") SetNumber(value, header.size);
    if (name == "compression") header.compression = value;
    if (name == "topic") header.topic = value;
    if (name == "type") header.type = value;
  }
  return header;
}

std::optional<RosBagRecord> TakeRosBagRecord(std::span<const uint8_t>& bytes) {
  Taker taker(bytes);
  const std::span<const uint8_t> header_bytes = taker.Counted();
  const std::span<const uint8_t> data = taker.Counted();
  if (!taker.fine()) return std::nullopt;
  const std::optional<RosBagHeader> header = ParseRosBagHeader(header_bytes);
  if (!header) return std::nullopt;
  bytes = taker.rest();
  return RosBagRecord{*header, data};
}

std::optional<RosEventPacket> ParseRosEventPacket(std::span<const uint8_t> message) {
  RosEventPacket packet;
  Taker taker(message);
  taker.Bytes(4 + 8);  // sequence number and stamp of the header
  taker.Counted();     // frame of reference
  packet.height = taker.Number<uint32_t>();
  packet.width = taker.Number<uint32_t>();
  taker.Bytes(8 + 8);  // sequence number, base of the time: not what evt3 counts from
  packet.encoding = taker.Text();
  packet.big_endian = taker.Number<uint8_t>() != 0;
  packet.events = taker.Counted();
  return taker.fine() ? std::optional(packet) : std::nullopt;
}

}  // namespace nightjar
