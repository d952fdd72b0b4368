// SPDX-License-Identifier: Apache-2.0
#include "data/simulator/panel_views.h"

namespace nightjar {

PanelViews::PanelViews(const SimulatedScene& scene, const CameraTrail& trail, int first_row,
                       int last_row)
    : scene_(scene),
      trail_(trail),
      first_row_(first_row),
      rows_(trail.rolling() ? last_row - first_row + 1 : 1),
      views_(scene.panels.size()) {}

PanelTrack PanelViews::At(int panel, int row) {
  std::vector<PanelView>& views = views_[static_cast<size_t>(panel)];
  if (views.empty()) {
    const Panel& made_of = scene_.panels[static_cast<size_t>(panel)];
    views.reserve(static_cast<size_t>(trail_.taps() * rows_));
    for (int t = 0; t < trail_.taps(); ++t) {
      for (int r = 0; r < rows_; ++r)
        views.emplace_back(made_of, trail_.At(made_of.object, t, first_row_ + r));
    }
  }
  const bool rolls = trail_.rolling();
  return {panel, &views[static_cast<size_t>(rolls ? row - first_row_ : 0)], rows_, rolls ? 1 : 0};
}

}  // namespace nightjar
