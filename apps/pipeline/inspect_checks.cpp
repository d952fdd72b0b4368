// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/inspect_checks.h"

#include <algorithm>
#include <optional>

#include "apps/pipeline/inspect_context.h"
#include "apps/pipeline/inspect_stream_checks.h"

namespace nightjar {
namespace {

using Answer = InspectCheck::Answer;

// In a wrong unit, values look like those of a sensor at the end of its range: the reader passes
// over them, and the gaps that it leaves are no loss of the recording.
void ExplainGaps(const InspectedStream& imu, std::vector<InspectCheck>& checks) {
  const bool unit_is_wrong = std::any_of(checks.begin(), checks.end(), [](const auto& check) {
    const bool is_unit = check.name == "gyro_scale" || check.name == "gravity_magnitude";
    return is_unit && check.status == Answer::kError;
  });
  if (!unit_is_wrong || imu.listed == imu.delivered) return;
  for (InspectCheck& check : checks) {
    if (check.name != "gaps" || check.where != imu.name || check.status == Answer::kOk) continue;
    check.status = Answer::kUnknown;
    check.what = "rows were skipped for values beyond an IMU's range: their unit comes first";
    check.remedy.clear();
  }
}

}  // namespace

std::vector<InspectCheck> JudgeEvidence(const InspectEvidence& evidence) {
  std::vector<InspectCheck> checks;
  JudgeStreams(evidence, checks);
  InspectContext context{evidence, TimestampFactor(evidence.streams) != 1};
  if (evidence.stereo) context.stereo = JudgeStereoAgreement(*evidence.stereo);
  for (size_t c = 0; c < evidence.rig.cameras.size(); ++c) {
    const std::optional<CameraAlignment>& aligned = evidence.alignments[c];
    context.mountings.push_back(
        JudgeMountingOf(aligned ? std::optional(aligned->alignment) : std::nullopt,
                        evidence.rig.cameras[c].T_body_camera.rotation, context.stereo));
  }
  JudgeImu(context, checks);
  JudgeCameras(context, checks);
  ExplainGaps(evidence.streams.front(), checks);
  return checks;
}

}  // namespace nightjar
