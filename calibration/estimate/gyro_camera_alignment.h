// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <vector>

#include "core/imu_sample.h"
#include "core/time.h"

namespace nightjar {

/// The offsets between camera and IMU that are tried: t_imu = t_camera + offset.
struct OffsetGrid {
  static constexpr double kStep = 0.005;  // s; motion of a hand is smooth over this
  static constexpr int kHalf = 50;        // steps to either side: 0.25 s
  static constexpr int kSize = 2 * kHalf + 1;
  static constexpr double kRange = kHalf * kStep;  // s
  static double Offset(int index) { return (index - kHalf) * kStep; }
};

/// One interval between two frames: how the camera turned by its images, and the IMU by its gyro,
/// for every offset of the grid.
struct RotationInterval {
  int64_t number = 0;  // of the intervals that were added, from 0
  Eigen::Vector3d angular_velocity_camera = Eigen::Vector3d::Zero();  // rad/s, mean, camera frame
  std::vector<Eigen::Vector3d> angular_velocity_imu;  // as the gyro gives it, mean; by OffsetGrid
};

/// Puts rotations seen by a camera beside those of the gyro. Memory is bounded whatever the length
/// of the log: gyro samples are kept for as long as an interval may need them, and of intervals
/// every second is dropped when there are kMaxIntervals, again and again.
class RotationPairing {
 public:
  static constexpr size_t kMaxIntervals = 2048;

  /// Samples in time order.
  void AddGyro(const ImuSample& sample);
  /// In time order, `begin` < `end`. May come before or after the gyro's samples of that time, by
  /// less than a second. Returns the interval's number.
  int64_t AddCamera(SensorTime begin, SensorTime end,
                    const Eigen::Vector3d& angular_velocity_camera);

  /// Those whose whole range of offsets the gyro covered without a gap.
  const std::vector<RotationInterval>& intervals() const { return intervals_; }

 private:
  struct Node {
    SensorTime time;
    Eigen::Vector3d angular_velocity;
    Eigen::Vector3d integral;  // of the angular velocity, rad, since the first sample
    double largest_gap_s = 0;
  };
  struct Pending {
    int64_t number = 0;
    SensorTime begin, end;
    Eigen::Vector3d angular_velocity_camera;
  };
  void Complete();
  std::optional<Eigen::Vector3d> IntegralAt(SensorTime time, size_t& hint) const;

  std::deque<Node> gyro_;
  std::deque<Pending> pending_;
  std::vector<RotationInterval> intervals_;
  int64_t seen_ = 0;
  int64_t stride_ = 1;
};

/// The linear map from what the gyro says to what the camera sees, and their offset in time:
///
///     angular_velocity_camera(t) = map * angular_velocity_imu(t + time_offset_s) + constant
///
/// With everything right, `map` is R_camera_body. Nothing is assumed about it: it may hold a scale,
/// a reflection, a focal length that is wrong. The constant holds the gyro's bias.
struct GyroCameraAlignment {
  Eigen::Matrix3d map = Eigen::Matrix3d::Zero();
  /// Weighted sum of y y' with y the gyro's rates minus their mean, (rad/s)^2: a row r of `map` has
  /// the covariance row_sigma[r]^2 * information^-1.
  Eigen::Matrix3d information = Eigen::Matrix3d::Zero();
  Eigen::Vector3d row_sigma = Eigen::Vector3d::Zero();  // rad/s, of one interval's camera rate
  double time_offset_s = 0;
  double time_offset_sigma_s = 0;
  bool offset_at_edge = false;  // the best offset is the grid's first or last: it may lie beyond
  /// Share of the variance of the camera's rates that the map explains, 0 .. 1.
  double explained = 0;
  double camera_rate_rms = 0;  // rad/s, after the mean is taken out
  double gyro_rate_rms = 0;    // in the gyro's own unit, idem
  int intervals = 0;
};

/// Least squares with Tukey's weights over the intervals. The camera's rates are regressed on the
/// gyro's, whose noise is far smaller: the other way round the map would be too small. Nothing with
/// fewer than 50 intervals. Sigmas are those of the residuals, taken as correlated over two
/// neighbouring intervals.
std::optional<GyroCameraAlignment> AlignGyroAndCamera(std::span<const RotationInterval> intervals);

}  // namespace nightjar
