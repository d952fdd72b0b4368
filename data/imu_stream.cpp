// SPDX-License-Identifier: Apache-2.0
#include "data/imu_stream.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/check.h"
#include "data/number_text.h"

namespace nightjar {
namespace {

std::array<SaturationDetector, 3> ThreeAxes(const SaturationDetector::Limits& limits) {
  const SaturationDetector axis(limits);
  return {axis, axis, axis};
}

// Every axis has to see every sample.
std::array<Saturation, 3> Judge(std::array<SaturationDetector, 3>& axes,
                                const Eigen::Vector3d& values) {
  return {axes[0].Add(values.x()), axes[1].Add(values.y()), axes[2].Add(values.z())};
}

Saturation Worst(const std::array<Saturation, 3>& axes) {
  return *std::max_element(axes.begin(), axes.end());
}

std::array<bool, 3> Clipped(const std::array<Saturation, 3>& axes) {
  const auto clipped = [](Saturation axis) { return axis == Saturation::kClipped; };
  return {clipped(axes[0]), clipped(axes[1]), clipped(axes[2])};
}

tl::expected<ImuSample, const char*> ParseRow(const std::vector<std::string_view>& fields) {
  if (fields.size() != 7) return Refuse("row without 7 columns, skipped");
  const auto t_ns = number_text::ParseUnsigned(fields[0]);
  if (!t_ns) return Refuse("row whose time is not a whole number of nanoseconds, skipped");
  ImuSample sample;
  sample.time = FromNanoseconds(*t_ns);
  for (int axis = 0; axis < 3; ++axis) {
    const auto angular_velocity = number_text::ParseDouble(fields[1 + axis]);
    const auto specific_force = number_text::ParseDouble(fields[4 + axis]);
    if (!angular_velocity || !specific_force)
      return Refuse("row with a value that is no number, skipped");
    if (std::abs(*angular_velocity) > ImuStream::kMaxAngularVelocity ||
        std::abs(*specific_force) > ImuStream::kMaxSpecificForce) {
      return Refuse(ImuStream::kBeyond);
    }
    sample.angular_velocity_body[axis] = *angular_velocity;
    sample.specific_force_body[axis] = *specific_force;
  }
  return sample;
}

}  // namespace

ImuStream::ImuStream(CsvReader reader, const std::string& name, const std::string& where)
    : name_(name),
      anomalies_(where),
      rows_(std::move(reader), &ParseRow, &anomalies_),
      angular_velocity_(ThreeAxes(kAngularVelocityLimits)),
      specific_force_(ThreeAxes(kSpecificForceLimits)) {}

Result<std::unique_ptr<ImuStream>> ImuStream::Open(const std::filesystem::path& folder,
                                                   const std::string& name) {
  return Begin(folder / name / "data.csv", name, name + "/data.csv");
}

Result<std::unique_ptr<ImuStream>> ImuStream::OpenFile(const std::filesystem::path& file,
                                                       const std::string& name) {
  return Begin(file, name, file.filename().string());
}

Result<std::unique_ptr<ImuStream>> ImuStream::Begin(const std::filesystem::path& file,
                                                    const std::string& name,
                                                    const std::string& where) {
  Result<CsvReader> reader = CsvReader::Open(file);
  if (!reader) return tl::unexpected(reader.error());
  std::unique_ptr<ImuStream> stream(new ImuStream(*std::move(reader), name, where));
  if (Status status = stream->Advance(); !status) return tl::unexpected(status.error());
  if (!stream->rows_.head()) {
    const Error& refusal = stream->rows_.first_refusal();
    return Fail(ErrorKind::kUnusableInput,
                refusal.what.empty()
                    ? "has no rows"
                    : "no row is usable, the first for this reason: " + refusal.what,
                refusal.where.empty() ? file.string() : refusal.where,
                "each row must be t[ns],wx,wy,wz[rad/s],ax,ay,az[m/s^2]");
  }
  return stream;
}

// To the next sample of a sensor that is not stuck.
Status ImuStream::Advance() {
  while (true) {
    if (Status status = rows_.Advance(); !status) return status;
    if (!rows_.head() || !IsStuck(rows_.head()->row, rows_.head()->line)) return {};
    ++stuck_;
  }
}

// Judges and counts the newest sample.
bool ImuStream::IsStuck(const ImuSample& sample, int64_t line) {
  const auto turns = Judge(angular_velocity_, sample.angular_velocity_body);
  const auto pushes = Judge(specific_force_, sample.specific_force_body);
  clipped_ = {Clipped(turns), Clipped(pushes)};
  const Saturation turn = Worst(turns);
  const Saturation push = Worst(pushes);
  if (turn == Saturation::kStuck) {
    anomalies_.Add(kTurnStuck, line);
  } else if (push == Saturation::kStuck) {
    anomalies_.Add(kForceStuck, line);
  } else {
    if (turn == Saturation::kClipped) anomalies_.Add(kTurnClipped, line);
    if (push == Saturation::kClipped) anomalies_.Add(kForceClipped, line);
    return false;
  }
  return true;
}

Status ImuStream::Restrict(const FrameInterval& interval) {
  end_ = interval.end;
  return {};
}

std::optional<SensorTime> ImuStream::next_time() const {
  if (!rows_.head() || ended_) return std::nullopt;
  return rows_.head()->row.time;
}

Result<std::optional<Record>> ImuStream::Take() {
  NIGHTJAR_CHECK(next_time().has_value(), "a sample is taken only where next_time() has shown one");
  ImuSample sample = rows_.head()->row;
  sample.clipped = clipped_;
  ++delivered_;
  if (!first_) first_ = sample.time;
  last_ = sample.time;
  ended_ = sample.time >= end_;
  if (Status status = Advance(); !status) return tl::unexpected(status.error());
  return Record(sample);
}

StreamCounts ImuStream::counts() const {
  return {name_, delivered_ + stuck_ + rows_.rejected(), delivered_, first_, last_};
}

}  // namespace nightjar
