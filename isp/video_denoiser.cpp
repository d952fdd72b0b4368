// SPDX-License-Identifier: Apache-2.0
#include "isp/video_denoiser.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "isp/coarse_share.h"
#include "isp/frame_checks.h"
#include "isp/lamp_flicker.h"
#include "isp/linear_pyramid.h"

namespace nightjar {
namespace {

/// Light at which noises of different gain are compared, share of white: where dark scenes are.
constexpr double kLight = 0.1;

/// Frames whose exposures are further apart have nothing to say to each other.
constexpr double kMostBrightness = 64;

double Variance(const NoiseProfile::Channel& noise, double x) {
  return noise.scale * x + noise.offset;
}

/// What turns x and noise of one frame into those of the next.
ExposureRatio Ratio(const NoiseProfile::Channel& from, const NoiseProfile::Channel& to,
                    double brightness) {
  const double variance = Variance(from, kLight / brightness) * brightness * brightness;
  return {brightness, variance / Variance(to, kLight)};
}

Status Check(const VideoFrame& frame) {
  if (Status status = CheckNoise(frame.noise); !status) return status;
  if (Status status = CheckFrame(frame.linear); !status) return status;
  if (frame.exposure > 0 && std::isfinite(frame.exposure)) return {};
  return Fail(ErrorKind::kUsage, "exposure times gain must be above 0");
}

/// With a caution of c > 2, 1 - 2/c of the noise stays in the long run.
double Caution(double least_share) { return least_share > 0 ? 2 / (1 - least_share) : 1; }

}  // namespace

Status VideoDenoiserOptions::Validate() const {
  if (!(least_share >= 0 && least_share <= 0.9))
    return Fail(ErrorKind::kUsage, "least_share must be 0 to 0.9");
  return alignment.Validate();
}

Status VideoDenoiser::Add(const VideoFrame& frame, const MotionField* expected) {
  if (Status status = Check(frame); !status) {
    Restart();
    return status;
  }
  const double ratio = frame.exposure / exposure_;
  const bool first = fused_.linear.data() == nullptr || !(ratio >= 1 / kMostBrightness) ||
                     ratio > kMostBrightness || fused_.linear.width() != frame.linear.width() ||
                     fused_.linear.height() != frame.linear.height();
  if (first) {
    fused_ = SingleFrame(frame.linear.copy());
  } else if (Status status = Fuse(frame, expected); !status) {
    Restart();
    return status;
  }
  noise_ = frame.noise;
  exposure_ = frame.exposure;
  return {};
}

/// Of the new frame and of what is held, `brightness` times which is as bright.
Status VideoDenoiser::BuildPyramids(const Image<uint16_t>& linear, double brightness) {
  const LevelOptions own = LinearLevels(std::max(1 / brightness, 1.0));
  if (Status status = BuildTrackingPyramid(linear, own, frame_pyramid_); !status) return status;
  return BuildTrackingPyramid(fused_.linear, LinearLevels(std::max(brightness, 1.0)),
                              fused_pyramid_);
}

bool VideoDenoiser::FollowFlicker(const PyramidNoise& noise, const MotionField& motion,
                                  bool is_rolling) {
  const std::vector<double> flicker =
      BrightnessOfRows(frame_pyramid_, fused_pyramid_, noise, motion, is_rolling);
  const bool flickers =
      std::any_of(flicker.begin(), flicker.end(), [](double gain) { return gain != 1; });
  if (flickers) Brighten(flicker, motion, noise_, fused_);
  return flickers;
}

Status VideoDenoiser::Fuse(const VideoFrame& frame, const MotionField* expected) {
  const ExposureRatio ratio = Ratio(noise_, frame.noise, frame.exposure / exposure_);
  // The darker of the two as bright as the other.
  const double raised = std::max(1 / ratio.brightness, 1.0);
  if (Status status = BuildPyramids(frame.linear, ratio.brightness); !status) return status;
  const double share = ratio.noise * MeanShare(fused_.remaining);
  const PyramidNoise noise = LinearPyramidNoise(frame.noise, 1, share, raised);
  const MotionField nearly =
      expected ? *expected : MotionField::Still(frame.linear.width(), frame.linear.height());
  if (FollowFlicker(noise, nearly, frame.is_rolling)) {
    if (Status status = BuildPyramids(frame.linear, ratio.brightness); !status) return status;
  }
  const auto motion =
      AlignFrames(frame_pyramid_, fused_pyramid_, noise, options_.alignment, expected);
  if (!motion) return tl::unexpected(motion.error());
  // Where nothing moves any more, what is left of it shows more clearly.
  FollowFlicker(noise, *motion, frame.is_rolling);
  if (Status status = WarpFrame(fused_, *motion, ratio, warped_); !status) return status;
  const FusedFrame base = SingleFrame(frame.linear);
  if (Status status = FuseFrames(base, warped_, frame.noise, Caution(options_.least_share), next_);
      !status)
    return status;
  const Image<float> past = MovedCoarseShare(fused_.coarse, *motion, ratio.noise,
                                             base.linear.width(), base.linear.height());
  next_.coarse = NextCoarseShare(past, base.linear, warped_.linear, next_.linear, frame.noise);
  std::swap(fused_, next_);
  return {};
}

}  // namespace nightjar
