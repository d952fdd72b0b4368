// SPDX-License-Identifier: Apache-2.0
#include "data/simulator/camera_trail.h"

namespace nightjar {

CameraTrail::CameraTrail(const MotionSpline& T_world_body, const Se3& T_body_camera,
                         const SimulatedScene& scene, const ExposureSpan& span, int taps,
                         int height)
    : taps_(taps),
      rows_(span.readout_s > 0 ? height : 1),
      T_frame_camera_(scene.objects.size() + 1) {
  const double part_s = span.exposure_s / taps;
  for (int tap = 0; tap < taps_; ++tap) {
    for (int row = 0; row < rows_; ++row) {
      const double row_s =
          rows_ == 1 ? 0 : (static_cast<double>(row) / (rows_ - 1) - 0.5) * span.readout_s;
      const double t = span.mid_s + row_s + ((tap + 0.5) / taps_ - 0.5) * span.exposure_s;
      const Se3 T_world_camera = T_world_body.Pose(t) * T_body_camera;
      T_frame_camera_[0].push_back(T_world_camera);
      for (size_t k = 0; k < scene.objects.size(); ++k)
        T_frame_camera_[k + 1].push_back(scene.objects[k].Pose(t).Inverse() * T_world_camera);
      lamp_gains_.push_back(
          static_cast<float>(scene.flicker.MeanGain(t - 0.5 * part_s, t + 0.5 * part_s)));
    }
  }
}

const Se3& CameraTrail::At(int object, int tap, int row) const {
  return T_frame_camera_[static_cast<size_t>(object + 1)][Index(tap, row)];
}

}  // namespace nightjar
