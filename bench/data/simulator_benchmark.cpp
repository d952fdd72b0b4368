// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>

#include <functional>
#include <memory>
#include <vector>

#include "data/png_image.h"
#include "data/simulator/event_camera.h"
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
  Frames(state,
         [&](const FrameTask& task) { benchmark::DoNotOptimize(Walk().Expose(light, task)); });
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

// The pixels of the event camera alone, in light that was rendered before: a fifth of a second of
// the walk.
void StepsOfEventCamera(benchmark::State& state) {
  SimulationOptions options;
  options.seconds = 0.2;
  options.lux = static_cast<double>(state.range(0));
  options.events = true;
  const auto simulation = Simulation::Create(options).value();
  const std::vector<double> instants = simulation->EventInstants();
  std::vector<Image<float>> light;
  for (const double t : instants) light.push_back(simulation->EventLight(t));
  std::vector<Event> events;
  for (auto _ : state) {
    EventCamera camera = simulation->MakeEventCamera();
    camera.Begin(light.front());
    events.clear();
    for (size_t i = 1; i < instants.size(); ++i)
      camera.Step(instants[i - 1], instants[i], light[i], 0, camera.height(), events);
    benchmark::DoNotOptimize(events.data());
  }
  state.counters["events"] = static_cast<double>(events.size());
  state.counters["pixels_per_s"] =
      benchmark::Counter(346.0 * 260 * static_cast<double>(instants.size() - 1),
                         benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(StepsOfEventCamera)->Arg(300)->Arg(3)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace nightjar
