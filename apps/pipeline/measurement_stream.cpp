// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/measurement_stream.h"

#include <exception>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "apps/pipeline/bounded_queue.h"

namespace nightjar {
namespace {

using NextRecord = std::function<Result<std::optional<Record>>()>;

// Deep enough that a keyframe's slower solve does not stall decoding; shallow enough that memory
// stays small. Of records it is the frames that count: eight of them, or half a thousand samples.
constexpr size_t kFrameWeight = 64;
// A millisecond of events; some thousands of them, where much moves.
constexpr size_t kEventWeight = 4;
constexpr size_t kRecordWeightAhead = 8 * kFrameWeight;
constexpr size_t kMeasurementsAhead = 256;

size_t Weight(const Result<std::optional<Record>>& record) {
  const bool is_image =
      record && *record &&
      (std::holds_alternative<Frame>(**record) || std::holds_alternative<DepthFrame>(**record));
  if (record && *record && std::holds_alternative<EventRecord>(**record)) return kEventWeight;
  return is_image ? kFrameWeight : 1;
}

// No module throws; where one does after all (memory that is not there, a bug) it must not end the
// program from a thread that nobody looks after, nor depend on their number.
template <typename Call>
auto Guarded(const Call& call) -> decltype(call()) {
  try {
    return call();
  } catch (const std::exception& error) {
    return Fail(ErrorKind::kInternal, std::string("reading was broken off: ") + error.what());
  } catch (...) {
    return Fail(ErrorKind::kInternal, "reading was broken off");
  }
}

// Until the log ends, fails, or `take` wants no more.
Status RunFrontEnd(const NextRecord& next, FrontEnd& front_end,
                   const std::function<bool(Measurement)>& take) {
  std::vector<Measurement> measurements;
  for (bool end = false; !end;) {
    Status added = Guarded([&]() -> Status {
      Result<std::optional<Record>> record = next();
      if (!record) return tl::unexpected(record.error());
      end = !record->has_value();
      return end ? front_end.Finish(measurements)
                 : front_end.Add(std::move(**record), measurements);
    });
    if (!added) return added;
    for (Measurement& measurement : measurements) {
      if (!take(std::move(measurement))) return {};
    }
    measurements.clear();
  }
  return {};
}

// A thread that fills a queue and closes it at its end. However the scope of a Worker is left, the
// thread is told to stop, by closing the queue, and waited for.
template <typename T>
class Worker {
 public:
  template <typename Work>
  Worker(BoundedQueue<T>& queue, Work work)
      : queue_(queue), thread_([&queue, work = std::move(work)] {
          work();
          queue.Close();
        }) {}
  ~Worker() { Join(); }

  void Join() {
    queue_.Close();
    if (thread_.joinable()) thread_.join();
  }

 private:
  BoundedQueue<T>& queue_;
  std::thread thread_;
};

// A thread that reads ahead of the one that calls Next().
class ReadAhead {
 public:
  explicit ReadAhead(SensorLog& log)
      : queue_(kRecordWeightAhead), worker_(queue_, [this, &log] {
          for (bool more = true; more;) {
            Result<std::optional<Record>> record = Guarded([&log] { return log.Next(); });
            more = record.has_value() && record->has_value();
            const size_t weight = Weight(record);
            if (!queue_.Push(std::move(record), weight)) more = false;
          }
        }) {}

  Result<std::optional<Record>> Next() {
    auto record = queue_.Pop();
    return record ? std::move(*record) : Result<std::optional<Record>>(std::nullopt);
  }

 private:
  BoundedQueue<Result<std::optional<Record>>> queue_;
  Worker<Result<std::optional<Record>>> worker_;
};

Status RunAhead(const NextRecord& next, FrontEnd& front_end,
                const std::function<void(const Measurement&)>& take) {
  BoundedQueue<Measurement> queue(kMeasurementsAhead);
  Status status;
  Worker<Measurement> producer(queue, [&] {
    status = Guarded([&] {
      return RunFrontEnd(next, front_end,
                         [&queue](Measurement m) { return queue.Push(std::move(m)); });
    });
  });
  while (const auto measurement = queue.Pop()) take(*measurement);
  producer.Join();
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
