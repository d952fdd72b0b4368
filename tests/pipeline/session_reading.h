// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "core/time.h"
#include "tests/temporary_folder.h"

namespace nightjar {

inline std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

/// One line of health.jsonl.
struct HealthLine {
  SensorTime time;
  std::string status;
  int inliers = 0;
};

inline std::vector<HealthLine> ReadHealth(const std::filesystem::path& session) {
  std::vector<HealthLine> health;
  for (const std::string& line : Lines(ReadText(session / "health.jsonl"))) {
    const auto json = nlohmann::json::parse(line);
    health.push_back({FromNanoseconds(json.at("t_ns").get<int64_t>()), json.at("status"),
                      json.at("inliers").get<int>()});
  }
  return health;
}

/// The content of every file of a session, by its name, without what may differ between two runs:
/// `run` in summary.json.
inline std::map<std::string, std::string> SessionBytes(const std::filesystem::path& session) {
  std::map<std::string, std::string> files = Files(session);
  const auto found = files.find("summary.json");
  if (found == files.end()) return files;
  auto summary = nlohmann::ordered_json::parse(found->second);
  EXPECT_EQ(summary.erase("run"), 1U);
  found->second = summary.dump();
  return files;
}

inline void ExpectSameSession(const std::filesystem::path& a, const std::filesystem::path& b) {
  const auto in_a = SessionBytes(a);
  const auto in_b = SessionBytes(b);
  ASSERT_FALSE(in_a.empty());
  ASSERT_EQ(in_a.size(), in_b.size());
  for (const auto& [name, bytes] : in_a) {
    ASSERT_TRUE(in_b.contains(name)) << name;
    EXPECT_TRUE(bytes == in_b.at(name)) << name << " differs";
  }
}

/// The rows of the causal trajectory, each with its health.
inline std::vector<std::string> CausalRows(const std::filesystem::path& session) {
  std::vector<std::string> rows = Lines(ReadText(session / "slam" / "open_loop_trajectory.csv"));
  const std::vector<std::string> health = Lines(ReadText(session / "health.jsonl"));
  if (!rows.empty()) rows.erase(rows.begin());  // the header
  EXPECT_EQ(rows.size(), health.size());
  for (size_t k = 0; k < std::min(rows.size(), health.size()); ++k) {
    rows[k] += ' ' + health[k];
  }
  return rows;
}

/// `part` is `whole`, cut after `rows` rows.
inline void ExpectPrefix(const std::vector<std::string>& part,
                         const std::vector<std::string>& whole, size_t rows) {
  ASSERT_EQ(part.size(), rows);
  ASSERT_GT(whole.size(), rows);
  for (size_t k = 0; k < rows; ++k) ASSERT_EQ(part[k], whole[k]) << "row " << k;
}

/// Keeps the header and the rows of a data.csv whose time `keep` wants.
template <typename Keep>
void FilterRows(const std::filesystem::path& csv, const Keep& keep) {
  std::string kept;
  for (const std::string& line : Lines(ReadText(csv))) {
    if (line[0] == '#' || keep(FromNanoseconds(std::stoll(line)))) kept += line + '\n';
  }
  WriteText(csv, kept);
}

}  // namespace nightjar
