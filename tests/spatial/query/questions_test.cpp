// SPDX-License-Identifier: Apache-2.0
#include "spatial/query/questions.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>
#include <optional>

#include "spatial/query/answer.h"
#include "spatial/query/ego_frame.h"
#include "tests/spatial/query/asked_session.h"

namespace nightjar {
namespace {

Json Asked(const Questions& questions, const std::string& request) {
  const auto answer = questions.Ask(Json::parse(request));
  EXPECT_TRUE(answer) << request << ": " << (answer ? "" : answer.error().Message());
  return answer ? *answer : Json();
}

ErrorKind Refused(const Questions& questions, const std::string& request) {
  const auto answer = questions.Ask(Json::parse(request));
  EXPECT_FALSE(answer) << request;
  return answer ? ErrorKind::kInternal : answer.error().kind;
}

const Questions& TheQuestions() {
  static const Questions questions(AskedSession());
  return questions;
}

Eigen::Vector3d Position(double t) { return SyntheticPose(t).translation; }

double Heading(double t) {
  static const Rig rig = AskedSession(1).rig;
  return Heading(rig, SyntheticPose(t));
}

Eigen::Vector3d PointOf(const Json& json) {
  return {json[0].get<double>(), json[1].get<double>(), json[2].get<double>()};
}

TEST(RoundedTo, HasNoDigitFinerThanSigma) {
  EXPECT_EQ(RoundedTo(1.23456, 0.012), 1.23);
  EXPECT_EQ(RoundedTo(1.23456, 0.0096), 1.235);
  EXPECT_EQ(RoundedTo(1.23456, 0.099), 1.23);
  EXPECT_EQ(RoundedTo(1.23456, 0.0999), 1.2) << "a sigma that is 0.10 with two digits";
  EXPECT_EQ(RoundedTo(127.3, 14.0), 130);
  EXPECT_EQ(RoundedTo(1.23456789, 0.0), 1.234568);
  EXPECT_EQ(RoundedTo(1.23456789, std::nullopt), 1.235);
  EXPECT_EQ(RoundedSigma(0.01234), 0.012);
}

TEST(Questions, PoseIsThatOfTheTime) {
  for (const double t : {0.0, 1.0, 3.127, 9.7}) {
    const Json answer = Asked(TheQuestions(), R"({"verb":"pose","t":)" + std::to_string(t) + "}");
    const double sigma = std::sqrt(kPositionWalk * t);
    EXPECT_NEAR((PointOf(answer["position_m"]) - Position(t)).norm(), 0, 2e-3) << t;
    EXPECT_NEAR(answer["position_m_sigma"][0], sigma, 0.06 * sigma + 5e-5) << t;
    EXPECT_NEAR(answer["heading_deg"].get<double>() * std::numbers::pi / 180, Heading(t), 3e-3);
    EXPECT_NEAR(answer["yaw_deg_sigma"].get<double>() * std::numbers::pi / 180,
                std::sqrt(kRotationWalk * t), 0.1 * std::sqrt(kRotationWalk * t) + 1e-4);
    EXPECT_EQ(answer["frame"], "world");
    EXPECT_NEAR(answer["t_s"], t, 1e-6);
    EXPECT_TRUE(answer["unknown"].empty());
  }
  // The same by the log's clock.
  EXPECT_EQ(Asked(TheQuestions(), R"({"verb":"pose","t":"11000000000ns"})"),
            Asked(TheQuestions(), R"({"verb":"pose","t":1})"));
}

TEST(Questions, AWayIsAsUncertainAsTheTimeBetween) {
  const Json answer = Asked(TheQuestions(), R"({"verb":"distance","a":8.05,"b":9.3})");
  const double distance = (Position(9.3) - Position(8.05)).norm();
  const double sigma = std::sqrt(kPositionWalk * 1.25);
  EXPECT_NEAR(answer["distance_m"], distance, 3 * sigma);
  EXPECT_NEAR(answer["distance_m_sigma"], sigma, 0.05 * sigma) << "not the sum of both: 8 mm";
  const Json to_point = Asked(TheQuestions(), R"({"verb":"distance","a":9,"b":[0,0,1]})");
  EXPECT_NEAR(to_point["distance_m_sigma"], std::sqrt(kPositionWalk * 9), 3e-4);
  const Json points = Asked(TheQuestions(), R"({"verb":"distance","a":[1,2,3],"b":[1,5,-1]})");
  EXPECT_EQ(points["distance_m"], 5.0);
  EXPECT_EQ(points["level_m"], 3.0);
  EXPECT_EQ(points["up_m"], -4.0);
  EXPECT_EQ(points["distance_m_sigma"], 0.0);
}

TEST(Questions, AWayIsToldAsTheWearerSeesIt) {
  const Json answer = Asked(TheQuestions(), R"({"verb":"relative_pose","t0":2,"t1":4})");
  const double heading = Heading(2);
  const Eigen::Vector3d way = Position(4) - Position(2);
  EXPECT_NEAR(answer["ahead_m"], std::cos(heading) * way.x() + std::sin(heading) * way.y(), 8e-3);
  EXPECT_NEAR(answer["left_m"], -std::sin(heading) * way.x() + std::cos(heading) * way.y(), 8e-3);
  EXPECT_NEAR(answer["up_m"], way.z(), 8e-3);
  const double clockwise =
      std::remainder(heading - Heading(4), 2 * std::numbers::pi) * 180 / std::numbers::pi;
  EXPECT_NEAR(answer["turn_deg"], clockwise, 0.3);
  EXPECT_NEAR(answer["turn_deg_sigma"], std::sqrt(kRotationWalk * 2) * 180 / std::numbers::pi,
              0.03);
  // What was ahead at t0 is seen from t0 with the error of its heading.
  EXPECT_GT(answer["left_m_sigma"], answer["up_m_sigma"]);
}

TEST(Questions, ABearingGoesWithTheClock) {
  const double t = 5;
  const double heading = Heading(t);
  const Eigen::Vector3d right(std::sin(heading), -std::cos(heading), 0);
  const Eigen::Vector3d p = Position(t) + 2 * right;
  const Json answer = Asked(
      TheQuestions(), Json({{"verb", "bearing"}, {"t", t}, {"p", {p.x(), p.y(), p.z()}}}).dump());
  EXPECT_EQ(answer["clock"], 3);
  EXPECT_NEAR(answer["bearing_deg"], 90, 0.5);
  EXPECT_NEAR(answer["elevation_deg"], 0, 0.5);
  EXPECT_NEAR(answer["distance_m"], 2, 0.01);
  const double across = std::sqrt(kPositionWalk * t + 4 * kRotationWalk * t) / 2;
  EXPECT_NEAR(answer["bearing_deg_sigma"], across * 180 / std::numbers::pi, 0.01);
  const Json here = Asked(TheQuestions(), R"({"verb":"bearing","t":5,"p":5})");
  EXPECT_TRUE(here["bearing_deg"].is_null());
  EXPECT_TRUE(here["unknown"].contains("bearing_deg"));
}

TEST(Questions, MotionIsMeasuredAlongThePath) {
  const Json answer = Asked(TheQuestions(), R"({"verb":"motion","t0":1,"t1":8.5})");
  double length = 0, turn = 0;
  for (double t = 1; t < 8.5 - 5e-4; t += 1e-3) {
    length += (Position(t + 1e-3) - Position(t)).norm();
    turn -= std::remainder(Heading(t + 1e-3) - Heading(t), 2 * std::numbers::pi);
  }
  EXPECT_NEAR(answer["path_length_m"], length, 0.01);
  EXPECT_NEAR(answer["turn_deg"], turn * 180 / std::numbers::pi, 0.3) << "clockwise, all added up";
  EXPECT_LT(answer["turn_deg"], -180);
  EXPECT_NEAR(answer["mean_speed_m_s"], length / 7.5, 0.001);
  EXPECT_NEAR(answer["net_displacement_m"], (Position(8.5) - Position(1)).norm(), 0.01);
  // Each step is wrong along itself, and independently of the others.
  EXPECT_NEAR(answer["path_length_m_sigma"], std::sqrt(kPositionWalk * 7.5), 4e-4);
  const Json none = Asked(TheQuestions(), R"({"verb":"motion","t0":3,"t1":3})");
  EXPECT_EQ(none["path_length_m"], 0.0);
  EXPECT_TRUE(none["mean_speed_m_s"].is_null());
}

// How far it is to the table, which stops whoever walks; nothing: a wall is nearer.
std::optional<double> DistanceToTable(const Eigen::Vector3d& from, const Eigen::Vector2d& along) {
  const double wall = DistanceToWalls(from, along);
  for (double d = 0; d < wall; d += 1e-3) {
    const Eigen::Vector2d p = from.head<2>() + d * along;
    if (p.x() > 2.3 && p.x() < 3.3 && p.y() > -2.3 && p.y() < -1.3) return d;
  }
  return std::nullopt;
}

TEST(Questions, ClearanceIsThatOfWallsAndTheTable) {
  const Json answer = Asked(TheQuestions(), R"({"verb":"clearance","t":6.1})");
  ASSERT_EQ(answer["rays"].size(), 12u);
  int tables = 0;
  double nearest = 100;
  for (const Json& ray : answer["rays"]) {
    ASSERT_EQ(ray["state"], "hit");
    const double angle = Heading(6.1) - ray["clock"].get<double>() * std::numbers::pi / 6;
    const Eigen::Vector2d along(std::cos(angle), std::sin(angle));
    const double wall = DistanceToWalls(Position(6.1), along);
    EXPECT_NEAR(ray["distance_m"], wall, 3 * ray["distance_m_sigma"].get<double>()) << ray;
    const auto table = DistanceToTable(Position(6.1), along);
    ASSERT_EQ(ray.contains("low_m"), table.has_value()) << ray;
    if (table) {
      ++tables;
      EXPECT_NEAR(ray["low_m"], *table, 2 * ray["low_m_sigma"].get<double>()) << ray;
    }
    nearest = std::min(nearest, wall);
  }
  EXPECT_EQ(tables, 1);
  EXPECT_NEAR(answer["nearest_m"], nearest, 3 * answer["nearest_m_sigma"].get<double>());
  EXPECT_NEAR(answer["height_over_floor_m"], Position(6.1).z() - 0.003, 0.006);
}

// One moment, one clearance: that of keyframes.jsonl and of contexts.
TEST(Questions, ClearanceAtAKeyframeIsWhatTheKeyframeFound) {
  Session session = AskedSession();
  size_t k = 0;
  while (session.keyframes[k].state.time < FromNanoseconds(16'000'000'000)) ++k;
  Clearance& found = *session.scene.views[k].clearance;
  found.rays[4].distance_m -= 0.2;  // something flat before a wall
  found.nearest = Clearance::Nearest{0.5, 0.02, 145};
  const std::string request = R"({"verb":"clearance","t":")" +
                              std::to_string(ToNanoseconds(session.keyframes[k].state.time)) +
                              R"(ns","range_m":)";
  const Questions questions(session);
  const Json answer = Asked(questions, request + "10}");
  EXPECT_EQ(answer["source"], "depth of the keyframe");
  for (size_t hour = 0; hour < 12; ++hour) {
    const Json& ray = answer["rays"][hour];
    const bool hit = found.rays[hour].state == ClearanceRay::State::kHit;
    EXPECT_EQ(ray["state"], hit ? "hit" : hour == 5 ? "open" : "unknown");
    EXPECT_NEAR(ray[hit ? "distance_m" : "free_m"], found.rays[hour].distance_m, 0.005) << hour;
    EXPECT_EQ(ray.value("distance_m_sigma", 0.0), hit ? 0.02 : 0.0);
  }
  EXPECT_NEAR(answer["nearest_m"], 0.5, 1e-9);
  EXPECT_EQ(answer["nearest_bearing_deg"], 145);
  // Farther than what is asked for is open.
  const Json close = Asked(questions, request + "1}");
  for (const Json& ray : close["rays"])
    EXPECT_TRUE(ray["state"] != "hit" || ray["distance_m"] <= 1);
  EXPECT_EQ(close["rays"][8]["state"], "open");
  EXPECT_EQ(Asked(questions, R"({"verb":"clearance","t":6.1})")["source"],
            "occupancy and surfaces");
  // A map in which the body is inside of something is not believed.
  for (ClearanceRay& ray : found.rays) ray = {ClearanceRay::State::kHit, 0.05, 0.02};
  EXPECT_EQ(Asked(Questions(session), request + "10}")["source"], "occupancy and surfaces");
}

TEST(Questions, APathIsFreeBlockedOrUnknown) {
  const auto ask = [](const std::string& path) {
    return Asked(TheQuestions(), R"({"verb":"is_free","path":)" + path + "}");
  };
  const Json free = ask("[[-3,0,1.2],[3,0,1.2],[3,2,1.2]]");
  EXPECT_EQ(free["state"], "free");
  EXPECT_TRUE(free["blocked_at_m"].is_null());
  EXPECT_EQ(free["path_length_m"], 8.0);
  const Json wall = ask("[[0,0,1.2],[0,4,1.2]]");
  EXPECT_EQ(wall["state"], "occupied");
  EXPECT_NEAR(wall["blocked_at_m"], 2.5 - 0.25, 0.11) << "the disc touches the wall";
  EXPECT_NEAR(wall["unknown_at_m"], 2.6 + 0.25, 0.11) << "it has left the wall behind";
  EXPECT_EQ(ask("[[3.9,2.9,1.2]]")["state"], "unknown");
  EXPECT_EQ(ask("[[2.8,-1.8,0.5]]")["state"], "occupied") << "the table";
  EXPECT_EQ(ask("[[2.8,-1.8,1.2]]")["state"], "free") << "over it";
  EXPECT_EQ(ask("[[100,0,1],[100,5,1]]")["unknown_share"], 1.0);
}

TEST(Questions, ARayMeetsTheWall) {
  const Json wall =
      Asked(TheQuestions(), R"({"verb":"raycast","origin":[0.5,0.3,1.2],"direction":[3,1,0]})");
  EXPECT_EQ(wall["state"], "hit");
  EXPECT_EQ(wall["kind"], "wall");
  EXPECT_NEAR(wall["distance_m"], 3.0 * std::sqrt(10.0) / 3,
              3 * wall["distance_m_sigma"].get<double>());
  const Json open = Asked(
      TheQuestions(), R"({"verb":"raycast","origin":[0,0,1.2],"direction":[1,0,0],"range_m":2})");
  EXPECT_EQ(open["state"], "open");
  EXPECT_TRUE(open["distance_m"].is_null());
  EXPECT_EQ(open["free_m"], 2.0);
  const Json outside =
      Asked(TheQuestions(), R"({"verb":"raycast","origin":[9,9,9],"direction":[0,0,1]})");
  EXPECT_EQ(outside["state"], "unknown");
  EXPECT_EQ(outside["free_m"], 0.0);
}

TEST(Questions, SurfacesComeByDistance) {
  const Json answer =
      Asked(TheQuestions(), R"({"verb":"surfaces_near","p":[2.8,-1.8,1.0],"r":0.75})");
  ASSERT_EQ(answer["found"], 3u);
  EXPECT_EQ(answer["surfaces"][0]["kind"], "table");
  EXPECT_NEAR(answer["surfaces"][0]["distance_m"], 0.25, 0.05);
  EXPECT_EQ(answer["surfaces"][1]["kind"], "wall");
  EXPECT_EQ(Asked(TheQuestions(), R"({"verb":"surfaces_near","p":0,"r":0.01})")["found"], 0u);
}

TEST(Questions, KeyframesSeeWhatTheirCameraShows) {
  const Session session = AskedSession();
  const Json answer =
      Asked(TheQuestions(), R"({"verb":"keyframes_seeing","p":[3.45,0.5,1.5],"max":100})");
  size_t expected = 0;
  for (const Keyframe& keyframe : session.keyframes) {
    const Se3 T = keyframe.state.T_world_body * session.rig.cameras[0].T_body_camera;
    const Eigen::Vector3d p = T.Inverse() * Eigen::Vector3d(3.45, 0.5, 1.5);
    const bool inside = p.z() > 0 && std::abs(p.x() / p.z()) < 1 && std::abs(p.y() / p.z()) < 0.75;
    expected += inside;
  }
  EXPECT_GT(expected, 3u);
  EXPECT_EQ(answer["found"].get<size_t>(), expected);
  EXPECT_EQ(answer["keyframes"][0]["line_of_sight"], "clear");
  EXPECT_GT(answer["keyframes"][0]["distance_m_sigma"], 0.0);
  // Behind the wall nothing is seen.
  EXPECT_EQ(Asked(TheQuestions(), R"({"verb":"keyframes_seeing","p":[5,0,1.5]})")["found"], 0u);
}

TEST(Questions, ACoverSeesMoreWithEachKeyframe) {
  const Json answer = Asked(TheQuestions(), R"({"verb":"cover","n":5})");
  const Json& keyframes = answer["keyframes"];
  ASSERT_EQ(keyframes.size(), 5u);
  double sum = 0;
  for (size_t k = 0; k < 5; ++k) {
    sum += keyframes[k]["new_share"].get<double>();
    EXPECT_NEAR(keyframes[k]["seen_share"], sum, 0.003);
    if (k > 0) {
      EXPECT_LE(keyframes[k]["new_share"], keyframes[k - 1]["new_share"]);
    }
  }
  EXPECT_GT(sum, 0.5);
  EXPECT_EQ(Asked(TheQuestions(), R"({"verb":"cover","n":2})")["keyframes"][1], keyframes[1]);
}

TEST(Questions, NonsenseIsRefused) {
  const Questions& questions = TheQuestions();
  for (const char* request : {R"([])",
                              R"({})",
                              R"({"verb":7})",
                              R"({"verb":"sing"})",
                              R"({"verb":"pose"})",
                              R"({"verb":"pose","t":"noon"})",
                              R"({"verb":"pose","t":null})",
                              R"({"verb":"pose","t":1e300})",
                              R"({"verb":"pose","t":-1})",
                              R"({"verb":"pose","t":11})",
                              R"({"verb":"pose","t":1,"u":2})",
                              R"({"verb":"pose","t":"99999999999999999999ns"})",
                              R"({"verb":"pose","t":[1,2,3]})",
                              R"({"verb":"motion","t0":3,"t1":2})",
                              R"({"verb":"distance","a":1,"b":[1,2]})",
                              R"({"verb":"distance","a":1,"b":[1,2,1e9]})",
                              R"({"verb":"is_free","path":[]})",
                              R"({"verb":"is_free","path":[[0,0,0],[1e6,0,0]]})",
                              R"({"verb":"is_free","path":[[0,0]]})",
                              R"({"verb":"raycast","origin":[0,0,0],"direction":[0,0,0]})",
                              R"({"verb":"cover","n":0})",
                              R"({"verb":"cover","n":1.5})",
                              R"({"verb":"cover","n":1000})",
                              R"({"verb":"surfaces_near","p":1,"r":-1})"})
    EXPECT_EQ(Refused(questions, request), ErrorKind::kUsage) << request;
  EXPECT_TRUE(questions.Ask(Json::parse(R"({"verb":"pose","t":9.9500004})"))) << "a rounded time";
  Json not_a_number = {{"verb", "pose"}, {"t", std::numeric_limits<double>::quiet_NaN()}};
  EXPECT_FALSE(questions.Ask(not_a_number));
}

TEST(Questions, TwoMapsAreNotCompared) {
  Session session = AskedSession();
  SplitIntoTwoMaps(session, 100);
  session.scene = SyntheticScene(session);
  const Questions questions(std::move(session));
  EXPECT_EQ(Refused(questions, R"({"verb":"distance","a":1,"b":9})"), ErrorKind::kNoAnswer);
  EXPECT_EQ(Refused(questions, R"({"verb":"pose","t":4.97})"), ErrorKind::kNoAnswer);
  EXPECT_EQ(Refused(questions, R"({"verb":"clearance","t":9})"), ErrorKind::kNoAnswer);
  Asked(questions, R"({"verb":"distance","a":1,"b":2})");
}

TEST(Questions, WhatIsNotKnownIsNullAndSaysWhy) {
  Session session = AskedSession();
  session.scene = {};
  session.pairs.clear();
  session.rig.cameras[0].model = nullptr;
  const Questions questions(std::move(session));
  for (const Verb& verb : Questions::Verbs()) {
    Json request = {{"verb", verb.name},
                    {"t", 1.1},
                    {"t0", 1.1},
                    {"t1", 2.2},
                    {"a", 1.1},
                    {"b", 3.3},
                    {"p", {1, 2, 1}},
                    {"path", {{0, 0, 1}}},
                    {"origin", {0, 0, 1}},
                    {"direction", {1, 0, 0}}};
    for (auto it = request.begin(); it != request.end();) {
      bool used = it.key() == "verb";
      for (const Parameter& parameter : verb.parameters) used |= it.key() == parameter.name;
      it = used ? std::next(it) : request.erase(it);
    }
    const Json answer = Asked(questions, request.dump());
    // Their own sigma is known; a text says itself what is not.
    if (verb.name == std::string("pose") || verb.name == std::string("context")) continue;
    EXPECT_FALSE(answer["unknown"].empty()) << answer;
    for (const auto& [key, why] : answer["unknown"].items()) {
      EXPECT_TRUE(answer[key].is_null()) << answer;
      EXPECT_FALSE(why.get<std::string>().empty()) << key;
    }
  }
  Session causal = AskedSession();
  causal.closed_loop.clear();
  causal.keyframes.clear();
  causal.pairs.clear();
  const Questions edge(std::move(causal));
  const Json pose = Asked(edge, R"({"verb":"pose","t":5})");
  EXPECT_TRUE(pose["position_m_sigma"].is_null());
  EXPECT_NEAR((PointOf(pose["position_m"]) - Position(5)).norm(), 0, 2e-3);
  EXPECT_EQ(Refused(Questions(Session()), R"({"verb":"pose","t":0})"), ErrorKind::kNoAnswer);
}

TEST(Questions, WordsAreArguments) {
  const auto& parameters = Questions::Find("bearing")->parameters;
  EXPECT_EQ(*ArgumentsFromWords(parameters, {"1.5", "1,-2,3"}),
            Json({{"t", 1.5}, {"p", {1.0, -2.0, 3.0}}}));
  EXPECT_EQ(*ArgumentsFromWords(parameters, {"p=12ns", "3"}), Json({{"p", "12ns"}, {"t", 3.0}}));
  EXPECT_FALSE(ArgumentsFromWords(parameters, {"1", "2", "3"}));
  EXPECT_FALSE(ArgumentsFromWords(parameters, {"q=1"}));
  const auto& path = Questions::Find("is_free")->parameters;
  EXPECT_EQ((*ArgumentsFromWords(path, {"1,2,3;4,5,nan"}))["path"][1][2], "nan");
}

}  // namespace
}  // namespace nightjar
