// SPDX-License-Identifier: Apache-2.0
#include "data/image_sequence.h"

#include <system_error>
#include <utility>

#include "calibration/asl_sensor_yaml.h"
#include "calibration/make_camera_model.h"
#include "data/csv_reader.h"
#include "data/frame_row.h"
#include "data/number_text.h"

namespace nightjar {
namespace {

namespace fs = std::filesystem;

constexpr int kMaxSide = 16384;  // px
constexpr const char* kAslTable = "data.csv";
constexpr const char* kAslSensor = "sensor.yaml";
constexpr const char* kTextLists[] = {"images.txt", "timestamps.txt"};
constexpr const char* kTextCalibration = "calib.txt";

bool IsFile(const fs::path& file) {
  std::error_code unused;
  return fs::is_regular_file(file, unused);
}

tl::unexpected<Error> Unusable(std::string what, const std::string& where, std::string remedy) {
  return Fail(ErrorKind::kUnusableInput, std::move(what), where, std::move(remedy));
}

// The next frame of a list.
Status AddFrame(SequenceFrame frame, std::vector<SequenceFrame>& frames) {
  if (!frames.empty() && frame.time <= frames.back().time)
    return Unusable("the time does not rise", frame.listed, "sort the list, leave out repetitions");
  if (!IsFile(frame.file)) {
    return Unusable("there is no image " + frame.file.string(), frame.listed,
                    "add it, or take it out of the list");
  }
  frames.push_back(std::move(frame));
  return {};
}

// A camera of an ASL log.
Status ReadAslList(const fs::path& folder, const RigCamera& camera,
                   std::vector<SequenceFrame>& frames) {
  Result<CsvReader> reader = CsvReader::Open(folder / kAslTable);
  if (!reader) return tl::unexpected(reader.error());
  const FrameRowParser parse(camera);
  for (bool first = true;; first = false) {
    const Result<bool> more = reader->Next();
    if (!more) return tl::unexpected(more.error());
    if (!*more) return {};
    const auto row = parse(reader->Fields());
    const bool is_header = first && reader->line().find("timestamp") != std::string_view::npos;
    if (!row && is_header) continue;
    if (!row) {
      return Unusable("cannot be read as t[ns],name[,exposure_ns,gain]", reader->Where(),
                      "see docs/formats/sensor-log.md");
    }
    if (Status added =
            AddFrame({row->time, folder / "data" / row->filename, reader->Where()}, frames);
        !added) {
      return added;
    }
  }
}

// "t path" per line.
Status ReadTextList(const fs::path& list, std::vector<SequenceFrame>& frames) {
  Result<CsvReader> reader = CsvReader::Open(list);
  if (!reader) return tl::unexpected(reader.error());
  while (true) {
    const Result<bool> more = reader->Next();
    if (!more) return tl::unexpected(more.error());
    if (!*more) return {};
    const std::vector<std::string_view> words = reader->Words();
    const auto time_ns =
        words.size() == 2 ? number_text::ParseSecondsToNanoseconds(words[0]) : std::nullopt;
    if (!time_ns) {
      return Unusable("cannot be read as 't path', t in seconds from 0 on", reader->Where(),
                      "give one image a line, with its path relative to the folder");
    }
    if (Status added = AddFrame(
            {FromNanoseconds(*time_ns), list.parent_path() / fs::path(words[1]), reader->Where()},
            frames);
        !added) {
      return added;
    }
  }
}

// fx fy cx cy k1 k2 p1 p2 k3, of one line.
Result<std::shared_ptr<const CameraModel>> ReadTextCalibration(const fs::path& file) {
  Result<CsvReader> reader = CsvReader::Open(file);
  if (!reader) return tl::unexpected(reader.error());
  const Result<bool> more = reader->Next();
  if (!more) return tl::unexpected(more.error());
  std::vector<double> values;
  for (const std::string_view word : reader->Words()) {
    const auto value = number_text::ParseDouble(word);
    if (!value) break;
    values.push_back(*value);
  }
  constexpr const char* kRemedy = "give fx fy cx cy k1 k2 p1 p2 k3, or remove the file";
  if (!*more || values.size() != 9 || reader->Words().size() != 9)
    return Unusable("its first line is not 9 numbers", file.string(), kRemedy);
  if (values.back() == 0) values.pop_back();
  auto model = MakeCameraModel("radial-tangential", {values.begin(), values.begin() + 4},
                               {values.begin() + 4, values.end()});
  if (!model) return Unusable(model.error().what, reader->Where(), kRemedy);
  return model;
}

Status ReadAslSequence(const fs::path& folder, ImageSequence& sequence) {
  RigCamera camera;
  if (IsFile(folder / kAslSensor)) {
    const auto read = ReadAslCamera(folder / kAslSensor);
    if (!read) return tl::unexpected(read.error());
    camera = read->camera;
    sequence.model = camera.model;
    sequence.sensor = camera.sensor;
    sequence.size = {camera.width, camera.height};
    sequence.T_body_camera = read->T_base_camera;
    if (camera.sensor.colour_filter != ColourFilter::kNone) {
      return Unusable("its images are a colour mosaic", (folder / kAslSensor).string(),
                      "an event camera needs grey ones");
    }
  }
  return ReadAslList(folder, camera, sequence.frames);
}

Status ReadTextSequence(const fs::path& list, ImageSequence& sequence) {
  const fs::path calibration = list.parent_path() / kTextCalibration;
  if (IsFile(calibration)) {
    auto model = ReadTextCalibration(calibration);
    if (!model) return tl::unexpected(model.error());
    sequence.model = *std::move(model);
  }
  return ReadTextList(list, sequence.frames);
}

Status ReadList(const fs::path& folder, ImageSequence& sequence) {
  std::error_code unused;
  if (!fs::is_directory(folder, unused)) {
    return Unusable(fs::exists(folder, unused) ? "is not a folder" : "is missing", folder.string(),
                    "name a folder of images");
  }
  if (IsFile(folder / kAslTable)) return ReadAslSequence(folder, sequence);
  for (const char* list : kTextLists) {
    if (IsFile(folder / list)) return ReadTextSequence(folder / list, sequence);
  }
  return Unusable("has no list of images", folder.string(),
                  "it must hold data.csv and data/, or images.txt or timestamps.txt with lines 't "
                  "path'");
}

bool Is16Bits(const CameraSensor& sensor) { return sensor.pixel_format != PixelFormat::kMono8; }

// From the first image, what is not known yet: the size, and the depth where nothing names it.
Status TakeFirstImage(ImageSequence& sequence) {
  const SequenceFrame& first = sequence.frames.front();
  const bool is_told = sequence.size.width > 0;
  const auto image = ReadMonoPng(first.file, is_told ? std::optional(sequence.size) : std::nullopt);
  if (!image) return Unusable(image.error().detail, first.file.string(), "give grey PNGs");
  sequence.size = {Width(*image), Height(*image)};
  if (sequence.size.width > kMaxSide || sequence.size.height > kMaxSide)
    return Unusable("the image is larger than 16384 px", first.file.string(), "scale it down");
  if (std::holds_alternative<Image<uint16_t>>(*image) && !Is16Bits(sequence.sensor) &&
      sequence.sensor.black_level == 0 && !sequence.sensor.white_level) {
    sequence.sensor.pixel_format = PixelFormat::kMono16;
  }
  return {};
}

}  // namespace

Result<ImageSequence> ReadImageSequence(const fs::path& folder) {
  ImageSequence sequence;
  if (Status read = ReadList(folder, sequence); !read) return tl::unexpected(read.error());
  if (sequence.frames.size() < 2) {
    return Unusable(
        "lists " + std::to_string(sequence.frames.size()) + " images: a change needs two",
        folder.string(), "add images");
  }
  if (Status taken = TakeFirstImage(sequence); !taken) return tl::unexpected(taken.error());
  return sequence;
}

Result<MonoImage> ReadSequenceImage(const ImageSequence& sequence, const SequenceFrame& frame) {
  auto image = ReadMonoPng(frame.file, sequence.size);
  if (!image) {
    return Unusable(image.error().detail, frame.file.string(), "give grey PNGs, all of one size");
  }
  if (std::holds_alternative<Image<uint16_t>>(*image) != Is16Bits(sequence.sensor)) {
    return Unusable(Is16Bits(sequence.sensor) ? "the image has 8 bits instead of 16"
                                              : "the image has 16 bits instead of 8",
                    frame.file.string(), "give images of one depth");
  }
  return *std::move(image);
}

}  // namespace nightjar
