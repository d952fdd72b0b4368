// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/keyframe_depth_report.h"

#include <algorithm>
#include <cmath>

#include "apps/pipeline/pair_check.h"
#include "spatial/text_format.h"

namespace nightjar {
namespace {

double Median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace

void DepthTally::Add(const DepthMap& map) {
  std::vector<double> relative;
  map.depth_m.for_each_element([&](int x, int y) {
    const float depth = map.depth_m(x, y);
    ++pixels_;
    if (std::isfinite(depth)) relative.push_back(map.sigma_m(x, y) / depth);
  });
  known_ += relative.size();
  if (!relative.empty()) medians_.push_back(Median(std::move(relative)));
}

DepthSummary DepthTally::Told(const std::string& source, size_t keyframes) const {
  const double density =
      pixels_ == 0 ? 0 : static_cast<double>(known_) / static_cast<double>(pixels_);
  return {source, static_cast<int64_t>(keyframes), density, Median(medians_)};
}

std::string WhyNoSource(DepthSource source) {
  return source == DepthSource::kSensor ? "the log has no depth sensor"
                                        : "no two cameras have a view in common";
}

DepthOutcome::Passed AbsentSource(DepthSource source, const std::vector<std::string>& notes) {
  const std::string why = WhyNoSource(source);
  if (source == DepthSource::kSensor) return {why, false};
  for (const std::string& note : notes) {
    if (note.find("of the rig is not in the log") != std::string::npos)
      return {why + ": " + note, true};
  }
  return {why, false};
}

std::string WhySensorIsSilent(const SensorLog& log, const std::string& name) {
  for (const StreamCounts& counts : log.counts()) {
    if (counts.stream != name || counts.delivered == counts.listed) continue;
    std::string why = std::to_string(counts.listed - counts.delivered) + " of " +
                      std::to_string(counts.listed) + " of its frames could not be used";
    for (const LogAnomaly& anomaly : log.anomalies()) {
      if (anomaly.first_where.find(name + "/") == std::string::npos) continue;
      return why + ": " + anomaly.what + ", first at " + anomaly.first_where;
    }
    return why;
  }
  return "it has no frame within 25 ms of them, or the way is not known then";
}

std::vector<std::string> WarnOfRange(const StereoRange& range) {
  const std::string nearest = Fixed(range.nearest_m, 2) + " m";
  const bool is_short = range.nearest_m > 1.05 * range.asked_m;
  std::vector<std::string> warnings;
  if (is_short) {
    warnings.push_back("nearest_m is " + Fixed(range.asked_m, 2) + ", but nothing nearer than " +
                       nearest + " is looked for: raise most_disparities, to 256 at most");
  }
  if (range.share_at_end > kManyAtEnd) {
    warnings.push_back(Fixed(100 * range.share_at_end, 1) +
                       " % of the pictures end at the range of the search, and are unknown: things "
                       "are nearer than " +
                       nearest + (is_short ? "" : ": lower depth: {nearest_m} in --config"));
  }
  return warnings;
}

StageReport ReportDepth(const DepthOutcome& outcome, size_t keyframes) {
  StageReport report{"depth", StageReport::Outcome::kSuccess, {}, {}, {}};
  if (keyframes == 0) {
    report.warnings.push_back("no depth: there is no keyframe");
  } else if (!outcome.told) {
    std::string reasons;
    for (const auto& passed : outcome.passed) reasons += (reasons.empty() ? "" : "; ") + passed.why;
    report.warnings.push_back("no depth: " + reasons);
  } else {
    const DepthSummary& told = *outcome.told;
    report.info.push_back("from " + told.source + ", of " + std::to_string(told.keyframes) +
                          " of " + std::to_string(keyframes) + " keyframes, " +
                          Fixed(100 * told.density, 1) + " % known, median sigma " +
                          Fixed(100 * told.relative_sigma, 2) + " % of the depth");
    for (const auto& passed : outcome.passed) {
      if (passed.warn)
        report.warnings.push_back(passed.why + "; depth is from " + told.source + " instead");
    }
    for (const std::string& warning : outcome.warnings) report.warnings.push_back(warning);
    if (const auto lacking = static_cast<int64_t>(keyframes) - told.keyframes; lacking > 0)
      report.warnings.push_back("keyframes without depth: " + std::to_string(lacking) + ": " +
                                outcome.why_lacking);
  }
  if (!report.warnings.empty()) report.outcome = StageReport::Outcome::kWarning;
  return report;
}

}  // namespace nightjar
