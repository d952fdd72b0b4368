// SPDX-License-Identifier: Apache-2.0
#include "data/image_sequence.h"

#include <gmock/gmock.h>

#include "tests/data/asl_log_writer.h"
#include "tests/temporary_folder.h"

namespace nightjar {
namespace {

namespace fs = std::filesystem;

constexpr int kWidth = 37, kHeight = 23;

constexpr const char* kSensorYaml =
    "sensor_type: camera\nT_BS:\n  cols: 4\n  rows: 4\n"
    "  data: [0, 0, 1, 0.5, -1, 0, 0, 0, 0, -1, 0, 0, 0, 0, 0, 1]\nrate_hz: 20\n"
    "resolution: [37, 23]\ncamera_model: pinhole\nintrinsics: [30, 31, 18, 11]\n"
    "distortion_model: radial-tangential\ndistortion_coefficients: [0.1, 0, 0, 0]\n";

class ImageSequenceTest : public testing::Test {
 protected:
  // A folder as of the event-camera data set: three images, and their list.
  void SetUp() override {
    fs::create_directories(folder_.path() / "images");
    for (int i = 0; i < 3; ++i) WriteGrey("images/" + std::to_string(i) + ".png", i);
    WriteText(folder_.path() / "images.txt",
              "# t path\n0.5 images/0.png\n0.538766001 images/1.png\n1.1 images/2.png\n");
  }
  template <typename T = uint8_t>
  void WriteGrey(const std::string& name, int value, int width = kWidth) {
    ASSERT_TRUE(
        WriteMonoPng(folder_.path() / name, FilledImage(width, kHeight, static_cast<T>(value))));
  }
  // The same images as a camera of a log.
  void MakeAsl(const std::string& yaml) {
    fs::remove(folder_.path() / "images.txt");
    fs::rename(folder_.path() / "images", folder_.path() / "data");
    WriteText(folder_.path() / "data.csv",
              "timestamp,filename\n1000,0.png\n2000,1.png,400\n4000,2.png\n");
    if (!yaml.empty()) WriteText(folder_.path() / "sensor.yaml", yaml);
  }
  // Why the folder cannot be used.
  std::string Refusal() const {
    const auto sequence = ReadImageSequence(folder_.path());
    if (sequence) return {};
    EXPECT_EQ(sequence.error().kind, ErrorKind::kUnusableInput);
    EXPECT_FALSE(sequence.error().remedy.empty());
    return sequence.error().Message();
  }
  std::string RefusalOfList(const std::string& text) const {
    WriteText(folder_.path() / "images.txt", text);
    return Refusal();
  }

  TemporaryFolder folder_;
};

TEST_F(ImageSequenceTest, ReadsAListOfTimesAndPaths) {
  const auto sequence = ReadImageSequence(folder_.path());
  ASSERT_TRUE(sequence) << sequence.error().Message();
  ASSERT_EQ(sequence->frames.size(), 3U);
  EXPECT_EQ(ToNanoseconds(sequence->frames[1].time), 538'766'001);
  EXPECT_THAT(sequence->frames[1].listed, testing::EndsWith("images.txt:3"));
  EXPECT_EQ(sequence->size.width, kWidth);
  EXPECT_EQ(sequence->size.height, kHeight);
  EXPECT_EQ(sequence->model, nullptr);
  const auto image = ReadSequenceImage(*sequence, sequence->frames[2]);
  ASSERT_TRUE(image);
  EXPECT_EQ(std::get<Image<uint8_t>>(*image)(36, 22), 2);
}

TEST_F(ImageSequenceTest, TakesTheCalibrationBesideTheList) {
  fs::rename(folder_.path() / "images.txt", folder_.path() / "timestamps.txt");
  WriteText(folder_.path() / "calib.txt", "30 31 18 11 -0.1 0.2 0.003 0.004 0.0\n");
  const auto sequence = ReadImageSequence(folder_.path());
  ASSERT_TRUE(sequence) << sequence.error().Message();
  ASSERT_NE(sequence->model, nullptr);
  EXPECT_EQ(sequence->model->Parameters(),
            (std::vector<double>{30, 31, 18, 11, -0.1, 0.2, 0.003, 0.004}));
  WriteText(folder_.path() / "calib.txt", "30 31 18 11 -0.1 0.2 0.003 0.004\n");
  EXPECT_THAT(Refusal(), testing::HasSubstr("calib.txt: its first line is not 9 numbers"));
  WriteText(folder_.path() / "calib.txt", "-30 31 18 11 -0.1 0.2 0.003 0.004 0.0\n");
  EXPECT_THAT(Refusal(), testing::HasSubstr("calib.txt:1: "));
}

TEST_F(ImageSequenceTest, ReadsACameraOfALog) {
  MakeAsl(std::string(kSensorYaml) + "timestamp_reference: end\n");
  const auto sequence = ReadImageSequence(folder_.path());
  ASSERT_TRUE(sequence) << sequence.error().Message();
  ASSERT_EQ(sequence->frames.size(), 3U);
  EXPECT_EQ(ToNanoseconds(sequence->frames[0].time), 1000);
  EXPECT_EQ(ToNanoseconds(sequence->frames[1].time), 1800) << "mid-exposure";
  ASSERT_NE(sequence->model, nullptr);
  EXPECT_EQ(sequence->model->Parameters().front(), 30);
  EXPECT_EQ(sequence->T_body_camera.translation.x(), 0.5);
}

TEST_F(ImageSequenceTest, NeedsNoCalibrationOfALogsCamera) {
  MakeAsl("");
  const auto sequence = ReadImageSequence(folder_.path());
  ASSERT_TRUE(sequence) << sequence.error().Message();
  EXPECT_EQ(sequence->model, nullptr);
  EXPECT_EQ(sequence->size.width, kWidth);
}

TEST_F(ImageSequenceTest, KnowsWhatRawSamplesMean) {
  MakeAsl(std::string(kSensorYaml) + "pixel_format: raw10\nblack_level: 64\n");
  const auto eight_bits = ReadImageSequence(folder_.path());
  ASSERT_TRUE(eight_bits);
  EXPECT_EQ(eight_bits->sensor.black_level, 64);
  const auto refused = ReadSequenceImage(*eight_bits, eight_bits->frames[0]);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().Message(), testing::HasSubstr("8 bits instead of 16"));
  WriteGrey<uint16_t>("data/0.png", 700);
  EXPECT_TRUE(ReadSequenceImage(*eight_bits, eight_bits->frames[0]));
}

TEST_F(ImageSequenceTest, SixteenBitsNeedNotBeNamed) {
  for (int i = 0; i < 3; ++i) WriteGrey<uint16_t>("images/" + std::to_string(i) + ".png", 60'000);
  const auto sequence = ReadImageSequence(folder_.path());
  ASSERT_TRUE(sequence);
  EXPECT_EQ(sequence->sensor.pixel_format, PixelFormat::kMono16);
  EXPECT_TRUE(ReadSequenceImage(*sequence, sequence->frames[1]));
  WriteGrey("images/1.png", 9);
  EXPECT_FALSE(ReadSequenceImage(*sequence, sequence->frames[1]));
}

TEST_F(ImageSequenceTest, SaysWhichLineCannotBeUsed) {
  const std::string first = "0.5 images/0.png\n";
  EXPECT_THAT(RefusalOfList(first + "0.5 images/1.png\n"),
              testing::HasSubstr("images.txt:2: the time does not rise"));
  EXPECT_THAT(RefusalOfList(first + "0.4 images/1.png\n"), testing::HasSubstr("images.txt:2: "));
  EXPECT_THAT(RefusalOfList(first + "0.6 images/9.png\n"), testing::HasSubstr("there is no image"));
  EXPECT_THAT(RefusalOfList(first + "images/1.png\n"), testing::HasSubstr("cannot be read as"));
  EXPECT_THAT(RefusalOfList(first + "-1 images/1.png\n"), testing::HasSubstr("cannot be read as"));
  EXPECT_THAT(RefusalOfList(first + "nan images/1.png\n"), testing::HasSubstr("cannot be read as"));
  EXPECT_THAT(RefusalOfList(first), testing::HasSubstr("lists 1 images"));
  EXPECT_THAT(RefusalOfList(""), testing::HasSubstr("lists 0 images"));
}

TEST_F(ImageSequenceTest, SaysWhichRowOfALogsCameraCannotBeUsed) {
  MakeAsl(kSensorYaml);
  WriteText(folder_.path() / "data.csv", "1000,0.png\ntimestamp,1.png\n");
  EXPECT_THAT(Refusal(), testing::HasSubstr("data.csv:2: cannot be read as"));
  WriteText(folder_.path() / "data.csv", "1000,0.png\n900,1.png\n");
  EXPECT_THAT(Refusal(), testing::HasSubstr("data.csv:2: the time does not rise"));
  WriteText(folder_.path() / "sensor.yaml", std::string(kSensorYaml) + "cfa: rggb\n");
  EXPECT_THAT(Refusal(), testing::HasSubstr("colour mosaic"));
  WriteText(folder_.path() / "sensor.yaml", "sensor_type: camera\n");
  EXPECT_THAT(Refusal(), testing::HasSubstr("sensor.yaml"));
}

TEST_F(ImageSequenceTest, SaysWhatFolderItNeeds) {
  fs::remove(folder_.path() / "images.txt");
  EXPECT_THAT(Refusal(), testing::HasSubstr("has no list of images"));
  for (const char* name : {"none", "images/0.png"}) {
    const auto sequence = ReadImageSequence(folder_.path() / name);
    ASSERT_FALSE(sequence);
    EXPECT_EQ(sequence.error().kind, ErrorKind::kUnusableInput);
  }
}

TEST_F(ImageSequenceTest, RefusesImagesThatDoNotFit) {
  const auto sequence = ReadImageSequence(folder_.path());
  ASSERT_TRUE(sequence);
  const auto refusal = [&] {
    const auto image = ReadSequenceImage(*sequence, sequence->frames[1]);
    return image ? std::string() : image.error().Message();
  };
  WriteGrey("images/1.png", 9, kWidth + 1);
  EXPECT_THAT(refusal(), testing::HasSubstr("1.png: the image is 38x23 instead of 37x23"));
  ASSERT_TRUE(
      WriteColourPng(folder_.path() / "images/1.png", FilledImage<uint8_t>(kWidth, kHeight, 9)));
  EXPECT_THAT(refusal(), testing::HasSubstr("not grey"));
  WriteText(folder_.path() / "images/1.png", "PNG");
  EXPECT_THAT(refusal(), testing::HasSubstr("1.png: "));
  fs::copy_file(folder_.path() / "images/1.png", folder_.path() / "images/0.png",
                fs::copy_options::overwrite_existing);
  EXPECT_THAT(Refusal(), testing::HasSubstr("0.png: "));
}

}  // namespace
}  // namespace nightjar
