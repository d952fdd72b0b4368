// SPDX-License-Identifier: Apache-2.0
// Every question to a session of ten minutes: 12 000 frames, 2400 keyframes. `Index` is what is
// done once; the first `cover` is made then as well, and is measured apart.
#include <benchmark/benchmark.h>

#include <string>

#include "spatial/query/questions.h"
#include "tests/spatial/query/asked_session.h"

namespace nightjar {
namespace {

constexpr int kFrames = 12000;

const Questions& TenMinutes() {
  static const Questions questions = [] {
    Questions made(AskedSession(kFrames));
    (void)made.Ask(Json({{"verb", "cover"}}));
    return made;
  }();
  return questions;
}

void Index(benchmark::State& state) {
  const Session session = AskedSession(kFrames);
  for (auto _ : state) {
    Questions questions(session);
    benchmark::DoNotOptimize(questions);
  }
}
BENCHMARK(Index)->Unit(benchmark::kMillisecond);

void FirstCover(benchmark::State& state) {
  for (auto _ : state) {
    state.PauseTiming();
    const Questions questions(AskedSession(kFrames));
    state.ResumeTiming();
    benchmark::DoNotOptimize(questions.Ask(Json({{"verb", "cover"}})));
  }
}
BENCHMARK(FirstCover)->Unit(benchmark::kMillisecond)->Iterations(2);

void Ask(benchmark::State& state, const char* request) {
  const Questions& questions = TenMinutes();
  const Json json = Json::parse(request);
  for (auto _ : state) {
    const auto answer = questions.Ask(json);
    if (!answer) state.SkipWithError(answer.error().Message().c_str());
    benchmark::DoNotOptimize(answer);
  }
}

#define NIGHTJAR_ASK(name, request) \
  BENCHMARK_CAPTURE(Ask, name, request)->Unit(benchmark::kMillisecond)

NIGHTJAR_ASK(pose, R"({"verb":"pose","t":301.234})");
NIGHTJAR_ASK(relative_pose, R"({"verb":"relative_pose","t0":3.21,"t1":588.7})");
NIGHTJAR_ASK(distance, R"({"verb":"distance","a":3.21,"b":588.7})");
NIGHTJAR_ASK(bearing, R"({"verb":"bearing","t":301.2,"p":15})");
NIGHTJAR_ASK(motion_all, R"({"verb":"motion","t0":0.01,"t1":599.7})");
NIGHTJAR_ASK(clearance, R"({"verb":"clearance","t":6.1})");
NIGHTJAR_ASK(is_free,
             R"({"verb":"is_free","path":[[-3,-2,1],[3,-2,1],[3,2,1],[-3,2,1],[-3,-2,1]]})");
NIGHTJAR_ASK(is_free_200_m, R"({"verb":"is_free","path":[[-100,0,1],[100,0,1]],"radius_m":1})");
NIGHTJAR_ASK(raycast, R"({"verb":"raycast","origin":[0,0,1],"direction":[1,2,0.1]})");
NIGHTJAR_ASK(surfaces_near, R"({"verb":"surfaces_near","p":3,"r":100})");
NIGHTJAR_ASK(keyframes_seeing, R"({"verb":"keyframes_seeing","p":[3.45,0.5,1.5],"max":100})");
NIGHTJAR_ASK(cover, R"({"verb":"cover","n":32})");

}  // namespace
}  // namespace nightjar
