// SPDX-License-Identifier: Apache-2.0
#include "data/simulator/landmark_tracks.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <tuple>

#include "core/check.h"
#include "core/random.h"
#include "data/simulator/random_use.h"
#include "data/simulator/simulate_ranges.h"

namespace nightjar {
namespace {

using Eigen::Vector2d;
using Eigen::Vector3d;

constexpr int kMostIterations = 30;      // for the row
constexpr double kRowTolerance = 1e-10;  // px
// Of the image's size. A landmark that is this far beyond the image at the first, the middle and
// the last row's instant is not in it in between: it would have to move by an eighth of the image
// within half of the readout, there and back.
constexpr double kRollingMargin = 0.0625;

uint64_t PlaceAndTime(int landmark, int64_t number) {
  return static_cast<uint64_t>(landmark) << 32 | static_cast<uint64_t>(number);
}

bool IsInside(const Vector2d& pixel, const RigCamera& camera, double border_px) {
  return pixel.x() >= border_px && pixel.x() <= camera.width - 1 - border_px &&
         pixel.y() >= border_px && pixel.y() <= camera.height - 1 - border_px;
}

}  // namespace

// What a camera is relative to, at one instant.
struct LandmarkTracks::Instant {
  Se3 T_camera_world;
  Vector3d camera_world;
  std::vector<Se3> T_world_objects;

  Vector3d World(const SceneLandmark& landmark) const {
    return landmark.object < 0
               ? landmark.position
               : T_world_objects[static_cast<size_t>(landmark.object)] * landmark.position;
  }
  Vector3d NormalWorld(const SceneLandmark& landmark) const {
    return landmark.object < 0
               ? landmark.normal
               : T_world_objects[static_cast<size_t>(landmark.object)].rotation * landmark.normal;
  }
};

Status LandmarkTracksOptions::Validate() const {
  const auto check = [](double value, double low, double high, const char* name) -> Status {
    if (value >= low && value <= high) return {};
    return Fail(ErrorKind::kUsage, std::string(name));
  };
  for (const Status& status :
       {simulate_range::kPixelNoise.Check(pixel_noise_px, " px"),
        simulate_range::kOutliers.Check(outlier_share),
        check(landmarks_per_m2, 0.1, 1000, "landmarks_per_m2 must be 0.1 to 1000"),
        check(farthest_m, 0.01, 1000, "farthest_m must be 0.01 to 1000"),
        check(nearest_m, 0.01, farthest_m, "nearest_m must be 0.01 to farthest_m"),
        check(smallest_cosine, 0, 0.9, "smallest_cosine must be 0 to 0.9"),
        check(border_px, 0, 100, "border_px must be 0 to 100"),
        check(loss_per_frame, 0, 0.9, "loss_per_frame must be 0 to 0.9")}) {
    if (!status) return status;
  }
  return {};
}

LandmarkTracks::LandmarkTracks(const SimulatedScene& scene, const MotionSpline& T_world_body,
                               const Rig& rig, const LandmarkTracksOptions& options, uint64_t seed)
    : scene_(scene),
      T_world_body_(T_world_body),
      rig_(rig),
      options_(options),
      seed_(seed),
      surfaces_(scene),
      landmarks_(PlaceLandmarks(scene, options.landmarks_per_m2, seed)) {
  NIGHTJAR_CHECK(options.Validate().has_value(), "options are validated where they are read");
}

LandmarkTracks::Instant LandmarkTracks::At(const RigCamera& camera, double t_s) const {
  const Se3 T_world_camera = T_world_body_.Pose(t_s) * camera.T_body_camera;
  return {T_world_camera.Inverse(), T_world_camera.translation, ObjectPoses(scene_, t_s)};
}

Vector3d LandmarkTracks::PositionWorld(int landmark, double t_s) const {
  const SceneLandmark& seen = landmarks_[static_cast<size_t>(landmark)];
  if (seen.object < 0) return seen.position;
  return scene_.objects[static_cast<size_t>(seen.object)].Pose(t_s) * seen.position;
}

double LandmarkTracks::RowTime(const RigCamera& camera, double mid_s, double y) const {
  return mid_s + (y / (camera.height - 1) - 0.5) * camera.readout_s;
}

bool LandmarkTracks::IsInReach(const Instant& instant, const SceneLandmark& landmark) const {
  const Vector3d way = instant.camera_world - instant.World(landmark);
  const double distance2 = way.squaredNorm();
  if (distance2 < options_.nearest_m * options_.nearest_m ||
      distance2 > options_.farthest_m * options_.farthest_m) {
    return false;
  }
  double along_normal = instant.NormalWorld(landmark).dot(way);
  if (scene_.panels[static_cast<size_t>(landmark.panel)].two_sided)
    along_normal = std::abs(along_normal);
  return along_normal > 0 && along_normal * along_normal >=
                                 options_.smallest_cosine * options_.smallest_cosine * distance2;
}

std::optional<Vector2d> LandmarkTracks::ProjectAt(const Instant& instant, const RigCamera& camera,
                                                  const SceneLandmark& landmark) const {
  return camera.model->Project(instant.T_camera_world * instant.World(landmark));
}

// By the secant method: each step as good as two of plain iteration, of which there would be a
// dozen where the image moves fast.
std::optional<Vector2d> LandmarkTracks::ProjectInRow(const Instant& middle, const RigCamera& camera,
                                                     const SceneLandmark& landmark, double mid_s,
                                                     Instant& row) const {
  row = middle;
  const auto at_middle = ProjectAt(middle, camera, landmark);
  if (!at_middle || camera.readout_s == 0) return at_middle;
  double y_before = 0.5 * (camera.height - 1);  // the row of the middle
  double ahead_before = at_middle->y() - y_before;
  double y = at_middle->y();
  for (int i = 0; i < kMostIterations; ++i) {
    // Beyond the image by its own height it will not come back.
    if (!(std::abs(y) <= 2.0 * camera.height)) return std::nullopt;
    row = At(camera, RowTime(camera, mid_s, y));
    const auto pixel = ProjectAt(row, camera, landmark);
    if (!pixel) return std::nullopt;
    const double ahead = pixel->y() - y;
    if (std::abs(ahead) <= kRowTolerance) return pixel;
    const double slope = (ahead - ahead_before) / (y - y_before);  // about -1
    if (!(slope < -0.1)) return std::nullopt;                      // the image outruns the readout
    y_before = y;
    ahead_before = ahead;
    y -= ahead / slope;
  }
  return std::nullopt;
}

std::optional<Vector2d> LandmarkTracks::Project(int camera, int landmark, double mid_s) const {
  const RigCamera& seen_by = rig_.cameras[static_cast<size_t>(camera)];
  Instant row;
  const auto pixel = ProjectInRow(At(seen_by, mid_s), seen_by,
                                  landmarks_[static_cast<size_t>(landmark)], mid_s, row);
  if (!pixel || !IsInside(*pixel, seen_by, options_.border_px)) return std::nullopt;
  return pixel;
}

std::optional<LandmarkSighting> LandmarkTracks::SeeAtOnce(const Instant& instant, int camera_index,
                                                          int index) const {
  const RigCamera& camera = rig_.cameras[static_cast<size_t>(camera_index)];
  const SceneLandmark& landmark = landmarks_[static_cast<size_t>(index)];
  if (!IsInReach(instant, landmark)) return std::nullopt;
  const auto pixel = ProjectAt(instant, camera, landmark);
  if (!pixel || !IsInside(*pixel, camera, options_.border_px)) return std::nullopt;
  if (!surfaces_.IsClear(instant.camera_world, instant.World(landmark), landmark.panel,
                         instant.T_world_objects)) {
    return std::nullopt;
  }
  LandmarkSighting sighting;
  sighting.landmark = index;
  sighting.camera = camera_index;
  sighting.true_pixel = *pixel;
  return sighting;
}

// `rows`: the instants of the first, the middle and the last one.
std::optional<LandmarkSighting> LandmarkTracks::SeeRolling(std::span<const Instant> rows,
                                                           int camera_index, int index,
                                                           double mid_s) const {
  const RigCamera& camera = rig_.cameras[static_cast<size_t>(camera_index)];
  const SceneLandmark& landmark = landmarks_[static_cast<size_t>(index)];
  const double margin = kRollingMargin * std::max(camera.width, camera.height);
  const bool may_be_seen = std::any_of(rows.begin(), rows.end(), [&](const Instant& row) {
    if (!IsInReach(row, landmark)) return false;
    const auto pixel = ProjectAt(row, camera, landmark);
    return pixel && IsInside(*pixel, camera, -margin);
  });
  if (!may_be_seen) return std::nullopt;
  Instant own_row;
  const auto pixel = ProjectInRow(rows[1], camera, landmark, mid_s, own_row);
  if (!pixel || !IsInside(*pixel, camera, options_.border_px)) return std::nullopt;
  return SeeAtOnce(own_row, camera_index, index);
}

std::vector<LandmarkSighting> LandmarkTracks::See(int camera_index, int64_t number,
                                                  double mid_s) const {
  const RigCamera& camera = rig_.cameras[static_cast<size_t>(camera_index)];
  std::vector<Instant> rows = {At(camera, mid_s)};
  if (camera.readout_s > 0) {
    rows.insert(rows.begin(), At(camera, mid_s - 0.5 * camera.readout_s));
    rows.push_back(At(camera, mid_s + 0.5 * camera.readout_s));
  }
  std::vector<LandmarkSighting> sightings;
  for (size_t l = 0; l < landmarks_.size(); ++l) {
    const int index = static_cast<int>(l);
    auto sighting = rows.size() == 1 ? SeeAtOnce(rows.front(), camera_index, index)
                                     : SeeRolling(rows, camera_index, index, mid_s);
    if (!sighting) continue;
    AddNoise(number, *sighting);
    // What noise carries out of the image no tracker reports.
    if (IsInside(sighting->pixel, camera, 0)) sightings.push_back(*sighting);
  }
  return sightings;
}

void LandmarkTracks::AddNoise(int64_t number, LandmarkSighting& sighting) const {
  const RigCamera& camera = rig_.cameras[static_cast<size_t>(sighting.camera)];
  RandomStream random(seed_, StreamOf(RandomUse::kTrackNoise, sighting.camera),
                      PlaceAndTime(sighting.landmark, number));
  const double x = random.Normal();
  const double y = random.Normal();
  sighting.outlier = random.Uniform() < options_.outlier_share;
  if (!sighting.outlier) {
    sighting.pixel = sighting.true_pixel + options_.pixel_noise_px * Vector2d(x, y);
    return;
  }
  const double u = random.Uniform() * (camera.width - 1);
  const double v = random.Uniform() * (camera.height - 1);
  sighting.pixel = {u, v};
}

bool LandmarkTracks::IsLost(int landmark, int64_t number) const {
  RandomStream random(seed_, StreamOf(RandomUse::kTrackLoss), PlaceAndTime(landmark, number));
  return random.Uniform() < options_.loss_per_frame;
}

void TrackNumbers::Number(int64_t number, std::span<LandmarkSighting> sightings) {
  lives_.resize(tracks_.landmarks().size());
  // By landmark, so that the numbers do not depend on how many cameras see it.
  std::vector<LandmarkSighting*> ordered;
  for (LandmarkSighting& sighting : sightings) ordered.push_back(&sighting);
  std::stable_sort(ordered.begin(), ordered.end(),
                   [](const auto* a, const auto* b) { return a->landmark < b->landmark; });
  for (LandmarkSighting* sighting : ordered) {
    Life& life = lives_[static_cast<size_t>(sighting->landmark)];
    if (life.last_number != number) {  // otherwise another camera has it already
      const bool goes_on = life.track != 0 && life.last_number == number - 1 &&
                           !tracks_.IsLost(sighting->landmark, number);
      if (!goes_on) life.track = next_++;
      life.last_number = number;
    }
    sighting->track = life.track;
  }
}

FrameObservations ObservationsOf(SensorTime time, std::span<const LandmarkSighting> sightings,
                                 double pixel_noise_px) {
  FrameObservations frame;
  frame.time = time;
  for (const LandmarkSighting& sighting : sightings) {
    frame.features.push_back({sighting.track, sighting.camera, sighting.pixel,
                              pixel_noise_px * pixel_noise_px * Eigen::Matrix2d::Identity()});
  }
  std::sort(frame.features.begin(), frame.features.end(), [](const auto& a, const auto& b) {
    return std::tie(a.track, a.camera) < std::tie(b.track, b.camera);
  });
  return frame;
}

}  // namespace nightjar
