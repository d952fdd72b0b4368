// SPDX-License-Identifier: Apache-2.0
#include "spatial/csv_rows.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "spatial/json_fields.h"

namespace nightjar {
namespace {

template <typename T>
bool Parse(std::string_view text, T& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

CsvRows::CsvRows(std::string_view text, std::string where, const std::vector<const char*>& columns)
    : rest_(text), where_(std::move(where)), names_(columns) {
  std::string_view header;
  if (!NextLine(header)) Throw("is empty");
  Split(header);
  columns_ = fields_.size();
  for (const char* name : columns) {
    const auto found = std::find(fields_.begin(), fields_.end(), name);
    if (found == fields_.end()) Throw(std::string("has no column '") + name + "'");
    places_.push_back(static_cast<size_t>(found - fields_.begin()));
  }
}

bool CsvRows::NextLine(std::string_view& line) {
  if (rest_.empty()) return false;
  ++line_;
  const size_t end = rest_.find('\n');
  if (end == std::string_view::npos) Throw("the last line is cut");
  line = rest_.substr(0, end);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  rest_.remove_prefix(end + 1);
  return true;
}

void CsvRows::Split(std::string_view line) {
  fields_.clear();
  while (true) {
    const size_t comma = line.find(',');
    fields_.push_back(line.substr(0, comma));
    if (comma == std::string_view::npos) break;
    line.remove_prefix(comma + 1);
  }
}

bool CsvRows::Next() {
  std::string_view line;
  if (!NextLine(line)) return false;
  Split(line);
  if (fields_.size() != columns_) {
    Throw("has " + std::to_string(fields_.size()) + " columns instead of " +
          std::to_string(columns_));
  }
  return true;
}

double CsvRows::Number(size_t column) const {
  double value = 0;
  if (!Parse(Text(column), value) || !std::isfinite(value))
    Throw(std::string(names_[column]) + " is not a number");
  return value;
}

double CsvRows::NumberOrInfinity(size_t column) const {
  double value = 0;
  if (!Parse(Text(column), value) || std::isnan(value))
    Throw(std::string(names_[column]) + " is not a number");
  return value;
}

double CsvRows::SigmaOrInfinity(size_t column) const {
  const double value = NumberOrInfinity(column);
  if (value < 0) Throw(std::string(names_[column]) + " is below zero");
  return value;
}

int64_t CsvRows::Integer(size_t column) const {
  int64_t value = 0;
  if (!Parse(Text(column), value)) Throw(std::string(names_[column]) + " is not a whole number");
  return value;
}

uint64_t CsvRows::Unsigned(size_t column) const {
  uint64_t value = 0;
  if (!Parse(Text(column), value)) Throw(std::string(names_[column]) + " is not a whole number");
  return value;
}

Eigen::Vector3d CsvRows::Vector3(size_t column) const {
  return {Number(column), Number(column + 1), Number(column + 2)};
}

Eigen::Vector3d CsvRows::Near(size_t column) const {
  const Eigen::Vector3d vector = Vector3(column);
  if (!(vector.cwiseAbs().maxCoeff() <= kFarthest))
    Throw(std::string(names_[column]) + " begins what is out of range");
  return vector;
}

Eigen::Quaterniond CsvRows::Quaternion(size_t column) const {
  const Eigen::Quaterniond q(Number(column + 3), Number(column), Number(column + 1),
                             Number(column + 2));
  // As it stands there where it is a rotation to nine digits, so that it is written the same again;
  // other programs have fewer.
  if (!(std::abs(q.norm() - 1) < 1e-3)) Throw(std::string(names_[column]) + " begins no rotation");
  return std::abs(q.norm() - 1) < 1e-9 ? q : q.normalized();
}

void CsvRows::Throw(const std::string& what) const {
  throw ReadFailure({ErrorKind::kUnusableInput, what, where_ + ":" + std::to_string(line_),
                     "process the log again"});
}

}  // namespace nightjar
