// SPDX-License-Identifier: Apache-2.0
#include "data/png_image.h"

#include <gtest/gtest.h>
#include <spng.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "tests/data/asl_log_writer.h"
#include "tests/temporary_folder.h"

namespace nightjar {
namespace {

template <typename T>
Image<T> Pattern(int width, int height) {
  Image<T> image(width, height);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) image(x, y) = static_cast<T>(x * 257 + y * 4099);
  }
  return image;
}

class PngImageTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(WriteMonoPng(file_, Pattern<uint8_t>(37, 23))); }

  PngProblem Problem(std::optional<ImageSize> expected = std::nullopt) {
    const auto image = ReadMonoPng(file_, expected);
    EXPECT_FALSE(image);
    if (image) return PngProblem::kMissing;
    EXPECT_FALSE(image.error().detail.empty());
    return image.error().problem;
  }

  // A PNG of another kind, 4x2 pixels.
  void WriteKind(uint8_t color_type, uint8_t bit_depth) {
    std::unique_ptr<spng_ctx, void (*)(spng_ctx*)> context(spng_ctx_new(SPNG_CTX_ENCODER),
                                                           &spng_ctx_free);
    spng_set_option(context.get(), SPNG_ENCODE_TO_BUFFER, 1);
    spng_ihdr header = {};
    header.width = 4;
    header.height = 2;
    header.bit_depth = bit_depth;
    header.color_type = color_type;
    ASSERT_EQ(spng_set_ihdr(context.get(), &header), 0);
    if (color_type == SPNG_COLOR_TYPE_INDEXED) {
      spng_plte palette = {};
      palette.n_entries = 2;
      ASSERT_EQ(spng_set_plte(context.get(), &palette), 0);
    }
    const size_t channels = color_type == SPNG_COLOR_TYPE_TRUECOLOR         ? 3
                            : color_type == SPNG_COLOR_TYPE_TRUECOLOR_ALPHA ? 4
                            : color_type == SPNG_COLOR_TYPE_GRAYSCALE_ALPHA ? 2
                                                                            : 1;
    const std::vector<uint8_t> pixels(2 * ((4 * channels * bit_depth + 7) / 8), 0);
    ASSERT_EQ(spng_encode_image(context.get(), pixels.data(), pixels.size(), SPNG_FMT_PNG,
                                SPNG_ENCODE_FINALIZE),
              0);
    size_t size = 0;
    int error = 0;
    std::unique_ptr<void, void (*)(void*)> bytes(spng_get_png_buffer(context.get(), &size, &error),
                                                 &std::free);
    ASSERT_EQ(error, 0);
    WriteText(file_, std::string(static_cast<const char*>(bytes.get()), size));
  }

  TemporaryFolder folder_;
  std::filesystem::path file_ = folder_.path() / "image.png";
};

template <typename T>
void ExpectRoundTrip(const std::filesystem::path& file, const Image<T>& image) {
  ASSERT_TRUE(WriteMonoPng(file, image));
  const auto read = ReadMonoPng(file);
  ASSERT_TRUE(read) << read.error().detail;
  const auto& pixels = std::get<Image<T>>(*read);
  ASSERT_EQ(pixels.width(), image.width());
  ASSERT_EQ(pixels.height(), image.height());
  for (int y = 0; y < image.height(); ++y) {
    for (int x = 0; x < image.width(); ++x) ASSERT_EQ(pixels(x, y), image(x, y)) << x << "," << y;
  }
}

TEST_F(PngImageTest, RoundTripKeepsEveryValue) {
  ExpectRoundTrip(file_, Pattern<uint8_t>(37, 23));
  ExpectRoundTrip(file_, Pattern<uint8_t>(1, 1));
  ExpectRoundTrip(file_, Pattern<uint16_t>(37, 23));
  ExpectRoundTrip(file_, Pattern<uint16_t>(1, 300));
}

TEST_F(PngImageTest, MissingFileAndFolder) {
  std::filesystem::remove(file_);
  EXPECT_EQ(Problem(), PngProblem::kMissing);
  std::filesystem::create_directory(file_);
  EXPECT_EQ(Problem(), PngProblem::kMissing);
}

// Cut anywhere, the file gives no image, not the part that is there. The last four bytes are the
// checksum of the end mark, which is empty: without them nothing is missing.
TEST_F(PngImageTest, EveryTruncationIsDamage) {
  const std::string whole = ReadText(file_);
  for (size_t size = 0; size + 4 < whole.size(); ++size) {
    WriteText(file_, whole.substr(0, size));
    ASSERT_EQ(Problem(), PngProblem::kDamaged) << size << " of " << whole.size() << " bytes";
  }
}

// Every byte of the file is covered by its signature or by a checksum.
TEST_F(PngImageTest, EveryFlippedByteIsFound) {
  const std::string whole = ReadText(file_);
  for (size_t i = 0; i < whole.size(); ++i) {
    std::string damaged = whole;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x10);
    WriteText(file_, damaged);
    ASSERT_FALSE(ReadMonoPng(file_)) << "byte " << i << " of " << whole.size();
  }
}

TEST_F(PngImageTest, NotAPng) {
  WriteText(file_, "P5 4 4 255\n0123456789abcdef");
  EXPECT_EQ(Problem(), PngProblem::kDamaged);
}

TEST_F(PngImageTest, SizeIsComparedWithTheExpectedOne) {
  EXPECT_TRUE(ReadMonoPng(file_, ImageSize{37, 23}));
  EXPECT_EQ(Problem(ImageSize{23, 37}), PngProblem::kWrongSize);
  EXPECT_EQ(Problem(ImageSize{37, 24}), PngProblem::kWrongSize);
}

// A damaged header must not make us ask for its memory. IHDR of 2^30 x 2^30 pixels with a right
// checksum.
TEST_F(PngImageTest, HugeHeaderIsRefusedBeforeAnythingIsAllocated) {
  std::string bytes = ReadText(file_);
  const std::string huge("\x40\0\0\0\x40\0\0\0\x08\0\0\0\0", 13);
  bytes.replace(16, 13, huge);
  uint32_t crc = 0xFFFFFFFFu;
  for (const char c : "IHDR" + huge) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xEDB88320u : 0);
  }
  crc = ~crc;
  for (int i = 0; i < 4; ++i) bytes[29 + i] = static_cast<char>(crc >> (24 - 8 * i));
  WriteText(file_, bytes);
  EXPECT_EQ(Problem(), PngProblem::kWrongSize);
  EXPECT_EQ(Problem(ImageSize{37, 23}), PngProblem::kWrongSize);
}

TEST_F(PngImageTest, OnlyGreyOfEightAndSixteenBits) {
  WriteKind(SPNG_COLOR_TYPE_TRUECOLOR, 8);
  EXPECT_EQ(Problem(), PngProblem::kNotMono);
  WriteKind(SPNG_COLOR_TYPE_TRUECOLOR_ALPHA, 8);
  EXPECT_EQ(Problem(), PngProblem::kNotMono);
  WriteKind(SPNG_COLOR_TYPE_GRAYSCALE_ALPHA, 16);
  EXPECT_EQ(Problem(), PngProblem::kNotMono);
  WriteKind(SPNG_COLOR_TYPE_INDEXED, 8);
  EXPECT_EQ(Problem(), PngProblem::kNotMono);
  WriteKind(SPNG_COLOR_TYPE_GRAYSCALE, 4);
  EXPECT_EQ(Problem(), PngProblem::kNotMono);
}

}  // namespace
}  // namespace nightjar
