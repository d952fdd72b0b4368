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
constexpr float kTiny = 1e-4F;  // no division by 0

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
    const Expr limit = threshold * threshold;
    const Expr limit_here = limit * left, lost = kLost * limit;
    for (int l = 0; l < SlidingPatches::kPatch; ++l) {
      // theta^2 / e; what is lost, (1 - g) e, is this times theta^2 where anything is kept.
      Expr ratio =
          limit_here * patches_.EnergyOfNoise(l) / Halide::max(patches_.EnergySum(l), kTiny);
      if (l == 0) ratio = Halide::select(patches_.k() == 0, 0.F, ratio);  // the mean stays
      const Expr gain = Halide::max(1.F - ratio * ratio, 0.F);
      kept[static_cast<size_t>(l)] = gain * patches_.Coefficient(l);
      error += gain * (kKept + lost * ratio);
    }
    patches_.Replace(kept, error * left);
  }
};

}  // namespace
}  // namespace nightjar::generators

HALIDE_REGISTER_GENERATOR(nightjar::generators::SpatialDenoise, spatial_denoise)
