// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>

#include "data/events/dat_decoder.h"
#include "data/events/evt2_decoder.h"
#include "data/events/evt3_decoder.h"
#include "tests/data/events/event_file_tools.h"
#include "tests/data/events/evt_encoders.h"

namespace nightjar {
namespace {

using testing::ElementsAre;

std::vector<uint8_t> Words16(const std::vector<int>& words) {
  std::vector<uint8_t> bytes;
  for (const int word : words) PutBytes(static_cast<uint64_t>(word), 2, bytes);
  return bytes;
}
std::vector<uint8_t> Words32(const std::vector<uint32_t>& words) {
  std::vector<uint8_t> bytes;
  for (const uint32_t word : words) PutBytes(word, 4, bytes);
  return bytes;
}

EventFileContent Evt2(const std::vector<uint8_t>& bytes, bool raw = false) {
  return Decode(*MakeEvt2Decoder({"evt2"}, 0, raw), bytes);
}
EventFileContent Evt3(const std::vector<uint8_t>& bytes, bool raw = false) {
  return Decode(*MakeEvt3Decoder({"evt3"}, 0, raw), bytes);
}

TEST(Evt2DecoderTest, GivesBackWhatWasEncoded) {
  const auto events = MakeEvents(200'000, 1280, 720, 1'000'000, 1);
  const EventFileContent content = Evt2(EncodeEvt2(events));
  EXPECT_EQ(content.events, events);
  EXPECT_TRUE(content.anomalies.empty());
  EXPECT_LE(content.largest_batch, static_cast<int64_t>(EventBatch::kCapacity));
}

TEST(Evt2DecoderTest, TellsOverflowFromStepBack) {
  const uint32_t last = 0x8FFFFFFF, first = 0x80000000;
  const uint32_t at5 = 5U << 22, at3 = 3U << 22, at9 = 9U << 22;
  const auto bytes = Words32({last, at5, first, at5, at3, at9});
  const int64_t period = int64_t{1} << 34;
  EXPECT_THAT(Evt2(bytes).events, ElementsAre(TimedEvent{period - 64 + 5}, TimedEvent{period + 5},
                                              TimedEvent{period + 5}, TimedEvent{period + 9}));
  EXPECT_EQ(Evt2(bytes).Anomaly("time steps back"), 1);
  EXPECT_THAT(Evt2(bytes, true).events,
              ElementsAre(TimedEvent{period - 64 + 5}, TimedEvent{period + 5},
                          TimedEvent{period + 3}, TimedEvent{period + 9}));
}

TEST(Evt2DecoderTest, AHalfPeriodBackIsAStepBack) {
  const uint32_t half = 0x88000000, first = 0x80000000, beyond = 0x88000001;
  EXPECT_THAT(Evt2(Words32({half, 0, first, 0})).events,
              ElementsAre(TimedEvent{int64_t{1} << 33}, TimedEvent{int64_t{1} << 33}));
  EXPECT_THAT(Evt2(Words32({beyond, 0, first, 0})).events,
              ElementsAre(TimedEvent{(int64_t{1} << 33) + 64}, TimedEvent{int64_t{1} << 34}));
}

TEST(Evt2DecoderTest, SkipsAndCountsWhatIsNoEvent) {
  const EventFileContent content = Evt2(Words32({0x10000001, 0x80000001, 0xE0000000, 0xF1234567,
                                                 0x99999999, 0x20000000, 0xA0400301, 0x10001002}));
  EXPECT_THAT(content.events, ElementsAre(TimedEvent{64, 2, 2, true}));
  EXPECT_EQ(content.Anomaly("events before the first time"), 1);
  EXPECT_EQ(content.Anomaly("vendor's words"), 2);
  EXPECT_EQ(content.Anomaly("padding"), 1);
  EXPECT_EQ(content.Anomaly("words of an unknown type"), 1);
  ASSERT_EQ(content.triggers.size(), 1u);
  EXPECT_EQ(ToNanoseconds(content.triggers[0].time), 65'000);
  EXPECT_EQ(content.triggers[0].channel, 3);
  EXPECT_TRUE(content.triggers[0].rising);
  // Where it first happened.
  ASSERT_EQ(content.anomalies.size(), 4u);
  EXPECT_EQ(content.anomalies[0].first, 0);
  EXPECT_EQ(content.anomalies[1].first, 16);
}

TEST(Evt2DecoderTest, ATriggerAheadOfTheEventsMovesNoneOfThem) {
  const EventFileContent content = Evt2(Words32({0x80000000, 0xAFC00001, 1U << 22, 2U << 22}));
  EXPECT_THAT(content.events, ElementsAre(TimedEvent{1}, TimedEvent{2}));
  EXPECT_TRUE(content.anomalies.empty());
}

TEST(Evt2DecoderTest, ABatchHoldsSeventyOneMinutes) {
  std::vector<TimedEvent> events;
  for (int i = 0; i < 10; ++i) events.push_back({i * int64_t{2'000'000'000}, i, i, true});
  EXPECT_EQ(Evt2(EncodeEvt2(events)).events, events);
}

// Up to half of the period back is no overflow, and further than what a batch reaches: an event is
// then at the latest time, far ahead of its word's.
TEST(Evt2DecoderTest, AStepBackBeyondTheReachOfABatchIsDelivered) {
  const uint32_t far = 0x87FFFFFF, first = 0x80000000, at1 = 1U << 22;
  const int64_t latest = (int64_t{1} << 33) - 64;
  const auto words = {far, 0U, first, at1};
  EXPECT_THAT(Evt2(Words32(words)).events, ElementsAre(TimedEvent{latest}, TimedEvent{latest}));
  EXPECT_THAT(Evt2(Words32(words), true).events, ElementsAre(TimedEvent{latest}, TimedEvent{1}));
  std::vector<uint8_t> bytes;
  for (const uint64_t word : words) PutBytes(word << 32 | (word >> 28 == 8 ? 0 : 1), 8, bytes);
  EXPECT_THAT(Decode(*MakeEvt21Decoder({}, 0, false, false), bytes).events,
              ElementsAre(TimedEvent{latest}, TimedEvent{latest}));
}

TEST(Evt21DecoderTest, GivesBackWhatWasEncodedInBothOrders) {
  const auto events = MakeEvents(100'000, 1280, 720, 1'000'000, 2);
  for (const bool legacy : {false, true}) {
    const auto bytes = EncodeEvt21(events, legacy);
    EXPECT_LT(bytes.size(), 8 * events.size());  // events share words
    const EventFileContent content = Decode(*MakeEvt21Decoder({}, 0, legacy, false), bytes);
    EXPECT_EQ(content.events, events);
    EXPECT_TRUE(content.anomalies.empty());
  }
}

TEST(Evt21DecoderTest, CountsPixelsBeyondTheAddresses) {
  std::vector<uint8_t> bytes;
  PutBytes(0x8000000000000000, 8, bytes);
  PutBytes(0x0000000000000000 | uint64_t{2040} << 43 | 0xFFFFFFFF, 8, bytes);
  const EventFileContent content = Decode(*MakeEvt21Decoder({}, 0, false, false), bytes);
  EXPECT_EQ(content.events.size(), 8u);
  EXPECT_EQ(content.Anomaly("events beyond the addresses of the format"), 24);
}

TEST(Evt3DecoderTest, DecodesEveryWord) {
  const auto bytes = Words16({0x8001, 0x6002, 0x0005, 0x2007, 0x2808, 0x3800 | 100, 0x4801, 0x5081,
                              0xA301, 0x0006, 0x2001, 0x7000, 0xE000, 0xF000, 0x9999, 0x1000});
  const EventFileContent content = Evt3(bytes);
  EXPECT_THAT(content.events,
              ElementsAre(TimedEvent{4098, 7, 5, false}, TimedEvent{4098, 8, 5, true},
                          TimedEvent{4098, 100, 5, true}, TimedEvent{4098, 111, 5, true},
                          TimedEvent{4098, 112, 5, true}, TimedEvent{4098, 119, 5, true},
                          TimedEvent{4098, 1, 6, false}));
  ASSERT_EQ(content.triggers.size(), 1u);
  EXPECT_EQ(content.triggers[0].channel, 3);
  EXPECT_EQ(content.Anomaly("vendor's words"), 3);
  EXPECT_EQ(content.Anomaly("padding"), 1);
  EXPECT_EQ(content.Anomaly("words of an unknown type"), 1);
}

TEST(Evt3DecoderTest, WhatIsNotKnownYetIsCounted) {
  const EventFileContent content =
      Evt3(Words16({0x2001, 0x8001, 0x2001, 0x4007, 0x0001, 0x4007, 0x2001}));
  EXPECT_THAT(content.events, ElementsAre(TimedEvent{4096, 1, 1, false}));
  EXPECT_EQ(content.Anomaly("events before the first time"), 1);
  EXPECT_EQ(content.Anomaly("events before the first row or column"), 7);
}

TEST(Evt3DecoderTest, TimeFollowsThePolicy) {
  // Lower bits step back; the same upper bits again change nothing; new ones begin at 0; overflow.
  const auto bytes = Words16({0x8FFF, 0x0000, 0x6010, 0x2001, 0x600C, 0x2002, 0x8FFF, 0x2003,
                              0x6012, 0x2004, 0x8000, 0x2005, 0x6001, 0x2006});
  const int64_t high = int64_t{0xFFF} << 12, period = int64_t{1} << 24;
  const EventFileContent mended = Evt3(bytes), raw = Evt3(bytes, true);
  EXPECT_THAT(mended.events, ElementsAre(TimedEvent{high + 16, 1}, TimedEvent{high + 16, 2},
                                         TimedEvent{high + 16, 3}, TimedEvent{high + 18, 4},
                                         TimedEvent{period, 5}, TimedEvent{period + 1, 6}));
  EXPECT_THAT(raw.events, ElementsAre(TimedEvent{high + 16, 1}, TimedEvent{high + 12, 2},
                                      TimedEvent{high + 12, 3}, TimedEvent{high + 18, 4},
                                      TimedEvent{period, 5}, TimedEvent{period + 1, 6}));
  EXPECT_EQ(mended.Anomaly("time steps back"), 1);
  EXPECT_EQ(raw.Anomaly("time steps back"), 1);
}

TEST(Evt3DecoderTest, VectorsEndWhereAddressesDo) {
  const EventFileContent content = Evt3(Words16({0x8000, 0x0000, 0x37F8, 0x4FFF, 0x4FFF}));
  EXPECT_EQ(content.events.size(), 8u);
  EXPECT_EQ(content.Anomaly("events beyond the addresses of the format"), 16);
}

TEST(DatDecoderTest, ReadsRecordsAndOverflow) {
  std::vector<uint8_t> bytes;
  PutBytes(0xFFFFFFFF, 4, bytes);
  PutBytes(1U << 28 | 200U << 14 | 300, 4, bytes);
  PutBytes(5, 4, bytes);
  PutBytes(16383U << 14 | 16383, 4, bytes);
  PutBytes(3, 4, bytes);
  PutBytes(0, 4, bytes);
  PutBytes(9, 4, bytes);
  PutBytes(2U << 28, 4, bytes);
  const EventFileContent content = Decode(*MakeDatDecoder({}, 0, false), bytes);
  const int64_t period = int64_t{1} << 32;
  EXPECT_THAT(content.events, ElementsAre(TimedEvent{period - 1, 300, 200, true},
                                          TimedEvent{period + 5, 16383, 16383, false},
                                          TimedEvent{period + 5, 0, 0, false}));
  EXPECT_EQ(content.Anomaly("time steps back"), 1);
  EXPECT_EQ(content.Anomaly("unreadable lines or values"), 1);
}

// Where the bytes are cut makes no difference, not even to what is counted and where.
TEST(EvtDecodersTest, BytesMayBeCutAnywhere) {
  const auto events = MakeEvents(3000, 640, 480, 500, 3);
  auto words = EncodeEvt2(events);
  words.push_back(0x99);  // unfinished at the end
  const std::vector<std::pair<std::vector<uint8_t>, std::function<std::unique_ptr<EventDecoder>()>>>
      cases = {{words, [] { return MakeEvt2Decoder({}, 7, false); }},
               {words, [] { return MakeEvt3Decoder({}, 7, false); }},
               {EncodeEvt21(events, false), [] { return MakeEvt21Decoder({}, 7, false, false); }},
               {words, [] { return MakeDatDecoder({}, 7, false); }}};
  for (const auto& [bytes, make] : cases) {
    const EventFileContent whole = Decode(*make(), bytes);
    for (size_t piece = 1; piece <= 17; ++piece) {
      const EventFileContent cut = Decode(*make(), bytes, piece);
      EXPECT_EQ(cut.events, whole.events);
      ASSERT_EQ(cut.anomalies.size(), whole.anomalies.size());
      for (size_t i = 0; i < cut.anomalies.size(); ++i) {
        EXPECT_EQ(cut.anomalies[i].count, whole.anomalies[i].count) << cut.anomalies[i].kind;
        EXPECT_EQ(cut.anomalies[i].first, whole.anomalies[i].first);
      }
    }
  }
}

}  // namespace
}  // namespace nightjar
