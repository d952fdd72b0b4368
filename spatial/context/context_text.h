// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/result.h"
#include "spatial/context/blocks.h"
#include "spatial/context/moment.h"

namespace nightjar {

/// A session's context at a moment, made once, for any budget.
class ContextParts {
 public:
  explicit ContextParts(const ContextMoment& moment);

  /// As a model reads it, in at most max_bytes bytes of UTF-8, the final line feed included: bytes
  /// bound the tokens of every byte-level tokenizer.
  ///
  /// The most useful parts come first, each in the longest form for which there is room (the order
  /// is that of kSteps in context_text.cpp), and the last line says what was left out or shortened.
  /// No digit is finer than its sigma leaves. The same session, request and budget give the same
  /// bytes. Any budget is kept, down to 0: what cannot hold "..." is empty.
  std::string Text(size_t max_bytes) const;

  /// The same parts as one JSON object on one line (docs/formats/context.md).
  std::string JsonText(size_t max_bytes) const;

 private:
  std::vector<ContextBlock> blocks_;  // in reading order
};

/// Of the end of a whole session: what index.html shows. Empty for a session without frames.
std::string ContextText(const Session& session, size_t max_bytes);

}  // namespace nightjar
