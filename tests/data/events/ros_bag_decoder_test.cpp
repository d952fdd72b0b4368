// SPDX-License-Identifier: Apache-2.0
#include "data/events/ros_bag_decoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/data/events/ros_bag_encoder.h"

namespace nightjar {
namespace {

using testing::HasSubstr;

constexpr char kType[] = "event_camera_msgs/EventPacket";

EventFileContent Bag(const std::vector<uint8_t>& bytes, size_t piece = SIZE_MAX) {
  return Decode(*MakeRosBagDecoder(false), bytes, piece);
}

// Words of EVT 3.0, and what they say: `count` events, more than a batch holds.
std::vector<uint8_t> Words(int count, int first_x = 0) {
  std::vector<uint8_t> words;
  for (const int word : {0x8001, 0x0005}) PutBytes(static_cast<uint64_t>(word), 2, words);
  for (int i = 0; i < count; ++i)
    PutBytes(0x2000 + static_cast<uint64_t>((first_x + i) % 640), 2, words);
  return words;
}

class RosBagCompressionTest : public testing::TestWithParam<const char*> {};

TEST_P(RosBagCompressionTest, ReadsItsPacketsInOrder) {
  RosBagEncoder bag;
  bag.AddConnection(3, "/imu", "sensor_msgs/Imu");
  bag.AddConnection(7, "/events", kType);
  bag.AddEvents(7, Words(40'000));
  bag.EndChunk(GetParam());
  bag.AddEvents(7, Words(100, 50));
  bag.EndChunk("none");
  const EventFileContent whole = Bag(bag.bytes());
  EXPECT_EQ(whole.error, "");
  EXPECT_EQ(whole.info.width, 640);
  EXPECT_EQ(whole.info.height, 480);
  EXPECT_TRUE(whole.anomalies.empty());
  ASSERT_EQ(whole.events.size(), 40'100u);
  for (int i = 0; i < 40'100; ++i) {
    const int x = i < 40'000 ? i % 640 : i - 40'000 + 50;
    ASSERT_EQ(whole.events[static_cast<size_t>(i)], (TimedEvent{4096, x, 5, false}));
  }
  for (const size_t piece : {1U, 7U, 1001U})
    EXPECT_EQ(Bag(bag.bytes(), piece).events, whole.events);
}

INSTANTIATE_TEST_SUITE_P(All, RosBagCompressionTest, testing::Values("none", "lz4", "bz2"));

TEST(RosBagDecoderTest, CountsWhatIsOfAnotherKind) {
  RosBagEncoder bag;
  bag.AddConnection(0, "/imu", "sensor_msgs/Imu");
  bag.AddConnection(1, "/left/events", kType);
  bag.AddConnection(2, "/right/events", kType);
  bag.AddEvents(0, {});
  bag.AddEvents(1, Words(3));
  bag.AddEvents(2, Words(4));
  bag.EndChunk("none");
  bag.EndChunk("zip");  // nobody knows it
  auto odd = Words(2);
  odd.push_back(0);
  bag.AddEvents(1, odd);
  bag.EndChunk("none");
  const EventFileContent content = Bag(bag.bytes());
  EXPECT_EQ(content.error, "");
  EXPECT_EQ(content.events.size(), 5u);
  EXPECT_EQ(content.Anomaly("content of a kind that is not read"), 2);
  EXPECT_EQ(content.Anomaly("damaged packets"), 2);
}

TEST(RosBagDecoderTest, SaysWhatItDoesNotRead) {
  RosBagEncoder none;
  none.AddConnection(0, "/imu", "sensor_msgs/Imu");
  none.EndChunk("none");
  EXPECT_THAT(Bag(none.bytes()).error, HasSubstr("/imu (sensor_msgs/Imu)"));
  RosBagEncoder mono;
  mono.AddConnection(0, "/events", kType);
  mono.AddEvents(0, Words(3), "mono");
  mono.EndChunk("none");
  EXPECT_THAT(Bag(mono.bytes()).error, HasSubstr("encoded as mono"));
}

// A recording that was interrupted: what came of its last chunk is told.
TEST(RosBagDecoderTest, ACutChunkThatIsNotPackedIsReadAsFarAsItGoes) {
  RosBagEncoder bag;
  bag.AddConnection(7, "/events", kType);
  bag.AddEvents(7, Words(30));
  bag.AddEvents(7, Words(40));
  bag.AddEvents(7, Words(50));
  bag.EndChunk("none");
  auto bytes = bag.bytes();
  bytes.resize(bytes.size() - 100);
  const EventFileContent content = Bag(bytes);
  EXPECT_EQ(content.error, "");
  EXPECT_EQ(content.events.size(), 70u);
  EXPECT_EQ(content.Anomaly("unfinished at the end of the file"), 1);
  EXPECT_EQ(content.Anomaly("damaged packets"), 0);
}

}  // namespace
}  // namespace nightjar
