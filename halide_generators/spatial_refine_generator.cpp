// SPDX-License-Identifier: Apache-2.0
//
// A frame once more without its noise, and how much is left, now that a pilot tells what is to be
// found: sliding cosine transforms of 8 x 8 pixels, of the frame and of the pilot, at every second
// pixel of every row, as in a quincunx (stabilised_denoiser.h). Coefficients of the frame are
// shrunk by the energy of the pilot's, as Wiener's filter does; patches that keep less noise weigh
// more.
//
// The second stage of Dabov, Foi, Katkovnik, Egiazarian, "Image denoising by sparse 3-D
// transform-domain collaborative filtering", IEEE TIP 16 (2007), without its groups of patches.
#include "halide_generators/stabilised_denoiser.h"

namespace nightjar::generators {
namespace {

using Halide::Expr;

// The expected squared error of a pixel, in the unit of the stabilised noise, is the mean over its
// patches, by their weights, of
//     kFloor + kLost mean(g (1 - g) c^2)
// over the patch's coefficients c with gain g: where the gain is that of Wiener's filter, what it
// takes away times what it keeps has the size of the error. Fitted as that of spatial_denoise.
constexpr float kFloor = 0.015F;
constexpr float kLost = 1.457F;

class SpatialRefine : public StabilisedDenoiser<SpatialRefine> {
 public:
  SpatialRefine() : StabilisedDenoiser(2, 2) {}

  /// Nearly the frame without noise, same size: 16-bit linear values.
  Input<Buffer<uint16_t, 2>> pilot{"pilot"};

  void generate() {
    Transform();
    pilot.dim(0).set_min(0);
    pilot.dim(1).set_min(0);
    patches_.TransformGuide(Stabilised(pilot, kPedestal, 1.F / kScale, stabilised_pilot_));
    Shrink();
    Finish(kFloor);
  }

  void schedule() { ScheduleAll(stabilised_pilot_); }

 private:
  void Shrink() {
    SlidingPatches::Column kept;
    Expr error = 0.F, retained = 0.F;
    constexpr float kEnergyGain = SlidingPatches::kSpectrumGain * SlidingPatches::kSpectrumGain;
    const Expr noise = Left() * kEnergyGain;
    for (int l = 0; l < SlidingPatches::kPatch; ++l) {
      const Expr c = patches_.Coefficient(l);
      const Expr guide = patches_.GuideCoefficient(l);
      const Expr energy = guide * guide;
      Expr gain = energy / (energy + noise);
      if (l == 0) gain = Halide::select(patches_.k() == 0, 1.F, gain);  // the mean stays
      const Expr stays = gain * c;
      kept[static_cast<size_t>(l)] = stays;
      retained += gain * gain;
      error += stays * (c - stays);
    }
    patches_.Replace(kept, error * (kLost / kEnergyGain), retained);
  }

  Halide::Func stabilised_pilot_{"stabilised_pilot"};
};

}  // namespace
}  // namespace nightjar::generators

HALIDE_REGISTER_GENERATOR(nightjar::generators::SpatialRefine, spatial_refine)
