// SPDX-License-Identifier: Apache-2.0
// Dense stereo beside OpenCV's semi-global matchers: 128 disparities, left-right check, sub-pixel,
// 8 bits, the same pair. Ours has 8 paths; MODE_SGBM_3WAY has 3, MODE_HH 8 on the whole picture.
// The last argument is the number of threads.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <opencv2/calib3d.hpp>
#include <opencv2/core.hpp>
#include <random>

#include "isp/depth/dense_stereo.h"
#include "isp/depth/pair_geometry.h"
#include "isp/linear_frame.h"

namespace nightjar {
namespace {

constexpr int kDisparities = 128;

// A slanted, textured wall.
struct Pair {
  Image<uint8_t> left, right;
  Pair(int width, int height) : left(width, height), right(width, height) {
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        left(x, y) = Light(x, y);
        right(x, y) = Light(x + 20 + 60.0 * y / height, y);
      }
    }
  }
  static uint8_t Light(double x, double y) {
    return static_cast<uint8_t>(std::lrint(
        128 + 40 * std::sin(0.31 * x + 1.7 * std::sin(0.23 * y)) +
        35 * std::sin(0.83 * x - 0.61 * y) + 30 * std::sin(0.113 * x * std::cos(0.05 * y))));
  }
};

cv::Mat AsMat(Image<uint8_t>& image) {
  return cv::Mat(image.height(), image.width(), CV_8U, image.data());
}

void Ours(benchmark::State& state) {
  const Pair pair(static_cast<int>(state.range(0)), static_cast<int>(state.range(1)));
  DenseStereoOptions options;
  options.disparities = kDisparities;
  const DenseStereo stereo = DenseStereo::Create(options).value();
  const RunTasks run = state.range(2) > 1 ? RunTasks(RunTogether) : RunTasks(RunInTurn);
  // Memory is touched for the first time before the clock runs: of the peers' too.
  benchmark::DoNotOptimize(stereo.Match(pair.left, pair.right, {}, run));
  for (auto _ : state) benchmark::DoNotOptimize(stereo.Match(pair.left, pair.right, {}, run));
}

// With noise of 30 electrons at white: denoising both, and costs for noise.
void OursInNoise(benchmark::State& state) {
  const Pair pair(static_cast<int>(state.range(0)), static_cast<int>(state.range(1)));
  std::mt19937_64 random(1);
  std::normal_distribution<float> noise(0, 0.18F);
  const auto expose = [&](const Image<uint8_t>& picture) {
    Image<uint16_t> linear(picture.width(), picture.height());
    linear.for_each_element([&](int x, int y) {
      const float light = static_cast<float>(picture(x, y)) / 255 + noise(random);
      linear(x, y) = static_cast<uint16_t>(std::clamp(ToLinear(light), 0.0, 65535.0));
    });
    return linear;
  };
  const Image<uint16_t> left = expose(pair.left), right = expose(pair.right);
  DenseStereoOptions options;
  options.disparities = kDisparities;
  const DenseStereo stereo = DenseStereo::Create(options).value();
  const RunTasks run = state.range(2) > 1 ? RunTasks(RunTogether) : RunTasks(RunInTurn);
  const PictureNoise law = {{}, {1 / 30.0, 0.01}};
  for (auto _ : state) benchmark::DoNotOptimize(stereo.Match(left, right, law, run));
}

// What `nightjar depth` asks of a pair before it matches it.
void Examine(benchmark::State& state) {
  const Pair pair(static_cast<int>(state.range(0)), static_cast<int>(state.range(1)));
  StereoPair prepared;
  if (!PrepareStereoPair(pair.left, pair.right, {}, RunInTurn, prepared)) std::abort();
  for (auto _ : state)
    benchmark::DoNotOptimize(ExaminePair(prepared.left.fine, prepared.right.fine, kDisparities));
}

void OpenCv(benchmark::State& state, int mode) {
  Pair pair(static_cast<int>(state.range(0)), static_cast<int>(state.range(1)));
  cv::setNumThreads(static_cast<int>(state.range(2)));
  const auto matcher = cv::StereoSGBM::create(0, kDisparities, 5, 200, 800, 1, 0, 10, 100, 2, mode);
  const cv::Mat left = AsMat(pair.left), right = AsMat(pair.right);
  cv::Mat disparity;
  matcher->compute(left, right, disparity);
  for (auto _ : state) matcher->compute(left, right, disparity);
}

void Sizes(benchmark::internal::Benchmark* benchmark) {
  for (const int threads : {1, 2}) {
    benchmark->Args({640, 480, threads});
    benchmark->Args({1280, 960, threads});
  }
  benchmark->Unit(benchmark::kMillisecond)->UseRealTime();
}

BENCHMARK(Ours)->Apply(Sizes);
BENCHMARK(OursInNoise)->Apply(Sizes);
BENCHMARK(Examine)->Args({1280, 960, 1})->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(OpenCv, three_way, cv::StereoSGBM::MODE_SGBM_3WAY)->Apply(Sizes);
BENCHMARK_CAPTURE(OpenCv, hh, cv::StereoSGBM::MODE_HH)->Apply(Sizes);

}  // namespace
}  // namespace nightjar
