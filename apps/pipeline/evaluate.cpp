// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/evaluate.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <system_error>
#include <vector>

#include "data/trajectory_file.h"
#include "spatial/keyframe_packet.h"

namespace nightjar {
namespace {

namespace fs = std::filesystem;

constexpr double kUsableQuality = 0.5;

Result<TrajectoryEvaluation> EvaluateTrajectory(const fs::path& file,
                                                const std::vector<StampedPose>& reference,
                                                const std::optional<double>& min_quality) {
  const Result<std::vector<TrajectoryFileRow>> rows = ReadTrajectoryRows(file);
  if (!rows) return tl::unexpected(rows.error());
  std::map<std::string, std::pair<int64_t, int64_t>> maps;  // usable rows, and all
  for (const TrajectoryFileRow& row : *rows) {
    auto& [usable, all] = maps[row.frame];
    usable += row.quality >= kUsableQuality;
    ++all;
  }
  const auto largest = std::max_element(maps.begin(), maps.end(),
                                        [](auto& a, auto& b) { return a.second < b.second; });
  // Poses that were never estimated agree with any that hardly moves.
  if (largest == maps.end() || largest->second.first == 0) {
    return Fail(ErrorKind::kNoAnswer,
                "the session never started: no row has a quality score of 0.5 or more",
                file.string(), "see summary.json and health.jsonl for the reason");
  }
  std::vector<StampedPose> poses;
  for (const TrajectoryFileRow& row : *rows) {
    if (row.frame != largest->first) continue;
    if (!min_quality || row.quality >= *min_quality) poses.push_back(row.pose);
  }
  Result<TrajectoryError> error = CompareTrajectories(poses, reference);
  if (!error) {
    error.error().where = file.string();
    return tl::unexpected(error.error());
  }
  TrajectoryEvaluation evaluation;
  evaluation.error = *error;
  evaluation.frames = static_cast<int64_t>(rows->size());
  evaluation.coverage =
      static_cast<double>(largest->second.first) / static_cast<double>(rows->size());
  evaluation.maps = static_cast<int64_t>(maps.size());
  return evaluation;
}

// Each map has a gauge of its own.
std::vector<Keyframe> LargestMap(const std::vector<Keyframe>& keyframes) {
  std::map<int, std::vector<Keyframe>> maps;
  for (const Keyframe& keyframe : keyframes) maps[keyframe.map].push_back(keyframe);
  const auto largest = std::max_element(
      maps.begin(), maps.end(), [](auto& a, auto& b) { return a.second.size() < b.second.size(); });
  return largest == maps.end() ? std::vector<Keyframe>{} : largest->second;
}

Result<std::optional<Consistency>> EvaluateCovariances(const fs::path& file,
                                                       const std::vector<StampedPose>& reference) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return std::nullopt;
  const std::string text((std::istreambuf_iterator<char>(stream)),
                         std::istreambuf_iterator<char>());
  const Result<std::vector<Keyframe>> keyframes = ParseKeyframePackets(text, file.string());
  if (!keyframes) return tl::unexpected(keyframes.error());
  const Result<Consistency> consistency = CompareCovariances(LargestMap(*keyframes), reference);
  if (!consistency) return std::nullopt;  // only ever "there is nothing to compare"
  return *consistency;
}

}  // namespace

Status EvaluateOptions::Validate() const {
  if (min_quality && !(*min_quality >= 0 && *min_quality <= 1)) {
    return Fail(ErrorKind::kUsage, "min_quality must be in 0 .. 1");
  }
  return {};
}

Result<Evaluation> Evaluate(const EvaluateOptions& options) {
  if (Status valid = options.Validate(); !valid) return tl::unexpected(valid.error());
  std::error_code ignored;
  const fs::path open_loop = options.session / "slam" / "open_loop_trajectory.csv";
  const fs::path closed_loop = options.session / "slam" / "closed_loop_trajectory.csv";
  if (!fs::exists(open_loop, ignored)) {
    return Fail(ErrorKind::kUsage, "is not a session", options.session.string(),
                "give a folder that 'nightjar process' wrote");
  }
  if (!fs::exists(options.reference, ignored)) {
    return Fail(ErrorKind::kUsage, "does not exist", options.reference.string(),
                "give a trajectory file");
  }
  const Result<std::vector<StampedPose>> reference = ReadTrajectoryFile(options.reference);
  if (!reference) return tl::unexpected(reference.error());

  Result<TrajectoryEvaluation> causal =
      EvaluateTrajectory(open_loop, *reference, options.min_quality);
  if (!causal) return tl::unexpected(causal.error());
  Result<std::optional<Consistency>> nees =
      EvaluateCovariances(options.session / "keyframes.jsonl", *reference);
  if (!nees) return tl::unexpected(nees.error());
  if (!fs::exists(closed_loop, ignored)) return Evaluation{*causal, std::nullopt, *nees};
  Result<TrajectoryEvaluation> final =
      EvaluateTrajectory(closed_loop, *reference, options.min_quality);
  if (!final) return tl::unexpected(final.error());
  return Evaluation{*causal, *final, *nees};
}

}  // namespace nightjar
