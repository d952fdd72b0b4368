// SPDX-License-Identifier: Apache-2.0
#include "data/frame_stack.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tiffio.h>

#include <string>
#include <vector>

#include "data/png_image.h"
#include "tests/data/fits_writer.h"
#include "tests/recordings.h"
#include "tests/temporary_folder.h"

namespace nightjar {
namespace {

using testing::HasSubstr;

struct TiffForm {
  int width = 37;
  int height = 21;
  int pages = 1;
  uint16_t bits = 16;
  uint16_t samples = 1;
  uint16_t compression = COMPRESSION_NONE;
  uint16_t photometric = PHOTOMETRIC_MINISBLACK;
  bool tiled = false;
};

// The sample at (x, y) of a page is page * 1000 + y * 40 + x, its low byte with 8 bits.
void WriteTiff(const std::filesystem::path& file, const TiffForm& form) {
  TIFF* const tiff = TIFFOpen(file.c_str(), "w");
  ASSERT_NE(tiff, nullptr);
  for (int page = 0; page < form.pages; ++page) {
    TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, form.width);
    TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, form.height);
    TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, form.bits);
    TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, form.samples);
    TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, form.photometric);
    TIFFSetField(tiff, TIFFTAG_COMPRESSION, form.compression);
    TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
    const int side = form.tiled ? 16 : 0;
    if (form.tiled) {
      TIFFSetField(tiff, TIFFTAG_TILEWIDTH, side);
      TIFFSetField(tiff, TIFFTAG_TILELENGTH, side);
    } else {
      TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, 5);
    }
    const auto value = [&](int x, int y) {
      return static_cast<uint16_t>(page * 1000 + y * 40 + x);
    };
    const auto put = [&](std::vector<uint8_t>& bytes, uint16_t sample) {
      bytes.push_back(static_cast<uint8_t>(sample & 0xFF));
      if (form.bits == 16) bytes.push_back(static_cast<uint8_t>(sample >> 8));
    };
    if (form.tiled) {
      for (int v = 0; v < form.height; v += side) {
        for (int u = 0; u < form.width; u += side) {
          std::vector<uint8_t> tile;
          for (int y = v; y < v + side; ++y)
            for (int x = u; x < u + side; ++x) put(tile, value(x, y));
          TIFFWriteTile(tiff, tile.data(), static_cast<uint32_t>(u), static_cast<uint32_t>(v), 0,
                        0);
        }
      }
    } else {
      for (int y = 0; y < form.height; ++y) {
        std::vector<uint8_t> row;
        for (int x = 0; x < form.width; ++x)
          for (int s = 0; s < form.samples; ++s) put(row, value(x, y));
        TIFFWriteScanline(tiff, row.data(), static_cast<uint32_t>(y), 0);
      }
    }
    TIFFWriteDirectory(tiff);
  }
  TIFFClose(tiff);
}

class FrameStackTest : public testing::Test {
 protected:
  std::string Error(const std::string& bytes) {
    WriteText(file_, bytes);
    const auto stack = ReadFrameStack(file_);
    EXPECT_FALSE(stack);
    if (stack) return "it was read";
    EXPECT_EQ(stack.error().kind, ErrorKind::kUnusableInput);
    EXPECT_THAT(stack.error().Message(), HasSubstr(file_.string()));
    return stack.error().Message();
  }

  TemporaryFolder folder_;
  std::filesystem::path file_ = folder_.path() / "frame";
};

TEST_F(FrameStackTest, TiffOfEveryLayout) {
  const std::vector<TiffForm> forms = {{},
                                       {.pages = 3},
                                       {.bits = 8},
                                       {.compression = COMPRESSION_LZW},
                                       {.tiled = true},
                                       {.pages = 2, .bits = 8, .tiled = true},
                                       {.photometric = 32803}};
  for (const TiffForm& form : forms) {
    WriteTiff(file_, form);
    const auto stack = ReadFrameStack(file_);
    ASSERT_TRUE(stack) << stack.error().Message();
    ASSERT_EQ(stack->frames.size(), static_cast<size_t>(form.pages));
    EXPECT_FALSE(stack->exposure_s);
    for (int page = 0; page < form.pages; ++page) {
      const Image<uint16_t>& frame = stack->frames[static_cast<size_t>(page)];
      ASSERT_EQ(frame.width(), form.width);
      ASSERT_EQ(frame.height(), form.height);
      const int mask = form.bits == 8 ? 0xFF : 0xFFFF;
      for (int y = 0; y < form.height; ++y)
        for (int x = 0; x < form.width; ++x)
          ASSERT_EQ(frame(x, y), (page * 1000 + y * 40 + x) & mask) << x << " " << y;
    }
  }
}

TEST_F(FrameStackTest, TiffThatIsNotGreyOrNotWhole) {
  WriteTiff(file_, {.samples = 3, .photometric = PHOTOMETRIC_RGB});
  EXPECT_THAT(Error(ReadText(file_)), HasSubstr("colour"));
  WriteTiff(file_, {.photometric = PHOTOMETRIC_MINISWHITE});
  EXPECT_THAT(Error(ReadText(file_)), HasSubstr("black is zero"));
  WriteTiff(file_, {.pages = 2, .compression = COMPRESSION_LZW});
  const std::string whole = ReadText(file_);
  for (size_t size = 0; size < whole.size(); size += 61) Error(whole.substr(0, size));
}

// What is damaged is an error or another image; never a crash.
TEST_F(FrameStackTest, FilesWithWrongBytesDoNoHarm) {
  WriteTiff(file_, {.pages = 2, .compression = COMPRESSION_LZW});
  for (const std::string& whole : {ReadText(file_), FitsBytes(37, 21, 2, -1, "EXPTIME = 0.5")}) {
    for (size_t i = 4; i < whole.size(); i += 23) {
      std::string damaged = whole;
      damaged[i] = static_cast<char>(damaged[i] ^ (i % 2 == 0 ? 0xFF : 0x04));
      WriteText(file_, damaged);
      if (const auto stack = ReadFrameStack(file_); stack) {
        EXPECT_FALSE(stack->frames.empty());
      }
    }
  }
}

TEST_F(FrameStackTest, FitsImageAndCube) {
  WriteText(file_, FitsBytes(5, 3, 2, -1, "EXPTIME =               0.0333\nIMAGETYP= 'BIAS    '"));
  const auto stack = ReadFrameStack(file_);
  ASSERT_TRUE(stack) << stack.error().Message();
  EXPECT_EQ(stack->exposure_s, 0.0333);
  EXPECT_TRUE(stack->is_dark);
  ASSERT_EQ(stack->frames.size(), 2U);
  EXPECT_EQ(stack->frames[1].width(), 5);
  EXPECT_EQ(stack->frames[1](4, 2), 29);
  WriteText(file_, FitsBytes(5, 3, 1, 65535, ""));
  EXPECT_EQ(ReadFrameStack(file_).value().frames[0](0, 0), 65535);
  EXPECT_FALSE(ReadFrameStack(file_).value().exposure_s);
}

TEST_F(FrameStackTest, FitsThatIsNotWholeOrNotOfWholeNumbers) {
  const std::string whole = FitsBytes(40, 30, 2, -1, "");
  for (const size_t size :
       {size_t{9}, size_t{100}, size_t{2880}, size_t{4000}, whole.size() - 2880})
    Error(whole.substr(0, size));
  std::string real = FitsBytes(4, 4, 1, 0, "");
  real.replace(real.find("                  16"), 20, "                 -32");
  EXPECT_THAT(Error(real), HasSubstr("floating point"));
  EXPECT_THAT(
      Error(FitsBytes(4, 4, 1, 0, "")
                .replace(6 * 80, 80, "BZERO   =                   -5" + std::string(50, ' '))),
      HasSubstr("FITS"));
}

TEST_F(FrameStackTest, NeitherOfThem) {
  EXPECT_THAT(Error("nothing of the kind"), HasSubstr("neither a PNG nor"));
  EXPECT_THAT(Error(""), HasSubstr("neither a PNG nor"));
  EXPECT_THAT(ReadFrameStack(folder_.path() / "no").error().Message(), HasSubstr("no such file"));
  Image<uint8_t> narrow(3, 2);
  narrow.fill(200);
  WriteText(file_, EncodeMonoPng(narrow).value());
  EXPECT_EQ(ReadFrameStack(file_).value().frames[0](2, 1), 200);
}

TEST_F(FrameStackTest, NikonCrop) {
  NIGHTJAR_RECORDING(crop, "raw/nikon_d7000_noise/crop_1.fit");
  const auto stack = ReadFrameStack(crop);
  ASSERT_TRUE(stack) << stack.error().Message();
  EXPECT_EQ(stack->exposure_s, 0.0333);
  EXPECT_EQ(stack->frames[0].width(), 64);
}

}  // namespace
}  // namespace nightjar
