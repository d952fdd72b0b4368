// SPDX-License-Identifier: Apache-2.0
#include "data/events/evt3_file_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/data/events/event_file_tools.h"
#include "tests/data/events/evt_encoders.h"
#include "tests/temporary_folder.h"

namespace nightjar {
namespace {

using testing::HasSubstr;

constexpr SensorTime kBegin = FromNanoseconds(77'000'000'000);
constexpr ImageSize kSize = {1280, 720};

// In packets of 1000, times from kBegin on.
void WriteEvents(const std::filesystem::path& file, const std::vector<TimedEvent>& events) {
  auto writer = Evt3FileWriter::Create(file, kBegin, kSize);
  ASSERT_TRUE(writer) << writer.error().Message();
  for (size_t begin = 0; begin < events.size(); begin += 1000) {
    EventPacket packet;
    packet.begin = kBegin + std::chrono::microseconds(events[begin].time_us);
    for (size_t i = begin; i < std::min(begin + 1000, events.size()); ++i) {
      packet.events.push_back({static_cast<uint32_t>(events[i].time_us - events[begin].time_us),
                               static_cast<uint16_t>(events[i].x),
                               static_cast<uint16_t>(events[i].y & 0x7FFF),
                               events[i].on ? uint16_t{1} : uint16_t{0}});
    }
    const Status added = writer->Add(packet);
    ASSERT_TRUE(added) << added.error().Message();
  }
  ASSERT_TRUE(writer->Finish());
}

TEST(Evt3FileWriterTest, IsReadBackByUsAndByAPlainDecoder) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "e.raw";
  const auto events = MakeEvents(200'000, kSize.width, kSize.height, 0, 1);
  ASSERT_NO_FATAL_FAILURE(WriteEvents(file, events));
  const EventFileContent content = ReadEventFile(file);
  EXPECT_EQ(content.info.format, "evt3");
  EXPECT_EQ(content.info.width, kSize.width);
  EXPECT_EQ(content.info.height, kSize.height);
  EXPECT_EQ(content.events, events);
  EXPECT_TRUE(content.anomalies.empty());
  const std::string text = ReadText(file);
  const size_t words = text.find("% end\n") + 6;
  EXPECT_EQ(DecodeEvt3Plainly({text.begin(), text.end()}, words), events);
  // Vectors are used: an event alone takes two bytes, and more with its row and time.
  EXPECT_LT(text.size(), 2 * events.size());
}

TEST(Evt3FileWriterTest, KeepsTimesAcrossOverflowsAndLongSilence) {
  const TemporaryFolder folder;
  std::vector<TimedEvent> events;
  int64_t time_us = 5;
  for (const int64_t step : {0L, 4096L, 8'388'607L, 8'388'608L, 16'777'215L, 16'777'216L,
                             20'000'000L, 3'600'000'000L, 1L}) {
    time_us += step;
    events.push_back({time_us, 3, 4, true});
  }
  ASSERT_NO_FATAL_FAILURE(WriteEvents(folder.path() / "e.raw", events));
  EXPECT_EQ(ReadEventFile(folder.path() / "e.raw").events, events);
}

TEST(Evt3FileWriterTest, VectorsOfEveryLength) {
  const TemporaryFolder folder;
  std::vector<TimedEvent> events;
  for (int length = 1; length <= 70; ++length) {
    for (int x = 0; x < length; ++x) events.push_back({length, 1200 + x, length, length % 2 == 0});
  }
  ASSERT_NO_FATAL_FAILURE(WriteEvents(folder.path() / "e.raw", events));
  EXPECT_EQ(ReadEventFile(folder.path() / "e.raw").events, events);
}

TEST(Evt3FileWriterTest, RefusesWhatItCannotHold) {
  const TemporaryFolder folder;
  EXPECT_THAT(Evt3FileWriter::Create(folder.path() / "e.raw", kBegin, {2049, 5}).error().Message(),
              HasSubstr("2049 x 5"));
  auto writer = Evt3FileWriter::Create(folder.path() / "e.raw", kBegin, kSize);
  ASSERT_TRUE(writer);
  EXPECT_FALSE(writer->Add(EventPacket{kBegin, {{0, 1280, 0, 0}}}));
  EXPECT_FALSE(writer->Add(EventPacket{kBegin, {{5, 1, 0, 0}, {4, 1, 0, 0}}}));
  EXPECT_FALSE(Evt3FileWriter::Create(folder.path() / "no" / "e.raw", kBegin, kSize));
}

}  // namespace
}  // namespace nightjar
