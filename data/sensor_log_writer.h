// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "calibration/rig.h"
#include "core/imu_sample.h"
#include "core/result.h"
#include "core/staged_folder.h"
#include "core/time.h"
#include "core/trajectory.h"

namespace nightjar {

/// One row of a camera's or a depth sensor's data.csv.
struct FrameEntry {
  SensorTime stamp;         // as the camera's stamp_reference says
  int64_t exposure_ns = 0;  // 0: not said, then neither is the gain
  double gain = 1;
};

/// Writes a sensor log of version 1 (docs/formats/sensor-log.md) that appears whole or not at all:
///
///     FOLDER/{log.yaml, rig.yaml, camN/{sensor.yaml,data.csv,data/<stamp>.png},
///             imu0/{sensor.yaml,data.csv}, eventsN/{sensor.yaml,events.h5}, depthN/...,
///             truth/{state.csv, depthN/...}}
///
/// or camN/{sensor.yaml,tracks.csv}, of cameras with tracks in place of images. A rig whose IMU has
/// no name has none: then there is no imu0, no rig.yaml, and a truth only where it was added; an
/// event camera without a model tells its sensor.yaml only its resolution. Records of one
/// stream are added in time order. Numbers are written so that they are read back bit for bit.
/// Memory does not grow with inertial samples, truth and tracks, whose rows go to the staged files;
/// the tables of frames are held until Finish().
class SensorLogWriter {
 public:
  /// Whether `folder` can become a log: it does not exist, is empty, or is a log that this made and
  /// nobody added anything to. kUsage otherwise.
  static Status Check(const std::filesystem::path& folder);

  /// `clock`, `source`: of log.yaml; `source` without quotation marks or line breaks. A log is one
  /// of ours, which Check() lets be replaced, when its source begins with "nightjar simulate".
  /// `command`, where it is not empty: what makes the log again.
  static Result<SensorLogWriter> Create(const std::filesystem::path& folder, const Rig& rig,
                                        const std::string& clock, const std::string& source,
                                        const std::string& command = {});

  Status AddImu(const ImuSample& sample);
  Status AddTruth(const NavigationState& state);
  /// `png`: the image's bytes. `camera`: index into rig.cameras.
  Status AddFrame(int camera, const FrameEntry& entry, std::string_view png);
  /// Depth in mm, 16 bits, seen through camera `camera` of the rig: stream depth<camera>.
  Status AddDepth(int camera, const FrameEntry& entry, std::string_view png);
  /// True depth beside that of a sensor, stream truth/depth<camera>.
  Status AddTrueDepth(int camera, const FrameEntry& entry, std::string_view png);
  /// Lines of YAML that depth<camera>/sensor.yaml has besides those of every camera.
  void DescribeDepth(int camera, std::string yaml);
  /// Lines of YAML that the sensor.yaml of event camera `camera` has besides those of every camera.
  void DescribeEvents(int camera, std::string yaml);
  /// Rows of tracks.csv (TrackRowsText), which the camera then has in place of a data.csv.
  Status AddTracks(int camera, std::string_view rows);
  /// Adds to the end of any other file of the log, which is written now and then.
  Status AppendFile(const std::filesystem::path& name, std::string_view bytes);
  /// The events of event camera `camera` of the rig: where to write its file (EventFileWriter), to
  /// be finished before Finish().
  Result<std::filesystem::path> PlaceEvents(int camera);
  /// Any other file of the log, by its name in it.
  Status AddFile(const std::filesystem::path& name, std::string_view bytes);

  Status Finish();

 private:
  SensorLogWriter(StagedFolder folder, const Rig& rig, std::string log_yaml);
  Status AddImage(const std::string& stream, std::string& table, const FrameEntry& entry,
                  std::string_view png);
  Status FlushFull(const char* name, std::string& table);
  Status AddDepthImage(const std::string& stream, const FrameEntry& entry, std::string_view png);
  Status WriteTables();
  Status WriteDepthTables();
  Status FinishEvents();

  StagedFolder folder_;
  Rig rig_;
  std::string log_yaml_;
  std::string imu_, truth_;                               // rows that are not in their files yet
  std::vector<std::string> frames_;                       // tables, by camera
  std::map<std::string, std::string> depths_;             // tables, by stream
  std::map<std::string, std::string> depth_yamls_;        // idem
  std::map<std::string, std::string> event_yamls_;        // idem
  std::map<std::filesystem::path, std::string> growing_;  // what is not written yet, by file
  std::set<int> cameras_with_tracks_;
  bool has_truth_ = false;
};

}  // namespace nightjar
