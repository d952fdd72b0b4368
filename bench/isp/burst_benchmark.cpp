// SPDX-License-Identifier: Apache-2.0
// Denoising with the frames around beside what OpenCV offers, in time and in what is left of the
// noise, on a burst of eight frames from a camera that is held in the hand.
//
// Time: 1280 x 960 pixels, one thread. s_per_MP is for comparisons where a peer gets a smaller
// image because it is slow.
// Quality: counters KIND_LIGHT are the peak signal to noise ratio (dB, mean over scenes) over the
// first frame, edges included (unfiltered_...: before the filter in space); KIND: dead leaves, or
// photographs ($NIGHTJAR_RECORDINGS), 320 x 224 px; LIGHT: electrons full scale, with 3 electrons
// read noise. Peers work in the stabilised domain, where the noise of a mean of frames is that of a
// mean, and get what suits each image best: filter, strength, and for ECC the blur before. Ours has
// one setting. A shaken plane is what ECC's model is made for; BurstInDepth has scenes with depth.
//
// NIGHTJAR_TEST_KERNEL_TARGET=2: our kernels as on a machine with AVX2
// (tests/halide_generators/kernel_targets.h).
#include <benchmark/benchmark.h>

#include <functional>
#include <opencv2/imgproc.hpp>
#include <string>
#include <vector>

#include "bench/isp/burst_exposures.h"
#include "bench/isp/opencv_burst.h"
#include "bench/isp/opencv_filters.h"
#include "core/check.h"
#include "isp/burst_merger.h"
#include "isp/linear_pyramid.h"
#include "isp/spatial_denoiser.h"
#include "isp/video_denoiser.h"
#include "tests/halide_generators/kernel_targets.h"
#include "tests/isp/shaken_burst.h"

namespace nightjar {
namespace {

constexpr int kWidth = 320, kHeight = 224;  // px, of frames whose quality is measured
constexpr double kLights_e[] = {1000, 150, 30, 8};

std::vector<Image<uint16_t>> LinearFrames(const Exposures& exposures) {
  std::vector<Image<uint16_t>> frames;
  for (const Image<double>& frame : exposures.frames_e)
    frames.push_back(Linear(frame, White_e(exposures.full_e)));
  return frames;
}

// ---- Ours.

/// A burst over its first frame: merged, and then denoised in space.
struct Ours {
  FusedFrame merged;
  DenoisedFrame denoised;

  Status Make(const std::vector<Image<uint16_t>>& frames, const NoiseProfile::Channel& noise) {
    BurstMerger merger({noise}, {});
    for (const Image<uint16_t>& frame : frames) {
      if (Status status = merger.Add({frame}); !status) return status;
    }
    merged = merger.merged();
    return DenoiseSpatially(merged.linear, merged.remaining, {}, noise, {}, denoised);
  }
};

/// Of the first `count` frames.
Ours MakeOurs(const Exposures& exposures, size_t count) {
  std::vector<Image<uint16_t>> frames = LinearFrames(exposures);
  frames.resize(count);
  Ours ours;
  const Status status = ours.Make(frames, LinearNoise(White_e(exposures.full_e)));
  NIGHTJAR_CHECK(status.has_value(), "frames of a burst could not be merged");
  return ours;
}

double PsnrOf(const Image<uint16_t>& linear, const Exposures& exposures,
              const Image<uint8_t>* where = nullptr) {
  return Psnr(Electrons(linear, White_e(exposures.full_e)), exposures.burst.views[0],
              exposures.full_e, where);
}

std::vector<double> OurPsnr(const Exposures& exposures, size_t count) {
  const Ours ours = MakeOurs(exposures, count);
  return {PsnrOf(ours.denoised.linear, exposures), PsnrOf(ours.merged.linear, exposures)};
}

/// Over all of the first frame, and on what stands before the wall.
std::vector<double> OurPsnrInDepth(const Exposures& exposures, size_t count) {
  const Ours ours = MakeOurs(exposures, count);
  return {PsnrOf(ours.denoised.linear, exposures),
          PsnrOf(ours.denoised.linear, exposures, exposures.burst.near_things.data())};
}

/// On the moving object: the burst's less that of its first frame alone, dB.
std::vector<double> GainOnObject(const Exposures& exposures) {
  const auto on_object = [&](size_t count) {
    return PsnrOf(MakeOurs(exposures, count).denoised.linear, exposures, &exposures.burst.object);
  };
  return {on_object(kBurstFrames) - on_object(1)};
}

// ---- What is measured.

struct Kind {
  std::string name;
  Scenes scenes;
};

const std::vector<Kind>& Kinds() {
  static const std::vector<Kind> kinds = [] {
    Scenes photographs = Photographs();
    if (const auto cones = Cones()) photographs.push_back(*cones);
    Kind leaves{"leaves_", Leaves()};
    leaves.scenes.pop_back();  // two will do
    return photographs.empty() ? std::vector{leaves}
                               : std::vector{leaves, Kind{"photo_", photographs}};
  }();
  return kinds;
}

using Scores = std::function<std::vector<double>(const Exposures&)>;
using Bursts = std::function<ShakenBurst(const Scenes& scenes, size_t i)>;

ShakenBurst ShakenPlane(const Scenes& scenes, size_t i) {
  return Shake(scenes[i], kWidth, kHeight, 10 + i);
}

/// The next scenes stand before this one.
ShakenBurst InDepth(const Scenes& scenes, size_t i) {
  return ShakeInDepth(scenes[i], scenes[(i + 1) % scenes.size()], scenes[(i + 2) % scenes.size()],
                      kWidth, kHeight, 10 + i);
}

/// Means over the scenes of each kind; `scores` gives one for each of `names`.
void Count(benchmark::State& state, const std::vector<std::string>& names, const Scores& scores,
           const Bursts& burst_of = ShakenPlane) {
  for (const auto& [kind, scenes] : Kinds()) {
    for (size_t i = 0; i < scenes.size(); ++i) {
      const ShakenBurst burst = burst_of(scenes, i);
      for (const double full_e : kLights_e) {
        const std::vector<double> results = scores(ExposeAll(burst, full_e));
        for (size_t n = 0; n < names.size(); ++n) {
          state.counters[names[n] + kind + std::to_string(static_cast<int>(full_e))] +=
              results[n] / static_cast<double>(scenes.size());
        }
      }
    }
  }
}

void CountMegapixels(benchmark::State& state, int width, int height) {
  state.counters["s_per_MP"] =
      benchmark::Counter(width * height * 1e-6, benchmark::Counter::kIsIterationInvariantRate |
                                                    benchmark::Counter::kInvert);
}

constexpr int kLargeWidth = 1280, kLargeHeight = 960;
constexpr double kLargeLight_e = 150;

const std::vector<Image<uint16_t>>& LargeBurst() {
  static const std::vector<Image<uint16_t>> frames = LinearFrames(
      ExposeAll(Shake(LeavesScene(kLargeWidth, kLargeHeight, 1), kLargeWidth, kLargeHeight, 1),
                kLargeLight_e));
  return frames;
}

NoiseProfile::Channel LargeNoise() { return LinearNoise(White_e(kLargeLight_e)); }

/// The stages of one frame, in their order, with what each leaves for the next.
struct Stages {
  TrackingPyramid reference, other;
  MotionField motion;
  FusedFrame warped, fused;

  bool Align() {
    auto found = AlignFrames(reference, other, LinearPyramidNoise(LargeNoise(), 1, 1), {});
    if (found) motion = *found;
    return found.has_value();
  }
  bool Warp() { return WarpFrame(SingleFrame(LargeBurst()[1]), motion, {}, warped).has_value(); }
  bool Fuse() {
    return FuseFrames(SingleFrame(LargeBurst()[0]), warped, LargeNoise(), 1, fused).has_value();
  }
};

void Stage(benchmark::State& state, bool (Stages::*stage)()) {
  Stages stages;
  const LevelOptions levels = LinearLevels(1);
  bool well = BuildTrackingPyramid(LargeBurst()[0], levels, stages.reference).has_value() &&
              BuildTrackingPyramid(LargeBurst()[1], levels, stages.other).has_value() &&
              stages.Align() && stages.Warp();
  for (auto _ : state) well = well && (stages.*stage)();
  if (!well) state.SkipWithError("a stage failed");
  CountMegapixels(state, kLargeWidth, kLargeHeight);
}
BENCHMARK_CAPTURE(Stage, AlignFrames, &Stages::Align)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(Stage, WarpFrame, &Stages::Warp)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(Stage, FuseFrames, &Stages::Fuse)->Unit(benchmark::kMillisecond);

/// Adds frame after frame, round and round.
void AddFrames(benchmark::State& state,
               const std::function<Status(const Image<uint16_t>& frame)>& add) {
  size_t k = 0;
  if (!add(LargeBurst()[k++])) state.SkipWithError("the first frame failed");
  for (auto _ : state) {
    if (!add(LargeBurst()[k++ % kBurstFrames])) state.SkipWithError("a frame failed");
  }
  CountMegapixels(state, kLargeWidth, kLargeHeight);
}

void BurstMergerAdd(benchmark::State& state) {
  BurstMerger merger({LargeNoise()}, {});
  AddFrames(state, [&](const Image<uint16_t>& frame) { return merger.Add({frame}); });
}
BENCHMARK(BurstMergerAdd)->Unit(benchmark::kMillisecond);

void VideoDenoiserAdd(benchmark::State& state) {
  VideoDenoiser video({});
  AddFrames(state, [&](const Image<uint16_t>& frame) {
    return video.Add({frame, LargeNoise(), 1});
  });
}
BENCHMARK(VideoDenoiserAdd)->Unit(benchmark::kMillisecond);

// Rows with quality have a fixed number of iterations: Google Benchmark calls the others several
// times to find theirs.

/// A burst of the first `count` frames from the first to the denoised image.
void Burst(benchmark::State& state) {
  const auto count = static_cast<size_t>(state.range(0));
  const std::vector<Image<uint16_t>> frames(LargeBurst().begin(),
                                            LargeBurst().begin() + state.range(0));
  Ours ours;
  for (auto _ : state) {
    if (!ours.Make(frames, LargeNoise())) state.SkipWithError("a frame failed");
  }
  CountMegapixels(state, kLargeWidth, kLargeHeight);
  Count(state, {"", "unfiltered_"},
        [&](const Exposures& exposures) { return OurPsnr(exposures, count); });
}
BENCHMARK(Burst)->ArgName("frames")->Arg(1)->Iterations(16)->Unit(benchmark::kMillisecond);
BENCHMARK(Burst)->ArgName("frames")->Arg(8)->Iterations(3)->Unit(benchmark::kMillisecond);

/// Quality on something that moves: its time says nothing.
void BurstGainOnObject(benchmark::State& state, double speed_px) {
  const Bursts with_object = [&](const Scenes& scenes, size_t i) {
    const MovingObject object{scenes[(i + 1) % scenes.size()],
                              speed_px};  // the next scene is on it
    return Shake(scenes[i], kWidth, kHeight, 10 + i, &object);
  };
  for (auto _ : state) Count(state, {""}, GainOnObject, with_object);
}
BENCHMARK_CAPTURE(BurstGainOnObject, 1.5_px_per_frame, 1.5)
    ->Iterations(1)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BurstGainOnObject, 5_px_per_frame, 5)
    ->Iterations(1)
    ->Unit(benchmark::kMillisecond);

/// Quality in a scene in depth (counters near_...: on what stands before the wall): a motion that
/// is smooth, or one of a whole plane, is wrong at its edges. The time says nothing.
void BurstInDepth(benchmark::State& state, const Scores& scores) {
  cv::setNumThreads(1);
  for (auto _ : state) Count(state, {"", "near_"}, scores, InDepth);
}
BENCHMARK_CAPTURE(BurstInDepth, Nightjar,
                  [](const Exposures& e) { return OurPsnrInDepth(e, kBurstFrames); })
    ->Iterations(1)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BurstInDepth, NightjarOneFrame,
                  [](const Exposures& e) { return OurPsnrInDepth(e, 1); })
    ->Iterations(1)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BurstInDepth, OpenCvEccMeanCubic,
                  [](const Exposures& e) -> std::vector<double> {
                    const auto scores = EccPsnr(e, {nullptr, e.burst.near_things.data()});
                    return {scores[2], scores[6]};
                  })
    ->Iterations(1)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BurstInDepth, OpenCvNonLocalMeansMulti,
                  [](const Exposures& e) {
                    return NonLocalMeansMultiPsnr(e, {nullptr, &e.burst.near_things[kWindow / 2]});
                  })
    ->Iterations(1)
    ->Unit(benchmark::kMillisecond);

/// On a quarter of the pixels.
Exposures SmallerBurst() {
  return ExposeAll(Shake(LeavesScene(640, 480, 1), 640, 480, 1), kLargeLight_e);
}

/// Alignment and mean, without the filter after it.
void OpenCvEccMean(benchmark::State& state) {
  cv::setNumThreads(1);
  const std::vector<cv::Mat> frames = Mats(SmallerBurst());
  for (auto _ : state) {
    benchmark::DoNotOptimize(EccTotal(frames, EccMotions(frames), cv::INTER_CUBIC));
  }
  CountMegapixels(state, frames[0].cols, frames[0].rows);
  Count(state, {"bilinear_", "bilinear_unfiltered_", "cubic_", "cubic_unfiltered_"},
        [](const Exposures& e) { return EccPsnr(e); });
}
BENCHMARK(OpenCvEccMean)->Iterations(1)->Unit(benchmark::kMillisecond);

void OpenCvNonLocalMeansMulti_7_21(benchmark::State& state) {
  cv::setNumThreads(1);
  const Exposures exposures = SmallerBurst();
  const Stabilisation stabilisation(exposures.frames_e, kReadVariance);
  std::vector<cv::Mat> bytes;
  for (const Image<double>& frame : exposures.frames_e) bytes.push_back(stabilisation.Bytes(frame));
  for (auto _ : state) benchmark::DoNotOptimize(NonLocalMeansMulti(bytes, stabilisation.sigma()));
  CountMegapixels(state, bytes[0].cols, bytes[0].rows);
  Count(state, {""}, [](const Exposures& e) { return NonLocalMeansMultiPsnr(e); });
}
BENCHMARK(OpenCvNonLocalMeansMulti_7_21)->Iterations(1)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace nightjar
