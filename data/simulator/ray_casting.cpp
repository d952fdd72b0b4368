// SPDX-License-Identifier: Apache-2.0
#include "data/simulator/ray_casting.h"

#include <algorithm>
#include <cmath>

namespace nightjar {
namespace {

Float4 Dot(const Eigen::Vector3f& a, Float4 x, Float4 y, Float4 z) {
  return All(a.x()) * x + All(a.y()) * y + All(a.z()) * z;
}

}  // namespace

void TileHits::Clear() { std::fill(std::begin(inverse), std::end(inverse), 0.0F); }

Hits4 TileHits::At(int i) const {
  return {FourAt(inverse + i), FourAt(u + i), FourAt(v + i), FourAt(cosine + i)};
}

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

Hits4 CastOnPlane(const TileRays& rays, int i, const PanelView& view) {
  const Float4 x = FourAt(rays.x + i), y = FourAt(rays.y + i), z = FourAt(rays.z + i);
  const Float4 inverse = Dot(view.inverse, x, y, z);
  // A ray of length 0 (beyond the image) has no distance.
  const Float4 distance = All(1.0F) / Choose(inverse > All(0.0F), inverse, All(1.0F));
  return {inverse, All(view.offset_u) + distance * Dot(view.slope_u, x, y, z),
          All(view.offset_v) + distance * Dot(view.slope_v, x, y, z), inverse * All(view.distance)};
}

void CastRays(const TileRays& rays, int begin, int end, const PanelView& view, int panel,
              TileHits& hits) {
  const Float4 none = All(0.0F);
  for (int i = begin; i < end; i += 4) {
    const Hits4 here = CastOnPlane(rays, i, view);
    const Int4 nearer = (here.inverse > FourAt(hits.inverse + i)) & (here.u >= none) &
                        (here.u <= All(view.width)) & (here.v >= none) &
                        (here.v <= All(view.height));
    FourAt(hits.inverse + i) = Choose(nearer, here.inverse, FourAt(hits.inverse + i));
    FourAt(hits.u + i) = Choose(nearer, here.u, FourAt(hits.u + i));
    FourAt(hits.v + i) = Choose(nearer, here.v, FourAt(hits.v + i));
    FourAt(hits.cosine + i) = Choose(nearer, here.cosine, FourAt(hits.cosine + i));
    Int4& index = *reinterpret_cast<Int4*>(hits.panel + i);
    index = (nearer & All(panel)) | (~nearer & index);
  }
}

}  // namespace nightjar
