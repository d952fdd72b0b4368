// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

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

}  // namespace nightjar
