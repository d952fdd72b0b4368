// SPDX-License-Identifier: Apache-2.0
// Tables whose rows stand in the wrong order, or are written in another way, or are very many.
#include <algorithm>
#include <fstream>
#include <utility>

#include "tests/pipeline/faults_test_base.h"

namespace nightjar {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;

class TableFaultsTest : public FaultsTest {
 protected:
  using Rows = std::vector<std::string>;

  using Change = std::function<Rows(Rows rows)>;

  /// Makes the rows below the header of a table what `change` makes of them.
  static void ChangeRows(const fs::path& log, const std::string& stream, const Change& change) {
    const fs::path csv = log / "mav0" / stream / "data.csv";
    Rows rows = Lines(ReadText(csv));
    std::string text = rows.front() + '\n';
    rows.erase(rows.begin());
    for (const std::string& row : change(std::move(rows))) text += row + '\n';
    WriteText(csv, text);
  }
  fs::path LogWithRows(const std::vector<std::string>& streams, const Change& change) const {
    const fs::path log = CopyLog();
    for (const std::string& stream : streams) ChangeRows(log, stream, change);
    return log;
  }

  /// The damage costs nothing at all.
  void ExpectUnharmed() const { EXPECT_EQ(CausalRows(Session()), CausalRows(session())); }

  static const inline std::vector<std::string> kAll = {"imu0", "cam0", "cam1"};
};

TEST_F(TableFaultsTest, RowsThatAreThereTwiceCountOnce) {
  const ProcessSummary summary = Run(LogWithRows(kAll,
                                                 [](Rows rows) {
                                                   Rows twice;
                                                   for (const std::string& row : rows)
                                                     twice.insert(twice.end(), 2, row);
                                                   return twice;
                                                 }),
                                     "edge");
  EXPECT_EQ(summary.frames, 81);
  EXPECT_THAT(summary.warnings,
              Contains(AllOf(HasSubstr("repeats the time"), HasSubstr("1001 times"),
                             HasSubstr("imu0/data.csv:3"))));
  EXPECT_THAT(summary.warnings, Contains(AllOf(HasSubstr("repeats the time"), HasSubstr("81 times"),
                                               HasSubstr("cam1/data.csv:3"))));
  ExpectUnharmed();
}

TEST_F(TableFaultsTest, RowsThatGoBackArePassedOver) {
  // Cameras: every 40th row is followed by that of a while ago, as when a buffer is written again.
  const fs::path log = LogWithRows({"cam0", "cam1"}, [](const Rows& rows) {
    Rows again;
    for (size_t i = 0; i < rows.size(); ++i) {
      again.push_back(rows[i]);
      if (i % 40 == 20) again.push_back(rows[i - 10]);
    }
    return again;
  });
  // IMU: two writers in turns, each with a buffer of 50 rows, the second one's upside down.
  ChangeRows(log, "imu0", [](const Rows& rows) {
    Rows both;
    for (size_t i = 0; i < rows.size(); i += 50) {
      const size_t end = std::min(i + 50, rows.size());
      for (size_t k = i; k < end; ++k) both.push_back(rows[k]);
      for (size_t k = i; k < end; ++k)
        both.push_back(rows[k].substr(0, rows[k].find(',')) + ",0.3,0.2,0.1,0,0,-9.81");
    }
    return both;
  });
  const ProcessSummary summary = Run(log, "edge");
  EXPECT_EQ(summary.frames, 81);
  EXPECT_THAT(summary.warnings, Contains(AllOf(HasSubstr("goes back in time"), HasSubstr("2 times"),
                                               HasSubstr("cam0/data.csv:23"))));
  EXPECT_THAT(summary.warnings,
              Contains(AllOf(HasSubstr("goes back in time"), HasSubstr("imu0/data.csv:52"))));
  ExpectUnharmed();
}

TEST_F(TableFaultsTest, OfRowsThatAreSwappedInPairsHalfAreUsed) {
  const ProcessSummary summary = Run(LogWithRows(kAll, [](Rows rows) {
    for (size_t i = 1; i + 1 < rows.size(); i += 2) std::swap(rows[i], rows[i + 1]);
    return rows;
  }));
  EXPECT_EQ(summary.frames, 41) << "the first, and the earlier one of each pair";
  EXPECT_THAT(summary.warnings, Contains(AllOf(HasSubstr("jumps ahead"), HasSubstr("40 times"),
                                               HasSubstr("cam0/data.csv:3"))));
  ExpectErrorBelow(0.15, Judge());
  ExpectAccurate(0.05);
}

TEST_F(TableFaultsTest, TwoImusInterleavedByTimeAreNotTrackedByMistake) {
  // The second one samples between the first one's samples and is mounted upside down: half of the
  // rows contradict the other half.
  const fs::path log = LogWithSamples([](double, ImuSample& sample) {
    sample.time += std::chrono::microseconds(2500);
    const Eigen::Vector3d upside_down(1, -1, -1);
    sample.angular_velocity_body.array() *= upside_down.array();
    sample.specific_force_body.array() *= upside_down.array();
  });
  const fs::path csv = log / "mav0" / "imu0" / "data.csv";
  const Rows first = Lines(ReadText(RenderedLogTest::log() / "mav0" / "imu0" / "data.csv"));
  const Rows second = Lines(ReadText(csv));
  std::string both = first.front() + '\n';
  for (size_t i = 1; i < first.size(); ++i) both += first[i] + '\n' + second[i] + '\n';
  WriteText(csv, both);
  Run(log, "edge");
  for (const JudgedRow& row : Judge()) {
    EXPECT_TRUE(row.status != "tracking" || row.error_m < 0.15) << row.t << ' ' << row.error_m;
  }
}

TEST_F(TableFaultsTest, AClockThatIsSetBackEndsNothing) {
  // In all streams: a second is there twice, of which the first counts, and what follows is
  // elsewhere.
  const ProcessSummary summary =
      Run(LogWithRows(kAll,
                      [](Rows rows) {
                        const int64_t fault_ns = ToNanoseconds(FrameTime(40));
                        for (std::string& row : rows) {
                          const size_t comma = row.find(',');
                          const int64_t t_ns = std::stoll(row);
                          if (t_ns > fault_ns)
                            row = std::to_string(t_ns - 1'000'000'000) + row.substr(comma);
                        }
                        return rows;
                      }),
          "edge");
  EXPECT_EQ(summary.frames, 61) << "4 s less the second that is there twice";
  EXPECT_THAT(summary.warnings,
              Contains(AllOf(HasSubstr("goes back in time"), HasSubstr("cam0/data.csv:43"))));
  ExpectUnharmedBefore(kBegin);
}

TEST_F(TableFaultsTest, LineEndsByteOrderMarkAndBlanksOfOtherSystemsChangeNothing) {
  const fs::path log = CopyLog();
  for (const std::string& stream : kAll) {
    const fs::path csv = log / "mav0" / stream / "data.csv";
    std::string text = "\xEF\xBB\xBF";
    for (const std::string& line : Lines(ReadText(csv))) {
      text += ' ' + line.substr(0, line.find(',')) + " ,\t" + line.substr(line.find(',') + 1);
      text += "\r\n";
    }
    text.resize(text.size() - 2);  // nor does the last line need its end
    WriteText(csv, text);
  }
  EXPECT_THAT(Run(log, "edge").warnings, testing::IsEmpty());
  ExpectUnharmed();
}

TEST_F(TableFaultsTest, OneBadLineOfAMillionIsNamed) {
  // The IMU has been running for an hour and more when the cameras begin.
  constexpr int kLines = 1'000'000;
  constexpr int kBadLine = 654'321;
  const fs::path log = CopyLog();
  const fs::path csv = log / "mav0" / "imu0" / "data.csv";
  const std::vector<std::string> lines = Lines(ReadText(csv));
  std::ofstream stream(csv);
  stream << lines[0] << '\n';
  const auto before = kLines - static_cast<int>(lines.size());
  for (int i = before; i > 0; --i) {
    const int line = 2 + before - i;
    stream << ToNanoseconds(rendered().imu.front().time) - int64_t{5'000'000} * i
           << (line == kBadLine ? ",0.01,-0.02,0.03,0.05,-0.04\n"
                                : ",0.01,-0.02,0.03,0.05,-0.04,9.89\n");
  }
  for (size_t i = 1; i < lines.size(); ++i) stream << lines[i] << '\n';
  ASSERT_TRUE(stream.flush());
  stream.close();
  const ProcessSummary summary = Run(log, "edge");
  EXPECT_EQ(summary.frames, 81);
  EXPECT_THAT(summary.warnings,
              testing::ElementsAre(AllOf(HasSubstr("without 7 columns"), HasSubstr("1 times"),
                                         HasSubstr("imu0/data.csv:654321"))));
  ExpectUnharmed();
}

}  // namespace
}  // namespace nightjar
