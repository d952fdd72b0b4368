// SPDX-License-Identifier: Apache-2.0
#include "data/simulator/imu_errors.h"

#include <charconv>

#include "core/random.h"
#include "data/simulator/random_use.h"
#include "data/simulator/simulate_ranges.h"

namespace nightjar {
namespace {

// The shortest text that is read back as the same number.
std::string Text(double value) {
  char buffer[32];
  return {buffer, std::to_chars(buffer, buffer + sizeof(buffer), value).ptr};
}

std::string Line(const std::string& key, double value) { return key + ": " + Text(value) + '\n'; }

std::string Line(const std::string& key, const Eigen::Matrix3d& matrix) {
  std::string text = key + ": [";
  for (int i = 0; i < 9; ++i) text += (i > 0 ? ", " : "") + Text(matrix(i / 3, i % 3));
  return text + "]\n";
}

}  // namespace

Status ImuErrorOptions::Validate() const {
  namespace range = simulate_range;
  if (Status in = range::kImuScale.Check(scale_ppm); !in) return in;
  if (Status in = range::kImuMisalignment.Check(misalignment_mrad); !in) return in;
  return range::kImuNoise.Check(noise_factor);
}

void DrawImuMatrices(const ImuErrorOptions& errors, uint64_t seed, ImuModelOptions& imu) {
  RandomStream random(seed, StreamOf(RandomUse::kImuMatrix));
  for (Eigen::Matrix3d* matrix : {&imu.gyro_matrix, &imu.accelerometer_matrix}) {
    const bool triangular = matrix == &imu.accelerometer_matrix;
    for (int row = 0; row < 3; ++row) {
      for (int column = 0; column < 3; ++column) {
        const double chance = random.Normal();
        if (row == column) {
          (*matrix)(row, column) = 1 + 1e-6 * errors.scale_ppm * chance;
        } else if (!triangular || column < row) {
          (*matrix)(row, column) = 1e-3 * errors.misalignment_mrad * chance;
        }
      }
    }
  }
}

std::string ImuTruthYaml(const ImuModelOptions& imu) {
  return Line("gyroscope_matrix", imu.gyro_matrix) +
         Line("accelerometer_matrix", imu.accelerometer_matrix) +
         Line("gyroscope_noise_density", imu.noise.gyro_noise_density) +
         Line("gyroscope_random_walk", imu.noise.gyro_random_walk) +
         Line("accelerometer_noise_density", imu.noise.accelerometer_noise_density) +
         Line("accelerometer_random_walk", imu.noise.accelerometer_random_walk);
}

}  // namespace nightjar
