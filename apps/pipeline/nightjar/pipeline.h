// SPDX-License-Identifier: Apache-2.0
//
// Nightjar's pipeline for C++20: a sensor log in, a session folder out, and how good it is. Needs
// nothing but the standard library.
//
//     nightjar::ProcessOptions options;
//     options.log = "MH_01_easy";
//     options.session = "out/mh01";
//     const auto summary = nightjar::ProcessLog(options);
//     if (!summary) std::cerr << summary.failure().message << '\n';
//
// Errors are values: no function here throws. Structures grow with versions: compile and run with
// the same MAJOR.MINOR.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace nightjar {

/// Why there is no answer.
struct Failure {
  /// The command's exit status. 2: the request is wrong; 3: the input cannot be used; 4: it ran and
  /// could not answer; 75: try again (a full disk, no memory, cancelled); 1: a bug of ours.
  int status = 1;
  std::string message;  // one line: "WHERE: WHAT; REMEDY"
};

/// The value, or why there is none.
template <typename T>
class [[nodiscard]] Outcome {
 public:
  Outcome(T value) : content_(std::move(value)) {}
  Outcome(Failure failure) : content_(std::move(failure)) {}

  explicit operator bool() const { return content_.index() == 0; }
  /// Only where there is one.
  const T& operator*() const { return *std::get_if<T>(&content_); }
  const T* operator->() const { return std::get_if<T>(&content_); }
  /// Only where there is no value.
  const Failure& failure() const { return *std::get_if<Failure>(&content_); }

 private:
  std::variant<T, Failure> content_;
};

struct ProcessProgress {
  std::string stage;  // "tracking", "final solution", "writing", "pictures of keyframes",
                      // "depth of keyframes"
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
  /// A rig in any form that `nightjar rig` reads, which wins over the log's own; empty: the log's.
  std::filesystem::path rig;
  std::optional<double> begin_s;  // from the log's first frame
  std::optional<double> end_s;
  /// Whether the events of the log's event camera are a second source of tracks, where there are
  /// any.
  bool events = true;
  /// Whether developed pictures of the keyframes go into the session: a second pass over the log.
  bool images = true;
  /// Whether depth of the keyframes goes into the session: another pass over the log. Profile
  /// "offline".
  bool depth = false;
  /// What of the surroundings the session holds: "full", "no-images", "planes-only" or
  /// "relative-only" (docs/formats/export.md). Depth is still measured where it is asked for; its
  /// maps are not kept.
  std::string privacy = "full";
  /// YAML with options that differ from their defaults; empty: none.
  std::filesystem::path config;
  /// 1 .. 256; the result does not depend on it. More than 3 are not used.
  int threads = 2;
  /// Called now and then from the calling thread; may be empty. Before its first call with
  /// "writing" nothing is on the disk: a program may be ended without leaving anything behind.
  std::function<void(const ProcessProgress&)> progress;
  /// Asked again and again while the session is written; true: what was written is removed, an
  /// earlier session stays, and the failure's status is 75. May be empty.
  std::function<bool()> cancelled;
};

/// What depth of keyframes was made of, and how much of it there is.
struct DepthSummary {
  std::string source;         // "depth0", "cam0 and cam1", "the motion of cam0"
  int64_t keyframes = 0;      // that have a map
  double density = 0;         // known pixels of those maps, 0 .. 1
  double relative_sigma = 0;  // median over the maps of the median of sigma / depth of each
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
  std::optional<DepthSummary> depth;           // where it was asked for and any was found
};

/// The main job: a sensor log in, a session folder out (docs/formats/session.md). The session
/// appears whole or not at all. When there is no final answer the causal part is written and the
/// failure's status is 4. What `options.progress` throws ends the work with status 1.
[[gnu::visibility("default")]] Outcome<ProcessSummary> ProcessLog(
    const ProcessOptions& options) noexcept;

/// Errors of one trajectory of a session, and the share of the frames that it covers: neither means
/// anything without the other. Errors after the rigid alignment, without scale, of the whole.
struct TrajectoryScore {
  double ate_rmse_m = 0;
  double ate_max_m = 0;
  double attitude_rmse_deg = 0;
  double tilt_rmse_deg = 0;  // of the direction of gravity; needs no alignment
  int64_t compared = 0;      // poses within the reference's span
  int64_t frames = 0;        // that were offered
  double coverage = 0;       // share of them with a quality score of 0.5 or more
};

/// Mean normalised squared errors of the keyframes' poses: 3 each when the covariances are true.
struct ConsistencyScore {
  int64_t keyframes = 0;
  double position = 0;
  double rotation = 0;
};

struct SessionScore {
  TrajectoryScore causal;
  std::optional<TrajectoryScore> final;         // nothing: the session has no closed loop
  std::optional<ConsistencyScore> consistency;  // nothing: no keyframe could be compared
};

/// Compares a session with a trajectory of the same body on the same clock, in TUM, EuRoC or
/// Project Aria form. Status 2: there is no such session or file; 3: it cannot be read; 4: the two
/// do not overlap.
[[gnu::visibility("default")]] Outcome<SessionScore> EvaluateSession(
    const std::filesystem::path& session, const std::filesystem::path& reference) noexcept;

/// The library's version, "MAJOR.MINOR.PATCH".
[[gnu::visibility("default")]] const char* PipelineVersion() noexcept;

}  // namespace nightjar
