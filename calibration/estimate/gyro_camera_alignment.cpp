// SPDX-License-Identifier: Apache-2.0
#include "calibration/estimate/gyro_camera_alignment.h"

#include <Eigen/Cholesky>
#include <Eigen/Geometry>
#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <limits>

namespace nightjar {
namespace {

// Two and a half seconds of video: in less, a hand has not turned about enough axes to say how an
// IMU is mounted, whatever the residuals promise.
constexpr size_t kMinIntervals = 50;
constexpr double kMaxGyroGap = 0.1;  // s; across a longer one nothing is known of the rotation
constexpr int kRobustRounds = 4;
// Residuals of neighbouring intervals share a frame.
constexpr double kCorrelation = 2;

using Matrix34d = Eigen::Matrix<double, 3, 4>;

// Weighted regression of x on (y, 1) at one offset.
struct Regression {
  Matrix34d coefficients = Matrix34d::Zero();
  Eigen::Matrix4d normal = Eigen::Matrix4d::Zero();
  double cost = std::numeric_limits<double>::infinity();
};

Eigen::Vector4d Regressor(const RotationInterval& interval, int offset) {
  return interval.angular_velocity_imu[static_cast<size_t>(offset)].homogeneous();
}

Regression Regress(std::span<const RotationInterval> intervals, const std::vector<double>& weights,
                   int offset) {
  Regression result;
  Matrix34d cross = Matrix34d::Zero();
  double squares = 0;
  for (size_t i = 0; i < intervals.size(); ++i) {
    const Eigen::Vector4d y = Regressor(intervals[i], offset);
    const Eigen::Vector3d& x = intervals[i].angular_velocity_camera;
    result.normal += weights[i] * y * y.transpose();
    cross += weights[i] * x * y.transpose();
    squares += weights[i] * x.squaredNorm();
  }
  // A relative ridge: where the gyro did not turn, the map stays 0 and its variance is large.
  Eigen::Matrix4d damped = result.normal;
  damped.diagonal() *= 1 + 1e-9;
  damped.diagonal().array() += 1e-12;
  result.coefficients = damped.ldlt().solve(cross.transpose()).transpose();
  result.cost = squares - (result.coefficients.array() * cross.array()).sum();
  return result;
}

Eigen::Vector3d Residual(const RotationInterval& interval, const Regression& fit, int offset) {
  return interval.angular_velocity_camera - fit.coefficients * Regressor(interval, offset);
}

void Reweight(std::span<const RotationInterval> intervals, const Regression& fit, int offset,
              std::vector<double>& weights) {
  std::vector<double> norms;
  for (const RotationInterval& interval : intervals)
    norms.push_back(Residual(interval, fit, offset).norm());
  std::vector<double> sorted = norms;
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
  std::nth_element(sorted.begin(), middle, sorted.end());
  // Of three normal residuals the norm's median is 1.54 sigma; Tukey's constant is 4.685 sigma.
  const double limit = 2 * 4.685 / 1.54 * std::max(*middle, 1e-9);
  for (size_t i = 0; i < norms.size(); ++i) {
    const double relative = norms[i] / limit;
    weights[i] = relative < 1 ? std::pow(1 - relative * relative, 2) : 0;
  }
}

struct BestOffset {
  int index = 0;
  double fraction = 0;  // of a step, from the parabola through the neighbours
  Regression fit;
};

BestOffset SearchOffset(std::span<const RotationInterval> intervals,
                        const std::vector<double>& weights) {
  BestOffset best;
  std::vector<double> costs(OffsetGrid::kSize);
  for (int offset = 0; offset < OffsetGrid::kSize; ++offset) {
    const Regression fit = Regress(intervals, weights, offset);
    costs[static_cast<size_t>(offset)] = fit.cost;
    if (fit.cost < best.fit.cost) {
      best.index = offset;
      best.fit = fit;
    }
  }
  if (best.index > 0 && best.index + 1 < OffsetGrid::kSize) {
    const double before = costs[static_cast<size_t>(best.index - 1)];
    const double after = costs[static_cast<size_t>(best.index + 1)];
    const double bend = before - 2 * best.fit.cost + after;
    if (bend > 0) best.fraction = std::clamp(0.5 * (before - after) / bend, -0.5, 0.5);
  }
  return best;
}

// Of the offset with map and constant free: the Schur complement of its information.
double OffsetSigma(std::span<const RotationInterval> intervals, const std::vector<double>& weights,
                   const BestOffset& best, const Eigen::Vector3d& row_sigma) {
  if (best.index == 0 || best.index + 1 == OffsetGrid::kSize)
    return std::numeric_limits<double>::infinity();
  Eigen::Matrix4d normal = Eigen::Matrix4d::Identity() * 1e-12;
  Matrix34d cross = Matrix34d::Zero();  // per row: sum of slope * regressor
  Eigen::Vector3d slopes = Eigen::Vector3d::Zero();
  for (size_t i = 0; i < intervals.size(); ++i) {
    const Eigen::Vector4d y = Regressor(intervals[i], best.index);
    const Eigen::Vector3d slope =
        best.fit.coefficients *
        (Regressor(intervals[i], best.index + 1) - Regressor(intervals[i], best.index - 1)) /
        (2 * OffsetGrid::kStep);
    normal += weights[i] * y * y.transpose();
    cross += weights[i] * slope * y.transpose();
    slopes += weights[i] * slope.cwiseAbs2();
  }
  double information = 0;
  for (int row = 0; row < 3; ++row) {
    const Eigen::Vector4d c = cross.row(row).transpose();
    information += (slopes[row] - c.dot(normal.ldlt().solve(c))) / std::pow(row_sigma[row], 2);
  }
  return information > 0 ? 1 / std::sqrt(information) : std::numeric_limits<double>::infinity();
}

Eigen::Vector3d RowSigma(std::span<const RotationInterval> intervals,
                         const std::vector<double>& weights, const BestOffset& best) {
  Eigen::Vector3d squares = Eigen::Vector3d::Zero();
  double total = 0;
  for (size_t i = 0; i < intervals.size(); ++i) {
    squares += weights[i] * Residual(intervals[i], best.fit, best.index).cwiseAbs2();
    total += weights[i];
  }
  return (kCorrelation * squares / std::max(total - 4, 1.0)).cwiseSqrt().cwiseMax(1e-9);
}

}  // namespace

void RotationPairing::AddGyro(const ImuSample& sample) {
  Node node{sample.time, sample.angular_velocity_body, Eigen::Vector3d::Zero()};
  if (!gyro_.empty()) {
    const Node& last = gyro_.back();
    const double dt = ToSeconds(sample.time - last.time);
    node.integral = last.integral + 0.5 * dt * (last.angular_velocity + node.angular_velocity);
    node.largest_gap_s = dt;
  }
  gyro_.push_back(node);
  Complete();
}

int64_t RotationPairing::AddCamera(SensorTime begin, SensorTime end,
                                   const Eigen::Vector3d& angular_velocity_camera) {
  const int64_t number = seen_++;
  if (number % stride_ != 0) return number;
  pending_.push_back({number, begin, end, angular_velocity_camera});
  Complete();
  return number;
}

std::optional<Eigen::Vector3d> RotationPairing::IntegralAt(SensorTime time, size_t& hint) const {
  while (hint < gyro_.size() && gyro_[hint].time < time) ++hint;
  if (hint == 0 || hint == gyro_.size()) return std::nullopt;
  const Node& a = gyro_[hint - 1];
  const Node& b = gyro_[hint];
  if (b.largest_gap_s > kMaxGyroGap) return std::nullopt;
  const double dt = ToSeconds(time - a.time);
  const double share = dt / b.largest_gap_s;
  const Eigen::Vector3d rate =
      a.angular_velocity + share * (b.angular_velocity - a.angular_velocity);
  return Eigen::Vector3d(a.integral + 0.5 * dt * (a.angular_velocity + rate));
}

void RotationPairing::Complete() {
  const Duration range = FromSeconds(OffsetGrid::kRange);
  // Two seconds are kept beyond what the intervals that wait need: a camera may come late.
  const Duration kept = range + std::chrono::seconds(2);
  while (!pending_.empty() && !gyro_.empty() && gyro_.back().time > pending_.front().end + range) {
    const Pending& pending = pending_.front();
    RotationInterval interval{pending.number, pending.angular_velocity_camera, {}};
    size_t at_begin = 0, at_end = 0;
    for (int k = 0; k < OffsetGrid::kSize; ++k) {
      const Duration offset = FromSeconds(OffsetGrid::Offset(k));
      const auto a = IntegralAt(pending.begin + offset, at_begin);
      const auto b = IntegralAt(pending.end + offset, at_end);
      if (!a || !b) break;
      interval.angular_velocity_imu.push_back((*b - *a) / ToSeconds(pending.end - pending.begin));
    }
    const bool is_complete = interval.angular_velocity_imu.size() == OffsetGrid::kSize;
    if (is_complete && interval.number % stride_ == 0)  // the stride may have grown meanwhile
      intervals_.push_back(std::move(interval));
    pending_.pop_front();
  }
  const SensorTime needed =
      pending_.empty() ? gyro_.empty() ? SensorTime() : gyro_.back().time : pending_.front().begin;
  while (gyro_.size() > 2 && gyro_[1].time + kept < needed) gyro_.pop_front();
  // Without a gyro, what waits must not grow.
  while (pending_.size() > kMaxIntervals) pending_.pop_front();
  if (intervals_.size() < kMaxIntervals) return;
  stride_ *= 2;
  std::erase_if(intervals_, [this](const auto& one) { return one.number % stride_ != 0; });
}

std::optional<GyroCameraAlignment> AlignGyroAndCamera(std::span<const RotationInterval> intervals) {
  if (intervals.size() < kMinIntervals) return std::nullopt;
  std::vector<double> weights(intervals.size(), 1.0);
  BestOffset best = SearchOffset(intervals, weights);
  for (int round = 0; round < kRobustRounds; ++round) {
    Reweight(intervals, best.fit, best.index, weights);
    best = SearchOffset(intervals, weights);
  }
  GyroCameraAlignment result;
  result.map = best.fit.coefficients.leftCols<3>();
  const double total = std::max(best.fit.normal(3, 3), 1e-12);
  const Eigen::Vector3d sum = best.fit.normal.topRightCorner<3, 1>();
  result.information = best.fit.normal.topLeftCorner<3, 3>() - sum * sum.transpose() / total;
  result.row_sigma = RowSigma(intervals, weights, best);
  result.time_offset_s = OffsetGrid::Offset(best.index) + best.fraction * OffsetGrid::kStep;
  result.time_offset_sigma_s = OffsetSigma(intervals, weights, best, result.row_sigma);
  result.offset_at_edge = best.index == 0 || best.index + 1 == OffsetGrid::kSize;
  Eigen::Vector3d mean = Eigen::Vector3d::Zero();
  for (size_t i = 0; i < intervals.size(); ++i)
    mean += weights[i] / total * intervals[i].angular_velocity_camera;
  double variance = 0;
  for (size_t i = 0; i < intervals.size(); ++i)
    variance += weights[i] * (intervals[i].angular_velocity_camera - mean).squaredNorm();
  result.explained = variance > 0 ? std::clamp(1 - best.fit.cost / variance, 0.0, 1.0) : 0;
  result.camera_rate_rms = std::sqrt(variance / total);
  result.gyro_rate_rms = std::sqrt(std::max(result.information.trace(), 0.0) / total);
  result.intervals = static_cast<int>(intervals.size());
  return result;
}

}  // namespace nightjar
