// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/simulate_frames.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "apps/pipeline/simulate_command_line.h"
#include "core/staged_folder.h"
#include "data/image_sequence.h"
#include "data/sensor_log_writer.h"
#include "data/simulator/pose_truth.h"

namespace nightjar {
namespace {

constexpr double kLongest_s = 4200;        // what times of 32 bits hold
constexpr double kShareOfThreshold = 0.4;  // by which a pixel changes in a step, at most

Status Validate(const SimulateFramesOptions& options) {
  if (!(options.begin_s >= 0)) return Fail(ErrorKind::kUsage, "--begin must be 0 or more");
  if (!(options.end_s > options.begin_s))
    return Fail(ErrorKind::kUsage, "--end must be behind --begin");
  if (Status valid = options.light.Validate(); !valid) return valid;
  return options.event_camera.Validate();
}

// The sequence's frames of [begin, end).
Status Cut(const SimulateFramesOptions& options, ImageSequence& sequence) {
  const SensorTime zero = sequence.frames.front().time;
  std::erase_if(sequence.frames, [&](const SequenceFrame& frame) {
    const double t = ToSeconds(frame.time - zero);
    return t < options.begin_s || t >= options.end_s;
  });
  if (sequence.frames.size() < 2) {
    return Fail(ErrorKind::kUsage,
                fmt::format("{} frames lie between --begin and --end: a change needs two",
                            sequence.frames.size()),
                options.frames.string(), "choose more");
  }
  const double span = ToSeconds(sequence.frames.back().time - sequence.frames.front().time);
  if (span > kLongest_s) {
    return Fail(ErrorKind::kUsage,
                fmt::format("the frames are {:.0f} s long, times of events hold 4200 s", span),
                options.frames.string(), "choose a part with --begin and --end");
  }
  return {};
}

Rig EventRig(const ImageSequence& sequence) {
  RigEventCamera camera;
  camera.name = "events0";
  camera.width = sequence.size.width;
  camera.height = sequence.size.height;
  camera.model = sequence.model;
  camera.T_body_camera = sequence.T_body_camera;
  Rig rig;
  rig.event_cameras = {camera};
  return rig;
}

// Goes through the frames.
Status AddEvents(const SimulateFramesOptions& options, const ImageSequence& sequence,
                 EventFileWriter& file, SimulateFramesSummary& summary) {
  FrameInstantsOptions steps;
  steps.largest_change = kShareOfThreshold * std::min(options.event_camera.threshold_on,
                                                      options.event_camera.threshold_off);
  const FrameLight light(options.light, sequence.sensor);
  const SensorTime epoch = sequence.frames.front().time;
  EventCamera camera(options.event_camera, sequence.size.width, sequence.size.height, options.seed);
  const auto look = [&](double) {
    return options.progress.Look(summary.frames, static_cast<int64_t>(sequence.frames.size()),
                                 "frames");
  };
  Image<float> from;
  double begin_s = 0;
  for (const SequenceFrame& frame : sequence.frames) {
    if (Status goes_on = look(begin_s); !goes_on) return goes_on;
    const auto image = ReadSequenceImage(sequence, frame);
    if (!image) return tl::unexpected(image.error());
    const Image<float> to = light.LogLux(*image);
    const double end_s = ToSeconds(frame.time - epoch);
    if (summary.frames == 0) {
      camera.Begin(LuxBetween(to, to, 0));
    } else {
      EventLight way;
      way.instants = FrameInstants(begin_s, end_s, LargestChange(from, to), steps);
      way.instants.insert(way.instants.begin(), begin_s);
      way.at = [&](size_t i) {
        return LuxBetween(from, to, (way.instants[i] - begin_s) / (end_s - begin_s));
      };
      const auto counts = WriteEvents(way, epoch, options.threads, look, camera, file);
      if (!counts) return tl::unexpected(counts.error());
      summary.events.on += counts->on;
      summary.events.off += counts->off;
      summary.steps += static_cast<int64_t>(way.instants.size()) - 1;
    }
    from = to;
    begin_s = end_s;
    ++summary.frames;
  }
  return {};
}

Status AddTruth(const SimulateFramesOptions& options, const ImageSequence& sequence,
                SensorLogWriter& writer, SimulateFramesSummary& summary) {
  if (options.trajectory.empty()) return {};
  const auto truth =
      TruthOfPoses(options.trajectory, sequence.frames.front().time, sequence.frames.back().time);
  if (!truth) return tl::unexpected(truth.error());
  for (const NavigationState& state : *truth) {
    if (Status added = writer.AddTruth(state); !added) return added;
  }
  summary.poses = static_cast<int64_t>(truth->size());
  return {};
}

}  // namespace

Result<SimulateFramesSummary> SimulateFrames(const SimulateFramesOptions& options) {
  const auto start = std::chrono::steady_clock::now();
  if (Status valid = Validate(options); !valid) return tl::unexpected(valid.error());
  if (Status usable = SensorLogWriter::Check(options.log); !usable)
    return tl::unexpected(usable.error());
  if (Status apart = StagedFolder::CheckInputs(options.log, {options.frames, options.trajectory});
      !apart) {
    return tl::unexpected(apart.error());
  }
  Result<ImageSequence> sequence = ReadImageSequence(options.frames);
  if (!sequence) return tl::unexpected(sequence.error());
  if (Status cut = Cut(options, *sequence); !cut) return tl::unexpected(cut.error());
  auto writer = SensorLogWriter::Create(options.log, EventRig(*sequence), "unknown",
                                        "nightjar simulate, synthetic: events from frames",
                                        CommandLine(options));
  if (!writer) return tl::unexpected(writer.error());
  SimulateFramesSummary summary;
  if (Status added = AddTruth(options, *sequence, *writer, summary); !added)
    return tl::unexpected(added.error());
  writer->DescribeEvents(0, DescribeEventPixels(options.event_camera));
  const auto place = writer->PlaceEvents(0);
  if (!place) return tl::unexpected(place.error());
  const std::vector<SequenceFrame>& frames = sequence->frames;
  auto file = EventFileWriter::Create(*place, frames.front().time, sequence->size);
  if (!file) return tl::unexpected(file.error());
  if (Status added = AddEvents(options, *sequence, *file, summary); !added)
    return tl::unexpected(added.error());
  if (Status finished = file->Finish(); !finished) return tl::unexpected(finished.error());
  if (Status finished = writer->Finish(); !finished) return tl::unexpected(finished.error());
  summary.width = sequence->size.width;
  summary.height = sequence->size.height;
  summary.log_s = ToSeconds(frames.back().time - frames.front().time);
  summary.wall_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return summary;
}

}  // namespace nightjar
