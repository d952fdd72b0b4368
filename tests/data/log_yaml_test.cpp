// SPDX-License-Identifier: Apache-2.0
#include "data/log_yaml.h"

#include <gtest/gtest.h>

#include "tests/data/small_log.h"

namespace nightjar {
namespace {

class LogYamlTest : public SmallLog {
 protected:
  // "LINE: WHAT; REMEDY"
  std::string Problem(const std::string& text) {
    WriteText(file_, text);
    const auto description = ReadLogYaml(file_);
    if (description) return "read";
    const Error& error = description.error();
    EXPECT_EQ(error.kind, ErrorKind::kUnusableInput);
    EXPECT_EQ(error.where.rfind(file_.string() + ":", 0), 0u) << error.where;
    return Error{error.kind, error.what, error.where.substr(file_.string().size() + 1),
                 error.remedy}
        .Message();
  }
  std::filesystem::path file_ = log_ / "log.yaml";
};

TEST_F(LogYamlTest, SaysWhatTheLogIs) {
  WriteText(file_,
            "# made by hand\nversion: 1\nclock: utc\ndevice_frame: imu0\nsource: \"glasses: 3\"\n");
  const auto description = ReadLogYaml(file_);
  ASSERT_TRUE(description) << description.error().Message();
  EXPECT_EQ(description->clock, "utc");
  EXPECT_EQ(description->device_frame, "imu0");
  EXPECT_EQ(description->source, "glasses: 3");
}

TEST_F(LogYamlTest, TheVersionAloneIsEnough) {
  WriteText(file_, "version: 1\n");
  const auto description = ReadLogYaml(file_);
  ASSERT_TRUE(description) << description.error().Message();
  EXPECT_EQ(description->clock, "unknown");
  EXPECT_EQ(description->source, "");
}

TEST_F(LogYamlTest, WhatIsNotKnownIsAnErrorOnItsLine) {
  const std::string reads = "; this program reads version 1";
  EXPECT_EQ(Problem("version: 2\n"), "1: version 2 of the format is unknown" + reads);
  EXPECT_EQ(Problem("version: 1.0\n"), "1: version 1.0 of the format is unknown" + reads);
  EXPECT_EQ(Problem("newer: key\nversion: 2\n"), "2: version 2 of the format is unknown" + reads);
  EXPECT_EQ(Problem("version: 1\n\nclocks: utc\n"), "3: unknown key clocks; is clock meant?");
  EXPECT_EQ(Problem("version: 1\ngeography: x\n"), "2: unknown key geography; remove it");
  EXPECT_EQ(Problem("version: 1\nclock: sundial\n"),
            "2: clock is 'sundial'; known are device, utc, tai, gps, unknown");
  EXPECT_EQ(Problem("version: 1\ndevice_frame: cam0\n"),
            "2: device_frame is 'cam0'; version 1 has imu0 only");
  EXPECT_EQ(Problem("source: me\n"), "1: key version is missing; add it");
  EXPECT_EQ(Problem("version: 1\nclock: utc\nclock: utc\n"), "3: key clock is there twice");
}

TEST_F(LogYamlTest, ValuesOfAnotherShape) {
  EXPECT_EQ(Problem("version: [1]\n"), "1: version is not a word");
  EXPECT_EQ(Problem("version: 1\nsource: {a: b}\n"), "2: source is not a word");
  const std::string source =
      "2: source is not one line of up to 200 bytes; say in short what made the log";
  EXPECT_EQ(Problem("version: 1\nsource: \"a\\nb\"\n"), source);
  EXPECT_EQ(Problem("version: 1\nsource: " + std::string(201, 'x')), source);
  EXPECT_EQ(Problem("version: 1\nsource: " + std::string(200, 'x')), "read");
  EXPECT_EQ(Problem("version: 1\ncommand: " + std::string(8000, 'x')), "read");
  EXPECT_EQ(Problem("version: 1\ncommand: " + std::string(8001, 'x')),
            "2: command is not one line of up to 8000 bytes; give what makes the log again");
  const std::string no_lines = "1: is not a list of 'key: value' lines";
  EXPECT_EQ(Problem("- version\n").substr(0, no_lines.size()), no_lines);
  EXPECT_EQ(Problem("").substr(0, no_lines.size()), no_lines);
  EXPECT_EQ(Problem("version: 1\nclock: [utc\n").substr(2, 17), " is not valid YAM");
}

TEST_F(LogYamlTest, IsReadWithItsLogOnEitherLevel) {
  for (const std::filesystem::path& folder : {log_, root_}) {
    const std::string plain = OpenSensorLog(log_).value()->identity();
    WriteText(folder / "log.yaml", "version: 1\nclock: gps\n");
    auto log = OpenSensorLog(log_);
    ASSERT_TRUE(log) << log.error().Message();
    EXPECT_EQ((*log)->contents().description.clock, "gps");
    EXPECT_NE((*log)->identity(), plain) << "it is part of the input";
    const std::string identity = (*log)->identity();
    WriteText(folder / "log.yaml", "version: 1\nclock: tai\n");
    EXPECT_NE(OpenSensorLog(log_).value()->identity(), identity);
    WriteText(folder / "log.yaml", "version: 7\n");
    log = OpenSensorLog(log_);
    ASSERT_FALSE(log);
    EXPECT_EQ(log.error().where, (folder / "log.yaml").string() + ":1");
    std::filesystem::remove(folder / "log.yaml");
  }
}

}  // namespace
}  // namespace nightjar
