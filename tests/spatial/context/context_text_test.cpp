// SPDX-License-Identifier: Apache-2.0
#include "spatial/context/context_text.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <numbers>
#include <string>

#include "core/so3.h"
#include "tests/spatial/context/context_session.h"

namespace nightjar {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// By RFC 3629: no stray continuation, no cut sequence.
bool IsUtf8(const std::string& text) {
  for (size_t k = 0; k < text.size();) {
    const auto lead = static_cast<unsigned char>(text[k]);
    const size_t length = lead < 0x80 ? 1 : lead >> 5 == 6 ? 2 : lead >> 4 == 14 ? 3 : 0;
    if (length == 0 || k + length > text.size()) return false;
    for (size_t i = 1; i < length; ++i) {
      if (static_cast<unsigned char>(text[k + i]) >> 6 != 2) return false;
    }
    k += length;
  }
  return true;
}

TEST(ContextParts, KeepsEveryBudget) {
  const Session session = InARoom();
  const ContextParts parts(MomentOf(session)), again(MomentOf(session));
  std::vector<size_t> budgets;
  for (size_t n = 0; n <= 2000; ++n) budgets.push_back(n);
  budgets.insert(budgets.end(), {4096, 16384, 65536, 1 << 20});
  for (const size_t budget : budgets) {
    const std::string text = parts.Text(budget);
    ASSERT_LE(text.size(), budget);
    ASSERT_TRUE(IsUtf8(text)) << budget;
    ASSERT_EQ(text, again.Text(budget));
    if (budget >= 4) {
      ASSERT_FALSE(text.empty());
      ASSERT_EQ(text.back(), '\n');
    }
    const std::string json = parts.JsonText(budget);
    ASSERT_LE(json.size(), budget);
    ASSERT_EQ(json.empty(), budget < 3);
    ASSERT_TRUE(json.empty() || Json::accept(json)) << json;
    ASSERT_EQ(json, again.JsonText(budget));
  }
}

TEST(ContextParts, UsesEachLevelWell) {
  const ContextParts parts(MomentOf(InARoom()));
  const std::string all = parts.Text(1 << 20);
  EXPECT_THAT(all, Not(HasSubstr("left out")));
  EXPECT_THAT(all, Not(HasSubstr("shortened")));
  const std::vector<std::pair<size_t, std::vector<const char*>>> levels = {
      {256, {" at (", "looking yaw", "nearest known obstacle", "left out: "}},
      {1024, {"free by clock", " 6:", "straight way back", "room x 7.0"}},
      {4096, {"wall_5=Wall(", "map from above", "path, t s", "0.0-10.0s", "table 6"}},
      {16384, {"back within", "keyframes", "path, t s"}},
      {65536, {"outline"}}};
  for (const auto& [budget, wanted] : levels) {
    const std::string text = parts.Text(budget);
    EXPECT_GE(static_cast<double>(text.size()),
              0.75 * static_cast<double>(std::min(budget, all.size())));
    for (const char* part : wanted) EXPECT_THAT(text, HasSubstr(part)) << budget;
  }
}

TEST(ContextParts, SaysWhereItIsInTheAlignedFrame) {
  const Session session = InARoom();
  const ContextMoment moment = MomentOf(session, 4.0);
  const Se3 truth = SyntheticPose(4.0);
  const double c = std::cos(0.01), s = std::sin(0.01);  // the scene's yaw
  const Eigen::Vector3d& p = truth.translation;
  const Json json = Json::parse(ContextParts(moment).JsonText(4096));
  EXPECT_NEAR(json["pose"]["position_m"][0].get<double>(), c * p.x() - s * p.y(), 0.006);
  EXPECT_NEAR(json["pose"]["position_m"][1].get<double>(), s * p.x() + c * p.y(), 0.006);
  EXPECT_NEAR(json["pose"]["position_m"][2].get<double>(), p.z() - 0.003, 0.006);
  const Eigen::Vector3d ahead = truth.rotation * Eigen::Vector3d::UnitX();
  EXPECT_NEAR(json["pose"]["yaw_deg"].get<double>(),
              std::atan2(ahead.y(), ahead.x()) * 180 / std::numbers::pi + 0.57, 0.6);
  EXPECT_EQ(json["frame"]["name"], "aligned");
}

// The keyframe of 4.0 s saw the walls from there: 6 o'clock is behind.
TEST(ContextParts, TellsHowFarTheWallBehindIs) {
  const Session session = InARoom();
  const ContextMoment moment = MomentOf(session, 4.0);
  const Json json = Json::parse(ContextParts(moment).JsonText(8192));
  const Se3 truth = SyntheticPose(4.0);
  for (const auto& sector : json["clearance"]["sectors"]) {
    if (sector["state"] != "hit") continue;
    const double angle =
        moment.look().yaw_rad - sector["hour"].get<double>() * std::numbers::pi / 6;
    EXPECT_NEAR(sector["distance_m"].get<double>(),
                DistanceToWalls(truth.translation, {std::cos(angle), std::sin(angle)}), 0.02)
        << sector["hour"];
  }
  EXPECT_EQ(json["clearance"]["sectors"][5]["state"], "open");
  EXPECT_EQ(json["clearance"]["sectors"][8]["state"], "unknown");
}

// 20 ms behind a keyframe one looks elsewhere: hours are counted from where one looks now.
TEST(ContextParts, TurnsTheClockWithTheHead) {
  Session session = InARoom();
  for (TrajectoryRow& row : session.closed_loop) {
    if (row.state.time <= session.keyframes[16].state.time) continue;
    row.state.T_world_body.rotation =
        so3::Exp({0, 0, std::numbers::pi / 2}) * row.state.T_world_body.rotation;
  }
  const Json before = Json::parse(ContextParts(MomentOf(session, 4.0)).JsonText(8192));
  const Json after = Json::parse(ContextParts(MomentOf(session, 4.05)).JsonText(8192));
  // A quarter to the left: what was ahead is on the right.
  EXPECT_EQ(before["clearance"]["sectors"][0]["distance_m"],
            after["clearance"]["sectors"][3]["distance_m"]);
  EXPECT_EQ(before["clearance"]["sectors"][9]["distance_m"],
            after["clearance"]["sectors"][0]["distance_m"]);
}

// A map that has the body inside of a wall says nothing of what is around it.
TEST(ContextParts, DoesNotBelieveAClearanceFromInsideAThing) {
  Session session = InARoom();
  for (KeyframeView& view : session.scene.views) {
    for (ClearanceRay& ray : view.clearance->rays) ray = {ClearanceRay::State::kHit, 0.01, 0.03};
  }
  EXPECT_THAT(TextAt(session, 2000, 4.0), HasSubstr("obstacles: unknown here"));
  EXPECT_THAT(TextAt(session, 2000, 4.0), Not(HasSubstr("free by clock")));
}

TEST(ContextParts, DoesNotBelieveAMapThatBlocksThePath) {
  Session session = InARoom();
  EXPECT_THAT(TextAt(session, 4096), HasSubstr("map from above"));
  session.scene.occupancy.states.assign(session.scene.occupancy.states.size(),
                                        OccupancyGrid::kOccupied);
  EXPECT_THAT(TextAt(session, 1 << 16), Not(HasSubstr("map from above")));
  EXPECT_THAT(TextAt(session, 4096), HasSubstr("straight way back unknown"));
}

TEST(ContextParts, GivesNoDigitFinerThanSigma) {
  Session session = InARoom();
  for (Keyframe& keyframe : session.keyframes) {
    keyframe.covariance.setZero();
    keyframe.covariance.diagonal().setConstant(0.3 * 0.3);  // 0.3 m, 17 degrees
  }
  const std::string text = TextAt(session, 65536, 4.0);
  EXPECT_THAT(text, HasSubstr("±0.3m looking yaw "));
  const std::string pose = text.substr(0, text.find('\n'));
  const std::string place = pose.substr(pose.find('('), pose.find(')') - pose.find('('));
  EXPECT_THAT(place, testing::MatchesRegex("\\(-?[0-9]\\.[0-9],-?[0-9]\\.[0-9],-?[0-9]\\.[0-9]"));
  for (Keyframe& keyframe : session.keyframes)
    keyframe.covariance.setConstant(std::numeric_limits<double>::quiet_NaN());
  EXPECT_THAT(TextAt(session, 1024, 4.0), HasSubstr("±?m looking"));
}

TEST(ContextParts, SaysThatItIsLost) {
  Session session = InARoom();
  for (size_t k = 100; k < 201; ++k) {
    session.closed_loop[k].status = TrackingStatus::kLost;
    session.health[k].status = TrackingStatus::kLost;
    session.health[k].reason = "no image, bytes \xff\xfe";
  }
  for (const size_t budget : {64, 256, 65536}) {
    const std::string text = TextAt(session, budget);
    EXPECT_THAT(text, HasSubstr("PLACE UNKNOWN")) << budget;
    EXPECT_THAT(text, Not(HasSubstr(" at ("))) << budget;
    EXPECT_TRUE(IsUtf8(text));
  }
  EXPECT_THAT(TextAt(session, 4096), HasSubstr("lost, no image"));
  session.closed_loop[60].status = session.health[60].status = TrackingStatus::kDegraded;
  session.health[60].reason = "few features agree";
  EXPECT_THAT(TextAt(session, 100, 3.0), HasSubstr("UNCERTAIN"));
  EXPECT_THAT(TextAt(session, 4096, 3.0), HasSubstr("UNCERTAIN: degraded, few features agree"));
}

TEST(ContextParts, KnowsOfTheMapThatItIsIn) {
  Session session = InARoom();
  SplitIntoTwoMaps(session, 100);
  session.scene = SyntheticScene(session);
  const std::string there = TextAt(session, 65536, 2.0), here = TextAt(session, 65536);
  EXPECT_THAT(there, HasSubstr("wall_2"));
  EXPECT_THAT(here, Not(HasSubstr("wall_2"))) << "that room is of another map";
  EXPECT_THAT(here, HasSubstr("start (t=5.0s)")) << "the way back ends where the map begins";
}

TEST(ContextParts, ReadsACausalSession) {
  Session session = SyntheticSession(100);
  session.closed_loop.clear();
  session.keyframes.clear();
  session.landmarks.clear();
  const std::string text = TextAt(session, 4096, 3.0);
  EXPECT_THAT(text, StartsWith("t=3.00s at ("));
  EXPECT_THAT(text, HasSubstr("±?m"));
  EXPECT_THAT(text, HasSubstr("causal solution"));
  EXPECT_THAT(text, HasSubstr("obstacles: unknown here"));
}

TEST(ContextParts, TellsThePastOfAWindowOnly) {
  const Session session = InARoom();
  const Json json = Json::parse(ContextParts(MomentOf(session, 8.0, 5.0)).JsonText(1 << 20));
  EXPECT_EQ(json["pose"]["t_s"], 8.0);
  EXPECT_EQ(json["path"][0][0], 5.0);
  EXPECT_EQ(json["path"].back()[0], 8.0);
  EXPECT_EQ(json["segments"][0]["begin_s"], 5.0);
  for (const auto& keyframe : json["keyframes"]) {
    EXPECT_GE(keyframe["t_s"], 5.0);
    EXPECT_LE(keyframe["t_s"], 8.0);
  }
}

TEST(ContextMoment, RefusesTimesThatItDoesNotHave) {
  const Session session = InARoom();
  const SensorTime first = session.open_loop.front().state.time;
  const auto error = [&](double at_s, double from_s) {
    const auto moment =
        ContextMoment::At(session, {first + FromSeconds(at_s), first + FromSeconds(from_s)});
    return moment ? Error{} : moment.error();
  };
  EXPECT_EQ(error(10.01, 0).kind, ErrorKind::kUsage);
  EXPECT_THAT(error(10.01, 0).Message(), HasSubstr("0 to 10.000 s"));
  EXPECT_THAT(error(-0.01, -0.01).Message(), HasSubstr("outside"));
  EXPECT_THAT(error(5, 6).Message(), HasSubstr("ends before it begins"));
  EXPECT_EQ(ContextMoment::At(Session{}, {}).error().kind, ErrorKind::kNoAnswer);
}

TEST(DrawTextMap, DrawsTheRoom) {
  const Session session = InARoom();
  const FloorPlan plan(session.scene, 1.3);
  TextMapRequest request;
  request.largest = 40;
  request.place_world = {1.05, -0.45};
  request.yaw_frame_rad = std::numbers::pi / 2;
  request.path_world = {{0.05, -0.45}, {0.55, -0.45}};
  const TextMap map = DrawTextMap(plan, PlaceFrame(), request);
  EXPECT_EQ(map.cell_m, 0.2);
  std::vector<std::string> rows;
  for (size_t at = 0; at < map.text.size();) {
    const size_t end = map.text.find('\n', at);
    rows.push_back(map.text.substr(at, end - at));
    at = end + 1;
  }
  const auto mark = [&](double x, double y) {
    const auto column = static_cast<size_t>((x - map.top_left.x()) / map.cell_m);
    const auto row = static_cast<size_t>((map.top_left.y() - y) / map.cell_m);
    return row < rows.size() && column < rows[row].size() ? rows[row][column] : ' ';
  };
  EXPECT_EQ(mark(1.05, -0.45), '^');
  EXPECT_EQ(mark(0.05, -0.45), '+');
  EXPECT_EQ(mark(-2, 1), '.');
  EXPECT_EQ(mark(2.8, -1.8), '#') << "the table";
  EXPECT_EQ(mark(2.8, 1.8), '.') << "it is not on the other side";
  EXPECT_EQ(mark(-3.55, 0.1), '#');
  EXPECT_EQ(mark(0.1, 2.55), '#');
}

TEST(FloorPlan, SaysWhatIsInTheWay) {
  const Session session = InARoom();
  const FloorPlan plan(session.scene, 1.3);
  EXPECT_EQ(plan.Straight({-3, 0}, {3, 0}).state, OccupancyGrid::kFree);
  const FloorPlan::Way blocked = plan.Straight({0, -1.8}, {3, -1.8});
  EXPECT_EQ(blocked.state, OccupancyGrid::kOccupied);
  EXPECT_NEAR(blocked.known_free_m, 2.3, 0.11) << "to the table's edge";
  EXPECT_EQ(plan.Straight({2, -1.15}, {3.2, -1.15}).state, OccupancyGrid::kOccupied)
      << "a body is wider than a line";
  EXPECT_EQ(FloorPlan(Scene{}, 1).Straight({0, 0}, {1, 0}).state, OccupancyGrid::kUnknown);
}

TEST(RoundedText, KeepsTheDigitsThatSigmaLeaves) {
  EXPECT_EQ(Metres(0.023).Both(3.14159), "3.14±0.03");
  EXPECT_EQ(Metres(0.002).Both(3.14159), "3.14±0.01");
  EXPECT_EQ(Metres(0.2).Both(3.14159), "3.1±0.2");
  EXPECT_EQ(Metres(0.095).Both(3.14159), "3.1±0.1");
  EXPECT_EQ(Metres(4).Both(3.14159), "3±4");
  EXPECT_EQ(Metres(40).Both(1234.5), "1230±40");
  EXPECT_EQ(Metres(0.02).Value(-0.001), "0.00");
  EXPECT_EQ(Metres(std::numeric_limits<double>::infinity()).Both(3.14159), "3.1±?");
  EXPECT_EQ(Degrees(0.3).Both(-47.6), "-48±1");
}

TEST(BearingText, SpeaksAsAClock) {
  const double degree = std::numbers::pi / 180;
  EXPECT_EQ(BearingText(0, degree), "12 o'clock (0 deg right)");
  EXPECT_EQ(BearingText(92 * degree, degree), "3 o'clock (92 deg right)");
  EXPECT_EQ(BearingText(-92 * degree, degree), "9 o'clock (92 deg left)");
  EXPECT_EQ(BearingText(359 * degree, 10 * degree), "12 o'clock (0 deg left)");
  EXPECT_EQ(ClockHour(-14 * degree), 12);
  EXPECT_EQ(ClockHour(-16 * degree), 11);
}

}  // namespace
}  // namespace nightjar
