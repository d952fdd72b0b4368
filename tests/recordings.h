// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

namespace nightjar {

/// Real recordings are not part of the project: tests find them below $NIGHTJAR_RECORDINGS.
struct RecordingPath {
  std::filesystem::path path;
  std::string missing;  // why it cannot be used; empty when it can
};

inline RecordingPath FindRecording(const std::string& name) {
  const char* folder = std::getenv("NIGHTJAR_RECORDINGS");
  if (folder == nullptr || *folder == '\0')
    return {{}, "recording " + name + ": NIGHTJAR_RECORDINGS is not set"};
  const std::filesystem::path path = std::filesystem::path(folder) / name;
  std::error_code error;
  if (!std::filesystem::exists(path, error))
    return {{}, "recording " + name + ": there is no " + path.string()};
  return {path, {}};
}

inline bool RecordingsAreRequired() {
  const char* required = std::getenv("NIGHTJAR_REQUIRE_RECORDINGS");
  return required != nullptr && std::string(required) == "1";
}

}  // namespace nightjar

/// In a test's body: declares `variable`, the path of the recording `name` (a folder or file below
/// $NIGHTJAR_RECORDINGS). Where it is missing the test is skipped with the reason, or fails under
/// NIGHTJAR_REQUIRE_RECORDINGS=1.
#define NIGHTJAR_RECORDING(variable, name)                                             \
  const ::nightjar::RecordingPath variable##_found = ::nightjar::FindRecording(name);  \
  if (!variable##_found.missing.empty()) {                                             \
    if (::nightjar::RecordingsAreRequired()) GTEST_FAIL() << variable##_found.missing; \
    GTEST_SKIP() << variable##_found.missing;                                          \
  }                                                                                    \
  const std::filesystem::path variable = variable##_found.path
