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
// best; ours has one for each setting.
//
// NIGHTJAR_TEST_KERNEL_TARGET=2: our kernels as on a machine with AVX2
// (tests/halide_generators/kernel_targets.h).
#include <benchmark/benchmark.h>

#include <cmath>
#include <functional>
#include <opencv2/core.hpp>
#include <string>
#include <utility>

#include "bench/isp/opencv_filters.h"
#include "core/random.h"
#include "isp/linear_frame.h"
#include "isp/spatial_denoiser.h"
#include "tests/halide_generators/kernel_targets.h"

namespace nightjar {
namespace {

constexpr double kLights_e[] = {1000, 150, 30};

double OurPsnr(const SpatialDenoiserOptions& options, const Image<double>& frame,
               const Image<float>& scene, double full_e) {
  const double white_e = 1.5 * full_e + 40;  // room for the noise
  DenoisedFrame denoised;
  if (!DenoiseSpatially(Linear(frame, white_e), {}, LinearNoise(white_e), options, denoised))
    return 0;
  return Psnr(Electrons(denoised.linear, white_e), scene, full_e);
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

void SpatialDenoise(benchmark::State& state, DenoisingSetting setting) {
  const SpatialDenoiserOptions options = {.setting = setting};
  const Image<uint16_t> frame = LargeFrame();
  DenoisedFrame denoised;
  for (auto _ : state) {
    if (!DenoiseSpatially(frame, {}, {1e-3, 1e-5}, options, denoised))
      state.SkipWithError("kernel failed");
  }
  CountPsnr(state, [&](const Image<double>& noisy, const Image<float>& scene, double full_e) {
    return OurPsnr(options, noisy, scene, full_e);
  });
}
BENCHMARK_CAPTURE(SpatialDenoise, Edge, DenoisingSetting::kEdge)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(SpatialDenoise, Offline, DenoisingSetting::kOffline)
    ->Unit(benchmark::kMillisecond);

void Peer(benchmark::State& state, const Filter& filter) {
  cv::setNumThreads(1);
  Image<uint16_t> frame = LargeFrame();
  const cv::Mat linear(960, 1280, CV_16U, frame.data());
  cv::Mat bytes;
  linear.convertTo(bytes, CV_8U, 1.0 / 257);
  for (auto _ : state) benchmark::DoNotOptimize(filter(bytes, 8, 1));
  CountPsnr(state, [&](const Image<double>& noisy, const Image<float>& scene, double full_e) {
    return PeerPsnr(noisy, kReadNoise_e * kReadNoise_e, scene, full_e, filter);
  });
}

BENCHMARK_CAPTURE(Peer, OpenCvNonLocalMeans_7_21, NonLocalMeans_7_21)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(Peer, OpenCvNonLocalMeans_5_11, NonLocalMeans_5_11)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(Peer, OpenCvBilateral_9, Bilateral_9)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(Peer, OpenCvGaussian, Gaussian)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace nightjar
