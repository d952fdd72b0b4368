// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "core/result.h"
#include "spatial/session.h"

namespace nightjar {

/// Reads a session folder (docs/formats/session.md) as WriteSession() wrote it: rig, both
/// trajectories, keyframes with their whole covariance, landmarks, pictures (their names: the files
/// are there, and not opened), health, stages, scene. With and without a final solution (the
/// profile "edge" has none), and with and without a scene.
///
/// What comes back is what was written, to the digits that the files have: positions to 1e-9 m,
/// rotations of frames to 1e-12; keyframes, their covariance and the scene bit for bit; times to
/// the nanosecond. Not in the folder, and zero or empty: biases of frames that are no keyframes,
/// Landmark::observations, and of the rig what session.json does not say.
///
/// Errors: kUsage when the folder holds no session; kUnusableInput, with file and line, for a file
/// that is missing, cut, wrong, or does not belong to the others.
Result<Session> ReadSession(const std::filesystem::path& folder);

}  // namespace nightjar
