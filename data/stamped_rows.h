// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.h"
#include "core/time.h"
#include "data/anomaly_counter.h"
#include "data/csv_reader.h"

namespace nightjar {

/// What a row parser returns for a row that cannot be used: why, as one fixed phrase.
inline tl::unexpected<const char*> Refuse(const char* why) {
  return tl::unexpected<const char*>(why);
}

/// The usable rows of a stream's data.csv, one at a time, times strictly rising. Rows that cannot
/// be used are counted in the AnomalyCounter and passed over:
///  - one that the parser refuses, for the parser's reason;
///  - one that repeats the time of the row before, or goes back behind it;
///  - one that jumps ahead of the row behind it, when that row still follows the row before: a
///    single damaged stamp must not cost the rest of the stream;
///  - the very first, when the second is more than 10 s ahead of it and the third goes on from the
///    second: nothing else vouches for it, and the time of the log would begin there.
///
/// `Row` has a member `SensorTime time`. The parser is called with the fields of a line and gives a
/// Row or a fixed phrase: tl::expected<Row, const char*>.
template <typename Row, typename Parser>
class StampedRows {
 public:
  struct Item {
    Row row;
    int64_t line = 0;
  };

  /// Starts before the first row. `anomalies` must outlive this.
  StampedRows(CsvReader reader, Parser parser, AnomalyCounter* anomalies)
      : reader_(std::move(reader)), parser_(std::move(parser)), anomalies_(anomalies) {}

  /// The row at which the reading stands; nothing before the first Advance() and behind the last
  /// row.
  const std::optional<Item>& head() const { return head_; }

  /// Goes to the next usable row.
  Status Advance() {
    head_.reset();
    while (true) {
      if (Status status = FillCandidates(); !status) return status;
      if (!current_) return {};
      if (const char* why = Objection()) {
        Reject(why, current_->line);
      } else {
        last_time_ = current_->row.time;
        head_ = std::move(current_);
      }
      MoveUp();
      if (head_) return {};
    }
  }

  int64_t rejected() const { return rejected_; }

  /// Why the first refused row was refused, with FILE:LINE; empty fields when none was.
  const Error& first_refusal() const { return first_refusal_; }

 private:
  static constexpr Duration kFarApart = std::chrono::seconds(10);

  Status FillCandidates() {
    if (Status filled = Fill(current_); !filled) return filled;
    if (Status filled = Fill(following_); !filled) return filled;
    return FirstIsFarBehind() ? Fill(third_) : Status();
  }

  Status Fill(std::optional<Item>& candidate) {
    while (!candidate) {
      const Result<bool> more = reader_.Next();
      if (!more) return tl::unexpected(more.error());
      if (!*more) return {};
      const bool first_line = std::exchange(first_line_, false);
      auto row = parser_(reader_.Fields());
      if (row) {
        candidate = Item{*std::move(row), reader_.line_number()};
      } else if (!(first_line && IsHeader())) {
        if (rejected_ == 0)
          first_refusal_ = {ErrorKind::kUnusableInput, row.error(), reader_.Where(), {}};
        Reject(row.error(), reader_.line_number());
      }
    }
    return {};
  }

  // Whether the first row of all lies far behind the second. Times are not negative: no difference
  // overflows.
  bool FirstIsFarBehind() const {
    return !last_time_ && current_ && following_ &&
           following_->row.time - current_->row.time > kFarApart;
  }

  // Why the current row cannot be used; null when it can.
  const char* Objection() const {
    const SensorTime time = current_->row.time;
    if (last_time_ && time <= *last_time_) {
      return time == *last_time_ ? "row repeats the time of the row before, skipped"
                                 : "row goes back in time, skipped";
    }
    if (following_ && following_->row.time < time &&
        (!last_time_ || following_->row.time > *last_time_)) {
      return "row jumps ahead of the row after it, skipped";
    }
    if (FirstIsFarBehind() && third_ && third_->row.time > following_->row.time &&
        third_->row.time - following_->row.time <= kFarApart) {
      return "first row lies far before the rows after it, skipped";
    }
    return nullptr;
  }

  void MoveUp() { current_ = std::exchange(following_, std::exchange(third_, std::nullopt)); }

  // A header need not be a comment.
  bool IsHeader() const { return reader_.line().find("timestamp") != std::string_view::npos; }

  void Reject(const char* why, int64_t line) {
    anomalies_->Add(why, line);
    ++rejected_;
  }

  CsvReader reader_;
  Parser parser_;
  AnomalyCounter* anomalies_;
  std::optional<Item> head_;
  std::optional<Item> current_;    // the next candidate
  std::optional<Item> following_;  // the one behind it
  std::optional<Item> third_;      // and the next, where the first row needs it
  std::optional<SensorTime> last_time_;
  Error first_refusal_;
  int64_t rejected_ = 0;
  bool first_line_ = true;
};

}  // namespace nightjar
