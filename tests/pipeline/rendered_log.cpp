// SPDX-License-Identifier: Apache-2.0
#include "tests/pipeline/rendered_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <limits>
#include <utility>

#include "calibration/make_camera_model.h"
#include "tests/data/asl_log_writer.h"

namespace nightjar {
namespace {

const Eigen::Vector3d kHalfRoom(4, 4, 2);  // m

// Value noise: random values at the corners of a square lattice, with a smooth blend in between
// (Perlin, "Improving noise", SIGGRAPH 2002, for the fifth-degree blend).
class ValueNoise {
 public:
  ValueNoise(double cell_m, double extent_m, double amplitude_dn, NormalSource& random)
      : cell_m_(cell_m), size_(static_cast<int>(extent_m / cell_m) + 2) {
    values_.resize(static_cast<size_t>(size_) * static_cast<size_t>(size_));
    for (float& value : values_) {
      value = static_cast<float>(amplitude_dn * (2 * random.Uniform() - 1));
    }
  }

  // u, v in [0, extent_m].
  float At(double u, double v) const {
    const double x = u / cell_m_;
    const double y = v / cell_m_;
    const int i = static_cast<int>(x);
    const int j = static_cast<int>(y);
    const float a = Blend(static_cast<float>(x - i));
    const float b = Blend(static_cast<float>(y - j));
    const float* row =
        &values_[static_cast<size_t>(j) * static_cast<size_t>(size_) + static_cast<size_t>(i)];
    const float above = row[0] + a * (row[1] - row[0]);
    const float below = row[size_] + a * (row[size_ + 1] - row[size_]);
    return above + b * (below - above);
  }

 private:
  static float Blend(float t) { return t * t * t * (t * (t * 6 - 15) + 10); }

  double cell_m_;
  int size_;
  std::vector<float> values_;
};

// How far the wall is that is hit first, and the axis that it stands across.
std::pair<double, int> Wall(const Eigen::Vector3d& origin, const Eigen::Vector3d& direction) {
  std::pair<double, int> wall(std::numeric_limits<double>::infinity(), 0);
  for (int k = 0; k < 3; ++k) {
    const double to_wall = std::copysign(kHalfRoom[k], direction[k]) - origin[k];
    const double along = to_wall / direction[k];
    if (direction[k] != 0 && along < wall.first) wall = {along, k};
  }
  return wall;
}

// The inside of a box around the origin of the world; every wall has a pattern of its own.
class Room {
 public:
  explicit Room(NormalSource& random) {
    const double extent_m = 2 * kHalfRoom.maxCoeff();
    for (auto& wall : walls_) {
      wall.emplace_back(0.12, extent_m, 45, random);
      wall.emplace_back(0.29, extent_m, 35, random);
      wall.emplace_back(0.83, extent_m, 30, random);
    }
  }

  // DN, of what is seen from `origin` (inside) along `direction` (any length).
  float Seen(const Eigen::Vector3d& origin, const Eigen::Vector3d& direction) const {
    const auto [distance, axis] = Wall(origin, direction);
    const Eigen::Vector3d point = origin + distance * direction + kHalfRoom;
    const double u = std::max(0.0, point[(axis + 1) % 3]);
    const double v = std::max(0.0, point[(axis + 2) % 3]);
    float value = 128;
    for (const ValueNoise& octave : walls_[static_cast<size_t>(2 * axis + (direction[axis] > 0))]) {
      value += octave.At(u, v);
    }
    return value;
  }

 private:
  std::array<std::vector<ValueNoise>, 6> walls_;
};

// Bearings of all pixels, row by row: distortion is inverted once for a camera.
std::vector<Eigen::Vector3d> Bearings(const RigCamera& camera) {
  std::vector<Eigen::Vector3d> bearings;
  bearings.reserve(static_cast<size_t>(camera.width) * static_cast<size_t>(camera.height));
  for (int y = 0; y < camera.height; ++y) {
    for (int x = 0; x < camera.width; ++x) {
      bearings.push_back(camera.model->Unproject(Eigen::Vector2d(x, y)).value());
    }
  }
  return bearings;
}

// Draws from a pool: a million exact normal numbers for every second of a log would cost more than
// the ray casting.
class PixelNoise {
 public:
  PixelNoise(double sigma_dn, NormalSource& random) {
    for (float& value : pool_) value = static_cast<float>(sigma_dn * random.Normal());
  }
  // From here on the noise of one row of pixels.
  const float* Row(NormalSource& random) const {
    return &pool_[static_cast<size_t>(random.Uniform() * (kSize - kLongestRow))];
  }

 private:
  static constexpr size_t kSize = 1 << 16;
  static constexpr size_t kLongestRow = 1024;
  std::vector<float> pool_ = std::vector<float>(kSize);
};

Image<uint8_t> RenderImage(const Room& room, const RigCamera& camera, const Se3& T_world_camera,
                           const std::vector<Eigen::Vector3d>& bearings, const PixelNoise& noise,
                           NormalSource& random) {
  Image<uint8_t> image(camera.width, camera.height);
  const Eigen::Matrix3d R_world_camera = T_world_camera.RotationMatrix();
  const Eigen::Vector3d* bearing = bearings.data();
  for (int y = 0; y < camera.height; ++y) {
    const float* row_noise = noise.Row(random);
    for (int x = 0; x < camera.width; ++x, ++bearing) {
      const float value =
          room.Seen(T_world_camera.translation, R_world_camera * *bearing) + row_noise[x];
      image(x, y) = static_cast<uint8_t>(std::lround(std::clamp(value, 0.0F, 255.0F)));
    }
  }
  return image;
}

ImuSample Measure(const SmoothMotion& motion, double t, const Eigen::Vector3d& gyro_bias,
                  const Eigen::Vector3d& accelerometer_bias) {
  ImuSample sample;
  sample.angular_velocity_body = motion.AngularVelocity(t) + gyro_bias;
  sample.specific_force_body =
      motion.Pose(t).rotation.conjugate() * (motion.Acceleration(t) - kGravityWorld) +
      accelerometer_bias;
  return sample;
}

}  // namespace

Rig HalfScenarioRig() {
  Rig rig = ScenarioRig(2);
  for (RigCamera& camera : rig.cameras) {
    camera.width /= 2;
    camera.height /= 2;
    camera.rate_hz = 20;
    std::vector<double> parameters = camera.model->Parameters();
    // Two pixels become one whose centre lies between theirs.
    parameters[0] /= 2;
    parameters[1] /= 2;
    parameters[2] = (parameters[2] - 0.5) / 2;
    parameters[3] = (parameters[3] - 0.5) / 2;
    camera.model =
        MakeCameraModel(camera.model->Name(), {parameters.begin(), parameters.begin() + 4},
                        {parameters.begin() + 4, parameters.end()})
            .value();
  }
  return rig;
}

double DistanceToWall(const Eigen::Vector3d& origin, const Eigen::Vector3d& direction) {
  return Wall(origin, direction).first;
}

RenderedLog RenderLog(const RenderOptions& options) {
  RenderedLog log;
  log.rig = HalfScenarioRig();
  if (options.exposure_s) {
    for (RigCamera& camera : log.rig.cameras)
      camera.sensor.stamp_reference = StampReference::kStart;
  }
  NormalSource random(options.seed);
  const Room room(random);
  const PixelNoise pixel_noise(options.noise_dn, random);
  std::vector<std::vector<Eigen::Vector3d>> bearings;
  for (const RigCamera& camera : log.rig.cameras) bearings.push_back(Bearings(camera));

  const SmoothMotion& motion = options.motion;
  const ImuNoise& density = log.rig.imu.noise;
  const double dt = 1 / options.imu_rate_hz;
  const auto lead = static_cast<int>(std::lround(options.imu_rate_hz));
  const auto samples = lead + static_cast<int>(std::lround(options.seconds / dt));
  const auto per_frame = static_cast<int>(std::lround(options.imu_rate_hz / options.frame_rate_hz));
  Eigen::Vector3d gyro_bias(0.01, -0.02, 0.03);
  Eigen::Vector3d accelerometer_bias(0.05, -0.04, 0.08);
  for (int i = 0; i <= samples; ++i) {
    const double t = options.start_s + (i - lead) * dt;
    const SensorTime time = FromNanoseconds(1'403'636'500'000'000'000) + FromSeconds(i * dt);
    ImuSample sample = Measure(motion, t, gyro_bias, accelerometer_bias);
    sample.time = time;
    sample.angular_velocity_body += density.gyro_noise_density / std::sqrt(dt) * random.Normal3();
    sample.specific_force_body +=
        density.accelerometer_noise_density / std::sqrt(dt) * random.Normal3();
    log.imu.push_back(sample);
    log.truth.push_back({time, motion.Pose(t)});
    gyro_bias += density.gyro_random_walk * std::sqrt(dt) * random.Normal3();
    accelerometer_bias += density.accelerometer_random_walk * std::sqrt(dt) * random.Normal3();
    if (i < lead || (i - lead) % per_frame != 0) continue;
    for (size_t c = 0; c < log.rig.cameras.size(); ++c) {
      const RigCamera& camera = log.rig.cameras[c];
      const double exposure_s =
          options.exposure_s ? options.exposure_s(c, (i - lead) / per_frame) : 0;
      const Se3 T_world_camera = motion.Pose(t + exposure_s / 2) * camera.T_body_camera;
      Frame frame{time + FromSeconds(exposure_s / 2), static_cast<int>(c),
                  RenderImage(room, camera, T_world_camera, bearings[c], pixel_noise, random)};
      if (options.exposure_s) {
        frame.exposure_ns = FromSeconds(exposure_s).count();
        frame.stamp = time;
      }
      log.frames.push_back(std::move(frame));
    }
  }
  return log;
}

Status WriteRenderedLog(const RenderedLog& log, const std::filesystem::path& folder) {
  AslLogWriter writer(folder, log.rig);
  for (const ImuSample& sample : log.imu) {
    if (Status added = writer.AddImu(sample); !added) return added;
  }
  for (const Frame& frame : log.frames) {
    if (Status added = writer.AddFrame(frame); !added) return added;
  }
  std::error_code error;
  std::filesystem::create_directories(writer.root() / "groundtruth", error);
  std::ofstream truth(writer.root() / "groundtruth" / "truth.txt");
  for (const StampedPose& pose : log.truth) {
    const Eigen::Vector3d& p = pose.T_world_body.translation;
    const Eigen::Quaterniond& q = pose.T_world_body.rotation;
    const int64_t t_ns = ToNanoseconds(pose.time);
    truth << fmt::format("{}.{:09} {:.12f} {:.12f} {:.12f} {:.12f} {:.12f} {:.12f} {:.12f}\n",
                         t_ns / 1'000'000'000, t_ns % 1'000'000'000, p.x(), p.y(), p.z(), q.x(),
                         q.y(), q.z(), q.w());
  }
  if (!truth.flush()) return Fail(ErrorKind::kInternal, "truth cannot be written", folder.string());
  return writer.Finish();
}

}  // namespace nightjar
