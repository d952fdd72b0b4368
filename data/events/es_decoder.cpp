// SPDX-License-Identifier: Apache-2.0
#include "data/events/es_decoder.h"

#include <fmt/format.h>

#include <array>
#include <string_view>

#include "data/events/event_clock.h"
#include "data/events/held_event.h"

namespace nightjar {
namespace {

constexpr std::string_view kMagic = "Event Stream";
constexpr size_t kHeader = 20;

class EsDecoder : public EventDecoder {
 public:
  Result<size_t> Feed(std::span<const uint8_t> bytes, EventBatch& batch) override {
    size_t taken = 0;
    if (!held_.Flush(batch)) return taken;
    while (taken < bytes.size()) {
      const uint8_t byte = bytes[taken++];
      ++position_;
      if (state_ < kHeader) {
        header_[state_++] = byte;
        if (state_ == kHeader) {
          if (Status fine = CheckHeader(); !fine) return tl::unexpected(fine.error());
        }
      } else if (!Take(byte, batch)) {
        break;
      }
    }
    return taken;
  }

  Result<bool> Finish(EventBatch& batch) override {
    if (!held_.Flush(batch)) return false;
    if (state_ != kHeader) {
      anomalies_.Add(EventAnomalyKind::kTruncated, position_);
      state_ = kHeader;
    }
    return true;
  }

  const EventFileInfo& info() const override { return info_; }
  std::vector<EventAnomaly> anomalies() const override { return anomalies_.List(); }

 private:
  Status CheckHeader() {
    if (header_[12] != 2) {
      return Fail(ErrorKind::kUnusableInput,
                  fmt::format("Event Stream version {}.{} is not read", +header_[12], +header_[13]),
                  "byte 12", "convert it to version 2");
    }
    atis_ = header_[15] == 2;
    if (header_[15] != 1 && !atis_) {
      return Fail(ErrorKind::kUnusableInput,
                  fmt::format("Event Stream of kind {} has no events of brightness", +header_[15]),
                  "byte 15", "only DVS (1) and ATIS (2) are read");
    }
    info_.width = header_[16] | header_[17] << 8;
    info_.height = header_[18] | header_[19] << 8;
    return {};
  }

  // False when the batch is full.
  bool Take(uint8_t byte, EventBatch& batch) {
    const size_t place = state_ - kHeader;
    if (place == 0) {
      if (TakeTime(byte)) ++state_;
      return true;
    }
    pixel_ |= uint32_t{byte} << (8 * (place - 1));
    if (place < 4) {
      ++state_;
      return true;
    }
    state_ = kHeader;
    const uint32_t x = pixel_ & 0xFFFF, y = pixel_ >> 16;
    pixel_ = 0;
    if (exposure_) {
      anomalies_.Add(EventAnomalyKind::kOtherContent, position_ - 5);
    } else if (y > 0x7FFF) {
      anomalies_.Add(EventAnomalyKind::kBeyond, position_ - 5);
    } else {
      return held_.Put(time_us_, static_cast<uint16_t>(x), static_cast<uint16_t>(y), on_, batch);
    }
    return true;
  }

  // Whether an event begins. (A file of 2^50 bytes would be needed for a time too large.)
  bool TakeTime(uint8_t byte) {
    if (atis_) {
      if (byte >= 0xFC) {
        time_us_ += 63 * (byte & 3);
        return false;
      }
      time_us_ += byte >> 2;
      on_ = (byte & 2) != 0;
      exposure_ = (byte & 1) != 0;
      return true;
    }
    if (byte >= 0xFE) {
      time_us_ += byte == 0xFF ? 127 : 0;
      return false;
    }
    time_us_ += byte >> 1;
    on_ = (byte & 1) != 0;
    return true;
  }

  EventFileInfo info_ = {"es"};
  EventAnomalyCounter anomalies_;
  HeldEvent held_;
  std::array<uint8_t, kHeader> header_ = {};
  size_t state_ = 0;  // bytes of the header; behind them, of the event
  int64_t position_ = 0;
  int64_t time_us_ = 0;
  uint32_t pixel_ = 0;
  bool atis_ = false, on_ = false, exposure_ = false;
};

}  // namespace

std::unique_ptr<EventDecoder> MakeEsDecoder() { return std::make_unique<EsDecoder>(); }

}  // namespace nightjar
