// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "calibration/estimate/photon_transfer.h"
#include "calibration/rig.h"
#include "core/result.h"

namespace nightjar {

struct CalibrateNoiseOptions {
  std::vector<std::filesystem::path> inputs;  // see FindExposureLevels
  std::vector<std::filesystem::path> dark;    // likewise, of frames in the dark
  std::optional<ColourFilter> colour_filter;  // nothing: as the rig's camera says, else none
  std::optional<int> bits;                    // 8 .. 16; nothing: as a data file says, else guessed
  std::optional<double> black_level_dn;
  std::optional<int> white_level_dn;
  /// Linear, of the frames; those of a log at other gains are left out. Nothing: that of all frames
  /// of the logs, and 1 where nothing says it.
  std::optional<double> gain;
  std::filesystem::path output;  // empty: none
  std::filesystem::path rig;     // empty: `output` where it is a rig already, else none
  std::string camera;            // of the rig; empty: its only one
  /// Levels done, and of how many; may be empty.
  std::function<void(int64_t done, int64_t total)> progress;
};

struct NoiseAnswer {
  std::vector<PhotonTransferLevel> levels;
  NoiseCalibration calibration;
  ColourFilter colour_filter = ColourFilter::kNone;
  double gain = 1;
  int width = 0, height = 0;  // px, of the frames
  std::vector<std::string> notes;
};

/// Reads frames at several levels of light, one level at a time, and estimates the noise of the
/// sensor. With a rig, `output` becomes that rig with black and white level and, for this gain, the
/// noise profile of the camera; without, the keys of a camera that say these. Written whole or not
/// at all. Errors: of FindExposureLevels, ReadFrameStack, CalibrateNoise and ReadRigYaml.
Result<NoiseAnswer> CalibrateNoiseFromFiles(const CalibrateNoiseOptions& options);

}  // namespace nightjar
