// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <cmath>
#include <cstdio>
#include <functional>
#include <vector>

#include "isp/burst_merger.h"
#include "isp/linear_frame.h"
#include "isp/spatial_denoiser.h"
#include "isp/video_denoiser.h"
#include "tests/isp/synthetic_images.h"

namespace nightjar {
namespace {

constexpr int kWidth = 240, kHeight = 180;
// 150 electrons at white, 3 of read noise.
constexpr NoiseProfile::Channel kNoise = {6.7e-3, 4e-4};

/// A camera shaken by hand: what frame k sees at pixel (0, 0), and how it is turned.
double Light(int frame, double x, double y) {
  static const WaveTexture texture(7, 5, 50);
  const double turn = 0.004 * std::sin(1.7 * frame), u = x - kWidth / 2, v = y - kHeight / 2;
  return std::max(0.0, 0.3 + 0.12 * texture(u * std::cos(turn) - v * std::sin(turn) +
                                                2.9 * std::sin(0.9 * frame) + 0.4 * frame,
                                            u * std::sin(turn) + v * std::cos(turn) +
                                                2.1 * std::cos(1.3 * frame) - 0.3 * frame));
}

/// How bright a frame is in row y.
using Brightness = std::function<double(int y)>;

Brightness Even(double exposure) {
  return [exposure](int) { return exposure; };
}

/// What x is multiplied by, under the same noise.
Image<uint16_t> Exposed(int frame, uint64_t seed, const Brightness& brightness = Even(1)) {
  TestRandom random(seed + 100 * static_cast<uint64_t>(frame));
  Image<uint16_t> linear(kWidth, kHeight);
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) {
      const double light = brightness(y) * Light(frame, x, y);
      const double sigma = std::sqrt(kNoise.scale * light + kNoise.offset);
      linear(x, y) = static_cast<uint16_t>(
          std::clamp(ToLinear(light + sigma * random.Normal()) + 0.5, 0.0, 65535.0));
    }
  }
  return linear;
}

struct Errors {
  double rms = 0;        // of x
  double per_sigma = 0;  // RMS of error / sigma
};

/// Of a fused frame against what frame `k` sees, away from the edges.
Errors Of(const FusedFrame& fused, int k, const Brightness& brightness = Even(1)) {
  Errors errors;
  int count = 0;
  for (int y = 20; y < kHeight - 20; ++y) {
    for (int x = 20; x < kWidth - 20; ++x) {
      const double light = brightness(y) * Light(k, x, y);
      const double error = FromLinear(fused.linear(x, y)) - light;
      const double share =
          static_cast<double>(fused.remaining.width() == 1 ? 1.F : fused.remaining(x / 4, y / 4));
      errors.rms += error * error;
      errors.per_sigma += error * error / (share * (kNoise.scale * light + kNoise.offset));
      ++count;
    }
  }
  return {std::sqrt(errors.rms / count), std::sqrt(errors.per_sigma / count)};
}

TEST(BurstMerger, MakesAnEighthOfTheVarianceOfEightFrames) {
  BurstMerger merger({kNoise}, {});
  for (int k = 0; k < 8; ++k) ASSERT_TRUE(merger.Add({Exposed(k, 1)}).has_value());
  EXPECT_EQ(merger.frames(), 8);
  const Errors single = Of(SingleFrame(Exposed(0, 1)), 0);
  const Errors merged = Of(merger.merged(), 0);
  const double gain = std::pow(single.rms / merged.rms, 2);
  EXPECT_GT(gain, 6.5);
  EXPECT_LT(gain, 10);  // interpolation smooths a little
  EXPECT_GT(merged.per_sigma, 0.9);
  EXPECT_LT(merged.per_sigma, 1.1);
}

TEST(BurstMerger, RefusesAFrameOfAnotherSizeAndKeepsWhatItHas) {
  BurstMerger merger({kNoise}, {});
  ASSERT_TRUE(merger.Add({Exposed(0, 1)}).has_value());
  const auto status = merger.Add({FilledImage<uint16_t>(kWidth, kHeight - 1, 9000)});
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().kind, ErrorKind::kUnusableInput);
  EXPECT_EQ(merger.frames(), 1);
  EXPECT_FALSE(BurstMerger({{-1, 1e-5}}, {}).Add({Exposed(0, 1)}).has_value());
  BurstMerger small({kNoise}, {});
  EXPECT_TRUE(small.Add({FilledImage<uint16_t>(8, 8, 9000)}).has_value());
  EXPECT_FALSE(small.Add({FilledImage<uint16_t>(8, 8, 9000)}).has_value());
}

TEST(BurstMerger, MovesTheFourPlanesOfAMosaicTogether) {
  // Each plane alone has half of the pixels in x and y; here they are frames of their own noise.
  BurstMerger merger({kNoise, kNoise, kNoise, kNoise}, {});
  for (int k = 0; k < 8; ++k) {
    ASSERT_TRUE(merger.Add({Exposed(k, 1), Exposed(k, 2000), Exposed(k, 3000), Exposed(k, 4000)})
                    .has_value());
  }
  const Errors single = Of(SingleFrame(Exposed(0, 1)), 0);
  for (size_t plane = 0; plane < 4; ++plane) {
    const Errors merged = Of(merger.merged(plane), 0);
    EXPECT_GT(std::pow(single.rms / merged.rms, 2), 6.5);
    EXPECT_GT(merged.per_sigma, 0.9);
    EXPECT_LT(merged.per_sigma, 1.1);
  }
  EXPECT_EQ(merger.Add({Exposed(0, 1)}).error().kind, ErrorKind::kUsage);
  const Image<uint16_t> small = FilledImage<uint16_t>(64, 48, 9000);
  EXPECT_EQ(BurstMerger({kNoise, kNoise, kNoise, kNoise}, {})
                .Add({small, small, small, Exposed(0, 1)})
                .error()
                .kind,
            ErrorKind::kUsage);
}

TEST(BurstMerger, SeesTracesOfWhatChangesBelowTheNoise) {
  // A square that becomes brighter by half a sigma of its 8 x 8 means with every frame.
  const auto in_square = [](int x, int y) { return x >= 80 && x < 160 && y >= 60 && y < 120; };
  BurstMerger merger({kNoise}, {});
  for (int k = 0; k < 8; ++k) {
    Image<uint16_t> frame = Exposed(0, 1 + 1000 * static_cast<uint64_t>(k));
    frame.for_each_element([&](int x, int y) {
      if (!in_square(x, y)) return;
      const double sigma = std::sqrt(kNoise.scale * Light(0, x, y) + kNoise.offset);
      frame(x, y) = static_cast<uint16_t>(frame(x, y) + 0.06 * k * sigma * kLinearScale + 0.5);
    });
    ASSERT_TRUE(merger.Add({frame}).has_value());
  }
  double inside = 0, outside = 0, inside_count = 0, outside_count = 0;
  merger.merged().coarse.for_each_element([&](int h, int v) {
    const int x = 4 * h, y = 4 * v;
    const auto share = static_cast<double>(merger.merged().coarse(h, v));
    if (x >= 100 && x < 140 && y >= 80 && y < 100) {
      inside += share;
      inside_count += 1;
    } else if (x >= 24 && x < 60 && y >= 24 && y < 156) {
      outside += share;
      outside_count += 1;
    }
  });
  std::printf("inside %.3f, outside %.3f\n", inside / inside_count, outside / outside_count);
  EXPECT_GT(inside / inside_count, 0.4);
  EXPECT_LE(inside / inside_count, 1.0);
  EXPECT_LT(outside / outside_count, 0.25);
  EXPECT_GT(outside / outside_count, 0.12);  // eight frames
}

TEST(VideoDenoiser, GetsBetterWithEveryFrameAndKnowsHowGood) {
  VideoDenoiser video({});
  std::vector<Errors> errors;
  for (int k = 0; k < 16; ++k) {
    ASSERT_TRUE(video.Add({Exposed(k, 1), kNoise}).has_value());
    errors.push_back(Of(video.fused(), k));
  }
  const auto decibel = [&](int k) {
    return 20 * std::log10(errors[0].rms / errors[static_cast<size_t>(k)].rms);
  };
  EXPECT_GT(decibel(1), 2.5);
  EXPECT_GT(decibel(7), 7.0);
  EXPECT_GT(decibel(15), 7.5);
  for (size_t k = 1; k < errors.size(); ++k) {
    EXPECT_GT(errors[k].per_sigma, 0.85) << k;
    EXPECT_LT(errors[k].per_sigma, 1.15) << k;
  }
}

TEST(VideoDenoiser, GoesOnWhenTheExposureChanges) {
  for (const double exposure : {0.5, 2.0}) {
    VideoDenoiser video({});
    for (int k = 0; k < 6; ++k) ASSERT_TRUE(video.Add({Exposed(k, 1), kNoise, 1}).has_value());
    ASSERT_TRUE(video.Add({Exposed(6, 1, Even(exposure)), kNoise, exposure}).has_value());
    const Errors single = Of(SingleFrame(Exposed(6, 1, Even(exposure))), 6, Even(exposure));
    const Errors fused = Of(video.fused(), 6, Even(exposure));
    EXPECT_LT(fused.rms, 0.75 * single.rms) << exposure;
    EXPECT_GT(fused.per_sigma, 0.8) << exposure;
    EXPECT_LT(fused.per_sigma, 1.2) << exposure;
  }
}

TEST(VideoDenoiser, LosesNothingWhenLampsFlicker) {
  // By a fifth up and down: all at once, and along the rows of a rolling shutter.
  for (const double per_row : {0.0, 0.02}) {
    const auto flicker = [&](int k) -> Brightness {
      return [=](int y) { return 1 + 0.2 * std::sin(2.1 * k + per_row * y); };
    };
    VideoDenoiser video({});
    constexpr int kLast = 11;
    for (int k = 0; k <= kLast; ++k) {
      const bool is_rolling = per_row > 0;
      ASSERT_TRUE(video.Add({Exposed(k, 1, flicker(k)), kNoise, 1, is_rolling}).has_value());
    }
    const Errors single = Of(SingleFrame(Exposed(kLast, 1, flicker(kLast))), kLast, flicker(kLast));
    const Errors fused = Of(video.fused(), kLast, flicker(kLast));
    const double decibel = 20 * std::log10(single.rms / fused.rms);
    std::printf("%s flicker: %.2f dB, %.2f sigma\n", per_row > 0 ? "rolling" : "even", decibel,
                fused.per_sigma);
    EXPECT_GT(decibel, 6.5);
    EXPECT_LT(decibel, 10);
    EXPECT_GT(fused.per_sigma, 0.85);
    EXPECT_LT(fused.per_sigma, 1.15);
  }
}

TEST(VideoDenoiser, BeginsAnewWithAnotherSceneOrSize) {
  VideoDenoiser video({});
  for (int k = 0; k < 4; ++k) ASSERT_TRUE(video.Add({Exposed(k, 1), kNoise}).has_value());
  // A cut: what comes is no worse than a single frame.
  ASSERT_TRUE(video.Add({Exposed(500, 1), kNoise}).has_value());
  const Errors single = Of(SingleFrame(Exposed(500, 1)), 500);
  EXPECT_LT(Of(video.fused(), 500).rms, 1.1 * single.rms);

  // An exposure that is not known any more is 10^7 times another one.
  ASSERT_TRUE(video.Add({Exposed(501, 1), kNoise, 1e7}).has_value());
  EXPECT_EQ(video.fused().remaining.number_of_elements(), 1U);

  const Image<uint16_t> smaller = FilledImage<uint16_t>(64, 48, 9000);
  ASSERT_TRUE(video.Add({smaller, kNoise}).has_value());
  EXPECT_EQ(video.fused().linear.width(), 64);
}

TEST(VideoDenoiser, SaysWhatIsWrongAndBeginsAnew) {
  VideoDenoiser video({});
  ASSERT_TRUE(video.Add({Exposed(0, 1), kNoise}).has_value());
  EXPECT_FALSE(video.Add({Exposed(1, 1), {1e-3, 0}}).has_value());
  EXPECT_EQ(video.fused().linear.data(), nullptr);
  EXPECT_FALSE(video.Add({Exposed(1, 1), kNoise, 0}).has_value());
  EXPECT_FALSE(video.Add({FilledImage<uint16_t>(8, 8, 9000), kNoise}).has_value());
  EXPECT_TRUE(video.Add({Exposed(1, 1), kNoise}).has_value());
}

}  // namespace
}  // namespace nightjar
