// SPDX-License-Identifier: Apache-2.0
// Figures of real recordings, counted by other means.
#include "tests/recordings.h"

#include <gtest/gtest.h>

#include "data/sensor_log.h"
#include "data/trajectory_file.h"

namespace nightjar {
namespace {

TEST(RecordingsTest, EurocMachineHall) {
  NIGHTJAR_RECORDING(folder, "euroc_mh01_12s");
  const auto opened = OpenSensorLog(folder);
  ASSERT_TRUE(opened) << opened.error().Message();
  SensorLog& log = **opened;
  EXPECT_EQ(log.reference_frames(), 240);
  int64_t samples = 0;
  int64_t frames[2] = {0, 0};
  SensorTime last = SensorTime::min();
  while (true) {
    const auto record = log.Next();
    ASSERT_TRUE(record) << record.error().Message();
    if (!*record) break;
    EXPECT_GE(TimeOf(**record), last);
    last = TimeOf(**record);
    if (const Frame* frame = std::get_if<Frame>(&**record)) {
      ++frames[frame->camera];
      ASSERT_EQ(Width(frame->image), 752);
      ASSERT_EQ(Height(frame->image), 480);
    } else {
      ++samples;
    }
  }
  EXPECT_EQ(samples, 3492);
  EXPECT_EQ(frames[0], 240);
  EXPECT_EQ(frames[1], 240);
  EXPECT_TRUE(log.anomalies().empty());

  // The published stereo baseline of the VI-Sensor is 0.110 m; cam1 stands to the right of cam0.
  const Se3 T_cam0_cam1 =
      log.rig().cameras[0].T_body_camera.Inverse() * log.rig().cameras[1].T_body_camera;
  EXPECT_NEAR(T_cam0_cam1.translation.x(), 0.110, 0.001);

  ASSERT_TRUE(log.truth());
  const auto truth = ReadTrajectoryFile(*log.truth());
  ASSERT_TRUE(truth) << truth.error().Message();
  EXPECT_EQ(truth->size(), 3275u);
  EXPECT_EQ(ToNanoseconds(truth->front().time), 1403636580838560000);
}

TEST(RecordingsTest, EurocViconRoomStates) {
  NIGHTJAR_RECORDING(file, "euroc_v1_02_imu_gt/V1_02_medium_gt.csv");
  const auto states = ReadStateFile(file);
  ASSERT_TRUE(states) << states.error().Message();
  EXPECT_EQ(ToNanoseconds(states->front().time), 1403715524907143168);
  // Columns in their right order: the position moves as the velocity says.
  double error = 0;
  for (size_t i = 1; i + 1 < states->size(); i += 100) {
    const NavigationState& a = (*states)[i - 1];
    const NavigationState& b = (*states)[i + 1];
    const Eigen::Vector3d velocity =
        (b.T_world_body.translation - a.T_world_body.translation) / ToSeconds(b.time - a.time);
    error = std::max(error, (velocity - (*states)[i].velocity_world).norm());
  }
  EXPECT_LT(error, 0.15);
  EXPECT_NEAR(states->front().gyro_bias.y(), 0.0207, 1e-3);
}

TEST(RecordingsTest, AriaTrajectories) {
  NIGHTJAR_RECORDING(folder, "aria/mps_sample");
  for (const char* name : {"closed_loop_trajectory.csv", "open_loop_trajectory.csv"}) {
    const auto rows = ReadTrajectoryRows(folder / name);
    ASSERT_TRUE(rows) << rows.error().Message();
    EXPECT_EQ(ToNanoseconds(rows->front().pose.time), 149202610000);
    EXPECT_EQ(rows->front().quality, 0.5);
    EXPECT_EQ(ToNanoseconds(rows->back().pose.time), 160597999000);
    EXPECT_EQ(rows->back().quality, 1.0);
    EXPECT_GT(rows->size(), 11000u);
  }
}

}  // namespace
}  // namespace nightjar
