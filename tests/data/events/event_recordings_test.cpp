// SPDX-License-Identifier: Apache-2.0
// Real files, against what is known of them and decoders that share nothing with ours.
#include <gtest/gtest.h>
#include <lz4frame.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>

#include "tests/data/events/event_file_tools.h"
#include "tests/data/events/evt_encoders.h"
#include "tests/recordings.h"

namespace nightjar {
namespace {

// Where the lines that begin with '%' end.
size_t BehindText(const std::vector<uint8_t>& bytes) {
  size_t at = 0;
  while (at < bytes.size() && bytes[at] == '%')
    at = static_cast<size_t>(
             std::find(bytes.begin() + static_cast<std::ptrdiff_t>(at), bytes.end(), '\n') -
             bytes.begin()) +
         1;
  return at;
}

TEST(EventRecordingsTest, Evt2) {
  NIGHTJAR_RECORDING(file, "events/evt2/faery_evt2.raw");
  const EventFileContent content = ReadEventFile(file);
  EXPECT_EQ(content.error, "");
  EXPECT_EQ(content.info.format, "evt2");
  EXPECT_EQ(content.info.width, 640);
  EXPECT_EQ(content.info.height, 480);
  EXPECT_EQ(content.events.size(), 521'252u);
  EXPECT_EQ(content.CountOn(), 185'861);
  EXPECT_TRUE(content.anomalies.empty());
  const auto bytes = FileBytes(file);
  EXPECT_EQ(content.events, DecodeEvt2Plainly(bytes, BehindText(bytes)));
}

TEST(EventRecordingsTest, Evt3) {
  NIGHTJAR_RECORDING(file, "events/evt3/evt3_sample.raw");
  const auto bytes = FileBytes(file);
  // Times step back nine times, each time before an event told the later one.
  auto expected = DecodeEvt3Plainly(bytes, BehindText(bytes));
  EXPECT_EQ(ReadEventFile(file, {.raw = true}).events, expected);
  EXPECT_EQ(MendTimes(expected), 0);
  const EventFileContent content = ReadEventFile(file);
  EXPECT_EQ(content.error, "");
  EXPECT_EQ(content.info.format, "evt3");
  EXPECT_EQ(content.info.width, 1280);
  EXPECT_EQ(content.info.height, 720);
  EXPECT_EQ(content.events.size(), 219'596u);
  EXPECT_EQ(content.events, expected);
  EXPECT_EQ(content.Anomaly("time steps back"), 9);
  EXPECT_EQ(content.anomalies.size(), 1u);
}

TEST(EventRecordingsTest, Dat) {
  NIGHTJAR_RECORDING(file, "events/dat/sample_ncars.dat");
  const EventFileContent content = ReadEventFile(file);
  EXPECT_EQ(content.error, "");
  EXPECT_EQ(content.info.format, "dat");
  ASSERT_EQ(content.events.size(), 2009u);
  EXPECT_TRUE(content.anomalies.empty());
  const auto bytes = FileBytes(file);
  const size_t begin = bytes.size() - 8 * content.events.size();
  for (size_t i = 0; i < content.events.size(); ++i) {
    uint32_t time = 0, pixel = 0;
    std::memcpy(&time, &bytes[begin + 8 * i], 4);
    std::memcpy(&pixel, &bytes[begin + 8 * i + 4], 4);
    ASSERT_EQ(content.events[i],
              (TimedEvent{time, static_cast<int>(pixel % 16384),
                          static_cast<int>(pixel / 16384 % 16384), pixel / 0x10000000 == 1}));
  }
}

// Event by event: five bytes, after the bytes that let time pass.
TEST(EventRecordingsTest, Es) {
  NIGHTJAR_RECORDING(file, "events/es/dvs.es");
  const EventFileContent content = ReadEventFile(file);
  EXPECT_EQ(content.error, "");
  EXPECT_EQ(content.info.format, "es");
  EXPECT_EQ(content.info.width, 320);
  EXPECT_EQ(content.info.height, 240);
  EXPECT_EQ(content.events.size(), 473'225u);
  EXPECT_TRUE(content.anomalies.empty());
  const auto bytes = FileBytes(file);
  int64_t time = 0;
  size_t at = 20;
  for (const TimedEvent& event : content.events) {
    while (bytes[at] / 2 == 127) time += bytes[at++] % 2 == 1 ? 127 : 0;
    time += bytes[at] / 2;
    ASSERT_EQ(event, (TimedEvent{time, bytes[at + 1] + 256 * bytes[at + 2],
                                 bytes[at + 3] + 256 * bytes[at + 4], bytes[at] % 2 == 1}));
    at += 5;
  }
  EXPECT_EQ(at, bytes.size());
}

TEST(EventRecordingsTest, Text) {
  NIGHTJAR_RECORDING(file, "events/ecd_slider_depth/events_chunk.txt");
  const EventFileContent content = ReadEventFile(file);
  EXPECT_EQ(content.error, "");
  EXPECT_EQ(content.info.format, "text");
  EXPECT_EQ(content.events.size(), 50'000u);
  EXPECT_TRUE(content.anomalies.empty());
  std::ifstream stream(file);
  double time_s = 0;
  int x = 0, y = 0, on = 0;
  for (const TimedEvent& event : content.events) {
    ASSERT_TRUE(stream >> time_s >> x >> y >> on);
    ASSERT_EQ(event, (TimedEvent{std::llround(time_s * 1e6), x, y, on == 1}));
  }
}

template <typename T>
T At(const std::vector<uint8_t>& bytes, size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

// The events of an AEDAT4 file without FlatBuffers' help: packets one after the other, in each the
// offsets of its only list followed by hand, 16 bytes an event.
std::vector<TimedEvent> DecodeAedat4Plainly(const std::vector<uint8_t>& bytes) {
  std::vector<TimedEvent> events;
  const size_t header = 14 + 4, root = header + At<uint32_t>(bytes, header);
  const size_t table = root - static_cast<size_t>(At<int32_t>(bytes, root));
  const auto end = At<int64_t>(bytes, root + At<uint16_t>(bytes, table + 6));
  LZ4F_dctx* context = nullptr;
  LZ4F_createDecompressionContext(&context, LZ4F_VERSION);
  for (size_t at = header + At<uint32_t>(bytes, 14); at < static_cast<size_t>(end);) {
    size_t size = At<uint32_t>(bytes, at + 4), unpacked = 10'000'000;
    std::vector<uint8_t> packet(unpacked);
    EXPECT_EQ(LZ4F_decompress(context, packet.data(), &unpacked, &bytes[at + 8], &size, nullptr),
              0u);
    at += 8 + At<uint32_t>(bytes, at + 4);
    if (std::memcmp(&packet[8], "EVTS", 4) != 0) continue;
    const size_t object = 4 + At<uint32_t>(packet, 4);
    const size_t fields = object - static_cast<size_t>(At<int32_t>(packet, object));
    const size_t field = object + At<uint16_t>(packet, fields + 4);
    const size_t list = field + At<uint32_t>(packet, field);
    for (size_t i = 0; i < At<uint32_t>(packet, list); ++i) {
      const size_t event = list + 4 + 16 * i;
      events.push_back({At<int64_t>(packet, event), At<int16_t>(packet, event + 8),
                        At<int16_t>(packet, event + 10), packet[event + 12] != 0});
    }
  }
  LZ4F_freeDecompressionContext(context);
  return events;
}

TEST(EventRecordingsTest, Aedat4InTheDark) {
  NIGHTJAR_RECORDING(file, "events/aedat4/demo-01.aedat4");
  const EventFileContent content = ReadEventFile(file);
  EXPECT_EQ(content.error, "");
  EXPECT_EQ(content.info.format, "aedat4");
  EXPECT_EQ(content.info.width, 346);
  EXPECT_EQ(content.info.height, 260);
  EXPECT_EQ(content.events.size(), 319'512u);
  EXPECT_EQ(content.events, DecodeAedat4Plainly(FileBytes(file)));
  EXPECT_TRUE(content.anomalies.empty());
  ASSERT_EQ(content.frames.size(), 13u);
  EXPECT_EQ(Width(content.frames[0].image), 346);
  EXPECT_EQ(Height(content.frames[0].image), 260);
  for (const Frame& frame : content.frames) EXPECT_NEAR(1e-9 * *frame.exposure_ns, 0.020, 0.001);
  const size_t samples = content.imu_samples.size();
  ASSERT_GT(samples, 400u);
  const double span = ToSeconds(content.imu_samples.back().time - content.imu_samples.front().time);
  EXPECT_NEAR((samples - 1) / span, 1000, 20);
}

TEST(EventRecordingsTest, Aedat4) {
  NIGHTJAR_RECORDING(file, "events/aedat4/davis.aedat4");
  const EventFileContent content = ReadEventFile(file);
  EXPECT_EQ(content.error, "");
  EXPECT_EQ(content.events.size(), 117'667u);
  EXPECT_EQ(content.events, DecodeAedat4Plainly(FileBytes(file)));
  EXPECT_EQ(content.frames.size(), 3u);
  EXPECT_EQ(content.triggers.size(), 15u);  // in 11 packets
  EXPECT_TRUE(content.anomalies.empty());
  // Gravity, in the unit that is promised.
  ASSERT_GT(content.imu_samples.size(), 100u);
  for (const ImuSample& sample : content.imu_samples)
    EXPECT_NEAR(sample.specific_force_body.norm(), 9.81, 1.5);
}

// The words of all packets behind each other, found by their sizes alone.
TEST(EventRecordingsTest, RosBag) {
  NIGHTJAR_RECORDING(file, "events/ros_event_camera/test_events_1.bag");
  const EventFileContent content = ReadEventFile(file);
  EXPECT_EQ(content.error, "");
  EXPECT_EQ(content.info.format, "rosbag");
  EXPECT_EQ(content.info.width, 640);
  EXPECT_EQ(content.info.height, 480);
  EXPECT_EQ(content.events.size(), 343'474u);
  EXPECT_EQ(content.triggers.size(), 4157u);
  const auto bytes = FileBytes(file);
  const std::string mark("\x04\0\0\0evt3\0", 9);  // encoding and byte order in front of the words
  std::vector<uint8_t> words;
  int packets = 0;
  auto at = bytes.begin();
  while ((at = std::search(at, bytes.end(), mark.begin(), mark.end())) != bytes.end()) {
    at += static_cast<std::ptrdiff_t>(mark.size());
    uint32_t size = 0;
    std::memcpy(&size, &*at, 4);
    words.insert(words.end(), at + 4, at + 4 + size);
    at += 4 + size;
    ++packets;
  }
  EXPECT_EQ(packets, 517);
  auto expected = DecodeEvt3Plainly(words, 0);
  EXPECT_EQ(ReadEventFile(file, {.raw = true}).events, expected);
  MendTimes(expected);
  EXPECT_EQ(content.events, expected);
}

TEST(EventRecordingsTest, BlocksOfAnySizeGiveTheSame) {
  NIGHTJAR_RECORDING(folder, "events");
  for (const char* name : {"evt2/faery_evt2.raw", "evt3/evt3_sample.raw", "dat/sample_ncars.dat",
                           "es/dvs.es", "ecd_slider_depth/events_chunk.txt", "aedat4/davis.aedat4",
                           "ros_event_camera/test_events_1.bag"}) {
    const auto whole = ReadEventFile(folder / name);
    for (const size_t block : {1U, 7U, 4099U})
      EXPECT_EQ(ReadEventFile(folder / name, {.block_bytes = block}).events, whole.events) << name;
  }
}

}  // namespace
}  // namespace nightjar
