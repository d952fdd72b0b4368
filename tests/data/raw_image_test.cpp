// SPDX-License-Identifier: Apache-2.0
#include "data/raw_image.h"

#include <gmock/gmock.h>

#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "core/whole_file.h"
#include "data/dng_file.h"
#include "data/image_file.h"
#include "data/npy_image.h"
#include "data/png_image.h"
#include "data/tiff_image.h"
#include "tests/temporary_folder.h"

namespace nightjar {
namespace {

using testing::HasSubstr;

std::string Npy(const std::string& descr, const std::string& shape, const std::string& data,
                const std::string& order = "False") {
  const std::string header =
      "{'descr': '" + descr + "', 'fortran_order': " + order + ", 'shape': " + shape + ", }\n";
  std::string file = std::string("\x93NUMPY\x01\0", 8);
  file += static_cast<char>(header.size());
  file += '\0';
  return file + header + data;
}

Image<uint16_t> Ramp(int width, int height) {
  Image<uint16_t> image(width, height);
  image.for_each_element(
      [&](int x, int y) { image(x, y) = static_cast<uint16_t>(257 * x + 31 * y); });
  return image;
}

template <typename T>
void ExpectSame(const Image<T>& image, const Image<T>& expected) {
  ASSERT_EQ(image.width(), expected.width());
  ASSERT_EQ(image.height(), expected.height());
  image.for_each_element([&](int x, int y) { ASSERT_EQ(image(x, y), expected(x, y)); });
}

class RawImageTest : public testing::Test {
 protected:
  std::filesystem::path Write(const std::string& name, const std::string& bytes) {
    WriteText(folder_.path() / name, bytes);
    return folder_.path() / name;
  }
  std::string Problem(const std::string& name, const std::string& bytes) {
    const auto image = ReadRawImage(Write(name, bytes));
    if (image) return "";
    EXPECT_EQ(image.error().kind, ErrorKind::kUnusableInput);
    EXPECT_THAT(image.error().Message(), HasSubstr(name));
    return image.error().what;
  }
  TemporaryFolder folder_;
};

TEST_F(RawImageTest, ReadsNumPyArrays) {
  const std::string data("\1\2\3\4\5\6\7\10\11\12\13\14", 12);
  const auto little = ReadRawImage(Write("a.npy", Npy("<u2", "(2, 3)", data)));
  ASSERT_TRUE(little.has_value()) << little.error().Message();
  EXPECT_EQ(little->samples.width(), 3);
  EXPECT_EQ(little->samples(0, 0), 0x0201);
  EXPECT_EQ(little->samples(2, 1), 0x0C0B);
  EXPECT_FALSE(little->colour_filter || little->black || little->white);
  EXPECT_EQ((*ReadNpy(Write("b.npy", Npy(">u2", "(2, 3)", data))))(1, 0), 0x0304);
  EXPECT_EQ((*ReadNpy(Write("c.npy", Npy("|u1", "(4, 3)", data))))(1, 3), 11);
}

TEST_F(RawImageTest, RefusesOtherArrays) {
  const std::string data(12, '\1');
  EXPECT_THAT(Problem("a.npy", Npy("<f4", "(1, 3)", data)), HasSubstr("<f4"));
  EXPECT_THAT(Problem("b.npy", Npy("<u2", "(1, 2, 3)", data)), HasSubstr("(1,2,3)"));
  EXPECT_THAT(Problem("c.npy", Npy("<u2", "(6,)", data)), HasSubstr("(6,)"));
  EXPECT_THAT(Problem("d.npy", Npy("<u2", "(0, 4)", data)), HasSubstr("shape"));
  EXPECT_THAT(Problem("e.npy", Npy("<u2", "(99999999999999999999, 4)", data)), HasSubstr("shape"));
  EXPECT_THAT(Problem("f.npy", Npy("<u2", "(2, 3)", data, "True")), HasSubstr("columns"));
  EXPECT_THAT(Problem("g.npy", Npy("<u2", "(2, 3)", data.substr(1))), HasSubstr("truncated"));
  EXPECT_THAT(Problem("h.npy", Npy("<u2", "(2, 3)", data).substr(0, 40)), HasSubstr("truncated"));
  EXPECT_THAT(Problem("i.npy", std::string("\x93NUMPY\x09\0\2\0{}", 12)), HasSubstr("version"));
}

TEST_F(RawImageTest, ReadsWhatImageFileWrites) {
  const Image<uint16_t> ramp = Ramp(37, 21);
  const FileTexts texts = {{"black_level", "4096"}, {"cfa", "rggb"}};
  const auto png = ReadRawImage(Write("a.png", *EncodePng(ramp, texts)));
  ASSERT_TRUE(png.has_value()) << png.error().Message();
  ExpectSame(png->samples, ramp);
  const auto tiff = ReadRawImage(Write("a.tiff", *EncodeTiff(ramp, texts)));
  ASSERT_TRUE(tiff.has_value()) << tiff.error().Message();
  ExpectSame(tiff->samples, ramp);
  EXPECT_THAT(ReadText(folder_.path() / "a.tiff"), HasSubstr("black_level: 4096\ncfa: rggb\n"));
  EXPECT_THAT(ReadText(folder_.path() / "a.png"),
              HasSubstr(std::string("tEXtblack_level\0004096", 20)));
  // Odd numbers of bytes, 8 bits.
  const Image<uint8_t> bytes = FilledImage<uint8_t>(5, 3, 200);
  EXPECT_EQ((*ReadTiff(Write("b.tiff", *EncodeTiff(bytes, {}))))[0](4, 2), 200);
}

TEST_F(RawImageTest, RefusesPicturesAndDamage) {
  PlanarImage<uint8_t> picture = PlanarImage<uint8_t>::make_interleaved(20, 17, 3);
  picture.for_each_element(
      [&](int x, int y, int c) { picture(x, y, c) = static_cast<uint8_t>(x + y + 50 * c); });
  EXPECT_THAT(Problem("a.png", *EncodePng(picture, {})), HasSubstr("grey"));
  EXPECT_THAT(Problem("a.tiff", *EncodeTiff(picture, {})), HasSubstr("colour"));
  const std::string png = *EncodePng(Ramp(64, 64), {}), tiff = *EncodeTiff(Ramp(64, 64), {});
  EXPECT_NE(Problem("b.png", png.substr(0, png.size() / 2)), "");
  EXPECT_NE(Problem("b.tiff", tiff.substr(0, tiff.size() / 2)), "");
  EXPECT_THAT(Problem("c.raw", std::string(5000, 'x')), HasSubstr("not an image"));
  // As large as a camera's file that has no header: LibRaw makes a picture of it.
  EXPECT_THAT(Problem("e.raw", std::string(1920 * 1080 * 2, 'x')), HasSubstr("no signature"));
  EXPECT_THAT(Problem("d.dng", ""), HasSubstr("empty"));
  EXPECT_THAT(ReadRawImage(folder_.path() / "none").error().what, HasSubstr("no such file"));
  EXPECT_THAT(ReadRawImage(folder_.path()).error().what, HasSubstr("not a file"));
}

TEST(ImageFile, PfmHasTheBottomRowFirst) {
  Image<float> image(2, 2);
  image(0, 0) = 1;
  image(1, 0) = 2;
  image(0, 1) = 3;
  image(1, 1) = 4;
  const std::string file = EncodePfm(image);
  const std::string header = "Pf\n2 2\n-1.0\n";
  ASSERT_EQ(file.size(), header.size() + 16);
  EXPECT_EQ(file.substr(0, header.size()), header);
  float values[4];
  std::memcpy(values, file.data() + header.size(), 16);
  EXPECT_THAT(values, testing::ElementsAre(3, 4, 1, 2));
}

/// An entry of a TIFF directory; of rationals two values each.
struct Entry {
  uint32_t tag, type;
  std::vector<uint32_t> values;
};

constexpr uint32_t kStripOffsets = 273;

std::vector<Entry> DngEntries(const Image<uint16_t>& samples, const std::string& pattern) {
  const auto width = static_cast<uint32_t>(samples.width());
  const auto height = static_cast<uint32_t>(samples.height());
  std::vector<uint32_t> cfa;
  for (const char c : pattern) cfa.push_back(c == 'R' ? 0 : c == 'G' ? 1 : 2);
  const auto letters = [](const std::string& text) {
    std::vector<uint32_t> values(text.begin(), text.end());
    values.push_back(0);
    return values;
  };
  // XYZ to the camera: some camera's, in units of 1e-4.
  std::vector<uint32_t> matrix;
  for (const int value : {6844, -996, -856, -3876, 11761, 2396, -593, 1772, 6198}) {
    matrix.push_back(static_cast<uint32_t>(value));
    matrix.push_back(10000);
  }
  return {{254, 4, {0}},
          {256, 4, {width}},
          {257, 4, {height}},
          {258, 3, {16}},
          {259, 3, {1}},
          {262, 3, {32803}},
          {271, 2, letters("Maker")},
          {272, 2, letters("Model One")},
          {kStripOffsets, 4, {0}},
          {277, 3, {1}},
          {278, 4, {height}},
          {279, 4, {2 * width * height}},
          {33421, 3, {2, 2}},
          {33422, 1, cfa},
          {50706, 1, {1, 4, 0, 0}},
          {50708, 2, letters("Model One")},
          {50713, 3, {2, 2}},
          {50714, 5, {256, 1, 257, 1, 258, 1, 259, 1}},
          {50717, 4, {4000}},
          {50721, 10, matrix},
          {50728, 5, {500000, 1000000, 1, 1, 625000, 1000000}},
          {50778, 3, {21}}};
}

/// Lowest byte first.
void Put(uint32_t value, size_t size, std::string& to) {
  for (size_t i = 0; i < size; ++i) to += static_cast<char>(value >> (8 * i) & 255);
}

/// A DNG of uncompressed 16-bit samples.
std::string Dng(const Image<uint16_t>& samples, const std::string& pattern) {
  const std::vector<Entry> entries = DngEntries(samples, pattern);
  std::string directory, extra;
  const size_t extra_begin = 8 + 2 + 12 * entries.size() + 4;
  std::string data;
  for (int pass = 0; pass < 2; ++pass) {
    const auto strip = static_cast<uint32_t>(extra_begin + extra.size());
    directory.clear();
    extra.clear();
    Put(static_cast<uint32_t>(entries.size()), 2, directory);
    for (const Entry& entry : entries) {
      const bool is_rational = entry.type == 5 || entry.type == 10;
      const size_t size = entry.type == 3 ? 2 : entry.type == 4 || is_rational ? 4 : 1;
      std::string bytes;
      for (const uint32_t value : entry.values)
        Put(entry.tag == kStripOffsets ? strip : value, size, bytes);
      Put(entry.tag, 2, directory);
      Put(entry.type, 2, directory);
      Put(static_cast<uint32_t>(entry.values.size() / (is_rational ? 2 : 1)), 4, directory);
      if (bytes.size() > 4) {
        Put(static_cast<uint32_t>(extra_begin + extra.size()), 4, directory);
        extra += bytes + std::string(bytes.size() % 2, '\0');
      } else {
        bytes.resize(4, '\0');
        directory += bytes;
      }
    }
    Put(0, 4, directory);
  }
  for (int y = 0; y < samples.height(); ++y) {
    for (int x = 0; x < samples.width(); ++x) Put(samples(x, y), 2, data);
  }
  std::string file = "II*";
  file += '\0';
  Put(8, 4, file);
  return file + directory + extra + data;
}

TEST_F(RawImageTest, ReadsCameraFilesWithTheirColours) {
  const Image<uint16_t> ramp = Ramp(80, 64);
  for (const auto& [pattern, filter] : {std::pair("RGGB", ColourFilter::kRggb),
                                        {"BGGR", ColourFilter::kBggr},
                                        {"GRBG", ColourFilter::kGrbg},
                                        {"GBRG", ColourFilter::kGbrg}}) {
    SCOPED_TRACE(pattern);
    const auto raw = ReadRawImage(Write("a.dng", Dng(ramp, pattern)));
    ASSERT_TRUE(raw.has_value()) << raw.error().Message();
    ExpectSame(raw->samples, ramp);
    EXPECT_EQ(raw->colour_filter, filter);
    ASSERT_TRUE(raw->black && raw->white && raw->white_balance && raw->matrix);
    EXPECT_THAT(*raw->black, testing::ElementsAre(256, 257, 258, 259));
    EXPECT_EQ(*raw->white, 4000);
    EXPECT_NEAR((*raw->white_balance)[0], 2, 1e-3);
    EXPECT_EQ((*raw->white_balance)[1], 1);
    EXPECT_NEAR((*raw->white_balance)[2], 1.6, 1e-3);
    for (size_t row = 0; row < 3; ++row) {
      EXPECT_NEAR(
          (*raw->matrix)[3 * row] + (*raw->matrix)[3 * row + 1] + (*raw->matrix)[3 * row + 2], 1,
          1e-3);
      EXPECT_GT((*raw->matrix)[4 * row], 1);
    }
  }
}

TEST_F(RawImageTest, ReadsItsOwnDng) {
  const Image<uint16_t> ramp = Ramp(81, 63);
  DngDescription description;
  description.black = 4096;
  description.white = 61440;
  description.white_balance = {2, 1, 1.6};
  description.matrix = {1.6, -0.5, -0.1, -0.2, 1.4, -0.2, 0.05, -0.6, 1.55};
  description.noise.assign(4, {1e-3, 1e-5});
  for (const ColourFilter filter :
       {ColourFilter::kRggb, ColourFilter::kBggr, ColourFilter::kGrbg, ColourFilter::kGbrg}) {
    description.colour_filter = filter;
    const auto raw = ReadRawImage(Write("own.dng", EncodeDng(ramp, description).value()));
    ASSERT_TRUE(raw.has_value()) << raw.error().Message();
    ExpectSame(raw->samples, ramp);
    EXPECT_EQ(raw->colour_filter, filter);
    EXPECT_THAT(raw->black.value(), testing::Each(4096));
    EXPECT_EQ(raw->white.value(), 61440);
    for (size_t c = 0; c < 3; ++c)
      EXPECT_NEAR(raw->white_balance.value()[c], description.white_balance[c], 1e-3);
    for (size_t i = 0; i < 9; ++i)
      EXPECT_NEAR(raw->matrix.value()[i], description.matrix[i], 2e-3) << i;
  }
  // NoiseProfile: tag 51041, six doubles; of what was denoised NoiseReductionApplied, 50935.
  const std::string noise("\x61\xC7\x0C\0\6\0\0\0", 8), applied("\xF7\xC6\5\0\1\0\0\0", 8);
  const std::string noisy = EncodeDng(ramp, description).value();
  EXPECT_THAT(noisy, HasSubstr(noise));
  EXPECT_THAT(noisy, testing::Not(HasSubstr(applied)));
  description.matrix.fill(1.0 / 3);
  EXPECT_EQ(EncodeDng(ramp, description).error().kind, ErrorKind::kUsage);
  description.colour_filter = ColourFilter::kNone;
  description.noise.clear();
  EXPECT_THAT(EncodeDng(ramp, description).value(), HasSubstr(applied));
  const auto mono = ReadRawImage(Write("mono.dng", EncodeDng(ramp, description).value()));
  ASSERT_TRUE(mono.has_value()) << mono.error().Message();
  EXPECT_EQ(mono->colour_filter, ColourFilter::kNone);
  ExpectSame(mono->samples, ramp);
}

TEST_F(RawImageTest, RefusesDamagedCameraFiles) {
  const std::string dng = Dng(Ramp(80, 64), "RGGB");
  testing::internal::CaptureStderr();
  for (const size_t size : {dng.size() - 5000, size_t{300}, size_t{9}})
    EXPECT_NE(Problem("a" + std::to_string(size) + ".dng", dng.substr(0, size)), "");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace nightjar
