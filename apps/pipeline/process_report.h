// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "apps/pipeline/front_end.h"
#include "data/sensor_log.h"
#include "fusion/inertial_scale.h"
#include "spatial/session.h"

namespace nightjar {

/// What the stages of `process` have to say of a session, in its stages, counts and anomalies.

/// Adds a stage without anything to say.
StageReport& AddStage(Session& session, const std::string& name);

/// After the log's end: what was in it, what was wrong with it, what was not used.
void ReportData(const SensorLog& log, const FrontEnd& front_end, Session& session);

/// Of the causal part: how the frames' status is spread, and why.
void ReportTracking(Session& session);

/// Whether the path is as long as the inertial samples say. `depth_sensor`: whose depth it was
/// estimated with; empty: none.
void ReportScale(const std::optional<InertialScale>& scale, const Rig& rig,
                 const std::string& depth_sensor, StageReport& stage);

/// What most frames without a usable pose say of themselves; of several as often, the first by
/// name.
std::string CommonestReason(const std::vector<FrameHealth>& health);

}  // namespace nightjar
