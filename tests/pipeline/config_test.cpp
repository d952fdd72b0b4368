// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/config.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "tests/temporary_folder.h"

namespace nightjar {
namespace {

using Json = nlohmann::ordered_json;
using testing::HasSubstr;
using testing::StartsWith;

class ConfigTest : public testing::Test {
 protected:
  Result<PipelineConfig> Read(const std::string& yaml) const {
    WriteText(file_, yaml);
    return ReadConfig(file_);
  }

  // The error that `yaml` gives must be wrong usage in line `line` and say `what`.
  void ExpectRefused(const std::string& yaml, int line, const std::string& what) const {
    const Result<PipelineConfig> config = Read(yaml);
    ASSERT_FALSE(config) << yaml;
    EXPECT_EQ(config.error().kind, ErrorKind::kUsage) << yaml;
    EXPECT_EQ(config.error().where, file_.string() + ":" + std::to_string(line)) << yaml;
    EXPECT_THAT(config.error().Message(), HasSubstr(what)) << yaml;
    EXPECT_THAT(config.error().Message(), testing::Not(HasSubstr("\n")));
  }

  TemporaryFolder folder_;
  std::filesystem::path file_ = folder_.path() / "options.yaml";
};

Json Parsed(const PipelineConfig& config) { return Json::parse(ToJson(config)); }

// Every option, moved off its default by a little and to a number that no other option has.
Json Changed() {
  Json changed = Parsed({});
  int count = 0;
  for (auto& [name, section] : changed.items()) {
    for (auto& [field, value] : section.items()) {
      ++count;
      if (value.is_string()) {
        value = field == "source" ? "stereo" : "offline";
      } else if (value.is_boolean()) {
        value = !value.get<bool>();
      } else if (value.is_number_integer()) {
        const bool is_highest =
            field == "search_level" || field == "most_disparities" || field == "large_step";
        value = field == "paths" ? 4 : value.get<int>() + (is_highest ? -1 : 1);
      } else if (field == "min_score") {
        value = value.get<double>() + 0.5;  // a float: what it holds exactly
      } else {
        value = value.get<double>() * (1 + 1e-6 * count) + (value == 0.0 ? 1e-6 * count : 0);
      }
    }
  }
  return changed;
}

std::string Yaml(const Json& config) {
  std::string yaml;
  for (const auto& [name, section] : config.items()) {
    yaml += name + ":\n";
    for (const auto& [field, value] : section.items()) {
      yaml += "  " + field + ": " + value.dump() + "\n";
    }
  }
  return yaml;
}

TEST_F(ConfigTest, DefaultsAreValidAndListedWhole) {
  EXPECT_TRUE(PipelineConfig{}.Validate());
  const Json json = Parsed({});
  std::vector<std::string> sections;
  for (const auto& [name, section] : json.items()) sections.push_back(name);
  EXPECT_THAT(sections,
              testing::ElementsAre("development", "corners", "patch", "stereo", "tracker",
                                   "event_image", "event_tracker", "events", "depth", "geometry",
                                   "estimator"));
  // As many as the structs have: who adds an option and forgets it here is told so.
  EXPECT_EQ(json["corners"].size(), 4U);
  EXPECT_EQ(json["patch"].size(), 6U);
  EXPECT_EQ(json["stereo"].size(), 5U);
  EXPECT_EQ(json["tracker"].size(), 5U);
  EXPECT_EQ(json["event_image"].size(), 6U);
  EXPECT_EQ(json["event_tracker"].size(), 10U);
  EXPECT_EQ(json["events"].size(), 2U);
  EXPECT_EQ(json["depth"].size(), 32U);
  EXPECT_EQ(json["geometry"].size(), 5U);
  EXPECT_EQ(json["estimator"].size(), 31U);
  EXPECT_EQ(json["estimator"]["window_keyframes"], EstimatorOptions{}.window_keyframes);
  EXPECT_EQ(json["stereo"]["min_distance_m"], StereoMatcherOptions{}.min_distance_m);
}

TEST_F(ConfigTest, EveryOptionGoesRound) {
  const Json changed = Changed();
  const Result<PipelineConfig> config = Read(Yaml(changed));
  ASSERT_TRUE(config) << config.error().Message() << "\n" << Yaml(changed);
  EXPECT_EQ(Parsed(*config), changed) << "each value is where it belongs, bit for bit";
  EXPECT_EQ(config->estimator.window_keyframes, EstimatorOptions{}.window_keyframes + 1);
  EXPECT_EQ(config->tracker.max_tracks, FeatureTrackerOptions{}.max_tracks + 1);
  EXPECT_EQ(config->tracker.stereo.search_level, StereoMatcherOptions{}.search_level - 1);
  // And each alone changes itself only.
  for (const auto& [name, section] : changed.items()) {
    for (const auto& [field, value] : section.items()) {
      Json expected = Parsed({});
      expected[name][field] = value;
      const auto one = Read(name + ": {" + field + ": " + value.dump() + "}");
      ASSERT_TRUE(one) << name << "." << field << ": " << one.error().Message();
      EXPECT_EQ(Parsed(*one), expected);
    }
  }
}

TEST_F(ConfigTest, AnEmptyFileIsTheDefaults) {
  for (const char* yaml : {"", "# nothing\n", "{}", "estimator: {}\n", "---\n"}) {
    const Result<PipelineConfig> config = Read(yaml);
    ASSERT_TRUE(config) << yaml << ": " << config.error().Message();
    EXPECT_EQ(ToJson(*config), ToJson({}));
  }
}

TEST_F(ConfigTest, UnknownNamesAreRefusedWithTheirLine) {
  ExpectRefused("estimator:\n  window_keyframes: 9\n  window_keyframe: 9\n", 3,
                "estimator.window_keyframe");
  ExpectRefused("# options\n\nestimater:\n  window_keyframes: 9\n", 3, "estimater");
  ExpectRefused("corners:\n  max_tracks: 9\n", 2, "corners.max_tracks");
}

TEST_F(ConfigTest, WhatIsNoNumberIsRefusedWithItsLine) {
  ExpectRefused("tracker:\n  max_tracks: many\n", 2, "max_tracks");
  ExpectRefused("development:\n  setting: best\n", 2, "setting is not edge or offline");
  ExpectRefused("tracker:\n  max_tracks: 1.5\n", 2, "max_tracks");
  ExpectRefused("tracker:\n  max_tracks:\n", 2, "max_tracks");
  ExpectRefused("tracker:\n  max_tracks: 99999999999\n", 2, "max_tracks");
  ExpectRefused("tracker:\n  max_tracks: 10 px\n", 2, "max_tracks");
  ExpectRefused("estimator:\n  huber_threshold: [1, 2]\n", 2, "huber_threshold");
  ExpectRefused("estimator:\n  huber_threshold: {a: 1}\n", 2, "huber_threshold");
}

TEST_F(ConfigTest, SaysWhichKindOfNumberIsWanted) {
  ExpectRefused("estimator:\n  window_keyframes: 4.5\n", 2,
                "window_keyframes is not a whole number");
  ExpectRefused("estimator:\n  huber_threshold: wide\n", 2, "huber_threshold is not a number");
}

TEST_F(ConfigTest, WhatIsThereTwiceIsRefusedWithItsLine) {
  ExpectRefused("tracker:\n  max_tracks: 100\n  return_gate_px: 1\n  max_tracks: 100\n", 4,
                "tracker.max_tracks is there twice");
  ExpectRefused("tracker:\n  max_tracks: 100\nstereo: {}\ntracker:\n  return_gate_px: 1\n", 4,
                "tracker is there twice");
  EXPECT_TRUE(Read("stereo:\n  return_gate_px: 1\ntracker:\n  return_gate_px: 1\n"))
      << "the same name in two sections";
}

TEST_F(ConfigTest, WhatIsOutOfRangeIsRefusedWithItsLine) {
  ExpectRefused("estimator:\n  solver_iterations: 4\n  window_keyframes: 2\n", 3,
                "window_keyframes");
  ExpectRefused("estimator:\n  window_keyframes: 51\n  solver_iterations: 4\n", 2,
                "window_keyframes");
  ExpectRefused("estimator:\n  huber_threshold: .nan\n", 2, "huber_threshold");
  ExpectRefused("estimator:\n  huber_threshold: .inf\n", 2, "huber_threshold");
  ExpectRefused("tracker:\n  max_tracks: 100\nstereo:\n  min_distance_m: 0\n", 4, "min_distance_m");
  ExpectRefused("corners:\n  min_distance_px: .inf\n", 2, "min_distance_px");
  ExpectRefused("corners:\n  border_px: 2000000000\n", 2, "border_px");
  ExpectRefused("patch:\n  sigma_floor_px: 1e200\n", 2, "sigma_floor_px");
  // Two that share a name, and two that are wrong: the one that is spoken of.
  ExpectRefused("stereo:\n  return_gate_px: 1\ntracker:\n  return_gate_px: -1\n", 4,
                "return_gate_px");
  ExpectRefused("estimator:\n  batch_iterations: 0\n  window_keyframes: 1\n", 3,
                "window_keyframes");
  // Ranges that hang on one another.
  ExpectRefused("estimator:\n  dead_reckoned_inliers: 30\n", 2, "dead_reckoned_inliers");
  EXPECT_TRUE(Read("estimator:\n  dead_reckoned_inliers: 30\n  tracking_inliers: 40\n"));
}

TEST_F(ConfigTest, WhatIsNoYamlIsRefusedWithItsLine) {
  ExpectRefused("estimator:\n  window_keyframes: [9\n", 3, "");
  ExpectRefused("estimator:\n\twindow_keyframes: 9\n", 2, "");
  ExpectRefused("estimator: 9\n", 1, "estimator");
  ExpectRefused("tracker: {}\nestimator:\n  - 9\n", 2, "estimator");
}

TEST_F(ConfigTest, WhatIsNoFileOfOptionsIsRefused) {
  for (const char* yaml : {"- estimator\n", "word\n", "7"}) {
    const Result<PipelineConfig> config = Read(yaml);
    ASSERT_FALSE(config) << yaml;
    EXPECT_EQ(config.error().kind, ErrorKind::kUsage);
    EXPECT_THAT(config.error().where, StartsWith(file_.string()));
  }
  for (const auto& path : {folder_.path(), folder_.path() / "nowhere.yaml"}) {
    const Result<PipelineConfig> config = ReadConfig(path);
    ASSERT_FALSE(config);
    EXPECT_EQ(config.error().kind, ErrorKind::kUsage);
    EXPECT_EQ(config.error().where, path.string());
  }
}

}  // namespace
}  // namespace nightjar
