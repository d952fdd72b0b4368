// SPDX-License-Identifier: Apache-2.0
// A wearer walks through a dark room: what frames put together gain over single ones, and whether
// what moves on its own leaves a trail.
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "calibration/noise_at_gain.h"
#include "data/simulator/simulation.h"
#include "isp/linear_frame.h"
#include "isp/raw_front.h"
#include "isp/rotation_field.h"
#include "isp/spatial_denoiser.h"
#include "isp/video_denoiser.h"

namespace nightjar {
namespace {

constexpr int kFrames = 9;  // the last has eight before it
constexpr int kFirst = 12;  // of the walk's
constexpr int kBorder = 8;  // px

SimulationOptions Walk(double lux, uint64_t seed, int moving) {
  SimulationOptions options;
  options.seconds = 1.2;
  options.motion = HeadMotion::kWalk;
  options.lux = lux;
  options.seed = seed;
  options.moving_objects = moving;
  return options;
}

std::vector<FrameTask> TasksOf(const Simulation& simulation) {
  std::vector<FrameTask> tasks;
  for (const FrameTask& task : simulation.frames())
    if (task.camera == 0 && task.number >= kFirst && task.number < kFirst + kFrames)
      tasks.push_back(task);
  return tasks;
}

RawSamples SamplesOf(const Simulation& simulation, const FrameTask& task) {
  const CameraSensor& sensor = simulation.rig().cameras[0].sensor;
  RawSamples samples;
  samples.black.fill(sensor.black_level);
  samples.white = *sensor.white_level;
  samples.noise.fill(NoiseAtGain(sensor, task.setting.gain)->channels[0]);
  return samples;
}

/// x without noise: as many electrons as the light makes, each of which is noise.scale.
Image<float> TruthOf(const Simulation& simulation, const FrameTask& task) {
  Image<float> truth = simulation.Light(task);
  const double per_electron_per_s =
      SamplesOf(simulation, task).noise[0].scale * task.span.exposure_s;
  truth.for_each_value([&](float& x) { x *= static_cast<float>(per_electron_per_s); });
  return truth;
}

/// A walk's last frame: as it was taken, put together with those before, and both denoised.
struct Walked {
  Image<float> truth;
  Image<uint16_t> taken, fused;
  DenoisedFrame single, video;
};

Walked Denoised(const Simulation& simulation) {
  const RigCamera& camera = simulation.rig().cameras[0];
  const Eigen::Quaterniond R_body_camera(camera.T_body_camera.rotation);
  VideoDenoiser denoiser({{{0.3, 3}}, 0});  // as process has it
  Walked walked;
  Eigen::Quaterniond before = Eigen::Quaterniond::Identity();
  for (const FrameTask& task : TasksOf(simulation)) {
    const RawSamples samples = SamplesOf(simulation, task);
    RawFrontFrame front;
    EXPECT_TRUE(LineariseRaw(simulation.TakeFrame(task), samples, {}, front));
    const Eigen::Quaterniond now =
        Eigen::Quaterniond(simulation.T_world_body().Pose(task.span.mid_s).rotation) *
        R_body_camera;
    const MotionField turned =
        RotationField(*camera.model, camera.width, camera.height, before.conjugate() * now);
    before = now;
    const double exposure = task.span.exposure_s * task.setting.gain;
    EXPECT_TRUE(denoiser.Add({front.linear, front.noise[0], exposure}, &turned));
    if (task.number != kFirst + kFrames - 1) continue;
    walked.truth = TruthOf(simulation, task);
    walked.taken = front.linear;
    walked.fused = denoiser.fused().linear;
    EXPECT_TRUE(DenoiseSpatially(front.linear, {}, front.noise[0], {}, walked.single));
    EXPECT_TRUE(DenoiseSpatially(denoiser.fused(), front.noise[0], {}, walked.video));
  }
  return walked;
}

/// Mean squared error of x where `counts`, of pixels that are not saturated.
template <typename Counts>
double MeanSquare(const Image<uint16_t>& linear, const Image<float>& truth, Counts counts) {
  double sum = 0, count = 0;
  for (int y = kBorder; y < truth.height() - kBorder; ++y) {
    for (int x = kBorder; x < truth.width() - kBorder; ++x) {
      if (truth(x, y) > 0.95F || !counts(x, y)) continue;
      const double error = FromLinear(linear(x, y)) - static_cast<double>(truth(x, y));
      sum += error * error;
      ++count;
    }
  }
  EXPECT_GT(count, 200);
  return sum / count;
}

double Decibel(double ratio) { return 10 * std::log10(ratio); }

// What moves in the image by its own blur's length from frame to frame agrees only as far as the
// blur does; and a single denoised frame of a room is good where it is flat. So less is left to
// gain after denoising than of the noise itself.
TEST(VideoWalk, EightFramesBeforeTakeNoiseAway) {
  struct Case {
    double lux, least_before_db, least_after_db;
  };
  for (const Case& c : {Case{3, 2.5, 1}, {0.5, 4.5, 1.8}}) {
    double before = 0, after = 0;
    constexpr int kSeeds = 2;
    for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
      const auto simulation = Simulation::Create(Walk(c.lux, seed, 0));
      ASSERT_TRUE(simulation) << simulation.error().Message();
      const Walked walked = Denoised(**simulation);
      const auto all = [](int, int) { return true; };
      const auto gain = [&](const Image<uint16_t>& from, const Image<uint16_t>& to) {
        return Decibel(MeanSquare(from, walked.truth, all) / MeanSquare(to, walked.truth, all));
      };
      before += gain(walked.taken, walked.fused) / kSeeds;
      after += gain(walked.single.linear, walked.video.linear) / kSeeds;
    }
    std::printf("%g lux: %+.2f dB, after denoising %+.2f dB\n", c.lux, before, after);
    EXPECT_GT(before, c.least_before_db) << c.lux << " lux";
    EXPECT_LT(before, 9.5) << c.lux << " lux";  // what nine frames have less than one
    EXPECT_GT(after, c.least_after_db) << c.lux << " lux";
    EXPECT_LT(after, 9.5) << c.lux << " lux";
  }
}

/// Where a walk sees one of its moving objects, and `wider` px around.
Image<uint8_t> ObjectsOf(const Simulation& with, const Simulation& without, size_t frame,
                         int wider) {
  const Image<uint16_t> near = with.TrueDepth(TasksOf(with)[frame]);
  const Image<uint16_t> far = without.TrueDepth(TasksOf(without)[frame]);
  Image<uint8_t> mask = FilledImage<uint8_t>(near.width(), near.height(), 0);
  for (int y = 0; y < near.height(); ++y) {
    for (int x = 0; x < near.width(); ++x) {
      if (near(x, y) == far(x, y)) continue;
      for (int v = std::max(0, y - wider); v <= std::min(near.height() - 1, y + wider); ++v)
        for (int u = std::max(0, x - wider); u <= std::min(near.width() - 1, x + wider); ++u)
          mask(u, v) = 1;
    }
  }
  return mask;
}

TEST(VideoWalk, WhatMovesLeavesNoTrail) {
  for (const auto& [lux, seed] : {std::pair(3.0, uint64_t{1}), {3.0, 2}, {0.5, 1}, {0.5, 2}}) {
    const auto with = Simulation::Create(Walk(lux, seed, 12));
    const auto without = Simulation::Create(Walk(lux, seed, 0));
    ASSERT_TRUE(with && without);
    const Walked walked = Denoised(**with);
    const Image<uint8_t> here = ObjectsOf(**with, **without, kFrames - 1, 2);
    Image<uint8_t> trail = FilledImage<uint8_t>(here.width(), here.height(), 0);
    for (size_t frame = 0; frame + 1 < kFrames; ++frame) {
      const Image<uint8_t> then = ObjectsOf(**with, **without, frame, 0);
      trail.for_each_element([&](int x, int y) {
        trail(x, y) = static_cast<uint8_t>(trail(x, y) | (then(x, y) & ~here(x, y) & 1));
      });
    }
    const auto change = [&](const Image<uint8_t>& mask) {
      const auto in_mask = [&](int x, int y) { return mask(x, y) != 0; };
      return Decibel(MeanSquare(walked.single.linear, walked.truth, in_mask) /
                     MeanSquare(walked.video.linear, walked.truth, in_mask));
    };
    std::printf("%g lux: %+.2f dB where things move, %+.2f dB behind them\n", lux, change(here),
                change(trail));
    EXPECT_GT(change(here), -0.2) << lux << " lux, seed " << seed;
    EXPECT_GT(change(trail), -0.1) << lux << " lux, seed " << seed;
  }
}

}  // namespace
}  // namespace nightjar
