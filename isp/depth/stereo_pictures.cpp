// SPDX-License-Identifier: Apache-2.0
#include "isp/depth/stereo_pictures.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "isp/frame_checks.h"
#include "isp/spatial_denoiser.h"

namespace nightjar {
namespace {

std::string SizeOf(const MonoImage& image) {
  return std::to_string(Width(image)) + " x " + std::to_string(Height(image)) + " px";
}

Status CheckPair(const MonoImage& left, const MonoImage& right) {
  if (Width(left) != Width(right) || Height(left) != Height(right)) {
    return Fail(ErrorKind::kUnusableInput,
                "the left picture has " + SizeOf(left) + ", the right one " + SizeOf(right));
  }
  if (Width(left) < kSmallestFrame || Height(left) < kSmallestFrame)
    return Fail(ErrorKind::kUnusableInput,
                "pictures of " + SizeOf(left) + " are too small to match");
  return {};
}

template <typename T, typename F>
Image<T> Map(const MonoImage& image, F f) {
  Image<T> out(Width(image), Height(image));
  std::visit(
      [&](const auto& pixels) {
        for (int y = 0; y < out.height(); ++y) {
          for (int x = 0; x < out.width(); ++x) out(x, y) = f(pixels(x, y));
        }
      },
      image);
  return out;
}

// 8 bits of light for each of 65536 values.
std::vector<uint8_t> RootCurve(const MonoImage& left, const MonoImage& right) {
  std::vector<int64_t> count(65536);
  for (const MonoImage* image : {&left, &right})
    Map<uint8_t>(*image, [&](int value) { return ++count[value], uint8_t{0}; });
  const int64_t all = 2 * static_cast<int64_t>(Width(left)) * Height(left);
  int low = 0, high = 65535;
  for (int64_t below = count[low]; below <= all / 1000 && low < 65535;) below += count[++low];
  for (int64_t above = count[high]; above <= all / 1000 && high > 0;) above += count[--high];
  const double range = std::max(1, high - low);
  std::vector<uint8_t> curve(65536);
  for (int i = 0; i < 65536; ++i) {
    const double share = std::clamp((i - low) / range, 0.0, 1.0);
    curve[i] = static_cast<uint8_t>(std::lrint(255 * std::sqrt(share)));
  }
  return curve;
}

// Both pictures without noise to speak of: the light that there is.
StereoPair PrepareClean(const MonoImage& left, const MonoImage& right) {
  const bool bytes =
      std::holds_alternative<Image<uint8_t>>(left) && std::holds_alternative<Image<uint8_t>>(right);
  std::vector<uint8_t> curve;
  if (!bytes) curve = RootCurve(left, right);
  const auto prepare = [&](const MonoImage& image) {
    StereoPicture picture;
    picture.fine = Map<uint16_t>(image, [](int value) { return static_cast<uint16_t>(value); });
    picture.light = Map<uint8_t>(
        image, [&](int value) { return bytes ? static_cast<uint8_t>(value) : curve[value]; });
    return picture;
  };
  StereoPair pair;
  pair.left = prepare(left);
  pair.right = prepare(right);
  return pair;
}

constexpr double kFineStep = 256;    // steps of fine to one of light
constexpr double kMostDeadZone = 4;  // steps of light: more takes edges away that are needed
constexpr int kMostRadius = 5;

// Light whose noise is the same everywhere, 0 .. 255.
class StabilisedLight {
 public:
  explicit StabilisedLight(const NoiseProfile::Channel& noise)
      : noise_(noise), scale_(255 / std::sqrt(noise.scale + noise.offset)) {}
  double Of(double x) const {
    return scale_ * std::sqrt(std::max(0.0, noise_.scale * x + noise_.offset));
  }
  // Of the noise, before anything is done about it.
  double Sigma() const { return 0.5 * scale_ * noise_.scale; }

 private:
  NoiseProfile::Channel noise_;
  double scale_;
};

Result<StereoPair> PrepareNoisy(const MonoImage& left, const MonoImage& right,
                                const PictureNoise& noise, const RunTasks& run) {
  StereoPair pair;
  const StabilisedLight light(noise.noise);
  Status statuses[2];
  DenoisedFrame frames[2];
  const auto prepare = [&](const MonoImage& image, int side, StereoPicture& picture) {
    const auto samples =
        Map<uint16_t>(image, [](int value) { return static_cast<uint16_t>(value); });
    SpatialDenoiserOptions options;
    options.setting = DenoisingSetting::kOffline;
    statuses[side] = DenoiseSpatially(samples, noise.levels, noise.noise, options, frames[side]);
    if (!statuses[side]) return;
    const MonoImage linear = frames[side].linear;
    std::vector<uint16_t> codes(65536);
    for (int i = 0; i < 65536; ++i) {
      codes[i] = static_cast<uint16_t>(
          std::lrint(kFineStep * std::min(light.Of(FromLinear(i)), 65535 / kFineStep)));
    }
    picture.fine = Map<uint16_t>(linear, [&](int value) { return codes[value]; });
    picture.light = Map<uint8_t>(linear, [&](int value) {
      return static_cast<uint8_t>(std::min<int>(255, codes[value] / static_cast<int>(kFineStep)));
    });
  };
  const std::function<void()> both[2] = {[&] { prepare(left, 0, pair.left); },
                                         [&] { prepare(right, 1, pair.right); }};
  run(both);
  for (const Status& status : statuses) {
    if (!status) return tl::unexpected(status.error());
  }
  pair.dead_zone = static_cast<int>(kFineStep * std::min(kMostDeadZone, 0.5 * light.Sigma()));
  pair.smoothing_radius = std::min(kMostRadius, static_cast<int>(std::sqrt(light.Sigma())));
  return pair;
}

}  // namespace

Result<StereoPair> PrepareStereoPair(const MonoImage& left, const MonoImage& right,
                                     const std::optional<PictureNoise>& noise,
                                     const RunTasks& run) {
  if (Status status = CheckPair(left, right); !status) return tl::unexpected(status.error());
  return noise ? PrepareNoisy(left, right, *noise, run) : PrepareClean(left, right);
}

}  // namespace nightjar
