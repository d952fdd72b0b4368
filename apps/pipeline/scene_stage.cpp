// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/scene_stage.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>
#include <variant>

#include "spatial/geometry/point_scene.h"

namespace nightjar {
namespace {

/// Adds the time of its life to a sum.
class TimeAdder {
 public:
  explicit TimeAdder(double& sum_s) : sum_s_(sum_s) {}
  ~TimeAdder() {
    sum_s_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
  }
  TimeAdder(const TimeAdder&) = delete;
  TimeAdder& operator=(const TimeAdder&) = delete;

 private:
  double& sum_s_;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

std::string Count(size_t count, const std::string& what) {
  return std::to_string(count) + " " + what;
}

bool Has(const Scene& scene, SurfaceKind kind) {
  return std::any_of(scene.surfaces.begin(), scene.surfaces.end(),
                     [kind](const Surface& s) { return s.kind == kind; });
}

}  // namespace

SceneStage::SceneStage(const Session& session, const SceneOptions& options)
    : options_(options), builder_(session.rig, session.keyframes, options) {}

void SceneStage::TakePicture(SensorTime keyframe, const FilePixels& picture) {
  const TimeAdder watch(wall_s_);
  if (const auto* grey = std::get_if<Image<uint8_t>>(&picture)) {
    builder_.AddPixels(keyframe, GradientPixels(*grey, options_.semidense));
  } else if (const auto* colours = std::get_if<PlanarImage<uint8_t>>(&picture)) {
    constexpr int kGreen = 1;
    builder_.AddPixels(keyframe, GradientPixels(colours->sliced(2, kGreen), options_.semidense));
  }
  ++pictures_;
}

void SceneStage::TakeDepth(const DepthMap& map) {
  const TimeAdder watch(wall_s_);
  builder_.AddDepth(map);
}

void SceneStage::Finish(Session& session) {
  if (session.keyframes.empty()) return;
  {
    const TimeAdder watch(wall_s_);
    session.scene = builder_.Finish();
    if (builder_.counts().maps == 0) {
      PointSceneOptions points;
      points.surfaces = options_.surfaces;
      points.clearance = options_.clearance;
      session.scene =
          BuildSceneFromPoints(session.rig, session.keyframes, session.landmarks, points);
    }
  }
  session.run.stage_wall.emplace_back("geometry", wall_s_);
  Report(session);
}

void SceneStage::Report(Session& session) const {
  const Scene& scene = session.scene;
  const SceneCounts& counts = builder_.counts();
  StageReport report{"geometry", StageReport::Outcome::kSuccess, {}, {}, {}};
  if (counts.maps > 0) {
    report.info.push_back("from " + Count(static_cast<size_t>(counts.maps), "depth maps, ") +
                          Count(static_cast<size_t>(counts.blocks), "blocks of voxels"));
  } else {
    report.info.push_back(
        "from landmarks: nothing measured depth, and of what has no texture "
        "nothing is known");
  }
  report.info.push_back(Count(scene.surfaces.size(), "surfaces, ") +
                        Count(scene.semidense.size(), "semi-dense points"));
  if (counts.maps > 0 && pictures_ == 0)
    report.info.push_back("no semi-dense points without pictures of keyframes");
  if (counts.other_maps > 0)
    report.warnings.push_back(
        Count(static_cast<size_t>(counts.other_maps), "keyframes of other maps are in no scene"));
  if (counts.blocks_refused > 0)
    report.warnings.push_back("not all that was seen is mapped: most_blocks is reached");
  if (!Has(scene, SurfaceKind::kFloor))
    report.info.push_back("no floor was seen: heights are those of the world");
  if (!Has(scene, SurfaceKind::kWall)) report.info.push_back("no wall was seen");
  if (!report.warnings.empty()) report.outcome = StageReport::Outcome::kWarning;
  session.stages.push_back(std::move(report));
}

}  // namespace nightjar
