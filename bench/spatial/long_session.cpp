// SPDX-License-Identifier: Apache-2.0
// Ten minutes through twelve rooms: time and memory of geometry and context, and the time of every
// question, the first of its kind apart. One thread. What the sensors would see is ray-cast
// exactly and is not in the times; of the memory it is 3 MB.
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "apps/pipeline/scene_stage.h"
#include "bench/spatial/long_walk.h"
#include "spatial/context/context_text.h"
#include "spatial/context/moment.h"
#include "spatial/query/questions.h"

namespace nightjar {
namespace {

// Of the processor: other programs on the machine are not in it. There is one thread.
double ProcessorSeconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

class Clock {
 public:
  double Seconds() const { return ProcessorSeconds() - begin_s_; }

 private:
  double begin_s_ = ProcessorSeconds();
};

double ResidentMiB() {
  std::ifstream statm("/proc/self/statm");
  double pages = 0;
  statm >> pages >> pages;
  return pages * static_cast<double>(sysconf(_SC_PAGESIZE)) / 1048576;
}

double PeakMiB() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

void PrintMemory(const char* what) {
  fmt::print("{:<28} {:6.0f} MiB resident, peak {:.0f}\n", what, ResidentMiB(), PeakMiB());
}

double Geometry(const LongWalk& walk, Session& session) {
  SceneStage stage(session, {});
  const FilePixels picture = LongWalk::Picture();
  const Clock pictures;
  for (const Keyframe& keyframe : session.keyframes)
    stage.TakePicture(keyframe.state.time, picture);
  const double pictures_s = pictures.Seconds();
  PrintMemory("after the pictures");
  double depth_s = 0;
  for (const Keyframe& keyframe : session.keyframes) {
    const DepthMap map = walk.DepthAt(keyframe);
    const Clock depth;
    stage.TakeDepth(map);
    depth_s += depth.Seconds();
  }
  PrintMemory("after the depth");
  const Clock finish;
  stage.Finish(session);
  const double finish_s = finish.Seconds();
  PrintMemory("after Finish()");
  for (const std::string& line : session.stages.back().info) fmt::print("  {}\n", line);
  for (const std::string& line : session.stages.back().warnings) fmt::print("  {}\n", line);
  fmt::print("geometry: pictures {:.1f} s, depth {:.1f} s, Finish() {:.1f} s\n", pictures_s,
             depth_s, finish_s);
  return pictures_s + depth_s + finish_s;
}

double Context(const Session& session) {
  const Clock clock;
  const auto moment = ContextMoment::At(session, {});
  if (!moment) return std::abort(), 0;
  const std::string text = ContextParts(*moment).Text(4096);
  fmt::print("context {:.3f} s for {} bytes\n", clock.Seconds(), text.size());
  return clock.Seconds();
}

void Ask(const Questions& questions, const std::string& request) {
  const Json json = Json::parse(request);
  std::vector<double> times_ms;
  for (int i = 0; i < 9; ++i) {
    const Clock clock;
    const auto answer = questions.Ask(json);
    times_ms.push_back(1e3 * clock.Seconds());
    if (!answer && i == 0) fmt::print("{}\n", answer.error().Message());
    if (i == 0 && answer && answer->contains("keyframes") && !(*answer)["keyframes"].empty())
      fmt::print("  last of them: {}\n", (*answer)["keyframes"].back().dump());
  }
  const double first_ms = times_ms.front();
  std::sort(times_ms.begin(), times_ms.end());
  fmt::print("{:8.2f} ms first, {:8.2f} median: {}\n", first_ms, times_ms[4], request);
}

void AskAll(Session session) {
  const Clock index;
  const Questions questions(std::move(session));
  fmt::print("index {:.0f} ms\n", 1e3 * index.Seconds());
  for (const char* request : {
           R"({"verb":"cover","n":8})",
           R"({"verb":"cover","n":100})",
           R"({"verb":"context"})",
           R"({"verb":"context","at":312.2,"from":20,"max_bytes":65536})",
           R"({"verb":"pose","t":301.234})",
           R"({"verb":"relative_pose","t0":3.21,"t1":588.7})",
           R"({"verb":"distance","a":3.21,"b":588.7})",
           R"({"verb":"bearing","t":301.2,"p":15})",
           R"({"verb":"motion","t0":0.01,"t1":599.7})",
           R"({"verb":"clearance","t":6.1})",
           R"({"verb":"clearance","t":300.03,"range_m":100})",
           R"({"verb":"is_free","path":[[1,2,1],[20,2,1],[20,12,1],[2,12,1],[1,1,1]]})",
           R"({"verb":"is_free","path":[[-80,3,1],[110,3,1]],"radius_m":1})",
           R"({"verb":"raycast","origin":[3,2.6,1.5],"direction":[1,0.2,0.1],"range_m":100})",
           R"({"verb":"surfaces_near","p":3,"r":100,"max":100})",
           R"({"verb":"keyframes_seeing","p":[6,0.5,1.5],"max":100})",
           R"({"verb":"keyframes_seeing","p":100,"range_m":100,"max":100})",
       })
    Ask(questions, request);
}

}  // namespace
}  // namespace nightjar

int main(int count, char** arguments) {
  using namespace nightjar;
  const double seconds = count > 1 ? std::atof(arguments[1]) : 600;
  if (count > 2 || !(seconds >= 10)) {
    fmt::print(stderr, "usage: long_session [SECONDS of the walk, 10 or more]\n");
    return 2;
  }
  const LongWalk walk;
  Session session = walk.MakeSession(seconds);
  PrintMemory("session without a scene");
  const double all_s = Geometry(walk, session) + Context(session);
  fmt::print("geometry and context: {:.1f} times real time\n", seconds / all_s);
  PrintMemory("after the context");
  AskAll(std::move(session));
  PrintMemory("after the questions");
  return 0;
}
