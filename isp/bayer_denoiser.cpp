// SPDX-License-Identifier: Apache-2.0
#include "isp/bayer_denoiser.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "isp/frame_checks.h"
#include "isp/measured_error.h"
#include "isp/mosaic_channels.h"
#include "isp/mosaic_planes.h"

namespace nightjar {
namespace {

constexpr int kSmallestSide = 32;
// What a large frame is measured on: tiles of a grid from edge to edge, px of a plane.
constexpr int kSampleGrid = 3, kSampleTile = 96;
// Of colours, to that of brightness; a little less smoothing than of brightness has the better
// colours at 8 .. 30 electrons and the truer sigma at all (docs/maths/raw-development.md).
constexpr double kColourThreshold = 0.91;
// Variance, of the noise's, that going to half the size takes from a channel of colour: what
// DenoiseSpatially expects of a patch of which nothing but the mean is kept.
constexpr double kCoarseGain = 0.0287;

uint16_t ToCode(float value) {
  return static_cast<uint16_t>(std::clamp(value + 0.5F, 0.F, 65535.F));
}

/// Takes the slope of `brightness` in x and y, by central differences, out of a channel.
void TakeSlope(const Image<uint16_t>& brightness, const std::array<double, 2>& slope,
               Image<uint16_t>& channel) {
  const int width = channel.width(), height = channel.height();
  const float across = -0.5F * static_cast<float>(slope[0]);
  const float down = -0.5F * static_cast<float>(slope[1]);
  for (int y = 0; y < height; ++y) {
    const uint16_t* row = &brightness(0, y);
    const uint16_t* above = &brightness(0, std::max(y - 1, 0));
    const uint16_t* below = &brightness(0, std::min(y + 1, height - 1));
    uint16_t* to = &channel(0, y);
    const auto add = [&](int x, int left, int right) {
      to[x] =
          ToCode(static_cast<float>(to[x]) + (across * static_cast<float>(row[right] - row[left]) +
                                              down * static_cast<float>(below[x] - above[x])));
    };
    add(0, 0, 1);
    for (int x = 1; x + 1 < width; ++x) add(x, x - 1, x + 1);
    add(width - 1, width - 2, width - 1);
  }
}

/// Means of 2 x 2 pixels.
template <typename T>
Image<T> Halved(const Image<T>& image) {
  Image<T> half((image.width() + 1) / 2, (image.height() + 1) / 2);
  for (int y = 0; y < half.height(); ++y) {
    const T* upper = &image(0, 2 * y);
    const T* lower = &image(0, std::min(2 * y + 1, image.height() - 1));
    T* to = &half(0, y);
    const auto mean = [&](int left, int right) {
      if constexpr (std::is_integral_v<T>) {
        return static_cast<T>((upper[left] + upper[right] + lower[left] + lower[right] + 2) / 4);
      } else {
        return ((upper[left] + upper[right]) + (lower[left] + lower[right])) / 4;
      }
    };
    for (int x = 0; x < image.width() / 2; ++x) to[x] = mean(2 * x, 2 * x + 1);
    if (image.width() % 2 != 0) to[half.width() - 1] = mean(image.width() - 1, image.width() - 1);
  }
  return half;
}

/// Adds what `to` has more than `from` at half the size, interpolated, to a channel.
void AddCoarse(const Image<uint16_t>& from, const Image<uint16_t>& to, Image<uint16_t>& channel) {
  const int width = from.width(), last_y = from.height() - 1;
  // Four times a row, with a pixel beyond each end.
  std::vector<int> sums(static_cast<size_t>(width) + 2);
  for (int y = 0; y < channel.height(); ++y) {
    const int near = y / 2, far = std::clamp(y % 2 == 0 ? near - 1 : near + 1, 0, last_y);
    const uint16_t *to_near = &to(0, near), *to_far = &to(0, far);
    const uint16_t *from_near = &from(0, near), *from_far = &from(0, far);
    int* sum = sums.data() + 1;
    for (int x = 0; x < width; ++x)
      sum[x] = 3 * (to_near[x] - from_near[x]) + (to_far[x] - from_far[x]);
    sum[-1] = sum[0];
    sum[width] = sum[width - 1];
    uint16_t* row = &channel(0, y);
    const auto add = [&](int x, int near_sum, int far_sum) {
      row[x] = ToCode(static_cast<float>(row[x]) +
                      static_cast<float>(3 * near_sum + far_sum) * (1.F / 16));
    };
    for (int x = 0; x < channel.width() / 2; ++x) {
      add(2 * x, sum[x], sum[x - 1]);
      add(2 * x + 1, sum[x], sum[x + 1]);
    }
    if (channel.width() % 2 != 0) add(channel.width() - 1, sum[width - 1], sum[width - 2]);
  }
}

/// Takes off sigma what is known to be better at half the size: `less`, a share of the noise's
/// variance, of which the map `remaining` was there.
void LessError(const Image<float>& remaining, float less, Image<float>& sigma) {
  std::vector<float> of_row(static_cast<size_t>(sigma.width()));
  for (int y = 0; y < sigma.height(); ++y) {
    if (y % 4 == 0) {
      const float* shares = &remaining(0, std::min(y / 4, remaining.height() - 1));
      for (int x = 0; x < sigma.width(); ++x)
        of_row[static_cast<size_t>(x)] = less * shares[std::min(x / 4, remaining.width() - 1)];
    }
    const float* taken = of_row.data();
    float* row = &sigma(0, y);
    for (int x = 0; x < sigma.width(); ++x) {
      const float square = row[x] * row[x];
      row[x] = std::sqrt(std::max(square - taken[x], 0.1F * square));
    }
  }
}

/// Codes with noise of `variance` (1: gain^2 codes) and what is known of it.
struct Channel {
  Image<uint16_t> codes;
  Image<float> remaining;
  double gain, variance;
};

Status Denoise(const Channel& channel, const SpatialDenoiserOptions& options,
               DenoisedFrame& denoised) {
  const double sigma = channel.gain / kLinearScale;
  return DenoiseSpatially(channel.codes, channel.remaining, {},
                          {0, sigma * sigma * channel.variance}, options, denoised);
}

/// Of a channel of colour: once more at half the size, where there is less of the noise.
Status DenoiseColour(const Channel& channel, const SpatialDenoiserOptions& options,
                     DenoisedFrame& denoised) {
  if (Status status = Denoise(channel, options, denoised); !status) return status;
  const Channel half = {Halved(channel.codes), Halved(channel.remaining), channel.gain,
                        channel.variance / 4};
  if (std::min(half.codes.width(), half.codes.height()) < kSmallestFrame) return {};
  DenoisedFrame coarse;
  if (Status status = Denoise(half, options, coarse); !status) return status;
  AddCoarse(Halved(denoised.linear), coarse.linear, denoised.linear);
  const double unit = channel.gain / kLinearScale;
  LessError(channel.remaining, static_cast<float>(kCoarseGain * unit * unit * channel.variance),
            denoised.sigma);
  return {};
}

/// Brightness and colours without their noise (codes), and their sigmas (57344 codes each).
struct CleanChannels {
  PlanarImage<uint16_t> codes;
  PlanarImage<float> sigmas;
};

Status DenoiseChannels(const std::vector<FusedFrame>& planes,
                       const PerPlace<NoiseProfile::Channel>& noise, const MosaicBasis& basis,
                       const MosaicDenoiserOptions& options, CleanChannels& clean) {
  PlanarImage<uint16_t> codes;
  if (Status status = MixPlanes(planes, noise, basis, codes); !status) return status;
  clean = {PlanarImage<uint16_t>(codes.width(), codes.height(), 4),
           PlanarImage<float>(codes.width(), codes.height(), 4)};
  SpatialDenoiserOptions of_colour = options.spatial;
  of_colour.threshold =
      std::clamp(options.spatial.threshold * kColourThreshold * options.colour_smoothing, 0.5, 4.0);
  for (int k = 0; k < 4; ++k) {
    const auto channel = static_cast<size_t>(k);
    Channel noisy = {codes.sliced(2, k), RemainingOf(planes, basis.channels[channel]), basis.gain,
                     1};
    if (k > 0) TakeSlope(clean.codes.sliced(2, 0), basis.Slope(channel), noisy.codes);
    DenoisedFrame denoised = {clean.codes.sliced(2, k), clean.sigmas.sliced(2, k)};
    if (Status status = k == 0 ? Denoise(noisy, options.spatial, denoised)
                               : DenoiseColour(noisy, of_colour, denoised);
        !status) {
      return status;
    }
  }
  return {};
}

/// The places again.
Status Separate(const CleanChannels& clean, const std::vector<FusedFrame>& planes,
                const PerPlace<NoiseProfile::Channel>& noise, const MosaicBasis& basis,
                PerPlace<DenoisedFrame>& places) {
  for (size_t place = 0; place < places.size(); ++place) {
    const Image<uint16_t>& as = planes[place].linear;
    Fit(as.width(), as.height(), places[place].linear);
    Fit(as.width(), as.height(), places[place].sigma);
    if (Status status = UnmixPlane(clean.codes, clean.sigmas, basis, place, noise[place],
                                   planes[place].remaining, places[place]);
        !status) {
      return status;
    }
  }
  return {};
}

/// Whether no plane is a merged one, whose noise is not white any more.
bool AreAsTaken(const std::vector<FusedFrame>& planes) {
  bool are = true;
  for (const FusedFrame& plane : planes)
    plane.remaining.for_each_value([&](float share) { are = are && share == 1; });
  return are;
}

/// A mosaic, what was made of it, and the sigmas of its channels.
struct Denoised {
  MosaicPlanes planes;
  PlanarImage<float> sigmas;
};

/// Nine tiles from all over a plane, of which `width` x `height` px are looked at, side by side.
Image<uint16_t> Sampled(const Image<uint16_t>& plane, int width, int height) {
  Image<uint16_t> sample(kSampleGrid * kSampleTile, kSampleGrid * kSampleTile);
  sample.for_each_element([&](int x, int y) {
    const auto from = [](int at, int size) {
      return (size - kSampleTile) * (at / kSampleTile) / (kSampleGrid - 1) + at % kSampleTile;
    };
    sample(x, y) = plane(plane.dim(0).min() + from(x, width), plane.dim(1).min() + from(y, height));
  });
  return sample;
}

/// The frame, or of a large one a sample that is denoised by itself: that costs the same of every
/// frame.
Result<Denoised> DenoisedToMeasure(const std::vector<FusedFrame>& planes,
                                   const PerPlace<NoiseProfile::Channel>& noise,
                                   const MosaicBasis& basis, const MosaicDenoiserOptions& options,
                                   const CleanChannels& clean,
                                   const PerPlace<DenoisedFrame>& places) {
  Denoised result;
  const int width = planes[3].linear.width(), height = planes[3].linear.height();
  if (std::min(width, height) <= kSampleGrid * kSampleTile) {
    for (size_t p = 0; p < places.size(); ++p) {
      result.planes.taken[p] = planes[p].linear;  // shares the pixels
      result.planes.taken[p].set_min(0, 0);
      result.planes.clean[p] = places[p].linear;
    }
    result.sigmas = clean.sigmas;
    return result;
  }
  std::vector<FusedFrame> sample;
  for (size_t p = 0; p < places.size(); ++p) {
    result.planes.taken[p] = Sampled(planes[p].linear, width, height);
    sample.push_back(SingleFrame(result.planes.taken[p]));
  }
  CleanChannels channels;
  PerPlace<DenoisedFrame> made;
  if (Status status = DenoiseChannels(sample, noise, basis, options, channels); !status)
    return tl::unexpected(status.error());
  if (Status status = Separate(channels, sample, noise, basis, made); !status)
    return tl::unexpected(status.error());
  for (size_t p = 0; p < places.size(); ++p) result.planes.clean[p] = made[p].linear;
  result.sigmas = channels.sigmas;
  return result;
}

/// Makes the sigmas of channels, and with them those of `places`, what the frame itself shows.
Status MeasureSigmas(const std::vector<FusedFrame>& planes,
                     const PerPlace<NoiseProfile::Channel>& noise, const MosaicBasis& basis,
                     const MosaicDenoiserOptions& options, CleanChannels& clean,
                     PerPlace<DenoisedFrame>& places) {
  const auto as_taken = DenoisedToMeasure(planes, noise, basis, options, clean, places);
  if (!as_taken) return tl::unexpected(as_taken.error());
  MosaicPlanes nudged;
  std::vector<FusedFrame> nudged_planes;
  for (size_t p = 0; p < places.size(); ++p) {
    nudged.taken[p] = Nudged(as_taken->planes.taken[p], as_taken->planes.clean[p], noise[p], p);
    nudged_planes.push_back(SingleFrame(nudged.taken[p]));
  }
  CleanChannels nudged_clean;
  PerPlace<DenoisedFrame> nudged_places;
  if (Status status = DenoiseChannels(nudged_planes, noise, basis, options, nudged_clean); !status)
    return status;
  if (Status status = Separate(nudged_clean, nudged_planes, noise, basis, nudged_places); !status)
    return status;
  for (size_t p = 0; p < places.size(); ++p) nudged.clean[p] = nudged_places[p].linear;
  const auto errors = MeasureErrors(as_taken->planes, nudged, noise, basis, as_taken->sigmas);
  PerPlace<Image<uint16_t>> all;
  for (size_t p = 0; p < places.size(); ++p) all[p] = places[p].linear;
  const Image<float> shares = StructureShares(all, noise);
  for (int k = 0; k < 4; ++k) {
    Image<float> sigmas = clean.sigmas.sliced(2, k);
    CorrectSigmas(errors[static_cast<size_t>(k)], basis.gain / kLinearScale, shares, sigmas);
  }
  return Separate(clean, planes, noise, basis, places);
}

/// The sigmas of a mosaic's places, of which `linear` is the frame, side by side.
void PutSigmas(const std::vector<FusedFrame>& planes, const PerPlace<NoiseProfile::Channel>& noise,
               const Image<uint16_t>& linear, PerPlace<DenoisedFrame>& places,
               Image<float>& sigma) {
  Fit(linear.width(), linear.height(), sigma);
  for (size_t place = 0; place < places.size(); ++place) {
    RaiseByCoarseShare(planes[place], noise[place], places[place]);
    Interleave(places[place].sigma, place, sigma);
  }
}

Status CheckPlanes(const std::vector<FusedFrame>& planes,
                   const PerPlace<NoiseProfile::Channel>& noise,
                   const MosaicDenoiserOptions& options) {
  if (Status status = options.Validate(); !status) return status;
  for (const NoiseProfile::Channel& of_place : noise)
    if (Status status = CheckNoise(of_place); !status) return status;
  if (planes.size() != 4) return Fail(ErrorKind::kUsage, "a mosaic has four planes");
  const int width = planes[0].linear.width() + planes[1].linear.width();
  const int height = planes[0].linear.height() + planes[2].linear.height();
  if (width >= kSmallestSide && height >= kSmallestSide) return {};
  return Fail(ErrorKind::kUnusableInput,
              "a mosaic of " + std::to_string(width) + " x " + std::to_string(height) +
                  " pixels is too small to denoise",
              {}, "at least 32 x 32 are needed");
}

}  // namespace

Status MosaicDenoiserOptions::Validate() const {
  if (!(colour_smoothing >= 0.34 && colour_smoothing <= 2.4))
    return Fail(ErrorKind::kUsage, "smoothing of colours must be 0.34 to 2.4");
  return spatial.Validate();
}

Status DenoiseMosaic(const Image<uint16_t>& linear, const PerPlace<NoiseProfile::Channel>& noise,
                     const MosaicDenoiserOptions& options, DenoisedFrame& frame,
                     Image<float>* measured_sigma) {
  Image<uint16_t> mosaic = linear;  // shares the pixels
  mosaic.set_min(0, 0);
  std::vector<FusedFrame> planes;
  for (const Image<uint16_t>& plane : PlanesOf(mosaic)) planes.push_back(SingleFrame(plane));
  return DenoisePlanes(planes, noise, options, frame, measured_sigma);
}

Status DenoisePlanes(const std::vector<FusedFrame>& planes,
                     const PerPlace<NoiseProfile::Channel>& noise,
                     const MosaicDenoiserOptions& options, DenoisedFrame& frame,
                     Image<float>* measured_sigma) {
  if (Status status = CheckPlanes(planes, noise, options); !status) return status;
  const MosaicBasis basis = BasisOf(planes, noise);
  CleanChannels clean;
  PerPlace<DenoisedFrame> places;
  if (Status status = DenoiseChannels(planes, noise, basis, options, clean); !status) return status;
  if (Status status = Separate(clean, planes, noise, basis, places); !status) return status;
  Fit(planes[0].linear.width() + planes[1].linear.width(),
      planes[0].linear.height() + planes[2].linear.height(), frame.linear);
  for (size_t place = 0; place < planes.size(); ++place)
    Interleave(places[place].linear, place, frame.linear);
  PutSigmas(planes, noise, frame.linear, places, frame.sigma);
  if (measured_sigma == nullptr) return {};
  if (AreAsTaken(planes)) {
    if (Status status = MeasureSigmas(planes, noise, basis, options, clean, places); !status)
      return status;
    PutSigmas(planes, noise, frame.linear, places, *measured_sigma);
  } else {
    Fit(frame.sigma.width(), frame.sigma.height(), *measured_sigma);
    measured_sigma->copy_from(frame.sigma);
  }
  return {};
}

}  // namespace nightjar
