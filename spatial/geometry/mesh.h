// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <array>
#include <string>
#include <vector>

#include "spatial/geometry/voxel_map.h"

namespace nightjar {

/// Triangles of a surface; counter-clockwise as seen from where it was seen.
struct Mesh {
  std::vector<Eigen::Vector3f> vertices_world;  // m
  std::vector<std::array<int, 3>> triangles;    // indices of vertices
};

/// The zero of a voxel map's signed distance by naive surface nets (Gibson, "Constrained elastic
/// surface nets", MICCAI 1998, without its relaxation): one vertex per cube of eight voxels'
/// middles in which the sign changes, at the mean of where its edges cross zero; two triangles per
/// edge that does. Only cubes whose eight distances are known and one of whose voxels is occupied:
/// there is no surface where nothing was seen.
Mesh ExtractMesh(const VoxelMap& map);

/// A PLY file, little-endian: float x, y, z; triangles as a list of int.
std::string MeshPly(const Mesh& mesh);

}  // namespace nightjar
