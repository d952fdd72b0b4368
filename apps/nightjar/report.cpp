// SPDX-License-Identifier: Apache-2.0
#include "apps/nightjar/report.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <system_error>

namespace nightjar {

int Report(const Error& error) {
  std::string line = error.Message();
  std::replace_if(
      line.begin(), line.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
  std::fprintf(stderr, "nightjar: %s\n", line.c_str());
  return ExitStatus(error.kind);
}

int Print(const std::string& text) {
  errno = 0;
  const bool printed = std::fputs(text.c_str(), stdout) >= 0;
  // What fits in the buffer fails only when it is written out.
  if (std::fflush(stdout) == 0 && printed) return 0;
  return Report(
      {ErrorKind::kTryAgain,
       "could not be written: " + std::error_code(errno, std::generic_category()).message(),
       "standard output", "what is said there is incomplete"});
}

ProgressLine::ProgressLine() : is_terminal_(isatty(STDERR_FILENO) == 1) {}

void ProgressLine::Clear() {
  if (shown_) std::fprintf(stderr, "\r\x1b[K");
  shown_ = false;
}

void ProgressLine::Show(const std::string& text) {
  if (!is_terminal_) return;
  std::fprintf(stderr, "\r%s\x1b[K", text.c_str());
  std::fflush(stderr);
  shown_ = true;
}

}  // namespace nightjar
