// SPDX-License-Identifier: Apache-2.0
// Event filters and representations beside scalar ones (scalar_events.h), in events per second of
// one thread. Events come in batches of 32768, as a decoder makes them, 640 x 480 px, 20 million:
//
//   edges    lines that move across the sensor by 500 px/s, and a tenth of noise
//   random   uniform noise
//
// Filters work in place: a batch's copy is in their time. Names with `plain` are the yardstick.
// `protocol` rows are those of dv-processing's benchmarks: 100 000 random events at once.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "bench/isp/event_scenes.h"
#include "bench/isp/scalar_events.h"
#include "calibration/pinhole_radial_tangential.h"
#include "isp/events/active_events.h"
#include "isp/events/complementary_filter.h"
#include "isp/events/event_filter_chain.h"
#include "isp/events/event_slicer.h"
#include "isp/events/event_warp.h"
#include "isp/events/polarity_histogram.h"
#include "isp/events/speed_invariant_surface.h"
#include "isp/events/voxel_grid.h"

namespace nightjar {
namespace {

constexpr int kWidth = 640, kHeight = 480;
constexpr size_t kEvents = 20'000'000, kBatch = 32768;
constexpr int64_t kFrame_us = 10000;  // of frames, in which batches are collected

struct Stream {
  std::vector<Event> events;
  std::vector<std::vector<PlainEvent>> plain;  // the same, by batches
  std::span<const Event> Batch(size_t first) const {
    return std::span(events).subspan(first, std::min(kBatch, events.size() - first));
  }
};

const Stream& Events(Scene scene) {
  static std::optional<Stream> streams[2];
  if (!streams[scene]) {
    Stream stream;
    stream.events = MakeEvents(scene, kEvents, kWidth, kHeight);
    for (size_t i = 0; i < kEvents; i += kBatch) {
      std::vector<PlainEvent> plain;
      for (const Event& e : stream.Batch(i)) {
        plain.push_back({e.time_us, static_cast<int16_t>(e.x), static_cast<int16_t>(e.y),
                         static_cast<int8_t>(e.on)});
      }
      stream.plain.push_back(std::move(plain));
    }
    streams[scene] = std::move(stream);
  }
  return *streams[scene];
}

Scene SceneOf(const benchmark::State& state) { return static_cast<Scene>(state.range(0)); }

void Report(benchmark::State& state, size_t events = kEvents) {
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations()) * static_cast<int64_t>(events));
}

/// `pass(batch)` for copies of all batches; it may change them.
template <typename Pass>
void ForCopies(const Stream& stream, Pass pass) {
  static std::vector<Event> copy(kBatch);
  for (size_t i = 0; i < stream.events.size(); i += kBatch) {
    const auto batch = stream.Batch(i);
    std::copy(batch.begin(), batch.end(), copy.begin());
    pass(std::span(copy).first(batch.size()));
  }
}

template <typename Make>
void Filter(benchmark::State& state, Make make) {
  const Stream& stream = Events(SceneOf(state));
  size_t passed = 0;
  for (auto _ : state) {
    auto filter = make();
    passed = 0;
    ForCopies(stream, [&](std::span<Event> batch) { passed += filter->Filter(batch, {}); });
  }
  Report(state);
  state.counters["passed"] = static_cast<double>(passed) / kEvents;
}

template <typename F, typename Options>
auto Of(const Options& options) {
  return [options] { return std::make_unique<F>(options, kWidth, kHeight); };
}

/// `add(batch)`, and `show()` at the end of every frame.
template <typename Add, typename Show>
void Represent(benchmark::State& state, Add add, Show show) {
  const Stream& stream = Events(SceneOf(state));
  for (auto _ : state) {
    int64_t end_us = kFrame_us;
    for (size_t i = 0; i < stream.events.size(); i += kBatch) {
      const auto batch = stream.Batch(i);
      if (batch.front().time_us >= end_us) {
        show(end_us);
        end_us += kFrame_us;
      }
      add(batch, end_us);
    }
  }
  Report(state);
}

template <typename Pass, typename Show>
void Plain(benchmark::State& state, Pass pass, Show show) {
  const Stream& stream = Events(SceneOf(state));
  for (auto _ : state) {
    PlainSensor sensor(kWidth, kHeight);
    int64_t end_us = kFrame_us;
    for (const auto& batch : stream.plain) {
      if (batch.front().t_us >= end_us) {
        show(sensor, end_us);
        end_us += kFrame_us;
      }
      pass(sensor, batch, end_us);
    }
  }
  Report(state);
}

const auto kNoShow = [](auto&&...) {};
SensorTime FromUs(int64_t t_us) { return FromNanoseconds(t_us * 1000); }

PinholeRadialTangential Lens() { return {{500, 500}, {319, 239}, {-0.2, 0.05, 0, 0}}; }
PinholeView View() { return {kWidth, kHeight, 500, 319, 239}; }

/// 1 rad/s about the vertical axis over the whole stream, cut to a frame at a time.
EventMotion MotionOf(int64_t end_us) {
  const ImuSample sample = {FromUs(0), {0.1, 1, 0.2}, Eigen::Vector3d::Zero()};
  return *MotionFromGyro({&sample, 1}, {}, FromUs(end_us - kFrame_us), FromUs(end_us),
                         FromUs(end_us - kFrame_us / 2));
}

void Warp(benchmark::State& state) {
  auto warp = *EventWarp::Create(Lens(), kWidth, kHeight, View());
  EventMotion motion = MotionOf(kFrame_us);
  Image<float> counts;
  Represent(
      state,
      [&](auto batch, int64_t) {
        (void)warp.Add({{}, batch}, motion);
      },
      [&](int64_t end_us) {
        warp.Counts(counts);
        warp.Clear();
        motion = MotionOf(end_us + kFrame_us);
      });
}

void CorrelationThenWarp(benchmark::State& state) {
  const Stream& stream = Events(SceneOf(state));
  auto warp = *EventWarp::Create(Lens(), kWidth, kHeight, View());
  Image<float> counts;
  for (auto _ : state) {
    CorrelationFilter filter({5e-3, 2}, kWidth, kHeight);
    EventMotion motion = MotionOf(kFrame_us);
    int64_t end_us = kFrame_us;
    ForCopies(stream, [&](std::span<Event> batch) {
      if (batch.front().time_us >= end_us) {
        warp.Counts(counts);
        warp.Clear();
        end_us += kFrame_us;
        motion = MotionOf(end_us);
      }
      const size_t kept = filter.Filter(batch, {});
      (void)warp.Add({{}, batch.first(kept)}, motion);
    });
  }
  Report(state);
}

std::vector<float> Rays() {
  const auto lens = Lens();
  std::vector<float> rays;
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) {
      const Eigen::Vector3d ray = *lens.Unproject({x, y});
      rays.push_back(static_cast<float>(ray.x() / ray.z()));
      rays.push_back(static_cast<float>(ray.y() / ray.z()));
    }
  }
  return rays;
}

void PlainWarp(benchmark::State& state, bool filtered) {
  const std::vector<float> rays = Rays();
  std::vector<float> image(kWidth * kHeight);
  std::vector<PlainEvent> kept;
  const float w[3] = {0.1F, 1, 0.2F};
  Plain(
      state,
      [&](PlainSensor& sensor, const auto& batch, int64_t end_us) {
        if (filtered) sensor.Correlation(batch, 5000, 2, kept);
        sensor.Warp(filtered ? kept : batch, rays, end_us - kFrame_us / 2, w, 500, 319, 239, image);
      },
      [&](PlainSensor&, int64_t) { std::fill(image.begin(), image.end(), 0.0F); });
}

/// Uniform events as dv-processing's benchmarks have them, all at once.
template <typename Pass>
void Protocol(benchmark::State& state, Pass pass) {
  const std::vector<Event> events = MakeEvents(kRandom, 100'000, kWidth, kHeight);
  std::vector<Event> copy = events;
  for (auto _ : state) {
    std::copy(events.begin(), events.end(), copy.begin());
    pass(copy);
  }
  Report(state, events.size());
}

void Register(const char* name, std::function<void(benchmark::State&)> run) {
  for (const Scene scene : {kEdges, kRandom}) {
    benchmark::RegisterBenchmark(
        (std::string(name) + (scene == kEdges ? "/edges" : "/random")).c_str(), run)
        ->Args({scene})
        ->Unit(benchmark::kMillisecond);
  }
}

void RegisterFilters() {
  const auto filter = [](auto make) { return [make](auto& state) { Filter(state, make); }; };
  const auto plain = [](auto pass) {
    return [pass](auto& state) {
      std::vector<PlainEvent> out;
      Plain(
          state, [&](auto& sensor, const auto& in, int64_t) { pass(sensor, in, out); }, kNoShow);
    };
  };
  Register("refractory", filter(Of<RefractoryFilter>(RefractoryFilterOptions{})));
  Register("refractory/plain",
           plain([](auto& s, const auto& in, auto& out) { s.Refractory(in, 1000, out); }));
  Register("background", filter(Of<BackgroundFilter>(BackgroundFilterOptions{})));
  Register("background/plain",
           plain([](auto& s, const auto& in, auto& out) { s.Background(in, 5000, out); }));
  Register("correlation", filter(Of<CorrelationFilter>(CorrelationFilterOptions{})));
  Register("correlation/plain",
           plain([](auto& s, const auto& in, auto& out) { s.Correlation(in, 5000, 2, out); }));
  Register("trail", filter(Of<TrailFilter>(TrailFilterOptions{})));
  Register("hot_pixels", filter(Of<HotPixelFilter>(HotPixelFilterOptions{})));
  Register("flicker", filter(Of<FlickerFilter>(FlickerFilterOptions{})));
  Register("rate", filter([] { return std::make_unique<RateFilter>(RateFilterOptions{5e6}); }));
  EventFilterChainOptions all;
  all.hot_pixels.emplace();
  all.flicker.emplace();
  all.refractory.emplace();
  all.correlation.emplace();
  all.trail.emplace();
  Register(
      "chain_of_five", filter([all] {
        return std::make_unique<EventFilterChain>(*EventFilterChain::Create(all, kWidth, kHeight));
      }));
}

void RegisterSums() {
  Register("histogram", [](auto& state) {
    PlanarImage<uint16_t> counts(kWidth, kHeight, 2);
    const auto clear = [&](int64_t) { std::fill_n(counts.data(), counts.number_of_elements(), 0); };
    clear(0);
    Represent(
        state, [&](auto batch, int64_t) { (void)AddToHistogram(batch, counts); }, clear);
  });
  Register("histogram/plain", [](auto& state) {
    std::vector<uint16_t> counts(2 * kWidth * kHeight);
    Plain(
        state, [&](auto& s, const auto& in, int64_t) { s.Histogram(in, counts); },
        [&](auto&, int64_t) { std::fill(counts.begin(), counts.end(), 0); });
  });
  Register("voxel_grid_5", [](auto& state) {
    PlanarImage<float> grid(kWidth, kHeight, 5);
    const auto clear = [&](int64_t) { std::fill_n(grid.data(), grid.number_of_elements(), 0.0F); };
    clear(0);
    Represent(
        state,
        [&](auto batch, int64_t end_us) {
          (void)AddToVoxelGrid({{}, batch}, FromUs(end_us - kFrame_us), FromUs(end_us + kFrame_us),
                               grid);
        },
        clear);
  });
  Register("voxel_grid_5/plain", [](auto& state) {
    std::vector<float> grid(5 * kWidth * kHeight);
    Plain(
        state,
        [&](auto& s, const auto& in, int64_t end_us) {
          s.Voxels(in, end_us - kFrame_us, 2 * kFrame_us, 5, grid);
        },
        [&](auto&, int64_t) { std::fill(grid.begin(), grid.end(), 0.0F); });
  });
}

void RegisterSurfaces() {
  Register("exponential_surface", [](auto& state) {
    ActiveEvents active(kWidth, kHeight);
    PlanarImage<float> surface;
    Represent(
        state,
        [&](auto batch, int64_t) {
          active.Add({{}, batch});
        },
        [&](int64_t end_us) { (void)active.ExponentialSurface(FromUs(end_us), 0.03, surface); });
  });
  Register("exponential_surface/plain", [](auto& state) {
    std::vector<float> surface(kWidth * kHeight);
    Plain(
        state, [&](auto& s, const auto& in, int64_t) { s.Latest(in); },
        [&](auto& s, int64_t end_us) {
          for (int polarity = 0; polarity < 2; ++polarity)
            s.ExponentialSurface(end_us, 30000, surface);
        });
  });
  Register("speed_invariant_surface", [](auto& state) {
    SpeedInvariantSurface surface({}, kWidth, kHeight);
    Represent(
        state, [&](auto batch, int64_t) { surface.Add(batch); }, kNoShow);
  });
  Register("complementary_filter", [](auto& state) {
    ComplementaryFilter filter({}, kWidth, kHeight);
    Image<float> shown;
    Represent(
        state,
        [&](auto batch, int64_t) {
          filter.Add({{}, batch});
        },
        [&](int64_t end_us) { (void)filter.Show(FromUs(end_us), shown); });
  });
  Register("complementary_filter/plain", [](auto& state) {
    std::vector<float> log(kWidth * kHeight), surface(kWidth * kHeight);
    Plain(
        state, [&](auto& s, const auto& in, int64_t) { s.Complementary(in, 6e-6F, log); },
        [&](auto& s, int64_t end_us) { s.ExponentialSurface(end_us, 160000, surface); });
  });
  Register("slicer_adaptive", [](auto& state) {
    EventSlicer slicer({}, kWidth, kHeight);
    Represent(
        state,
        [&](auto batch, int64_t) {
          slicer.Add({{}, batch}, kNoShow);
        },
        kNoShow);
  });
}

int RegisterAll() {
  Register("correlation_warp", CorrelationThenWarp);
  Register("correlation_warp/plain", [](auto& state) { PlainWarp(state, true); });
  Register("warp", Warp);
  Register("warp/plain", [](auto& state) { PlainWarp(state, false); });
  RegisterFilters();
  RegisterSums();
  RegisterSurfaces();
  const auto protocol = [](const char* name, auto make) {
    benchmark::RegisterBenchmark(name, [make](auto& state) {
      auto filter = make();
      Protocol(state, [&](auto& events) { benchmark::DoNotOptimize(filter->Filter(events, {})); });
    });
  };
  protocol("protocol/background", Of<BackgroundFilter>(BackgroundFilterOptions{}));
  protocol("protocol/refractory", Of<RefractoryFilter>(RefractoryFilterOptions{}));
  benchmark::RegisterBenchmark("protocol/warp", [](auto& state) {
    auto warp = *EventWarp::Create(Lens(), kWidth, kHeight, View());
    const EventMotion motion = MotionOf(kFrame_us);
    Image<float> counts;
    Protocol(state, [&](std::vector<Event>& events) {
      (void)warp.Add({{}, events}, motion);
      warp.Counts(counts);
      warp.Clear();
    });
  });
  return 0;
}

[[maybe_unused]] const int kRegistered = RegisterAll();

}  // namespace
}  // namespace nightjar
