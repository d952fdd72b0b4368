// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/depth_source.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "isp/depth/depth_warp.h"
#include "isp/depth/disparity_support.h"
#include "isp/depth/lens_gain.h"
#include "isp/linear_frame.h"
#include "isp/undistortion.h"

namespace nightjar {
namespace {

constexpr int kReference = 0;

DevelopmentOptions ForMatching(const MatchDevelopment& development) {
  DevelopmentOptions options;
  options.front = development.front;
  options.temporal = false;
  options.spatial = development.denoise;
  options.min_noise = 0;
  // The denoiser's own: matching has no use for texture that is noise.
  options.shrinkage = {};
  options.shrinkage.setting = DenoisingSetting::kOffline;
  return options;
}

// [1 2 1] / 4 along both axes: of a mosaic of 2 x 2 every pixel becomes the same mixture.
Image<uint16_t> GreyOfMosaic(const Image<uint16_t>& mosaic) {
  Image<uint16_t> grey(mosaic.width(), mosaic.height());
  const int right = mosaic.width() - 1, bottom = mosaic.height() - 1;
  grey.for_each_element([&](int x, int y) {
    // Mirrored at the edges, which keeps the pattern of colours.
    const int left = std::abs(x - 1), across = x < right ? x + 1 : x - 1;
    const int above = std::abs(y - 1), below = y < bottom ? y + 1 : y - 1;
    const auto row = [&](int v) {
      return uint32_t{mosaic(left, v)} + 2U * mosaic(x, v) + mosaic(across, v);
    };
    grey(x, y) = static_cast<uint16_t>((row(above) + 2 * row(y) + row(below) + 8) / 16);
  });
  return grey;
}

// Of the mean of a mosaic's channels, after GreyOfMosaic. The mean of nine pixels leaves 9/64 of
// the variance of white noise.
NoiseProfile::Channel GreyNoise(const PerPlace<NoiseProfile::Channel>& places, bool is_mosaic) {
  if (!is_mosaic) return places[0];
  NoiseProfile::Channel mean;
  for (const NoiseProfile::Channel& place : places) {
    mean.scale += place.scale / static_cast<double>(places.size()) * 9 / 64;
    mean.offset += place.offset / static_cast<double>(places.size()) * 9 / 64;
  }
  return mean;
}

double ExposureOf(const Frame& frame) {
  return static_cast<double>(frame.exposure_ns.value_or(1)) * frame.gain.value_or(1);
}

// Of both rectified pictures, the mean of their sides.
std::optional<PictureNoise> NoiseOfBoth(const MatchedFrame& left, const MatchedFrame& right) {
  if (!left.noise || !right.noise) return std::nullopt;
  PictureNoise both = *left.noise;
  both.noise.scale = 0.5 * (left.noise->noise.scale + right.noise->noise.scale);
  both.noise.offset = 0.5 * (left.noise->noise.offset + right.noise->noise.offset);
  return both;
}

}  // namespace

MatchDeveloper::MatchDeveloper(const Rig& rig, const MatchDevelopment& development)
    : rig_(rig), tell_noise_(development.tell_noise), developer_(rig_, ForMatching(development)) {}

Result<MatchedFrame> MatchDeveloper::Develop(const Frame& frame) {
  if (std::holds_alternative<Image<uint8_t>>(frame.image))
    return MatchedFrame{frame.image, false, {}, true, ExposureOf(frame)};
  const auto developed = developer_.Develop(frame);
  if (!developed) return tl::unexpected(developed.error());
  const bool is_mosaic =
      rig_.cameras[static_cast<size_t>(frame.camera)].sensor.colour_filter != ColourFilter::kNone;
  MatchedFrame matched{developed->image, developed->is_linear, {}, !is_mosaic, ExposureOf(frame)};
  if (developed->is_linear && tell_noise_)
    matched.noise = PictureNoise{{}, GreyNoise(developer_.front(frame.camera).noise, is_mosaic)};
  if (auto* samples = std::get_if<Image<uint16_t>>(&matched.image); samples != nullptr && is_mosaic)
    matched.image = GreyOfMosaic(*samples);
  return matched;
}

int NearestDepthSensor(const RigCamera& camera, const std::vector<RigCamera>& sensors) {
  const auto away = [&camera](const RigCamera& sensor) {
    return (sensor.T_body_camera.translation - camera.T_body_camera.translation).norm();
  };
  const auto nearest =
      std::min_element(sensors.begin(), sensors.end(),
                       [&away](const auto& a, const auto& b) { return away(a) < away(b); });
  return static_cast<int>(nearest - sensors.begin());
}

Result<std::optional<StereoDepth>> StereoDepth::Create(
    const Rig& rig, const StereoRectificationOptions& rectification,
    const DenseStereoOptions& matching) {
  std::optional<StereoRectification> best;
  int partner = 0;
  const auto area = [](const StereoRectification& r) {
    return int64_t{r.view().width} * r.view().height;
  };
  for (int c = 1; c < static_cast<int>(rig.cameras.size()); ++c) {
    auto candidate = StereoRectification::Create(
        rig.cameras[kReference], rig.cameras[static_cast<size_t>(c)], rectification);
    if (!candidate && candidate.error().kind == ErrorKind::kUsage)
      return tl::unexpected(candidate.error());
    if (!candidate || (best && area(*candidate) <= area(*best))) continue;
    best = *std::move(candidate);
    partner = c;
  }
  if (!best) return std::nullopt;
  DenseStereoOptions as_wide = matching;
  as_wide.disparities = best->disparities();
  auto matcher = DenseStereo::Create(as_wide);
  if (!matcher) return tl::unexpected(matcher.error());
  const RigCamera& reference = rig.cameras[kReference];
  PairShading shading{
      LensGain(reference, best->view(), best->R_first_view()),
      LensGain(rig.cameras[static_cast<size_t>(partner)], best->view(), best->R_second_view())};
  return std::optional(
      StereoDepth(partner, UndistortedView(*reference.model, reference.width, reference.height),
                  *std::move(best), std::move(shading), *std::move(matcher)));
}

double StereoDepth::NearestDepth() const {
  return rectification_.view().focal * rectification_.baseline_m() / (disparities() - 1);
}

Result<std::optional<MatchedPair>> StereoDepth::Develop(const FrameSet& set,
                                                        MatchDeveloper& developer) const {
  const std::optional<Frame>& first = set.frames[kReference];
  const std::optional<Frame>& second = set.frames[static_cast<size_t>(partner_)];
  if (!first || !second || !HasImage(*first) || !HasImage(*second)) return std::nullopt;
  if (std::max(first->time, second->time) - std::min(first->time, second->time) > kTogether)
    return std::nullopt;
  auto left = developer.Develop(*first);
  if (!left) return tl::unexpected(left.error());
  auto right = developer.Develop(*second);
  if (!right) return tl::unexpected(right.error());
  return MatchedPair{set.time, *std::move(left), *std::move(right)};
}

Result<StereoPair> StereoDepth::Prepare(const MatchedPair& pair, const RunTasks& run) const {
  const auto left_view = rectification_.first().Resample(pair.left.image);
  if (!left_view) return tl::unexpected(left_view.error());
  const auto right_view = rectification_.second().Resample(pair.right.image);
  if (!right_view) return tl::unexpected(right_view.error());
  const PairShading* shading = pair.left.is_linear && pair.right.is_linear ? &shading_ : nullptr;
  StereoPair prepared;
  if (Status status = PrepareStereoPair(*left_view, *right_view, NoiseOfBoth(pair.left, pair.right),
                                        run, prepared, shading);
      !status)
    return tl::unexpected(status.error());
  return prepared;
}

Result<StereoDepth::Measured> StereoDepth::Measure(const MatchedPair& pair,
                                                   const RunTasks& run) const {
  auto prepared = Prepare(pair, run);
  if (!prepared) return tl::unexpected(prepared.error());
  auto disparity = matcher_.Match(*prepared, run);
  if (!disparity) return tl::unexpected(disparity.error());
  JudgeBySupport(run, *disparity);
  const DepthMap rectified = rectification_.Depth(*disparity, pair.time, kReference);
  return Measured{TurnDepth(rectified, rectification_.R_first_view().transpose(), target_),
                  disparity->share_at_end};
}

}  // namespace nightjar
