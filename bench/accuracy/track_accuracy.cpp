// SPDX-License-Identifier: Apache-2.0
//
// track_accuracy LOG [CONFIG [ERRORS.csv]]: follows the features of a log whose truth is known and
// says how well, as one JSON object; every single error goes to ERRORS.csv.
#include <fmt/format.h>

#include <cstdio>
#include <fstream>

#include "apps/pipeline/config.h"
#include "apps/pipeline/measurement_stream.h"
#include "data/trajectory_file.h"
#include "spatial/track_precision.h"

namespace nightjar {
namespace {

int Complain(const Error& error) {
  fmt::print(stderr, "{}\n", error.Message());
  return 3;
}

int Run(const std::filesystem::path& folder, const std::filesystem::path& config_file,
        const std::filesystem::path& errors_file) {
  PipelineConfig config;
  if (!config_file.empty()) {
    const auto read = ReadConfig(config_file);
    if (!read) return Complain(read.error());
    config = *read;
  }
  const auto log = OpenSensorLog(folder, {});
  if (!log) return Complain(log.error());
  if (!(*log)->truth())
    return Complain({ErrorKind::kUnusableInput, "the log has no truth", folder.string(), ""});
  const auto truth = ReadTrajectoryFile(*(*log)->truth());
  if (!truth) return Complain(truth.error());
  FrontEnd front_end((*log)->rig(), config.development, config.tracker);
  std::vector<FrameObservations> frames;
  const Status status =
      StreamMeasurements(**log, front_end, 2, [&](const Measurement& measurement) {
        if (const auto* frame = std::get_if<FrameObservations>(&measurement))
          frames.push_back(*frame);
      });
  if (!status) return Complain(status.error());
  const TrackPrecision precision = MeasureTracks((*log)->rig(), frames, *truth);
  fmt::print(
      "{{\"tracks_per_frame\": {}, \"frames_per_track\": {}, \"within_pixel\": {:.4f}, "
      "\"median_error_px\": {:.4f}, \"median_normalised\": {:.3f}}}\n",
      precision.tracks_per_frame, precision.frames_per_track, precision.within_pixel,
      precision.median_error_px, precision.median_normalised);
  if (errors_file.empty()) return 0;
  std::ofstream csv(errors_file);
  csv << "time_ns,track,camera,x,y,error_x,error_y,normalised\n";
  for (const TrackError& error : precision.errors) {
    csv << fmt::format("{},{},{},{:.2f},{:.2f},{:.3f},{:.3f},{:.3f}\n", ToNanoseconds(error.time),
                       error.track, error.camera, error.pixel.x(), error.pixel.y(),
                       error.error_px.x(), error.error_px.y(), error.normalised);
  }
  return csv.good() ? 0 : 3;
}

}  // namespace
}  // namespace nightjar

int main(int argc, char** argv) {
  if (argc < 2 || argc > 4) {
    std::fputs("usage: track_accuracy LOG [CONFIG [ERRORS.csv]]\n", stderr);
    return 2;
  }
  const auto argument = [&](int i) { return i < argc ? argv[i] : ""; };
  return nightjar::Run(argument(1), argument(2), argument(3));
}
