// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/develop_frame.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "isp/automatic_look.h"
#include "isp/frame_checks.h"
#include "isp/linear_frame.h"
#include "isp/linear_pyramid.h"
#include "isp/mosaic_planes.h"
#include "isp/picture_finisher.h"
#include "isp/replaced_pixels.h"
#include "isp/tone_curve.h"

namespace nightjar {
namespace {

constexpr double kLocalContrast = 0.5;
constexpr double kSharpening = 0.8;

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

}  // namespace

Image<float> SigmaOf(const FusedFrame& plane, const NoiseProfile::Channel& noise) {
  Image<float> sigma(plane.linear.width(), plane.linear.height());
  const Image<float>& shares = plane.remaining;
  sigma.for_each_element([&](int x, int y) {
    const double share = static_cast<double>(
        shares(std::min(x / 4, shares.width() - 1), std::min(y / 4, shares.height() - 1)));
    const double light = std::max(0.0, FromLinear(plane.linear(x, y)));
    sigma(x, y) = static_cast<float>(std::sqrt(share * (noise.scale * light + noise.offset)));
  });
  return sigma;
}

namespace {

/// The merged planes as they are.
DenoisedFrame Kept(const BurstMerger& merger, const DevelopedFrame& frame) {
  if (frame.samples.colour_filter == ColourFilter::kNone)
    return {merger.merged().linear, SigmaOf(merger.merged(), frame.noise[0])};
  DenoisedFrame kept = {Image<uint16_t>(frame.linear.width(), frame.linear.height()),
                        Image<float>(frame.linear.width(), frame.linear.height())};
  for (size_t place = 0; place < 4; ++place) {
    Interleave(merger.merged(place).linear, place, kept.linear);
    Interleave(SigmaOf(merger.merged(place), frame.noise[place]), place, kept.sigma);
  }
  return kept;
}

/// FNV-1a of all samples.
uint64_t HashOf(const Image<uint16_t>& samples) {
  uint64_t hash = 0xCBF29CE484222325ULL;
  samples.for_each_value([&](uint16_t sample) { hash = (hash ^ sample) * 0x100000001B3ULL; });
  return hash;
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
  for (const NoiseProfile::Channel& channel : noise)
    if (Status status = CheckNoise(channel); !status) return status;
  if (Status status = front.Validate(); !status) return status;
  return denoising.Validate();
}

Status FrameDeveloping::Begin(const RawImage& raw) {
  Result<RawSamples> samples = SamplesOf(raw, how_);
  if (!samples) return tl::unexpected(samples.error());
  if (how_.noise.empty()) {
    const Result<NoiseEstimate> estimate = EstimateNoise(raw.samples, *samples);
    if (!estimate) return tl::unexpected(estimate.error());
    developed_.estimate = *estimate;
    samples->noise.fill(estimate->noise);
  }
  developed_.samples = *samples;
  return {};
}

Status FrameDeveloping::Add(const RawImage& raw) {
  // Its noise would be taken for another frame's.
  if (!seen_.insert(HashOf(raw.samples)).second)
    return Fail(ErrorKind::kUnusableInput, "is the same frame as one before it in the burst", {},
                "give each frame once");
  if (!merger_) {
    if (Status status = Begin(raw); !status) return status;
  }
  RawFrontFrame front;
  how_.front.list_replaced = how_.measure_sigma && !merger_;
  if (Status status = LineariseRaw(raw.samples, developed_.samples, how_.front, front); !status)
    return status;
  const bool is_mosaic = developed_.samples.colour_filter != ColourFilter::kNone;
  if (!merger_) {
    developed_.linear = front.linear;
    developed_.noise = front.noise;
    replaced_ = front.replaced;
    developed_.row_noise_dn = front.row_noise_dn;
    developed_.green_ratio = front.green_ratio;
    how_.front.green_ratio = front.green_ratio;
    std::vector<NoiseProfile::Channel> noise(front.noise.begin(), front.noise.end());
    if (!is_mosaic) noise.resize(1);
    merger_.emplace(noise, FrameAlignmentOptions{});
  }
  return merger_->Add(is_mosaic ? PlanesOf(front.linear)
                                : std::vector<Image<uint16_t>>{front.linear});
}

Result<DevelopedFrame> FrameDeveloping::Finish() {
  const bool is_mosaic = developed_.samples.colour_filter != ColourFilter::kNone;
  DenoisedFrame denoised;
  Status status;
  if (!how_.denoise) {
    denoised = Kept(*merger_, developed_);
  } else if (is_mosaic) {
    status = DenoisePlanes(
        {merger_->merged(0), merger_->merged(1), merger_->merged(2), merger_->merged(3)},
        developed_.noise, how_.denoising, denoised,
        how_.measure_sigma ? &developed_.measured_sigma : nullptr);
  } else {
    status =
        DenoiseSpatially(merger_->merged(), developed_.noise[0], how_.denoising.spatial, denoised);
  }
  if (!status) return tl::unexpected(status.error());
  developed_.linear = denoised.linear;
  developed_.sigma = denoised.sigma;
  if (developed_.measured_sigma.data() == nullptr) developed_.measured_sigma = denoised.sigma;
  if (!replaced_.empty()) {
    // A copy: pictures are made with the sigma that everybody has.
    developed_.measured_sigma = developed_.measured_sigma.copy();
    RaiseSigmaOfReplaced(replaced_, denoised.linear, developed_.noise, developed_.samples.step(),
                         developed_.measured_sigma);
  }
  developed_.frames = merger_->frames();
  developed_.remaining_noise = 0;
  const size_t planes = is_mosaic ? 4 : 1;
  for (size_t place = 0; place < developed_.noise.size(); ++place) {
    const double share = MeanShare(merger_->merged(is_mosaic ? place : 0).remaining);
    developed_.noise[place].scale *= share;
    developed_.noise[place].offset *= share;
    if (place < planes) developed_.remaining_noise += share / static_cast<double>(planes);
  }
  return developed_;
}

Result<DevelopedFrame> DevelopFrame(const RawImage& raw, const FrameDevelopment& how) {
  FrameDeveloping developing(how);
  if (Status status = developing.Add(raw); !status) return tl::unexpected(status.error());
  return developing.Finish();
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
  look.exposure = made.exposure;
  look.local_contrast = how.local_contrast.value_or(kLocalContrast);
  look.sharpening = how.sharpening.value_or(kSharpening);
  const DenoisedFrame shown = {frame.linear, frame.sigma};
  if (filter == ColourFilter::kNone) {
    Image<uint8_t> grey;
    if (Status status = FinishMono(shown, look, grey); !status)
      return tl::unexpected(status.error());
    made.pixels = grey;
    return made;
  }
  const NoiseProfile::Channel left =
      how.denoise ? NoiseProfile::Channel{0, MeanVariance(frame.sigma)}
                  : NoiseProfile::Channel{frame.noise[1].scale, frame.noise[1].offset};
  Picture picture;
  if (Status status = FinishColour(shown, filter, left, look, picture); !status)
    return tl::unexpected(status.error());
  made.pixels = picture;
  return made;
}

}  // namespace nightjar
