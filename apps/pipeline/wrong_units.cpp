// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/wrong_units.h"

#include <algorithm>
#include <string>

#include "apps/pipeline/inspect_context.h"
#include "data/imu_stream.h"

namespace nightjar {
namespace {

using Answer = InspectCheck::Answer;

// Only values that are too large come near the end of a range; by less than this it is no unit but
// a scale, with which a clipped sensor is still clipped.
constexpr double kUnit = 5;

bool IsTooLarge(const std::vector<InspectCheck>& checks, const std::string& name) {
  return std::any_of(checks.begin(), checks.end(), [&name](const InspectCheck& check) {
    return check.name == name && check.status == Answer::kError &&
           check.value.value_or(0) > kUnit * check.expected.value_or(0);
  });
}

// What the reader says of one sensor's rows. No row is in two of these.
struct RangeAnomalies {
  std::vector<std::string> skipped;
  std::string clipped;
};

// Makes one anomaly of those in `all`. Returns how many rows were skipped.
int64_t Merge(const RangeAnomalies& all, const std::string& what,
              std::vector<LogAnomaly>& anomalies) {
  int64_t skipped = 0;
  LogAnomaly* first = nullptr;
  for (LogAnomaly& anomaly : anomalies) {
    const bool was_skipped =
        std::find(all.skipped.begin(), all.skipped.end(), anomaly.what) != all.skipped.end();
    if (!was_skipped && anomaly.what != all.clipped) continue;
    if (was_skipped) skipped += anomaly.count;
    if (first == nullptr) {
      first = &anomaly;
      first->what = what;
    } else {
      first->count += anomaly.count;
      anomaly.count = 0;
    }
  }
  std::erase_if(anomalies, [](const LogAnomaly& anomaly) { return anomaly.count == 0; });
  return skipped;
}

bool CanLeaveGaps(int64_t skipped_rows, const StreamTiming& timing) {
  const double longest_s = static_cast<double>(skipped_rows + 1) * timing.interval_s;
  return skipped_rows > 0 &&
         std::all_of(timing.gaps.begin(), timing.gaps.end(), [longest_s](const StreamGap& gap) {
           return gap.duration_s < StreamTimer::kGapFactor * longest_s;
         });
}

}  // namespace

void BlameUnits(const InspectEvidence& evidence, std::vector<InspectCheck>& checks,
                std::vector<LogAnomaly>& anomalies) {
  const bool exchanged = ColumnsAreExchanged(evidence);
  const std::string cause = exchanged ? "exchanged columns, see " : "its unit, see ";
  RangeAnomalies turns = {{ImuStream::kTurnStuck}, ImuStream::kTurnClipped};
  RangeAnomalies forces = {{ImuStream::kForceStuck}, ImuStream::kForceClipped};
  const bool turns_too_large = exchanged || IsTooLarge(checks, "gyro_scale");
  const bool forces_too_large = exchanged || IsTooLarge(checks, "gravity_magnitude");
  // Which sensor's value it was, the reader does not say.
  (turns_too_large ? turns : forces).skipped.emplace_back(ImuStream::kBeyond);
  int64_t skipped = 0;
  if (turns_too_large) {
    skipped += Merge(turns,
                     "row whose angular velocity looks like the end of the range because of " +
                         cause + (exchanged ? "gravity_magnitude" : "gyro_scale"),
                     anomalies);
  }
  if (forces_too_large) {
    skipped += Merge(forces,
                     "row whose specific force looks like the end of the range because of " +
                         cause + "gravity_magnitude",
                     anomalies);
  }
  const InspectedStream& imu = evidence.streams.front();
  if (!CanLeaveGaps(skipped, imu.timing)) return;
  for (InspectCheck& check : checks) {
    if (check.name != "gaps" || check.where != imu.name || check.status == Answer::kOk) continue;
    check.status = Answer::kUnknown;
    check.what = "rows were skipped for values beyond an IMU's range: their unit comes first";
    check.remedy.clear();
  }
}

}  // namespace nightjar
