// SPDX-License-Identifier: Apache-2.0
#include "isp/mosaic_channels.h"

#include <plane_mixing.h>
#include <plane_unmixing.h>

#include <algorithm>
#include <cmath>

#include "isp/kernel_call.h"
#include "isp/linear_frame.h"

namespace nightjar {
namespace {

constexpr double kMostGain = 64;        // codes per sigma: rounding adds 1 / 200 of the noise
constexpr double kLargestCode = 32000;  // beside 32768
constexpr double kMostLight = (65535.0 - kLinearPedestal) / kLinearScale;

double MeanLight(const Image<uint16_t>& plane) {
  uint64_t sum = 0;
  plane.for_each_value([&](uint16_t value) { sum += value; });
  return FromLinear(static_cast<double>(sum) / static_cast<double>(plane.number_of_elements()));
}

double Product(const PerPlace<double>& a, const PerPlace<double>& b) {
  double sum = 0;
  for (size_t p = 0; p < 4; ++p) sum += a[p] * b[p];
  return sum;
}

/// The stabilised value of light x (halide_generators/variance_stabilisation.h).
double Stabilised(double x, const NoiseProfile::Channel& noise) {
  const double c = noise.offset + 0.375 * noise.scale * noise.scale;
  return 2 * x / (std::sqrt(noise.scale * x + c) + std::sqrt(c));
}

}  // namespace

std::array<double, 2> MosaicBasis::Slope(size_t channel) const {
  std::array<double, 2> slope = {0, 0};
  for (size_t p = 0; p < 4; ++p) {
    const double part = 0.25 * channels[channel][p] * channels[0][p];
    slope[0] += p % 2 == 0 ? -part : part;
    slope[1] += p / 2 == 0 ? -part : part;
  }
  return slope;
}

MosaicBasis BasisOf(const std::vector<FusedFrame>& planes,
                    const PerPlace<NoiseProfile::Channel>& noise) {
  // Grey light that changes by a share moves f by that share of x / sqrt(S x + O).
  constexpr double kLeastLight = 1e-4;
  MosaicBasis basis;
  basis.channels = {{{}, {1, -1, -1, 1}, {1, 0, 0, -1}, {0, 1, -1, 0}}};
  double most = 0;
  for (size_t p = 0; p < 4; ++p) {
    const double x = std::max(MeanLight(planes[p].linear), kLeastLight);
    basis.channels[0][p] = x / std::sqrt(noise[p].scale * x + noise[p].offset);
    const double f = Stabilised(kMostLight, noise[p]);
    most += f * f;
  }
  for (size_t k = 0; k < 4; ++k) {  // Gram and Schmidt
    PerPlace<double>& channel = basis.channels[k];
    for (size_t before = 0; before < k; ++before) {
      const double part = Product(channel, basis.channels[before]);
      for (size_t p = 0; p < 4; ++p) channel[p] -= part * basis.channels[before][p];
    }
    const double length = std::sqrt(Product(channel, channel));
    for (double& value : channel) value /= length;
  }
  basis.gain = std::min(kMostGain, kLargestCode / std::sqrt(most));
  return basis;
}

Status MixPlanes(const std::vector<FusedFrame>& planes,
                 const PerPlace<NoiseProfile::Channel>& noise, const MosaicBasis& basis,
                 PlanarImage<uint16_t>& codes) {
  codes = PlanarImage<uint16_t>(planes[0].linear.width(), planes[0].linear.height(), 4);
  Halide::Runtime::Buffer<float, 2> profile(4, 2), matrix(4, 4);
  for (int p = 0; p < 4; ++p) {
    profile(p, 0) = static_cast<float>(noise[static_cast<size_t>(p)].scale);
    profile(p, 1) = static_cast<float>(noise[static_cast<size_t>(p)].offset);
    for (int k = 0; k < 4; ++k)
      matrix(p, k) =
          static_cast<float>(basis.channels[static_cast<size_t>(k)][static_cast<size_t>(p)]);
  }
  std::vector<FusedFrame> inputs = planes;  // share the pixels
  KernelCall call("plane_mixing");
  return call.Finish(plane_mixing(call.context(), inputs[0].linear, inputs[1].linear,
                                  inputs[2].linear, inputs[3].linear, profile, matrix,
                                  static_cast<float>(basis.gain), codes));
}

Image<float> RemainingOf(const std::vector<FusedFrame>& planes, const PerPlace<double>& channel) {
  int width = 1, height = 1;
  for (const FusedFrame& plane : planes) {
    width = std::max(width, plane.remaining.width());
    height = std::max(height, plane.remaining.height());
  }
  Image<float> mixed = FilledImage(width, height, 0.F);
  for (size_t p = 0; p < 4; ++p) {
    const Image<float>& of_place = planes[p].remaining;
    const auto weight = static_cast<float>(channel[p] * channel[p]);
    mixed.for_each_element([&](int x, int y) {
      mixed(x, y) +=
          weight * of_place(std::min(x, of_place.width() - 1), std::min(y, of_place.height() - 1));
    });
  }
  return mixed;
}

Status UnmixPlane(const PlanarImage<uint16_t>& codes, const PlanarImage<float>& sigmas,
                  const MosaicBasis& basis, size_t place, const NoiseProfile::Channel& noise,
                  const Image<float>& remaining, DenoisedFrame& plane) {
  Halide::Runtime::Buffer<float, 1> at_place(4);
  std::array<double, 2> slope = {0, 0};
  for (size_t k = 0; k < 4; ++k) {
    const double value = basis.channels[k][place];
    at_place(static_cast<int>(k)) = static_cast<float>(value);
    if (k == 0) continue;
    slope[0] += value * basis.Slope(k)[0];
    slope[1] += value * basis.Slope(k)[1];
  }
  PlanarImage<uint16_t> inputs = codes;
  PlanarImage<float> errors = sigmas;
  Image<float> shares = remaining;
  KernelCall call("plane_unmixing");
  return call.Finish(plane_unmixing(call.context(), inputs, errors, shares, at_place,
                                    static_cast<float>(slope[0]), static_cast<float>(slope[1]),
                                    static_cast<float>(basis.gain), static_cast<float>(noise.scale),
                                    static_cast<float>(noise.offset), plane.linear, plane.sigma));
}

}  // namespace nightjar
