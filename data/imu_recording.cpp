// SPDX-License-Identifier: Apache-2.0
#include "data/imu_recording.h"

#include <memory>
#include <optional>
#include <system_error>
#include <utility>
#include <variant>

#include "data/asl_folder.h"
#include "data/imu_stream.h"

namespace nightjar {
namespace {

namespace fs = std::filesystem;

Result<std::unique_ptr<ImuStream>> OpenAny(const fs::path& path) {
  std::error_code ignored;
  if (!fs::is_directory(path, ignored)) return ImuStream::OpenFile(path, kAslImu);
  return ImuStream::Open(fs::is_directory(path / "mav0", ignored) ? path / "mav0" : path, kAslImu);
}

}  // namespace

Result<ImuRecording> ReadImuRecording(const fs::path& path) {
  const auto stream = OpenAny(path);
  if (!stream) return tl::unexpected(stream.error());
  ImuRecording recording;
  while ((*stream)->next_time()) {
    Result<std::optional<Record>> record = (*stream)->Take();
    if (!record) return tl::unexpected(record.error());
    recording.samples.push_back(std::get<ImuSample>(**record));
  }
  recording.anomalies = (*stream)->anomalies();
  return recording;
}

}  // namespace nightjar
