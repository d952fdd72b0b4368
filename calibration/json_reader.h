// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <exception>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "core/result.h"

namespace nightjar {

/// How the JSON readers of this module report; nothing leaves ReadJsonFile().
class JsonError : public std::exception {
 public:
  explicit JsonError(Error error) : error_(std::move(error)) {}
  const Error& error() const { return error_; }

 private:
  Error error_;
};

/// Turns JSON values into checked ones, and every fault into a JsonError with kUnusableInput, the
/// place in the file and the path in the JSON ("CameraCalibrations[2].Label"). The library does not
/// know the lines of its values.
class JsonReader {
 public:
  using Json = nlohmann::json;

  /// `where`: the file, with the line if it is a file of lines.
  explicit JsonReader(std::string where) : where_(std::move(where)) {}

  [[noreturn]] void Throw(const std::string& path, const std::string& what,
                          const std::string& remedy = {}) const;
  /// "path[i]".
  static std::string Index(const std::string& path, size_t i);

  /// A member of the object at `path`, which is empty for the root.
  const Json& Get(const Json& map, const std::string& key, const std::string& path) const;
  const Json& List(const Json& map, const std::string& key, const std::string& path) const;
  double Number(const Json& value, const std::string& path) const;  // finite
  double NumberOrZero(const Json& map, const std::string& key, const std::string& path) const;
  std::vector<double> Numbers(const Json& list, const std::string& path, size_t count) const;

 private:
  std::string where_;
};

/// A file that is one JSON value, or one on each line: then the first.
struct JsonFile {
  std::string where;  // FILE, or FILE:1
  size_t lines = 1;   // values in the file
  JsonReader::Json root;
};

JsonFile ParseJsonFile(const std::filesystem::path& file, const std::string& wanted);

/// `parse` on the file, with whatever it or the library throws as an error. `wanted`: what must
/// stand there, for the remedy.
template <typename Parse>
auto ReadJsonFile(const std::filesystem::path& file, const std::string& wanted, const Parse& parse)
    -> Result<decltype(parse(std::declval<const JsonFile&>()))> {
  try {
    return parse(ParseJsonFile(file, wanted));
  } catch (const JsonError& error) {
    return tl::unexpected(error.error());
  } catch (const std::exception& error) {
    return Fail(ErrorKind::kUnusableInput, std::string("cannot be parsed: ") + error.what(),
                file.string());
  }
}

}  // namespace nightjar
