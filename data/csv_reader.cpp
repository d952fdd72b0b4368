// SPDX-License-Identifier: Apache-2.0
#include "data/csv_reader.h"

#include <algorithm>
#include <exception>
#include <system_error>

namespace nightjar {
namespace {

constexpr std::string_view kBlanks = " \t";
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

std::string_view Trim(std::string_view text) {
  const size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

}  // namespace

Result<CsvReader> CsvReader::Open(const std::filesystem::path& file) {
  std::error_code error;
  // Anything else (a folder, a pipe) opens, and then fails strangely or waits for ever.
  if (!std::filesystem::is_regular_file(file, error)) {
    return Fail(ErrorKind::kUnusableInput,
                std::filesystem::exists(file, error) ? "is not a file" : "is missing",
                file.string(), "see docs/formats/sensor-log.md for what belongs here");
  }
  CsvReader reader(file);
  if (!reader.stream_) {
    return Fail(ErrorKind::kUnusableInput, "cannot be opened", file.string(),
                "check its permissions");
  }
  return reader;
}

bool CsvReader::ReadLine() {
  line_.clear();
  std::streambuf* buffer = stream_.rdbuf();
  constexpr int kEnd = std::char_traits<char>::eof();
  int c = buffer->sbumpc();
  if (c == kEnd) return false;
  ++line_number_;
  for (; c != kEnd && c != '\n'; c = buffer->sbumpc()) {
    if (line_.size() < kMaxLine) line_ += static_cast<char>(c);
  }
  if (!line_.empty() && line_.back() == '\r') line_.pop_back();
  if (line_number_ == 1 && line_.compare(0, kByteOrderMark.size(), kByteOrderMark) == 0) {
    line_.erase(0, kByteOrderMark.size());
  }
  return true;
}

Result<bool> CsvReader::Next() {
  try {
    while (ReadLine()) {
      const std::string_view text = Trim(line_);
      if (text.empty()) continue;
      if (text.front() != '#') return true;
    }
  } catch (const std::exception&) {  // libstdc++ reports a failed read(2) so
    return Fail(ErrorKind::kUnusableInput, "reading fails after this line", Where(),
                "check the disk");
  }
  return false;
}

std::vector<std::string_view> CsvReader::Fields() const {
  std::vector<std::string_view> fields;
  std::string_view rest = line_;
  for (size_t end; (end = rest.find(',')) != std::string_view::npos; rest.remove_prefix(end + 1)) {
    fields.push_back(Trim(rest.substr(0, end)));
  }
  fields.push_back(Trim(rest));
  return fields;
}

std::vector<std::string_view> CsvReader::Words() const {
  std::vector<std::string_view> words;
  std::string_view rest = Trim(line_);
  while (!rest.empty()) {
    const size_t end = std::min(rest.find_first_of(kBlanks), rest.size());
    words.push_back(rest.substr(0, end));
    rest = Trim(rest.substr(end));
  }
  return words;
}

}  // namespace nightjar
