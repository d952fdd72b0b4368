// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "core/image.h"

namespace nightjar {

/// The spatial_denoise and spatial_refine kernels by their definition, slowly: every patch on its
/// own, transforms as matrices, in `Real` = double.
class SpatialDenoiseReference {
 public:
  SpatialDenoiseReference(double S, double O, double threshold)
      : S_(S), c_(O + 0.375 * S * S), threshold2_(threshold * threshold) {
    for (int k = 0; k < 8; ++k) {
      for (int n = 0; n < 8; ++n)
        cosine_[k][n] = std::sqrt((k == 0 ? 1 : 2) / 8.0) * std::cos(M_PI * (n + 0.5) * k / 8);
    }
  }

  struct Result {
    Image<double> value;  // x, unclipped
    Image<double> sigma;  // of x
  };

  Result operator()(const Image<uint16_t>& input) const {
    return Mean(input, {2, false}, 0.0198, [&](int left, int top) {
      Patch patch = {PixelsOf(input, left, top), 0, 1};
      patch.error = Denoise(patch.pixels);
      return patch;
    });
  }

  /// The spatial_refine kernel.
  Result Refined(const Image<uint16_t>& input, const Image<uint16_t>& pilot) const {
    return Mean(input, {1, true}, 0.015, [&](int left, int top) {
      return Refine(PixelsOf(input, left, top), PixelsOf(pilot, left, top));
    });
  }

  /// The stabilised value of x.
  double Forward(double x) const {
    const double least = S_ > 0 ? -0.9375 * c_ / S_ : -INFINITY;
    const double on = std::max(x, least);
    const double root = std::sqrt(S_ * on + c_);
    return 2 * on / (root + std::sqrt(c_)) + (x - on) / root;
  }
  double UnbiasedInverse(double f) const {
    const double least = S_ > 0 ? -1.5 * std::sqrt(c_) / S_ : -INFINITY;
    const double on = std::max(f, least);
    const double d = 0.5 * S_ / Slope(f);
    return on * std::sqrt(c_) + S_ * on * on / 4 + (f - on) * std::sqrt(c_) / 4 +
           S_ * (1.0 / 4 + std::sqrt(1.5) / 4 * d - 11.0 / 8 * d * d +
                 5 * std::sqrt(1.5) / 8 * d * d * d);
  }

 private:
  using Block = std::array<std::array<double, 8>, 8>;

  struct Patch {
    Block pixels;
    double error;  // mean share of error without its floor
    double weight;
  };

  Block PixelsOf(const Image<uint16_t>& image, int left, int top) const {
    Block block;
    for (int j = 0; j < 8; ++j) {
      for (int n = 0; n < 8; ++n) {
        const double dn =
            image(Mirrored(left + n, image.width()), Mirrored(top + j, image.height()));
        block[j][n] = Forward((dn - 4096) / 57344);
      }
    }
    return block;
  }

  /// Where patches begin: at every `step`-th column and row; of a quincunx only where column and
  /// row are both even or both odd.
  struct Places {
    int step;
    bool is_quincunx;
  };

  /// Over every patch that touches the image; pixels beyond the edges are those of a mirror.
  template <typename PatchAt>
  Result Mean(const Image<uint16_t>& input, const Places& places, double floor,
              const PatchAt& at) const {
    const int width = input.width(), height = input.height();
    Image<double> sum = FilledImage(width, height, 0.0), error = sum.copy(), weight = sum.copy();
    for (int top = places.step - 8; top < height; top += places.step) {
      for (int left = places.step - 8; left < width; left += places.step) {
        if (places.is_quincunx && (left - top) % 2 != 0) continue;
        const Patch patch = at(left, top);
        for (int j = std::max(0, -top); j < std::min(8, height - top); ++j) {
          for (int n = std::max(0, -left); n < std::min(8, width - left); ++n) {
            sum(left + n, top + j) += patch.weight * patch.pixels[j][n];
            error(left + n, top + j) += patch.weight * patch.error;
            weight(left + n, top + j) += patch.weight;
          }
        }
      }
    }
    Result result = {Image<double>(width, height), Image<double>(width, height)};
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        const double f = sum(x, y) / weight(x, y);
        result.value(x, y) = UnbiasedInverse(f);
        result.sigma(x, y) = std::sqrt(floor + error(x, y) / weight(x, y)) * Slope(f);
      }
    }
    return result;
  }

  Patch Refine(const Block& pixels, const Block& pilot) const {
    Block spectrum = Transformed(pixels, false);
    const Block guide = Transformed(pilot, false);
    double error = 0, retained = 1;
    for (int l = 0; l < 8; ++l) {
      for (int k = 0; k < 8; ++k) {
        if (k + l == 0) continue;
        const double gain = guide[l][k] * guide[l][k] / (guide[l][k] * guide[l][k] + 1);
        error += 1.457 * gain * (1 - gain) * spectrum[l][k] * spectrum[l][k];
        retained += gain * gain;
        spectrum[l][k] *= gain;
      }
    }
    return {Transformed(spectrum, true), error / 64, 1 / retained};
  }

  static int Mirrored(int i, int size) {
    i = std::abs(i);
    return std::min(i, 2 * (size - 1) - i);
  }
  double Slope(double f) const { return std::max(std::sqrt(c_) + S_ * f / 2, std::sqrt(c_) / 4); }
  static bool IsWave(int k, int l) { return k >= 0 && l >= 0 && k < 8 && l < 8 && k + l > 0; }

  /// In place; returns the mean share of error without its floor.
  double Denoise(Block& block) const {
    const Block spectrum = Transformed(block, false);
    Block kept = spectrum;
    double error = 0.571;
    for (int l = 0; l < 8; ++l) {
      for (int k = 0; k < 8; ++k) {
        if (!IsWave(k, l)) continue;
        double energy = spectrum[l][k] * spectrum[l][k], weight = 1;
        for (int dl = -1; dl <= 1; ++dl) {
          for (int dk = -1; dk <= 1; ++dk) {
            if (!IsWave(k + dk, l + dl)) continue;
            energy += spectrum[l + dl][k + dk] * spectrum[l + dl][k + dk];
            weight += 1;
          }
        }
        energy /= weight;
        const double gain = std::max(0.0, 1 - std::pow(threshold2_ / energy, 2));
        kept[l][k] *= gain;
        error += gain * (0.571 + 1.361 * (1 - gain) * energy);
      }
    }
    block = Transformed(kept, true);
    return error / 64;
  }

  Block Transformed(const Block& block, bool inverse) const {
    const auto c = [&](int k, int n) { return inverse ? cosine_[n][k] : cosine_[k][n]; };
    Block half{}, result{};
    for (int j = 0; j < 8; ++j) {
      for (int k = 0; k < 8; ++k) {
        for (int n = 0; n < 8; ++n) half[j][k] += c(k, n) * block[j][n];
      }
    }
    for (int l = 0; l < 8; ++l) {
      for (int j = 0; j < 8; ++j) {
        for (int k = 0; k < 8; ++k) result[l][k] += c(l, j) * half[j][k];
      }
    }
    return result;
  }

  double S_, c_, threshold2_;
  double cosine_[8][8];
};

}  // namespace nightjar
