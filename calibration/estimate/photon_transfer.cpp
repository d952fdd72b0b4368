// SPDX-License-Identifier: Apache-2.0
#include "calibration/estimate/photon_transfer.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "calibration/estimate/level_selection.h"

namespace nightjar {
namespace {

// Not std::hypot, whose last bit differs between machines: these numbers go into files.
double Hypotenuse(double a, double b) { return std::sqrt(a * a + b * b); }

constexpr double kRounding = 1.0 / 12;  // DN^2
constexpr size_t kFewestLevels = 3;

// Where a dark signal begins, and by how much it rises with the exposure.
struct DarkSignal {
  Measured black_dn;
  std::optional<Measured> rise_dn_per_s;
};

std::optional<DarkSignal> MeasureDark(std::span<const PhotonTransferLevel> levels, size_t channel) {
  std::vector<LinePoint> points;
  std::vector<Measured> means;
  std::set<double> exposures;
  bool all_known = true;
  const std::vector<LevelUse> uses = SelectLevels(levels, channel, {});
  for (size_t i = 0; i < levels.size(); ++i) {
    const bool is_usable = uses[i] == LevelUse::kUsed || uses[i] == LevelUse::kBelowQuantisation;
    if (!levels[i].is_dark || !is_usable) continue;
    const ChannelStatistics& statistics = levels[i].statistics.channels[channel];
    // Rounding errors of different pixels are independent of each other.
    const double variance = std::max(statistics.variance_dn2, kRounding) /
                            (static_cast<double>(statistics.pixels) * levels[i].statistics.frames);
    points.push_back({levels[i].exposure_s.value_or(0), statistics.mean_dn, variance});
    means.push_back({statistics.mean_dn, std::sqrt(variance)});
    exposures.insert(levels[i].exposure_s.value_or(0));
    all_known = all_known && levels[i].exposure_s.has_value();
  }
  if (points.empty()) return std::nullopt;
  const std::optional<StraightLine> line = FitStraightLine(points);
  if (!all_known || exposures.size() < 3 || !line) return DarkSignal{WeightedMean(means), {}};
  const double scale = line->fit.SigmaScale();
  return DarkSignal{{line->intercept, scale * std::sqrt(line->covariance(0, 0))},
                    Measured{line->slope, scale * std::sqrt(line->covariance(1, 1))}};
}

std::string WhyTooFew(const std::vector<LevelUse>& uses) {
  std::map<LevelUse, int> counts;
  for (const LevelUse use : uses) ++counts[use];
  std::string why = std::to_string(counts[LevelUse::kUsed]) + " levels of light can be used";
  const auto add = [&](LevelUse use, const char* reason) {
    if (counts[use] > 0) why += ", " + std::to_string(counts[use]) + " are " + reason;
  };
  add(LevelUse::kSaturated, "saturated");
  add(LevelUse::kBlackClipped, "clipped at 0");
  add(LevelUse::kBelowQuantisation, "without noise that a converter's steps would show");
  add(LevelUse::kNotStatic, "not of a static scene");
  return why;
}

// What follows from the line, the black level and saturation.
void Derive(ChannelNoise& noise, const DarkSignal& dark) {
  const Measured& gain = noise.gain_dn_per_e;
  const Measured& variance = noise.dark_variance_dn2;
  const double relative = gain.sigma / gain.value;
  if (variance.value > kRounding) {
    const double electrons = std::sqrt(variance.value - kRounding) / gain.value;
    const double twice = 2 * (variance.value - kRounding);
    const double of_variance = variance.sigma / twice;
    // Without dark frames a line that is too steep begins too low, and both make the noise in
    // electrons too small: their covariance counts.
    const StraightLine& line = noise.line.line;
    const double scale = line.fit.SigmaScale();
    const double both = 2 * scale * scale * line.covariance(0, 1) / (twice * gain.value);
    const double relative2 = relative * relative + of_variance * of_variance - both;
    noise.dark_noise_e = Measured{electrons, electrons * std::sqrt(std::max(0.0, relative2))};
  }
  if (dark.rise_dn_per_s) {
    const double rate = dark.rise_dn_per_s->value / gain.value;
    noise.dark_current_e_per_s =
        Measured{rate, Hypotenuse(dark.rise_dn_per_s->sigma / gain.value, rate * relative)};
  }
  if (noise.saturation_dn) {
    const double range = noise.saturation_dn->value - noise.black_level_dn.value;
    const double range_sigma = Hypotenuse(noise.saturation_dn->sigma, noise.black_level_dn.sigma);
    noise.full_well_e = Measured{range / gain.value,
                                 range / gain.value * Hypotenuse(relative, range_sigma / range)};
  }
}

Result<ChannelNoise> CalibrateChannel(std::span<const PhotonTransferLevel> levels, size_t channel,
                                      const PhotonTransferOptions& options) {
  const std::optional<DarkSignal> dark = options.black_level_dn
                                             ? DarkSignal{{*options.black_level_dn, 0}, {}}
                                             : MeasureDark(levels, channel);
  if (!dark) {
    return Fail(ErrorKind::kUnusableInput, "the black level is not known: no dark frames of use",
                {}, "add dark frames, or say what it is");
  }
  ChannelNoise noise;
  noise.black_level_dn = dark->black_dn;
  noise.uses = SelectLevels(levels, channel, options);
  std::vector<NoisePoint> points;
  for (size_t i = 0; i < levels.size(); ++i) {
    if (noise.uses[i] == LevelUse::kUsed)
      points.push_back(PointOf(levels[i], channel, dark->black_dn.value));
  }
  if (points.size() < kFewestLevels) {
    return Fail(ErrorKind::kUnusableInput, WhyTooFew(noise.uses), {},
                "record at least three, from dark to near saturation");
  }
  const std::optional<NoiseLine> fitted = FitNoiseLine(points);
  if (!fitted || !(fitted->line.slope > 0) || !(fitted->line.intercept > 0)) {
    return Fail(
        ErrorKind::kNoAnswer,
        "no straight line of rising noise and some noise in the dark goes through the levels", {},
        "record more levels, dark frames above all");
  }
  const StraightLine& line = fitted->line;
  noise.line = *fitted;
  const double scale = line.fit.SigmaScale();
  noise.gain_dn_per_e = {line.slope, scale * std::sqrt(line.covariance(1, 1))};
  const double of_black = line.slope * dark->black_dn.sigma;
  noise.dark_variance_dn2 = {line.intercept,
                             Hypotenuse(scale * std::sqrt(line.covariance(0, 0)), of_black)};
  for (const NoisePoint& point : points) {
    const double misfit = point.variance_dn2 / fitted->Expected(point.signal_dn) - 1;
    if (std::abs(misfit) > std::abs(noise.largest_misfit)) noise.largest_misfit = misfit;
  }
  noise.saturation_dn = MeasureSaturation(levels, channel, noise.uses);
  Derive(noise, *dark);
  return noise;
}

int WhiteLevel(std::span<const PhotonTransferLevel> levels,
               const std::vector<ChannelNoise>& channels, const PhotonTransferOptions& options) {
  if (options.white_level_dn) return *options.white_level_dn;
  int largest = 0;
  for (const PhotonTransferLevel& level : levels)
    for (const ChannelStatistics& channel : level.statistics.channels)
      largest = std::max(largest, channel.largest_dn);
  int white = 65535;
  for (const int bits : {16, 14, 12, 10, 8})
    if ((1 << bits) - 1 >= largest) white = (1 << bits) - 1;
  if (options.largest_code_dn) white = *options.largest_code_dn;
  // The channel that saturates first: above it nothing is linear.
  for (const ChannelNoise& channel : channels) {
    if (channel.saturation_dn)
      white = std::min(white, static_cast<int>(std::floor(channel.saturation_dn->value + 0.5)));
  }
  return white;
}

// Scale and offset about the levels of the profile, which are whole numbers.
void SetProfile(NoiseCalibration& calibration, double gain) {
  const double range = calibration.white_level_dn - calibration.black_level_dn;
  calibration.profile.gain = gain;
  for (ChannelNoise& noise : calibration.channels) {
    const StraightLine& line = noise.line.line;
    const double shift = calibration.black_level_dn - noise.black_level_dn.value;
    noise.scale = {noise.gain_dn_per_e.value / range, noise.gain_dn_per_e.sigma / range};
    // Where black truly lies does not matter here: the profile says where it counts from.
    const double sigma = line.fit.SigmaScale() * std::sqrt(line.Variance(shift));
    noise.offset = {std::max(line.At(shift), 0.0) / (range * range), sigma / (range * range)};
    calibration.profile.channels.push_back({noise.scale.value, noise.offset.value});
  }
}

std::vector<DefectivePixel> FindDefects(std::span<const PhotonTransferLevel> levels,
                                        const std::vector<ChannelNoise>& channels) {
  struct Counts {
    int dark = 0, light = 0, unstable = 0;
  };
  std::map<std::pair<int, int>, Counts> pixels;  // by row, column
  int dark_levels = 0;
  for (size_t i = 0; i < levels.size(); ++i) {
    bool is_used = true;
    for (const ChannelNoise& channel : channels) {
      is_used = is_used && channel.uses[i] != LevelUse::kSaturated &&
                channel.uses[i] != LevelUse::kNotStatic;
    }
    if (!is_used) continue;
    dark_levels += levels[i].is_dark ? 1 : 0;
    for (const OutlyingPixel& pixel : levels[i].statistics.outliers) {
      Counts& counts = pixels[{pixel.y, pixel.x}];
      const bool is_unstable = pixel.kind == OutlyingPixel::Kind::kUnstable;
      ++(is_unstable ? counts.unstable : levels[i].is_dark ? counts.dark : counts.light);
    }
  }
  std::vector<DefectivePixel> defects;
  for (const auto& [place, counts] : pixels) {
    const bool hot = counts.dark >= 1 && counts.dark >= std::min(dark_levels, 2);
    if (!hot && counts.dark + counts.light + counts.unstable < 2) continue;
    using Kind = DefectivePixel::Kind;
    const Kind kind = hot ? Kind::kHot : counts.light > 0 ? Kind::kResponse : Kind::kUnstable;
    defects.push_back({place.second, place.first, kind});
  }
  return defects;
}

Status CheckLevels(std::span<const PhotonTransferLevel> levels) {
  constexpr double kLargestChange = 0.1;
  for (const PhotonTransferLevel& level : levels) {
    if (level.statistics.channels.size() != levels[0].statistics.channels.size())
      return Fail(ErrorKind::kInternal, "levels with different numbers of channels", level.name);
    for (const ChannelStatistics& channel : level.statistics.channels) {
      if (channel.pixels == 0)
        return Fail(ErrorKind::kUnusableInput, "no pixel of it is like the others", level.name);
    }
    if (level.is_dark || level.statistics.brightness_change <= kLargestChange) continue;
    return Fail(ErrorKind::kUnusableInput,
                "the brightness of its frames differs by " +
                    std::to_string(std::lround(100 * level.statistics.brightness_change)) + " %",
                level.name,
                "a level is one scene under one light at one exposure: sort the frames");
  }
  return {};
}

}  // namespace

Status PhotonTransferOptions::Validate() const {
  if (!(gain > 0) || !std::isfinite(gain))
    return Fail(ErrorKind::kUsage, "the gain is not above 0");
  const double black = black_level_dn.value_or(0);
  if (!(black >= 0 && black < 65535))
    return Fail(ErrorKind::kUsage, "the black level is not from 0 to 65534");
  const int white = white_level_dn.value_or(65535);
  if (!(white > black && white <= 65535))
    return Fail(ErrorKind::kUsage, "the white level is not above the black level and up to 65535");
  const int code = largest_code_dn.value_or(65535);
  if (code < 255 || code > 65535)
    return Fail(ErrorKind::kUsage, "the largest code is not from 255 to 65535");
  return {};
}

Result<NoiseCalibration> CalibrateNoise(std::span<const PhotonTransferLevel> levels,
                                        const PhotonTransferOptions& options) {
  if (Status valid = options.Validate(); !valid) return tl::unexpected(valid.error());
  if (levels.empty()) return Fail(ErrorKind::kUnusableInput, "there are no levels of light");
  if (Status checked = CheckLevels(levels); !checked) return tl::unexpected(checked.error());
  NoiseCalibration calibration;
  for (size_t c = 0; c < levels[0].statistics.channels.size(); ++c) {
    Result<ChannelNoise> noise = CalibrateChannel(levels, c, options);
    if (!noise) return tl::unexpected(noise.error());
    calibration.channels.push_back(std::move(*noise));
  }
  double black = 0;
  for (const ChannelNoise& noise : calibration.channels) black += noise.black_level_dn.value;
  black /= static_cast<double>(calibration.channels.size());
  calibration.black_level_dn = static_cast<int>(std::floor(black + 0.5));
  calibration.white_level_dn = WhiteLevel(levels, calibration.channels, options);
  if (calibration.white_level_dn <= calibration.black_level_dn)
    return Fail(ErrorKind::kUnusableInput, "the samples saturate below the black level");
  SetProfile(calibration, options.gain);
  calibration.defective_pixels = FindDefects(levels, calibration.channels);
  return calibration;
}

std::vector<Measured> MeasureBlackLevels(std::span<const PhotonTransferLevel> levels) {
  std::vector<Measured> black;
  for (size_t c = 0; !levels.empty() && c < levels[0].statistics.channels.size(); ++c) {
    const std::optional<DarkSignal> dark = MeasureDark(levels, c);
    if (!dark) return {};
    black.push_back(dark->black_dn);
  }
  return black;
}

Measured OverChannels(const NoiseCalibration& calibration, Measured ChannelNoise::*member) {
  std::vector<Measured> values;
  for (const ChannelNoise& channel : calibration.channels) values.push_back(channel.*member);
  return WeightedMean(values);
}

std::optional<Measured> OverChannels(const NoiseCalibration& calibration,
                                     std::optional<Measured> ChannelNoise::*member) {
  std::vector<Measured> values;
  for (const ChannelNoise& channel : calibration.channels) {
    if (!(channel.*member)) return std::nullopt;
    values.push_back(*(channel.*member));
  }
  return WeightedMean(values);
}

}  // namespace nightjar
