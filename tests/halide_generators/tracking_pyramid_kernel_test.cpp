// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <array>
#include <limits>
#include <span>
#include <vector>

#include "isp/tracking_pyramid.h"
#include "tests/halide_generators/kernel_targets.h"
#include "tests/halide_generators/tracking_pyramid_reference.h"

namespace nightjar {
namespace {

struct Shape {
  int width, height, padding;  // padding: columns between the rows
};

constexpr Shape kShapes[] = {{16, 16, 0}, {17, 19, 0},   {33, 65, 0},    {33, 65, 31},
                             {64, 16, 1}, {752, 480, 0}, {752, 480, 16}, {1285, 31, 5}};

/// An image whose rows are `padding` pixels apart in memory that must never be read: it differs in
/// every call.
template <typename T>
class PaddedImage {
 public:
  explicit PaddedImage(const Shape& shape)
      : memory_(static_cast<size_t>(shape.width + shape.padding) * shape.height),
        image_(memory_.data(),
               {{0, shape.width, 1}, {0, shape.height, shape.width + shape.padding}}) {
    static unsigned junk = 1;
    for (T& value : memory_) value = static_cast<T>(junk = junk * 1664525U + 1013904223U);
  }
  Image<T>& image() { return image_; }

 private:
  std::vector<T> memory_;
  Image<T> image_;
};

void ExpectEqual(const TrackingPyramid& a, const TrackingPyramid& b) {
  for (int k = 0; k < kPyramidLevels; ++k) {
    const auto& ai = a.levels[k].intensity;
    const auto& bi = b.levels[k].intensity;
    ASSERT_EQ(ai.width(), bi.width());
    ASSERT_EQ(ai.height(), bi.height());
    for (int y = 0; y < ai.height(); ++y) {
      for (int x = 0; x < ai.width(); ++x) {
        ASSERT_EQ(ai(x, y), bi(x, y)) << "intensity, level " << k << " at " << x << ", " << y;
        for (int c = 0; c < 2; ++c) {
          ASSERT_EQ(a.levels[k].gradient(x, y, c), b.levels[k].gradient(x, y, c))
              << "gradient " << c << ", level " << k << " at " << x << ", " << y;
        }
      }
    }
  }
}

template <typename T>
void CompareToDefinition(const Image<T>& image, int black, int white) {
  const TrackingPyramid expected = ReferencePyramid(image, black, white);
  const auto pyramid = BuildTrackingPyramid(image, {black, white});
  ASSERT_TRUE(pyramid.has_value()) << pyramid.error().Message();
  ExpectEqual(*pyramid, expected);
}

template <typename T>
class TrackingPyramidKernel : public testing::Test {};
using PixelTypes = testing::Types<uint8_t, uint16_t>;
TYPED_TEST_SUITE(TrackingPyramidKernel, PixelTypes);

TYPED_TEST(TrackingPyramidKernel, EqualsItsDefinitionAtEverySizeAndStride) {
  constexpr int kFull = std::numeric_limits<TypeParam>::max();
  for (const Shape& shape : kShapes) {
    SCOPED_TRACE(testing::Message()
                 << shape.width << " x " << shape.height << " + " << shape.padding);
    PaddedImage<TypeParam> random(shape);
    CompareToDefinition(random.image(), 0, kFull);
    CompareToDefinition(random.image(), kFull / 16, kFull - kFull / 5);
    if (this->HasFatalFailure()) return;
  }
}

TYPED_TEST(TrackingPyramidKernel, EqualsItsDefinitionAtExtremes) {
  constexpr int kFull = std::numeric_limits<TypeParam>::max();
  for (const int value : {0, 1, kFull - 1, kFull}) {
    PaddedImage<TypeParam> flat({45, 37, 3});
    flat.image().fill(static_cast<TypeParam>(value));
    CompareToDefinition(flat.image(), 0, kFull);
    CompareToDefinition(flat.image(), kFull - 1, kFull);
    CompareToDefinition(flat.image(), 0, 1);
  }
  PaddedImage<TypeParam> checker({45, 37, 3});
  checker.image().for_each_element(
      [&](int x, int y) { checker.image()(x, y) = (x / 3 + y / 2) % 2 ? kFull : 0; });
  CompareToDefinition(checker.image(), 0, kFull);
}

TEST(TrackingPyramidKernel, BlackIsZeroWhiteIsFullScaleAndFlatHasNoGradient) {
  for (const auto& [value, level] :
       {std::pair(20, 0), std::pair(10, 0), std::pair(220, kPyramidWhite),
        std::pair(255, kPyramidWhite), std::pair(120, 8192)}) {
    Image<uint8_t> flat(40, 30);
    flat.fill(static_cast<uint8_t>(value));
    const TrackingPyramid pyramid = BuildTrackingPyramid(flat, {20, 220}).value();
    for (const PyramidLevel& l : pyramid.levels) {
      for (const int16_t v : std::span(l.intensity.begin(), l.intensity.end())) ASSERT_EQ(v, level);
      for (const int16_t v : std::span(l.gradient.begin(), l.gradient.end())) ASSERT_EQ(v, 0);
    }
  }
}

/// A plane has the same slope everywhere; each level's pixels are twice as far apart.
TEST(TrackingPyramidKernel, ARampHasItsSlopeOnEveryLevel) {
  // 4 DN per 16-bit pixel of 65532 is one unit of intensity (65532 / 4 = 16383), 12 DN are three.
  Image<uint16_t> ramp(200, 160);
  ramp.for_each_element(
      [&](int x, int y) { ramp(x, y) = static_cast<uint16_t>(8000 + 12 * x - 8 * y + 4000); });
  const TrackingPyramid pyramid = BuildTrackingPyramid(ramp, {0, 65532}).value();
  for (int k = 0; k < kPyramidLevels; ++k) {
    const PyramidLevel& level = pyramid.levels[k];
    for (int y = 5; y < level.intensity.height() - 5; ++y) {
      for (int x = 5; x < level.intensity.width() - 5; ++x) {
        ASSERT_EQ(level.intensity(x, y), 3000 + (3 * x - 2 * y) * (1 << k)) << "level " << k;
        ASSERT_EQ(level.gradient(x, y, 0), 3 * (1 << k));
        ASSERT_EQ(level.gradient(x, y, 1), -2 * (1 << k));
      }
    }
  }
}

TEST(TrackingPyramidKernel, LevelPixelsLieAtTwiceTheirCoordinates) {
  Image<uint8_t> dot(128, 96);
  dot.fill(0);
  dot(64, 32) = 255;
  const TrackingPyramid pyramid = BuildTrackingPyramid(dot).value();
  for (int k = 0; k < kPyramidLevels; ++k) {
    const auto& level = pyramid.levels[k].intensity;
    int16_t brightest = -1;
    int at_x = 0, at_y = 0;
    level.for_each_element([&](int x, int y) {
      if (level(x, y) > brightest) brightest = level(x, y), at_x = x, at_y = y;
    });
    EXPECT_EQ(at_x << k, 64) << "level " << k;
    EXPECT_EQ(at_y << k, 32) << "level " << k;
  }
}

/// Every 3x3 of a Bayer mosaic has a quarter of its binomial weights on red, a half on green and a
/// quarter on blue, wherever its middle lies: of a flat colour nothing of the tile is left.
TYPED_TEST(TrackingPyramidKernel, AMosaicOfOneColourIsFlat) {
  // R, G, B / 4 + G / 2 + B / 4: 40 / 4 + 120 / 2 + 200 / 4 = 120.
  constexpr int kRed = 40, kGreen = 120, kBlue = 200, kLuminance = 120;
  for (const auto& tile :
       {std::array{kRed, kGreen, kGreen, kBlue},  // RGGB, BGGR, GRBG, GBRG
        std::array{kBlue, kGreen, kGreen, kRed}, std::array{kGreen, kRed, kBlue, kGreen},
        std::array{kGreen, kBlue, kRed, kGreen}}) {
    Image<TypeParam> mosaic(61, 45);  // odd: the last tile is cut
    mosaic.for_each_element([&](int x, int y) {
      mosaic(x, y) = static_cast<TypeParam>(tile[static_cast<size_t>(2 * (y % 2) + x % 2)]);
    });
    Image<TypeParam> grey(61, 45);
    grey.fill(kLuminance);
    const TrackingPyramid pyramid = BuildTrackingPyramid(mosaic, {20, 220}).value();
    const TrackingPyramid expected = BuildTrackingPyramid(grey, {20, 220}).value();
    // The outermost pixels see a repeated row or column of the mosaic, and so on the coarser levels
    // do those that reach them.
    for (int k = 0; k < kPyramidLevels; ++k) {
      const PyramidLevel& level = pyramid.levels[k];
      const int border = k == 0 ? 1 : 2;
      for (int y = border; y < level.intensity.height() - border; ++y) {
        for (int x = border; x < level.intensity.width() - border; ++x) {
          ASSERT_EQ(level.intensity(x, y), expected.levels[k].intensity(x, y))
              << "level " << k << " at " << x << ", " << y;
        }
      }
    }
  }
}

TEST(TrackingPyramidKernel, UsesMemoryAgain) {
  Image<uint8_t> image(100, 80);
  image.fill(9);
  TrackingPyramid pyramid;
  ASSERT_TRUE(BuildTrackingPyramid(image, {}, pyramid).has_value());
  const int16_t* memory = pyramid.levels[0].intensity.begin();
  ASSERT_TRUE(BuildTrackingPyramid(image, {}, pyramid).has_value());
  EXPECT_EQ(pyramid.levels[0].intensity.begin(), memory);
  Image<uint8_t> larger(101, 80);
  larger.fill(9);
  ASSERT_TRUE(BuildTrackingPyramid(larger, {}, pyramid).has_value());
  EXPECT_EQ(pyramid.levels[0].intensity.width(), 101);
  EXPECT_EQ(pyramid.levels[3].gradient.width(), 13);
}

TEST(TrackingPyramidKernel, BadInputIsAnErrorAndNoAbort) {
  EXPECT_EQ(BuildTrackingPyramid(Image<uint8_t>(15, 16)).error().kind, ErrorKind::kUnusableInput);
  EXPECT_EQ(BuildTrackingPyramid(Image<uint8_t>(16, 15)).error().kind, ErrorKind::kUnusableInput);
  EXPECT_EQ(BuildTrackingPyramid(Image<uint16_t>()).error().kind, ErrorKind::kUnusableInput);
  std::vector<uint8_t> memory(64 * 32);
  const Image<uint8_t> every_other(memory.data(), {{0, 32, 2}, {0, 32, 64}});
  EXPECT_EQ(BuildTrackingPyramid(every_other).error().kind, ErrorKind::kUnusableInput);

  Image<uint8_t> image(32, 32);
  EXPECT_EQ(BuildTrackingPyramid(image, {255, {}}).error().kind, ErrorKind::kUsage);
  EXPECT_EQ(BuildTrackingPyramid(image, {10, 10}).error().kind, ErrorKind::kUsage);
  EXPECT_EQ(BuildTrackingPyramid(image, {-1, 255}).error().kind, ErrorKind::kUsage);
  EXPECT_EQ(BuildTrackingPyramid(image, {0, 65536}).error().kind, ErrorKind::kUsage);
}

TEST(TrackingPyramidKernel, TheWhiteLevelIsOneThatThePixelsCanReach) {
  Image<uint8_t> bytes(32, 32);
  bytes.fill(7);
  EXPECT_TRUE(BuildTrackingPyramid(bytes, {0, 255}).has_value());
  for (const int white : {256, 4095, 4096, 65535}) {
    const auto built = BuildTrackingPyramid(bytes, {0, white});
    ASSERT_FALSE(built.has_value()) << white;
    EXPECT_EQ(built.error().kind, ErrorKind::kUsage);
  }
  Image<uint16_t> words(32, 32);
  words.fill(7);
  EXPECT_TRUE(BuildTrackingPyramid(words, {0, 4095}).has_value());
  EXPECT_TRUE(BuildTrackingPyramid(words, {65534, {}}).has_value()) << "the default is its own";
}

TEST(TrackingPyramidKernel, AcceptsAnImageThatDoesNotBeginAtZero) {
  PaddedImage<uint8_t> whole({120, 90, 0});
  Image<uint8_t> part = whole.image().cropped(0, 30, 50).cropped(1, 20, 40);
  Image<uint8_t> copy(50, 40);
  copy.for_each_element([&](int x, int y) { copy(x, y) = whole.image()(30 + x, 20 + y); });
  ExpectEqual(BuildTrackingPyramid(part).value(), ReferencePyramid(copy, 0, 255));
}

}  // namespace
}  // namespace nightjar
