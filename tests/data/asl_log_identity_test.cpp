// SPDX-License-Identifier: Apache-2.0
// What a log says of itself as a whole: its identity, and where its truth lies.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>

#include "data/sensor_log.h"
#include "data/trajectory_file.h"
#include "tests/data/small_log.h"

namespace nightjar {
namespace {

class AslLogIdentityTest : public SmallLog {
 protected:
  std::unique_ptr<SensorLog> Open(const SensorLogOptions& options = {}) const {
    auto log = OpenSensorLog(log_, options);
    EXPECT_TRUE(log) << log.error().Message();
    return log ? *std::move(log) : nullptr;
  }
};

TEST_F(AslLogIdentityTest, LevelOfTheFolderDoesNotMatter) {
  EXPECT_EQ(ReadAll(**OpenSensorLog(root_)).size(), ReadAll(*Open()).size());
  EXPECT_EQ(OpenSensorLog(root_).value()->identity(), Open()->identity());
}

TEST_F(AslLogIdentityTest, IdentityFollowsTheContentNotThePlace) {
  const std::string identity = Open()->identity();
  EXPECT_THAT(identity, testing::MatchesRegex("[0-9a-f]{16}"));
  std::filesystem::rename(log_, folder_.path() / "moved");
  EXPECT_EQ(OpenSensorLog(folder_.path() / "moved").value()->identity(), identity);
  std::filesystem::rename(folder_.path() / "moved", log_);

  EXPECT_EQ(Open({.begin_s = 0.02})->identity(), identity)
      << "the input is the log, not the part that is asked for";
  EXPECT_NE(Open({.cameras = {"cam0"}})->identity(), identity);
  EXPECT_NE(Open({.cameras = {"cam1", "cam0"}})->identity(), identity);
  const std::string listing = ReadText(root_ / "imu0" / "data.csv");
  WriteText(root_ / "imu0" / "data.csv", listing + "\n");
  EXPECT_NE(Open()->identity(), identity);
  WriteText(root_ / "imu0" / "data.csv", listing);
  EXPECT_EQ(Open()->identity(), identity);
  WriteText(root_ / "cam1" / "sensor.yaml",
            ReadText(root_ / "cam1" / "sensor.yaml") + "# a word\n");
  EXPECT_NE(Open()->identity(), identity);
}

// FNV-1a by hand on the canonical listing, with the published offset and prime: the same on every
// machine.
TEST_F(AslLogIdentityTest, IdentityIsFnvOfTheCanonicalListing) {
  std::string listing;
  for (const char* name :
       {"imu0/sensor.yaml", "imu0/data.csv", "cam0/sensor.yaml", "cam0/data.csv"}) {
    const std::string bytes = ReadText(root_ / name);
    listing += std::string(name) + "\n" + bytes + std::to_string(bytes.size()) + "\n";
  }
  uint64_t hash = 14695981039346656037u;
  for (const unsigned char byte : listing) hash = (hash ^ byte) * 1099511628211u;
  char text[17];
  std::snprintf(text, sizeof(text), "%016llx", static_cast<unsigned long long>(hash));
  EXPECT_EQ(Open({.cameras = {"cam0"}})->identity(), text);
}

TEST_F(AslLogIdentityTest, TruthIsFoundWhereItMayLie) {
  EXPECT_EQ(Open()->truth(), std::nullopt);
  std::filesystem::create_directories(root_ / "groundtruth");
  WriteText(root_ / "groundtruth" / "b.txt", "");
  WriteText(root_ / "groundtruth" / "a.txt", "");
  EXPECT_EQ(Open()->truth(), root_ / "groundtruth" / "a.txt");
  std::filesystem::create_directories(root_ / "state_groundtruth_estimate0");
  WriteText(root_ / "state_groundtruth_estimate0" / "data.csv", "");
  EXPECT_EQ(Open()->truth(), root_ / "state_groundtruth_estimate0" / "data.csv");
  std::filesystem::create_directories(log_ / "truth");
  WriteText(log_ / "truth" / "state.csv", "");
  EXPECT_EQ(Open()->truth(), root_ / "state_groundtruth_estimate0" / "data.csv")
      << "nearer to the streams";
}

TEST_F(AslLogIdentityTest, WrittenTruthComesBack) {
  const std::filesystem::path other = folder_.path() / "other";
  AslLogWriter writer(other, MakeRig());
  NavigationState state;
  state.time = FromNanoseconds(kStart);
  state.T_world_body = {so3::Exp({0.3, 0.2, 0.1}), {1.0 / 3, 2, 3}};
  state.velocity_world = {0.1, 0.2, 0.3};
  state.gyro_bias = {0.01, 0.02, 0.03};
  state.accelerometer_bias = {0.4, 0.5, 0.6};
  ASSERT_TRUE(writer.AddTruth(state));
  ASSERT_TRUE(writer.Finish());
  const auto states = ReadStateFile(other / "mav0" / "state_groundtruth_estimate0" / "data.csv");
  ASSERT_TRUE(states) << states.error().Message();
  ASSERT_EQ(states->size(), 1u);
  EXPECT_EQ(states->front().time, state.time);
  EXPECT_EQ(states->front().T_world_body.translation, state.T_world_body.translation);
  EXPECT_LT((states->front().T_world_body.rotation.coeffs() - state.T_world_body.rotation.coeffs())
                .norm(),
            1e-15);
  EXPECT_EQ(states->front().velocity_world, state.velocity_world);
  EXPECT_EQ(states->front().gyro_bias, state.gyro_bias);
  EXPECT_EQ(states->front().accelerometer_bias, state.accelerometer_bias);
}

}  // namespace
}  // namespace nightjar
