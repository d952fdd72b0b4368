// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

namespace nightjar {

/// The fields of a row of a data.csv.
using Fields = std::vector<std::string>;

/// Rewrites the rows of a data.csv; those for which `edit` says false are left out.
void EditRows(const std::filesystem::path& csv,
              const std::function<bool(int64_t row, Fields&)>& edit);

/// Rewrites the samples of imu0 below `root`: rad/s and m/s^2.
void EditImu(const std::filesystem::path& root,
             const std::function<void(Eigen::Vector3d& gyro, Eigen::Vector3d& force)>& edit);

void ShiftStamps(const std::filesystem::path& csv, int64_t by_ns);

/// Changes a copy of a log: the folder that has cam0, cam1 and imu0 in it.
using Plant = std::function<void(const std::filesystem::path& root)>;

/// A mistake that people make with a log, and how it has to be named.
struct Mistake {
  std::string name;
  Plant plant;
  std::string check;                           // that must name it, and no other
  std::string says;                            // within its `what`
  std::string where = {};                      // the only stream it may be said of; empty: any
  std::optional<double> value = std::nullopt;  // of the check, to `tolerance`
  double tolerance = 0;
};

std::vector<Mistake> StreamMistakes();       // stamps and rates
std::vector<Mistake> ImuMistakes();          // units, columns, axes
std::vector<Mistake> MountingMistakes();     // T_BS, left and right
std::vector<Mistake> FocalLengthMistakes();  // of both cameras
std::vector<Mistake> AllMistakes();

void PrintTo(const Mistake& mistake, std::ostream* stream);

}  // namespace nightjar
