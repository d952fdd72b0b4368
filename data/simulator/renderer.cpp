// SPDX-License-Identifier: Apache-2.0
#include "data/simulator/renderer.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/portable_math.h"

namespace nightjar {
namespace {

using Eigen::Vector3d;

// Blur is made of at most that many instants; beyond, it is made of more than a pixel each.
constexpr int kMostTaps = 24;

// Of the pixels of a tile of 2 x 2, row by row.
std::array<Colour, 4> TileColours(ColourFilter filter) {
  switch (filter) {
    case ColourFilter::kNone: break;
    case ColourFilter::kRggb: return {kRed, kGreen, kGreen, kBlue};
    case ColourFilter::kBggr: return {kBlue, kGreen, kGreen, kRed};
    case ColourFilter::kGrbg: return {kGreen, kRed, kBlue, kGreen};
    case ColourFilter::kGbrg: return {kGreen, kBlue, kRed, kGreen};
  }
  return {kGreen, kGreen, kGreen, kGreen};
}

// Zero where the model has none.
Vector3d Bearing(const CameraModel& model, double x, double y) {
  return model.Unproject(Eigen::Vector2d(x, y)).value_or(Vector3d::Zero());
}

template <typename Rays>
void Set(Rays& rays, size_t i, const Vector3d& bearing) {
  rays.x[i] = static_cast<float>(bearing.x());
  rays.y[i] = static_cast<float>(bearing.y());
  rays.z[i] = static_cast<float>(bearing.z());
}

}  // namespace

Renderer::Renderer(const Scene& scene, const CameraModel& model, int width, int height)
    : scene_(scene),
      shader_(scene),
      width_(width),
      height_(height),
      tiles_x_((width + kTile - 1) / kTile),
      tiles_y_((height + kTile - 1) / kTile) {
  UnprojectTiles(model);
  BoundBlocks();
}

// Bearings at the corners of the pixels, row by row; what is between them is interpolated: over a
// pixel a bearing is straight to a ten-thousandth of one.
void Renderer::UnprojectTiles(const CameraModel& model) {
  std::vector<Vector3d> corners;
  corners.reserve(static_cast<size_t>(width_ + 1) * static_cast<size_t>(height_ + 1));
  for (int y = 0; y <= height_; ++y) {
    for (int x = 0; x <= width_; ++x) corners.push_back(Bearing(model, x - 0.5, y - 0.5));
  }
  const auto tiles = static_cast<size_t>(tiles_x_) * static_cast<size_t>(tiles_y_);
  for (auto& table : subpixels_) table.assign(tiles, {});
  centres_.assign(tiles, {});
  views_.assign(tiles, {});
  vignetting_.assign(static_cast<size_t>(width_) * static_cast<size_t>(height_), 0);
  for (int tile_y = 0; tile_y < tiles_y_; ++tile_y) {
    for (int tile_x = 0; tile_x < tiles_x_; ++tile_x) UnprojectTile(model, corners, tile_x, tile_y);
  }
  const TileView& middle = views_[TileIndex(tiles_x_ / 2, tiles_y_ / 2)];
  if (middle.pixel_angle > 0) typical_pixel_angle_ = static_cast<double>(middle.pixel_angle);
}

void Renderer::UnprojectTile(const CameraModel& model, const std::vector<Vector3d>& corners,
                             int tile_x, int tile_y) {
  // A rotated grid: no two samples of a pixel share a row or a column.
  constexpr double kPlaces[kSubpixels][2] = {
      {0.375, 0.125}, {0.875, 0.375}, {0.125, 0.625}, {0.625, 0.875}};
  const auto stride = static_cast<size_t>(width_ + 1);
  const size_t tile = TileIndex(tile_x, tile_y);
  std::vector<Vector3d> seen;
  for (size_t i = 0; i < kTilePixels; ++i) {
    const int x = tile_x * kTile + static_cast<int>(i) % kTile;
    const int y = tile_y * kTile + static_cast<int>(i) / kTile;
    if (x >= width_ || y >= height_) continue;  // stays a ray of length 0, which hits nothing
    const Vector3d* upper = &corners[static_cast<size_t>(y) * stride + static_cast<size_t>(x)];
    const Vector3d* lower = upper + stride;
    const Vector3d centre = Bearing(model, x, y);
    if (upper[0].isZero() || upper[1].isZero() || lower[0].isZero() || lower[1].isZero() ||
        centre.isZero()) {
      continue;
    }
    Set(centres_[tile], i, centre);
    for (size_t s = 0; s < kSubpixels; ++s) {
      const double u = kPlaces[s][0];
      const double v = kPlaces[s][1];
      const Vector3d above = (1 - u) * upper[0] + u * upper[1];
      const Vector3d below = (1 - u) * lower[0] + u * lower[1];
      Set(subpixels_[s][tile], i, ((1 - v) * above + v * below).normalized());
    }
    seen.insert(seen.end(), {upper[0], upper[1], lower[0], lower[1]});
    const double cosine2 = centre.z() > 0 ? centre.z() * centre.z() : 0;
    vignetting_[static_cast<size_t>(y) * static_cast<size_t>(width_) + static_cast<size_t>(x)] =
        static_cast<float>(std::max(0.2, cosine2 * cosine2));
  }
  if (seen.empty()) return;
  const double pixel_angle = (seen[1] - seen[0]).norm();
  views_[tile].pixel_angle = static_cast<float>(pixel_angle);
  views_[tile].cone = ViewCone::Around(seen, pixel_angle);
}

void Renderer::BoundBlocks() {
  for (int block_y = 0; block_y < tiles_y_; block_y += kBlock) {
    for (int block_x = 0; block_x < tiles_x_; block_x += kBlock) {
      std::vector<Vector3d> axes;
      double widest = 0;
      for (int y = block_y; y < std::min(block_y + kBlock, tiles_y_); ++y) {
        for (int x = block_x; x < std::min(block_x + kBlock, tiles_x_); ++x) {
          const TileView& view = views_[TileIndex(x, y)];
          if (view.pixel_angle == 0) continue;
          axes.push_back(view.cone.axis);
          widest = std::max(widest, portable::Atan2(view.cone.sine, view.cone.cosine));
        }
      }
      blocks_.push_back(ViewCone::Around(axes, widest));
    }
  }
}

template <typename Visit>
void Renderer::ForPixels(int tile_x, int tile_y, Visit visit) const {
  for (int j = 0; j < std::min(kTile, height_ - tile_y * kTile); ++j) {
    for (int i = 0; i < std::min(kTile, width_ - tile_x * kTile); ++i)
      visit(static_cast<size_t>(j * kTile + i), tile_x * kTile + i, tile_y * kTile + j);
  }
}

template <typename Visit>
void Renderer::ForTiles(const CameraTrail& trail, Visit visit) const {
  size_t block = 0;
  for (int block_y = 0; block_y < tiles_y_; block_y += kBlock) {
    const std::vector<SeenPanel> seen =
        SeePanels(scene_, trail, block_y * kTile, (block_y + kBlock) * kTile - 1);
    for (int block_x = 0; block_x < tiles_x_; block_x += kBlock, ++block) {
      const std::vector<SeenPanel> near = Within(blocks_[block], seen);
      for (int y = block_y; y < std::min(block_y + kBlock, tiles_y_); ++y) {
        for (int x = block_x; x < std::min(block_x + kBlock, tiles_x_); ++x) {
          const TileView& view = views_[TileIndex(x, y)];
          if (view.pixel_angle == 0) continue;
          const std::vector<SeenPanel> panels = Within(view.cone, near);
          if (!panels.empty()) visit(x, y, panels);
        }
      }
    }
  }
}

// As many as pixels that the image moves by during the exposure, so that each one blurs over one.
int Renderer::TapsFor(const MotionSpline& T_world_body, const ExposureSpan& span) const {
  constexpr double kTypicalDistance_m = 1.5;
  const Motion motion = T_world_body.At(span.mid_s);
  const double turn = motion.angular_velocity_body.norm() +
                      motion.velocity_world.norm() / kTypicalDistance_m;  // rad/s
  const double pixels = turn * span.exposure_s / typical_pixel_angle_;
  const int taps = static_cast<int>(std::ceil(std::min(pixels, 1e3)));
  // A multiple of the places in a pixel, so that each one counts alike.
  return std::clamp((taps + kSubpixels - 1) / kSubpixels * kSubpixels, kSubpixels, kMostTaps);
}

void Renderer::CastTile(const TileRays& rays, const std::vector<SeenPanel>& panels,
                        const CameraTrail& trail, int tap, int first_row, TileHits& hits) const {
  hits.Clear();
  const int step = trail.rolling() ? kTile : kTilePixels;  // pixels with one pose
  for (const SeenPanel& seen : panels) {
    const Panel& panel = scene_.panels[static_cast<size_t>(seen.panel)];
    for (int begin = 0; begin < kTilePixels; begin += step) {
      const int row = std::min(first_row + begin / kTile, height_ - 1);
      CastRays(rays, begin, begin + step, PanelView(panel, trail.At(panel.object, tap, row)),
               seen.panel, hits);
    }
  }
}

Image<float> Renderer::Radiance(const MotionSpline& T_world_body, const Se3& T_body_camera,
                                const ExposureSpan& span, ColourFilter filter) const {
  const std::array<Colour, 4> colours = TileColours(filter);
  const int taps = TapsFor(T_world_body, span);
  const CameraTrail trail(T_world_body, T_body_camera, scene_.objects, span, taps, height_);
  Image<float> radiance(width_, height_);
  radiance.fill(0);
  TileHits hits;
  ForTiles(trail, [&](int tile_x, int tile_y, const std::vector<SeenPanel>& panels) {
    const size_t tile = TileIndex(tile_x, tile_y);
    std::array<float, kTilePixels> sum = {};
    for (int tap = 0; tap < taps; ++tap) {
      CastTile(subpixels_[tap % kSubpixels][tile], panels, trail, tap, tile_y * kTile, hits);
      const float dither = (static_cast<float>(tap % kSubpixels) + 0.5F) / kSubpixels;
      for (size_t i = 0; i < sum.size(); ++i) {
        const size_t place = 2 * (i / kTile % 2) + i % 2;  // in the filter's tile of 2 x 2
        sum[i] += shader_.Brightness(hits, i, views_[tile].pixel_angle, colours[place], dither);
      }
    }
    ForPixels(tile_x, tile_y, [&](size_t i, int x, int y) {
      radiance(x, y) = sum[i] / static_cast<float>(taps) *
                       vignetting_[static_cast<size_t>(y) * static_cast<size_t>(width_) +
                                   static_cast<size_t>(x)];
    });
  });
  return radiance;
}

Image<float> Renderer::Depth(const MotionSpline& T_world_body, const Se3& T_body_camera,
                             const ExposureSpan& span) const {
  const CameraTrail trail(T_world_body, T_body_camera, scene_.objects,
                          {span.mid_s, 0, span.readout_s}, 1, height_);
  Image<float> depth(width_, height_);
  depth.fill(0);
  TileHits hits;
  ForTiles(trail, [&](int tile_x, int tile_y, const std::vector<SeenPanel>& panels) {
    const TileRays& rays = centres_[TileIndex(tile_x, tile_y)];
    CastTile(rays, panels, trail, 0, tile_y * kTile, hits);
    ForPixels(tile_x, tile_y, [&](size_t i, int x, int y) {
      depth(x, y) = hits.inverse[i] > 0 ? rays.z[i] / hits.inverse[i] : 0;
    });
  });
  return depth;
}

double Renderer::MeanRadiance(const MotionSpline& T_world_body, const Se3& T_body_camera,
                              double t_s) const {
  const CameraTrail trail(T_world_body, T_body_camera, scene_.objects, {t_s, 0, 0}, 1, height_);
  constexpr size_t kMiddle = kTilePixels / 2 + kTile / 2;
  TileHits hits;
  double sum = 0;
  int count = 0;
  ForTiles(trail, [&](int tile_x, int tile_y, const std::vector<SeenPanel>& panels) {
    const size_t tile = TileIndex(tile_x, tile_y);
    CastTile(centres_[tile], panels, trail, 0, tile_y * kTile, hits);
    if (!(hits.inverse[kMiddle] > 0)) return;
    const float brightness =
        shader_.Brightness(hits, kMiddle, kTile * views_[tile].pixel_angle, kGreen, 0.5F);
    const int x = std::min(tile_x * kTile + kTile / 2, width_ - 1);
    const int y = std::min(tile_y * kTile + kTile / 2, height_ - 1);
    sum += static_cast<double>(brightness) *
           static_cast<double>(vignetting_[static_cast<size_t>(y) * static_cast<size_t>(width_) +
                                           static_cast<size_t>(x)]);
    ++count;
  });
  return count > 0 ? sum / count : 0;
}

}  // namespace nightjar
