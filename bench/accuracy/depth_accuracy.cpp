// SPDX-License-Identifier: Apache-2.0
//
// How good the depth of a session is against the exact depth of the simulated log that it was made
// of, as one row of a table (docs/maths/depth-maps.md):
//
//     depth_accuracy SESSION LOG
#include <cmath>
#include <cstdio>
#include <vector>

#include "tests/isp/sigma_judge.h"
#include "tests/pipeline/depth_errors.h"

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: depth_accuracy SESSION LOG\n");
    return 2;
  }
  const auto errors = nightjar::CompareDepth(argv[1], argv[2]);
  if (!errors) {
    std::fprintf(stderr, "%s\n", errors.error().Message().c_str());
    return 3;
  }
  constexpr double kBaseline = 0.11;  // m, of the simulated stereo rig
  const double focal_baseline = errors->focal_px * kBaseline;
  double off = 0;
  std::vector<nightjar::JudgedError> judged;
  for (const nightjar::DepthError& e : errors->known) {
    off += std::abs(focal_baseline / e.depth_m - focal_baseline / e.truth_m) > 2 ? 1 : 0;
    judged.push_back({e.depth_m - e.truth_m, e.sigma_m});
  }
  std::printf("maps %lld, density %.1f %%, off by > 2 px %.2f %%, median |error| ",
              static_cast<long long>(errors->maps), 100 * errors->Density(),
              100 * off / static_cast<double>(std::max<size_t>(1, errors->known.size())));
  for (const double z : {1.0, 2.0, 4.0}) {
    const auto medians = nightjar::MediansBetween(*errors, 0.75 * z, 1.25 * z);
    std::printf("%g m: %.1f mm (%lld), ", z, 1000 * medians.error_m,
                static_cast<long long>(medians.count));
  }
  std::printf("relative within 4 m %.2f %%",
              100 * nightjar::MediansBetween(*errors, 0, 4).relative);
  const nightjar::Consistency consistency = nightjar::Judge(judged);
  std::printf(", error / sigma");
  for (const double ratio : consistency.ratio) std::printf(" %.2f", ratio);
  std::printf(", beyond 5 sigma %.2f %%\n", 100 * consistency.far);
  return 0;
}
