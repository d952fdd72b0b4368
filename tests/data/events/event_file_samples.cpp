// SPDX-License-Identifier: Apache-2.0
#include "tests/data/events/event_file_samples.h"

#include <fmt/format.h>

#include "tests/data/events/aedat4_encoder.h"
#include "tests/data/events/evt_encoders.h"
#include "tests/data/events/ros_bag_encoder.h"

namespace nightjar {
namespace {

std::vector<uint8_t> WithText(const std::string& text, const std::vector<uint8_t>& bytes) {
  std::vector<uint8_t> out(text.begin(), text.end());
  out.insert(out.end(), bytes.begin(), bytes.end());
  return out;
}

// Time, row, column: three words an event, and a vector now and then.
std::vector<uint8_t> EncodeEvt3(const std::vector<TimedEvent>& events) {
  std::vector<uint8_t> out;
  int64_t high = -1;
  for (size_t i = 0; i < events.size(); ++i) {
    const TimedEvent& e = events[i];
    if (e.time_us >> 12 != high) {
      high = e.time_us >> 12;
      PutBytes(0x8000 | (static_cast<uint64_t>(high) & 0xFFF), 2, out);
    }
    PutBytes(0x6000 | (static_cast<uint64_t>(e.time_us) & 0xFFF), 2, out);
    PutBytes(static_cast<uint64_t>(e.y), 2, out);
    const uint64_t x = static_cast<uint64_t>(e.x) | (e.on ? 0x800 : 0);
    PutBytes((i % 16 == 0 ? 0x3000 : 0x2000) | x, 2, out);
    if (i % 16 == 0) PutBytes(0x4001, 2, out);
  }
  return out;
}

std::vector<uint8_t> EncodeDat(const std::vector<TimedEvent>& events) {
  std::vector<uint8_t> out = {0x0C, 8};
  for (const TimedEvent& e : events) {
    PutBytes(static_cast<uint64_t>(e.time_us), 4, out);
    PutBytes(static_cast<uint64_t>(e.x) | static_cast<uint64_t>(e.y) << 14 |
                 static_cast<uint64_t>(e.on) << 28,
             4, out);
  }
  return out;
}

std::vector<uint8_t> EncodeEs(const std::vector<TimedEvent>& events) {
  std::vector<uint8_t> out = {2, 0, 0, 1, 0x40, 1, 0xF0, 0};
  int64_t time = 0;
  for (const TimedEvent& e : events) {
    for (; e.time_us - time > 126; time += 127) out.push_back(0xFF);
    out.push_back(static_cast<uint8_t>((e.time_us - time) * 2 + (e.on ? 1 : 0)));
    time = e.time_us;
    PutBytes(static_cast<uint64_t>(e.x), 2, out);
    PutBytes(static_cast<uint64_t>(e.y), 2, out);
  }
  return out;
}

std::string EncodeText(const std::vector<TimedEvent>& events) {
  std::string out = "320 240\n";
  for (const TimedEvent& e : events)
    out += fmt::format("{:.6f} {} {} {}\n", 1e-6 * static_cast<double>(e.time_us), e.x, e.y,
                       e.on ? 1 : 0);
  return out;
}

std::vector<uint8_t> EncodeAedat4(const std::vector<TimedEvent>& events,
                                  aedat4::Compression compression) {
  Aedat4Encoder file(compression);
  for (size_t begin = 0; begin < events.size(); begin += 500) {
    file.AddEvents(
        0, {events.begin() + static_cast<std::ptrdiff_t>(begin),
            events.begin() + static_cast<std::ptrdiff_t>(std::min(begin + 500, events.size()))});
    file.AddImu(2, events[begin].time_us);
    file.AddTrigger(3, events[begin].time_us, 1);
    file.AddFrame(1, events[begin].time_us, events[begin].time_us + 100, 8, 4, 0);
  }
  return file.bytes();
}

std::vector<uint8_t> EncodeBag(const std::vector<TimedEvent>& events,
                               const std::string& compression) {
  RosBagEncoder bag;
  bag.AddConnection(1, "/imu", "sensor_msgs/Imu");
  bag.AddConnection(2, "/events", "event_camera_msgs/EventPacket");
  const std::vector<uint8_t> words = EncodeEvt3(events);
  const size_t half = words.size() / 4 * 2;
  bag.AddEvents(2, {words.begin(), words.begin() + static_cast<std::ptrdiff_t>(half)});
  bag.EndChunk(compression);
  bag.AddEvents(1, {});
  bag.AddEvents(2, {words.begin() + static_cast<std::ptrdiff_t>(half), words.end()});
  bag.EndChunk(compression);
  return bag.bytes();
}

}  // namespace

std::vector<EventFileSample> MakeEventFileSamples(int count) {
  const std::vector<TimedEvent> events = MakeEvents(count, 320, 240, 1000, 9);
  const std::string dat =
      "% Data file containing Event2D events.\n% Version 2\n% Width 320\n% Height 240\n";
  std::vector<EventFileSample> samples = {
      {"evt2", WithText("% evt 2.0\n", EncodeEvt2(events)), events, 1 / 4.0},
      {"evt2.1", WithText("% evt 2.1\n% end\n", EncodeEvt21(events, false)), events, 32 / 8.0},
      {"evt2.1 legacy",
       WithText("% format EVT21;endianness=legacy;height=240;width=320\n% end\n",
                EncodeEvt21(events, true)),
       events, 32 / 8.0},
      {"evt3", WithText("% evt 3.0\n% geometry 320x240\n", EncodeEvt3(events)), events, 12 / 2.0},
      {"dat", WithText(dat, EncodeDat(events)), events, 1 / 8.0},
      {"es", WithText("Event Stream", EncodeEs(events)), events, 1 / 5.0},
      {"text", WithText(EncodeText(events), {}), events, 1 / 8.0},
      {"aedat4", EncodeAedat4(events, aedat4::Compression_None), events, 1 / 16.0},
      {"aedat4 lz4", EncodeAedat4(events, aedat4::Compression_Lz4), events, 255 / 16.0},
      {"aedat4 zstd", EncodeAedat4(events, aedat4::Compression_Zstd), events, 0},
      {"rosbag", EncodeBag(events, "none"), events, 12 / 2.0},
      {"rosbag lz4", EncodeBag(events, "lz4"), events, 255 * 12 / 2.0},
      {"rosbag bz2", EncodeBag(events, "bz2"), events, 0}};
  return samples;
}

}  // namespace nightjar
