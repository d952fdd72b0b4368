// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "calibration/rig.h"
#include "core/time.h"

namespace nightjar {

/// A row of a camera's (or depth sensor's) data.csv: t [ns], the name of a file in data/, and
/// perhaps exposure [ns] and gain.
struct FrameRow {
  SensorTime time;   // mid-exposure of the middle row, on the IMU's clock
  SensorTime stamp;  // as it stands in the row, on the IMU's clock; may be before 0
  std::string filename;
  std::optional<int64_t> exposure_ns = {};  // of one row
  std::optional<double> gain = {};          // linear
  bool exposure_refused = false;            // the row has one that is no exposure
  bool gain_refused = false;                // idem
};

inline constexpr int64_t kMaxExposure = 100'000'000'000;  // ns; a longer one is taken for damage
inline constexpr double kMaxReadout = 100;                // s; idem, in a calibration
inline constexpr double kMaxTimeOffset = 1e9;             // s; idem. Clocks may have other epochs

/// The time of a frame from its stamp: from the moment of the exposure that the camera's
/// stamp_reference names to the middle of the middle row's exposure, and from there by
/// time_offset_s onto the IMU's clock,
///
///     t = stamp + (exposure + readout) / 2 + time_offset     of a start
///     t = stamp                            + time_offset     of a middle
///     t = stamp - (exposure + readout) / 2 + time_offset     of an end
///
/// in whole ns; halves are rounded down. An exposure that is not known counts as 0. Nothing when
/// the result is negative or too large for a time. `stamp_ns` >= 0; the camera's readout and offset
/// within the bounds above.
std::optional<SensorTime> FrameTime(int64_t stamp_ns, std::optional<int64_t> exposure_ns,
                                    const RigCamera& camera);

/// The stamp itself on the IMU's clock, stamp + time_offset: it tells which frames of several
/// cameras one trigger has made, which mid-exposures of different lengths do not. `stamp_ns` >= 0;
/// nothing when the result is too large for a time.
std::optional<SensorTime> StampTime(int64_t stamp_ns, const RigCamera& camera);

/// Reads the fields of one row; for StampedRows.
class FrameRowParser {
 public:
  explicit FrameRowParser(const RigCamera& camera) : camera_(camera) {}

  /// The row, or why it cannot be used, as one fixed phrase. An exposure or a gain that is none
  /// (empty, NaN, not positive, an exposure above kMaxExposure) is left out and remembered.
  tl::expected<FrameRow, const char*> operator()(const std::vector<std::string_view>& fields) const;

 private:
  RigCamera camera_;
};

}  // namespace nightjar
