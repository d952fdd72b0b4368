// SPDX-License-Identifier: Apache-2.0
#include "isp/depth/disparity_support.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "core/image.h"
#include "core/portable_math.h"

namespace nightjar {
namespace {

// Of a disparity to 1 px, where squares are summed: those of 255 px over the square fit into 32
// bits, so that sums that wrap on the way there are exact.
constexpr uint32_t kSteps = 8;
constexpr int kSide = 2 * kSupportReach + 1;
static_assert(uint64_t{kSide * kSide} * (255 * kSteps) * (255 * kSteps) < (uint64_t{1} << 32));

// ln of SupportedSigma, fitted.
constexpr double kConstant = 0.01, kOfSigma = 0.673, kOfUnknown = 1.168, kOfSpread = 0.695;
constexpr double kLeastSpread = 0.1;                // px, added
constexpr double kMostSpread = 32, kMostSigma = 8;  // px: what is more is taken for this

// Factors of the law at even steps, the nearest of which counts: exponentials of every pixel would
// take as long as all the rest.
class Factor {
 public:
  template <typename F>
  Factor(double most, double step, F f) : steps_(static_cast<float>(1 / step)) {
    for (double at = 0; at <= most; at += step) values_.push_back(static_cast<float>(f(at)));
  }
  float Of(float argument) const {
    const float last = static_cast<float>(values_.size() - 1);
    return values_[static_cast<size_t>(std::min(argument * steps_ + 0.5F, last))];
  }

 private:
  float steps_;
  std::vector<float> values_;
};

double OfSigma(double sigma) { return portable::Exp(kOfSigma * portable::Log(sigma)); }
double OfUnknown(double share) { return portable::Exp(kConstant + kOfUnknown * share); }
double OfSpread(double spread) {
  return portable::Exp(kOfSpread * portable::Log(spread + kLeastSpread));
}

struct Law {
  Factor sigma{kMostSigma, 1.0 / 512, [](double s) { return OfSigma(std::max(s, 1.0 / 1024)); }};
  Factor unknown{kMostUnknown, 1.0 / 1024, OfUnknown};
  Factor spread{kMostSpread, 1.0 / 128, OfSpread};

  float Of(float sigma_px, float share, float spread_px) const {
    return sigma.Of(sigma_px) * unknown.Of(share) * spread.Of(spread_px);
  }
};

uint32_t InSteps(float disparity_px) {
  return static_cast<uint32_t>(static_cast<int32_t>(disparity_px * float{kSteps} + 0.5F));
}

// How many are known, and sums of their disparities in steps and of these squared. Column x is at x
// + kPad; what is beyond the picture is 0.
struct Sums {
  static constexpr int kPad = kSupportReach + 1;
  explicit Sums(int width)
      : known(static_cast<size_t>(width + 2 * kPad)), first(known.size()), second(known.size()) {}
  std::vector<uint32_t> known, first, second;
};

// Sums over the columns of rows around one, which slide down.
class SlidingColumns {
 public:
  SlidingColumns(const Image<float>& disparity_px, int first)
      : disparity_px_(disparity_px), sums_(disparity_px.width()) {
    for (int y = first - kSupportReach; y < first + kSupportReach; ++y) Add(y, 1);
  }
  // Of rows y - kSupportReach .. y + kSupportReach as far as there are any; y grows by one.
  const Sums& At(int y) {
    Add(y + kSupportReach, 1);
    if (next_) Add(y - kSupportReach - 1, uint32_t{0} - 1);
    next_ = true;
    return sums_;
  }

 private:
  void Add(int y, uint32_t sign) {
    if (y < 0 || y >= disparity_px_.height()) return;
    const int width = disparity_px_.width();
    const float* row = &disparity_px_(0, y);
    uint32_t* known = sums_.known.data() + Sums::kPad;
    uint32_t* first = sums_.first.data() + Sums::kPad;
    uint32_t* second = sums_.second.data() + Sums::kPad;
    for (int x = 0; x < width; ++x) {
      const uint32_t d = InSteps(row[x] < kNoDisparity ? row[x] : 0);
      known[x] += row[x] < kNoDisparity ? sign : 0;
      first[x] += sign * d;
      second[x] += sign * d * d;
    }
  }

  const Image<float>& disparity_px_;
  Sums sums_;
  bool next_ = false;
};

// Of the known pixels of one row, the square's: how many are known, and their squared differences
// from the one in the middle, in steps. It begins before the row's first pixel.
class SlidingSquare {
 public:
  explicit SlidingSquare(const Sums& columns)
      : known_of_(columns.known.data()),
        first_of_(columns.first.data()),
        second_of_(columns.second.data()) {
    for (int x = 0; x < kSide; ++x) Add(x, 1);
  }
  void Move() {
    Add(left_ + kSide, 1);
    Add(left_++, uint32_t{0} - 1);
  }
  uint32_t known() const { return known_; }
  uint32_t DifferencesFrom(uint32_t d) const { return second_ - 2 * d * first_ + known_ * d * d; }

 private:
  void Add(int x, uint32_t sign) {
    known_ += sign * known_of_[x];
    first_ += sign * first_of_[x];
    second_ += sign * second_of_[x];
  }

  const uint32_t *known_of_, *first_of_, *second_of_;
  int left_ = 0;
  uint32_t known_ = 0, first_ = 0, second_ = 0;
};

// Of the side of a square around `at`, what is within 0 .. size - 1.
int Within(int at, int size) {
  return std::min(at + kSupportReach, size - 1) - std::max(at - kSupportReach, 0) + 1;
}

void JudgeRow(const DisparityMap& map, int y, const Sums& columns, const Law& law,
              DisparityMap& judged) {
  const int width = map.disparity_px.width(), rows = Within(y, map.disparity_px.height());
  const float *disparity_px = &map.disparity_px(0, y), *sigma_px = &map.sigma_px(0, y);
  float *judged_px = &judged.disparity_px(0, y), *judged_sigma_px = &judged.sigma_px(0, y);
  SlidingSquare square(columns);
  for (int x = 0; x < width; ++x) {
    square.Move();
    judged_px[x] = judged_sigma_px[x] = kNoDisparity;
    if (!IsKnown(disparity_px[x])) continue;
    const auto pixels = static_cast<float>(rows * Within(x, width));
    const auto known = static_cast<float>(square.known());
    const float unknown = (pixels - known) / pixels;
    if (unknown > static_cast<float>(kMostUnknown)) continue;
    const uint32_t squares = square.DifferencesFrom(InSteps(disparity_px[x]));
    const float spread = std::sqrt(static_cast<float>(squares) / known) / kSteps;
    judged_px[x] = disparity_px[x];
    judged_sigma_px[x] = law.Of(sigma_px[x], unknown, spread);
  }
}

}  // namespace

double SupportedSigma(double sigma_px, const DisparitySupport& support) {
  return OfSigma(std::min(sigma_px, kMostSigma)) * OfUnknown(support.unknown) *
         OfSpread(std::min(support.spread_px, kMostSpread));
}

void JudgeBySupport(const RunTasks& run, DisparityMap& map) {
  const int width = map.disparity_px.width(), height = map.disparity_px.height();
  // Copies of an image share their memory: what was given is not written to.
  DisparityMap judged{Image<float>(width, height), Image<float>(width, height), map.share_at_end};
  static const Law law;
  RunInBands(height, run, [&](int first, int end) {
    SlidingColumns columns(map.disparity_px, first);
    for (int y = first; y < end; ++y) JudgeRow(map, y, columns.At(y), law, judged);
  });
  map = std::move(judged);
}

}  // namespace nightjar
