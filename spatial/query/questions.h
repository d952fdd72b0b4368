// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "spatial/query/arguments.h"
#include "spatial/session.h"

namespace nightjar {

struct QuestionContext;

/// One kind of question that a session answers.
struct Verb {
  const char* name = "";
  const char* meaning = "";  // for whoever asks: what it answers, in which units and frames
  std::vector<Parameter> parameters;
  Result<Json> (*answer)(const QuestionContext&, const Arguments&) = nullptr;
};

/// All questions to a session (docs/formats/ask.md). Indexed once; an answer takes milliseconds.
class Questions {
 public:
  explicit Questions(Session session);
  ~Questions();
  Questions(Questions&&) noexcept;

  static const std::vector<Verb>& Verbs();
  static const Verb* Find(std::string_view name);  // null: there is none

  /// One JSON object: numbers with `<key>_sigma` beside them, unknown ones null and their reason
  /// under `unknown`. Errors: kUsage for arguments that are not the verb's or a time outside of the
  /// session; kNoAnswer where the body was lost.
  Result<Json> Ask(const Verb& verb, const Json& arguments) const;

  /// The same of {"verb": NAME, ARGUMENT: VALUE, …}.
  Result<Json> Ask(const Json& request) const;

 private:
  std::unique_ptr<QuestionContext> context_;
};

}  // namespace nightjar
