// SPDX-License-Identifier: Apache-2.0
#include "spatial/session_reader.h"

#include <gmock/gmock.h>

#include <map>
#include <string>

#include "calibration/make_camera_model.h"
#include "spatial/gzip.h"
#include "spatial/scene_files.h"
#include "spatial/session_writer.h"
#include "spatial/text_format.h"
#include "tests/spatial/synthetic_scene.h"
#include "tests/spatial/synthetic_session.h"
#include "tests/temporary_folder.h"

namespace nightjar {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

Session WithCamera(int frames = 60) {
  Session session = SyntheticSession(frames);
  session.rig.cameras[0].model =
      *MakeCameraModel("radial-tangential", {400, 401, 319.5, 239.5, 0.1, -0.05, 1e-3, 2e-3});
  // Times that are no whole microseconds: the tables round them.
  for (size_t k = 0; k < session.open_loop.size(); ++k) {
    const SensorTime time = session.open_loop[k].state.time + Duration(137 * int64_t(k) % 1000);
    session.open_loop[k].state.time = session.closed_loop[k].state.time = time;
    session.health[k].time = time;
    if (k % 5 == 0) session.keyframes[k / 5].state.time = time;
  }
  return session;
}

Session WithEverything() {
  Session session = WithCamera();
  session.scene = SyntheticScene(session);
  session.keyframes[3].covariance(4, 1) += 1e-20;  // symmetric to rounding only
  const SensorTime time = session.keyframes[2].state.time;
  const std::string stem = "cam0/" + std::to_string(ToNanoseconds(time));
  session.images = {{time, 0, "images/" + stem + ".jpg", 320, 240, 200.5, 159.5, 119.5}};
  session.depth = {{time,
                    0,
                    "depth/" + stem + ".png",
                    "depth/" + stem + "_sigma.png",
                    {320, 240, 200.5, 159.5, 119.5}}};
  return session;
}

// With files of some bytes where the session has pictures.
Status Write(const Session& session, const fs::path& folder) {
  Session copy = session;
  const WritePictures pictures = [&](StagedFolder& staged, Session&) -> Status {
    for (const KeyframeImage& image : session.images) {
      if (Status written = staged.Write(image.file, "JPEG"); !written) return written;
    }
    for (const KeyframeDepth& depth : session.depth) {
      for (const std::string& name : {depth.file, depth.sigma_file}) {
        if (Status written = staged.Write(name, "PNG"); !written) return written;
      }
    }
    return {};
  };
  return WriteSession(copy, folder, pictures, {});
}

// Reads and writes twice. What has all its digits is the same from the first time on; what follows
// from the tables' nine decimals (a path's length), from the second.
void ExpectRoundTrip(const Session& session, const fs::path& root) {
  ASSERT_TRUE(Write(session, root / "a"));
  for (const char* to : {"b", "c"}) {
    const Result<Session> read = ReadSession(root / (to[0] == 'b' ? "a" : "b"));
    ASSERT_TRUE(read) << read.error().Message();
    ASSERT_TRUE(Write(*read, root / to));
  }
  const auto a = Files(root / "a"), b = Files(root / "b"), c = Files(root / "c");
  ASSERT_EQ(a.size(), b.size());
  for (const auto& [name, bytes] : a) {
    EXPECT_TRUE(b.at(name) == c.at(name)) << name;
    const bool follows = name == "keyframes.jsonl" || name == "summary.json" ||
                         name == "slam/summary.json" || name == "index.html" ||
                         name == "plan_view.svg";
    EXPECT_TRUE(follows || bytes == b.at(name)) << name;
  }
}

TEST(ReadSession, WritesTheSameBytesAgain) {
  const TemporaryFolder folder;
  ExpectRoundTrip(WithEverything(), folder.path());
}

TEST(ReadSession, ReadsASessionWithoutAFinalSolution) {
  const TemporaryFolder folder;
  Session session = WithCamera();
  session.request.profile = "edge";
  session.closed_loop.clear();
  session.keyframes.clear();
  session.pairs.clear();
  session.landmarks.clear();
  ExpectRoundTrip(session, folder.path());
}

TEST(ReadSession, KeepsSeveralMapsApart) {
  const TemporaryFolder folder;
  Session session = WithCamera();
  SplitIntoTwoMaps(session, 33);
  session.scene = SyntheticScene(session);
  ExpectRoundTrip(session, folder.path());
  const Result<Session> read = ReadSession(folder.path() / "a");
  ASSERT_TRUE(read);
  for (size_t k = 0; k < read->open_loop.size(); ++k) {
    EXPECT_EQ(read->open_loop[k].map, session.open_loop[k].map) << k;
    EXPECT_EQ(read->closed_loop[k].map, session.closed_loop[k].map) << k;
  }
  for (size_t k = 0; k < read->keyframes.size(); ++k)
    EXPECT_EQ(read->keyframes[k].map, session.keyframes[k].map) << k;
  for (size_t k = 0; k < read->landmarks.size(); ++k)
    EXPECT_EQ(read->landmarks[k].map, session.landmarks[k].map) << k;
}

TEST(ReadSession, GivesWhatWasThere) {
  const TemporaryFolder folder;
  const Session was = WithEverything();
  ASSERT_TRUE(Write(was, folder.path() / "s"));
  const Result<Session> is = ReadSession(folder.path() / "s");
  ASSERT_TRUE(is) << is.error().Message();
  EXPECT_EQ(is->rig.cameras[0].model->Parameters(), was.rig.cameras[0].model->Parameters());
  EXPECT_EQ(is->effective_config_json, was.effective_config_json);
  EXPECT_EQ(is->input_identity, was.input_identity);
  EXPECT_EQ(DeriveIds(*is).graph_uid, DeriveIds(was).graph_uid);
  ASSERT_EQ(is->closed_loop.size(), was.closed_loop.size());
  for (size_t k = 0; k < was.closed_loop.size(); ++k) {
    const NavigationState &a = is->closed_loop[k].state, &b = was.closed_loop[k].state;
    EXPECT_EQ(a.time, b.time) << k;
    EXPECT_EQ(is->closed_loop[k].status, was.closed_loop[k].status) << k;
    EXPECT_LT((a.T_world_body.translation - b.T_world_body.translation).norm(), 1e-8);
    EXPECT_LT((a.velocity_world - b.velocity_world).norm(), 1e-8);
    EXPECT_LT(a.T_world_body.rotation.angularDistance(b.T_world_body.rotation), 1e-10);
  }
  ASSERT_EQ(is->keyframes.size(), was.keyframes.size());
  for (size_t k = 0; k < was.keyframes.size(); ++k) {
    EXPECT_EQ(is->keyframes[k].covariance, was.keyframes[k].covariance);
    EXPECT_EQ(is->keyframes[k].state.time, was.keyframes[k].state.time);
    EXPECT_EQ(is->keyframes[k].state.gyro_bias, was.keyframes[k].state.gyro_bias);
  }
  EXPECT_EQ(is->depth[0].view.focal, 200.5);
  EXPECT_EQ(is->run.wall_s, was.run.wall_s);
  EXPECT_EQ(is->anomalies[0].where, was.anomalies[0].where);
  EXPECT_EQ(is->stages[0].warnings, was.stages[0].warnings);
}

TEST(ReadSession, GivesTheScene) {
  const TemporaryFolder folder;
  const Session was = WithEverything();
  ASSERT_TRUE(Write(was, folder.path() / "s"));
  const Scene scene = ReadSession(folder.path() / "s")->scene;
  ASSERT_EQ(scene.surfaces.size(), 7u);
  EXPECT_EQ(scene.surfaces[6].kind, SurfaceKind::kTable);
  EXPECT_EQ(scene.surfaces[3].covariance, was.scene.surfaces[3].covariance);
  EXPECT_EQ(scene.surfaces[3].polygon_world, was.scene.surfaces[3].polygon_world);
  EXPECT_EQ(scene.surfaces[3].last_seen, was.scene.surfaces[3].last_seen);
  EXPECT_EQ(scene.occupancy.size, was.scene.occupancy.size);
  EXPECT_EQ(scene.occupancy.states, was.scene.occupancy.states);
  EXPECT_EQ(scene.occupancy.origin_world, was.scene.occupancy.origin_world);
  EXPECT_EQ(scene.aligned->yaw_rad, was.scene.aligned->yaw_rad);
  EXPECT_TRUE(std::isinf(scene.room->max_sigma_m.z()));
  EXPECT_EQ(scene.room->max_sigma_m.y(), 0.02);
  EXPECT_EQ(scene.semidense.size(), 30u);
  EXPECT_EQ(scene.semidense[7].track, was.scene.semidense[7].track);
  ASSERT_EQ(scene.views.size(), was.scene.views.size());
  const KeyframeView &is = scene.views[4], &view = was.scene.views[4];
  EXPECT_EQ(is.surfaces, view.surfaces);
  EXPECT_EQ(is.new_voxels, view.new_voxels);
  EXPECT_EQ(is.clearance->rays[5].state, ClearanceRay::State::kOpen);
  EXPECT_EQ(is.clearance->rays[2].distance_m, view.clearance->rays[2].distance_m);
  EXPECT_EQ(is.clearance->nearest->bearing_deg, view.clearance->nearest->bearing_deg);
  EXPECT_EQ(is.clearance->height_m, view.clearance->height_m);
}

TEST(ReadSession, NamesTheFileThatIsMissing) {
  const TemporaryFolder folder;
  ASSERT_TRUE(Write(WithEverything(), folder.path() / "s"));
  for (const auto& [name, bytes] : Files(folder.path() / "s")) {
    if (name == "index.html" || name == "plan_view.svg" || name == "slam/summary.json") continue;
    fs::remove(folder.path() / "s" / name);
    const Result<Session> read = ReadSession(folder.path() / "s");
    if (name == "scene.json") {
      // Without it the points are too many.
      EXPECT_THAT(read.error().Message(), HasSubstr("semidense_points.csv.gz"));
    } else {
      ASSERT_FALSE(read) << name;
      EXPECT_THAT(read.error().Message(), HasSubstr(name));
    }
    WriteText(folder.path() / "s" / name, bytes);
  }
  EXPECT_EQ(ReadSession(folder.path() / "nowhere").error().kind, ErrorKind::kUsage);
}

// Cuts every file at many places: always an error of the input that names a file on one line.
TEST(ReadSession, RefusesAFileThatIsCutAnywhere) {
  const TemporaryFolder folder;
  ASSERT_TRUE(Write(WithEverything(), folder.path() / "s"));
  for (const auto& [name, bytes] : Files(folder.path() / "s")) {
    if (name == "index.html" || name == "plan_view.svg" || name == "slam/summary.json" ||
        name.rfind("images/", 0) == 0 || name.rfind("depth/", 0) == 0) {
      continue;
    }
    for (size_t part = 0; part < 12; ++part) {
      // The last two lack a line feed or the last number's last digit.
      const size_t size = part < 10 ? bytes.size() * part / 10 : bytes.size() - (part - 8);
      WriteText(folder.path() / "s" / name, bytes.substr(0, size));
      const Result<Session> read = ReadSession(folder.path() / "s");
      ASSERT_FALSE(read) << name << " cut to " << size << " of " << bytes.size();
      EXPECT_EQ(read.error().kind, ErrorKind::kUnusableInput) << name;
      EXPECT_THAT(read.error().Message(), HasSubstr((folder.path() / "s").string()));
      EXPECT_EQ(read.error().Message().find('\n'), std::string::npos);
    }
    WriteText(folder.path() / "s" / name, bytes);
  }
  EXPECT_TRUE(ReadSession(folder.path() / "s"));
}

struct Fault {
  const char* file;
  const char* what;
  const char* instead;
  const char* says;  // of the message
};

TEST(ReadSession, SaysWhereAFileIsWrong) {
  const TemporaryFolder folder;
  ASSERT_TRUE(Write(WithEverything(), folder.path() / "s"));
  const std::vector<Fault> faults = {
      {"session.json", "nightjar.session/1", "nightjar.session/9", "another version"},
      {"session.json", "\"model\": \"radial-tangential\"", "\"model\": \"pinhole-42\"",
       "calibration.cameras[0].parameters"},
      {"summary.json", "\"keyframes\": 12", "\"keyframes\": 13", "keyframes.jsonl: has 12"},
      {"summary.json", "\"WARNING\"", "\"FINE\"", "stages.data.status"},
      {"health.jsonl", "\"features\":150", "\"features\":-1", "health.jsonl:1: features"},
      {"health.jsonl", "\"t_ns\":10000000000", "\"t_ns\":10000009000", "health.jsonl:1: is not"},
      {"keyframes.jsonl", "\"image_ref\":{\"file\"", "\"image_ref\":{\"fil\"",
       "keyframes.jsonl:3: cams[0].image_ref.file is missing"},
      {"keyframes.jsonl", "\"surfaces\":[0,2]", "\"surfaces\":[0,9]", "keyframes.jsonl:1"},
      {"keyframes.jsonl", "\"state\":\"hit\"", "\"state\":\"hot\"",
       "keyframes.jsonl:1: clearance.sectors[0].state"},
      {"surfaces.json", "\"wall\"", "\"hedge\"", "surfaces[2].kind"},
      {"surfaces.json", "\"id\": 1", "\"id\": 2", "surfaces[1].id"},
      {"scene.json", "\"occupancy\": true", "\"occupancy\": 1", "occupancy is not true or false"},
      {"occupancy.json", "\"voxel_m\": 0.1", "\"voxel_m\": 0", "voxel_m is not a length"},
      {"occupancy.npy", "(30, 60, 80, )", "(31, 60, 80, )", "occupancy.npy"},
      {"slam/open_loop_trajectory.csv", "session_uid", "session_id", "has no column"},
      {"slam/closed_loop_trajectory.csv", "10050000,-1", "10049000", "_trajectory.csv:3"},
      {"slam/online_calibration.jsonl", "\"Offset\":[0.001,", "\"Offset\":[\"a\",", "jsonl:1"}};
  const auto files = Files(folder.path() / "s");
  for (const Fault& fault : faults) {
    std::string bytes = files.at(fault.file);
    const size_t place = bytes.find(fault.what);
    ASSERT_NE(place, std::string::npos) << fault.file << " " << fault.what;
    bytes.replace(place, std::string(fault.what).size(), fault.instead);
    WriteText(folder.path() / "s" / fault.file, bytes);
    const Result<Session> read = ReadSession(folder.path() / "s");
    ASSERT_FALSE(read) << fault.file << " " << fault.instead;
    EXPECT_THAT(read.error().Message(), HasSubstr(fault.says)) << fault.file;
    WriteText(folder.path() / "s" / fault.file, files.at(fault.file));
  }
}

// Any byte may be wrong: an error or a session, never a crash (sanitizers see more).
TEST(ReadSession, SurvivesAnyWrongByte) {
  const TemporaryFolder folder;
  Session session = WithCamera(12);
  session.scene = SyntheticScene(session);
  session.scene.occupancy.size = {2, 1, 2};
  session.scene.occupancy.states = {-1, 0, 1, 0};
  ASSERT_TRUE(Write(session, folder.path() / "s"));
  for (const auto& [name, bytes] : Files(folder.path() / "s")) {
    if (name == "index.html" || name == "plan_view.svg" || name == "slam/summary.json") continue;
    for (size_t trial = 0; trial < 40; ++trial) {
      std::string wrong = bytes;
      wrong[(trial * 7919 + 13) % wrong.size()] = static_cast<char>("9-{}\",e\xff\0x"[trial % 10]);
      WriteText(folder.path() / "s" / name, wrong);
      const Result<Session> read = ReadSession(folder.path() / "s");
      if (!read) {
        EXPECT_EQ(read.error().Message().find('\n'), std::string::npos) << name;
      }
    }
    WriteText(folder.path() / "s" / name, bytes);
  }
}

TEST(Gunzip, ReadsMembersOneAfterTheOtherAndNothingElse) {
  const std::string a = *Gzip("first,"), b = *Gzip(std::string(200000, 'x'));
  EXPECT_EQ(Gunzip(a + b, "F")->size(), 200006u);
  EXPECT_EQ(*Gunzip(a, "F"), "first,");
  for (const std::string& bad : {std::string(), std::string("plain"), a + "tail",
                                 a.substr(0, a.size() - 1), b.substr(0, b.size() / 2)}) {
    const Result<std::string> read = Gunzip(bad, "F");
    ASSERT_FALSE(read);
    EXPECT_THAT(read.error().Message(), HasSubstr("F: "));
  }
  EXPECT_FALSE(Gunzip(b, "F", 1000)) << "a small file may hold a large one";
  std::string flipped = b;
  flipped[flipped.size() - 6] = static_cast<char>(flipped[flipped.size() - 6] ^ 1);  // its checksum
  EXPECT_FALSE(Gunzip(flipped, "F"));
}

}  // namespace
}  // namespace nightjar
