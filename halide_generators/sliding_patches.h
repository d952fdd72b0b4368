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
/// Patch (a, q) begins at pixel (step a, step q), which may lie before the image. Beside its
/// spectrum a patch may carry one number, whose mean over the patches every pixel gets. The spectra
/// of a second image, a guide, may tell what becomes of those of the first.
class SlidingPatches {
 public:
  static constexpr int kPatch = 8;  // px
  /// By frequency in x (index) and in y (position in the vector).
  using Spectrum = std::array<std::vector<Halide::Expr>, kPatch>;

  explicit SlidingPatches(int step) : step_(step), overlap_(kPatch / step) {
    for (int r = 0; r < step; ++r) rows_.emplace_back("rows_" + std::to_string(r));
  }

  int step() const { return step_; }
  Halide::Expr a() const { return a_; }
  Halide::Expr q() const { return q_; }

  /// Spectra of `columns`(a, y, e), e in 0 .. step - 1: pixel (step a + e, y), apart by e so that
  /// what belongs to neighbouring patches lies side by side.
  void Transform(const Halide::Func& columns) { Transform(columns, horizontal_, vertical_); }
  /// The same of a guide.
  void TransformGuide(const Halide::Func& columns) {
    Transform(columns, guide_horizontal_, guide_vertical_);
  }

  /// The coefficient of frequencies k in x and l in y; (0, 0) is eight times the patch's mean.
  Halide::Expr Coefficient(int k, int l) const {
    return vertical_[static_cast<size_t>(k)](a_, q_)[l];
  }
  Halide::Expr GuideCoefficient(int k, int l) const {
    return guide_vertical_[static_cast<size_t>(k)](a_, q_)[l];
  }

  /// Coefficient (0, 0) of another patch.
  Halide::Expr Mean(const Halide::Expr& a, const Halide::Expr& q) const {
    return CosineTransform(Column(horizontal_, a, q, 0))[0];
  }

  /// After Transform(): Energy() counts (0, 0) only when `with_mean`.
  void PoolEnergy(bool with_mean) {
    with_mean_ = with_mean;
    for (int k = 0; k < kPatch; ++k) {
      std::vector<Halide::Expr> sums;
      for (int l = 0; l < kPatch; ++l) {
        Halide::Expr sum = 0.F;
        for (int d = -1; d <= 1; ++d) {
          if (Counts(k, l + d)) sum += Squared(k, l + d);
        }
        sums.push_back(sum);
      }
      energy_[static_cast<size_t>(k)](a_, q_) = Halide::Tuple(sums);
    }
  }

  /// Mean energy of the 3 x 3 frequencies around one, itself counted twice; white noise of 1 has 1.
  Halide::Expr Energy(int k, int l) const {
    Halide::Expr sum = Squared(k, l);
    int weight = 1;
    for (int d = -1; d <= 1; ++d) {
      if (k + d < 0 || k + d >= kPatch) continue;
      sum += energy_[static_cast<size_t>(k + d)](a_, q_)[l];
      for (int g = -1; g <= 1; ++g) weight += Counts(k + d, l + g) ? 1 : 0;
    }
    return sum * (1.F / static_cast<float>(weight));
  }

  /// Of each frequency in x a share of a number of the patch.
  using Shares = std::array<Halide::Expr, kPatch>;

  /// What patches become, and what number they carry. With `retained` patches have the weight 1 /
  /// it, without the same.
  void Replace(const Spectrum& spectrum, const Shares& carried, const Shares* retained = nullptr) {
    std::vector<Halide::Expr> all;
    Halide::Expr sum = 0.F, sum_retained = 0.F;
    is_weighted_ = retained != nullptr;
    for (size_t k = 0; k < kPatch; ++k) {
      std::vector<Halide::Expr> column = spectrum[k];
      column.push_back(carried[k]);
      if (is_weighted_) column.push_back((*retained)[k]);
      kept_[k](a_, q_) = Halide::Tuple(column);
      Octet<Halide::Expr> kept;
      for (size_t l = 0; l < kPatch; ++l) kept[l] = kept_[k](a_, q_)[static_cast<int>(l)];
      inverted_[k](a_, q_) = ToTuple(InverseCosineTransform(kept));
      for (int j = 0; j < kPatch; ++j) all.push_back(inverted_[k](a_, q_)[j]);
      sum += kept_[k](a_, q_)[kPatch];
      if (is_weighted_) sum_retained += kept_[k](a_, q_)[kPatch + 1];
    }
    all.push_back(sum);
    if (is_weighted_) {
      weight_(a_, q_) = 1.F / sum_retained;
      for (Halide::Expr& value : all) value *= weight_(a_, q_);
      all.push_back(weight_(a_, q_));
    }
    // patches_(a, q, 8 k + j): row j of patch (a, q), still as frequencies in x; last what they
    // carry, and their weight.
    patches_(a_, q_, i_) = Halide::mux(i_, all);
    // Rows step q + r: what the patches above each other have there, and in pixels.
    for (int r = 0; r < step_; ++r) {
      Octet<Halide::Expr> line;
      for (int k = 0; k < kPatch; ++k) line[static_cast<size_t>(k)] = Above(kPatch * k + r, step_);
      rows_[static_cast<size_t>(r)](a_, q_) = ToTuple(InverseCosineTransform(line));
    }
    carried_(a_, q_) = Above(kPatch * kPatch, 0);
    if (is_weighted_) weights_(a_, q_) = Above(kPatch * kPatch + 1, 0);
  }

  /// The mean of the patches at a pixel, x, y >= 0.
  Halide::Expr Pixel(const Halide::Expr& x, const Halide::Expr& y) const {
    std::vector<Halide::Expr> lines;
    for (int r = 0; r < step_; ++r) {
      std::vector<Halide::Expr> pixels;
      for (int s = 0; s < step_; ++s) {
        const Halide::Func& rows = rows_[static_cast<size_t>(r)];
        Halide::Expr sum = rows(x / step_, y / step_)[s];
        for (int m = 1; m < overlap_; ++m) sum += rows(x / step_ - m, y / step_)[s + step_ * m];
        pixels.push_back(sum);
      }
      lines.push_back(One(x % step_, pixels));
    }
    return One(y % step_, lines) * PerWeight(x / step_, y / step_);
  }

  /// The mean of what the patches over pixels (step h .. + step - 1, step v ..) carry.
  Halide::Expr Carried(const Halide::Expr& h, const Halide::Expr& v) const {
    return BesideEachOther(carried_, h, v) * PerWeight(h, v);
  }

  /// Tiles of columns of `consumer`(x, y): what a row of patches leaves for the next ones stays in
  /// the cache. What Transform() was given is for the caller to schedule.
  void Schedule(Halide::Func consumer, const Halide::Var& x, const Halide::Var& y,
                const Halide::Var& e, int lanes) {
    const auto round_up = Halide::TailStrategy::RoundUp;
    consumer.compute_root()
        .align_bounds(x, step_)
        .align_bounds(y, step_)
        .split(y, q_, y, step_, round_up)
        .split(x, tile_, x, (kTileColumns - overlap_) * step_, round_up)
        .split(x, a_, e, step_, round_up)
        .reorder(e, y, a_, q_, tile_)
        .unroll(e)
        .unroll(y)
        .vectorize(a_, lanes, Halide::TailStrategy::ShiftInwards);
    for (Halide::Func f : rows_) f.compute_at(consumer, q_).vectorize(a_, lanes, round_up);
    for (Halide::Func f : {carried_, weights_})
      if (f.defined()) f.compute_at(consumer, q_).vectorize(a_, lanes, round_up);
    for (Halide::Func f : {patches_, horizontal_, guide_horizontal_}) {
      if (f.defined())
        f.store_at(consumer, tile_).compute_at(consumer, q_).vectorize(a_, lanes, round_up);
    }
    patches_.bound(i_, 0, kPatch * kPatch + (is_weighted_ ? 2 : 1)).reorder(i_, a_, q_).unroll(i_);
    std::vector<Halide::Func> of_patch = {weight_};
    for (size_t k = 0; k < kPatch; ++k) {
      for (const Halide::Func& f :
           {vertical_[k], guide_vertical_[k], energy_[k], kept_[k], inverted_[k]})
        of_patch.push_back(f);
    }
    for (Halide::Func& f : of_patch)
      if (f.defined()) f.compute_at(patches_, a_).vectorize(a_, lanes, round_up);
  }

  const Halide::Var& column() const { return a_; }
  const Halide::Var& row() const { return q_; }
  /// Columns of tiles: where rows that several rows of patches read are best kept.
  const Halide::Var& tile() const { return tile_; }

 private:
  // Of patches, with those that reach into the tile: they fill vectors of 16 and of 8.
  static constexpr int kTileColumns = 64;
  using Spectra = std::array<Halide::Func, kPatch>;  // by frequency in x; each a Tuple over y's

  static Spectra Named(const std::string& name) {
    Spectra all;
    for (size_t k = 0; k < kPatch; ++k) all[k] = Halide::Func(name + std::to_string(k));
    return all;
  }
  static Halide::Tuple ToTuple(const Octet<Halide::Expr>& v) {
    return Halide::Tuple(std::vector<Halide::Expr>(v.begin(), v.end()));
  }

  void Transform(const Halide::Func& columns, Halide::Func& horizontal, Spectra& vertical) const {
    Octet<Halide::Expr> line;
    for (int n = 0; n < kPatch; ++n)
      line[static_cast<size_t>(n)] = columns(a_ + n / step_, y_, n % step_);
    horizontal(a_, y_) = ToTuple(CosineTransform(line));
    for (size_t k = 0; k < kPatch; ++k)
      vertical[k](a_, q_) = ToTuple(CosineTransform(Column(horizontal, a_, q_, k)));
  }

  /// values[i].
  static Halide::Expr One(const Halide::Expr& i, const std::vector<Halide::Expr>& values) {
    return values.size() == 1 ? values[0] : Halide::mux(i, values);
  }

  /// 1 / the weight of all patches over pixels (step h .. + step - 1, step v ..).
  Halide::Expr PerWeight(const Halide::Expr& h, const Halide::Expr& v) const {
    if (is_weighted_) return 1.F / BesideEachOther(weights_, h, v);
    return 1.F / static_cast<float>(overlap_ * overlap_);
  }

  /// Sum of columns over those patches.
  Halide::Expr BesideEachOther(const Halide::Func& columns, const Halide::Expr& h,
                               const Halide::Expr& v) const {
    Halide::Expr sum = columns(h, v);
    for (int m = 1; m < overlap_; ++m) sum += columns(h - m, v);
    return sum;
  }

  bool Counts(int k, int l) const {
    return k >= 0 && l >= 0 && k < kPatch && l < kPatch && (with_mean_ || k + l > 0);
  }
  Halide::Expr Squared(int k, int l) const { return Coefficient(k, l) * Coefficient(k, l); }

  /// The rows of a patch at one frequency in x.
  Octet<Halide::Expr> Column(const Halide::Func& horizontal, const Halide::Expr& a,
                             const Halide::Expr& q, size_t k) const {
    Octet<Halide::Expr> column;
    for (int j = 0; j < kPatch; ++j)
      column[static_cast<size_t>(j)] = horizontal(a, step_ * q + j)[static_cast<int>(k)];
    return column;
  }

  /// Sum over the patches above each other, `stride` further in each.
  Halide::Expr Above(int index, int stride) const {
    Halide::Expr sum = patches_(a_, q_, index);
    for (int m = 1; m < overlap_; ++m) sum += patches_(a_, q_ - m, index + stride * m);
    return sum;
  }

  int step_, overlap_;
  bool with_mean_ = false, is_weighted_ = false;
  Halide::Var a_{"a"}, q_{"q"}, y_{"y"}, i_{"i"}, tile_{"tile"};
  Halide::Func horizontal_{"horizontal"}, guide_horizontal_{"guide_horizontal"},
      patches_{"patches"}, weight_{"weight"}, carried_{"carried"}, weights_{"weights"};
  Spectra vertical_ = Named("vertical_"), guide_vertical_ = Named("guide_vertical_"),
          energy_ = Named("energy_"), kept_ = Named("kept_"), inverted_ = Named("inverted_");
  std::vector<Halide::Func> rows_;
};

}  // namespace nightjar::generators
