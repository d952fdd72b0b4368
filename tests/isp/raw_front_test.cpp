// SPDX-License-Identifier: Apache-2.0
#include "isp/raw_front.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <vector>

#include "isp/green_balance.h"
#include "isp/row_noise.h"
#include "tests/isp/synthetic_images.h"

namespace nightjar {
namespace {

constexpr double kBlack = 100, kWhite = 4095, kNoise = 8;  // DN

RawSamples Samples(ColourFilter filter) {
  RawSamples samples;
  samples.colour_filter = filter;
  samples.white = kWhite;
  samples.black.fill(kBlack);
  const double range = kWhite - kBlack;
  samples.noise.fill({0, kNoise * kNoise / (range * range)});
  return samples;
}

Image<uint16_t> Flat(double dn, uint64_t seed = 3) {
  return Render<uint16_t>(
      320, 240, [&](double, double) { return dn; }, kNoise, seed);
}

double RootMeanSquare(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value * value;
  return std::sqrt(sum / static_cast<double>(values.size()));
}

TEST(RawFront, IsTheLinearFrameOfItsSamples) {
  Image<uint16_t> raw = Flat(1000);
  RawFrontFrame frame;
  RawFrontOptions options;
  options.defect_threshold = 0;
  options.remove_row_noise = false;
  ASSERT_TRUE(LineariseRaw(raw, Samples(ColourFilter::kNone), options, frame).has_value());
  frame.linear.for_each_element([&](int x, int y) {
    ASSERT_NEAR(frame.linear(x, y), ToLinear((raw(x, y) - kBlack) / (kWhite - kBlack)), 0.51);
  });
}

TEST(RawFront, DoesNotClipBelowBlack) {
  RawFrontFrame frame;
  ASSERT_TRUE(LineariseRaw(Flat(kBlack), Samples(ColourFilter::kNone), {}, frame).has_value());
  double sum = 0;
  frame.linear.for_each_value([&](uint16_t value) { sum += FromLinear(value); });
  EXPECT_NEAR(sum / (320 * 240) * (kWhite - kBlack), 0, 4 * kNoise / std::sqrt(320 * 240) + 0.05);
}

TEST(RawFront, ReplacesListedPixelsByTheirColour) {
  // Red 3000, all other colours 200; a pair of listed reds with rubbish beside each other.
  Image<uint16_t> raw(32, 32);
  raw.for_each_element([&](int x, int y) { raw(x, y) = PlaceOf(x, y) == 0 ? 3000 : 200; });
  raw(10, 10) = raw(12, 10) = 150;
  raw(0, 0) = 65535;
  RawFrontOptions options;
  options.defect_threshold = 0;
  options.remove_row_noise = options.equalise_greens = false;
  options.defects = {{0, 0}, {10, 10}, {12, 10}, {900, 2}, {-1, 0}};
  RawFrontFrame frame;
  ASSERT_TRUE(LineariseRaw(raw, Samples(ColourFilter::kRggb), options, frame).has_value());
  for (const auto& [x, y] : {std::pair(10, 10), {12, 10}, {0, 0}})
    EXPECT_EQ(frame.linear(x, y), frame.linear(2, 2)) << x;
}

TEST(RawFront, FillsClustersFromOutsideInwards) {
  for (const ColourFilter filter : {ColourFilter::kNone, ColourFilter::kGrbg}) {
    Image<uint16_t> raw = Flat(300);
    RawFrontOptions options;
    options.defect_threshold = 0;
    options.remove_row_noise = options.equalise_greens = false;
    for (int y = 20; y < 29; ++y) {
      for (int x = 40; x < 49; ++x) {
        raw(x, y) = 1023;
        options.defects.push_back({x, y});
      }
    }
    RawFrontFrame frame;
    ASSERT_TRUE(LineariseRaw(raw, Samples(filter), options, frame).has_value());
    for (const auto& [x, y] : options.defects)
      EXPECT_NEAR(FromLinear(frame.linear(x, y)), FromLinear(frame.linear(10, 10)), 0.1) << x;
    options.defects.assign(raw.number_of_elements() / 8, {1, 1});
    EXPECT_FALSE(LineariseRaw(raw, Samples(filter), options, frame).has_value());
  }
}

TEST(RawFront, FindsHotPixelsAndHardlyAnyOther) {
  Image<uint16_t> raw = Flat(300), hot = Flat(300);
  hot(50, 60) = 700;
  hot(51, 60) = 0;
  RawFrontOptions options;
  options.remove_row_noise = false;
  RawFrontFrame clean, frame;
  options.defect_threshold = 0;
  ASSERT_TRUE(LineariseRaw(raw, Samples(ColourFilter::kBggr), options, clean).has_value());
  options.defect_threshold = 6;
  ASSERT_TRUE(LineariseRaw(hot, Samples(ColourFilter::kBggr), options, frame).has_value());
  int different = 0;
  frame.linear.for_each_element(
      [&](int x, int y) { different += frame.linear(x, y) != clean.linear(x, y) ? 1 : 0; });
  EXPECT_LE(different, 2);
  for (const int x : {50, 51})
    EXPECT_NEAR(FromLinear(frame.linear(x, 60)) * (kWhite - kBlack), 200, 3 * kNoise);
}

/// What is left of offsets of rows, of their sigma.
double RowsLeft(double sigma_dn, ColourFilter filter, double* found = nullptr) {
  TestRandom random(5);
  std::vector<double> offsets(240);
  for (double& offset : offsets) offset = sigma_dn * random.Normal();
  const Image<uint16_t> raw = Render<uint16_t>(
      320, 240,
      [&](double x, double y) {
        return 300 + (filter != ColourFilter::kNone && std::fmod(x + y, 2) > 0.5 ? 120 : 0) +
               offsets[static_cast<size_t>(y)];
      },
      kNoise);
  const RowNoise noise = MeasureRowNoise(raw, Samples(filter));
  if (found != nullptr) *found = noise.sigma_dn;
  for (size_t y = 0; y < offsets.size(); ++y) offsets[y] -= static_cast<double>(noise.offset_dn[y]);
  return RootMeanSquare(offsets);
}

TEST(RowNoise, IsTakenOffWhereItIsSignificant) {
  for (const ColourFilter filter : {ColourFilter::kNone, ColourFilter::kGrbg}) {
    double found = 0;
    // Chance alone leaves 8 / sqrt(320) = 0.45 DN; the mean of eight neighbours a third of 3 DN.
    EXPECT_LT(RowsLeft(3, filter, &found), 1.5);
    EXPECT_GT(RowsLeft(3, filter), 0.4);
    EXPECT_NEAR(found, 3, 0.6);
    EXPECT_EQ(RowsLeft(0, filter, &found), 0);
    EXPECT_EQ(found, 0);
  }
}

TEST(RowNoise, LeavesTheSceneAlone) {
  const WaveTexture texture(9, 6, 80);
  const auto scene = [&](double x, double y) {
    return 800 + 150 * texture(x, y) + (y > 100 ? 400 : 0) + (std::fmod(y, 24) > 20 ? 60 : 0);
  };
  const RowNoise noise =
      MeasureRowNoise(Render<uint16_t>(320, 240, scene, kNoise), Samples(ColourFilter::kNone));
  double largest = 0;
  for (const float offset : noise.offset_dn) largest = std::max(largest, std::abs(1.0 * offset));
  EXPECT_EQ(largest, 0);
}

TEST(GreenBalance, FindsTheRatioOfEachPhase) {
  for (const ColourFilter filter :
       {ColourFilter::kRggb, ColourFilter::kBggr, ColourFilter::kGrbg, ColourFilter::kGbrg}) {
    const PerPlace<int> colours = TileColours(filter);
    const auto scene = [&](double x, double y) {
      const size_t place = PlaceOf(static_cast<int>(x), static_cast<int>(y));
      if (colours[place] != 1) return 500.0;
      return kBlack + (colours[place ^ 1] == 0 ? 1030.0 : 970.0);
    };
    const Image<uint16_t> raw = Render<uint16_t>(320, 240, scene, kNoise);
    EXPECT_NEAR(MeasureGreenRatio(raw, Samples(filter)), 1030.0 / 970, 0.002);
    RawFrontFrame frame;
    ASSERT_TRUE(LineariseRaw(raw, Samples(filter), {}, frame).has_value());
    double greens[2] = {0, 0};
    frame.linear.for_each_element([&](int x, int y) {
      const size_t place = PlaceOf(x, y);
      if (colours[place] == 1) greens[colours[place ^ 1] == 0 ? 0 : 1] += frame.linear(x, y) - 4096;
    });
    EXPECT_NEAR(greens[0] / greens[1], 1, 0.002);
  }
  EXPECT_EQ(MeasureGreenRatio(Flat(500), Samples(ColourFilter::kRggb)), 1);
}

TEST(RawFront, RefusesWhatCannotBe) {
  RawFrontFrame frame;
  const auto kind = [&](const Image<uint16_t>& raw, const RawSamples& samples,
                        const RawFrontOptions& options) {
    const Status status = LineariseRaw(raw, samples, options, frame);
    return status ? ErrorKind{} : status.error().kind;
  };
  const RawSamples good = Samples(ColourFilter::kRggb);
  EXPECT_EQ(kind(Image<uint16_t>(15, 40), good, {}), ErrorKind::kUnusableInput);
  EXPECT_EQ(kind(Flat(300).transposed(0, 1), good, {}), ErrorKind::kUnusableInput);
  RawSamples bad = good;
  bad.black[2] = kWhite;
  EXPECT_EQ(kind(Flat(300), bad, {}), ErrorKind::kUsage);
  bad = good;
  bad.noise[3].offset = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(kind(Flat(300), bad, {}), ErrorKind::kUsage);
  bad.noise[3] = {-1e-3, 1e-5};
  EXPECT_EQ(kind(Flat(300), bad, {}), ErrorKind::kUsage);
  RawFrontOptions options;
  options.defect_threshold = -1;
  EXPECT_EQ(kind(Flat(300), good, options), ErrorKind::kUsage);
}

}  // namespace
}  // namespace nightjar
