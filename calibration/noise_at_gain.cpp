// SPDX-License-Identifier: Apache-2.0
#include "calibration/noise_at_gain.h"

#include <algorithm>

namespace nightjar {
namespace {

double Square(double v) { return v * v; }

double Between(double from, double to, double share) { return from + share * (to - from); }

// In proportion to one profile.
NoiseProfile Scaled(NoiseProfile profile, double gain) {
  const double ratio = gain / profile.gain;
  for (NoiseProfile::Channel& channel : profile.channels) {
    channel.scale *= ratio;
    channel.offset *= Square(ratio);
  }
  profile.gain = gain;
  return profile;
}

}  // namespace

std::optional<NoiseProfile> NoiseAtGain(const CameraSensor& sensor, double gain) {
  const std::vector<NoiseProfile>& known = sensor.noise;
  if (known.empty()) return std::nullopt;
  const auto above = std::lower_bound(
      known.begin(), known.end(), gain,
      [](const NoiseProfile& profile, double value) { return profile.gain < value; });
  if (above == known.begin()) return Scaled(*above, gain);
  const NoiseProfile& below = *(above - 1);
  if (above == known.end() || above->channels.size() != below.channels.size())
    return Scaled(below, gain);
  NoiseProfile profile = below;
  profile.gain = gain;
  const double share = (gain - below.gain) / (above->gain - below.gain);
  const double square_share =
      (Square(gain) - Square(below.gain)) / (Square(above->gain) - Square(below.gain));
  for (size_t i = 0; i < profile.channels.size(); ++i) {
    const NoiseProfile::Channel& next = above->channels[i];
    profile.channels[i].scale = Between(profile.channels[i].scale, next.scale, share);
    profile.channels[i].offset = Between(profile.channels[i].offset, next.offset, square_share);
  }
  return profile;
}

}  // namespace nightjar
