// SPDX-License-Identifier: Apache-2.0
#include "isp/depth/depth_fusion.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "core/check.h"

namespace nightjar {
namespace {

struct Sample {
  double depth, variance;
};

bool Agree(const Sample& a, const Sample& b, double sigmas) {
  const double apart = a.depth - b.depth;
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
Sample MeanAround(const std::vector<Sample>& samples, const Sample& with,
                  const DepthFusionOptions& options) {
  double weights = 0, depth = 0, roots = 0;
  for (const Sample& sample : samples) {
    if (!Agree(sample, with, options.agreement)) continue;
    const double weight = 1 / sample.variance;
    weights += weight;
    depth += weight * sample.depth;
    roots += std::sqrt(weight);  // weight * sigma
  }
  const double independent = 1 / weights, common = roots * roots / (weights * weights);
  return {depth / weights, (1 - options.correlation) * independent + options.correlation * common};
}

// `samples` are those of one pixel, the map's own first if it `has_own`.
std::optional<Sample> Fused(const std::vector<Sample>& samples, bool has_own,
                            const DepthFusionOptions& options) {
  if (samples.empty()) return std::nullopt;
  if (has_own) {
    const int agreeing = Agreeing(samples, samples.front(), options.agreement);
    if (2 * agreeing > static_cast<int>(samples.size()) || samples.size() <= 2)
      return MeanAround(samples, samples.front(), options);
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
  return MeanAround(samples, *best, options);
}

}  // namespace

Status DepthFusionOptions::Validate() const {
  const auto fail = [](const char* what) { return Fail(ErrorKind::kUsage, what); };
  if (!(agreement >= 1 && agreement <= 10)) return fail("agreement must be 1 .. 10");
  if (agreeing_views < 1 || agreeing_views > 16) return fail("agreeing_views must be 1 .. 16");
  if (!(correlation >= 0 && correlation <= 1)) return fail("correlation must be 0 .. 1");
  return {};
}

DepthMap FuseDepth(const DepthMap& map, const std::vector<DepthMap>& others,
                   const DepthFusionOptions& options) {
  DepthMap fused = UnknownDepthMap(map.time, map.camera, map.view);
  for (const DepthMap& other : others) {
    NIGHTJAR_CHECK(other.view.width == map.view.width && other.view.height == map.view.height,
                   "a depth map of another view");
  }
  std::vector<Sample> samples;
  const auto add = [&samples](const DepthMap& from, int x, int y) {
    const double sigma = from.sigma_m(x, y);
    if (!std::isfinite(from.depth_m(x, y)) || !std::isfinite(sigma)) return false;
    samples.push_back({from.depth_m(x, y), sigma * sigma});
    return true;
  };
  fused.depth_m.for_each_element([&](int x, int y) {
    samples.clear();
    const bool has_own = add(map, x, y);
    for (const DepthMap& other : others) add(other, x, y);
    const auto result = Fused(samples, has_own, options);
    if (!result) return;
    fused.depth_m(x, y) = static_cast<float>(result->depth);
    fused.sigma_m(x, y) = static_cast<float>(std::sqrt(result->variance));
  });
  return fused;
}

}  // namespace nightjar
