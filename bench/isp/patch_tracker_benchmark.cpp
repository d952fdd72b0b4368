// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>

#include <opencv2/video/tracking.hpp>
#include <vector>

#include "bench/isp/scene.h"
#include "isp/corner_detector.h"
#include "isp/patch_tracker.h"
#include "isp/tracking_pyramid.h"

namespace nightjar {
namespace {

constexpr double kShiftX = 3.4;
constexpr double kShiftY = -2.3;

struct Pair {
  Image<uint8_t> first = BenchmarkScene<uint8_t>(0, 0, 1);
  Image<uint8_t> second = BenchmarkScene<uint8_t>(kShiftX, kShiftY, 2);
  TrackingPyramid first_pyramid = BuildTrackingPyramid(first).value();
  TrackingPyramid second_pyramid = BuildTrackingPyramid(second).value();
  std::vector<Eigen::Vector2d> points = DetectCorners(first_pyramid, {}).value();
};

void Report(benchmark::State& state, size_t points, size_t found) {
  state.counters["time_per_point"] = benchmark::Counter(
      static_cast<double>(points),
      benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
  state.counters["points"] = static_cast<double>(points);
  state.counters["found"] = static_cast<double>(found);
}

/// One direction, patches cut anew: what a first match costs.
void ExtractAndTrack(benchmark::State& state) {
  const Pair pair;
  const PatchTracker tracker;
  size_t found = 0;
  for (auto _ : state) {
    found = 0;
    for (const Eigen::Vector2d& point : pair.points) {
      const auto patch = tracker.Extract(pair.first_pyramid, point);
      if (patch && tracker.Track(*patch, pair.second_pyramid, point)) ++found;
    }
  }
  Report(state, pair.points.size(), found);
}
BENCHMARK(ExtractAndTrack)->Unit(benchmark::kMicrosecond);

/// The patches already there.
void Track(benchmark::State& state) {
  const Pair pair;
  const PatchTracker tracker;
  std::vector<FeaturePatch> patches;
  for (const Eigen::Vector2d& point : pair.points) {
    if (auto patch = tracker.Extract(pair.first_pyramid, point))
      patches.push_back(*std::move(patch));
  }
  size_t found = 0;
  for (auto _ : state) {
    found = 0;
    for (const FeaturePatch& patch : patches) {
      if (tracker.Track(patch, pair.second_pyramid, patch.pixel)) ++found;
    }
  }
  Report(state, patches.size(), found);
}
BENCHMARK(Track)->Unit(benchmark::kMicrosecond);

/// The same points, window and levels, on pyramids already built; without gain, offset or
/// covariance.
void TrackOpenCv(benchmark::State& state) {
  cv::setNumThreads(1);
  Pair pair;
  const auto mat = [](Image<uint8_t>& image) {
    return cv::Mat(image.height(), image.width(), CV_8U, image.data());
  };
  const cv::Size window(kPatchSide, kPatchSide);
  std::vector<cv::Mat> first, second;
  cv::buildOpticalFlowPyramid(mat(pair.first), first, window, kPyramidLevels - 1, true);
  cv::buildOpticalFlowPyramid(mat(pair.second), second, window, kPyramidLevels - 1, true);
  std::vector<cv::Point2f> from, to;
  for (const Eigen::Vector2d& p : pair.points)
    from.emplace_back(static_cast<float>(p.x()), static_cast<float>(p.y()));
  std::vector<uint8_t> status;
  std::vector<float> error;
  const cv::TermCriteria criteria(cv::TermCriteria::COUNT | cv::TermCriteria::EPS, 10, 0.03);
  for (auto _ : state) {
    cv::calcOpticalFlowPyrLK(first, second, from, to, status, error, window, kPyramidLevels - 1,
                             criteria);
  }
  size_t found = 0;
  for (size_t i = 0; i < from.size(); ++i) {
    found += status[i] != 0 &&
             std::hypot(to[i].x - from[i].x - kShiftX, to[i].y - from[i].y - kShiftY) < 1;
  }
  Report(state, from.size(), found);
}
BENCHMARK(TrackOpenCv)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace nightjar
