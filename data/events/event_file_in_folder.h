// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

namespace nightjar {

/// What somebody may mean who names a folder where an event file is wanted: its events.h5, or that
/// of the first event camera of a log (events0/events.h5, also below EuRoC's mav0). Empty where
/// there is none.
std::filesystem::path EventFileInFolder(const std::filesystem::path& folder);

}  // namespace nightjar
