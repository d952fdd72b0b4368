// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/inspect_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "apps/pipeline/inspect_stream_checks.h"
#include "apps/pipeline/mounting_verdict.h"
#include "calibration/estimate/signed_permutation.h"

namespace nightjar {
namespace {

using Answer = InspectCheck::Answer;
using Kind = MountingHypothesis::Kind;

constexpr double kGravity = 9.81;  // m/s^2
constexpr double kDegreesPerRadian = 180 / std::numbers::pi;

// What the checks about motion share.
struct Context {
  const InspectEvidence& evidence;
  bool stamps_are_wrong = false;
  StereoVerdict stereo = StereoVerdict::kUnknown;
  std::vector<MountingVerdict> mountings = {};  // by camera
};

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

InspectCheck JudgeAxes(const Context& context, const InertialVerdict& inertial) {
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

InspectCheck JudgeGyroScale(const Context& context, const InertialVerdict& inertial) {
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

std::string WhyUnknown(const Context& context, size_t camera) {
  if (context.stamps_are_wrong) return "the unit of the stamps comes first";
  return context.mountings[camera].why_unknown;
}

InspectCheck JudgeMounting(const Context& context, size_t camera) {
  const MountingVerdict& mounting = context.mountings[camera];
  InspectCheck check = MakeCheck("imu_mounting", context.evidence.rig.cameras[camera].name,
                                 Answer::kUnknown, WhyUnknown(context, camera));
  check.expected = 0;
  if (!mounting.known) return check;
  if (mounting.kind == Kind::kAxesReflected) {
    check.what = "the IMU's axes come first";
    return check;
  }
  check.value = mounting.error_deg;
  check.sigma = mounting.error_sigma_deg;
  check.status = Answer::kError;
  if (mounting.kind == Kind::kInverted) {
    check.what = "T_BS is inverted: its inverse fits the rotation of gyro and camera";
    check.remedy = "give the pose of the sensor in the body, not of the body in the sensor";
  } else if (mounting.kind == Kind::kImuTurned) {
    const double up = (mounting.imu_axes * context.evidence.specific_force_mean)
                          .dot(context.evidence.specific_force_mean) /
                      context.evidence.specific_force_mean.squaredNorm();
    check.what = fmt::format("the IMU is {} against what the rig says{}",
                             DescribePermutation(mounting.imu_axes),
                             up < -0.5 ? ": it is mounted upside down" : "");
    check.remedy = "correct the IMU's or the cameras' T_BS, or the IMU's columns";
  } else if (mounting.error_deg > 3 + 3 * mounting.error_sigma_deg &&
             context.stereo != StereoVerdict::kSwapped) {
    check.status = Answer::kWarning;
    check.what = fmt::format("IMU and camera are turned by {:.1f} deg more than the rig says",
                             mounting.error_deg);
    check.remedy = "calibrate the rotation between IMU and camera";
  } else {
    check.status = Answer::kOk;
    check.what = "IMU and camera turn together as the rig says";
  }
  if (!mounting.alternative.empty()) check.what += "; or " + mounting.alternative;
  return check;
}

InspectCheck JudgeOffset(const Context& context, size_t camera) {
  const MountingVerdict& mounting = context.mountings[camera];
  const RigCamera& rig_camera = context.evidence.rig.cameras[camera];
  InspectCheck check =
      MakeCheck("time_offset_s", rig_camera.name, Answer::kUnknown, WhyUnknown(context, camera));
  check.expected = rig_camera.time_offset_s;
  if (!mounting.correlated || context.stamps_are_wrong) return check;
  const GyroCameraAlignment* alignment = &context.evidence.alignments[camera]->alignment;
  const double offset_s = alignment->time_offset_s;
  const double sigma_s = alignment->time_offset_sigma_s;
  if (alignment->offset_at_edge || !(sigma_s < 0.005)) {
    check.what = alignment->offset_at_edge
                     ? fmt::format("the offset may lie beyond {} s", OffsetGrid::kRange)
                     : "the rotation changes too slowly to tell the offset";
    return check;
  }
  check.value = rig_camera.time_offset_s + offset_s;
  check.sigma = sigma_s;
  if (std::abs(offset_s) <= std::max(0.003, 4 * sigma_s)) {
    check.status = Answer::kOk;
    check.what = "camera and gyro turn at the same time";
    return check;
  }
  check.status = std::abs(offset_s) > 0.01 ? Answer::kError : Answer::kWarning;
  check.what =
      fmt::format("the camera's stamps are {:.1f} ms (sigma {:.2f}) {} those of the IMU",
                  1e3 * std::abs(offset_s), 1e3 * sigma_s, offset_s > 0 ? "behind" : "ahead of");
  check.remedy = fmt::format(
      "set the camera's time_offset_s to {:.4f} (t_imu = t_camera + time_offset_s), or move its "
      "stamps by {:+.0f} ns",
      *check.value, 1e9 * offset_s);
  return check;
}

InspectCheck JudgeFocal(const Context& context, size_t camera) {
  const MountingVerdict& mounting = context.mountings[camera];
  InspectCheck check = MakeCheck("focal_length_ratio", context.evidence.rig.cameras[camera].name,
                                 Answer::kUnknown, WhyUnknown(context, camera));
  check.expected = 1;
  if (!mounting.known) return check;
  if (!mounting.across_known || !mounting.along_known) {
    check.what = "the log turns too little about or across the optical axis";
    return check;
  }
  const double ratio =
      context.evidence.alignments[camera]->focal_scale * mounting.across / mounting.along;
  check.value = ratio;
  check.sigma = ratio * std::hypot(mounting.across_sigma / mounting.across,
                                   mounting.along_sigma / mounting.along);
  if (std::abs(ratio - 1) <= 0.06 + 3 * *check.sigma) {
    check.status = Answer::kOk;
    check.what = "the focal length fits the rotation that the gyro measures";
    return check;
  }
  check.status = ratio > 1.25 || ratio < 0.8 ? Answer::kError : Answer::kWarning;
  check.what = fmt::format("the true focal length is about {:.2f} times the calibrated one{}",
                           ratio, std::abs(ratio - 2) < 0.5 ? ": it is halved" : "");
  check.remedy = "give intrinsics for the size of the images that are recorded, or calibrate anew";
  return check;
}

InspectCheck JudgeStereo(const Context& context, bool focal_is_wrong) {
  const StereoAgreement& stereo = *context.evidence.stereo;
  InspectCheck check =
      MakeCheck("stereo_geometry", context.evidence.rig.cameras[1].name, Answer::kUnknown, "");
  if (stereo.corners > 0) check.value = stereo.Share(stereo.given);
  switch (context.stereo) {
    case StereoVerdict::kUnknown:
      check.what = "too few corners, or all of them too far away for a disparity";
      break;
    case StereoVerdict::kGiven:
      check.status = Answer::kOk;
      check.what = "what one camera sees is found where the rig puts it in the other";
      break;
    case StereoVerdict::kSwapped:
      check.status = Answer::kError;
      check.what = fmt::format(
          "left and right are swapped: {:.0f} % of the corners are found with the calibrations of "
          "{} and {} exchanged, {:.0f} % as they are",
          100 * stereo.Share(stereo.swapped), context.evidence.rig.cameras[0].name,
          context.evidence.rig.cameras[1].name, 100 * stereo.Share(stereo.given));
      check.remedy = "exchange the images or the calibrations of the two cameras";
      break;
    case StereoVerdict::kInverted:
      if (context.mountings.front().known) {
        check.what = "the inverted T_BS comes first: see imu_mounting";
        break;
      }
      check.status = Answer::kError;
      check.what = "T_BS of the cameras is inverted: corners are found with its inverse only";
      check.remedy = "give the pose of the sensor in the body, not of the body in the sensor";
      break;
    case StereoVerdict::kNone:
      if (focal_is_wrong) {
        check.what = "the focal length comes first";
        break;
      }
      check.status = Answer::kWarning;
      check.what = fmt::format(
          "only {:.0f} % of the corners are found where the rig puts them in "
          "the other camera",
          100 * stereo.Share(stereo.given));
      check.remedy = "check that both cameras expose together, and their calibration";
      break;
  }
  return check;
}

}  // namespace

std::vector<InspectCheck> JudgeEvidence(const InspectEvidence& evidence) {
  std::vector<InspectCheck> checks;
  JudgeStreams(evidence, checks);
  Context context{evidence, TimestampFactor(evidence.streams) != 1};
  if (evidence.stereo) context.stereo = JudgeStereoAgreement(*evidence.stereo);
  for (size_t c = 0; c < evidence.rig.cameras.size(); ++c) {
    const std::optional<CameraAlignment>& aligned = evidence.alignments[c];
    context.mountings.push_back(
        JudgeMountingOf(aligned ? std::optional(aligned->alignment) : std::nullopt,
                        evidence.rig.cameras[c].T_body_camera.rotation, context.stereo));
  }
  const InertialVerdict inertial = JudgeInertial(evidence);
  checks.push_back(JudgeGravity(evidence));
  checks.push_back(JudgeAxes(context, inertial));
  checks.push_back(JudgeGyroScale(context, inertial));
  bool focal_is_wrong = false;
  for (size_t c = 0; c < context.mountings.size(); ++c) {
    checks.push_back(JudgeMounting(context, c));
    checks.push_back(JudgeOffset(context, c));
    checks.push_back(JudgeFocal(context, c));
    focal_is_wrong |= checks.back().status == Answer::kError;
  }
  if (evidence.stereo) checks.push_back(JudgeStereo(context, focal_is_wrong));
  return checks;
}

}  // namespace nightjar
