// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "apps/pipeline/inspect_context.h"
#include "apps/pipeline/inspect_stream_checks.h"
#include "calibration/estimate/signed_permutation.h"

namespace nightjar {
namespace {

using Answer = InspectCheck::Answer;
using Kind = MountingHypothesis::Kind;

std::string WhyUnknown(const InspectContext& context, size_t camera) {
  if (context.stamps_are_wrong) return "the unit of the stamps comes first";
  return context.mountings[camera].why_unknown;
}

InspectCheck JudgeMounting(const InspectContext& context, size_t camera) {
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

InspectCheck JudgeOffset(const InspectContext& context, size_t camera) {
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

InspectCheck JudgeFocal(const InspectContext& context, size_t camera) {
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

InspectCheck JudgeStereo(const InspectContext& context, bool focal_is_wrong) {
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

void JudgeCameras(const InspectContext& context, std::vector<InspectCheck>& checks) {
  bool focal_is_wrong = false;
  for (size_t c = 0; c < context.mountings.size(); ++c) {
    checks.push_back(JudgeMounting(context, c));
    checks.push_back(JudgeOffset(context, c));
    checks.push_back(JudgeFocal(context, c));
    focal_is_wrong |= checks.back().status == Answer::kError;
  }
  if (context.evidence.stereo) checks.push_back(JudgeStereo(context, focal_is_wrong));
}

}  // namespace nightjar
