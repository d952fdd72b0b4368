// SPDX-License-Identifier: Apache-2.0
#include "isp/measured_error.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/random.h"
#include "isp/linear_frame.h"

namespace nightjar {
namespace {

// Of sigma. Coefficients that noise alone lifts above the threshold are many in the dark, and grow
// with the noise: an eighth of sigma measures 0.01 of its variance too much.
constexpr double kNudge = 0.04;
// Of sigma: what is nearer to where samples are clipped has less noise than its profile says.
constexpr double kClipped = 2.5;
// px over which light is averaged to tell the variance: that of a single pixel goes with its noise.
constexpr int kBlock = 8;
// More of them in rows apart tell more than a noise profile is known by.
constexpr int kEnoughTiles = 100000;
// Of the variance of noise, how well profiles are known.
constexpr double kProfileSigma = 0.01;
// How far expectations are off, before a frame is seen: of the variance of noise, and of the error.
constexpr double kUnseen = 0.02, kMisjudged = 0.5;
constexpr double kLeastFactor = 0.1;
// Of what was measured beyond expectation: structure that shows nowhere.
constexpr double kAdded = 0.5;

double Variance(const NoiseProfile::Channel& noise, double x) {
  return noise.scale * std::max(x, 0.0) + noise.offset;
}

/// Means of x over blocks.
Image<double> MeanLight(const Image<uint16_t>& clean) {
  Image<double> means((clean.width() + kBlock - 1) / kBlock,
                      (clean.height() + kBlock - 1) / kBlock);
  means.for_each_element([&](int h, int v) {
    double sum = 0, count = 0;
    for (int y = kBlock * v; y < std::min(kBlock * (v + 1), clean.height()); ++y) {
      for (int x = kBlock * h; x < std::min(kBlock * (h + 1), clean.width()); ++x) {
        sum += clean(x, y);
        count += 1;
      }
    }
    means(h, v) = FromLinear(sum / count);
  });
  return means;
}

/// What a tile tells of a place, in units of sigma of its noise.
struct Sample {
  double residual, variance, nudge, answer;
};

}  // namespace

Image<uint16_t> Nudged(const Image<uint16_t>& taken, const Image<uint16_t>& clean,
                       const NoiseProfile::Channel& noise, size_t place) {
  Image<uint16_t> nudged(taken.width(), taken.height());
  std::vector<uint32_t> signs(static_cast<size_t>(taken.width() + 31) / 32);
  for (int y = 0; y < taken.height(); ++y) {
    RandomStream(place, 0, static_cast<uint64_t>(y)).Fill(signs);
    for (int x = 0; x < taken.width(); ++x) {
      const double sigma = kLinearScale * std::sqrt(Variance(noise, FromLinear(clean(x, y))));
      const int step = std::max(1, static_cast<int>(kNudge * sigma + 0.5));
      const bool is_up = ((signs[static_cast<size_t>(x) / 32] >> (x % 32)) & 1) != 0;
      nudged(x, y) =
          static_cast<uint16_t>(std::clamp(taken(x, y) + (is_up ? step : -step), 0, 65535));
    }
  }
  return nudged;
}

std::array<ChannelError, 4> MeasureErrors(const MosaicPlanes& planes, const MosaicPlanes& nudged,
                                          const PerPlace<NoiseProfile::Channel>& noise,
                                          const MosaicBasis& basis,
                                          const PlanarImage<float>& sigmas) {
  PerPlace<Image<double>> light;
  for (size_t p = 0; p < 4; ++p) light[p] = MeanLight(planes.clean[p]);
  const double per_sigma = kLinearScale / basis.gain;
  std::array<ChannelError, 4> errors;
  // The last plane is the smallest.
  const int step = 1 + planes.taken[3].width() * planes.taken[3].height() / kEnoughTiles;
  for (int y = 0; y < planes.taken[3].height(); y += step) {
    for (int x = 0; x < planes.taken[3].width(); ++x) {
      PerPlace<Sample> samples;
      bool is_clipped = false;
      double nudges = 0;
      for (size_t p = 0; p < 4; ++p) {
        const double mean = light[p](x / kBlock, y / kBlock), variance = Variance(noise[p], mean);
        const double sigma = std::sqrt(variance), reach = kClipped * sigma;
        is_clipped = is_clipped || mean - reach < FromLinear(0) || mean + reach > 1;
        const double taken = FromLinear(planes.taken[p](x, y));
        const double clean = FromLinear(planes.clean[p](x, y));
        samples[p] = {(clean - taken) / sigma,
                      (noise[p].scale * taken + noise[p].offset) / variance,
                      (FromLinear(nudged.taken[p](x, y)) - taken) / sigma,
                      (FromLinear(nudged.clean[p](x, y)) - clean) / sigma};
        nudges += samples[p].nudge * samples[p].nudge / 4;
      }
      if (is_clipped) continue;
      for (size_t k = 0; k < 4; ++k) {
        Sample mixed = {};
        for (size_t p = 0; p < 4; ++p) {
          const double weight = basis.channels[k][p];
          mixed.residual += weight * samples[p].residual;
          mixed.variance += weight * weight * samples[p].variance;
          mixed.nudge += weight * samples[p].nudge;
          mixed.answer += weight * samples[p].answer;
        }
        const double sigma = static_cast<double>(sigmas(x, y, static_cast<int>(k))) * per_sigma;
        errors[k].measured += mixed.residual * mixed.residual - mixed.variance +
                              2 * mixed.nudge * mixed.answer / nudges;
        errors[k].expected += sigma * sigma;
        errors[k].tiles += 1;
      }
    }
  }
  for (ChannelError& error : errors) {
    if (error.tiles == 0) continue;
    error.measured /= error.tiles;
    error.expected /= error.tiles;
  }
  return errors;
}

Image<float> StructureShares(const PerPlace<Image<uint16_t>>& clean,
                             const PerPlace<NoiseProfile::Channel>& noise) {
  Image<float> shares(clean[0].width(), clean[0].height());
  double sum = 0;
  shares.for_each_element([&](int x, int y) {
    double square = 0;
    for (size_t p = 0; p < 4; ++p) {
      const double light = std::max(0.0, FromLinear(clean[p](std::min(x, clean[p].width() - 1),
                                                             std::min(y, clean[p].height() - 1))));
      square += light * light / Variance(noise[p], light);
    }
    shares(x, y) = static_cast<float>(square);
    sum += square;
  });
  const auto mean =
      static_cast<float>(std::max(sum, 1e-30) / static_cast<double>(shares.number_of_elements()));
  shares.for_each_value([&](float& share) { share /= mean; });
  return shares;
}

void CorrectSigmas(const ChannelError& error, double unit, const Image<float>& shares,
                   Image<float>& sigmas) {
  if (error.tiles == 0) return;
  // The scatter of the squares of noise, and half of it again by the answers.
  const double chance = 3 / error.tiles + kProfileSigma * kProfileSigma;
  const double prior = kUnseen + kMisjudged * error.expected;
  const double more =
      (error.measured - error.expected) * (prior * prior) / (prior * prior + chance);
  const double unseen = kAdded * std::max(more, 0.0);
  const auto added = static_cast<float>(unseen * unit * unit);
  const auto factor =
      static_cast<float>(std::max(1 + (more - unseen) / error.expected, kLeastFactor));
  sigmas.for_each_element([&](int x, int y) {
    float& sigma = sigmas(x, y);
    sigma = std::sqrt(factor * sigma * sigma + added * shares(x, y));
  });
}

}  // namespace nightjar
