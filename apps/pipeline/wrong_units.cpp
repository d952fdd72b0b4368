// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/wrong_units.h"

#include <algorithm>
#include <string>

#include "data/imu_stream.h"

namespace nightjar {
namespace {

using Answer = InspectCheck::Answer;

const InspectCheck* WrongUnit(const std::vector<InspectCheck>& checks) {
  const auto found = std::find_if(checks.begin(), checks.end(), [](const auto& check) {
    const bool is_unit = check.name == "gyro_scale" || check.name == "gravity_magnitude";
    return is_unit && check.status == Answer::kError;
  });
  return found == checks.end() ? nullptr : &*found;
}

bool IsOfRange(const std::string& what) {
  const auto& all = ImuStream::kRangeAnomalies;
  return std::find(all.begin(), all.end(), what) != all.end();
}

void BlameAnomalies(const InspectCheck& unit, std::vector<LogAnomaly>& anomalies) {
  const auto is_of_range = [](const LogAnomaly& anomaly) { return IsOfRange(anomaly.what); };
  const auto first = std::find_if(anomalies.begin(), anomalies.end(), is_of_range);
  if (first == anomalies.end()) return;
  for (auto other = first + 1; other != anomalies.end(); ++other)
    first->count += is_of_range(*other) ? other->count : 0;
  anomalies.erase(std::remove_if(first + 1, anomalies.end(), is_of_range), anomalies.end());
  first->what =
      "row that looks like one at the end of the range because of its unit, see " + unit.name;
}

}  // namespace

void BlameUnit(const InspectedStream& imu, std::vector<InspectCheck>& checks,
               std::vector<LogAnomaly>& anomalies) {
  const InspectCheck* unit = WrongUnit(checks);
  if (unit == nullptr) return;
  BlameAnomalies(*unit, anomalies);
  if (imu.listed == imu.delivered) return;
  for (InspectCheck& check : checks) {
    if (check.name != "gaps" || check.where != imu.name || check.status == Answer::kOk) continue;
    check.status = Answer::kUnknown;
    check.what = "rows were skipped for values beyond an IMU's range: their unit comes first";
    check.remedy.clear();
  }
}

}  // namespace nightjar
