// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/frame_developer.h"

#include <cmath>
#include <variant>

#include "apps/pipeline/level_options.h"
#include "isp/bayer_denoiser.h"
#include "isp/linear_frame.h"
#include "isp/rotation_field.h"

namespace nightjar {
namespace {

// Standard deviation at a tenth of white, as a share of it.
double RelativeNoise(const NoiseProfile::Channel& noise) {
  constexpr double kLight = 0.1;
  return std::sqrt(noise.scale * kLight + noise.offset) / kLight;
}

constexpr LevelOptions AllLinearLevels() {
  return {kLinearPedestal, kLinearPedestal + kLinearScale};
}

// As a pyramid has it. Of a mosaic, whose pixels are all averaged, the mean.
IntensityNoise PyramidNoiseOf(const PerPlace<NoiseProfile::Channel>& noise) {
  IntensityNoise mean;
  for (const NoiseProfile::Channel& place : noise) {
    mean.scale += kPyramidWhite * place.scale / static_cast<double>(noise.size());
    mean.offset += kPyramidWhite * kPyramidWhite * place.offset / static_cast<double>(noise.size());
  }
  return mean;
}

bool IsRaw(const Frame& frame) { return std::holds_alternative<Image<uint16_t>>(frame.image); }

bool IsMosaic(const RawSamples& samples) { return samples.colour_filter != ColourFilter::kNone; }

}  // namespace

Status DevelopmentOptions::Validate() const {
  if (!(min_noise >= 0 && min_noise <= 1))
    return Fail(ErrorKind::kUsage, "min_noise must be 0 to 1");
  if (Status status = video.Validate(); !status) return status;
  return shrinkage.Validate();
}

FrameDeveloper::FrameDeveloper(const Rig& rig, const DevelopmentOptions& options)
    : options_(options), rig_(rig) {
  for (const RigCamera& camera : rig_.cameras) {
    cameras_.push_back(
        {&camera, SensorLevels(camera), FrameNoise(camera), VideoDenoiser(options.video)});
  }
}

void FrameDeveloper::Turn(const Eigen::Quaterniond& R_previous_current_body) {
  for (Camera& camera : cameras_) {
    camera.R_previous_current_body =
        (camera.R_previous_current_body * R_previous_current_body).normalized();
  }
}

bool FrameDeveloper::IsToDenoise(const RawSamples& samples) const {
  // Over time only one plane is brought along.
  const bool any = options_.spatial || (options_.temporal && !IsMosaic(samples));
  return any && RelativeNoise(samples.noise[1]) >= options_.min_noise;
}

Status FrameDeveloper::Linearise(const Frame& frame, const RawSamples& samples,
                                 Camera& camera) const {
  // What comes as 8 bits has been through a camera's own front.
  const bool all = options_.front && IsRaw(frame);
  RawFrontOptions front;
  if (!all) front.defect_threshold = 0;
  front.remove_row_noise = front.equalise_greens = all;
  if (all) front.defects = camera.calibration->sensor.defective_pixels;
  return LineariseRaw(WideSamples(frame.image), samples, front, camera.front);
}

Result<FusedFrame> FrameDeveloper::Fused(const Frame& frame, Camera& camera) {
  const Image<uint16_t>& linear = camera.front.linear;
  if (!options_.temporal || camera.calibration->sensor.colour_filter != ColourFilter::kNone)
    return SingleFrame(linear);
  const Eigen::Quaterniond& R_body_camera = camera.calibration->T_body_camera.rotation;
  const MotionField turned =
      RotationField(*camera.calibration->model, linear.width(), linear.height(),
                    R_body_camera.conjugate() * camera.R_previous_current_body * R_body_camera);
  camera.R_previous_current_body.setIdentity();
  const double exposure =
      static_cast<double>(frame.exposure_ns.value_or(1)) * frame.gain.value_or(1);
  if (Status status = camera.video.Add(
          {linear, camera.front.noise[0], exposure, camera.calibration->readout_s > 0}, &turned);
      !status)
    return tl::unexpected(status.error());
  return camera.video.fused();
}

Status FrameDeveloper::Denoise(const FusedFrame& fused, const RawSamples& samples, Camera& camera) {
  if (IsMosaic(samples)) {
    return DenoiseMosaic(fused.linear, camera.front.noise, {options_.shrinkage}, camera.denoised);
  }
  return DenoiseSpatially(fused, camera.front.noise[0], options_.shrinkage, camera.denoised);
}

int64_t FrameDeveloper::frames_far_from_profile() const {
  int64_t frames = 0;
  for (const Camera& camera : cameras_) frames += camera.noise.frames_far_from_profile();
  return frames;
}

Result<FrameDeveloper::Developed> FrameDeveloper::Develop(const Frame& frame) {
  Camera& camera = cameras_[static_cast<size_t>(frame.camera)];
  const auto samples = camera.noise.SamplesOf(frame);
  const bool denoise = samples && IsToDenoise(*samples);
  if (!denoise) camera.video.Restart();
  if (!samples) return Developed{frame.image, camera.levels};
  if (!denoise && !(options_.front && IsRaw(frame)))
    return Developed{frame.image, camera.levels, PyramidNoiseOf(samples->noise)};
  if (Status status = Linearise(frame, *samples, camera); !status)
    return tl::unexpected(status.error());
  if (!denoise) {
    return Developed{camera.front.linear, AllLinearLevels(), PyramidNoiseOf(camera.front.noise),
                     true};
  }
  const auto fused = Fused(frame, camera);
  if (!fused) return tl::unexpected(fused.error());
  ++denoised_frames_;
  if (!options_.spatial) return Developed{fused->linear, AllLinearLevels(), {}, true, true};
  if (Status status = Denoise(*fused, *samples, camera); !status)
    return tl::unexpected(status.error());
  return Developed{camera.denoised.linear, AllLinearLevels(), {}, true, true};
}

}  // namespace nightjar
