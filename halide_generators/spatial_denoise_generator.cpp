// SPDX-License-Identifier: Apache-2.0
//
// One frame without its noise, and how much is left: sliding cosine transforms of 8 x 8 pixels
// whose coefficients are shrunk by the energy of their neighbourhood in frequency, in a domain
// where the noise is white and 1 (variance_stabilisation.h).
//
// Shrinking overcomplete transforms: Guleryuz, "Nonlinear image estimation using weighted
// overcomplete transforms", Asilomar 2003; by blocks of coefficients: Cai, "Adaptive wavelet
// estimation: a block thresholding and oracle inequality approach", Annals of Statistics 1999.
// Patches at every second pixel in x and y are averaged with equal weights, so that the sum over
// the patches comes before the inverse transform in x; patches weighted by their sparsity gained
// nothing
// (-0.1 dB) once neighbours decide together.
#include <Halide.h>

#include <array>
#include <string>
#include <vector>

#include "halide_generators/boundary.h"
#include "halide_generators/cosine_transform.h"
#include "halide_generators/variance_stabilisation.h"

namespace nightjar::generators {
namespace {

using Halide::cast;
using Halide::Expr;
using Halide::Func;
using Halide::Tuple;
using Halide::Var;

constexpr int kPatch = 8;                 // px
constexpr int kStep = 2;                  // px from patch to patch, in x and y
constexpr int kOverlap = kPatch / kStep;  // patches over a pixel, in x and in y
constexpr int kTile = 128;                // px
// 16-bit linear frames: DN = kPedestal + kScale (x - black) / (white - black).
constexpr float kPedestal = 4096;
constexpr float kScale = 57344;
// The expected squared error of a pixel, in the unit of the stabilised noise, is the mean over its
// patches of
//     kFloor + kKept mean(g) + kLost mean(g (1 - g) e)
// over the patch's coefficients with gain g and energy e around them: noise that passes, signal
// that does not. Fitted by maximum likelihood on photographs and on images of dead leaves at 8 ..
// 10000 electrons full scale.
constexpr float kFloor = 0.0198F;
constexpr float kKept = 0.571F;
constexpr float kLost = 1.361F;

Tuple ToTuple(const Octet<Expr>& v) { return Tuple(std::vector<Expr>(v.begin(), v.end())); }

class SpatialDenoise : public Halide::Generator<SpatialDenoise> {
 public:
  /// RAW or linear samples, DN: dimensions x, y; both at least 16.
  Input<Buffer<uint16_t, 2>> input{"input"};
  /// x = (input - black) * per_dn, not clipped.
  Input<float> black{"black"};
  Input<float> per_dn{"per_dn"};
  /// var(x) = S x + O; S >= 0, O > 0.
  Input<float> S{"S"};
  Input<float> O{"O"};
  /// Energies below its square are noise; 1.65 gives the least error.
  Input<float> threshold{"threshold"};
  /// Same size: 16-bit linear values; and sigma of them, in x: expected RMS error.
  Output<Func> frame{"frame", {Halide::UInt(16), Halide::Float(32)}, 2};

  void generate() {
    input.dim(0).set_min(0);
    input.dim(1).set_min(0);
    width_ = input.dim(0).extent();
    height_ = input.dim(1).extent();
    const VarianceStabilisation<Expr> noise(S, O);
    const Func mirrored = MirrorColumns(MirrorRows(input, height_), width_);
    // Columns 2 a + e, apart by e so that what belongs to neighbouring patches lies side by side.
    stabilised_(a, y, e) = noise.Forward((cast<float>(mirrored(2 * a + e, y)) - black) * per_dn);
    Transform();
    Shrink();
    Invert();
    Finish(noise);
  }

  void schedule() {
    Func out = frame;
    out.output_buffers()[0].dim(0).set_bounds(0, width_);
    out.output_buffers()[0].dim(1).set_bounds(0, height_);
    const int lanes = natural_vector_size<float>();
    const auto round_up = Halide::TailStrategy::RoundUp;
    out.vectorize(x, lanes, Halide::TailStrategy::GuardWithIf);
    // Tiles of columns: what a row of patches leaves for the next three stays in the cache.
    finished_.compute_root()
        .align_bounds(x, kStep)
        .align_bounds(y, kStep)
        .split(y, q, y, kStep, round_up)
        .split(x, tile_, x, kTile, round_up)
        .split(x, a, e, kStep, round_up)
        .reorder(e, y, a, q, tile_)
        .unroll(e)
        .unroll(y)
        .vectorize(a, lanes, round_up);
    for (Func f : {rows_[0], rows_[1], error_})
      f.compute_at(finished_, q).vectorize(a, lanes, round_up);
    for (Func f : {patches_, horizontal_}) f.store_at(finished_, tile_).compute_at(finished_, q);
    patches_.bound(i, 0, kPatch * kPatch + 1).reorder(i, a, q).unroll(i);
    patches_.vectorize(a, lanes, round_up);
    horizontal_.vectorize(a, lanes, round_up);
    for (int k = 0; k < kPatch; ++k) {
      for (Func f : {vertical_[k], energy_[k], kept_[k], inverted_[k]})
        f.compute_at(patches_, a).vectorize(a, lanes, round_up);
    }
    stabilised_.compute_root().bound(e, 0, kStep).reorder(e, a, y).unroll(e);
    stabilised_.vectorize(a, lanes, round_up);
  }

 private:
  using Spectra = std::array<Func, kPatch>;  // by frequency in x; each a Tuple over that in y

  static Spectra Named(const std::string& name) {
    Spectra all;
    for (int k = 0; k < kPatch; ++k) all[static_cast<size_t>(k)] = Func(name + std::to_string(k));
    return all;
  }
  /// Whether there is such a coefficient that is not the mean of the patch, which stays.
  static bool IsWave(int k, int l) {
    return k >= 0 && l >= 0 && k < kPatch && l < kPatch && k + l > 0;
  }

  /// Patch (a, q) begins at pixel (2 a, 2 q).
  void Transform() {
    Octet<Expr> columns;
    for (int n = 0; n < kPatch; ++n)
      columns[static_cast<size_t>(n)] = stabilised_(a + n / kStep, y, n % kStep);
    horizontal_(a, y) = ToTuple(CosineTransform(columns));
    for (size_t k = 0; k < kPatch; ++k) {
      Octet<Expr> rows;
      for (int j = 0; j < kPatch; ++j)
        rows[static_cast<size_t>(j)] = horizontal_(a, kStep * q + j)[static_cast<int>(k)];
      vertical_[k](a, q) = ToTuple(CosineTransform(rows));
    }
    // Energy of a coefficient and of the two beside it in y.
    for (int k = 0; k < kPatch; ++k) {
      std::vector<Expr> sums;
      for (int l = 0; l < kPatch; ++l) {
        Expr sum = 0.F;
        for (int d = -1; d <= 1; ++d) {
          if (IsWave(k, l + d)) sum += Squared(k, l + d);
        }
        sums.push_back(sum);
      }
      energy_[static_cast<size_t>(k)](a, q) = Tuple(sums);
    }
  }

  Expr Coefficient(int k, int l) { return vertical_[static_cast<size_t>(k)](a, q)[l]; }
  Expr Squared(int k, int l) { return Coefficient(k, l) * Coefficient(k, l); }

  /// Mean energy of the 3 x 3 frequencies around one, itself counted twice; white noise has 1.
  Expr EnergyAround(int k, int l) {
    Expr sum = Squared(k, l);
    int weight = 1;
    for (int d = -1; d <= 1; ++d) {
      if (k + d < 0 || k + d >= kPatch) continue;
      sum += energy_[static_cast<size_t>(k + d)](a, q)[l];
      for (int g = -1; g <= 1; ++g) weight += IsWave(k + d, l + g) ? 1 : 0;
    }
    return sum * (1.F / static_cast<float>(weight));
  }

  void Shrink() {
    const Expr noise = threshold * threshold;
    for (int k = 0; k < kPatch; ++k) {
      std::vector<Expr> kept;
      Expr error = 0.F;
      for (int l = 0; l < kPatch; ++l) {
        if (!IsWave(k, l)) {
          kept.push_back(Coefficient(k, l));
          error += kKept;
          continue;
        }
        const Expr energy = Halide::max(EnergyAround(k, l), 1e-6F);
        const Expr ratio = noise / energy;
        const Expr gain = Halide::max(1.F - ratio * ratio, 0.F);
        kept.push_back(gain * Coefficient(k, l));
        error += gain * (kKept + kLost * ((1.F - gain) * energy));
      }
      kept.push_back(error);
      kept_[static_cast<size_t>(k)](a, q) = Tuple(kept);
    }
  }

  /// patches_(a, q, 8 k + j): row j of patch (a, q), still as frequencies in x; beside them the sum
  /// of the coefficients' errors.
  void Invert() {
    std::vector<Expr> all;
    Expr error = 0.F;
    for (size_t k = 0; k < kPatch; ++k) {
      Octet<Expr> kept;
      for (size_t l = 0; l < kPatch; ++l) kept[l] = kept_[k](a, q)[static_cast<int>(l)];
      inverted_[k](a, q) = ToTuple(InverseCosineTransform(kept));
      for (int j = 0; j < kPatch; ++j) all.push_back(inverted_[k](a, q)[j]);
      error += kept_[k](a, q)[kPatch];
    }
    all.push_back(error);
    patches_(a, q, i) = Halide::mux(i, all);
    // Rows 2 q + r: what the four patches above each other have there, and in pixels.
    for (int r = 0; r < kStep; ++r) {
      Octet<Expr> spectrum;
      for (int k = 0; k < kPatch; ++k) {
        Expr sum = patches_(a, q, kPatch * k + r);
        for (int m = 1; m < kOverlap; ++m) sum += patches_(a, q - m, kPatch * k + r + kStep * m);
        spectrum[static_cast<size_t>(k)] = sum;
      }
      rows_[static_cast<size_t>(r)](a, q) = ToTuple(InverseCosineTransform(spectrum));
    }
    Expr sum = patches_(a, q, kPatch * kPatch);
    for (int m = 1; m < kOverlap; ++m) sum += patches_(a, q - m, kPatch * kPatch);
    error_(a, q) = sum;
  }

  /// The mean over the patches, back in the unit of the frame.
  void Finish(const VarianceStabilisation<Expr>& noise) {
    constexpr float kMean = 1.F / (kOverlap * kOverlap);
    const Expr h = x / kStep, v = y / kStep;
    const auto pixel = [&](int s, int r) {
      const Func& rows = rows_[static_cast<size_t>(r)];
      Expr sum = rows(h, v)[s];
      for (int m = 1; m < kOverlap; ++m) sum += rows(h - m, v)[s + kStep * m];
      return sum * kMean;
    };
    const Expr f = Halide::select(y % 2 == 0, Halide::select(x % 2 == 0, pixel(0, 0), pixel(1, 0)),
                                  Halide::select(x % 2 == 0, pixel(0, 1), pixel(1, 1)));
    Expr error = error_(h, v);
    for (int m = 1; m < kOverlap; ++m) error += error_(h - m, v);
    const Expr sigma = Halide::sqrt(kFloor + error * (kMean / (kPatch * kPatch)));
    const Expr value = noise.UnbiasedInverse(f) * kScale + (kPedestal + 0.5F);
    finished_(x, y) =
        Tuple(cast<uint16_t>(Halide::clamp(value, 0.F, 65535.F)), sigma * noise.Slope(f));
    frame(x, y) = finished_(x, y);
  }

  Var x{"x"}, y{"y"}, a{"a"}, q{"q"}, e{"e"}, i{"i"}, tile_{"tile"};
  Expr width_, height_;
  Func stabilised_{"stabilised"}, horizontal_{"horizontal"}, patches_{"patches"}, error_{"error"},
      finished_{"finished"};
  Spectra vertical_ = Named("vertical_"), energy_ = Named("energy_"), kept_ = Named("kept_"),
          inverted_ = Named("inverted_");
  std::array<Func, kStep> rows_ = {Func("even_rows"), Func("odd_rows")};
};

}  // namespace
}  // namespace nightjar::generators

HALIDE_REGISTER_GENERATOR(nightjar::generators::SpatialDenoise, spatial_denoise)
