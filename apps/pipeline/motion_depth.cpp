// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/motion_depth.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "apps/pipeline/keyframe_motion.h"
#include "isp/undistortion.h"

namespace nightjar {
namespace {

constexpr int kReference = 0;
constexpr size_t kReach = 4;    // keyframes before and behind that are looked at
constexpr size_t kOfASide = 2;  // of them that are used
// m: what a keyframe has to be away; where it would be best, 16 px at 3 m and 230 px of focal
// length; and where what is near looks too different.
constexpr double kLeast_m = 0.03, kBest_m = 0.2, kMost_m = 0.8;
constexpr double kLeastCosine = 0.8;  // between the optical axes: more of a turn shares no view
constexpr double kFloorShare = 0.01;  // of the mean brightness: contrast that is no texture
constexpr double kLeastFloor = 64;    // a quarter of a grey level of 8 bits

PinholeView HalfOf(const PinholeView& view) {
  return {view.width / 2, view.height / 2, view.focal / 2, (view.cx - 0.5) / 2,
          (view.cy - 0.5) / 2};
}

Image<uint16_t> HalvedPicture(const Image<uint16_t>& picture) {
  Image<uint16_t> half(picture.width() / 2, picture.height() / 2);
  half.for_each_element([&](int x, int y) {
    const int sum = picture(2 * x, 2 * y) + picture(2 * x + 1, 2 * y) + picture(2 * x, 2 * y + 1) +
                    picture(2 * x + 1, 2 * y + 1);
    half(x, y) = static_cast<uint16_t>((sum + 2) / 4);
  });
  return half;
}

// Deviation that is taken for noise: what denoising and the mean of four pixels leave of it.
double NoiseFloor(const Image<uint16_t>& picture, const std::optional<PictureNoise>& noise) {
  double sum = 0;
  for (int y = 0; y < picture.height(); ++y)
    for (int x = 0; x < picture.width(); ++x) sum += picture(x, y);
  const double mean = sum / static_cast<double>(picture.number_of_elements());
  if (!noise) return std::max(kLeastFloor, kFloorShare * mean);
  const double black = noise->levels.black, white = noise->levels.white;
  const double x = std::max(0.0, (mean - black) / (white - black));
  const double sigma = std::sqrt(std::max(0.0, noise->noise.scale * x + noise->noise.offset));
  constexpr double kLeft = 0.25;
  return std::max(
      {kLeastFloor, kFloorShare * x * (white - black), kLeft * sigma * (white - black)});
}

}  // namespace

MotionDepth::MotionDepth(const Session& session, const PlaneSweepOptions& options,
                         const MatchDevelopment& development, const RunTasks& run)
    : session_(session),
      options_(options),
      run_(run),
      T_body_camera_(session.rig.cameras[kReference].T_body_camera),
      developer_(session.rig, development),
      full_(*session.rig.cameras[kReference].model, session.rig.cameras[kReference].width,
            session.rig.cameras[kReference].height,
            UndistortedView(*session.rig.cameras[kReference].model,
                            session.rig.cameras[kReference].width,
                            session.rig.cameras[kReference].height)),
      half_(HalfOf(full_.view())) {}

Status MotionDepth::Add(size_t keyframe, const Frame& frame, const Give& give) {
  const auto developed = developer_.Develop(frame);
  if (!developed) return tl::unexpected(developed.error());
  const auto seen = full_.Resample(developed->image);
  if (!seen) return tl::unexpected(seen.error());
  const Image<uint16_t> half = HalvedPicture(*seen);
  held_.push_back({keyframe, NormalisedTexture(half, NoiseFloor(half, developed->noise))});
  while (next_ < held_.size() && keyframe - held_[next_].keyframe >= kReach) {
    if (Status given = GiveNext(give); !given) return given;
  }
  return {};
}

Status MotionDepth::Finish(const Give& give) {
  while (next_ < held_.size()) {
    if (Status given = GiveNext(give); !given) return given;
  }
  return {};
}

std::vector<SweepView> MotionDepth::ViewsAround(const Held& now) const {
  const Keyframe& keyframe = session_.keyframes[now.keyframe];
  struct Candidate {
    double misfit;
    SweepView view;
  };
  std::vector<Candidate> sides[2];
  for (const Held& other : held_) {
    const size_t apart =
        std::max(other.keyframe, now.keyframe) - std::min(other.keyframe, now.keyframe);
    const Keyframe& from = session_.keyframes[other.keyframe];
    if (apart == 0 || apart > kReach || from.map != keyframe.map) continue;
    const Se3 T_other_now = (from.state.T_world_body * T_body_camera_).Inverse() *
                            (keyframe.state.T_world_body * T_body_camera_);
    const double moved = T_other_now.translation.norm();
    if (moved < kLeast_m || moved > kMost_m || T_other_now.RotationMatrix()(2, 2) < kLeastCosine)
      continue;
    const double ratio = moved / kBest_m;
    sides[other.keyframe > now.keyframe ? 1 : 0].push_back(
        {std::max(ratio, 1 / ratio),
         {other.texture, T_other_now, SigmaBetween(session_, now.keyframe, other.keyframe)}});
  }
  std::vector<SweepView> views;
  for (auto& side : sides) {
    std::stable_sort(side.begin(), side.end(),
                     [](const Candidate& a, const Candidate& b) { return a.misfit < b.misfit; });
    for (size_t i = 0; i < std::min(kOfASide, side.size()); ++i)
      views.push_back(std::move(side[i].view));
  }
  return views;
}

Status MotionDepth::GiveNext(const Give& give) {
  const Held& now = held_[next_++];
  const SensorTime time = session_.keyframes[now.keyframe].state.time;
  const auto swept =
      SweepPlanes(now.texture, half_, ViewsAround(now), time, kReference, options_, run_);
  if (!swept) return tl::unexpected(swept.error());
  DepthMap map = TurnDepth(*swept, Eigen::Matrix3d::Identity(), full_.view());
  if (Status given = give(now.keyframe, std::move(map)); !given) return given;
  while (next_ < held_.size() && held_[next_].keyframe - held_.front().keyframe > kReach) {
    held_.pop_front();
    --next_;
  }
  return {};
}

}  // namespace nightjar
