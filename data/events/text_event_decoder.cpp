// SPDX-License-Identifier: Apache-2.0
#include "data/events/text_event_decoder.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <string>

#include "data/events/event_clock.h"
#include "data/events/held_event.h"

namespace nightjar {
namespace {

constexpr size_t kLongestLine = 256;  // what is longer is no event

struct Line {
  enum class Kind { kNothing, kSize, kEvent, kUnreadable };
  Kind kind = Kind::kUnreadable;
  int64_t time_us = 0;
  int64_t x = 0, y = 0;  // of kSize: width, height
  bool on = false;
};

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == ',' || c == '\r'; }

// Takes the next word from the front.
std::string_view Word(std::string_view& rest) {
  while (!rest.empty() && IsBlank(rest.front())) rest.remove_prefix(1);
  size_t length = 0;
  while (length < rest.size() && !IsBlank(rest[length])) ++length;
  const std::string_view word = rest.substr(0, length);
  rest.remove_prefix(length);
  return word;
}

bool ToInteger(std::string_view word, int64_t& value) {
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  return error == std::errc() && end == word.data() + word.size() && !word.empty();
}

// Digits alone keep every microsecond, however long ago the epoch was; a double would not.
bool ToMicroseconds(std::string_view word, int64_t& time_us) {
  const size_t point = word.find('.');
  if (word.find_first_of("eE") != std::string_view::npos) {
    double seconds = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), seconds);
    if (error != std::errc() || end != word.data() + word.size() || !(std::abs(seconds) < 9e12))
      return false;
    time_us = std::llround(seconds * 1e6);
    return true;
  }
  if (point == std::string_view::npos) return ToInteger(word, time_us);
  const bool negative = word.front() == '-';
  int64_t whole = 0;
  if (point > (negative ? 1U : 0U) && !ToInteger(word.substr(0, point), whole)) return false;
  if (whole > int64_t{9} * 1000 * 1000 * 1000 * 1000 ||
      whole < -int64_t{9} * 1000 * 1000 * 1000 * 1000) {
    return false;
  }
  const std::string_view digits = word.substr(point + 1);
  int64_t fraction = 0, unit = 100'000;
  for (size_t i = 0; i < digits.size(); ++i) {
    if (digits[i] < '0' || digits[i] > '9') return false;
    if (i < 6) {
      fraction += unit * (digits[i] - '0');
      unit /= 10;
    } else if (i == 6 && digits[i] >= '5') {
      ++fraction;
    }
  }
  if (digits.empty() && word.size() < 2) return false;
  time_us = whole * 1'000'000 + (negative ? -fraction : fraction);
  return true;
}

Line Parse(std::string_view text) {
  Line line;
  const std::string_view first = Word(text);
  if (first.empty() || first.front() == '#') {
    line.kind = Line::Kind::kNothing;
    return line;
  }
  const std::string_view second = Word(text), third = Word(text), fourth = Word(text);
  if (third.empty()) {
    if (ToInteger(first, line.x) && ToInteger(second, line.y) && line.x > 0 && line.y > 0 &&
        line.x <= 0x10000 && line.y <= 0x8000) {
      line.kind = Line::Kind::kSize;
    }
    return line;
  }
  int64_t polarity = 0;
  if (ToMicroseconds(first, line.time_us) && ToInteger(second, line.x) &&
      ToInteger(third, line.y) && ToInteger(fourth, polarity) && polarity >= -1 && polarity <= 1 &&
      Word(text).empty()) {
    line.kind = Line::Kind::kEvent;
    line.on = polarity > 0;
  }
  return line;
}

class TextEventDecoder : public EventDecoder {
 public:
  explicit TextEventDecoder(bool raw) : clock_(0, raw) {}

  Result<size_t> Feed(std::span<const uint8_t> bytes, EventBatch& batch) override {
    size_t taken = 0;
    if (!held_.Flush(batch)) return taken;
    while (taken < bytes.size()) {
      const char* begin = reinterpret_cast<const char*>(bytes.data()) + taken;
      const size_t left = bytes.size() - taken;
      const auto* end = static_cast<const char*>(std::memchr(begin, '\n', left));
      if (end == nullptr) {
        Keep({begin, left});
        return bytes.size();
      }
      const std::string_view part(begin, static_cast<size_t>(end - begin));
      taken += part.size() + 1;
      if (!TakeLine(part, batch)) break;
    }
    return taken;
  }

  Result<bool> Finish(EventBatch& batch) override {
    if (!held_.Flush(batch)) return false;
    return kept_.empty() || TakeLine({}, batch);
  }

  const EventFileInfo& info() const override { return info_; }
  std::vector<EventAnomaly> anomalies() const override {
    std::vector<EventAnomaly> list = anomalies_.List();
    for (EventAnomaly& anomaly : list) anomaly.first_is_line = true;
    return list;
  }

 private:
  // Of what is too long only so much that it stays too long.
  void Keep(std::string_view part) { kept_ += part.substr(0, kLongestLine + 1 - kept_.size()); }

  // A line ends with `part`; false when the batch is full.
  bool TakeLine(std::string_view part, EventBatch& batch) {
    ++number_;
    if (kept_.empty()) return TakeWhole(part, batch);
    Keep(part);
    const std::string whole = std::move(kept_);
    kept_.clear();
    return TakeWhole(whole, batch);
  }

  bool TakeWhole(std::string_view text, EventBatch& batch) {
    const Line line = text.size() > kLongestLine ? Line() : Parse(text);
    if (line.kind == Line::Kind::kNothing) return true;
    if (line.kind == Line::Kind::kSize && !any_) {
      info_.width = static_cast<int>(line.x);
      info_.height = static_cast<int>(line.y);
    } else if (line.kind != Line::Kind::kEvent) {
      anomalies_.Add(EventAnomalyKind::kUnreadable, number_);
    } else {
      any_ = true;
      return TakeEvent(line, batch);
    }
    any_ = true;
    return true;
  }

  bool TakeEvent(const Line& line, EventBatch& batch) {
    if (line.x < 0 || line.x > 0xFFFF || line.y < 0 || line.y > 0x7FFF) {
      anomalies_.Add(EventAnomalyKind::kBeyond, number_);
    } else if (!EventClock::CanHold(line.time_us)) {
      anomalies_.Add(EventAnomalyKind::kTimeBeyond, number_);
    } else {
      if (!clock_.Read(line.time_us)) anomalies_.Add(EventAnomalyKind::kStepBack, number_);
      const int64_t time_us = clock_.now_us();
      clock_.Delivered(time_us);
      return held_.Put(time_us, static_cast<uint16_t>(line.x), static_cast<uint16_t>(line.y),
                       line.on, batch);
    }
    return true;
  }

  EventFileInfo info_ = {"text"};
  EventAnomalyCounter anomalies_;
  EventClock clock_;
  HeldEvent held_;
  std::string kept_;    // of a line whose end has not come
  int64_t number_ = 0;  // of the line
  bool any_ = false;    // there was a line
};

}  // namespace

std::unique_ptr<EventDecoder> MakeTextEventDecoder(bool raw) {
  return std::make_unique<TextEventDecoder>(raw);
}

bool LooksLikeTextEvents(std::string_view begin) {
  for (int lines = 0; lines < 16 && !begin.empty(); ++lines) {
    const size_t end = std::min(begin.find('\n'), begin.size());
    if (end <= kLongestLine && Parse(begin.substr(0, end)).kind == Line::Kind::kEvent) return true;
    begin.remove_prefix(std::min(end + 1, begin.size()));
  }
  return false;
}

}  // namespace nightjar
