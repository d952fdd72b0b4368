// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bzlib.h>
#include <lz4frame.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/data/events/evt_encoders.h"

namespace nightjar {

/// A ROS 1 bag, version 2.0, for tests: written from wiki.ros.org/Bags/Format/2.0 and
/// event_camera_msgs. Link BZip2::BZip2 and PkgConfig::LZ4.
class RosBagEncoder {
 public:
  RosBagEncoder() {
    const std::string line = "#ROSBAG V2.0\n";
    bytes_.assign(line.begin(), line.end());
    Add(bytes_, {{"op", "\x03"}}, std::vector<uint8_t>(100, ' '));
  }

  using Fields = std::vector<std::pair<std::string, std::string>>;

  static std::string Number(uint32_t value) {
    std::string text(4, '\0');
    for (int i = 0; i < 4; ++i) text[static_cast<size_t>(i)] = static_cast<char>(value >> (8 * i));
    return text;
  }
  static void AddText(std::vector<uint8_t>& out, const std::string& text) {
    PutBytes(text.size(), 4, out);
    out.insert(out.end(), text.begin(), text.end());
  }
  static std::vector<uint8_t> Header(const Fields& fields) {
    std::vector<uint8_t> out;
    for (const auto& [name, value] : fields) AddText(out, name + "=" + value);
    return out;
  }
  static void Add(std::vector<uint8_t>& out, const Fields& fields,
                  const std::vector<uint8_t>& data) {
    const std::vector<uint8_t> header = Header(fields);
    PutBytes(header.size(), 4, out);
    out.insert(out.end(), header.begin(), header.end());
    PutBytes(data.size(), 4, out);
    out.insert(out.end(), data.begin(), data.end());
  }

  /// Of the chunk that is being filled.
  void AddConnection(uint32_t id, const std::string& topic, const std::string& type) {
    Add(chunk_, {{"op", "\x07"}, {"conn", Number(id)}, {"topic", topic}},
        Header({{"topic", topic}, {"type", type}, {"md5sum", "*"}}));
  }
  void AddEvents(uint32_t id, const std::vector<uint8_t>& words,
                 const std::string& encoding = "evt3") {
    std::vector<uint8_t> message;
    PutBytes(1, 4, message);
    PutBytes(0, 8, message);
    AddText(message, "camera");
    PutBytes(480, 4, message);
    PutBytes(640, 4, message);
    PutBytes(2, 8, message);
    PutBytes(3, 8, message);
    AddText(message, encoding);
    message.push_back(0);
    AddText(message, {words.begin(), words.end()});
    Add(chunk_, {{"op", "\x02"}, {"conn", Number(id)}, {"time", std::string(8, '\0')}}, message);
  }
  void EndChunk(const std::string& compression) {
    std::vector<uint8_t> packed = chunk_;
    if (compression == "lz4") {
      packed.resize(LZ4F_compressFrameBound(chunk_.size(), nullptr));
      packed.resize(
          LZ4F_compressFrame(packed.data(), packed.size(), chunk_.data(), chunk_.size(), nullptr));
    } else if (compression == "bz2") {
      auto size = static_cast<unsigned>(chunk_.size() + chunk_.size() / 50 + 1000);
      packed.resize(size);
      BZ2_bzBuffToBuffCompress(reinterpret_cast<char*>(packed.data()), &size,
                               reinterpret_cast<char*>(chunk_.data()),
                               static_cast<unsigned>(chunk_.size()), 9, 0, 0);
      packed.resize(size);
    }
    Add(bytes_,
        {{"op", "\x05"},
         {"compression", compression},
         {"size", Number(static_cast<uint32_t>(chunk_.size()))}},
        packed);
    Add(bytes_, {{"op", "\x04"}}, std::vector<uint8_t>(12));  // an index, which nobody needs
    chunk_.clear();
  }

  std::vector<uint8_t>& bytes() { return bytes_; }

 private:
  std::vector<uint8_t> bytes_, chunk_;
};

}  // namespace nightjar
