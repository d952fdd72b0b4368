// SPDX-License-Identifier: Apache-2.0
#include "data/simulator/tile_light.h"

#include "data/simulator/tile_light.inc"

#ifdef NIGHTJAR_SIMULATOR_AVX2
#include <sys/platform/x86.h>
#endif

namespace nightjar {

#ifdef NIGHTJAR_SIMULATOR_AVX2
extern const TileLight kTileLightAvx2;
#endif

const TileLight& FastestTileLight() {
  static constexpr TileLight kPlain = {AddInstant, AddBlurred, AddFilled, Cast, See};
#ifdef NIGHTJAR_SIMULATOR_AVX2
  if (CPU_FEATURE_ACTIVE(AVX2)) return kTileLightAvx2;
#endif
  return kPlain;
}

}  // namespace nightjar
