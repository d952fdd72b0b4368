// SPDX-License-Identifier: Apache-2.0
#include "isp/depth/stereo_pictures.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "isp/depth/lens_gain.h"
#include "isp/depth/stabilised_light.h"
#include "isp/frame_checks.h"
#include "isp/spatial_denoiser.h"

namespace nightjar {
namespace {

std::string SizeOf(const MonoImage& image) {
  return std::to_string(Width(image)) + " x " + std::to_string(Height(image)) + " px";
}

Status CheckShading(const MonoImage& image, const Image<float>& gain) {
  if (!std::holds_alternative<Image<uint16_t>>(image))
    return Fail(ErrorKind::kUsage, "shading is of linear frames, of 16 bits");
  if (gain.width() != Width(image) || gain.height() != Height(image))
    return Fail(ErrorKind::kUsage, "shading must have the size of the pictures");
  return {};
}

Status CheckPair(const MonoImage& left, const MonoImage& right) {
  if (Width(left) != Width(right) || Height(left) != Height(right)) {
    return Fail(ErrorKind::kUnusableInput,
                "the left picture has " + SizeOf(left) + ", the right one " + SizeOf(right));
  }
  if (Width(left) < kSmallestFrame || Height(left) < kSmallestFrame)
    return Fail(ErrorKind::kUnusableInput,
                "pictures of " + SizeOf(left) + " are too small to match", {},
                std::to_string(kSmallestFrame) + " x " + std::to_string(kSmallestFrame) +
                    " px are the least");
  for (const MonoImage* image : {&left, &right}) {
    const int step = std::visit([](const auto& pixels) { return pixels.dim(0).stride(); }, *image);
    if (step != 1)
      return Fail(ErrorKind::kUnusableInput,
                  "pixels of a row of pictures to match must be adjacent");
  }
  return {};
}

// out(x, y) = f(image(x, y)).
template <typename T, typename F>
void Map(const MonoImage& image, F f, Image<T>& out) {
  const int width = Width(image), height = Height(image);
  Fit(width, height, out);
  std::visit(
      [&](const auto& pixels) {
        for (int y = 0; y < height; ++y) {
          const auto* from = &pixels(0, y);
          T* to = &out(0, y);
          for (int x = 0; x < width; ++x) to[x] = f(from[x]);
        }
      },
      image);
}

// 8 bits of light for each of 65536 values.
std::vector<uint8_t> RootCurve(const MonoImage& left, const MonoImage& right) {
  std::vector<int64_t> count(65536);
  for (const MonoImage* image : {&left, &right}) {
    std::visit(
        [&](const auto& pixels) { pixels.for_each_value([&](int value) { ++count[value]; }); },
        *image);
  }
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

// Both pictures as they are, without noise to speak of.
void PrepareClean(const MonoImage& left, const MonoImage& right, const RunTasks& run,
                  StereoPair& pair) {
  const bool bytes =
      std::holds_alternative<Image<uint8_t>>(left) && std::holds_alternative<Image<uint8_t>>(right);
  std::vector<uint8_t> curve;
  if (!bytes) curve = RootCurve(left, right);
  const auto prepare = [&](const MonoImage& image, StereoPicture& picture) {
    Map(
        image, [](int value) { return static_cast<uint16_t>(value); }, picture.fine);
    if (bytes) {
      Map(
          image, [](int value) { return static_cast<uint8_t>(value); }, picture.light);
    } else {
      Map(
          image, [&](int value) { return curve[value]; }, picture.light);
    }
    picture.noise = {};
  };
  const std::function<void()> both[2] = {[&] { prepare(left, pair.left); },
                                         [&] { prepare(right, pair.right); }};
  run(both);
  pair.dead_zone = pair.smoothing_radius = 0;
  pair.noise = 0;
}

MonoImage Multiplied(const MonoImage& image, const Image<float>& gain) {
  Image<uint16_t> linear;
  Map(
      image, [](int value) { return static_cast<uint16_t>(value); }, linear);
  MultiplyLight(gain, linear);
  return linear;
}

constexpr double kFineStep = 200;    // steps of fine to one of light
constexpr double kFineBlack = 5000;  // of fine: what noise puts below black keeps its order
constexpr double kMostDeadZone = 4;  // steps of light: more takes edges away that are needed
constexpr int kMostRadius = 5;
constexpr double kLeastNoise = 1;  // steps of light: what is less is not denoised
constexpr double kNoiseStep = 16;  // StereoPicture::noise

// One side of a pair: denoised, in light whose noise was the same everywhere before `gain`.
Status PrepareNoisy(const MonoImage& image, const PictureNoise& noise, const StabilisedLight& light,
                    const Image<float>* gain, StereoPicture& picture) {
  Image<uint16_t> samples;
  Map(
      image, [](int value) { return static_cast<uint16_t>(value); }, samples);
  SpatialDenoiserOptions options;
  options.setting = DenoisingSetting::kOffline;
  DenoisedFrame frame;
  if (Status status = DenoiseSpatially(samples, noise.levels, noise.noise, options, frame); !status)
    return status;
  if (gain != nullptr) {
    MultiplyLight(*gain, frame.linear);
    frame.sigma.for_each_element([&](int x, int y) { frame.sigma(x, y) *= (*gain)(x, y); });
  }
  std::vector<uint16_t> fine(65536);
  std::vector<uint8_t> steps(65536);
  std::vector<float> slope(65536);
  for (int i = 0; i < 65536; ++i) {
    const double x = FromLinear(i), of = light.Of(x);
    fine[i] =
        static_cast<uint16_t>(std::lrint(std::clamp(kFineBlack + kFineStep * of, 0.0, 65535.0)));
    steps[i] = static_cast<uint8_t>(std::lrint(std::clamp(of, 0.0, 255.0)));
    slope[i] = static_cast<float>(kNoiseStep * light.Slope(x));
  }
  const MonoImage linear = frame.linear;
  Map(
      linear, [&](int value) { return fine[value]; }, picture.fine);
  Map(
      linear, [&](int value) { return steps[value]; }, picture.light);
  Fit(frame.linear.width(), frame.linear.height(), picture.noise);
  picture.noise.for_each_element([&](int x, int y) {
    const float sigma = frame.sigma(x, y) * slope[frame.linear(x, y)];
    picture.noise(x, y) = static_cast<uint8_t>(std::min(sigma + 0.5F, 255.0F));
  });
  return {};
}

Status PrepareNoisy(const MonoImage& left, const MonoImage& right, const PictureNoise& noise,
                    const PairShading* shading, const RunTasks& run, StereoPair& pair) {
  const StabilisedLight light(noise.noise);
  Status statuses[2];
  const std::function<void()> both[2] = {
      [&] {
        statuses[0] =
            PrepareNoisy(left, noise, light, shading ? &shading->left : nullptr, pair.left);
      },
      [&] {
        statuses[1] =
            PrepareNoisy(right, noise, light, shading ? &shading->right : nullptr, pair.right);
      }};
  run(both);
  for (const Status& status : statuses) {
    if (!status) return status;
  }
  pair.dead_zone = static_cast<int>(kFineStep * std::min(kMostDeadZone, 0.5 * light.sigma()));
  pair.noise = StabilisedLight::NoiseOf(noise.noise);
  pair.smoothing_radius = std::min(kMostRadius, static_cast<int>(std::sqrt(light.sigma())));
  return {};
}

}  // namespace

Status PrepareStereoPair(const MonoImage& left, const MonoImage& right,
                         const std::optional<PictureNoise>& noise, const RunTasks& run,
                         StereoPair& pair, const PairShading* shading) {
  if (Status status = CheckPair(left, right); !status) return status;
  if (shading != nullptr) {
    if (Status status = CheckShading(left, shading->left); !status) return status;
    if (Status status = CheckShading(right, shading->right); !status) return status;
  }
  if (noise) {
    if (!(noise->levels.black < noise->levels.white))
      return Fail(ErrorKind::kUsage, "the black level of noise must be below its white level");
    if (Status status = CheckNoise(noise->noise); !status) return status;
    if (StabilisedLight::NoiseOf(noise->noise) > kLeastNoise)
      return PrepareNoisy(left, right, *noise, shading, run, pair);
  }
  if (shading != nullptr) {
    PrepareClean(Multiplied(left, shading->left), Multiplied(right, shading->right), run, pair);
  } else {
    PrepareClean(left, right, run, pair);
  }
  if (noise) pair.noise = StabilisedLight::NoiseOf(noise->noise);
  return {};
}

}  // namespace nightjar
