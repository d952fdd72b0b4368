// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "apps/pipeline/inspect_context.h"
#include "apps/pipeline/inspect_stream_checks.h"
#include "calibration/estimate/signed_permutation.h"

namespace nightjar {
namespace {

using Answer = InspectCheck::Answer;
using Kind = MountingHypothesis::Kind;

constexpr double kGravity = 9.81;  // m/s^2
constexpr double kDegreesPerRadian = 180 / std::numbers::pi;
constexpr int64_t kMinSamples = 20;
constexpr double kScatter = 0.05;  // of gravity: what is no noise
// Of its median: in motion gravity's length spreads by 0.03 to 0.19, that of a hand's or a drone's
// rates by 0.6 to 1.1.
constexpr double kSteady = 0.3;

InspectCheck JudgeGravity(const InspectEvidence& evidence) {
  const double length = evidence.specific_force_median;
  InspectCheck check = MakeCheck("gravity_magnitude", evidence.streams.front().name, Answer::kOk,
                                 "the accelerometer shows gravity in m/s^2");
  check.expected = kGravity;
  if (evidence.streams.front().timing.count < kMinSamples) {
    check.status = Answer::kUnknown;
    check.what = "there are too few samples for a median";
    return check;
  }
  check.value = length;
  // Accelerations of the motion average out in the world, not in the length.
  const double motion = evidence.specific_force_spread;
  if (std::abs(length - kGravity) < 0.06 * kGravity + 0.5 * motion) return check;
  check.status = Answer::kError;
  if (ColumnsAreExchanged(evidence)) {
    check.what = "gyro and accelerometer are exchanged: the gyro's columns show gravity";
    check.remedy = "give the angular velocity in columns 2 to 4, the specific force in 5 to 7";
  } else if (std::abs(length - 1) < 0.15 && motion < 0.45) {
    // Were it gravity that is missing, what is left would scatter more: by 0.57 of its median.
    check.what = "the accelerometer is in g: its usual length is that of 1 g";
    check.remedy = "multiply its columns by 9.80665";
  } else if (length < 0.15 * kGravity) {
    check.what = "gravity is missing: it seems to have been subtracted from the accelerometer";
    check.remedy = "record the raw specific force, with gravity in it";
  } else if (std::abs(length / 1000 - 1) < 0.15 || std::abs(length / 981 - 1) < 0.06) {
    check.what = "the accelerometer is in thousandths of g, or in cm/s^2";
    check.remedy = "multiply its columns by 0.00980665, or by 0.01";
  } else {
    check.status = Answer::kWarning;
    check.what =
        "the accelerometer's usual length is not that of gravity: its scale is wrong, or "
        "the motion is very strong";
    check.remedy = "check the unit and the range setting of the accelerometer on a log at rest";
  }
  return check;
}

// What gyro and accelerometer say about each other, without a camera.
struct InertialVerdict {
  bool turns = false;       // so much that a reading that keeps gravity in place is the right one
  bool axes_agree = false;  // with `turns`
  bool axes_differ = false;
  double scale = 1;                                         // of the gyro's values, 1 or pi / 180
  Eigen::Matrix3d gyro_axes = Eigen::Matrix3d::Identity();  // of the best reading
  double ratio = 0;                                         // scatter as it is over the best one
};

InertialVerdict JudgeInertial(const InspectEvidence& evidence) {
  InertialVerdict verdict;
  const std::vector<GyroReading>& readings = evidence.gyro_readings;
  if (readings.empty()) return verdict;
  const GyroReading& best = readings.front();
  // Without rotation of gravity any reading will do.
  verdict.turns = evidence.static_scatter > 2.5 * best.scatter &&
                  evidence.static_scatter > kScatter * evidence.specific_force_median;
  const auto as_it_is = std::find_if(readings.begin(), readings.end(),
                                     [](const auto& r) { return r.axes.isIdentity(); });
  verdict.scale = as_it_is->scale;
  verdict.ratio = as_it_is->scatter / std::max(best.scatter, 1e-6);
  verdict.axes_agree = verdict.turns && verdict.ratio < 1.5;
  // A gyro that is read wrongly moves gravity about even where gravity stays in place without it:
  // of a body that turns about the vertical. Of clean logs the ratio is 1.2 at most.
  verdict.axes_differ = !verdict.axes_agree && verdict.ratio > (verdict.turns ? 1.5 : 2.0) &&
                        as_it_is->scatter > kScatter * evidence.specific_force_median;
  verdict.gyro_axes = best.axes;
  return verdict;
}

InspectCheck JudgeAxes(const InspectContext& context, const InertialVerdict& inertial) {
  const MountingVerdict& mounting = context.ImuMounting();
  InspectCheck check =
      MakeCheck("imu_axes", context.evidence.streams.front().name, Answer::kUnknown, "");
  if (inertial.axes_agree || inertial.axes_differ) check.value = inertial.ratio;
  check.expected = 1;
  if (ColumnsAreExchanged(context.evidence)) {
    check.value.reset();
    check.what = "the exchanged columns come first: see gravity_magnitude";
    return check;
  }
  if (mounting.known && mounting.kind == Kind::kAxesReflected) {
    check.status = Answer::kError;
    check.what = fmt::format(
        "the IMU's axes are no right-handed frame that the cameras' rotation "
        "fits: {}; as it should be, the IMU reads {}",
        DescribePermutation(mounting.imu_axes), AxesText(mounting.imu_axes.transpose()));
    check.remedy = "exchange the columns, or turn the signs, of gyro and accelerometer alike";
    if (inertial.axes_agree) check.remedy = "exchange the columns, or turn the signs, of the IMU";
  } else if (inertial.axes_differ) {
    check.status = Answer::kError;
    check.what = fmt::format(
        "gyro and accelerometer do not turn together: gravity stays where it "
        "is {:.1f} times better when the gyro is read as {}",
        inertial.ratio, AxesText(inertial.gyro_axes));
    check.remedy = "correct the order and signs of the IMU's columns";
    if (mounting.IsAsGiven()) {
      // Wrong by P or -P is the same to gravity that has to stay where it is, up or down.
      const Eigen::Matrix3d back = inertial.gyro_axes.transpose();
      check.remedy = fmt::format(
          "the gyro fits the cameras: the accelerometer is wrong; read it as {}, or as {}",
          AxesText(back), AxesText(-back));
    }
  } else if (inertial.axes_agree) {
    check.status = Answer::kOk;
    check.what = "gyro and accelerometer turn together";
  } else if (mounting.known) {
    check.status = Answer::kOk;
    check.what =
        "the gyro's axes are those that the cameras see turning; on the accelerometer's the motion "
        "is too rough, or turns gravity too little, to tell";
  } else {
    check.what = "the log turns too little to tell the IMU's axes from one another";
    if (context.evidence.gyro_readings.empty())
      check.what = "four seconds of samples without a gap are needed";
    if (context.stamps_are_wrong) check.what = "the unit of the stamps comes first";
  }
  return check;
}

InspectCheck JudgeGyroScale(const InspectContext& context, const InertialVerdict& inertial) {
  const MountingVerdict& mounting = context.ImuMounting();
  InspectCheck check =
      MakeCheck("gyro_scale", context.evidence.streams.front().name, Answer::kUnknown, "");
  check.expected = 1;
  if (ColumnsAreExchanged(context.evidence)) {
    check.what = "the exchanged columns come first: see gravity_magnitude";
    return check;
  }
  if (mounting.known && mounting.along_known) {
    check.value = 1 / mounting.along;
    check.sigma = mounting.along_sigma / (mounting.along * mounting.along);
  } else if (mounting.known && (std::abs(mounting.across - 1) < 0.1 || mounting.across < 0.1 ||
                                mounting.across > 10)) {
    check.value = 1 / mounting.across;  // no focal length is wrong by that much
    check.sigma = mounting.across_sigma / (mounting.across * mounting.across);
  } else if (inertial.turns) {
    check.value = 1 / inertial.scale;
  } else {
    check.what = "the log turns too little, or not about the optical axis";
    if (!mounting.known) check.what = mounting.why_unknown;
    if (context.stamps_are_wrong) check.what = "the unit of the stamps comes first";
    return check;
  }
  const double scale = *check.value;
  const double margin = 3 * check.sigma.value_or(0);
  if (std::abs(scale - 1) < 0.1 + margin && margin > kKnownToATenth) {
    check.what = "the motion is too weak to tell the gyro's scale to a tenth";
  } else if (std::abs(scale - 1) < 0.1 + margin) {
    check.status = Answer::kOk;
    check.what = "the gyro turns as much as the cameras see";
    if (!mounting.known) check.what = "the gyro turns as much as gravity does in the IMU";
  } else if (std::abs(scale / kDegreesPerRadian - 1) < 0.25) {
    check.status = Answer::kError;
    check.what = "the gyro is in deg/s";
    check.remedy = "multiply its columns by pi / 180";
  } else if (std::abs(scale * kDegreesPerRadian - 1) < 0.25) {
    check.status = Answer::kError;
    check.what = "the gyro is too small by 180 / pi: it was converted from deg/s twice";
    check.remedy = "multiply its columns by 180 / pi";
  } else {
    check.status = Answer::kError;
    check.what = fmt::format("the gyro's values are {:.3g} times what they should be", scale);
    check.remedy = "check the gyro's unit and range setting";
  }
  return check;
}

}  // namespace

// No hand turns by 9.8 rad/s half of the time, but by 9.8 deg/s it does, and the accelerometer may
// be in g at the same time. Gravity is steady and rates are not: of the two the steadier one.
bool ColumnsAreExchanged(const InspectEvidence& evidence) {
  const double turn = evidence.angular_velocity_median;
  const double force = evidence.specific_force_median;
  return std::abs(turn / kGravity - 1) < 0.1 && force < 0.5 * kGravity &&
         evidence.angular_velocity_spread < kSteady * turn &&
         evidence.angular_velocity_spread * force < evidence.specific_force_spread * turn;
}

void JudgeImu(const InspectContext& context, std::vector<InspectCheck>& checks) {
  const InertialVerdict inertial = JudgeInertial(context.evidence);
  checks.push_back(JudgeGravity(context.evidence));
  checks.push_back(JudgeAxes(context, inertial));
  checks.push_back(JudgeGyroScale(context, inertial));
}

}  // namespace nightjar
