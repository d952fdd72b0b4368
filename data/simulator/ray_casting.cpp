// SPDX-License-Identifier: Apache-2.0
#include "data/simulator/ray_casting.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace nightjar {
namespace {

// Four of a kind: the compilers' own vectors, since neither of them finds them in a loop with so
// many conditions. Basic arithmetic rounds alike in every lane of every machine.
using Float4 = float __attribute__((vector_size(16), may_alias));
using Int4 = int32_t __attribute__((vector_size(16), may_alias));

Float4& At(float* values, int i) { return *reinterpret_cast<Float4*>(values + i); }
const Float4& At(const float* values, int i) {
  return *reinterpret_cast<const Float4*>(values + i);
}

Float4 All(float value) { return Float4{value, value, value, value}; }

Float4 Choose(Int4 where, Float4 yes, Float4 no) {
  return std::bit_cast<Float4>((where & std::bit_cast<Int4>(yes)) |
                               (~where & std::bit_cast<Int4>(no)));
}

Float4 Dot(const Eigen::Vector3f& a, Float4 x, Float4 y, Float4 z) {
  return All(a.x()) * x + All(a.y()) * y + All(a.z()) * z;
}

}  // namespace

void TileHits::Clear() { std::fill(std::begin(inverse), std::end(inverse), 0.0F); }

PanelView::PanelView(const Panel& panel, const Se3& T_panel_camera)
    : width(static_cast<float>(panel.width)), height(static_cast<float>(panel.height)) {
  const Eigen::Vector3d normal = panel.Normal();
  const Eigen::Vector3d from = T_panel_camera.translation - panel.corner;
  const Eigen::Matrix3d R = T_panel_camera.RotationMatrix();
  const double height_above = normal.dot(from);
  distance = static_cast<float>(std::abs(height_above));
  if (height_above > 0 || (height_above < 0 && panel.two_sided))
    inverse = (R.transpose() * normal / -height_above).cast<float>();
  slope_u = (R.transpose() * panel.u_axis).cast<float>();
  slope_v = (R.transpose() * panel.v_axis).cast<float>();
  offset_u = static_cast<float>(panel.u_axis.dot(from));
  offset_v = static_cast<float>(panel.v_axis.dot(from));
}

void CastRays(const TileRays& rays, int begin, int end, const PanelView& view, int panel,
              TileHits& hits) {
  const Float4 none = All(0);
  for (int i = begin; i < end; i += 4) {
    const Float4 x = At(rays.x, i), y = At(rays.y, i), z = At(rays.z, i);
    const Float4 inverse = Dot(view.inverse, x, y, z);
    const Float4 distance = All(1) / inverse;
    const Float4 u = All(view.offset_u) + distance * Dot(view.slope_u, x, y, z);
    const Float4 v = All(view.offset_v) + distance * Dot(view.slope_v, x, y, z);
    const Int4 nearer = (inverse > At(hits.inverse, i)) & (u >= none) & (u <= All(view.width)) &
                        (v >= none) & (v <= All(view.height));
    At(hits.inverse, i) = Choose(nearer, inverse, At(hits.inverse, i));
    At(hits.u, i) = Choose(nearer, u, At(hits.u, i));
    At(hits.v, i) = Choose(nearer, v, At(hits.v, i));
    At(hits.cosine, i) = Choose(nearer, inverse * All(view.distance), At(hits.cosine, i));
    Int4& index = *reinterpret_cast<Int4*>(hits.panel + i);
    index = (nearer & Int4{panel, panel, panel, panel}) | (~nearer & index);
  }
}

}  // namespace nightjar
