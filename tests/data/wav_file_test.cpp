// SPDX-License-Identifier: Apache-2.0
#include "data/wav_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/data/wav_writer.h"
#include "tests/temporary_folder.h"

namespace nightjar {
namespace {

using testing::ElementsAre;

class WavFileTest : public testing::Test {
 protected:
  Result<WavFile> Open(const std::string& bytes) {
    WriteText(file_, bytes);
    return WavFile::Open(file_);
  }
  // "byte N: WHAT"
  std::string Problem(const std::string& bytes) {
    const auto wav = Open(bytes);
    if (wav) return "opened";
    EXPECT_EQ(wav.error().kind, ErrorKind::kUnusableInput);
    return wav.error().where.substr(file_.string().size() + 2) + ": " + wav.error().what;
  }

  TemporaryFolder folder_;
  std::filesystem::path file_ = folder_.path() / "data.wav";
};

TEST_F(WavFileTest, SamplesComeBackWithTheirSigns) {
  auto wav = Open(WavText(8000, 2, {1, -2, 300, -32768, 32767, 0}));
  ASSERT_TRUE(wav) << wav.error().Message();
  EXPECT_EQ(wav->rate_hz(), 8000);
  EXPECT_EQ(wav->channels(), 2);
  EXPECT_EQ(wav->instants(), 3);
  EXPECT_EQ(wav->missing_instants(), 0);
  EXPECT_THAT(wav->Read(0, 3).value(), ElementsAre(1, -2, 300, -32768, 32767, 0));
  EXPECT_THAT(wav->Read(1, 1).value(), ElementsAre(300, -32768));
  EXPECT_THAT(wav->Read(2, 100).value(), ElementsAre(32767, 0)) << "no more than there are";
}

// A list of tags of odd length before the format, and one behind the samples.
TEST_F(WavFileTest, OtherChunksArePassedOver) {
  auto wav = Open(WavOf(WavChunk("LIST", "odd") + WavFormatChunk(100, 1) +
                        WavChunk("data", WavSamples({7, 8})) + WavChunk("LIST", "end!")));
  ASSERT_TRUE(wav) << wav.error().Message();
  EXPECT_THAT(wav->Read(0, 9).value(), ElementsAre(7, 8));
}

TEST_F(WavFileTest, TheExtensibleFormIsReadWhenItIsPcm) {
  const auto extensible = [](unsigned guid_tag) {
    return WavOf(
        WavChunk("fmt ", LittleEndian(0xFFFE, 2) + LittleEndian(1, 2) + LittleEndian(100, 4) +
                             LittleEndian(200, 4) + LittleEndian(2, 2) + LittleEndian(16, 2) +
                             LittleEndian(22, 2) + LittleEndian(16, 2) + LittleEndian(4, 4) +
                             LittleEndian(guid_tag, 2) + std::string(14, '\x11')) +
        WavChunk("data", WavSamples({5})));
  };
  EXPECT_EQ(Problem(extensible(1)), "opened");
  EXPECT_EQ(Problem(extensible(3)), "byte 20: is not PCM with 16 bits");
}

TEST_F(WavFileTest, ATruncatedFileIsReadAsFarAsItGoes) {
  const std::string whole = WavText(100, 2, {1, 2, 3, 4, 5, 6});
  auto wav = Open(whole.substr(0, whole.size() - 3));  // the last instant and a byte of the other
  ASSERT_TRUE(wav) << wav.error().Message();
  EXPECT_EQ(wav->instants(), 2);
  EXPECT_EQ(wav->missing_instants(), 1);
  EXPECT_THAT(wav->Read(0, 3).value(), ElementsAre(1, 2, 3, 4));
}

TEST_F(WavFileTest, AHeaderWrittenIntoAPipeDoesNotKnowTheLength) {
  for (const uint32_t length : {0u, 0xFFFFFFFFu}) {
    auto wav = Open(
        WavOf(WavFormatChunk(100, 1) + "data" + LittleEndian(length, 4) + WavSamples({7, 8, 9})));
    ASSERT_TRUE(wav) << wav.error().Message();
    EXPECT_EQ(wav->instants(), 3);
    EXPECT_EQ(wav->missing_instants(), 0);
  }
}

TEST_F(WavFileTest, FilesThatAreNoneOfOurs) {
  const std::string format = WavFormatChunk(100, 1);
  const std::string data = WavChunk("data", WavSamples({1, 2}));
  EXPECT_EQ(Problem(""), "byte 0: is not a WAV file");
  EXPECT_EQ(Problem("RIFX----WAVE" + format + data), "byte 0: is not a WAV file");
  EXPECT_EQ(Problem(WavOf("")), "byte 12: ends before its samples");
  EXPECT_EQ(Problem(WavOf(format)), "byte 36: ends before its samples");
  EXPECT_EQ(Problem(WavOf(data + format)), "byte 12: the data come before their format");
  EXPECT_EQ(Problem(WavOf(WavChunk("fmt ", "short") + data)), "byte 20: the format is cut short");
  EXPECT_EQ(Problem(WavOf(format + WavChunk("data", ""))), "byte 44: holds no samples");
  EXPECT_EQ(Problem(WavOf(format + WavChunk("data", "x"))), "byte 44: holds no samples");
  EXPECT_EQ(Problem(WavText(100, 0, {})), "byte 22: has no sensible number of channels");
  EXPECT_EQ(Problem(WavText(0, 1, {1})), "byte 24: has no sensible sample rate");
  std::string bytes = WavText(100, 1, {1, 2});
  bytes[34] = 24;  // bits
  EXPECT_EQ(Problem(bytes), "byte 20: is not PCM with 16 bits");
  bytes[34] = 16;
  bytes[32] = 4;  // bytes of an instant
  EXPECT_EQ(Problem(bytes), "byte 22: has no sensible number of channels");
}

// A length that points beyond the end must neither be allocated nor followed.
TEST_F(WavFileTest, AChunkLongerThanTheFile) {
  EXPECT_EQ(Problem(WavOf("LIST" + LittleEndian(0xFFFFFFF0, 4) + WavFormatChunk(100, 1))),
            "byte 44: ends before its samples");
}

TEST_F(WavFileTest, NoFile) {
  const auto wav = WavFile::Open(folder_.path());
  ASSERT_FALSE(wav);
  EXPECT_EQ(wav.error().what, "is missing");
}

}  // namespace
}  // namespace nightjar
