// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "core/motion_spline.h"

namespace nightjar {

/// How an event camera's light is sampled.
struct EventInstantsOptions {
  double pixel_angle = 4e-3;   // rad
  double pixels = 1;           // that the image moves by between two instants, at most about
  double shortest_s = 250e-6;  // where longest_s is shorter, that one counts
  double longest_s = 5e-3;
};

/// Instants from `begin_s` to `end_s`, both among them, that are the closer the faster the image
/// moves: Rebecq, Gehrig, Scaramuzza, "ESIM: an open event camera simulator", CoRL 2018, sec. 3.2.
std::vector<double> EventInstants(const MotionSpline& T_world_body, double begin_s, double end_s,
                                  const EventInstantsOptions& options);

}  // namespace nightjar
