// SPDX-License-Identifier: Apache-2.0
#include "fusion/visual_inertial_estimator.h"

#include <utility>
#include <vector>

#include "core/check.h"
#include "fusion/final_solution.h"
#include "fusion/imu_buffer.h"
#include "fusion/sliding_window.h"

namespace nightjar {

class VisualInertialEstimator::Impl {
 public:
  Impl(const Rig& rig, const EstimatorOptions& options)
      : rig_(rig), options_(options), window_(rig_, options_) {}

  ImuBuffer& imu() { return imu_; }

  FrameEstimate AddFrame(const FrameObservations& frame) {
    NIGHTJAR_CHECK(causal_.empty() || frame.time > causal_.back().state.time,
                   "frames arrive in time order");
    FrameEstimate estimate;
    estimate.health = window_.Add(WithSigmaFloor(frame), imu_);
    estimate.row.state = window_.newest();
    estimate.row.state.time = frame.time;
    estimate.row.status = estimate.health.status;
    if (!imu_.empty()) {
      estimate.row.angular_velocity_body =
          imu_.newest().angular_velocity_body - estimate.row.state.gyro_bias;
    }
    causal_.push_back(estimate.row);
    return estimate;
  }

  Result<FinalSolution> Finish() {
    if (causal_.empty()) return Fail(ErrorKind::kNoAnswer, "no frame was estimated");
    std::vector<KeyframeRecord> keyframes = window_.Keyframes();
    if (keyframes.empty()) {
      return Fail(ErrorKind::kNoAnswer, "no inertial sample came before the last frame");
    }
    return SolveFinal(rig_, options_, window_.start(), std::move(keyframes), imu_, causal_);
  }

 private:
  FrameObservations WithSigmaFloor(FrameObservations frame) const {
    const double variance = options_.pixel_sigma_floor * options_.pixel_sigma_floor;
    for (FeatureObservation& feature : frame.features) {
      feature.covariance.diagonal().array() += variance;
    }
    return frame;
  }

  Rig rig_;
  EstimatorOptions options_;
  ImuBuffer imu_;
  SlidingWindow window_;
  Trajectory causal_;
};

VisualInertialEstimator::VisualInertialEstimator(const Rig& rig, const EstimatorOptions& options)
    : impl_(std::make_unique<Impl>(rig, options)) {}
VisualInertialEstimator::~VisualInertialEstimator() = default;

void VisualInertialEstimator::AddImu(const ImuSample& sample) { impl_->imu().Add(sample); }

FrameEstimate VisualInertialEstimator::AddFrame(const FrameObservations& frame) {
  return impl_->AddFrame(frame);
}

Result<FinalSolution> VisualInertialEstimator::Finish() { return impl_->Finish(); }

}  // namespace nightjar
