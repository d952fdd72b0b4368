// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/config.h"

#include <yaml-cpp/yaml.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

#include "apps/pipeline/depth_fields.h"

namespace nightjar {

NLOHMANN_JSON_SERIALIZE_ENUM(DenoisingSetting, {{DenoisingSetting::kEdge, "edge"},
                                                {DenoisingSetting::kOffline, "offline"}})
NLOHMANN_JSON_SERIALIZE_ENUM(DepthSource, {{DepthSource::kAuto, "auto"},
                                           {DepthSource::kSensor, "sensor"},
                                           {DepthSource::kStereo, "stereo"},
                                           {DepthSource::kMotion, "motion"}})

}  // namespace nightjar

template <>
struct YAML::convert<nightjar::DenoisingSetting> {
  static bool decode(const Node& node, nightjar::DenoisingSetting& setting) {
    setting = node.Scalar() == "offline" ? nightjar::DenoisingSetting::kOffline
                                         : nightjar::DenoisingSetting::kEdge;
    return node.Scalar() == "offline" || node.Scalar() == "edge";
  }
};

template <>
struct YAML::convert<nightjar::DepthSource> {
  static bool decode(const Node& node, nightjar::DepthSource& source) {
    const auto known = {nightjar::DepthSource::kAuto, nightjar::DepthSource::kSensor,
                        nightjar::DepthSource::kStereo, nightjar::DepthSource::kMotion};
    for (const nightjar::DepthSource candidate : known) {
      if (nlohmann::json(candidate) != node.Scalar()) continue;
      source = candidate;
      return true;
    }
    return false;
  }
};

namespace nightjar {
namespace {

using Json = nlohmann::ordered_json;

// Each options struct once, field by field: reading, writing and the list of known names all come
// from here.
template <typename Visitor>
void VisitFields(PatchTrackerOptions& o, Visitor& field) {
  field("max_iterations", o.max_iterations);
  field("convergence_px", o.convergence_px);
  field("min_correlation", o.min_correlation);
  field("min_contrast", o.min_contrast);
  field("sigma_floor_px", o.sigma_floor_px);
  field("max_sigma_px", o.max_sigma_px);
}

template <typename Visitor>
void VisitFields(CornerOptions& o, Visitor& field) {
  field("cell_px", o.cell_px);
  field("min_distance_px", o.min_distance_px);
  field("border_px", o.border_px);
  field("min_score", o.min_score);
}

template <typename Visitor>
void VisitFields(StereoMatcherOptions& o, Visitor& field) {
  field("min_distance_m", o.min_distance_m);
  field("epipolar_gate_px", o.epipolar_gate_px);
  field("return_gate_px", o.return_gate_px);
  field("search_level", o.search_level);
  field("min_search_correlation", o.min_search_correlation);
}

template <typename Visitor>
void VisitFields(FeatureTrackerOptions& o, Visitor& field) {
  field("max_tracks", o.max_tracks);
  field("return_gate_px", o.return_gate_px);
  field("registration_gate_px", o.registration_gate_px);
  field("min_registration_correlation", o.min_registration_correlation);
  field("max_sigma_px", o.max_sigma_px);
}

template <typename Visitor>
void VisitFields(EventImageOptions& o, Visitor& field) {
  field("events_per_pixel", o.events_per_pixel);
  field("longest_s", o.longest_s);
  field("hot_pixel_window_s", o.hot_pixel_window_s);
  field("correlation_window_s", o.correlation_window_s);
  field("burst_s", o.burst_s);
  field("smoothing_px", o.smoothing_px);
}

template <typename Visitor>
void VisitFields(EventTrackerOptions& o, Visitor& field) {
  field("lag_s", o.lag_s);
  field("lag_sigma_s", o.lag_sigma_s);
  field("covariance_scale", o.covariance_scale);
  field("max_tracks", o.max_tracks);
  field("cell_px", o.cell_px);
  field("min_distance_px", o.min_distance_px);
  field("return_gate_px", o.return_gate_px);
  field("min_correlation", o.min_correlation);
  field("max_sigma_px", o.max_sigma_px);
  field("min_registration_correlation", o.min_registration_correlation);
}

template <typename Visitor>
void VisitFields(EventSourceOptions& o, Visitor& field) {
  field("enough_frame_tracks", o.enough_frame_tracks);
  field("use_frames", o.use_frames);
}

template <typename Visitor>
void VisitFields(EstimatorOptions& o, Visitor& field) {
  field("window_keyframes", o.window_keyframes);
  field("window_recent_frames", o.window_recent_frames);
  field("solver_iterations", o.solver_iterations);
  field("huber_threshold", o.huber_threshold);
  field("outlier_threshold", o.outlier_threshold);
  field("pixel_sigma_floor", o.pixel_sigma_floor);
  field("keyframe_tracked_share", o.keyframe_tracked_share);
  field("keyframe_interval_s", o.keyframe_interval_s);
  field("start_keyframe_interval_s", o.start_keyframe_interval_s);
  field("gyro_noise_factor", o.gyro_noise_factor);
  field("accelerometer_noise_factor", o.accelerometer_noise_factor);
  field("start_up_window_s", o.start_up_window_s);
  field("start_up_sigma_rad", o.start_up_sigma_rad);
  field("start_speed_sigma_m_s", o.start_speed_sigma_m_s);
  field("start_gyro_bias_sigma", o.start_gyro_bias_sigma);
  field("start_accelerometer_bias_sigma", o.start_accelerometer_bias_sigma);
  field("initialised_tilt_sigma_rad", o.initialised_tilt_sigma_rad);
  field("initialised_speed_sigma_m_s", o.initialised_speed_sigma_m_s);
  field("zero_velocity_updates", o.zero_velocity_updates);
  field("still_pixels", o.still_pixels);
  field("still_gyro_spread_rad_s", o.still_gyro_spread_rad_s);
  field("still_force_spread_m_s2", o.still_force_spread_m_s2);
  field("still_keyframe_interval_s", o.still_keyframe_interval_s);
  field("initialised_scale_sigma", o.initialised_scale_sigma);
  field("tracking_inliers", o.tracking_inliers);
  field("dead_reckoned_inliers", o.dead_reckoned_inliers);
  field("lost_drift_sigma_m", o.lost_drift_sigma_m);
  field("degraded_inertial_rms", o.degraded_inertial_rms);
  field("degraded_bias_sigmas", o.degraded_bias_sigmas);
  field("lost_bias_sigmas", o.lost_bias_sigmas);
  field("batch_iterations", o.batch_iterations);
}

template <typename Visitor>
void VisitFields(DevelopmentOptions& o, Visitor& field) {
  field("front", o.front);
  field("temporal", o.temporal);
  field("spatial", o.spatial);
  field("min_noise", o.min_noise);
  field("threshold", o.shrinkage.threshold);
  field("setting", o.shrinkage.setting);
  field("least_share", o.video.least_share);
  field("between_neighbours_px", o.video.alignment.prior.between_neighbours_px);
  field("from_affine_px", o.video.alignment.prior.from_affine_px);
  field("coarse_steps", o.video.alignment.coarse_steps);
  field("fine_steps", o.video.alignment.fine_steps);
}

template <typename Visitor>
void VisitSections(PipelineConfig& config, Visitor&& section) {
  section("development", config.development);
  section("corners", config.tracker.corners);
  section("patch", config.tracker.patch);
  section("stereo", config.tracker.stereo);
  section("tracker", config.tracker);
  section("event_image", config.events.tracker.image);
  section("event_tracker", config.events.tracker);
  section("events", config.events);
  section("depth", config.depth);
  section("estimator", config.estimator);
}

std::string Where(const std::filesystem::path& file, const YAML::Mark& mark) {
  return file.string() + ":" + std::to_string(mark.line + 1);
}

// Where the key `name` stands: an empty value has no place of its own.
YAML::Mark KeyMark(const YAML::Node& section, const char* name) {
  for (const auto& entry : section) {
    if (entry.first.IsScalar() && entry.first.Scalar() == name) return entry.first.Mark();
  }
  return section.Mark();
}

// YAML would silently take the first of two values of one name. `prefix` goes before the name.
Status CheckUnique(const std::filesystem::path& file, const YAML::Node& map,
                   const std::string& prefix) {
  std::set<std::string> seen;
  for (const auto& entry : map) {
    const auto name = entry.first.as<std::string>();
    if (seen.insert(name).second) continue;
    return Fail(ErrorKind::kUsage, prefix + name + " is there twice",
                Where(file, entry.first.Mark()));
  }
  return {};
}

// A field that the file sets: where, and how to exchange its value with the default and back.
struct SetField {
  YAML::Mark mark;
  std::function<void()> exchange;
};

// Sets the fields that a section names; remembers the first thing that is wrong.
class FieldReader {
 public:
  FieldReader(const std::filesystem::path& file, const YAML::Node& section,
              std::vector<SetField>& set)
      : file_(file), section_(section), set_(set) {}

  template <typename T>
  void operator()(const char* name, T& value) {
    known_.insert(name);
    if (!status_) return;
    const YAML::Node node = section_[name];
    if (!node) return;
    T read;
    if (node.IsScalar() && YAML::convert<T>::decode(node, read)) {
      set_.push_back({KeyMark(section_, name),
                      [&value, other = value]() mutable { std::swap(value, other); }});
      value = read;
      return;
    }
    const char* expected = std::is_same_v<T, bool>               ? " is not true or false"
                           : std::is_same_v<T, DenoisingSetting> ? " is not edge or offline"
                           : std::is_same_v<T, DepthSource>
                               ? " is not auto, sensor, stereo or motion"
                           : std::is_integral_v<T> ? " is not a whole number"
                                                   : " is not a number";
    status_ = Fail(ErrorKind::kUsage, name + std::string(expected),
                   Where(file_, KeyMark(section_, name)));
  }

  // After all fields were visited.
  Status Finish(const std::string& section_name) const {
    if (!status_) return status_;
    for (const auto& entry : section_) {
      const auto name = entry.first.as<std::string>();
      if (known_.contains(name)) continue;
      return Fail(ErrorKind::kUsage, "unknown option " + section_name + "." + name,
                  Where(file_, entry.first.Mark()), "session.json of any session lists them all");
    }
    return {};
  }

 private:
  const std::filesystem::path& file_;
  const YAML::Node& section_;
  std::vector<SetField>& set_;
  std::set<std::string> known_;
  Status status_;
};

Status ReadSections(const std::filesystem::path& file, const YAML::Node& root,
                    PipelineConfig& config, std::vector<SetField>& set) {
  std::set<std::string> known;
  Status status = CheckUnique(file, root, "");
  VisitSections(config, [&](const char* name, auto& options) {
    known.insert(name);
    const YAML::Node section = root[name];
    if (!status || !section) return;
    if (!section.IsMap()) {
      status = Fail(ErrorKind::kUsage, std::string(name) + " is not a section of options",
                    Where(file, KeyMark(root, name)));
      return;
    }
    status = CheckUnique(file, section, name + std::string("."));
    if (!status) return;
    FieldReader reader(file, section, set);
    VisitFields(options, reader);
    status = reader.Finish(name);
  });
  if (!status) return status;
  for (const auto& entry : root) {
    const auto name = entry.first.as<std::string>();
    if (!known.contains(name)) {
      return Fail(
          ErrorKind::kUsage, "unknown section " + name, Where(file, entry.first.Mark()),
          "use development, corners, patch, stereo, tracker, event_image, event_tracker, events, "
          "depth or estimator");
    }
  }
  return {};
}

// Options know their ranges and not their lines: the field to blame is one without which the error
// would not be there.
Status ValidateWithLines(const std::filesystem::path& file, const PipelineConfig& config,
                         const std::vector<SetField>& set) {
  const Status valid = config.Validate();
  if (valid) return {};
  Error error = valid.error();
  error.where = file.string();
  for (const SetField& field : set) {
    field.exchange();
    const Status without = config.Validate();
    field.exchange();
    if (without || without.error().what != error.what) {
      error.where = Where(file, field.mark);
      break;
    }
  }
  return tl::unexpected(error);
}

}  // namespace

Status PipelineConfig::Validate() const {
  for (const Status& status :
       {development.Validate(), tracker.corners.Validate(), tracker.patch.Validate(),
        tracker.stereo.Validate(), tracker.Validate(), events.Validate(), depth.Validate(),
        estimator.Validate()}) {
    if (!status) return status;
  }
  return {};
}

Result<PipelineConfig> ReadConfig(const std::filesystem::path& file) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(file, ignored)) {
    return Fail(ErrorKind::kUsage, "there is no such configuration file", file.string());
  }
  PipelineConfig config;
  try {
    const YAML::Node root = YAML::LoadFile(file.string());
    if (!root.IsNull() && !root.IsMap()) {
      return Fail(ErrorKind::kUsage, "is not YAML with sections of options", file.string());
    }
    std::vector<SetField> set;
    if (Status read = ReadSections(file, root, config, set); !read) {
      return tl::unexpected(read.error());
    }
    if (Status valid = ValidateWithLines(file, config, set); !valid) {
      return tl::unexpected(valid.error());
    }
  } catch (const YAML::Exception& error) {
    return Fail(ErrorKind::kUsage, error.msg, Where(file, error.mark));
  }
  return config;
}

std::string ToJson(const PipelineConfig& config) {
  PipelineConfig copy = config;  // the visitors take what they could change
  Json json = Json::object();
  VisitSections(copy, [&json](const char* name, auto& options) {
    Json& section = json[name] = Json::object();
    auto field = [&section](const char* key, auto& value) { section[key] = value; };
    VisitFields(options, field);
  });
  return json.dump();
}

}  // namespace nightjar
