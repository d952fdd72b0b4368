// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/develop_frame.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "isp/automatic_look.h"
#include "isp/bayer_denoiser.h"
#include "isp/linear_frame.h"
#include "isp/picture_finisher.h"
#include "isp/tone_curve.h"

namespace nightjar {
namespace {

// 2^bits - 1 of the fewest of 8, 10, 12, 14, 16 bits that hold the largest sample.
double LargestCode(const Image<uint16_t>& samples) {
  uint16_t largest = 0;
  for (int y = 0; y < samples.height(); ++y)
    largest =
        std::max(largest, *std::max_element(&samples(0, y), &samples(0, y) + samples.width()));
  for (const int bits : {8, 10, 12, 14})
    if (largest < 1 << bits) return (1 << bits) - 1;
  return 65535;
}

Result<RawSamples> SamplesOf(const RawImage& raw, const FrameDevelopment& how) {
  RawSamples samples;
  samples.colour_filter =
      how.colour_filter.value_or(raw.colour_filter.value_or(ColourFilter::kNone));
  if (raw.black) samples.black = *raw.black;
  if (how.black) samples.black.fill(*how.black);
  samples.white = how.white ? *how.white : raw.white ? *raw.white : LargestCode(raw.samples);
  for (const double black : samples.black) {
    if (black < samples.white) continue;
    return Fail(how.black || how.white ? ErrorKind::kUsage : ErrorKind::kUnusableInput,
                "the black level of " + std::to_string(black) +
                    " is not below the white level of " + std::to_string(samples.white),
                {}, "give --black and --white");
  }
  for (size_t place = 0; place < how.noise.size(); ++place) samples.noise[place] = how.noise[place];
  if (how.noise.size() == 1) samples.noise.fill(how.noise.front());
  return samples;
}

bool IsFinite(const NoiseProfile::Channel& noise) {
  return std::isfinite(noise.scale) && std::isfinite(noise.offset) && noise.scale >= 0 &&
         noise.offset > 0;
}

/// sigma of what was not denoised.
void KeepNoise(const RawFrontFrame& front, DenoisedFrame& frame) {
  frame.linear = front.linear;
  frame.sigma = Image<float>(front.linear.width(), front.linear.height());
  frame.sigma.for_each_element([&](int x, int y) {
    const NoiseProfile::Channel& noise = front.noise[PlaceOf(x, y)];
    const double light = std::max(0.0, FromLinear(front.linear(x, y)));
    frame.sigma(x, y) = static_cast<float>(std::sqrt(noise.scale * light + noise.offset));
  });
}

double MeanVariance(const Image<float>& sigma) {
  double sum = 0;
  sigma.for_each_value([&](float value) { sum += 1.0 * value * value; });
  return sum / static_cast<double>(sigma.number_of_elements());
}

}  // namespace

Status FrameDevelopment::Validate() const {
  const auto is_level = [](double dn) { return dn >= 0 && dn <= 65535; };
  if ((black && !is_level(*black)) || (white && !is_level(*white)))
    return Fail(ErrorKind::kUsage, "black and white level must be 0 to 65535");
  if (black && white && *black >= *white)
    return Fail(ErrorKind::kUsage, "the black level is not below the white level");
  if (noise.size() != 0 && noise.size() != 1 && noise.size() != 4)
    return Fail(ErrorKind::kUsage, "a noise profile has one pair S,O or four of them");
  if (!std::all_of(noise.begin(), noise.end(), IsFinite))
    return Fail(ErrorKind::kUsage, "a noise profile needs S >= 0 and O > 0");
  if (Status status = front.Validate(); !status) return status;
  return spatial.Validate();
}

Result<DevelopedFrame> DevelopFrame(const RawImage& raw, const FrameDevelopment& how) {
  Result<RawSamples> samples = SamplesOf(raw, how);
  if (!samples) return tl::unexpected(samples.error());
  DevelopedFrame developed;
  if (how.noise.empty()) {
    const Result<NoiseEstimate> estimate = EstimateNoise(raw.samples, *samples);
    if (!estimate) return tl::unexpected(estimate.error());
    developed.estimate = *estimate;
    samples->noise.fill(estimate->noise);
  }
  developed.samples = *samples;
  RawFrontFrame front;
  if (Status status = LineariseRaw(raw.samples, *samples, how.front, front); !status)
    return tl::unexpected(status.error());
  DenoisedFrame denoised;
  Status status;
  if (!how.denoise) {
    KeepNoise(front, denoised);
  } else if (samples->colour_filter == ColourFilter::kNone) {
    status = DenoiseSpatially(front.linear, {}, front.noise[0], how.spatial, denoised);
  } else {
    status = DenoiseMosaic(front.linear, front.noise, how.spatial, denoised);
  }
  if (!status) return tl::unexpected(status.error());
  developed.linear = denoised.linear;
  developed.sigma = denoised.sigma;
  developed.noise = front.noise;
  developed.row_noise_dn = front.row_noise_dn;
  developed.green_ratio = front.green_ratio;
  return developed;
}

FrameColours ColoursOf(const DevelopedFrame& frame, const RawImage& raw,
                       const FrameDevelopment& how) {
  const ColourFilter filter = frame.samples.colour_filter;
  if (filter == ColourFilter::kNone) return {};
  FrameColours colours;
  colours.white_balance = how.white_balance   ? *how.white_balance
                          : raw.white_balance ? *raw.white_balance
                                              : GreyWorld(frame.linear, filter);
  // What is saturated is white.
  const double least =
      *std::min_element(colours.white_balance.begin(), colours.white_balance.end());
  if (least > 0)
    for (double& gain : colours.white_balance) gain /= least;
  colours.matrix = how.matrix ? how.matrix : raw.matrix;
  return colours;
}

Result<DevelopedPicture> MakePicture(const DevelopedFrame& frame, const FrameColours& colours,
                                     const FrameDevelopment& how) {
  const ColourFilter filter = frame.samples.colour_filter;
  DevelopedPicture made;
  made.colours = colours;
  made.exposure = how.exposure ? *how.exposure
                               : AutomaticExposure(frame.linear, filter, colours.white_balance[1]);
  PictureLook look;
  look.white_balance = colours.white_balance;
  if (colours.matrix) look.matrix = *colours.matrix;
  look.vignetting = how.vignetting;
  Result<std::vector<uint8_t>> tone = MakeToneCurve(made.exposure);
  if (!tone) return tl::unexpected(tone.error());
  look.tone = std::move(*tone);
  if (filter == ColourFilter::kNone) {
    Image<uint8_t> grey;
    if (Status status = FinishMono(frame.linear, look, grey); !status)
      return tl::unexpected(status.error());
    made.pixels = grey;
    return made;
  }
  const NoiseProfile::Channel left =
      how.denoise ? NoiseProfile::Channel{0, MeanVariance(frame.sigma)}
                  : NoiseProfile::Channel{frame.noise[1].scale, frame.noise[1].offset};
  Picture picture;
  if (Status status = FinishColour(frame.linear, filter, left, look, picture); !status)
    return tl::unexpected(status.error());
  made.pixels = picture;
  return made;
}

}  // namespace nightjar
