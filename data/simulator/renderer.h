// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <array>
#include <vector>

#include "calibration/camera_model.h"
#include "calibration/rig.h"
#include "core/image.h"
#include "core/motion_spline.h"
#include "data/simulator/camera_trail.h"
#include "data/simulator/culling.h"
#include "data/simulator/panel_views.h"
#include "data/simulator/ray_casting.h"
#include "data/simulator/scene.h"
#include "data/simulator/shading.h"
#include "data/simulator/tile_light.h"
#include "data/simulator/workers.h"

namespace nightjar {

/// Sees a scene through a camera that moves: rays from every pixel, against every panel, at several
/// instants of the exposure, so that motion blur, rolling shutter and the edges of things are those
/// of an area sensor that integrates light. Immutable; safe to use from several threads.
class Renderer {
 public:
  /// Unprojects every pixel once: to use for many frames. `scene` outlives it.
  Renderer(const SimulatedScene& scene, const CameraModel& model, int width, int height,
           const Workers& workers = OneByOne);

  /// How bright each pixel sees the scene: albedo times irradiance relative to the scene's mean
  /// times the lens' natural vignetting (cos^4 of the field angle, not below 0.2). 0 where the
  /// model has no ray. With a colour filter each pixel sees its own colour; without one, green.
  Image<float> Radiance(const MotionSpline& T_world_body, const Se3& T_body_camera,
                        const ExposureSpan& span, ColourFilter filter = ColourFilter::kNone) const;

  /// Distance along the camera's z axis, m, through the centre of every pixel in the middle of its
  /// row's exposure; 0 where there is nothing.
  Image<float> Depth(const MotionSpline& T_world_body, const Se3& T_body_camera,
                     const ExposureSpan& span) const;

  /// Mean radiance over a grid of every eighth pixel at one instant: what an exposure meter sees.
  double MeanRadiance(const MotionSpline& T_world_body, const Se3& T_body_camera, double t_s) const;

  int width() const { return width_; }
  int height() const { return height_; }
  /// What a pixel in the middle of the image spans, rad.
  double typical_pixel_angle() const { return typical_pixel_angle_; }

 private:
  static constexpr int kBlock = 4;  // tiles

  struct TileView {
    ViewPyramid pyramid;
    float pixel_angle = 0;  // rad; 0: the tile sees nothing
  };

  /// What a tile sees.
  struct TileSight {
    PanelViews views;  // of the tile's row of blocks
    std::vector<PanelTrack> panels = {};
    bool filled_by_one = false;  // there is one panel and it fills the tile
  };
  struct Rows {
    Float8 of_tile[kTile] = {};

    Float8* data() { return of_tile; }
    const Float8& operator[](size_t row) const { return of_tile[row]; }
  };
  static ColoursOfTile ColoursOf(ColourFilter filter);

  /// Some taps of a tile, one at each subpixel.
  struct Taps {
    const CameraTrail& trail;
    size_t tile;
    int first_row;
    const ColoursOfTile& colours;
    int group = 0;  // of the taps, of kSubpixels each

    /// The tap at a subpixel. An instant is seen from all of them. Over an exposure every second
    /// group goes through them in reverse: otherwise what moves along the order would blur less
    /// than what moves against it.
    int At(int subpixel) const {
      if (trail.taps() == 1) return 0;
      return group * kSubpixels + (group % 2 == 0 ? subpixel : kSubpixels - 1 - subpixel);
    }
    /// Those on the finer level lie around the middle of their group's time: otherwise what is fine
    /// is seen shifted.
    std::array<float, kSubpixels> Dithers() const {
      if (group % 2 == 0) return {0.125F, 0.625F, 0.875F, 0.375F};
      return {0.375F, 0.875F, 0.625F, 0.125F};
    }
  };

  size_t TileIndex(int tile_x, int tile_y) const {
    return static_cast<size_t>(tile_y) * static_cast<size_t>(tiles_x_) +
           static_cast<size_t>(tile_x);
  }
  void UnprojectTiles(const CameraModel& model, const Workers& workers);
  void UnprojectTile(const CameraModel& model, const std::vector<Eigen::Vector3d>& corners,
                     int tile_x, int tile_y);
  void BoundBlocks();
  /// 1 where the image is as sharp as at an instant.
  int TapsFor(const MotionSpline& T_world_body, const ExposureSpan& span) const;
  /// Calls visit(tile_x, tile_y, TileSight&) for every tile that sees any panel.
  template <typename Visit>
  void ForTiles(const CameraTrail& trail, Visit visit) const;
  /// Calls visit(column, row, x, y) for every pixel of a tile that is in the image: its place in
  /// the tile and in the image.
  template <typename Visit>
  void ForPixels(int tile_x, int tile_y, Visit visit) const;
  /// Adds the light of one tap at each subpixel, of an instant the mean of them.
  void AddTaps(const Taps& taps, const TileSight& sight, Rows& light) const;
  /// How many taps a sample of a filled tile stands for: 1, or 2 where samples are then still close
  /// enough.
  int TapsOfSample(const CameraTrail& trail, size_t tile, const PanelTrack& panel) const;
  /// Adds the light of a tile that one panel fills. A sample is one for the whole pixel, whose area
  /// is left to the pyramid of the texture.
  void AddFilled(const CameraTrail& trail, const ColoursOfTile& colours, size_t tile_index,
                 int first_row, const PanelTrack& panel, Rows& light) const;

  const SimulatedScene& scene_;
  Shader shader_;
  const TileLight& kernels_ = FastestTileLight();
  int width_, height_;
  int tiles_x_, tiles_y_;
  double typical_pixel_angle_ = 1e-3;  // rad, in the middle of the image
  std::vector<TileRays> subpixels_[kSubpixels];
  std::vector<TileRays> centres_;
  std::vector<TileView> views_;
  std::vector<ViewPyramid> blocks_;  // of kBlock x kBlock tiles each, row by row
  std::vector<Rows> vignetting_;
};

}  // namespace nightjar
