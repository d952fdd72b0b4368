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

InspectCheck JudgeGravity(const InspectEvidence& evidence) {
  const double length = evidence.specific_force_median;
  InspectCheck check = MakeCheck("gravity_magnitude", evidence.streams.front().name, Answer::kOk,
                                 "the accelerometer shows gravity in m/s^2");
  check.value = length;
  check.expected = kGravity;
  // Accelerations of the motion average out in the world, not in the length.
  const double motion = evidence.specific_force_spread;
  if (std::abs(length - kGravity) < 0.06 * kGravity + 0.5 * motion) return check;
  check.status = Answer::kError;
  if (std::abs(length - 1) < 0.15) {
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
  bool known = false;
  bool axes_agree = false;
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
  verdict.known = evidence.static_scatter > 2.5 * best.scatter &&
                  evidence.static_scatter > 0.05 * evidence.specific_force_median;
  const auto as_it_is = std::find_if(readings.begin(), readings.end(),
                                     [](const auto& r) { return r.axes.isIdentity(); });
  verdict.scale = as_it_is->scale;
  verdict.ratio = as_it_is->scatter / std::max(best.scatter, 1e-6);
  verdict.axes_agree = verdict.ratio < 1.5;
  verdict.gyro_axes = best.axes;
  return verdict;
}

InspectCheck JudgeAxes(const InspectContext& context, const InertialVerdict& inertial) {
  const MountingVerdict& mounting = context.mountings.front();
  InspectCheck check =
      MakeCheck("imu_axes", context.evidence.streams.front().name, Answer::kUnknown, "");
  if (inertial.known) check.value = inertial.ratio;
  check.expected = 1;
  if (mounting.known && mounting.kind == Kind::kAxesReflected) {
    check.status = Answer::kError;
    check.what = fmt::format(
        "the IMU's axes are no right-handed frame that the cameras' rotation "
        "fits: {}; as it should be, the IMU reads {}",
        DescribePermutation(mounting.imu_axes), AxesText(mounting.imu_axes.transpose()));
    check.remedy = "exchange the columns, or turn the signs, of gyro and accelerometer alike";
    if (inertial.known && inertial.axes_agree)
      check.remedy = "exchange the columns, or turn the signs, of the IMU";
  } else if (inertial.known && !inertial.axes_agree) {
    check.status = Answer::kError;
    check.what = fmt::format(
        "gyro and accelerometer do not turn together: gravity stays where it "
        "is {:.1f} times better when the gyro is read as {}",
        inertial.ratio, AxesText(inertial.gyro_axes));
    check.remedy = mounting.known && mounting.kind == Kind::kAsGiven
                       ? "the gyro fits the cameras: correct the accelerometer's columns and signs"
                       : "correct the order and signs of the IMU's columns";
  } else if (inertial.known) {
    check.status = Answer::kOk;
    check.what = "gyro and accelerometer turn together";
  } else if (mounting.known) {
    check.status = Answer::kOk;
    check.what = "the gyro's axes are those that the cameras see turning";
  } else {
    check.what = context.stamps_are_wrong
                     ? "the unit of the stamps comes first"
                     : "the log turns too little to tell the IMU's axes from one another";
  }
  return check;
}

InspectCheck JudgeGyroScale(const InspectContext& context, const InertialVerdict& inertial) {
  const MountingVerdict& mounting = context.mountings.front();
  InspectCheck check =
      MakeCheck("gyro_scale", context.evidence.streams.front().name, Answer::kUnknown, "");
  check.expected = 1;
  if (mounting.known && mounting.along_known) {
    check.value = 1 / mounting.along;
    check.sigma = mounting.along_sigma / (mounting.along * mounting.along);
  } else if (mounting.known && (std::abs(mounting.across - 1) < 0.1 || mounting.across < 0.1 ||
                                mounting.across > 10)) {
    check.value = 1 / mounting.across;  // no focal length is wrong by that much
    check.sigma = mounting.across_sigma / (mounting.across * mounting.across);
  } else if (inertial.known) {
    check.value = 1 / inertial.scale;
  } else {
    check.what = context.stamps_are_wrong
                     ? "the unit of the stamps comes first"
                     : "the log turns too little, or not about the optical axis";
    return check;
  }
  const double scale = *check.value;
  if (std::abs(scale - 1) < 0.1) {
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

void JudgeImu(const InspectContext& context, std::vector<InspectCheck>& checks) {
  const InertialVerdict inertial = JudgeInertial(context.evidence);
  checks.push_back(JudgeGravity(context.evidence));
  checks.push_back(JudgeAxes(context, inertial));
  checks.push_back(JudgeGyroScale(context, inertial));
}

}  // namespace nightjar
