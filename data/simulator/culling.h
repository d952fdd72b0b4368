// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <array>
#include <vector>

#include "data/simulator/camera_trail.h"
#include "data/simulator/scene.h"

namespace nightjar {

/// All directions within an angle of an axis (camera frame).
struct ViewCone {
  Eigen::Vector3d axis = Eigen::Vector3d::UnitZ();  // unit
  double cosine = 1;                                // of the angle
  double sine = 0;

  static ViewCone Around(const std::vector<Eigen::Vector3d>& bearings, double margin_rad);
};

/// A panel from where the camera is: at the first tap of the first of some rows and at the last tap
/// of the last one. In between it is taken to be in the hull of the two.
struct SeenPanel {
  int panel = 0;
  std::array<Eigen::Vector3d, 8> corners;  // camera frame, m: four at either end
  std::array<Eigen::Vector3d, 8> sides;    // of the pyramid from the camera to the panel: unit
                                           // normals that point inwards, four at either end
  std::array<Eigen::Vector3d, 2> inverse;  // the ray r meets the plane at 1 / inverse.dot(r), 1/m;
                                           // zero where the panel is seen from behind
  Eigen::Vector3d direction;               // of a ball around the corners, unit
  double cosine = -1;  // of the angle that the ball is seen under; -1: inside it
  double sine = 0;
};

/// The panels whose front the camera is on.
std::vector<SeenPanel> SeePanels(const Scene& scene, const CameraTrail& trail, int first_row,
                                 int last_row);

/// Those of `candidates` that may be seen within the cone: none that can is missing.
std::vector<const SeenPanel*> Within(const ViewCone& cone,
                                     const std::vector<const SeenPanel*>& candidates);

/// Leaves out those of `candidates` that another one hides from the whole cone. True: a single one
/// is left, and it fills the cone.
bool RemoveHidden(const ViewCone& cone, std::vector<const SeenPanel*>& candidates);

}  // namespace nightjar
