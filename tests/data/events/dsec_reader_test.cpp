// SPDX-License-Identifier: Apache-2.0
#include "data/events/dsec_reader.h"

#include <blosc.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <hdf5.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <thread>

#include "data/event_file_writer.h"
#include "tests/data/events/event_file_tools.h"
#include "tests/temporary_folder.h"

namespace nightjar {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr H5Z_filter_t kBlosc = 32001;

// A list in chunks that Blosc packed with zstd, as h5py with its plugin would write it.
template <typename T>
void WriteBlosc(hid_t file, const char* name, hid_t type, std::vector<T> values, hsize_t chunk,
                H5Z_filter_t filter = kBlosc) {
  const hsize_t size = values.size(), limit = H5S_UNLIMITED;
  const hid_t space = H5Screate_simple(1, &size, &limit);
  const hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
  H5Pset_chunk(properties, 1, &chunk);
  const unsigned parameters[7] = {2, 2, sizeof(T), 0, 5, 1, 5};
  ASSERT_GE(H5Pset_filter(properties, filter, H5Z_FLAG_OPTIONAL, 7, parameters), 0);
  const hid_t list = H5Dcreate2(file, name, type, space, H5P_DEFAULT, properties, H5P_DEFAULT);
  ASSERT_GE(list, 0);
  values.resize((size + chunk - 1) / chunk * chunk);
  for (hsize_t begin = 0; begin < size; begin += chunk) {
    std::vector<uint8_t> packed(chunk * sizeof(T) + BLOSC_MAX_OVERHEAD);
    const int bytes =
        blosc_compress_ctx(5, BLOSC_SHUFFLE, sizeof(T), chunk * sizeof(T), values.data() + begin,
                           packed.data(), packed.size(), "zstd", 0, 1);
    ASSERT_GT(bytes, 0);
    ASSERT_GE(
        H5Dwrite_chunk(list, H5P_DEFAULT, 0, &begin, static_cast<size_t>(bytes), packed.data()), 0);
  }
  H5Dclose(list);
  H5Pclose(properties);
  H5Sclose(space);
}

void WriteDsec(const fs::path& path, const std::vector<TimedEvent>& events, int64_t offset_us,
               H5Z_filter_t filter = kBlosc) {
  std::vector<uint16_t> x, y;
  std::vector<uint8_t> p;
  std::vector<uint32_t> t;
  for (const TimedEvent& e : events) {
    x.push_back(static_cast<uint16_t>(e.x));
    y.push_back(static_cast<uint16_t>(e.y));
    p.push_back(e.on ? 1 : 0);
    t.push_back(static_cast<uint32_t>(e.time_us - offset_us));
  }
  if (H5Zfilter_avail(kBlosc) > 0) H5Zunregister(kBlosc);  // the reader's only unpacks
  const hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  H5Gclose(H5Gcreate2(file, "/events", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  WriteBlosc(file, "/events/x", H5T_STD_U16LE, x, 10'000, filter);
  WriteBlosc(file, "/events/y", H5T_STD_U16LE, y, 10'000, filter);
  WriteBlosc(file, "/events/p", H5T_STD_U8LE, p, 7'000, filter);
  WriteBlosc(file, "/events/t", H5T_STD_U32LE, t, 50'000, filter);
  const hid_t space = H5Screate(H5S_SCALAR);
  const hid_t scalar =
      H5Dcreate2(file, "/t_offset", H5T_STD_I64LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  H5Dwrite(scalar, H5T_NATIVE_INT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, &offset_us);
  H5Dclose(scalar);
  H5Sclose(space);
  H5Fclose(file);
}

TEST(DsecReaderTest, ReadsBloscWithZstd) {
  const TemporaryFolder folder;
  const int64_t offset_us = 53'000'000'000;
  const auto events = MakeEvents(123'456, 640, 480, offset_us + 17, 4);
  WriteDsec(folder.path() / "events.h5", events, offset_us);
  const EventFileContent content = ReadEventFile(folder.path() / "events.h5");
  EXPECT_EQ(content.error, "");
  EXPECT_EQ(content.info.format, "dsec");
  EXPECT_EQ(content.events, events);
  EXPECT_TRUE(content.anomalies.empty());
}

TEST(DsecReaderTest, ReadsWhatOurWriterWrites) {
  const TemporaryFolder folder;
  const auto events = MakeEvents(200'000, 346, 260, 1'000'000, 5);
  auto writer =
      EventFileWriter::Create(folder.path() / "e", FromNanoseconds(1'000'000'000), {346, 260});
  ASSERT_TRUE(writer);
  EventPacket packet;
  packet.begin = FromNanoseconds(1'000'000'000);
  for (const TimedEvent& e : events) {
    packet.events.push_back({static_cast<uint32_t>(e.time_us - 1'000'000),
                             static_cast<uint16_t>(e.x), static_cast<uint16_t>(e.y & 0x7FFF),
                             e.on ? uint16_t{1} : uint16_t{0}});
  }
  ASSERT_TRUE(writer->Add(packet));
  ASSERT_TRUE(writer->Finish());
  EXPECT_EQ(ReadEventFile(folder.path() / "e").events, events);
}

TEST(DsecReaderTest, AFileWithoutEventsHasNone) {
  const TemporaryFolder folder;
  auto writer = EventFileWriter::Create(folder.path() / "e", FromNanoseconds(0), {346, 260});
  ASSERT_TRUE(writer);
  ASSERT_TRUE(writer->Finish());
  const EventFileContent content = ReadEventFile(folder.path() / "e");
  EXPECT_EQ(content.error, "");
  EXPECT_TRUE(content.events.empty());
}

TEST(DsecReaderTest, TimeFollowsThePolicy) {
  const TemporaryFolder folder;
  WriteDsec(folder.path() / "e.h5",
            {{4'294'967'290, 1, 1, true}, {3, 2, 2, true}, {1, 3, 3, false}, {5, 4, 4, false}}, 0);
  const int64_t period = int64_t{1} << 32;
  const EventFileContent content = ReadEventFile(folder.path() / "e.h5");
  EXPECT_THAT(
      content.events,
      ElementsAre(TimedEvent{4'294'967'290, 1, 1, true}, TimedEvent{period + 3, 2, 2, true},
                  TimedEvent{period + 3, 3, 3, false}, TimedEvent{period + 5, 4, 4, false}));
  EXPECT_EQ(content.Anomaly("time steps back"), 1);
  const EventFileContent raw = ReadEventFile(folder.path() / "e.h5", {.raw = true});
  ASSERT_EQ(raw.events.size(), 4u);
  EXPECT_EQ(raw.events[2].time_us, period + 1);
}

TEST(DsecReaderTest, NamesWhatItCannotUnpack) {
  const TemporaryFolder folder;
  const auto events = MakeEvents(100, 64, 48, 0, 6);
  WriteDsec(folder.path() / "ecf.h5", events, 0, 36559);
  EXPECT_THAT(ReadEventFile(folder.path() / "ecf.h5").error, HasSubstr("ECF codec"));
  WriteDsec(folder.path() / "other.h5", events, 0, 32999);
  EXPECT_THAT(ReadEventFile(folder.path() / "other.h5").error, HasSubstr("filter 32999"));
  const hid_t file =
      H5Fcreate((folder.path() / "cd.h5").c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  H5Gclose(H5Gcreate2(file, "/CD", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  H5Fclose(file);
  EXPECT_THAT(ReadEventFile(folder.path() / "cd.h5").error, HasSubstr("ECF codec"));
}

TEST(DsecReaderTest, RefusesWhatNobodyWrote) {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "e.h5";
  const hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  H5Gclose(H5Gcreate2(file, "/events", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  for (const char* name : {"/events/x", "/events/y", "/events/p", "/events/t"}) {
    const hsize_t size = hsize_t{1} << 50, chunk = 1000;
    const hid_t space = H5Screate_simple(1, &size, nullptr);
    const hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(properties, 1, &chunk);
    H5Dclose(H5Dcreate2(file, name, H5T_STD_U16LE, space, H5P_DEFAULT, properties, H5P_DEFAULT));
    H5Pclose(properties);
    H5Sclose(space);
  }
  H5Fclose(file);
  EXPECT_THAT(ReadEventFile(path).error, HasSubstr("holes"));
}

// Bytes of the packed chunks flipped: an error or other events, never more of them.
TEST(DsecReaderTest, SurvivesDamagedChunks) {
  const TemporaryFolder folder;
  const auto events = MakeEvents(60'000, 640, 480, 0, 7);
  WriteDsec(folder.path() / "e.h5", events, 0);
  const std::string whole = ReadText(folder.path() / "e.h5");
  int failed = 0;
  for (size_t at = 8192; at < whole.size(); at += 9973) {
    std::string damaged = whole;
    for (size_t k = at; k < std::min(at + 8, whole.size()); ++k) damaged[k] ^= 0x5A;
    WriteText(folder.path() / "d.h5", damaged);
    const EventFileContent content = ReadEventFile(folder.path() / "d.h5");
    EXPECT_LE(content.events.size(), events.size());
    failed += content.error.empty() ? 0 : 1;
  }
  EXPECT_GT(failed, 0);
}

TEST(DsecReaderTest, AFileThatIsMissingIsNotDamaged) {
  const TemporaryFolder folder;
  const auto reader = OpenDsecFile(folder.path() / "events.h5", false);
  ASSERT_FALSE(reader);
  EXPECT_THAT(reader.error().Message(), HasSubstr("events.h5: is missing"));
  WriteText(folder.path() / "events.h5", "\x89HDF\r\n\x1a\n, and no more");
  const auto damaged = OpenDsecFile(folder.path() / "events.h5", false);
  ASSERT_FALSE(damaged);
  EXPECT_THAT(damaged.error().Message(), HasSubstr("damaged"));
}

// HDF5 prints its errors on its own, thread by thread, unless it is told not to.
TEST(DsecReaderTest, OtherThreadsArePrintedNothingEither) {
  const TemporaryFolder folder;
  WriteDsec(folder.path() / "e.h5", MakeEvents(60'000, 640, 480, 0, 7), 0);
  const std::string whole = ReadText(folder.path() / "e.h5");
  int failed = 0;
  testing::internal::CaptureStderr();
  for (size_t at = 8192; at < whole.size(); at += 9973) {
    std::string damaged = whole;
    for (size_t k = at; k < std::min(at + 8, whole.size()); ++k) damaged[k] ^= 0x5A;
    WriteText(folder.path() / "d.h5", damaged);
    auto reader = OpenDsecFile(folder.path() / "d.h5", false);
    if (!reader) continue;
    std::thread([&] {
      EventBatch batch;
      Result<bool> more = true;
      while (more && *more) more = (*reader)->Next(batch);
      failed += more ? 0 : 1;
      reader->reset();
    }).join();
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  EXPECT_GT(failed, 0) << "there must be something to print";
}

}  // namespace
}  // namespace nightjar
