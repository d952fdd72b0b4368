// SPDX-License-Identifier: Apache-2.0
#include "data/rig_agreement.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "calibration/camera_yaml.h"
#include "core/so3.h"

namespace nightjar {
namespace {

constexpr double kRounding = 1e-6;       // of a value
constexpr double kPoseRounding = 1e-5;   // rad, m
constexpr double kInverseWithin = 1e-2;  // rad, m
constexpr double kClearlyNearer = 10;

std::string Text(double value) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.9g", value);
  return text;
}

bool Differ(double a, double b) {
  return std::abs(a - b) > kRounding * std::max(std::abs(a), std::abs(b));
}

// How far one pose is from another: the larger of rad and m.
double Distance(const Se3& T_a, const Se3& T_b) {
  const Se3 between = T_a.Inverse() * T_b;
  return std::max(so3::Log(between.rotation).norm(), between.translation.norm());
}

// Collects what differs.
class Differences {
 public:
  void Number(const std::string& name, double used, double other) {
    if (Differ(used, other)) Say(name, Text(used), Text(other));
  }
  // 0 is what a file that does not know it leaves.
  void Known(const std::string& name, double used, double other) {
    if (other != 0) Number(name, used, other);
  }
  void Say(const std::string& name, const std::string& used, const std::string& other) {
    found_.push_back(name + " is " + other + " here and " + used +
                     " in the rig's file, which wins");
  }
  void Pose(const std::string& name, const Se3& used, const Se3& other) {
    const Se3 between = used.Inverse() * other;
    const double angle = so3::Log(between.rotation).norm();
    const double distance = between.translation.norm();
    if (std::max(angle, distance) <= kPoseRounding) return;
    const auto rounded = [](double value) { return Text(value <= kPoseRounding ? 0 : value); };
    found_.push_back(name + " is " + rounded(distance) + " m and " + rounded(angle) +
                     " rad from what the rig's file says, which wins");
  }
  // Lines of a file, as they are.
  void Lines(const std::vector<std::string>& used, const std::vector<std::string>& other) {
    for (const std::string& line : other) {
      if (std::find(used.begin(), used.end(), line) == used.end())
        found_.push_back("'" + line + "' is not what the rig's file says, which wins");
    }
  }
  std::vector<std::string> Take() { return std::move(found_); }

 private:
  std::vector<std::string> found_;
};

void CompareModels(const CameraModel& used, const CameraModel& other, Differences& differences) {
  const std::vector<double> a = used.Parameters();
  const std::vector<double> b = other.Parameters();
  if (used.Name() != other.Name() || a.size() != b.size()) {
    const auto text = [](const CameraModel& model, size_t count) {
      return model.Name() + " of " + std::to_string(count) + " parameters";
    };
    differences.Say("camera model", text(used, a.size()), text(other, b.size()));
    return;
  }
  constexpr std::array<const char*, 4> kIntrinsics = {"fx", "fy", "cx", "cy"};
  for (size_t i = 0; i < a.size(); ++i) {
    differences.Number(i < kIntrinsics.size()
                           ? kIntrinsics[i]
                           : "distortion coefficient " + std::to_string(i - kIntrinsics.size() + 1),
                       a[i], b[i]);
  }
}

// What SampleLines writes, with the numbers that are compared as numbers taken out.
std::vector<std::string> WordLines(RigCamera camera) {
  camera.time_offset_s = 0;
  camera.readout_s = 0;
  return SampleLines(camera);
}

}  // namespace

std::vector<std::string> DifferencesOfCamera(const RigCamera& used, const RigCamera& other) {
  Differences differences;
  differences.Number("width", used.width, other.width);
  differences.Number("height", used.height, other.height);
  differences.Known("rate_hz", used.rate_hz, other.rate_hz);
  CompareModels(*used.model, *other.model, differences);
  differences.Pose("T_BS", used.T_body_camera, other.T_body_camera);
  differences.Known("time_offset_s", used.time_offset_s, other.time_offset_s);
  differences.Known("readout_s", used.readout_s, other.readout_s);
  differences.Lines(WordLines(used), WordLines(other));
  return differences.Take();
}

std::vector<std::string> DifferencesOfImu(const RigImu& used, const RigImu& other) {
  Differences differences;
  differences.Known("rate_hz", used.rate_hz, other.rate_hz);
  const ImuNoise& a = used.noise;
  const ImuNoise& b = other.noise;
  differences.Known("gyroscope_noise_density", a.gyro_noise_density, b.gyro_noise_density);
  differences.Known("gyroscope_random_walk", a.gyro_random_walk, b.gyro_random_walk);
  differences.Known("accelerometer_noise_density", a.accelerometer_noise_density,
                    b.accelerometer_noise_density);
  differences.Known("accelerometer_random_walk", a.accelerometer_random_walk,
                    b.accelerometer_random_walk);
  return differences.Take();
}

bool IsInverse(const Se3& T, const Se3& other) {
  const double inverted = Distance(T, other.Inverse());
  const double straight = Distance(T, other);
  return inverted <= kInverseWithin && straight > kPoseRounding &&
         straight > kClearlyNearer * inverted;
}

}  // namespace nightjar
