// SPDX-License-Identifier: Apache-2.0
#include "isp/burst_merger.h"

#include <string>
#include <utility>

#include "isp/frame_checks.h"
#include "isp/linear_pyramid.h"

namespace nightjar {
namespace {

/// The mean of planes where all have pixels; a single one is shared.
Image<uint16_t> Mean(const std::vector<Image<uint16_t>>& planes) {
  if (planes.size() == 1) return planes.front();
  // The last of a mosaic is the smallest.
  Image<uint16_t> mean(planes.back().width(), planes.back().height());
  const auto count = static_cast<int>(planes.size());
  for (int y = 0; y < mean.height(); ++y) {
    for (int x = 0; x < mean.width(); ++x) {
      int sum = count / 2;
      for (const Image<uint16_t>& plane : planes)
        sum += plane(x + plane.dim(0).min(), y + plane.dim(1).min());
      mean(x, y) = static_cast<uint16_t>(sum / count);
    }
  }
  return mean;
}

/// Of that mean, where the planes have about the same light.
NoiseProfile::Channel NoiseOfMean(const std::vector<NoiseProfile::Channel>& noise) {
  NoiseProfile::Channel mean;
  const auto count = static_cast<double>(noise.size());
  for (const NoiseProfile::Channel& plane : noise) {
    mean.scale += plane.scale / (count * count);
    mean.offset += plane.offset / (count * count);
  }
  return mean;
}

/// Whether the sizes are those of PlanesOf.
bool AreOfOneMosaic(const std::vector<Image<uint16_t>>& planes) {
  const auto fit = [](int first, int second) { return first == second || first == second + 1; };
  return fit(planes[0].width(), planes[1].width()) && fit(planes[0].height(), planes[2].height()) &&
         planes[2].width() == planes[0].width() && planes[3].width() == planes[1].width() &&
         planes[1].height() == planes[0].height() && planes[3].height() == planes[2].height();
}

std::string SizeOf(const Image<uint16_t>& image) {
  return std::to_string(image.width()) + " x " + std::to_string(image.height());
}

}  // namespace

Status BurstMerger::Check(const std::vector<Image<uint16_t>>& planes) const {
  if ((planes.size() != 1 && planes.size() != 4) || planes.size() != noise_.size()) {
    return Fail(ErrorKind::kUsage, std::to_string(planes.size()) +
                                       " planes do not fit the noise of " +
                                       std::to_string(noise_.size()));
  }
  for (size_t i = 0; i < planes.size(); ++i) {
    if (Status status = CheckNoise(noise_[i]); !status) return status;
    if (frames_ == 0) continue;
    if (Status status = CheckFrame(planes[i]); !status) return status;
    const Image<uint16_t>& first = merged_[i].linear;
    if (planes[i].width() == first.width() && planes[i].height() == first.height()) continue;
    return Fail(ErrorKind::kUnusableInput, "frame " + std::to_string(frames_) + " of a burst has " +
                                               SizeOf(planes[i]) + " pixels, the first " +
                                               SizeOf(first));
  }
  if (planes.size() == 4 && !AreOfOneMosaic(planes))
    return Fail(ErrorKind::kUsage, "the four planes are not those of one mosaic");
  return options_.Validate();
}

Status BurstMerger::Add(const std::vector<Image<uint16_t>>& planes, const MotionField* expected) {
  if (Status status = Check(planes); !status) return status;
  if (frames_ == 0) {
    for (size_t i = 0; i < planes.size(); ++i) {
      merged_[i] = SingleFrame(planes[i].copy());
      coarse_.emplace_back(planes[i]);
    }
    ++frames_;
    return {};
  }
  const auto motion = Align(planes, expected);
  if (!motion) return tl::unexpected(motion.error());
  std::vector<CoarseShare> coarse;
  for (size_t i = 0; i < planes.size(); ++i) {
    if (Status status = WarpFrame(SingleFrame(planes[i]), *motion, {}, warped_); !status)
      return status;
    if (Status status = FuseFrames(merged_[i], warped_, noise_[i], 1, fused_[i]); !status)
      return status;
    coarse.push_back(coarse_[i].With(warped_.linear, fused_[i].linear));
    fused_[i].coarse = coarse[i].Of(fused_[i].linear, noise_[i]);
  }
  std::swap(merged_, fused_);
  coarse_ = std::move(coarse);
  ++frames_;
  return {};
}

Result<MotionField> BurstMerger::Align(const std::vector<Image<uint16_t>>& planes,
                                       const MotionField* expected) {
  std::vector<Image<uint16_t>> ours;
  double share = 0;
  for (const FusedFrame& plane : merged_) {
    ours.push_back(plane.linear);
    share += MeanShare(plane.remaining) / static_cast<double>(merged_.size());
  }
  if (Status status = BuildTrackingPyramid(Mean(ours), LinearLevels(1), merged_pyramid_); !status)
    return tl::unexpected(status.error());
  if (Status status = BuildTrackingPyramid(Mean(planes), LinearLevels(1), other_pyramid_); !status)
    return tl::unexpected(status.error());
  return AlignFrames(merged_pyramid_, other_pyramid_,
                     LinearPyramidNoise(NoiseOfMean(noise_), share, 1), options_, expected);
}

}  // namespace nightjar
