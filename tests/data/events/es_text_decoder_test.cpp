// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "data/events/es_decoder.h"
#include "data/events/text_event_decoder.h"
#include "tests/data/events/event_file_tools.h"

namespace nightjar {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<uint8_t> Bytes(const std::string& text) { return {text.begin(), text.end()}; }

std::vector<uint8_t> EsHeader(uint8_t kind) {
  std::vector<uint8_t> bytes = Bytes("Event Stream");
  bytes.insert(bytes.end(), {2, 0, 0, kind, 0x40, 0x01, 0xF0, 0x00});
  return bytes;
}

TEST(EsDecoderTest, ReadsDvs) {
  auto bytes = EsHeader(1);
  // 3 us, on; 127 + 126 us, off; a reset in between; y too large.
  for (const int b : {0x07, 0x3F, 0x01, 0x02, 0x00, 0xFF, 0xFE, 0xFC, 0x01, 0x00, 0xEF,
                      0x00, 0x00, 0x01, 0x00, 0x00, 0x80, 0x02, 0x05, 0x00, 0x06, 0x00})
    bytes.push_back(static_cast<uint8_t>(b));
  const EventFileContent content = Decode(*MakeEsDecoder(), bytes);
  EXPECT_EQ(content.info.width, 320);
  EXPECT_EQ(content.info.height, 240);
  EXPECT_THAT(content.events,
              ElementsAre(TimedEvent{3, 319, 2, true}, TimedEvent{256, 1, 239, false},
                          TimedEvent{257, 5, 6, false}));
  EXPECT_EQ(content.Anomaly("events beyond the addresses of the format"), 1);
}

TEST(EsDecoderTest, ReadsAtisWithoutItsExposures) {
  auto bytes = EsHeader(2);
  for (const int b : {0x04 | 2, 1, 0, 2, 0, 0xFE, 0xFC, 0x08 | 1, 3, 0, 4, 0, 0x00, 5, 0, 6, 0})
    bytes.push_back(static_cast<uint8_t>(b));
  const EventFileContent content = Decode(*MakeEsDecoder(), bytes);
  EXPECT_THAT(content.events,
              ElementsAre(TimedEvent{1, 1, 2, true}, TimedEvent{1 + 126 + 2, 5, 6, false}));
  EXPECT_EQ(content.Anomaly("content of a kind that is not read"), 1);
}

TEST(EsDecoderTest, SaysWhatItDoesNotRead) {
  EXPECT_THAT(Decode(*MakeEsDecoder(), EsHeader(4)).error, HasSubstr("kind 4"));
  auto old = EsHeader(1);
  old[12] = 1;
  EXPECT_THAT(Decode(*MakeEsDecoder(), old).error, HasSubstr("version 1.0"));
}

TEST(EsDecoderTest, MayBeCutAnywhere) {
  auto bytes = EsHeader(1);
  for (int i = 0; i < 2000; ++i) bytes.push_back(static_cast<uint8_t>(i * i * 31 >> 3));
  const EventFileContent whole = Decode(*MakeEsDecoder(), bytes);
  EXPECT_GT(whole.events.size(), 100u);
  for (size_t piece = 1; piece < 12; ++piece)
    EXPECT_EQ(Decode(*MakeEsDecoder(), bytes, piece).events, whole.events);
}

EventFileContent Text(const std::string& text, bool raw = false) {
  return Decode(*MakeTextEventDecoder(raw), Bytes(text));
}

TEST(TextEventDecoderTest, ReadsSecondsAndMicroseconds) {
  const EventFileContent content = Text(
      "# t x y p\n240 180\n13.582595999 190 82 1\n13.5825964 5 6 0\r\n14. 1 2 -1\n"
      "1468939993.0672891\t7,8 1\n1468939993067290 9 10 1\n1.5e9 1 1 1");
  EXPECT_EQ(content.info.width, 240);
  EXPECT_EQ(content.info.height, 180);
  EXPECT_THAT(content.events,
              ElementsAre(TimedEvent{13'582'596, 190, 82, true},
                          TimedEvent{13'582'596, 5, 6, false}, TimedEvent{14'000'000, 1, 2, false},
                          TimedEvent{1'468'939'993'067'289, 7, 8, true},
                          TimedEvent{1'468'939'993'067'290, 9, 10, true},
                          TimedEvent{1'500'000'000'000'000, 1, 1, true}));
  EXPECT_TRUE(content.anomalies.empty());
}

TEST(TextEventDecoderTest, CountsWhatIsNoEvent) {
  const EventFileContent content = Text(
      "t x y p\n0.1 1 1 1\n0.2 1 1\n0.2 1 1 2\n0.2 a 1 1\n0.3 1 1 1 1\n\n0.05 2 2 0\n"
      "0.4 70000 1 1\n0.4 1 32768 1\n99999999999999 1 1 1\n9223372036854775807 1 1 1\n" +
      std::string(5000, '1') + "\n0.5 3 3 1\n");
  EXPECT_THAT(content.events,
              ElementsAre(TimedEvent{100'000, 1, 1, true}, TimedEvent{100'000, 2, 2, false},
                          TimedEvent{99'999'999'999'999, 1, 1, true},
                          TimedEvent{99'999'999'999'999, 3, 3, true}));
  EXPECT_EQ(content.Anomaly("unreadable lines or values"), 6);
  EXPECT_EQ(content.Anomaly("time steps back"), 2);
  EXPECT_EQ(content.Anomaly("events beyond the addresses of the format"), 2);
  EXPECT_EQ(content.Anomaly("times beyond what can be held"), 1);
}

TEST(TextEventDecoderTest, NegativeTimes) {
  EXPECT_THAT(Text("-0.5 1 1 1\n-0.0000004 1 1 1\n0.25 1 1 1\n").events,
              ElementsAre(TimedEvent{-500'000, 1, 1, true}, TimedEvent{0, 1, 1, true},
                          TimedEvent{250'000, 1, 1, true}));
}

TEST(TextEventDecoderTest, MayBeCutAnywhere) {
  std::string text;
  for (int i = 0; i < 200; ++i)
    text += std::to_string(i * 17) + " " + std::to_string(i) + " 7 " + std::to_string(i % 2) + "\n";
  text += "4000 1 1 1";
  const EventFileContent whole = Text(text);
  EXPECT_EQ(whole.events.size(), 201u);
  for (size_t piece = 1; piece < 30; ++piece) {
    EXPECT_EQ(Decode(*MakeTextEventDecoder(false), Bytes(text), piece).events, whole.events);
  }
}

TEST(TextEventDecoderTest, IsRecognised) {
  EXPECT_TRUE(LooksLikeTextEvents("0.003811000 96 133 0\n"));
  EXPECT_TRUE(LooksLikeTextEvents("timestamp x y polarity\n1 2 3 1\n"));
  EXPECT_FALSE(LooksLikeTextEvents("0.5 some words here\n"));
  EXPECT_FALSE(LooksLikeTextEvents(""));
  EXPECT_FALSE(LooksLikeTextEvents("#timestamp [ns],w_x,w_y,w_z,a_x,a_y,a_z\n1,2,3,4,5,6,7\n"));
}

}  // namespace
}  // namespace nightjar
