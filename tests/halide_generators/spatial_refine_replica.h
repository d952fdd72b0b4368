// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "core/image.h"
#include "halide_generators/cosine_transform.h"
#include "halide_generators/variance_stabilisation.h"

namespace nightjar {

/// The spatial_refine kernel in plain loops and its own order of operations, in single precision:
/// its bytes.
class SpatialRefineReplica {
 public:
  SpatialRefineReplica(float black, float per_dn, float S, float O)
      : noise_(S, O), black_(black), per_dn_(per_dn) {}

  void operator()(const Image<uint16_t>& input, const Image<float>& remaining,
                  const Image<uint16_t>& pilot, Image<uint16_t>& value, Image<float>& sigma) {
    remaining_ = remaining;
    width_ = input.width();
    height_ = input.height();
    frame_ = Stabilised(input, black_, per_dn_);
    guide_ = Stabilised(pilot, 4096, 1.F / 57344);
    patches_.assign(static_cast<size_t>((width_ + kReach) * (height_ + kReach)), {});
    for (int q = -kReach; q < height_; ++q) {
      for (int a = -kReach; a < width_; ++a)
        if ((a - q) % 2 == 0) Shrink(a, q);
    }
    for (int y = 0; y < height_; ++y) {
      for (int x = 0; x < width_; ++x) {
        const auto weight = [](const Patch& patch) { return patch.weight; };
        const auto error = [](const Patch& patch) { return patch.error; };
        const float per_weight = 1.F / Sum(x, y, weight);
        const float f = Pixel(x, y) * (per_weight * (1.F / 64));
        const float left = Left(x, y);
        const float dn = noise_.UnbiasedInverse(f, left) * 57344.F + (4096.F + 0.5F);
        value(x, y) = static_cast<uint16_t>(std::min(std::max(dn, 0.F), 65535.F));
        sigma(x, y) =
            std::sqrt(0.015F * left + Sum(x, y, error) * per_weight * (1.F / 64)) * noise_.Slope(f);
      }
    }
  }

 private:
  using Octet = generators::Octet<float>;
  using Spectrum = std::array<Octet, 8>;  // by frequency in x, then in y
  static constexpr int kReach = 7;        // patches that begin before the image, in x and y
  struct Patch {
    std::array<Octet, 8> rows;  // by frequency in x, times the weight
    float error = 0, weight = 0;
  };

  const Patch& At(int a, int q) const {
    return patches_[static_cast<size_t>((q + kReach) * (width_ + kReach) + a + kReach)];
  }
  static int Mirrored(int i, int size) {
    i = std::abs(i);
    return std::clamp(std::min(i, 2 * (size - 1) - i), 0, size - 1);
  }
  /// What is left of the noise of the block of a pixel.
  float Left(int x, int y) const {
    return remaining_(std::clamp(x >> 2, 0, remaining_.width() - 1),
                      std::clamp(y >> 2, 0, remaining_.height() - 1));
  }

  Image<float> Stabilised(const Image<uint16_t>& image, float black, float per_dn) const {
    Image<float> stabilised(width_ + 2 * kReach, height_ + 2 * kReach);
    stabilised.set_min(-kReach, -kReach);
    stabilised.for_each_element([&](int x, int y) {
      const float dn = image(Mirrored(x, width_), Mirrored(y, height_));
      stabilised(x, y) = noise_.Forward((dn - black) * per_dn);
    });
    return stabilised;
  }

  static Spectrum SpectrumOf(const Image<float>& image, int a, int q) {
    Spectrum lines, spectrum;  // lines: by row, then by frequency in x
    for (int j = 0; j < 8; ++j) {
      Octet line;
      for (int n = 0; n < 8; ++n) line[static_cast<size_t>(n)] = image(a + n, q + j);
      lines[static_cast<size_t>(j)] = generators::CosineTransform(line);
    }
    for (size_t k = 0; k < 8; ++k) {
      Octet line;
      for (size_t j = 0; j < 8; ++j) line[j] = lines[j][k];
      spectrum[k] = generators::CosineTransform(line);
    }
    return spectrum;
  }

  void Shrink(int a, int q) {
    const Spectrum spectrum = SpectrumOf(frame_, a, q), guide = SpectrumOf(guide_, a, q);
    const float left = 0.25F * ((Left(a + 2, q + 2) + Left(a + 5, q + 2)) +
                                (Left(a + 2, q + 5) + Left(a + 5, q + 5)));
    Patch patch;
    float retained = 0;
    for (size_t k = 0; k < 8; ++k) {
      Octet kept;
      float error = 0, column_retained = 0;
      for (size_t l = 0; l < 8; ++l) {
        const float c = spectrum[k][l];
        if (k + l == 0) {
          kept[l] = c;
          column_retained += 1;
          continue;
        }
        const float energy = guide[k][l] * guide[k][l];
        const float gain = energy / (energy + left * 64);
        kept[l] = gain * c;
        column_retained += gain * gain;
        error += kept[l] * (c - kept[l]);
      }
      patch.rows[k] = generators::InverseCosineTransform(kept);
      patch.error += error * (1.457F / 64);
      retained += column_retained;
    }
    patch.weight = 1.F / retained;
    patch.error *= patch.weight;
    for (Octet& row : patch.rows)
      for (float& value : row) value *= patch.weight;
    patches_[static_cast<size_t>((q + kReach) * (width_ + kReach) + a + kReach)] = patch;
  }

  /// Of the patches that begin in even columns and rows, and of those in odd ones.
  template <typename OfLattice>
  static float OverLattices(const OfLattice& of_lattice) {
    const float even = of_lattice(0);
    return even + of_lattice(1);
  }

  float Pixel(int x, int y) const {
    return OverLattices([&](int lattice) {
      float sum = 0;
      const int first = (x + lattice) % 2, top = (y + lattice) % 2;
      for (int m = first; m < 8; m += 2) {
        Octet spectrum;
        for (size_t k = 0; k < 8; ++k) {
          const auto row = [&](int n) { return At(x - m, y - n).rows[k][static_cast<size_t>(n)]; };
          spectrum[k] = row(top);
          for (int n = top + 2; n < 8; n += 2) spectrum[k] += row(n);
        }
        const float pixel = generators::InverseCosineTransform(spectrum)[static_cast<size_t>(m)];
        sum = m == first ? pixel : sum + pixel;
      }
      return sum;
    });
  }

  template <typename Of>
  float Sum(int x, int y, const Of& of) const {
    return OverLattices([&](int lattice) {
      float sum = 0;
      const int first = (x + lattice) % 2, top = (y + lattice) % 2;
      for (int m = first; m < 8; m += 2) {
        float column = of(At(x - m, y - top));
        for (int n = top + 2; n < 8; n += 2) column += of(At(x - m, y - n));
        sum = m == first ? column : sum + column;
      }
      return sum;
    });
  }

  generators::VarianceStabilisation<float> noise_;
  float black_, per_dn_;
  int width_ = 0, height_ = 0;
  Image<float> frame_, guide_, remaining_;
  std::vector<Patch> patches_;
};

}  // namespace nightjar
