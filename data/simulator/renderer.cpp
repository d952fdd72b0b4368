// SPDX-License-Identifier: Apache-2.0
#include "data/simulator/renderer.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <optional>

namespace nightjar {
namespace {

using Eigen::Vector3d;

// What a sample spans, in pixels. The textures' pyramid averages over this span and interpolation
// over about twice of it: the kernel has a variance of 0.14 px^2 along either axis. The pixel's
// area has 0.083; the rest is what a good lens adds. Outlines of panels, decided at kPlaces, are as
// sharp as the area.
constexpr float kPixelSpan = 0.75F;

// Blur is made of at most that many instants; beyond, each stands for more than kPixelsPerTap.
constexpr int kMostTaps = 24;

// What a tile may see beside its own area: what moves on a curve is taken to move straight.
constexpr double kMargin_px = 0.5;

// Zero where the model has none.
Vector3d Bearing(const CameraModel& model, double x, double y) {
  return model.Unproject(Eigen::Vector2d(x, y)).value_or(Vector3d::Zero());
}

// Finds the panels that a pyramid may see, again and again with the same memory.
class Seer {
 public:
  explicit Seer(const TileLight& kernels) : kernels_(kernels) {}

  void See(const ViewPyramid& pyramid, const PanelGroups& panels) {
    const size_t count = panels.groups.size();
    sights_.resize(count);
    if (pyramid.bounded) {
      kernels_.see(pyramid, panels.groups.data(), count, panels.ends, sights_.data());
    } else {
      for (size_t g = 0; g < count; ++g) sights_[g] = {~(panels.groups[g].panel >> 31), All(0), {}};
    }
    seen_.clear();
    for (size_t g = 0; g < count; ++g) {
      if (!AnyOf(sights_[g].seen)) continue;
      for (size_t lane = 0; lane < kTile; ++lane) {
        if (sights_[g].seen[lane] != 0) seen_.push_back({g, lane});
      }
    }
  }
  /// In the order of the panels.
  const std::vector<PanelPlace>& seen() const { return seen_; }
  /// Only one is seen, and it fills the pyramid.
  bool filled_by_one() const {
    return seen_.size() == 1 && sights_[seen_[0].group].fills[seen_[0].lane] != 0;
  }

 private:
  const TileLight& kernels_;
  std::vector<Sight8> sights_;
  std::vector<PanelPlace> seen_;
};

void Set(TileRays& tile, int column, int row, const Vector3d& bearing) {
  Rays8& rays = tile[static_cast<size_t>(row)];
  rays.x[column] = static_cast<float>(bearing.x());
  rays.y[column] = static_cast<float>(bearing.y());
  rays.z[column] = static_cast<float>(bearing.z());
}

}  // namespace

ColoursOfTile Renderer::ColoursOf(ColourFilter filter) {
  switch (filter) {
    case ColourFilter::kNone: break;
    case ColourFilter::kRggb: return {{{kRed, kGreen}, {kGreen, kBlue}}};
    case ColourFilter::kBggr: return {{{kBlue, kGreen}, {kGreen, kRed}}};
    case ColourFilter::kGrbg: return {{{kGreen, kRed}, {kBlue, kGreen}}};
    case ColourFilter::kGbrg: return {{{kGreen, kBlue}, {kRed, kGreen}}};
  }
  return {{{kGreen, kGreen}, {kGreen, kGreen}}};
}

Renderer::Renderer(const SimulatedScene& scene, const CameraModel& model, int width, int height,
                   const Workers& workers)
    : scene_(scene),
      shader_(scene),
      width_(width),
      height_(height),
      tiles_x_((width + kTile - 1) / kTile),
      tiles_y_((height + kTile - 1) / kTile) {
  UnprojectTiles(model, workers);
  BoundBlocks();
}

// Bearings at the corners of the pixels, row by row; what is between them is interpolated: over a
// pixel a bearing is straight to a ten-thousandth of one.
void Renderer::UnprojectTiles(const CameraModel& model, const Workers& workers) {
  const auto stride = static_cast<size_t>(width_ + 1);
  std::vector<Vector3d> corners(stride * static_cast<size_t>(height_ + 1));
  workers(static_cast<size_t>(height_ + 1), [&](size_t y) {
    for (size_t x = 0; x < stride; ++x) {
      corners[y * stride + x] =
          Bearing(model, static_cast<double>(x) - 0.5, static_cast<double>(y) - 0.5);
    }
  });
  const auto tiles = static_cast<size_t>(tiles_x_) * static_cast<size_t>(tiles_y_);
  for (auto& table : subpixels_) table.assign(tiles, {});
  centres_.assign(tiles, {});
  views_.assign(tiles, {});
  vignetting_.assign(tiles, {});
  workers(static_cast<size_t>(tiles_y_), [&](size_t tile_y) {
    for (int tile_x = 0; tile_x < tiles_x_; ++tile_x)
      UnprojectTile(model, corners, tile_x, static_cast<int>(tile_y));
  });
  const TileView& middle = views_[TileIndex(tiles_x_ / 2, tiles_y_ / 2)];
  if (middle.pixel_angle > 0) typical_pixel_angle_ = static_cast<double>(middle.pixel_angle);
}

template <typename Visit>
void Renderer::ForPixels(int tile_x, int tile_y, Visit visit) const {
  for (int row = 0; row < std::min(kTile, height_ - tile_y * kTile); ++row) {
    for (int column = 0; column < std::min(kTile, width_ - tile_x * kTile); ++column)
      visit(column, row, tile_x * kTile + column, tile_y * kTile + row);
  }
}

void Renderer::UnprojectTile(const CameraModel& model, const std::vector<Vector3d>& corners,
                             int tile_x, int tile_y) {
  // A rotated grid: no two samples of a pixel share a row or a column.
  constexpr double kPlaces[kSubpixels][2] = {
      {0.375, 0.125}, {0.875, 0.375}, {0.125, 0.625}, {0.625, 0.875}};
  const auto stride = static_cast<size_t>(width_ + 1);
  const size_t tile = TileIndex(tile_x, tile_y);
  std::vector<Vector3d> seen;
  // Beyond the image there stay rays of length 0, which hit nothing.
  ForPixels(tile_x, tile_y, [&](int column, int row, int x, int y) {
    const Vector3d* upper = &corners[static_cast<size_t>(y) * stride + static_cast<size_t>(x)];
    const Vector3d* lower = upper + stride;
    const Vector3d centre = Bearing(model, x, y);
    if (upper[0].isZero() || upper[1].isZero() || lower[0].isZero() || lower[1].isZero() ||
        centre.isZero()) {
      return;
    }
    Set(centres_[tile], column, row, centre);
    for (size_t s = 0; s < kSubpixels; ++s) {
      const double u = kPlaces[s][0];
      const double v = kPlaces[s][1];
      const Vector3d above = (1 - u) * upper[0] + u * upper[1];
      const Vector3d below = (1 - u) * lower[0] + u * lower[1];
      Set(subpixels_[s][tile], column, row, ((1 - v) * above + v * below).normalized());
    }
    seen.insert(seen.end(), {upper[0], upper[1], lower[0], lower[1]});
    const double cosine2 = centre.z() > 0 ? centre.z() * centre.z() : 0;
    vignetting_[tile].of_tile[row][column] = static_cast<float>(std::max(0.2, cosine2 * cosine2));
  });
  if (seen.empty()) return;
  const double pixel_angle = (seen[1] - seen[0]).norm();
  views_[tile].pixel_angle = static_cast<float>(pixel_angle);
  views_[tile].pyramid = ViewPyramid::Around(seen, seen[1] - seen[0], kMargin_px * pixel_angle);
}

void Renderer::BoundBlocks() {
  for (int block_y = 0; block_y < tiles_y_; block_y += kBlock) {
    for (int block_x = 0; block_x < tiles_x_; block_x += kBlock) {
      std::vector<Vector3d> corners;
      bool bounded = true;
      for (int y = block_y; y < std::min(block_y + kBlock, tiles_y_); ++y) {
        for (int x = block_x; x < std::min(block_x + kBlock, tiles_x_); ++x) {
          const TileView& view = views_[TileIndex(x, y)];
          if (view.pixel_angle == 0) continue;
          bounded = bounded && view.pyramid.bounded;
          for (const Eigen::Vector3f& corner : view.pyramid.corners)
            corners.push_back(corner.cast<double>());
        }
      }
      ViewPyramid block;
      if (bounded && !corners.empty())
        block = ViewPyramid::Around(corners, corners[1] - corners[0], 0);
      blocks_.push_back(block);
    }
  }
}

template <typename Visit>
void Renderer::ForTiles(const CameraTrail& trail, Visit visit) const {
  size_t block = 0;
  Seer seer(kernels_);
  PanelGroups all, near;
  std::optional<TileSight> sight;
  for (int block_y = 0; block_y < tiles_y_; block_y += kBlock) {
    if (!sight || trail.rolling()) {
      const int first_row = block_y * kTile;
      const int last_row = (block_y + kBlock) * kTile - 1;
      all = SeePanels(scene_, trail, first_row, last_row);
      sight.emplace(TileSight{PanelViews(scene_, trail, first_row, last_row)});
    }
    for (int block_x = 0; block_x < tiles_x_; block_x += kBlock, ++block) {
      seer.See(blocks_[block], all);
      Gather(all, seer.seen(), near);
      const bool block_is_filled = seer.filled_by_one();  // so are its tiles
      const PanelGroups& looked_at = block_is_filled ? all : near;
      for (int y = block_y; y < std::min(block_y + kBlock, tiles_y_); ++y) {
        for (int x = block_x; x < std::min(block_x + kBlock, tiles_x_); ++x) {
          const TileView& view = views_[TileIndex(x, y)];
          if (view.pixel_angle == 0) continue;
          if (!block_is_filled) seer.See(view.pyramid, near);
          if (seer.seen().empty()) continue;
          sight->panels.clear();
          for (const PanelPlace& place : seer.seen()) {
            sight->panels.push_back(
                sight->views.At(looked_at.groups[place.group].panel[place.lane], y * kTile));
          }
          sight->filled_by_one = seer.filled_by_one();
          visit(x, y, *sight);
        }
      }
    }
  }
}

int Renderer::TapsFor(const MotionSpline& T_world_body, const ExposureSpan& span) const {
  constexpr double kTypicalDistance_m = 1.5;
  constexpr double kNearest_m = 0.45;  // what furniture keeps free around the camera's way
  constexpr double kSharp_px = 0.5;    // less does not show beside the pixel itself
  // What repeats itself at this distance is beyond what pixels resolve.
  constexpr double kPixelsPerTap = 1.5;
  // Each place in a pixel counts alike, once on either way through them (Taps::At).
  constexpr int kMultiple = 2 * kSubpixels;
  const Motion motion = T_world_body.At(span.mid_s);
  // How far the image of a thing moves.
  const auto pixels = [&](double distance_m) {
    const double turn =
        motion.angular_velocity_body.norm() + motion.velocity_world.norm() / distance_m;  // rad/s
    return turn * span.exposure_s / typical_pixel_angle_;
  };
  const bool stands_still = scene_.objects.empty() || span.exposure_s == 0;
  if (stands_still && pixels(kNearest_m) < kSharp_px) return 1;
  const int taps =
      static_cast<int>(std::ceil(std::clamp(pixels(kTypicalDistance_m) / kPixelsPerTap, 1.0, 1e3)));
  return std::min((taps + kMultiple - 1) / kMultiple * kMultiple, kMostTaps);
}

void Renderer::AddTaps(const Taps& taps, const TileSight& sight, Rows& light) const {
  const bool instant = taps.trail.taps() == 1;
  TileSamples tile = {shader_,
                      centres_[taps.tile],
                      {},
                      sight.panels,
                      {},
                      taps.Dithers(),
                      taps.colours,
                      {},
                      kPixelSpan * views_[taps.tile].pixel_angle};
  for (int k = 0; k < kSubpixels; ++k) {
    const auto place = static_cast<size_t>(k);
    tile.rays[place] = &subpixels_[place][taps.tile];
    tile.taps[place] = taps.At(k);
    for (int row = 0; row < kTile; ++row) {
      tile.lamp_gains[place][static_cast<size_t>(row)] =
          taps.trail.LampGain(taps.At(k), taps.first_row + row);
    }
  }
  (instant ? kernels_.add_instant : kernels_.add_blurred)(tile, light.data());
}

int Renderer::TapsOfSample(const CameraTrail& trail, size_t tile, const PanelTrack& panel) const {
  constexpr float kSharp_px = 1.5F;  // between two samples: what one spans, twice as much across
  if (trail.taps() == 1) return 1;
  constexpr size_t kMiddle = kTile / 2;
  const Rays8& rays = centres_[tile][kMiddle];
  const Hits8 first = CastOnPlane(rays, panel.At(0, kMiddle));
  const Hits8 last = CastOnPlane(rays, panel.At(trail.taps() - 1, kMiddle));
  const float inverse = std::min(first.inverse[kMiddle], last.inverse[kMiddle]);
  if (!(inverse > 0)) return 1;
  const float u = last.u[kMiddle] - first.u[kMiddle], v = last.v[kMiddle] - first.v[kMiddle];
  const float span =
      kSharp_px * views_[tile].pixel_angle / inverse * 0.5F * static_cast<float>(trail.taps());
  return u * u + v * v < span * span ? 2 : 1;
}

void Renderer::AddFilled(const CameraTrail& trail, const ColoursOfTile& colours, size_t tile_index,
                         int first_row, const PanelTrack& panel, Rows& light) const {
  const int sample_taps = TapsOfSample(trail, tile_index, panel);
  FilledTile tile = {shader_,     centres_[tile_index],
                     panel,       trail.taps() / sample_taps,
                     sample_taps, colours,
                     {},          kPixelSpan * views_[tile_index].pixel_angle};
  for (int row = 0; row < kTile; ++row) {
    float& gain = tile.lamp_gains[static_cast<size_t>(row)];
    for (int tap = 0; tap < trail.taps(); ++tap) gain += trail.LampGain(tap, first_row + row);
    gain /= static_cast<float>(trail.taps());
  }
  kernels_.add_filled(tile, light.data());
}

Image<float> Renderer::Radiance(const MotionSpline& T_world_body, const Se3& T_body_camera,
                                const ExposureSpan& span, ColourFilter filter) const {
  const ColoursOfTile colours = ColoursOf(filter);
  const int taps = TapsFor(T_world_body, span);
  const int groups = (taps + kSubpixels - 1) / kSubpixels;
  const CameraTrail trail(T_world_body, T_body_camera, scene_, span, taps, height_);
  Image<float> radiance = FilledImage(width_, height_, 0.0F);
  ForTiles(trail, [&](int tile_x, int tile_y, TileSight& sight) {
    Rows light = {};
    const size_t tile = TileIndex(tile_x, tile_y);
    Float8 share = All(1.0F);
    if (sight.filled_by_one) {
      AddFilled(trail, colours, tile, tile_y * kTile, sight.panels.front(), light);
    } else {
      Taps group = {trail, tile, tile_y * kTile, colours};
      for (; group.group < groups; ++group.group) AddTaps(group, sight, light);
      if (taps > 1) share = All(1.0F / static_cast<float>(taps));
    }
    const int left = tile_x * kTile, top = tile_y * kTile;
    const auto columns = static_cast<size_t>(std::min(kTile, width_ - left));
    for (int row = 0; row < std::min(kTile, height_ - top); ++row) {
      const auto r = static_cast<size_t>(row);
      const Float8 seen = light[r] * share * vignetting_[tile][r];
      float* to = &radiance(left, top + row);
      if (columns == kTile) {
        Store8(seen, to);
      } else {
        std::memcpy(to, &seen, columns * sizeof(float));
      }
    }
  });
  return radiance;
}

Image<float> Renderer::Depth(const MotionSpline& T_world_body, const Se3& T_body_camera,
                             const ExposureSpan& span) const {
  const CameraTrail trail(T_world_body, T_body_camera, scene_, {span.mid_s, 0, span.readout_s}, 1,
                          height_);
  Image<float> depth = FilledImage(width_, height_, 0.0F);
  ForTiles(trail, [&](int tile_x, int tile_y, TileSight& sight) {
    const TileRays& rays = centres_[TileIndex(tile_x, tile_y)];
    Rows inverse;
    kernels_.cast(rays, sight.panels, inverse.data());
    ForPixels(tile_x, tile_y, [&](int column, int row, int x, int y) {
      const auto r = static_cast<size_t>(row);
      if (inverse[r][column] > 0) depth(x, y) = rays[r].z[column] / inverse[r][column];
    });
  });
  return depth;
}

double Renderer::MeanRadiance(const MotionSpline& T_world_body, const Se3& T_body_camera,
                              double t_s) const {
  const CameraTrail trail(T_world_body, T_body_camera, scene_, {t_s, 0, 0}, 1, height_);
  constexpr int kMiddle = kTile / 2;
  double sum = 0;
  int count = 0;
  ForTiles(trail, [&](int tile_x, int tile_y, TileSight& sight) {
    const size_t tile = TileIndex(tile_x, tile_y);
    const Rays8& rays = centres_[tile][kMiddle];
    const int first = FirstMet(rays, sight.panels, 0, kMiddle).index[kMiddle];
    if (first < 0) return;
    const PanelTrack& panel = sight.panels[static_cast<size_t>(first)];
    const PanelView& view = panel.At(0, kMiddle);
    const Hits8 hits = CastOnPlane(rays, view);
    const float level =
        shader_.Level(panel.panel, view, hits.inverse[kMiddle], kTile * views_[tile].pixel_angle);
    const Float8 light = shader_.Light(panel.panel, hits.u, hits.v, All(1.0F), {kGreen, kGreen});
    const float brightness =
        light[kMiddle] * shader_.Albedo(panel.panel, hits.u, hits.v, level, 0.5F)[kMiddle];
    sum +=
        static_cast<double>(brightness) * static_cast<double>(vignetting_[tile][kMiddle][kMiddle]);
    ++count;
  });
  return count > 0 ? sum / count : 0;
}

}  // namespace nightjar
