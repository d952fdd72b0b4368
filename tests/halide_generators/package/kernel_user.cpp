// SPDX-License-Identifier: Apache-2.0
// Runs kernels of a package on a picture that it makes and prints a hash of what they write: the
// same on every machine.
#include <HalideBuffer.h>
#include <HalideRuntime.h>
#include <corner_score.h>
#include <tracking_pyramid_u16.h>
#include <tracking_pyramid_u8.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstring>

namespace {

using Halide::Runtime::Buffer;

// Odd sizes: no vector fits them.
constexpr int kWidth = 331, kHeight = 245;
constexpr int kLevels = 4;

uint64_t Fnv(const void* data, size_t bytes) {
  uint64_t hash = 14695981039346656037u;
  const auto* byte = static_cast<const unsigned char*>(data);
  for (size_t k = 0; k < bytes; ++k) hash = (hash ^ byte[k]) * 1099511628211u;
  return hash;
}

template <typename T, int D>
void Print(const char* name, const Buffer<T, D>& buffer) {
  std::printf("%s %016llx\n", name,
              static_cast<unsigned long long>(Fnv(buffer.data(), buffer.size_in_bytes())));
}

// Noise on a slope: every kernel has something to do.
template <typename T>
Buffer<T, 2> Picture(int white) {
  Buffer<T, 2> picture(kWidth, kHeight);
  uint32_t state = 12345;
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) {
      state = state * 1664525u + 1013904223u;
      const int slope = (x + 2 * y) * white / (2 * (kWidth + 2 * kHeight));
      picture(x, y) = static_cast<T>(slope + static_cast<int>(state >> 24) * white / 1024);
    }
  }
  return picture;
}

template <typename T, typename Kernel>
int Pyramid(const char* name, Kernel kernel, int white) {
  std::array<Buffer<int16_t, 2>, kLevels> intensity;
  std::array<Buffer<int16_t, 3>, kLevels> gradient;
  for (int k = 0, width = kWidth, height = kHeight; k < kLevels; ++k) {
    intensity[k] = Buffer<int16_t, 2>(width, height);
    gradient[k] = Buffer<int16_t, 3>(width, height, 2);
    width = (width + 1) / 2;
    height = (height + 1) / 2;
  }
  Buffer<T, 2> picture = Picture<T>(white);
  const int code =
      kernel(nullptr, picture, white / 16, white, intensity[0], intensity[1], intensity[2],
             intensity[3], gradient[0], gradient[1], gradient[2], gradient[3]);
  if (code != 0) return code;
  for (int k = 0; k < kLevels; ++k) {
    Print(name, intensity[k]);
    Print(name, gradient[k]);
  }
  Buffer<float, 2> score(kWidth, kHeight);
  if (const int failed = corner_score(nullptr, gradient[0], score)) return failed;
  Print("corner_score", score);
  return 0;
}

}  // namespace

int main() {
  if (const int code = Pyramid<uint8_t>("tracking_pyramid_u8", tracking_pyramid_u8, 255))
    return code;
  return Pyramid<uint16_t>("tracking_pyramid_u16", tracking_pyramid_u16, 1023);
}
