// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <aedat4_generated.h>
#include <lz4frame.h>
#include <zstd.h>

#include <string>
#include <vector>

#include "tests/data/events/event_file_tools.h"

namespace nightjar {

/// An AEDAT4 file, packet by packet, for tests. Link nightjar_aedat4_schema, PkgConfig::LZ4 and
/// PkgConfig::ZSTD.
class Aedat4Encoder {
 public:
  explicit Aedat4Encoder(aedat4::Compression compression, int64_t table_position = -1)
      : compression_(compression) {
    const std::string magic = "#!AER-DAT4.0\r\n";
    bytes_.assign(magic.begin(), magic.end());
    flatbuffers::FlatBufferBuilder builder;
    const auto description = builder.CreateString(
        "<dv><node name=\"0\"><attr key=\"typeIdentifier\" type=\"string\">EVTS</attr><attr "
        "key=\"sizeX\" type=\"int\">346</attr><attr key=\"sizeY\" "
        "type=\"int\">260</attr></node></dv>");
    builder.FinishSizePrefixed(
        aedat4::CreateFileHeader(builder, compression, table_position, description), "IOHE");
    Append(builder.GetBufferPointer(), builder.GetSize());
  }

  void AddEvents(int stream, const std::vector<TimedEvent>& events) {
    std::vector<aedat4::Event> list;
    for (const TimedEvent& e : events) {
      list.emplace_back(e.time_us, static_cast<int16_t>(e.x), static_cast<int16_t>(e.y), e.on);
    }
    flatbuffers::FlatBufferBuilder builder;
    const auto elements = builder.CreateVectorOfStructs(list);
    builder.FinishSizePrefixed(aedat4::CreateEventPacket(builder, elements), "EVTS");
    AddPacket(stream, builder);
  }

  void AddFrame(int stream, int64_t begin_us, int64_t end_us, int width, int height, int format) {
    flatbuffers::FlatBufferBuilder builder;
    std::vector<uint8_t> pixels(static_cast<size_t>(width * height));
    for (size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<uint8_t>(i);
    const auto list = builder.CreateVector(pixels);
    builder.FinishSizePrefixed(
        aedat4::CreateFrame(builder, begin_us, begin_us, end_us, begin_us, end_us,
                            static_cast<int8_t>(format), static_cast<int16_t>(width),
                            static_cast<int16_t>(height), 0, 0, list),
        "FRME");
    AddPacket(stream, builder);
  }

  void AddImu(int stream, int64_t time_us) {
    flatbuffers::FlatBufferBuilder builder;
    const std::vector<flatbuffers::Offset<aedat4::Imu>> samples = {
        aedat4::CreateImu(builder, time_us, 25, 0, 1, 0, 180, 0, 0)};
    const auto elements = builder.CreateVector(samples);
    builder.FinishSizePrefixed(aedat4::CreateImuPacket(builder, elements), "IMUS");
    AddPacket(stream, builder);
  }

  void AddTrigger(int stream, int64_t time_us, int source) {
    flatbuffers::FlatBufferBuilder builder;
    const std::vector<flatbuffers::Offset<aedat4::Trigger>> triggers = {
        aedat4::CreateTrigger(builder, time_us, static_cast<int8_t>(source))};
    const auto elements = builder.CreateVector(triggers);
    builder.FinishSizePrefixed(aedat4::CreateTriggerPacket(builder, elements), "TRIG");
    AddPacket(stream, builder);
  }

  void AddPacked(int stream, const std::vector<uint8_t>& packed) {
    const int32_t header[2] = {stream, static_cast<int32_t>(packed.size())};
    Append(reinterpret_cast<const uint8_t*>(header), sizeof header);
    Append(packed.data(), packed.size());
  }

  std::vector<uint8_t>& bytes() { return bytes_; }

 private:
  void Append(const uint8_t* begin, size_t size) {
    bytes_.insert(bytes_.end(), begin, begin + size);
  }

  void AddPacket(int stream, const flatbuffers::FlatBufferBuilder& builder) {
    const uint8_t* plain = builder.GetBufferPointer();
    const size_t size = builder.GetSize();
    std::vector<uint8_t> packed(plain, plain + size);
    if (compression_ == aedat4::Compression_Lz4) {
      LZ4F_preferences_t preferences = {};
      preferences.frameInfo.blockMode = LZ4F_blockLinked;
      preferences.frameInfo.blockSizeID = LZ4F_max64KB;
      packed.resize(LZ4F_compressFrameBound(size, &preferences));
      packed.resize(LZ4F_compressFrame(packed.data(), packed.size(), plain, size, &preferences));
    } else if (compression_ == aedat4::Compression_Zstd) {
      packed.resize(ZSTD_compressBound(size));
      packed.resize(ZSTD_compress(packed.data(), packed.size(), plain, size, 3));
    }
    AddPacked(stream, packed);
  }

  aedat4::Compression compression_;
  std::vector<uint8_t> bytes_;
};

}  // namespace nightjar
