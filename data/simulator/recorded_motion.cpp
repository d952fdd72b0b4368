// SPDX-License-Identifier: Apache-2.0
#include "data/simulator/recorded_motion.h"

#include <algorithm>
#include <cstdio>
#include <string>
#include <utility>

#include "data/imu_recording.h"
#include "data/simulator/imu_agreement.h"
#include "data/trajectory_file.h"

namespace nightjar {
namespace {

constexpr double kShortestVideo_s = 0.1;
constexpr double kLongestGap_s = 0.1;  // between inertial samples

std::string Text(double seconds) {
  char buffer[32];
  std::snprintf(buffer, sizeof(buffer), "%.2f s", seconds);
  return buffer;
}

struct Span {
  SensorTime begin, end;
};

std::string Text(const Span& span) {
  return std::to_string(ToNanoseconds(span.begin)) + " to " +
         std::to_string(ToNanoseconds(span.end)) + " ns";
}

// What both have; an error where that is too little.
Result<Span> Common(const RecordedMotionRequest& request, const Span& poses,
                    const std::vector<ImuSample>& samples) {
  const double needed = request.lead_s + request.tail_s + kShortestVideo_s;
  Span common = poses;
  if (!samples.empty()) {
    const Span imu = {samples.front().time, samples.back().time};
    common = {std::max(poses.begin, imu.begin), std::min(poses.end, imu.end)};
    if (common.begin > common.end || ToSeconds(common.end - common.begin) < needed) {
      return Fail(ErrorKind::kUnusableInput,
                  "the trajectory runs from " + Text(poses) + ", the IMU from " + Text(imu) +
                      ": less than " + Text(needed) + " in common",
                  request.imu.string(), "both must count the same clock");
    }
  }
  if (ToSeconds(common.end - common.begin) < needed) {
    return Fail(ErrorKind::kUnusableInput,
                "is " + Text(ToSeconds(common.end - common.begin)) + " long, " + Text(needed) +
                    " are needed",
                request.trajectory.string());
  }
  return common;
}

// What is replayed must be there throughout: images of a motion that the log's IMU did not see are
// no recording.
Status CheckGaps(const RecordedMotionRequest& request, SensorTime begin, SensorTime end,
                 const std::vector<ImuSample>& samples) {
  SensorTime last = begin;
  const auto longer = [&](SensorTime next) { return ToSeconds(next - last) > kLongestGap_s; };
  const auto gap = [&](SensorTime next) {
    return Fail(ErrorKind::kUnusableInput, "has no samples from " + Text(Span{last, next}),
                request.imu.string(),
                "choose a part without the gap, or leave --imu out: samples are simulated then");
  };
  for (const ImuSample& sample : samples) {
    if (longer(sample.time)) return gap(sample.time);
    last = sample.time;
  }
  if (longer(end)) return gap(end);
  return {};
}

// The samples within the log, the biases and the rate; an error where samples are missing or are of
// another motion.
Status TakeSamples(const RecordedMotionRequest& request, std::vector<ImuSample> samples,
                   RecordedMotion& recorded) {
  const SensorTime begin = recorded.zero - FromSeconds(request.lead_s);
  const SensorTime end = recorded.zero + FromSeconds(recorded.seconds + request.tail_s);
  std::erase_if(samples, [&](const ImuSample& s) { return s.time < begin || s.time > end; });
  if (Status whole = CheckGaps(request, begin, end, samples); !whole) return whole;
  const ImuAgreement agreement = CompareImu(recorded.fit.T_world_body, recorded.zero, samples);
  if (Status agrees = agreement.Check(); !agrees) {
    Error error = agrees.error();
    error.where = request.imu.string();
    return tl::unexpected(error);
  }
  const auto n = static_cast<double>(samples.size());
  for (const ImuSample& sample : samples) {
    const Motion motion = recorded.fit.T_world_body.At(ToSeconds(sample.time - recorded.zero));
    const Eigen::Vector3d force =
        motion.T_world_body.rotation.conjugate() * (motion.acceleration_world - kGravityWorld);
    recorded.gyro_bias += (sample.angular_velocity_body - motion.angular_velocity_body) / n;
    recorded.accelerometer_bias += (sample.specific_force_body - force) / n;
  }
  recorded.rate_hz = (n - 1) / ToSeconds(samples.back().time - samples.front().time);
  recorded.samples = std::move(samples);
  return {};
}

}  // namespace

Result<RecordedMotion> ReadRecordedMotion(const RecordedMotionRequest& request) {
  const auto poses = ReadTrajectoryFile(request.trajectory);
  if (!poses) return tl::unexpected(poses.error());
  std::vector<ImuSample> samples;
  if (!request.imu.empty()) {
    Result<ImuRecording> recording = ReadImuRecording(request.imu);
    if (!recording) return tl::unexpected(recording.error());
    samples = std::move(recording->samples);
  }
  const auto common = Common(request, {poses->front().time, poses->back().time}, samples);
  if (!common) return tl::unexpected(common.error());
  const SensorTime zero = common->begin + FromSeconds(request.lead_s);
  const double available = ToSeconds(common->end - zero) - request.tail_s;
  if (std::isfinite(request.seconds) && request.seconds > available) {
    return Fail(ErrorKind::kUsage, "--seconds: there are only " + Text(available) + " of video",
                request.trajectory.string(),
                "the IMU's " + Text(request.lead_s) + " before it and " + Text(request.tail_s) +
                    " behind it need the trajectory too");
  }
  Result<FittedMotion> fit = FitMotion(*poses, zero);
  if (!fit) {
    Error error = fit.error();
    error.where = request.trajectory.string() + (error.where.empty() ? "" : ", " + error.where);
    return tl::unexpected(error);
  }
  RecordedMotion recorded = {*std::move(fit), zero, std::min(request.seconds, available), {}, 0};
  if (request.imu.empty()) return recorded;
  if (Status taken = TakeSamples(request, std::move(samples), recorded); !taken)
    return tl::unexpected(taken.error());
  return recorded;
}

Status VisitRecordedImu(const RecordedMotion& recorded, const ImuVisitor& visit) {
  for (const ImuSample& sample : recorded.samples) {
    const Motion motion = recorded.fit.T_world_body.At(ToSeconds(sample.time - recorded.zero));
    const NavigationState truth = {sample.time, motion.T_world_body, motion.velocity_world,
                                   recorded.gyro_bias, recorded.accelerometer_bias};
    if (Status visited = visit(sample, truth); !visited) return visited;
  }
  return {};
}

}  // namespace nightjar
