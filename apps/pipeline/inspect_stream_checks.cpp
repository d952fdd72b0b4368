// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/inspect_stream_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace nightjar {
namespace {

using Answer = InspectCheck::Answer;

// Of a stream whose calibration names no rate: what no such sensor reaches.
constexpr double kFastestImu = 20000;     // Hz
constexpr double kFastestCamera = 2000;   // Hz
constexpr double kRateTolerance = 0.1;    // of the nominal rate
constexpr double kMinUsableShare = 0.99;  // of the frames

double UsualRate(const InspectedStream& stream) {
  return stream.timing.interval_s > 0 ? 1 / stream.timing.interval_s : 0;
}

// Powers of 1000 by which a stream is too fast.
int ThousandsTooFast(const InspectedStream& stream) {
  const double rate = UsualRate(stream);
  if (rate <= 0) return 0;
  if (stream.nominal_rate_hz > 0) {
    const double thousands = std::log10(rate / stream.nominal_rate_hz) / 3;
    const double nearest = std::round(thousands);
    return std::abs(thousands - nearest) < 0.2 ? static_cast<int>(nearest) : 0;
  }
  const double fastest = stream.kind == "imu" ? kFastestImu : kFastestCamera;
  return rate > fastest ? static_cast<int>(std::ceil(std::log10(rate / fastest) / 3)) : 0;
}

void JudgeTimestamps(const std::vector<InspectedStream>& streams,
                     std::vector<InspectCheck>& checks) {
  int worst = 0;
  std::string where;
  for (const InspectedStream& stream : streams) {
    const int thousands = ThousandsTooFast(stream);
    if (thousands == 0) continue;
    if (std::abs(thousands) > std::abs(worst)) worst = thousands;
    where += (where.empty() ? "" : ", ") + stream.name;
  }
  if (worst == 0) {
    checks.push_back(MakeCheck("timestamp_unit", "", Answer::kOk,
                               "the stamps give plausible rates as nanoseconds"));
    checks.back().value = checks.back().expected = 1;
    return;
  }
  const std::string unit = worst == 1   ? "microseconds"
                           : worst == 2 ? "milliseconds"
                           : worst == 3 ? "seconds"
                                        : "a unit smaller than nanoseconds";
  checks.push_back(MakeCheck(
      "timestamp_unit", where, Answer::kError,
      fmt::format("the rates are 10^{} times what they can be: the stamps are in {}", 3 * worst,
                  unit),
      fmt::format("give stamps in nanoseconds: multiply the first column of data.csv by 10^{}",
                  3 * worst)));
  checks.back().value = std::pow(1000.0, worst);
  checks.back().expected = 1;
}

InspectCheck JudgeRate(const InspectedStream& stream, bool stamps_are_wrong) {
  const double rate = UsualRate(stream);
  const double nominal = stream.nominal_rate_hz;
  InspectCheck check = MakeCheck("rate", stream.name, Answer::kUnknown, "");
  check.value = rate;
  if (nominal > 0) check.expected = nominal;
  if (stream.timing.count < 2) {
    check.what = "there are less than two samples";
  } else if (stamps_are_wrong) {
    check.what = "the unit of the stamps comes first";
  } else if (nominal <= 0) {
    check.what = "the calibration names no rate_hz to compare with";
  } else if (std::abs(rate / nominal - 1) <= kRateTolerance) {
    check.status = Answer::kOk;
    check.what = "the rate is the nominal one";
  } else {
    check.status = Answer::kWarning;
    const double times = nominal / rate;
    const bool dropped = times > 1.5 && std::abs(times - std::round(times)) < 0.1 * times;
    check.what = fmt::format("{:.4g} Hz instead of the nominal {:.4g} Hz", rate, nominal);
    if (dropped)
      check.what +=
          fmt::format(": {}", std::lround(times) == 2
                                  ? "the rate is halved, every second one is missing"
                                  : fmt::format("only one of {} is there", std::lround(times)));
    check.remedy = dropped ? "look for what drops them when recording (bandwidth, disk, a divider "
                             "in the driver), or correct rate_hz if it is meant so"
                           : "correct rate_hz in the calibration, or the stamps";
  }
  return check;
}

InspectCheck JudgeGaps(const InspectedStream& stream) {
  const StreamTiming& timing = stream.timing;
  InspectCheck check = MakeCheck("gaps", stream.name, Answer::kOk, "there is no gap");
  check.value = static_cast<double>(timing.gap_count);
  check.expected = 0;
  if (timing.gap_count == 0) return check;
  const auto longest =
      std::max_element(timing.gaps.begin(), timing.gaps.end(),
                       [](const auto& a, const auto& b) { return a.duration_s < b.duration_s; });
  check.status = Answer::kWarning;
  check.what = fmt::format("{} gaps, the longest of {:.3f} s at {} ns", timing.gap_count,
                           longest->duration_s, ToNanoseconds(longest->begin));
  check.remedy = stream.kind == "imu"
                     ? "record without loss: across a gap the motion is not known"
                     : "record without loss, or expect the causal trajectory to be dead reckoning "
                       "there";
  return check;
}

InspectCheck JudgeOverlap(const std::vector<InspectedStream>& streams) {
  double shortest = streams.front().timing.duration_s();
  for (const InspectedStream& stream : streams)
    shortest = std::min(shortest, stream.timing.duration_s());
  const double overlap_s = streams.front().overlap_s;
  InspectCheck check = MakeCheck("stream_overlap", "", Answer::kOk, "the streams overlap in time");
  check.value = overlap_s;
  check.expected = shortest;
  if (overlap_s > 0 && overlap_s >= 0.9 * shortest) return check;
  check.status = overlap_s > 0 ? Answer::kWarning : Answer::kError;
  check.what =
      overlap_s > 0
          ? fmt::format("all streams together cover only {:.3f} s, the shortest one {:.3f}",
                        overlap_s, shortest)
          : "the streams do not overlap in time";
  check.remedy = "give all streams stamps of one clock; where the clocks are right, cut the log";
  return check;
}

InspectCheck JudgeImages(const InspectedStream& stream) {
  InspectCheck check = MakeCheck("images", stream.name, Answer::kOk, "the images can be read");
  const double share =
      stream.listed > 0 ? static_cast<double>(stream.delivered) / static_cast<double>(stream.listed)
                        : 0;
  check.value = share;
  check.expected = 1;
  if (share >= kMinUsableShare) return check;
  check.status = share > 0 ? Answer::kWarning : Answer::kError;
  check.what = fmt::format("{} of {} listed frames give no image", stream.listed - stream.delivered,
                           stream.listed);
  check.remedy = "see the anomalies for the first file and its reason";
  return check;
}

InspectCheck JudgeBrightness(const InspectedStream& stream) {
  const BrightnessSummary& b = *stream.brightness;
  InspectCheck check = MakeCheck("brightness", stream.name, Answer::kOk,
                                 "the images are neither burnt out nor black");
  check.value = b.mean_dn;
  if (b.frames == 0) {
    check.status = Answer::kUnknown;
    check.value.reset();
    check.what = "there is no image";
  } else if (b.saturated_share > 0.2) {
    check.status = Answer::kWarning;
    check.what = fmt::format("{:.0f} % of the pixels are saturated", 100 * b.saturated_share);
    check.remedy = "expose shorter or with less gain";
  } else if (b.black_share > 0.5) {
    check.status = Answer::kWarning;
    check.what = fmt::format("{:.0f} % of the pixels are black", 100 * b.black_share);
    check.remedy = "expose longer or with more gain, or record RAW with more bits";
  }
  return check;
}

}  // namespace

InspectCheck MakeCheck(std::string name, std::string where, Answer status, std::string what,
                       std::string remedy) {
  InspectCheck check;
  check.name = std::move(name);
  check.where = std::move(where);
  check.status = status;
  check.what = std::move(what);
  check.remedy = std::move(remedy);
  return check;
}

double TimestampFactor(const std::vector<InspectedStream>& streams) {
  int worst = 0;
  for (const InspectedStream& stream : streams) {
    const int thousands = ThousandsTooFast(stream);
    if (std::abs(thousands) > std::abs(worst)) worst = thousands;
  }
  return std::pow(1000.0, worst);
}

void JudgeStreams(const InspectEvidence& evidence, std::vector<InspectCheck>& checks) {
  const std::vector<InspectedStream>& streams = evidence.streams;
  JudgeTimestamps(streams, checks);
  const bool stamps_are_wrong = TimestampFactor(streams) != 1;
  for (const InspectedStream& stream : streams)
    checks.push_back(JudgeRate(stream, stamps_are_wrong));
  for (const InspectedStream& stream : streams) checks.push_back(JudgeGaps(stream));
  if (stamps_are_wrong) {
    checks.push_back(
        MakeCheck("stream_overlap", "", Answer::kUnknown, "the unit of the stamps comes first"));
  } else {
    checks.push_back(JudgeOverlap(streams));
  }
  for (const InspectedStream& stream : streams) {
    if (stream.brightness) checks.push_back(JudgeImages(stream));
  }
  for (const InspectedStream& stream : streams) {
    if (stream.brightness) checks.push_back(JudgeBrightness(stream));
  }
}

}  // namespace nightjar
