// SPDX-License-Identifier: Apache-2.0
#include "fusion/inertial_interval.h"

#include <memory>

namespace nightjar {
namespace {

// A person walks a room's length in this time: what was integrated over more is no prediction.
constexpr Duration kPause = std::chrono::seconds(2);

ImuPreintegration Integrate(const NavigationState& from, SensorTime end, const ImuBuffer& imu,
                            const ImuNoise& noise) {
  return Preintegrate(imu.Between(from.time, end), noise, from.gyro_bias, from.accelerometer_bias);
}

}  // namespace

bool IsPause(const ImuBuffer& imu, SensorTime begin, SensorTime end) {
  return imu.LongestGap(begin, end) > kPause;
}

void ConnectToPrevious(Window& window, size_t index, const ImuBuffer& imu, const ImuNoise& noise) {
  const WindowState& previous = window.states[index - 1];
  WindowState& state = window.states[index];
  state.from_previous = std::make_shared<ImuPreintegration>(
      Integrate(FromBlocks(previous.time, previous.value), state.time, imu, noise));
}

void ConnectAll(Window& window, const ImuBuffer& imu, const ImuNoise& noise) {
  for (size_t s = 1; s < window.states.size(); ++s) ConnectToPrevious(window, s, imu, noise);
}

NavigationState PredictFrom(const NavigationState& from, SensorTime time, const ImuBuffer& imu,
                            const ImuNoise& noise) {
  NavigationState state = Integrate(from, time, imu, noise).Predict(from);
  state.time = time;
  return state;
}

}  // namespace nightjar
