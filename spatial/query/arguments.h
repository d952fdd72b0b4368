// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/result.h"
#include "core/time.h"
#include "spatial/text_format.h"

namespace nightjar {

/// What a question asks with.
struct Parameter {
  enum class Kind {
    kTime,       // seconds from the session's first frame, or "<integer>ns" of the log's clock
    kPoint,      // [x, y, z], m
    kPlace,      // a time, where the body then was, or a point
    kDirection,  // [x, y, z], of any length but 0
    kPath,       // [[x, y, z], ...]
    kNumber,
    kCount,  // whole
  };
  const char* name = "";
  Kind kind = Kind::kTime;
  const char* meaning = "";
  bool required = true;
  double otherwise = 0;  // where it is not required: of a number or count
  double least = 0;      // of a number or count
  double most = 0;
};

/// The arguments of one question, checked: of the right kind, finite, in range, none unknown, none
/// missing.
class Arguments {
 public:
  using Place = std::variant<SensorTime, Eigen::Vector3d>;

  /// `first`: the time of the session's first frame. kUsage, naming the argument.
  static Result<Arguments> Parse(const std::vector<Parameter>& parameters, const Json& json,
                                 SensorTime first);

  SensorTime Time(const char* name) const { return std::get<SensorTime>(places_.at(name)); }
  /// Nothing where one that is not required was not given.
  std::optional<SensorTime> MaybeTime(const char* name) const {
    return places_.contains(name) ? std::optional(Time(name)) : std::nullopt;
  }
  Eigen::Vector3d Point(const char* name) const {
    return std::get<Eigen::Vector3d>(places_.at(name));
  }
  const Place& Either(const char* name) const { return places_.at(name); }
  double Number(const char* name) const { return numbers_.at(name); }
  const std::vector<Eigen::Vector3d>& Path(const char* name) const { return paths_.at(name); }

 private:
  Status Take(const Parameter& parameter, const Json& value, SensorTime first);

  std::map<std::string, Place> places_;
  std::map<std::string, double> numbers_;
  std::map<std::string, std::vector<Eigen::Vector3d>> paths_;
};

/// Words of a command line as the JSON that Parse() takes: in the order of the parameters, or
/// "name=value"; a point is "x,y,z", a path "x,y,z;x,y,z". What is no number stays text. kUsage for
/// more words than parameters.
Result<Json> ArgumentsFromWords(const std::vector<Parameter>& parameters,
                                const std::vector<std::string>& words);

/// A time as people write it: seconds from the first frame ("12.5"), or nanoseconds of the log's
/// clock ("12500000000ns"), within the limits of time_limits.h. Nothing: it is none.
std::optional<SensorTime> TimeFromWord(const std::string& word, SensorTime first_frame);

/// The JSON Schema (2020-12) of an object of arguments.
Json ArgumentsSchema(const std::vector<Parameter>& parameters);

}  // namespace nightjar
