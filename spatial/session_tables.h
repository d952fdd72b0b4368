// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "spatial/session.h"

namespace nightjar {

/// The way back of the files of slam/ (spatial/aria_files.h). Their `where` names the file; every
/// fault is a ReadFailure (spatial/json_fields.h) with its line.

/// The names of maps in the order in which they appeared, each one's place being its number.
class MapNames {
 public:
  /// That a session may have: readers refuse more.
  static constexpr int kMost = 4096;

  int Number(std::string_view name);
  const std::vector<std::string>& names() const { return names_; }

 private:
  std::vector<std::string> names_;
  std::unordered_map<std::string, int> numbers_;
};

/// What stands in a row says only what is in its columns: no biases, times of whole microseconds,
/// and of the status what quality_score tells (1 tracking, 0.5 degraded, 0 lost).
Trajectory ParseOpenLoopTrajectory(std::string_view text, const std::string& where,
                                   MapNames& session_uids);
Trajectory ParseClosedLoopTrajectory(std::string_view text, const std::string& where,
                                     MapNames& graph_uids);

/// Of the uncompressed table; how often a point was observed is not in it.
std::vector<Landmark> ParseSemidensePoints(std::string_view text, const std::string& where,
                                           MapNames& graph_uids);

/// The biases of the body's IMU at the time of each line, as states without anything else.
std::vector<NavigationState> ParseOnlineCalibration(std::string_view text,
                                                    const std::string& where);

}  // namespace nightjar
