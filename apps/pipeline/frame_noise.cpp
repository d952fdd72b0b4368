// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/frame_noise.h"

#include <cmath>
#include <variant>

#include "apps/pipeline/level_options.h"
#include "calibration/noise_at_gain.h"
#include "isp/noise_estimate.h"

namespace nightjar {
namespace {

RawSamples LevelsOf(const RigCamera& camera) {
  const LevelOptions levels = SensorLevels(camera);
  RawSamples samples;
  samples.colour_filter = camera.sensor.colour_filter;
  samples.black.fill(levels.black);
  samples.white = levels.white.value_or(LargestDn(PixelFormat::kMono8));
  return samples;
}

bool IsFarFromProfile(const CameraSensor& sensor, double gain) {
  constexpr double kFar = 2;
  if (sensor.noise.empty()) return false;
  return gain < sensor.noise.front().gain / kFar || gain > sensor.noise.back().gain * kFar;
}

}  // namespace

Image<uint16_t> WideSamples(const MonoImage& image) {
  if (const auto* wide = std::get_if<Image<uint16_t>>(&image)) return *wide;
  const auto& bytes = std::get<Image<uint8_t>>(image);
  Image<uint16_t> wide(bytes.width(), bytes.height());
  wide.for_each_element([&](int x, int y) { wide(x, y) = bytes(x, y); });
  return wide;
}

FrameNoise::FrameNoise(const RigCamera& camera)
    : sensor_(camera.sensor), levels_(LevelsOf(camera)) {}

const FrameNoise::Estimate& FrameNoise::Estimated(const Frame& frame) {
  constexpr double kLongest_s = 1;
  constexpr double kLeastRatio = 0.9, kMostRatio = 1.1;
  const double exposure =
      static_cast<double>(frame.exposure_ns.value_or(1)) * frame.gain.value_or(1);
  const double ratio = estimate_ ? exposure / estimate_->exposure : 0;
  const bool holds = estimate_ && ToSeconds(frame.time - estimate_->time) < kLongest_s &&
                     ratio > kLeastRatio && ratio < kMostRatio;
  if (holds) return *estimate_;
  const auto found = EstimateNoise(WideSamples(frame.image), levels_);
  // A frame that does not tell, as a black one, leaves what was known.
  const auto before = estimate_ ? estimate_->noise : std::nullopt;
  estimate_ = Estimate{found ? std::optional(found->noise) : before, frame.time, exposure};
  return *estimate_;
}

std::optional<RawSamples> FrameNoise::SamplesOf(const Frame& frame) {
  RawSamples samples = levels_;
  if (frame.gain && IsFarFromProfile(sensor_, *frame.gain)) ++frames_far_from_profile_;
  if (const auto known = frame.gain ? NoiseAtGain(sensor_, *frame.gain) : std::nullopt) {
    for (size_t place = 0; place < samples.noise.size(); ++place)
      samples.noise[place] = known->channels[known->channels.size() == 1 ? 0 : place];
    return samples;
  }
  const auto& noise = Estimated(frame).noise;
  if (!noise) return std::nullopt;
  samples.noise.fill(*noise);
  return samples;
}

}  // namespace nightjar
