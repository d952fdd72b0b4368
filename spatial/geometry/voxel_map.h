// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <array>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/depth_map.h"
#include "core/result.h"
#include "core/se3.h"
#include "spatial/geometry/surfel.h"
#include "spatial/scene.h"

namespace nightjar {

struct VoxelMapOptions {
  /// m, 0.01 .. 0.5: edge of a voxel. 5 cm: finer than stereo is sure of at 4 m, and a person's
  /// surroundings fit into some ten megabytes.
  double voxel_m = 0.05;
  /// m, 0.5 .. 50: depth beyond is not used; stereo of a head's width says little there.
  double farthest_m = 8;
  /// sigma / depth, 0.01 .. 1: what is less sure is not used.
  double most_relative_sigma = 0.05;
  /// 1 .. 20 voxels: how far from a surface the signed distance is kept, at least.
  double truncation_voxels = 4;
  /// 1 .. 10: maps that have to agree before a voxel is called free or occupied (all, where there
  /// are fewer). Stereo has whole patches of wrong depth; two keyframes seldom have the same.
  int least_views = 2;
  /// 0 .. 1: correlation of the errors of two maps of one place: neighbouring keyframes' depth has
  /// been filtered with each other's, and what one texture leads astray it does in all of them.
  double correlation = 0.85;
  /// 1000 .. 1000000: voxel blocks held, 1.5 to 11 kB each, 17 MB a furnished room;
  /// what lies in further ones is not mapped, and the report says so.
  int most_blocks = 30000;

  Status Validate() const;
};

/// Space in cubes, as depth maps show it: a truncated signed distance to the nearest surface
/// (Curless, Levoy, "A volumetric method for building complex models from range images", SIGGRAPH
/// 1996), weighted by 1 / sigma^2, and evidence of being free or not. Blocks of 8 x 8 x 8 voxels
/// exist only where something was seen (Niessner et al., "Real-time 3D reconstruction at scale
/// using voxel hashing", SIGGRAPH Asia 2013): memory is bounded by the space seen.
///
/// A voxel takes the depth of the pixel that its centre is on. It is free as far as the depth less
/// 3 sigma, and a voxel at least; occupied where the mean of the signed distances is less than half
/// a voxel, or where pixels end in it whose sigma is less than half a voxel (what is thinner than a
/// voxel has no distance of its own), seen from enough maps that free ones do not outvote. A pixel
/// of unknown depth says nothing. Signed distances are those along the ray: their zero is where the
/// surface is, whatever the angle.
class VoxelMap {
 public:
  static constexpr int kSide = 8;  // voxels of a block's edge
  static constexpr int kVoxels = kSide * kSide * kSide;

  /// `options` must be valid.
  explicit VoxelMap(const VoxelMapOptions& options);

  /// What a map saw: voxels, and those that no map before had seen.
  struct Seen {
    int64_t voxels = 0;
    int64_t fresh = 0;
  };
  /// `T_world_camera`: of the map's view. `keyframe`: not below those before. Depth that is not
  /// positive and finite, or has no such sigma, is unknown.
  Seen Integrate(const DepthMap& map, const Se3& T_world_camera, int keyframe);

  /// A voxel by its place in the world: floor(position / voxel_m).
  using Index = Eigen::Vector3i;
  int8_t State(const Index& index) const;  // OccupancyGrid's
  /// The signed distance, m, positive on the side that was looked from, and how many maps it is the
  /// mean of; views == 0: there is none.
  struct Distance {
    float metres = 0;
    float weight = 0;  // sum of 1 / sigma^2, 1/m^2
    float spread = 0;  // sum of squared deviations from the mean, each over its variance
    int views = 0;
  };
  Distance DistanceAt(const Index& index) const;

  /// All voxels that are not unknown, in a box around them. Empty: none is. A box of more than 32
  /// million voxels is told in voxels of twice the edge (occupied where one of the eight is, free
  /// where half of them are), and so on.
  OccupancyGrid Grid() const;
  /// One surfel per occupied voxel whose surface passes through it, in a fixed order.
  std::vector<Surfel> Surfels() const;
  /// Where pixels end in occupied voxels that have no surfel: boards, poles, edges. Of no normal.
  std::vector<Surfel> Ends() const;
  /// Blocks in which there are distances, in a fixed order; voxel (0, 0, 0) of each.
  std::vector<Index> SurfaceBlocks() const;

  const VoxelMapOptions& options() const { return options_; }
  int64_t blocks() const { return static_cast<int64_t>(blocks_.size()); }
  int64_t blocks_refused() const { return refused_; }  // beyond most_blocks
  int maps() const { return maps_; }

 private:
  // Distances only where a surface is near.
  struct Field {
    std::array<float, kVoxels> distance{};
    std::array<float, kVoxels> weight{};
    std::array<float, kVoxels> spread{};  // sum of weighted squared deviations from the mean
    std::array<uint8_t, kVoxels> views{};
  };
  struct Block {
    std::array<int8_t, kVoxels> evidence{};     // of a surface: > 0; of free space: < 0
    std::array<uint8_t, kVoxels> free_views{};  // saturated, as what follows
    std::array<uint8_t, kVoxels> end_views{};   // maps of which pixels end in it
    /// Mean of where, from the voxel's corner, in 1/32767 of its edge.
    std::unique_ptr<std::array<std::array<int16_t, 3>, kVoxels>> ends;
    std::unique_ptr<Field> field;
    int32_t first = 0;  // keyframes in which it was seen
    int32_t last = 0;
  };
  struct Hash {
    size_t operator()(const Index& i) const {
      return (static_cast<size_t>(i.x()) * 73856093U) ^ (static_cast<size_t>(i.y()) * 19349663U) ^
             (static_cast<size_t>(i.z()) * 83492791U);
    }
  };
  struct Frame;  // a depth map, prepared
  /// Where pixels of one map end in a block, from the voxels' corners, in their edge.
  struct EndsInBlock {
    std::array<std::array<float, 3>, kVoxels> sum{};
    std::array<uint16_t, kVoxels> count{};
  };
  using EndsOfBlocks = std::unordered_map<Index, EndsInBlock, Hash>;

  std::vector<Index> BlocksInView(const Frame& frame) const;
  EndsOfBlocks EndsOf(const Frame& frame) const;
  static void TakeEnd(Block& block, size_t voxel, const Eigen::Vector3f& mean);
  void IntegrateBlock(const Frame& frame, const Index& index, const EndsInBlock* ends, Block& block,
                      Seen& seen) const;
  const Block* Find(const Index& voxel, int& inside) const;
  std::vector<Index> SortedBlocks() const;
  int LeastViews() const;
  int LeastEvidence() const;
  bool SurfaceAt(const Index& index, const Distance& here, Surfel& surfel) const;
  int8_t StateOf(const Block& block, int inside, const Index& index) const;

  VoxelMapOptions options_;
  std::unordered_map<Index, Block, Hash> blocks_;
  int64_t refused_ = 0;
  int maps_ = 0;
};

}  // namespace nightjar
