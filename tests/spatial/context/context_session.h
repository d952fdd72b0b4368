// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>

#include "spatial/context/context_text.h"
#include "tests/spatial/synthetic_scene.h"
#include "tests/spatial/synthetic_session.h"

namespace nightjar {

// Ten seconds in the synthetic room; the camera looks along the body's x axis.
inline Session InARoom(int frames = 201) {
  Session session = SyntheticSession(frames);
  Eigen::Matrix3d R_body_camera;
  R_body_camera << 0, 0, 1, -1, 0, 0, 0, -1, 0;
  session.rig.cameras[0].T_body_camera.rotation = Eigen::Quaterniond(R_body_camera);
  session.scene = SyntheticScene(session);
  return session;
}

inline ContextMoment MomentOf(const Session& session, std::optional<double> at_s = {},
                              std::optional<double> from_s = {}) {
  const SensorTime first = session.open_loop.front().state.time;
  ContextRequest request;
  if (at_s) request.now = first + FromSeconds(*at_s);
  if (from_s) request.begin = first + FromSeconds(*from_s);
  Result<ContextMoment> moment = ContextMoment::At(session, request);
  if (!moment) ADD_FAILURE() << moment.error().Message();
  return *std::move(moment);
}

inline std::string TextAt(const Session& session, size_t max_bytes,
                          std::optional<double> at_s = {}) {
  return ContextParts(MomentOf(session, at_s)).Text(max_bytes);
}

}  // namespace nightjar
