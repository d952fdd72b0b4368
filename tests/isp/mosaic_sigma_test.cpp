// SPDX-License-Identifier: Apache-2.0
// Is the measured sigma of a denoised mosaic that of its errors, in every bin of sigma?
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <variant>
#include <vector>

#include "core/random.h"
#include "data/png_image.h"
#include "data/simulator/poisson.h"
#include "data/simulator/texture.h"
#include "isp/bayer_denoiser.h"
#include "isp/linear_frame.h"
#include "isp/mosaic_planes.h"
#include "tests/isp/measured_mosaic.h"
#include "tests/recordings.h"

namespace nightjar {
namespace {

/// Errors over predicted sigma, by rising sigma.
struct Pixel {
  double sigma, ratio;
};

/// Of frames of a recording as a mosaic (RGGB) at `brightest` electrons and 3 electrons read noise;
/// red, green and blue are powers of the light, so that colours go with it.
std::vector<Pixel> OfPhotographs(const std::filesystem::path& folder, double brightest,
                                 const PerPlace<double>& powers,
                                 const MosaicDenoiserOptions& options = {}, double room_e = 40) {
  constexpr PerPlace<double> kShares = {0.5, 1, 1, 0.35};
  const double white_e = 1.5 * brightest + room_e;
  const NoiseProfile::Channel noise = {1 / white_e, 9 / (white_e * white_e)};
  static const PoissonSampler poisson;
  std::vector<Pixel> all;
  for (const char* name :
       {"1403636584763555584.png", "1403636589713555456.png", "1403636594713555456.png"}) {
    const auto dn = std::get<Image<uint8_t>>(ReadMonoPng(folder / name).value());
    RandomStream random(9, 0, static_cast<uint64_t>(brightest));
    const auto light = [&](int x, int y) {
      const size_t place = PlaceOf(x, y);
      return brightest * kShares[place] * std::pow(dn(x, y) / 255.0, powers[place]);
    };
    Image<uint16_t> mosaic(dn.width(), dn.height());
    for (int y = 0; y < dn.height(); ++y) {
      for (int x = 0; x < dn.width(); ++x) {
        const double e = poisson.Sample(light(x, y), random) + 3 * random.Normal();
        mosaic(x, y) = static_cast<uint16_t>(std::clamp(ToLinear(e / white_e) + 0.5, 0.0, 65535.0));
      }
    }
    const DenoisedFrame frame = MeasuredMosaic(mosaic, {noise, noise, noise, noise}, options);
    frame.linear.for_each_element([&](int x, int y) {
      const double error = FromLinear(frame.linear(x, y)) - light(x, y) / white_e;
      const auto sigma = static_cast<double>(frame.sigma(x, y));
      all.push_back({sigma, error / sigma});
    });
  }
  std::sort(all.begin(), all.end(),
            [](const Pixel& a, const Pixel& b) { return a.sigma < b.sigma; });
  return all;
}

/// std(error / sigma) in five bins of sigma without what is beyond 5 sigma, which is 1 % at most.
std::array<double, 5> Truth(const std::vector<Pixel>& all) {
  std::array<double, 5> bins;
  size_t far = 0;
  for (size_t bin = 0; bin < 5; ++bin) {
    double sum = 0, count = 0;
    for (size_t i = all.size() * bin / 5; i < all.size() * (bin + 1) / 5; ++i) {
      if (std::abs(all[i].ratio) > 5) {
        ++far;
      } else {
        sum += all[i].ratio * all[i].ratio;
        ++count;
      }
    }
    bins[bin] = std::sqrt(sum / count);
  }
  EXPECT_LE(static_cast<double>(far), 0.01 * static_cast<double>(all.size()));
  return bins;
}

void ExpectTrue(const std::array<double, 5>& bins, double least, double brightest) {
  std::printf("%4.0f e: %.2f %.2f %.2f %.2f %.2f\n", brightest, bins[0], bins[1], bins[2], bins[3],
              bins[4]);
  for (size_t bin = 0; bin < 5; ++bin) {
    EXPECT_GT(bins[bin], least) << brightest << " e, bin " << bin;
    EXPECT_LT(bins[bin], 1.15) << brightest << " e, bin " << bin;
  }
}

TEST(MosaicSigma, IsTrueOnPhotographs) {
  NIGHTJAR_RECORDING(folder, "euroc_mh01_12s/mav0/cam0/data");
  for (const double brightest : {1000.0, 150.0, 30.0}) {
    ExpectTrue(Truth(OfPhotographs(folder, brightest, {1.6, 1, 1, 0.7})), 0.85, brightest);
  }
}

TEST(MosaicSigma, IsTrueWhereThereIsNoColour) {
  NIGHTJAR_RECORDING(folder, "euroc_mh01_12s/mav0/cam0/data");
  for (const double brightest : {1000.0, 150.0, 30.0})
    ExpectTrue(Truth(OfPhotographs(folder, brightest, {1, 1, 1, 1})), 0.85, brightest);
}

TEST(MosaicSigma, IsTrueInTheDarkAndOfTheSecondLook) {
  // Room for the noise: the pedestal is four times that of reading.
  NIGHTJAR_RECORDING(folder, "euroc_mh01_12s/mav0/cam0/data");
  for (const PerPlace<double>& powers : {PerPlace<double>{1.6, 1, 1, 0.7}, {1, 1, 1, 1}}) {
    for (const auto setting : {DenoisingSetting::kEdge, DenoisingSetting::kOffline}) {
      for (const double brightest : {30.0, 8.0}) {
        const MosaicDenoiserOptions options = {{.setting = setting}};
        ExpectTrue(Truth(OfPhotographs(folder, brightest, powers, options, 170)), 0.845, brightest);
      }
    }
  }
}

/// Dead leaves whose colours have nothing to do with their brightness.
std::vector<Pixel> OfLeaves(double brightest) {
  const double white_e = 1.5 * brightest + 170;
  const NoiseProfile::Channel noise = {1 / white_e, 9 / (white_e * white_e)};
  static const PoissonSampler poisson;
  std::vector<Pixel> all;
  for (const uint64_t seed : {1, 2}) {
    const Texture bright = DeadLeaves(1024, 0.05F, 1, seed, 0);
    const Texture hue = DeadLeaves(1024, 0.05F, 1, seed + 10, 0);
    RandomStream random(seed, 0, static_cast<uint64_t>(brightest));
    const auto light = [&](int x, int y) {
      const auto u = 2 * static_cast<float>(x) + 1, v = 2 * static_cast<float>(y) + 1;
      const auto w = static_cast<double>(hue.At(u, v, 1));
      const PerPlace<double> colour = {0.9 * (0.4 + 0.6 * w), 0.8, 0.8, 0.6 * (1 - 0.6 * w)};
      return brightest * static_cast<double>(bright.At(u, v, 1)) * colour[PlaceOf(x, y)];
    };
    Image<uint16_t> mosaic(384, 384);
    for (int y = 0; y < 384; ++y) {
      for (int x = 0; x < 384; ++x) {
        const double e = poisson.Sample(light(x, y), random) + 3 * random.Normal();
        mosaic(x, y) = static_cast<uint16_t>(std::clamp(ToLinear(e / white_e) + 0.5, 0.0, 65535.0));
      }
    }
    const DenoisedFrame frame = MeasuredMosaic(mosaic, {noise, noise, noise, noise});
    frame.linear.for_each_element([&](int x, int y) {
      const auto sigma = static_cast<double>(frame.sigma(x, y));
      all.push_back({sigma, (FromLinear(frame.linear(x, y)) - light(x, y) / white_e) / sigma});
    });
  }
  std::sort(all.begin(), all.end(),
            [](const Pixel& a, const Pixel& b) { return a.sigma < b.sigma; });
  return all;
}

TEST(MosaicSigma, IsTrueOfColouredLeavesAndTooLargeInsideOfThem) {
  // The lowest bin is what is perfectly flat.
  for (const double brightest : {1000.0, 150.0, 30.0, 8.0})
    ExpectTrue(Truth(OfLeaves(brightest)), brightest == 30 ? 0.68 : 0.84, brightest);
}

}  // namespace
}  // namespace nightjar
