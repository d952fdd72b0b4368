// SPDX-License-Identifier: Apache-2.0
#include "data/emva1288_file.h"

#include <algorithm>
#include <string>
#include <utility>

#include "data/csv_reader.h"
#include "data/number_text.h"

namespace nightjar {
namespace {

using Words = std::vector<std::string_view>;

tl::unexpected<Error> Wrong(const CsvReader& reader, const std::string& what,
                            const std::string& remedy = {}) {
  return Fail(ErrorKind::kUnusableInput, what, reader.Where(), remedy);
}

std::string Quoted(std::string_view word) {
  std::string text(1, '\'');
  text += word;
  return text += '\'';
}

// `b EXPOSURE_NS PHOTONS…` or `d EXPOSURE_NS`.
Result<ExposureLevel> ReadLevel(const CsvReader& reader, const Words& words) {
  const bool is_dark = words[0] == "d";
  const size_t fewest = is_dark ? 2 : 3;
  if (words.size() < fewest)
    return Wrong(reader, is_dark ? "a dark level without its exposure"
                                 : "a level without its exposure and its photons");
  for (size_t i = 1; i < words.size(); ++i) {
    const std::optional<double> number = number_text::ParseDouble(words[i]);
    if (!number || *number < 0)
      return Wrong(reader, Quoted(words[i]) + " is not a number from 0 on");
  }
  ExposureLevel level;
  level.name = reader.Where();
  level.is_dark = is_dark;
  level.exposure_s = 1e-9 * *number_text::ParseDouble(words[1]);
  return level;
}

Result<std::filesystem::path> ReadImageName(const CsvReader& reader, const Words& words,
                                            const std::filesystem::path& folder) {
  if (words.size() != 2) return Wrong(reader, "an image without its name, or a name with blanks");
  std::string name(words[1]);
  std::replace(name.begin(), name.end(), '\\', '/');
  const std::filesystem::path image = folder / name;
  std::error_code error;
  if (!std::filesystem::is_regular_file(image, error))
    return Wrong(reader, "there is no image " + image.string());
  return image;
}

Status ReadSize(const CsvReader& reader, const Words& words, ExposureSeries& series) {
  const std::optional<int64_t> bits =
      words.size() == 4 ? number_text::ParseUnsigned(words[1]) : std::nullopt;
  if (!bits || *bits < 8 || *bits > 16)
    return Wrong(reader, "needed is 'n BITS WIDTH HEIGHT', with 8 to 16 bits");
  series.bits = static_cast<int>(*bits);
  return {};
}

Status ReadLine(const CsvReader& reader, const std::filesystem::path& folder,
                ExposureSeries& series) {
  const Words words = reader.Words();
  if (words[0] == "v") return {};
  if (words[0] == "n") return ReadSize(reader, words, series);
  if (words[0] == "b" || words[0] == "d") {
    Result<ExposureLevel> level = ReadLevel(reader, words);
    if (!level) return tl::unexpected(level.error());
    series.levels.push_back(std::move(*level));
    return {};
  }
  if (words[0] != "i")
    return Wrong(reader, Quoted(words[0]) + " is not known", "known are v, n, b, d, i");
  if (series.levels.empty()) return Wrong(reader, "an image before any level");
  Result<std::filesystem::path> image = ReadImageName(reader, words, folder);
  if (!image) return tl::unexpected(image.error());
  series.levels.back().files.push_back(std::move(*image));
  return {};
}

}  // namespace

bool IsEmva1288File(const std::filesystem::path& file) {
  Result<CsvReader> reader = CsvReader::Open(file);
  if (!reader) return false;
  const Result<bool> next = reader->Next();
  if (!next || !*next) return false;
  const Words words = reader->Words();
  return words.size() == 2 && words[0] == "v" && number_text::ParseDouble(words[1]).has_value();
}

Result<ExposureSeries> ReadEmva1288File(const std::filesystem::path& file) {
  Result<CsvReader> reader = CsvReader::Open(file);
  if (!reader) return tl::unexpected(reader.error());
  ExposureSeries series;
  while (true) {
    const Result<bool> next = reader->Next();
    if (!next) return tl::unexpected(next.error());
    if (!*next) break;
    if (Status read = ReadLine(*reader, file.parent_path(), series); !read)
      return tl::unexpected(read.error());
  }
  if (series.levels.empty())
    return Fail(ErrorKind::kUnusableInput, "it lists no level", file.string());
  return series;
}

}  // namespace nightjar
