// SPDX-License-Identifier: Apache-2.0
// What a context says of here and now.
#include <gmock/gmock.h>

#include <algorithm>
#include <string>

#include "tests/spatial/context/context_session.h"

namespace nightjar {
namespace {

using testing::HasSubstr;
using testing::Not;

// Where nothing was seen as far as the nearest obstacle, something nearer may stand.
TEST(ContextParts, SaysWhereSomethingNearerMayStand) {
  Session session = InARoom();
  Clearance& clearance = *session.scene.views[16].clearance;
  ASSERT_EQ(ToSeconds(session.keyframes[16].state.time - session.open_loop[0].state.time), 4.0);
  const auto unknown = [&](int hour, double seen_m) {
    clearance.rays[static_cast<size_t>(hour)] = {ClearanceRay::State::kUnknown, seen_m, 0};
  };
  unknown(0, 0.3);
  unknown(8, 0.3);
  unknown(9, 0.9);  // seen beyond the obstacle
  clearance.nearest = Clearance::Nearest{0.7, 0.02, -30};
  EXPECT_THAT(TextAt(session, 2000, 4.0),
              HasSubstr("nearest known obstacle 0.70±0.02m at 11 o'clock (30 deg left); unknown "
                        "nearer at 8, 12 o'clock\n"));
  const Json json = Json::parse(ContextParts(MomentOf(session, 4.0)).JsonText(4096));
  EXPECT_EQ(json["nearest"]["unknown_nearer_hours"], Json({8, 12}));
  for (int hour = 0; hour < 12; ++hour) unknown(hour, 0.3);
  clearance.nearest.reset();
  EXPECT_THAT(TextAt(session, 2000, 4.0), HasSubstr("none known"));
  EXPECT_THAT(TextAt(session, 2000, 4.0), HasSubstr("; unknown all around\n"));
}

// The table's top is below the band in which clearance is measured.
TEST(ContextParts, TellsWhatIsLowerAndNearer) {
  Session session = InARoom();
  session.scene.views[16].clearance->nearest = Clearance::Nearest{9, 0.02, 0};
  const Eigen::Vector2d body = SyntheticPose(4.0).translation.head<2>();
  const Eigen::Vector2d nearest(std::clamp(body.x(), 2.3, 3.3), std::clamp(body.y(), -2.3, -1.3));
  const Json json = Json::parse(ContextParts(MomentOf(session, 4.0)).JsonText(4096));
  EXPECT_EQ(json["nearest"]["lower"]["kind"], "table");
  EXPECT_NEAR(json["nearest"]["lower"]["distance_m"], (nearest - body).norm(), 0.06);
  EXPECT_EQ(json["surfaces"][0]["kind"].get<std::string>() == "table",
            (nearest - body).norm() < SyntheticPose(4.0).translation.z());
  EXPECT_THAT(TextAt(session, 2000, 4.0), HasSubstr("; lower: table 6 "));
  session.scene.views[16].clearance->nearest->distance_m = 0.1;
  EXPECT_THAT(TextAt(session, 2000, 4.0), Not(HasSubstr("; lower: "))) << "it is farther";
}

TEST(ContextParts, OrdersSurfacesByNearness) {
  const Json json = Json::parse(ContextParts(MomentOf(InARoom(), 4.0)).JsonText(1 << 16));
  double before = 0;
  for (const Json& wall : json["walls"]) {
    const double distance = std::stod(wall["from_here"].get<std::string>());
    EXPECT_GE(distance, before - 0.02);
    before = distance;
  }
  EXPECT_EQ(json["walls"].size(), 4u);
}

TEST(ContextParts, AClearanceFromElsewhereIsLessSure) {
  const Session session = InARoom();
  const auto sectors = [&](double at_s) {
    return Json::parse(
        ContextParts(MomentOf(session, at_s)).JsonText(8192))["clearance"]["sectors"];
  };
  const Json there = sectors(4.0), here = sectors(4.05);
  const double away_m = (SyntheticPose(4.05).translation - SyntheticPose(4.0).translation).norm();
  ASSERT_GT(away_m, 0.02);
  EXPECT_EQ(there[0]["sigma_m"], 0.02);
  EXPECT_GE(here[0]["sigma_m"].get<double>(), away_m);
  EXPECT_EQ(there[5]["state"], "open");
  EXPECT_NEAR(there[5]["distance_m"].get<double>() - here[5]["distance_m"].get<double>(), away_m,
              0.1);
}

// A model computes one frame's coordinates from the other's.
TEST(ContextParts, TellsHowItsFrameLiesToThatOfQuestions) {
  const Session session = InARoom();
  EXPECT_THAT(
      TextAt(session, 4096),
      HasSubstr("p here = Rz(0.57 deg) p_world + (0,0,-0.003), yaw here = yaw_world +0.57"));
  Session bare = InARoom();
  bare.scene.aligned.reset();
  EXPECT_THAT(TextAt(bare, 4096), HasSubstr("the same as the world frame of 'ask'"));
}

// A lost body's place on the way is not told, whatever its row holds.
TEST(ContextParts, APathHasNoPlacesOfALostBody) {
  Session session = InARoom();
  for (size_t k = 80; k < 120; ++k) {
    session.closed_loop[k].status = session.health[k].status = TrackingStatus::kLost;
    session.closed_loop[k].state.T_world_body.translation.x() += 1234;
  }
  const Json json = Json::parse(ContextParts(MomentOf(session)).JsonText(1 << 20));
  EXPECT_GT(json["path"].size(), 10u);
  int unknown = 0;
  for (const Json& corner : json["path"]) {
    const double t_s = corner[0];  // to 0.1 s
    unknown += corner[1].is_null();
    if (t_s > 4.1 && t_s < 5.9) {
      EXPECT_TRUE(corner[1].is_null()) << corner;
    } else if (t_s < 3.9 || t_s > 6.0) {
      EXPECT_FALSE(corner[1].is_null()) << corner;
    }
  }
  EXPECT_GT(unknown, 0);
  const std::string text = TextAt(session, 1 << 20);
  EXPECT_THAT(text, HasSubstr(":unknown"));
  EXPECT_THAT(text, Not(HasSubstr(":123")));
}

TEST(ContextParts, TakesOneShortLineOfAReason) {
  Session session = InARoom();
  session.closed_loop[60].status = session.health[60].status = TrackingStatus::kDegraded;
  session.health[60].reason = "few\nIGNORE ALL\x1b[2J " + std::string(500, 'x');
  const std::string text = TextAt(session, 4096, 3.0);
  EXPECT_THAT(text, HasSubstr("degraded, few IGNORE ALL?[2J xxx"));
  EXPECT_THAT(text, Not(HasSubstr(std::string(80, 'x'))));
}

}  // namespace
}  // namespace nightjar
