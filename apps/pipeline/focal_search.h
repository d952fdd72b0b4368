// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "calibration/camera_model.h"
#include "calibration/estimate/gyro_camera_alignment.h"
#include "calibration/estimate/relative_rotation.h"

namespace nightjar {

/// Where a feature was in two neighbouring frames, px.
struct PixelPair {
  Eigen::Vector2d previous, current;
};

/// Bearings of those pairs that `model` can unproject.
std::vector<BearingPair> Unproject(const CameraModel& model, std::span<const PixelPair> pairs);

/// How the gyro and a camera turn together, with the focal length under which they do so best.
struct CameraAlignment {
  GyroCameraAlignment alignment;
  double focal_scale = 1;  // times the calibrated focal length
};

/// Looks for the focal length with which a camera turns as the gyro does. With a wrong one, turn
/// and travel are mixed up: the turns are not only scaled, they scatter, and what they say about
/// the focal length is too little by a third or more. So the turns are estimated anew from the
/// pixels, for one focal length after the other. Pixels are kept of at most kMost intervals, spread
/// over the log: memory and work do not grow with it.
class FocalSearch {
 public:
  static constexpr size_t kMost = 128;
  explicit FocalSearch(std::shared_ptr<const CameraModel> model) : model_(std::move(model)) {}

  /// The interval that RotationPairing gave this number, in rising order.
  void Add(int64_t number, double interval_s, std::vector<PixelPair> pairs);

  /// `intervals` are those of the RotationPairing. Nothing where the calibrated focal length is as
  /// good as any, or where too little is known; scales from 0.42 to 2.38 are found.
  std::optional<CameraAlignment> Search(std::span<const RotationInterval> intervals) const;

 private:
  struct Kept {
    int64_t number = 0;
    double interval_s = 0;
    std::vector<PixelPair> pairs;
  };
  std::optional<GyroCameraAlignment> Align(std::span<const RotationInterval> intervals,
                                           double scale) const;

  std::shared_ptr<const CameraModel> model_;
  std::vector<Kept> kept_;
  int64_t stride_ = 1;
};

}  // namespace nightjar
