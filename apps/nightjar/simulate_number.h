// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include "data/simulator/simulate_ranges.h"

namespace nightjar {

/// Adds a numeric option whose help says its range. Nothing is checked here: that is done where the
/// options are used. Of an optional `number` no default is shown.
template <typename Number>
CLI::Option* AddNumber(CLI::App& command, const SimulateRange& range, Number& number,
                       const char* unit, const std::string& what) {
  return command.add_option(range.option, number, what + " (" + range.Text() + ")")
      ->type_name(unit)
      ->capture_default_str();
}

}  // namespace nightjar
