// SPDX-License-Identifier: Apache-2.0
#include "isp/depth/plane_sweep.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <functional>

#include "core/check.h"
#include "isp/depth/plane_sweep_sigma.h"

namespace nightjar {
namespace {

constexpr int kMean = 4;          // px to either side
constexpr double kGrey = 128;     // no texture
constexpr double kContrast = 40;  // of one deviation
constexpr int kUnseen = 30;       // difference where a view does not see: neither alike nor not
constexpr int kMostDifference = 63;
constexpr int kCostOfDifference = 2;
constexpr int kBand = 8;  // levels of a task

/// Means over squares, edges repeated.
template <typename T>
void BoxMean(const Image<T>& from, int reach, Image<T>& to) {
  const int width = from.width(), height = from.height();
  const auto size = static_cast<float>((2 * reach + 1) * (2 * reach + 1));
  std::vector<float> columns(static_cast<size_t>(width), 0.F);
  const auto row = [&](int y) { return std::clamp(y, 0, height - 1); };
  for (int x = 0; x < width; ++x) {
    for (int v = -reach; v <= reach; ++v) columns[x] += static_cast<float>(from(x, row(v)));
  }
  for (int y = 0; y < height; ++y) {
    float sum = 0;
    const auto column = [&](int x) { return columns[std::clamp(x, 0, width - 1)]; };
    for (int u = -reach; u <= reach; ++u) sum += column(u);
    for (int x = 0; x < width; ++x) {
      to(x, y) = static_cast<T>(sum / size);
      sum += column(x + reach + 1) - column(x - reach);
    }
    for (int x = 0; x < width; ++x) {
      columns[x] += static_cast<float>(from(x, row(y + reach + 1))) -
                    static_cast<float>(from(x, row(y - reach)));
    }
  }
}

/// Where a view sees what the reference sees, at an inverse depth.
struct Transfer {
  Eigen::Matrix3d R;
  Eigen::Vector3d t;
  PinholeView view;

  Eigen::Vector3d Along(double x, double y, double inverse_depth) const {
    const Eigen::Vector3d ray((x - view.cx) / view.focal, (y - view.cy) / view.focal, 1);
    return R * ray + inverse_depth * t;
  }
  bool Sees(double x, double y, double inverse_depth) const {
    const Eigen::Vector3d along = Along(x, y, inverse_depth);
    if (along.z() < 0.05) return false;
    const Eigen::Vector2d seen = view.focal * along.hnormalized();
    return seen.x() >= -view.cx && seen.y() >= -view.cy && seen.x() < view.width - 1 - view.cx &&
           seen.y() < view.height - 1 - view.cy;
  }
  /// px by which the nearest level is apart from the farthest one; 0 where one of them is not seen.
  double Parallax(double x, double y, double inverse_depth) const {
    const Eigen::Vector3d far = Along(x, y, 0), near = Along(x, y, inverse_depth);
    if (far.z() < 0.1 || near.z() < 0.1) return 0;
    return view.focal * (far.hnormalized() - near.hnormalized()).norm();
  }
};

/// Differences between the reference's texture and a view's at one plane.
void Differences(const Image<uint8_t>& reference, const Image<uint8_t>& texture,
                 const Transfer& transfer, double inverse_depth, Image<uint8_t>& differences) {
  const PinholeView& view = transfer.view;
  const Eigen::Vector3f step = transfer.R.col(0).cast<float>() / static_cast<float>(view.focal);
  const auto focal = static_cast<float>(view.focal), cx = static_cast<float>(view.cx),
             cy = static_cast<float>(view.cy);
  const auto right = static_cast<float>(view.width - 1),
             below = static_cast<float>(view.height - 1);
  for (int y = 0; y < view.height; ++y) {
    const Eigen::Vector3f first = transfer.Along(0, y, inverse_depth).cast<float>();
    for (int x = 0; x < view.width; ++x) {
      const auto n = static_cast<float>(x);
      const float z = first.z() + n * step.z();
      const float scale = focal / z;
      const float u = (first.x() + n * step.x()) * scale + cx;
      const float v = (first.y() + n * step.y()) * scale + cy;
      if (!(z > 0.05F && u >= 0 && v >= 0 && u < right && v < below)) {
        differences(x, y) = kUnseen;
        continue;
      }
      const int left = static_cast<int>(u), top = static_cast<int>(v);
      const float across = u - static_cast<float>(left), down = v - static_cast<float>(top);
      const float a = texture(left, top), b = texture(left + 1, top);
      const float c = texture(left, top + 1), d = texture(left + 1, top + 1);
      const float upper = a + across * (b - a), lower = c + across * (d - c);
      const int value = static_cast<int>(upper + down * (lower - upper) + 0.5F);
      differences(x, y) =
          static_cast<uint8_t>(std::min(std::abs(value - reference(x, y)), kMostDifference));
    }
  }
}

/// Of each pixel the mean of the smaller half, and which views that is: bit i for view i.
void BetterHalf(const std::vector<Image<uint8_t>>& differences, int level, int levels,
                uint8_t* costs, uint8_t* counted) {
  const size_t count = differences.size(), half = (count + 1) / 2;
  std::array<uint16_t, kMostSweepViews> sorted;  // the difference, then the view
  const int width = differences[0].width(), height = differences[0].height();
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (size_t i = 0; i < count; ++i)
        sorted[i] = static_cast<uint16_t>(differences[i](x, y) * kMostSweepViews + i);
      std::partial_sort(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(half),
                        sorted.begin() + static_cast<std::ptrdiff_t>(count));
      int sum = 0, bits = 0;
      for (size_t i = 0; i < half; ++i) {
        sum += sorted[i] / kMostSweepViews;
        bits |= 1 << sorted[i] % kMostSweepViews;
      }
      const int cost = kCostOfDifference * sum / static_cast<int>(half);
      const size_t at = (static_cast<size_t>(y) * width + x) * levels + level;
      costs[at] = static_cast<uint8_t>(std::min(cost, kHighestCost));
      counted[at] = static_cast<uint8_t>(bits);
    }
  }
}

class SweptCosts : public CostRows {
 public:
  SweptCosts(const Image<uint8_t>& reference, const std::vector<SweepView>& views,
             const std::vector<Transfer>& transfers, int levels, double step, int support,
             const RunTasks& run)
      : width_(reference.width()), height_(reference.height()), levels_(levels) {
    costs_.resize(static_cast<size_t>(width_) * height_ * levels_);
    counted_.resize(costs_.size());
    std::vector<std::function<void()>> tasks;
    for (int begin = 0; begin < levels; begin += kBand) {
      tasks.emplace_back([&, begin] {
        std::vector<Image<uint8_t>> means;
        for (size_t i = 0; i < views.size(); ++i) means.emplace_back(width_, height_);
        Image<uint8_t> differences(width_, height_);
        for (int level = begin; level < std::min(levels, begin + kBand); ++level) {
          for (size_t i = 0; i < views.size(); ++i) {
            Differences(reference, views[i].texture, transfers[i], level * step, differences);
            BoxMean(differences, support, means[i]);
          }
          BetterHalf(means, level, levels, costs_.data(), counted_.data());
        }
      });
    }
    run(tasks);
  }

  int width() const override { return width_; }
  int height() const override { return height_; }
  int levels() const override { return levels_; }
  /// Which views a pixel's cost at a level is made of: bit i for view i.
  uint8_t Counted(int x, int y, int level) const {
    return counted_[(static_cast<size_t>(y) * width_ + x) * levels_ + level];
  }
  void Row(int y, int stride, uint8_t* costs) const override {
    const uint8_t* from = costs_.data() + static_cast<size_t>(y) * width_ * levels_;
    for (int x = 0; x < width_; ++x) {
      std::copy_n(from + static_cast<size_t>(x) * levels_, levels_,
                  costs + static_cast<size_t>(x) * static_cast<size_t>(stride));
    }
  }

 private:
  int width_, height_, levels_;
  std::vector<uint8_t> costs_, counted_;
};

/// What the views that made a pixel's cost say of its inverse depth. Each would weigh as the square
/// of its parallax; their errors are one, that of the reference's pixels.
struct Baseline {
  double parallax = 0;  // px, from infinity to the nearest level: root of the mean square
  double pose = 0;      // 1 sigma of the inverse depth, as a share of it, by the views' places
  double turn_rad = 0;  // 1 sigma
};

Baseline BaselineAt(const std::vector<SweepView>& views, const std::vector<Transfer>& transfers,
                    uint8_t counted, int x, int y, double inverse, double nearest) {
  Baseline baseline;
  double squares = 0;
  int seen = 0;
  for (size_t i = 0; i < views.size(); ++i) {
    if ((counted >> i & 1) == 0 || !transfers[i].Sees(x, y, inverse)) continue;
    const double parallax = transfers[i].Parallax(x, y, nearest);
    const double moved = views[i].T_view_reference.translation.norm();
    if (!(parallax > 0)) continue;
    ++seen;
    squares += parallax * parallax;
    baseline.pose += parallax * parallax * views[i].wrong.position_m / moved;
    baseline.turn_rad += parallax * parallax * views[i].wrong.turn_rad;
  }
  if (seen == 0) return {};
  return {std::sqrt(squares / seen), baseline.pose / squares, baseline.turn_rad / squares};
}

}  // namespace

Status PlaneSweepOptions::Validate() const {
  const auto fail = [](const char* what) { return Fail(ErrorKind::kUsage, what); };
  if (!(nearest_m >= 0.01 && nearest_m <= 1000)) return fail("nearest_m must be 0.01 .. 1000");
  if (most_levels < 8 || most_levels > kMostLevels) return fail("most_levels must be 8 .. 256");
  if (support_px < 0 || support_px > 8) return fail("support_px must be 0 .. 8");
  if (!(match_sigma_px > 0 && match_sigma_px <= 10))
    return fail("match_sigma_px must be above 0 .. 10");
  if (!(most_roughness > 0 && most_roughness <= 4))
    return fail("most_roughness must be above 0 .. 4");
  if (!(least_margin >= 0 && least_margin <= 127)) return fail("least_margin must be 0 .. 127");
  if (!(least_parallax_px >= 0 && least_parallax_px <= 10))
    return fail("least_parallax_px must be 0 .. 10");
  if (!(most_relative_sigma >= 0.01 && most_relative_sigma <= 10))
    return fail("most_relative_sigma must be 0.01 .. 10");
  return {};
}

Image<uint8_t> NormalisedTexture(const Image<uint16_t>& picture, double floor) {
  const int width = picture.width(), height = picture.height();
  Image<float> values(width, height), mean(width, height), squares(width, height),
      variance(width, height);
  values.for_each_element([&](int x, int y) { values(x, y) = picture(x, y); });
  BoxMean(values, kMean, mean);
  squares.for_each_element([&](int x, int y) {
    const float beside = values(x, y) - mean(x, y);
    squares(x, y) = beside * beside;
  });
  BoxMean(squares, kMean, variance);
  Image<uint8_t> texture(width, height);
  texture.for_each_element([&](int x, int y) {
    const double deviation = std::sqrt(std::max(0.0, double{variance(x, y)}));
    const double value = kGrey + kContrast * (values(x, y) - mean(x, y)) / (deviation + floor);
    texture(x, y) = static_cast<uint8_t>(std::clamp(value + 0.5, 0.0, 255.0));
  });
  return texture;
}

Result<DepthMap> SweepPlanes(const Image<uint8_t>& reference, const PinholeView& view,
                             const std::vector<SweepView>& views, SensorTime time, int camera,
                             const PlaneSweepOptions& options, const RunTasks& run) {
  DepthMap map = UnknownDepthMap(time, camera, view);
  if (views.empty()) return map;
  const double nearest = 1 / options.nearest_m;
  std::vector<Transfer> transfers;
  double largest = 0;
  NIGHTJAR_CHECK(views.size() <= kMostSweepViews, "more views than a sweep takes");
  for (const SweepView& other : views) {
    NIGHTJAR_CHECK(other.texture.width() == view.width && other.texture.height() == view.height,
                   "a picture of another view");
    const Se3& T = other.T_view_reference;
    transfers.push_back({T.RotationMatrix(), T.translation, view});
    largest = std::max(largest, view.focal * nearest * T.translation.norm());
  }
  const int levels = std::clamp(static_cast<int>(2 * largest), 8, options.most_levels);
  const double step = nearest / (levels - 1);
  const SweptCosts costs(reference, views, transfers, levels, step, options.support_px, run);
  const auto chosen = AggregateSemiGlobally(costs, reference, {}, /*with_other=*/false, run);
  if (!chosen) return tl::unexpected(chosen.error());
  map.depth_m.for_each_element([&](int x, int y) {
    const double inverse = step * chosen->level(x, y);
    if (inverse <= 0 || chosen->margin(x, y) < options.least_margin ||
        !(chosen->curvature(x, y) > 0))
      return;
    const double roughness = LevelRoughness(chosen->level, x, y);
    if (roughness > options.most_roughness) return;
    const int level = static_cast<int>(std::lround(chosen->level(x, y)));
    const Baseline baseline =
        BaselineAt(views, transfers, costs.Counted(x, y, level), x, y, inverse, nearest);
    if (!(baseline.parallax > 0) || baseline.parallax < options.least_parallax_px) return;
    const double per_px = nearest / baseline.parallax;
    const double match = options.match_sigma_px * per_px *
                         RelativeMatchSigma({roughness * step / per_px, chosen->margin(x, y),
                                             chosen->cost(x, y), baseline.parallax});
    const double pose = inverse * baseline.pose;
    const double turn = view.focal * baseline.turn_rad * per_px;
    const double sigma = std::sqrt(match * match + pose * pose + turn * turn) / inverse;
    if (sigma > options.most_relative_sigma) return;
    map.depth_m(x, y) = static_cast<float>(1 / inverse);
    map.sigma_m(x, y) = static_cast<float>(sigma / inverse);
  });
  return map;
}

}  // namespace nightjar
