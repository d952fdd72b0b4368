// SPDX-License-Identifier: Apache-2.0
#include "data/simulator/depth_sensor.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "calibration/depth_noise.h"
#include "core/portable_math.h"
#include "core/random.h"
#include "data/simulator/option_range.h"
#include "data/simulator/random_use.h"

namespace nightjar {
namespace {

using Eigen::Vector3d;

constexpr double kSeenAtAll_m = 100;  // how far rays are followed
// Of a texture's pyramid: 8 texels, a few centimetres, over which a window is matched.
constexpr int kWindowLevel = 3;

double Step(const DepthSensorOptions& options, double z_m) {
  return z_m * z_m * options.disparity_step_px / options.focal_baseline_px_m;
}

std::string Line(const char* key, std::initializer_list<double> values) {
  std::string text = "  " + std::string(key) + ": " + (values.size() > 1 ? "[" : "");
  for (const double& value : values) {
    char buffer[32];
    const auto end = std::to_chars(buffer, buffer + sizeof(buffer), value);
    text += &value == values.begin() ? "" : ", ";
    text.append(buffer, end.ptr);
  }
  return text + (values.size() > 1 ? "]\n" : "\n");
}

// The standard normal distribution function by Simpson's rule on its density, to 1e-9: only for
// what is compared with counts.
double NormalShareBelow(double x) {
  constexpr int kSteps = 400;
  const double end = std::clamp(x, -8.0, 8.0);
  const double step = end / kSteps;
  double sum = 0;
  for (int i = 0; i <= kSteps; ++i) {
    const double weight = i == 0 || i == kSteps ? 1 : i % 2 == 1 ? 4 : 2;
    sum += weight * portable::Exp(-0.5 * (i * step) * (i * step));
  }
  return 0.5 + sum * step / 3 / std::sqrt(2 * M_PI);
}

}  // namespace

Status DepthSensorOptions::Validate() const {
  constexpr double kFarthestProjector_m = 10;
  return CheckRanges({{"constant_m", constant_m, 0, 1},
                      {"quadratic_per_m", quadratic_per_m, 0, 1},
                      {"sharpest_m", sharpest_m, 0, 100},
                      {"slant", slant, 0, 1},
                      {"lateral_px", lateral_px, 0, 10},
                      {"focal_baseline_px_m", focal_baseline_px_m, 0.1, 1e4},
                      {"disparity_step_px", disparity_step_px, 0.001, 1},
                      {"projector_camera", projector_camera.norm(), 0, kFarthestProjector_m, " m"},
                      {"farthest_m", farthest_m, 0.01, 65},
                      {"nearest_m", nearest_m, 0.01, farthest_m},
                      {"smallest_cosine", smallest_cosine, 0.01, 1},
                      {"smallest_signal", smallest_signal, 0, 1000},
                      {"signal_sigma", signal_sigma, 0, 10}});
}

double DepthSigma(const DepthSensorOptions& options, double z_m, double cosine) {
  return DepthNoise{options.constant_m, options.quadratic_per_m, options.sharpest_m, options.slant,
                    options.lateral_px}
      .Sigma(z_m, cosine);
}

double SignalDropout(const DepthSensorOptions& options, double albedo, double z_m, double cosine) {
  const double signal = albedo * cosine / (z_m * z_m);
  return NormalShareBelow((1 - signal / options.smallest_signal) / options.signal_sigma);
}

std::string DescribeDepthNoise(const DepthSensorOptions& options) {
  return "depth_noise:\n  model: structured-light\n" +
         Line("sigma_z_m",
              {options.constant_m, options.quadratic_per_m, options.sharpest_m, options.slant}) +
         Line("lateral_px", {options.lateral_px}) +
         Line("focal_baseline_px_m", {options.focal_baseline_px_m}) +
         Line("disparity_step_px", {options.disparity_step_px}) +
         Line("projector_camera_m", {options.projector_camera.x(), options.projector_camera.y(),
                                     options.projector_camera.z()}) +
         Line("range_m", {options.nearest_m, options.farthest_m}) +
         Line("smallest_cosine", {options.smallest_cosine}) +
         Line("smallest_signal_per_m2", {options.smallest_signal}) +
         Line("signal_sigma", {options.signal_sigma});
}

DepthSensor::DepthSensor(const DepthSensorOptions& options, const SimulatedScene& scene,
                         const SurfaceTree& surfaces, const CameraModel& model, int width,
                         int height, uint64_t seed, int camera)
    : options_(options),
      scene_(scene),
      surfaces_(surfaces),
      width_(width),
      height_(height),
      seed_(seed),
      camera_(camera) {
  bearings_.reserve(static_cast<size_t>(width) * static_cast<size_t>(height));
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x)
      bearings_.push_back(model.Unproject(Eigen::Vector2d(x, y)).value_or(Vector3d::Zero()));
  }
}

const Vector3d& DepthSensor::Bearing(int x, int y) const {
  return bearings_[static_cast<size_t>(y) * static_cast<size_t>(width_) + static_cast<size_t>(x)];
}

// Of the place beside the pixel's centre that it looks at; between pixels bearings are straight.
Vector3d DepthSensor::FrayedBearing(int x, int y, const Chances& chances) const {
  const int left = std::max(x - 1, 0), right = std::min(x + 1, width_ - 1);
  const int upper = std::max(y - 1, 0), lower = std::min(y + 1, height_ - 1);
  const Vector3d& centre = Bearing(x, y);
  for (const Vector3d* neighbour :
       {&Bearing(left, y), &Bearing(right, y), &Bearing(x, upper), &Bearing(x, lower)}) {
    if (neighbour->isZero()) return centre;
  }
  const Vector3d along_x = (Bearing(right, y) - Bearing(left, y)) / (right - left);
  const Vector3d along_y = (Bearing(x, lower) - Bearing(x, upper)) / (lower - upper);
  return (centre + options_.lateral_px * (chances.aside * along_x + chances.below * along_y))
      .normalized();
}

// `place` in the panel's object's frame.
float DepthSensor::Albedo(const Panel& panel, const Vector3d& place) const {
  const Vector3d from_corner = place - panel.corner;
  const double u = panel.texture_origin.x() + from_corner.dot(panel.u_axis) * panel.texels_per_m;
  const double v = panel.texture_origin.y() + from_corner.dot(panel.v_axis) * panel.texels_per_m;
  return panel.tint.mean() * scene_.textures[static_cast<size_t>(panel.texture)].At(
                                 static_cast<float>(u), static_cast<float>(v), kWindowLevel);
}

uint16_t DepthSensor::SensePixel(const View& view, int x, int y, const Chances& chances) const {
  const Vector3d& bearing = Bearing(x, y);
  if (bearing.isZero()) return 0;
  const Vector3d& from = view.T_world_camera.translation;
  const Vector3d frayed = view.T_world_camera.rotation * FrayedBearing(x, y, chances);
  const auto hit = surfaces_.FirstHit(from, frayed, kSeenAtAll_m, view.T_world_objects);
  if (!hit) return 0;
  const Panel& panel = scene_.panels[static_cast<size_t>(hit->panel)];
  const Se3 T_world_panel =
      panel.object < 0 ? Se3() : view.T_world_objects[static_cast<size_t>(panel.object)];
  const Vector3d place = from + hit->distance * frayed;
  Vector3d normal = T_world_panel.rotation * panel.Normal();
  if (normal.dot(from - place) < 0) normal = -normal;  // seen from behind
  // Where the pixel's own ray meets that surface's plane.
  const double cosine = -normal.dot(view.T_world_camera.rotation * bearing);
  if (cosine < options_.smallest_cosine) return 0;
  const double z = normal.dot(from - place) / cosine * bearing.z();
  if (!(z >= options_.nearest_m && z <= options_.farthest_m)) return 0;
  const auto albedo = static_cast<double>(Albedo(panel, T_world_panel.Inverse() * place));
  const double signal = albedo * cosine / (z * z);
  if (signal < options_.smallest_signal * (1 + options_.signal_sigma * chances.signal)) return 0;
  const Vector3d projector = view.T_world_camera * options_.projector_camera;
  if (normal.dot(projector - place) <= 0 ||
      !surfaces_.IsClear(projector, place, hit->panel, view.T_world_objects)) {
    return 0;
  }
  const double sigma = DepthSigma(options_, z, cosine);
  const double step = Step(options_, z);
  const double before = std::sqrt(std::max(0.0, sigma * sigma - step * step / 12));
  const double disparity = options_.focal_baseline_px_m / z * (1 + chances.axial * before / z);
  const double steps = std::floor(disparity / options_.disparity_step_px + 0.5);
  if (steps < 1) return 0;
  const double mm = 1000 * options_.focal_baseline_px_m / (steps * options_.disparity_step_px);
  return mm < 65'535 ? static_cast<uint16_t>(std::floor(mm + 0.5)) : uint16_t{0};
}

Image<uint16_t> DepthSensor::Sense(const MotionSpline& T_world_body, const Se3& T_body_camera,
                                   const ExposureSpan& span, int64_t frame) const {
  Image<uint16_t> depth(width_, height_);
  View view;
  for (int y = 0; y < height_; ++y) {
    if (y == 0 || span.readout_s > 0) {
      const double row_s =
          span.readout_s > 0 ? (static_cast<double>(y) / (height_ - 1) - 0.5) * span.readout_s : 0;
      view = {T_world_body.Pose(span.mid_s + row_s) * T_body_camera,
              ObjectPoses(scene_, span.mid_s + row_s)};
    }
    RandomStream random(
        seed_, StreamOf(RandomUse::kDepthNoise, camera_),
        static_cast<uint64_t>(frame) * static_cast<uint64_t>(height_) + static_cast<uint64_t>(y));
    for (int x = 0; x < width_; ++x) {
      Chances chances{};
      for (double* chance : {&chances.aside, &chances.below, &chances.axial, &chances.signal})
        *chance = random.Normal();
      depth(x, y) = SensePixel(view, x, y, chances);
    }
  }
  return depth;
}

}  // namespace nightjar
