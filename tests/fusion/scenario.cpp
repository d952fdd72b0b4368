// SPDX-License-Identifier: Apache-2.0
#include "fusion/scenario.h"

#include <cmath>
#include <numbers>

#include "calibration/make_camera_model.h"

namespace nightjar {
namespace {

constexpr double kTwoPi = 2 * std::numbers::pi;

// How far the motion has come at a time, and the first two derivatives: the motion's own time, but
// for the standing and the second after it.
struct Progress {
  double value;
  double rate;
  double acceleration;
};

Progress ProgressAt(const SmoothMotion& motion, double t) {
  const double begin = motion.rest_until_s;
  const double u = t - begin;  // over one second the rate rises as u^2 (3 - 2 u)
  if (u <= 0) return {begin, 0, 0};
  if (u < 1) return {begin + u * u * u * (1 - u / 2), u * u * (3 - 2 * u), 6 * u * (1 - u)};
  return {begin < -1e8 ? t : t - 0.5, 1, 0};
}

// Yaw-pitch-roll angles and their rates.
struct Angles {
  Eigen::Vector3d value;
  Eigen::Vector3d rate;
};

Angles AnglesAt(const SmoothMotion& motion, double t) {
  Angles angles;
  for (int k = 0; k < 3; ++k) {
    const double w = kTwoPi * motion.angle_frequency[k];
    angles.value[k] = motion.angle_amplitude[k] * std::sin(w * t);
    angles.rate[k] = motion.angle_amplitude[k] * w * std::cos(w * t);
  }
  return angles;
}

}  // namespace

double NormalSource::Uniform() {
  // splitmix64
  uint64_t z = (state_ += 0x9E3779B97F4A7C15ull);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
  return static_cast<double>((z ^ (z >> 31)) >> 11) * 0x1p-53;
}

double NormalSource::Normal() {
  const double radius = std::sqrt(-2 * std::log(1 - Uniform()));
  return radius * std::cos(kTwoPi * Uniform());
}

Eigen::Vector3d NormalSource::Normal3() {
  const double x = Normal();
  const double y = Normal();
  const double z = Normal();
  return {x, y, z};
}

Se3 SmoothMotion::Pose(double time) const {
  const double t = ProgressAt(*this, time).value;
  const Angles angles = AnglesAt(*this, t);
  Se3 T;
  T.rotation = Eigen::AngleAxisd(angles.value[0], Eigen::Vector3d::UnitZ()) *
               Eigen::AngleAxisd(angles.value[1], Eigen::Vector3d::UnitY()) *
               Eigen::AngleAxisd(angles.value[2], Eigen::Vector3d::UnitX());
  for (int k = 0; k < 3; ++k) T.translation[k] = amplitude[k] * std::sin(kTwoPi * frequency[k] * t);
  return T;
}

Eigen::Vector3d SmoothMotion::Velocity(double time) const {
  const Progress t = ProgressAt(*this, time);
  Eigen::Vector3d v;
  for (int k = 0; k < 3; ++k) {
    const double w = kTwoPi * frequency[k];
    v[k] = t.rate * amplitude[k] * w * std::cos(w * t.value);
  }
  return v;
}

Eigen::Vector3d SmoothMotion::Acceleration(double time) const {
  const Progress t = ProgressAt(*this, time);
  Eigen::Vector3d a;
  for (int k = 0; k < 3; ++k) {
    const double w = kTwoPi * frequency[k];
    a[k] = amplitude[k] * w *
           (t.acceleration * std::cos(w * t.value) - t.rate * t.rate * w * std::sin(w * t.value));
  }
  return a;
}

Eigen::Vector3d SmoothMotion::AngularVelocity(double time) const {
  const Progress t = ProgressAt(*this, time);
  const Angles angles = AnglesAt(*this, t.value);
  const Eigen::Matrix3d R_pitch =
      Eigen::AngleAxisd(angles.value[1], Eigen::Vector3d::UnitY()).toRotationMatrix();
  const Eigen::Matrix3d R_roll =
      Eigen::AngleAxisd(angles.value[2], Eigen::Vector3d::UnitX()).toRotationMatrix();
  const Eigen::Vector3d turning =
      R_roll.transpose() * (R_pitch.transpose() * Eigen::Vector3d(0, 0, angles.rate[0]) +
                            Eigen::Vector3d(0, angles.rate[1], 0)) +
      Eigen::Vector3d(angles.rate[2], 0, 0);
  return t.rate * turning;
}

Rig ScenarioRig(int cameras) {
  Rig rig;
  rig.imu.name = "imu0";
  rig.imu.rate_hz = 200;
  rig.imu.noise = {1.7e-3, 2e-5, 2e-2, 3e-3};
  Eigen::Matrix3d R_body_camera;  // columns: the camera's x, y, z axes in the body
  R_body_camera << 0, 0, 1, -1, 0, 0, 0, -1, 0;
  for (int c = 0; c < cameras; ++c) {
    RigCamera camera;
    camera.name = "cam" + std::to_string(c);
    camera.width = 752;
    camera.height = 480;
    camera.model =
        MakeCameraModel("radial-tangential", {460, 458, 370, 245}, {-0.28, 0.07, 0.0002, -0.0001})
            .value();
    camera.T_body_camera.rotation = Eigen::Quaterniond(R_body_camera);
    camera.T_body_camera.translation = {0.01, 0.06 - 0.11 * c, 0.005};
    rig.cameras.push_back(camera);
  }
  return rig;
}

namespace {

// A room of 8 x 8 x 4 m around the motion: points on its walls, floor and ceiling.
std::vector<Eigen::Vector3d> RoomLandmarks(int count, NormalSource& noise) {
  std::vector<Eigen::Vector3d> points;
  for (int i = 0; i < count; ++i) {
    Eigen::Vector3d p;
    for (int k = 0; k < 3; ++k) p[k] = 2 * noise.Uniform() - 1;
    const int wall =
        i % 3 == 0 ? i / 3 % 3 : 0;  // most of them on the walls that the motion looks at
    p[wall] = i % 2 == 0 || wall == 0 ? 1 : -1;
    points.emplace_back(p.x() * 4, p.y() * 4, p.z() * 2);
  }
  return points;
}

FrameObservations Observe(const Scenario& scenario, const ScenarioOptions& options,
                          const NavigationState& state, NormalSource& noise) {
  FrameObservations frame;
  frame.time = state.time;
  for (size_t l = 0; l < scenario.landmarks.size(); ++l) {
    for (size_t c = 0; c < scenario.rig.cameras.size(); ++c) {
      const RigCamera& camera = scenario.rig.cameras[c];
      const Eigen::Vector3d point =
          (state.T_world_body * camera.T_body_camera).Inverse() * scenario.landmarks[l];
      const auto pixel = camera.model->Project(point);
      if (!pixel || point.z() < 0.2 || pixel->x() < 0 || pixel->y() < 0 ||
          pixel->x() > camera.width - 1 || pixel->y() > camera.height - 1) {
        continue;
      }
      FeatureObservation seen;
      seen.track = l;
      seen.camera = static_cast<int>(c);
      seen.pixel = *pixel + options.pixel_noise * noise.Normal3().head<2>();
      if (noise.Uniform() < options.outlier_share) {
        const double dx = noise.Uniform() - 0.5;
        const double dy = noise.Uniform() - 0.5;
        seen.pixel += 60 * Eigen::Vector2d(dx, dy);
      }
      const double sigma = std::max(options.pixel_noise, 0.1);
      seen.covariance = sigma * sigma * Eigen::Matrix2d::Identity();
      frame.features.push_back(seen);
    }
  }
  return frame;
}

}  // namespace

Scenario MakeScenario(const ScenarioOptions& options) {
  Scenario scenario;
  scenario.rig = ScenarioRig(options.cameras);
  scenario.motion = options.motion;
  NormalSource noise(options.seed);
  scenario.landmarks = RoomLandmarks(options.landmarks, noise);

  const ImuNoise& density = scenario.rig.imu.noise;
  const double dt = 1 / options.imu_rate_hz;
  const double lead_s = 1;
  Eigen::Vector3d gyro_bias = options.gyro_bias;
  Eigen::Vector3d accelerometer_bias = options.accelerometer_bias;
  const double on = options.imu_noise ? 1 : 0;
  const auto samples = static_cast<int>(std::lround((options.seconds + lead_s) / dt));
  const auto per_frame = static_cast<int>(std::lround(options.imu_rate_hz / options.frame_rate_hz));
  const auto lead = static_cast<int>(std::lround(lead_s / dt));
  for (int i = 0; i <= samples; ++i) {
    const double t = options.start_s - lead_s + i * dt;
    const SensorTime time = FromNanoseconds(1'000'000'000) + FromSeconds(i * dt);
    const Se3 pose = scenario.motion.Pose(t);
    ImuSample sample;
    sample.time = time;
    sample.angular_velocity_body =
        scenario.motion.AngularVelocity(t) + gyro_bias +
        on * density.gyro_noise_density / std::sqrt(dt) * noise.Normal3();
    sample.specific_force_body =
        pose.rotation.conjugate() * (scenario.motion.Acceleration(t) - kGravityWorld) +
        accelerometer_bias +
        on * density.accelerometer_noise_density / std::sqrt(dt) * noise.Normal3();
    scenario.imu.push_back(sample);
    if (i >= lead && (i - lead) % per_frame == 0) {
      const NavigationState state{time, pose, scenario.motion.Velocity(t), gyro_bias,
                                  accelerometer_bias};
      scenario.truth.push_back(state);
      scenario.frames.push_back(Observe(scenario, options, state, noise));
    }
    gyro_bias += on * density.gyro_random_walk * std::sqrt(dt) * noise.Normal3();
    accelerometer_bias += on * density.accelerometer_random_walk * std::sqrt(dt) * noise.Normal3();
  }
  return scenario;
}

}  // namespace nightjar
