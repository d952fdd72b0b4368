// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "calibration/rig.h"
#include "calibration/yaml_document.h"

namespace nightjar {

/// Beyond these no IMU's noise lies: another unit or a slip, with which no estimate can be right.
inline constexpr double kMinImuNoise = 1e-9;           // rad/s/sqrt(Hz), m/s^2/sqrt(Hz)
inline constexpr double kMinImuRandomWalk = 1e-12;     // rad/s^2/sqrt(Hz), m/s^3/sqrt(Hz)
inline constexpr double kMaxGyroNoise = 10;            // density and random walk
inline constexpr double kMaxAccelerometerNoise = 100;  // idem

/// gyroscope_noise_density, gyroscope_random_walk, accelerometer_noise_density,
/// accelerometer_random_walk: the keys of sensor.yaml, Kalibr's imu.yaml and rig.yaml, all four of
/// them, each within the bounds above.
ImuNoise ReadImuNoise(const YamlDocument& yaml, const YAML::Node& imu);

/// The same as lines "key: value".
std::vector<std::string> NoiseLines(const ImuNoise& noise);

/// Of rig.yaml: 1 sigma of each under its key with "_sigma" behind it, positive, those that are
/// known.
std::vector<std::string> NoiseSigmaKeys();
ImuNoise ReadNoiseSigmas(const YamlDocument& yaml, const YAML::Node& imu);
std::vector<std::string> NoiseSigmaLines(const ImuNoise& sigmas);

}  // namespace nightjar
