// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <vector>

#include "data/simulator/scene.h"

namespace nightjar {

/// A point on a surface that can be recognised again.
struct SceneLandmark {
  Eigen::Vector3d position = Eigen::Vector3d::Zero();  // m, in its object's frame; world if still
  Eigen::Vector3d normal = Eigen::Vector3d::UnitZ();   // of the surface, unit, idem
  int panel = 0;                                       // index into SimulatedScene::panels
  int object = -1;  // index into SimulatedScene::objects; -1: still
};

/// Landmarks spread evenly over the front of every panel, on average `per_m2` of them on a square
/// metre: what is painted on it does not matter. A panel's landmarks are a function of the seed,
/// its number and its size alone.
std::vector<SceneLandmark> PlaceLandmarks(const SimulatedScene& scene, double per_m2,
                                          uint64_t seed);

}  // namespace nightjar
