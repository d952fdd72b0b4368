// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/calibrate_noise.h"

#include <charconv>
#include <set>
#include <string>
#include <system_error>
#include <utility>

#include "apps/pipeline/noise_rig.h"
#include "calibration/rig_yaml.h"
#include "core/whole_file.h"
#include "data/exposure_levels.h"
#include "data/frame_stack.h"

namespace nightjar {
namespace {

constexpr int kSmallestSide = 4;  // px: two of each channel

ChannelLayout LayoutOf(ColourFilter filter) {
  return filter == ColourFilter::kNone ? ChannelLayout::kOne : ChannelLayout::kTile;
}

// One level after the other: only one frame file is in memory.
class LevelReader {
 public:
  LevelReader(const CalibrateNoiseOptions& options, ColourFilter filter)
      : options_(options), layout_(LayoutOf(filter)) {}

  Status ReadAll(const std::vector<ExposureLevel>& series) {
    // The dark ones first: they say what is black.
    for (const bool is_dark : {true, false}) {
      for (const ExposureLevel& level : series) {
        if (level.is_dark != is_dark) continue;
        if (options_.progress)
          options_.progress(static_cast<int64_t>(levels_.size()),
                            static_cast<int64_t>(series.size()));
        if (Status read = Read(level); !read) return read;
      }
      if (is_dark) SetBlack();
    }
    return {};
  }

  std::vector<PhotonTransferLevel> Take() { return std::move(levels_); }
  int width() const { return width_; }
  int height() const { return height_; }

 private:
  void SetBlack() {
    if (options_.black_level_dn)
      black_dn_.assign(ChannelCount(layout_), *options_.black_level_dn);
    else
      for (const Measured& black : MeasureBlackLevels(levels_)) black_dn_.push_back(black.value);
  }

  Status Read(const ExposureLevel& level) {
    std::optional<LevelGatherer> gatherer;
    for (const std::filesystem::path& file : level.files) {
      const Result<FrameStack> stack = ReadFrameStack(file);
      if (!stack) return tl::unexpected(stack.error());
      for (const Image<uint16_t>& frame : stack->frames) {
        if (Status checked = CheckSize(frame, file); !checked) return checked;
        if (!gatherer)
          gatherer.emplace(width_, height_, layout_,
                           level.is_dark ? std::vector<double>{} : black_dn_);
        gatherer->Add(frame);
      }
    }
    if (!gatherer || gatherer->frames() < 2)
      return Fail(ErrorKind::kUnusableInput, "one frame shows no noise", level.name);
    levels_.push_back({level.name, level.is_dark, level.exposure_s, gatherer->Finish()});
    return {};
  }

  Status CheckSize(const Image<uint16_t>& frame, const std::filesystem::path& file) {
    if (width_ == 0) {
      width_ = frame.width();
      height_ = frame.height();
    }
    const auto size = [](int width, int height) {
      return std::to_string(width) + "x" + std::to_string(height);
    };
    if (width_ < kSmallestSide || height_ < kSmallestSide)
      return Fail(ErrorKind::kUnusableInput,
                  "an image of " + size(width_, height_) + " pixels, too few for a noise",
                  file.string());
    if (frame.width() == width_ && frame.height() == height_) return {};
    return Fail(ErrorKind::kUnusableInput,
                "the image is " + size(frame.width(), frame.height()) + ", those before are " +
                    size(width_, height_),
                file.string(), "all frames have to be of one part of one sensor");
  }

  const CalibrateNoiseOptions& options_;
  ChannelLayout layout_;
  int width_ = 0, height_ = 0;  // px, of all frames
  std::vector<double> black_dn_;
  std::vector<PhotonTransferLevel> levels_;
};

Result<ExposureSeries> FindSeries(const CalibrateNoiseOptions& options) {
  std::error_code error;
  for (const std::filesystem::path& light : options.inputs) {
    for (const std::filesystem::path& dark : options.dark) {
      if (std::filesystem::equivalent(light, dark, error))
        return Fail(ErrorKind::kUsage, "is given as light and as dark", dark.string(),
                    "give frames without light for --dark");
    }
  }
  Result<ExposureSeries> series = FindExposureLevels(options.inputs, false);
  if (!series) return series;
  Result<ExposureSeries> dark = FindExposureLevels(options.dark, true);
  if (!dark) return dark;
  for (ExposureLevel& level : dark->levels) series->levels.push_back(std::move(level));
  series->notes.insert(series->notes.end(), dark->notes.begin(), dark->notes.end());
  if (!series->bits) series->bits = dark->bits;
  if (!series->colour_filter) series->colour_filter = dark->colour_filter;
  return series;
}

std::string Text(double gain) {
  char buffer[32];
  return {buffer, std::to_chars(buffer, buffer + sizeof(buffer), gain).ptr};
}

// The gain that is calibrated; levels of logs at another one are taken out.
Result<double> ChooseGain(const std::optional<double>& asked, ExposureSeries& series) {
  std::set<double> gains;
  for (const ExposureLevel& level : series.levels)
    if (level.gain) gains.insert(*level.gain);
  if (!asked && gains.size() > 1) {
    std::string known;
    for (const double gain : gains) known += (known.empty() ? "" : ", ") + Text(gain);
    return Fail(ErrorKind::kUsage, "the frames were taken with gains of " + known, {},
                "choose one with --gain");
  }
  const double gain = asked.value_or(gains.empty() ? 1 : *gains.begin());
  const size_t left_out = std::erase_if(series.levels, [gain](const ExposureLevel& level) {
    return level.gain && *level.gain != gain;
  });
  if (left_out > 0)
    series.notes.push_back(std::to_string(left_out) + " levels of other gains: left out");
  if (series.levels.empty())
    return Fail(ErrorKind::kUnusableInput, "no frame was taken with a gain of " + Text(gain));
  return gain;
}

// The rig that the answer goes into; nothing: there is none.
Result<std::optional<NamedCamera>> FindRig(const CalibrateNoiseOptions& options) {
  std::filesystem::path file = options.rig;
  std::error_code error;
  if (file.empty() && std::filesystem::is_regular_file(options.output, error) &&
      !IsNoiseKeys(options.output)) {
    file = options.output;
  }
  if (file.empty()) {
    if (options.camera.empty()) return std::optional<NamedCamera>();
    return Fail(ErrorKind::kUsage, "there is no rig that camera " + options.camera + " is in", {},
                "name one with --rig");
  }
  Result<Rig> rig = ReadRigYaml(file);
  if (!rig) return tl::unexpected(rig.error());
  Result<NamedCamera> camera = FindCamera(std::move(*rig), options.camera);
  if (!camera) {
    Error error_there = camera.error();
    error_there.where = file.string();
    return tl::unexpected(error_there);
  }
  return std::optional<NamedCamera>(std::move(*camera));
}

Status Write(NoiseAnswer& answer, std::optional<NamedCamera>& rig,
             const std::filesystem::path& output) {
  if (!rig) return WriteWholeFile(output, NoiseKeysText(answer.calibration, answer.colour_filter));
  if (Status set = SetNoise(answer.calibration, answer.colour_filter, rig->camera()); !set)
    return set;
  RigCamera& camera = rig->camera();
  if (answer.width == camera.width && answer.height == camera.height)
    AddDefects(answer.calibration, camera.sensor);
  else if (!answer.calibration.defective_pixels.empty())
    answer.notes.push_back("defective pixels are not listed: the frames do not have the size of " +
                           camera.name);
  return WriteRigYaml(rig->rig, output);
}

}  // namespace

Result<NoiseAnswer> CalibrateNoiseFromFiles(const CalibrateNoiseOptions& options) {
  if (options.bits && (*options.bits < 8 || *options.bits > 16))
    return Fail(ErrorKind::kUsage, "the bits are not from 8 to 16");
  PhotonTransferOptions transfer;
  transfer.black_level_dn = options.black_level_dn;
  transfer.white_level_dn = options.white_level_dn;
  transfer.gain = options.gain.value_or(1);
  if (Status valid = transfer.Validate(); !valid) return tl::unexpected(valid.error());
  Result<std::optional<NamedCamera>> rig = FindRig(options);
  if (!rig) return tl::unexpected(rig.error());
  Result<ExposureSeries> series = FindSeries(options);
  if (!series) return tl::unexpected(series.error());
  const Result<double> gain = ChooseGain(options.gain, *series);
  if (!gain) return tl::unexpected(gain.error());
  NoiseAnswer answer;
  answer.gain = transfer.gain = *gain;
  answer.notes = series->notes;
  const ColourFilter said = *rig ? (*rig)->camera().sensor.colour_filter
                                 : series->colour_filter.value_or(ColourFilter::kNone);
  answer.colour_filter = options.colour_filter.value_or(said);
  if (const std::optional<int> bits = options.bits ? options.bits : series->bits; bits)
    transfer.largest_code_dn = (1 << *bits) - 1;
  LevelReader reader(options, answer.colour_filter);
  if (Status read = reader.ReadAll(series->levels); !read) return tl::unexpected(read.error());
  answer.width = reader.width();
  answer.height = reader.height();
  answer.levels = reader.Take();
  Result<NoiseCalibration> calibration = CalibrateNoise(answer.levels, transfer);
  if (!calibration) return tl::unexpected(calibration.error());
  answer.calibration = std::move(*calibration);
  if (!options.output.empty()) {
    if (Status written = Write(answer, *rig, options.output); !written)
      return tl::unexpected(written.error());
  }
  return answer;
}

}  // namespace nightjar
