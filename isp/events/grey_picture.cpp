// SPDX-License-Identifier: Apache-2.0
#include "isp/events/grey_picture.h"

#include <grey_levels.h>

#include <cmath>

#include "isp/frame_checks.h"
#include "isp/kernel_call.h"

namespace nightjar {

Status ToGreyPicture(const Image<float>& image, double scale, double offset,
                     Image<uint8_t>& picture) {
  if (!std::isfinite(scale) || !std::isfinite(offset))
    return Fail(ErrorKind::kUsage, "scale and offset of a grey picture must be finite");
  Fit(image.width(), image.height(), picture);
  Image<float> input = image;  // shares the pixels
  input.set_min(0, 0);
  KernelCall call("grey_levels");
  return call.Finish(grey_levels(call.context(), input, static_cast<float>(scale),
                                 static_cast<float>(offset), picture));
}

}  // namespace nightjar
