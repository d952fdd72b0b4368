// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/simulate_tracks.h"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <algorithm>
#include <future>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "data/simulator/landmark_tracks.h"
#include "data/track_rows.h"

namespace nightjar {
namespace {

// Frames of all cameras that a thread makes at a time: some milliseconds of work.
constexpr size_t kFramesAtATime = 16;

// One camera's rows of one frame.
struct CameraRows {
  std::string seen;
  std::string truth;
};

// The frames of all cameras at one time: tasks [begin, end) of a simulation.
struct FrameGroup {
  const FrameTask* begin;
  const FrameTask* end;
  std::vector<LandmarkSighting> sightings = {};  // by camera
  std::vector<CameraRows> rows = {};             // by camera
};

std::vector<FrameGroup> Groups(const std::vector<FrameTask>& tasks) {
  std::vector<FrameGroup> groups;
  for (const FrameTask& task : tasks) {
    if (groups.empty() || groups.back().begin->number != task.number)
      groups.push_back({&task, &task});
    groups.back().end = &task + 1;
  }
  return groups;
}

void See(const LandmarkTracks& tracks, FrameGroup& group) {
  for (const FrameTask* task = group.begin; task != group.end; ++task) {
    const auto seen = tracks.See(task->camera, task->number, task->span.mid_s);
    group.sightings.insert(group.sightings.end(), seen.begin(), seen.end());
  }
}

void WriteRows(double pixel_noise_px, FrameGroup& group) {
  const FrameObservations all = ObservationsOf({}, group.sightings, pixel_noise_px);
  for (const FrameTask* task = group.begin; task != group.end; ++task) {
    std::vector<FeatureObservation> own;
    std::copy_if(all.features.begin(), all.features.end(), std::back_inserter(own),
                 [task](const FeatureObservation& f) { return f.camera == task->camera; });
    CameraRows rows;
    rows.seen = TrackRowsText(task->stamp, own);
    for (const LandmarkSighting& sighting : group.sightings) {
      if (sighting.camera != task->camera) continue;
      fmt::format_to(std::back_inserter(rows.truth), FMT_COMPILE("{},{},{},{},{},{}\n"),
                     ToNanoseconds(task->stamp), sighting.track, sighting.landmark,
                     sighting.true_pixel.x(), sighting.true_pixel.y(), sighting.outlier ? 1 : 0);
    }
    group.rows.push_back(std::move(rows));
  }
}

// Calls work(group) for groups [begin, end), spread over threads.
template <typename Work>
void ForGroups(std::vector<FrameGroup>& groups, size_t begin, size_t end, int threads,
               const Work& work) {
  const auto run = [&, stride = static_cast<size_t>(threads)](size_t first) {
    for (size_t i = first; i < end; i += stride) work(groups[i]);
  };
  std::vector<std::future<void>> others;
  for (size_t k = 1; k < static_cast<size_t>(threads) && begin + k < end; ++k)
    others.push_back(std::async(std::launch::async, run, begin + k));
  run(begin);
  for (auto& other : others) other.get();
}

std::string LandmarkTable(const LandmarkTracks& tracks) {
  std::string text = "#landmark,object,x [m],y [m],z [m]\n";
  for (size_t l = 0; l < tracks.landmarks().size(); ++l) {
    // The motion's 0 is the time of the first frame.
    const Eigen::Vector3d place = tracks.PositionWorld(static_cast<int>(l), 0);
    fmt::format_to(std::back_inserter(text), FMT_COMPILE("{},{},{},{},{}\n"), l,
                   tracks.landmarks()[l].object, place.x(), place.y(), place.z());
  }
  return text;
}

std::string TruthFile(const Simulation& simulation, int camera) {
  return "truth/" + simulation.rig().cameras[static_cast<size_t>(camera)].name + "/" + kTrackFile;
}

Status AddRows(const Simulation& simulation, const FrameGroup& group, SensorLogWriter& writer) {
  for (size_t c = 0; c < group.rows.size(); ++c) {
    const int camera = group.begin[c].camera;
    if (Status added = writer.AddTracks(camera, group.rows[c].seen); !added) return added;
    if (Status added = writer.AppendFile(TruthFile(simulation, camera), group.rows[c].truth);
        !added) {
      return added;
    }
  }
  return {};
}

}  // namespace

Result<int64_t> AddTracks(const SimulateOptions& options, const Simulation& simulation,
                          SensorLogWriter& writer) {
  const LandmarkTracks tracks(simulation.scene(), simulation.T_world_body(), simulation.rig(),
                              *options.simulation.tracks, options.simulation.seed);
  TrackNumbers numbers(tracks);
  if (Status added = writer.AddFile("truth/landmarks.csv", LandmarkTable(tracks)); !added)
    return tl::unexpected(added.error());
  for (size_t c = 0; c < simulation.rig().cameras.size(); ++c) {
    if (Status added = writer.AppendFile(TruthFile(simulation, static_cast<int>(c)),
                                         "#timestamp [ns],track,landmark,x_px,y_px,outlier\n");
        !added) {
      return tl::unexpected(added.error());
    }
  }
  std::vector<FrameGroup> groups = Groups(simulation.frames());
  const size_t step = kFramesAtATime * static_cast<size_t>(options.threads);
  int64_t observations = 0;
  for (size_t begin = 0; begin < groups.size(); begin += step) {
    const Status goes_on =
        options.progress.Look(groups[begin].begin - simulation.frames().data(),
                              static_cast<int64_t>(simulation.frames().size()), "frames");
    if (!goes_on) return tl::unexpected(goes_on.error());
    const size_t end = std::min(begin + step, groups.size());
    ForGroups(groups, begin, end, options.threads, [&](FrameGroup& g) { See(tracks, g); });
    for (size_t i = begin; i < end; ++i)
      numbers.Number(groups[i].begin->number, groups[i].sightings);
    ForGroups(groups, begin, end, options.threads,
              [&](FrameGroup& g) { WriteRows(tracks.options().pixel_noise_px, g); });
    for (size_t i = begin; i < end; ++i) {
      if (Status added = AddRows(simulation, groups[i], writer); !added)
        return tl::unexpected(added.error());
      observations += static_cast<int64_t>(groups[i].sightings.size());
      groups[i] = {groups[i].begin, groups[i].end};  // memory does not grow with the log
    }
  }
  return observations;
}

}  // namespace nightjar
