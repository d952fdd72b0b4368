// SPDX-License-Identifier: Apache-2.0
#include "data/trajectory_file.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/temporary_folder.h"

namespace nightjar {
namespace {

constexpr const char* kAriaClosed =
    "graph_uid,tracking_timestamp_us,utc_timestamp_ns,tx_world_device,ty_world_device,tz_world_"
    "device,qx_world_device,"
    "qy_world_device,qz_world_device,qw_world_device,quality_score,tx_ecef_device\n";
constexpr const char* kAriaOpen =
    "tracking_timestamp_us,utc_timestamp_ns,session_uid,tx_odometry_device,ty_odometry_device,tz_"
    "odometry_device,"
    "qx_odometry_device,qy_odometry_device,qz_odometry_device,qw_odometry_device,quality_score\n";

class TrajectoryFileTest : public testing::Test {
 protected:
  Result<std::vector<TrajectoryFileRow>> Rows(const std::string& text) {
    WriteText(file_, text);
    return ReadTrajectoryRows(file_);
  }
  // "LINE: WHAT"
  template <typename T>
  std::string Problem(const Result<T>& result) {
    if (result) return "accepted";
    EXPECT_EQ(result.error().kind, ErrorKind::kUnusableInput);
    const std::string where = result.error().where.substr(file_.string().size());
    return (where.empty() ? "" : where.substr(1) + ": ") + result.error().what;
  }

  TemporaryFolder folder_;
  std::filesystem::path file_ = folder_.path() / "trajectory";
};

// Every component differs, so that a swapped column shows.
void ExpectPose(const StampedPose& pose, int64_t t_ns) {
  EXPECT_EQ(ToNanoseconds(pose.time), t_ns);
  EXPECT_EQ(pose.T_world_body.translation, Eigen::Vector3d(1, 2, 3));
  const Eigen::Quaterniond expected(0.1, 0.3, 0.5, std::sqrt(1 - 0.01 - 0.09 - 0.25));
  EXPECT_LT((pose.T_world_body.rotation.coeffs() - expected.coeffs()).norm(), 1e-6);
}

TEST_F(TrajectoryFileTest, Tum) {
  const auto rows =
      Rows("# timestamp(s) tx ty tz qx qy qz qw\n1403636580.83856 1 2 3 0.3 0.5 0.8062258 0.1\n");
  ASSERT_TRUE(rows) << rows.error().Message();
  ASSERT_EQ(rows->size(), 1u);
  ExpectPose(rows->front().pose, 1403636580838560000);
  EXPECT_EQ(rows->front().quality, 1);
}

TEST_F(TrajectoryFileTest, Euroc) {
  const std::string row = "1403636580838555648,1,2,3,0.1,0.3,0.5,0.8062258";
  for (const std::string& text : {"#timestamp, p_RS_R_x [m], ...\n" + row + ",7,8,9,0,0,0,0,0,0\n",
                                  row + "\r\n", "timestamp,p\n" + row}) {
    const auto rows = Rows(text);
    ASSERT_TRUE(rows) << rows.error().Message();
    ASSERT_EQ(rows->size(), 1u);
    ExpectPose(rows->front().pose, 1403636580838555648);
  }
}

TEST_F(TrajectoryFileTest, AriaClosedLoopIsReadByColumnNames) {
  const auto rows =
      Rows(std::string(kAriaClosed) + "uid,149202610,16867,1,2,3,0.3,0.5,0.8062258,0.1,0.5,77\n");
  ASSERT_TRUE(rows) << rows.error().Message();
  ASSERT_EQ(rows->size(), 1u);
  ExpectPose(rows->front().pose, 149202610000);
  EXPECT_EQ(rows->front().quality, 0.5);
}

TEST_F(TrajectoryFileTest, AriaOpenLoopIsReadByColumnNames) {
  const auto rows =
      Rows(std::string(kAriaOpen) + "149202610,16867,uid,1,2,3,0.3,0.5,0.8062258,0.1,1.0\n");
  ASSERT_TRUE(rows) << rows.error().Message();
  ExpectPose(rows->front().pose, 149202610000);
  EXPECT_EQ(rows->front().quality, 1.0);
}

TEST_F(TrajectoryFileTest, MinimumQualityDropsRows) {
  WriteText(file_, std::string(kAriaOpen) +
                       "1,0,u,1,2,3,0,0,0,1,0.0\n2,0,u,1,2,3,0,0,0,1,0.5\n3,0,u,1,2,3,0,0,0,1,1\n");
  EXPECT_EQ(ReadTrajectoryFile(file_).value().size(), 3u);
  EXPECT_EQ(ReadTrajectoryFile(file_, {.min_quality = 0.5}).value().size(), 2u);
  EXPECT_EQ(Problem(ReadTrajectoryFile(file_, {.min_quality = 1.5})),
            "has no pose of the asked quality");
}

TEST_F(TrajectoryFileTest, RowsAreSortedAndARepeatedTimeKeepsItsFirst) {
  const auto rows = Rows("3 0 0 0 0 0 0 1\n1 5 0 0 0 0 0 1\n2 0 0 0 0 0 0 1\n1 6 0 0 0 0 0 1\n");
  ASSERT_TRUE(rows);
  ASSERT_EQ(rows->size(), 3u);
  EXPECT_EQ(ToNanoseconds((*rows)[0].pose.time), 1000000000);
  EXPECT_EQ((*rows)[0].pose.T_world_body.translation.x(), 5);
  EXPECT_EQ(ToNanoseconds((*rows)[2].pose.time), 3000000000);
}

TEST_F(TrajectoryFileTest, QuaternionsAreNormalised) {
  const auto rows = Rows("1 0 0 0 0.6 0 0 0.805\n");
  ASSERT_TRUE(rows);
  EXPECT_NEAR(rows->front().pose.T_world_body.rotation.norm(), 1, 1e-15);
}

TEST_F(TrajectoryFileTest, ARowThatCannotBeReadIsAnErrorWithItsLine) {
  EXPECT_EQ(Problem(Rows("#t\n1 0 0 0 0 0 0 1\n2 0 0 0 0 0 1\n")),
            "3: row has 7 columns instead of 8");
  EXPECT_EQ(Problem(Rows("1 0 0 0 0 0 0 1 9\n")), "1: row has 9 columns instead of 8");
  EXPECT_EQ(Problem(Rows("1 0 nan 0 0 0 0 1\n")), "1: nan is not a finite number");
  EXPECT_EQ(Problem(Rows("x 0 0 0 0 0 0 1\n")), "1: the time is not a number of seconds");
  EXPECT_EQ(Problem(Rows("1 0 0 0 0 0 0 0\n")), "1: the quaternion's length is not 1");
  EXPECT_EQ(Problem(Rows("1 0 0 0 1 0 0 1\n")), "1: the quaternion's length is not 1");
  EXPECT_EQ(Problem(Rows("1,0,0,0,1,0,0\n")), "1: row has 7 columns instead of 8 or more");
  EXPECT_EQ(Problem(Rows("1.5,0,0,0,1,0,0,0\n")), "1: the time is not a number of nanoseconds");
  EXPECT_EQ(Problem(Rows("tracking_timestamp_us,tx_world_device\n")),
            "1: the header has no column ty_world_device");
  // The name of the time's column as a part of another, and in quotes.
  for (const char* time : {"tracking_timestamp_us_raw", "\"tracking_timestamp_us\""}) {
    const std::string header =
        time + std::string(kAriaOpen).substr(std::string("tracking_timestamp_us").size());
    EXPECT_EQ(Problem(Rows(header + "1,0,u,1,2,3,0,0,0,1,1\n")),
              "1: the header has no column tracking_timestamp_us");
  }
  EXPECT_EQ(Problem(Rows(std::string(kAriaOpen) + "1,0\n")),
            "2: row has 2 columns and the header 11");
  EXPECT_EQ(Problem(Rows(std::string(kAriaOpen) + "9223372036854775807,0,u,1,2,3,0,0,0,1,1\n")),
            "2: the time is not a number of microseconds");
}

TEST_F(TrajectoryFileTest, EmptyAndMissingFiles) {
  EXPECT_EQ(Problem(Rows("")), "has no poses");
  EXPECT_EQ(Problem(Rows("# nothing\n")), "has no poses");
  EXPECT_EQ(Problem(Rows(kAriaOpen)), "has no poses");
  std::filesystem::remove(file_);
  EXPECT_EQ(Problem(ReadTrajectoryRows(file_)), "is missing");
}

TEST_F(TrajectoryFileTest, FullStates) {
  WriteText(file_, "#timestamp, ...\n20,1,2,3,0.1,0.3,0.5,0.8062258,4,5,6,7,8,9,10,11,12\n");
  const auto states = ReadStateFile(file_);
  ASSERT_TRUE(states) << states.error().Message();
  ASSERT_EQ(states->size(), 1u);
  const NavigationState& state = states->front();
  ExpectPose({state.time, state.T_world_body}, 20);
  EXPECT_EQ(state.velocity_world, Eigen::Vector3d(4, 5, 6));
  EXPECT_EQ(state.gyro_bias, Eigen::Vector3d(7, 8, 9));
  EXPECT_EQ(state.accelerometer_bias, Eigen::Vector3d(10, 11, 12));
}

TEST_F(TrajectoryFileTest, BadStatesAreErrorsWithTheirLine) {
  WriteText(file_, "20,1,2,3,1,0,0,0,4,5,6\n");
  EXPECT_EQ(Problem(ReadStateFile(file_)), "1: row has 11 columns instead of 17");
  WriteText(file_, "20,1,2,3,1,0,0,0,4,5,6,7,8,9,10,11,inf\n");
  EXPECT_EQ(Problem(ReadStateFile(file_)), "1: inf is not a finite number");
  WriteText(file_, "");
  EXPECT_EQ(Problem(ReadStateFile(file_)), "has no states");
}

}  // namespace
}  // namespace nightjar
