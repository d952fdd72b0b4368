// SPDX-License-Identifier: Apache-2.0
#include "data/exposure_levels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "core/image.h"
#include "core/whole_file.h"
#include "data/emva1288_file.h"
#include "data/png_image.h"
#include "tests/data/fits_writer.h"
#include "tests/temporary_folder.h"

namespace nightjar {
namespace {

using testing::HasSubstr;

class ExposureLevels : public testing::Test {
 protected:
  void WritePng(const std::string& name) {
    Image<uint16_t> image(4, 4);
    image.fill(100);
    ASSERT_TRUE(WriteWholeFile(folder_.path() / name, EncodeMonoPng(image).value()));
  }
  void WriteFits(const std::string& name, int dn, const std::string& cards) {
    ASSERT_TRUE(WriteWholeFile(folder_.path() / name, FitsBytes(4, 4, 1, dn, cards)));
  }
  Result<ExposureSeries> Find(const std::string& name) {
    return FindExposureLevels({folder_.path() / name}, false);
  }
  void ExpectDataFileError(const std::string& text, const std::string& message) {
    WriteText(folder_.path() / "data.txt", text);
    const auto series = ReadEmva1288File(folder_.path() / "data.txt");
    ASSERT_FALSE(series) << text;
    EXPECT_EQ(series.error().kind, ErrorKind::kUnusableInput);
    EXPECT_THAT(series.error().Message(), HasSubstr(message));
    EXPECT_THAT(series.error().Message(), HasSubstr("data.txt"));
  }

  TemporaryFolder folder_;
};

TEST_F(ExposureLevels, EmvaDataFile) {
  WritePng("images/a.png");
  WritePng("images/b.png");
  WriteText(
      folder_.path() / "data.txt",
      "# a comment\r\nv 3.0\r\nn 12 4 4\r\nb 40000.0 120.5\r\ni images\\a.png\r\ni images/b.png\r\n"
      "d 1180000.0\r\ni images/a.png\r\ni images/b.png\r\nb 50000 130\r\ni images/a.png\r\n");
  const auto series = Find("");
  ASSERT_TRUE(series) << series.error().Message();
  EXPECT_EQ(series->bits, 12);
  ASSERT_EQ(series->levels.size(), 2U);
  EXPECT_FALSE(series->levels[0].is_dark);
  EXPECT_NEAR(series->levels[0].exposure_s.value(), 40e-6, 1e-15);
  EXPECT_EQ(series->levels[0].files.size(), 2U);
  EXPECT_TRUE(series->levels[1].is_dark);
  ASSERT_EQ(series->notes.size(), 1U);
  EXPECT_THAT(series->notes[0], HasSubstr("one frame"));
}

TEST_F(ExposureLevels, DamagedEmvaDataFiles) {
  ExpectDataFileError("v 3.0\nn 12 4 4\n", "lists no level");
  ExpectDataFileError("v 3.0\nn 99 4 4\n", "8 to 16 bits");
  ExpectDataFileError("v 3.0\nb 4\n", "data.txt:2: a level without");
  ExpectDataFileError("v 3.0\nb nan 3\n", "'nan' is not a number");
  ExpectDataFileError("v 3.0\nd -1\n", "'-1' is not a number");
  ExpectDataFileError("v 3.0\ni images/a.png\n", "an image before any level");
  ExpectDataFileError("v 3.0\nd 4\ni no.png\n", "data.txt:3: there is no image");
  ExpectDataFileError("v 3.0\nq\n", "'q' is not known");
}

TEST_F(ExposureLevels, AFolderOfFoldersIsOneLevelEach) {
  for (const char* name : {"s/1/a.png", "s/1/b.png", "s/2/a.png", "s/2/b.png", "s/2/c.png"})
    WritePng(name);
  std::filesystem::create_directories(folder_.path() / "s" / "empty");
  const auto series = Find("s");
  ASSERT_TRUE(series) << series.error().Message();
  ASSERT_EQ(series->levels.size(), 2U);
  EXPECT_EQ(series->levels[1].files.size(), 3U);
  EXPECT_FALSE(series->levels[0].exposure_s);
  EXPECT_EQ(Find("s/1").value().levels.size(), 1U);
  EXPECT_TRUE(FindExposureLevels({folder_.path() / "s" / "1"}, true).value().levels[0].is_dark);
}

TEST_F(ExposureLevels, FitsFilesBySameExposureAndLight) {
  WriteFits("f/a.fit", 1000, "EXPTIME = 0.01");
  WriteFits("f/b.fit", 500, "EXPTIME = 0.01");
  WriteFits("f/c.fit", 1020, "EXPTIME = 0.01");
  WriteFits("f/d.fit", 510, "EXPTIME = 0.01");
  WriteFits("f/e.fit", 505, "EXPTIME = 0.02");
  WriteFits("f/f.fit", 10, "EXPTIME = 0.02\nIMAGETYP= 'Dark Frame'");
  WriteFits("f/g.fit", 12, "EXPTIME = 0.02\nIMAGETYP= 'Dark Frame'");
  const auto series = Find("f");
  ASSERT_TRUE(series) << series.error().Message();
  ASSERT_EQ(series->levels.size(), 3U);
  EXPECT_TRUE(series->levels[0].is_dark);
  const auto names = [&](size_t i) {
    std::string text;
    for (const auto& file : series->levels[i].files) text += file.stem().string();
    return text;
  };
  EXPECT_EQ(names(1), "bd");
  EXPECT_EQ(names(2), "ac");
  EXPECT_EQ(series->notes.size(), 1U) << "e has no like";
}

TEST_F(ExposureLevels, SaysWhatItCannotSort) {
  WritePng("a.png");
  EXPECT_EQ(Find("a.png").error().kind, ErrorKind::kUsage);
  EXPECT_THAT(Find("no").error().Message(), HasSubstr("no such file"));
  std::filesystem::create_directories(folder_.path() / "empty");
  EXPECT_THAT(Find("empty").error().Message(), HasSubstr("no images"));
  WritePng("mixed/a.png");
  WriteFits("mixed/b.fit", 5, "EXPTIME = 1.0");
  EXPECT_THAT(Find("mixed").error().Message(), HasSubstr("some do not"));
}

}  // namespace
}  // namespace nightjar
