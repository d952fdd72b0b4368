// SPDX-License-Identifier: Apache-2.0
#include "spatial/plan_view.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <regex>
#include <sstream>

#include "spatial/index_page.h"
#include "spatial/plan_layers.h"
#include "spatial/plan_projection.h"
#include "tests/spatial/synthetic_session.h"

namespace nightjar {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr double kPi = 3.14159265358979323846;

// Whether every element that is opened is closed, in order. Enough XML for what we write.
bool IsWellFormed(const std::string& svg) {
  std::vector<std::string> open;
  const std::regex tag("<(/?)([a-zA-Z]+)[^>]*?(/?)>");
  for (std::sregex_iterator match(svg.begin(), svg.end(), tag), end; match != end; ++match) {
    if ((*match)[3].length() > 0) continue;
    if ((*match)[1].length() == 0) {
      open.push_back((*match)[2]);
    } else if (open.empty() || open.back() != (*match)[2]) {
      return false;
    } else {
      open.pop_back();
    }
  }
  return open.empty();
}

int Count(const std::string& text, const std::string& part) {
  int count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST(FitPlan, PutsXToTheRightAndYUp) {
  const Session session = SyntheticSession();
  const PlanProjection plan = FitPlan(session.closed_loop, session.landmarks, {1200, 800});
  const Eigen::Vector2d origin = plan.ToPixel({0, 0, 0});
  const Eigen::Vector2d x = plan.ToPixel({1, 0, 7}) - origin;
  const Eigen::Vector2d y = plan.ToPixel({0, 1, -7}) - origin;
  EXPECT_NEAR(x.x(), plan.pixels_per_metre, 1e-9);
  EXPECT_NEAR(x.y(), 0, 1e-9);
  EXPECT_NEAR(y.x(), 0, 1e-9);
  EXPECT_NEAR(y.y(), -plan.pixels_per_metre, 1e-9)
      << "one scale for both axes; pixels count downwards";
}

TEST(FitPlan, KeepsThePathInThePictureWhateverTheLandmarks) {
  Session session = SyntheticSession();
  for (const double distance : {0.5, 5.0, 500.0}) {
    for (size_t k = 0; k < session.landmarks.size(); ++k) {  // all on one side, some nowhere
      session.landmarks[k].position_world = {distance + 0.01 * static_cast<double>(k), distance, 0};
    }
    session.landmarks[0].position_world.setConstant(std::numeric_limits<double>::quiet_NaN());
    const PlanProjection plan = FitPlan(session.closed_loop, session.landmarks, {1200, 800});
    Eigen::Vector2d low(1e9, 1e9);
    Eigen::Vector2d high(-1e9, -1e9);
    for (const TrajectoryRow& row : session.closed_loop) {
      const Eigen::Vector2d pixel = plan.ToPixel(row.state.T_world_body.translation);
      EXPECT_TRUE(plan.Contains(pixel, 50)) << distance;
      low = low.cwiseMin(pixel);
      high = high.cwiseMax(pixel);
    }
    EXPECT_GT((high - low).maxCoeff(), 240) << "the path must not get lost among far landmarks";
  }
}

TEST(FitPlan, DoesNotMagnifyStandingStill) {
  const Session session = SyntheticSession(1);
  EXPECT_LE(FitPlan(session.closed_loop, {}, {1200, 800}).pixels_per_metre, 5000);
}

TEST(SigmaEllipse, HasTheAxesOfTheCovariance) {
  // 3 cm along a direction of 30 degrees, 1 cm across.
  const Eigen::Matrix2d R = Eigen::Rotation2Dd(kPi / 6).toRotationMatrix();
  const Ellipse ellipse =
      SigmaEllipse(R * Eigen::Vector2d(9e-4, 1e-4).asDiagonal() * R.transpose());
  EXPECT_NEAR(ellipse.major, 0.03, 1e-12);
  EXPECT_NEAR(ellipse.minor, 0.01, 1e-12);
  EXPECT_NEAR(ellipse.direction_rad, kPi / 6, 1e-12);
}

TEST(RoundDown125, IsRoundAndNotAbove) {
  EXPECT_DOUBLE_EQ(RoundDown125(1), 1);
  EXPECT_DOUBLE_EQ(RoundDown125(1.99), 1);
  EXPECT_DOUBLE_EQ(RoundDown125(2), 2);
  EXPECT_DOUBLE_EQ(RoundDown125(4.9), 2);
  EXPECT_DOUBLE_EQ(RoundDown125(73), 50);
  EXPECT_DOUBLE_EQ(RoundDown125(0.03), 0.02);
  EXPECT_DOUBLE_EQ(RoundDown125(1000), 1000);
}

TEST(Ellipses, TurnWithTheWorldAndStateTheirScale) {
  Session session = SyntheticSession(2);
  Keyframe& keyframe = session.keyframes[0];
  keyframe.covariance.setZero();
  keyframe.covariance.topLeftCorner<2, 2>() << 2.5e-4, 1.5e-4, 1.5e-4,
      2.5e-4;  // 2 cm along (1, 1), 1 cm across
  PlanProjection plan;
  plan.pixels_per_metre = 100;
  const std::string svg = plan::Ellipses(plan, session.closed_loop, {&keyframe}, 5);
  EXPECT_THAT(svg, HasSubstr("rx=\"10.0\" ry=\"5.0\"")) << "1 sigma";
  EXPECT_THAT(svg, HasSubstr("rx=\"20.0\" ry=\"10.0\"")) << "2 sigma";
  EXPECT_THAT(svg, HasSubstr("rotate(-45.0)"))
      << "counter-clockwise in a picture that counts downwards";
}

TEST(Dots, FadeWithTheirSigmaAndLeaveOutTheHopeless) {
  PlanProjection plan;
  plan.centre_px = plan.half_size_px = {100, 100};
  plan.pixels_per_metre = 10;
  std::vector<Landmark> landmarks(4);
  landmarks[0].distance_sigma = 0.01;
  landmarks[1].distance_sigma = 0.2;
  landmarks[2].distance_sigma = 30;
  landmarks[3].position_world = {1000, 0, 0};
  size_t shown = 0;
  const std::string svg = plan::Dots(plan, landmarks, shown);
  EXPECT_EQ(shown, 2);
  EXPECT_EQ(Count(svg, "<path"), 2);
  EXPECT_LT(svg.find("0.3"), svg.find("0.95")) << "the most certain on top";
}

TEST(PlanViewSvg, IsOneWellFormedPictureWithItsLegend) {
  const std::string svg = PlanViewSvg(SyntheticSession());
  EXPECT_TRUE(IsWellFormed(svg));
  EXPECT_THAT(svg, HasSubstr("drawn 10× larger"));
  EXPECT_THAT(svg, HasSubstr("7.73 m of path in 10.0 s"));
  EXPECT_THAT(svg, HasSubstr("98.0 % usable"));
  EXPECT_THAT(svg, HasSubstr(">1 m</text>"));
  EXPECT_THAT(svg, HasSubstr(">start</text>"));
  EXPECT_EQ(Count(svg, "<ellipse"), 2 * 36);
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
  EXPECT_THAT(svg, Not(HasSubstr("inf")));
  EXPECT_THAT(svg, Not(testing::ContainsRegex("(href|src|url\\(http|@import)")))
      << "needs nothing from elsewhere";
  EXPECT_EQ(svg, PlanViewSvg(SyntheticSession()));
}

TEST(PlanViewSvg, DrawsNoLineFromOneMapToTheNext) {
  Session session = SyntheticSession(40);
  session.keyframes.clear();
  session.pairs.clear();
  const auto longest_step = [](const std::string& svg) {
    double longest = 0;
    const std::regex line("<polyline[^>]*points=\"([^\"]*)\"");
    for (std::sregex_iterator match(svg.begin(), svg.end(), line), end; match != end; ++match) {
      std::istringstream points((*match)[1]);
      Eigen::Vector2d last, point;
      char comma;
      for (bool first = true; points >> point.x() >> comma >> point.y(); first = false) {
        if (!first) longest = std::max(longest, (point - last).norm());
        last = point;
      }
    }
    return longest;
  };
  EXPECT_GT(longest_step(PlanViewSvg(session)), 0);
  SplitIntoTwoMaps(session, 20);
  EXPECT_LT(longest_step(PlanViewSvg(session)), 60) << "px; the maps lie metres apart";
}

// The longest stretch between two points of a line, pixels.
double WidestStep(const std::string& lines) {
  double widest = 0;
  const std::regex element("points=\"([^\"]*)\"");
  for (std::sregex_iterator match(lines.begin(), lines.end(), element), end; match != end;
       ++match) {
    std::istringstream points((*match)[1]);
    Eigen::Vector2d before, point;
    char comma = 0;
    for (int k = 0; points >> point.x() >> comma >> point.y(); ++k, before = point) {
      if (k > 0) widest = std::max(widest, (point - before).norm());
    }
  }
  return widest;
}

// Whatever a lost body's rows hold: no mark there, and no line over the gap.
TEST(PlanViewSvg, DrawsNoPlaceOfALostBody) {
  Session session = SyntheticSession();
  const PlanProjection plan = FitPlan(session.closed_loop, {}, {1200, 800});
  const size_t half = session.closed_loop.size() / 2;
  const double widest = WidestStep(plan::PathLines(plan, session.closed_loop));
  Trajectory lost = session.closed_loop;
  for (size_t k = half; k < half + 10; ++k) {
    lost[k].status = k % 2 == 0 ? TrackingStatus::kLost : TrackingStatus::kWaiting;
    lost[k].state.T_world_body.translation = {0.123, 77, 0};
  }
  const std::string lines = plan::PathLines(plan, lost);
  EXPECT_GT(Count(lines, "<polyline"), 10);
  EXPECT_LE(WidestStep(lines), widest) << "there is no line over the gap";
  std::ostringstream nowhere;
  nowhere << std::lround(plan.ToPixel({0.123, 77, 0}).y());
  EXPECT_THAT(lines, Not(HasSubstr("," + nowhere.str())));
  for (TrajectoryRow& row : lost) row.status = TrackingStatus::kLost;
  EXPECT_EQ(Count(plan::PathLines(plan, lost), "<polyline"), 0);
  session.closed_loop = lost;
  EXPECT_THAT(PlanViewSvg(session), Not(HasSubstr(">start<")));
}

TEST(PlanViewSvg, StandsWhateverIsMissing) {
  Session session = SyntheticSession(1);
  EXPECT_TRUE(IsWellFormed(PlanViewSvg(session)));
  session.keyframes.clear();
  session.pairs.clear();
  session.landmarks.clear();
  EXPECT_THAT(PlanViewSvg(session), Not(HasSubstr("ellipses")));
  session.closed_loop.clear();
  EXPECT_THAT(PlanViewSvg(session), HasSubstr("start"));
  session.open_loop.clear();
  const std::string empty = PlanViewSvg(session);
  EXPECT_THAT(empty, HasSubstr("no poses"));
  EXPECT_TRUE(IsWellFormed(empty));
}

TEST(PlanViewSvg, DoesNotGrowWithTheLog) {
  EXPECT_LT(PlanViewSvg(SyntheticSession(40000)).size(), 1'500'000);
}

TEST(IndexPage, ShowsThePictureAndEscapesWhatOthersWrote) {
  Session session = SyntheticSession();
  session.stages[0].warnings = {"<script>alert(1)</script> & \"more\""};
  const std::string svg = PlanViewSvg(session);
  const std::string page = IndexPage(session, svg);
  EXPECT_THAT(page, HasSubstr(svg));
  EXPECT_THAT(page, HasSubstr("&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;more&quot;"));
  EXPECT_THAT(page, Not(HasSubstr("<script")));
  EXPECT_THAT(page, HasSubstr("98.0 %"));
  EXPECT_THAT(page, HasSubstr("frames 49 to 49, dead-reckoned: no image"));
  EXPECT_THAT(page, HasSubstr("imu0/data.csv:12"));
  EXPECT_THAT(page, Not(HasSubstr("<img")));
}

TEST(IndexPage, ShowsThePicturesOfKeyframes) {
  Session session = SyntheticSession();
  const SensorTime begin = session.open_loop.front().state.time;
  for (const int second : {1, 2}) {
    const SensorTime time = begin + std::chrono::seconds(second);
    session.images.push_back({time, 0, "images/a&b/" + std::to_string(second) + ".jpg", 640, 480});
  }
  const std::string page = IndexPage(session, PlanViewSvg(session));
  for (const char* picture :
       {"<a href=\"images/a&amp;b/1.jpg\"><img src=\"images/a&amp;b/1.jpg\" loading=\"lazy\" "
        "width=\"640\" height=\"480\" alt=\"\">1.00 s</a>",
        "src=\"images/a&amp;b/2.jpg\""})
    EXPECT_THAT(page, HasSubstr(picture));
}

}  // namespace
}  // namespace nightjar
