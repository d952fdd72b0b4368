// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "apps/pipeline/develop_frame.h"
#include "apps/pipeline/work_progress.h"
#include "core/result.h"

namespace nightjar {

/// `nightjar develop`: frames of a sensor to images (docs/formats/develop.md).
struct DevelopOptions {
  std::vector<std::filesystem::path> inputs;
  /// Whether the inputs are one burst: one image, of what the first one shows.
  bool burst = false;
  /// A file, whose suffix is the format; for several inputs that are no burst a folder.
  std::filesystem::path output;
  /// png, tiff, pfm, dng: of files in a folder, and only there; missing: png.
  std::optional<std::string> format;
  bool linear = false;          // the linear frame instead of a picture; .pfm and .dng always are
  std::filesystem::path sigma;  // PFM; empty: none. For one input or a burst
  FrameDevelopment frame;

  Status Validate() const;
};

/// What became of one input, or of a burst.
struct DevelopedFile {
  std::filesystem::path input;  // of a burst the first
  int frames = 1;               // that went into it
  double remaining_noise = 1;   // share of one frame's variance before denoising
  std::filesystem::path output;
  int width = 0;   // px
  int height = 0;  // px
  RawSamples samples;
  std::optional<NoiseEstimate> estimate;  // nothing: the noise was given
  double row_noise_dn = 0;
  double green_ratio = 1;
  double mean_sigma = 0;                    // RMS of DevelopedFrame::measured_sigma, x
  std::optional<DevelopedPicture> picture;  // nothing: a linear frame; without its pixels
};

/// Develops every input by itself. The output, file or folder, appears when all are done, whole or
/// not at all.
Result<std::vector<DevelopedFile>> Develop(const DevelopOptions& options,
                                           const WorkProgress& progress = {});

/// rggb, bggr, grbg, gbrg; none.
std::string ColourFilterName(ColourFilter filter);

}  // namespace nightjar
