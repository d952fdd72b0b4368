// SPDX-License-Identifier: Apache-2.0
#include "tests/spatial/json_schema.h"

#include <algorithm>
#include <set>

namespace nightjar {
namespace {

bool IsOfType(const Json& value, const std::string& type) {
  if (type == "null") return value.is_null();
  if (type == "boolean") return value.is_boolean();
  if (type == "integer") return value.is_number_integer();
  if (type == "number") return value.is_number();
  if (type == "string") return value.is_string();
  if (type == "array") return value.is_array();
  return type == "object" && value.is_object();
}

class SchemaCheck {
 public:
  explicit SchemaCheck(const Json& root) : root_(root) {}

  std::string Fault(const Json& value, const Json& schema, const std::string& at) const {
    for (const auto& keyword : schema.items()) {
      const std::string fault = Apply(keyword.key(), keyword.value(), schema, value, at);
      if (!fault.empty()) return fault;
    }
    return {};
  }

 private:
  std::string Apply(const std::string& keyword, const Json& rule, const Json& schema,
                    const Json& value, const std::string& at) const {
    static const std::set<std::string> kNotes = {"$schema", "$id", "$defs", "title", "description"};
    if (kNotes.count(keyword) > 0) return {};
    const std::string fault = at + " fails " + keyword;
    if (keyword == "$ref") {
      const std::string path = rule.get<std::string>().substr(1);
      return Fault(value, root_.at(Json::json_pointer(path)), at);
    }
    if (keyword == "type") {
      const Json types = rule.is_array() ? rule : Json::array({rule});
      const bool any = std::any_of(types.begin(), types.end(), [&](const Json& type) {
        return IsOfType(value, type.get<std::string>());
      });
      return any ? "" : fault;
    }
    if (keyword == "enum")
      return std::find(rule.begin(), rule.end(), value) != rule.end() ? "" : fault;
    if (keyword == "anyOf") {
      const bool any = std::any_of(rule.begin(), rule.end(), [&](const Json& option) {
        return Fault(value, option, at).empty();
      });
      return any ? "" : fault;
    }
    if (keyword == "required" || keyword == "properties" || keyword == "additionalProperties")
      return value.is_object() ? OfObject(keyword, rule, schema, value, at) : "";
    if (keyword == "items" || keyword == "minItems" || keyword == "maxItems")
      return value.is_array() ? OfList(keyword, rule, value, at) : "";
    if (keyword == "minLength")
      return !value.is_string() || value.get<std::string>().size() >= rule ? "" : fault;
    if (keyword == "minimum") return !value.is_number() || value >= rule ? "" : fault;
    if (keyword == "maximum") return !value.is_number() || value <= rule ? "" : fault;
    if (keyword == "exclusiveMinimum") return !value.is_number() || value > rule ? "" : fault;
    return "the schema has the keyword " + keyword + ", which is not known here";
  }

  std::string OfObject(const std::string& keyword, const Json& rule, const Json& schema,
                       const Json& value, const std::string& at) const {
    if (keyword == "required") {
      for (const Json& name : rule) {
        if (!value.contains(name.get<std::string>()))
          return at + " lacks " + name.get<std::string>();
      }
    } else if (keyword == "properties") {
      for (const auto& member : rule.items()) {
        if (!value.contains(member.key())) continue;
        const std::string fault =
            Fault(value[member.key()], member.value(), at + "." + member.key());
        if (!fault.empty()) return fault;
      }
    } else if (rule == false) {
      for (const auto& member : value.items()) {
        if (!schema["properties"].contains(member.key())) return at + " has " + member.key();
      }
    }
    return {};
  }

  std::string OfList(const std::string& keyword, const Json& rule, const Json& value,
                     const std::string& at) const {
    if (keyword == "minItems") return value.size() >= rule ? "" : at + " is too short";
    if (keyword == "maxItems") return value.size() <= rule ? "" : at + " is too long";
    for (size_t k = 0; k < value.size(); ++k) {
      const std::string fault = Fault(value[k], rule, at + "[" + std::to_string(k) + "]");
      if (!fault.empty()) return fault;
    }
    return {};
  }

  const Json& root_;
};

}  // namespace

std::string SchemaFault(const Json& value, const Json& schema) {
  return SchemaCheck(schema).Fault(value, schema, "$");
}

}  // namespace nightjar
