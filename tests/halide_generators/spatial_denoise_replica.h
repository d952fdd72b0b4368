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

/// The spatial_denoise kernel in plain loops and its own order of operations, in single precision:
/// its bytes.
class SpatialDenoiseReplica {
 public:
  SpatialDenoiseReplica(float black, float per_dn, float S, float O, float threshold)
      : noise_(S, O), black_(black), per_dn_(per_dn), threshold_(threshold) {}

  void operator()(const Image<uint16_t>& input, const Image<float>& remaining,
                  Image<uint16_t>& value, Image<float>& sigma) {
    remaining_ = remaining;
    width_ = input.width();
    height_ = input.height();
    Stabilise(input);
    patches_.assign(static_cast<size_t>(Columns() * Rows()), {});
    for (int q = -kReach; q < Rows() - kReach; ++q) {
      for (int a = -kReach; a < Columns() - kReach; ++a) Shrink(a, q);
    }
    for (int y = 0; y < height_; ++y) {
      for (int x = 0; x < width_; ++x) {
        const float f = Pixel(x / 2, y / 2, x % 2, y % 2);
        const float left = Left(x, y);
        const float dn = noise_.UnbiasedInverse(f, left) * 57344.F + (4096.F + 0.5F);
        value(x, y) = static_cast<uint16_t>(std::min(std::max(dn, 0.F), 65535.F));
        sigma(x, y) =
            std::sqrt(0.0198F * left + Error(x / 2, y / 2) * (1.F / 64)) * noise_.Slope(f);
      }
    }
  }

 private:
  using Octet = generators::Octet<float>;
  static constexpr int kReach = 3;  // patches that begin before the image, in x and y
  struct Patch {
    std::array<Octet, 8> rows;  // by frequency in x
    float error = 0;
  };

  int Columns() const { return (width_ + 1) / 2 + kReach; }
  int Rows() const { return (height_ + 1) / 2 + kReach; }
  Patch& At(int a, int q) {
    return patches_[static_cast<size_t>((q + kReach) * Columns() + a + kReach)];
  }
  static int Mirrored(int i, int size) {
    i = std::abs(i);
    return std::clamp(std::min(i, 2 * (size - 1) - i), 0, size - 1);
  }
  /// What is left of the noise of the block of a pixel.
  float Left(int x, int y) const {
    const auto block = [](int px) { return px >> 2; };
    return remaining_(std::clamp(block(x), 0, remaining_.width() - 1),
                      std::clamp(block(y), 0, remaining_.height() - 1));
  }
  static bool IsWave(int k, int l) { return k >= 0 && l >= 0 && k < 8 && l < 8 && k + l > 0; }

  void Stabilise(const Image<uint16_t>& input) {
    stabilised_ = Image<float>(2 * (Columns() + kReach), 2 * (Rows() + kReach));
    stabilised_.set_min(-2 * kReach, -2 * kReach);
    stabilised_.for_each_element([&](int x, int y) {
      const float dn = input(Mirrored(x, width_), Mirrored(y, height_));
      stabilised_(x, y) = noise_.Forward((dn - black_) * per_dn_);
    });
  }

  void Shrink(int a, int q) {
    std::array<Octet, 8> lines, spectrum;  // by row, then by frequency in x
    for (int j = 0; j < 8; ++j) {
      Octet line;
      for (int n = 0; n < 8; ++n) line[static_cast<size_t>(n)] = stabilised_(2 * a + n, 2 * q + j);
      lines[static_cast<size_t>(j)] = generators::CosineTransform(line);
    }
    for (size_t k = 0; k < 8; ++k) {
      Octet line;
      for (size_t j = 0; j < 8; ++j) line[j] = lines[j][k];
      spectrum[k] = generators::CosineTransform(line);
    }
    const auto squared = [&](int k, int l) {
      const float c = spectrum[static_cast<size_t>(k)][static_cast<size_t>(l)];
      return c * c;
    };
    const auto beside = [&](int k, int l) {
      float sum = 0;
      for (int d = -1; d <= 1; ++d) sum += IsWave(k, l + d) ? squared(k, l + d) : 0.F;
      return sum;
    };
    const int x = 2 * a, y = 2 * q;
    const float left = 0.25F * ((Left(x + 2, y + 2) + Left(x + 5, y + 2)) +
                                (Left(x + 2, y + 5) + Left(x + 5, y + 5)));
    const float limit = threshold_ * threshold_;
    const float limit_here = limit * left, lost = 1.361F * limit;
    Patch& patch = At(a, q);
    for (int k = 0; k < 8; ++k) {
      Octet kept;
      float error = 0;
      for (int l = 0; l < 8; ++l) {
        const float c = spectrum[static_cast<size_t>(k)][static_cast<size_t>(l)];
        if (!IsWave(k, l)) {
          kept[static_cast<size_t>(l)] = c;
          error += 0.571F;
          continue;
        }
        float sum = squared(k, l);
        int weight = 1;
        for (int d = -1; d <= 1; ++d) {
          if (k + d < 0 || k + d > 7) continue;
          sum += beside(k + d, l);
          for (int g = -1; g <= 1; ++g) weight += IsWave(k + d, l + g) ? 1 : 0;
        }
        const float ratio = limit_here * (64 * static_cast<float>(weight)) / std::max(sum, 1e-4F);
        const float gain = std::max(1.F - ratio * ratio, 0.F);
        kept[static_cast<size_t>(l)] = gain * c;
        error += gain * (0.571F + lost * ratio);
      }
      patch.rows[static_cast<size_t>(k)] = generators::InverseCosineTransform(kept);
      patch.error += error * left;
    }
  }

  float Pixel(int a, int q, int s, int r) {
    float sum = 0;
    for (int m = 0; m < 4; ++m) {
      Octet spectrum;
      for (size_t k = 0; k < 8; ++k) {
        spectrum[k] = At(a - m, q).rows[k][static_cast<size_t>(r)];
        for (int n = 1; n < 4; ++n)
          spectrum[k] += At(a - m, q - n).rows[k][static_cast<size_t>(r + 2 * n)];
      }
      const float pixel =
          generators::InverseCosineTransform(spectrum)[static_cast<size_t>(s + 2 * m)];
      sum = m == 0 ? pixel : sum + pixel;
    }
    return sum * (0.0625F / 64);
  }

  float Error(int a, int q) {
    float sum = 0;
    for (int m = 0; m < 4; ++m) {
      float column = At(a - m, q).error;
      for (int n = 1; n < 4; ++n) column += At(a - m, q - n).error;
      sum = m == 0 ? column : sum + column;
    }
    return sum * 0.0625F;
  }

  generators::VarianceStabilisation<float> noise_;
  float black_, per_dn_, threshold_;
  int width_ = 0, height_ = 0;
  Image<float> stabilised_, remaining_;
  std::vector<Patch> patches_;
};

}  // namespace nightjar
