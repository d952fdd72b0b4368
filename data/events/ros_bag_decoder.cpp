// SPDX-License-Identifier: Apache-2.0
#include "data/events/ros_bag_decoder.h"

#include <fmt/format.h>

#include <cstring>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "data/events/decompression.h"
#include "data/events/evt3_decoder.h"
#include "data/events/piece_buffer.h"
#include "data/events/ros_bag_record.h"

namespace nightjar {
namespace {

constexpr std::string_view kVersionLine = "#ROSBAG V2.0\n";
constexpr std::string_view kEventPacket = "event_camera_msgs/EventPacket";
constexpr size_t kLargestHeader = size_t{1} << 20;
constexpr size_t kLargestList = 200;  // characters of the list of topics in an error

std::optional<Compression> CompressionOf(std::string_view name) {
  if (name == "none") return Compression::kNone;
  if (name == "bz2") return Compression::kBzip2;
  if (name == "lz4") return Compression::kLz4Frame;
  return std::nullopt;
}

class RosBagDecoder : public EventDecoder {
 public:
  explicit RosBagDecoder(bool raw) : words_(MakeEvt3Decoder({}, 0, raw)) {}

  Result<size_t> Feed(std::span<const uint8_t> bytes, EventBatch& batch) override {
    size_t taken = 0;
    while (true) {
      const Result<bool> drained = Drain(batch);
      if (!drained) return tl::unexpected(drained.error());
      if (!*drained || taken == bytes.size()) break;
      const size_t used = skip_ > 0 ? std::min<size_t>(skip_, bytes.size() - taken)
                                    : piece_.Take(bytes.subspan(taken));
      if (skip_ > 0) skip_ -= used;
      taken += used;
      position_ += static_cast<int64_t>(used);
      if (skip_ == 0 && piece_.complete()) TakePiece();
    }
    return taken;
  }

  Result<bool> Finish(EventBatch& batch) override {
    Result<bool> drained = Drain(batch);
    if (!drained || !*drained) return drained;
    if (stage_ != Stage::kEnd) {
      if (stage_ != Stage::kHeaderSize || !piece_.bytes().empty() || skip_ > 0)
        anomalies_.Add(EventAnomalyKind::kTruncated, record_begin_);
      // What came of a chunk that is not packed can still be told.
      if (stage_ == Stage::kData && op_ == RosBagHeader::kChunk &&
          compression_ == Compression::kNone) {
        chunk_ = piece_.bytes();
        chunk_is_cut_ = true;
      }
      stage_ = Stage::kEnd;
      drained = Drain(batch);
      if (!drained || !*drained) return drained;
    }
    if (!topic_) {
      return Fail(ErrorKind::kUnusableInput, fmt::format("bag has no {}", kEventPacket), {},
                  topics_.empty() ? "" : "its topics are" + topics_);
    }
    return words_->Finish(batch);
  }

  const EventFileInfo& info() const override { return info_; }
  std::vector<EventAnomaly> anomalies() const override {
    std::vector<EventAnomaly> list = anomalies_.List();
    for (EventAnomaly& anomaly : words_->anomalies()) list.push_back(std::move(anomaly));
    return list;
  }

 private:
  enum class Stage { kFirstLine, kHeaderSize, kHeader, kDataSize, kData, kEnd };

  uint32_t PieceAsNumber() const {
    uint32_t number = 0;
    std::memcpy(&number, piece_.bytes().data(), sizeof number);
    return number;
  }
  void Expect(Stage stage, size_t bytes) {
    stage_ = stage;
    piece_.Expect(bytes);
  }
  void ExpectRecord() {
    record_begin_ = position_;
    Expect(Stage::kHeaderSize, 4);
  }
  // Where the next record begins is not known any more.
  void GiveUp() {
    anomalies_.Add(EventAnomalyKind::kDamaged, record_begin_);
    stage_ = Stage::kEnd;
    skip_ = SIZE_MAX;
  }

  void TakePiece() {
    switch (stage_) {
      case Stage::kFirstLine: ExpectRecord(); break;
      case Stage::kHeaderSize: {
        const uint32_t size = PieceAsNumber();
        if (size > kLargestHeader) return GiveUp();
        Expect(Stage::kHeader, size);
        break;
      }
      case Stage::kHeader: {
        const std::optional<RosBagHeader> header = ParseRosBagHeader(piece_.bytes());
        if (!header) return GiveUp();
        op_ = header->op;
        connection_ = header->connection;
        chunk_size_ = header->size;
        compression_ = CompressionOf(header->compression);
        header_topic_ = header->topic;
        Expect(Stage::kDataSize, 4);
        break;
      }
      case Stage::kDataSize: TakeDataSize(); break;
      case Stage::kData: TakeData(); break;
      case Stage::kEnd: break;
    }
  }

  void TakeDataSize() {
    const uint32_t size = PieceAsNumber();
    if (op_ == RosBagHeader::kChunk || op_ == RosBagHeader::kConnection ||
        op_ == RosBagHeader::kMessage) {
      if (size > kLargestPacket) return GiveUp();
      Expect(Stage::kData, size);
      return;
    }
    skip_ = size;
    record_begin_ = position_ + size;
    Expect(Stage::kHeaderSize, 4);
  }

  // The memory of the piece stays until what is in it has been drained.
  void TakeData() {
    if (op_ == RosBagHeader::kConnection) {
      AddConnection(connection_, header_topic_, piece_.bytes());
    } else if (op_ == RosBagHeader::kMessage) {
      BeginMessage(connection_, piece_.bytes());
    } else if (compression_ == Compression::kNone) {
      chunk_ = piece_.bytes();
    } else if (compression_ && Decompress(*compression_, piece_.bytes(), unpacked_) &&
               unpacked_.size() == chunk_size_) {
      chunk_ = unpacked_;
    } else {
      anomalies_.Add(EventAnomalyKind::kDamaged, record_begin_);
    }
    data_is_done_ = true;
  }

  // Hands on what lies in memory; false when the batch is full.
  Result<bool> Drain(EventBatch& batch) {
    while (true) {
      if (error_) return tl::unexpected(*error_);
      if (!events_.empty()) {
        const Result<size_t> used = words_->Feed(events_, batch);
        if (!used) return tl::unexpected(used.error());
        events_ = events_.subspan(*used);
        if (!events_.empty()) return false;
      }
      if (chunk_.empty()) break;
      const std::optional<RosBagRecord> record = TakeRosBagRecord(chunk_);
      if (!record) {
        if (!chunk_is_cut_) anomalies_.Add(EventAnomalyKind::kDamaged, record_begin_);
        chunk_ = {};
      } else if (record->header.op == RosBagHeader::kConnection) {
        AddConnection(record->header.connection, record->header.topic, record->data);
      } else if (record->header.op == RosBagHeader::kMessage) {
        BeginMessage(record->header.connection, record->data);
      }
    }
    if (data_is_done_) {
      data_is_done_ = false;
      ExpectRecord();
    }
    return true;
  }

  void AddConnection(uint32_t id, std::string_view topic, std::span<const uint8_t> data) {
    const std::optional<RosBagHeader> description = ParseRosBagHeader(data);
    if (!description) {
      anomalies_.Add(EventAnomalyKind::kDamaged, record_begin_);
      return;
    }
    if (description->type == kEventPacket) {
      if (!topic_) topic_ = topic;
      // Several nodes may tell on one topic.
      if (topic == *topic_ && connections_.size() < 4096) connections_.insert(id);
    } else if (topics_.size() < kLargestList) {
      topics_ += fmt::format(" {} ({})", topic.substr(0, kLargestList),
                             description->type.substr(0, kLargestList));
    }
  }

  void BeginMessage(uint32_t connection, std::span<const uint8_t> data) {
    if (connections_.count(connection) == 0) {
      anomalies_.Add(EventAnomalyKind::kOtherContent, record_begin_);
      return;
    }
    const std::optional<RosEventPacket> packet = ParseRosEventPacket(data);
    if (!packet) {
      anomalies_.Add(EventAnomalyKind::kDamaged, record_begin_);
      return;
    }
    if (packet->encoding != "evt3" || packet->big_endian) {
      error_ =
          Error{ErrorKind::kUnusableInput,
                fmt::format("event packets are encoded as {}{}", packet->encoding.substr(0, 40),
                            packet->big_endian ? ", big-endian" : ""),
                fmt::format("byte {}", record_begin_), "only evt3, little-endian, is read"};
      return;
    }
    if (packet->width <= 0x10000 && packet->height <= 0x8000) {
      info_.width = static_cast<int>(packet->width);
      info_.height = static_cast<int>(packet->height);
    }
    // Half a word would shift all those behind it.
    if (packet->events.size() % 2 != 0) anomalies_.Add(EventAnomalyKind::kDamaged, record_begin_);
    events_ = packet->events.first(packet->events.size() / 2 * 2);
  }

  EventFileInfo info_ = {"rosbag"};
  EventAnomalyCounter anomalies_;
  std::unique_ptr<EventDecoder> words_;
  Stage stage_ = Stage::kFirstLine;
  PieceBuffer piece_{kVersionLine.size()};
  size_t skip_ = 0;           // bytes of a record that nobody needs
  int64_t position_ = 0;      // bytes taken
  int64_t record_begin_ = 0;  // of the outer record
  // Of the outer record's header.
  uint8_t op_ = 0;
  uint32_t connection_ = 0, chunk_size_ = 0;
  std::optional<Compression> compression_;
  std::string header_topic_;
  // What lies in memory and is not told yet: the rest of a chunk and of a message in it.
  std::vector<uint8_t> unpacked_;
  std::span<const uint8_t> chunk_, events_;
  bool chunk_is_cut_ = false, data_is_done_ = false;
  std::optional<std::string> topic_;  // of the events
  std::set<uint32_t> connections_;    // on it
  std::string topics_;                // others, for an error
  std::optional<Error> error_;
};

}  // namespace

std::unique_ptr<EventDecoder> MakeRosBagDecoder(bool raw) {
  return std::make_unique<RosBagDecoder>(raw);
}

}  // namespace nightjar
