// SPDX-License-Identifier: Apache-2.0
#include "spatial/query/arguments.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "spatial/time_limits.h"

namespace nightjar {
namespace {

using Kind = Parameter::Kind;

constexpr double kLargest_m = 1e6;
constexpr double kLongest_s = 1e9;
constexpr size_t kMostPoints = 256;

tl::unexpected<Error> Wrong(const Parameter& parameter, const std::string& what) {
  return Fail(ErrorKind::kUsage, "'" + std::string(parameter.name) + "' " + what);
}

std::optional<Eigen::Vector3d> PointOf(const Json& value) {
  if (!value.is_array() || value.size() != 3) return std::nullopt;
  Eigen::Vector3d point;
  for (size_t axis = 0; axis < 3; ++axis) {
    if (!value[axis].is_number()) return std::nullopt;
    point[static_cast<Eigen::Index>(axis)] = value[axis].get<double>();
    if (!(std::abs(point[static_cast<Eigen::Index>(axis)]) <= kLargest_m)) return std::nullopt;
  }
  return point;
}

std::optional<SensorTime> TimeOf(const Json& value, SensorTime first) {
  if (value.is_number()) {
    const double seconds = value.get<double>();
    if (!(std::abs(seconds) <= kLongest_s)) return std::nullopt;
    return WithinLimits(first + FromSeconds(seconds));
  }
  if (!value.is_string()) return std::nullopt;
  const auto& text = value.get_ref<const std::string&>();
  int64_t t_ns = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), t_ns);
  if (error != std::errc() || std::string_view(end) != "ns") return std::nullopt;
  return WithinLimits(FromNanoseconds(t_ns));
}

constexpr const char* kTimeForm =
    "must be a time: seconds from the first frame, or nanoseconds of the log's clock as a text "
    "that ends in 'ns'";
constexpr const char* kPointForm = "must be a point: three numbers in m, up to 1e6";

Json TimeSchema() {
  return {{"anyOf",
           Json::array({{{"type", "number"}}, {{"type", "string"}, {"pattern", "^-?[0-9]+ns$"}}})}};
}

Json PointSchema() {
  return {{"type", "array"}, {"items", {{"type", "number"}}}, {"minItems", 3}, {"maxItems", 3}};
}

Json KindSchema(const Parameter& parameter) {
  switch (parameter.kind) {
    case Kind::kTime: return TimeSchema();
    case Kind::kPoint:
    case Kind::kDirection: return PointSchema();
    case Kind::kPlace: {
      Json either = TimeSchema();
      either["anyOf"].push_back(PointSchema());
      return either;
    }
    case Kind::kPath:
      return {
          {"type", "array"}, {"items", PointSchema()}, {"minItems", 1}, {"maxItems", kMostPoints}};
    case Kind::kNumber:
      return {{"type", "number"}, {"minimum", parameter.least}, {"maximum", parameter.most}};
    case Kind::kCount:
      return {{"type", "integer"},
              {"minimum", static_cast<int>(parameter.least)},
              {"maximum", static_cast<int>(parameter.most)}};
  }
  return Json::object();
}

// A number if all of it is one.
Json NumberOrText(const std::string& word) {
  char* end = nullptr;
  const double value = std::strtod(word.c_str(), &end);
  if (word.empty() || *end != '\0' || !std::isfinite(value)) return word;
  return value;
}

Json Split(const std::string& word, char separator, Json (*part)(const std::string&)) {
  Json parts = Json::array();
  for (size_t begin = 0; begin <= word.size();) {
    const size_t end = std::min(word.find(separator, begin), word.size());
    parts.push_back(part(word.substr(begin, end - begin)));
    begin = end + 1;
  }
  return parts;
}

Json PointOrText(const std::string& word) { return Split(word, ',', NumberOrText); }

Json WordValue(const Parameter& parameter, const std::string& word) {
  switch (parameter.kind) {
    case Kind::kPath: return Split(word, ';', PointOrText);
    case Kind::kPoint:
    case Kind::kDirection: return PointOrText(word);
    case Kind::kPlace:
      return word.find(',') != std::string::npos ? PointOrText(word) : NumberOrText(word);
    default: return NumberOrText(word);
  }
}

}  // namespace

Status Arguments::Take(const Parameter& parameter, const Json& value, SensorTime first) {
  switch (parameter.kind) {
    case Kind::kTime:
    case Kind::kPlace: {
      const bool either = parameter.kind == Kind::kPlace;
      if (const auto time = TimeOf(value, first)) {
        places_.emplace(parameter.name, *time);
      } else if (const auto point = PointOf(value); point && either) {
        places_.emplace(parameter.name, *point);
      } else {
        return Wrong(parameter, either ? std::string(kTimeForm) + ", or a point: three numbers in m"
                                       : kTimeForm);
      }
      return {};
    }
    case Kind::kPoint:
    case Kind::kDirection: {
      const auto point = PointOf(value);
      if (!point) return Wrong(parameter, kPointForm);
      if (parameter.kind == Kind::kDirection && !(point->norm() > 1e-9))
        return Wrong(parameter, "must have a direction: not all three 0");
      places_.emplace(parameter.name, *point);
      return {};
    }
    case Kind::kPath: {
      std::vector<Eigen::Vector3d> path;
      if (value.is_array() && value.size() <= kMostPoints) {
        for (const Json& element : value) {
          const auto point = PointOf(element);
          if (!point) break;
          path.push_back(*point);
        }
      }
      if (path.empty() || path.size() != value.size())
        return Wrong(parameter, fmt::format("must be a list of 1 to {} points", kMostPoints));
      paths_.emplace(parameter.name, std::move(path));
      return {};
    }
    case Kind::kNumber:
    case Kind::kCount: {
      const double number =
          value.is_number() ? value.get<double>() : std::numeric_limits<double>::quiet_NaN();
      const bool whole = parameter.kind == Kind::kCount;
      if (!(number >= parameter.least && number <= parameter.most) ||
          (whole && number != std::floor(number))) {
        return Wrong(parameter, fmt::format("must be a {} from {:g} to {:g}",
                                            whole ? "whole number" : "number", parameter.least,
                                            parameter.most));
      }
      numbers_.emplace(parameter.name, number);
      return {};
    }
  }
  return {};
}

Result<Arguments> Arguments::Parse(const std::vector<Parameter>& parameters, const Json& json,
                                   SensorTime first) {
  if (!json.is_object() && !json.is_null())
    return Fail(ErrorKind::kUsage, "the arguments must be an object");
  for (const auto& [name, value] : json.items()) {
    const auto known = std::find_if(parameters.begin(), parameters.end(),
                                    [&name = name](const Parameter& p) { return name == p.name; });
    if (known == parameters.end())
      return Fail(ErrorKind::kUsage, "there is no argument '" + name.substr(0, 40) + "'");
  }
  Arguments arguments;
  for (const Parameter& parameter : parameters) {
    const auto given = json.is_object() ? json.find(parameter.name) : json.end();
    if (given != json.end() && !given->is_null()) {
      if (const Status taken = arguments.Take(parameter, *given, first); !taken)
        return tl::unexpected(taken.error());
    } else if (parameter.required) {
      return Wrong(parameter, "is missing");
    } else if (parameter.kind == Parameter::Kind::kNumber ||
               parameter.kind == Parameter::Kind::kCount) {
      arguments.numbers_.emplace(parameter.name, parameter.otherwise);
    }
  }
  return arguments;
}

std::optional<SensorTime> TimeFromWord(const std::string& word, SensorTime first_frame) {
  return TimeOf(NumberOrText(word), first_frame);
}

Result<Json> ArgumentsFromWords(const std::vector<Parameter>& parameters,
                                const std::vector<std::string>& words) {
  Json json = Json::object();
  size_t next = 0;
  for (const std::string& word : words) {
    const size_t equals = word.find('=');
    if (equals != std::string::npos) {
      const std::string name = word.substr(0, equals);
      const auto known = std::find_if(parameters.begin(), parameters.end(),
                                      [&name](const Parameter& p) { return name == p.name; });
      if (known == parameters.end())
        return Fail(ErrorKind::kUsage, "there is no argument '" + name + "'");
      json[name] = WordValue(*known, word.substr(equals + 1));
      continue;
    }
    if (next == parameters.size()) return Fail(ErrorKind::kUsage, "there are too many arguments");
    json[parameters[next].name] = WordValue(parameters[next], word);
    ++next;
  }
  return json;
}

Json ArgumentsSchema(const std::vector<Parameter>& parameters) {
  Json properties = Json::object(), required = Json::array();
  for (const Parameter& parameter : parameters) {
    Json schema = KindSchema(parameter);
    schema["description"] = parameter.meaning;
    if (parameter.required) {
      required.push_back(parameter.name);
    } else if (parameter.kind == Kind::kCount) {
      schema["default"] = static_cast<int>(parameter.otherwise);
    } else if (parameter.kind == Kind::kNumber) {
      schema["default"] = parameter.otherwise;
    }
    properties[parameter.name] = std::move(schema);
  }
  return {{"type", "object"},
          {"properties", std::move(properties)},
          {"required", std::move(required)},
          {"additionalProperties", false}};
}

}  // namespace nightjar
