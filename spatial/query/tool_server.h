// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "spatial/query/questions.h"

namespace nightjar {

/// Answers a session's questions to an assistant: a server of the Model Context Protocol (JSON-RPC
/// 2.0, one message a line) whose tools are Questions::Verbs(). Protocol versions 2024-11-05,
/// 2025-03-26, 2025-06-18 and 2025-11-25. Keeps only which version was agreed.
class ToolServer {
 public:
  /// `questions` must outlive it unmoved.
  explicit ToolServer(const Questions& questions) : questions_(questions) {}

  /// The answer to one line, without a line feed; nothing for notifications and responses. Whatever
  /// the line is, it is an answer or an error object, never an exception.
  std::optional<std::string> Answer(std::string_view line);

  /// The answer to a line that is too long to be read.
  static std::string TooLong(size_t limit);

 private:
  std::optional<Json> AnswerMessage(const Json& message, bool in_batch);
  std::optional<Json> AnswerBatch(const Json& batch);
  Json Call(const Json& id, const std::string& method, const Json& parameters);
  Json Initialise(const Json& id, const Json& parameters);
  Json CallTool(const Json& id, const Json& parameters) const;

  const Questions& questions_;
  std::string version_;  // that was agreed; empty: none yet
};

/// Bytes of a line that are read, many times what any question needs. The time that it takes to
/// read the members of one object grows with the square of their number.
inline constexpr size_t kLongestLine = 1 << 16;

/// Reads lines from `read`, which fills a buffer and returns how many bytes (0: the end, below 0:
/// an error), and hands each answer with its line feed to `write`, until the end or until `write`
/// is false. A line of more than `limit` bytes is answered by an error and skipped to its end. What
/// is left at the end without a line feed is a line too. Returns false when reading or writing
/// failed.
bool ServeLines(ToolServer& server, const std::function<int64_t(char*, size_t)>& read,
                const std::function<bool(std::string_view)>& write, size_t limit = kLongestLine);

}  // namespace nightjar
