// SPDX-License-Identifier: Apache-2.0
#include "spatial/keyframe_packet.h"

#include <gmock/gmock.h>

#include <sstream>

#include "spatial/text_format.h"
#include "tests/spatial/json_schema.h"
#include "tests/spatial/synthetic_scene.h"
#include "tests/spatial/synthetic_session.h"
#include "tests/temporary_folder.h"

namespace nightjar {
namespace {

using testing::HasSubstr;

Json FirstPacket(const Session& session) {
  const std::string lines = KeyframePackets(session);
  return Json::parse(lines.substr(0, lines.find('\n')));
}

TEST(KeyframePackets, ComeBackBitForBit) {
  const Session session = SyntheticSession();
  const Result<std::vector<Keyframe>> read =
      ParseKeyframePackets(KeyframePackets(session), "keyframes.jsonl");
  ASSERT_TRUE(read);
  ASSERT_EQ(read->size(), session.keyframes.size());
  for (size_t k = 0; k < read->size(); ++k) {
    const Keyframe& was = session.keyframes[k];
    const Keyframe& is = (*read)[k];
    EXPECT_EQ(is.state.time, was.state.time);
    EXPECT_EQ(is.state.T_world_body.translation, was.state.T_world_body.translation);
    EXPECT_EQ(is.state.T_world_body.rotation.coeffs(),
              Canonical(was.state.T_world_body.rotation).coeffs());
    EXPECT_EQ(is.state.velocity_world, was.state.velocity_world);
    EXPECT_EQ((is.covariance.topLeftCorner<6, 6>()), (was.covariance.topLeftCorner<6, 6>()));
    EXPECT_EQ(is.landmarks, was.landmarks);
  }
}

TEST(KeyframePackets, NameTheirMapAndItsFirstKeyframe) {
  Session session = SyntheticSession(50);  // ten keyframes
  SplitIntoTwoMaps(session, 23);
  const std::string lines = KeyframePackets(session);
  const Json last = Json::parse(lines.substr(lines.rfind("\n{") + 1));
  EXPECT_EQ(FirstPacket(session)["map_id"], DeriveIds(session).graph_uid);
  EXPECT_EQ(FirstPacket(session)["anchor_kf"], 0);
  EXPECT_EQ(last["map_id"], DeriveIds(session, 1).graph_uid);
  EXPECT_EQ(last["session"], DeriveIds(session, 1).session_uid);
  EXPECT_EQ(last["anchor_kf"], 5);
  const auto read = ParseKeyframePackets(lines, "keyframes.jsonl");
  ASSERT_TRUE(read);
  for (size_t k = 0; k < read->size(); ++k) EXPECT_EQ((*read)[k].map, k < 5 ? 0 : 1) << k;
}

TEST(KeyframePackets, SayWhatIsNotKnown) {
  Session session = SyntheticSession(1);
  session.health.clear();
  session.closed_loop.clear();
  const Json packet = FirstPacket(session);
  for (const char* key : {"omega_device", "quality", "clearance", "surfaces", "novelty"}) {
    ASSERT_TRUE(packet.contains(key)) << key;
    EXPECT_TRUE(packet[key].is_null()) << key;
  }
  EXPECT_TRUE(packet["cams"][0]["image_ref"].is_null());
  EXPECT_EQ(packet["utc_ns"], -1);
}

TEST(KeyframePackets, GiveTheReadoutOfARollingShutter) {
  Session session = SyntheticSession(1);
  session.rig.cameras[0].readout_s = 0.0225;
  EXPECT_EQ(FirstPacket(session)["cams"][0]["rs_readout_ns"], 22'500'000);
  session.rig.cameras[0].readout_s = 0;
  EXPECT_TRUE(FirstPacket(session)["cams"][0]["rs_readout_ns"].is_null());
}

TEST(KeyframePackets, JoinTheHealthOfTheirFrame) {
  const Session session = SyntheticSession(60);
  const std::string lines = KeyframePackets(session);
  EXPECT_EQ(FirstPacket(session)["quality"]["status"], "initialising");
  const Json last = Json::parse(lines.substr(lines.rfind("\n{") + 1));
  EXPECT_EQ(last["quality"]["status"], "tracking");
  EXPECT_EQ(last["quality"]["tracked"], true);
  EXPECT_DOUBLE_EQ(last["quality"]["inlier_ratio"].get<double>(), 0.8);
}

TEST(KeyframePackets, GiveAnglesThatPeopleMean) {
  Session session = SyntheticSession(1);
  const auto angles = [&](const Eigen::AngleAxisd& rotation) {
    session.keyframes[0].state.T_world_body.rotation = Eigen::Quaterniond(rotation);
    return FirstPacket(session)["ypr_deg"].get<std::vector<double>>();
  };
  constexpr double kTen = 0.17453292519943295;
  EXPECT_THAT(angles({kTen, Eigen::Vector3d::UnitZ()}), testing::ElementsAre(10, 0, 0))
      << "to the left";
  EXPECT_THAT(angles({-kTen, Eigen::Vector3d::UnitY()}), testing::ElementsAre(0, 10, 0))
      << "nose up";
  EXPECT_THAT(angles({kTen, Eigen::Vector3d::UnitX()}), testing::ElementsAre(0, 0, 10))
      << "left side up";
}

TEST(KeyframePackets, GiveTheSigmaOfTheWorstDirection) {
  Session session = SyntheticSession(1);
  Matrix15d& covariance = session.keyframes[0].covariance;
  covariance.setZero();
  covariance.block<2, 2>(0, 0) << 2.5e-4, 1.5e-4, 1.5e-4,
      2.5e-4;  // 2 cm and 1 cm, diagonal to the axes
  covariance(5, 5) = 1.0;
  const Json packet = FirstPacket(session);
  EXPECT_NEAR(packet["sd_pos_m"].get<double>(), 0.02, 1e-12);
  EXPECT_NEAR(packet["sd_rot_deg"].get<double>(), 57.29577951308232, 1e-9);
  EXPECT_DOUBLE_EQ(packet["cov"][1].get<double>(), 1.5e-4) << "row by row of the upper triangle";
  EXPECT_DOUBLE_EQ(packet["cov"][20].get<double>(), 1.0);
}

TEST(ParseKeyframePackets, NamesTheLineThatIsWrong) {
  const std::string good = KeyframePackets(SyntheticSession(6));
  for (const char* bad :
       {"{", "[]", "{}", "", "{\"t_ns\":1.5}", "{\"t_ns\":1,\"T_world_device\":{\"p\":[0,0,0]}}"}) {
    const auto read = ParseKeyframePackets(good + bad + "\n", "F");
    ASSERT_FALSE(read) << bad;
    EXPECT_EQ(read.error().kind, ErrorKind::kUnusableInput);
    EXPECT_THAT(read.error().Message(), HasSubstr("F:3"));
  }
}

TEST(ParseKeyframePackets, RefusesWhatIsCutOffAnywhereInALine) {
  const std::string line = KeyframePackets(SyntheticSession(1));
  for (size_t size = 1; size + 1 < line.size(); size += 7) {
    EXPECT_FALSE(ParseKeyframePackets(line.substr(0, size), "F")) << size;
  }
  EXPECT_TRUE(ParseKeyframePackets("", "F")->empty());
}

TEST(ParseKeyframePackets, RefusesAQuaternionThatIsNoRotation) {
  Json packet = FirstPacket(SyntheticSession(1));
  packet["T_world_device"]["q_xyzw"] = {0, 0, 0, 2};
  EXPECT_FALSE(ParseKeyframePackets(Dump(packet), "F"));
  packet["T_world_device"]["q_xyzw"] = {0, 0, nullptr, 1};
  EXPECT_FALSE(ParseKeyframePackets(Dump(packet), "F"));
}

// Packets with and without all that may be unknown.
std::vector<Json> AllKindsOfPackets() {
  std::vector<Json> packets;
  for (int kind = 0; kind < 3; ++kind) {
    Session session = SyntheticSession(60);
    if (kind == 1) {
      session.scene = SyntheticScene(session);
      session.images = {{session.keyframes[1].state.time, 0, "images/a.jpg", 9, 9, 9, 4, 4}};
      session.depth = {
          {session.keyframes[1].state.time, 0, "depth/a.png", "depth/b.png", {9, 9, 9, 4, 4}}};
    }
    if (kind == 2) {
      session.health.clear();
      session.closed_loop.clear();
    }
    std::istringstream lines(KeyframePackets(session));
    for (std::string line; std::getline(lines, line);) packets.push_back(Json::parse(line));
  }
  return packets;
}

TEST(KeyframePackets, KeepToTheirSchema) {
  const Json schema = Json::parse(ReadText(NIGHTJAR_PACKET_SCHEMA));
  for (const Json& packet : AllKindsOfPackets()) ASSERT_EQ(SchemaFault(packet, schema), "");
}

// A schema that accepts anything would say so too: every member, taken away or made wrong, must be
// found.
TEST(KeyframePackets, SchemaFindsWhatIsWrong) {
  const Json schema = Json::parse(ReadText(NIGHTJAR_PACKET_SCHEMA));
  const Json packet = AllKindsOfPackets()[13];
  ASSERT_FALSE(packet["cams"][0]["depth_ref"].is_null());
  int wrong = 0;
  const auto look = [&](const Json& flat) {
    for (const auto& member : flat.items()) {
      Json changed = packet;
      const Json::json_pointer place(member.key());
      changed[place] = Json({{"a thing", "of another kind"}});
      EXPECT_NE(SchemaFault(changed, schema), "") << member.key();
      if (packet[place.parent_pointer()].is_object()) {
        changed = packet;
        changed[place.parent_pointer()].erase(place.back());
        EXPECT_NE(SchemaFault(changed, schema), "") << member.key();
      }
      ++wrong;
    }
  };
  look(packet.flatten());
  EXPECT_GT(wrong, 100);
  Json changed = packet;
  changed["somewhat"] = 1;
  EXPECT_EQ(SchemaFault(changed, schema), "$ has somewhat");
  changed = packet;
  changed["clearance"]["sectors"].erase(11);
  EXPECT_NE(SchemaFault(changed, schema), "");
}

}  // namespace
}  // namespace nightjar
