// SPDX-License-Identifier: Apache-2.0
#include "data/events/aedat4_decoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numbers>

#include "tests/data/events/aedat4_encoder.h"

namespace nightjar {
namespace {

using testing::HasSubstr;

constexpr int64_t kEpoch_us = 1'643'243'628'737'093;

EventFileContent Aedat4(const std::vector<uint8_t>& bytes, size_t piece = SIZE_MAX) {
  return Decode(*MakeAedat4Decoder(false), bytes, piece);
}

class Aedat4CompressionTest : public testing::TestWithParam<aedat4::Compression> {};

// The largest packet holds more events than a batch, and more bytes than a block of LZ4.
TEST_P(Aedat4CompressionTest, GivesBackWhatWasEncoded) {
  const auto events = MakeEvents(100'000, 346, 260, kEpoch_us, 1);
  Aedat4Encoder file(GetParam());
  file.AddEvents(0, {events.begin(), events.begin() + 90'000});
  file.AddFrame(1, kEpoch_us + 100, kEpoch_us + 20'100, 4, 3, 0);
  file.AddImu(2, kEpoch_us + 7);
  file.AddTrigger(3, kEpoch_us + 9, 2);
  file.AddEvents(0, {events.begin() + 90'000, events.end()});
  for (const size_t piece : {SIZE_MAX, size_t{1}, size_t{13}}) {
    const EventFileContent content = Aedat4(file.bytes(), piece);
    EXPECT_EQ(content.error, "");
    EXPECT_EQ(content.info.width, 346);
    EXPECT_EQ(content.info.height, 260);
    EXPECT_EQ(content.events, events);
    EXPECT_TRUE(content.anomalies.empty());
    ASSERT_EQ(content.frames.size(), 1u);
    EXPECT_EQ(ToNanoseconds(content.frames[0].time), (kEpoch_us + 10'100) * 1000);
    EXPECT_EQ(content.frames[0].exposure_ns, 20'000'000);
    EXPECT_EQ(std::get<Image<uint8_t>>(content.frames[0].image)(3, 2), 11);
    ASSERT_EQ(content.imu_samples.size(), 1u);
    EXPECT_NEAR(content.imu_samples[0].angular_velocity_body.x(), std::numbers::pi, 1e-9);
    EXPECT_NEAR(content.imu_samples[0].specific_force_body.y(), 9.80665, 1e-9);
    ASSERT_EQ(content.triggers.size(), 1u);
    EXPECT_EQ(content.triggers[0].channel, 2);
    EXPECT_FALSE(content.triggers[0].rising);
  }
}

INSTANTIATE_TEST_SUITE_P(All, Aedat4CompressionTest,
                         testing::Values(aedat4::Compression_None, aedat4::Compression_Lz4,
                                         aedat4::Compression_Zstd));

TEST(Aedat4DecoderTest, SkipsAndCountsWhatItCannotUse) {
  const auto events = MakeEvents(1000, 346, 260, kEpoch_us, 2);
  Aedat4Encoder file(aedat4::Compression_Lz4);
  file.AddEvents(0, events);
  file.AddPacked(0, {1, 2, 3, 4});                   // no LZ4
  file.AddPacked(0, {});                             // nothing at all
  file.AddFrame(1, kEpoch_us, kEpoch_us, 4, 3, 16);  // colours
  file.AddEvents(5, events);                         // another camera
  file.AddEvents(0, {{kEpoch_us, -1, 3, true}, {INT64_MAX, 1, 1, true}, {kEpoch_us, 5, 6, true}});
  const EventFileContent content = Aedat4(file.bytes());
  EXPECT_EQ(content.error, "");
  ASSERT_EQ(content.events.size(), 1001u);
  EXPECT_EQ(content.events.back(), (TimedEvent{events.back().time_us, 5, 6, true}));
  EXPECT_EQ(content.Anomaly("damaged packets"), 2);
  EXPECT_EQ(content.Anomaly("content of a kind that is not read"), 2);
  EXPECT_EQ(content.Anomaly("events beyond the addresses of the format"), 1);
  EXPECT_EQ(content.Anomaly("times beyond what can be held"), 1);
  EXPECT_EQ(content.Anomaly("time steps back"), 1);
}

TEST(Aedat4DecoderTest, EndsWhereTheTableOfTimesBegins) {
  const auto events = MakeEvents(100, 346, 260, kEpoch_us, 3);
  Aedat4Encoder measured(aedat4::Compression_None, 1);
  measured.AddEvents(0, events);
  Aedat4Encoder file(aedat4::Compression_None, static_cast<int64_t>(measured.bytes().size()));
  file.AddEvents(0, events);
  ASSERT_EQ(file.bytes().size(), measured.bytes().size());
  file.AddEvents(0, events);
  EXPECT_EQ(Aedat4(file.bytes()).events, events);
}

TEST(Aedat4DecoderTest, SaysWhatItDoesNotRead) {
  EXPECT_THAT(Aedat4(Aedat4Encoder(static_cast<aedat4::Compression>(9)).bytes()).error,
              HasSubstr("compression 9"));
  Aedat4Encoder damaged(aedat4::Compression_None);
  damaged.bytes()[22] ^= 0xFF;  // the identifier
  EXPECT_THAT(Aedat4(damaged.bytes()).error, HasSubstr("damaged"));
  Aedat4Encoder cut(aedat4::Compression_None);
  cut.bytes().pop_back();
  EXPECT_THAT(Aedat4(cut.bytes()).error, HasSubstr("ends in its header"));
}

}  // namespace
}  // namespace nightjar
