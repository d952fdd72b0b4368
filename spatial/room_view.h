// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "spatial/session.h"

namespace nightjar {

/// The scene from above, as one SVG in the aligned frame (in the world's where that is not known):
/// what is free and what stands in the way between 0.3 and 1.8 m over the floor, surfaces with
/// their outlines, and the path. Empty where the session knows no scene. Deterministic; at most
/// some 200 cells a side, so that it stays light.
std::string RoomViewSvg(const Session& session);

/// The room in words: its sides, height and floor area, with no digit finer than half a sigma;
/// empty where no extent is known.
std::string RoomCaption(const Scene& scene);

}  // namespace nightjar
