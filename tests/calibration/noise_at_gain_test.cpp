// SPDX-License-Identifier: Apache-2.0
#include "calibration/noise_at_gain.h"

#include <gmock/gmock.h>

namespace nightjar {
namespace {

/// S = 1e-4 g, O = (4 g^2 + 1) 1e-8: electrons, read noise before and after the gain.
NoiseProfile Truth(double gain) { return {gain, {{1e-4 * gain, (4 * gain * gain + 1) * 1e-8}}}; }

CameraSensor Sensor() {
  CameraSensor sensor;
  sensor.noise = {Truth(1), Truth(4), Truth(16)};
  return sensor;
}

TEST(NoiseAtGain, IsThatOfASensorBetweenWhatWasMeasured) {
  for (const double gain : {1.0, 1.5, 4.0, 10.0, 16.0}) {
    const NoiseProfile noise = NoiseAtGain(Sensor(), gain).value();
    EXPECT_EQ(noise.gain, gain);
    EXPECT_NEAR(noise.channels[0].scale / Truth(gain).channels[0].scale, 1, 1e-12) << gain;
    EXPECT_NEAR(noise.channels[0].offset / Truth(gain).channels[0].offset, 1, 1e-12) << gain;
  }
}

TEST(NoiseAtGain, GoesOnInProportion) {
  const NoiseProfile low = NoiseAtGain(Sensor(), 0.5).value();
  EXPECT_NEAR(low.channels[0].scale, 0.5e-4, 1e-18);
  EXPECT_NEAR(low.channels[0].offset, 1.25e-8, 1e-22);
  const NoiseProfile high = NoiseAtGain(Sensor(), 32).value();
  EXPECT_NEAR(high.channels[0].scale, 32e-4, 1e-16);
  EXPECT_NEAR(high.channels[0].offset, 4 * 1025e-8, 1e-18);
}

TEST(NoiseAtGain, HasNothingToGoBy) {
  EXPECT_FALSE(NoiseAtGain(CameraSensor(), 1).has_value());
  CameraSensor sensor = Sensor();
  sensor.noise[1].channels.resize(4, sensor.noise[1].channels[0]);  // another filter's
  EXPECT_NEAR(NoiseAtGain(sensor, 2)->channels.at(0).scale, 2e-4, 1e-16);
}

}  // namespace
}  // namespace nightjar
