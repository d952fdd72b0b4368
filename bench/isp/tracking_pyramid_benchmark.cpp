// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>
#include <corner_score.h>

#include <opencv2/imgproc.hpp>
#include <opencv2/video/tracking.hpp>
#include <vector>

#include "bench/isp/scene.h"
#include "isp/kernel_call.h"
#include "isp/tracking_pyramid.h"

namespace nightjar {
namespace {

template <typename T>
void Pyramid(benchmark::State& state) {
  const MonoImage image = BenchmarkScene<T>(0, 0, 1);
  TrackingPyramid pyramid;
  for (auto _ : state) {
    if (!BuildTrackingPyramid(image, {}, pyramid)) state.SkipWithError("kernel failed");
  }
}
BENCHMARK(Pyramid<uint8_t>)->Unit(benchmark::kMicrosecond);
BENCHMARK(Pyramid<uint16_t>)->Unit(benchmark::kMicrosecond);

void PyramidNewMemory(benchmark::State& state) {
  const MonoImage image = BenchmarkScene<uint8_t>(0, 0, 1);
  for (auto _ : state) benchmark::DoNotOptimize(BuildTrackingPyramid(image));
}
BENCHMARK(PyramidNewMemory)->Unit(benchmark::kMicrosecond);

/// The same work: 3x3 binomial, four levels, Scharr's derivatives of each. 8 bits in and between,
/// no black level.
void PyramidOpenCv(benchmark::State& state) {
  cv::setNumThreads(1);
  Image<uint8_t> image = BenchmarkScene<uint8_t>(0, 0, 1);
  const cv::Mat mat(image.height(), image.width(), CV_8U, image.data());
  cv::Mat smooth;
  std::vector<cv::Mat> pyramid;
  for (auto _ : state) {
    cv::GaussianBlur(mat, smooth, cv::Size(3, 3), 0);
    cv::buildOpticalFlowPyramid(smooth, pyramid, cv::Size(11, 11), 3, true);
  }
}
BENCHMARK(PyramidOpenCv)->Unit(benchmark::kMicrosecond);

void CornerScore(benchmark::State& state) {
  TrackingPyramid pyramid = BuildTrackingPyramid(BenchmarkScene<uint8_t>(0, 0, 1)).value();
  Image<float> score(752, 480);
  for (auto _ : state) {
    KernelCall call("corner_score");
    if (!call.Finish(corner_score(call.context(), pyramid.levels[0].gradient, score))) {
      state.SkipWithError("kernel failed");
    }
  }
}
BENCHMARK(CornerScore)->Unit(benchmark::kMicrosecond);

/// Computes its own derivatives, which ours takes from the pyramid.
void CornerScoreOpenCv(benchmark::State& state) {
  cv::setNumThreads(1);
  Image<uint8_t> image = BenchmarkScene<uint8_t>(0, 0, 1);
  const cv::Mat mat(image.height(), image.width(), CV_8U, image.data());
  cv::Mat score;
  for (auto _ : state) cv::cornerMinEigenVal(mat, score, 5, 3);
}
BENCHMARK(CornerScoreOpenCv)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace nightjar
