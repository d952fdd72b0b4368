// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"

namespace nightjar {

struct ProcessProgress {
  std::string stage;  // "tracking", "final solution", "writing"
  int64_t frames_done = 0;
  int64_t frames_total = 0;
};

struct ProcessOptions {
  std::filesystem::path log;
  std::filesystem::path session;
  /// "edge": causal only. "offline": adds the final solution.
  std::string profile = "offline";
  /// By stream name, in this order, the first one being the reference; empty: all that the log has.
  std::vector<std::string> cameras;
  /// A rig in any form that ReadRig knows, which wins over the log's own; empty: the log's own.
  std::filesystem::path rig;
  std::optional<double> begin_s;  // from the log's first frame
  std::optional<double> end_s;
  /// YAML with options that differ from their defaults (apps/pipeline/config.h); empty: none.
  std::filesystem::path config;
  /// 1 .. 256; the result does not depend on it. More than 3 are not used.
  int threads = 2;
  /// Called now and then from the calling thread; may be empty. Before its first call with
  /// "writing" nothing is on the disk: a program may be ended without leaving anything behind.
  std::function<void(const ProcessProgress&)> progress;
  /// Asked again and again while the session is written; true: what was written is removed, an
  /// earlier session stays, and the error is kTryAgain. May be empty.
  std::function<bool()> cancelled;
};

struct ProcessSummary {
  int64_t frames = 0;       // of the reference camera
  int64_t frames_used = 0;  // of them, with a quality score of 0.5 or more
  double coverage = 0;      // frames_used / frames
  double length_m = 0;
  int64_t keyframes = 0;
  int64_t landmarks = 0;
  double log_s = 0;
  double wall_s = 0;
  std::vector<std::string> warnings;
  std::optional<std::filesystem::path> truth;  // the log's own, if it has one
};

/// The main job: a sensor log in, a session folder out (docs/formats/session.md). The session
/// appears whole or not at all. When the estimator has no final answer the causal part is written
/// and the error is kNoAnswer.
Result<ProcessSummary> Process(const ProcessOptions& options);

}  // namespace nightjar
