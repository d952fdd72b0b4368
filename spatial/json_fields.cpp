// SPDX-License-Identifier: Apache-2.0
#include "spatial/json_fields.h"

#include <cmath>
#include <limits>

#include "spatial/time_limits.h"

namespace nightjar {

bool IsTooDeep(std::string_view text) {
  constexpr size_t kDeepest = 64;
  size_t depth = 0;
  bool in_string = false;
  for (size_t k = 0; k < text.size(); ++k) {
    const char c = text[k];
    if (in_string) {
      if (c == '\\') ++k;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (++depth > kDeepest) return true;
    } else if ((c == ']' || c == '}') && depth > 0) {
      --depth;
    }
  }
  return false;
}

Json ParseJson(std::string_view text) {
  if (IsTooDeep(text)) return Json(Json::value_t::discarded);
  return Json::parse(text, nullptr, /*allow_exceptions=*/false);
}

JsonFields::JsonFields(const Json& object, std::string where, std::string path)
    : object_(&object), where_(std::move(where)), path_(std::move(path)) {
  if (!object.is_object()) {
    const std::string what = path_.empty() ? "is not a JSON object" : path_ + " is not an object";
    throw ReadFailure({ErrorKind::kUnusableInput, what, where_, "process the log again"});
  }
  if (!path_.empty()) path_ += '.';
}

JsonFields JsonFields::Parse(std::string_view text, const std::string& where, Json& kept) {
  kept = ParseJson(text);
  if (kept.is_discarded()) {
    const char* what = IsTooDeep(text) ? "is nested too deep" : "is not JSON, or is cut";
    throw ReadFailure({ErrorKind::kUnusableInput, what, where, "process the log again"});
  }
  return {kept, where};
}

void JsonFields::Throw(const char* key, const std::string& what) const {
  throw ReadFailure(
      {ErrorKind::kUnusableInput, path_ + key + " " + what, where_, "process the log again"});
}

bool JsonFields::Has(const char* key) const {
  const auto found = object_->find(key);
  return found != object_->end() && !found->is_null();
}

const Json& JsonFields::Get(const char* key) const {
  const auto found = object_->find(key);
  if (found == object_->end()) Throw(key, "is missing");
  return *found;
}

JsonFields JsonFields::Object(const char* key) const { return {Get(key), where_, path_ + key}; }

std::vector<JsonFields> JsonFields::Objects(const char* key) const {
  std::vector<JsonFields> objects;
  for (const Json& object : List(key)) {
    objects.emplace_back(object, where_, path_ + key + "[" + std::to_string(objects.size()) + "]");
  }
  return objects;
}

const Json& JsonFields::List(const char* key) const {
  const Json& list = Get(key);
  if (!list.is_array()) Throw(key, "is not a list");
  return list;
}

double JsonFields::Number(const Json& value, const char* key) const {
  if (!value.is_number()) Throw(key, "is not a number");
  const double number = value.get<double>();
  if (!std::isfinite(number)) Throw(key, "is not finite");
  return number;
}

double JsonFields::Number(const char* key) const { return Number(Get(key), key); }

double JsonFields::NumberOr(const char* key, double otherwise) const {
  const Json& value = Get(key);
  return value.is_null() ? otherwise : Number(value, key);
}

std::optional<double> JsonFields::OptionalNumber(const char* key) const {
  const Json& value = Get(key);
  if (value.is_null()) return std::nullopt;
  return Number(value, key);
}

double JsonFields::NotNegative(const char* key) const {
  const double number = Number(key);
  if (number < 0) Throw(key, "is below zero");
  return number;
}

double JsonFields::NotNegativeOr(const char* key, double otherwise) const {
  return Get(key).is_null() ? otherwise : NotNegative(key);
}

double JsonFields::Within(const char* key, double most) const {
  const double number = Number(key);
  if (!(std::abs(number) <= most)) Throw(key, "is out of range");
  return number;
}

int64_t JsonFields::Integer(const char* key) const {
  const Json& value = Get(key);
  if (!value.is_number_integer()) Throw(key, "is not a whole number");
  if (value.is_number_unsigned() &&
      value.get<uint64_t>() > uint64_t{std::numeric_limits<int64_t>::max()})
    Throw(key, "is out of range");
  return value.get<int64_t>();
}

SensorTime JsonFields::Time(const char* key, int64_t unit_ns) const {
  const int64_t time = Integer(key);
  if (time > kLatest_ns / unit_ns || time < -kLatest_ns / unit_ns) Throw(key, "is out of range");
  return FromNanoseconds(unit_ns * time);
}

int JsonFields::Count(const char* key) const {
  const int64_t count = Integer(key);
  if (count < 0 || count > std::numeric_limits<int>::max()) Throw(key, "is out of range");
  return static_cast<int>(count);
}

std::string JsonFields::Text(const char* key) const {
  const Json& value = Get(key);
  if (!value.is_string()) Throw(key, "is not a text");
  return value.get<std::string>();
}

std::string JsonFields::TextOr(const char* key, const std::string& otherwise) const {
  return Get(key).is_null() ? otherwise : Text(key);
}

std::vector<std::string> JsonFields::Texts(const char* key) const {
  std::vector<std::string> texts;
  for (const Json& value : List(key)) {
    if (!value.is_string()) Throw(key, "holds what is not a text");
    texts.push_back(value.get<std::string>());
  }
  return texts;
}

std::vector<double> JsonFields::Numbers(const char* key, std::optional<size_t> count) const {
  const Json& list = List(key);
  if (count && list.size() != *count) {
    Throw(key,
          "has " + std::to_string(list.size()) + " numbers instead of " + std::to_string(*count));
  }
  std::vector<double> numbers;
  for (const Json& value : list) numbers.push_back(Number(value, key));
  return numbers;
}

Eigen::Vector3d JsonFields::Vector3(const char* key) const {
  const std::vector<double> numbers = Numbers(key, 3);
  return {numbers[0], numbers[1], numbers[2]};
}

Eigen::Vector3d JsonFields::Place(const char* key) const {
  const Eigen::Vector3d place = Vector3(key);
  if (!(place.cwiseAbs().maxCoeff() <= kFarthest_m)) Throw(key, "is out of range");
  return place;
}

Eigen::Vector3d JsonFields::Vector3Or(const char* key, double otherwise) const {
  const Json& list = List(key);
  if (list.size() != 3) Throw(key, "does not have 3 numbers");
  Eigen::Vector3d vector;
  for (size_t axis = 0; axis < 3; ++axis)
    vector[static_cast<Eigen::Index>(axis)] =
        list[axis].is_null() ? otherwise : Number(list[axis], key);
  return vector;
}

Se3 JsonFields::Pose(const char* key) const {
  const JsonFields pose = Object(key);
  const std::vector<double> q = pose.Numbers("q_xyzw", 4);
  Se3 T;
  T.translation = pose.Place("p");
  T.rotation = Eigen::Quaterniond(q[3], q[0], q[1], q[2]);
  if (!(std::abs(T.rotation.norm() - 1) < 1e-6)) pose.Throw("q_xyzw", "is not a rotation");
  return T;
}

}  // namespace nightjar
