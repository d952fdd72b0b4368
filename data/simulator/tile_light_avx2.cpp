// SPDX-License-Identifier: Apache-2.0
// Compiled with AVX2 (CMakeLists.txt).
#include "data/simulator/tile_light.h"
#include "data/simulator/tile_light.inc"

namespace nightjar {

extern const TileLight kTileLightAvx2;
const TileLight kTileLightAvx2 = {AddInstant, AddBlurred, AddFilled, Cast, See};

}  // namespace nightjar
