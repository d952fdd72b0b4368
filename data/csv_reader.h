// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace nightjar {

/// Reads a text table line by line: memory does not grow with the file, nor with a line of it.
/// Tolerates CRLF, a UTF-8 byte order mark, blank lines and a last line without a line break. A
/// line that starts with '#' is a comment.
class CsvReader {
 public:
  /// Longer lines are cut here and then fail as what they are: they carry no number of ours.
  static constexpr size_t kMaxLine = 4096;  // bytes

  /// Fails with kUnusableInput when the file cannot be opened or is not a regular file.
  static Result<CsvReader> Open(const std::filesystem::path& file);

  /// Goes to the next line that is neither blank nor a comment; false at the end. kUnusableInput
  /// when reading fails.
  Result<bool> Next();

  /// The current line, without its break.
  std::string_view line() const { return line_; }
  /// The current line split at commas, blanks around each field removed. Views into line().
  std::vector<std::string_view> Fields() const;
  /// The current line split at any run of blanks.
  std::vector<std::string_view> Words() const;

  int64_t line_number() const { return line_number_; }  // counts from 1
  /// FILE:LINE
  std::string Where() const { return file_.string() + ":" + std::to_string(line_number_); }

 private:
  explicit CsvReader(const std::filesystem::path& file)
      : file_(file), stream_(file, std::ios::binary) {}
  bool ReadLine();

  std::filesystem::path file_;
  std::ifstream stream_;
  std::string line_;
  int64_t line_number_ = 0;
};

}  // namespace nightjar
