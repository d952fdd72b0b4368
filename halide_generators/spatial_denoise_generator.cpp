// SPDX-License-Identifier: Apache-2.0
//
// One frame without its noise, and how much is left: sliding cosine transforms of 8 x 8 pixels at
// every second pixel, whose coefficients are shrunk by the energy of their neighbourhood in
// frequency (stabilised_denoiser.h).
//
// Shrinking by blocks of coefficients: Cai, "Adaptive wavelet estimation: a block thresholding and
// oracle inequality approach", Annals of Statistics 1999. Patches weighted by their sparsity gained
// nothing (-0.1 dB) once neighbours decide together.
#include "halide_generators/stabilised_denoiser.h"

namespace nightjar::generators {
namespace {

using Halide::Expr;

// The expected squared error of a pixel, in the unit of the stabilised noise, is the mean over its
// patches of
//     kFloor + kKept mean(g) + kLost mean(g (1 - g) e)
// over the patch's coefficients with gain g and energy e around them: noise that passes, signal
// that does not. Fitted by maximum likelihood on photographs and on images of dead leaves at 8 ..
// 10000 electrons full scale.
constexpr float kFloor = 0.0198F;
constexpr float kKept = 0.571F;
constexpr float kLost = 1.361F;

class SpatialDenoise : public StabilisedDenoiser<SpatialDenoise> {
 public:
  SpatialDenoise() : StabilisedDenoiser(2) {}

  /// Energies below its square are noise; 1.65 gives the least error.
  Input<float> threshold{"threshold"};

  void generate() {
    Transform();
    patches_.PoolEnergy(false);
    Shrink();
    Finish(kFloor);
  }

  void schedule() { ScheduleAll(); }

 private:
  void Shrink() {
    SlidingPatches::Column kept;
    Expr error = 0.F;
    const Expr left = Left();
    const Expr per_left = 1.F / left;
    const Expr limit = threshold * threshold;
    for (int l = 0; l < SlidingPatches::kPatch; ++l) {
      const Expr energy = Halide::max(patches_.Energy(l) * per_left, 1e-6F);
      const Expr ratio = limit / energy;
      Expr gain = Halide::max(1.F - ratio * ratio, 0.F);
      if (l == 0) gain = Halide::select(patches_.k() == 0, 1.F, gain);  // the mean stays
      kept[static_cast<size_t>(l)] = gain * patches_.Coefficient(l);
      error += gain * (kKept + kLost * ((1.F - gain) * energy));
    }
    patches_.Replace(kept, error * left);
  }
};

}  // namespace
}  // namespace nightjar::generators

HALIDE_REGISTER_GENERATOR(nightjar::generators::SpatialDenoise, spatial_denoise)
