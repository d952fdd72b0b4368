// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/depth_pair.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <thread>
#include <vector>

#include "apps/pipeline/disparity_view.h"
#include "core/whole_file.h"
#include "data/image_file.h"
#include "data/raw_image.h"
#include "isp/depth/disparity_checks.h"
#include "isp/depth/pair_geometry.h"
#include "isp/frame_checks.h"

namespace nightjar {
namespace {

constexpr int kFewestPatches = 12;  // that tell how a pair lies
constexpr double kMostRows = 1;     // px, that rows may be off; 0.5 would be noise
constexpr double kSwappedShare = 0.7;
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

Result<Image<uint16_t>> Read(const std::filesystem::path& file) {
  auto raw = ReadRawImage(file);
  if (!raw) return tl::unexpected(raw.error());
  if (raw->colour_filter.value_or(ColourFilter::kNone) == ColourFilter::kNone)
    return std::move(raw->samples);
  return Fail(ErrorKind::kUnusableInput, "a mosaic of colours is no picture to match",
              file.string(), "develop it first");
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

Status CheckGeometry(const PairGeometry& geometry, const DepthPairOptions& options) {
  if (geometry.patches < kFewestPatches) return {};
  if (geometry.row_error > kMostRows) {
    return Fail(ErrorKind::kUnusableInput,
                fmt::format("the pair is not rectified: rows of the right picture are off by {:+g} "
                            "px in the middle, {:g} px as a rule",
                            geometry.row_offset, geometry.row_error),
                options.right.string(), "rectify both with the calibration of the rig");
  }
  if (geometry.share_behind < kSwappedShare) return {};
  return Fail(ErrorKind::kUnusableInput,
              fmt::format("the pictures are swapped: {:.0f} % of what was found lies further right "
                          "in the right one",
                          100 * geometry.share_behind),
              options.right.string(), "give it as --left and the other one as --right");
}

void RunTogether(std::span<const std::function<void()>> tasks) {
  std::vector<std::jthread> running;
  for (size_t i = 1; i < tasks.size(); ++i) running.emplace_back(tasks[i]);
  tasks.front()();
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
  for (const auto& [file, bytes] : files) {
    if (Status status = WriteWholeFile(file, bytes); !status) return status;
  }
  return {};
}

}  // namespace

Status DepthPairOptions::Validate() const {
  if (threads < 1 || threads > 256)
    return Fail(ErrorKind::kUsage, "threads must be 1 to 256", "--threads");
  if (noise) {
    if (Status status = CheckNoise(*noise); !status) return status;
  }
  return stereo.Validate();
}

Result<DepthPairSummary> MatchPair(const DepthPairOptions& options) {
  if (Status status = options.Validate(); !status) return tl::unexpected(status.error());
  const auto left = Read(options.left), right = Read(options.right);
  if (!left) return tl::unexpected(left.error());
  if (!right) return tl::unexpected(right.error());
  if (left->width() != right->width() || left->height() != right->height()) {
    return Fail(ErrorKind::kUnusableInput,
                fmt::format("the right picture has {} x {} px, the left one {} x {}",
                            right->width(), right->height(), left->width(), left->height()),
                options.right.string(), "give the two pictures of one pair");
  }
  const Levels levels = {options.black.value_or(0),
                         options.white.value_or(std::max(LargestCode(*left), LargestCode(*right)))};
  if (!(levels.black < levels.white))
    return Fail(ErrorKind::kUsage, "the black level must be below the white level", {},
                "give --black and --white");
  if (Status status = CheckLight(*left, levels, options.left); !status)
    return tl::unexpected(status.error());
  if (Status status = CheckLight(*right, levels, options.right); !status)
    return tl::unexpected(status.error());
  const PairGeometry geometry = ExaminePair(*left, *right, options.stereo.disparities);
  if (Status status = CheckGeometry(geometry, options); !status)
    return tl::unexpected(status.error());
  std::optional<PictureNoise> noise;
  if (options.noise) noise = PictureNoise{{levels.black, levels.white}, *options.noise};
  const auto stereo = DenseStereo::Create(options.stereo);
  if (!stereo) return tl::unexpected(stereo.error());
  auto map = stereo->Match(Narrow(*left, levels.white), Narrow(*right, levels.white), noise,
                           options.threads > 1 ? RunTasks(RunTogether) : RunTasks(RunInTurn));
  if (!map) return tl::unexpected(map.error());
  const Image<float>& found = map->disparity_px;
  DepthPairSummary summary;
  summary.width = found.width();
  summary.height = found.height();
  summary.black = levels.black;
  summary.white = levels.white;
  summary.density = static_cast<double>(std::count_if(
                        found.data(), found.data() + found.number_of_elements(), IsKnown)) /
                    static_cast<double>(found.number_of_elements());
  summary.row_offset_px = geometry.row_offset;
  if (summary.density == 0) {
    return Fail(ErrorKind::kNoAnswer, "nothing of the left picture was found in the right one",
                options.right.string(), "are they a pair, and --max-disparity large enough?");
  }
  summary.median_disparity_px = MedianOf(found);
  summary.median_sigma_px = MedianOf(map->sigma_px);
  if (options.fill) FillFromBackground(map->disparity_px);
  if (Status status = Write(*map, options); !status) return tl::unexpected(status.error());
  return summary;
}

}  // namespace nightjar
