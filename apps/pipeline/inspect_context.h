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
  StereoVerdict stereo = {};
  std::vector<MountingVerdict> mountings = {};  // by camera, one at least

  /// What the cameras say of the IMU: one that agrees with it, else one that knows.
  const MountingVerdict& ImuMounting() const;
};

/// The largest 3 sigma with which a ratio that is not clearly wrong counts as right.
inline constexpr double kKnownToATenth = 0.1;

/// Gravity is where the rates belong, and the other way round.
bool ColumnsAreExchanged(const InspectEvidence& evidence);

/// The checks of the IMU: gravity, axes, scale of the gyro.
void JudgeImu(const InspectContext& context, std::vector<InspectCheck>& checks);

/// The checks of the cameras against the IMU and each other: mounting, time offset, focal length,
/// stereo geometry.
void JudgeCameras(const InspectContext& context, std::vector<InspectCheck>& checks);

}  // namespace nightjar
