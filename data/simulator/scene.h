// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <vector>

#include "core/motion_spline.h"
#include "data/simulator/texture.h"
#include "data/simulator/workers.h"

namespace nightjar {

/// How brightly each place of a panel is lit, relative to the scene's mean.
struct LightMap {
  int columns = 1;
  int rows = 1;
  std::vector<float> irradiance = {1.0F};  // row by row, at the centres of equal cells
};

/// A textured rectangle: all that a scene is made of. A surface scatters light alike into all
/// directions (Lambert).
struct Panel {
  Eigen::Vector3d corner = Eigen::Vector3d::Zero();  // of (u, v) = (0, 0), m, in its object's frame
  Eigen::Vector3d u_axis = Eigen::Vector3d::UnitX();  // unit
  Eigen::Vector3d v_axis = Eigen::Vector3d::UnitY();  // unit, at right angles to u_axis
  double width = 1;                                   // along u, m
  double height = 1;                                  // along v, m
  bool two_sided = false;                             // otherwise seen from where the normal points
  int texture = 0;                                    // index into SimulatedScene::textures
  double texels_per_m = 200;
  Eigen::Vector2d texture_origin = Eigen::Vector2d::Zero();  // texels, at (u, v) = (0, 0)
  Eigen::Vector3f tint = Eigen::Vector3f::Ones();            // red, green, blue: times the albedo
  int object = -1;  // index into SimulatedScene::objects; -1: still
  LightMap light = {};

  Eigen::Vector3d Normal() const { return u_axis.cross(v_axis); }
  Eigen::Vector3d At(double u, double v) const { return corner + u * u_axis + v * v_axis; }
};

/// A luminous ball.
struct Lamp {
  Eigen::Vector3d centre = Eigen::Vector3d::Zero();  // world, m
  double radius = 0.1;                               // m
  double intensity = 1;                              // relative to the other lamps
};

/// How the light of lamps changes over time: all alike, as on one phase of the mains.
struct LampFlicker {
  double frequency_hz = 100;  // of the light: twice the mains'
  double depth = 0;           // 0 .. 1: (brightest - darkest) / (brightest + darkest)
  double phase_rad = 0;       // of the sine at the motion's 0

  /// Light over its mean, averaged over [begin_s, end_s]; of the instant where they are equal.
  double MeanGain(double begin_s, double end_s) const;
};

/// What a simulated rig looks at. World: z up.
struct SimulatedScene {
  std::vector<Texture> textures;
  std::vector<Panel> panels;
  std::vector<Lamp> lamps;
  std::vector<MotionSpline> objects;  // T_world_object over time
  double ambient_share = 0.15;        // of the mean irradiance: light that comes from everywhere
  LampFlicker flicker;                // of the rest
};

/// Fills in the light map of every panel: lamps with soft shadows of what stands still, plus
/// ambient light, so that the mean over the area of what stands still is 1. Moving panels are lit
/// as if nothing stood between them and the lamps, where they are at `t_s`.
void LightScene(SimulatedScene& scene, double t_s, const Workers& workers = OneByOne);

}  // namespace nightjar
