// SPDX-License-Identifier: Apache-2.0
#include "isp/depth/lens_gain.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "isp/linear_frame.h"

namespace nightjar {
namespace {

double OfShading(const RigCamera& camera, const Eigen::Vector2d& pixel) {
  const Eigen::Array2d middle(0.5 * (camera.width - 1), 0.5 * (camera.height - 1));
  const double r2 = (pixel.array() - middle).matrix().squaredNorm() / middle.matrix().squaredNorm();
  const LensShading& s = camera.sensor.lens_shading;
  return 1 + r2 * (s[0] + r2 * (s[1] + r2 * s[2]));
}

double Natural(const Eigen::Vector3d& ray) {
  const double cosine2 = ray.z() * ray.z() / ray.squaredNorm();
  return 1 / (cosine2 * cosine2);
}

}  // namespace

Image<float> LensGain(const RigCamera& camera, const PinholeView& view,
                      const Eigen::Matrix3d& R_camera_view) {
  const bool told = camera.sensor.lens_shading != LensShading{0, 0, 0};
  Image<float> gain = FilledImage<float>(view.width, view.height, 1);
  gain.for_each_element([&](int x, int y) {
    const Eigen::Vector3d ray =
        R_camera_view * Eigen::Vector3d((x - view.cx) / view.focal, (y - view.cy) / view.focal, 1);
    const std::optional<Eigen::Vector2d> pixel = camera.model->Project(ray);
    if (!pixel || !(pixel->x() >= 0 && pixel->x() <= camera.width - 1) ||
        !(pixel->y() >= 0 && pixel->y() <= camera.height - 1))
      return;
    const double wanted = told ? OfShading(camera, *pixel) : Natural(ray);
    gain(x, y) = static_cast<float>(std::clamp(wanted, 1 / kMostLensGain, kMostLensGain));
  });
  return gain;
}

void MultiplyLight(const Image<float>& gain, Image<uint16_t>& linear) {
  constexpr float kBlack = kLinearPedestal;
  for (int y = 0; y < linear.height(); ++y) {
    const float* by = &gain(0, y);
    uint16_t* row = &linear(0, y);
    for (int x = 0; x < linear.width(); ++x) {
      const float light = by[x] * (static_cast<float>(row[x]) - kBlack);
      row[x] = static_cast<uint16_t>(std::clamp(kBlack + light + 0.5F, 0.0F, 65535.0F));
    }
  }
}

}  // namespace nightjar
