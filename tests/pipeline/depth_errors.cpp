// SPDX-License-Identifier: Apache-2.0
#include "tests/pipeline/depth_errors.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "data/png_image.h"
#include "data/sensor_log.h"
#include "isp/undistortion.h"

namespace nightjar {
namespace {

namespace fs = std::filesystem;

Result<Image<uint16_t>> ReadMillimetres(const fs::path& file) {
  auto image = ReadMonoPng(file);
  if (!image || !std::holds_alternative<Image<uint16_t>>(*image))
    return Fail(ErrorKind::kUnusableInput, "is no depth image", file.string());
  return std::get<Image<uint16_t>>(*image);
}

double Median(std::vector<double>& values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace

Result<DepthErrors> CompareDepth(const fs::path& session, const fs::path& log) {
  auto opened = OpenSensorLog(log);
  if (!opened) return tl::unexpected(opened.error());
  const RigCamera& camera = (*opened)->rig().cameras.front();
  const PinholeView view = UndistortedView(*camera.model, camera.width, camera.height);
  const fs::path exact = fs::exists(log / "truth/depth0") ? log / "truth/depth0" : log / "depth0";
  std::vector<fs::path> files;
  std::error_code missing;
  for (const auto& entry : fs::directory_iterator(session / "depth" / camera.name, missing)) {
    const std::string stem = entry.path().stem().string();
    if (!stem.ends_with("_sigma")) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  DepthErrors errors;
  errors.focal_px = view.focal;
  for (const fs::path& file : files) {
    const auto depth = ReadMillimetres(file);
    const auto sigma = ReadMillimetres(file.parent_path() / (file.stem().string() + "_sigma.png"));
    const auto truth = ReadMillimetres(exact / "data" / file.filename());
    for (const auto* image : {&depth, &sigma, &truth})
      if (!*image) return tl::unexpected(image->error());
    ++errors.maps;
    for (int y = 0; y < view.height; y += 3) {
      for (int x = 0; x < view.width; x += 3) {
        const auto seen =
            camera.model->Project({(x - view.cx) / view.focal, (y - view.cy) / view.focal, 1});
        if (!seen) continue;
        const long u = std::lround(seen->x()), v = std::lround(seen->y());
        if (u < 0 || v < 0 || u >= camera.width || v >= camera.height) continue;
        const int mm = (*truth)(static_cast<int>(u), static_cast<int>(v));
        if (mm == 0) continue;
        ++errors.with_truth;
        if ((*depth)(x, y) == 0) continue;
        errors.known.push_back({1e-3 * mm, 1e-3 * (*depth)(x, y), 1e-3 * (*sigma)(x, y)});
      }
    }
  }
  return errors;
}

DepthMedians MediansBetween(const DepthErrors& errors, double least_m, double most_m) {
  std::vector<double> absolute, relative;
  for (const DepthError& e : errors.known) {
    if (e.truth_m < least_m || e.truth_m >= most_m) continue;
    absolute.push_back(std::abs(e.depth_m - e.truth_m));
    relative.push_back(absolute.back() / e.truth_m);
  }
  const auto count = static_cast<int64_t>(absolute.size());
  return {Median(absolute), Median(relative), count};
}

}  // namespace nightjar
