// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "apps/pipeline/event_views.h"
#include "apps/pipeline/work_progress.h"
#include "core/result.h"
#include "data/events/event_reader.h"
#include "isp/events/event_filter_chain.h"
#include "isp/events/event_slicer.h"
#include "isp/undistortion.h"

namespace nightjar {

enum class EventPictureFormat {
  kPng,  // grey, 8 bits, for people
  kNpy   // the values as they are, a NumPy array (planes, height, width) of each slice
};

struct EventPicturesOptions {
  std::filesystem::path input;
  std::filesystem::path output;  // a folder
  EventView view = EventView::kHistogram;
  EventPictureFormat format = EventPictureFormat::kPng;
  bool gif = true;  // also pictures.gif, of the first kMostGifPictures
  EventSlicerOptions slicing;
  EventFilterChainOptions filters;
  double window_s = 30e-3;  // of time surfaces, 1e-6 .. 100
  int planes = 5;           // of kVoxel, 1 .. 64
  /// kWarped: the rig (any that ReadRig() knows), which of its cameras saw the events, which may be
  /// empty where only one can be meant, and the gyro: a CSV as EuRoC has it or the folder of a
  /// sensor log, in the axes of the rig's body; empty: the samples of the event file itself.
  std::filesystem::path rig;
  std::string camera;
  std::filesystem::path imu;
  EventReaderOptions reading;
  Status Validate() const;  // kUsage
};

/// 40 s of 25 pictures a second: an animation is to be looked at.
inline constexpr int64_t kMostGifPictures = 1000;
inline constexpr int kGifPicture_cs = 4;

struct EventPicturesSummary {
  EventFileInfo info;
  int width = 0, height = 0;  // px; of a file that does not tell, as its events reach
  int64_t pictures = 0;
  std::string first_file, last_file;  // of the pictures
  std::string type;                   // of their numbers, as NumPy calls it: "uint8"
  std::vector<int> shape;             // of each: height, width; .npy: planes, height, width
  int64_t gif_pictures = 0;
  struct Warp {  // of kWarped
    PinholeView view;
    int64_t gyro_samples = 0;
    int64_t pictures_without_gyro = 0;  // nothing known of the rotation: counted as it is
  };
  std::optional<Warp> warp;
  std::vector<EventFilterCount> filters;
  std::vector<EventAnomaly> anomalies;
};

/// Makes a picture or an array of every slice: OUT/NNNNNN.png or .npy, OUT/pictures.csv with begin
/// and end (us, the file's clock) and the events of each (of kWarped also the variance, its
/// sharpness), and OUT/pictures.gif. The folder appears whole or not at all. Reads the file twice
/// where it does not say the size of the sensor, or its own gyro is used. kUnusableInput for a file
/// that cannot be read, or has no event; no gyro sample at the time of its events.
Result<EventPicturesSummary> WriteEventPictures(const EventPicturesOptions& options,
                                                const WorkProgress& progress = {});

}  // namespace nightjar
