// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "core/keyframe.h"
#include "core/landmark.h"
#include "core/trajectory.h"
#include "spatial/plan_projection.h"
#include "spatial/scene.h"

/// The layers of a plan view (spatial/plan_view.h), each a piece of SVG in the projection's pixels.
namespace nightjar::plan {

/// Colour of a share of the time, 0 .. 1, as "#rrggbb": cold to warm at rising lightness.
std::string TimeColour(double share);

/// Where `time` lies between a path's first and last pose, 0 .. 1.
double TimeShare(const Trajectory& path, SensorTime time);

/// A length in pixels as the layers write it.
std::string Px(double value);

/// Faint lines every `step_m` metres: they tell distances anywhere in the picture.
std::string Grid(const PlanProjection& plan, double step_m);

/// Landmarks up to a 1 sigma of 1 m along their ray. `shown`: how many lie in the picture.
std::string Dots(const PlanProjection& plan, const std::vector<Landmark>& landmarks, size_t& shown);

/// The outlines of surfaces, each with a title that names it: walls bright, tables filled, floor
/// and ceiling dashed. `T_drawn_world`: the frame that the projection shows.
std::string Surfaces(const PlanProjection& plan, const Se3& T_drawn_world,
                     const std::vector<Surface>& surfaces);

/// The path, coloured by time.
std::string PathLines(const PlanProjection& plan, const Trajectory& path);

/// The keyframes whose ellipses are drawn: evenly spread, the last one included.
std::vector<const Keyframe*> EllipseKeyframes(const std::vector<Keyframe>& keyframes);

/// How much larger than true the ellipses are drawn: 1, or a round factor that makes the largest
/// one easy to see.
double Exaggeration(const PlanProjection& plan, const std::vector<const Keyframe*>& keyframes);

/// 2 sigma and 1 sigma ellipses of the keyframes' horizontal position, coloured by time.
std::string Ellipses(const PlanProjection& plan, const Trajectory& path,
                     const std::vector<const Keyframe*>& keyframes, double exaggeration);

}  // namespace nightjar::plan
