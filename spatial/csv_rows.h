// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <Eigen/Geometry>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace nightjar {

/// Reads a text table whose first line names its columns, row by row. Every fault is a ReadFailure
/// (spatial/json_fields.h) with FILE:LINE. A last line without its line feed was cut.
///
///     CsvRows rows(text, file, {"uid", "px_world"});
///     while (rows.Next()) { rows.Integer(0); rows.Number(1); }
class CsvRows {
 public:
  static constexpr double kFarthest = 1e6;

  /// `columns`: those that are asked for, by name, in the order in which they are spoken of below;
  /// the table may have others and have them in any order. `text` outlives this.
  CsvRows(std::string_view text, std::string where, const std::vector<const char*>& columns);

  /// Goes to the next row; false at the end.
  bool Next();

  std::string_view Text(size_t column) const { return fields_[places_[column]]; }
  double Number(size_t column) const;  // finite
  double NumberOrInfinity(size_t column) const;
  double SigmaOrInfinity(size_t column) const;  // the same, not below zero
  int64_t Integer(size_t column) const;         // decimal, may be negative
  uint64_t Unsigned(size_t column) const;
  /// Three, or four (x y z w, unit), columns from this one on.
  Eigen::Vector3d Vector3(size_t column) const;
  /// A place (m) or a rate within kFarthest of 0 on each axis: what is farther was never measured,
  /// and cells of space could not be counted.
  Eigen::Vector3d Near(size_t column) const;
  Eigen::Quaterniond Quaternion(size_t column) const;

  [[noreturn]] void Throw(const std::string& what) const;

 private:
  bool NextLine(std::string_view& line);
  void Split(std::string_view line);

  std::string_view rest_;
  std::string where_;
  std::vector<const char*> names_;
  std::vector<size_t> places_;  // of the columns asked for, in a row
  std::vector<std::string_view> fields_;
  size_t columns_ = 0;  // that each row must have
  int64_t line_ = 0;
};

}  // namespace nightjar
