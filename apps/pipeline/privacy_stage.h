// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/staged_folder.h"
#include "spatial/privacy.h"

namespace nightjar {

/// Takes out of a session that is being written what `privacy` removes, and of its folder the
/// pictures and depth maps, which were needed to find the surroundings.
Status KeepPrivate(Privacy privacy, StagedFolder& folder, Session& session);

}  // namespace nightjar
