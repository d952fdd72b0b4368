// SPDX-License-Identifier: Apache-2.0
// Denoising of one frame beside what OpenCV offers, in time and in what is left of the noise.
//
// Time: 1280 x 960 pixels, one thread. Ours includes stabilisation, its inverse and sigma; OpenCV's
// filters get 8 bits that are stabilised already.
// Quality: counters leaves_1000, leaves_150, leaves_30 are the peak signal to noise ratio (dB, mean
// over images) at that many electrons full scale and 3 electrons read noise; photo_... the same on
// frames of a recording ($NIGHTJAR_RECORDINGS), where there are any. Dead leaves are flat discs
// with sharp rims, which suit a bilateral filter more than any photograph does. Every peer works in
// the stabilised domain, on 8 bits that hold all of it, and gets the strength that suits each image
// best; ours has one.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <opencv2/imgproc.hpp>
#include <opencv2/photo.hpp>
#include <utility>
#include <variant>
#include <vector>

#include "core/random.h"
#include "data/png_image.h"
#include "data/simulator/poisson.h"
#include "data/simulator/texture.h"
#include "isp/linear_frame.h"
#include "isp/spatial_denoiser.h"

namespace nightjar {
namespace {

constexpr int kSize = 384;  // px
constexpr double kReadNoise_e = 3;
constexpr double kLights_e[] = {1000, 150, 30};

using Scenes = std::vector<Image<float>>;  // 0 .. 1

/// Overlapping discs of all sizes with a fine grain.
Scenes Leaves() {
  Scenes scenes;
  for (const uint64_t seed : {1, 2, 3}) {
    const Texture texture = DeadLeaves(1024, 0.05F, 1, seed, 0);
    Image<float> scene(kSize, kSize);
    scene.for_each_element([&](int x, int y) {
      const auto middle = [](int i) { return 2 * (static_cast<float>(i) + 0.5F); };
      scene(x, y) = texture.At(middle(x), middle(y), 1);
    });
    scenes.push_back(scene);
  }
  return scenes;
}

/// Frames at half their size, which takes most of their own noise away; none without recordings.
Scenes Photographs() {
  Scenes scenes;
  const char* recordings = std::getenv("NIGHTJAR_RECORDINGS");
  if (recordings == nullptr) return scenes;
  const auto folder = std::filesystem::path(recordings) / "euroc_mh01_12s/mav0/cam0/data";
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

/// What arrives, in electrons.
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

/// Of an estimate in electrons, dB.
double Psnr(const std::function<double(int, int)>& estimate_e, const Image<float>& scene,
            double full_e) {
  double sum = 0;
  for (int y = 0; y < scene.height(); ++y) {
    for (int x = 0; x < scene.width(); ++x) {
      const double error =
          std::clamp(estimate_e(x, y) / full_e, 0.0, 1.0) - static_cast<double>(scene(x, y));
      sum += error * error;
    }
  }
  return -10 * std::log10(sum / (scene.width() * scene.height()));
}

double OurPsnr(const Image<double>& frame, const Image<float>& scene, double full_e) {
  const double white_e = 1.5 * full_e + 40;  // room for the noise
  Image<uint16_t> linear(frame.width(), frame.height());
  linear.for_each_element([&](int x, int y) {
    linear(x, y) =
        static_cast<uint16_t>(std::clamp(ToLinear(frame(x, y) / white_e) + 0.5, 0.0, 65535.0));
  });
  DenoisedFrame denoised;
  const double offset = kReadNoise_e * kReadNoise_e / (white_e * white_e);
  if (!DenoiseSpatially(linear, {}, {1 / white_e, offset}, {}, denoised)) return 0;
  return Psnr([&](int x, int y) { return FromLinear(denoised.linear(x, y)) * white_e; }, scene,
              full_e);
}

/// A filter for 8-bit images whose noise has the standard deviation `sigma`, at a `strength`.
using Filter = std::function<cv::Mat(const cv::Mat& image, double sigma, double strength)>;

/// Stabilised to 8 bits, filtered at its best strength, and back by the exact unbiased inverse.
double PeerPsnr(const Image<double>& frame, const Image<float>& scene, double full_e,
                const Filter& filter) {
  const double variance = kReadNoise_e * kReadNoise_e;
  cv::Mat stabilised(frame.height(), frame.width(), CV_32F);
  for (int y = 0; y < frame.height(); ++y) {
    for (int x = 0; x < frame.width(); ++x) {
      stabilised.at<float>(y, x) =
          static_cast<float>(2 * std::sqrt(std::max(0.0, frame(x, y) + 0.375 + variance)));
    }
  }
  double low = 0, high = 0;
  cv::minMaxLoc(stabilised, &low, &high);
  const double sigma = 255 / (high - low);
  cv::Mat bytes;
  stabilised.convertTo(bytes, CV_8U, sigma, -low * sigma);
  double best = 0;
  for (double strength = 0.5; strength < 4; strength *= 1.15) {
    const cv::Mat filtered = filter(bytes, sigma, strength);
    const auto estimate = [&](int x, int y) {
      const double d = std::max(filtered.at<uint8_t>(y, x) / sigma + low, 1.0);
      return d * d / 4 + std::sqrt(1.5) / 4 / d - 11.0 / 8 / (d * d) +
             5 * std::sqrt(1.5) / 8 / (d * d * d) - 0.125 - variance;
    };
    best = std::max(best, Psnr(estimate, scene, full_e));
  }
  return best;
}

using Score = std::function<double(const Image<double>&, const Image<float>&, double)>;

void CountPsnr(benchmark::State& state, const Score& score) {
  for (const auto& [name, scenes] : {std::pair("leaves_", Leaves()), {"photo_", Photographs()}}) {
    if (scenes.empty()) continue;
    for (const double full_e : kLights_e) {
      double sum = 0;
      for (size_t i = 0; i < scenes.size(); ++i)
        sum += score(Expose(scenes[i], full_e, i), scenes[i], full_e);
      state.counters[name + std::to_string(static_cast<int>(full_e))] =
          sum / static_cast<double>(scenes.size());
    }
  }
}

Image<uint16_t> LargeFrame() {
  Image<uint16_t> frame(1280, 960);
  RandomStream random(1, 0);
  for (int y = 0; y < 960; ++y) {
    for (int x = 0; x < 1280; ++x) {
      const double light = 0.2 + 0.1 * ((x / 40 + y / 40) % 4);
      frame(x, y) =
          static_cast<uint16_t>(ToLinear(light + std::sqrt(light * 1e-3 + 1e-5) * random.Normal()));
    }
  }
  return frame;
}

void SpatialDenoise(benchmark::State& state) {
  const Image<uint16_t> frame = LargeFrame();
  DenoisedFrame denoised;
  for (auto _ : state) {
    if (!DenoiseSpatially(frame, {}, {1e-3, 1e-5}, {}, denoised))
      state.SkipWithError("kernel failed");
  }
  CountPsnr(state, OurPsnr);
}
BENCHMARK(SpatialDenoise)->Unit(benchmark::kMillisecond);

void Peer(benchmark::State& state, const Filter& filter) {
  cv::setNumThreads(1);
  Image<uint16_t> frame = LargeFrame();
  const cv::Mat linear(960, 1280, CV_16U, frame.data());
  cv::Mat bytes;
  linear.convertTo(bytes, CV_8U, 1.0 / 257);
  for (auto _ : state) benchmark::DoNotOptimize(filter(bytes, 8, 1));
  CountPsnr(state, [&](const Image<double>& noisy, const Image<float>& scene, double full_e) {
    return PeerPsnr(noisy, scene, full_e, filter);
  });
}

cv::Mat NonLocalMeans(const cv::Mat& image, double sigma, double strength, int patch, int search) {
  cv::Mat result;
  cv::fastNlMeansDenoising(image, result, static_cast<float>(strength * sigma), patch, search);
  return result;
}
BENCHMARK_CAPTURE(Peer, OpenCvNonLocalMeans_7_21,
                  [](const cv::Mat& image, double sigma, double strength) {
                    return NonLocalMeans(image, sigma, strength, 7, 21);
                  })
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(Peer, OpenCvNonLocalMeans_5_11,
                  [](const cv::Mat& image, double sigma, double strength) {
                    return NonLocalMeans(image, sigma, strength, 5, 11);
                  })
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(Peer, OpenCvBilateral_9, [](const cv::Mat& image, double sigma, double strength) {
  cv::Mat result;
  cv::bilateralFilter(image, result, 9, 2 * strength * sigma, 3);
  return result;
})->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(Peer, OpenCvGaussian, [](const cv::Mat& image, double, double strength) {
  cv::Mat result;
  cv::GaussianBlur(image, result, cv::Size(), strength);
  return result;
})->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace nightjar
