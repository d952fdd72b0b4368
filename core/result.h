// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace nightjar {

/// What the caller can do about an error; each kind is one exit status of the command, and one
/// status of the public interfaces.
enum class ErrorKind {
  kUsage = 2,          // the request itself is wrong
  kUnusableInput = 3,  // the input cannot be used
  kNoAnswer = 4,       // it ran and could not answer
  kTryAgain = 75,      // a transient condition
  kInternal = 1,       // our bug
};

constexpr int ExitStatus(ErrorKind kind) { return static_cast<int>(kind); }

/// One line for a person: what went wrong, where (file, line or byte), and what to do. `where` and
/// `remedy` may be empty; no field ends in a full stop.
struct Error {
  ErrorKind kind = ErrorKind::kInternal;
  std::string what;
  std::string where;
  std::string remedy;

  /// "WHERE: WHAT; REMEDY", always one line: the fields may quote input, whose control characters
  /// become '?'.
  std::string Message() const {
    std::string message = where.empty() ? what : where + ": " + what;
    if (!remedy.empty()) message += "; " + remedy;
    for (char& c : message) {
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
    }
    return message;
  }
};

/// The value, or why there is none: for everything that input or a sensor can cause. Broken
/// invariants of our own are NIGHTJAR_CHECKs (core/check.h). No exception crosses a module.
template <typename T>
using Result = tl::expected<T, Error>;
using Status = Result<void>;

inline tl::unexpected<Error> Fail(ErrorKind kind, std::string what, std::string where = {},
                                  std::string remedy = {}) {
  return tl::unexpected<Error>(Error{kind, std::move(what), std::move(where), std::move(remedy)});
}

}  // namespace nightjar
