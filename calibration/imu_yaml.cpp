// SPDX-License-Identifier: Apache-2.0
#include "calibration/imu_yaml.h"

#include "calibration/camera_yaml.h"

namespace nightjar {
namespace {

struct NoiseKey {
  const char* name;
  double ImuNoise::*member;
  double least;
  double most;
};

constexpr NoiseKey kNoiseKeys[] = {
    {"gyroscope_noise_density", &ImuNoise::gyro_noise_density, kMinImuNoise, kMaxGyroNoise},
    {"gyroscope_random_walk", &ImuNoise::gyro_random_walk, kMinImuRandomWalk, kMaxGyroNoise},
    {"accelerometer_noise_density", &ImuNoise::accelerometer_noise_density, kMinImuNoise,
     kMaxAccelerometerNoise},
    {"accelerometer_random_walk", &ImuNoise::accelerometer_random_walk, kMinImuRandomWalk,
     kMaxAccelerometerNoise}};

}  // namespace

ImuNoise ReadImuNoise(const YamlDocument& yaml, const YAML::Node& imu) {
  ImuNoise noise;
  for (const NoiseKey& key : kNoiseKeys) {
    noise.*key.member =
        yaml.InRange(yaml.Get(imu, key.name), key.name, key.least, key.most,
                     "give the value of the IMU's datasheet or Allan plot, in SI units");
  }
  return noise;
}

std::vector<std::string> NoiseLines(const ImuNoise& noise) {
  std::vector<std::string> lines;
  for (const NoiseKey& key : kNoiseKeys)
    lines.push_back(std::string(key.name) + ": " + NumberText(noise.*key.member));
  return lines;
}

std::vector<std::string> NoiseSigmaKeys() {
  std::vector<std::string> keys;
  for (const NoiseKey& key : kNoiseKeys) keys.push_back(std::string(key.name) + "_sigma");
  return keys;
}

ImuNoise ReadNoiseSigmas(const YamlDocument& yaml, const YAML::Node& imu) {
  ImuNoise sigmas;
  for (const NoiseKey& key : kNoiseKeys) {
    const std::string name = std::string(key.name) + "_sigma";
    if (const YAML::Node node = yaml.Find(imu, name); node.IsDefined())
      sigmas.*key.member = yaml.Positive(node, name);
  }
  return sigmas;
}

std::vector<std::string> NoiseSigmaLines(const ImuNoise& sigmas) {
  std::vector<std::string> lines;
  for (const NoiseKey& key : kNoiseKeys) {
    if (sigmas.*key.member > 0)
      lines.push_back(std::string(key.name) + "_sigma: " + NumberText(sigmas.*key.member));
  }
  return lines;
}

}  // namespace nightjar
