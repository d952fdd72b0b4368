// SPDX-License-Identifier: Apache-2.0
#include "data/simulator/frame_light.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "core/check.h"
#include "core/portable_math.h"
#include "data/simulator/float8.h"
#include "data/simulator/simulate_ranges.h"

namespace nightjar {
namespace {

constexpr float kLog2E = 1.44269504F;

// x^gamma for x >= 0.
double Power(double x, double gamma) {
  if (gamma == 1 || x == 0) return x;
  return portable::Exp(gamma * portable::Log(x));
}

}  // namespace

Status FrameLightOptions::Validate() const {
  if (Status in = simulate_range::kLux.Check(white_lux); !in) return in;
  if (Status in = simulate_range::kGamma.Check(gamma); !in) return in;
  return simulate_range::kFloor.Check(floor);
}

FrameLight::FrameLight(const FrameLightOptions& options, const CameraSensor& sensor) {
  const int largest = LargestDn(sensor.pixel_format);
  const int black = sensor.black_level;
  const int white = sensor.white_level.value_or(largest);
  NIGHTJAR_CHECK(white > black, "levels are checked where they are read");
  // Raw formats are stored in 16 bits, which a damaged file may fill.
  const int values = sensor.pixel_format == PixelFormat::kMono8 ? 256 : 65536;
  log_lux_.reserve(static_cast<size_t>(values));
  for (int dn = 0; dn < values; ++dn) {
    const double x =
        std::max(0, std::min(dn, largest) - black) / static_cast<double>(white - black);
    const double lux = options.white_lux * (Power(x, options.gamma) + options.floor);
    log_lux_.push_back(static_cast<float>(portable::Log(lux)));
  }
}

Image<float> FrameLight::LogLux(const MonoImage& image) const {
  Image<float> light(Width(image), Height(image));
  std::visit(
      [&](const auto& pixels) {
        for (int y = 0; y < pixels.height(); ++y) {
          for (int x = 0; x < pixels.width(); ++x) light(x, y) = log_lux_[pixels(x, y)];
        }
      },
      image);
  return light;
}

float LargestChange(const Image<float>& from, const Image<float>& to) {
  float largest = 0;
  for (size_t i = 0; i < from.number_of_elements(); ++i)
    largest = std::max(largest, std::abs(to.data()[i] - from.data()[i]));
  return largest;
}

Image<float> LuxBetween(const Image<float>& from, const Image<float>& to, double share) {
  Image<float> lux(from.width(), from.height());
  const Float8 part = All(static_cast<float>(share));
  const size_t count = lux.number_of_elements();
  for (size_t i = 0; i < count; i += 8) {
    const size_t lanes = std::min<size_t>(8, count - i);
    Float8 a = All(0.0F), b = All(0.0F);
    std::copy_n(from.data() + i, lanes, reinterpret_cast<float*>(&a));
    std::copy_n(to.data() + i, lanes, reinterpret_cast<float*>(&b));
    const Float8 light = Exp2(All(kLog2E) * (a + part * (b - a)));
    std::copy_n(reinterpret_cast<const float*>(&light), lanes, lux.data() + i);
  }
  return lux;
}

std::vector<double> FrameInstants(double begin_s, double end_s, double change,
                                  const FrameInstantsOptions& options) {
  const double span = end_s - begin_s;
  // A hair less than a whole number of steps is that number.
  const double steps = std::max(change / options.largest_change, span / options.longest_s);
  const auto count = std::max<int64_t>(1, static_cast<int64_t>(std::ceil(steps - 1e-6)));
  std::vector<double> instants;
  for (int64_t i = 1; i < count; ++i)
    instants.push_back(begin_s + span * (static_cast<double>(i) / static_cast<double>(count)));
  instants.push_back(end_s);
  return instants;
}

}  // namespace nightjar
