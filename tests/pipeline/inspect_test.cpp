// SPDX-License-Identifier: Apache-2.0
// Inspecting logs into which one mistake was planted: it must be named, and nothing else.
#include "apps/pipeline/inspect.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <filesystem>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "tests/pipeline/rendered_log.h"
#include "tests/pipeline/session_reading.h"
#include "tests/recordings.h"

namespace nightjar {
namespace {

namespace fs = std::filesystem;
using Answer = InspectCheck::Answer;

// The fields of a row of a data.csv.
using Fields = std::vector<std::string>;

void EditRows(const fs::path& csv, const std::function<bool(int64_t row, Fields&)>& edit) {
  std::string text;
  int64_t row = 0;
  for (const std::string& line : Lines(ReadText(csv))) {
    if (line[0] == '#') {
      text += line + '\n';
      continue;
    }
    Fields fields;
    std::istringstream stream(line);
    for (std::string field; std::getline(stream, field, ',');) fields.push_back(field);
    if (!edit(row++, fields)) continue;
    for (size_t k = 0; k < fields.size(); ++k) text += (k > 0 ? "," : "") + fields[k];
    text += '\n';
  }
  WriteText(csv, text);
}

void EditImu(const fs::path& root,
             const std::function<void(Eigen::Vector3d& gyro, Eigen::Vector3d& force)>& edit) {
  EditRows(root / "imu0" / "data.csv", [&edit](int64_t, Fields& fields) {
    Eigen::Vector3d gyro, force;
    for (size_t k = 0; k < 3; ++k) {
      gyro[static_cast<int>(k)] = std::stod(fields[1 + k]);
      force[static_cast<int>(k)] = std::stod(fields[4 + k]);
    }
    edit(gyro, force);
    for (size_t k = 0; k < 3; ++k) {
      fields[1 + k] = fmt::format("{:.12g}", gyro[static_cast<int>(k)]);
      fields[4 + k] = fmt::format("{:.12g}", force[static_cast<int>(k)]);
    }
    return true;
  });
}

void ShiftStamps(const fs::path& csv, int64_t by_ns) {
  EditRows(csv, [by_ns](int64_t, Fields& fields) {
    fields[0] = std::to_string(std::stoll(fields[0]) + by_ns);
    return true;
  });
}

// The list of numbers behind `key` of a YAML file.
void EditNumbers(const fs::path& yaml, const std::string& key,
                 const std::function<void(std::vector<double>&)>& edit) {
  std::string text = ReadText(yaml);
  const size_t begin = text.find('[', text.find("\n" + key));
  const size_t end = text.find(']', begin);
  ASSERT_NE(end, std::string::npos) << key;
  std::vector<double> values;
  std::istringstream stream(text.substr(begin + 1, end - begin - 1));
  for (std::string value; std::getline(stream, value, ',');) values.push_back(std::stod(value));
  edit(values);
  text.replace(begin, end - begin + 1, fmt::format("[{:.17g}]", fmt::join(values, ", ")));
  WriteText(yaml, text);
}

void InvertMounting(const fs::path& yaml) {
  EditNumbers(yaml, "T_BS", [](std::vector<double>& values) {
    using Matrix = Eigen::Matrix<double, 4, 4, Eigen::RowMajor>;
    Eigen::Map<Matrix> T(values.data());
    T = Matrix(T.inverse());
  });
}

const std::vector<std::string> kCameras = {"cam0", "cam1"};

struct Mistake {
  std::string name;
  std::function<void(const fs::path& root)> plant;
  std::string check;  // that must name it
  std::string says;   // within its `what`
};

void PrintTo(const Mistake& mistake, std::ostream* stream) { *stream << mistake.name; }

std::vector<Mistake> Mistakes() {
  const auto each_camera = [](const std::function<void(const fs::path&)>& plant) {
    return [plant](const fs::path& root) {
      for (const std::string& camera : kCameras) plant(root / camera);
    };
  };
  std::vector<Mistake> all;
  all.push_back({"GyroInDegrees",
                 [](const fs::path& root) {
                   EditImu(root, [](auto& gyro, auto&) { gyro *= 180 / 3.14159265358979; });
                 },
                 "gyro_scale", "deg/s"});
  all.push_back(
      {"AccelerometerInG",
       [](const fs::path& root) { EditImu(root, [](auto&, auto& force) { force /= 9.80665; }); },
       "gravity_magnitude", "in g"});
  all.push_back({"AxesSwapped",
                 [](const fs::path& root) {
                   EditImu(root, [](auto& gyro, auto& force) {
                     std::swap(gyro.x(), gyro.y());
                     std::swap(force.x(), force.y());
                   });
                 },
                 "imu_axes", "x and y exchanged"});
  all.push_back({"TimeOffset", each_camera([](const fs::path& camera) {
                   ShiftStamps(camera / "data.csv", -30'000'000);
                 }),
                 "time_offset_s", "behind"});
  all.push_back({"LeftAndRightSwapped",
                 [](const fs::path& root) {
                   fs::rename(root / "cam0" / "data", root / "kept");
                   fs::rename(root / "cam1" / "data", root / "cam0" / "data");
                   fs::rename(root / "kept", root / "cam1" / "data");
                 },
                 "stereo_geometry", "swapped"});
  all.push_back({"FocalLengthHalved", each_camera([](const fs::path& camera) {
                   EditNumbers(camera / "sensor.yaml", "intrinsics", [](auto& values) {
                     values[0] /= 2;
                     values[1] /= 2;
                   });
                 }),
                 "focal_length_ratio", "halved"});
  all.push_back({"StampsInMicroseconds",
                 [](const fs::path& root) {
                   for (const std::string stream : {"imu0", "cam0", "cam1"}) {
                     EditRows(root / stream / "data.csv", [](int64_t, Fields& fields) {
                       fields[0] = std::to_string(std::stoll(fields[0]) / 1000);
                       return true;
                     });
                   }
                 },
                 "timestamp_unit", "microseconds"});
  all.push_back({"FrameRateHalved", each_camera([](const fs::path& camera) {
                   EditRows(camera / "data.csv", [](int64_t row, Fields&) { return row % 2 == 0; });
                 }),
                 "rate", "halved"});
  for (int axis = 0; axis < 3; ++axis) {
    // The mounting that turns what is up: about the axis that points up it only turns.
    all.push_back({std::string("ImuTurnedAbout") + "XYZ"[axis],
                   [axis](const fs::path& root) {
                     EditImu(root, [axis](auto& gyro, auto& force) {
                       for (int k = 0; k < 3; ++k) {
                         if (k == axis) continue;
                         gyro[k] = -gyro[k];
                         force[k] = -force[k];
                       }
                     });
                   },
                   "imu_mounting", std::string("turned by 180 deg about ") + "xyz"[axis]});
  }
  all.push_back({"MountingInverted", each_camera([](const fs::path& camera) {
                   InvertMounting(camera / "sensor.yaml");
                 }),
                 "imu_mounting", "T_BS is inverted"});
  return all;
}

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

void ExpectNamed(const Mistake& mistake, const fs::path& log) {
  const Inspection inspection = InspectLog(log);
  EXPECT_THAT(Alarms(inspection), testing::ElementsAre(mistake.check)) << Describe(inspection);
  bool said = false;
  for (const InspectCheck& check : inspection.checks) {
    if (check.name != mistake.check || check.status == Answer::kOk) continue;
    said |= check.what.find(mistake.says) != std::string::npos && !check.remedy.empty();
  }
  EXPECT_TRUE(said) << Describe(inspection);
  if (mistake.check == "time_offset_s") {
    const InspectCheck* check = Find(inspection, mistake.check);
    ASSERT_TRUE(check != nullptr && check->value.has_value());
    EXPECT_NEAR(*check->value, 0.030, 0.002);
    EXPECT_LT(*check->sigma, 0.002);
  }
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

INSTANTIATE_TEST_SUITE_P(, InspectRenderedLog, testing::ValuesIn(Mistakes()),
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

INSTANTIATE_TEST_SUITE_P(, InspectCleanLog, testing::Values(Mistake{}),
                         [](const auto&) { return "Rendered"; });

class InspectRecording : public testing::TestWithParam<Mistake> {
 protected:
  TemporaryFolder folder_;
};

TEST_P(InspectRecording, NamesTheMistakeAndNoOther) {
  NIGHTJAR_RECORDING(recording, "euroc_mh01_12s");
  const fs::path log = CopyWithLinks(recording, folder_.path() / "log");
  GetParam().plant(log / "mav0");
  ExpectNamed(GetParam(), log);
}

INSTANTIATE_TEST_SUITE_P(, InspectRecording, testing::ValuesIn(Mistakes()),
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
