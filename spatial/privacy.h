// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "core/result.h"
#include "spatial/session.h"

namespace nightjar {

/// How much of the wearer's surroundings and identity is handed on. Each profile removes what the
/// ones before it remove, and:
///
/// | profile | removes |
/// |---|---|
/// | full | nothing |
/// | no-images | pictures of keyframes and their depth maps, which are pictures of shapes |
/// | planes-only | points, which a network can turn back into pictures (Pittaluga et al., CVPR
/// 2019); occupancy; clearance, which samples it; all surfaces but the kMostReleasedPlanes largest,
/// of which each keeps a rectangle and not its outline (de Guzman et al., arXiv:2004.08029: with at
/// most 11 generalised planes an adversary fails to place a room more often than not) |
/// | relative-only | the place and heading of the start and every time but those from the start;
/// what names the device or the log: its identity, paths, calibrated lenses, biases of the IMU
/// and their covariance, what the reader of the log said and counted, how fast the host was |
///
/// Feature descriptors and audio are in no session. Names of sensors stay.
enum class Privacy { kFull, kNoImages, kPlanesOnly, kRelativeOnly };

inline constexpr size_t kMostReleasedPlanes = 11;

/// "full", "no-images", "planes-only", "relative-only".
const char* PrivacyName(Privacy privacy);

/// kUsage for another name.
Result<Privacy> ParsePrivacy(std::string_view name);

/// The session without what `privacy` removes, and with what was removed in Session::privacy. Of a
/// session from which more was removed already nothing comes back: the stricter of the two holds.
/// Files of pictures are not touched, only no longer spoken of. Deterministic.
Session WithPrivacy(Session session, Privacy privacy);

}  // namespace nightjar
