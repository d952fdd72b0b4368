// SPDX-License-Identifier: Apache-2.0
#include "spatial/aria_reader.h"

#include <gmock/gmock.h>

#include <cmath>
#include <sstream>

#include "spatial/session_writer.h"
#include "tests/recordings.h"
#include "tests/spatial/furnished_session.h"
#include "tests/temporary_folder.h"

namespace nightjar {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

void ExpectSamePose(const Se3& a, const Se3& b) {
  EXPECT_LT((a.translation - b.translation).norm(), 2e-9);
  EXPECT_LT(a.rotation.angularDistance(b.rotation), 1e-10);
}

class AriaReaderTest : public testing::Test {
 protected:
  // The slam/ folder of a session without the rest of it.
  fs::path Slam(const Session& session) {
    EXPECT_TRUE(WriteSession(session, folder_ / "session"));
    fs::remove_all(folder_ / "mps");
    fs::create_directory(folder_ / "mps");
    fs::copy(folder_ / "session" / "slam", folder_ / "mps" / "slam", fs::copy_options::recursive);
    return folder_ / "mps";
  }

  void Edit(const std::string& name, const std::string& from, const std::string& to) {
    const fs::path file = folder_ / "mps" / "slam" / name;
    std::string text = ReadText(file);
    const size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos);
    text.replace(at, from.size(), to);
    WriteText(file, text);
  }

  TemporaryFolder temporary_;
  const fs::path folder_ = temporary_.path();
};

TEST_F(AriaReaderTest, OurOwnFolderComesBackWithTheSameNumbers) {
  const Session session = FurnishedSession(60);
  const fs::path mps = Slam(session);
  ASSERT_TRUE(IsAriaFolder(mps));
  EXPECT_FALSE(IsAriaFolder(folder_ / "session")) << "that is a session";
  const Result<Session> read = ReadAriaFolder(mps);
  ASSERT_TRUE(read) << read.error().Message();
  ASSERT_EQ(read->closed_loop.size(), session.closed_loop.size()) << "frames are not thinned";
  ASSERT_EQ(read->open_loop.size(), session.open_loop.size());
  for (size_t k = 0; k < session.closed_loop.size(); ++k) {
    const TrajectoryRow& ours = session.closed_loop[k];
    const TrajectoryRow& back = read->closed_loop[k];
    EXPECT_EQ(back.state.time, ours.state.time);
    ExpectSamePose(back.state.T_world_body, ours.state.T_world_body);
    EXPECT_LT((back.state.velocity_world - ours.state.velocity_world).norm(), 3e-9);
    EXPECT_LT((back.angular_velocity_body - ours.angular_velocity_body).norm(), 2e-9);
    EXPECT_EQ(QualityScore(back.status), QualityScore(ours.status));
    EXPECT_LT((read->open_loop[k].state.velocity_world - ours.state.velocity_world).norm(), 3e-9);
    EXPECT_EQ(back.state.gyro_bias, ours.state.gyro_bias);
    EXPECT_EQ(back.state.accelerometer_bias, ours.state.accelerometer_bias);
  }
  const RigCamera& camera = read->rig.cameras.at(0);
  EXPECT_EQ(camera.model->Parameters(), session.rig.cameras[0].model->Parameters());
  ExpectSamePose(camera.T_body_camera, session.rig.cameras[0].T_body_camera);
  ExpectSamePose(read->rig.imu.T_body_imu, Se3());
}

TEST_F(AriaReaderTest, PointsComeBackWithTheirSigmas) {
  const Session session = FurnishedSession(60);
  const Result<Session> read = ReadAriaFolder(Slam(session));
  ASSERT_TRUE(read) << read.error().Message();
  ASSERT_GE(read->landmarks.size(), session.landmarks.size());
  for (size_t k = 0; k < session.landmarks.size(); ++k) {
    EXPECT_EQ(read->landmarks[k].track, session.landmarks[k].track);
    EXPECT_LT((read->landmarks[k].position_world - session.landmarks[k].position_world).norm(),
              2e-9);
    EXPECT_NEAR(read->landmarks[k].distance_sigma, session.landmarks[k].distance_sigma, 1e-9);
    EXPECT_NEAR(read->landmarks[k].inverse_distance_sigma,
                session.landmarks[k].inverse_distance_sigma, 1e-9);
  }
}

TEST_F(AriaReaderTest, KeyframesAreTakenByMotionAndTheirCovarianceIsNotKnown) {
  const Result<Session> read = ReadAriaFolder(Slam(FurnishedSession(200)));
  ASSERT_TRUE(read) << read.error().Message();
  ASSERT_GT(read->keyframes.size(), 20u);
  ASSERT_LT(read->keyframes.size(), 120u);
  for (size_t k = 0; k < read->keyframes.size(); ++k) {
    const Keyframe& keyframe = read->keyframes[k];
    EXPECT_FALSE(keyframe.covariance.allFinite());
    EXPECT_EQ(keyframe.landmarks, -1);
    if (k == 0) continue;
    const Se3 moved =
        read->keyframes[k - 1].state.T_world_body.Inverse() * keyframe.state.T_world_body;
    EXPECT_TRUE(moved.translation.norm() >= 0.25 ||
                Eigen::AngleAxisd(moved.rotation).angle() >= 0.2617);
  }
}

TEST_F(AriaReaderTest, WhatIsBrokenIsOneLineWithFileAndLine) {
  const auto expect_error = [&](const std::string& where, const std::string& what) {
    const Result<Session> read = ReadAriaFolder(folder_ / "mps");
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().kind, ErrorKind::kUnusableInput);
    EXPECT_THAT(read.error().Message(), AllOf(HasSubstr(where), HasSubstr(what)));
  };
  Slam(FurnishedSession(60));
  Edit("closed_loop_trajectory.csv", "10050000", "10O50000");
  expect_error("closed_loop_trajectory.csv:3", "tracking_timestamp_us");
  Slam(FurnishedSession(60));
  Edit("closed_loop_trajectory.csv", "10050000", "10000000");
  expect_error("closed_loop_trajectory.csv:3", "rise");
  Slam(FurnishedSession(60));
  Edit("closed_loop_trajectory.csv", "quality_score", "quality");
  expect_error("closed_loop_trajectory.csv:1", "quality_score");
  Slam(FurnishedSession(60));
  Edit("open_loop_trajectory.csv", ",0.5\n", "\n");
  expect_error("open_loop_trajectory.csv:2", "columns");
  Slam(FurnishedSession(60));
  Edit("online_calibration.jsonl", "}\n{", "\n{");
  expect_error("online_calibration.jsonl:", "JSON");
  const fs::path points = Slam(FurnishedSession(60)) / "slam" / "semidense_points.csv.gz";
  fs::resize_file(points, fs::file_size(points) / 2);
  expect_error("semidense_points.csv.gz", "");
}

TEST_F(AriaReaderTest, PlacesFarApartMakeNoGridThatWraps) {
  const auto far_row = [&](const std::string& t_us, const std::string& p) {
    const fs::path file = folder_ / "mps" / "slam" / "closed_loop_trajectory.csv";
    std::string text = ReadText(file);
    const size_t begin = text.rfind('\n', text.size() - 2) + 1;
    std::vector<std::string> fields;
    std::stringstream row(text.substr(begin, text.size() - 1 - begin));
    for (std::string field; std::getline(row, field, ',');) fields.push_back(field);
    fields.at(1) = t_us;
    for (size_t axis = 3; axis < 6; ++axis) fields.at(axis) = p;
    for (size_t k = 0; k < fields.size(); ++k) text += (k == 0 ? "" : ",") + fields[k];
    WriteText(file, text + '\n');
  };
  // 2^22 cells of 0.1 m along each axis: 2^66, which is 0 in 64 bits.
  Slam(FurnishedSession(60));
  far_row("20000000", "-209714.85");
  far_row("30000000", "209714.9");
  const Result<Session> read = ReadAriaFolder(folder_ / "mps");
  ASSERT_TRUE(read) << read.error().Message();
  const OccupancyGrid& grid = read->scene.occupancy;
  EXPECT_GT(grid.voxel_m, 100);
  EXPECT_EQ(grid.states.size(), static_cast<size_t>(grid.size[0]) *
                                    static_cast<size_t>(grid.size[1]) *
                                    static_cast<size_t>(grid.size[2]));
  far_row("40000000", "1e300");
  const Result<Session> farther = ReadAriaFolder(folder_ / "mps");
  ASSERT_FALSE(farther);
  EXPECT_EQ(farther.error().kind, ErrorKind::kUnusableInput);
  EXPECT_THAT(farther.error().Message(), HasSubstr("tx_world_device begins what is out of range"));
}

TEST_F(AriaReaderTest, AFolderOfSomethingElseIsWrongUsage) {
  fs::create_directory(folder_ / "empty");
  for (const char* name : {"empty", "missing"}) {
    const Result<Session> read = ReadAriaFolder(folder_ / name);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().kind, ErrorKind::kUsage);
    EXPECT_THAT(read.error().Message(), HasSubstr(name));
  }
}

TEST(AriaRecording, TheSampleOfARealDeviceReads) {
  NIGHTJAR_RECORDING(folder, "aria/mps_sample");
  const Result<Session> read = ReadAriaFolder(folder);
  ASSERT_TRUE(read) << read.error().Message();
  EXPECT_EQ(read->landmarks.size(), 99'472u);
  EXPECT_THAT(read->stages.at(0).info.at(0), HasSubstr("of 11517 rows"));
  // 11.4 s at 1 kHz, thinned: by times, not by counting.
  EXPECT_GT(read->closed_loop.size(), 210u);
  EXPECT_LT(read->closed_loop.size(), 232u);
  // The numbers of the file's first row: the body is Aria's device.
  const NavigationState& first = read->closed_loop.front().state;
  EXPECT_EQ(ToNanoseconds(first.time), 149'202'610'000);
  EXPECT_EQ(first.T_world_body.translation, Eigen::Vector3d(0.000292, -0.006405, 0.000467));
  EXPECT_NEAR(first.T_world_body.rotation.x(), 0.500638545, 1e-8);
  EXPECT_EQ(read->closed_loop.front().status, TrackingStatus::kDegraded);
  // 7.67 m, says the device's own summary; corners are cut where rows are thinned.
  double length = 0;
  for (size_t k = 1; k < read->closed_loop.size(); ++k)
    length += (read->closed_loop[k].state.T_world_body.translation -
               read->closed_loop[k - 1].state.T_world_body.translation)
                  .norm();
  EXPECT_NEAR(length, 7.67, 0.1);
  ASSERT_EQ(read->rig.cameras.size(), 3u);
  EXPECT_EQ(read->rig.cameras[0].name, "camera-rgb");
  EXPECT_LT(read->rig.cameras[1].T_body_camera.translation.norm(), 1e-6) << "device is slam-left";
  EXPECT_NEAR(read->rig.imu.T_body_imu.translation.y(), -0.101358864672868, 1e-12);
  EXPECT_NEAR(first.gyro_bias.x(), -0.001, 2e-3);
}

TEST(AriaRecording, TheFloorOfTheSampleIsFound) {
  NIGHTJAR_RECORDING(folder, "aria/mps_sample");
  const Result<Session> read = ReadAriaFolder(folder);
  ASSERT_TRUE(read) << read.error().Message();
  const Scene& scene = read->scene;
  ASSERT_TRUE(scene.aligned);
  // Glasses on a person who walks: eyes 1.4 to 1.8 m over the floor.
  ASSERT_TRUE(std::isfinite(scene.aligned->floor_z_sigma_m));
  EXPECT_NEAR(scene.aligned->floor_z_m, -1.53, 0.1);
  EXPECT_EQ(scene.surfaces.front().kind, SurfaceKind::kFloor);
  EXPECT_GT(scene.surfaces.front().normal_world.z(), 0.999);
  EXPECT_GT(scene.surfaces.size(), 20u);
  EXPECT_EQ(scene.views.size(), read->keyframes.size());
  int hits = 0;
  for (const KeyframeView& view : scene.views) {
    ASSERT_TRUE(view.clearance);
    for (const ClearanceRay& ray : view.clearance->rays) {
      if (ray.state != ClearanceRay::State::kHit) continue;
      ++hits;
      EXPECT_TRUE(ray.sigma_m > 0 && std::isfinite(ray.sigma_m));
    }
  }
  EXPECT_GT(hits, 30);
}

TEST(AriaRecording, VelocitiesOfTheSampleAreThoseOfItsPositions) {
  NIGHTJAR_RECORDING(folder, "aria/mps_sample");
  const Result<Session> read = ReadAriaFolder(folder);
  ASSERT_TRUE(read) << read.error().Message();
  for (const Trajectory* rows : {&read->closed_loop, &read->open_loop}) {
    for (size_t k = 11; k + 10 < rows->size(); k += 7) {
      const NavigationState& before = (*rows)[k - 1].state;
      const NavigationState& after = (*rows)[k + 1].state;
      const Eigen::Vector3d slope =
          (after.T_world_body.translation - before.T_world_body.translation) /
          ToSeconds(after.time - before.time);
      EXPECT_LT((slope - (*rows)[k].state.velocity_world).norm(), 0.15) << "row " << k;
    }
  }
}

}  // namespace
}  // namespace nightjar
