// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "core/depth_map.h"
#include "data/image_file.h"
#include "spatial/geometry/scene_builder.h"
#include "spatial/session.h"

namespace nightjar {

/// The stage `geometry` of a run: what is around, from the keyframes' pictures and depth as these
/// are made, or, where nothing measured depth, from the landmarks.
class SceneStage {
 public:
  /// `session`: its rig and keyframes; outlives it. `options` must be valid.
  SceneStage(const Session& session, const SceneOptions& options);

  /// A keyframe's undistorted picture: 8 bits, grey or in colours, of which green is taken.
  void TakePicture(SensorTime keyframe, const FilePixels& picture);
  /// After the pictures, in the order of the keyframes.
  void TakeDepth(const DepthMap& map);

  /// Session::scene, the report and the time that all of this took.
  void Finish(Session& session);

 private:
  void Report(Session& session) const;

  SceneOptions options_;
  SceneBuilder builder_;
  int64_t pictures_ = 0;
  double wall_s_ = 0;
};

}  // namespace nightjar
