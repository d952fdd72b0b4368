// SPDX-License-Identifier: Apache-2.0
#include "tests/spatial/synthetic_session.h"

#include <cmath>

#include "core/so3.h"

namespace nightjar {
namespace {

constexpr double kFramePeriodS = 0.05;

TrajectoryRow Row(int frame) {
  const double t = kFramePeriodS * frame;
  constexpr double kStep = 1e-4;
  const Se3 before = SyntheticPose(t - kStep);
  const Se3 after = SyntheticPose(t + kStep);
  TrajectoryRow row;
  row.state.time = FromNanoseconds(10'000'000'000 + 50'000'000 * int64_t{frame});
  row.state.T_world_body = SyntheticPose(t);
  row.state.velocity_world = (after.translation - before.translation) / (2 * kStep);
  row.state.gyro_bias = {0.001, -0.002, 0.003};
  row.state.accelerometer_bias = {0.01, 0.02, -0.03};
  row.angular_velocity_body = so3::Log(before.rotation.conjugate() * after.rotation) / (2 * kStep);
  row.status = frame < 10 ? TrackingStatus::kInitialising : TrackingStatus::kTracking;
  if (frame % 50 == 49) row.status = TrackingStatus::kDeadReckoned;
  return row;
}

FrameHealth Health(const TrajectoryRow& row) {
  FrameHealth health;
  health.time = row.state.time;
  health.status = row.status;
  health.features = 150;
  health.inliers = 120;
  health.reprojection_rms = 0.9;
  health.tilt_sigma_rad = 0.002;
  health.velocity_sigma_m_s = 0.01;
  health.position_drift_sigma_m = 0.005;
  if (row.status == TrackingStatus::kDeadReckoned) {
    health.reason = "no image";
    health.features = health.inliers = 0;
  }
  return health;
}

Keyframe MakeKeyframe(const TrajectoryRow& row, double seconds) {
  Keyframe keyframe;
  keyframe.state = row.state;
  keyframe.landmarks = 60;
  // An uncertainty that grows with time and is larger across the direction of the motion.
  const double sigma = 0.002 + 0.001 * seconds;
  const Eigen::Vector3d along = row.state.velocity_world.normalized();
  Matrix15d& covariance = keyframe.covariance;
  covariance = 1e-4 * Matrix15d::Identity();
  covariance.block<3, 3>(0, 0) =
      sigma * sigma * (Eigen::Matrix3d::Identity() - 0.7 * along * along.transpose());
  covariance.block<3, 3>(3, 3) = 1e-3 * sigma * Eigen::Matrix3d::Identity();
  covariance(0, 5) = covariance(5, 0) = 0.1 * sigma * sigma;
  covariance = 0.5 * (covariance + covariance.transpose()).eval();  // symmetric to the bit
  return keyframe;
}

std::vector<Landmark> Landmarks() {
  std::vector<Landmark> landmarks;
  for (int k = 0; k < 400; ++k) {
    // A room of 7 m by 5 m: points along its walls, by a low-discrepancy sequence.
    const double u = std::fmod(0.618033988749895 * k, 1.0);
    const double v = std::fmod(0.754877666246693 * k, 1.0);
    const double w = std::fmod(0.569840290998053 * k, 1.0);
    Landmark landmark;
    landmark.track = 1000 + static_cast<uint64_t>(k);
    switch (k % 4) {
      case 0: landmark.position_world = {-3.5 + 7 * u, -2.5 + 0.2 * w, 2.5 * v}; break;
      case 1: landmark.position_world = {-3.5 + 7 * u, 2.5 - 0.2 * w, 2.5 * v}; break;
      case 2: landmark.position_world = {-3.5 + 0.2 * w, -2.5 + 5 * u, 2.5 * v}; break;
      default: landmark.position_world = {3.5 - 0.2 * w, -2.5 + 5 * u, 2.5 * v}; break;
    }
    const double distance = landmark.position_world.norm();
    landmark.distance_sigma = 0.01 + 0.3 * w * w * w;
    landmark.inverse_distance_sigma = landmark.distance_sigma / (distance * distance);
    landmark.observations = 5 + k % 20;
    landmarks.push_back(landmark);
  }
  return landmarks;
}

}  // namespace

Se3 SyntheticPose(double seconds) {
  const double a = 0.5 * seconds;
  const Eigen::Vector3d position(1.6 * std::sin(a), 0.8 * std::sin(2 * a), 1.2 + 0.02 * seconds);
  const double yaw = 0.6 * seconds;
  const Eigen::Quaterniond rotation =
      so3::Exp({0, 0, yaw}) *
      so3::Exp({0.2 * std::sin(1.3 * seconds), 0.15 * std::cos(seconds), 0});
  return {rotation, position};
}

void SplitIntoTwoMaps(Session& session, int frame) {
  const Se3 away{so3::Exp({0, 0, 1.5707963267948966}), {3, -4, 1}};
  const SensorTime begin = session.open_loop[static_cast<size_t>(frame)].state.time;
  const auto move = [&](auto& entry) {
    if (entry.state.time < begin) return;
    entry.map = 1;
    entry.state.T_world_body = away * entry.state.T_world_body;
    entry.state.velocity_world = away.rotation * entry.state.velocity_world;
  };
  for (TrajectoryRow& row : session.open_loop) move(row);
  for (TrajectoryRow& row : session.closed_loop) move(row);
  for (Keyframe& keyframe : session.keyframes) move(keyframe);
  std::erase_if(session.pairs, [&session](const KeyframePair& pair) {
    return session.keyframes[static_cast<size_t>(pair.first)].map !=
           session.keyframes[static_cast<size_t>(pair.second)].map;
  });
  for (size_t k = 1; k < session.landmarks.size(); k += 2) session.landmarks[k].map = 1;
}

Session SyntheticSession(int frames) {
  Session session;
  RigCamera camera;
  camera.name = "cam0";
  camera.width = 640;
  camera.height = 480;
  camera.rate_hz = 20;
  camera.T_body_camera = {so3::Exp({0, 0, 1.5}), {0.01, 0.02, 0.03}};
  session.rig.cameras = {camera};
  session.rig.imu = {"imu0", 200, {1e-3, 1e-5, 1e-2, 1e-4}};
  session.input_identity = "0123456789abcdef";
  session.request.profile = "offline";
  session.effective_config_json = R"({"tracker":{"max_features":200}})";
  for (int frame = 0; frame < frames; ++frame) {
    const TrajectoryRow row = Row(frame);
    session.open_loop.push_back(row);
    session.closed_loop.push_back(row);
    session.health.push_back(Health(row));
    if (frame % 5 == 0) session.keyframes.push_back(MakeKeyframe(row, kFramePeriodS * frame));
  }
  for (const auto& [a, b] : PairsToKeep(static_cast<int>(session.keyframes.size()))) {
    session.pairs.push_back(
        {a, b, 0.5 * session.keyframes[static_cast<size_t>(a)].covariance.topLeftCorner<6, 6>()});
  }
  session.landmarks = Landmarks();
  session.stages = {{"data", StageReport::Outcome::kWarning, {"200 frames"}, {"1 row skipped"}, {}},
                    {"fusion", StageReport::Outcome::kSuccess, {}, {}, {}}};
  session.anomalies = {{"row without 7 columns, skipped", "imu0/data.csv:12", 1}};
  session.counts = {{"imu0_samples", 2000}, {"cam0_frames", frames}};
  session.run = {"some/log", "", 2, kFramePeriodS * frames, 1.5, {{"isp", 0.5}}};
  return session;
}

std::vector<StampedPose> SyntheticReference() {
  std::vector<StampedPose> poses;
  for (int k = 0; k < 2838; ++k) {
    const int64_t offset_ns = 12'500'000 + 5'000'000 * int64_t{k};
    if (offset_ns > 7'000'000'000 && offset_ns < 7'300'000'000) continue;
    StampedPose pose{FromNanoseconds(10'000'000'000 + offset_ns),
                     SyntheticPose(1e-9 * static_cast<double>(offset_ns))};
    if (k % 2 == 1) pose.T_world_body.rotation.coeffs() *= -1;
    poses.push_back(pose);
  }
  return poses;
}

std::vector<StampedPose> WanderingEstimate() {
  const Se3 T_estimate_world{so3::Exp({0.05, -0.02, 2.0}), {3, -2, 1}};
  std::vector<StampedPose> poses;
  for (int frame = 0; frame < 300; ++frame) {
    const double t = kFramePeriodS * frame;
    const Se3 error{so3::Exp({0.01 * std::sin(t), 0.006 * std::cos(0.7 * t), 0.002 * t}),
                    {0.01 * std::sin(0.9 * t), 0.002 * t, -0.005 * std::cos(1.7 * t)}};
    poses.push_back({FromNanoseconds(10'000'000'000 + 50'000'000 * int64_t{frame}),
                     T_estimate_world * SyntheticPose(t) * error});
  }
  return poses;
}

std::vector<StampedPose> PosesOf(const Trajectory& trajectory) {
  std::vector<StampedPose> poses;
  for (const TrajectoryRow& row : trajectory)
    poses.push_back({row.state.time, row.state.T_world_body});
  return poses;
}

}  // namespace nightjar
