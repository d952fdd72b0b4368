// SPDX-License-Identifier: Apache-2.0
#include "isp/depth/dense_stereo.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <new>
#include <random>
#include <utility>
#include <vector>

#include "isp/depth/disparity_checks.h"
#include "isp/depth/pair_geometry.h"
#include "isp/depth/run_tasks.h"
#include "isp/depth/stabilised_light.h"
#include "tests/isp/depth/simulated_pair.h"

namespace nightjar {
namespace {

constexpr int kWidth = 181, kHeight = 97;

// Smooth texture that repeats nowhere in the picture, 30 .. 225.
double Texture(double x, double y) {
  return 128 + 30 * std::sin(0.31 * x + 1.7 * std::sin(0.23 * y)) +
         25 * std::sin(0.47 * y + 0.9 * std::sin(0.17 * x + 0.4)) +
         22 * std::sin(0.83 * x - 0.61 * y) + 20 * std::sin(0.113 * x * std::cos(0.05 * y));
}

struct Scene {
  Image<uint8_t> left{kWidth, kHeight}, right{kWidth, kHeight};
};

// A wall at `wall` px and a square at `square` px before it, columns 80 to 119 of the left picture.
Scene Look(double wall, double square) {
  Scene scene;
  const auto light = [](double x, double y) {
    return static_cast<uint8_t>(std::lrint(Texture(x, y)));
  };
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) {
      const auto in_square = [y](double at) { return y >= 30 && y < 70 && at >= 80 && at < 120; };
      scene.left(x, y) = in_square(x) ? light(x + 500, y) : light(x, y);
      scene.right(x, y) = in_square(x + square) ? light(x + square + 500, y) : light(x + wall, y);
    }
  }
  return scene;
}

DisparityMap Match(const MonoImage& left, const MonoImage& right, const RunTasks& run = RunInTurn) {
  DenseStereoOptions options;
  options.disparities = 40;
  return DenseStereo::Create(options).value().Match(left, right, {}, run).value();
}

TEST(DenseStereo, FindsAWallAndWhatStandsBeforeIt) {
  const Scene scene = Look(9.25, 22.5);
  const DisparityMap map = Match(scene.left, scene.right);
  int wall = 0, square = 0;
  for (int y = 34; y < 66; ++y) {
    for (int x = 130; x < kWidth - 4; ++x) wall += std::abs(map.disparity_px(x, y) - 9.25F) < 0.35F;
    for (int x = 84; x < 116; ++x) square += std::abs(map.disparity_px(x, y) - 22.5F) < 0.35F;
  }
  EXPECT_GT(wall, 32 * (kWidth - 4 - 130) * 97 / 100);
  EXPECT_GT(square, 32 * 32 * 97 / 100);
}

TEST(DenseStereo, KnowsNothingOfWhatOneCameraSees) {
  const Scene scene = Look(9, 24);
  const DisparityMap map = Match(scene.left, scene.right);
  // Left of the square 24 - 9 columns of the wall are hidden from the right camera.
  int unknown = 0;
  for (int y = 34; y < 66; ++y) {
    for (int x = 67; x < 78; ++x) unknown += std::isinf(map.sigma_px(x, y));
    for (int x = 0; x < 6; ++x) EXPECT_TRUE(std::isinf(map.disparity_px(x, y))) << x << ", " << y;
  }
  EXPECT_GT(unknown, 32 * 11 * 8 / 10);
}

TEST(DenseStereo, GivesTheSameBytesWithTwoThreads) {
  const Scene scene = Look(9.25, 22.5);
  const DisparityMap one = Match(scene.left, scene.right);
  const DisparityMap two = Match(scene.left, scene.right, RunTogether);
  EXPECT_EQ(std::memcmp(one.disparity_px.data(), two.disparity_px.data(),
                        one.disparity_px.size_in_bytes()),
            0);
  EXPECT_EQ(std::memcmp(one.sigma_px.data(), two.sigma_px.data(), one.sigma_px.size_in_bytes()), 0);
}

TEST(DenseStereo, TakesSixteenBits) {
  const Scene scene = Look(9.25, 22.5);
  Image<uint16_t> left(kWidth, kHeight), right(kWidth, kHeight);
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) {
      left(x, y) = static_cast<uint16_t>(900 + 11 * scene.left(x, y));
      right(x, y) = static_cast<uint16_t>(900 + 11 * scene.right(x, y));
    }
  }
  const DisparityMap map = Match(left, right);
  int square = 0;
  for (int y = 34; y < 66; ++y) {
    for (int x = 84; x < 116; ++x) square += std::abs(map.disparity_px(x, y) - 22.5F) < 0.35F;
  }
  EXPECT_GT(square, 32 * 32 * 97 / 100);
}

TEST(DenseStereo, SaysWhatItCannotMatch) {
  const auto stereo = DenseStereo::Create({}).value();
  const auto sizes = stereo.Match(Image<uint8_t>(40, 40), Image<uint8_t>(41, 40));
  ASSERT_FALSE(sizes.has_value());
  EXPECT_THAT(sizes.error().Message(), testing::HasSubstr("41 x 40"));
  EXPECT_FALSE(stereo.Match(Image<uint8_t>(15, 40), Image<uint8_t>(15, 40)).has_value());
  const Image<uint8_t> transposed = Image<uint8_t>(40, 40).transposed(1, 0);
  const auto strided = stereo.Match(transposed, transposed);
  ASSERT_FALSE(strided.has_value());
  EXPECT_THAT(strided.error().Message(), testing::HasSubstr("adjacent"));
  DenseStereoOptions options;
  options.disparities = 257;
  EXPECT_FALSE(DenseStereo::Create(options).has_value());
}

double KnownShare(const DisparityMap& map) {
  int known = 0;
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 40; x < kWidth; ++x) known += std::isfinite(map.sigma_px(x, y));
  }
  return static_cast<double>(known) / (kHeight * (kWidth - 40));
}

TEST(DenseStereo, KnowsNothingWhereAllPlacesAreAlike) {
  Image<uint8_t> flat = FilledImage<uint8_t>(kWidth, kHeight, 100);
  flat(7, 7) = 101;
  EXPECT_LT(KnownShare(Match(flat, flat)), 0.02);
  // Two pictures of noise of their own.
  const Image<float> grey = FilledImage<float>(kWidth, kHeight, 0.4F);
  for (const double electrons : {30.0, 1000.0}) {
    const NoisyPair pair = Expose(grey, grey, electrons, 5);
    DenseStereoOptions options;
    options.disparities = 40;
    const auto map = DenseStereo::Create(options).value().Match(pair.left, pair.right, pair.noise);
    EXPECT_LT(KnownShare(map.value()), 0.05) << electrons << " electrons";
  }
}

TEST(DenseStereo, FindsTheSameWhenOnePictureIsExposedLess) {
  const Scene scene = Look(9.25, 22.5);
  const auto found = [&](const MonoImage& right) {
    const DisparityMap map = Match(scene.left, right);
    int count = 0;
    for (int y = 34; y < 66; ++y) {
      for (int x = 84; x < 116; ++x) count += std::abs(map.disparity_px(x, y) - 22.5F) < 0.35F;
    }
    return count;
  };
  Image<uint8_t> darker(kWidth, kHeight), lifted(kWidth, kHeight);
  darker.for_each_element([&](int x, int y) {
    darker(x, y) = static_cast<uint8_t>(std::lrint(0.7 * scene.right(x, y)));
    lifted(x, y) = static_cast<uint8_t>(std::min(255, scene.right(x, y) + 25));
  });
  const int alike = found(scene.right);
  EXPECT_GT(found(darker), alike * 98 / 100);
  EXPECT_GT(found(lifted), alike * 98 / 100);
}

// Noise that does not grow with light has scale 0: the root that makes it even is a line then.
TEST(DenseStereo, TakesNoiseOfAnyKind) {
  const Scene scene = Look(9, 22);
  const auto linear = [](const Image<uint8_t>& image, unsigned seed) {
    std::mt19937_64 random(seed);
    std::normal_distribution<double> noise(0, 0.03);
    Image<uint16_t> out(kWidth, kHeight);
    for (int y = 0; y < kHeight; ++y) {
      for (int x = 0; x < kWidth; ++x)
        out(x, y) =
            static_cast<uint16_t>(std::lrint(ToLinear(image(x, y) / 255.0 + noise(random))));
    }
    return out;
  };
  const MonoImage left = linear(scene.left, 1), right = linear(scene.right, 2);
  DenseStereoOptions options;
  options.disparities = 40;
  const DenseStereo stereo = DenseStereo::Create(options).value();
  for (const double scale : {0.0, 1e-9, 1e-6}) {
    const DisparityMap map = stereo.Match(left, right, PictureNoise{{}, {scale, 9e-4}}).value();
    int square = 0;
    for (int y = 34; y < 66; ++y) {
      for (int x = 84; x < 116; ++x) square += std::abs(map.disparity_px(x, y) - 22) < 0.6F;
    }
    EXPECT_GT(square, 32 * 32 * 95 / 100) << "scale " << scale;
  }
}

TEST(StabilisedLight, HasOneSigmaOfNoiseEverywhere) {
  for (const auto& [scale, offset] : {std::pair{0.0, 1e-4},
                                      {1e-9, 1e-4},
                                      {1e-6, 1e-4},
                                      {1e-3, 9e-6},
                                      {0.0333, 0.01},
                                      {0.3, 1.0}}) {
    const StabilisedLight light({scale, offset});
    EXPECT_EQ(light.Of(0), 0);
    EXPECT_LE(light.sigma(), StabilisedLight::kMostSigma);
    if (light.sigma() < StabilisedLight::kMostSigma) {
      EXPECT_NEAR(light.Of(1), 255, 1e-6);
    }
    double before = light.Of(-3);
    for (double x = -2.9; x < 1.1; x += 0.1) {
      const double slope = (light.Of(x + 1e-6) - light.Of(x - 1e-6)) / 2e-6;
      EXPECT_NEAR(light.Slope(x) / slope, 1, 1e-3) << scale << " at " << x;
      if (x >= 0) {
        EXPECT_NEAR(slope * std::sqrt(scale * x + offset) / light.sigma(), 1, 1e-3) << scale;
      }
      EXPECT_GT(light.Of(x), before);
      before = light.Of(x);
    }
  }
}

TEST(PairGeometry, TellsRowsAndSides) {
  const Scene scene = Look(9, 22);
  const auto wide = [](const Image<uint8_t>& image, int down) {
    Image<uint16_t> out(kWidth, kHeight);
    for (int y = 0; y < kHeight; ++y) {
      for (int x = 0; x < kWidth; ++x) out(x, y) = image(x, std::clamp(y - down, 0, kHeight - 1));
    }
    return out;
  };
  const auto good = ExaminePair(wide(scene.left, 0), wide(scene.right, 0), 40);
  EXPECT_GT(good.patches, 20);
  EXPECT_NEAR(good.row_error, 0, 0.1);
  EXPECT_LT(good.share_behind, 0.05);
  for (const int rows : {3, 15}) {
    const auto lower = ExaminePair(wide(scene.left, 0), wide(scene.right, rows), 40);
    EXPECT_GT(lower.patches, 12);
    EXPECT_NEAR(lower.row_offset, rows, 0.1);
  }
  const auto swapped = ExaminePair(wide(scene.right, 0), wide(scene.left, 0), 40);
  EXPECT_GT(swapped.share_behind, 0.95);
}

// As PrepareStereoPair gives it: raw, no patch would be like another.
TEST(PairGeometry, TellsRowsAndSidesInTheDark) {
  SimulatedPairOptions options;
  options.width = 520;  // of which coarser pictures are made
  options.height = 300;
  options.seed = 3;
  const SimulatedPair scene = SimulatePair(options);
  const NoisyPair noisy = Expose(scene.left, scene.right, 60, 9);
  StereoPair pair;
  ASSERT_TRUE(PrepareStereoPair(noisy.left, noisy.right, noisy.noise, RunInTurn, pair).has_value());
  const Image<uint16_t>&left = pair.left.fine, &right = pair.right.fine;
  const auto good = ExaminePair(left, right, options.disparities);
  EXPECT_GT(good.patches, 20);
  EXPECT_LT(good.row_error, 0.3);
  EXPECT_LT(good.share_behind, 0.1);
  EXPECT_GT(ExaminePair(right, left, options.disparities).share_behind, 0.9);
  for (const int rows : {1, 30, -50}) {
    Image<uint16_t> moved(right.width(), right.height());
    moved.for_each_element(
        [&](int x, int y) { moved(x, y) = right(x, std::clamp(y - rows, 0, right.height() - 1)); });
    const auto lower = ExaminePair(left, moved, options.disparities);
    EXPECT_GT(lower.patches, 12);
    EXPECT_NEAR(lower.row_offset, rows, 0.25);
  }
}

TEST(RunTogether, HandsOnWhatATaskThrows) {
  int done = 0;
  const std::function<void()> tasks[2] = {[&] { ++done; }, [] { throw std::bad_alloc(); }};
  EXPECT_THROW(RunTogether(tasks), std::bad_alloc);
  EXPECT_EQ(done, 1);
}

TEST(DisparityChecks, FillFromTheBackgroundAndDropPieces) {
  Image<float> map(8, 2);
  const float inf = kNoDisparity;
  const float rows[2][8] = {{inf, 7, inf, inf, 3, inf, 9, inf},
                            {inf, inf, inf, inf, inf, inf, inf, inf}};
  for (int y = 0; y < 2; ++y) std::copy_n(rows[y], 8, &map(0, y));
  FillFromBackground(map);
  const float filled[8] = {7, 7, 3, 3, 3, 3, 9, 9};
  for (int x = 0; x < 8; ++x) {
    EXPECT_EQ(map(x, 0), filled[x]) << x;
    EXPECT_EQ(map(x, 1), inf);
  }
  Image<float> pieces = FilledImage<float>(6, 4, 5);
  for (int y = 0; y < 3; ++y) pieces(4, y) = 9;  // three pixels of another depth
  pieces(0, 0) = inf;
  DropSmallPieces(4, 1.5, pieces);
  EXPECT_EQ(pieces(4, 1), inf);
  EXPECT_EQ(pieces(4, 3), 5);
  EXPECT_EQ(pieces(5, 0), 5);  // joined around the piece
  EXPECT_EQ(pieces(1, 1), 5);
}

}  // namespace
}  // namespace nightjar
