// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "calibration/rig.h"
#include "core/feature_track.h"
#include "core/time.h"

namespace nightjar {

/// The first line of a tracks.csv.
inline constexpr const char* kTrackHeader = "#timestamp [ns],track,x_px,y_px,sigma_px\n";
inline constexpr const char* kTrackFile = "tracks.csv";

/// A row of a camera's tracks.csv: t [ns], track, x [px], y [px], sigma [px, per axis]; or the time
/// alone, of a frame in which nothing was seen. Rows of one frame stand together.
struct TrackRow {
  SensorTime time;                            // mid-exposure of the middle row, on the IMU's clock
  SensorTime stamp;                           // as it stands in the row, on the IMU's clock
  std::optional<FeatureObservation> feature;  // its camera is not set
};

inline constexpr double kMaxTrackSigma_px = 1000;  // beyond, it says nothing

/// Reads the fields of one row. The stamp is that of a frame whose exposure is not known (see
/// FrameTime).
class TrackRowParser {
 public:
  explicit TrackRowParser(const RigCamera& camera) : camera_(camera) {}

  /// The row, or why it cannot be used, as one fixed phrase: neither 1 nor 5 columns, a time or a
  /// track that is not a whole number, a pixel that is no number or outside of the image (of its
  /// pixels' areas), a sigma that is not in 0 .. kMaxTrackSigma_px.
  tl::expected<TrackRow, const char*> operator()(const std::vector<std::string_view>& fields) const;

 private:
  RigCamera camera_;
};

/// The rows of one frame, with numbers that are read back bit for bit; the row without a feature
/// when there is none. Sigma is that along x: rows have room for a covariance alike in all
/// directions.
std::string TrackRowsText(SensorTime stamp, std::span<const FeatureObservation> features);

}  // namespace nightjar
