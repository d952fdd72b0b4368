// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/se3.h"
#include "data/simulator/scene.h"

namespace nightjar {

/// Where a ray meets a surface.
struct SurfaceHit {
  int panel = 0;        // index into SimulatedScene::panels
  double distance = 0;  // along the ray, m
};

/// Answers single rays exactly, in double precision: what a camera sees in a direction, whether it
/// sees a given point. The renderer casts all rays of an image at once and in single precision;
/// here it is some thousands of scattered ones per frame.
///
/// As for the renderer a panel is seen, and hides what is behind it, from the side that its normal
/// points to, or from both where it is two-sided. Panels that stand still are in a tree of
/// axis-aligned boxes (Kay, Kajiya, "Ray tracing complex scenes", SIGGRAPH 1986), split at the
/// median; walls and moving ones are tried one by one. Immutable; safe to use from several threads.
class SurfaceTree {
 public:
  /// `scene` outlives it.
  explicit SurfaceTree(const SimulatedScene& scene);

  /// The first surface that the ray meets nearer than `farthest_m`; `direction` is a unit vector
  /// (world), `T_world_objects` has the pose of each of SimulatedScene::objects, or none: then
  /// there is only what stands still.
  std::optional<SurfaceHit> FirstHit(const Eigen::Vector3d& from, const Eigen::Vector3d& direction,
                                     double farthest_m, std::span<const Se3> T_world_objects) const;

  /// Whether nothing but `panel` itself hides the point `to`, which lies on it, from `from`
  /// (world).
  bool IsClear(const Eigen::Vector3d& from, const Eigen::Vector3d& to, int panel,
               std::span<const Se3> T_world_objects) const;

 private:
  // A panel with what an intersection needs.
  struct Surface {
    explicit Surface(const SimulatedScene& scene, int panel);
    /// The distance, nothing beyond `farthest`.
    std::optional<double> Meet(const Eigen::Vector3d& from, const Eigen::Vector3d& direction,
                               double farthest) const;

    Eigen::Vector3d corner, u_axis, v_axis, normal;
    double width, height;
    bool two_sided;
    int panel;
  };
  struct Node {
    Eigen::Vector3d low, high;  // of all that is in it
    int32_t begin = 0;          // of a leaf: its surfaces; otherwise `end` is 0 and
    int32_t end = 0;            // `begin` the second child; the first stands behind the node
  };
  struct Mover {
    int object;
    double radius;  // around the object's origin, of all that belongs to it, m
    std::vector<Surface> surfaces;
  };

  void Split(int32_t begin, int32_t end);
  /// Calls visit(surface, from, direction) for all that may be met nearer than `farthest`, which
  /// visit may lower; ends when it returns false.
  template <typename Visit>
  void Search(const Eigen::Vector3d& from, const Eigen::Vector3d& direction,
              std::span<const Se3> T_world_objects, const double& farthest, Visit visit) const;

  std::vector<Surface> still_;  // the large ones, then in the order of the leaves
  size_t large_ = 0;            // how many are not in the tree
  std::vector<Node> nodes_;     // from the root on
  std::vector<Mover> movers_;
};

/// The poses of the scene's objects at an instant.
std::vector<Se3> ObjectPoses(const SimulatedScene& scene, double t_s);

}  // namespace nightjar
