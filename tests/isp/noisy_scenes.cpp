// SPDX-License-Identifier: Apache-2.0
#include "tests/isp/noisy_scenes.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <variant>

#include "core/random.h"
#include "data/png_image.h"
#include "data/simulator/poisson.h"
#include "data/simulator/texture.h"
#include "data/tiff_image.h"
#include "isp/linear_frame.h"

namespace nightjar {
namespace {

std::optional<std::filesystem::path> Recordings() {
  const char* folder = std::getenv("NIGHTJAR_RECORDINGS");
  if (folder == nullptr) return std::nullopt;
  return folder;
}

}  // namespace

Image<float> LeavesScene(int width, int height, uint64_t seed) {
  const Texture texture = DeadLeaves(1024, 0.05F, 1, seed, 0);
  Image<float> scene(width, height);
  scene.for_each_element([&](int x, int y) {
    const auto middle = [](int i) { return 2 * (static_cast<float>(i) + 0.5F); };
    scene(x, y) = texture.At(middle(x), middle(y), 1);
  });
  return scene;
}

Scenes Leaves() {
  Scenes scenes;
  for (const uint64_t seed : {1, 2, 3}) scenes.push_back(LeavesScene(384, 384, seed));
  return scenes;
}

Scenes Photographs() {
  Scenes scenes;
  const auto recordings = Recordings();
  if (!recordings) return scenes;
  const auto folder = *recordings / "euroc_mh01_12s/mav0/cam0/data";
  for (const char* name :
       {"1403636584763555584.png", "1403636589713555456.png", "1403636594713555456.png"}) {
    const auto image = ReadMonoPng(folder / name);
    if (!image) continue;
    const auto& dn = std::get<Image<uint8_t>>(*image);
    Image<float> scene(dn.width() / 2, dn.height() / 2);
    scene.for_each_element([&](int x, int y) {
      const int sum =
          dn(2 * x, 2 * y) + dn(2 * x + 1, 2 * y) + dn(2 * x, 2 * y + 1) + dn(2 * x + 1, 2 * y + 1);
      scene(x, y) = static_cast<float>(sum) / (4 * 255.0F);
    });
    scenes.push_back(scene);
  }
  return scenes;
}

std::optional<Image<float>> Cones() {
  const auto recordings = Recordings();
  if (!recordings) return std::nullopt;
  const auto pages = ReadTiff(*recordings / "stereo/cones/left.png");  // a TIFF all the same
  if (!pages) return std::nullopt;
  const Image<uint16_t>& dn = pages->front();
  Image<float> scene(dn.width(), dn.height());
  scene.for_each_element(
      [&](int x, int y) { scene(x, y) = static_cast<float>(dn(x, y)) / 255.0F; });
  return scene;
}

Image<double> Expose(const Image<float>& scene, double full_e, uint64_t seed) {
  static const PoissonSampler poisson;
  Image<double> frame(scene.width(), scene.height());
  for (int y = 0; y < scene.height(); ++y) {
    RandomStream random(seed, 0, static_cast<uint64_t>(y));
    for (int x = 0; x < scene.width(); ++x) {
      const int arrived = poisson.Sample(full_e * static_cast<double>(scene(x, y)), random);
      frame(x, y) = arrived + kReadNoise_e * random.Normal();
    }
  }
  return frame;
}

double Psnr(const Image<double>& estimate_e, const Image<float>& scene, double full_e,
            const Image<uint8_t>* where) {
  double sum = 0;
  int count = 0;
  for (int y = 0; y < scene.height(); ++y) {
    for (int x = 0; x < scene.width(); ++x) {
      if (where != nullptr && (*where)(x, y) == 0) continue;
      const double error =
          std::clamp(estimate_e(x, y) / full_e, 0.0, 1.0) - static_cast<double>(scene(x, y));
      sum += error * error;
      ++count;
    }
  }
  return -10 * std::log10(sum / count);
}

Image<uint16_t> Linear(const Image<double>& frame_e, double white_e) {
  Image<uint16_t> linear(frame_e.width(), frame_e.height());
  linear.for_each_element([&](int x, int y) {
    linear(x, y) =
        static_cast<uint16_t>(std::clamp(ToLinear(frame_e(x, y) / white_e) + 0.5, 0.0, 65535.0));
  });
  return linear;
}

NoiseProfile::Channel LinearNoise(double white_e) {
  return {1 / white_e, kReadNoise_e * kReadNoise_e / (white_e * white_e)};
}

Image<double> Electrons(const Image<uint16_t>& linear, double white_e) {
  Image<double> frame_e(linear.width(), linear.height());
  frame_e.for_each_element(
      [&](int x, int y) { frame_e(x, y) = FromLinear(linear(x, y)) * white_e; });
  return frame_e;
}

}  // namespace nightjar
