// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "data/sensor_log.h"

namespace nightjar {

/// Counts what was got over while a stream is read: per phrase, where it first happened and how
/// often.
class AnomalyCounter {
 public:
  /// `stream_file`: the file as people should see it, without the folders in front of the log:
  /// "cam0/data.csv".
  explicit AnomalyCounter(std::string stream_file) : stream_file_(std::move(stream_file)) {}

  /// `what` must be one of a fixed set of phrases: it is the key.
  void Add(const std::string& what, int64_t line);

  /// In order of their first line, then of their phrase.
  std::vector<LogAnomaly> List() const;

 private:
  struct Entry {
    int64_t first_line = 0;
    int64_t count = 0;
  };
  std::string stream_file_;
  std::map<std::string, Entry> entries_;
};

}  // namespace nightjar
