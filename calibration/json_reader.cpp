// SPDX-License-Identifier: Apache-2.0
#include "calibration/json_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <system_error>

namespace nightjar {
namespace {

std::string Join(const std::string& path, const std::string& key) {
  return path.empty() ? key : path + "." + key;
}

}  // namespace

void JsonReader::Throw(const std::string& path, const std::string& what,
                       const std::string& remedy) const {
  throw JsonError(
      {ErrorKind::kUnusableInput, path.empty() ? what : path + " " + what, where_, remedy});
}

std::string JsonReader::Index(const std::string& path, size_t i) {
  return fmt::format("{}[{}]", path, i);
}

const JsonReader::Json& JsonReader::Get(const Json& map, const std::string& key,
                                        const std::string& path) const {
  if (!map.is_object()) Throw(path, "is not an object");
  const auto found = map.find(key);
  if (found == map.end()) Throw(Join(path, key), "is missing");
  return *found;
}

const JsonReader::Json& JsonReader::List(const Json& map, const std::string& key,
                                         const std::string& path) const {
  const Json& list = Get(map, key, path);
  if (!list.is_array()) Throw(Join(path, key), "is not a list");
  return list;
}

double JsonReader::Number(const Json& value, const std::string& path) const {
  if (!value.is_number()) Throw(path, "is not a number");
  const double number = value.get<double>();
  if (!std::isfinite(number)) Throw(path, "is not finite");
  return number;
}

double JsonReader::NumberOrZero(const Json& map, const std::string& key,
                                const std::string& path) const {
  const auto found = map.find(key);
  return found == map.end() ? 0 : Number(*found, Join(path, key));
}

std::vector<double> JsonReader::Numbers(const Json& list, const std::string& path,
                                        size_t count) const {
  if (!list.is_array()) Throw(path, "is not a list");
  if (list.size() != count)
    Throw(path, fmt::format("has {} values instead of {}", list.size(), count));
  std::vector<double> numbers;
  for (const Json& value : list) numbers.push_back(Number(value, path));
  return numbers;
}

JsonFile ParseJsonFile(const std::filesystem::path& file, const std::string& wanted) {
  using Json = JsonReader::Json;
  std::error_code ignored;
  std::ifstream stream;
  if (std::filesystem::is_regular_file(file, ignored)) stream.open(file, std::ios::binary);
  if (!stream.is_open())
    throw JsonError({ErrorKind::kUnusableInput, "cannot be read", file.string(), wanted});
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  Json whole = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!whole.is_discarded()) return {file.string(), 1, std::move(whole)};
  Json line = Json::parse(text.substr(0, text.find('\n')), nullptr, /*allow_exceptions=*/false);
  if (!line.is_discarded()) {
    const auto lines = static_cast<size_t>(std::count(text.begin(), text.end(), '\n'));
    return {file.string() + ":1", lines, std::move(line)};
  }
  try {
    return {file.string(), 1, Json::parse(text)};
  } catch (const Json::parse_error& error) {
    const auto at = text.begin() + static_cast<std::ptrdiff_t>(std::min(error.byte, text.size()));
    throw JsonError({ErrorKind::kUnusableInput, "is not valid JSON",
                     fmt::format("{}:{}", file.string(), 1 + std::count(text.begin(), at, '\n')),
                     "is the file complete?"});
  }
}

}  // namespace nightjar
