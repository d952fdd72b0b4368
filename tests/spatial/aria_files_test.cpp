// SPDX-License-Identifier: Apache-2.0
#include "spatial/aria_files.h"

#include <gmock/gmock.h>

#include <sstream>

#include "spatial/text_format.h"
#include "tests/spatial/synthetic_session.h"

namespace nightjar {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

std::vector<std::string> Split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, separator);) parts.push_back(part);
  return parts;
}

// One row, turned a quarter about z: the body's x axis lies along the world's y axis.
Session OneRow() {
  Session session;
  TrajectoryRow row;
  row.state.time = FromNanoseconds(1'403'636'584'763'555'584);
  row.state.T_world_body = {
      Eigen::Quaterniond(Eigen::AngleAxisd(1.5707963267948966, Eigen::Vector3d::UnitZ())),
      {1.5, -2.25, 1e-10}};
  row.state.T_world_body.rotation.coeffs() *= -1;
  row.state.velocity_world = {1, 0, 0.5};
  row.angular_velocity_body = {0.1, 0.2, -0.3};
  row.status = TrackingStatus::kDegraded;
  session.open_loop = session.closed_loop = {row};
  session.input_identity = "id";
  return session;
}

TEST(ClosedLoopTrajectoryCsv, HasAriasColumnsToTheLetter) {
  const std::vector<std::string> lines = Split(aria::ClosedLoopTrajectoryCsv(OneRow()), '\n');
  ASSERT_THAT(lines, SizeIs(2));
  EXPECT_EQ(
      lines[0],
      "graph_uid,tracking_timestamp_us,utc_timestamp_ns,tx_world_device,ty_world_device,tz_world_"
      "device,"
      "qx_world_device,qy_world_device,qz_world_device,qw_world_device,device_linear_velocity_x_"
      "device,"
      "device_linear_velocity_y_device,device_linear_velocity_z_device,angular_velocity_x_device,"
      "angular_velocity_y_device,angular_velocity_z_device,gravity_x_world,gravity_y_world,gravity_"
      "z_world,"
      "quality_score");
  std::vector<std::string> cells = Split(lines[1], ',');
  cells.erase(cells.begin());
  EXPECT_THAT(
      cells, ElementsAre("1403636584763556", "-1", "1.500000000", "-2.250000000", "0.000000000",
                         "0.000000000000", "0.000000000000", "0.707106781187", "0.707106781187",
                         // forward in the world is to the right of this body: -y
                         "0.000000000", "-1.000000000", "0.500000000", "0.100000000", "0.200000000",
                         "-0.300000000", "0.000000", "0.000000", "-9.810000", "0.5"));
}

TEST(OpenLoopTrajectoryCsv, HasAriasColumnsToTheLetter) {
  const std::vector<std::string> lines = Split(aria::OpenLoopTrajectoryCsv(OneRow()), '\n');
  ASSERT_THAT(lines, SizeIs(2));
  EXPECT_EQ(
      lines[0],
      "tracking_timestamp_us,utc_timestamp_ns,session_uid,tx_odometry_device,ty_odometry_device,"
      "tz_odometry_device,qx_odometry_device,qy_odometry_device,qz_odometry_device,qw_odometry_"
      "device,"
      "device_linear_velocity_x_odometry,device_linear_velocity_y_odometry,device_linear_velocity_"
      "z_odometry,"
      "angular_velocity_x_device,angular_velocity_y_device,angular_velocity_z_device,gravity_x_"
      "odometry,"
      "gravity_y_odometry,gravity_z_odometry,quality_score");
  const std::vector<std::string> cells = Split(lines[1], ',');
  ASSERT_THAT(cells, SizeIs(20));
  EXPECT_EQ(cells[0], "1403636584763556");
  EXPECT_EQ(cells[2], DeriveIds(OneRow()).session_uid);
  EXPECT_EQ(cells[10], "1.000000000") << "the velocity is in the odometry frame here";
  EXPECT_EQ(cells[11], "0.000000000");
}

TEST(OpenLoopTrajectoryCsv, ACutSessionIsAPrefixToTheByte) {
  Session cut = SyntheticSession(200);
  const std::string whole = aria::OpenLoopTrajectoryCsv(cut);
  cut.open_loop.resize(120);
  const std::string prefix = aria::OpenLoopTrajectoryCsv(cut);
  EXPECT_EQ(whole.substr(0, prefix.size()), prefix);
}

TEST(AriaFiles, NameTheMapOfEveryRow) {
  Session session = SyntheticSession(40);
  SplitIntoTwoMaps(session, 20);
  const SessionIds ids[] = {DeriveIds(session, 0), DeriveIds(session, 1)};
  const std::vector<std::string> closed = Split(aria::ClosedLoopTrajectoryCsv(session), '\n');
  const std::vector<std::string> open = Split(aria::OpenLoopTrajectoryCsv(session), '\n');
  const std::vector<std::string> points = Split(aria::SemidensePointsCsv(session), '\n');
  for (const size_t row : {0u, 19u, 20u, 39u}) {
    const SessionIds& map = ids[row < 20 ? 0 : 1];
    EXPECT_EQ(Split(closed[row + 1], ',')[0], map.graph_uid) << row;
    EXPECT_EQ(Split(open[row + 1], ',')[2], map.session_uid) << row;
  }
  EXPECT_EQ(Split(points[1], ',')[1], ids[0].graph_uid);
  EXPECT_EQ(Split(points[2], ',')[1], ids[1].graph_uid);
}

TEST(SemidensePointsCsv, WritesOneRowPerLandmark) {
  Session session;
  session.landmarks = {{7, {1, 2, 3}, 0.001, 0.05, 4}};
  EXPECT_EQ(aria::SemidensePointsCsv(session),
            "uid,graph_uid,px_world,py_world,pz_world,inv_dist_std,dist_std\n7," +
                DeriveIds(session).graph_uid +
                ",1.000000000,2.000000000,3.000000000,0.001000000,0.050000000\n");
}

TEST(OnlineCalibrationJsonl, PutsTheScalarFirst) {
  const Session session = SyntheticSession(20);
  const std::vector<std::string> lines = Split(aria::OnlineCalibrationJsonl(session), '\n');
  ASSERT_THAT(lines, SizeIs(session.keyframes.size()));
  const Json line = Json::parse(lines[1]);
  EXPECT_EQ(line["tracking_timestamp_us"], 10'250'000);
  EXPECT_EQ(line["ImuCalibrations"][0]["Gyroscope"]["Bias"]["Offset"],
            Json({0.001, -0.002, 0.003}));
  EXPECT_EQ(line["ImuCalibrations"][0]["Accelerometer"]["Bias"]["Offset"],
            Json({0.01, 0.02, -0.03}));
  const Json& quaternion =
      line["Nightjar"]["CameraCalibrations"][0]["T_Device_Camera"]["UnitQuaternion"];
  EXPECT_DOUBLE_EQ(quaternion[0].get<double>(), session.rig.cameras[0].T_body_camera.rotation.w());
  EXPECT_DOUBLE_EQ(quaternion[1][2].get<double>(),
                   session.rig.cameras[0].T_body_camera.rotation.z());
}

TEST(AriaSummaryJson, TellsTheWorstOutcomeAndTheLength) {
  const Json summary = Json::parse(aria::SummaryJson(SyntheticSession()));
  EXPECT_EQ(summary["SLAM"]["status"], "WARNING");
  EXPECT_EQ(summary["SLAM"]["warnings"][0], "data: 1 row skipped");
  EXPECT_EQ(summary["SLAM"]["info"][0],
            "Recording total time: 0:00:09.950000; Trajectory total length: 7.73m");
}

}  // namespace
}  // namespace nightjar
