// SPDX-License-Identifier: Apache-2.0
//
// How good the geometry of a session is against the room of the simulated log that it was made of
// (docs/maths/scene.md): made again from the session's depth maps, pictures and poses, and timed.
//
//     scene_accuracy SESSION LOG
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "data/png_image.h"
#include "isp/undistortion.h"
#include "spatial/geometry/scene_builder.h"
#include "spatial/keyframe_packet.h"
#include "tests/data/decoded_jpeg.h"
#include "tests/pipeline/scene_errors.h"

namespace nightjar {
namespace {

namespace fs = std::filesystem;
/// Of this process, s: one thread does the work, whatever else the machine does.
double ProcessorTime() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

std::string ReadText(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

Image<float> Metres(const fs::path& file, const PinholeView& view) {
  Image<float> metres = FilledImage<float>(view.width, view.height, kUnknownDepth);
  const auto read = ReadMonoPng(file);
  if (!read || !std::holds_alternative<Image<uint16_t>>(*read)) return metres;
  const auto& millimetres = std::get<Image<uint16_t>>(*read);
  metres.for_each_element([&](int x, int y) {
    if (millimetres(x, y) > 0) metres(x, y) = 0.001F * millimetres(x, y);
  });
  return metres;
}

Image<uint8_t> Grey(const fs::path& file) {
  const DecodedJpeg jpeg = DecodeJpeg(ReadText(file));
  Image<uint8_t> grey(jpeg.width, jpeg.height);
  grey.for_each_element([&](int x, int y) {
    // Green of colours.
    grey(x, y) = jpeg.pixels[static_cast<size_t>((y * jpeg.width + x) * jpeg.channels +
                                                 (jpeg.channels == 3 ? 1 : 0))];
  });
  return grey;
}

struct Built {
  Scene scene;
  std::vector<Eigen::Vector3d> origins;
  SceneCounts counts;
  double integrate_s = 0, finish_s = 0;
};

Built Build(const fs::path& session, const std::vector<Keyframe>& keyframes, const Rig& rig,
            const PinholeView& view) {
  SceneOptions options;
  SceneBuilder builder(rig, keyframes, options);
  Built built;
  const std::string camera = rig.cameras.front().name;
  for (const Keyframe& keyframe : keyframes) {
    const std::string time = std::to_string(ToNanoseconds(keyframe.state.time));
    const fs::path depth = session / "depth" / camera / (time + ".png");
    if (!fs::exists(depth)) continue;
    const DepthMap map{keyframe.state.time, 0, view, Metres(depth, view),
                       Metres(session / "depth" / camera / (time + "_sigma.png"), view)};
    const fs::path picture = session / "images" / camera / (time + ".jpg");
    const Image<uint8_t> grey = fs::exists(picture) ? Grey(picture) : Image<uint8_t>(1, 1);
    const double begin = ProcessorTime();
    builder.AddPixels(map.time, GradientPixels(grey, options.semidense));
    builder.AddDepth(map);
    built.integrate_s += ProcessorTime() - begin;
  }
  const double begin = ProcessorTime();
  built.scene = builder.Finish();
  built.finish_s = ProcessorTime() - begin;
  built.origins = builder.semidense_origins();
  built.counts = builder.counts();
  return built;
}

void PrintRoom(const Scene& scene, const SceneTruth& truth) {
  if (!scene.room || !scene.aligned) {
    std::printf("no room\n");
    return;
  }
  const Eigen::Vector3d size = scene.room->max_aligned - scene.room->min_aligned;
  // Which of the room's axes is x depends on the quarter turn.
  Eigen::Vector3d expected = truth.RoomSize();
  if (std::abs(size.x() - expected.x()) + std::abs(size.y() - expected.y()) >
      std::abs(size.x() - expected.y()) + std::abs(size.y() - expected.x()))
    std::swap(expected.x(), expected.y());
  std::printf("room");
  for (int axis = 0; axis < 3; ++axis)
    std::printf(" %.3f/%.3f m (%+.2f %%; sigma %.3f %.3f)", size[axis], expected[axis],
                100 * (size[axis] / expected[axis] - 1), scene.room->min_sigma_m[axis],
                scene.room->max_sigma_m[axis]);
  std::printf(", floor %.1f m2, yaw sigma %.3f deg, confidence %.2f\n", scene.room->floor_area_m2,
              scene.aligned->yaw_sigma_rad * 180 / M_PI, scene.aligned->yaw_confidence);
}

void PrintFaces(const std::vector<FaceError>& faces) {
  double seen = 0, found = 0, covered = 0;
  for (const FaceError& face : faces) {
    std::printf(
        "face %d: seen %.1f m2 found %d covered %.0f %% offset %+.1f mm (sigma %.1f) angle "
        "%.2f deg\n",
        face.panel, face.seen_m2, face.found ? 1 : 0,
        100 * face.covered_m2 / std::max(1e-9, face.seen_m2), 1000 * face.offset_m,
        1000 * face.offset_sigma_m, face.angle_deg);
    if (face.panel == 1) continue;  // the ceiling is not asked for
    seen += face.seen_m2;
    found += face.found ? face.seen_m2 : 0;
    covered += face.covered_m2;
  }
  std::printf("floor and walls: found %.1f %%, covered %.1f %% of %.1f m2 seen\n",
              100 * found / seen, 100 * covered / seen, seen);
}

void PrintJudged(const char* what, const std::vector<JudgedError>& errors) {
  const Consistency consistency = Judge(errors);
  std::printf("%s: %zu, median %.1f mm, within 1 sigma %.1f %%, 2 sigma %.1f %%, error / sigma",
              what, errors.size(), 1000 * MedianSize(errors), 100 * ShareWithin(errors, 1),
              100 * ShareWithin(errors, 2));
  for (const double ratio : consistency.ratio) std::printf(" %.2f", ratio);
  std::printf(", beyond 5 sigma %.2f %%\n", 100 * consistency.far);
}

int Run(const fs::path& session, const fs::path& log) {
  const auto truth = SceneTruth::Read(log);
  const auto keyframes = ParseKeyframePackets(ReadText(session / "keyframes.jsonl"), "keyframes");
  if (!truth || !keyframes || keyframes->empty()) {
    std::fprintf(stderr, "%s\n",
                 !truth ? truth.error().Message().c_str() : "no keyframes in the session");
    return 3;
  }
  const Rig& rig = (*truth)->rig();
  const RigCamera& camera = rig.cameras.front();
  const PinholeView view = UndistortedView(*camera.model, camera.width, camera.height);
  const Built built = Build(session, *keyframes, rig, view);
  const Scene& scene = built.scene;
  const double span = ToSeconds(keyframes->back().state.time - keyframes->front().state.time);
  std::printf(
      "%lld maps over %.1f s: %.2f s and %.2f s, %.1f x real time; %lld blocks, %lld "
      "surfels, %zu surfaces\n",
      static_cast<long long>(built.counts.maps), span, built.integrate_s, built.finish_s,
      span / (built.integrate_s + built.finish_s), static_cast<long long>(built.counts.blocks),
      static_cast<long long>(built.counts.surfels), scene.surfaces.size());
  static const char* const kNames[] = {"floor", "ceiling", "wall", "table", "plane"};
  for (const Surface& s : scene.surfaces) {
    if (s.area_m2 < 1) continue;  // sorted by area
    std::printf("  %s %.2f m2 n (%.2f %.2f %.2f) d %.3f +- %.4f, %lld surfels, %zu corners\n",
                kNames[static_cast<int>(s.kind)], s.area_m2, s.normal_world.x(), s.normal_world.y(),
                s.normal_world.z(), s.offset_m, std::sqrt(s.covariance(3, 3)),
                static_cast<long long>(s.points), s.polygon_world.size());
  }
  constexpr double kFarthest = 8;
  PrintFaces(CompareFaces(scene, *keyframes, view, **truth, kFarthest));
  PrintRoom(scene, **truth);
  for (const int coarse : {1, 2}) {
    const auto e = CompareOccupancy(scene, *keyframes, view, **truth, kFarthest, coarse);
    std::printf(
        "occupancy at %.0f cm: IoU %.3f, to a voxel: precision %.3f recall %.3f; wrongly "
        "free %.3f\n",
        100 * scene.occupancy.voxel_m * coarse, e.intersection_over_union, e.precision, e.recall,
        e.wrongly_free);
  }
  const ClearanceError clearance = CompareClearance(scene, *keyframes, **truth);
  PrintJudged("clearance hits", clearance.hits);
  std::printf("open %lld, unknown %lld, of these blocked %lld\n",
              static_cast<long long>(clearance.open), static_cast<long long>(clearance.unknown),
              static_cast<long long>(clearance.blocked));
  PrintJudged("semi-dense within 4 m",
              CompareSemidense(scene, built.origins, *keyframes, **truth, 4));
  return 0;
}

}  // namespace
}  // namespace nightjar

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: scene_accuracy SESSION LOG\n");
    return 2;
  }
  return nightjar::Run(argv[1], argv[2]);
}
