// SPDX-License-Identifier: Apache-2.0
#include "data/simulator/renderer.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/portable_math.h"

namespace nightjar {
namespace {

using Eigen::Vector3d;

// Blur is made of at most that many instants; beyond, each stands for more than kPixelsPerTap.
constexpr int kMostTaps = 24;

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

Renderer::TileColours Renderer::ColoursOf(ColourFilter filter) {
  switch (filter) {
    case ColourFilter::kNone: break;
    case ColourFilter::kRggb: return {{{kRed, kGreen}, {kGreen, kBlue}}};
    case ColourFilter::kBggr: return {{{kBlue, kGreen}, {kGreen, kRed}}};
    case ColourFilter::kGrbg: return {{{kGreen, kRed}, {kBlue, kGreen}}};
    case ColourFilter::kGbrg: return {{{kGreen, kBlue}, {kRed, kGreen}}};
  }
  return {{{kGreen, kGreen}, {kGreen, kGreen}}};
}

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
    const int first_row = block_y * kTile;
    const int last_row = (block_y + kBlock) * kTile - 1;
    const std::vector<SeenPanel> all = SeePanels(scene_, trail, first_row, last_row);
    std::vector<const SeenPanel*> seen;
    for (const SeenPanel& panel : all) seen.push_back(&panel);
    TileSight sight = {PanelViews(scene_, trail, first_row, last_row), {}, false};
    for (int block_x = 0; block_x < tiles_x_; block_x += kBlock, ++block) {
      const std::vector<const SeenPanel*> near = Within(blocks_[block], seen);
      for (int y = block_y; y < std::min(block_y + kBlock, tiles_y_); ++y) {
        for (int x = block_x; x < std::min(block_x + kBlock, tiles_x_); ++x) {
          const TileView& view = views_[TileIndex(x, y)];
          if (view.pixel_angle == 0) continue;
          sight.panels = Within(view.cone, near);
          sight.filled_by_one = RemoveHidden(view.cone, sight.panels);
          if (!sight.panels.empty()) visit(x, y, sight);
        }
      }
    }
  }
}

// One for 1.5 px that the image moves by during the exposure: what repeats itself at this distance
// is beyond what pixels resolve.
int Renderer::TapsFor(const MotionSpline& T_world_body, const ExposureSpan& span) const {
  constexpr double kTypicalDistance_m = 1.5;
  constexpr double kPixelsPerTap = 1.5;
  const Motion motion = T_world_body.At(span.mid_s);
  const double turn = motion.angular_velocity_body.norm() +
                      motion.velocity_world.norm() / kTypicalDistance_m;  // rad/s
  const double pixels = turn * span.exposure_s / typical_pixel_angle_;
  const int taps = static_cast<int>(std::ceil(std::min(pixels / kPixelsPerTap, 1e3)));
  // A multiple of the places in a pixel, so that each one counts alike.
  return std::clamp((taps + kSubpixels - 1) / kSubpixels * kSubpixels, kSubpixels, kMostTaps);
}

void Renderer::CastTile(const TileRays& rays, TileSight& sight, const CameraTrail& trail, int tap,
                        int first_row, TileHits& hits) {
  hits.Clear();
  const int step = trail.rolling() ? kTile : kTilePixels;  // pixels with one pose
  for (const SeenPanel* seen : sight.panels) {
    for (int begin = 0; begin < kTilePixels; begin += step) {
      const int row = first_row + begin / kTile;
      CastRays(rays, begin, begin + step, sight.views.At(seen->panel, tap, row), seen->panel, hits);
    }
  }
}

void Renderer::AddTaps(const Taps& taps, TileSight& sight, TileHits& hits, TileSum& sum) const {
  Sampling sampling;
  sampling.angle = views_[taps.tile].pixel_angle;
  for (int k = 0; k < kSubpixels; ++k) {
    CastTile(subpixels_[k][taps.tile], sight, taps.trail, taps.first + k, taps.first_row, hits);
    sampling.dither = DitherOf(k);
    for (int row = 0; row < kTile; ++row) {
      sampling.colours = taps.colours[static_cast<size_t>(row % 2)];
      sampling.lamp_gain = taps.trail.LampGain(taps.first + k, taps.first_row + row);
      for (int i = row * kTile; i < (row + 1) * kTile; i += 4)
        FourAt(sum.light + i) += shader_.Brightness(hits.PanelsAt(i), hits.At(i), sampling);
    }
  }
}

void Renderer::AddFilledTaps(const Taps& taps, TileSight& sight, TileSum& sum) const {
  constexpr int kMiddle = kSubpixels / 2;
  const int panel = sight.panels.front()->panel;
  Sampling sampling;
  sampling.angle = views_[taps.tile].pixel_angle;
  std::array<const PanelView*, kSubpixels> views;
  for (int row = 0; row < kTile; ++row) {
    sampling.colours = taps.colours[static_cast<size_t>(row % 2)];
    sampling.lamp_gain = 0;
    for (int k = 0; k < kSubpixels; ++k) {
      views[static_cast<size_t>(k)] = &sight.views.At(panel, taps.first + k, taps.first_row + row);
      sampling.lamp_gain += taps.trail.LampGain(taps.first + k, taps.first_row + row) / kSubpixels;
    }
    for (int i = row * kTile; i < (row + 1) * kTile; i += 4) {
      const Shader::Look look = shader_.LookAt(
          panel, CastOnPlane(subpixels_[kMiddle][taps.tile], i, *views[kMiddle]), sampling);
      Float4 albedo = All(0.0F);
      for (int k = 0; k < kSubpixels; ++k) {
        const Hits4 hits = CastOnPlane(subpixels_[k][taps.tile], i, *views[static_cast<size_t>(k)]);
        albedo += shader_.Albedo(panel, hits.u, hits.v, look.level, DitherOf(k));
      }
      FourAt(sum.light + i) += look.light * albedo;
    }
  }
}

Image<float> Renderer::Radiance(const MotionSpline& T_world_body, const Se3& T_body_camera,
                                const ExposureSpan& span, ColourFilter filter) const {
  const TileColours colours = ColoursOf(filter);
  const int taps = TapsFor(T_world_body, span);
  const CameraTrail trail(T_world_body, T_body_camera, scene_, span, taps, height_);
  Image<float> radiance = FilledImage(width_, height_, 0.0F);
  TileHits hits;
  ForTiles(trail, [&](int tile_x, int tile_y, TileSight& sight) {
    TileSum sum;
    for (int first = 0; first < taps; first += kSubpixels) {
      const Taps group = {trail, first, TileIndex(tile_x, tile_y), tile_y * kTile, colours};
      if (sight.filled_by_one) {
        AddFilledTaps(group, sight, sum);
      } else {
        AddTaps(group, sight, hits, sum);
      }
    }
    ForPixels(tile_x, tile_y, [&](size_t i, int x, int y) {
      radiance(x, y) = sum.light[i] / static_cast<float>(taps) *
                       vignetting_[static_cast<size_t>(y) * static_cast<size_t>(width_) +
                                   static_cast<size_t>(x)];
    });
  });
  return radiance;
}

Image<float> Renderer::Depth(const MotionSpline& T_world_body, const Se3& T_body_camera,
                             const ExposureSpan& span) const {
  const CameraTrail trail(T_world_body, T_body_camera, scene_, {span.mid_s, 0, span.readout_s}, 1,
                          height_);
  Image<float> depth = FilledImage(width_, height_, 0.0F);
  TileHits hits;
  ForTiles(trail, [&](int tile_x, int tile_y, TileSight& sight) {
    const TileRays& rays = centres_[TileIndex(tile_x, tile_y)];
    CastTile(rays, sight, trail, 0, tile_y * kTile, hits);
    ForPixels(tile_x, tile_y, [&](size_t i, int x, int y) {
      depth(x, y) = hits.inverse[i] > 0 ? rays.z[i] / hits.inverse[i] : 0;
    });
  });
  return depth;
}

double Renderer::MeanRadiance(const MotionSpline& T_world_body, const Se3& T_body_camera,
                              double t_s) const {
  const CameraTrail trail(T_world_body, T_body_camera, scene_, {t_s, 0, 0}, 1, height_);
  constexpr int kMiddle = kTilePixels / 2 + kTile / 2;
  TileHits hits;
  double sum = 0;
  int count = 0;
  ForTiles(trail, [&](int tile_x, int tile_y, TileSight& sight) {
    const size_t tile = TileIndex(tile_x, tile_y);
    hits.Clear();
    for (const SeenPanel* seen : sight.panels) {
      CastRays(centres_[tile], kMiddle, kMiddle + 4, sight.views.At(seen->panel, 0, 0), seen->panel,
               hits);
    }
    if (!(hits.inverse[kMiddle] > 0)) return;
    Sampling sampling;
    sampling.angle = kTile * views_[tile].pixel_angle;
    const float brightness =
        shader_.Brightness(hits.PanelsAt(kMiddle), hits.At(kMiddle), sampling)[0];
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
