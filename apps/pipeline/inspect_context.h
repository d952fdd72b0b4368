// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "apps/pipeline/inspect_checks.h"
#include "apps/pipeline/mounting_verdict.h"

namespace nightjar {

/// What the checks about motion share.
struct InspectContext {
  const InspectEvidence& evidence;
  bool stamps_are_wrong = false;
  StereoVerdict stereo = StereoVerdict::kUnknown;
  std::vector<MountingVerdict> mountings = {};  // by camera
};

/// The checks of the IMU: gravity, axes, scale of the gyro.
void JudgeImu(const InspectContext& context, std::vector<InspectCheck>& checks);

/// The checks of the cameras against the IMU and each other: mounting, time offset, focal length,
/// stereo geometry.
void JudgeCameras(const InspectContext& context, std::vector<InspectCheck>& checks);

}  // namespace nightjar
