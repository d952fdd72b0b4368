// SPDX-License-Identifier: Apache-2.0
#include "tests/pipeline/scene_truth.h"

#include <yaml-cpp/yaml.h>

#include <cmath>
#include <sstream>
#include <string>

#include "core/so3.h"
#include "data/trajectory_file.h"
#include "spatial/trajectory_error.h"

namespace nightjar {
namespace {

// The value that follows an option of the command.
std::string After(const std::vector<std::string>& words, const std::string& option,
                  const std::string& missing) {
  for (size_t i = 0; i + 1 < words.size(); ++i)
    if (words[i] == option) return words[i + 1];
  return missing;
}

Result<SimulationOptions> OptionsOf(const std::filesystem::path& log) {
  try {
    std::istringstream command(
        YAML::LoadFile((log / "log.yaml").string())["command"].as<std::string>());
    std::vector<std::string> words;
    for (std::string word; command >> word;) words.push_back(word);
    SimulationOptions options;
    options.seconds = std::stod(After(words, "--seconds", "10"));
    options.motion = HeadMotionNamed(After(words, "--motion", "walk")).value_or(HeadMotion::kWalk);
    options.rig = After(words, "--rig", "stereo-mono");
    options.seed = std::stoull(After(words, "--seed", "1"));
    options.images = false;
    options.tracks = LandmarkTracksOptions{};  // a room without paint
    return options;
  } catch (const std::exception& error) {
    return Fail(ErrorKind::kUnusableInput, error.what(), (log / "log.yaml").string());
  }
}

}  // namespace

Result<std::unique_ptr<SceneTruth>> SceneTruth::Read(const std::filesystem::path& log) {
  const auto options = OptionsOf(log);
  if (!options) return tl::unexpected(options.error());
  auto truth = std::make_unique<SceneTruth>();
  auto simulation = Simulation::Create(*options);
  if (!simulation) return tl::unexpected(simulation.error());
  truth->simulation_ = *std::move(simulation);
  truth->tree_ = std::make_unique<SurfaceTree>(truth->simulation_->scene());
  auto poses = ReadTrajectoryFile(log / "truth/state.csv");
  if (!poses) return tl::unexpected(poses.error());
  truth->poses_ = *std::move(poses);
  return truth;
}

Eigen::Vector3d SceneTruth::RoomSize() const {
  const Panel& floor = panel(0);
  return {floor.width, floor.height, std::abs(panel(1).corner.z() - floor.corner.z())};
}

std::optional<Se3> SceneTruth::PoseAt(SensorTime time) const {
  return InterpolatePose(poses_, time, 0.1);
}

std::optional<Se3> TruthFromEstimate(const SceneTruth& truth, const Keyframe& first) {
  const auto pose = truth.PoseAt(first.state.time);
  if (!pose) return std::nullopt;
  const Se3& estimate = first.state.T_world_body;
  const Eigen::Matrix3d R = (pose->rotation * estimate.rotation.conjugate()).toRotationMatrix();
  const double yaw = std::atan2(R(1, 0) - R(0, 1), R(0, 0) + R(1, 1));
  const Eigen::Quaterniond turn = so3::Exp({0, 0, yaw});
  return Se3{turn, pose->translation - turn * estimate.translation};
}

}  // namespace nightjar
