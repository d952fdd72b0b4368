// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "apps/pipeline/event_pictures.h"
#include "apps/pipeline/work_progress.h"
#include "core/result.h"

namespace nightjar {

/// px: no event camera has more than a tenth of it. What is more is damage, and would take
/// gigabytes.
inline constexpr int64_t kMostSensorPixels = int64_t{1} << 24;
/// Of a voxel grid: pixels times planes.
inline constexpr int64_t kMostVoxels = int64_t{1} << 27;

struct EventSensor {
  ImageSize size;
  SensorSizeSource source = SensorSizeSource::kFile;
};

/// The size that is given in the options; or the file says; or else what its events lie in, for
/// which it is read once (apps/pipeline/event_extent.h). kUsage when the first two differ,
/// kUnusableInput for a file without events, or one that cannot be read.
Result<EventSensor> FindEventSensor(const EventPicturesOptions& options, const EventFileInfo& info,
                                    const WorkProgress& progress);

/// kUsage or kUnusableInput, with what to do, for a sensor that is too large.
Status CheckLimits(const EventPicturesOptions& options, const EventSensor& sensor);

/// Whether events are of a sensor of this size, as far as their file has said.
Status CheckSaidSize(const EventPicturesOptions& options, const EventFileInfo& info,
                     const EventSensor& sensor);

}  // namespace nightjar
