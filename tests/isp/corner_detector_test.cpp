// SPDX-License-Identifier: Apache-2.0
#include "isp/corner_detector.h"

#include <gmock/gmock.h>

#include <set>

#include "isp/tracking_pyramid.h"
#include "tests/isp/synthetic_images.h"

namespace nightjar {
namespace {

/// Black with white squares of 9 px whose top-left corners are given.
TrackingPyramid Squares(const std::vector<std::pair<int, int>>& corners, int width = 320,
                        int height = 240) {
  Image<uint8_t> image(width, height);
  image.fill(20);
  for (const auto& [left, top] : corners) {
    for (int y = top; y < top + 40 && y < height; ++y) {
      for (int x = left; x < left + 40 && x < width; ++x) image(x, y) = 220;
    }
  }
  return BuildTrackingPyramid(image).value();
}

TEST(DetectCorners, FindsTheCornersOfASquareAndNotItsEdges) {
  const TrackingPyramid frame = Squares({{100, 80}});
  const auto corners = DetectCorners(frame, {}).value();
  ASSERT_FALSE(corners.empty());
  for (const Eigen::Vector2d& corner : corners) {
    const double dx = std::min(std::abs(corner.x() - 99.5), std::abs(corner.x() - 139.5));
    const double dy = std::min(std::abs(corner.y() - 79.5), std::abs(corner.y() - 119.5));
    EXPECT_LE(dx, 3) << corner.transpose();
    EXPECT_LE(dy, 3) << corner.transpose();
  }
}

TEST(DetectCorners, OnePerCellKeepsDistanceAndBorder) {
  const WaveTexture texture(5);
  const auto image = Render<uint8_t>(
      331, 247, [&](double x, double y) { return 120 + 60 * texture(x, y); }, 2);
  const TrackingPyramid frame = BuildTrackingPyramid(image).value();
  const CornerOptions options;
  const auto corners = DetectCorners(frame, {}, options).value();
  EXPECT_GT(corners.size(), 40U);
  std::set<std::pair<int, int>> cells;
  for (size_t i = 0; i < corners.size(); ++i) {
    const Eigen::Vector2d& a = corners[i];
    EXPECT_TRUE(cells
                    .emplace(static_cast<int>(a.x()) / options.cell_px,
                             static_cast<int>(a.y()) / options.cell_px)
                    .second);
    EXPECT_GE(a.x(), options.border_px);
    EXPECT_GE(a.y(), options.border_px);
    EXPECT_LT(a.x(), 331 - options.border_px);
    EXPECT_LT(a.y(), 247 - options.border_px);
    for (size_t j = 0; j < i; ++j) EXPECT_GE((a - corners[j]).norm(), options.min_distance_px);
  }
  EXPECT_EQ(DetectCorners(frame, {}, options).value(), corners);
}

TEST(DetectCorners, LeavesCellsWithTracksAlone) {
  const WaveTexture texture(6);
  const auto image =
      Render<uint8_t>(320, 240, [&](double x, double y) { return 120 + 60 * texture(x, y); });
  const TrackingPyramid frame = BuildTrackingPyramid(image).value();
  const auto all = DetectCorners(frame, {}).value();
  EXPECT_TRUE(DetectCorners(frame, all).value().empty() ||
              DetectCorners(frame, all).value().size() < all.size() / 4);
  // One track taken away: its cell gets its corner back, nothing else changes.
  std::vector<Eigen::Vector2d> rest(all.begin() + 1, all.end());
  const auto found = DetectCorners(frame, rest).value();
  EXPECT_THAT(found, testing::Contains(all[0]));
  for (const Eigen::Vector2d& corner : found) {
    for (const Eigen::Vector2d& track : rest)
      EXPECT_GE((corner - track).norm(), CornerOptions().min_distance_px);
  }
}

TEST(DetectCorners, StrongestFirstAndTiesFromTheTopLeft) {
  const TrackingPyramid frame = Squares({{50, 40}, {210, 160}});
  const auto corners = DetectCorners(frame, {}).value();
  ASSERT_GE(corners.size(), 2U);
  // All corners of equal squares have the same score; the first cell in reading order wins.
  EXPECT_LT(corners[0].y(), 85);
}

TEST(DetectCorners, NothingInTheDark) {
  const auto image = Render<uint8_t>(320, 240, [](double, double) { return 3; });
  EXPECT_TRUE(DetectCorners(BuildTrackingPyramid(image).value(), {}).value().empty());
}

TEST(DetectCorners, BadRequestsAreErrors) {
  const TrackingPyramid frame = Squares({});
  CornerOptions options;
  options.cell_px = 7;
  EXPECT_EQ(DetectCorners(frame, {}, options).error().kind, ErrorKind::kUsage);
  options = {};
  options.border_px = 6;
  EXPECT_EQ(DetectCorners(frame, {}, options).error().kind, ErrorKind::kUsage);
  options = {};
  options.min_distance_px = -1;
  EXPECT_EQ(DetectCorners(frame, {}, options).error().kind, ErrorKind::kUsage);
  options = {};
  options.min_score = NAN;
  EXPECT_EQ(DetectCorners(frame, {}, options).error().kind, ErrorKind::kUsage);
  EXPECT_EQ(DetectCorners(TrackingPyramid(), {}).error().kind, ErrorKind::kUnusableInput);
}

}  // namespace
}  // namespace nightjar
