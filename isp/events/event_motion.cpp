// SPDX-License-Identifier: Apache-2.0
#include "isp/events/event_motion.h"

#include <algorithm>
#include <cstddef>

#include "core/so3.h"

namespace nightjar {
namespace {

constexpr Duration kKnotInterval = std::chrono::milliseconds(1);
constexpr Duration kLongest = std::chrono::seconds(10);

/// Piecewise linear angular velocity, asked for at rising times.
class AngularVelocity {
 public:
  explicit AngularVelocity(std::span<const ImuSample> samples) : samples_(samples) {}

  Eigen::Vector3d At(SensorTime time) {
    while (next_ < samples_.size() && samples_[next_].time <= time) ++next_;
    if (next_ == 0) return samples_.front().angular_velocity_body;
    const ImuSample& before = samples_[next_ - 1];
    if (next_ == samples_.size()) return before.angular_velocity_body;
    const ImuSample& after = samples_[next_];
    const double share = ToSeconds(time - before.time) / ToSeconds(after.time - before.time);
    return before.angular_velocity_body +
           share * (after.angular_velocity_body - before.angular_velocity_body);
  }

 private:
  std::span<const ImuSample> samples_;
  size_t next_ = 0;  // the first sample after the last time asked for
};

}  // namespace

Result<EventMotion> MotionFromGyro(std::span<const ImuSample> samples, const GyroMount& mount,
                                   SensorTime begin, SensorTime end, SensorTime reference) {
  if (!(begin <= reference && reference <= end && end - begin <= kLongest)) {
    return Fail(ErrorKind::kUsage,
                "the motion of an event camera must span up to 10 s with its reference inside");
  }
  if (samples.empty())
    return Fail(ErrorKind::kUnusableInput, "the rotation of an event camera needs gyro samples");
  const auto earlier = [](const ImuSample& a, const ImuSample& b) { return a.time < b.time; };
  if (!std::is_sorted(samples.begin(), samples.end(), earlier))
    return Fail(ErrorKind::kUnusableInput, "times of gyro samples fall");

  // Where the integral stops: at knots, and at samples, between which velocity is linear.
  std::vector<SensorTime> stops = {reference, end};
  for (SensorTime t = begin; t < end; t += kKnotInterval) stops.push_back(t);
  for (const ImuSample& sample : samples) {
    if (sample.time > begin && sample.time < end) stops.push_back(sample.time);
  }
  std::sort(stops.begin(), stops.end());
  stops.erase(std::unique(stops.begin(), stops.end()), stops.end());

  EventMotion motion;
  AngularVelocity velocity(samples);
  Eigen::Quaterniond R_begin_body = Eigen::Quaterniond::Identity();
  Eigen::Quaterniond R_begin_reference = R_begin_body;
  SensorTime now = begin;
  for (const SensorTime stop : stops) {
    // Of a linear velocity the mean is that of the middle.
    const Duration step = stop - now;
    const Eigen::Vector3d mean = velocity.At(now + step / 2) - mount.gyro_bias_body;
    R_begin_body = (R_begin_body * so3::Exp(mean * ToSeconds(step))).normalized();
    now = stop;
    if (stop == reference) R_begin_reference = R_begin_body;
    motion.knots.push_back({stop, {R_begin_body, Eigen::Vector3d::Zero()}});
  }
  const Eigen::Quaterniond R_camera_body = mount.R_body_camera.conjugate();
  for (EventMotion::Knot& knot : motion.knots) {
    Eigen::Quaterniond& rotation = knot.T_reference_camera.rotation;
    rotation = (R_camera_body * R_begin_reference.conjugate() * rotation * mount.R_body_camera)
                   .normalized();
  }
  return motion;
}

}  // namespace nightjar
