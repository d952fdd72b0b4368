// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "calibration/rig.h"
#include "core/result.h"

namespace nightjar {

/// Frames of one scene under one light at one exposure.
struct ExposureLevel {
  std::string name;  // for people: the folder, the exposure, the line of the data file
  bool is_dark = false;
  std::optional<double> exposure_s;
  std::optional<double> gain;                // where a log says it
  std::vector<std::filesystem::path> files;  // sorted; each may hold several frames
};

struct ExposureSeries {
  std::vector<ExposureLevel> levels;
  std::optional<int> bits;  // of the converter, where a data file or a log says it
  std::optional<ColourFilter> colour_filter = {};  // where a log says it
  std::vector<std::string> notes;                  // what was left out, and why
};

/// Sorts frames into levels (docs/formats/calibrate-noise.md). An input is
/// - an EMVA 1288 data file, or a folder with one: the levels that it lists;
/// - a camera of a sensor log (data/log_exposures.h): its frames are sorted by gain, exposure and,
///   as below, brightness;
/// - a folder with folders of images: each of these is a level;
/// - a folder of images, or an image: those with an exposure time (FITS) are sorted by it, and
/// where
///   the mean of one of the same exposure is more than 5 % above that of the next darker one
///   another level begins, the light having been changed. A folder without exposure times is one
///   level, and so is a single file of several frames.
///
/// `is_dark`: all of it is dark, whatever it says. A level of one frame is left out, with a note.
/// kUsage: a single PNG or a TIFF of one page, which belongs in a folder with its like.
/// kUnusableInput: nothing there, a damaged file, with FILE:LINE in a data file.
Result<ExposureSeries> FindExposureLevels(const std::vector<std::filesystem::path>& inputs,
                                          bool is_dark);

}  // namespace nightjar
