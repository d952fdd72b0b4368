// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/motion_spline.h"

namespace nightjar {

/// How a head-worn rig moves. Body: x forward, y left, z up. The floor is at z = 0.
enum class HeadMotion {
  kWalk,   // around a room at 1.1 m/s: gait bounce at 2 Hz, looking about
  kLook,   // standing and looking about: quick turns of the head, rests between them
  kDesk,   // seated: reading, reaching, small shifts
  kStand,  // put down: nothing moves
  kFast,   // shaken: up to 8 rad/s and 30 m/s^2
};

/// "walk", "look", "desk", "stand", "fast"; nothing for any other name.
std::optional<HeadMotion> HeadMotionNamed(std::string_view name);
std::string NameOf(HeadMotion motion);

/// The motion on [begin_s, end_s] at least. Turns of the head follow a minimum-jerk profile (Flash,
/// Hogan, J. Neurosci. 5, 1985), at rest between them; the same seed gives the same motion.
MotionSpline MakeHeadMotion(HeadMotion motion, double begin_s, double end_s, uint64_t seed);

}  // namespace nightjar
