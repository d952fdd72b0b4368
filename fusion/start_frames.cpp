// SPDX-License-Identifier: Apache-2.0
#include "fusion/start_frames.h"

namespace nightjar {

StartFrame MakeStartFrame(int64_t id, const FrameObservations& observations, const Rig& rig) {
  StartFrame frame{id, observations.time, std::nullopt, observations.features, {}};
  for (const FeatureObservation& feature : frame.features) {
    const RigCamera& camera = rig.cameras[static_cast<size_t>(feature.camera)];
    const auto direction = camera.model->Unproject(feature.pixel);
    if (!direction) continue;
    frame.bearings.push_back(
        {feature.track, feature.camera, camera.T_body_camera.rotation * *direction});
  }
  return frame;
}

std::vector<ImuPreintegration> PreintegrateBetween(const std::vector<StartFrame>& frames,
                                                   const ImuBuffer& imu,
                                                   const Eigen::Vector3d& gyro_bias,
                                                   const Eigen::Vector3d& accelerometer_bias) {
  std::vector<ImuPreintegration> intervals;
  for (size_t k = 1; k < frames.size(); ++k) {
    // No weights are taken from these, so the noise does not matter.
    intervals.push_back(Preintegrate(imu.Between(frames[k - 1].time, frames[k].time), ImuNoise{},
                                     gyro_bias, accelerometer_bias));
  }
  return intervals;
}

}  // namespace nightjar
