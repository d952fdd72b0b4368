// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/frame_developer.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <variant>

#include "apps/pipeline/level_options.h"
#include "calibration/noise_at_gain.h"
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

Image<uint16_t> Linearised(const Image<uint16_t>& raw, const LevelOptions& levels) {
  Image<uint16_t> linear(raw.width(), raw.height());
  const double per_dn = 1.0 / (*levels.white - levels.black);
  for (int y = 0; y < raw.height(); ++y) {
    for (int x = 0; x < raw.width(); ++x) {
      const double value = ToLinear((raw(x, y) - levels.black) * per_dn);
      linear(x, y) = static_cast<uint16_t>(std::clamp(value + 0.5, 0.0, 65535.0));
    }
  }
  return linear;
}

}  // namespace

Status DevelopmentOptions::Validate() const {
  if (!(min_noise >= 0 && min_noise <= 1))
    return Fail(ErrorKind::kUsage, "min_noise must be 0 to 1");
  if (Status status = video.Validate(); !status) return status;
  return shrinkage.Validate();
}

FrameDeveloper::FrameDeveloper(const Rig& rig, const DevelopmentOptions& options)
    : options_(options), rig_(rig) {
  for (const RigCamera& camera : rig_.cameras)
    cameras_.push_back({&camera, SensorLevels(camera), VideoDenoiser(options.video)});
}

std::optional<NoiseProfile::Channel> FrameDeveloper::NoiseToRemove(const Frame& frame) const {
  const Camera& camera = cameras_[static_cast<size_t>(frame.camera)];
  const CameraSensor& sensor = camera.calibration->sensor;
  if (!(options_.temporal || options_.spatial) || !frame.gain || !camera.levels.white ||
      sensor.colour_filter != ColourFilter::kNone ||
      !std::holds_alternative<Image<uint16_t>>(frame.image)) {
    return std::nullopt;
  }
  const auto noise = NoiseAtGain(sensor, *frame.gain);
  if (!noise || RelativeNoise(noise->channels.front()) < options_.min_noise) return std::nullopt;
  return noise->channels.front();
}

void FrameDeveloper::Turn(const Eigen::Quaterniond& R_previous_current_body) {
  for (Camera& camera : cameras_) {
    camera.R_previous_current_body =
        (camera.R_previous_current_body * R_previous_current_body).normalized();
  }
}

Result<FusedFrame> FrameDeveloper::Fused(const Frame& frame, const NoiseProfile::Channel& noise) {
  Camera& camera = cameras_[static_cast<size_t>(frame.camera)];
  const auto& raw = std::get<Image<uint16_t>>(frame.image);
  camera.linear = Linearised(raw, camera.levels);
  if (!options_.temporal) return SingleFrame(camera.linear);
  const Eigen::Quaterniond& R_body_camera = camera.calibration->T_body_camera.rotation;
  const MotionField turned =
      RotationField(*camera.calibration->model, raw.width(), raw.height(),
                    R_body_camera.conjugate() * camera.R_previous_current_body * R_body_camera);
  camera.R_previous_current_body.setIdentity();
  const double exposure = static_cast<double>(frame.exposure_ns.value_or(1)) * *frame.gain;
  if (Status status = camera.video.Add({camera.linear, noise, exposure}, &turned); !status)
    return tl::unexpected(status.error());
  return camera.video.fused();
}

Result<FrameDeveloper::Developed> FrameDeveloper::Develop(const Frame& frame) {
  Camera& camera = cameras_[static_cast<size_t>(frame.camera)];
  const auto noise = NoiseToRemove(frame);
  if (!noise) {
    camera.video.Restart();
    return Developed{frame.image, camera.levels};
  }
  const auto fused = Fused(frame, *noise);
  if (!fused) return tl::unexpected(fused.error());
  ++denoised_frames_;
  if (!options_.spatial) return Developed{fused->linear, AllLinearLevels()};
  if (Status status = DenoiseSpatially(fused->linear, fused->remaining, {}, *noise,
                                       options_.shrinkage, camera.denoised);
      !status) {
    return tl::unexpected(status.error());
  }
  return Developed{camera.denoised.linear, AllLinearLevels()};
}

}  // namespace nightjar
