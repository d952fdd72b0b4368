// SPDX-License-Identifier: Apache-2.0
#include "spatial/geometry/voxel_map.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace nightjar {
namespace {

using Eigen::Vector3d;
using Eigen::Vector3f;
using Eigen::Vector3i;

constexpr double kNearest = 0.1;  // m: nothing is measured nearer
// Maps that have to see a surface more than see through it. Neighbouring keyframes' depth has been
// filtered with each other's, and is wrong together.
constexpr int kLeastEvidence = 2;
constexpr int kMostEvidence = 60;

int FloorDiv8(int value) { return value >> 3; }  // arithmetic: also of negative numbers

int InsideBlock(const Vector3i& voxel) {
  return ((voxel.z() & 7) * VoxelMap::kSide + (voxel.y() & 7)) * VoxelMap::kSide + (voxel.x() & 7);
}

}  // namespace

Status VoxelMapOptions::Validate() const {
  const auto within = [](double value, double least, double most) {
    return value >= least && value <= most;
  };
  if (!within(voxel_m, 0.01, 0.5)) return Fail(ErrorKind::kUsage, "voxel_m must be 0.01 .. 0.5");
  if (!within(farthest_m, 0.5, 50)) return Fail(ErrorKind::kUsage, "farthest_m must be 0.5 .. 50");
  if (!within(most_relative_sigma, 0.01, 1))
    return Fail(ErrorKind::kUsage, "most_relative_sigma must be 0.01 .. 1");
  if (!within(truncation_voxels, 1, 20))
    return Fail(ErrorKind::kUsage, "truncation_voxels must be 1 .. 20");
  if (least_views < 1 || least_views > 10)
    return Fail(ErrorKind::kUsage, "least_views must be 1 .. 10");
  if (!within(correlation, 0, 1)) return Fail(ErrorKind::kUsage, "correlation must be 0 .. 1");
  if (most_blocks < 1000 || most_blocks > 1000000)
    return Fail(ErrorKind::kUsage, "most_blocks must be 1000 .. 1000000");
  return {};
}

/// The map's pixels that can be used, and where it was taken from.
struct VoxelMap::Frame {
  Frame(const DepthMap& from, const VoxelMapOptions& options, const Se3& pose)
      : map(from),
        T_world_camera(pose),
        rotation(pose.RotationMatrix()),
        farthest(options.farthest_m),
        pixels(static_cast<size_t>(from.view.width) * static_cast<size_t>(from.view.height)) {
    const auto most = static_cast<float>(options.most_relative_sigma);
    size_t i = 0;
    for (int y = 0; y < from.view.height; ++y) {
      for (int x = 0; x < from.view.width; ++x, ++i) {
        const float depth = from.depth_m(x, y), sigma = from.sigma_m(x, y);
        // Written so that NaN fails.
        if (depth > static_cast<float>(kNearest) && depth <= static_cast<float>(farthest) &&
            sigma > 0 && sigma <= most * depth)
          pixels[i] = {depth, sigma};
      }
    }
  }
  /// Depth and sigma of a pixel inside the view; false: unknown.
  bool Pixel(int x, int y, float& depth, float& sigma) const {
    const auto& [d, s] = pixels[static_cast<size_t>(y) * static_cast<size_t>(map.view.width) +
                                static_cast<size_t>(x)];
    depth = d;
    sigma = s;
    return d > 0;
  }
  const DepthMap& map;
  Se3 T_world_camera;
  Eigen::Matrix3d rotation;  // of T_world_camera
  double farthest;
  std::vector<std::pair<float, float>> pixels;  // depth and sigma, row by row; 0: unknown
  int keyframe = 0;
};

VoxelMap::VoxelMap(const VoxelMapOptions& options) : options_(options) {}

// Marches along a grid of rays as far as each saw; the marks are bits of a box around the view, so
// that no hash is asked per step.
std::vector<VoxelMap::Index> VoxelMap::BlocksInView(const Frame& frame) const {
  const PinholeView& view = frame.map.view;
  const double edge = options_.voxel_m * kSide;
  // Rays at most two fifths of a block apart at the far end, steps of as much.
  const int stride = std::max(1, static_cast<int>(0.4 * edge * view.focal / frame.farthest));
  const double step = 0.4 * edge;
  const Vector3d from = frame.T_world_camera.translation;
  const double reach = frame.farthest + options_.truncation_voxels * options_.voxel_m + edge;
  // The view's corners are farther than its depth.
  const double slant = Vector3d(std::max(view.cx, view.width - view.cx) / view.focal,
                                std::max(view.cy, view.height - view.cy) / view.focal, 1)
                           .norm();
  const int half = static_cast<int>(std::ceil(reach * slant / edge)) + 1;
  const Vector3i middle = (from / edge).array().floor().cast<int>();
  const int side = 2 * half + 1;
  std::vector<bool> marked(static_cast<size_t>(side) * static_cast<size_t>(side) *
                           static_cast<size_t>(side));
  for (int y = stride / 2; y < view.height; y += stride) {
    for (int x = stride / 2; x < view.width; x += stride) {
      float depth = 0, sigma = 0;
      if (!frame.Pixel(x, y, depth, sigma)) continue;
      const Vector3d ray =
          frame.rotation * Vector3d((x - view.cx) / view.focal, (y - view.cy) / view.focal, 1);
      const double end =
          depth + std::max<double>(options_.truncation_voxels * options_.voxel_m, 3.0 * sigma);
      const double advance = step / ray.norm();
      for (double z = kNearest; z < end + advance; z += advance) {
        const Vector3i block = ((from + std::min(z, end) * ray) / edge).array().floor().cast<int>();
        const Vector3i local = block - middle + Vector3i::Constant(half);
        if (local.minCoeff() < 0 || local.maxCoeff() >= side) break;
        marked[(static_cast<size_t>(local.z()) * static_cast<size_t>(side) +
                static_cast<size_t>(local.y())) *
                   static_cast<size_t>(side) +
               static_cast<size_t>(local.x())] = true;
      }
    }
  }
  std::vector<Index> blocks;
  size_t bit = 0;
  for (int z = -half; z <= half; ++z) {
    for (int y = -half; y <= half; ++y) {
      for (int x = -half; x <= half; ++x, ++bit) {
        if (marked[bit]) blocks.push_back(middle + Vector3i(x, y, z));
      }
    }
  }
  return blocks;
}

// The voxels in which pixels end that are surer than half a voxel. Every pixel of which the next
// would end in the same voxel four metres away.
VoxelMap::EndsOfBlocks VoxelMap::EndsOf(const Frame& frame) const {
  const PinholeView& view = frame.map.view;
  const int stride = std::max(1, static_cast<int>(0.1 * options_.voxel_m * view.focal));
  EndsOfBlocks ends;
  EndsInBlock* last = nullptr;
  Index last_block = Index::Zero();
  for (int y = 0; y < view.height; y += stride) {
    for (int x = 0; x < view.width; x += stride) {
      float depth = 0, sigma = 0;
      if (!frame.Pixel(x, y, depth, sigma) || sigma > 0.5 * options_.voxel_m) continue;
      const Vector3d ray((x - view.cx) / view.focal, (y - view.cy) / view.focal, 1);
      const Vector3d place = frame.rotation * (depth * ray) + frame.T_world_camera.translation;
      const Vector3i voxel = (place / options_.voxel_m).array().floor().cast<int>();
      const Index block(FloorDiv8(voxel.x()), FloorDiv8(voxel.y()), FloorDiv8(voxel.z()));
      if (last == nullptr || block != last_block) {  // neighbours mostly end in the same one
        last = &ends[block];
        last_block = block;
      }
      const auto k = static_cast<size_t>(InsideBlock(voxel));
      if (last->count[k] == UINT16_MAX) continue;
      ++last->count[k];
      for (int axis = 0; axis < 3; ++axis)
        last->sum[k][static_cast<size_t>(axis)] +=
            static_cast<float>(place[axis] / options_.voxel_m - voxel[axis]);
    }
  }
  return ends;
}

void VoxelMap::TakeEnd(Block& block, size_t voxel, const Vector3f& mean) {
  if (!block.ends) block.ends = std::make_unique<std::array<std::array<int16_t, 3>, kVoxels>>();
  if (block.end_views[voxel] < 255) ++block.end_views[voxel];
  for (int axis = 0; axis < 3; ++axis) {
    int16_t& stored = (*block.ends)[voxel][static_cast<size_t>(axis)];
    const float now = 32767 * std::clamp(mean[axis], 0.0F, 1.0F);
    stored = static_cast<int16_t>(stored + (now - stored) / block.end_views[voxel]);
  }
}

void VoxelMap::IntegrateBlock(const Frame& frame, const Index& index, const EndsInBlock* ends,
                              Block& block, Seen& seen) const {
  const PinholeView& view = frame.map.view;
  const double voxel = options_.voxel_m;
  const Vector3d corner_world = voxel * (index.cast<double>() * kSide + Vector3d::Constant(0.5));
  const Vector3f corner =
      (frame.rotation.transpose() * (corner_world - frame.T_world_camera.translation))
          .cast<float>();
  const Eigen::Matrix3f steps = (voxel * frame.rotation.transpose()).cast<float>();
  const auto focal = static_cast<float>(view.focal);
  const auto cx = static_cast<float>(view.cx), cy = static_cast<float>(view.cy);
  const auto least_margin = static_cast<float>(voxel);
  const auto truncation = static_cast<float>(options_.truncation_voxels * voxel);
  bool touched = false;
  for (int i = 0; i < kVoxels; ++i) {
    const Vector3f place =
        corner + steps * Vector3f(static_cast<float>(i & 7), static_cast<float>((i >> 3) & 7),
                                  static_cast<float>(i >> 6));
    if (place.z() <= static_cast<float>(kNearest)) continue;
    const float inverse = 1.0F / place.z();
    const float u = focal * place.x() * inverse + cx + 0.5F;
    const float v = focal * place.y() * inverse + cy + 0.5F;
    if (!(u >= 0 && v >= 0 && u < static_cast<float>(view.width) &&
          v < static_cast<float>(view.height)))
      continue;
    float depth = 0, sigma = 0;
    if (!frame.Pixel(static_cast<int>(u), static_cast<int>(v), depth, sigma)) continue;
    const float before = depth - place.z();  // how far in front of the surface, along z
    const float band = std::max(truncation, 3 * sigma);
    if (before < -band) continue;
    touched = true;
    ++seen.voxels;
    const auto k = static_cast<size_t>(i);
    if (block.free_views[k] == 0 && block.evidence[k] == 0 &&
        (!block.field || block.field->views[k] == 0))
      ++seen.fresh;
    const float margin = std::max(least_margin, 3 * sigma);
    int evidence = block.evidence[k];
    if (ends != nullptr && ends->count[k] > 0) {
      evidence = std::min(evidence + 1, kMostEvidence);
      TakeEnd(block, k,
              Vector3f(ends->sum[k][0], ends->sum[k][1], ends->sum[k][2]) /
                  static_cast<float>(ends->count[k]));
    } else if (before > margin) {
      evidence = std::max(evidence - 1, -kMostEvidence);
      if (block.free_views[k] < 255) ++block.free_views[k];
    } else if (std::abs(before) <= std::max(least_margin, sigma)) {
      evidence = std::min(evidence + 1, kMostEvidence);
    }
    block.evidence[k] = static_cast<int8_t>(evidence);
    if (before > band) continue;
    if (!block.field) block.field = std::make_unique<Field>();
    Field& field = *block.field;
    const float slant = place.norm() * inverse;
    const float weight = 1.0F / (sigma * sigma * slant * slant);
    const float sum = field.weight[k] + weight;
    const float step = before * slant - field.distance[k];
    field.distance[k] += weight / sum * step;
    field.spread[k] += weight * step * (before * slant - field.distance[k]);
    field.weight[k] = sum;
    if (field.views[k] < 255) ++field.views[k];
  }
  if (touched) block.last = frame.keyframe;
}

VoxelMap::Seen VoxelMap::Integrate(const DepthMap& map, const Se3& T_world_camera, int keyframe) {
  Seen seen;
  if (map.view.width < 1 || map.view.height < 1) return seen;
  Frame frame(map, options_, T_world_camera);
  frame.keyframe = keyframe;
  ++maps_;
  const EndsOfBlocks ends = EndsOf(frame);
  for (const Index& index : BlocksInView(frame)) {
    auto found = blocks_.find(index);
    if (found == blocks_.end()) {
      if (blocks() >= options_.most_blocks) {
        ++refused_;
        continue;
      }
      found = blocks_.try_emplace(index).first;
      found->second.first = found->second.last = keyframe;
    }
    const auto ends_here = ends.find(index);
    IntegrateBlock(frame, index, ends_here == ends.end() ? nullptr : &ends_here->second,
                   found->second, seen);
  }
  return seen;
}

const VoxelMap::Block* VoxelMap::Find(const Index& voxel, int& inside) const {
  const auto found =
      blocks_.find({FloorDiv8(voxel.x()), FloorDiv8(voxel.y()), FloorDiv8(voxel.z())});
  if (found == blocks_.end()) return nullptr;
  inside = InsideBlock(voxel);
  return &found->second;
}

int VoxelMap::LeastViews() const { return std::max(1, std::min(options_.least_views, maps_)); }

int VoxelMap::LeastEvidence() const {
  return std::max(1, std::min(std::max(kLeastEvidence, options_.least_views), maps_));
}

VoxelMap::Distance VoxelMap::DistanceAt(const Index& index) const {
  int inside = 0;
  const Block* block = Find(index, inside);
  if (block == nullptr || !block->field) return {};
  const auto k = static_cast<size_t>(inside);
  return {block->field->distance[k], block->field->weight[k], block->field->spread[k],
          block->field->views[k]};
}

int8_t VoxelMap::State(const Index& index) const {
  int inside = 0;
  const Block* block = Find(index, inside);
  return block == nullptr ? OccupancyGrid::kUnknown : StateOf(*block, inside, index);
}

int8_t VoxelMap::StateOf(const Block& block, int inside, const Index& index) const {
  const auto k = static_cast<size_t>(inside);
  if (block.field && block.field->views[k] >= LeastViews() &&
      block.evidence[k] >= LeastEvidence()) {
    const Distance here{block.field->distance[k], block.field->weight[k], block.field->spread[k],
                        block.field->views[k]};
    Surfel ignored;
    if (block.end_views[k] >= LeastViews() || SurfaceAt(index, here, ignored))
      return OccupancyGrid::kOccupied;
    // A surface is near, but not in this voxel: in front of it is free, behind it not known.
    return here.metres > 0 && block.free_views[k] >= LeastViews() ? OccupancyGrid::kFree
                                                                  : OccupancyGrid::kUnknown;
  }
  return block.free_views[k] >= LeastViews() && block.evidence[k] < 0 ? OccupancyGrid::kFree
                                                                      : OccupancyGrid::kUnknown;
}

std::vector<VoxelMap::Index> VoxelMap::SortedBlocks() const {
  std::vector<Index> indices;
  indices.reserve(blocks_.size());
  for (const auto& entry : blocks_) indices.push_back(entry.first);
  std::sort(indices.begin(), indices.end(), [](const Index& a, const Index& b) {
    return std::lexicographical_compare(a.data(), a.data() + 3, b.data(), b.data() + 3);
  });
  return indices;
}

std::vector<VoxelMap::Index> VoxelMap::SurfaceBlocks() const {
  std::vector<Index> corners;
  for (const Index& block : SortedBlocks()) {
    if (blocks_.at(block).field) corners.push_back(block * kSide);
  }
  return corners;
}

}  // namespace nightjar
