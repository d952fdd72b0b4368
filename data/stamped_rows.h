// SPDX-License-Identifier: Apache-2.0
#pragma once

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
///  single damaged stamp
///    must not cost the rest of the stream.
///
/// `Row` has a member `SensorTime time`. The parser gets the fields of a line and gives a Row or a
/// fixed phrase.
template <typename Row>
class StampedRows {
 public:
  using Parser = tl::expected<Row, const char*> (*)(const std::vector<std::string_view>& fields);

  struct Item {
    Row row;
    int64_t line = 0;
  };

  /// Starts before the first row. `anomalies` must outlive this.
  StampedRows(CsvReader reader, Parser parser, AnomalyCounter* anomalies)
      : reader_(std::move(reader)), parser_(parser), anomalies_(anomalies) {}

  /// The row at which the reading stands; nothing before the first Advance() and behind the last
  /// row.
  const std::optional<Item>& head() const { return head_; }

  /// Goes to the next usable row.
  Status Advance() {
    head_.reset();
    while (true) {
      if (Status status = FillCandidates(); !status) return status;
      if (!current_) return {};
      const SensorTime time = current_->row.time;
      if (last_time_ && time <= *last_time_) {
        RejectCurrent(time == *last_time_ ? "row repeats the time of the row before, skipped"
                                          : "row goes back in time, skipped");
      } else if (following_ && following_->row.time < time &&
                 (!last_time_ || following_->row.time > *last_time_)) {
        RejectCurrent("row jumps ahead of the row after it, skipped");
      } else {
        last_time_ = time;
        head_ = std::move(current_);
        current_ = std::exchange(following_, std::nullopt);
        return {};
      }
    }
  }

  int64_t rejected() const { return rejected_; }

  /// Why the first refused row was refused, with FILE:LINE; empty fields when none was.
  const Error& first_refusal() const { return first_refusal_; }

 private:
  Status FillCandidates() {
    for (std::optional<Item>* candidate : {&current_, &following_}) {
      while (!*candidate) {
        const Result<bool> more = reader_.Next();
        if (!more) return tl::unexpected(more.error());
        if (!*more) return {};
        const bool first_line = std::exchange(first_line_, false);
        auto row = parser_(reader_.Fields());
        if (row) {
          *candidate = Item{*std::move(row), reader_.line_number()};
        } else if (!(first_line && IsHeader())) {
          if (rejected_ == 0)
            first_refusal_ = {ErrorKind::kUnusableInput, row.error(), reader_.Where(), {}};
          Reject(row.error(), reader_.line_number());
        }
      }
    }
    return {};
  }

  // A header need not be a comment.
  bool IsHeader() const { return reader_.line().find("timestamp") != std::string_view::npos; }

  void RejectCurrent(const char* why) {
    Reject(why, current_->line);
    current_ = std::exchange(following_, std::nullopt);
  }

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
  std::optional<SensorTime> last_time_;
  Error first_refusal_;
  int64_t rejected_ = 0;
  bool first_line_ = true;
};

}  // namespace nightjar
