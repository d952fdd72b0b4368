// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>

#include <functional>
#include <memory>

#include "data/png_image.h"
#include "data/simulator/simulation.h"

namespace nightjar {
namespace {

/// The walk of ./demo: stereo, 752 x 480 px, 3 lux.
const Simulation& Walk() {
  static const std::unique_ptr<Simulation> simulation = [] {
    SimulationOptions options;
    options.seconds = 2;
    return Simulation::Create(options).value();
  }();
  return *simulation;
}

void Frames(benchmark::State& state, const std::function<void(const FrameTask&)>& make) {
  Walk();
  size_t next = 0;
  for (auto _ : state) {
    make(Walk().frames()[next]);
    next = (next + 1) % Walk().frames().size();
  }
}

void RadianceOfFrame(benchmark::State& state) {
  Frames(state, [](const FrameTask& task) { benchmark::DoNotOptimize(Walk().Light(task)); });
}
BENCHMARK(RadianceOfFrame)->Unit(benchmark::kMillisecond);

void SensorOfFrame(benchmark::State& state) {
  const Image<float> light = Walk().Light(Walk().frames().front());
  Frames(state, [&](const FrameTask& task) {
    benchmark::DoNotOptimize(Walk().Expose(light, task));
  });
}
BENCHMARK(SensorOfFrame)->Unit(benchmark::kMillisecond);

void PngOfFrame(benchmark::State& state) {
  const Image<uint16_t> image = Walk().TakeFrame(Walk().frames().front());
  Frames(state, [&](const FrameTask&) { benchmark::DoNotOptimize(EncodeMonoPng(image)); });
}
BENCHMARK(PngOfFrame)->Unit(benchmark::kMillisecond);

void DepthOfFrame(benchmark::State& state) {
  Frames(state, [](const FrameTask& task) { benchmark::DoNotOptimize(Walk().TrueDepth(task)); });
}
BENCHMARK(DepthOfFrame)->Unit(benchmark::kMillisecond);

void PngOfDepth(benchmark::State& state) {
  const Image<uint16_t> depth = Walk().TrueDepth(Walk().frames().front());
  Frames(state, [&](const FrameTask&) { benchmark::DoNotOptimize(EncodeMonoPng(depth)); });
}
BENCHMARK(PngOfDepth)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace nightjar
