// SPDX-License-Identifier: Apache-2.0
#include "isp/tone_curve.h"

#include "core/portable_math.h"

namespace nightjar {
namespace {

double Encoded(double light) {
  if (light <= 0.0031308) return 12.92 * light;
  return 1.055 * portable::Exp(portable::Log(light) / 2.4) - 0.055;
}

}  // namespace

Result<std::vector<uint8_t>> MakeToneCurve(double exposure) {
  if (!(exposure >= 1 && exposure <= 1000))
    return Fail(ErrorKind::kUsage, "an exposure must be 1 to 1000");
  std::vector<uint8_t> curve(kToneCodes);
  for (int i = 0; i < kToneCodes; ++i) {
    const double light = exposure * i / (kToneCodes - 1);
    const double shown = light * (1 + light / (exposure * exposure)) / (1 + light);
    curve[static_cast<size_t>(i)] = static_cast<uint8_t>(255 * Encoded(shown) + 0.5);
  }
  return curve;
}

}  // namespace nightjar
