// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/pinhole_view.h"
#include "core/result.h"
#include "spatial/session.h"

namespace nightjar {

/// A picture of a keyframe without its lens, and where it was taken: what every format of posed
/// pictures is made of. Camera: x right, y down, z forward; pixel (0, 0) is the centre of the
/// top-left pixel.
struct PosedPicture {
  SensorTime time;
  int camera = 0;     // index into Rig::cameras
  std::string image;  // in the session folder; empty: there is no picture, only its geometry
  std::string depth;  // idem; empty: none
  PinholeView view;
  Se3 T_world_camera;

  /// The name of its files: the time in ns.
  std::string Name() const { return std::to_string(ToNanoseconds(time)); }
};

/// One per picture or depth map of the session that belongs to a keyframe, in their order; all of
/// the keyframes' map. kNoAnswer when the session has none.
Result<std::vector<PosedPicture>> PosedPictures(const Session& session);

/// The pixel of a point, or nothing behind the camera and outside of the picture.
std::optional<Eigen::Vector2d> Project(const PinholeView& view, const Se3& T_world_camera,
                                       const Eigen::Vector3d& point_world);

/// The session with one map alone: that with most keyframes, without any with most rows. `maps`:
/// how many there were.
Session LargestMapOf(Session session, int& maps);

/// All points of a session that have a place: landmarks, then those of the scene.
std::vector<Landmark> PointsOf(const Session& session);

}  // namespace nightjar
