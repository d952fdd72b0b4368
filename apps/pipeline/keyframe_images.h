// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <vector>

#include "core/result.h"
#include "core/staged_folder.h"
#include "data/image_file.h"
#include "data/sensor_log.h"
#include "spatial/session.h"

namespace nightjar {

struct KeyframeImagesOptions {
  /// The log again, its reference camera alone and first.
  std::filesystem::path log;
  SensorLogOptions reading;
  /// Takes each picture, without the lens; may be empty.
  std::function<void(SensorTime keyframe, const FilePixels&)> take;
  std::function<void(int64_t frames)> progress;  // that were developed; may be empty
  std::function<bool()> cancelled;               // may be empty
};

/// Develops the reference camera's frames at the session's keyframes for people and models: put
/// together with the frames before where they are noisy, denoised, exposed, undistorted; as JPEG
/// into images/ of `folder`; of none nothing is written, and the pictures are only taken. RAW of
/// any kind; frames of 8 bits are pictures already. A keyframe whose frame has no image, or is RAW
/// of which nothing tells the noise, has no picture.
///
/// Reads the log a second time. kTryAgain when cancelled.
Result<std::vector<KeyframeImage>> WriteKeyframeImages(const Session& session,
                                                       const KeyframeImagesOptions& options,
                                                       StagedFolder* folder);

}  // namespace nightjar
