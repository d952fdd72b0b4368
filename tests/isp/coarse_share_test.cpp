// SPDX-License-Identifier: Apache-2.0
#include "isp/coarse_share.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>

#include "isp/linear_frame.h"

namespace nightjar {
namespace {

constexpr int kWidth = 192, kHeight = 128;
const NoiseProfile::Channel kNoise = {1e-3, 1e-4};

TEST(CoarseShare, IsNoiseAndWhatBeyondItDiffersFromTheFirstUpToOne) {
  const auto flat = [](double dn) {
    return FilledImage<uint16_t>(kWidth, kHeight, static_cast<uint16_t>(dn));
  };
  constexpr double kFirst = 20000, kOther = 20280;
  CoarseShare share(flat(kFirst));
  double merged = kFirst, weight = 1, noise = 1;
  for (int k = 2; k <= 5; ++k) {  // each other frame with a gain of 1/k, as where nothing moves
    merged += std::round((kOther - merged) / k);
    share = share.With(flat(kOther), flat(merged));
    weight *= 1 - 1.0 / k;
    noise = std::pow(1 - 1.0 / k, 2) * noise + 1.0 / (k * k);
    const double of_mean = std::sqrt((kNoise.scale * FromLinear(merged) + kNoise.offset) / 64);
    const double trace = std::pow((merged - kFirst) / kLinearScale / of_mean, 2) -
                         (noise + 1 - 2 * weight) * (1 + std::sqrt(1.0 / 3));
    const double expected = std::min(noise + std::max(trace, 0.0), 1.0);
    const Image<float> found = share.Of(flat(merged), kNoise);
    for (const float value : found) ASSERT_NEAR(static_cast<double>(value), expected, 5e-3) << k;
  }
}

}  // namespace
}  // namespace nightjar
