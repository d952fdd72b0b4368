// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/gathered_pair.h"

#include <cmath>
#include <cstdlib>
#include <cstdio>
#include "isp/burst_merger.h"
#include "isp/linear_pyramid.h"
#include "isp/rotation_field.h"
#include "isp/depth/disparity_checks.h"

namespace nightjar {
namespace {

// The motion of what `depth` (reference camera's view) knows as `camera` sees it.
MotionField DepthField(const RigCamera& camera, const RigCamera& reference, const DepthMap& depth,
                       const Se3& T_body_other_reference) {
  const Eigen::Quaterniond R_bc(camera.T_body_camera.rotation);
  const Eigen::Quaterniond R = R_bc.conjugate() * Eigen::Quaterniond(T_body_other_reference.rotation) * R_bc;
  MotionField field = RotationField(*camera.model, camera.width, camera.height, R);
  const int columns = field.columns(), rows = field.rows();
  std::vector<Eigen::Vector3d> sums(columns * rows, Eigen::Vector3d::Zero());
  const Se3 T_camera_reference = camera.T_body_camera.Inverse() * reference.T_body_camera;
  const Se3 T_other_reference = camera.T_body_camera.Inverse() * T_body_other_reference * reference.T_body_camera;
  for (int y = 0; y < depth.view.height; y += 2) {
    for (int x = 0; x < depth.view.width; x += 2) {
      const double z = depth.depth_m(x, y);
      if (!(z < 1e9)) continue;
      const Eigen::Vector3d p = z * Eigen::Vector3d((x - depth.view.cx) / depth.view.focal,
                                                    (y - depth.view.cy) / depth.view.focal, 1);
      const auto from = camera.model->Project(T_camera_reference * p);
      const auto to = camera.model->Project(T_other_reference * p);
      if (!from || !to) continue;
      const int c = static_cast<int>(from->x() + 0.5) / 16, r = static_cast<int>(from->y() + 0.5) / 16;
      if (from->x() < 0 || from->y() < 0 || c >= columns || r >= rows) continue;
      // Beyond what the turn alone makes.
      const Eigen::Vector2d turn = field.At(from->x(), from->y());
      const Eigen::Vector2d d = *to - *from - turn;
      sums[r * columns + c] += Eigen::Vector3d(d.x(), d.y(), 1);
    }
  }
  // Where nothing is known: smooth.
  std::vector<Eigen::Vector2d> departure(columns * rows, Eigen::Vector2d::Zero());
  std::vector<double> weight(columns * rows);
  for (size_t i = 0; i < sums.size(); ++i) {
    weight[i] = sums[i].z();
    if (weight[i] > 0) departure[i] = sums[i].head<2>() / sums[i].z();
  }
  for (int sweep = 0; sweep < 40; ++sweep) {
    for (int r = 0; r < rows; ++r) {
      for (int c = 0; c < columns; ++c) {
        const int i = r * columns + c;
        const double own = std::min(weight[i], 64.0) / 64 * 20;
        Eigen::Vector2d sum = own > 0 ? Eigen::Vector2d(own * sums[i].head<2>() / sums[i].z()) : Eigen::Vector2d::Zero();
        double all = own;
        const auto add = [&](int cc, int rr) {
          if (cc < 0 || rr < 0 || cc >= columns || rr >= rows) return;
          sum += departure[rr * columns + cc];
          all += 1;
        };
        add(c - 1, r);
        add(c + 1, r);
        add(c, r - 1);
        add(c, r + 1);
        departure[i] = sum / all;
      }
    }
  }
  for (int r = 0; r < rows; ++r)
    for (int c = 0; c < columns; ++c)
      field.SetNode(c, r, field.Node(c, r) + departure[r * columns + c]);
  return field;
}

}  // namespace

Result<MatchedFrame> GatherFrame(const RigCamera&, const std::vector<const MatchedFrame*>& frames,
                                 const std::vector<MotionField>& expected) {
  FrameAlignmentOptions options;
  if (const char* p = std::getenv("NJ_PRIOR")) {
    std::sscanf(p, "%lf,%lf", &options.prior.between_neighbours_px, &options.prior.from_affine_px);
  }
  BurstMerger merger({frames[0]->noise->noise}, options);
  for (size_t i = 0; i < frames.size(); ++i) {
    if (Status added = merger.Add({std::get<Image<uint16_t>>(frames[i]->image)}, &expected[i]); !added)
      return tl::unexpected(added.error());
  }
  MatchedFrame gathered{merger.merged().linear.copy(), frames[0]->noise};
  const double share = MeanShare(merger.merged().remaining);
  std::fprintf(stderr, "%zu frames, share %.3f\n", frames.size(), share);
  static const double power = std::getenv("NJ_POWER") ? std::atof(std::getenv("NJ_POWER")) : 1;
  gathered.noise->noise.scale *= std::pow(share, power);
  gathered.noise->noise.offset *= std::pow(share, power);
  return gathered;
}

Result<MatchedPair> GatherPair(const Rig& rig, int partner, const std::vector<const MatchedPair*>& pairs,
                               const PoseOf& pose, const DepthMap* depth) {
  MatchedPair gathered = *pairs[0];
  const auto now = pose(pairs[0]->time);
  if (!now) return gathered;
  for (int side = 0; side < 2; ++side) {
    const RigCamera& camera = rig.cameras[side == 0 ? 0 : partner];
    std::vector<const MatchedFrame*> frames;
    std::vector<MotionField> expected;
    for (const MatchedPair* pair : pairs) {
      const auto then = pose(pair->time);
      if (!then) continue;
      frames.push_back(side == 0 ? &pair->left : &pair->right);
      const Se3 T_other_reference = then->Inverse() * *now;
      if (depth) {
        expected.push_back(DepthField(camera, rig.cameras[0], *depth, T_other_reference));
      } else {
        const Eigen::Quaterniond R_bc(camera.T_body_camera.rotation);
        expected.push_back(RotationField(*camera.model, camera.width, camera.height,
                                         R_bc.conjugate() * Eigen::Quaterniond(T_other_reference.rotation) * R_bc));
      }
    }
    auto merged = GatherFrame(camera, frames, expected);
    if (!merged) return tl::unexpected(merged.error());
    (side == 0 ? gathered.left : gathered.right) = *std::move(merged);
  }
  return gathered;
}

}  // namespace nightjar
