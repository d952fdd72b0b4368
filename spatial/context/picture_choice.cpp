// SPDX-License-Identifier: Apache-2.0
#include "spatial/context/picture_choice.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "spatial/query/keyframe_sight.h"
#include "spatial/query/scene_space.h"

namespace nightjar {
namespace {

std::vector<ChosenPicture> Candidates(const ContextMoment& moment) {
  const Session& session = moment.session();
  const int map = moment.rows()[moment.row()].map;
  std::vector<ChosenPicture> candidates;
  for (size_t k = 0; k < session.keyframes.size(); ++k) {
    const SensorTime time = session.keyframes[k].state.time;
    if (session.keyframes[k].map != map || time < moment.begin() || time > moment.now()) continue;
    const auto image =
        std::find_if(session.images.begin(), session.images.end(),
                     [time](const KeyframeImage& i) { return i.time == time && i.camera == 0; });
    if (image != session.images.end()) candidates.push_back({k, &*image, std::nullopt});
  }
  return candidates;
}

// The same session with these keyframes alone: what the cover may choose from.
Session Restricted(const Session& session, const std::vector<ChosenPicture>& candidates) {
  Session part = session;
  part.keyframes.clear();
  part.scene.views.clear();
  part.pairs.clear();
  for (const ChosenPicture& candidate : candidates)
    part.keyframes.push_back(session.keyframes[candidate.keyframe]);
  return part;
}

std::vector<ChosenPicture> ByCover(const ContextMoment& moment,
                                   const std::vector<ChosenPicture>& candidates, size_t count) {
  const Session part = Restricted(moment.session(), candidates);
  const SceneSpace space(part.scene);
  const KeyframeSight sight(part, space);
  if (candidates.empty() || !sight.known() || sight.cover_map() != part.keyframes.front().map)
    return {};
  std::vector<ChosenPicture> chosen;
  for (const CoverStep& step : sight.Cover()) {
    if (chosen.size() == count) break;
    chosen.push_back(candidates[step.keyframe]);
    chosen.back().new_share = step.new_share;
  }
  return chosen;
}

double Apart(const Se3& a, const Se3& b) {
  return (a.translation - b.translation).norm() + a.rotation.angularDistance(b.rotation);
}

// Farthest point first.
void AddDiverse(const Session& session, const std::vector<ChosenPicture>& candidates, size_t count,
                std::vector<ChosenPicture>& chosen) {
  const auto pose = [&session](const ChosenPicture& picture) -> const Se3& {
    return session.keyframes[picture.keyframe].state.T_world_body;
  };
  while (chosen.size() < std::min(count, candidates.size())) {
    const ChosenPicture* best = &candidates.back();
    double farthest = -1;
    for (const ChosenPicture& candidate : candidates) {
      double nearest = chosen.empty() ? 0 : std::numeric_limits<double>::infinity();
      for (const ChosenPicture& other : chosen) {
        nearest = other.keyframe == candidate.keyframe
                      ? -2
                      : std::min(nearest, Apart(pose(candidate), pose(other)));
      }
      if (chosen.empty() ? &candidate == best : nearest > farthest) {
        best = &candidate;
        farthest = nearest;
      }
    }
    chosen.push_back(*best);
  }
}

}  // namespace

std::vector<ChosenPicture> ChoosePictures(const ContextMoment& moment, size_t count) {
  const std::vector<ChosenPicture> candidates = Candidates(moment);
  std::vector<ChosenPicture> chosen = ByCover(moment, candidates, count);
  AddDiverse(moment.session(), candidates, count, chosen);
  return chosen;
}

}  // namespace nightjar
