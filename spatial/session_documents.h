// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "spatial/session.h"

namespace nightjar {

/// The "format" of the session.json that this version writes, and how every version's begins.
inline constexpr std::string_view kSessionFormat = "nightjar.session/1";
inline constexpr std::string_view kSessionFormatPrefix = "nightjar.session/";

/// session.json: conventions, calibration, request, effective configuration, versions, input
/// identity, ids, privacy manifest. Depends on the input and the configuration only.
std::string SessionJson(const Session& session);

/// summary.json: per stage its outcome and reasons, counts, anomalies, the trajectory in figures;
/// and under "run" the only things in a session folder that depend on when, where and how fast it
/// was made.
std::string SummaryJson(const Session& session);

/// health.jsonl: one line per frame. Not finite is null.
std::string HealthJsonl(const Session& session);

/// The way back of the three. `where` names the file in errors (kUnusableInput, with the line).

/// Fills what session.json says: rig (without what it does not say: noise of the images, time
/// offsets, shutter), identity, request, effective configuration.
Status ParseSessionJson(std::string_view text, const std::string& where, Session& session);

/// How many of each there must be in the other files, by summary.json.
struct SessionCounts {
  int frames = 0;
  std::optional<int> final_frames;  // sessions of older versions do not say it
  int keyframes = 0;
  int landmarks = 0;
};
/// Fills stages, counts, anomalies and the run.
Result<SessionCounts> ParseSummaryJson(std::string_view text, const std::string& where,
                                       Session& session);

Result<std::vector<FrameHealth>> ParseHealthJsonl(std::string_view text, const std::string& where);

}  // namespace nightjar
