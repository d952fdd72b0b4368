// SPDX-License-Identifier: Apache-2.0
#include "isp/temporal_fusion.h"

#include <frame_warp.h>
#include <temporal_fusion.h>

#include "isp/frame_checks.h"
#include "isp/kernel_call.h"

namespace nightjar {
namespace {

constexpr int kBlock = 4;  // px

void FitTo(const Image<uint16_t>& as, FusedFrame& frame) {
  Fit(as.width(), as.height(), frame.linear);
  Fit((as.width() + kBlock - 1) / kBlock, (as.height() + kBlock - 1) / kBlock, frame.remaining);
}

}  // namespace

FusedFrame SingleFrame(const Image<uint16_t>& linear) { return {linear, FilledImage(1, 1, 1.F)}; }

Status WarpFrame(const FusedFrame& frame, const MotionField& motion, const ExposureRatio& exposure,
                 FusedFrame& warped) {
  FitTo(frame.linear, warped);
  Image<uint16_t> linear = frame.linear;
  Image<float> remaining = frame.remaining;
  PlanarImage<float> nodes = motion.nodes;
  KernelCall call("frame_warp");
  return call.Finish(
      frame_warp(call.context(), linear, remaining, static_cast<float>(exposure.brightness),
                 static_cast<float>(exposure.noise), nodes, warped.linear, warped.remaining));
}

Status FuseFrames(const FusedFrame& base, const FusedFrame& other,
                  const NoiseProfile::Channel& noise, double caution, FusedFrame& fused) {
  if (Status status = CheckNoise(noise); !status) return status;
  if (!(caution >= 1 && caution <= 1000))
    return Fail(ErrorKind::kUsage, "caution must be 1 to 1000");
  FitTo(base.linear, fused);
  FusedFrame ours = base, theirs = other;  // share the pixels
  KernelCall call("temporal_fusion");
  return call.Finish(temporal_fusion(call.context(), ours.linear, ours.remaining, theirs.linear,
                                     theirs.remaining, static_cast<float>(noise.scale),
                                     static_cast<float>(noise.offset), static_cast<float>(caution),
                                     fused.linear, fused.remaining));
}

}  // namespace nightjar
