// SPDX-License-Identifier: Apache-2.0
#include "calibration/estimate/inertial_consistency.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <numbers>

#include "calibration/estimate/signed_permutation.h"
#include "core/so3.h"

namespace nightjar {
namespace {

constexpr double kBlock = 0.5;   // s; a swing of a hand averages out in part
constexpr double kMaxGap = 0.1;  // s
constexpr int kMinWindows = 1;
constexpr double kBiasSigma =
    0.1;  // rad/s: no gyro is worse; keeps the bias from doing the turning
constexpr double kForceSigma = 0.05;  // of gravity, of a block: what the bias is weighed against
constexpr double kDegree = std::numbers::pi / 180;

}  // namespace

InertialConsistency::InertialConsistency() : states_(kHypotheses) {
  size_t index = 0;
  for (const double scale : {1.0, kDegree}) {
    for (const Eigen::Matrix3d& axes : SignedPermutations()) states_[index++].gyro = scale * axes;
  }
}

void InertialConsistency::Restart() {
  blocks_ = 0;
  block_s_ = 0;
  for (State& state : states_) {
    state.R.setIdentity();
    state.turned_bias.setZero();
    state.block_force.setZero();
    state.block_by_bias.setZero();
  }
}

void InertialConsistency::Add(const ImuSample& sample) {
  const double dt = last_ ? ToSeconds(sample.time - last_->time) : 0;
  if (!last_ || dt > kMaxGap) {
    Restart();
    last_ = sample;
    return;
  }
  const Eigen::Vector3d rate = 0.5 * (last_->angular_velocity_body + sample.angular_velocity_body);
  for (State& state : states_) {
    const Eigen::Matrix3d R_before = state.R.toRotationMatrix();
    state.R = (state.R * so3::Exp(dt * (state.gyro * rate))).normalized();
    // A bias b is too much turn: R exp(-b dt) ..., to first order R_true = exp(-(int R) b) R.
    state.turned_bias += dt * R_before;
    const Eigen::Vector3d force = state.R * sample.specific_force_body;
    state.block_force += dt * force;
    state.block_by_bias += dt * (so3::Hat(force) * state.turned_bias);
  }
  block_s_ += dt;
  force_length_sum_ += sample.specific_force_body.norm();
  ++samples_;
  last_ = sample;
  if (block_s_ >= kBlock) EndBlock();
}

void InertialConsistency::EndBlock() {
  const auto block = static_cast<size_t>(blocks_);
  for (State& state : states_) {
    state.forces[block] = state.block_force / block_s_;
    state.by_bias[block] = state.block_by_bias / block_s_;
    state.block_force.setZero();
    state.block_by_bias.setZero();
  }
  block_s_ = 0;
  if (++blocks_ == kBlocks) EndWindow();
}

void InertialConsistency::EndWindow() {
  for (State& state : states_) {
    Eigen::Vector3d mean_force = Eigen::Vector3d::Zero();
    Eigen::Matrix3d mean_by_bias = Eigen::Matrix3d::Zero();
    for (size_t k = 0; k < kBlocks; ++k) {
      mean_force += state.forces[k] / kBlocks;
      mean_by_bias += state.by_bias[k] / kBlocks;
    }
    for (size_t k = 0; k < kBlocks; ++k) {
      const Eigen::Vector3d e = state.forces[k] - mean_force;
      const Eigen::Matrix3d A = state.by_bias[k] - mean_by_bias;
      state.H += A.transpose() * A;
      state.g -= A.transpose() * e;
      state.squares += e.squaredNorm();
    }
  }
  ++windows_;
  Restart();
}

double InertialConsistency::Scatter(const State& state) const {
  const double gravity = force_length_sum_ / static_cast<double>(samples_);
  const double ridge = std::pow(kForceSigma * gravity / kBiasSigma, 2);
  const Eigen::Matrix3d H = state.H + ridge * Eigen::Matrix3d::Identity();
  const double cost = state.squares - state.g.dot(H.ldlt().solve(state.g));
  return std::sqrt(std::max(cost, 0.0) / (windows_ * (kBlocks - 1)));
}

std::vector<GyroReading> InertialConsistency::Judge() const {
  std::vector<GyroReading> readings;
  if (windows_ < kMinWindows) return readings;
  for (size_t k = 0; k + 1 < states_.size(); ++k) {
    const double scale = k < 48 ? 1.0 : kDegree;
    readings.push_back({states_[k].gyro / scale, scale, Scatter(states_[k])});
  }
  std::stable_sort(readings.begin(), readings.end(),
                   [](const auto& a, const auto& b) { return a.scatter < b.scatter; });
  return readings;
}

double InertialConsistency::StaticScatter() const {
  const State& ignored = states_.back();
  return windows_ > 0 ? std::sqrt(ignored.squares / (windows_ * (kBlocks - 1))) : 0;
}

}  // namespace nightjar
