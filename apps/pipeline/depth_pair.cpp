// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/depth_pair.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "apps/pipeline/depth_outputs.h"
#include "apps/pipeline/disparity_view.h"
#include "apps/pipeline/pair_check.h"
#include "data/image_file.h"
#include "data/raw_image.h"
#include "isp/depth/disparity_checks.h"
#include "isp/depth/stereo_pictures.h"
#include "isp/frame_checks.h"

namespace nightjar {
namespace {

// Share of pixels. Noise against noise gives up to 0.9 %, a picture against noise 2.9 % (5.9 % of a
// small smooth one), against the same upside down 9.3 % with 32 disparities; a pair at
// 30 electrons of light 12 % where its noise is not told, 81 % where it is.
constexpr double kByChance = 0.05, kByChanceUntold = 0.1;
constexpr double kFewKnown = 0.1;  // share of pixels
constexpr size_t kUsualMemory = size_t{96} << 20, kLeastMemory = size_t{1} << 20,
                 kMostMemory = size_t{1} << 40;
constexpr double kMostSaturated = 0.5;  // of a picture's pixels

struct Levels {
  double black = 0, white = 0;
};

double LargestCode(const Image<uint16_t>& samples) {
  const uint16_t largest =
      *std::max_element(samples.data(), samples.data() + samples.number_of_elements());
  for (const int bits : {8, 10, 12, 14}) {
    if (largest < 1 << bits) return (1 << bits) - 1;
  }
  return 65535;
}

Result<RawImage> Read(const std::filesystem::path& file) {
  auto raw = ReadRawImage(file);
  if (!raw) return tl::unexpected(raw.error());
  if (raw->colour_filter.value_or(ColourFilter::kNone) == ColourFilter::kNone) return raw;
  return Fail(ErrorKind::kUnusableInput, "a mosaic of colours is no picture to match",
              file.string(), "develop it first");
}

// What was asked for, else what the files say, else 0 and the largest code that fits.
Result<Levels> FindLevels(const RawImage& left, const RawImage& right,
                          const DepthPairOptions& options) {
  Levels levels;
  levels.black = options.black.value_or(left.black ? left.black->front() : 0);
  if (!options.black && left.black != right.black) {
    return Fail(ErrorKind::kUnusableInput, "the two files say different black levels",
                options.right.string(), "give --black");
  }
  if (options.white) {
    levels.white = *options.white;
  } else if (left.white != right.white) {
    return Fail(ErrorKind::kUnusableInput, "the two files say different white levels",
                options.right.string(), "give --white");
  } else if (left.white) {
    levels.white = *left.white;
  } else if (options.noise) {
    // A guess may be off by a factor of 4, and the noise with it.
    return Fail(ErrorKind::kUsage,
                "a noise profile is about shares of white, of which the files say nothing", {},
                "give --white");
  } else {
    levels.white = std::max(LargestCode(left.samples), LargestCode(right.samples));
  }
  if (levels.black < levels.white) return levels;
  return Fail(ErrorKind::kUsage, "the black level must be below the white level", {},
              "give --black and --white");
}

Status CheckLight(const Image<uint16_t>& image, const Levels& levels,
                  const std::filesystem::path& file) {
  const uint16_t* begin = image.data();
  std::vector<uint16_t> values(begin, begin + image.number_of_elements());
  const auto at = [&](double share) {
    const auto place = values.begin() + static_cast<ptrdiff_t>(share * (values.size() - 1));
    std::nth_element(values.begin(), place, values.end());
    return *place;
  };
  if (at(0.001) >= levels.white) {
    return Fail(ErrorKind::kUnusableInput,
                fmt::format("the picture is saturated: 99.9 % are {} DN or more", at(0.001)),
                file.string(), "expose less, or give --white");
  }
  if (at(0.999) <= levels.black || at(0.999) == at(0.001)) {
    return Fail(
        ErrorKind::kUnusableInput,
        fmt::format("the picture is black or of one value: 99.9 % are {} DN or less", at(0.999)),
        file.string(), "there is nothing to match");
  }
  const double saturated = static_cast<double>(std::ranges::count_if(
                               values, [&](uint16_t value) { return value >= levels.white; })) /
                           static_cast<double>(values.size());
  if (saturated <= kMostSaturated) return {};
  return Fail(ErrorKind::kUnusableInput,
              fmt::format("{:.0f} % of the picture are saturated", 100 * saturated), file.string(),
              "expose less, or give --white");
}

// How the pair lies, as its prepared pictures tell: less noise, and the same in shadow and light.
Status CheckLie(const StereoPair& pair, const DepthPairOptions& options, const RunTasks& run,
                DepthPairSummary& summary) {
  PairCheck check;
  if (Status added = check.Add(pair, options.stereo.disparities, run); !added) return added;
  const PairVerdict verdict = check.Verdict();
  summary.row_offset_px = verdict.row_offset_px;
  if (!verdict.note.empty()) summary.warnings.push_back(verdict.note);
  switch (verdict.fault) {
    case PairFault::kRowsOff:
      return Fail(ErrorKind::kUnusableInput, "the pair is not rectified: " + verdict.why,
                  options.right.string(), "rectify both with the calibration of the rig");
    case PairFault::kSwapped:
      return Fail(ErrorKind::kUnusableInput, "the pictures are swapped: " + verdict.why,
                  options.right.string(), "give it as --left and the other one as --right");
    case PairFault::kNone: break;
  }
  return {};
}

// Of the sums.
Result<size_t> MemoryFor(int width, int height, const DepthPairOptions& options) {
  const int disparities = options.stereo.disparities;
  const size_t least =
      LeastBytesOfSums(width, height, disparities, options.stereo.aggregation.paths);
  if (!options.memory) return std::max(kUsualMemory, least);
  if (*options.memory >= least) return *options.memory;
  constexpr size_t kMegabyte = 1000000;
  return Fail(ErrorKind::kUsage,
              fmt::format("the sums of {} x {} px and {} disparities need {} MB", width, height,
                          disparities, (least + kMegabyte - 1) / kMegabyte),
              "--memory", "give that, or search less far");
}

MonoImage Narrow(const Image<uint16_t>& image, double white) {
  if (white > 255) return image;
  Image<uint8_t> bytes(image.width(), image.height());
  for (int y = 0; y < image.height(); ++y) {
    for (int x = 0; x < image.width(); ++x)
      bytes(x, y) = static_cast<uint8_t>(std::min<int>(image(x, y), 255));
  }
  return bytes;
}

float MedianOf(const Image<float>& image) {
  std::vector<float> known;
  std::copy_if(image.data(), image.data() + image.number_of_elements(), std::back_inserter(known),
               IsKnown);
  if (known.empty()) return 0;
  const auto middle = known.begin() + static_cast<ptrdiff_t>(known.size() / 2);
  std::nth_element(known.begin(), middle, known.end());
  return *middle;
}

// Everything is made before anything is written.
Status Write(const DisparityMap& map, const DepthPairOptions& options) {
  std::vector<std::pair<std::filesystem::path, std::string>> files;
  files.emplace_back(options.output, EncodePfm(map.disparity_px));
  if (!options.sigma.empty()) files.emplace_back(options.sigma, EncodePfm(map.sigma_px));
  if (!options.view.empty()) {
    auto png = EncodePng(ViewDisparity(map.disparity_px), {});
    if (!png) return tl::unexpected(png.error());
    files.emplace_back(options.view, std::move(*png));
  }
  return WriteTogether(files);
}

Result<DisparityMap> MatchRead(const RawImage& left, const RawImage& right,
                               const DepthPairOptions& options, const WorkProgress& progress,
                               DepthPairSummary& summary) {
  const Image<uint16_t>&lefts = left.samples, &rights = right.samples;
  if (lefts.width() != rights.width() || lefts.height() != rights.height()) {
    return Fail(ErrorKind::kUnusableInput,
                fmt::format("the right picture has {} x {} px, the left one {} x {}",
                            rights.width(), rights.height(), lefts.width(), lefts.height()),
                options.right.string(), "give the two pictures of one pair");
  }
  if (std::equal(lefts.data(), lefts.data() + lefts.number_of_elements(), rights.data())) {
    return Fail(ErrorKind::kUnusableInput, "left and right are the same picture",
                options.right.string(), "give the two pictures of one pair");
  }
  const auto levels = FindLevels(left, right, options);
  if (!levels) return tl::unexpected(levels.error());
  summary.black = levels->black;
  summary.white = levels->white;
  if (Status status = CheckLight(lefts, *levels, options.left); !status)
    return tl::unexpected(status.error());
  if (Status status = CheckLight(rights, *levels, options.right); !status)
    return tl::unexpected(status.error());
  std::optional<PictureNoise> noise;
  if (options.noise) noise = PictureNoise{{levels->black, levels->white}, *options.noise};
  DenseStereoOptions matching = options.stereo;
  const auto memory = MemoryFor(lefts.width(), lefts.height(), options);
  if (!memory) return tl::unexpected(memory.error());
  matching.aggregation.most_bytes = std::max(*memory, kLeastMemory);
  matching.aggregation.look = [&](int64_t rows, int64_t of) {
    return progress.Look(rows, of, "rows");
  };
  const auto stereo = DenseStereo::Create(matching);
  if (!stereo) return tl::unexpected(stereo.error());
  const RunTasks run = options.threads > 1 ? RunTasks(RunTogether) : RunTasks(RunInTurn);
  if (Status status = progress.Look(0, lefts.height(), "rows"); !status)
    return tl::unexpected(status.error());
  StereoPair pair;
  if (Status status = PrepareStereoPair(Narrow(lefts, levels->white), Narrow(rights, levels->white),
                                        noise, run, pair);
      !status) {
    Error error = status.error();
    if (error.kind == ErrorKind::kUnusableInput) error.where = options.left.string();
    return tl::unexpected(error);
  }
  if (Status status = CheckLie(pair, options, run, summary); !status)
    return tl::unexpected(status.error());
  if (Status status = progress.Look(0, lefts.height(), "rows"); !status)
    return tl::unexpected(status.error());
  return stereo->Match(pair, run);
}

}  // namespace

Status DepthPairOptions::Validate() const {
  if (threads < 1 || threads > 256)
    return Fail(ErrorKind::kUsage, "threads must be 1 to 256", "--threads");
  if (noise) {
    if (Status status = CheckNoise(*noise); !status)
      return Fail(ErrorKind::kUsage, status.error().what, "--noise-profile");
  }
  if (stereo.disparities < 8 || stereo.disparities > 256)
    return Fail(ErrorKind::kUsage, "must be 8 to 256 px", "--max-disparity");
  if (memory && !(*memory >= kLeastMemory && *memory <= kMostMemory))
    return Fail(ErrorKind::kUsage, "must be 1 MiB to 1 TiB", "--memory");
  return stereo.Validate();
}

Result<DepthPairSummary> MatchPair(const DepthPairOptions& options, const WorkProgress& progress) {
  if (Status status = options.Validate(); !status) return tl::unexpected(status.error());
  if (Status status = CheckOutputs({{"--output", options.output, ".pfm"},
                                    {"--sigma", options.sigma, ".pfm"},
                                    {"--view", options.view, ".png"}},
                                   {options.left, options.right});
      !status)
    return tl::unexpected(status.error());
  const auto left = Read(options.left), right = Read(options.right);
  if (!left) return tl::unexpected(left.error());
  if (!right) return tl::unexpected(right.error());
  DepthPairSummary summary;
  auto map = MatchRead(*left, *right, options, progress, summary);
  if (!map) return tl::unexpected(map.error());
  const Image<float>& found = map->disparity_px;
  summary.width = found.width();
  summary.height = found.height();
  summary.density = static_cast<double>(std::count_if(
                        found.data(), found.data() + found.number_of_elements(), IsKnown)) /
                    static_cast<double>(found.number_of_elements());
  // No patch of one picture found in the other is a second sign that they are no pair.
  const bool by_chance = summary.density < (summary.row_offset_px ? kByChance : kByChanceUntold);
  if (by_chance && map->share_at_end > kManyAtEnd) {
    return Fail(ErrorKind::kNoAnswer,
                fmt::format("nearly all is nearer than {} px", options.stereo.disparities),
                options.right.string(), "raise --max-disparity");
  }
  if (by_chance) {
    return Fail(
        ErrorKind::kNoAnswer,
        fmt::format("{:.1f} % of the left picture were found in the right one, which is chance",
                    100 * summary.density),
        options.right.string(), "are they a pair, and --max-disparity large enough?");
  }
  if (summary.density < kFewKnown) {
    summary.warnings.push_back(fmt::format(
        "only {:.1f} % of the left picture were found in the right one: are they a pair, and "
        "--max-disparity large enough?",
        100 * summary.density));
  }
  summary.median_disparity_px = MedianOf(found);
  summary.median_sigma_px = MedianOf(map->sigma_px);
  if (map->share_at_end > kManyAtEnd) {
    summary.warnings.push_back(
        fmt::format("{:.1f} % of the picture end at the range of the search: things are nearer "
                    "than {} px: raise --max-disparity",
                    100 * map->share_at_end, options.stereo.disparities));
  }
  if (options.fill) FillFromBackground(map->disparity_px);
  if (Status status = progress.Look(found.height(), found.height(), "rows"); !status)
    return tl::unexpected(status.error());
  if (Status status = Write(*map, options); !status) return tl::unexpected(status.error());
  return summary;
}

}  // namespace nightjar
