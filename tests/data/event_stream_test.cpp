// SPDX-License-Identifier: Apache-2.0
// The events of a log among its other records.
#include "data/event_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <hdf5.h>

#include <filesystem>

#include "calibration/asl_sensor_yaml.h"
#include "data/event_file_writer.h"
#include "tests/data/small_log.h"

namespace nightjar {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// SmallLog with events0: one event every 0.4 ms from 5 ms after kStart on, 300 of them, which is
/// to 125 ms: beyond the last frame and the last sample.
class EventStreamTest : public SmallLog {
 protected:
  static constexpr int kEvents = 300;
  static constexpr int64_t kStep = kMillisecond * 2 / 5;
  // kStart is no whole microsecond; the writer's begin is.
  static constexpr int64_t kFirst = kStart / 1000 * 1000 + 5 * kMillisecond;

  void SetUp() override {
    SmallLog::SetUp();
    std::filesystem::create_directories(root_ / "events0");
    WriteSensor();
    WriteEvents(kEvents);
  }

  void WriteSensor(const std::string& more = {}) const {
    WriteText(root_ / "events0" / "sensor.yaml", AslCameraYaml(MakeRig().cameras[1]) + more);
  }
  void WriteEvents(int count) const {
    std::vector<int64_t> times_us;
    for (int i = 0; i < count; ++i) times_us.push_back(i * kStep / 1000);
    WriteEventsAt(times_us);
  }
  /// us behind kFirst, 0 or more, as they are: also where the writer would refuse them.
  void WriteEventsAt(const std::vector<int64_t>& times_us) const {
    auto writer = EventFileWriter::Create(root_ / "events0" / "events.h5", FromNanoseconds(kFirst),
                                          {kWidth, kHeight});
    ASSERT_TRUE(writer);
    EventPacket packet{FromNanoseconds(kFirst), {}};
    for (int i = 0; i < static_cast<int>(times_us.size()); ++i) {
      Event event;
      event.x = static_cast<uint16_t>(i % kWidth);
      event.y = static_cast<uint16_t>(i % kHeight) & 0x7FFF;
      event.on = i % 3 == 0;
      packet.events.push_back(event);
    }
    ASSERT_TRUE(writer->Add(packet));
    ASSERT_TRUE(writer->Finish());
    if (times_us.empty()) return;
    const std::filesystem::path path = root_ / "events0" / "events.h5";
    const hid_t file = H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
    const hid_t column = H5Dopen2(file, "/events/t", H5P_DEFAULT);
    EXPECT_GE(H5Dwrite(column, H5T_NATIVE_INT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, times_us.data()),
              0);
    H5Dclose(column);
    H5Fclose(file);
  }

  std::unique_ptr<SensorLog> Open(SensorLogOptions options = {}) const {
    options.events = true;
    auto log = OpenSensorLog(log_, options);
    EXPECT_TRUE(log) << log.error().Message();
    return log ? *std::move(log) : nullptr;
  }

  struct Told {
    int64_t t_ns;
    Event event;
  };
  static std::vector<Told> EventsOf(const std::vector<Record>& records) {
    std::vector<Told> told;
    for (const Record& record : records) {
      const auto* events = std::get_if<EventRecord>(&record);
      if (events == nullptr) continue;
      for (const Event& event : events->packet.events)
        told.push_back(
            {ToNanoseconds(events->packet.begin) + 1000 * int64_t{event.time_us}, event});
    }
    return told;
  }
};

TEST_F(EventStreamTest, EveryEventComesBeforeTheFrameThatIsLater) {
  const auto log = Open();
  ASSERT_EQ(log->contents().event_cameras.size(), 1u);
  const RigEventCamera& camera = log->contents().event_cameras[0];
  EXPECT_EQ(camera.name, "events0");
  EXPECT_EQ(camera.width, kWidth);
  EXPECT_TRUE(
      camera.T_body_camera.translation.isApprox(MakeRig().cameras[1].T_body_camera.translation));
  const std::vector<Record> records = ReadAll(*log);
  const std::vector<Told> told = EventsOf(records);
  ASSERT_EQ(told.size(), static_cast<size_t>(kEvents));
  for (int i = 0; i < kEvents; ++i) {
    const Told& event = told[static_cast<size_t>(i)];
    EXPECT_EQ(event.t_ns, kFirst + i * kStep);
    EXPECT_EQ(event.event.x, i % kWidth);
    EXPECT_EQ(event.event.y, i % kHeight);
    EXPECT_EQ(event.event.on, i % 3 == 0);
  }
  int64_t last_event = 0;
  for (const Record& record : records) {
    if (const auto* events = std::get_if<EventRecord>(&record)) {
      EXPECT_EQ(ToNanoseconds(events->time) % kMillisecond, 0);
      EXPECT_EQ(events->time, events->packet.begin);
      EXPECT_LT(events->packet.events.back().time_us, 1000u);
      last_event = ToNanoseconds(events->time) + 1000 * events->packet.events.back().time_us;
    } else if (TimeOf(record) >= FromNanoseconds(kFirst + kStep)) {
      // The next one is not before the record, and none is more than its millisecond ahead.
      EXPECT_GE(last_event + kStep, ToNanoseconds(TimeOf(record)));
      EXPECT_LT(last_event, ToNanoseconds(TimeOf(record)) + kMillisecond);
    }
  }
  EXPECT_THAT(log->anomalies(), IsEmpty());
  const StreamCounts counts = log->counts().back();
  EXPECT_EQ(counts.stream, "events0");
  EXPECT_EQ(counts.listed, kEvents);
  EXPECT_EQ(counts.delivered, kEvents);
  EXPECT_EQ(counts.first, FromNanoseconds(kFirst));
  EXPECT_EQ(counts.last, FromNanoseconds(kFirst + (kEvents - 1) * kStep));
}

TEST_F(EventStreamTest, OnlyThoseOfTheIntervalAreDelivered) {
  const std::vector<Told> told = EventsOf(ReadAll(*Open({.begin_s = 0.02, .end_s = 0.06})));
  ASSERT_FALSE(told.empty());
  const int64_t begin = FrameTime(0, 0) + 20 * kMillisecond;
  EXPECT_GE(told.front().t_ns, begin);
  EXPECT_LT(told.front().t_ns, begin + kStep);
  EXPECT_LT(told.back().t_ns, begin + 40 * kMillisecond);
  EXPECT_GE(told.back().t_ns, begin + 40 * kMillisecond - kStep);
}

TEST_F(EventStreamTest, ACutLogTellsTheSameBefore) {
  const std::vector<Told> whole = EventsOf(ReadAll(*Open()));
  const std::vector<Told> cut = EventsOf(ReadAll(*Open({.end_s = 0.05})));
  ASSERT_LT(cut.size(), whole.size());
  for (size_t i = 0; i < cut.size(); ++i) EXPECT_EQ(cut[i].t_ns, whole[i].t_ns);
}

TEST_F(EventStreamTest, TheTimeOffsetMovesThemToTheClockOfTheImu) {
  WriteSensor("time_offset_s: -0.0025\n");
  const std::vector<Told> told = EventsOf(ReadAll(*Open()));
  ASSERT_EQ(told.size(), static_cast<size_t>(kEvents));
  EXPECT_EQ(told.front().t_ns, kFirst - 2500000);
  EXPECT_EQ(told.back().t_ns, kFirst - 2500000 + (kEvents - 1) * kStep);
}

TEST_F(EventStreamTest, AFileWithoutEventsIsNoMistake) {
  WriteEvents(0);
  const auto log = Open();
  EXPECT_THAT(EventsOf(ReadAll(*log)), IsEmpty());
  EXPECT_THAT(log->anomalies(), IsEmpty());
  EXPECT_EQ(log->counts().back().delivered, 0);
}

TEST_F(EventStreamTest, ALogWithoutEventsIsReadAsEver) {
  std::filesystem::remove_all(root_ / "events0");
  const auto log = Open();
  EXPECT_THAT(log->contents().event_cameras, IsEmpty());
  EXPECT_EQ(ReadAll(*log).size(), static_cast<size_t>(kSamples + 2 * kFrames));
}

TEST_F(EventStreamTest, EventsOfACameraThatNobodyCalibratedAreNotUsed) {
  WriteText(root_ / "events0" / "sensor.yaml", "sensor_type: camera\nresolution: [20, 16]\n");
  const auto log = Open();
  EXPECT_THAT(log->contents().event_cameras, IsEmpty());
  EXPECT_THAT(EventsOf(ReadAll(*log)), IsEmpty());
  EXPECT_THAT(log->contents().notes,
              ElementsAre(HasSubstr("events0 is not used, it has no calibration: ")));
}

TEST_F(EventStreamTest, WithoutBeingAskedForNothingIsOpened) {
  WriteText(root_ / "events0" / "events.h5", "broken");
  const auto log = OpenSensorLog(log_);
  ASSERT_TRUE(log) << log.error().Message();
  EXPECT_THAT(EventsOf(ReadAll(**log)), IsEmpty());
  EXPECT_THAT((*log)->contents().notes, ElementsAre("events0 is not used"));
}

TEST_F(EventStreamTest, AWrongTimeMovesNoOtherEvent) {
  std::vector<int64_t> times_us;
  for (int i = 0; i < kEvents; ++i) times_us.push_back(i * kStep / 1000);
  times_us[0] = 60'000'000;
  times_us[100] = 8'000'000;
  times_us[101] = 9'000'000;
  times_us[290] = 1000;                  // more than 0.1 s back
  times_us[200] = times_us[199] - 5000;  // late by a little
  WriteEventsAt(times_us);
  const auto log = Open();
  const std::vector<Record> records = ReadAll(*log);
  const std::vector<Told> told = EventsOf(records);
  ASSERT_EQ(told.size(), static_cast<size_t>(kEvents) - 4);
  EXPECT_EQ(told.front().t_ns, kFirst + kStep);
  EXPECT_EQ(told.back().t_ns, kFirst + (kEvents - 1) * kStep);
  EXPECT_EQ(told[197].t_ns, told[196].t_ns) << "as late as the one before";
  for (const Record& record : records) {
    const auto* events = std::get_if<EventRecord>(&record);
    if (events != nullptr) {
      EXPECT_LE(events->packet.events.size(), 4u);
    }
  }
  const std::vector<LogAnomaly> anomalies = log->anomalies();
  ASSERT_FALSE(anomalies.empty());
  EXPECT_EQ(anomalies.back().what, "events whose time is in error, not used");
  EXPECT_EQ(anomalies.back().count, 4);
  EXPECT_EQ(anomalies.back().first_where, "events0/events.h5: event 0");
}

TEST_F(EventStreamTest, SilenceIsNoError) {
  WriteEventsAt({0, 400, 60'000, 500'000, 500'400});
  const auto log = Open();
  EXPECT_EQ(EventsOf(ReadAll(*log)).size(), 5u);
  EXPECT_THAT(log->anomalies(), IsEmpty());
}

TEST_F(EventStreamTest, ATruncatedFileIsRefusedWithItsName) {
  const std::filesystem::path file = root_ / "events0" / "events.h5";
  std::filesystem::resize_file(file, std::filesystem::file_size(file) / 2);
  const auto log = OpenSensorLog(log_, {.events = true});
  ASSERT_FALSE(log);
  EXPECT_EQ(log.error().kind, ErrorKind::kUnusableInput);
  EXPECT_THAT(log.error().where, HasSubstr("events0/events.h5"));
}

}  // namespace
}  // namespace nightjar
