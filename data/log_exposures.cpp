// SPDX-License-Identifier: Apache-2.0
#include "data/log_exposures.h"

#include <string_view>
#include <system_error>

#include "calibration/asl_sensor_yaml.h"
#include "data/csv_reader.h"
#include "data/frame_row.h"

namespace nightjar {
namespace {

namespace fs = std::filesystem;

constexpr const char* kTable = "data.csv";
constexpr const char* kSensor = "sensor.yaml";

}  // namespace

bool IsLogCamera(const fs::path& folder) {
  std::error_code ignored;
  return fs::is_regular_file(folder / kTable, ignored) &&
         fs::is_directory(folder / "data", ignored);
}

Result<LogExposures> ReadLogExposures(const fs::path& folder) {
  LogExposures exposures;
  RigCamera camera;
  if (std::error_code ignored; fs::is_regular_file(folder / kSensor, ignored)) {
    const auto read = ReadAslCamera(folder / kSensor);
    if (!read) return tl::unexpected(read.error());
    exposures.sensor = read->camera.sensor;
  }
  Result<CsvReader> reader = CsvReader::Open(folder / kTable);
  if (!reader) return tl::unexpected(reader.error());
  const FrameRowParser parse(camera);
  for (bool first = true;; first = false) {
    const Result<bool> more = reader->Next();
    if (!more) return tl::unexpected(more.error());
    if (!*more) return exposures;
    const auto row = parse(reader->Fields());
    const bool is_header = first && reader->line().find("timestamp") != std::string_view::npos;
    if (!row && is_header) continue;
    if (!row || !row->exposure_ns || !row->gain) {
      return Fail(ErrorKind::kUnusableInput, "does not say t[ns],name,exposure_ns,gain",
                  reader->Where(), "put the images of each level into a folder without a table");
    }
    exposures.frames.push_back({folder / "data" / row->filename,
                                1e-9 * static_cast<double>(*row->exposure_ns), *row->gain});
  }
}

}  // namespace nightjar
