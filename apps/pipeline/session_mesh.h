// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "core/result.h"
#include "spatial/geometry/mesh.h"
#include "spatial/geometry/scene_builder.h"
#include "spatial/session.h"

namespace nightjar {

/// The mesh of a session's scene, from the depth maps in its folder. kNoAnswer for one without
/// depth, kUnusableInput for a map that cannot be read.
Result<Mesh> MeshOfSession(const Session& session, const std::filesystem::path& folder,
                           const SceneOptions& options = {});

}  // namespace nightjar
