// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>

#include "core/pyramid.h"

namespace nightjar {

/// Variance of the noise in a patch around `position` of `level`, px of that level, of mean
/// intensity `mean` and averaged along `blur` (SamplePatch); 0 where it is not known. Between
/// pixels interpolation takes some away.
double PatchNoise(const IntensityNoise& noise, int level, const Eigen::Vector2f& position,
                  float mean, const Eigen::Vector2f& blur = Eigen::Vector2f::Zero());

/// What averaging along a blur of that many px of a level leaves of the variance of its noise,
/// above 0 .. 1: its taps are nearer to each other than its noise reaches.
double LeftByBlur(int level, const Eigen::Vector2f& blur);

/// Share of a patch's squared contrast that is texture and not noise of `variance`, 0 .. 1.
double TextureShare(float contrast, double variance);

/// The correlation that patches would have if they were free of noise, at most 1: what was
/// `measured`, given the share of it that noise has left of 1 (`expected`: the root of the product
/// of their texture shares) and one standard deviation in its favour. What noise alone could have
/// measured, two standard deviations of it, is nobody's texture: it stays as it is.
double CorrelationOfTexture(double measured, double expected);

}  // namespace nightjar
