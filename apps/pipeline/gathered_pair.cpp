// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/gathered_pair.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <variant>

#include "isp/burst_merger.h"
#include "isp/depth/depth_motion.h"
#include "isp/linear_frame.h"
#include "isp/linear_pyramid.h"

namespace nightjar {
namespace {

constexpr size_t kReference = 0;
constexpr double kSameExposure = 0.02;  // a share: less than noise where frames are gathered
constexpr double kToldPower = 1.25;     // see GatherPair

const Image<uint16_t>* Gatherable(const MatchedFrame& frame) {
  return frame.noise && frame.is_noise_white ? std::get_if<Image<uint16_t>>(&frame.image) : nullptr;
}

bool IsAlike(const MatchedFrame& a, const MatchedFrame& b) {
  return Gatherable(b) != nullptr && a.noise->noise.scale == b.noise->noise.scale &&
         a.noise->noise.offset == b.noise->noise.offset &&
         std::abs(a.exposure - b.exposure) <= kSameExposure * a.exposure;
}

// One camera's frames over each other.
class FrameGatherer {
 public:
  FrameGatherer(const RigCamera& camera, const DepthMap& depth, const Se3& T_body_depth,
                const MatchedFrame& keyframe)
      : camera_(camera),
        depth_(depth),
        T_camera_body_(camera.T_body_camera.Inverse()),
        T_body_depth_(T_body_depth),
        keyframe_(keyframe),
        merger_({keyframe.noise->noise}, {}) {}

  Status Begin() { return merger_.Add({*Gatherable(keyframe_)}); }

  Status Add(const MatchedFrame& frame, const Se3& T_then_now) {
    if (!IsAlike(keyframe_, frame)) return {};
    const MotionField expected =
        DepthMotionField(camera_, depth_, T_camera_body_ * T_body_depth_,
                         T_camera_body_ * T_then_now * camera_.T_body_camera);
    return merger_.Add({*Gatherable(frame)}, &expected);
  }

  MatchedFrame Gathered() const {
    if (merger_.frames() < 2) return keyframe_;
    MatchedFrame gathered = keyframe_;
    gathered.image = merger_.merged().linear.copy();
    const double told = std::pow(MeanShare(merger_.merged().remaining), kToldPower);
    gathered.noise->noise.scale *= told;
    gathered.noise->noise.offset *= told;
    return gathered;
  }

 private:
  const RigCamera& camera_;
  const DepthMap& depth_;
  Se3 T_camera_body_, T_body_depth_;
  const MatchedFrame& keyframe_;
  BurstMerger merger_;
};

}  // namespace

double NoiseShare(const MatchedFrame& frame) {
  const Image<uint16_t>* image = Gatherable(frame);
  if (image == nullptr) return 0;
  double sum = 0;
  image->for_each_value([&](uint16_t value) { sum += value; });
  const auto& [scale, offset] = frame.noise->noise;
  const double sigma_of_black = std::sqrt(offset);
  // Without light at all noise is not endless, but a hundred times what there is.
  const double light = std::max(FromLinear(sum / static_cast<double>(image->number_of_elements())),
                                0.01 * sigma_of_black);
  return std::sqrt(scale * light + offset) / light;
}

Result<MatchedPair> GatherPair(const Rig& rig, int partner, const MatchedPair& keyframe,
                               std::span<const MatchedPair* const> others, const DepthMap& depth,
                               const Move& move) {
  MatchedPair gathered = keyframe;
  const Se3& T_body_depth = rig.cameras[kReference].T_body_camera;
  for (const auto& [camera, frame] :
       {std::pair(kReference, &MatchedPair::left),
        std::pair(static_cast<size_t>(partner), &MatchedPair::right)}) {
    if (Gatherable(keyframe.*frame) == nullptr) continue;
    FrameGatherer gatherer(rig.cameras[camera], depth, T_body_depth, keyframe.*frame);
    if (Status begun = gatherer.Begin(); !begun) return tl::unexpected(begun.error());
    for (const MatchedPair* other : others) {
      const auto T_then_now = move(keyframe.time, other->time);
      if (!T_then_now) continue;
      if (Status added = gatherer.Add(other->*frame, *T_then_now); !added)
        return tl::unexpected(added.error());
    }
    gathered.*frame = gatherer.Gathered();
  }
  return gathered;
}

}  // namespace nightjar
