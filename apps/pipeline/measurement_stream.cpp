// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/measurement_stream.h"

#include <optional>
#include <thread>
#include <utility>

#include "apps/pipeline/bounded_queue.h"

namespace nightjar {
namespace {

using NextRecord = std::function<Result<std::optional<Record>>()>;

// Deep enough that a keyframe's slower solve does not stall decoding; shallow enough that memory
// stays small: a record may be a frame, a measurement never is.
constexpr size_t kRecordsAhead = 64;
constexpr size_t kMeasurementsAhead = 256;

// Until the log ends, fails, or `take` wants no more.
Status RunFrontEnd(const NextRecord& next, FrontEnd& front_end,
                   const std::function<bool(Measurement)>& take) {
  std::vector<Measurement> measurements;
  for (bool end = false; !end;) {
    Result<std::optional<Record>> record = next();
    if (!record) return tl::unexpected(record.error());
    end = !record->has_value();
    Status added =
        end ? front_end.Finish(measurements) : front_end.Add(std::move(**record), measurements);
    if (!added) return added;
    for (Measurement& measurement : measurements) {
      if (!take(std::move(measurement))) return {};
    }
    measurements.clear();
  }
  return {};
}

// A thread that reads ahead of the one that calls Next().
class ReadAhead {
 public:
  explicit ReadAhead(SensorLog& log)
      : queue_(kRecordsAhead), thread_([this, &log] {
          for (bool more = true; more;) {
            Result<std::optional<Record>> record = log.Next();
            more = record.has_value() && record->has_value();
            if (!queue_.Push(std::move(record))) more = false;
          }
          queue_.Close();
        }) {}
  ~ReadAhead() {
    queue_.Close();
    thread_.join();
  }

  Result<std::optional<Record>> Next() {
    auto record = queue_.Pop();
    return record ? std::move(*record) : Result<std::optional<Record>>(std::nullopt);
  }

 private:
  BoundedQueue<Result<std::optional<Record>>> queue_;
  std::thread thread_;
};

Status RunAhead(const NextRecord& next, FrontEnd& front_end,
                const std::function<void(const Measurement&)>& take) {
  BoundedQueue<Measurement> queue(kMeasurementsAhead);
  Status status;
  std::thread producer([&] {
    status =
        RunFrontEnd(next, front_end, [&queue](Measurement m) { return queue.Push(std::move(m)); });
    queue.Close();
  });
  while (const auto measurement = queue.Pop()) take(*measurement);
  producer.join();
  return status;
}

}  // namespace

Status StreamMeasurements(SensorLog& log, FrontEnd& front_end, int threads,
                          const std::function<void(const Measurement&)>& take) {
  const NextRecord direct = [&log] { return log.Next(); };
  if (threads <= 1) {
    return RunFrontEnd(direct, front_end, [&take](const Measurement& measurement) {
      take(measurement);
      return true;
    });
  }
  if (threads == 2) return RunAhead(direct, front_end, take);
  ReadAhead reader(log);
  return RunAhead([&reader] { return reader.Next(); }, front_end, take);
}

}  // namespace nightjar
