// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <algorithm>
#include <cmath>

#include "core/image.h"

namespace nightjar {

/// Where the pixels of one image lie in another: pixel (x, y) at (x, y) + At(x, y). Held at the
/// centres of tiles of 16 x 16 pixels, of which those at the right and lower edge may reach beyond
/// the image; bilinear between centres, and beyond the last one as between the last two.
struct MotionField {
  static constexpr int kTile = 16;            // px
  static constexpr double kTileCentre = 7.5;  // px

  /// Tile column, tile row, (x, y); px.
  PlanarImage<float> nodes;

  /// No motion, for an image of this size.
  static MotionField Still(int width, int height) {
    MotionField field;
    field.nodes = PlanarImage<float>((width + kTile - 1) / kTile, (height + kTile - 1) / kTile, 2);
    std::fill_n(field.nodes.data(), field.nodes.number_of_elements(), 0.F);
    return field;
  }

  int columns() const { return nodes.dim(0).extent(); }
  int rows() const { return nodes.dim(1).extent(); }

  /// The pixel at a tile's centre.
  static Eigen::Vector2d Centre(int column, int row) {
    return {kTile * column + kTileCentre, kTile * row + kTileCentre};
  }
  Eigen::Vector2d Node(int column, int row) const {
    return Eigen::Vector2f(nodes(column, row, 0), nodes(column, row, 1)).cast<double>();
  }
  void SetNode(int column, int row, const Eigen::Vector2d& motion) {
    for (int axis = 0; axis < 2; ++axis)
      nodes(column, row, axis) = static_cast<float>(motion[axis]);
  }

  Eigen::Vector2d At(double x, double y) const {
    const auto around = [](double px, int count, int& first, int& second) {
      const double at = (px - kTileCentre) / kTile;
      first = std::clamp(static_cast<int>(std::floor(at)), 0, std::max(count - 2, 0));
      second = std::min(first + 1, count - 1);
      return at - first;
    };
    int left = 0, right = 0, top = 0, low = 0;
    const double h = around(x, columns(), left, right), v = around(y, rows(), top, low);
    return (1 - v) * ((1 - h) * Node(left, top) + h * Node(right, top)) +
           v * ((1 - h) * Node(left, low) + h * Node(right, low));
  }
};

}  // namespace nightjar
