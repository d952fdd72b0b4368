// SPDX-License-Identifier: Apache-2.0
#include "spatial/geometry/mesh.h"

#include <bit>
#include <cstring>
#include <map>
#include <optional>

namespace nightjar {
namespace {

using Eigen::Vector3f;
using Eigen::Vector3i;

static_assert(std::endian::native == std::endian::little);

using Key = std::array<int, 3>;
Key KeyOf(const Vector3i& v) { return {v.x(), v.y(), v.z()}; }

Vector3i Corner(int i) { return {i & 1, (i >> 1) & 1, i >> 2}; }

/// The vertex of the cube from one voxel's middle to the next ones'.
std::optional<Vector3f> VertexOf(const VoxelMap& map, const Vector3i& cube) {
  std::array<float, 8> distances;
  bool negative = false, positive = false, occupied = false;
  for (int i = 0; i < 8; ++i) {
    const VoxelMap::Distance d = map.DistanceAt(cube + Corner(i));
    if (d.views == 0) return std::nullopt;
    distances[static_cast<size_t>(i)] = d.metres;
    (d.metres < 0 ? negative : positive) = true;
  }
  if (!negative || !positive) return std::nullopt;
  for (int i = 0; i < 8 && !occupied; ++i)
    occupied = map.State(cube + Corner(i)) == OccupancyGrid::kOccupied;
  if (!occupied) return std::nullopt;
  Vector3f sum = Vector3f::Zero();
  int crossings = 0;
  for (int i = 0; i < 8; ++i) {
    for (int axis = 0; axis < 3; ++axis) {
      const int j = i | (1 << axis);
      const float a = distances[static_cast<size_t>(i)], b = distances[static_cast<size_t>(j)];
      if (j == i || (a < 0) == (b < 0)) continue;
      sum += Corner(i).cast<float>() + a / (a - b) * Vector3f::Unit(axis);
      ++crossings;
    }
  }
  const auto voxel = static_cast<float>(map.options().voxel_m);
  return voxel *
         (cube.cast<float>() + Vector3f::Constant(0.5F) + sum / static_cast<float>(crossings));
}

template <typename T>
void Append(std::string& bytes, T value) {
  char raw[sizeof(T)];
  std::memcpy(raw, &value, sizeof(T));
  bytes.append(raw, sizeof(T));
}

}  // namespace

Mesh ExtractMesh(const VoxelMap& map) {
  Mesh mesh;
  std::map<Key, int> vertex_of_cube;
  const std::vector<Vector3i> blocks = map.SurfaceBlocks();
  // Cubes that begin one before a block have a voxel in it.
  const auto visit = [&](const auto& take) {
    for (const Vector3i& block : blocks) {
      for (int z = -1; z < VoxelMap::kSide; ++z)
        for (int y = -1; y < VoxelMap::kSide; ++y)
          for (int x = -1; x < VoxelMap::kSide; ++x) take(Vector3i(block + Vector3i(x, y, z)));
    }
  };
  visit([&](const Vector3i& cube) {
    if (vertex_of_cube.count(KeyOf(cube))) return;
    const auto vertex = VertexOf(map, cube);
    if (!vertex) return;
    vertex_of_cube.emplace(KeyOf(cube), static_cast<int>(mesh.vertices_world.size()));
    mesh.vertices_world.push_back(*vertex);
  });
  for (const auto& entry : vertex_of_cube) {
    const Vector3i at(entry.first[0], entry.first[1], entry.first[2]);
    for (int axis = 0; axis < 3; ++axis) {
      const float here = map.DistanceAt(at).metres;
      const float next = map.DistanceAt(at + Vector3i::Unit(axis)).metres;
      if ((here < 0) == (next < 0)) continue;
      // The four cubes around the edge, counter-clockwise as seen from the end that it points to.
      const Vector3i u = Vector3i::Unit((axis + 1) % 3), v = Vector3i::Unit((axis + 2) % 3);
      std::array<int, 4> ring;
      bool whole = true;
      for (int i = 0; i < 4 && whole; ++i) {
        const std::array<Vector3i, 4> cubes = {Vector3i(at - u - v), Vector3i(at - v), at,
                                               Vector3i(at - u)};
        const auto found = vertex_of_cube.find(KeyOf(cubes[static_cast<size_t>(i)]));
        whole = found != vertex_of_cube.end();
        if (whole) ring[static_cast<size_t>(i)] = found->second;
      }
      if (!whole) continue;
      if (here > 0) std::swap(ring[1], ring[3]);  // seen from the positive side
      mesh.triangles.push_back({ring[0], ring[1], ring[2]});
      mesh.triangles.push_back({ring[0], ring[2], ring[3]});
    }
  }
  return mesh;
}

std::string MeshPly(const Mesh& mesh) {
  std::string bytes = "ply\nformat binary_little_endian 1.0\nelement vertex " +
                      std::to_string(mesh.vertices_world.size()) +
                      "\nproperty float x\nproperty float y\nproperty float z\nelement face " +
                      std::to_string(mesh.triangles.size()) +
                      "\nproperty list uchar int vertex_indices\nend_header\n";
  for (const Vector3f& vertex : mesh.vertices_world)
    for (int axis = 0; axis < 3; ++axis) Append(bytes, vertex[axis]);
  for (const std::array<int, 3>& triangle : mesh.triangles) {
    Append(bytes, uint8_t{3});
    for (const int index : triangle) Append(bytes, static_cast<int32_t>(index));
  }
  return bytes;
}

}  // namespace nightjar
