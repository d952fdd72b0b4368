// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>

namespace nightjar {

/// By what part of a blur the sigma of a match may be larger, of what an image was blurred by to
/// match and of a track in a frame that has it: along the motion there is little to hold on to,
/// across it, where nothing makes sigma larger, as much as ever.
inline constexpr double kBlurAllowance = 0.15;

/// What to blur each of two images by, so that a feature which moved by `first` px during the
/// exposure of one and by `second` during that of the other looks the same in both: neither can be
/// made sharper. Blurs add up by their second moments, b b' / 12; each image gets what the other
/// has more of, along the axes of the difference. Most often both move along one line and only the
/// sharper one is blurred.
struct BlurToMatch {
  Eigen::Vector2d of_first = Eigen::Vector2d::Zero();
  Eigen::Vector2d of_second = Eigen::Vector2d::Zero();
};
BlurToMatch MatchBlurs(const Eigen::Vector2d& first, const Eigen::Vector2d& second);

}  // namespace nightjar
