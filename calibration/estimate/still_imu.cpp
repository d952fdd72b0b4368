// SPDX-License-Identifier: Apache-2.0
#include "calibration/estimate/still_imu.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>

namespace nightjar {
namespace {

constexpr double kShortestLog_s = 10;
constexpr size_t kFewestSamples = 1000;
constexpr double kLongestBridge_s = 1;
constexpr double kMostBridged = 0.01;  // of all samples
constexpr size_t kBridgeMean = 100;    // samples before a gap that say what is missing

constexpr double kShortestWindow_s = 1;
// So that the spread of a window is known to 7 %: of ten samples one in a hundred has 2.5 times
// that of the quietest twentieth by chance.
constexpr double kFewestInWindow = 100;
constexpr double kSpreadOfMotion = 2.5;  // times the quietest windows'
constexpr double kLeap = 12;             // 1 sigma of the difference of two windows' means
constexpr double kQuietest = 0.05;       // share of windows that are taken for quiet

double Quantile(std::vector<double> values, double share) {
  const auto at =
      values.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

double SecondsBetween(const ImuSample& a, const ImuSample& b) { return ToSeconds(b.time - a.time); }

Status CheckSamples(const std::vector<ImuSample>& samples) {
  if (samples.size() < kFewestSamples ||
      SecondsBetween(samples.front(), samples.back()) < kShortestLog_s) {
    return Fail(ErrorKind::kUnusableInput, fmt::format("{} samples are too few", samples.size()),
                {},
                "record the IMU lying still, at least 10 s for the noise densities and hours for "
                "the random walks");
  }
  for (size_t i = 0; i < samples.size(); ++i) {
    const bool finite =
        samples[i].angular_velocity_body.allFinite() && samples[i].specific_force_body.allFinite();
    if (finite && (i == 0 || samples[i].time > samples[i - 1].time)) continue;
    return Fail(ErrorKind::kUnusableInput,
                finite ? "times do not rise" : "a value is not a finite number",
                fmt::format("sample {}", i));
  }
  return {};
}

double MedianInterval(const std::vector<ImuSample>& samples) {
  std::vector<double> intervals;
  for (size_t i = 1; i < samples.size(); ++i)
    intervals.push_back(SecondsBetween(samples[i - 1], samples[i]));
  return Quantile(std::move(intervals), 0.5);
}

void Bridge(std::vector<double>& piece, int64_t missing) {
  const size_t count = std::min(kBridgeMean, piece.size());
  double mean = 0;
  for (size_t k = piece.size() - count; k < piece.size(); ++k)
    mean += piece[k] / static_cast<double>(count);
  piece.insert(piece.end(), static_cast<size_t>(missing), mean);
}

bool ShowsOneValue(const EvenSamples& axis) {
  const double first = axis.pieces.front().front();
  return std::all_of(axis.pieces.begin(), axis.pieces.end(), [first](const auto& piece) {
    return std::all_of(piece.begin(), piece.end(), [first](double x) { return x == first; });
  });
}

// Windows of one axis, piece after piece.
struct Windows {
  double length_s = 0;
  std::vector<double> means, spreads;
  std::vector<double> begins;  // s since the first sample, bridged time included, gaps not
  std::vector<bool> follows;   // the window before it in the same piece
};

Windows WindowsOf(const EvenSamples& axis) {
  const auto size = static_cast<size_t>(
      std::llround(std::max(kFewestInWindow, kShortestWindow_s / axis.interval_s)));
  Windows windows;
  windows.length_s = static_cast<double>(size) * axis.interval_s;
  double piece_begin = 0;
  for (const auto& piece : axis.pieces) {
    for (size_t begin = 0; begin + size <= piece.size(); begin += size) {
      double sum = 0, squares = 0;
      for (size_t k = begin; k < begin + size; ++k) {
        sum += piece[k] - piece.front();
        squares += (piece[k] - piece.front()) * (piece[k] - piece.front());
      }
      const auto n = static_cast<double>(size);
      windows.means.push_back(sum / n + piece.front());
      windows.spreads.push_back(std::sqrt(std::max(0.0, squares / n - (sum / n) * (sum / n))));
      windows.begins.push_back(piece_begin + static_cast<double>(begin) * axis.interval_s);
      windows.follows.push_back(begin > 0);
    }
    piece_begin += static_cast<double>(piece.size()) * axis.interval_s;
  }
  return windows;
}

void MarkMotion(const Windows& windows, double interval_s, std::vector<bool>& moved) {
  const double quiet = Quantile(windows.spreads, kQuietest);
  std::vector<double> leaps = {0};
  for (size_t k = 1; k < windows.means.size(); ++k)
    leaps.push_back(windows.follows[k] ? std::abs(windows.means[k] - windows.means[k - 1]) : 0);
  // Of white noise; a sensor whose bias wanders quickly has the larger one that it shows.
  const double sigma =
      std::max(quiet * std::sqrt(2 * interval_s / windows.length_s), 1.4826 * Quantile(leaps, 0.5));
  for (size_t k = 0; k < moved.size(); ++k) {
    if (windows.spreads[k] > kSpreadOfMotion * quiet || leaps[k] > kLeap * sigma) moved[k] = true;
  }
}

struct Stretch {
  double begin_s = 0, end_s = 0;
};

// The longest stretches of windows that are all `value`, in their order.
std::vector<Stretch> Stretches(const Windows& windows, const std::vector<bool>& moved, bool value) {
  std::vector<Stretch> stretches;
  for (size_t k = 0; k < moved.size(); ++k) {
    if (moved[k] != value) continue;
    const double begin = windows.begins[k];
    const bool goes_on = k > 0 && moved[k - 1] == value;
    if (!goes_on) stretches.push_back({begin, begin});
    stretches.back().end_s = begin + windows.length_s;
  }
  return stretches;
}

}  // namespace

Result<EvenImu> MakeEven(const std::vector<ImuSample>& samples) {
  if (Status usable = CheckSamples(samples); !usable) return tl::unexpected(usable.error());
  const double interval = MedianInterval(samples);
  EvenImu even;
  double covered = 0;  // s, without the gaps between pieces
  int64_t steps = 0;
  for (size_t i = 0; i < samples.size(); ++i) {
    const double since = i > 0 ? SecondsBetween(samples[i - 1], samples[i]) : HUGE_VAL;
    const bool is_new_piece = since > std::max(kLongestBridge_s, 2 * interval);
    const int64_t missing =
        is_new_piece ? 0 : std::max<int64_t>(0, std::llround(since / interval) - 1);
    if (!is_new_piece) covered += since;
    if (!is_new_piece) steps += 1 + missing;
    even.bridged += missing;
    for (size_t axis = 0; axis < kImuAxes; ++axis) {
      auto& pieces = even.axes[axis].pieces;
      if (is_new_piece) pieces.emplace_back();
      if (missing > 0) Bridge(pieces.back(), missing);
      pieces.back().push_back(ValueOf(samples[i], axis));
    }
  }
  if (static_cast<double>(even.bridged) > kMostBridged * static_cast<double>(samples.size())) {
    return Fail(ErrorKind::kUnusableInput,
                fmt::format("{} samples are missing beside {}", even.bridged, samples.size()), {},
                "record without losses, or choose a whole part with --begin and --end");
  }
  for (EvenSamples& axis : even.axes) {
    axis.interval_s = covered / static_cast<double>(steps);
    if (!ShowsOneValue(axis)) continue;
    const auto index = static_cast<size_t>(&axis - even.axes.data());
    return Fail(ErrorKind::kUnusableInput, "shows the same value all the time",
                fmt::format("{} {}", index < 3 ? "gyro" : "accelerometer", "xyz"[index % 3]),
                "a sensor with noise is needed");
  }
  return even;
}

Status CheckStill(const EvenImu& imu) {
  std::vector<bool> moved;
  Windows windows;
  for (const EvenSamples& axis : imu.axes) {
    windows = WindowsOf(axis);
    if (windows.means.empty()) return {};
    moved.resize(windows.means.size(), false);
    MarkMotion(windows, axis.interval_s, moved);
  }
  const std::vector<Stretch> motion = Stretches(windows, moved, true);
  if (motion.empty()) return {};
  Stretch quiet;
  for (const Stretch& stretch : Stretches(windows, moved, false)) {
    if (stretch.end_s - stretch.begin_s > quiet.end_s - quiet.begin_s) quiet = stretch;
  }
  std::string where =
      fmt::format("at {:.0f} s to {:.0f} s", motion.front().begin_s, motion.front().end_s);
  if (motion.size() > 1) where += fmt::format(" and {} times later", motion.size() - 1);
  return Fail(
      ErrorKind::kUnusableInput, "the IMU was moved " + where, {},
      fmt::format("it must lie still; the longest quiet part is --begin {:.0f} --end {:.0f}",
                  quiet.begin_s, quiet.end_s));
}

}  // namespace nightjar
