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
#include "data/png_image.h"
#include "data/sensor_log.h"
#include "isp/events/event_filter_chain.h"
#include "isp/events/event_slicer.h"
#include "isp/undistortion.h"

namespace nightjar {

/// Who said how large a sensor is.
enum class SensorSizeSource { kFile, kOption, kRig, kEvents };

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
  /// Of the sensor, for files that do not say it; 0 x 0: as far as their events reach.
  ImageSize size;
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
  int width = 0, height = 0;  // px of the sensor
  SensorSizeSource size_source = SensorSizeSource::kFile;
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
  std::vector<LogAnomaly> imu_anomalies;  // rows of `imu` that were skipped, or are in doubt
};

/// Makes a picture or an array of every slice: OUT/NNNNNN.png or .npy, OUT/pictures.csv with begin
/// and end (us, the file's clock) and the events of each (of kWarped also the variance, its
/// sharpness), and OUT/pictures.gif. The folder appears whole or not at all. Reads the file twice
/// where it does not say the size of the sensor, or its own gyro is used. kUnusableInput for a file
/// that cannot be read, has no event, or whose sensor would be larger than any; no gyro sample at
/// the time of its events. kTryAgain where memory is not enough.
Result<EventPicturesSummary> WriteEventPictures(const EventPicturesOptions& options,
                                                const WorkProgress& progress = {});

}  // namespace nightjar
