// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "calibration/rig.h"
#include "core/frame.h"
#include "core/imu_sample.h"
#include "core/result.h"
#include "core/trajectory.h"

namespace nightjar {

/// Writes a grey PNG of 8 or 16 bits. Rows may have any stride.
Status WriteMonoPng(const std::filesystem::path& file, const MonoImage& image);

/// Writes a PNG of 3 x 8 bits in which every pixel is as grey as in `image`.
Status WriteColourPng(const std::filesystem::path& file, const Image<uint8_t>& image);

/// Writes a sensor log in the ASL/EuRoC layout, for tests:
///
///     FOLDER/mav0/{camN/{sensor.yaml,data.csv,data/<t_ns>.png}, imu0/{sensor.yaml,data.csv},
///                  state_groundtruth_estimate0/data.csv}
///
/// Records of one stream must be added in time order; the streams may be interleaved in any way.
/// Files are complete once Finish() has returned. Numbers are written with 17 digits, so that what
/// is read back is bit for bit what was written (a camera's model: its parameters). The rig's
/// ImuNoise must be positive, or the log cannot be opened again.
class AslLogWriter {
 public:
  /// The folder is made; it must not hold a log already. `T_base_body`: the pose of the IMU in the
  /// frame that the T_BS of all sensor.yaml files refer to; the identity in EuRoC.
  AslLogWriter(const std::filesystem::path& folder, const Rig& rig, const Se3& T_base_body = {});

  Status AddImu(const ImuSample& sample);
  /// `frame.camera` indexes rig.cameras; the size must be that of the rig. The row has the frame's
  /// stamp (without one, its time) and its exposure, where there is one.
  Status AddFrame(const Frame& frame);
  /// The state_groundtruth_estimate0 stream exists only if this is called.
  Status AddTruth(const NavigationState& state);

  /// Flushes and closes; says whether everything, calibration included, has been written.
  Status Finish();

  /// FOLDER/mav0, to damage a stream on purpose.
  const std::filesystem::path& root() const { return root_; }

 private:
  Rig rig_;
  std::filesystem::path root_;
  std::ofstream imu_;
  std::ofstream truth_;
  std::vector<std::ofstream> cameras_;
  Status status_;  // the first thing that went wrong
};

}  // namespace nightjar
