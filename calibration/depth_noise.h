// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>

#include "core/portable_math.h"

namespace nightjar {

/// How a depth sensor errs that triangulates a pattern: 1 sigma of a depth z, with theta the angle
/// between the ray and the surface's normal (Nguyen, Izadi, Lovell, "Modeling Kinect sensor noise
/// for improved 3D reconstruction and tracking", 3DIMPVT 2012, eq. 3; the defaults are theirs):
///     constant + quadratic (z - sharpest)^2 + slant / sqrt(z) * theta^2 / (pi/2 - theta)^2   [m]
struct DepthNoise {
  double constant_m = 0.0012;       // 0 .. 1
  double quadratic_per_m = 0.0019;  // 0 .. 1
  double sharpest_m = 0.4;          // 0 .. 100
  double slant = 0.0001;            // m^(3/2), 0 .. 1
  double lateral_px = 0.8;          // by how much outlines are frayed, 1 sigma, 0 .. 10

  /// m, of z > 0; `cosine` of theta, > 0.
  double Sigma(double z_m, double cosine) const {
    const double off = z_m - sharpest_m;
    const double theta = portable::Atan2(std::sqrt(std::max(0.0, 1 - cosine * cosine)), cosine);
    const double slanted = theta / (0.5 * M_PI - theta);
    return constant_m + quadratic_per_m * off * off + slant / std::sqrt(z_m) * slanted * slanted;
  }
};

}  // namespace nightjar
