// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "core/depth_map.h"
#include "core/image.h"

namespace nightjar {

/// A depth map as a session's files have it (docs/formats/session.md): whole mm, 0 where it is not
/// known.
struct DepthMillimetres {
  Image<uint16_t> depth;  // to the nearest
  Image<uint16_t> sigma;  // rounded up
};

/// What does not fit into 16 bits in one of the two is unknown in both: there is no depth without a
/// sigma, and no sigma of nothing.
DepthMillimetres InMillimetres(const DepthMap& map);

}  // namespace nightjar
