// SPDX-License-Identifier: Apache-2.0
#include "spatial/query/tool_server.h"

#include <algorithm>
#include <array>
#include <exception>
#include <utility>
#include <vector>

#include "spatial/json_fields.h"

namespace nightjar {
namespace {

// JSON-RPC 2.0, section 5.1.
constexpr int kParseError = -32700;
constexpr int kInvalidRequest = -32600;
constexpr int kMethodNotFound = -32601;
constexpr int kInvalidParameters = -32602;
constexpr int kInternalError = -32603;

// Rising; the last one is offered to a client that asks for another.
constexpr std::array<const char*, 4> kVersions = {"2024-11-05", "2025-03-26", "2025-06-18",
                                                  "2025-11-25"};
constexpr const char* kVersionWithBatches = "2025-03-26";  // and no other

constexpr size_t kLongestBatch = 64;

Json ErrorResponse(const Json& id, int code, const std::string& message) {
  return {{"jsonrpc", "2.0"}, {"id", id}, {"error", {{"code", code}, {"message", message}}}};
}

Json Response(const Json& id, Json result) {
  return {{"jsonrpc", "2.0"}, {"id", id}, {"result", std::move(result)}};
}

bool IsId(const Json& id) { return id.is_string() || id.is_number(); }

Json Tools() {
  Json tools = Json::array();
  for (const Verb& verb : Questions::Verbs()) {
    tools.push_back({{"name", verb.name},
                     {"description", verb.meaning},
                     {"inputSchema", ArgumentsSchema(verb.parameters)},
                     {"annotations", {{"readOnlyHint", true}, {"openWorldHint", false}}}});
  }
  return {{"tools", std::move(tools)}};
}

Json ToolResult(const std::string& text, bool is_error) {
  return {{"content", Json::array({{{"type", "text"}, {"text", text}}})}, {"isError", is_error}};
}

constexpr const char* kInstructions =
    "Questions about one recorded walk: where the wearer was, how they moved, and what is around. "
    "Times are seconds from the first frame, lengths metres, angles degrees. The world frame is "
    "metric with z up; 'context' alone, which is to be asked first, may speak of a frame along "
    "the walls, and says how. Each number has 1 sigma beside it under the same name with '_sigma'; "
    "null "
    "means unknown, and 'unknown' says why.";

}  // namespace

std::optional<std::string> ToolServer::Answer(std::string_view line) {
  // Blank lines are nothing to answer.
  if (line.find_first_not_of(" \t\r\n") == std::string_view::npos) return std::nullopt;
  try {
    if (IsTooDeep(line)) return Dump(ErrorResponse(nullptr, kParseError, "nested too deep"));
    const Json message = ParseJson(line);
    if (message.is_discarded())
      return Dump(ErrorResponse(nullptr, kParseError, "the line is not JSON in UTF-8"));
    const auto answer = message.is_array() ? AnswerBatch(message) : AnswerMessage(message, false);
    return answer ? std::optional(Dump(*answer)) : std::nullopt;
  } catch (const std::exception& error) {
    return Dump(ErrorResponse(nullptr, kInternalError, error.what()));
  }
}

std::string ToolServer::TooLong(size_t limit) {
  return Dump(ErrorResponse(nullptr, kInvalidRequest,
                            "the line is longer than " + std::to_string(limit) + " bytes"));
}

std::optional<Json> ToolServer::AnswerBatch(const Json& batch) {
  if (version_ != kVersionWithBatches) {
    return ErrorResponse(nullptr, kInvalidRequest,
                         "batches exist in protocol version " + std::string(kVersionWithBatches) +
                             " only: send one message a line");
  }
  if (batch.empty() || batch.size() > kLongestBatch) {
    return ErrorResponse(nullptr, kInvalidRequest,
                         "a batch has 1 to " + std::to_string(kLongestBatch) + " messages");
  }
  Json answers = Json::array();
  for (const Json& message : batch) {
    if (auto answer = AnswerMessage(message, true)) answers.push_back(*std::move(answer));
  }
  return answers.empty() ? std::nullopt : std::optional(std::move(answers));
}

std::optional<Json> ToolServer::AnswerMessage(const Json& message, bool in_batch) {
  const bool has_id = message.is_object() && message.contains("id");
  const Json id = has_id && IsId(message["id"]) ? message["id"] : Json(nullptr);
  const auto invalid = [&id](const char* what) {
    return std::optional(ErrorResponse(id, kInvalidRequest, what));
  };
  if (!message.is_object()) return invalid("a message is an object");
  if (!message.contains("jsonrpc") || message["jsonrpc"] != "2.0")
    return invalid("'jsonrpc' must be \"2.0\"");
  // Nothing was asked of the client, so a response answers nothing.
  if (!message.contains("method") && (message.contains("result") || message.contains("error")))
    return std::nullopt;
  if (!message.contains("method") || !message["method"].is_string())
    return invalid("'method' must be a text");
  if (has_id && !IsId(message["id"])) return invalid("'id' must be a text or a number");
  const auto& method = message["method"].get_ref<const std::string&>();
  if (!has_id) return std::nullopt;  // a notification: none changes anything here
  Json parameters = message.value("params", Json::object());
  if (parameters.is_null()) parameters = Json::object();
  if (!parameters.is_object()) return invalid("'params' must be an object");
  if (in_batch && method == "initialize") return invalid("'initialize' may not be in a batch");
  return Call(id, method, parameters);
}

Json ToolServer::Call(const Json& id, const std::string& method, const Json& parameters) {
  if (method == "initialize") return Initialise(id, parameters);
  if (method == "ping") return Response(id, Json::object());
  if (method == "tools/list") {
    // All are on one page, so that there is no cursor to ask on with.
    if (parameters.contains("cursor"))
      return ErrorResponse(id, kInvalidParameters, "there is no such 'cursor'");
    return Response(id, Tools());
  }
  if (method == "tools/call") return CallTool(id, parameters);
  return ErrorResponse(id, kMethodNotFound, "there is no method '" + method.substr(0, 40) + "'");
}

Json ToolServer::Initialise(const Json& id, const Json& parameters) {
  if (!parameters.contains("protocolVersion") || !parameters["protocolVersion"].is_string())
    return ErrorResponse(id, kInvalidParameters, "'protocolVersion' must be a text");
  const auto& wanted = parameters["protocolVersion"].get_ref<const std::string&>();
  const bool known = std::find(kVersions.begin(), kVersions.end(), wanted) != kVersions.end();
  version_ = known ? wanted : kVersions.back();
  return Response(id, {{"protocolVersion", version_},
                       {"capabilities", {{"tools", {{"listChanged", false}}}}},
                       {"serverInfo", {{"name", "nightjar"}, {"version", NIGHTJAR_VERSION}}},
                       {"instructions", kInstructions}});
}

Json ToolServer::CallTool(const Json& id, const Json& parameters) const {
  if (!parameters.contains("name") || !parameters["name"].is_string())
    return ErrorResponse(id, kInvalidParameters, "'name' must be a text");
  const auto& name = parameters["name"].get_ref<const std::string&>();
  const Verb* verb = Questions::Find(name);
  if (!verb) {
    return ErrorResponse(id, kInvalidParameters,
                         "there is no tool '" + name.substr(0, 40) + "': see tools/list");
  }
  // What is wrong with the arguments is told to the model, which can ask again.
  const auto answer = questions_.Ask(*verb, parameters.value("arguments", Json::object()));
  if (!answer) return Response(id, ToolResult(answer.error().Message(), true));
  // A text is for reading: as it is, not as a JSON string.
  const bool is_text = answer->contains("text");
  Json result = ToolResult(is_text ? (*answer)["text"].get<std::string>() : Dump(*answer), false);
  if (version_ >= "2025-06-18") result["structuredContent"] = *answer;
  return Response(id, result);
}

bool ServeLines(ToolServer& server, const std::function<int64_t(char*, size_t)>& read,
                const std::function<bool(std::string_view)>& write, size_t limit) {
  std::vector<char> buffer(size_t{1} << 16);
  std::string line;
  bool too_long = false;
  const auto answer_line = [&] {
    auto answer = too_long ? std::optional(ToolServer::TooLong(limit)) : server.Answer(line);
    line.clear();
    too_long = false;
    return !answer || write(*answer + '\n');
  };
  while (true) {
    const int64_t count = read(buffer.data(), buffer.size());
    if (count < 0) return false;
    if (count == 0) return (line.empty() && !too_long) || answer_line();
    std::string_view bytes(buffer.data(), static_cast<size_t>(count));
    while (!bytes.empty()) {
      const size_t end = std::min(bytes.find('\n'), bytes.size());
      if (!too_long && line.size() + end > limit) {
        too_long = true;
        line.clear();
        line.shrink_to_fit();
      }
      if (!too_long) line.append(bytes.substr(0, end));
      if (end == bytes.size()) break;
      bytes.remove_prefix(end + 1);
      if (!answer_line()) return false;
    }
  }
}

}  // namespace nightjar
