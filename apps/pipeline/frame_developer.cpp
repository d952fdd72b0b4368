// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/frame_developer.h"

#include <cmath>
#include <variant>

#include "apps/pipeline/level_options.h"
#include "calibration/noise_at_gain.h"
#include "isp/linear_frame.h"

namespace nightjar {
namespace {

// Standard deviation at a tenth of white, as a share of it.
double RelativeNoise(const NoiseProfile::Channel& noise) {
  constexpr double kLight = 0.1;
  return std::sqrt(noise.scale * kLight + noise.offset) / kLight;
}

constexpr LevelOptions LinearLevels() { return {kLinearPedestal, kLinearPedestal + kLinearScale}; }

}  // namespace

Status DevelopmentOptions::Validate() const {
  if (!(min_noise >= 0 && min_noise <= 1))
    return Fail(ErrorKind::kUsage, "min_noise must be 0 to 1");
  return spatial.Validate();
}

FrameDeveloper::FrameDeveloper(const Rig& rig, const DevelopmentOptions& options)
    : options_(options), denoised_(rig.cameras.size()) {
  for (const RigCamera& camera : rig.cameras) {
    sensors_.push_back(camera.sensor);
    levels_.push_back(SensorLevels(camera));
  }
}

Result<FrameDeveloper::Developed> FrameDeveloper::Develop(const Frame& frame) {
  const auto camera = static_cast<size_t>(frame.camera);
  const CameraSensor& sensor = sensors_[camera];
  const LevelOptions& levels = levels_[camera];
  Developed as_it_is = {frame.image, levels};
  const auto* raw = std::get_if<Image<uint16_t>>(&frame.image);
  if (!options_.denoise || raw == nullptr || !frame.gain || !levels.white ||
      sensor.colour_filter != ColourFilter::kNone) {
    return as_it_is;
  }
  const auto noise = NoiseAtGain(sensor, *frame.gain);
  if (!noise || RelativeNoise(noise->channels.front()) < options_.min_noise) return as_it_is;
  DenoisedFrame& denoised = denoised_[camera];
  const SampleLevels samples = {static_cast<double>(levels.black),
                                static_cast<double>(*levels.white)};
  if (Status status =
          DenoiseSpatially(*raw, samples, noise->channels.front(), options_.spatial, denoised);
      !status) {
    return tl::unexpected(status.error());
  }
  ++denoised_frames_;
  return Developed{denoised.linear, LinearLevels()};
}

}  // namespace nightjar
