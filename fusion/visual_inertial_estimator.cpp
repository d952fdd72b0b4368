// SPDX-License-Identifier: Apache-2.0
#include "fusion/visual_inertial_estimator.h"

#include <optional>
#include <utility>
#include <vector>

#include "core/check.h"
#include "fusion/final_solution.h"
#include "fusion/imu_buffer.h"
#include "fusion/inertial_interval.h"
#include "fusion/sliding_window.h"

namespace nightjar {

namespace {

// A map that has ended, as far as the final solution needs it.
struct EndedMap {
  StartBelief start;
  std::vector<KeyframeRecord> keyframes;
};

}  // namespace

class VisualInertialEstimator::Impl {
 public:
  Impl(const Rig& rig, const EstimatorOptions& options)
      : rig_(rig), options_(options), window_(std::in_place, rig_, options_, MapOrigin{}) {}

  ImuBuffer& imu() { return imu_; }

  FrameEstimate AddFrame(const FrameObservations& frame) {
    NIGHTJAR_CHECK(causal_.empty() || frame.time > causal_.back().state.time,
                   "frames arrive in time order");
    if (NeedsNewMap(frame)) BeginMap();
    FrameEstimate estimate;
    estimate.health = window_->Add(WithSigmaFloor(frame), imu_);
    estimate.row.state = window_->newest();
    estimate.row.state.time = frame.time;
    estimate.row.status = estimate.health.status;
    estimate.row.map = static_cast<int>(ended_.size());
    if (!imu_.empty()) {
      estimate.row.angular_velocity_body =
          imu_.newest().angular_velocity_body - estimate.row.state.gyro_bias;
    }
    if (estimate.row.status == TrackingStatus::kTracking) last_tracked_ = estimate.row.state;
    causal_.push_back(estimate.row);
    return estimate;
  }

  Result<FinalSolution> Finish() {
    if (causal_.empty()) return Fail(ErrorKind::kNoAnswer, "no frame was estimated");
    EndMap();
    FinalSolution whole;
    for (size_t map = 0; map < ended_.size(); ++map) {
      const Trajectory rows = RowsOf(static_cast<int>(map));
      if (ended_[map].keyframes.empty()) {  // never started
        whole.trajectory.insert(whole.trajectory.end(), rows.begin(), rows.end());
        continue;
      }
      Result<FinalSolution> solved = SolveFinal(rig_, options_, ended_[map].start,
                                                std::move(ended_[map].keyframes), imu_, rows);
      if (solved) {
        Append(*solved, static_cast<int>(map), whole);
      } else {
        whole.failed_maps.push_back(solved.error());
        AppendLost(rows, whole);
      }
    }
    if (!whole.keyframes.empty()) return whole;
    if (!whole.failed_maps.empty()) return tl::unexpected(whole.failed_maps.front());
    return Fail(ErrorKind::kNoAnswer, "the estimator never started");
  }

 private:
  // The map goes on as long as anything ties the next frame to it: inertial samples, or landmarks.
  bool NeedsNewMap(const FrameObservations& frame) const {
    if (causal_.empty() || !window_->started()) return false;
    if (IsPause(imu_, causal_.back().state.time, frame.time)) return true;
    return window_->tie_lost() && CountTracks(frame) >= options_.tracking_inliers;
  }

  void EndMap() { ended_.push_back({window_->start(), window_->Keyframes()}); }

  void BeginMap() {
    EndMap();
    MapOrigin origin;
    origin.T_world_body = causal_.back().state.T_world_body;
    if (last_tracked_) {
      origin.gyro_bias = last_tracked_->gyro_bias;
      origin.accelerometer_bias = last_tracked_->accelerometer_bias;
    }
    window_.emplace(rig_, options_, origin);
  }

  Trajectory RowsOf(int map) const {
    Trajectory rows;
    for (const TrajectoryRow& row : causal_) {
      if (row.map == map) rows.push_back(row);
    }
    return rows;
  }

  static void Append(const FinalSolution& part, int map, FinalSolution& whole) {
    const auto before = static_cast<int>(whole.keyframes.size());
    for (KeyframePair pair : part.pairs) {
      pair.first += before;
      pair.second += before;
      whole.pairs.push_back(pair);
    }
    for (Keyframe keyframe : part.keyframes) {
      keyframe.map = map;
      whole.keyframes.push_back(keyframe);
    }
    for (Landmark landmark : part.landmarks) {
      landmark.map = map;
      whole.landmarks.push_back(landmark);
    }
    whole.trajectory.insert(whole.trajectory.end(), part.trajectory.begin(), part.trajectory.end());
    const auto& scale = part.inertial_scale;
    if (scale && (!whole.inertial_scale || scale->sigma < whole.inertial_scale->sigma))
      whole.inertial_scale = scale;
  }

  static void AppendLost(const Trajectory& rows, FinalSolution& whole) {
    for (TrajectoryRow row : rows) {
      row.status = TrackingStatus::kLost;
      whole.trajectory.push_back(row);
    }
  }

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
  std::vector<EndedMap> ended_;
  std::optional<SlidingWindow> window_;  // of the map that goes on
  std::optional<NavigationState> last_tracked_;
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
