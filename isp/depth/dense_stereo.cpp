// SPDX-License-Identifier: Apache-2.0
#include "isp/depth/dense_stereo.h"

#include <memory>
#include <mutex>
#include <new>
#include <utility>

#include "isp/depth/coarse_match.h"
#include "isp/depth/disparity_sigma.h"
#include "isp/depth/stereo_steps.h"

namespace nightjar {

Status DenseStereoOptions::Validate() const {
  if (disparities < 8 || disparities > kMostLevels)
    return Fail(ErrorKind::kUsage, "disparities of stereo must be 8 to 256");
  if (most_left_right_difference < 0 || most_left_right_difference > 255)
    return Fail(ErrorKind::kUsage, "most_left_right_difference of stereo must be 0 to 255");
  if (!(least_margin >= 0 && least_margin <= 64))
    return Fail(ErrorKind::kUsage, "least_margin of stereo must be 0 to 64");
  if (smallest_piece < 0 || smallest_piece > 100000)
    return Fail(ErrorKind::kUsage, "smallest_piece of stereo must be 0 to 100000");
  if (!(piece_step > 0 && piece_step <= 10))
    return Fail(ErrorKind::kUsage, "piece_step of stereo must be above 0, to 10");
  return aggregation.Validate();
}

// One set of memory for the next call; who calls meanwhile makes another one.
class DenseStereo::Kept {
 public:
  std::unique_ptr<StereoMemory> Take() {
    const std::scoped_lock lock(mutex_);
    return memory_ ? std::move(memory_) : std::make_unique<StereoMemory>();
  }
  void Give(std::unique_ptr<StereoMemory> memory) {
    const std::scoped_lock lock(mutex_);
    memory_ = std::move(memory);
  }

 private:
  std::mutex mutex_;
  std::unique_ptr<StereoMemory> memory_;
};

DenseStereo::DenseStereo(const DenseStereoOptions& options)
    : options_(options), kept_(std::make_shared<Kept>()) {}

Result<DenseStereo> DenseStereo::Create(const DenseStereoOptions& options) {
  if (Status status = options.Validate(); !status) return tl::unexpected(status.error());
  return DenseStereo(options);
}

Result<DisparityMap> DenseStereo::Match(const MonoImage& left, const MonoImage& right,
                                        const std::optional<PictureNoise>& noise,
                                        const RunTasks& run) const {
  try {
    std::unique_ptr<StereoMemory> memory = kept_->Take();
    if (Status status = PrepareStereoPair(left, right, noise, run, memory->pair); !status)
      return tl::unexpected(status.error());
    auto map = MatchIn(*memory, memory->pair, run);
    kept_->Give(std::move(memory));
    return map;
  } catch (const std::bad_alloc&) {
    return Fail(ErrorKind::kTryAgain, "memory ran out while matching a pair");
  }
}

Result<DisparityMap> DenseStereo::Match(StereoPair& pair, const RunTasks& run) const {
  try {
    std::unique_ptr<StereoMemory> memory = kept_->Take();
    auto map = MatchIn(*memory, pair, run);
    kept_->Give(std::move(memory));
    return map;
  } catch (const std::bad_alloc&) {
    return Fail(ErrorKind::kTryAgain, "memory ran out while matching a pair");
  }
}

Result<DisparityMap> DenseStereo::MatchIn(StereoMemory& memory, StereoPair& pair,
                                          const RunTasks& run) const {
  const auto coarse = MatchCoarsely(pair.left, pair.right, options_.disparities, run);
  if (!coarse) return tl::unexpected(coarse.error());
  EqualiseLight(*coarse, pair.right);
  DisparityMap map;
  if (Status status = FindDisparities(pair, options_, run, memory, map.disparity_px); !status)
    return tl::unexpected(status.error());
  map.share_at_end = memory.share_at_end;
  const int height = map.disparity_px.height();
  map.sigma_px = Image<float>(map.disparity_px.width(), height);
  RunInBands(height, run, [&](int first, int end) {
    FindDisparitySigma(map.disparity_px, memory.levels, memory.source, pair, first, end,
                       map.sigma_px);
  });
  return map;
}

}  // namespace nightjar
