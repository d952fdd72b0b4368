// SPDX-License-Identifier: Apache-2.0
// What isp/nightjar/kernels.h promises about the memory that a kernel takes beside its arguments.
#include <HalideRuntime.h>
#include <corner_score.h>
#include <gmock/gmock.h>
#include <tracking_pyramid_u16.h>
#include <tracking_pyramid_u8.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <mutex>

#include "core/pyramid.h"
#include "isp/kernel_call.h"

namespace nightjar {
namespace {

/// Everything that kernels allocate between construction and destruction.
class Scratch {
 public:
  Scratch() {
    sizes_.clear();
    held_ = peak_ = 0;
    previous_malloc_ = halide_set_custom_malloc(&Malloc);
    previous_free_ = halide_set_custom_free(&Free);
  }
  ~Scratch() {
    halide_set_custom_malloc(previous_malloc_);
    halide_set_custom_free(previous_free_);
  }
  size_t peak() const { return peak_; }
  size_t held() const { return held_; }

 private:
  // Halide asks for memory aligned to its widest vector and some to read beyond the end.
  static constexpr size_t kAlignment = 128;

  static void* Malloc(void*, size_t size) {
    const std::lock_guard lock(mutex_);
    void* memory =
        std::aligned_alloc(kAlignment, (size + kAlignment - 1) / kAlignment * kAlignment);
    sizes_[memory] = size;
    held_ += size;
    peak_ = std::max(peak_, held_);
    return memory;
  }
  static void Free(void*, void* memory) {
    const std::lock_guard lock(mutex_);
    held_ -= sizes_[memory];
    sizes_.erase(memory);
    std::free(memory);
  }

  static inline std::mutex mutex_;
  static inline std::map<void*, size_t> sizes_;
  static inline size_t held_ = 0, peak_ = 0;
  halide_malloc_t previous_malloc_ = nullptr;
  halide_free_t previous_free_ = nullptr;
};

template <typename T, typename Kernel>
size_t PyramidScratch(Kernel kernel, int width, int height) {
  Image<T> frame(width, height);
  frame.fill(7);
  PyramidLevel levels[kPyramidLevels];
  for (PyramidLevel& level : levels) {
    level.intensity = Image<int16_t>(width, height);
    level.gradient = PlanarImage<int16_t>(width, height, 2);
    width = (width + 1) / 2;
    height = (height + 1) / 2;
  }
  const Scratch scratch;
  KernelCall call("tracking_pyramid");
  const Status status =
      call.Finish(kernel(call.context(), frame, 0, 255, levels[0].intensity, levels[1].intensity,
                         levels[2].intensity, levels[3].intensity, levels[0].gradient,
                         levels[1].gradient, levels[2].gradient, levels[3].gradient));
  EXPECT_TRUE(status.has_value()) << status.error().Message();
  EXPECT_EQ(scratch.held(), 0U);
  return scratch.peak();
}

size_t CornerScratch(int width, int height) {
  PlanarImage<int16_t> gradient(width, height, 2);
  gradient.fill(0);
  Image<float> score(width, height);
  const Scratch scratch;
  KernelCall call("corner_score");
  EXPECT_TRUE(call.Finish(corner_score(call.context(), gradient, score)).has_value());
  EXPECT_EQ(scratch.held(), 0U);
  return scratch.peak();
}

TEST(ScratchMemory, IsWhatThePublicHeaderSays) {
  for (const int width : {16, 17, 752, 4097}) {
    for (const int height : {16, 31, 480}) {
      SCOPED_TRACE(testing::Message() << width << " x " << height);
      const size_t pyramid = size_t{2} * (width + 64) * (height + 64);
      EXPECT_LE(PyramidScratch<uint8_t>(&tracking_pyramid_u8, width, height), pyramid);
      EXPECT_LE(PyramidScratch<uint16_t>(&tracking_pyramid_u16, width, height), pyramid);
      const size_t corners = size_t{128} * (width + 64);
      EXPECT_LE(CornerScratch(width, height), corners);
    }
  }
}

}  // namespace
}  // namespace nightjar
