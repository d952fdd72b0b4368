// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <cstring>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "nightjar/kernels.h"
#include "tests/halide_generators/tracking_pyramid_reference.h"
#include "tests/isp/synthetic_images.h"

namespace nightjar {
namespace {

using testing::HasSubstr;

constexpr unsigned char kUntouched = 0xA5;

template <typename T>
constexpr nightjar_sample kSample = NIGHTJAR_INT16;
template <>
constexpr nightjar_sample kSample<uint8_t> = NIGHTJAR_UINT8;
template <>
constexpr nightjar_sample kSample<uint16_t> = NIGHTJAR_UINT16;
template <>
constexpr nightjar_sample kSample<float> = NIGHTJAR_FLOAT32;

/// An image as a caller may have it: rows with room behind them, planes with room between them, the
/// last row first when `upside_down`. All of its memory, room included, begins as kUntouched.
template <typename T>
class Plane {
 public:
  Plane(int width, int height, int planes, bool upside_down = false) {
    constexpr ptrdiff_t kSize = sizeof(T);
    const ptrdiff_t row = (width + 3) * kSize, plane = row * height + 5 * kSize;
    memory_.assign(static_cast<size_t>(plane) * planes, kUntouched);
    unsigned char* first = memory_.data() + (upside_down ? row * (height - 1) : 0);
    image = {first, kSample<T>, width, height, planes, upside_down ? -row : row, plane};
  }
  T& operator()(int x, int y, int p = 0) const {
    char* address = static_cast<char*>(image.data) + x * static_cast<ptrdiff_t>(sizeof(T)) +
                    y * image.row_stride_bytes + p * image.plane_stride_bytes;
    return *reinterpret_cast<T*>(address);
  }
  /// Bytes that no pixel owns and that have changed.
  int Spilt() const {
    int spilt = 0;
    std::vector<bool> owned(memory_.size(), false);
    for (int p = 0; p < image.planes; ++p) {
      for (int y = 0; y < image.height; ++y) {
        const size_t begin = reinterpret_cast<unsigned char*>(&(*this)(0, y, p)) - memory_.data();
        std::fill_n(owned.begin() + static_cast<ptrdiff_t>(begin), image.width * sizeof(T), true);
      }
    }
    for (size_t i = 0; i < memory_.size(); ++i) spilt += !owned[i] && memory_[i] != kUntouched;
    return spilt;
  }
  bool IsUntouched() const {
    return std::all_of(memory_.begin(), memory_.end(), [](auto b) { return b == kUntouched; });
  }

  nightjar_image image = {};

 private:
  std::vector<unsigned char> memory_;
};

/// The outputs of the pyramid of a frame of this size.
struct PyramidMemory {
  PyramidMemory(int width, int height, bool upside_down = false) {
    for (int k = 0; k < NIGHTJAR_PYRAMID_LEVELS; ++k) {
      intensity.emplace_back(width, height, 1, upside_down);
      gradient.emplace_back(width, height, 2, upside_down);
      intensity_images.push_back(intensity.back().image);
      gradient_images.push_back(gradient.back().image);
      width = (width + 1) / 2;
      height = (height + 1) / 2;
    }
  }
  bool IsUntouched() const {
    const auto untouched = [](const Plane<int16_t>& plane) { return plane.IsUntouched(); };
    return std::all_of(intensity.begin(), intensity.end(), untouched) &&
           std::all_of(gradient.begin(), gradient.end(), untouched);
  }

  std::vector<Plane<int16_t>> intensity, gradient;
  std::vector<nightjar_image> intensity_images, gradient_images;
};

class KernelsCApi : public testing::Test {
 protected:
  void TearDown() override { nightjar_context_destroy(context_); }

  nightjar_status Pyramid(const nightjar_image& frame, int black, int white,
                          const PyramidMemory& out) {
    return nightjar_tracking_pyramid(context_, &frame, black, white, out.intensity_images.data(),
                                     out.gradient_images.data());
  }
  std::string Text() const { return nightjar_error_text(context_); }

  template <typename T>
  void ComparePyramid(int width, int height, int black, int white, bool upside_down) {
    SCOPED_TRACE(testing::Message() << width << " x " << height);
    TestRandom random(5);
    const Plane<T> frame(width, height, 1, upside_down);
    Image<T> copy(width, height);
    copy.for_each_element(
        [&](int x, int y) { copy(x, y) = frame(x, y) = static_cast<T>(random.Bits()); });
    const PyramidMemory out(width, height, upside_down);
    ASSERT_EQ(Pyramid(frame.image, black, white, out), NIGHTJAR_OK) << Text();
    const TrackingPyramid expected = ReferencePyramid(copy, black, white);
    for (int k = 0; k < NIGHTJAR_PYRAMID_LEVELS; ++k) {
      const PyramidLevel& level = expected.levels[k];
      int different = 0;
      level.intensity.for_each_element([&](int x, int y) {
        different += out.intensity[k](x, y) != level.intensity(x, y);
        different += out.gradient[k](x, y, 0) != level.gradient(x, y, 0);
        different += out.gradient[k](x, y, 1) != level.gradient(x, y, 1);
      });
      EXPECT_EQ(different, 0) << "level " << k;
      EXPECT_EQ(out.intensity[k].Spilt() + out.gradient[k].Spilt(), 0) << "level " << k;
    }
  }

  nightjar_context* context_ = nightjar_context_create();
};

TEST_F(KernelsCApi, PyramidIsTheDefinitionsInTheCallersMemory) {
  ComparePyramid<uint8_t>(67, 41, 3, 250, false);
  ComparePyramid<uint16_t>(67, 41, 100, 60000, false);
  ComparePyramid<uint8_t>(16, 33, 0, 255, true);
}

TEST_F(KernelsCApi, CornerScoreOfAnEdgeBetweenTwoSlopes) {
  // Slope (s, 0) on the left and (0, s) on the right: both eigenvalues are a share of s^2.
  const Plane<int16_t> gradient(41, 21, 2);
  for (int y = 0; y < 21; ++y) {
    for (int x = 0; x < 41; ++x) {
      gradient(x, y, 0) = x < 20 ? 100 : 0;
      gradient(x, y, 1) = x < 20 ? 0 : 100;
    }
  }
  const Plane<float> score(41, 21, 1);
  ASSERT_EQ(nightjar_corner_score(context_, &gradient.image, &score.image), NIGHTJAR_OK) << Text();
  EXPECT_EQ(Text(), "");
  EXPECT_FLOAT_EQ(score(10, 10), 0);
  EXPECT_FLOAT_EQ(score(18, 10), 0.2F * 100 * 100);  // 1 of 5 columns
  EXPECT_FLOAT_EQ(score(20, 3), 0.4F * 100 * 100);   // 2 of 5
  EXPECT_EQ(score.Spilt(), 0);
}

TEST_F(KernelsCApi, WrongFramesAreNamedAndNothingIsWritten) {
  const Plane<uint8_t> good(40, 30, 1);
  const PyramidMemory out(40, 30);
  struct Case {
    const char* word;
    void (*spoil)(nightjar_image&);
  };
  const Case cases[] = {
      {"null pointer", [](nightjar_image& f) { f.data = nullptr; }},
      {"another type", [](nightjar_image& f) { f.sample = NIGHTJAR_FLOAT32; }},
      {"another type", [](nightjar_image& f) { f.sample = 77; }},
      {"2 planes", [](nightjar_image& f) { f.planes = 2; }},
      {"no pixels", [](nightjar_image& f) { f.width = 0; }},
      {"no pixels", [](nightjar_image& f) { f.height = -1; }},
      {"too large", [](nightjar_image& f) { f.row_stride_bytes = PTRDIFF_MAX; }},
      {"too large", [](nightjar_image& f) { f.row_stride_bytes = -0x7FFFFFFF; }},
      {"multiple",
       [](nightjar_image& f) {
         f.sample = NIGHTJAR_UINT16;
         f.row_stride_bytes = 81;
       }},
      {"aligned",
       [](nightjar_image& f) {
         f.sample = NIGHTJAR_UINT16;
         f.data = static_cast<char*>(f.data) + 1;
       }},
  };
  for (const Case& wrong : cases) {
    nightjar_image frame = good.image;
    wrong.spoil(frame);
    EXPECT_EQ(Pyramid(frame, 0, 255, out), NIGHTJAR_USAGE) << wrong.word;
    EXPECT_THAT(Text(), testing::AllOf(testing::StartsWith("frame: "), HasSubstr(wrong.word)));
  }
  EXPECT_EQ(Pyramid(good.image, 255, 255, out), NIGHTJAR_USAGE);
  EXPECT_THAT(Text(), HasSubstr("black level 255"));
  EXPECT_TRUE(out.IsUntouched());
}

TEST_F(KernelsCApi, OutputsOfAnotherSizeAreNamedAndNothingIsWritten) {
  const Plane<uint8_t> frame(40, 30, 1);
  PyramidMemory out(40, 30);
  out.gradient_images[2].width = 11;
  EXPECT_EQ(Pyramid(frame.image, 0, 255, out), NIGHTJAR_USAGE);
  EXPECT_EQ(Text(), "gradient[2]: is 11 x 8 px; it must be 10 x 8");
  EXPECT_TRUE(out.IsUntouched());

  const Plane<int16_t> gradient(9, 8, 2);
  const Plane<float> score(8, 9, 1);
  EXPECT_EQ(nightjar_corner_score(context_, &gradient.image, &score.image), NIGHTJAR_USAGE);
  EXPECT_EQ(Text(), "score: is 8 x 9 px; it must be 9 x 8");
  EXPECT_TRUE(score.IsUntouched());
}

TEST_F(KernelsCApi, AFrameTooSmallToTrackInIsUnusableInput) {
  const Plane<uint8_t> frame(40, 15, 1);
  const PyramidMemory out(40, 15);
  EXPECT_EQ(Pyramid(frame.image, 0, 255, out), NIGHTJAR_UNUSABLE_INPUT);
  EXPECT_THAT(Text(), HasSubstr("40 x 15"));
  EXPECT_TRUE(out.IsUntouched());
}

TEST_F(KernelsCApi, NullPointersAreUsageErrors) {
  const Plane<int16_t> gradient(9, 8, 2);
  EXPECT_EQ(nightjar_corner_score(nullptr, nullptr, nullptr), NIGHTJAR_USAGE);
  EXPECT_EQ(nightjar_corner_score(context_, nullptr, nullptr), NIGHTJAR_USAGE);
  EXPECT_EQ(nightjar_corner_score(context_, &gradient.image, nullptr), NIGHTJAR_USAGE);
  EXPECT_EQ(Text(), "score: is a null pointer");
  EXPECT_EQ(nightjar_tracking_pyramid(context_, nullptr, 0, 255, nullptr, nullptr), NIGHTJAR_USAGE);
  EXPECT_STRNE(nightjar_error_text(nullptr), "");
  nightjar_context_destroy(nullptr);
}

TEST_F(KernelsCApi, AnErrorIsForgottenWithTheNextCall) {
  const Plane<int16_t> gradient(9, 8, 2);
  const Plane<float> score(9, 8, 1);
  EXPECT_EQ(nightjar_corner_score(context_, &gradient.image, nullptr), NIGHTJAR_USAGE);
  EXPECT_EQ(nightjar_corner_score(context_, &gradient.image, &score.image), NIGHTJAR_OK);
  EXPECT_EQ(Text(), "");
}

TEST_F(KernelsCApi, ContextsDoNotMindEachOther) {
  constexpr int kRounds = 50;
  int failed = 0, succeeded = 0;
  std::thread other([&] {
    nightjar_context* context = nightjar_context_create();
    for (int i = 0; i < kRounds; ++i) {
      failed += nightjar_corner_score(context, nullptr, nullptr) == NIGHTJAR_USAGE &&
                std::strstr(nightjar_error_text(context), "gradient") != nullptr;
    }
    nightjar_context_destroy(context);
  });
  const Plane<int16_t> gradient(33, 17, 2);
  const Plane<float> score(33, 17, 1);
  for (int i = 0; i < kRounds; ++i) {
    succeeded += nightjar_corner_score(context_, &gradient.image, &score.image) == NIGHTJAR_OK &&
                 Text().empty();
  }
  other.join();
  EXPECT_EQ(failed, kRounds);
  EXPECT_EQ(succeeded, kRounds);
}

}  // namespace
}  // namespace nightjar
