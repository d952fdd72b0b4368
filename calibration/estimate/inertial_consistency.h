// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <Eigen/Geometry>
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/imu_sample.h"
#include "core/time.h"

namespace nightjar {

/// One way in which the gyro's values may have to be read so that they fit the accelerometer's.
struct GyroReading {
  Eigen::Matrix3d axes = Eigen::Matrix3d::Identity();  // true rate = scale * axes * value
  double scale = 1;
  double scatter = 0;  // m/s^2, see InertialConsistency
};

/// Whether gyro and accelerometer are about the same axes: gravity is constant in the world, so
/// specific force that is turned back by the right gyro scatters only by the accelerations of the
/// motion, which average out; turned back by a gyro with exchanged axes, a wrong sign or a wrong
/// unit, it scatters by gravity. A reflection of *both* sensors shows too: rates are axial vectors.
///
/// Tried are all 48 signed permutations of the axes, each with the scales 1 and pi / 180. The
/// unknown bias of the gyro is estimated for each. Needs no camera. Memory is constant.
class InertialConsistency {
 public:
  InertialConsistency();

  /// In time order. A gap of more than a tenth of a second begins anew.
  void Add(const ImuSample& sample);

  /// By rising scatter; nothing while there are less than four seconds of data.
  std::vector<GyroReading> Judge() const;
  /// m/s^2: the scatter when the gyro is ignored. Only where it is large the gyro's reading
  /// matters.
  double StaticScatter() const;

 private:
  static constexpr int kHypotheses = 97;  // 48 signed permutations in two units, and no gyro
  static constexpr int kBlocks = 8;       // of half a second make a window

  struct State {
    Eigen::Matrix3d gyro = Eigen::Matrix3d::Zero();         // scale * axes
    Eigen::Quaterniond R = Eigen::Quaterniond::Identity();  // window's first frame from body
    Eigen::Matrix3d turned_bias = Eigen::Matrix3d::Zero();  // integral of R over time, s
    Eigen::Vector3d block_force = Eigen::Vector3d::Zero();
    Eigen::Matrix3d block_by_bias = Eigen::Matrix3d::Zero();
    std::array<Eigen::Vector3d, kBlocks> forces;
    std::array<Eigen::Matrix3d, kBlocks> by_bias;
    // Normal equations of the bias over all windows.
    Eigen::Matrix3d H = Eigen::Matrix3d::Zero();
    Eigen::Vector3d g = Eigen::Vector3d::Zero();
    double squares = 0;
  };
  void Restart();
  void EndBlock();
  void EndWindow();
  double Scatter(const State& state) const;

  std::vector<State> states_;
  std::optional<ImuSample> last_;
  double force_length_sum_ = 0;  // of m/s^2
  int64_t samples_ = 0;
  double block_s_ = 0;
  int blocks_ = 0;
  int windows_ = 0;
};

}  // namespace nightjar
