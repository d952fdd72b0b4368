// SPDX-License-Identifier: Apache-2.0
#include "isp/depth/depth_motion.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "isp/rotation_field.h"

namespace nightjar {
namespace {

constexpr int kStep = 2;             // px, of the depths that are looked at
constexpr double kKnownWell = 64;    // depths of a tile: all that there are
constexpr double kWeightOfOwn = 20;  // of a tile that is known well, against one of its neighbours
constexpr int kSweeps = 40;          // tiles that what is known reaches into what is not

// Of a tile, beyond what the turn alone does.
struct TileMotion {
  Eigen::Vector2d sum = Eigen::Vector2d::Zero();  // px, over its depths
  double count = 0;
  Eigen::Vector2d smooth = Eigen::Vector2d::Zero();  // px
};

class Tiles {
 public:
  explicit Tiles(const MotionField& turn)
      : turn_(turn),
        columns_(turn.columns()),
        rows_(turn.rows()),
        tiles_(static_cast<size_t>(columns_) * static_cast<size_t>(rows_)) {}

  void Add(const Eigen::Vector2d& from, const Eigen::Vector2d& to) {
    const int column = static_cast<int>(std::floor((from.x() + 0.5) / MotionField::kTile));
    const int row = static_cast<int>(std::floor((from.y() + 0.5) / MotionField::kTile));
    if (!IsInside(column, row)) return;
    TileMotion& tile = At(column, row);
    tile.sum += to - from - turn_.At(from.x(), from.y());
    tile.count += 1;
  }

  // Gauss and Seidel: small differences between neighbours, near the own mean where there is one.
  void Smooth() {
    for (TileMotion& tile : tiles_) {
      if (tile.count > 0) tile.smooth = tile.sum / tile.count;
    }
    for (int sweep = 0; sweep < kSweeps; ++sweep) {
      for (int row = 0; row < rows_; ++row) {
        for (int column = 0; column < columns_; ++column) SmoothTile(column, row);
      }
    }
  }

  MotionField Field() const {
    MotionField field =
        MotionField::Still(MotionField::kTile * columns_, MotionField::kTile * rows_);
    for (int row = 0; row < rows_; ++row) {
      for (int column = 0; column < columns_; ++column)
        field.SetNode(column, row, turn_.Node(column, row) + At(column, row).smooth);
    }
    return field;
  }

 private:
  bool IsInside(int column, int row) const {
    return column >= 0 && row >= 0 && column < columns_ && row < rows_;
  }
  TileMotion& At(int column, int row) {
    return tiles_[static_cast<size_t>(row * columns_ + column)];
  }
  const TileMotion& At(int column, int row) const {
    return tiles_[static_cast<size_t>(row * columns_ + column)];
  }

  void SmoothTile(int column, int row) {
    TileMotion& tile = At(column, row);
    double weight = kWeightOfOwn * std::min(tile.count / kKnownWell, 1.0);
    Eigen::Vector2d sum = Eigen::Vector2d::Zero();
    if (tile.count > 0) sum = weight * tile.sum / tile.count;
    const int around[4][2] = {{-1, 0}, {1, 0}, {0, -1}, {0, 1}};
    for (const auto& [right, down] : around) {
      if (!IsInside(column + right, row + down)) continue;
      sum += At(column + right, row + down).smooth;
      weight += 1;
    }
    if (weight > 0) tile.smooth = sum / weight;
  }

  const MotionField& turn_;
  int columns_, rows_;
  std::vector<TileMotion> tiles_;  // row by row
};

}  // namespace

MotionField DepthMotionField(const RigCamera& camera, const DepthMap& depth,
                             const Se3& T_camera_depth, const Se3& T_other_camera) {
  const MotionField turn =
      RotationField(*camera.model, camera.width, camera.height, T_other_camera.rotation);
  Tiles tiles(turn);
  const PinholeView& view = depth.view;
  for (int y = 0; y < view.height; y += kStep) {
    for (int x = 0; x < view.width; x += kStep) {
      const double z = depth.depth_m(x, y);
      if (!std::isfinite(z)) continue;
      const Eigen::Vector3d point =
          T_camera_depth *
          Eigen::Vector3d(z * (x - view.cx) / view.focal, z * (y - view.cy) / view.focal, z);
      const auto from = camera.model->Project(point);
      const auto to = camera.model->Project(T_other_camera * point);
      if (from && to) tiles.Add(*from, *to);
    }
  }
  tiles.Smooth();
  return tiles.Field();
}

}  // namespace nightjar
