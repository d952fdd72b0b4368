// SPDX-License-Identifier: Apache-2.0
#include "isp/patch.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>

namespace nightjar {
namespace {

using ShortLanes = int16_t __attribute__((vector_size(8)));

/// 1 for the lanes of a row's last vector that belong to the patch, 0 for those past it.
constexpr float InPatch(int lane) {
  return 4 * (kPatchVectors - 1) + lane < kPatchSide ? 1.0F : 0.0F;
}
constexpr FloatLanes kLastMask = {InPatch(0), InPatch(1), InPatch(2), InPatch(3)};

FloatLanes Load(const int16_t* pixels) {
  ShortLanes lanes;
  std::memcpy(&lanes, pixels, sizeof(lanes));
  return __builtin_convertvector(lanes, FloatLanes);
}

float Total(FloatLanes v) { return (v[0] + v[1]) + (v[2] + v[3]); }

float Sum(const PatchValues& values) {
  FloatLanes total = {0, 0, 0, 0};
  for (const FloatLanes& v : values) total += v;
  return Total(total);
}

/// Whether every load of Interpolate around (x, y) stays inside its row; it reads one column more
/// than it uses.
bool IsInside(const PyramidLevel& level, float x, float y) {
  return x >= kPatchRadius && y >= kPatchRadius &&
         x < static_cast<float>(level.intensity.width() - kPatchRadius - 2) &&
         y < static_cast<float>(level.intensity.height() - kPatchRadius - 1);
}

/// Whether the same holds all along a blur.
bool IsInside(const PyramidLevel& level, float x, float y, const Eigen::Vector2f& blur) {
  const Eigen::Vector2f half = 0.5F * blur;
  return IsInside(level, x - half.x(), y - half.y()) && IsInside(level, x + half.x(), y + half.y());
}

/// Bilinear interpolation of the patch around (x, y); lanes past the patch are zero.
void Interpolate(const int16_t* origin, int stride, float x, float y, PatchValues& out) {
  const int left = static_cast<int>(x);
  const int top = static_cast<int>(y);
  const float right_part = x - static_cast<float>(left);
  const float lower_part = y - static_cast<float>(top);
  const int16_t* row =
      origin + static_cast<ptrdiff_t>(top - kPatchRadius) * stride + (left - kPatchRadius);
  const auto mix = [right_part](const int16_t* p) {
    const FloatLanes a = Load(p);
    return a + right_part * (Load(p + 1) - a);
  };
  FloatLanes above[kPatchVectors];
  for (int i = 0; i < kPatchVectors; ++i) above[i] = mix(row + 4 * i);
  for (int r = 0; r < kPatchSide; ++r) {
    row += stride;
    for (int i = 0; i < kPatchVectors; ++i) {
      const FloatLanes below = mix(row + 4 * i);
      out[r * kPatchVectors + i] = above[i] + lower_part * (below - above[i]);
      above[i] = below;
    }
    out[r * kPatchVectors + kPatchVectors - 1] *= kLastMask;
  }
}

void Scale(PatchValues& values, float factor) {
  for (FloatLanes& v : values) v *= factor;
}

/// The same, the mean along `blur`.
void Interpolate(const int16_t* origin, int stride, float x, float y, const Eigen::Vector2f& blur,
                 PatchValues& out) {
  const int taps = BlurTaps(blur);
  if (taps == 1) {
    Interpolate(origin, stride, x, y, out);
    return;
  }
  out = {};
  PatchValues at_tap;
  for (int tap = 0; tap < taps; ++tap) {
    const float part = (static_cast<float>(tap) + 0.5F) / static_cast<float>(taps) - 0.5F;
    Interpolate(origin, stride, x + part * blur.x(), y + part * blur.y(), at_tap);
    for (size_t i = 0; i < out.size(); ++i) out[i] += at_tap[i];
  }
  Scale(out, 1.0F / static_cast<float>(taps));
}

float SubtractMean(PatchValues& values) {
  const float mean = Sum(values) * (1.0F / kPatchPixels);
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] -= (i % kPatchVectors == kPatchVectors - 1) ? mean * kLastMask : mean + FloatLanes{};
  }
  return mean;
}

/// a -= factor * b
void SubtractMultiple(PatchValues& a, const PatchValues& b, float factor) {
  for (size_t i = 0; i < a.size(); ++i) a[i] -= factor * b[i];
}

/// Makes `values` mean zero and norm one; returns the standard deviation and sets the mean that
/// they had.
float Normalise(PatchValues& values, float& mean) {
  mean = SubtractMean(values);
  const float squares = Dot(values, values);
  if (squares > 0) Scale(values, 1.0F / std::sqrt(squares));
  return std::sqrt(squares * (1.0F / kPatchPixels));
}

}  // namespace

float Dot(const PatchValues& a, const PatchValues& b) {
  FloatLanes total = {0, 0, 0, 0};
  for (size_t i = 0; i < a.size(); ++i) total += a[i] * b[i];
  return Total(total);
}

int BlurTaps(const Eigen::Vector2f& blur) {
  constexpr float kPixelsPerTap = 1.5F;  // of images that a 3x3 binomial has smoothed
  constexpr float kSharp = 1;            // px: less is not seen beside the pixel itself
  constexpr float kLongest = 1e4F;       // px: no image is that wide
  const float length = std::min(blur.norm(), kLongest);
  return length > kSharp ? static_cast<int>(std::ceil(length / kPixelsPerTap)) + 1 : 1;
}

std::optional<PatchSample> SamplePatch(const PyramidLevel& level, float x, float y,
                                       const Eigen::Vector2f& blur) {
  if (!IsInside(level, x, y, blur)) return std::nullopt;
  std::optional<PatchSample> sample(std::in_place);
  Interpolate(level.intensity.begin(), level.intensity.dim(1).stride(), x, y, blur, sample->values);
  sample->contrast = Normalise(sample->values, sample->mean);
  return sample;
}

std::optional<LevelPatch> ExtractLevelPatch(const PyramidLevel& level, float x, float y,
                                            float min_contrast, const Eigen::Vector2f& blur) {
  if (!IsInside(level, x, y, blur)) return std::nullopt;
  std::optional<LevelPatch> patch(std::in_place);
  Interpolate(level.intensity.begin(), level.intensity.dim(1).stride(), x, y, blur, patch->values);
  patch->contrast = Normalise(patch->values, patch->mean);
  if (!(patch->contrast >= min_contrast) || patch->contrast <= 0) return std::nullopt;

  const float inverse_norm = 1.0F / (patch->contrast * std::sqrt(static_cast<float>(kPatchPixels)));
  const int16_t* planes[2] = {&level.gradient(0, 0, 0), &level.gradient(0, 0, 1)};
  PatchValues* slopes[2] = {&patch->along_x, &patch->along_y};
  for (int i = 0; i < 2; ++i) {
    Interpolate(planes[i], level.gradient.dim(1).stride(), x, y, blur, *slopes[i]);
    SubtractMean(*slopes[i]);
    SubtractMultiple(*slopes[i], patch->values, Dot(*slopes[i], patch->values));
    Scale(*slopes[i], inverse_norm);
  }
  const float xx = Dot(patch->along_x, patch->along_x);
  const float xy = Dot(patch->along_x, patch->along_y);
  const float yy = Dot(patch->along_y, patch->along_y);
  const float determinant = xx * yy - xy * xy;
  if (!(determinant > 1e-4F * xx * yy)) return std::nullopt;
  patch->inverse_hessian << yy, -xy, -xy, xx;
  patch->inverse_hessian *= 1.0F / determinant;
  return patch;
}

}  // namespace nightjar
