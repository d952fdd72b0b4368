// SPDX-License-Identifier: Apache-2.0
// Noise of a real sensor, made white by the noise model that was estimated from its own frames.
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <vector>

#include "apps/pipeline/calibrate_noise.h"
#include "data/exposure_levels.h"
#include "data/raw_image.h"
#include "halide_generators/variance_stabilisation.h"
#include "tests/recordings.h"

namespace nightjar {
namespace {

using Stabilisation = generators::VarianceStabilisation<float>;

/// Of one frame's noise over time, from two frames: half the variance of their difference.
double StabilisedVariance(const std::vector<std::filesystem::path>& files,
                          const ChannelNoise& noise, const Stabilisation& stabilisation,
                          double white_dn) {
  const auto a = ReadRawImage(files[0]), b = ReadRawImage(files[1]);
  if (!a || !b) return -1;
  const auto black = static_cast<float>(noise.black_level_dn.value);
  const auto per_dn = static_cast<float>(1 / (white_dn - noise.black_level_dn.value));
  double sum = 0, squares = 0, count = 0;
  a->samples.for_each_element([&](int x, int y) {
    const auto f = [&](const RawImage& frame) {
      const float dn = frame.samples(x, y);
      return static_cast<double>(stabilisation.Forward((dn - black) * per_dn));
    };
    const double difference = f(*a) - f(*b);
    sum += difference;
    squares += difference * difference;
    count += 1;
  });
  // Less the change of the light.
  return (squares / count - sum / count * sum / count) / 2;
}

TEST(StabilisedVariance, OfABaslerCcdIsOneAtEveryLevel) {
  NIGHTJAR_RECORDING(folder, "raw/emva1288_set001");
  CalibrateNoiseOptions options;
  options.inputs = {folder};
  const auto answer = CalibrateNoiseFromFiles(options);
  ASSERT_TRUE(answer) << answer.error().Message();
  const ChannelNoise& noise = answer->calibration.channels[0];
  const double white = answer->calibration.white_level_dn;
  const double range = white - noise.black_level_dn.value;
  const Stabilisation stabilisation(
      static_cast<float>(noise.gain_dn_per_e.value / range),
      static_cast<float>(noise.dark_variance_dn2.value / (range * range)));
  const auto series = FindExposureLevels({folder}, false);
  ASSERT_TRUE(series) << series.error().Message();
  ASSERT_EQ(series->levels.size(), answer->levels.size());
  int bright = 0, dark = 0;
  for (const ExposureLevel& level : series->levels) {
    const auto same = std::find_if(
        answer->levels.begin(), answer->levels.end(),
        [&](const PhotonTransferLevel& measured) { return measured.name == level.name; });
    ASSERT_NE(same, answer->levels.end());
    if (noise.uses[static_cast<size_t>(same - answer->levels.begin())] == LevelUse::kSaturated)
      continue;
    ASSERT_EQ(level.files.size(), 2U);
    const double variance = StabilisedVariance(level.files, noise, stabilisation, white);
    std::printf("%s, mean %.1f DN: %.4f\n", level.is_dark ? "dark" : "bright",
                same->statistics.channels[0].mean_dn, variance);
    // 300 000 pixels know it to 0.3 %.
    EXPECT_NEAR(variance, 1, 0.03) << level.name;
    (level.is_dark ? dark : bright) += 1;
  }
  EXPECT_EQ(bright, 10);
  EXPECT_EQ(dark, 13);
}

}  // namespace
}  // namespace nightjar
