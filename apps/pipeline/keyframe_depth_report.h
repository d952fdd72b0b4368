// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "apps/pipeline/depth_options.h"
#include "apps/pipeline/nightjar/pipeline.h"
#include "core/depth_map.h"
#include "data/sensor_log.h"
#include "spatial/session.h"

namespace nightjar {

/// How the depth of a session's keyframes went.
struct DepthOutcome {
  struct Passed {
    std::string why;
    bool warn = false;  // it was to be expected
  };
  std::optional<DepthSummary> told;   // nothing where no keyframe has depth
  std::vector<Passed> passed;         // sources that came before
  std::string why_lacking;            // of the keyframes without depth, those of the source used
  std::vector<std::string> warnings;  // of the source used, one line each
  StageReport report;
};

/// Counts what is known of maps, after filtering.
class DepthTally {
 public:
  void Add(const DepthMap& map);
  DepthSummary Told(const std::string& source, size_t keyframes) const;

 private:
  size_t pixels_ = 0, known_ = 0;
  std::vector<double> medians_;  // of sigma / depth, of each map with any
};

/// "the log has no depth sensor"
std::string WhyNoSource(DepthSource source);

/// A source that the log does not have. `notes` of the log: a camera of the rig that it lacks makes
/// a missing pair worth a warning.
DepthOutcome::Passed AbsentSource(DepthSource source, const std::vector<std::string>& notes);

/// Why keyframes lack depth of sensor `name`, after the log's end: files that could not be used, or
/// none near in time.
std::string WhySensorIsSilent(const SensorLog& log, const std::string& name);

/// What is to be said of the range that two cameras are matched in.
struct StereoRange {
  double share_at_end = 0;  // of the pictures' pixels, DisparityMap::share_at_end
  double nearest_m = 0;     // that is looked for
  double asked_m = 0;       // StereoRectificationOptions::nearest_m
};
/// A range that ends before what was asked for, and more than a hundredth of the pictures at its
/// end: a line each.
std::vector<std::string> WarnOfRange(const StereoRange& range);

/// Of a session with `keyframes` keyframes.
StageReport ReportDepth(const DepthOutcome& outcome, size_t keyframes);

}  // namespace nightjar
