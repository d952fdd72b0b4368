// SPDX-License-Identifier: Apache-2.0
#include "spatial/session.h"

#include <gmock/gmock.h>
#include <zlib.h>

#include <set>
#include <string>

#include "spatial/gzip.h"
#include "spatial/npy.h"
#include "spatial/session_documents.h"
#include "spatial/text_format.h"
#include "tests/spatial/synthetic_session.h"

namespace nightjar {
namespace {

TEST(Summarise, CountsUsableFramesAndTheLengthOfThePath) {
  const SessionStatistics statistics = Summarise(SyntheticSession(200));
  EXPECT_EQ(statistics.frames, 200);
  EXPECT_EQ(statistics.frames_used, 196) << "four are dead-reckoned; the initialising ones count";
  EXPECT_DOUBLE_EQ(statistics.coverage, 0.98);
  EXPECT_NEAR(statistics.duration_s, 9.95, 1e-9);
  EXPECT_NEAR(statistics.length_m, 7.725147, 1e-6);
  EXPECT_EQ(Summarise({}).coverage, 0);
}

TEST(Summarise, FallsBackToTheCausalPath) {
  Session session = SyntheticSession(100);
  session.closed_loop[50].state.T_world_body.translation.z() += 10;
  EXPECT_GT(Summarise(session).length_m, 20);
  session.closed_loop.clear();
  EXPECT_LT(Summarise(session).length_m, 20);
}

TEST(Summarise, AStepFromOneMapToTheNextIsNoWay) {
  Session session = SyntheticSession(200);
  const double whole = Summarise(session).length_m;
  EXPECT_EQ(Summarise(session).maps, 1);
  SplitIntoTwoMaps(session, 100);
  EXPECT_EQ(Summarise(session).maps, 2);
  EXPECT_NEAR(Summarise(session).length_m, whole, 0.1) << "one step of 50 ms is left out";
  EXPECT_EQ(Summarise({}).maps, 0);
}

TEST(DeriveIds, EveryMapHasItsOwn) {
  Session session = SyntheticSession(200);
  const SessionIds one = DeriveIds(session);
  SplitIntoTwoMaps(session, 100);
  EXPECT_EQ(DeriveIds(session).graph_uid, one.graph_uid);
  EXPECT_EQ(DeriveIds(session).session_uid, one.session_uid);
  const SessionIds second = DeriveIds(session, 1);
  EXPECT_NE(second.graph_uid, one.graph_uid);
  EXPECT_NE(second.session_uid, one.session_uid);
  Session cut = session;
  cut.open_loop.resize(150);
  EXPECT_EQ(DeriveIds(cut, 1).session_uid, second.session_uid) << "a cut log's rows are a prefix";
  Session later = SyntheticSession(200);
  SplitIntoTwoMaps(later, 101);
  EXPECT_NE(DeriveIds(later, 1).session_uid, second.session_uid);
}

TEST(DeriveIds, FollowFromTheInputAndTheConfiguration) {
  const Session session = SyntheticSession(10);
  const SessionIds ids = DeriveIds(session);
  const auto is_uuid =
      testing::MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");
  EXPECT_THAT(ids.graph_uid, is_uuid);
  EXPECT_THAT(ids.session_uid, is_uuid);
  EXPECT_NE(ids.graph_uid, ids.session_uid);
  EXPECT_EQ(DeriveIds(SyntheticSession(20)).graph_uid, ids.graph_uid) << "not from the result";
  Session other = session;
  other.input_identity.back() = '0';
  EXPECT_NE(DeriveIds(other).graph_uid, ids.graph_uid);
  other = session;
  other.effective_config_json += ' ';
  EXPECT_NE(DeriveIds(other).session_uid, ids.session_uid);
  other = session;
  other.open_loop.resize(3);
  other.input_identity = "another";
  EXPECT_EQ(DeriveIds(other).session_uid, ids.session_uid)
      << "a cut log has the same odometry frame";
  other.open_loop.front().state.time += Duration(1);
  EXPECT_NE(DeriveIds(other).session_uid, ids.session_uid);
  other = session;
  other.rig.cameras.front().T_body_camera.translation.x() += 1e-6;
  EXPECT_NE(DeriveIds(other).session_uid, ids.session_uid);
  EXPECT_EQ(ids.graph_uid, "8d86d9fe-6fd4-8257-8d34-591549abb31d")
      << "for ever: users compare them";
}

TEST(DeriveIds, AnotherIntervalOrProfileIsAnotherMap) {
  const Session session = SyntheticSession(30);
  std::set<std::string> graphs = {DeriveIds(session).graph_uid};
  Session later = session;  // begins ten frames later
  later.open_loop.erase(later.open_loop.begin(), later.open_loop.begin() + 10);
  later.request.begin_s = 0.5;
  graphs.insert(DeriveIds(later).graph_uid);
  Session shorter = session;
  for (const double end_s : {1.0, 1.0000001}) {
    shorter.request.end_s = end_s;
    graphs.insert(DeriveIds(shorter).graph_uid);
    EXPECT_EQ(DeriveIds(shorter).session_uid, DeriveIds(session).session_uid);
  }
  Session edge = session;
  edge.request.profile = "edge";
  graphs.insert(DeriveIds(edge).graph_uid);
  graphs.insert(DeriveIds({}).graph_uid);
  EXPECT_EQ(graphs.size(), 6U);
  EXPECT_EQ(DeriveIds(edge).session_uid, DeriveIds(session).session_uid);

  Session same = session;  // the first frame at or behind any of these begins is the same
  same.request.begin_s = -3;
  EXPECT_EQ(DeriveIds(same).graph_uid, DeriveIds(session).graph_uid);

  Session with_events = session;  // the log's identity, too, then has them in it
  with_events.request.event_cameras = {"events0"};
  EXPECT_NE(DeriveIds(with_events).session_uid, DeriveIds(session).session_uid);
}

TEST(SessionJson, SaysWhatWasAskedFor) {
  Session session = SyntheticSession(3);
  Json request = Json::parse(SessionJson(session)).at("request");
  EXPECT_EQ(request.dump(), R"({"profile":"offline","cameras":null,"begin_s":null,"end_s":null,)"
                            R"("event_cameras":[]})");
  session.request = {"edge", {"cam1", "cam0"}, 0.0, 2.5, {"events0"}};
  request = Json::parse(SessionJson(session)).at("request");
  EXPECT_EQ(request.dump(),
            R"({"profile":"edge","cameras":["cam1","cam0"],"begin_s":0.0,"end_s":2.5,)"
            R"("event_cameras":["events0"]})");
}

TEST(Gzip, HoldsTheBytesAndNothingElse) {
  std::string bytes;
  for (int k = 0; k < 300000; ++k) bytes += static_cast<char>(k % 1000 * (k % 1000) % 251);
  for (const std::string& text : {std::string(), std::string("x"), bytes}) {
    Result<std::string> packed = Gzip(text);
    ASSERT_TRUE(packed);
    // RFC 1952: magic, deflate, no name or other field, no time, best compression, unknown system.
    EXPECT_EQ(packed->substr(0, 10), std::string("\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff", 10));
    std::string unpacked(text.size() + 1, '\0');
    z_stream stream = {};
    ASSERT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
    stream.next_in = reinterpret_cast<Bytef*>(packed->data());
    stream.avail_in = static_cast<uInt>(packed->size());
    stream.next_out = reinterpret_cast<Bytef*>(unpacked.data());
    stream.avail_out = static_cast<uInt>(unpacked.size());
    EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
    unpacked.resize(stream.total_out);
    inflateEnd(&stream);
    EXPECT_EQ(unpacked, text);
  }
}

TEST(NpyFloat64, IsWhatNumPyWrites) {
  const std::vector<double> values = {1, 2, 3, 4, 5, 6};
  const std::string npy = NpyFloat64(values, {2, 3});
  EXPECT_EQ(npy.substr(0, 10), std::string("\x93NUMPY\x01\x00\x76\x00", 10));
  EXPECT_EQ(npy.substr(10, 61), "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3, ), }");
  EXPECT_EQ(npy[127], '\n');
  EXPECT_EQ(npy.size(), 128 + 6 * 8);
  EXPECT_EQ(npy.substr(128, 8), std::string("\x00\x00\x00\x00\x00\x00\xf0\x3f", 8));
}

TEST(Fixed, HasNoNegativeZero) {
  EXPECT_EQ(Fixed(-1e-9, 3), "0.000");
  EXPECT_EQ(Fixed(-0.0, 1), "0.0");
  EXPECT_EQ(Fixed(-0.0005, 3), "-0.001");
  EXPECT_EQ(Fixed(2.5, 0), "2");
}

TEST(Dump, WritesWhatIsNotFiniteAsNull) {
  EXPECT_EQ(Dump({{"b", std::nan("")}, {"a", 1}}), R"({"b":null,"a":1})")
      << "in the order of writing";
}

}  // namespace
}  // namespace nightjar
