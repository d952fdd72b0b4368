// SPDX-License-Identifier: Apache-2.0
#include "data/jpeg_image.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "tests/data/decoded_jpeg.h"

namespace nightjar {
namespace {

uint8_t Wave(int x, int y, int c) {
  return static_cast<uint8_t>(std::lround(128 + 90 * std::sin(0.08 * x + 0.05 * y + 2 * c)));
}

TEST(JpegImage, GreyComesBackAtOddSizesAndAnyStride) {
  for (const auto& [width, height] : {std::pair(1, 1), {17, 9}, {64, 48}}) {
    Image<uint8_t> wide(width + 5, height);
    wide.for_each_element([&](int x, int y) { wide(x, y) = Wave(x, y, 0); });
    const Image<uint8_t> grey = wide.cropped(0, 0, width);
    const auto bytes = EncodeJpeg(grey, 95);
    ASSERT_TRUE(bytes) << bytes.error().Message();
    const DecodedJpeg decoded = DecodeJpeg(*bytes);
    ASSERT_EQ(decoded.width, width);
    ASSERT_EQ(decoded.height, height);
    ASSERT_EQ(decoded.channels, 1);
    for (int y = 0; y < height; ++y)
      for (int x = 0; x < width; ++x)
        EXPECT_NEAR(decoded.pixels[static_cast<size_t>(y * width + x)], Wave(x, y, 0), 6);
  }
}

TEST(JpegImage, ColoursStayApart) {
  auto colour = PlanarImage<uint8_t>::make_interleaved(33, 21, 3);
  colour.for_each_element([&](int x, int y, int c) { colour(x, y, c) = Wave(x, y, c); });
  const auto bytes = EncodeJpeg(colour, 95);
  ASSERT_TRUE(bytes) << bytes.error().Message();
  const DecodedJpeg decoded = DecodeJpeg(*bytes);
  ASSERT_EQ(decoded.channels, 3);
  for (int y = 0; y < 21; ++y)
    for (int x = 0; x < 33; ++x)
      for (int c = 0; c < 3; ++c)
        EXPECT_NEAR(decoded.pixels[static_cast<size_t>((y * 33 + x) * 3 + c)], Wave(x, y, c), 8);
}

TEST(JpegImage, LessQualityIsFewerBytes) {
  Image<uint8_t> grey(64, 64);
  grey.for_each_element([&](int x, int y) { grey(x, y) = Wave(3 * x, 5 * y, 0); });
  EXPECT_LT(EncodeJpeg(grey, 40)->size(), EncodeJpeg(grey, 90)->size());
}

TEST(JpegImage, RefusesWhatItCannotHold) {
  EXPECT_EQ(EncodeJpeg(FilledImage<uint16_t>(8, 8, 1), 90).error().kind, ErrorKind::kUsage);
  EXPECT_EQ(EncodeJpeg(FilledImage<uint8_t>(8, 8, 1), 0).error().kind, ErrorKind::kUsage);
  EXPECT_EQ(EncodeJpeg(FilledImage<uint8_t>(8, 8, 1), 101).error().kind, ErrorKind::kUsage);
  EXPECT_EQ(EncodeJpeg(FilledImage<uint8_t>(65501, 1, 1), 90).error().kind, ErrorKind::kUsage);
}

}  // namespace
}  // namespace nightjar
