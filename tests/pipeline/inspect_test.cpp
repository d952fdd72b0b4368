// SPDX-License-Identifier: Apache-2.0
// Inspecting logs into which one mistake was planted: it must be named, and nothing else.
#include "apps/pipeline/inspect.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "data/imu_stream.h"
#include "tests/pipeline/planted_mistake.h"
#include "tests/pipeline/rendered_log.h"
#include "tests/pipeline/session_reading.h"
#include "tests/recordings.h"

namespace nightjar {
namespace {

namespace fs = std::filesystem;
using Answer = InspectCheck::Answer;

const std::vector<std::string> kCameras = {"cam0", "cam1"};

std::string Describe(const Inspection& inspection) {
  std::string text;
  const char* const names[] = {"ok", "WARNING", "ERROR", "unknown"};
  for (const InspectCheck& check : inspection.checks) {
    text +=
        fmt::format("{} {} {}: {} [{} +- {}]\n", names[static_cast<int>(check.status)], check.name,
                    check.where, check.what, check.value.value_or(NAN), check.sigma.value_or(NAN));
  }
  return text;
}

std::set<std::string> Alarms(const Inspection& inspection) {
  std::set<std::string> names;
  for (const InspectCheck& check : inspection.checks) {
    if (check.status == Answer::kError || check.status == Answer::kWarning)
      names.insert(check.name);
  }
  return names;
}

const InspectCheck* Find(const Inspection& inspection, const std::string& name) {
  for (const InspectCheck& check : inspection.checks) {
    if (check.name == name) return &check;
  }
  return nullptr;
}

Inspection InspectLog(const fs::path& log, int threads = 2) {
  InspectOptions options;
  options.log = log;
  options.threads = threads;
  const Result<Inspection> inspection = Inspect(options);
  EXPECT_TRUE(inspection) << inspection.error().Message();
  return inspection.value_or(Inspection{});
}

// A copy to plant mistakes in: text copied, images where they were.
fs::path CopyWithLinks(const fs::path& log, const fs::path& copy) {
  for (const char* stream : {"cam0", "cam1", "imu0"}) {
    const fs::path from = log / "mav0" / stream;
    const fs::path to = copy / "mav0" / stream;
    fs::create_directories(to);
    for (const char* name : {"sensor.yaml", "data.csv"})
      WriteText(to / name, ReadText(from / name));
    if (fs::exists(from / "data")) fs::create_directory_symlink(from / "data", to / "data");
  }
  return copy;
}

// Of the recording's twelve seconds some that turn a lot. In them the focal length ratios are known
// to 0.4 % and within 1 % of the planted ones (5 % are asked), offsets to 0.3 ms (2 ms), mountings
// to 0.4 deg.
constexpr int64_t kSpanBegin_ns = 6'000'000'000;
constexpr int64_t kSpan_ns = 5'000'000'000;

fs::path CopyOfSpan(const fs::path& recording, const fs::path& copy) {
  CopyWithLinks(recording, copy);
  for (const std::string& camera : kCameras) {
    std::optional<int64_t> first_ns;
    EditRows(copy / "mav0" / camera / "data.csv", [&first_ns](int64_t, const Fields& fields) {
      const int64_t t_ns = std::stoll(fields[0]);
      const int64_t since_ns = t_ns - first_ns.value_or(t_ns);
      if (!first_ns) first_ns = t_ns;
      return since_ns >= kSpanBegin_ns && since_ns < kSpanBegin_ns + kSpan_ns;
    });
  }
  return copy;
}

void ExpectNamed(const Mistake& mistake, const fs::path& log) {
  const Inspection inspection = InspectLog(log);
  EXPECT_THAT(Alarms(inspection), testing::ElementsAre(mistake.check)) << Describe(inspection);
  bool said = false;
  for (const InspectCheck& check : inspection.checks) {
    if (check.name != mistake.check) continue;
    const bool is_alarm = check.status == Answer::kError || check.status == Answer::kWarning;
    if (!mistake.where.empty()) {
      EXPECT_EQ(is_alarm, check.where == mistake.where) << check.where;
    }
    if (!is_alarm) continue;
    said |= check.what.find(mistake.says) != std::string::npos && !check.remedy.empty();
    EXPECT_EQ(check.what.find("; or "), std::string::npos) << check.what;
    if (!mistake.value) continue;
    EXPECT_NEAR(check.value.value_or(NAN), *mistake.value, mistake.tolerance);
    EXPECT_LT(check.sigma.value_or(NAN), mistake.tolerance);
  }
  EXPECT_TRUE(said) << Describe(inspection);
}

class InspectRenderedLog : public testing::TestWithParam<Mistake> {
 public:
  static void SetUpTestSuite() {
    fs::remove_all(Shared());
    const Status written = WriteRenderedLog(RenderLog(), Shared());
    ASSERT_TRUE(written) << written.error().Message();
  }
  static void TearDownTestSuite() {
    std::error_code ignored;
    fs::remove_all(Shared(), ignored);
  }

 protected:
  static fs::path Shared() {
    return fs::path(testing::TempDir()) / ("nightjar.inspect_test." + std::to_string(getpid()));
  }
  TemporaryFolder folder_;
};

TEST_P(InspectRenderedLog, NamesTheMistakeAndNoOther) {
  const fs::path log = CopyWithLinks(Shared(), folder_.path() / "log");
  GetParam().plant(log / "mav0");
  ExpectNamed(GetParam(), log);
}

INSTANTIATE_TEST_SUITE_P(, InspectRenderedLog, testing::ValuesIn(AllMistakes()),
                         [](const auto& mistake) { return mistake.param.name; });

class InspectCleanLog : public InspectRenderedLog {};

TEST_P(InspectCleanLog, RaisesNoAlarm) {
  const Inspection inspection = InspectLog(Shared());
  EXPECT_THAT(Alarms(inspection), testing::IsEmpty()) << Describe(inspection);
  for (const char* name :
       {"timestamp_unit", "gravity_magnitude", "gyro_scale", "imu_axes", "imu_mounting",
        "time_offset_s", "focal_length_ratio", "stereo_geometry"}) {
    const InspectCheck* check = Find(inspection, name);
    ASSERT_NE(check, nullptr) << name;
    EXPECT_EQ(check->status, Answer::kOk) << Describe(inspection);
  }
  EXPECT_NEAR(inspection.duration_s, 5, 1e-9);
  ASSERT_EQ(inspection.streams.size(), 3U);
  EXPECT_EQ(inspection.streams[0].timing.count, 1001);
  EXPECT_EQ(inspection.streams[1].timing.count, 81);
  EXPECT_NEAR(inspection.streams[0].timing.rate_hz(), 200, 1e-6);
  EXPECT_NEAR(inspection.streams[1].timing.rate_hz(), 20, 1e-6);
  EXPECT_NEAR(inspection.streams[1].overlap_s, 4, 1e-9);
}

TEST_P(InspectCleanLog, SaysTheSameOnAnyNumberOfThreads) {
  const std::string one = Describe(InspectLog(Shared(), 1));
  EXPECT_EQ(one, Describe(InspectLog(Shared(), 2)));
  EXPECT_EQ(one, Describe(InspectLog(Shared(), 8)));
}

// Auto-exposure: one trigger, mid-exposures 4 to 8 ms apart. No image shows both cameras' moment.
TEST(InspectExposures, OfDifferentLengthRaiseNoAlarm) {
  const TemporaryFolder folder;
  RenderOptions options;
  options.exposure_s = [](size_t camera, int n) {
    return camera == 0 ? 0.002 : 0.010 + 0.004 * (n % 3);
  };
  ASSERT_TRUE(WriteRenderedLog(RenderLog(options), folder.path() / "log"));
  const Inspection inspection = InspectLog(folder.path() / "log");
  EXPECT_THAT(Alarms(inspection), testing::IsEmpty()) << Describe(inspection);
  const InspectCheck* stereo = Find(inspection, "stereo_geometry");
  ASSERT_NE(stereo, nullptr);
  EXPECT_EQ(stereo->status, Answer::kUnknown);
  EXPECT_THAT(stereo->what, testing::HasSubstr("mid-exposures"));
}

TEST_P(InspectCleanLog, StandingStillItCannotTellAndSaysSo) {
  const fs::path log = CopyWithLinks(Shared(), folder_.path() / "log");
  NormalSource random(7);
  EditImu(log / "mav0", [&random](auto& gyro, auto& force) {
    gyro = Eigen::Vector3d(0.01, -0.02, 0.03) + 0.02 * random.Normal3();
    force = Eigen::Vector3d(0, 0, 9.81) + 0.2 * random.Normal3();
  });
  for (const std::string& camera : kCameras) {
    std::string first;
    EditRows(log / "mav0" / camera / "data.csv", [&first](int64_t row, Fields& fields) {
      if (row == 0) first = fields[1];
      fields[1] = first;
      return true;
    });
  }
  const Inspection inspection = InspectLog(log);
  EXPECT_THAT(Alarms(inspection), testing::IsEmpty()) << Describe(inspection);
  for (const char* name :
       {"gyro_scale", "imu_axes", "imu_mounting", "time_offset_s", "focal_length_ratio"}) {
    const InspectCheck* check = Find(inspection, name);
    ASSERT_NE(check, nullptr) << name;
    EXPECT_EQ(check->status, Answer::kUnknown) << Describe(inspection);
    EXPECT_FALSE(check->what.empty()) << name;
  }
}

TEST_P(InspectCleanLog, NamesTwoMistakesAtOnce) {
  const fs::path log = CopyWithLinks(Shared(), folder_.path() / "log");
  EditImu(log / "mav0", [](auto&, auto& force) { force /= 9.80665; });
  for (const std::string& camera : kCameras)
    ShiftStamps(log / "mav0" / camera / "data.csv", 30'000'000);
  const Inspection inspection = InspectLog(log);
  EXPECT_THAT(Alarms(inspection), testing::ElementsAre("gravity_magnitude", "time_offset_s"))
      << Describe(inspection);
  EXPECT_NEAR(Find(inspection, "time_offset_s")->value.value_or(0), -0.030, 0.003);
}

TEST_P(InspectCleanLog, TellsTwoUnitsAtOnceFromExchangedColumns) {
  const fs::path log = CopyWithLinks(Shared(), folder_.path() / "log");
  std::vector<double> turns;
  EditImu(log / "mav0", [&turns](auto& gyro, auto&) { turns.push_back(gyro.norm()); });
  std::nth_element(turns.begin(), turns.begin() + turns.size() / 2, turns.end());
  // As of a slower motion in deg/s, whose median is that of gravity in m/s^2.
  const double by = 9.8 / turns[turns.size() / 2];
  EditImu(log / "mav0", [by](auto& gyro, auto& force) {
    gyro *= by;
    force /= 9.80665;
  });
  const Inspection inspection = InspectLog(log);
  EXPECT_THAT(Find(inspection, "gravity_magnitude")->what, testing::HasSubstr("in g"));
  EXPECT_EQ(Find(inspection, "gyro_scale")->status, Answer::kError) << Describe(inspection);
  EXPECT_NEAR(Find(inspection, "gyro_scale")->value.value_or(0), by, 0.1 * by);
}

TEST_P(InspectCleanLog, AGyroThatIsClippedIsNoMatterOfTheAccelerometersUnit) {
  const fs::path log = CopyWithLinks(Shared(), folder_.path() / "log");
  double most = 0;
  EditImu(log / "mav0", [&most](auto& gyro, auto&) { most = std::max(most, gyro.x()); });
  EditImu(log / "mav0", [most](auto& gyro, auto& force) {
    gyro.x() = std::min(gyro.x(), 0.7 * most);
    force /= 9.80665;
  });
  const Inspection inspection = InspectLog(log);
  EXPECT_THAT(Alarms(inspection), testing::ElementsAre("gravity_magnitude"))
      << Describe(inspection);
  ASSERT_EQ(inspection.anomalies.size(), 1U);
  EXPECT_EQ(inspection.anomalies[0].what, ImuStream::kTurnClipped);
}

TEST_P(InspectCleanLog, OfAWrongFocalLengthStereoIsNotAskedNorIsItOk) {
  for (const double by : {0.5, 2.0}) {
    const fs::path log = CopyWithLinks(Shared(), folder_.path() / fmt::format("log{}", by));
    const auto all = FocalLengthMistakes();
    all[by < 1 ? 0 : 1].plant(log / "mav0");
    const Inspection inspection = InspectLog(log);
    const InspectCheck* stereo = Find(inspection, "stereo_geometry");
    ASSERT_NE(stereo, nullptr);
    EXPECT_EQ(stereo->status, Answer::kUnknown) << Describe(inspection);
  }
}

TEST_P(InspectCleanLog, ShowsClockSourceAndWhatIsNotRead) {
  const fs::path log = CopyWithLinks(Shared(), folder_.path() / "log");
  WriteText(log / "mav0" / "log.yaml", "version: 1\nclock: utc\nsource: a test\n");
  fs::create_directories(log / "mav0" / "depth0");
  fs::create_directories(log / "mav0" / "events0");
  const Inspection inspection = InspectLog(log);
  EXPECT_EQ(inspection.description.clock, "utc");
  EXPECT_EQ(inspection.description.source, "a test");
  EXPECT_THAT(inspection.notes,
              testing::IsSupersetOf({testing::HasSubstr("depth0"), testing::HasSubstr("events0")}));
}

TEST_P(InspectCleanLog, BlamesTheUnitForRowsThatLookStuck) {
  const fs::path log = CopyWithLinks(Shared(), folder_.path() / "log");
  // A jump of 6 deg/s: in rad/s no hand makes one.
  int sample = 0;
  EditImu(log / "mav0", [&sample](auto& gyro, auto&) {
    gyro *= 57.29578;
    if (++sample % 100 == 0) gyro.x() += gyro.x() > 0 ? 40 : -40;
  });
  const Inspection inspection = InspectLog(log);
  EXPECT_THAT(Alarms(inspection), testing::ElementsAre("gyro_scale")) << Describe(inspection);
  ASSERT_EQ(inspection.anomalies.size(), 1U);
  EXPECT_THAT(inspection.anomalies[0].what, testing::HasSubstr("gyro_scale"));
  EXPECT_GT(inspection.anomalies[0].count, 1);
}

TEST_P(InspectCleanLog, OneCameraNamesBothCausesTheLikelierOneFirst) {
  const fs::path log = CopyWithLinks(Shared(), folder_.path() / "log");
  MountingMistakes().front().plant(log / "mav0");
  fs::remove_all(log / "mav0" / "cam1");
  const Inspection inspection = InspectLog(log);
  EXPECT_THAT(Alarms(inspection), testing::ElementsAre("imu_mounting")) << Describe(inspection);
  EXPECT_THAT(Find(inspection, "imu_mounting")->what,
              testing::MatchesRegex("T_BS is inverted.*; or the IMU is turned.*"));
}

TEST_P(InspectCleanLog, AnOffsetOfOneCameraIsNoMatterOfGeometry) {
  const fs::path log = CopyWithLinks(Shared(), folder_.path() / "log");
  ShiftStamps(log / "mav0" / "cam1" / "data.csv", 50'000'000);
  const Inspection inspection = InspectLog(log);
  EXPECT_THAT(Alarms(inspection), testing::ElementsAre("time_offset_s")) << Describe(inspection);
}

INSTANTIATE_TEST_SUITE_P(, InspectCleanLog, testing::Values(Mistake{}),
                         [](const auto&) { return "Rendered"; });

class InspectRecording : public testing::TestWithParam<Mistake> {
 protected:
  TemporaryFolder folder_;
};

TEST_P(InspectRecording, NamesTheMistakeAndNoOther) {
  NIGHTJAR_RECORDING(recording, "euroc_mh01_12s");
  // At half the rate, the motion is known from the whole of it only.
  const bool whole = GetParam().check == "rate";
  const fs::path log = (whole ? CopyWithLinks : CopyOfSpan)(recording, folder_.path() / "log");
  GetParam().plant(log / "mav0");
  ExpectNamed(GetParam(), log);
}

INSTANTIATE_TEST_SUITE_P(, InspectRecording, testing::ValuesIn(AllMistakes()),
                         [](const auto& mistake) { return mistake.param.name; });

TEST(InspectCleanRecording, RaisesNoAlarm) {
  NIGHTJAR_RECORDING(recording, "euroc_mh01_12s");
  const Inspection inspection = InspectLog(recording);
  EXPECT_THAT(Alarms(inspection), testing::IsEmpty()) << Describe(inspection);
  for (const char* name : {"gravity_magnitude", "gyro_scale", "imu_mounting", "time_offset_s",
                           "focal_length_ratio", "stereo_geometry"}) {
    const InspectCheck* check = Find(inspection, name);
    ASSERT_NE(check, nullptr) << name;
    EXPECT_EQ(check->status, Answer::kOk) << Describe(inspection);
  }
}

}  // namespace
}  // namespace nightjar
