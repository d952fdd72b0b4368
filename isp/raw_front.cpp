// SPDX-License-Identifier: Apache-2.0
#include "isp/raw_front.h"

#include <raw_front.h>
#include <raw_levels.h>

#include <algorithm>
#include <cmath>
#include <string>

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

/// The median of the nearest pixels of its colour that are not listed themselves; nothing where all
/// eight are.
void ReplaceListed(const std::vector<PixelPosition>& defects, int step, Image<uint16_t>& linear) {
  const auto is_inside = [&](int x, int y) {
    return x >= 0 && y >= 0 && x < linear.width() && y < linear.height();
  };
  const auto key = [&](int x, int y) { return int64_t{y} * linear.width() + x; };
  std::vector<int64_t> listed;
  for (const auto& [x, y] : defects)
    if (is_inside(x, y)) listed.push_back(key(x, y));
  std::sort(listed.begin(), listed.end());
  for (const int64_t pixel : listed) {
    const int x = static_cast<int>(pixel % linear.width());
    const int y = static_cast<int>(pixel / linear.width());
    std::vector<uint16_t> around;
    for (const int v : {y - step, y, y + step}) {
      for (const int h : {x - step, x, x + step}) {
        if (is_inside(h, v) && !std::binary_search(listed.begin(), listed.end(), key(h, v)))
          around.push_back(linear(h, v));
      }
    }
    if (around.empty()) continue;
    std::sort(around.begin(), around.end());
    const size_t half = around.size() / 2;
    linear(x, y) = around.size() % 2 == 1
                       ? around[half]
                       : static_cast<uint16_t>((around[half - 1] + around[half] + 1) / 2);
  }
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
  ReplaceListed(options.defects, samples.step(), frame.linear);
  return {};
}

}  // namespace nightjar
