// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "calibration/estimate/level_statistics.h"
#include "calibration/estimate/noise_line.h"
#include "calibration/estimate/straight_line.h"
#include "calibration/rig.h"
#include "core/result.h"

namespace nightjar {

/// One level of light, as it was measured.
struct PhotonTransferLevel {
  std::string name;      // for messages
  bool is_dark = false;  // no light fell on the sensor
  std::optional<double> exposure_s;
  LevelStatistics statistics;
};

struct PhotonTransferOptions {
  /// DN, 0 .. 65534: where the signal is 0. Nothing: measured from the dark levels.
  std::optional<double> black_level_dn = {};
  /// DN, 1 .. 65535: x = 1. Nothing: the level at which the samples were seen to saturate, else the
  /// largest code of the converter.
  std::optional<int> white_level_dn = {};
  /// The largest code of the converter, 255 .. 65535. Nothing: the next 2^bits - 1 of 8, 10, 12, 14
  /// or 16 bits that is not exceeded.
  std::optional<int> largest_code_dn = {};
  double gain = 1;  // linear, > 0; of the profile

  Status Validate() const;
};

/// Whether a level is a point of the noise line, and if not, why.
enum class LevelUse {
  kUsed,
  kSaturated,          // samples at the upper end, or a variance that has collapsed
  kBlackClipped,       // samples at 0
  kBelowQuantisation,  // less noise than rounding hides
  kNotStatic,          // the frames differ by more than noise
};

/// The noise of one channel.
struct ChannelNoise {
  Measured gain_dn_per_e;
  Measured dark_variance_dn2;  // of the line at black, quantisation included
  Measured black_level_dn;
  Measured scale;   // NoiseProfile: var(x) = scale x + offset, about the profile's black and white
  Measured offset;  // likewise
  std::optional<Measured> dark_noise_e;  // 1 sigma, quantisation taken off; none below it
  std::optional<Measured> dark_current_e_per_s;
  std::optional<Measured> saturation_dn;  // none: no level was saturated
  std::optional<Measured> full_well_e;    // from black to saturation
  NoiseLine line;                         // about black_level_dn
  double largest_misfit = 0;              // of a used level, relative to its variance, signed
  std::vector<LevelUse> uses;             // of the levels
};

/// A pixel that differs from the others in two levels or more, or in the only dark one.
struct DefectivePixel {
  enum class Kind { kHot, kResponse, kUnstable };  // in the dark; in the light; its noise
  int x = 0;
  int y = 0;
  Kind kind = Kind::kHot;
};

struct NoiseCalibration {
  std::vector<ChannelNoise> channels;
  int black_level_dn = 0;  // of the profile: the mean of the channels', rounded
  int white_level_dn = 0;
  NoiseProfile profile;
  std::vector<DefectivePixel> defective_pixels;  // row by row
};

/// The photon transfer of a sensor (EMVA Standard 1288, release 3.1): the variance of the samples
/// over time is a straight line of their mean, whose slope is the gain.
/// docs/maths/photon-transfer.md says what is estimated and how true its sigma are.
///
/// Levels that are of no use are found by what was measured and left out. kUnusableInput: no black
/// level, contradicting levels, fewer than three of use. kNoAnswer: no line, or one without dark
/// noise.
Result<NoiseCalibration> CalibrateNoise(std::span<const PhotonTransferLevel> levels,
                                        const PhotonTransferOptions& options);

/// The black level of every channel as the dark levels say it: the mean at no exposure, where three
/// exposures or more are known, else the mean. Empty without a dark level of use.
std::vector<Measured> MeasureBlackLevels(std::span<const PhotonTransferLevel> levels);

/// A number of the sensor as a whole: the weighted mean over the channels.
Measured OverChannels(const NoiseCalibration& calibration, Measured ChannelNoise::*member);
/// Nothing unless all channels have it.
std::optional<Measured> OverChannels(const NoiseCalibration& calibration,
                                     std::optional<Measured> ChannelNoise::*member);

}  // namespace nightjar
