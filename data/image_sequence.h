// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "calibration/camera_model.h"
#include "calibration/rig.h"
#include "core/image.h"
#include "core/result.h"
#include "core/se3.h"
#include "core/time.h"
#include "data/png_image.h"

namespace nightjar {

/// One image of a sequence, which is not read yet.
struct SequenceFrame {
  SensorTime time;             // of the list; of an ASL camera mid-exposure of the middle row
  std::filesystem::path file;  // the PNG
  std::string listed;          // FILE:LINE where the list names it
};

/// Grey images of one size with their times, and what their folder says of the camera.
struct ImageSequence {
  std::vector<SequenceFrame> frames;              // two or more, times rising; the files are there
  ImageSize size;                                 // px, of the first image; 16384 at most
  CameraSensor sensor;                            // format and levels: what the samples mean
  std::shared_ptr<const CameraModel> model = {};  // null: the folder does not say it
  Se3 T_body_camera = {};                         // sensor.yaml's T_BS; otherwise the identity
};

/// Finds the images of a folder, in one of these forms, the first that is there:
///
///  - a camera of an ASL/EuRoC log: data.csv "t[ns],name[,exposure_ns,gain]", the images in data/,
///    and perhaps a sensor.yaml (docs/formats/sensor-log.md)
///  - images.txt or timestamps.txt, lines "t[s] path", paths relative to the folder, as in the
///    event-camera data set of Mueggler et al. ("The event-camera dataset and simulator", IJRR
///    2017); and perhaps its calib.txt "fx fy cx cy k1 k2 p1 p2 k3", px
///
/// A sequence that is read in part gives wrong events, so nothing is passed over. kUnusableInput,
/// with FILE:LINE: no such list, a line that is none, times that do not rise, an image that is not
/// there, fewer than two; a colour mosaic; a first image that is no grey PNG; a calibration that
/// cannot be read or has another resolution.
Result<ImageSequence> ReadImageSequence(const std::filesystem::path& folder);

/// Reads one of the images. kUnusableInput: it is damaged, in colour, of another size than the
/// first one or of another depth than the sequence's format has.
Result<MonoImage> ReadSequenceImage(const ImageSequence& sequence, const SequenceFrame& frame);

}  // namespace nightjar
