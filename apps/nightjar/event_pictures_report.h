// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "apps/pipeline/event_pictures.h"

namespace nightjar {

/// What `nightjar events` wrote, on stdout: docs/formats/events.md. `view`: as --as names it. The
/// exit status.
int ReportEventPictures(const EventPicturesSummary& summary, const EventPicturesOptions& options,
                        const std::string& view, bool json);

}  // namespace nightjar
