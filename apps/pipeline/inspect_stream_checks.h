// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "apps/pipeline/inspect.h"
#include "apps/pipeline/inspect_checks.h"

namespace nightjar {

/// How many times too fast the stamps of all streams run (1000: they are microseconds where
/// nanoseconds belong); 1 where nothing points to another unit.
double TimestampFactor(const std::vector<InspectedStream>& streams);

/// The checks of the streams by themselves: unit of the stamps, rates, gaps, overlap, images,
/// brightness.
void JudgeStreams(const InspectEvidence& evidence, std::vector<InspectCheck>& checks);

/// A check with its answer; value, sigma and expected are for the caller to add.
InspectCheck MakeCheck(std::string name, std::string where, InspectCheck::Answer status,
                       std::string what, std::string remedy = {});

}  // namespace nightjar
