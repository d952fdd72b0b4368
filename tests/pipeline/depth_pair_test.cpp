// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/depth_pair.h"

#include <gmock/gmock.h>

#include <cmath>
#include <string>

#include "core/whole_file.h"
#include "data/dng_file.h"
#include "tests/temporary_folder.h"

namespace nightjar {
namespace {

constexpr int kWidth = 160, kHeight = 96, kDisparity = 8;

double Light(double x, double y) {
  return 0.5 + 0.16 * std::sin(0.31 * x + 1.7 * std::sin(0.23 * y)) +
         0.13 * std::sin(0.83 * x - 0.61 * y) +
         0.12 * std::sin(0.47 * y + 0.9 * std::sin(0.17 * x + 0.4));
}

class DepthPairTest : public testing::Test {
 protected:
  // A monochrome DNG of a wall, of the levels that it says.
  std::filesystem::path WriteWall(const std::string& name, double shift, uint32_t black,
                                  uint32_t white) {
    Image<uint16_t> samples(kWidth, kHeight);
    samples.for_each_element([&](int x, int y) {
      samples(x, y) =
          static_cast<uint16_t>(std::lrint(black + Light(x + shift, y) * (white - black)));
    });
    DngDescription description;
    description.black = black;
    description.white = white;
    const std::filesystem::path file = folder_.path() / name;
    EXPECT_TRUE(WriteWholeFile(file, EncodeDng(samples, description).value()).has_value());
    return file;
  }
  DepthPairOptions Pair(uint32_t right_black, uint32_t right_white) {
    DepthPairOptions options;
    options.left = WriteWall("left.dng", 0, 256, 3000);
    options.right = WriteWall("right.dng", kDisparity, right_black, right_white);
    options.output = folder_.path() / "out.pfm";
    options.stereo.disparities = 32;
    return options;
  }
  TemporaryFolder folder_;
};

TEST_F(DepthPairTest, TakesTheLevelsOfTheFiles) {
  DepthPairOptions options = Pair(256, 3000);
  options.noise = {1e-4, 1e-6};
  const auto summary = MatchPair(options);
  ASSERT_TRUE(summary.has_value()) << summary.error().Message();
  EXPECT_EQ(summary->black, 256);
  EXPECT_EQ(summary->white, 3000);
  EXPECT_NEAR(summary->median_disparity_px, kDisparity, 0.2);
  EXPECT_NEAR(summary->row_offset_px.value(), 0, 0.1);
  EXPECT_THAT(summary->warnings, testing::IsEmpty());
}

TEST_F(DepthPairTest, GivenLevelsGoBeforeThoseOfTheFiles) {
  DepthPairOptions options = Pair(256, 3000);
  options.black = 200;
  options.white = 4095;
  const auto summary = MatchPair(options);
  ASSERT_TRUE(summary.has_value()) << summary.error().Message();
  EXPECT_EQ(summary->black, 200);
  EXPECT_EQ(summary->white, 4095);
}

TEST_F(DepthPairTest, RefusesTwoLevels) {
  EXPECT_THAT(MatchPair(Pair(250, 3000)).error().Message(), testing::HasSubstr("--black"));
  EXPECT_THAT(MatchPair(Pair(256, 3100)).error().Message(), testing::HasSubstr("--white"));
}

}  // namespace
}  // namespace nightjar
