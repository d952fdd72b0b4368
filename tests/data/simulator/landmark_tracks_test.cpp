// SPDX-License-Identifier: Apache-2.0
#include "data/simulator/landmark_tracks.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "calibration/make_camera_model.h"
#include "data/simulator/furnished_room.h"
#include "data/simulator/head_motion.h"
#include "data/simulator/renderer.h"
#include "data/simulator/simulated_rig.h"

namespace nightjar {
namespace {

using Eigen::Vector2d;
using Eigen::Vector3d;

constexpr double kEnd_s = 4;

// A room around a quick motion, with three things that move.
struct World {
  explicit World(HeadMotion kind = HeadMotion::kLook)
      : motion(MakeHeadMotion(kind, -1, kEnd_s + 1, 3)) {
    RoomOptions room;
    room.path.clear();
    room.begin_s = -1;
    room.end_s = kEnd_s + 1;
    for (double t = room.begin_s; t <= room.end_s; t += RoomOptions::kPathInterval_s)
      room.path.push_back(motion.Pose(t).translation);
    room.moving_objects = 3;
    room.painted = false;
    scene = FurnishedRoom(room);
  }
  MotionSpline motion;
  SimulatedScene scene;
};

Rig StereoRig(double readout_s) {
  Rig rig = SimulatedRig("stereo-mono").value();
  for (RigCamera& camera : rig.cameras) camera.readout_s = readout_s;
  return rig;
}

// One camera of each model, all looking forward.
Rig RigOfEveryModel(double readout_s) {
  const std::tuple<const char*, std::vector<double>, std::vector<double>> models[] = {
      {"none", {400, 410, 319, 241}, {}},
      {"radial-tangential", {458, 457, 330, 238}, {-0.28, 0.07, 2e-4, 2e-5}},
      {"radial-tangential", {458, 457, 330, 238}, {-0.37, 0.19, 1e-3, -7e-4, -0.03}},
      {"rational", {310, 312, 322, 238}, {0.9, 0.12, -6e-4, 4e-4, 3e-3, 1.25, 0.3, 0.02}},
      {"equidistant", {240, 241, 320, 240}, {-0.02, 0.004, -0.001, 1e-4}},
      {"double-sphere", {301, 300, 318, 242}, {0.2, 0.35}},
      {"FisheyeRadTanThinPrism",
       {240, 240, 320.5, 239.25},
       {-0.025, 0.1, -0.07, 0.0115, 0.0016, -4e-4, 0.0019, -0.0017, -0.003, -3e-4, 0.0026, 2e-4}}};
  Rig rig;
  for (const auto& [name, intrinsics, distortion] : models) {
    RigCamera camera = StereoRig(readout_s).cameras.front();
    camera.width = 640;
    camera.height = 480;
    camera.model = MakeCameraModel(name, intrinsics, distortion).value();
    rig.cameras.push_back(camera);
  }
  return rig;
}

LandmarkTracksOptions Noiseless() {
  LandmarkTracksOptions options;
  options.pixel_noise_px = 0;
  return options;
}

// From truth alone and by another way: the ray of the pixel, cast from where the camera was when
// the pixel's row was read, goes through the landmark where that was then.
TEST(LandmarkTracks, WithoutNoisePixelsAreProjectionsOfTruthForEveryModelAndRow) {
  const World world;
  for (const double readout_s : {0.0, 0.03}) {
    const Rig rig = RigOfEveryModel(readout_s);
    const LandmarkTracks tracks(world.scene, world.motion, rig, Noiseless(), 1);
    double largest_shift_px = 0;
    int moving = 0;
    for (size_t c = 0; c < rig.cameras.size(); ++c) {
      const RigCamera& camera = rig.cameras[c];
      int seen = 0;
      for (const double mid_s : {0.4, 1.3, 2.9}) {
        const Se3 T_middle = world.motion.Pose(mid_s) * camera.T_body_camera;
        for (const LandmarkSighting& sighting : tracks.See(static_cast<int>(c), 0, mid_s)) {
          EXPECT_EQ(sighting.pixel, sighting.true_pixel);
          const double share = sighting.pixel.y() / (camera.height - 1);
          const double t = mid_s - 0.5 * readout_s + share * readout_s;
          const Se3 T_world_camera = world.motion.Pose(t) * camera.T_body_camera;
          const Vector3d place = tracks.PositionWorld(sighting.landmark, t);
          const Vector3d point = T_world_camera.Inverse() * place;
          const auto projected = camera.model->Project(point);
          ASSERT_TRUE(projected);
          EXPECT_LT((*projected - sighting.pixel).norm(), 1e-9) << camera.model->Name();
          const auto ray = camera.model->Unproject(sighting.pixel);
          ASSERT_TRUE(ray);
          EXPECT_LT(ray->cross(point.normalized()).norm(), 1e-10) << camera.model->Name();
          const auto at_middle = camera.model->Project(T_middle.Inverse() * place);
          if (at_middle)
            largest_shift_px = std::max(largest_shift_px, (*at_middle - sighting.pixel).norm());
          ++seen;
          moving += tracks.landmarks()[static_cast<size_t>(sighting.landmark)].object >= 0;
        }
      }
      EXPECT_GT(seen, 150) << camera.model->Name();
    }
    EXPECT_GT(moving, 5);
    // The test would not see a row that is taken for another one if the image stood still.
    if (readout_s > 0) {
      EXPECT_GT(largest_shift_px, 5);
    } else {
      EXPECT_LT(largest_shift_px, 1e-9);
    }
  }
}

// How a panel's plane lies to what the renderer shows around a pixel.
enum class Around { kItself, kHidden, kMixed };

Around Compare(const Image<float>& depth, const CameraModel& model, const Eigen::Vector2d& pixel,
               const Vector3d& point_camera, const Vector3d& normal_camera) {
  int itself = 0, hidden = 0;
  for (const int j : {-1, 0, 1}) {
    for (const int i : {-1, 0, 1}) {
      const int x = static_cast<int>(std::lround(pixel.x())) + i;
      const int y = static_cast<int>(std::lround(pixel.y())) + j;
      const Vector3d ray = *model.Unproject(Vector2d(x, y));
      const double z = normal_camera.dot(point_camera) / normal_camera.dot(ray) * ray.z();
      const double difference = static_cast<double>(depth(x, y)) - z;
      itself += std::abs(difference) < 1e-4 * z;
      hidden += difference < -1e-3 * z;
    }
  }
  return itself == 9 ? Around::kItself : hidden == 9 ? Around::kHidden : Around::kMixed;
}

// Against the renderer, which casts its rays in another way: where all pixels around show the
// landmark's own plane it is seen, where all show something before it it is not. The rest, at
// edges, is left out.
TEST(LandmarkTracks, WhatIsHiddenIsWhatTheRendererShowsSomethingElseBefore) {
  const World world(HeadMotion::kWalk);
  SimulatedScene scene = world.scene;  // the renderer wants textures; for depth any will do
  scene.textures.assign(10, Texture(2, {0.5F, 0.5F, 0.5F, 0.5F}));
  const Rig rig = StereoRig(0);
  LandmarkTracksOptions options = Noiseless();
  options.landmarks_per_m2 = 60;
  const LandmarkTracks tracks(scene, world.motion, rig, options, 1);
  const RigCamera& camera = rig.cameras[0];
  const Renderer renderer(scene, *camera.model, camera.width, camera.height);
  int visible = 0, hidden = 0, wrong = 0;
  for (const double mid_s : {0.0, 1.0, 2.0, 3.0}) {
    const Image<float> depth = renderer.Depth(world.motion, camera.T_body_camera, {mid_s, 0, 0});
    const Se3 T_camera_world = (world.motion.Pose(mid_s) * camera.T_body_camera).Inverse();
    std::set<int> seen;
    for (const LandmarkSighting& sighting : tracks.See(0, 0, mid_s)) seen.insert(sighting.landmark);
    for (int l = 0; l < static_cast<int>(tracks.landmarks().size()); ++l) {
      const SceneLandmark& landmark = tracks.landmarks()[static_cast<size_t>(l)];
      const auto pixel = tracks.Project(0, l, mid_s);
      if (!pixel || landmark.object >= 0) continue;
      const Vector3d point = T_camera_world * landmark.position;
      const Vector3d normal = T_camera_world.rotation * landmark.normal;
      const double cosine = -normal.dot(point.normalized());
      if (cosine < options.smallest_cosine) {
        EXPECT_EQ(seen.count(l), 0U);
        continue;
      }
      switch (Compare(depth, *camera.model, *pixel, point, normal)) {
        case Around::kItself:
          ++visible;
          wrong += seen.count(l) == 0;
          break;
        case Around::kHidden:
          ++hidden;
          wrong += seen.count(l) > 0;
          break;
        case Around::kMixed: break;
      }
    }
  }
  std::printf("%d visible, %d hidden, %d wrong\n", visible, hidden, wrong);
  EXPECT_GT(visible, 2000);
  EXPECT_GT(hidden, 500);
  EXPECT_LE(wrong, 3) << "a string of 8 mm may pass between the pixels' centres";
}

TEST(LandmarkTracks, NoiseAndOutliersAreAsAskedFor) {
  const World world;
  const Rig rig = StereoRig(0);
  LandmarkTracksOptions options;
  options.pixel_noise_px = 0.7;
  options.outlier_share = 0.1;
  const LandmarkTracks tracks(world.scene, world.motion, rig, options, 1);
  double sum = 0, squares = 0, beyond_2 = 0, cross = 0;
  int good = 0, outliers = 0;
  double outlier_x = 0, outlier_y = 0, outlier_x2 = 0;
  for (int number = 0; number < 80; ++number) {
    for (const int camera : {0, 1}) {
      for (const LandmarkSighting& sighting : tracks.See(camera, number, 0.05 * number)) {
        const Vector2d error = (sighting.pixel - sighting.true_pixel) / options.pixel_noise_px;
        if (sighting.outlier) {
          ++outliers;
          outlier_x += sighting.pixel.x() / 751;
          outlier_y += sighting.pixel.y() / 479;
          outlier_x2 += std::pow(sighting.pixel.x() / 751, 2);
          continue;
        }
        ++good;
        for (const double e : {error.x(), error.y()}) {
          sum += e;
          squares += e * e;
          beyond_2 += std::abs(e) > 2;
        }
        cross += error.x() * error.y();
      }
    }
  }
  const double n = 2.0 * good;
  ASSERT_GT(n, 20000);
  EXPECT_NEAR(sum / n, 0, 4 / std::sqrt(n));
  EXPECT_NEAR(squares / n, 1, 4 * std::sqrt(2 / n));
  EXPECT_NEAR(beyond_2 / n, 0.0455, 4 * std::sqrt(0.0455 / n));
  EXPECT_NEAR(cross / good, 0, 4 / std::sqrt(good));
  const double total = good + outliers;
  EXPECT_NEAR(outliers / total, 0.1, 4 * std::sqrt(0.09 / total));
  const double of_share = 4 * std::sqrt(1 / 12.0 / outliers);
  EXPECT_NEAR(outlier_x / outliers, 0.5, of_share);
  EXPECT_NEAR(outlier_y / outliers, 0.5, of_share);
  EXPECT_NEAR(outlier_x2 / outliers, 1 / 3.0, of_share);
}

TEST(LandmarkTracks, AFrameDoesNotDependOnTheOthers) {
  const World world;
  const Rig rig = StereoRig(0.02);
  LandmarkTracksOptions options;
  options.outlier_share = 0.2;
  const LandmarkTracks once(world.scene, world.motion, rig, options, 7);
  const LandmarkTracks again(world.scene, world.motion, rig, options, 7);
  (void)again.See(1, 3, 0.2);
  const auto first = once.See(0, 5, 1.1);
  const auto second = again.See(0, 5, 1.1);
  ASSERT_EQ(first.size(), second.size());
  for (size_t i = 0; i < first.size(); ++i) {
    EXPECT_EQ(first[i].landmark, second[i].landmark);
    EXPECT_EQ(first[i].pixel, second[i].pixel);
  }
  const LandmarkTracks other(world.scene, world.motion, rig, options, 8);
  const auto third = other.See(0, 5, 1.1);
  EXPECT_FALSE(third.size() == first.size() && third.front().pixel == first.front().pixel);
}

// A few hundred in each camera, of one density everywhere.
TEST(LandmarkTracks, LandmarksAreOnTheFrontsOfPanels) {
  const World world;
  const auto landmarks = PlaceLandmarks(world.scene, 30, 1);
  double area = 0, offset = 0;
  for (const Panel& panel : world.scene.panels) area += panel.width * panel.height;
  for (const SceneLandmark& landmark : landmarks) {
    const Panel& panel = world.scene.panels[static_cast<size_t>(landmark.panel)];
    const Vector3d place = landmark.position - panel.corner;
    EXPECT_NEAR(place.dot(panel.Normal()), 0, 1e-12);
    const double u = place.dot(panel.u_axis) / panel.width;
    EXPECT_GE(u, 0);
    EXPECT_LE(u, 1);
    offset += u - 0.5;
  }
  const auto count = static_cast<double>(landmarks.size());
  EXPECT_NEAR(count, 30 * area, 4 * std::sqrt(static_cast<double>(world.scene.panels.size())));
  EXPECT_NEAR(offset / count, 0, 4 * std::sqrt(1 / 12.0 / count));
}

TEST(LandmarkTracks, TracksLiveAsATrackersDo) {
  const World world;
  const Rig rig = StereoRig(0);
  LandmarkTracksOptions options;
  options.loss_per_frame = 0.05;
  const LandmarkTracks tracks(world.scene, world.motion, rig, options, 1);
  TrackNumbers numbers(tracks);
  struct Life {
    int landmark = 0;
    int64_t last = 0;
  };
  std::map<uint64_t, Life> lives;
  std::map<int, std::pair<uint64_t, int64_t>> of_landmark;  // newest track, when
  int goes_on = 0, lost = 0, back = 0;
  for (int64_t number = 0; number < 80; ++number) {
    std::vector<LandmarkSighting> sightings =
        tracks.See(0, number, 0.05 * static_cast<double>(number));
    const auto second = tracks.See(1, number, 0.05 * static_cast<double>(number));
    sightings.insert(sightings.end(), second.begin(), second.end());
    numbers.Number(number, sightings);
    std::map<int, uint64_t> now;
    for (const LandmarkSighting& sighting : sightings) {
      ASSERT_GT(sighting.track, 0U);
      const auto [known, is_new] = now.emplace(sighting.landmark, sighting.track);
      EXPECT_EQ(known->second, sighting.track) << "both cameras follow one track";
    }
    for (const auto& [landmark, track] : now) {
      const auto life = lives.find(track);
      if (life != lives.end()) {
        EXPECT_EQ(life->second.landmark, landmark);
        EXPECT_EQ(life->second.last, number - 1) << "a track has no gap";
      }
      lives[track] = {landmark, number};
      const auto before = of_landmark.find(landmark);
      if (before != of_landmark.end()) {
        const bool is_same = before->second.first == track;
        goes_on += is_same;
        if (before->second.second == number - 1) {
          lost += !is_same;
        } else {
          EXPECT_FALSE(is_same);
          ++back;
        }
      }
      of_landmark[landmark] = {track, number};
    }
  }
  const double offered = goes_on + lost;
  EXPECT_NEAR(lost / offered, 0.05, 4 * std::sqrt(0.05 / offered));
  EXPECT_GT(back, 50);
}

TEST(LandmarkTracks, WrongOptionsAreNamed) {
  const std::pair<const char*, void (*)(LandmarkTracksOptions&)> cases[] = {
      {"--pixel-noise", [](LandmarkTracksOptions& o) { o.pixel_noise_px = -0.1; }},
      {"--pixel-noise", [](LandmarkTracksOptions& o) { o.pixel_noise_px = std::nan(""); }},
      {"--outliers", [](LandmarkTracksOptions& o) { o.outlier_share = 0.91; }},
      {"landmarks_per_m2", [](LandmarkTracksOptions& o) { o.landmarks_per_m2 = 0; }},
      {"nearest_m", [](LandmarkTracksOptions& o) { o.nearest_m = 40; }},
      {"loss_per_frame", [](LandmarkTracksOptions& o) { o.loss_per_frame = 1; }}};
  for (const auto& [name, spoil] : cases) {
    LandmarkTracksOptions options;
    EXPECT_TRUE(options.Validate());
    spoil(options);
    const Status status = options.Validate();
    ASSERT_FALSE(status) << name;
    EXPECT_EQ(status.error().what.rfind(name, 0), 0U) << status.error().what;
  }
}

}  // namespace
}  // namespace nightjar
