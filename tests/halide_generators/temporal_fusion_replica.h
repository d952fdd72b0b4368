// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "core/image.h"
#include "halide_generators/cosine_transform.h"

namespace nightjar {

/// The temporal_fusion kernel in plain loops and its own order of operations, in single precision:
/// its bytes.
class TemporalFusionReplica {
 public:
  struct Side {
    Image<uint16_t> linear;
    Image<float> remaining;
  };

  TemporalFusionReplica(float S, float O, float caution) : S_(S), O_(O), caution_(caution) {}

  void operator()(const Side& base, const Side& other, Side& fused) {
    width_ = base.linear.width();
    height_ = base.linear.height();
    Compare(base, other);
    patches_.assign(static_cast<size_t>(Columns() * Rows()), {});
    for (int q = -2; q < Rows() - 2; ++q) {
      for (int a = -2; a < Columns() - 2; ++a) Transform(a, q);
    }
    for (int q = -1; q < Rows() - 3; ++q) {
      for (int a = -1; a < Columns() - 3; ++a) Weigh(base, other, a, q);
    }
    for (int y = 0; y < height_; ++y) {
      for (int x = 0; x < width_; ++x) {
        const float dn = (here_(x, y) + Pixel(x, y) * scale_(x, y)) * 57344.F + (4096.F + 0.5F);
        fused.linear(x, y) = static_cast<uint16_t>(std::min(std::max(dn, 0.F), 65535.F));
      }
    }
    fused.remaining.for_each_element(
        [&](int h, int v) { fused.remaining(h, v) = (Carried(h, v) + Carried(h - 1, v)) * 0.25F; });
  }

 private:
  using Octet = generators::Octet<float>;
  struct Patch {
    std::array<Octet, 8> spectrum;  // by frequency in x
    std::array<Octet, 8> rows;      // of what is added, by frequency in x
    float carried = 0;
  };

  int Columns() const { return (width_ + 3) / 4 + 4; }
  int Rows() const { return (height_ + 3) / 4 + 4; }
  Patch& At(int a, int q) { return patches_[static_cast<size_t>((q + 2) * Columns() + a + 2)]; }
  static int Mirrored(int i, int size) {
    i = std::abs(i);
    return std::clamp(std::min(i, 2 * (size - 1) - i), 0, size - 1);
  }
  static float Share(const Side& side, int h, int v) {
    return side.remaining(std::clamp(h, 0, side.remaining.width() - 1),
                          std::clamp(v, 0, side.remaining.height() - 1));
  }
  static float Square(float v) { return v * v; }

  Image<float> Plane() const {
    Image<float> plane(4 * Columns() + 12, 4 * Rows() + 12);
    plane.set_min(-12, -12);
    return plane;
  }

  void Compare(const Side& base, const Side& other) {
    here_ = Plane();
    Image<float> there = Plane(), light = Plane();
    scale_ = Plane();
    whitened_ = Plane();
    const auto x_of = [&](const Image<uint16_t>& image, int x, int y) {
      return (static_cast<float>(image(Mirrored(x, width_), Mirrored(y, height_))) - 4096.F) *
             (1.F / 57344.F);
    };
    here_.for_each_element([&](int x, int y) {
      const float ours = Share(base, x >> 2, y >> 2), theirs = Share(other, x >> 2, y >> 2);
      here_(x, y) = x_of(base.linear, x, y);
      there(x, y) = x_of(other.linear, x, y);
      light(x, y) = (here_(x, y) * theirs + there(x, y) * ours) / (ours + theirs);
    });
    const int right = here_.dim(0).max(), low = here_.dim(1).max();
    for (int y = -11; y < low; ++y) {
      for (int x = -11; x < right; ++x) {
        const float ours = Share(base, x >> 2, y >> 2), theirs = Share(other, x >> 2, y >> 2);
        const auto row = [&](int v) { return light(x - 1, v) + light(x, v) + light(x + 1, v); };
        const float mean = (row(y - 1) + row(y) + row(y + 1)) * (1.F / 9);
        scale_(x, y) = std::sqrt((S_ * std::max(mean, 0.F) + O_) * (ours + theirs));
        whitened_(x, y) = (there(x, y) - here_(x, y)) / scale_(x, y);
      }
    }
  }

  void Transform(int a, int q) {
    std::array<Octet, 8> lines;
    for (int j = 0; j < 8; ++j) {
      Octet line;
      for (int n = 0; n < 8; ++n) line[static_cast<size_t>(n)] = whitened_(4 * a + n, 4 * q + j);
      lines[static_cast<size_t>(j)] = generators::CosineTransform(line);
    }
    for (size_t k = 0; k < 8; ++k) {
      Octet column;
      for (size_t j = 0; j < 8; ++j) column[j] = lines[j][k];
      At(a, q).spectrum[k] = generators::CosineTransform(column);
    }
  }

  static float Energy(const Patch& patch, int k, int l) {
    const auto squared = [&](int m, int n) {
      return Square(patch.spectrum[static_cast<size_t>(m)][static_cast<size_t>(n)]);
    };
    float sum = squared(k, l);
    int weight = 1;
    for (int d = -1; d <= 1; ++d) {
      if (k + d < 0 || k + d > 7) continue;
      float beside = 0;
      for (int g = -1; g <= 1; ++g) {
        if (l + g < 0 || l + g > 7) continue;
        beside += squared(k + d, l + g);
        ++weight;
      }
      sum += beside;
    }
    return sum * (1.F / (64 * static_cast<float>(weight)));
  }

  void Weigh(const Side& base, const Side& other, int a, int q) {
    const auto over_patch = [&](const Side& side) {
      return 0.25F * ((Share(side, a, q) + Share(side, a + 1, q)) +
                      (Share(side, a, q + 1) + Share(side, a + 1, q + 1)));
    };
    const auto mean = [&](int h, int v) { return At(h, v).spectrum[0][0] * 0.125F; };
    const float ours = over_patch(base), theirs = over_patch(other);
    const float still = ours / (ours + caution_ * theirs);
    const float wide = 0.5F * ((mean(a - 1, q - 1) + mean(a + 1, q - 1)) +
                               (mean(a - 1, q + 1) + mean(a + 1, q + 1)));
    const float mean_energy = std::max(Square(mean(a, q)), Square(wide));
    const float agreed = Square(std::min(6.F / std::max(mean_energy, 1e-6F), 1.F));
    const float most = agreed * still, both = ours + theirs, twice = 2.F * ours;
    Patch& patch = At(a, q);
    patch.carried = 0;
    for (int k = 0; k < 8; ++k) {
      Octet added;
      float error = ours * 8.F;
      for (int l = 0; l < 8; ++l) {
        const float energy = Energy(patch, k, l);
        const float share = std::min(2.F / std::max(energy, 1e-6F), 1.F);
        const float gain = share * share * most;
        const float with_excess = gain < still ? std::max(energy, 1.F) : 1.F;
        added[static_cast<size_t>(l)] =
            gain * patch.spectrum[static_cast<size_t>(k)][static_cast<size_t>(l)];
        error += gain * (gain * (both * with_excess) - twice);
      }
      patch.rows[static_cast<size_t>(k)] = generators::InverseCosineTransform(added);
      patch.carried += error * (1.F / 64);
    }
  }

  float Pixel(int x, int y) {
    const int h = x / 4, v = y / 4, s = x % 4, r = y % 4;
    const auto line = [&](int a, int n) {
      Octet spectrum;
      for (size_t k = 0; k < 8; ++k) {
        spectrum[k] = At(a, v).rows[k][static_cast<size_t>(r)] +
                      At(a, v - 1).rows[k][static_cast<size_t>(r + 4)];
      }
      return generators::InverseCosineTransform(spectrum)[static_cast<size_t>(n)];
    };
    return (line(h, s) + line(h - 1, s + 4)) * (0.25F / 64);
  }

  float Carried(int a, int v) { return At(a, v).carried + At(a, v - 1).carried; }

  float S_, O_, caution_;
  int width_ = 0, height_ = 0;
  Image<float> here_, scale_, whitened_;
  std::vector<Patch> patches_;
};

}  // namespace nightjar
