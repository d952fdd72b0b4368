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

constexpr const char* kGiveSensorInBody =
    "give the pose of the sensor in the body, not of the body in the sensor";

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
  if (context.stereo.Is(StereoHypothesis::kSwapped) && camera < 2 && !mounting.IsAsGiven()) {
    check.what = "left and right come first: see stereo_geometry";
    return check;
  }
  check.value = mounting.error_deg;
  check.sigma = mounting.error_sigma_deg;
  check.status = Answer::kError;
  if (mounting.kind == Kind::kInverted) {
    check.what = "T_BS is inverted: its inverse fits the rotation of gyro and camera";
    check.remedy = kGiveSensorInBody;
  } else if (mounting.kind == Kind::kOtherwise) {
    check.what = fmt::format(
        "IMU and camera are turned by {:.1f} deg (sigma {:.1f}) against what "
        "the rig says",
        mounting.error_deg, mounting.error_sigma_deg);
    check.remedy = "take T_BS of this very rig, or calibrate the rotation between IMU and camera";
  } else if (mounting.kind == Kind::kImuTurned && mounting.camera_is_wrong) {
    check.what = fmt::format("the camera is {} of the body against what its T_BS says",
                             DescribePermutation(mounting.imu_axes));
    check.remedy = "correct T_BS of this camera";
  } else if (mounting.kind == Kind::kImuTurned) {
    const double up = (mounting.imu_axes * context.evidence.specific_force_mean)
                          .dot(context.evidence.specific_force_mean) /
                      context.evidence.specific_force_mean.squaredNorm();
    check.what = fmt::format("the IMU is {} against what the rig says{}",
                             DescribePermutation(mounting.imu_axes),
                             up < -0.5 ? ": it is mounted upside down" : "");
    check.remedy = "correct the IMU's or the cameras' T_BS, or the IMU's columns";
  } else if (mounting.error_deg > 3 + 3 * mounting.error_sigma_deg &&
             !context.stereo.Is(StereoHypothesis::kSwapped)) {
    check.status = Answer::kWarning;
    check.what = fmt::format("IMU and camera are turned by {:.1f} deg more than the rig says",
                             mounting.error_deg);
    check.remedy = "calibrate the rotation between IMU and camera";
  } else {
    check.status = Answer::kOk;
    check.what = "IMU and camera turn together as the rig says";
  }
  if (!mounting.alternative.empty()) check.what += "; or " + mounting.alternative;
  if (mounting.camera_is_wrong) check.what += "; another camera agrees with the IMU";
  return check;
}

InspectCheck JudgeOffset(const InspectContext& context, size_t camera) {
  const MountingVerdict& mounting = context.mountings[camera];
  const RigCamera& rig_camera = context.evidence.rig.cameras[camera];
  InspectCheck check =
      MakeCheck("time_offset_s", rig_camera.name, Answer::kUnknown, WhyUnknown(context, camera));
  check.expected = rig_camera.time_offset_s;
  // A map that no mounting explains may be travel taken for turns: its offset means nothing.
  if (!mounting.known || context.stamps_are_wrong) return check;
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
    check.what = "the motion is too weak to tell the focal length to a tenth";
    if (3 * *check.sigma > kKnownToATenth) return check;
    check.status = Answer::kOk;
    check.what = "the focal length fits the rotation that the gyro measures";
    return check;
  }
  check.status = ratio > 1.25 || ratio < 0.8 ? Answer::kError : Answer::kWarning;
  check.what =
      fmt::format("the true focal length is about {:.2f} times the calibrated one{}", ratio,
                  std::abs(ratio - 2) < 0.15     ? ": it is halved"
                  : std::abs(ratio - 0.5) < 0.04 ? ": it is doubled"
                                                 : "");
  check.remedy = "give intrinsics for the size of the images that are recorded, or calibrate anew";
  return check;
}

// What has to be right before the geometry of two cameras says anything; empty: nothing.
std::string ComesBeforeStereo(const InspectContext& context, bool focal_is_wrong) {
  // Which frames were exposed together is told from their times.
  if (context.stamps_are_wrong) return "the unit of the stamps comes first";
  for (size_t c = 0; c < 2; ++c) {
    const MountingVerdict& mounting = context.mountings[c];
    if (!mounting.known || !(mounting.camera_is_wrong || mounting.kind == Kind::kInverted))
      continue;
    return fmt::format("the mounting of {} comes first: see imu_mounting",
                       context.evidence.rig.cameras[c].name);
  }
  return focal_is_wrong ? "the focal length comes first: see focal_length_ratio" : "";
}

// Whether the clocks of the first two cameras differ by so much that little can be found.
bool OffsetsDiffer(const InspectContext& context) {
  if (!context.mountings[0].correlated || !context.mountings[1].correlated) return false;
  const GyroCameraAlignment& a = context.evidence.alignments[0]->alignment;
  const GyroCameraAlignment& b = context.evidence.alignments[1]->alignment;
  const double sigma_s = std::hypot(a.time_offset_sigma_s, b.time_offset_sigma_s);
  return std::abs(a.time_offset_s - b.time_offset_s) > std::max(0.01, 4 * sigma_s);
}

std::string WhyStereoIsUnknown(const StereoAgreement& stereo) {
  return stereo.frames == 0 ? "no mid-exposures of the two cameras are within 0.5 ms of each other"
                            : "too few corners, or all of them too far away for a disparity";
}

void SayWhatIsFound(const InspectContext& context, InspectCheck& check) {
  const StereoAgreement& stereo = *context.evidence.stereo;
  const std::string& first = context.evidence.rig.cameras[0].name;
  const std::string& second = context.evidence.rig.cameras[1].name;
  const StereoHypothesis hypothesis = context.stereo.hypothesis;
  if (hypothesis == StereoHypothesis::kGiven) {
    check.status = Answer::kOk;
    check.what = "what one camera sees is found where the rig puts it in the other";
    return;
  }
  check.status = Answer::kError;
  check.what = DescribeStereoMistake(stereo, hypothesis, first, second);
  check.remedy = hypothesis == StereoHypothesis::kSwapped
                     ? "exchange the images or the calibrations of the two cameras"
                     : kGiveSensorInBody;
}

InspectCheck JudgeStereo(const InspectContext& context, bool focal_is_wrong) {
  const StereoAgreement& stereo = *context.evidence.stereo;
  InspectCheck check =
      MakeCheck("stereo_geometry", context.evidence.rig.cameras[1].name, Answer::kUnknown, "");
  if (stereo.corners > 0) check.value = stereo.Share(StereoHypothesis::kGiven);
  const std::string first = ComesBeforeStereo(context, focal_is_wrong);
  if (context.stereo.kind == StereoVerdict::Kind::kUnknown) {
    check.what = WhyStereoIsUnknown(stereo);
  } else if (!first.empty() && !context.stereo.Is(StereoHypothesis::kSwapped)) {
    check.what = first;  // with parallel axes all is found even so, at wrong distances
  } else if (context.stereo.kind == StereoVerdict::Kind::kFound) {
    SayWhatIsFound(context, check);
  } else if (OffsetsDiffer(context)) {
    check.what = "the offset between the two cameras comes first: see time_offset_s";
  } else {
    check.status = Answer::kWarning;
    check.what = fmt::format(
        "only {:.0f} % of the corners are found where the rig puts them in the other camera",
        100 * stereo.Share(StereoHypothesis::kGiven));
    check.remedy = "check that both cameras expose together, and their calibration";
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
    const Answer focal = checks.back().status;
    if (c < 2) focal_is_wrong |= focal == Answer::kError || focal == Answer::kWarning;
  }
  if (context.evidence.stereo) checks.push_back(JudgeStereo(context, focal_is_wrong));
}

}  // namespace nightjar
