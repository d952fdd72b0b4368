// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <vector>

#include "calibration/camera_model.h"
#include "calibration/rig.h"
#include "core/image.h"
#include "core/motion_spline.h"
#include "data/simulator/camera_trail.h"
#include "data/simulator/culling.h"
#include "data/simulator/ray_casting.h"
#include "data/simulator/scene.h"
#include "data/simulator/shading.h"

namespace nightjar {

/// Sees a scene through a camera that moves: rays from every pixel, against every panel, at several
/// instants of the exposure, so that motion blur, rolling shutter and the edges of things are those
/// of an area sensor that integrates light. Immutable; safe to use from several threads.
class Renderer {
 public:
  /// Unprojects every pixel once: to use for many frames. `scene` outlives it.
  Renderer(const Scene& scene, const CameraModel& model, int width, int height);

  /// How bright each pixel sees the scene: albedo times irradiance relative to the scene's mean
  /// times the lens' natural vignetting (cos^4 of the field angle, not below 0.2). 0 where the
  /// model has no ray. With a colour filter each pixel sees its own colour; without one, green.
  Image<float> Radiance(const MotionSpline& T_world_body, const Se3& T_body_camera,
                        const ExposureSpan& span, ColourFilter filter = ColourFilter::kNone) const;

  /// Distance along the camera's z axis, m, through the centre of every pixel in the middle of its
  /// row's exposure; 0 where there is nothing.
  Image<float> Depth(const MotionSpline& T_world_body, const Se3& T_body_camera,
                     const ExposureSpan& span) const;

  /// Mean radiance over a grid of about 48 x 32 pixels at one instant: what an exposure meter sees.
  double MeanRadiance(const MotionSpline& T_world_body, const Se3& T_body_camera, double t_s) const;

  int width() const { return width_; }
  int height() const { return height_; }

 private:
  static constexpr int kBlock = 4;  // tiles
  static constexpr int kSubpixels = 4;

  struct TileView {
    ViewCone cone;
    float pixel_angle = 0;  // rad; 0: the tile sees nothing
  };

  size_t TileIndex(int tile_x, int tile_y) const {
    return static_cast<size_t>(tile_y) * static_cast<size_t>(tiles_x_) +
           static_cast<size_t>(tile_x);
  }
  void UnprojectTiles(const CameraModel& model);
  void UnprojectTile(const CameraModel& model, const std::vector<Eigen::Vector3d>& corners,
                     int tile_x, int tile_y);
  void BoundBlocks();
  int TapsFor(const MotionSpline& T_world_body, const ExposureSpan& span) const;
  /// Calls visit(tile_x, tile_y, panels) for every tile that sees any.
  template <typename Visit>
  void ForTiles(const CameraTrail& trail, Visit visit) const;
  /// Calls visit(i, x, y) for every pixel of a tile that is in the image, with its index in the
  /// tile.
  template <typename Visit>
  void ForPixels(int tile_x, int tile_y, Visit visit) const;
  void CastTile(const TileRays& rays, const std::vector<SeenPanel>& panels,
                const CameraTrail& trail, int tap, int first_row, TileHits& hits) const;

  const Scene& scene_;
  Shader shader_;
  int width_, height_;
  int tiles_x_, tiles_y_;
  double typical_pixel_angle_ = 1e-3;  // rad, in the middle of the image
  std::vector<TileRays> subpixels_[kSubpixels];
  std::vector<TileRays> centres_;
  std::vector<TileView> views_;
  std::vector<ViewCone> blocks_;   // of kBlock x kBlock tiles each, row by row
  std::vector<float> vignetting_;  // row by row
};

}  // namespace nightjar
