// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/pyramid.h"

namespace nightjar {

/// Variance of the noise in a patch around (x, y) of `level`, px of that level, around its mean
/// intensity `mean`; 0 where it is not known. Between pixels interpolation takes some away.
double PatchNoise(const IntensityNoise& noise, int level, float x, float y, float mean);

/// Share of a patch's squared contrast that is texture and not noise of `variance`, 0 .. 1.
double TextureShare(float contrast, double variance);

/// The correlation that patches would have if they were free of noise, at most 1: what was
/// `measured`, given the share of it that noise has left of 1 (`expected`: the root of the product
/// of their texture shares) and one standard deviation in its favour.
double CorrelationOfTexture(double measured, double expected);

}  // namespace nightjar
