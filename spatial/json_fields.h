// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.h"
#include "core/se3.h"
#include "core/time.h"
#include "spatial/text_format.h"

namespace nightjar {

/// How the readers of this module report; nothing leaves Guarded().
class ReadFailure : public std::exception {
 public:
  explicit ReadFailure(Error error) : error_(std::move(error)) {}
  const Error& error() const { return error_; }

 private:
  Error error_;
};

/// The result of `read`, and whatever it or the library throws as an error (kUnusableInput).
template <typename Read>
auto Guarded(const std::string& where, const Read& read) -> Result<decltype(read())> {
  try {
    return read();
  } catch (const ReadFailure& failure) {
    return tl::unexpected(failure.error());
  } catch (const std::exception& error) {
    return Fail(ErrorKind::kUnusableInput, std::string("cannot be read: ") + error.what(), where);
  }
}

/// Whether brackets go deeper than anything that is written here: 64. The library calls itself for
/// each level when it copies, writes or compares, and the stack has an end.
bool IsTooDeep(std::string_view text);

/// A text from elsewhere; discarded where it is not JSON or IsTooDeep().
Json ParseJson(std::string_view text);

/// Checked access to the members of a JSON object: every fault is a ReadFailure with the place in
/// the file and the member's path ("aligned.yaw_rad").
class JsonFields {
 public:
  /// `where`: the file, with the line if it is a file of lines. `object` outlives this.
  JsonFields(const Json& object, std::string where, std::string path = {});

  /// Of a text that must be one JSON object. `kept` holds it.
  static JsonFields Parse(std::string_view text, const std::string& where, Json& kept);

  bool Has(const char* key) const;  // and is not null
  const Json& Get(const char* key) const;
  JsonFields Object(const char* key) const;
  /// Each member of a list of objects.
  std::vector<JsonFields> Objects(const char* key) const;
  const Json& List(const char* key) const;

  double Number(const char* key) const;  // finite
  /// `otherwise` for null, which stands for what is not finite.
  double NumberOr(const char* key, double otherwise) const;
  std::optional<double> OptionalNumber(const char* key) const;  // empty: null
  /// A number that is not below zero: a sigma, a distance, a rate.
  double NotNegative(const char* key) const;
  double NotNegativeOr(const char* key, double otherwise) const;
  /// Within `most` of zero.
  double Within(const char* key, double most) const;
  int64_t Integer(const char* key) const;
  int Count(const char* key) const;  // 0 .. 2^31 - 1
  /// Whole units of `unit_ns`, within the limits of time_limits.h.
  SensorTime Time(const char* key, int64_t unit_ns = 1) const;
  std::string Text(const char* key) const;
  std::string TextOr(const char* key, const std::string& otherwise) const;
  std::vector<std::string> Texts(const char* key) const;
  std::vector<double> Numbers(const char* key, std::optional<size_t> count = {}) const;
  Eigen::Vector3d Vector3(const char* key) const;
  /// A place, m: each axis within kFarthest_m of zero.
  static constexpr double kFarthest_m = 2e6;  // of what lies around a path within 1e6 m
  Eigen::Vector3d Place(const char* key) const;
  /// The same with `otherwise` for each null.
  Eigen::Vector3d Vector3Or(const char* key, double otherwise) const;
  /// {"p", "q_xyzw"}, a unit quaternion.
  Se3 Pose(const char* key) const;

  [[noreturn]] void Throw(const char* key, const std::string& what) const;
  const Json& json() const { return *object_; }
  const std::string& where() const { return where_; }

 private:
  double Number(const Json& value, const char* key) const;

  const Json* object_;
  std::string where_;
  std::string path_;  // of the object, with a full stop at its end; empty: the root
};

/// Calls `read(fields)` for every line of a file of JSON lines, each with the place FILE:LINE. A
/// last line without its line feed was cut: a ReadFailure.
template <typename Read>
void ForEachJsonLine(std::string_view lines, const std::string& where, const Read& read) {
  for (int number = 1; !lines.empty(); ++number) {
    const std::string place = where + ":" + std::to_string(number);
    const size_t end = lines.find('\n');
    if (end == std::string_view::npos) {
      throw ReadFailure(
          {ErrorKind::kUnusableInput, "the last line is cut", place, "process the log again"});
    }
    Json kept;
    read(JsonFields::Parse(lines.substr(0, end), place, kept));
    lines.remove_prefix(end + 1);
  }
}

}  // namespace nightjar
