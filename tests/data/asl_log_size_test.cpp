// SPDX-License-Identifier: Apache-2.0
// A long table with one bad line.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "data/sensor_log.h"
#include "tests/data/small_log.h"
#include "tests/sanitized.h"

namespace nightjar {
namespace {

using AslLogSizeTest = SmallLog;

// What this process holds in memory, bytes.
int64_t Resident() {
  std::ifstream stream("/proc/self/statm");
  int64_t pages = 0, resident_pages = 0;
  stream >> pages >> resident_pages;
  return resident_pages * sysconf(_SC_PAGESIZE);
}

TEST_F(AslLogSizeTest, AMillionRowsPassThroughAndTheBadOneIsNamed) {
  constexpr int kRows = 1'000'000;
  constexpr int kBadLine = 777'777;
  const std::filesystem::path csv = root_ / "imu0" / "data.csv";
  {
    std::ofstream stream(csv);
    for (int line = 1; line <= kRows; ++line) {
      const int64_t t_ns = kStart + line * kMillisecond;
      stream << (line == kBadLine ? -1 : t_ns)
             << ",0.0123456789,-0.0123456789,0.0234567891,0.1234567,-0.2345678,9.8123456\n";
    }
    ASSERT_TRUE(stream.flush());
  }
  const auto size = static_cast<int64_t>(std::filesystem::file_size(csv));
  ASSERT_GT(size, 80 << 20);

  const int64_t before = Resident();
  const auto log = OpenSensorLog(log_);
  ASSERT_TRUE(log) << log.error().Message();
  int64_t samples = 0;
  SensorTime last;
  while (true) {
    const auto record = (*log)->Next();
    ASSERT_TRUE(record) << record.error().Message();
    if (!*record) break;
    samples += std::holds_alternative<ImuSample>(**record);
    last = TimeOf(**record);
  }
  EXPECT_EQ(samples, kRows - 1);
  EXPECT_EQ(ToNanoseconds(last), kStart + kRows * kMillisecond);
  ASSERT_EQ((*log)->anomalies().size(), 1U);
  EXPECT_EQ((*log)->anomalies()[0].first_where, "imu0/data.csv:777777");
  EXPECT_EQ((*log)->anomalies()[0].count, 1);
  if (!kSanitized) {
    EXPECT_LT(Resident() - before, size / 10) << "memory does not grow with the file";
  }
}

}  // namespace
}  // namespace nightjar
