// SPDX-License-Identifier: Apache-2.0
#include "spatial/index_page.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "spatial/plan_view.h"
#include "spatial/room_view.h"
#include "spatial/side_view.h"
#include "spatial/time_charts.h"
#include "tests/spatial/furnished_session.h"
#include "tests/spatial/synthetic_session.h"

namespace nightjar {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::string Page(const Session& session) { return IndexPage(session, PlanViewSvg(session)); }

size_t Count(const std::string& text, const std::string& word) {
  size_t count = 0;
  for (size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) ++count;
  return count;
}

TEST(IndexPage, NeedsNoNetworkAndNoScript) {
  const std::string page = Page(FurnishedSession());
  EXPECT_EQ(Count(page, "http"), Count(page, "xmlns=\"http://www.w3.org/2000/svg\""));
  for (const char* word : {"<script", "<link", "<iframe", "@import", "javascript:", "onload"})
    EXPECT_THAT(page, Not(HasSubstr(word)));
}

TEST(IndexPage, ShowsTheSceneWhereThereIsOne) {
  const std::string with = Page(FurnishedSession());
  for (const char* title : {"Surroundings", "Along time", "From the side", "Health"})
    EXPECT_THAT(with, HasSubstr("<h2>" + std::string(title) + "</h2>"));
  EXPECT_THAT(with, HasSubstr("between 0.3 and 1.8 m over the floor"));
  Session floorless = FurnishedSession();
  floorless.scene.aligned.reset();
  EXPECT_THAT(Page(floorless), HasSubstr("no floor was seen"));
  const std::string without = Page(SyntheticSession());
  EXPECT_THAT(without, Not(HasSubstr("Surroundings")));
  EXPECT_THAT(without, HasSubstr("<h2>From the side</h2>"));
}

TEST(IndexPage, ShowsTheTextThatAModelGetsWithoutBelievingIt) {
  const Session session = SyntheticSession();
  EXPECT_THAT(IndexPage(session, "", "wall <2 m & floor"),
              HasSubstr("<pre>wall &lt;2 m &amp; floor</pre>"));
  EXPECT_THAT(IndexPage(session, ""), Not(HasSubstr("<pre>")));
}

TEST(IndexPage, IsLightAfterTenMinutes) {
  const Session session = FurnishedSession(12'000);
  EXPECT_LT(SideViewSvg(session).size(), 400'000u);
  EXPECT_LT(TimeCharts(session).size(), 100'000u);
  EXPECT_LT(RoomViewSvg(session).size(), 200'000u);
}

TEST(IndexPage, SaysTheRoomWithNoDigitFinerThanItsSigma) {
  // Sides of 7 m, sigma 3.2 cm, and 5 m, 4.5 cm; nothing bounds the height.
  EXPECT_EQ(RoomCaption(FurnishedSession().scene),
            "7.0 ± 0.03 m long · 5.0 ± 0.04 m wide · at least 2.5 m high · 33.0 m² of floor");
  EXPECT_THAT(RoomCaption(Scene()), IsEmpty());
}

TEST(IndexPage, WhatIsNotKnownIsNotDrawn) {
  Session session = FurnishedSession(100);
  EXPECT_THAT(TimeCharts(session), HasSubstr("Height over the floor"));
  session.scene.aligned->floor_z_sigma_m = std::numeric_limits<double>::infinity();
  EXPECT_THAT(TimeCharts(session), HasSubstr("Height over the origin"));
  for (Keyframe& keyframe : session.keyframes) keyframe.covariance.setConstant(NAN);
  EXPECT_THAT(TimeCharts(session), Not(HasSubstr("1σ of")));
  for (const std::string& svg : {TimeCharts(session), SideViewSvg(session), RoomViewSvg(session)})
    EXPECT_THAT(svg, Not(HasSubstr("nan")));
  session.open_loop.clear();
  session.closed_loop.clear();
  EXPECT_THAT(TimeCharts(session) + SideViewSvg(session), IsEmpty());
}

// Height 1.5 m over the floor, speed 0.5 m/s: where the lines lie.
TEST(TimeCharts, LinesLieWhereTheirTicksSay) {
  Session session = FurnishedSession(100);
  for (TrajectoryRow& row : session.closed_loop) {
    row.state.T_world_body.translation.z() = 1.2;
    row.state.velocity_world = {0.3, 0.4, 0};
  }
  const std::string charts = TimeCharts(session);
  const size_t at = charts.find("points=\"");
  ASSERT_NE(at, std::string::npos);
  // The constant is in the middle of its axis: 30 px of title, 24 px of time, 150 px in all.
  EXPECT_EQ(charts.substr(at + 8, 10), "70.0,78.0 ");
}

TEST(RoomView, CubesInTheWayAreThoseBetweenKneeAndHead) {
  Session session = FurnishedSession(100);
  OccupancyGrid& grid = session.scene.occupancy;
  grid.states.assign(grid.states.size(), OccupancyGrid::kUnknown);
  const auto set = [&](int x, int y, int z, int8_t state) {
    grid.states[static_cast<size_t>((z * grid.size[1] + y) * grid.size[0] + x)] = state;
  };
  // The floor lies at z = -0.3, the grid begins at (-4, -4, -0.4), its cubes are 0.2 m.
  set(5, 7, 0, OccupancyGrid::kOccupied);   // the floor itself
  set(10, 8, 6, OccupancyGrid::kOccupied);  // 1.2 m over it
  set(10, 8, 5, OccupancyGrid::kFree);      // under that
  set(20, 9, 4, OccupancyGrid::kFree);
  set(30, 9, 13, OccupancyGrid::kOccupied);  // 2.6 m
  const std::string svg = RoomViewSvg(session);
  EXPECT_THAT(svg, HasSubstr("fill=\"#c8754a\" d=\"M-2.00 -2.40h0.20v0.20h-0.20z\""));
  EXPECT_THAT(svg, HasSubstr("fill=\"#1f4b52\" d=\"M0.00 -2.20h0.20v0.20h-0.20z\""));
  EXPECT_THAT(svg, HasSubstr("rotate(-11.459)")) << "the walls along the picture";
}

// A body that is lost has no place: the path ends there and begins anew.
TEST(RoomView, ThePathHasAGapWhereTheBodyIsLost) {
  Session session = FurnishedSession(100);
  const auto lines = [&] {
    const std::string svg = RoomViewSvg(session);
    std::vector<std::string> lengths;
    for (size_t at = svg.find("<polyline"); at != std::string::npos;
         at = svg.find("<polyline", at + 1))
      lengths.push_back(svg.substr(at, svg.find("/>", at) - at));
    return lengths;
  };
  const std::vector<std::string> whole = lines();
  ASSERT_FALSE(whole.empty());
  for (size_t k = 40; k < 60; ++k) session.closed_loop[k].status = TrackingStatus::kLost;
  const std::vector<std::string> with_gap = lines();
  EXPECT_LT(with_gap.size(), whole.size());
}

}  // namespace
}  // namespace nightjar
