// SPDX-License-Identifier: Apache-2.0
// What an answer says of how it is known.
#include <gtest/gtest.h>

#include <cctype>
#include <cmath>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>

#include "spatial/context/context_text.h"
#include "spatial/query/questions.h"
#include "tests/spatial/query/asked_session.h"

namespace nightjar {
namespace {

Json Asked(const Questions& questions, const std::string& request) {
  const auto answer = questions.Ask(Json::parse(request));
  EXPECT_TRUE(answer) << request << ": " << (answer ? "" : answer.error().Message());
  return answer ? *answer : Json();
}

// Keys of real numbers, alone or in a list, beside which no sigma stands.
void CollectWithoutSigma(const Json& json, std::set<std::string>& keys) {
  for (const auto& [key, value] : json.items()) {
    if (value.is_array() && !value.empty() && value.front().is_object()) {
      for (const Json& each : value) CollectWithoutSigma(each, keys);
    }
    const bool number = value.is_number_float() ||
                        (value.is_array() && !value.empty() && value.front().is_number_float());
    if (number && !key.ends_with("_sigma") && !json.contains(key + "_sigma")) keys.insert(key);
  }
}

// A page with one space where it has any white.
std::string Page(const char* path) {
  std::ifstream stream(path);
  std::string page;
  for (std::istreambuf_iterator<char> at(stream), end; at != end; ++at) {
    const bool space = std::isspace(static_cast<unsigned char>(*at)) != 0;
    if (!space || page.empty() || page.back() != ' ') page += space ? ' ' : *at;
  }
  return page;
}

TEST(Answers, NumbersWithoutSigmaAreThoseThatThePageLists) {
  const Questions questions(AskedSession());
  std::map<std::string, std::set<std::string>> without;
  for (const char* request :
       {R"({"verb":"context"})", R"({"verb":"pose","t":6.1})",
        R"({"verb":"relative_pose","t0":3.1,"t1":6.1})", R"({"verb":"distance","a":3.1,"b":6.1})",
        R"({"verb":"bearing","t":6.1,"p":[1,2,0.5]})", R"({"verb":"motion","t0":3.1,"t1":6.1})",
        R"({"verb":"clearance","t":6.0})", R"({"verb":"clearance","t":6.1,"range_m":1})",
        R"({"verb":"is_free","path":[[0,0,1],[3,-1.8,0.5]]})",
        R"({"verb":"raycast","origin":[0,0,1],"direction":[1,0.2,0]})",
        R"({"verb":"raycast","origin":[0,0,1],"direction":[1,0,0],"range_m":1})",
        R"({"verb":"surfaces_near","p":[2,1,1]})", R"({"verb":"keyframes_seeing","p":[3,1,1]})",
        R"({"verb":"cover"})"}) {
    CollectWithoutSigma(Asked(questions, request),
                        without[Json::parse(request)["verb"].get<std::string>()]);
  }
  std::string list;
  for (const auto& [verb, keys] : without) {
    std::string names;
    for (const std::string& key : keys) {
      if (key.ends_with("_s") && key.starts_with("t")) continue;  // times of the log
      names += (names.empty() ? "`" : ", `") + key + "`";
    }
    if (!names.empty()) list += (list.empty() ? "`" : "; `") + verb + "`: " + names;
  }
  EXPECT_NE(Page(NIGHTJAR_ASK_PAGE).find("Without a σ: " + list + "."), std::string::npos)
      << "docs/formats/ask.md should say: " << list;
}

TEST(Answers, AHeightIsAsSureAsItsPlaneAndTheFloor) {
  Session session = AskedSession();
  session.scene.aligned->floor_z_sigma_m = 0.03;
  for (Surface& surface : session.scene.surfaces) {
    surface.covariance.setZero();
    surface.covariance(3, 3) = 0.04 * 0.04;
  }
  const Questions questions(session);
  const Json answer = Asked(questions, R"({"verb":"surfaces_near","p":[2.8,-1.8,1.0],"r":0.5})");
  ASSERT_EQ(answer["surfaces"][0]["kind"], "table");
  EXPECT_NEAR(answer["surfaces"][0]["height_over_floor_m_sigma"], 0.05, 1e-6);
  EXPECT_NEAR(answer["surfaces"][0]["height_over_floor_m"], 0.75, 0.02);
}

// A plane goes on for ever: without an outline nobody knows where the surface is.
TEST(Answers, ASurfaceWithoutAnOutlineIsNowhere) {
  Session session = AskedSession();
  for (Surface& surface : session.scene.surfaces) {
    if (surface.kind == SurfaceKind::kTable) surface.polygon_world.clear();
  }
  const Json answer =
      Asked(Questions(session), R"({"verb":"surfaces_near","p":[2.8,-1.8,1.0],"r":3})");
  EXPECT_GT(answer["found"], 0);
  for (const Json& surface : answer["surfaces"]) EXPECT_NE(surface["kind"], "table");
}

// What privacy leaves of a scene may be its surfaces: what stood before them is not in it.
TEST(Answers, SayWhenTheyAreFromOutlinesAlone) {
  Session session = AskedSession();
  session.scene.occupancy = {};
  for (KeyframeView& view : session.scene.views) view.clearance.reset();
  const Questions alone(session), all(AskedSession());
  for (const char* request : {R"({"verb":"clearance","t":6.1})",
                              R"({"verb":"raycast","origin":[0,0,1],"direction":[1,0.2,0]})"}) {
    EXPECT_EQ(Asked(alone, request)["source"],
              "outlines of surfaces alone: what stands before them is not known");
    EXPECT_EQ(Asked(all, request)["source"], "occupancy and surfaces");
  }
}

TEST(Answers, AContextIsWhatTheCommandPrints) {
  const Session session = AskedSession();
  const SensorTime first = session.open_loop.front().state.time;
  const auto moment = ContextMoment::At(session, {first + FromSeconds(6), first + FromSeconds(2)});
  ASSERT_TRUE(moment);
  const Json answer =
      Asked(Questions(session), R"({"verb":"context","at":6,"from":2,"max_bytes":1500})");
  EXPECT_EQ(answer["text"], ContextParts(*moment).Text(1500));
  EXPECT_EQ(answer["frame"], "aligned");
  EXPECT_EQ(answer["t_s"], 6.0);
  const Json end = Asked(Questions(session), R"({"verb":"context"})");
  EXPECT_EQ(end["text"], ContextText(session, 4096));
  EXPECT_FALSE(Questions(session).Ask(Json::parse(R"({"verb":"context","at":1,"from":2})")));
}

}  // namespace
}  // namespace nightjar
