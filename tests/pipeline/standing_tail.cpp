// SPDX-License-Identifier: Apache-2.0
#include "tests/pipeline/standing_tail.h"

#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <optional>
#include <variant>

#include "core/so3.h"
#include "data/sensor_log.h"
#include "spatial/trajectory_error.h"
#include "tests/data/asl_log_writer.h"
#include "tests/fusion/scenario.h"

namespace nightjar {
namespace {

constexpr double kLever_m = 0.5;  // rad/s of turning weigh like this many m/s

struct Recording {
  Rig rig;
  std::vector<ImuSample> imu;
  std::vector<Frame> frames;
};

Result<Recording> ReadAll(const std::filesystem::path& log,
                          const std::vector<std::string>& cameras) {
  auto opened = OpenSensorLog(log, {cameras, std::nullopt, std::nullopt});
  if (!opened) return tl::unexpected(opened.error());
  Recording recording;
  recording.rig = (*opened)->rig();
  while (true) {
    Result<std::optional<Record>> record = (*opened)->Next();
    if (!record) return tl::unexpected(record.error());
    if (!*record) return recording;
    if (const auto* sample = std::get_if<ImuSample>(&**record)) recording.imu.push_back(*sample);
    if (auto* frame = std::get_if<Frame>(&**record)) recording.frames.push_back(std::move(*frame));
  }
}

// What the truth says of the motion at a time, by central differences.
struct Motion {
  Se3 T_world_body;
  Eigen::Vector3d velocity_world;
  Eigen::Vector3d angular_velocity_body;
};

std::optional<Motion> MotionAt(const std::vector<StampedPose>& truth, SensorTime time) {
  const Duration half = std::chrono::milliseconds(25);
  const auto before = InterpolatePose(truth, time - half, 0.1);
  const auto at = InterpolatePose(truth, time, 0.1);
  const auto after = InterpolatePose(truth, time + half, 0.1);
  if (!before || !at || !after) return std::nullopt;
  const double dt = 2 * ToSeconds(half);
  return Motion{*at, (after->translation - before->translation) / dt,
                so3::Log(before->rotation.conjugate() * after->rotation) / dt};
}

// The biases with which the samples of [begin, end] explain the truth on the whole.
struct Biases {
  Eigen::Vector3d gyro = Eigen::Vector3d::Zero();
  Eigen::Vector3d accelerometer = Eigen::Vector3d::Zero();
};

Biases BiasesOver(const Recording& recording, const std::vector<StampedPose>& truth,
                  SensorTime begin, SensorTime end) {
  Eigen::Vector3d turned = Eigen::Vector3d::Zero(), gained = Eigen::Vector3d::Zero();
  Eigen::Matrix3d attitude = Eigen::Matrix3d::Zero();
  std::optional<Motion> first, last;
  double samples = 0;
  for (const ImuSample& sample : recording.imu) {
    const auto motion = sample.time < begin || sample.time > end ? std::optional<Motion>()
                                                                 : MotionAt(truth, sample.time);
    if (!motion) continue;
    if (!first) first = motion;
    last = motion;
    turned += sample.angular_velocity_body - motion->angular_velocity_body;
    gained += motion->T_world_body.rotation * sample.specific_force_body + kGravityWorld;
    attitude += motion->T_world_body.RotationMatrix();
    ++samples;
  }
  const double rate = samples / ToSeconds(end - begin);
  const Eigen::Vector3d unexplained =
      gained - rate * (last->velocity_world - first->velocity_world);
  return {turned / samples, attitude.inverse() * unexplained};
}

// The calmest frame of the reference camera near the end.
SensorTime FindStop(const Recording& recording, const std::vector<StampedPose>& truth,
                    double search_s) {
  const SensorTime end = recording.frames.back().time;
  SensorTime stop = end;
  double least = INFINITY;
  for (const Frame& frame : recording.frames) {
    if (frame.camera != 0 || ToSeconds(end - frame.time) > search_s) continue;
    const auto motion = MotionAt(truth, frame.time);
    if (!motion) continue;
    const double speed =
        motion->velocity_world.norm() + kLever_m * motion->angular_velocity_body.norm();
    if (speed < least) {
      least = speed;
      stop = frame.time;
    }
  }
  return stop;
}

Image<uint8_t> WithNoise(const Image<uint8_t>& image, double noise_dn, NormalSource& random) {
  Image<uint8_t> noisy(image.width(), image.height());
  noisy.for_each_element([&](int x, int y) {
    const double value = image(x, y) + noise_dn * random.Normal();
    noisy(x, y) = static_cast<uint8_t>(std::lround(std::clamp(value, 0.0, 255.0)));
  });
  return noisy;
}

class TailWriter {
 public:
  TailWriter(Recording recording, const std::vector<StampedPose>& truth,
             const std::filesystem::path& folder, const StandingTailOptions& options)
      : recording_(std::move(recording)),
        options_(options),
        stop_(FindStop(recording_, truth, options.search_s)),
        end_(stop_ + FromSeconds(options.tail_s)),
        motion_(MotionAt(truth, stop_).value()),
        biases_(BiasesOver(recording_, truth, stop_ - FromSeconds(2), stop_)),
        writer_(folder, recording_.rig),
        random_(options.seed) {}

  Result<SensorTime> Write() {
    for (const ImuSample& sample : recording_.imu) {
      if (sample.time <= stop_) Keep(writer_.AddImu(sample));
    }
    const Duration imu_step = recording_.imu[1].time - recording_.imu[0].time;
    SensorTime time = stop_;
    for (const ImuSample& sample : recording_.imu) {
      if (sample.time <= stop_) time = sample.time;
    }
    while (time <= end_) {
      time += imu_step;
      Keep(writer_.AddImu(Sample(time, ToSeconds(imu_step))));
    }
    std::vector<Frame> last(recording_.rig.cameras.size());
    Duration frame_step{0};
    SensorTime previous;
    for (const Frame& frame : recording_.frames) {
      if (frame.time > stop_) break;
      Keep(writer_.AddFrame(frame));
      if (frame.camera == 0) {
        frame_step = frame.time - previous;
        previous = frame.time;
      }
      last[static_cast<size_t>(frame.camera)] = frame;
    }
    for (Frame& frame : last) {
      const auto image = std::get<Image<uint8_t>>(frame.image);
      while (frame.time + frame_step <= end_) {
        frame.time += frame_step;
        frame.stamp = std::nullopt;
        frame.image = WithNoise(image, options_.noise_dn, random_);
        Keep(writer_.AddFrame(frame));
      }
    }
    Keep(writer_.Finish());
    if (!status_) return tl::unexpected(status_.error());
    return stop_;
  }

 private:
  void Keep(const Status& status) {
    if (status_ && !status) status_ = status;
  }

  ImuSample Sample(SensorTime time, double step_s) {
    const ImuNoise& noise = recording_.rig.imu.noise;
    const double root_rate = 1 / std::sqrt(step_s);
    const Eigen::Matrix3d R_body_world = motion_.T_world_body.RotationMatrix().transpose();
    // Samples stand for the interval around them.
    const bool stopping = ToSeconds(time - stop_) < options_.stop_s;
    const Eigen::Vector3d braking = stopping
                                        ? Eigen::Vector3d(-motion_.velocity_world / options_.stop_s)
                                        : Eigen::Vector3d::Zero();
    const Eigen::Vector3d gyro_noise = random_.Normal3();
    const Eigen::Vector3d force_noise = random_.Normal3();
    ImuSample sample;
    sample.time = time;
    sample.angular_velocity_body = biases_.gyro + noise.gyro_noise_density * root_rate * gyro_noise;
    sample.specific_force_body = R_body_world * (braking - kGravityWorld) + biases_.accelerometer +
                                 noise.accelerometer_noise_density * root_rate * force_noise;
    return sample;
  }

  Recording recording_;
  StandingTailOptions options_;
  SensorTime stop_, end_;
  Motion motion_;
  Biases biases_;
  AslLogWriter writer_;
  NormalSource random_;
  Status status_;
};

}  // namespace

Result<SensorTime> WriteStandingTail(const std::filesystem::path& log,
                                     const std::vector<std::string>& cameras,
                                     const std::vector<StampedPose>& truth,
                                     const std::filesystem::path& folder,
                                     const StandingTailOptions& options) {
  Result<Recording> recording = ReadAll(log, cameras);
  if (!recording) return tl::unexpected(recording.error());
  return TailWriter(*std::move(recording), truth, folder, options).Write();
}

}  // namespace nightjar
