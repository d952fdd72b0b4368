// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Halide.h>

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "halide_generators/cosine_transform.h"

namespace nightjar::generators {

/// An image as overlapping patches of 8 x 8 pixels, one at every `step`-th pixel in x and y, each
/// by its cosine spectrum; and the image again, as the mean over the patches, once the spectra have
/// been changed. Guleryuz, "Nonlinear image estimation using weighted overcomplete transforms",
/// Asilomar 2003. All of a patch has one weight, so that the sum over the patches comes before the
/// inverse transform in x.
///
/// Patch (a, q) begins at pixel (step a, step q), which may lie before the image. With two lattices
/// there is a second patch (a, q) half a step to the right and below of it, as in a quincunx: of
/// patches at every pixel half of them, and hardly worse a mean. Beside its spectrum a patch may
/// carry one number, whose mean over the patches every pixel gets. The spectra of a second image, a
/// guide, may tell what becomes of those of the first.
class SlidingPatches {
 public:
  static constexpr int kPatch = 8;  // px
  /// What coefficients have times those of the orthonormal transform: both of the patch's axes.
  static constexpr float kSpectrumGain = 8;
  /// Of one frequency k() in x, by frequency in y.
  using Column = Octet<Halide::Expr>;

  explicit SlidingPatches(int step, int lattices = 1)
      : step_(step), lattices_(lattices), overlap_(kPatch / step) {}

  Halide::Expr a() const { return a_; }
  Halide::Expr q() const { return q_; }
  /// The frequency in x, 0 .. 7: a loop, so that the code for one column of a spectrum is there
  /// once.
  Halide::Expr k() const { return k_; }

  /// What a function of patches has for arguments: column(), row() and, of two, the lattice.
  std::vector<Halide::Var> Patches() const {
    std::vector<Halide::Var> patches = {a_, q_};
    if (lattices_ > 1) patches.push_back(lattice_);
    return patches;
  }
  /// The patch, and the pixel where it begins.
  std::vector<Halide::Expr> Here() const { return At({a_, q_}); }
  Halide::Expr Left() const { return step_ * a_ + Offset(); }
  Halide::Expr Top() const { return step_ * q_ + Offset(); }

  /// Spectra of `columns`(a, y, e), e in 0 .. step - 1: pixel (step a + e, y), apart by e so that
  /// what belongs to neighbouring patches lies side by side.
  void Transform(const Halide::Func& columns) { Transform(columns, horizontal_, vertical_); }
  /// The same of a guide.
  void TransformGuide(const Halide::Func& columns) {
    Transform(columns, guide_horizontal_, guide_vertical_);
  }

  /// The coefficient of frequencies k() in x and l in y: kSpectrumGain times the orthonormal one,
  /// so that white noise of 1 has kSpectrumGain.
  Halide::Expr Coefficient(int l) const { return vertical_(At({a_, q_, l, k_})); }
  Halide::Expr GuideCoefficient(int l) const { return guide_vertical_(At({a_, q_, l, k_})); }

  /// The orthonormal coefficient (0, 0) of another patch: eight times its mean.
  Halide::Expr Mean(const Halide::Expr& a, const Halide::Expr& q) const {
    return CosineTransform(Rows(horizontal_, a, q, 0))[0] * (1.F / kSpectrumGain);
  }

  /// After Transform(): Energy() counts (0, 0) only when `with_mean`.
  void PoolEnergy(bool with_mean) {
    with_mean_ = with_mean;
    std::vector<Halide::Expr> sums;
    for (int l = 0; l < kPatch; ++l) {
      Halide::Expr sum = 0.F;
      for (int d = -1; d <= 1; ++d) {
        if (l + d < 0 || l + d >= kPatch) continue;
        const Halide::Expr squared = Coefficient(l + d) * Coefficient(l + d);
        sum += with_mean || l + d > 0 ? squared : Halide::select(k_ == 0, 0.F, squared);
      }
      sums.push_back(sum);
    }
    pooled_(Args({a_, q_, i_, k_})) = Halide::mux(i_, sums);
  }

  /// The energy of the 3 x 3 frequencies around (k(), l), itself counted twice; the mean of what
  /// EnergyOfNoise() has.
  Halide::Expr EnergySum(int l) const {
    const Halide::Expr before = pooled_(At({a_, q_, l, Halide::max(k_ - 1, 0)}));
    const Halide::Expr after = pooled_(At({a_, q_, l, Halide::min(k_ + 1, kPatch - 1)}));
    return ((Coefficient(l) * Coefficient(l) + Halide::select(k_ > 0, before, 0.F)) +
            pooled_(At({a_, q_, l, k_}))) +
           Halide::select(k_ < kPatch - 1, after, 0.F);
  }
  /// The mean of EnergySum(l) of white noise of 1.
  Halide::Expr EnergyOfNoise(int l) const {
    return ByColumn([&](int k) { return Count(k, l) * (kSpectrumGain * kSpectrumGain); });
  }
  /// Their ratio, a mean energy: white noise of 1 has 1.
  Halide::Expr Energy(int l) const {
    return EnergySum(l) *
           ByColumn([&](int k) { return 1.F / (Count(k, l) * (kSpectrumGain * kSpectrumGain)); });
  }

  /// What column k() of the patches becomes, and a share of the number that they carry. With
  /// `retained`, of which it is a share too, patches have the weight 1 / its sum, without the same.
  void Replace(const Column& spectrum, const Halide::Expr& carried,
               const Halide::Expr& retained = Halide::Expr()) {
    is_weighted_ = retained.defined();
    std::vector<Halide::Expr> column(spectrum.begin(), spectrum.end());
    column.push_back(carried);
    if (is_weighted_) column.push_back(retained);
    kept_(Args({a_, q_, k_})) = Halide::Tuple(column);
    const Halide::FuncRef kept_here = kept_(At({a_, q_, k_}));
    Column kept;
    for (size_t l = 0; l < kPatch; ++l) kept[l] = kept_here[static_cast<int>(l)];
    const Column rows = InverseCosineTransform(kept);
    std::vector<Halide::Expr> inverted(rows.begin(), rows.end());
    for (size_t i = kPatch; i < column.size(); ++i)
      inverted.push_back(kept_here[static_cast<int>(i)]);
    // (a, q, j, k): row j of patch (a, q), still as frequency k in x; after the rows its shares.
    inverted_(Args({a_, q_, i_, k_})) = Halide::mux(i_, inverted);
    const auto sum_of = [&](int share) {
      Halide::Expr sum = inverted_(At({a_, q_, share, 0}));
      for (int k = 1; k < kPatch; ++k) sum += inverted_(At({a_, q_, share, k}));
      return sum;
    };
    Halide::Expr number = sum_of(kPatch);
    if (is_weighted_) {
      weight_(Patches()) = 1.F / sum_of(kPatch + 1);
      // By itself: what is stored for the rows of patches to come has no shares in it.
      patches_(Args({a_, q_, i_, k_})) = inverted_(At({a_, q_, i_, k_})) * weight_(Here());
      number *= weight_(Here());
    } else {
      patches_ = inverted_;
    }
    numbers_(Patches()) = number;
    // Rows r of blocks of pixels, those that the lattice has: what the patches above each other
    // have there.
    Column line;
    for (int k = 0; k < kPatch; ++k) {
      line[static_cast<size_t>(k)] = Above([&](int m) {
        return patches_(At({a_, q_ - m, r_ + step_ * m, k}));
      });
    }
    const Column pixels = InverseCosineTransform(line);
    rows_(Args({a_, q_, i_, r_})) = Halide::mux(i_, {pixels.begin(), pixels.end()});
    carried_(Patches()) = Above([&](int m) { return numbers_(At({a_, q_ - m})); });
    if (is_weighted_) weights_(Patches()) = Above([&](int m) { return weight_(At({a_, q_ - m})); });
  }

  /// The mean of the patches at pixel (step a() + s, step q() + r).
  Halide::Expr Pixel(int s, int r) const {
    const Halide::Expr sum = OverLattices(s, r, [&](const Block& block) {
      return BesideEachOther([&](int m) {
        return rows_(At({block.a - m, block.q, block.s + step_ * m, block.r}, block.lattice));
      });
    });
    return sum * (PerWeight(s, r) * (1.F / (kSpectrumGain * kSpectrumGain)));
  }

  /// The mean of what the patches over that pixel carry; with one lattice the same for all of (step
  /// a() .. + step - 1, step q() ..).
  Halide::Expr Carried(int s, int r) const { return SumBeside(carried_, s, r) * PerWeight(s, r); }

  /// Of blocks(a, q), a tuple, the entry of pixel (x, y): first + step s + r at (step a + s, step q
  /// + r).
  Halide::Expr OfBlock(const Halide::Func& blocks, int first, const Halide::Expr& x,
                       const Halide::Expr& y) const {
    const Halide::FuncRef block = blocks(x / step_, y / step_);
    if (step_ == 1) return block[first];
    std::vector<Halide::Expr> pixels;
    for (int i = 0; i < step_ * step_; ++i) pixels.push_back(block[first + i]);
    return Halide::mux(step_ * (x % step_) + y % step_, pixels);
  }

  /// Tiles of columns of `consumer`(a, q), a tuple of what Pixel() and Carried() give: what a row
  /// of patches leaves for the next ones stays in the cache. What Transform() was given is for the
  /// caller to schedule.
  void Schedule(Halide::Func consumer, int lanes) {
    consumer.compute_root()
        .split(a_, tile_, a_, kTileColumns - overlap_ - (lattices_ - 1),
               Halide::TailStrategy::RoundUp)
        .reorder(a_, q_, tile_)
        .vectorize(a_, lanes, Halide::TailStrategy::ShiftInwards);
    for (Halide::Func f : {horizontal_, guide_horizontal_, patches_, numbers_, weight_}) {
      if (f.defined()) f.store_at(consumer, tile_).compute_at(consumer, q_);
    }
    for (Halide::Func f : {rows_, carried_, weights_, inverted_})
      if (f.defined() && f.name() != patches_.name()) f.compute_at(consumer, q_);
    // The second lattice lends to a row of blocks of what it had for the one above.
    for (Halide::Func f : {rows_, carried_, weights_})
      if (f.defined() && lattices_ > 1) f.store_at(consumer, tile_);
    for (Halide::Func f :
         {horizontal_, guide_horizontal_, rows_, vertical_, guide_vertical_, pooled_})
      if (f.defined()) VectorizeOctets(f, lanes, kPatch);
    const int entries = kPatch + (is_weighted_ ? 2 : 1);
    VectorizeOctets(inverted_, lanes, entries);
    if (is_weighted_) VectorizeOctets(patches_, lanes, kPatch);
    for (Halide::Func f : {numbers_, weight_, carried_, weights_})
      if (f.defined()) f.vectorize(a_, lanes, Halide::TailStrategy::RoundUp);
    for (Halide::Func f : {vertical_, guide_vertical_, pooled_})
      if (f.defined()) f.compute_at(inverted_, vectors_);
    kept_.compute_at(inverted_, k_).vectorize(a_, lanes, Halide::TailStrategy::RoundUp);
  }

  const Halide::Var& column() const { return a_; }
  const Halide::Var& row() const { return q_; }
  /// Columns of tiles: where rows that several rows of patches read are best kept.
  const Halide::Var& tile() const { return tile_; }

 private:
  // Of patches, with those that reach into the tile: they fill vectors of 16 and of 8.
  static constexpr int kTileColumns = 64;

  void Transform(const Halide::Func& columns, Halide::Func& horizontal,
                 Halide::Func& vertical) const {
    Column line;
    for (int n = 0; n < kPatch; ++n)
      line[static_cast<size_t>(n)] =
          columns(a_ + (n + Offset()) / step_, y_, (n + Offset()) % step_);
    const Column across = CosineTransform(line);
    horizontal(Args({a_, y_, i_})) = Halide::mux(i_, {across.begin(), across.end()});
    const Column down = CosineTransform(Rows(horizontal, a_, q_, k_));
    vertical(Args({a_, q_, i_, k_})) = Halide::mux(i_, {down.begin(), down.end()});
  }

  /// A vector of patches at a time, eight values beside each other in registers.
  void VectorizeOctets(Halide::Func f, int lanes, int count) {
    const std::vector<Halide::Var> order = f.args();  // a, q or y, i, then what is a loop
    f.split(a_, vectors_, a_, lanes, Halide::TailStrategy::RoundUp).vectorize(a_);
    f.bound(i_, 0, count);
    if (order.size() > 3) {
      f.reorder(a_, i_, order[3], vectors_, order[1]);
    } else {
      f.reorder(a_, i_, vectors_, order[1]);
    }
    f.unroll(i_);
  }

  /// How often EnergySum(l) counts what it sums in column k.
  float Count(int k, int l) const {
    int count = 1;
    for (int d = -1; d <= 1; ++d) {
      for (int g = -1; g <= 1; ++g) {
        const int x = k + d, y = l + g;
        if (x < 0 || y < 0 || x >= kPatch || y >= kPatch) continue;
        if (with_mean_ || x + y > 0) ++count;
      }
    }
    return static_cast<float>(count);
  }
  /// What `of` has of column k().
  template <typename Of>
  Halide::Expr ByColumn(const Of& of) const {
    return Halide::select(k_ == 0, of(0), k_ == 1, of(1), k_ == kPatch - 1, of(kPatch - 1), of(2));
  }

  /// Where the lattice at hand begins, px in x and y.
  Halide::Expr Offset() const {
    return lattices_ > 1 ? Halide::Expr(lattice_ * (step_ / 2)) : Halide::Expr(0);
  }
  std::vector<Halide::Var> Args(std::vector<Halide::Var> args) const {
    if (lattices_ > 1) args.push_back(lattice_);
    return args;
  }
  /// The same of what is asked for, in the lattice at hand or another.
  std::vector<Halide::Expr> At(std::vector<Halide::Expr> args,
                               const Halide::Expr& lattice = Halide::Expr()) const {
    if (lattices_ > 1) args.push_back(lattice.defined() ? lattice : Halide::Expr(lattice_));
    return args;
  }

  /// Where a lattice has pixel (step a() + s, step q() + r): pixel (s, r) of its own block (a, q).
  struct Block {
    Halide::Expr a, q;
    int s, r, lattice;
  };
  template <typename Of>
  Halide::Expr OverLattices(int s, int r, const Of& of) const {
    Halide::Expr sum = of(Block{a_, q_, s, r, 0});
    const int half = step_ / 2;
    const int before_x = s < half ? 1 : 0, before_y = r < half ? 1 : 0;
    if (lattices_ > 1) {
      sum += of(Block{a_ - before_x, q_ - before_y, s - half + step_ * before_x,
                      r - half + step_ * before_y, 1});
    }
    return sum;
  }
  Halide::Expr SumBeside(const Halide::Func& sums, int s, int r) const {
    return OverLattices(s, r, [&](const Block& block) {
      return BesideEachOther([&](int m) {
        return sums(At({block.a - m, block.q}, block.lattice));
      });
    });
  }
  /// 1 / the weight of all patches over that pixel.
  Halide::Expr PerWeight(int s, int r) const {
    if (is_weighted_) return 1.F / SumBeside(weights_, s, r);
    return 1.F / static_cast<float>(lattices_ * overlap_ * overlap_);
  }

  /// Sums over the patches that have a pixel, above each other and side by side; of(m): the share
  /// of that which begins m steps before.
  template <typename Of>
  Halide::Expr Above(const Of& of) const {
    Halide::Expr sum = of(0);
    for (int m = 1; m < overlap_; ++m) sum += of(m);
    return sum;
  }
  template <typename Of>
  Halide::Expr BesideEachOther(const Of& of) const {
    return Above(of);
  }

  /// The rows of a patch at one frequency in x.
  Column Rows(const Halide::Func& horizontal, const Halide::Expr& a, const Halide::Expr& q,
              const Halide::Expr& k) const {
    Column rows;
    for (int j = 0; j < kPatch; ++j)
      rows[static_cast<size_t>(j)] = horizontal(At({a, step_ * q + Offset() + j, k}));
    return rows;
  }

  int step_, lattices_, overlap_;
  bool with_mean_ = false, is_weighted_ = false;
  Halide::Var a_{"a"}, q_{"q"}, y_{"y"}, i_{"i"}, k_{"k"}, r_{"r"}, tile_{"tile"},
      vectors_{"vectors"}, lattice_{"lattice"};
  Halide::Func horizontal_{"horizontal"}, guide_horizontal_{"guide_horizontal"},
      vertical_{"vertical"}, guide_vertical_{"guide_vertical"}, pooled_{"pooled"}, kept_{"kept"},
      inverted_{"inverted"}, patches_{"patches"}, weight_{"weight"}, numbers_{"numbers"},
      rows_{"rows"}, carried_{"carried"}, weights_{"weights"};
};

}  // namespace nightjar::generators
