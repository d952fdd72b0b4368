// SPDX-License-Identifier: Apache-2.0
#include "isp/depth/depth_fusion.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "core/check.h"

namespace nightjar {
namespace {

// Of inverse depth, 1/m: what images measure is even in it, and a map's own sigma of it does not
// depend on the depth's error, which weights by 1 / sigma_z^2 would follow towards the camera.
struct Sample {
  double inverse, variance;
};

bool Agree(const Sample& a, const Sample& b, double sigmas) {
  const double apart = a.inverse - b.inverse;
  return apart * apart <= sigmas * sigmas * (a.variance + b.variance);
}

// How many of `samples` agree with the given one, itself included.
int Agreeing(const std::vector<Sample>& samples, const Sample& with, double sigmas) {
  return static_cast<int>(std::count_if(samples.begin(), samples.end(), [&](const Sample& sample) {
    return Agree(sample, with, sigmas);
  }));
}

// Of all that agree with `with`, weighted by inverse variance. The errors e_i of n samples have
// covariances c s_i s_j, so that the mean's variance is sum_ij w_i w_j c_ij.
Sample MeanAround(const std::vector<Sample>& samples, const Sample& with, double correlation,
                  const DepthFusionOptions& options) {
  double weights = 0, inverse = 0, roots = 0;
  for (const Sample& sample : samples) {
    if (!Agree(sample, with, options.agreement)) continue;
    const double weight = 1 / sample.variance;
    weights += weight;
    inverse += weight * sample.inverse;
    roots += std::sqrt(weight);  // weight * sigma
  }
  const double independent = 1 / weights, common = roots * roots / (weights * weights);
  return {inverse / weights, (1 - correlation) * independent + correlation * common};
}

// `samples` are those of one pixel, the map's own first if it `has_own`.
std::optional<Sample> Fused(const std::vector<Sample>& samples, bool has_own, double correlation,
                            const DepthFusionOptions& options) {
  if (samples.empty()) return std::nullopt;
  if (has_own) {
    const int agreeing = Agreeing(samples, samples.front(), options.agreement);
    if (2 * agreeing > static_cast<int>(samples.size()) || samples.size() <= 2)
      return MeanAround(samples, samples.front(), correlation, options);
  }
  const Sample* best = nullptr;
  int most = options.agreeing_views - 1;
  for (const Sample& sample : samples) {
    const int agreeing = Agreeing(samples, sample, options.agreement);
    if (agreeing > most && 2 * agreeing > static_cast<int>(samples.size())) {
      most = agreeing;
      best = &sample;
    }
  }
  if (best == nullptr) return std::nullopt;
  return MeanAround(samples, *best, correlation, options);
}

}  // namespace

Status DepthFusionOptions::Validate() const {
  const auto fail = [](const char* what) { return Fail(ErrorKind::kUsage, what); };
  if (!(agreement >= 1 && agreement <= 10)) return fail("agreement must be 1 .. 10");
  if (agreeing_views < 1 || agreeing_views > 16) return fail("agreeing_views must be 1 .. 16");
  return {};
}

DepthMap FuseDepth(const DepthMap& map, const std::vector<DepthMap>& others, double correlation,
                   const DepthFusionOptions& options) {
  NIGHTJAR_CHECK(correlation >= 0 && correlation <= 1, "a correlation of depths beyond 0 .. 1");
  DepthMap fused = UnknownDepthMap(map.time, map.camera, map.view);
  for (const DepthMap& other : others) {
    NIGHTJAR_CHECK(other.view.width == map.view.width && other.view.height == map.view.height,
                   "a depth map of another view");
  }
  std::vector<Sample> samples;
  const auto add = [&samples](const DepthMap& from, int x, int y) {
    const double sigma = from.sigma_m(x, y);
    if (!std::isfinite(from.depth_m(x, y)) || !std::isfinite(sigma)) return false;
    const double inverse = 1 / double{from.depth_m(x, y)}, of_inverse = sigma * inverse * inverse;
    samples.push_back({inverse, of_inverse * of_inverse});
    return true;
  };
  fused.depth_m.for_each_element([&](int x, int y) {
    samples.clear();
    const bool has_own = add(map, x, y);
    for (const DepthMap& other : others) add(other, x, y);
    const auto result = Fused(samples, has_own, correlation, options);
    if (!result) return;
    const double depth = 1 / result->inverse;
    fused.depth_m(x, y) = static_cast<float>(depth);
    fused.sigma_m(x, y) = static_cast<float>(depth * depth * std::sqrt(result->variance));
  });
  return fused;
}

}  // namespace nightjar
