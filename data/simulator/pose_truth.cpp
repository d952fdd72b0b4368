// SPDX-License-Identifier: Apache-2.0
#include "data/simulator/pose_truth.h"

#include <algorithm>
#include <cstdio>
#include <string>

#include "data/trajectory_file.h"

namespace nightjar {
namespace {

constexpr double kLargestGap_s = 0.5;

std::string Text(SensorTime time) {
  char buffer[48];
  std::snprintf(buffer, sizeof(buffer), "%.3f s", ToSeconds(time.time_since_epoch()));
  return buffer;
}

Eigen::Vector3d Velocity(const StampedPose& from, const StampedPose& to) {
  return (to.T_world_body.translation - from.T_world_body.translation) /
         ToSeconds(to.time - from.time);
}

}  // namespace

Result<std::vector<NavigationState>> TruthOfPoses(const std::filesystem::path& file,
                                                  SensorTime begin, SensorTime end) {
  const auto poses = ReadTrajectoryFile(file);
  if (!poses) return tl::unexpected(poses.error());
  const SensorTime first = poses->front().time, last = poses->back().time;
  if (first > begin || last < end) {
    return Fail(ErrorKind::kUnusableInput,
                "the trajectory runs from " + Text(first) + " to " + Text(last) +
                    ", the frames from " + Text(begin) + " to " + Text(end),
                file.string(),
                "both must count the same clock; take the frames that it covers with --begin and "
                "--end");
  }
  const auto is_before = [](SensorTime t, const StampedPose& pose) { return t < pose.time; };
  const auto from = std::upper_bound(poses->begin(), poses->end(), begin, is_before) - 1;
  auto to = std::upper_bound(poses->begin(), poses->end(), end, is_before);
  if (to == poses->end() || (to - 1)->time == end) --to;
  std::vector<NavigationState> truth;
  for (auto pose = from; pose <= to; ++pose) {
    if (pose > from && ToSeconds(pose->time - (pose - 1)->time) > kLargestGap_s) {
      return Fail(ErrorKind::kUnusableInput,
                  "the trajectory has no pose between " + Text((pose - 1)->time) + " and " +
                      Text(pose->time) + ": a gap of more than 0.5 s",
                  file.string(), "choose frames beside the gap with --begin and --end");
    }
    NavigationState state;
    state.time = pose->time;
    state.T_world_body = pose->T_world_body;
    const auto before = pose == poses->begin() ? pose : pose - 1;
    const auto behind = pose + 1 == poses->end() ? pose : pose + 1;
    if (before != behind) state.velocity_world = Velocity(*before, *behind);
    truth.push_back(state);
  }
  return truth;
}

}  // namespace nightjar
