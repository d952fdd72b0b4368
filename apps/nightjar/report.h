// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "core/result.h"

namespace nightjar {

/// Prints the answer of a command on stdout and returns its exit status: 0, or that of kTryAgain
/// when some of it was lost (a full disk), which is then said on stderr.
int Print(const std::string& text);

/// Prints an error as one line on stderr and returns its exit status.
int Report(const Error& error);

/// Shows how far long work is, on one line that it keeps rewriting, when stderr is a terminal; else
/// does nothing.
class ProgressLine {
 public:
  ProgressLine();
  ~ProgressLine() { Clear(); }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void Show(const std::string& text);
  void Clear();

 private:
  bool is_terminal_ = false;
  bool shown_ = false;
};

}  // namespace nightjar
