// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <vector>

#include "core/depth_map.h"
#include "core/image.h"
#include "core/landmark.h"
#include "core/se3.h"

namespace nightjar {

/// A pixel of a keyframe's picture with a strong gradient.
struct GradientPixel {
  uint16_t x = 0;
  uint16_t y = 0;
};

struct SemidenseOptions {
  /// px, 2 .. 64: one pixel per square of this edge at most.
  int cell_px = 8;
  /// grey values per pixel: less is no texture.
  double least_gradient = 6;
  /// 1 .. 20: keyframes that have to agree on a point.
  int least_views = 3;
  /// Points that are kept; those seen most often first.
  int64_t most_points = 100000;
  /// 0 .. 1: correlation of the errors that two keyframes' depth has of one point. Measured on
  /// simulated walks with a depth sensor and with stereo (docs/maths/scene.md).
  double correlation = 0.85;
};

/// Of each square of a picture (grey, undistorted) the pixel of the strongest gradient (central
/// differences), if it is strong enough, row by row.
std::vector<GradientPixel> GradientPixels(const Image<uint8_t>& picture,
                                          const SemidenseOptions& options);

/// Points on edges and texture, each an inverse distance along the ray of the keyframe that saw it
/// first, filtered over those after it (Engel, Sturm, Cremers, "Semi-dense visual odometry for a
/// monocular camera", ICCV 2013): a keyframe that sees the point at a distance within 3 sigma
/// confirms it and is averaged in, weighted by variance, one that sees through or past it
/// contradicts it. A pixel beside a jump in depth is not taken. Depth of keyframes is filtered with
/// its neighbours' and their errors are those of one texture: the mean's variance has the share
/// `correlation` of one measurement's, and 3 mm are added.
class SemidenseFilter {
 public:
  explicit SemidenseFilter(const SemidenseOptions& options) : options_(options) {}

  /// In the order of the keyframes; `pixels` of the map's view.
  void AddKeyframe(const DepthMap& map, const Se3& T_world_camera,
                   const std::vector<GradientPixel>& pixels);

  /// Points that enough keyframes agree on, with numbers from kFirstSemidenseTrack on.
  /// `origins_world` (may be null): where the camera was that saw each first.
  std::vector<Landmark> Finish(int map,
                               std::vector<Eigen::Vector3d>* origins_world = nullptr) const;

 private:
  struct Point {
    Eigen::Vector3d origin_world;  // of the ray
    Eigen::Vector3d ray_world;     // unit
    double inverse_distance = 0;
    double information = 0;  // sum of 1 / variance of the inverse distance
    int views = 0;
    int contradictions = 0;
    int last = 0;        // keyframe that saw it last
    int64_t number = 0;  // of all that ever were
  };
  void Track(const DepthMap& map, const Se3& T_world_camera, std::vector<bool>& taken);
  void Forget();
  bool IsConfirmed(const Point& point) const;
  void KeepMost(std::vector<Point>& points) const;

  SemidenseOptions options_;
  std::vector<Point> active_;    // that may still be seen
  std::vector<Point> finished_;  // confirmed, and not seen for long; twice most_points at most
  int64_t points_ = 0;
  int number_ = 0;
};

/// Tracks of the estimator have lower numbers.
inline constexpr uint64_t kFirstSemidenseTrack = uint64_t{1} << 40;

}  // namespace nightjar
