// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "calibration/camera_model.h"
#include "core/image.h"
#include "core/motion_spline.h"
#include "core/result.h"
#include "data/simulator/camera_trail.h"
#include "data/simulator/surface_tree.h"

namespace nightjar {

/// A depth sensor that projects a pattern and triangulates it: the defaults are the first Kinect's.
///
/// Axial noise, with z the distance along the optical axis and theta the angle between the ray and
/// the surface's normal (Nguyen, Izadi, Lovell, "Modeling Kinect sensor noise for improved 3D
/// reconstruction and tracking", 3DIMPVT 2012, eq. 3; its last term is small below 60 degrees):
///     sigma_z = 0.0012 + 0.0019 (z - 0.4)^2 + 0.0001 / sqrt(z) * theta^2 / (pi/2 - theta)^2   [m]
/// Disparity comes in steps of 1/8 px (Khoshelham, Elberink, "Accuracy and resolution of Kinect
/// depth data for indoor mapping applications", Sensors 12, 2012), so that depth comes in steps of
/// z^2 / (f b) / 8, which are 7 cm at 5 m. sigma_z was measured with the steps in it: what is added
/// before the rounding is what makes sigma_z together with it.
///
/// Where there is no depth is a model of our own, made to the limits that the two papers report:
/// nearer and farther than the range; at a slant beyond `smallest_cosine`; where too little of the
/// pattern comes back; where the pattern does not fall because something is before it.
///
/// Neighbours' errors are independent here; in a real sensor they are alike over the matching
/// window.
struct DepthSensorOptions {
  double constant_m = 0.0012;       // 0 .. 1
  double quadratic_per_m = 0.0019;  // 0 .. 1
  double sharpest_m = 0.4;          // 0 .. 100
  double slant = 0.0001;            // m^(3/2), 0 .. 1
  /// px: by how much the outline of a thing is frayed, 1 sigma (the paper's lateral noise, at right
  /// angles). It decides which surface a pixel sees, not where on it. 0 .. 10
  double lateral_px = 0.8;
  double focal_baseline_px_m = 580 * 0.075;          // 0.1 .. 10000
  double disparity_step_px = 0.125;                  // 0.001 .. 1
  Eigen::Vector3d projector_camera = {0.075, 0, 0};  // where the pattern comes from, m
  double nearest_m = 0.5;                            // 0.01 .. farthest_m
  double farthest_m = 5;                             // .. 65, what the file's 16 bits of mm hold
  double smallest_cosine = 0.26;                     // of theta, 0.01 .. 1; 0.26 is 75 degrees
  /// What comes back, albedo * cos(theta) / z^2 in 1/m^2, that just does. A black thing (albedo
  /// 0.05) is then lost beyond 2 m. A pixel's own threshold differs from it, anew in every frame,
  /// by a share of `signal_sigma`, normally distributed.
  double smallest_signal = 0.0125;  // 0 .. 1000
  double signal_sigma = 0.25;       // 0 .. 10

  Status Validate() const;  // kUsage with the field that is out of its range
};

/// 1 sigma of a depth, m, the disparity's steps included; `cosine` of theta.
double DepthSigma(const DepthSensorOptions& options, double z_m, double cosine);

/// The probability that what comes back is too little.
double SignalDropout(const DepthSensorOptions& options, double albedo, double z_m, double cosine);

/// Lines of a depth sensor's sensor.yaml that say how it errs (docs/formats/sensor-log.md).
std::string DescribeDepthNoise(const DepthSensorOptions& options);

/// Sees depth through a camera as a sensor does. Immutable; safe to use from several threads.
class DepthSensor {
 public:
  /// Unprojects every pixel once. `options` are valid. `scene`, which has textures, and `surfaces`
  /// outlive it. `camera`: its number, which with seed, frame and pixel fixes the noise.
  DepthSensor(const DepthSensorOptions& options, const SimulatedScene& scene,
              const SurfaceTree& surfaces, const CameraModel& model, int width, int height,
              uint64_t seed, int camera);

  /// Along the camera's z axis, mm, in the middle of each row's exposure; 0 = unknown. `frame`: its
  /// number.
  Image<uint16_t> Sense(const MotionSpline& T_world_body, const Se3& T_body_camera,
                        const ExposureSpan& span, int64_t frame) const;

 private:
  // One row's instant.
  struct View {
    Se3 T_world_camera;
    std::vector<Se3> T_world_objects;
  };
  // What a pixel's random numbers decide: standard normal ones.
  struct Chances {
    double aside, below, axial, signal;
  };
  const Eigen::Vector3d& Bearing(int x, int y) const;
  Eigen::Vector3d FrayedBearing(int x, int y, const Chances& chances) const;
  uint16_t SensePixel(const View& view, int x, int y, const Chances& chances) const;
  float Albedo(const Panel& panel, const Eigen::Vector3d& place) const;

  DepthSensorOptions options_;
  const SimulatedScene& scene_;
  const SurfaceTree& surfaces_;
  int width_, height_;
  uint64_t seed_;
  int camera_;
  std::vector<Eigen::Vector3d> bearings_;  // row by row; zero where there is none
};

}  // namespace nightjar
