// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "core/result.h"
#include "data/events/event_reader.h"
#include "data/png_image.h"
#include "isp/events/event_filter_chain.h"

namespace nightjar {

/// What came out of an event file, to say why no picture could be made of it.
struct EventTally {
  int64_t events = 0, triggers = 0, frames = 0, imu_samples = 0;

  void Add(const EventBatch& batch);
  /// kUnusableInput: `file` has no event, and what it has instead; or all of them are outside of
  /// the sensor of `size`; or no filter let any through. `reader`: at the file's end.
  tl::unexpected<Error> NoEvent(const std::filesystem::path& file, const EventReader& reader) const;
  tl::unexpected<Error> NoneLeft(const std::filesystem::path& file, ImageSize size,
                                 const EventFilterCount& sensor) const;
};

}  // namespace nightjar
