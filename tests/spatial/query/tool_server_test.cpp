// SPDX-License-Identifier: Apache-2.0
#include "spatial/query/tool_server.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/spatial/query/asked_session.h"

namespace nightjar {
namespace {

const Questions& TheQuestions() {
  static const Questions questions(AskedSession(60));
  return questions;
}

// What the server writes for these bytes, which come in pieces of `piece`.
std::vector<Json> Served(const std::string& input, size_t piece = 7, size_t limit = 2000) {
  ToolServer server(TheQuestions());
  size_t at = 0;
  std::string output;
  const bool served = ServeLines(
      server,
      [&](char* buffer, size_t size) {
        const size_t count = std::min({size, piece, input.size() - at});
        std::copy_n(input.data() + at, count, buffer);
        at += count;
        return static_cast<int64_t>(count);
      },
      [&](std::string_view bytes) {
        output += bytes;
        return true;
      },
      limit);
  EXPECT_TRUE(served);
  std::vector<Json> answers;
  for (size_t begin = 0; begin < output.size();) {
    const size_t end = output.find('\n', begin);
    EXPECT_NE(end, std::string::npos) << "an answer is a line";
    answers.push_back(Json::parse(output.substr(begin, end - begin)));
    if (answers.back().is_object()) EXPECT_EQ(answers.back()["jsonrpc"], "2.0");
    begin = end + 1;
  }
  return answers;
}

std::string Initialise(const std::string& version) {
  return R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":")" +
         version + R"(","capabilities":{},"clientInfo":{"name":"t","version":"0"}}})" + "\n";
}

constexpr const char* kPing = "{\"jsonrpc\":\"2.0\",\"id\":99,\"method\":\"ping\"}\n";

// The server answers `line` with this code, and the ping after it as well.
void ExpectError(const std::string& line, int code, size_t limit = 2000) {
  const auto answers = Served(line + "\n" + kPing, 7, limit);
  ASSERT_EQ(answers.size(), 2u) << line.substr(0, 100);
  EXPECT_EQ(answers[0]["error"]["code"], code) << answers[0];
  EXPECT_TRUE(answers[0]["error"]["message"].is_string());
  EXPECT_EQ(answers[1]["id"], 99);
}

TEST(ToolServer, AgreesOnAVersion) {
  for (const char* version : {"2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"}) {
    const Json result = Served(Initialise(version))[0]["result"];
    EXPECT_EQ(result["protocolVersion"], version);
    EXPECT_TRUE(result["capabilities"].contains("tools"));
    EXPECT_EQ(result["serverInfo"]["name"], "nightjar");
  }
  EXPECT_EQ(Served(Initialise("1999-01-01"))[0]["result"]["protocolVersion"], "2025-11-25");
  ExpectError(R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{}})", -32602);
}

TEST(ToolServer, ListsEachQuestionWithASchema) {
  const Json tools =
      Served(R"({"jsonrpc":"2.0","id":"a","method":"tools/list"})")[0]["result"]["tools"];
  ASSERT_EQ(tools.size(), Questions::Verbs().size());
  for (const Json& tool : tools) {
    EXPECT_FALSE(tool["description"].get<std::string>().empty());
    const Json& schema = tool["inputSchema"];
    EXPECT_EQ(schema["type"], "object");
    for (const Json& name : schema["required"])
      EXPECT_TRUE(schema["properties"].contains(name.get<std::string>()));
    for (const auto& [name, property] : schema["properties"].items())
      EXPECT_TRUE(property.contains("description")) << name;
  }
}

TEST(ToolServer, DefaultsAreOfTheirType) {
  const Json tools =
      Served(R"({"jsonrpc":"2.0","id":"a","method":"tools/list"})")[0]["result"]["tools"];
  int defaults = 0;
  for (const Json& tool : tools) {
    for (const auto& [name, property] : tool["inputSchema"]["properties"].items()) {
      if (!property.contains("default")) continue;
      ++defaults;
      EXPECT_EQ(property["default"].is_number_integer(), property["type"] == "integer") << name;
      EXPECT_GE(property["default"], property["minimum"]) << name;
      EXPECT_LE(property["default"], property["maximum"]) << name;
    }
  }
  EXPECT_GT(defaults, 6);
}

TEST(ToolServer, GivesAContextAsText) {
  const Json result = Served(
      Initialise("2025-11-25") +
      R"({"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"context","arguments":{"max_bytes":300}}})"
      "\n")[1]["result"];
  const auto text = result["content"][0]["text"].get<std::string>();
  EXPECT_EQ(text.substr(0, 2), "t=");
  EXPECT_LE(text.size(), 300u);
  EXPECT_EQ(result["structuredContent"]["text"], text);
}

TEST(ToolServer, CallsAQuestion) {
  const std::string call =
      R"({"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"distance","arguments":{"a":1,"b":2}}})"
      "\n";
  const Json expected = *TheQuestions().Ask(Json({{"verb", "distance"}, {"a", 1}, {"b", 2}}));
  const Json newest = Served(Initialise("2025-11-25") + call)[1];
  EXPECT_EQ(newest["id"], 2);
  EXPECT_EQ(newest["result"]["isError"], false);
  EXPECT_EQ(newest["result"]["structuredContent"], expected);
  EXPECT_EQ(Json::parse(newest["result"]["content"][0]["text"].get<std::string>()), expected);
  const Json oldest = Served(Initialise("2024-11-05") + call)[1];
  EXPECT_FALSE(oldest["result"].contains("structuredContent")) << "not known in that version";
}

TEST(ToolServer, TellsTheModelWhatIsWrongWithItsArguments) {
  for (const char* arguments :
       {R"({"t":1e6})", R"({"t":"x"})", R"({})", R"({"t":1,"z":1})", "[]"}) {
    const auto answers = Served(
        std::string(
            R"({"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"pose","arguments":)") +
        arguments + "}}\n" + kPing);
    ASSERT_EQ(answers.size(), 2u);
    EXPECT_EQ(answers[0]["result"]["isError"], true) << arguments;
    EXPECT_FALSE(answers[0]["result"]["content"][0]["text"].get<std::string>().empty());
  }
}

TEST(ToolServer, AnswersNonsenseWithAnErrorAndLivesOn) {
  ExpectError("{", -32700);
  ExpectError("hello", -32700);
  ExpectError("\"\xff\xfe\"", -32700);
  ExpectError(std::string("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"p\0ng\"}", 40), -32700);
  ExpectError(R"({"jsonrpc":"2.0","id":1,"method":"ping","params":{"x":NaN}})", -32700);
  ExpectError(R"({"jsonrpc":"2.0","id":1,"method":"ping","params":{"x":1e999}})", -32700);
  ExpectError("7", -32600);
  ExpectError("null", -32600);
  ExpectError(R"({"jsonrpc":"1.0","id":1,"method":"ping"})", -32600);
  ExpectError(R"({"id":1,"method":"ping"})", -32600);
  ExpectError(R"({"jsonrpc":"2.0","id":1,"method":7})", -32600);
  ExpectError(R"({"jsonrpc":"2.0","id":null,"method":"ping"})", -32600);
  ExpectError(R"({"jsonrpc":"2.0","id":[1],"method":"ping"})", -32600);
  ExpectError(R"({"jsonrpc":"2.0","id":1,"method":"ping","params":[1]})", -32600);
  ExpectError(R"({"jsonrpc":"2.0","id":1,"method":"sing"})", -32601);
  ExpectError(R"({"jsonrpc":"2.0","id":1,"method":"tools/call"})", -32602);
  ExpectError(R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"sing"}})", -32602);
  ExpectError(R"({"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"cursor":"x"}})", -32602);
}

TEST(ToolServer, ALineThatIsTooLongIsSkippedToItsEnd) {
  ExpectError(std::string(10'000'000, 'x'), -32600, 1 << 16);
  ExpectError(std::string(2001, '['), -32600);
  ExpectError(std::string(2000, '['), -32700);
  // Of exactly the limit: read, blanks and all.
  std::string ping(kPing);
  ping.pop_back();
  EXPECT_EQ(Served(ping + std::string(2000 - ping.size(), ' ') + "\n")[0]["id"], 99);
}

TEST(ToolServer, NotificationsAndResponsesGetNoAnswer) {
  const std::string input =
      "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}\n"
      "{\"jsonrpc\":\"2.0\",\"method\":\"nothing/known\",\"params\":[]}\n"
      "{\"jsonrpc\":\"2.0\",\"id\":5,\"result\":{}}\n"
      "{\"jsonrpc\":\"2.0\",\"id\":5,\"error\":{\"code\":1,\"message\":\"\"}}\n"
      "\n \r\n";
  EXPECT_TRUE(Served(input).empty());
}

TEST(ToolServer, HalfALineAtTheEndIsALine) {
  std::string ping(kPing);
  ping.pop_back();
  EXPECT_EQ(Served(ping)[0]["id"], 99);
  EXPECT_EQ(Served(ping.substr(0, 20))[0]["error"]["code"], -32700);
  EXPECT_EQ(Served(std::string(3000, 'x'))[0]["error"]["code"], -32600);
  EXPECT_TRUE(Served("").empty());
}

TEST(ToolServer, TakesBatchesWhereTheVersionHasThem) {
  const std::string batch =
      R"([{"jsonrpc":"2.0","id":3,"method":"ping"},{"jsonrpc":"2.0","method":"n"},7])"
      "\n";
  const auto answers = Served(Initialise("2025-03-26") + batch + kPing);
  ASSERT_EQ(answers.size(), 3u);
  ASSERT_EQ(answers[1].size(), 2u);
  EXPECT_EQ(answers[1][0]["id"], 3);
  EXPECT_EQ(answers[1][1]["error"]["code"], -32600);
  EXPECT_EQ(Served(Initialise("2025-11-25") + batch)[1]["error"]["code"], -32600);
  ExpectError("[]", -32600);
}

}  // namespace
}  // namespace nightjar
