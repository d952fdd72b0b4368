// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "core/so3.h"
#include "spatial/context/motion.h"

namespace nightjar {

double TurnAboutVertical(const Eigen::Quaterniond& a, const Eigen::Quaterniond& b) {
  return so3::Log(b * a.conjugate()).z();
}

std::vector<MotionSegment> SegmentMotion(const Trajectory& path,
                                         const std::vector<MotionEstimate>& motion) {
  std::vector<MotionSegment> segments;
  std::vector<double> steps;
  const auto finish = [&segments, &path, &steps] {
    if (segments.empty()) return;
    MotionSegment& segment = segments.back();
    segment.end = path[segment.last].state.time;
    segment.probability /= static_cast<double>(segment.last - segment.first + 1);
    segment.displacement_m = (path[segment.last].state.T_world_body.translation -
                              path[segment.first].state.T_world_body.translation)
                                 .norm();
    if (!steps.empty()) {
      std::nth_element(steps.begin(), steps.begin() + static_cast<std::ptrdiff_t>(steps.size() / 2),
                       steps.end());
      segment.step_hz = steps[steps.size() / 2];
    }
    steps.clear();
  };
  for (size_t k = 0; k < motion.size(); ++k) {
    const bool same = k > 0 && motion[k].since == motion[k - 1].since;
    if (!same) {
      finish();
      MotionSegment begun;
      begun.state = motion[k].state;
      begun.first = k;
      begun.begin = motion[k].time;
      segments.push_back(begun);
    }
    MotionSegment& segment = segments.back();
    if (same) {
      const Se3 &a = path[k - 1].state.T_world_body, &b = path[k].state.T_world_body;
      segment.path_m += (b.translation - a.translation).norm();
      segment.turn_rad += TurnAboutVertical(a.rotation, b.rotation);
    }
    segment.last = k;
    segment.probability += motion[k].probability;
    if (motion[k].step_hz) steps.push_back(*motion[k].step_hz);
  }
  finish();
  return segments;
}

}  // namespace nightjar
