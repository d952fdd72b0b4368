// SPDX-License-Identifier: Apache-2.0
#include "data/simulator/event_instants.h"

#include <algorithm>

namespace nightjar {
namespace {

// How fast the image moves, rad/s.
double ImageSpeed(const MotionSpline& T_world_body, double t_s) {
  constexpr double kTypicalDistance_m = 1.5;
  const Motion motion = T_world_body.At(t_s);
  return motion.angular_velocity_body.norm() + motion.velocity_world.norm() / kTypicalDistance_m;
}

}  // namespace

std::vector<double> EventInstants(const MotionSpline& T_world_body, double begin_s, double end_s,
                                  const EventInstantsOptions& options) {
  const double way = options.pixels * options.pixel_angle;  // rad
  std::vector<double> instants = {begin_s};
  while (instants.back() < end_s) {
    const double t = instants.back();
    // Turns begin quickly: what is soon counts as what is now.
    const double speed = std::max(ImageSpeed(T_world_body, t),
                                  ImageSpeed(T_world_body, t + 0.5 * options.longest_s));
    const double step =
        std::clamp(way / std::max(speed, 1e-9), std::min(options.shortest_s, options.longest_s),
                   options.longest_s);
    // No crumb at the end.
    instants.push_back(t + 1.5 * step < end_s ? t + step : end_s);
  }
  return instants;
}

}  // namespace nightjar
