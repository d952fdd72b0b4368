// SPDX-License-Identifier: Apache-2.0
#include "data/events/aedat4_decoder.h"

#include <aedat4_generated.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <numbers>
#include <optional>
#include <string_view>

#include "data/events/decompression.h"
#include "data/events/event_clock.h"
#include "data/events/piece_buffer.h"

namespace nightjar {
namespace {

constexpr std::string_view kFirstBytes = "#!AER-DAT4.0\r\n";
constexpr size_t kLargestHeader = size_t{16} << 20;
constexpr double kStandardGravity = 9.80665;  // m/s^2 in a g

template <typename T>
T LoadAt(std::span<const uint8_t> bytes, size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

// The value of the first key of this name behind `from` in the description of the streams.
int IntOfKey(std::string_view xml, std::string_view key, size_t from) {
  const size_t found = xml.find("key=\"" + std::string(key) + "\"", from);
  if (found == std::string_view::npos) return 0;
  const size_t begin = xml.find('>', found);
  int value = 0;
  for (size_t i = begin; i != std::string_view::npos && ++i < xml.size();) {
    if (xml[i] < '0' || xml[i] > '9' || value > 0x10000) break;
    value = 10 * value + (xml[i] - '0');
  }
  return value <= 0x10000 ? value : 0;
}

class Aedat4Decoder : public EventDecoder {
 public:
  explicit Aedat4Decoder(bool raw) : clock_(0, raw) {}

  Result<size_t> Feed(std::span<const uint8_t> bytes, EventBatch& batch) override {
    size_t taken = 0;
    while (Drain(batch) && taken < bytes.size()) {
      if (stage_ == Stage::kTable) {
        position_ += static_cast<int64_t>(bytes.size() - taken);
        return bytes.size();
      }
      const size_t used = piece_.Take(bytes.subspan(taken));
      taken += used;
      position_ += static_cast<int64_t>(used);
      while (piece_.complete() && stage_ != Stage::kTable) {
        const std::span<const uint8_t> piece = piece_.bytes();
        if (Status fine = TakePiece(piece, batch); !fine) return tl::unexpected(fine.error());
      }
      if (!batch.frames.empty()) break;  // pictures are handed on one by one
    }
    return taken;
  }

  Result<bool> Finish(EventBatch& batch) override {
    if (!Drain(batch)) return false;
    if (stage_ == Stage::kHeaderSize || stage_ == Stage::kHeader || stage_ == Stage::kMagic) {
      return Fail(ErrorKind::kUnusableInput, "AEDAT4 file ends in its header",
                  fmt::format("byte {}", position_), "use a file that is whole");
    }
    if (stage_ == Stage::kPacket || (stage_ == Stage::kPacketHeader && !piece_.bytes().empty()))
      anomalies_.Add(EventAnomalyKind::kTruncated, packet_begin_);
    stage_ = Stage::kTable;
    return true;
  }

  const EventFileInfo& info() const override { return info_; }
  std::vector<EventAnomaly> anomalies() const override { return anomalies_.List(); }

 private:
  enum class Stage { kMagic, kHeaderSize, kHeader, kPacketHeader, kPacket, kTable };

  Status TakePiece(std::span<const uint8_t> piece, EventBatch& batch) {
    switch (stage_) {
      case Stage::kMagic: Expect(Stage::kHeaderSize, 4); return {};
      case Stage::kHeaderSize: {
        const auto size = LoadAt<uint32_t>(piece, 0);
        if (size > kLargestHeader) return DamagedHeader();
        // With its size in front it is a whole buffer.
        piece_.Extend(4 + size_t{size});
        stage_ = Stage::kHeader;
        return {};
      }
      case Stage::kHeader: return TakeHeader(piece);
      case Stage::kPacketHeader: TakePacketHeader(piece); return {};
      case Stage::kPacket:
        TakePacket(piece, batch);
        ExpectPacket();
        return {};
      case Stage::kTable: return {};
    }
    return {};
  }

  void Expect(Stage stage, size_t bytes) {
    stage_ = stage;
    piece_.Expect(bytes);
  }

  void ExpectPacket() {
    packet_begin_ = position_;
    Expect(Stage::kPacketHeader, 8);
    if (position_ == table_position_) stage_ = Stage::kTable;
  }

  static Status DamagedHeader() {
    return Fail(ErrorKind::kUnusableInput, "AEDAT4 header is damaged", "byte 14",
                "use a file that is whole");
  }

  Status TakeHeader(std::span<const uint8_t> piece) {
    flatbuffers::Verifier verifier(piece.data(), piece.size());
    if (!verifier.VerifySizePrefixedBuffer<aedat4::FileHeader>("IOHE")) return DamagedHeader();
    const auto* header = flatbuffers::GetSizePrefixedRoot<aedat4::FileHeader>(piece.data());
    switch (header->compression()) {
      case aedat4::Compression_None: compression_ = Compression::kNone; break;
      case aedat4::Compression_Lz4:
      case aedat4::Compression_Lz4High: compression_ = Compression::kLz4Frame; break;
      case aedat4::Compression_Zstd:
      case aedat4::Compression_ZstdHigh: compression_ = Compression::kZstd; break;
      default:
        return Fail(ErrorKind::kUnusableInput,
                    fmt::format("AEDAT4 compression {} is not known",
                                static_cast<int>(header->compression())),
                    "byte 14", "none, LZ4 and zstd are");
    }
    table_position_ = header->table_position();
    if (header->description() != nullptr) {
      const std::string_view xml(header->description()->c_str(), header->description()->size());
      const size_t events = xml.find(">EVTS<");
      if (events != std::string_view::npos) {
        info_.width = IntOfKey(xml, "sizeX", events);
        info_.height = IntOfKey(xml, "sizeY", events);
      }
    }
    ExpectPacket();
    return {};
  }

  void TakePacketHeader(std::span<const uint8_t> piece) {
    stream_ = LoadAt<int32_t>(piece, 0);
    const auto size = LoadAt<int32_t>(piece, 4);
    if (size < 0 || static_cast<size_t>(size) > kLargestPacket) {
      // Where the next packet begins is not known any more.
      anomalies_.Add(EventAnomalyKind::kDamaged, packet_begin_);
      stage_ = Stage::kTable;
      return;
    }
    Expect(Stage::kPacket, static_cast<size_t>(size));
  }

  void TakePacket(std::span<const uint8_t> piece, EventBatch& batch) {
    if (!Decompress(compression_, piece, unpacked_) || unpacked_.size() < 12) {
      anomalies_.Add(EventAnomalyKind::kDamaged, packet_begin_);
      return;
    }
    const std::string_view kind(reinterpret_cast<const char*>(unpacked_.data()) + 8, 4);
    bool fine = true;
    if (kind == "EVTS") {
      const auto* packet = Root<aedat4::EventPacket>("EVTS");
      fine = packet != nullptr;
      if (fine) BeginEvents(packet->elements());
    } else if (kind == "FRME") {
      const auto* frame = Root<aedat4::Frame>("FRME");
      fine = frame != nullptr && TakeFrame(*frame, batch);
    } else if (kind == "IMUS") {
      const auto* packet = Root<aedat4::ImuPacket>("IMUS");
      fine = packet != nullptr;
      if (fine && packet->elements() != nullptr) {
        for (const aedat4::Imu* imu : *packet->elements()) TakeImu(*imu, batch);
      }
    } else if (kind == "TRIG") {
      const auto* packet = Root<aedat4::TriggerPacket>("TRIG");
      fine = packet != nullptr;
      if (fine && packet->elements() != nullptr) {
        for (const aedat4::Trigger* trigger : *packet->elements()) TakeTrigger(*trigger, batch);
      }
    } else {
      anomalies_.Add(EventAnomalyKind::kOtherContent, packet_begin_);
    }
    if (!fine) anomalies_.Add(EventAnomalyKind::kDamaged, packet_begin_);
  }

  // What was unpacked, if it is a buffer of this kind all of whose offsets lie within it.
  template <typename T>
  const T* Root(const char* identifier) const {
    flatbuffers::Verifier verifier(unpacked_.data(), unpacked_.size());
    return verifier.VerifySizePrefixedBuffer<T>(identifier)
               ? flatbuffers::GetSizePrefixedRoot<T>(unpacked_.data())
               : nullptr;
  }

  void BeginEvents(const flatbuffers::Vector<const aedat4::Event*>* events) {
    if (events == nullptr) return;
    if (!event_stream_) event_stream_ = stream_;
    if (stream_ != *event_stream_) {
      anomalies_.Add(EventAnomalyKind::kOtherContent, packet_begin_);
      return;
    }
    events_ = events;
    next_event_ = 0;
    packet_of_events_ = packet_begin_;
  }

  // Hands on what was unpacked; false when the batch is full.
  bool Drain(EventBatch& batch) {
    if (events_ == nullptr) return true;
    for (; next_event_ < events_->size(); ++next_event_) {
      // Copied: a verified buffer's structures may still lie where no such object may.
      aedat4::Event event;
      std::memcpy(&event, events_->Data() + next_event_ * sizeof event, sizeof event);
      if (event.x() < 0 || event.y() < 0) {
        anomalies_.Add(EventAnomalyKind::kBeyond, packet_of_events_);
      } else if (!EventClock::CanHold(event.time_us())) {
        anomalies_.Add(EventAnomalyKind::kTimeBeyond, packet_of_events_);
      } else {
        const EventClock before = clock_;
        const bool forward = clock_.Read(event.time_us());
        const int64_t time_us = clock_.now_us();
        if (!batch.Add(time_us, static_cast<uint16_t>(event.x()), static_cast<uint16_t>(event.y()),
                       event.on())) {
          clock_ = before;
          return false;
        }
        clock_.Delivered(time_us);
        if (!forward) anomalies_.Add(EventAnomalyKind::kStepBack, packet_of_events_);
      }
    }
    events_ = nullptr;
    return true;
  }

  bool TakeFrame(const aedat4::Frame& source, EventBatch& batch) {
    const int width = source.width(), height = source.height();
    const auto* pixels = source.pixels();
    if (source.format() != 0) {
      anomalies_.Add(EventAnomalyKind::kOtherContent, packet_begin_);
      return true;
    }
    const int64_t begin_us = source.exposure_begin_us(), end_us = source.exposure_end_us();
    const bool exposed = begin_us > 0 && end_us >= begin_us && EventClock::CanHold(end_us);
    if (width <= 0 || height <= 0 || pixels == nullptr ||
        pixels->size() != static_cast<size_t>(width) * static_cast<size_t>(height) ||
        (!exposed && !EventClock::CanHold(source.time_us()))) {
      return false;
    }
    Frame frame;
    frame.time = FromNanoseconds(exposed ? begin_us * 1000 + (end_us - begin_us) * 500
                                         : source.time_us() * 1000);
    if (exposed) frame.exposure_ns = (end_us - begin_us) * 1000;
    Image<uint8_t> image(width, height);
    std::copy(pixels->begin(), pixels->end(), image.data());
    frame.image = std::move(image);
    batch.frames.push_back(std::move(frame));
    return true;
  }

  void TakeImu(const aedat4::Imu& imu, EventBatch& batch) {
    if (!EventClock::CanHold(imu.time_us())) {
      anomalies_.Add(EventAnomalyKind::kTimeBeyond, packet_begin_);
      return;
    }
    ImuSample sample;
    sample.time = FromNanoseconds(imu.time_us() * 1000);
    sample.angular_velocity_body =
        Eigen::Vector3d(imu.rate_x(), imu.rate_y(), imu.rate_z()) * (std::numbers::pi / 180);
    sample.specific_force_body =
        Eigen::Vector3d(imu.acceleration_x(), imu.acceleration_y(), imu.acceleration_z()) *
        kStandardGravity;
    batch.imu_samples.push_back(sample);
  }

  void TakeTrigger(const aedat4::Trigger& trigger, EventBatch& batch) {
    if (!EventClock::CanHold(trigger.time_us())) {
      anomalies_.Add(EventAnomalyKind::kTimeBeyond, packet_begin_);
      return;
    }
    const int source = trigger.source();
    const bool rising = source == 1 || source == 4 || source == 6 || source == 8;
    batch.triggers.push_back({FromNanoseconds(trigger.time_us() * 1000), source, rising});
  }

  EventFileInfo info_ = {"aedat4"};
  EventAnomalyCounter anomalies_;
  EventClock clock_;
  Stage stage_ = Stage::kMagic;
  PieceBuffer piece_{kFirstBytes.size()};
  int64_t position_ = 0;      // bytes taken
  int64_t packet_begin_ = 0;  // of the packet that is taken
  Compression compression_ = Compression::kNone;
  int64_t table_position_ = -1;
  int32_t stream_ = 0;
  std::optional<int32_t> event_stream_;
  std::vector<uint8_t> unpacked_;
  const flatbuffers::Vector<const aedat4::Event*>* events_ = nullptr;  // in unpacked_
  flatbuffers::uoffset_t next_event_ = 0;
  int64_t packet_of_events_ = 0;
};

}  // namespace

std::unique_ptr<EventDecoder> MakeAedat4Decoder(bool raw) {
  return std::make_unique<Aedat4Decoder>(raw);
}

}  // namespace nightjar
