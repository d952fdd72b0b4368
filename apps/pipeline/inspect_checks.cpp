// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/inspect_checks.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "apps/pipeline/inspect_context.h"
#include "apps/pipeline/inspect_stream_checks.h"

namespace nightjar {
const MountingVerdict& InspectContext::ImuMounting() const {
  const auto find = [this](auto&& wanted) {
    return std::find_if(mountings.begin(), mountings.end(), wanted);
  };
  auto found = find([](const auto& m) { return m.IsAsGiven(); });
  if (found == mountings.end()) found = find([](const auto& m) { return m.known; });
  return found == mountings.end() ? mountings.front() : *found;
}

std::vector<InspectCheck> JudgeEvidence(const InspectEvidence& evidence) {
  std::vector<InspectCheck> checks;
  JudgeStreams(evidence, checks);
  InspectContext context{evidence, TimestampFactor(evidence.streams) != 1};
  if (evidence.stereo) context.stereo = JudgeStereoAgreement(*evidence.stereo);
  std::vector<std::optional<GyroCameraAlignment>> alignments;
  std::vector<Eigen::Quaterniond> rotations;
  for (size_t c = 0; c < evidence.rig.cameras.size(); ++c) {
    const std::optional<CameraAlignment>& aligned = evidence.alignments[c];
    alignments.push_back(aligned ? std::optional(aligned->alignment) : std::nullopt);
    rotations.push_back(evidence.rig.cameras[c].T_body_camera.rotation);
  }
  context.mountings = JudgeAllMountings(alignments, rotations, context.stereo);
  JudgeImu(context, checks);
  JudgeCameras(context, checks);
  return checks;
}

}  // namespace nightjar
