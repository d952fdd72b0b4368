// SPDX-License-Identifier: Apache-2.0
#include "isp/bayer_denoiser.h"

#include <string>

#include "isp/frame_checks.h"
#include "isp/mosaic_planes.h"

namespace nightjar {
namespace {

constexpr int kSmallestSide = 32;

}  // namespace

Status DenoiseMosaic(const Image<uint16_t>& linear, const PerPlace<NoiseProfile::Channel>& noise,
                     const SpatialDenoiserOptions& options, DenoisedFrame& frame) {
  Image<uint16_t> mosaic = linear;  // shares the pixels
  mosaic.set_min(0, 0);
  std::vector<FusedFrame> planes;
  for (const Image<uint16_t>& plane : PlanesOf(mosaic)) planes.push_back(SingleFrame(plane));
  return DenoisePlanes(planes, noise, options, frame);
}

Status DenoisePlanes(const std::vector<FusedFrame>& planes,
                     const PerPlace<NoiseProfile::Channel>& noise,
                     const SpatialDenoiserOptions& options, DenoisedFrame& frame) {
  if (planes.size() != 4) return Fail(ErrorKind::kUsage, "a mosaic has four planes");
  const int width = planes[0].linear.width() + planes[1].linear.width();
  const int height = planes[0].linear.height() + planes[2].linear.height();
  if (width < kSmallestSide || height < kSmallestSide) {
    return Fail(ErrorKind::kUnusableInput,
                "a mosaic of " + std::to_string(width) + " x " + std::to_string(height) +
                    " pixels is too small to denoise",
                {}, "at least 32 x 32 are needed");
  }
  Fit(width, height, frame.linear);
  Fit(width, height, frame.sigma);
  for (size_t place = 0; place < planes.size(); ++place) {
    DenoisedFrame plane;
    if (Status status = DenoiseSpatially(planes[place].linear, planes[place].remaining, {},
                                         noise[place], options, plane);
        !status) {
      return status;
    }
    Interleave(plane.linear, place, frame.linear);
    Interleave(plane.sigma, place, frame.sigma);
  }
  return {};
}

}  // namespace nightjar
