// SPDX-License-Identifier: Apache-2.0
#include "isp/raw_front.h"

#include <raw_front.h>
#include <raw_levels.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "isp/frame_checks.h"
#include "isp/green_balance.h"
#include "isp/kernel_call.h"
#include "isp/row_noise.h"

namespace nightjar {
namespace {

Status CheckSamples(const RawSamples& samples) {
  for (size_t place = 0; place < 4; ++place) {
    if (!(samples.black[place] < samples.white) ||
        !std::isfinite(samples.white - samples.black[place]))
      return Fail(ErrorKind::kUsage, "the black level is not below the white level");
    if (Status status = CheckNoise(samples.noise[place]); !status) return status;
  }
  return {};
}

/// Gains of the places that make both greens what their geometric mean is.
PerPlace<double> GreenGains(ColourFilter filter, double ratio) {
  PerPlace<double> gains = {1, 1, 1, 1};
  const PerPlace<int> colours = TileColours(filter);
  for (size_t place = 0; place < 4; ++place) {
    if (colours[place] != 1 || ratio == 1) continue;
    const bool is_beside_red = colours[place ^ 1] == 0;
    gains[place] = is_beside_red ? 1 / std::sqrt(ratio) : std::sqrt(ratio);
  }
  return gains;
}

/// The median of the nearest pixels of its colour that are known, of an even number the mean of the
/// two in the middle; nothing where none is.
std::optional<uint16_t> MedianAround(const Image<uint16_t>& linear, const Image<uint8_t>& unknown,
                                     const PixelPosition& pixel, int step) {
  std::vector<uint16_t> around;
  for (const int y : {pixel.y - step, pixel.y, pixel.y + step}) {
    for (const int x : {pixel.x - step, pixel.x, pixel.x + step}) {
      const bool is_inside = x >= 0 && y >= 0 && x < linear.width() && y < linear.height();
      if (is_inside && unknown(x, y) == 0) around.push_back(linear(x, y));
    }
  }
  if (around.empty()) return std::nullopt;
  std::sort(around.begin(), around.end());
  const size_t half = around.size() / 2;
  return around.size() % 2 == 1 ? around[half]
                                : static_cast<uint16_t>((around[half - 1] + around[half] + 1) / 2);
}

/// Replaces listed pixels by what is around them; of a cluster the rim first, from outside inwards.
void ReplaceListed(const std::vector<PixelPosition>& defects, int step, Image<uint16_t>& linear) {
  std::vector<PixelPosition> left;
  for (const PixelPosition& pixel : defects) {
    const auto& [x, y] = pixel;
    if (x >= 0 && y >= 0 && x < linear.width() && y < linear.height()) left.push_back(pixel);
  }
  if (left.empty()) return;
  Image<uint8_t> unknown = FilledImage<uint8_t>(linear.width(), linear.height(), 0);
  for (const auto& [x, y] : left) unknown(x, y) = 1;
  while (!left.empty()) {
    std::vector<std::pair<PixelPosition, uint16_t>> found;
    std::vector<PixelPosition> still;
    for (const PixelPosition& pixel : left) {
      if (const auto median = MedianAround(linear, unknown, pixel, step))
        found.emplace_back(pixel, *median);
      else
        still.push_back(pixel);
    }
    if (found.empty()) return;  // every pixel of a colour is listed
    for (const auto& [pixel, median] : found) {
      linear(pixel.x, pixel.y) = median;
      unknown(pixel.x, pixel.y) = 0;
    }
    left = std::move(still);
  }
}

/// Where two frames differ, and listed pixels.
std::vector<PixelPosition> Replaced(const Image<uint16_t>& before, const Image<uint16_t>& after,
                                    const std::vector<PixelPosition>& listed) {
  Image<uint8_t> is_replaced = FilledImage<uint8_t>(before.width(), before.height(), 0);
  for (const auto& [x, y] : listed)
    if (x >= 0 && y >= 0 && x < before.width() && y < before.height()) is_replaced(x, y) = 1;
  std::vector<PixelPosition> replaced;
  for (int y = 0; y < before.height(); ++y) {
    for (int x = 0; x < before.width(); ++x) {
      if (is_replaced(x, y) != 0 || before(x, y) != after(x, y)) replaced.push_back({x, y});
    }
  }
  return replaced;
}

/// Levels, and defective pixels where a threshold says which.
Status Levels(Image<uint16_t>& raw, Halide::Runtime::Buffer<float, 2>& places,
              Halide::Runtime::Buffer<float, 1>& offsets, int step, double threshold,
              Image<uint16_t>& linear) {
  if (threshold == 0) {
    KernelCall call("raw_levels");
    return call.Finish(raw_levels(call.context(), raw, places, offsets, linear));
  }
  KernelCall call("raw_front");
  return call.Finish(
      raw_front(call.context(), raw, places, offsets, step, static_cast<float>(threshold), linear));
}

}  // namespace

Status RawFrontOptions::Validate() const {
  if (defect_threshold == 0 || (defect_threshold >= 3 && defect_threshold <= 100)) return {};
  return Fail(ErrorKind::kUsage, "defect_threshold must be 3 to 100, or 0");
}

Status LineariseRaw(const Image<uint16_t>& raw, const RawSamples& samples,
                    const RawFrontOptions& options, RawFrontFrame& frame) {
  if (Status status = options.Validate(); !status) return status;
  if (Status status = CheckSamples(samples); !status) return status;
  if (Status status = CheckFrame(raw); !status) return status;
  constexpr size_t kMostDefects = 10;  // one in so many pixels
  if (options.defects.size() > raw.number_of_elements() / kMostDefects) {
    return Fail(ErrorKind::kUsage,
                std::to_string(options.defects.size()) +
                    " pixels are listed as defective, more than a tenth of a frame",
                {}, "replace the sensor, or the list");
  }
  Image<uint16_t> input = raw;  // shares the pixels
  input.set_min(0, 0);
  RowNoise rows = {std::vector<float>(static_cast<size_t>(input.height()))};
  if (options.remove_row_noise) rows = MeasureRowNoise(input, samples);
  frame.row_noise_dn = rows.sigma_dn;
  frame.green_ratio = options.green_ratio       ? *options.green_ratio
                      : options.equalise_greens ? MeasureGreenRatio(input, samples)
                                                : 1;
  const PerPlace<double> gains = GreenGains(samples.colour_filter, frame.green_ratio);
  Halide::Runtime::Buffer<float, 2> places(4, 4);
  for (size_t place = 0; place < 4; ++place) {
    const int i = static_cast<int>(place);
    const double gain = gains[place];
    frame.noise[place] = {samples.noise[place].scale * gain,
                          samples.noise[place].offset * gain * gain};
    places(i, 0) = static_cast<float>(samples.black[place]);
    places(i, 1) = static_cast<float>(samples.per_dn(place) * gain);
    places(i, 2) = static_cast<float>(frame.noise[place].scale);
    places(i, 3) = static_cast<float>(frame.noise[place].offset);
  }
  Fit(input.width(), input.height(), frame.linear);
  Halide::Runtime::Buffer<float, 1> offsets(rows.offset_dn.data(), input.height());
  if (Status status =
          Levels(input, places, offsets, samples.step(), options.defect_threshold, frame.linear);
      !status) {
    return status;
  }
  frame.replaced.clear();
  if (options.list_replaced) {
    Image<uint16_t> as_it_came(input.width(), input.height());
    if (Status status = Levels(input, places, offsets, samples.step(), 0, as_it_came); !status)
      return status;
    frame.replaced = Replaced(as_it_came, frame.linear, options.defects);
  }
  ReplaceListed(options.defects, samples.step(), frame.linear);
  return {};
}

}  // namespace nightjar
