// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <vector>

#include "calibration/estimate/photon_transfer.h"
#include "data/simulator/image_sensor.h"

namespace nightjar {

/// Evenly lit frames of a simulated sensor.
struct FlatFields {
  ImageSensorOptions sensor;
  int width = 64;   // px
  int height = 64;  // px
  double gain = 1;
  int frames = 2;  // of each level
  uint64_t seed = 1;

  /// The signals, as shares of the range from black to white.
  std::vector<double> signals = {0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8};
  std::vector<double> dark_exposures_s = {2e-3, 8e-3, 16e-3};
};

/// Exposes all frames of a level; `edit(frame, number)` may change one.
template <typename Edit>
PhotonTransferLevel ExposeLevel(const FlatFields& fields, const ImageSensor& sensor, double signal,
                                double exposure_s, int number, const Edit& edit) {
  const double electrons = signal * fields.sensor.full_well_e / fields.gain;
  const Image<float> light =
      FilledImage(fields.width, fields.height, static_cast<float>(electrons / exposure_s));
  std::vector<double> black;
  if (signal > 0) black = {static_cast<double>(fields.sensor.black_level_dn)};
  LevelGatherer gatherer(fields.width, fields.height, ChannelLayout::kOne, black);
  for (int i = 0; i < fields.frames; ++i) {
    Image<uint16_t> frame = sensor.Expose(light, {exposure_s, fields.gain}, 10'000 * number + i);
    edit(frame, i);
    gatherer.Add(frame);
  }
  return {std::to_string(number), signal == 0, exposure_s, gatherer.Finish()};
}

template <typename Edit>
std::vector<PhotonTransferLevel> ExposeLevels(const FlatFields& fields, const Edit& edit) {
  const ImageSensor sensor(fields.sensor, fields.width, fields.height, fields.seed, 0);
  std::vector<PhotonTransferLevel> levels;
  int number = 0;
  for (const double exposure_s : fields.dark_exposures_s)
    levels.push_back(ExposeLevel(fields, sensor, 0, exposure_s, number++, edit));
  for (const double signal : fields.signals)
    levels.push_back(ExposeLevel(fields, sensor, signal, 10e-3, number++, edit));
  return levels;
}

inline std::vector<PhotonTransferLevel> ExposeLevels(const FlatFields& fields) {
  return ExposeLevels(fields, [](Image<uint16_t>&, int) {});
}

}  // namespace nightjar
