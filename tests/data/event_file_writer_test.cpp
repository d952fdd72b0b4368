// SPDX-License-Identifier: Apache-2.0
#include "data/event_file_writer.h"

#include <gtest/gtest.h>
#include <hdf5.h>

#include <chrono>
#include <ctime>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <utility>

#include "core/time.h"
#include "tests/data/event_columns.h"

namespace nightjar {
namespace {

namespace fs = std::filesystem;

class EventFileWriterTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ =
        fs::path(testing::TempDir()) /
        ("events_" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  fs::path folder_;
};

Event MakeEvent(uint32_t time_us, int x, int y, bool on) {
  Event event;
  event.time_us = time_us;
  event.x = static_cast<uint16_t>(x);
  event.y = static_cast<uint16_t>(y) & 0x7FFF;
  event.on = on;
  return event;
}

std::string Bytes(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

constexpr SensorTime kBegin = FromNanoseconds(20'000'000'000);
constexpr ImageSize kSize = {346, 260};

// More than two chunks, in packets whose begins differ.
void WriteMany(const fs::path& file, std::vector<Event>& all) {
  auto writer = EventFileWriter::Create(file, kBegin, kSize);
  ASSERT_TRUE(writer);
  all.clear();
  for (uint32_t packet = 0; packet < 150; ++packet) {
    EventPacket events;
    events.begin = kBegin + std::chrono::milliseconds(2 * packet);
    for (uint32_t i = 0; i < 1000; ++i) {
      events.events.push_back(MakeEvent(2 * i, static_cast<int>((7 * i) % 346),
                                        static_cast<int>((3 * i + packet) % 260), i % 3 == 0));
      all.push_back(events.events.back());
      all.back().time_us += 2000 * packet;
    }
    ASSERT_TRUE(writer->Add(events));
  }
  ASSERT_TRUE(writer->Finish());
}

TEST_F(EventFileWriterTest, HasTheLayoutOfDsec) {
  std::vector<Event> all;
  ASSERT_NO_FATAL_FAILURE(WriteMany(folder_ / "events.h5", all));
  const fs::path file = folder_ / "events.h5";
  const auto x = Column<uint16_t>(file, "/events/x", H5T_NATIVE_UINT16);
  const auto y = Column<uint16_t>(file, "/events/y", H5T_NATIVE_UINT16);
  const auto p = Column<uint8_t>(file, "/events/p", H5T_NATIVE_UINT8);
  const auto t = Column<uint32_t>(file, "/events/t", H5T_NATIVE_UINT32);
  ASSERT_EQ(x.size(), all.size());
  ASSERT_EQ(y.size(), all.size());
  ASSERT_EQ(p.size(), all.size());
  ASSERT_EQ(t.size(), all.size());
  for (size_t i = 0; i < all.size(); ++i) {
    ASSERT_EQ(x[i], all[i].x);
    ASSERT_EQ(y[i], all[i].y);
    ASSERT_EQ(p[i], all[i].on);
    ASSERT_EQ(t[i], all[i].time_us);
  }
  EXPECT_EQ(Column<int64_t>(file, "/t_offset", H5T_NATIVE_INT64).at(0), 20'000'000);
  const auto first = Column<uint64_t>(file, "/ms_to_idx", H5T_NATIVE_UINT64);
  ASSERT_EQ(first.size(), 300U);
  for (size_t ms = 0; ms < first.size(); ++ms) {
    ASSERT_GE(t[first[ms]], 1000 * ms);
    if (first[ms] > 0) {
      ASSERT_LT(t[first[ms] - 1], 1000 * ms);
    }
  }
}

TEST_F(EventFileWriterTest, TheSameEventsGiveTheSameBytes) {
  std::vector<Event> all;
  ASSERT_NO_FATAL_FAILURE(WriteMany(folder_ / "a.h5", all));
  // HDF5 counts times in seconds.
  const auto second = [] { return std::time(nullptr); };
  for (const std::time_t before = second(); second() == before;)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  ASSERT_NO_FATAL_FAILURE(WriteMany(folder_ / "b.h5", all));
  EXPECT_EQ(Bytes(folder_ / "a.h5"), Bytes(folder_ / "b.h5"));
}

TEST_F(EventFileWriterTest, NothingInItHasATime) {
  std::vector<Event> all;
  ASSERT_NO_FATAL_FAILURE(WriteMany(folder_ / "events.h5", all));
  const hid_t file = H5Fopen((folder_ / "events.h5").c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
  ASSERT_GE(file, 0);
  int objects = 0;
  const auto look = [](hid_t, const char* name, const H5O_info_t* info, void* count) -> herr_t {
    EXPECT_EQ(info->atime + info->mtime + info->ctime + info->btime, 0) << name;
    ++*static_cast<int*>(count);
    return 0;
  };
  EXPECT_GE(H5Ovisit2(file, H5_INDEX_NAME, H5_ITER_INC, look, &objects, H5O_INFO_TIME), 0);
  H5Fclose(file);
  EXPECT_EQ(objects, 8) << "/, /events with four columns, /ms_to_idx, /t_offset";
}

TEST_F(EventFileWriterTest, NamesTheEventThatIsOutOfOrderOrOfTheSensor) {
  auto writer = EventFileWriter::Create(folder_ / "events.h5", kBegin, kSize);
  ASSERT_TRUE(writer);
  const Event good = MakeEvent(1000, 345, 259, true);
  ASSERT_TRUE(writer->Add(EventPacket{kBegin, {good}}));
  const std::pair<std::vector<Event>, const char*> cases[] = {
      {{good, MakeEvent(999, 0, 0, true)}, "event 1 is at 999 us, behind one at 1000 us"},
      {{MakeEvent(999, 0, 0, true)}, "event 0 is at 999 us, behind one at 1000 us"},
      {{good, good, MakeEvent(1001, 346, 7, true)},
       "event 2 is on pixel (346, 7) of a sensor of 346 x 260 px"},
      {{MakeEvent(1001, 7, 260, true)}, "event 0 is on pixel (7, 260)"}};
  for (const auto& [events, what] : cases) {
    const Status refused = writer->Add({kBegin, events});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::kUsage);
    EXPECT_NE(refused.error().Message().find(what), std::string::npos) << refused.error().Message();
  }
  EXPECT_FALSE(writer->Add(EventPacket{kBegin - std::chrono::milliseconds(2), {good}}))
      << "before the begin";
  ASSERT_TRUE(writer->Finish());
  EXPECT_EQ(Column<uint32_t>(folder_ / "events.h5", "/events/t", H5T_NATIVE_UINT32),
            std::vector<uint32_t>{1000})
      << "nothing of a packet that is refused";
}

TEST_F(EventFileWriterTest, NoEventIsAFileToo) {
  auto writer = EventFileWriter::Create(folder_ / "none.h5", kBegin, kSize);
  ASSERT_TRUE(writer);
  ASSERT_TRUE(writer->Finish());
  EXPECT_TRUE(Column<uint16_t>(folder_ / "none.h5", "/events/x", H5T_NATIVE_UINT16).empty());
  EXPECT_TRUE(Column<uint64_t>(folder_ / "none.h5", "/ms_to_idx", H5T_NATIVE_UINT64).empty());
}

TEST_F(EventFileWriterTest, SaysWhereItCannotWriteAndWhatDoesNotFit) {
  EXPECT_FALSE(EventFileWriter::Create(folder_ / "no" / "such" / "events.h5", kBegin, kSize));
  auto writer = EventFileWriter::Create(folder_ / "events.h5", kBegin, kSize);
  ASSERT_TRUE(writer);
  EventPacket late;
  late.begin = kBegin + std::chrono::minutes(72);
  late.events = {MakeEvent(0, 1, 2, true)};
  const Status refused = writer->Add(late);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kUsage);
}

}  // namespace
}  // namespace nightjar
