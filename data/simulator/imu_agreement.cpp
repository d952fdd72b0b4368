// SPDX-License-Identifier: Apache-2.0
#include "data/simulator/imu_agreement.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <type_traits>

#include "core/trajectory.h"

namespace nightjar {
namespace {

constexpr Duration kWindow = std::chrono::milliseconds(100);
constexpr double kApart = 0.7;       // of the signal
constexpr double kLeastTurn = 0.15;  // rad/s
constexpr double kLeastForce = 2;    // m/s^2

// Means over one window.
struct Window {
  SensorTime begin;
  int samples = 0;
  Eigen::Vector3d measured_turn = Eigen::Vector3d::Zero();
  Eigen::Vector3d true_turn = Eigen::Vector3d::Zero();
  Eigen::Vector3d measured_force = Eigen::Vector3d::Zero();
  Eigen::Vector3d true_force = Eigen::Vector3d::Zero();

  void Divide() {
    for (Eigen::Vector3d* sum : {&measured_turn, &true_turn, &measured_force, &true_force})
      *sum /= samples;
  }
};

std::vector<Window> Windows(const MotionSpline& T_world_body, SensorTime zero,
                            const std::vector<ImuSample>& samples) {
  std::vector<Window> windows;
  for (const ImuSample& sample : samples) {
    if (windows.empty() || sample.time >= windows.back().begin + kWindow)
      windows.push_back({sample.time});
    Window& window = windows.back();
    const Motion motion = T_world_body.At(ToSeconds(sample.time - zero));
    window.measured_turn += sample.angular_velocity_body;
    window.true_turn += motion.angular_velocity_body;
    window.measured_force += sample.specific_force_body;
    window.true_force +=
        motion.T_world_body.rotation.conjugate() * (motion.acceleration_world - kGravityWorld);
    ++window.samples;
  }
  for (Window& window : windows) window.Divide();
  return windows;
}

// Mean square of value(window), about its mean where asked.
template <typename Value>
double MeanSquare(const std::vector<Window>& windows, bool about_mean, const Value& value) {
  using Number = std::decay_t<decltype(value(windows.front()))>;
  const auto n = static_cast<double>(windows.size());
  Number mean = Number(0 * value(windows.front()));
  for (const Window& window : windows) mean += value(window) / n;
  double sum = 0;
  for (const Window& window : windows) {
    const Number rest = about_mean ? Number(value(window) - mean) : Number(value(window));
    if constexpr (std::is_same_v<Number, double>)
      sum += rest * rest / n;
    else
      sum += rest.squaredNorm() / n;
  }
  return sum;
}

Status Refuse(const std::string& how, double apart, double signal, const char* unit) {
  return Fail(ErrorKind::kUnusableInput,
              fmt::format("{} than the trajectory: means over 0.1 s are {:.3g} {} apart (RMS), "
                          "where {:.3g} {} are what they change by",
                          how, apart, unit, signal, unit),
              {},
              "give the samples that were taken on this trajectory, on its clock, in SI units and "
              "the body's axes");
}

}  // namespace

Status ImuAgreement::Check() const {
  if (gyro_apart > std::max(kLeastTurn, kApart * gyro_signal))
    return Refuse("turns otherwise", gyro_apart, gyro_signal, "rad/s");
  if (force_apart > std::max(kLeastForce, kApart * force_signal))
    return Refuse("feels another force", force_apart, force_signal, "m/s^2");
  return {};
}

ImuAgreement CompareImu(const MotionSpline& T_world_body, SensorTime zero,
                        const std::vector<ImuSample>& samples) {
  const std::vector<Window> windows = Windows(T_world_body, zero, samples);
  if (windows.size() < 2) return {};
  using Vector = Eigen::Vector3d;
  const auto turn_apart = [](const Window& w) { return Vector(w.measured_turn - w.true_turn); };
  const auto measured_turn = [](const Window& w) { return w.measured_turn; };
  const auto true_turn = [](const Window& w) { return w.true_turn; };
  const auto measured_force = [](const Window& w) { return w.measured_force.norm(); };
  const auto true_force = [](const Window& w) { return w.true_force.norm(); };
  const auto force_apart = [](const Window& w) {
    return w.measured_force.norm() - w.true_force.norm();
  };
  ImuAgreement agreement;
  agreement.gyro_apart = std::sqrt(MeanSquare(windows, true, turn_apart));
  agreement.gyro_signal = std::sqrt(
      0.5 * (MeanSquare(windows, true, measured_turn) + MeanSquare(windows, true, true_turn)));
  agreement.force_apart = std::sqrt(MeanSquare(windows, false, force_apart));
  agreement.force_signal = std::sqrt(
      0.5 * (MeanSquare(windows, true, measured_force) + MeanSquare(windows, true, true_force)));
  return agreement;
}

}  // namespace nightjar
