// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Geometry>
#include <cmath>
#include <memory>
#include <utility>
#include <vector>

#include "calibration/pinhole_radial_tangential.h"
#include "calibration/rig.h"
#include "core/event_packet.h"
#include "core/random.h"
#include "core/so3.h"
#include "core/time.h"

/// An event camera that moves before a wall of crosses, 1 m away.
namespace nightjar::crosses {

inline constexpr int kWidth = 240, kHeight = 180;
inline constexpr double kSeconds = 1.0;
inline constexpr double kFrame_s = 0.05;

inline SensorTime At(double t_s) { return FromNanoseconds(1'000'000'000) + FromSeconds(t_s); }

inline RigEventCamera Camera() {
  RigEventCamera camera;
  camera.name = "events0";
  camera.width = kWidth;
  camera.height = kHeight;
  camera.model = std::make_shared<PinholeRadialTangential>(
      Eigen::Vector2d(200, 200), Eigen::Vector2d(119.5, 89.5),
      std::vector<double>{-0.1, 0.02, 0.001, -0.001});
  camera.T_body_camera = {so3::Exp({0.3, -0.2, 1.1}), {0.01, 0.02, 0.03}};
  return camera;
}

/// How the camera moves; the wall is 1 m away.
struct Motion {
  Eigen::Vector3d (*turned)(double t_s);
  Eigen::Vector3d (*position_world)(double t_s);

  Eigen::Quaterniond R_world_camera(double t_s) const { return so3::Exp(turned(t_s)); }
  // Of the body, by differences of the orientation.
  Eigen::Vector3d AngularVelocityBody(double t_s) const {
    constexpr double kStep = 1e-5;
    const Eigen::Quaterniond turn =
        R_world_camera(t_s - kStep).conjugate() * R_world_camera(t_s + kStep);
    return Camera().T_body_camera.rotation * (so3::Log(turn) / (2 * kStep));
  }
};

// To and fro about two axes of the camera: up to 1.9 rad/s, 380 px/s, whose direction changes.
inline constexpr Motion kTurns = {
    [](double t_s) {
      return Eigen::Vector3d(0.12 * std::sin(9 * t_s), 0.2 * std::sin(7 * t_s + 1), 0);
    },
    [](double) -> Eigen::Vector3d { return Eigen::Vector3d::Zero(); }};
// Sideways only, and sideways while it turns so that half of the image's motion is taken back.
inline constexpr Motion kSlides = {
    [](double) -> Eigen::Vector3d { return Eigen::Vector3d::Zero(); },
    [](double t_s) { return Eigen::Vector3d(0.5 * t_s, 0, 0); }};
inline constexpr Motion kSlidesAndTurnsBack = {
    [](double t_s) { return Eigen::Vector3d(0, -0.25 * t_s, 0); }, kSlides.position_world};

// Directions to the points of crosses, which have corners.
inline std::vector<Eigen::Vector3d> Wall() {
  std::vector<Eigen::Vector3d> points;
  RandomStream random(7, 0);
  for (int cross = 0; cross < 160; ++cross) {
    const double x = 2.4 * random.Uniform() - 1.2, y = 2.0 * random.Uniform() - 1.0;
    const double turn = M_PI * random.Uniform();
    for (int arm = 0; arm < 2; ++arm) {
      for (int k = -12; k <= 12; ++k) {
        const double along = 0.0025 * k * (arm == 0 ? 1 : 0.6);
        const double angle = turn + arm * M_PI / 2;
        points.push_back({x + along * std::cos(angle), y + along * std::sin(angle), 1});
      }
    }
  }
  return points;
}

/// Whenever a point comes into another pixel there is an event, `lag_s` late.
inline std::vector<std::pair<SensorTime, Event>> Events(double lag_s,
                                                        const Motion& motion = kTurns) {
  constexpr double kStep_s = 2.5e-4;
  const RigEventCamera camera = Camera();
  std::vector<std::pair<SensorTime, Event>> events;
  const std::vector<Eigen::Vector3d> points = Wall();
  std::vector<Eigen::Vector2i> pixels(points.size(), Eigen::Vector2i(-1, -1));
  for (double t_s = -0.1; t_s < kSeconds; t_s += kStep_s) {
    const Eigen::Matrix3d R = motion.R_world_camera(t_s).conjugate().toRotationMatrix();
    const Eigen::Vector3d position = motion.position_world(t_s);
    for (size_t i = 0; i < points.size(); ++i) {
      const auto seen = camera.model->Project(R * (points[i] - position));
      if (!seen) continue;
      const Eigen::Vector2i pixel = seen->array().round().cast<int>();
      const bool inside =
          pixel.x() >= 0 && pixel.x() < kWidth && pixel.y() >= 0 && pixel.y() < kHeight;
      if (inside && pixel != pixels[i]) {
        Event event;
        event.x = static_cast<uint16_t>(pixel.x());
        event.y = static_cast<uint16_t>(pixel.y()) & 0x7FFF;
        event.on = i % 2;
        events.emplace_back(At(t_s + lag_s), event);
      }
      pixels[i] = pixel;
    }
  }
  return events;
}

/// Those of [begin, end) in one packet.
inline EventPacket PacketOf(const std::vector<std::pair<SensorTime, Event>>& events,
                            SensorTime begin, SensorTime end) {
  EventPacket packet{begin, {}};
  for (const auto& [time, event] : events) {
    if (time < begin || time >= end) continue;
    packet.events.push_back(event);
    packet.events.back().time_us =
        static_cast<uint32_t>((time - begin) / std::chrono::microseconds(1));
  }
  return packet;
}

}  // namespace nightjar::crosses
