// SPDX-License-Identifier: Apache-2.0
#include "data/exposure_levels.h"

#include <algorithm>
#include <bit>
#include <map>
#include <numeric>
#include <system_error>
#include <utility>

#include "data/emva1288_file.h"
#include "data/frame_stack.h"
#include "data/log_exposures.h"

namespace nightjar {
namespace {

namespace fs = std::filesystem;

// Of one exposure; frames of the same light are nearer to each other.
constexpr double kBrightnessStep = 1.05;

// A file of images, and what is needed to sort it.
struct LooseFile {
  fs::path file;
  bool is_dark = false;
  std::optional<double> exposure_s;
  std::optional<double> gain = {};
  size_t frames = 0;
  double mean_dn = 0;
};

struct FolderContent {
  std::vector<fs::path> images, folders, data_files;  // each sorted
};

Result<FolderContent> List(const fs::path& folder) {
  FolderContent content;
  std::error_code error;
  fs::directory_iterator entry(folder, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    const fs::path& path = entry->path();
    std::error_code ignored;
    if (fs::is_directory(path, ignored)) {
      content.folders.push_back(path);
    } else if (FrameFormatOf(path) != FrameFormat::kNone) {
      content.images.push_back(path);
    } else if (IsEmva1288File(path)) {
      content.data_files.push_back(path);
    }
  }
  if (error) return Fail(ErrorKind::kUnusableInput, error.message(), folder.string());
  for (auto* const paths : {&content.images, &content.folders, &content.data_files})
    std::sort(paths->begin(), paths->end());
  return content;
}

double MeanOf(const FrameStack& stack) {
  double sum = 0;
  for (const Image<uint16_t>& frame : stack.frames) {
    const uint16_t* dn = frame.data();
    const double of_frame = std::accumulate(dn, dn + frame.number_of_elements(), 0.0);
    sum += of_frame / static_cast<double>(frame.number_of_elements());
  }
  return sum / static_cast<double>(stack.frames.size());
}

Result<LooseFile> ReadLoose(const fs::path& file) {
  const Result<FrameStack> stack = ReadFrameStack(file);
  if (!stack) return tl::unexpected(stack.error());
  return LooseFile{file, stack->is_dark,       stack->exposure_s,
                   {},   stack->frames.size(), MeanOf(*stack)};
}

std::string NameOf(const LooseFile& file) {
  return (file.is_dark ? "dark, " : "") +
         (file.gain ? "gain " + std::to_string(*file.gain) + ", " : "") +
         std::to_string(*file.exposure_s) + " s, " +
         std::to_string(static_cast<int>(file.mean_dn + 0.5)) + " DN";
}

// One level for each exposure and brightness.
void AddByExposure(std::vector<LooseFile> files, const std::string& where, ExposureSeries& series) {
  std::sort(files.begin(), files.end(), [](const LooseFile& a, const LooseFile& b) {
    if (a.is_dark != b.is_dark) return a.is_dark;
    if (a.gain != b.gain) return a.gain < b.gain;
    if (a.exposure_s != b.exposure_s) return a.exposure_s < b.exposure_s;
    if (a.mean_dn != b.mean_dn) return a.mean_dn < b.mean_dn;
    return a.file < b.file;
  });
  const LooseFile* last = nullptr;
  for (const LooseFile& file : files) {
    const bool same = last != nullptr && last->is_dark == file.is_dark && last->gain == file.gain &&
                      last->exposure_s == file.exposure_s &&
                      (file.is_dark || file.mean_dn <= kBrightnessStep * last->mean_dn);
    if (!same)
      series.levels.push_back({where + NameOf(file), file.is_dark, file.exposure_s, file.gain, {}});
    series.levels.back().files.push_back(file.file);
    last = &file;
  }
}

Status AddFiles(const std::vector<fs::path>& files, bool are_a_folder, const std::string& name,
                ExposureSeries& series) {
  std::vector<LooseFile> with_exposure;
  ExposureLevel level;
  level.name = name;
  for (const fs::path& file : files) {
    Result<LooseFile> loose = ReadLoose(file);
    if (!loose) return tl::unexpected(loose.error());
    if (loose->exposure_s) {
      with_exposure.push_back(std::move(*loose));
    } else if (are_a_folder) {
      level.files.push_back(file);
    } else if (loose->frames > 1) {
      series.levels.push_back({file.string(), false, std::nullopt, std::nullopt, {file}});
    } else {
      return Fail(ErrorKind::kUsage, "an image that does not say its exposure", file.string(),
                  "put the images of each level of light into a folder of its own");
    }
  }
  if (!level.files.empty() && !with_exposure.empty()) {
    return Fail(ErrorKind::kUnusableInput, "some of its images say their exposure and some do not",
                name, "put the images of each level of light into a folder of its own");
  }
  if (!level.files.empty()) series.levels.push_back(std::move(level));
  AddByExposure(std::move(with_exposure), {}, series);
  return {};
}

Status SetBits(const std::optional<int>& bits, const fs::path& where, ExposureSeries& series) {
  if (series.bits && bits && *series.bits != *bits)
    return Fail(ErrorKind::kUnusableInput, "another number of bits than the input before",
                where.string());
  if (bits) series.bits = bits;
  return {};
}

int BitsOf(PixelFormat format) {
  return static_cast<int>(std::bit_width(static_cast<unsigned>(LargestDn(format))));
}

Status AddLogCamera(const fs::path& folder, ExposureSeries& series) {
  const Result<LogExposures> exposures = ReadLogExposures(folder);
  if (!exposures) return tl::unexpected(exposures.error());
  if (exposures->sensor) {
    if (Status set = SetBits(BitsOf(exposures->sensor->pixel_format), folder, series); !set)
      return set;
    series.colour_filter = exposures->sensor->colour_filter;
  }
  std::vector<LooseFile> files;
  for (const LogExposure& frame : exposures->frames) {
    Result<LooseFile> loose = ReadLoose(frame.file);
    if (!loose) return tl::unexpected(loose.error());
    loose->exposure_s = frame.exposure_s;
    loose->gain = frame.gain;
    files.push_back(*std::move(loose));
  }
  AddByExposure(std::move(files), folder.string() + ", ", series);
  return {};
}

Status AddDataFile(const fs::path& file, ExposureSeries& series) {
  Result<ExposureSeries> read = ReadEmva1288File(file);
  if (!read) return tl::unexpected(read.error());
  if (Status set = SetBits(read->bits, file, series); !set) return set;
  for (ExposureLevel& level : read->levels) series.levels.push_back(std::move(level));
  return {};
}

Status AddFolder(const fs::path& folder, ExposureSeries& series) {
  if (IsLogCamera(folder)) return AddLogCamera(folder, series);
  const Result<FolderContent> content = List(folder);
  if (!content) return tl::unexpected(content.error());
  if (content->data_files.size() > 1)
    return Fail(ErrorKind::kUnusableInput, "several EMVA 1288 data files", folder.string(),
                "name the one that is meant");
  if (!content->data_files.empty()) return AddDataFile(content->data_files[0], series);
  if (!content->images.empty()) return AddFiles(content->images, true, folder.string(), series);
  const size_t before = series.levels.size();
  for (const fs::path& level : content->folders) {
    const Result<FolderContent> images = List(level);
    if (!images) return tl::unexpected(images.error());
    if (images->images.empty()) continue;
    if (Status added = AddFiles(images->images, true, level.string(), series); !added) return added;
  }
  if (series.levels.size() == before)
    return Fail(
        ErrorKind::kUnusableInput, "no images and no folders with images", folder.string(),
        "needed are PNG, TIFF or FITS, an EMVA 1288 data file, or a camera of a log (LOG/cam0)");
  return {};
}

// A level needs two frames; one file may hold them.
Status DropSingleFrames(ExposureSeries& series) {
  std::vector<ExposureLevel> kept;
  for (ExposureLevel& level : series.levels) {
    if (level.files.empty()) {
      series.notes.push_back(level.name + ": left out, it has no images");
      continue;
    }
    if (level.files.size() == 1) {
      const Result<FrameStack> stack = ReadFrameStack(level.files[0]);
      if (!stack) return tl::unexpected(stack.error());
      if (stack->frames.size() == 1) {
        series.notes.push_back(level.name + ": left out, one frame shows no noise");
        continue;
      }
    }
    kept.push_back(std::move(level));
  }
  series.levels = std::move(kept);
  return {};
}

}  // namespace

Result<ExposureSeries> FindExposureLevels(const std::vector<fs::path>& inputs, bool is_dark) {
  ExposureSeries series;
  std::vector<fs::path> loose;
  for (const fs::path& input : inputs) {
    std::error_code error;
    Status added;
    if (fs::is_directory(input, error)) {
      added = AddFolder(input, series);
    } else if (FrameFormatOf(input) == FrameFormat::kNone && IsEmva1288File(input)) {
      added = AddDataFile(input, series);
    } else {
      loose.push_back(input);
    }
    if (!added) return tl::unexpected(added.error());
  }
  if (Status added = AddFiles(loose, false, {}, series); !added)
    return tl::unexpected(added.error());
  for (ExposureLevel& level : series.levels) level.is_dark = level.is_dark || is_dark;
  if (Status kept = DropSingleFrames(series); !kept) return tl::unexpected(kept.error());
  return series;
}

}  // namespace nightjar
