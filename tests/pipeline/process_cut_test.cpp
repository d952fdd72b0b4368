// SPDX-License-Identifier: Apache-2.0
// The causal trajectory is causal: what comes later in a log changes nothing before it.
#include "tests/pipeline/rendered_log_test_base.h"

namespace nightjar {
namespace {

namespace fs = std::filesystem;

class ProcessCutTest : public RenderedLogTest {
 protected:
  std::vector<std::string> Rows(const fs::path& log) const {
    const fs::path session = folder_.path() / "cut_session";
    const Result<ProcessSummary> summary = Process(Options(log, session));
    EXPECT_TRUE(summary) << summary.error().Message();
    return summary ? CausalRows(session) : std::vector<std::string>{};
  }

  // Stamps of a stream moved by `by`; its images keep their names.
  static void Move(const fs::path& log, const std::string& stream, Duration by) {
    const fs::path csv = log / "mav0" / stream / "data.csv";
    std::string moved;
    for (const std::string& line : Lines(ReadText(csv))) {
      const size_t comma = line.find(',');
      moved += line[0] == '#' ? line
                              : std::to_string(std::stoll(line) + by.count()) + line.substr(comma);
      moved += '\n';
    }
    WriteText(csv, moved);
  }

  static void Cut(const fs::path& log, const std::vector<std::string>& streams, SensorTime last) {
    for (const std::string& stream : streams) {
      FilterRows(log / "mav0" / stream / "data.csv", [last](SensorTime t) { return t <= last; });
    }
  }
};

TEST_F(ProcessCutTest, NothingAfterAFrameEntersItsRow) {
  const auto whole = CausalRows(session());
  for (const int last : {7, 40}) {  // while it initialises, and later
    const fs::path log = CopyLog("cut" + std::to_string(last));
    Cut(log, {"cam0", "cam1", "imu0"}, FrameTime(last));
    ExpectPrefix(Rows(log), whole, static_cast<size_t>(last) + 1);
  }
}

TEST_F(ProcessCutTest, NorWhenTheImuGoesOn) {
  const fs::path log = CopyLog();
  Cut(log, {"cam0", "cam1"}, FrameTime(40));
  ExpectPrefix(Rows(log), CausalRows(session()), 41);
}

TEST_F(ProcessCutTest, NorWhenTheLastFrameHasNoPartner) {
  // A frame that waits for the other camera's is still estimated from what came before it.
  const auto without_partner = [](SensorTime t) { return t != FrameTime(40); };
  const fs::path whole = CopyLog("whole");
  FilterRows(whole / "mav0/cam1/data.csv", without_partner);
  const fs::path cut = CopyLog("cut");
  FilterRows(cut / "mav0/cam1/data.csv", without_partner);
  Cut(cut, {"cam0", "cam1", "imu0"}, FrameTime(40));
  const auto all = Rows(whole);
  EXPECT_NE(all, CausalRows(session())) << "the missing frame makes a difference";
  ExpectPrefix(Rows(cut), all, 41);
}

TEST_F(ProcessCutTest, NorWhenTheImuIsStampedJustBehindAFrameThatWaits) {
  // One microsecond: the sample comes while the frame may still get its partner.
  const fs::path whole = CopyLog("whole");
  Move(whole, "imu0", std::chrono::microseconds(1));
  FilterRows(whole / "mav0/cam1/data.csv", [](SensorTime t) { return t != FrameTime(40); });
  const fs::path cut = folder_.path() / "cut";
  fs::copy(whole, cut, fs::copy_options::recursive);
  Cut(cut, {"cam0", "cam1", "imu0"}, FrameTime(40));
  ExpectPrefix(Rows(cut), Rows(whole), 41);
}

TEST_F(ProcessCutTest, NorWhenTheImuIsStampedBetweenTheCameras) {
  const fs::path whole = CopyLog("whole");
  Move(whole, "cam1", std::chrono::microseconds(100));
  Move(whole, "imu0", std::chrono::microseconds(50));
  const fs::path cut = folder_.path() / "cut";
  fs::copy(whole, cut, fs::copy_options::recursive);
  Cut(cut, {"cam0", "imu0"}, FrameTime(40));
  Cut(cut, {"cam1"}, FrameTime(40) + std::chrono::microseconds(100));
  ExpectPrefix(Rows(cut), Rows(whole), 41);
}

TEST_F(ProcessCutTest, AnEndGivesAPrefixWithTheSameIds) {
  ProcessOptions options = Options(log(), folder_.path() / "part");
  options.end_s = 2.01;
  ASSERT_TRUE(Process(options));
  for (const char* name : {"slam/open_loop_trajectory.csv", "health.jsonl"}) {
    const std::string part = ReadText(options.session / name);
    const std::string whole = ReadText(session() / name);
    ASSERT_LT(part.size(), whole.size());
    EXPECT_TRUE(part == whole.substr(0, part.size())) << name;
  }
  EXPECT_EQ(ReadHealth(options.session).size(), 41U);
}

}  // namespace
}  // namespace nightjar
